/* SPDX-License-Identifier: MIT
 * bosh-driver: one client that obeys lines on standard input and tells what happens in JSON lines
 * on standard output. README.md lists both. The interop tests are written against it. */
#include <bosh/curl.h>
#include <bosh/ext/repeats.h>
#include <bosh/journal.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct driver {
    bosh_curl *curl;
    bosh_client *client;
    char *line; /* input that is not a whole line yet */
    size_t line_size, line_capacity;
    bosh_repeats repeats;
    const char *journal_path;
    bosh_journal *journal;
    unsigned long steps, dies_at; /* 0: lives */
    int closing;                  /* "close" was said: leave when the client has ended */
    int quit;
} driver;

/* Between any two of these the process may be killed. */
static void step(driver *d)
{
    if (++d->steps == d->dies_at)
        raise(SIGKILL);
}

/* ------------------------------------------------------------------------------------ output */

static void put_string(const char *text, size_t size)
{
    putchar('"');
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void put_member(const char *name, const char *value)
{
    printf(",\"%s\":", name);
    if (value)
        put_string(value, strlen(value));
    else
        fputs("null", stdout);
}

static void put_flag(const char *name, int value)
{
    printf(",\"%s\":%s", name, value ? "true" : "false");
}

static void begin(const char *event)
{
    printf("{\"event\":\"%s\"", event);
}

static void end(void)
{
    puts("}");
    fflush(stdout);
}

static void put_detail(const bosh_event *event)
{
    put_member("error", bosh_error_name(event->error));
    printf(",\"http\":%d", event->detail->http_status);
    put_member("condition", bosh_condition_text(event->detail->condition));
    put_member("stanza", event->detail->stanza_condition);
    put_member("text", event->detail->text);
    printf(",\"delay_ms\":%lu", (unsigned long)event->delay_ms);
}

static void put_ticket(const char *event, bosh_ticket ticket, bosh_slice xml)
{
    begin(event);
    printf(",\"ticket\":%llu", (unsigned long long)ticket);
    if (xml.data) {
        fputs(",\"xml\":", stdout);
        put_string(xml.data, xml.size);
    }
    end();
}

static void tell_event(driver *d, bosh_client *client, const bosh_event *event)
{
    switch (event->type) {
    case BOSH_EVENT_STATE:
        begin("state");
        put_member("state", bosh_state_text(event->state));
        put_detail(event);
        put_member("jid", bosh_client_jid(client));
        end();
        if (event->state == BOSH_STATE_ENDED && d->closing)
            d->quit = 1;
        break;
    case BOSH_EVENT_DELIVERED:
        put_ticket("delivered", event->ticket, event->xml);
        break;
    case BOSH_EVENT_UNKNOWN:
        put_ticket("unknown", event->ticket, event->xml);
        break;
    case BOSH_EVENT_UNSENT:
        put_ticket("unsent", event->ticket, event->xml);
        break;
    case BOSH_EVENT_RETRY:
        begin("retry");
        put_detail(event);
        end();
        break;
    case BOSH_EVENT_WARNING:
        begin("warning");
        put_detail(event);
        end();
        break;
    case BOSH_EVENT_DRAINED:
        begin("drained");
        end();
        break;
    case BOSH_EVENT_CREDENTIALS:
        begin("credentials");
        end();
        break;
    case BOSH_EVENT_LOGIN: /* never asked for */
        break;
    }
}

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    step(user);
    tell_event(user, client, event);
    step(user);
}

static int on_stanza(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    driver *d = bosh_client_user(client);
    (void)user;
    step(d);
    int is_message = bosh_stanza_is(stanza, "message", NULL);
    if (!is_message && !bosh_stanza_is(stanza, "presence", NULL))
        return 1;
    begin(bosh_stanza_name(stanza));
    put_member("from", bosh_stanza_attribute(stanza, "from"));
    put_member("type", bosh_stanza_attribute(stanza, "type"));
    if (is_message) {
        put_member("id", bosh_stanza_attribute(stanza, "id"));
        put_member("body", bosh_stanza_child_text(stanza, "body", NULL));
        put_flag("repeated", bosh_repeats_is(&d->repeats, stanza));
        put_flag("replayed", bosh_client_is_replay(client));
    }
    end();
    step(d);
    return 1;
}

