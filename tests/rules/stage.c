/* SPDX-License-Identifier: MIT
 * Client, callbacks and clock. The standard login is in login.c. */
#include "stage.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int stage_failures;
char stage_failed[STAGE_FAILED_MAX];

void stage_fail(const char *format, ...)
{
    char text[4000];
    size_t size = strlen(stage_failed);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    printf("%s\n", text);
    snprintf(stage_failed + size, sizeof(stage_failed) - size, "%s\n", text);
    stage_failures++;
}

static void on_violation(void *user, const char *rule, const char *text)
{
    stage *s = user;
    /* Without memory no poll can be made; it is tried again (INV-9). */
    if (s->alloc.failures && strcmp(rule, "HOLD-1") == 0)
        return;
    stage_fail("violation of %s at %.3f s: %s", rule,
               ((double)s->net.now_ms - (double)s->zero_ms) / 1000.0, text);
}

static void say(stage *s, const char *format, ...)
{
    va_list arguments;
    if (!s->is_loud)
        return;
    va_start(arguments, format);
    printf("        | %.3f  ", ((double)s->net.now_ms - (double)s->zero_ms) / 1000.0);
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
}

static void *grow(void *block, size_t size)
{
    block = realloc(block, size);
    if (!block)
        abort();
    return block;
}

stage_entry *stage_add_entry(stage *s, stage_entry_kind kind)
{
    stage_entry *entry = grow(NULL, sizeof(*entry));
    memset(entry, 0, sizeof(*entry));
    entry->kind = kind;
    *s->log_end = entry;
    s->log_end = &entry->next;
    if (!s->cursor)
        s->cursor = entry;
    return entry;
}

const char *stage_event_name(bosh_event_type type)
{
    static const char *const names[] = {"state",   "delivered",   "unknown", "unsent", "retry",
                                        "drained", "credentials", "warning", "login"};
    return names[type];
}

void stage_describe(const stage_entry *entry, char *text, size_t size)
{
    const char *name = entry->element ? entry->element->name : "none";
    if (entry->kind == STAGE_DELIVER)
        snprintf(text, size, "deliver <%s>", name);
    else if (entry->kind == STAGE_ANSWER)
        snprintf(text, size, "answer %s <%s>", bosh_error_name(entry->error), name);
    else
        snprintf(text, size, "event %s %s %s ticket %llu delay %u%s%s",
                 stage_event_name(entry->type), bosh_state_text(entry->state),
                 bosh_error_name(entry->error), (unsigned long long)entry->ticket,
                 (unsigned)entry->delay_ms, entry->xml[0] ? " " : "", entry->xml);
}

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    stage *s = user;
    stage_entry *entry = stage_add_entry(s, STAGE_EVENT);
    (void)client;
    entry->type = event->type;
    entry->state = event->state;
    entry->error = event->error;
    entry->ticket = event->ticket;
    entry->delay_ms = event->delay_ms;
    entry->xml = grow(NULL, event->xml.size + 1);
    entry->element = event->element ? match_copy_stanza(event->element) : NULL;
    if (event->xml.size)
        memcpy(entry->xml, event->xml.data, event->xml.size);
    entry->xml[event->xml.size] = 0;
    if (event->type == BOSH_EVENT_STATE && event->state == BOSH_STATE_ENDED)
        world_validator_ended(s->validator);
    if (s->is_loud) {
        char text[2000];
        stage_describe(entry, text, sizeof(text));
        say(s, "%s", text);
    }
}

static int on_stanza(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    stage *s = user;
    (void)client;
    stage_add_entry(s, STAGE_DELIVER)->element = match_copy_stanza(stanza);
    say(s, "deliver %s", bosh_stanza_name(stanza));
    return 1;
}

static void keep_text(stage *s, const char *text, size_t size)
{
    s->trace = grow(s->trace, s->trace_size + size + 2);
    memcpy(s->trace + s->trace_size, text, size);
    s->trace_size += size;
    s->trace[s->trace_size++] = '\n';
    s->trace[s->trace_size] = 0;
}

static void on_log(bosh_log_level level, const char *line, void *user)
{
    (void)level;
    keep_text(user, line, strlen(line));
    say(user, "log %s", line);
}

static void on_trace(int outgoing, const char *xml, size_t size, void *user)
{
    keep_text(user, xml, size);
    say(user, "%s %.*s", outgoing ? "request" : "answer ", size > 2000 ? 2000 : (int)size, xml);
}

void stage_init(stage *s, world_split split)
{
    world_validator_config watch;
    memset(s, 0, sizeof(*s));
    world_alloc_init(&s->alloc);
    s->seed.state = 7;
    s->log_end = &s->log;
    s->rtt_ms = 10;
    world_transport_init(&s->net);
    s->net.split = split;
    s->net.now_ms = 1000;
    s->zero_ms = 1000;
    world_validator_config_init(&watch);
    watch.violation = on_violation;
    watch.user = s;
    s->validator = world_validator_new(&watch);
    s->net.validator = s->validator;
    bosh_config_init(&s->config);
    s->config.url = STAGE_URL;
    s->config.jid = "alice@example.org";
    s->config.password = STAGE_PASSWORD;
    s->config.on_event = on_event;
    s->config.log = on_log;
    if (bosh_has_feature("trace"))
        s->config.trace = on_trace;
    s->config.user = s;
    s->config.allocator = world_alloc_allocator(&s->alloc);
    s->config.entropy = world_seed_entropy;
    s->config.entropy_user = &s->seed;
    s->config.reconnect = BOSH_RECONNECT_NEVER;
}

