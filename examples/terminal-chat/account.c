/* SPDX-License-Identifier: MIT
 * A client made from the command line, the log of what goes over the wire, exit statuses. */
#include "account.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void on_account_event(bosh_client *client, const bosh_event *event, void *user)
{
    account *of = user;
    of->on_event(client, event, of->user);
}

static void on_trace(int outgoing, const char *xml, size_t size, void *user)
{
    account *of = user;
    struct timespec now;
    struct tm parts;
    char clock[16];
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &parts);
    strftime(clock, sizeof(clock), "%H:%M:%S", &parts);
    fprintf(of->xml_log, "<!-- %s.%03ld %s -->\n", clock, now.tv_nsec / 1000000,
            outgoing ? "sent" : "received");
    fwrite(xml, 1, size, of->xml_log);
    fputc('\n', of->xml_log);
    fflush(of->xml_log);
}

/* Even without secrets it holds what people write to each other: for nobody else to read. */
static FILE *open_log(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 && fchmod(fd, 0600) == 0 ? fdopen(fd, "w") : NULL;
    if (!file) {
        fprintf(stderr, "bosh-chat: %s: %s\n", path, strerror(errno));
        if (fd >= 0)
            close(fd);
    }
    return file;
}

static int make_client(account *made, const options *chosen, const char *password)
{
    bosh_curl_options over;
    bosh_curl_options_init(&over);
    over.ca_file = chosen->ca_file;
    over.insecure = (uint8_t)chosen->insecure;
    int error = bosh_curl_new(&over, &made->curl);
    if (error)
        return error;
    bosh_config config;
    bosh_config_init(&config);
    config.url = chosen->url;
    config.jid = chosen->jid;
    config.password = password;
    config.allow_plain_over_http = (uint8_t)chosen->allow_plain_over_http;
    config.on_event = on_account_event;
    config.user = made;
    if (made->xml_log)
        config.trace = on_trace;
    return bosh_curl_client_new(made->curl, &config, &made->client);
}

int account_open(account *made, const options *chosen, const char *password, bosh_event_fn on_event,
                 void *user)
{
    *made = (account){.on_event = on_event, .user = user};
    if (chosen->ca_file && access(chosen->ca_file, R_OK) != 0) {
        fprintf(stderr, "bosh-chat: %s: %s\n", chosen->ca_file, strerror(errno));
        return BOSH_ERR_ARGUMENT;
    }
    if (chosen->xml_log && !(made->xml_log = open_log(chosen->xml_log)))
        return BOSH_ERR_ARGUMENT;
    int error = make_client(made, chosen, password);
    if (error) {
        fprintf(stderr, "bosh-chat: %s\n", bosh_error_text(error));
        account_free(made);
    }
    return error;
}

void account_free(account *gone)
{
    bosh_client_free(gone->client);
    bosh_curl_free(gone->curl);
    if (gone->xml_log)
        fclose(gone->xml_log);
    *gone = (account){0};
}

char *account_reason(const account *of, const bosh_detail *detail, int error)
{
    const char *said = detail->text;
    if (!said || !*said)
        said = detail->stanza_condition;
    if (!said || !*said)
        said = bosh_condition_text(detail->condition);
    if (!*said)
        said = bosh_curl_failure(of->curl, of->client);
    if (*said) {
        char *clean = text_clean(said);
        char *reason = text_format("%s (%s)", bosh_error_text(error), clean);
        free(clean);
        return reason;
    }
    if (detail->http_status && detail->http_status != 200)
        return text_format("%s (HTTP status %d)", bosh_error_text(error), detail->http_status);
    return text_copy(bosh_error_text(error));
}

int account_exit_status(int error)
{
    if (error == BOSH_OK)
        return EXIT_OK;
    if (error == BOSH_ERR_URL || error == BOSH_ERR_JID || error == BOSH_ERR_ARGUMENT)
        return EXIT_USAGE;
    if (error == BOSH_ERR_AUTH || error == BOSH_ERR_CREDENTIALS || error == BOSH_ERR_BIND ||
        (error <= BOSH_ERR_NO_MECHANISM && error >= BOSH_ERR_SCRAM_DOWNGRADE))
        return EXIT_LOGIN;
    if (error <= BOSH_ERR_DNS && error >= BOSH_ERR_STEP_TIMEOUT)
        return EXIT_NETWORK;
    return EXIT_OTHER;
}

char *account_new_id(void)
{
    unsigned char bytes[8];
    if (getentropy(bytes, sizeof(bytes)) != 0) {
        perror("bosh-chat: no random numbers");
        _exit(EXIT_OTHER);
    }
    return text_format("%02x%02x%02x%02x%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3],
                       bytes[4], bytes[5], bytes[6], bytes[7]);
}