static int on_save(const void *bytes, size_t size, void *user)
{
    driver *d = user;
    step(d);
    int error = bosh_journal_write(d->journal, bytes, size);
    step(d);
    return error;
}

static void on_log(bosh_log_level level, const char *line, void *user)
{
    (void)user;
    fprintf(stderr, "%6llu.%03u %d %s\n", (unsigned long long)bosh_curl_now_ms() / 1000,
            (unsigned)(bosh_curl_now_ms() % 1000), (int)level, line);
}

static void on_trace(int outgoing, const char *xml, size_t size, void *user)
{
    (void)user;
    fprintf(stderr, "%6llu.%03u %c %.*s\n", (unsigned long long)bosh_curl_now_ms() / 1000,
            (unsigned)(bosh_curl_now_ms() % 1000), outgoing ? '>' : '<', (int)size, xml);
}

/* ------------------------------------------------------------------------------------- input */

static void answer_command(int error, bosh_ticket ticket)
{
    if (error) {
        begin("refused");
        put_member("error", bosh_error_name(error));
        end();
    } else {
        put_ticket("sent", ticket, (bosh_slice){NULL, 0});
    }
}

static void leave(driver *d)
{
    d->closing = 1;
    if (bosh_client_state(d->client) == BOSH_STATE_ENDED)
        d->quit = 1;
    else
        bosh_client_close(d->client, NULL);
}

/* The session goes into a journal, for another process; this one ends. */
static int export_to(driver *d, const char *path)
{
    bosh_journal *journal = NULL;
    void *bytes = NULL;
    size_t size = 0;
    int error = bosh_journal_open(path, &journal);
    if (!error)
        error = bosh_client_export(d->client, &bytes, &size);
    if (!error)
        error = bosh_journal_write(journal, bytes, size);
    bosh_journal_close(journal);
    free(bytes);
    d->closing = !error;
    return error;
}

static void obey(driver *d, char *line)
{
    char *rest = strchr(line, ' ');
    bosh_ticket ticket = 0;
    int error;
    if (rest)
        *rest++ = '\0';
    else
        rest = line + strlen(line);

    if (strcmp(line, "send") == 0) {
        char *text = strchr(rest, ' ');
        if (text)
            *text++ = '\0';
        error = bosh_client_send_message(d->client, rest, text, &ticket);
        answer_command(error, ticket);
    } else if (strcmp(line, "xml") == 0) {
        error = bosh_client_send_xml(d->client, rest, strlen(rest), &ticket);
        answer_command(error, ticket);
    } else if (strcmp(line, "presence") == 0) {
        answer_command(bosh_client_send_presence(d->client, NULL, NULL), 0);
    } else if (strcmp(line, "network") == 0) {
        bosh_curl_network_changed(d->curl);
    } else if (strcmp(line, "jump") == 0) {
        bosh_client_clock_jumped(d->client, strtoull(rest, NULL, 10));
    } else if (strcmp(line, "connect") == 0) {
        answer_command(bosh_client_connect(d->client), 0);
    } else if (strcmp(line, "export") == 0) {
        answer_command(export_to(d, rest), 0);
    } else if (strcmp(line, "close") == 0) {
        leave(d);
    } else if (strcmp(line, "quit") == 0) {
        d->quit = 1;
    } else {
        fprintf(stderr, "bosh-driver: no such command: %s\n", line);
        d->quit = 1;
    }
}

/* Takes what standard input has and obeys the whole lines of it. */
static void read_commands(driver *d)
{
    if (d->line_capacity - d->line_size < 4096) {
        d->line_capacity = 2 * d->line_capacity + 4096;
        d->line = realloc(d->line, d->line_capacity);
        if (!d->line)
            abort();
    }
    ssize_t got = read(STDIN_FILENO, d->line + d->line_size, d->line_capacity - d->line_size);
    if (got < 0 && errno == EINTR)
        return;
    if (got <= 0) {
        leave(d);
        return;
    }
    d->line_size += (size_t)got;
    char *start = d->line, *newline;
    while (!d->quit && (newline = memchr(start, '\n', d->line_size - (size_t)(start - d->line)))) {
        *newline = '\0';
        obey(d, start);
        start = newline + 1;
    }
    d->line_size -= (size_t)(start - d->line);
    memmove(d->line, start, d->line_size);
}