/* The validator learns what the client was configured to. */
static void configure_validator(stage *s)
{
    world_validator_config watch;
    world_validator_config_init(&watch);
    watch.violation = on_violation;
    watch.user = s;
    watch.url = s->config.url;
    watch.is_plain_http_allowed = s->config.allow_plain_over_http;
    watch.is_steered = s->config.stop_before_login || s->config.stop_before_bind;
    watch.is_upload_known = (s->net.capabilities & BOSH_TRANSPORT_UPLOADED) != 0;
    if (s->config.content_type)
        watch.content_type = s->config.content_type;
    if (s->config.body_bytes_max)
        watch.body_bytes_max = s->config.body_bytes_max;
    if (s->config.response_bytes_max)
        watch.response_bytes_max = s->config.response_bytes_max;
    if (s->config.depth_max)
        watch.depth_max = s->config.depth_max;
    if (s->config.attributes_max)
        watch.attributes_max = s->config.attributes_max;
    world_validator_free(s->validator);
    s->validator = world_validator_new(&watch);
    s->net.validator = s->validator;
}

int stage_client(stage *s)
{
    if (s->client)
        return BOSH_OK;
    if (!s->is_watched)
        configure_validator(s);
    s->is_watched = 1;
    int error = bosh_client_new(&s->config, &s->net.transport, &s->client);
    if (error)
        return error;
    s->net.client = s->client;
    s->net.is_released = 0;
    return bosh_handler_add(s->client, NULL, on_stanza, s) < 0 ? BOSH_ERR_MEMORY : BOSH_OK;
}

void stage_settle(stage *s)
{
    for (int turns = 0; s->client && turns < 20000; turns++) {
        if (!s->net.is_wanted && bosh_client_deadline(s->client) > s->net.now_ms)
            return;
        world_transport_pump(&s->net);
    }
    if (!s->client || s->is_busy_reported)
        return;
    stage_fail("the client wants to be pumped without end");
    s->is_busy_reported = 1;
}

void stage_advance(stage *s, bosh_time to_ms)
{
    stage_settle(s);
    while (s->client && !s->is_busy_reported) {
        bosh_time deadline_ms = bosh_client_deadline(s->client);
        if (deadline_ms > to_ms)
            break;
        if (deadline_ms > s->net.now_ms)
            s->net.now_ms = deadline_ms;
        stage_settle(s);
    }
    s->net.now_ms = to_ms;
}

world_attempt *stage_open_attempt(stage *s)
{
    for (size_t i = s->net.count; i-- > 0;) {
        if (s->net.attempts[i]->state == WORLD_ATTEMPT_OPEN)
            return s->net.attempts[i];
    }
    return NULL;
}

char *stage_wrap(const char *body)
{
    size_t size = strlen(body);
    char *out = grow(NULL, size + 60);
    const char *end = strchr(body, '>');
    const char *declared = strstr(body, "xmlns=");
    if (strncmp(body, "<body", 5) == 0 && !(declared && end && declared < end))
        snprintf(out, size + 60, "<body xmlns='http://jabber.org/protocol/httpbind'%s", body + 5);
    else
        memcpy(out, body, size + 1);
    return out;
}

void stage_answer(stage *s, world_attempt *attempt, const char *body)
{
    char *entity = stage_wrap(body);
    world_transport_answer(&s->net, attempt, 200, 0, entity, strlen(entity));
    free(entity);
    world_transport_pump(&s->net);
    stage_settle(s);
}

char *stage_root_attribute(const world_attempt *attempt, const char *name)
{
    world_document request;
    char *out = NULL;
    if (world_document_parse_plain(&request, attempt->entity, attempt->size)) {
        const char *value = world_node_attribute(request.root, name);
        if (value) {
            out = grow(NULL, strlen(value) + 1);
            memcpy(out, value, strlen(value) + 1);
        }
    }
    world_document_deinit(&request);
    return out;
}

static void check_secret(const stage *s, const char *what, const char *secret)
{
    if (s->trace && secret && strlen(secret) >= 6 && strstr(s->trace, secret))
        stage_fail("violation of SEC-6: log or trace show %s", what);
}

/* SEC-6: neither password nor session ids nor login data may have been logged. */
static void check_secrets(const stage *s)
{
    check_secret(s, "the password", s->config.password);
    for (size_t i = 0; i < s->net.count; i++) {
        world_document request;
        if (world_document_parse_plain(&request, s->net.attempts[i]->entity,
                                       s->net.attempts[i]->size)) {
            const world_node *payload = world_node_child(request.root, NULL, NULL);
            const char *ns = payload ? world_node_ns(payload) : "";
            check_secret(s, "the session id", world_node_attribute(request.root, "sid"));
            if (strcmp(ns, "urn:ietf:params:xml:ns:xmpp-sasl") == 0)
                check_secret(s, "login data", world_node_text(payload));
        }
        world_document_deinit(&request);
    }
}

static void free_log(stage *s)
{
    while (s->log) {
        stage_entry *next = s->log->next;
        world_node_free(s->log->element);
        free(s->log->xml);
        free(s->log);
        s->log = next;
    }
}

void stage_deinit(stage *s)
{
    if (s->client) {
        bosh_client_free(s->client);
        if (!s->net.is_released)
            stage_fail("the transport was not released");
    }
    if (world_alloc_leaks(&s->alloc) != 0)
        stage_fail("%zu blocks leaked", s->alloc.blocks);
    check_secrets(s);
    world_alloc_deinit(&s->alloc);
    world_transport_deinit(&s->net);
    world_validator_free(s->validator);
    free_log(s);
    free(s->trace);
}