static int run(driver *d)
{
    while (!d->quit) {
        struct pollfd wait[] = {{.fd = bosh_curl_fd(d->curl), .events = POLLIN},
                                {.fd = d->closing ? -1 : STDIN_FILENO, .events = POLLIN}};
        if (poll(wait, 2, bosh_curl_timeout_ms(d->curl)) < 0 && errno != EINTR)
            return 1;
        if (wait[1].revents)
            read_commands(d);
        if (d->quit)
            break;
        step(d);
        int error = bosh_curl_turn(d->curl, 0);
        if (error) {
            fprintf(stderr, "bosh-driver: %s\n", bosh_error_name(error));
            return 1;
        }
    }
    return 0;
}

/* ----------------------------------------------------------------------------------- options */

static int choose(const char *value, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(value, names[i]) == 0)
            return i;
    return -1;
}

static int parse(int argc, char **argv, driver *d, bosh_config *config, bosh_curl_options *options)
{
    static const char *const reconnects[] = {"online", "always", "never"};
    static const char *const schedules[] = {"auto", "s0", "s1"};
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        int choice = 0;
        if (strcmp(name, "--plain-over-http") == 0) {
            config->allow_plain_over_http = 1;
            continue;
        }
        if (strcmp(name, "--log") == 0) {
            config->log = on_log;
            continue;
        }
        if (strcmp(name, "--trace") == 0) {
            config->trace = on_trace;
            continue;
        }
        i++;
        if (!value)
            return 0;
        if (strcmp(name, "--url") == 0)
            config->url = value;
        else if (strcmp(name, "--jid") == 0)
            config->jid = value;
        else if (strcmp(name, "--password") == 0)
            config->password = value;
        else if (strcmp(name, "--mechanisms") == 0)
            config->mechanisms = value;
        else if (strcmp(name, "--journal") == 0)
            d->journal_path = value;
        else if (strcmp(name, "--die-at") == 0)
            d->dies_at = strtoul(value, NULL, 10);
        else if (strcmp(name, "--ca") == 0)
            options->ca_file = value;
        else if (strcmp(name, "--wait") == 0)
            config->wait_s = (uint16_t)atoi(value);
        else if (strcmp(name, "--reconnect") == 0)
            config->reconnect = (bosh_reconnect)(choice = choose(value, reconnects, 3));
        else if (strcmp(name, "--schedule") == 0)
            config->schedule = (bosh_schedule)(choice = choose(value, schedules, 3));
        else
            return 0;
        if (choice < 0)
            return 0;
    }
    return config->url && config->jid;
}

/* Goes on with the session of the journal, or begins one. */
static int enter(driver *d)
{
    int found = d->journal ? bosh_journal_import(d->journal, d->client) : 0;
    if (found < 0)
        return found;
    if (found == 0)
        return bosh_client_connect(d->client);
    begin("resumed");
    end();
    return BOSH_OK;
}

static int make(driver *d, const bosh_curl_options *options, bosh_config *config)
{
    int error = bosh_curl_new(options, &d->curl);
    if (!error && d->journal_path) {
        error = bosh_journal_open(d->journal_path, &d->journal);
        config->save = on_save;
    }
    if (!error)
        error = bosh_curl_client_new(d->curl, config, &d->client);
    if (!error && bosh_handler_add(d->client, NULL, on_stanza, NULL) < 0)
        error = BOSH_ERR_MEMORY;
    return error;
}

int main(int argc, char **argv)
{
    driver d = {0};
    bosh_config config;
    bosh_curl_options options;

    bosh_config_init(&config);
    bosh_curl_options_init(&options);
    if (!parse(argc, argv, &d, &config, &options)) {
        fputs("usage: bosh-driver --url URL --jid JID [--password TEXT] ... (see README.md)\n",
              stderr);
        return 2;
    }
    config.on_event = on_event;
    config.user = &d;

    int error = make(&d, &options, &config);
    if (!error)
        error = enter(&d);
    int code = 2;
    if (error) {
        begin("failed");
        put_member("error", bosh_error_name(error));
        end();
    } else {
        code = run(&d);
    }
    bosh_client_free(d.client);
    bosh_curl_free(d.curl);
    bosh_journal_close(d.journal);
    free(d.line);
    return code;
}
