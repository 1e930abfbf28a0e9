/* SPDX-License-Identifier: MIT
 * The application and the loop of the torture. */
#include "torture/host.h"
#include "torture/server.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTLE_STEPS 400

void host_complain(torture_host *host, const char *format, ...)
{
    va_list arguments;
    host->problems++;
    printf("  ");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

void host_expect(torture_host *host, const char *call, int error)
{
    int is_allowed = host->alloc.failures && error == BOSH_ERR_MEMORY;
    if (error < 0 && !is_allowed && !(error == BOSH_ERR_STATE && host->is_ended))
        host_complain(host, "%s: %s", call, bosh_error_name(error));
}

/* -------------------------------------------------------------------------- the application */

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    torture_host *host = user;
    if (event->type != BOSH_EVENT_STATE)
        return;
    if (event->detail != bosh_client_detail(client) && event->detail == NULL)
        host_complain(host, "an event without a detail");
    host->is_ended = event->state == BOSH_STATE_ENDED;
    host->end_error = event->error;
    if (host->is_ended && host->validator)
        world_validator_ended(host->validator);
}

static int on_message(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    torture_host *host = user;
    const char *id = bosh_stanza_attribute(stanza, "id");
    unsigned long number = id && *id == 'd' ? strtoul(id + 1, NULL, 10) : 0;
    int is_flagged = bosh_client_is_replay(client) && host->delivered[number % HOST_STANZAS];
    if (number < HOST_STANZAS && number && !is_flagged && ++host->delivered[number] > 1)
        host_complain(host, "stanza d%lu is delivered twice", number);
    return 1;
}

static int on_query(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    bosh_writer *answer = bosh_client_iq_result(client, stanza);
    bosh_writer_element(answer, "known", "t:known", NULL);
    host_expect(user, "bosh_client_send in a handler", bosh_client_send(client, answer, NULL));
    return 1;
}

static void on_answer(bosh_client *client, int error, const bosh_stanza *answer, void *user)
{
    torture_host *host = user;
    (void)client;
    (void)answer;
    (void)error;
    if (++host->answers > 1)
        host_complain(host, "the request is answered twice");
}

/* ------------------------------------------------------------------------------- the transport */

static int submit(void *user, uint32_t id, const bosh_transport_request *request)
{
    torture_host *host = user;
    host->net.submit_error = ++host->submits == host->submit_fails_at ? BOSH_ERR_CONNECT : 0;
    return host->net.transport.submit(&host->net, id, request);
}

static void cancel(void *user, uint32_t id)
{
    torture_host *host = user;
    host->net.transport.cancel(&host->net, id);
}

static unsigned capabilities(void *user)
{
    (void)user;
    return BOSH_TRANSPORT_PARALLEL | BOSH_TRANSPORT_WARM;
}

static void wanted(void *user)
{
    ((struct torture_host *)user)->net.is_wanted = 1;
}

static void released(void *user)
{
    ((struct torture_host *)user)->net.is_released = 1;
}

/* ------------------------------------------------------------------------------------ the host */

static void on_violation(void *user, const char *rule, const char *text)
{
    torture_host *host = user;
    /* Without memory no poll can be made; it is tried again (INV-9). */
    if (host->alloc.failures && strcmp(rule, "HOLD-1") == 0)
        return;
    /* A journal knows only what was sent: what was answered since is asked for again. */
    if (host->crashes_at && (strcmp(rule, "HOLD-1") == 0 || strcmp(rule, "RTX-4") == 0))
        return;
    host_complain(user, "breaks %s: %s", rule, text);
}

void host_init(torture_host *host, const char *mechanism)
{
    world_validator_config config;
    memset(host, 0, sizeof(*host));
    host->mechanism = mechanism;
    host->seed.state = 1;
    world_alloc_init(&host->alloc);
    host->allocator = world_alloc_allocator(&host->alloc);
    world_transport_init(&host->net);
    host->net.now_ms = 1000;
    world_validator_config_init(&config);
    config.violation = on_violation;
    config.user = host;
    host->validator = host->net.validator = world_validator_new(&config);
}

static void client_free(torture_host *host)
{
    bosh_client_free(host->client);
    if (host->client && !host->net.is_released)
        host_complain(host, "the transport is not told that the client is gone");
    host->client = host->net.client = NULL;
    host->net.is_released = 0;
}

void host_deinit(torture_host *host)
{
    client_free(host);
    if (host->alloc.blocks) {
        host_complain(host, "%zu blocks are not given back", host->alloc.blocks);
        world_alloc_leaks(&host->alloc);
    }
    for (size_t i = 0; i < host->net.count; i++)
        if (host->net.attempts[i]->state == WORLD_ATTEMPT_OPEN)
            host_complain(host, "attempt %u outlives the client",
                          (unsigned)host->net.attempts[i]->id);
    if (host->was_asked && host->answers == 0)
        host_complain(host, "the request was never answered");
    free(host->journal);
    server_deinit(host);
    world_validator_free(host->validator);
    world_transport_deinit(&host->net);
    world_alloc_deinit(&host->alloc);
}

static int save(const void *bytes, size_t size, void *user)
{
    torture_host *host = user;
    void *copy = size ? malloc(size) : NULL;
    if (size && !copy)
        return -1;
    if (size)
        memcpy(copy, bytes, size);
    free(host->journal);
    host->journal = copy;
    host->journal_size = size;
    return 0;
}

static void client_new(torture_host *host)
{
    bosh_config config;
    bosh_match query = {.ns = "t:known", .name = "iq", .type = "get"};
    bosh_transport door = {host, submit, cancel, capabilities, NULL, wanted, released};
    bosh_config_init(&config);
    config.url = "https://example.org/xmpp-httpbind";
    config.jid = "alice@example.org";
    config.password = "pencil";
    config.on_event = on_event;
    config.user = host;
    config.allocator = host->allocator;
    config.entropy = world_seed_entropy;
    config.entropy_user = &host->seed;
    config.scram_rounds_min = 1;
    config.save = host->has_journal ? save : NULL;
    host_expect(host, "bosh_client_new", bosh_client_new(&config, &door, &host->client));
    host->net.client = host->client;
    if (!host->client)
        return;
    host_expect(host, "bosh_handler_add", bosh_handler_add(host->client, NULL, on_message, host));
    host_expect(host, "bosh_handler_add", bosh_handler_add(host->client, &query, on_query, host));
}

void host_connect(torture_host *host)
{
    client_new(host);
    if (!host->client)
        return;
    world_validator_connect(host->validator);
    host_expect(host, "bosh_client_connect", bosh_client_connect(host->client));
    host_settle(host, 20000);
}

/* The process dies, and the next one goes on with what the journal has. */
static void crash(torture_host *host)
{
    if (host->is_arriving)
        server_arrive(host);
    client_free(host);
    client_new(host);
    host->is_ended = 0;
    world_validator_handover(host->validator);
    if (host->journal) {
        int error = bosh_client_import(host->client, host->journal, host->journal_size, 100);
        host_expect(host, "bosh_client_import", error);
    } else {
        world_validator_connect(host->validator);
        host_expect(host, "bosh_client_connect", bosh_client_connect(host->client));
    }
}

static void count_step(torture_host *host)
{
    if (++host->steps == host->crashes_at)
        crash(host);
}

void host_settle(torture_host *host, uint64_t limit_ms)
{
    bosh_time until_ms = host->net.now_ms + limit_ms;
    for (int i = 0; host->client && i < SETTLE_STEPS; i++) {
        bosh_time deadline_ms;
        count_step(host);
        world_transport_pump(&host->net);
        count_step(host);
        if (server_serve(host) || host->net.is_wanted)
            continue;
        deadline_ms = bosh_client_deadline(host->client);
        if (deadline_ms > until_ms)
            return;
        if (deadline_ms > host->net.now_ms)
            host->net.now_ms = deadline_ms;
    }
    if (host->client)
        host_complain(host, "the client does not come to rest");
}

void host_push(torture_host *host, const char *payload)
{
    size_t used = strlen(host->pending);
    snprintf(host->pending + used, sizeof(host->pending) - used, "%s", payload);
}

void host_say(torture_host *host)
{
    char id[20];
    bosh_ticket ticket = 0;
    if (!host->client)
        return;
    snprintf(id, sizeof(id), "u%u", (unsigned)++host->said);
    bosh_writer *message = bosh_client_writer(host->client);
    bosh_writer_start(message, "message", NULL);
    bosh_writer_attribute(message, "to", "bob@example.org");
    bosh_writer_attribute(message, "id", id);
    bosh_writer_element(message, "body", NULL, "a text of some length: <&>");
    host_expect(host, "bosh_client_send", bosh_client_send(host->client, message, &ticket));
}

void host_hear(torture_host *host)
{
    char payload[200];
    snprintf(payload, sizeof(payload),
             "<message xmlns='jabber:client' from='bob@example.org/x' id='d%u'>"
             "<body>a text of some length: &lt;&amp;&gt;</body></message>",
             (unsigned)++host->heard);
    host_push(host, payload);
}

void host_ask(torture_host *host)
{
    if (!host->client)
        return;
    bosh_writer *iq = bosh_client_iq(host->client, "get", "bob@example.org");
    bosh_writer_element(iq, "ask", "t:ask", NULL);
    int error = bosh_client_request(host->client, iq, 0, on_answer, host);
    host_expect(host, "bosh_client_request", error);
    host->was_asked |= error == BOSH_OK;
}

void host_break(torture_host *host)
{
    size_t count = host->net.count;
    for (size_t i = 0; host->client && i < count; i++)
        world_transport_fail(&host->net, host->net.attempts[i], BOSH_ERR_RESET,
                             BOSH_FAILED_MAYBE_SENT);
    host_settle(host, 20000);
}

void host_lose(torture_host *host)
{
    if (!host->client)
        return;
    server_lose(host);
    host_settle(host, 20000);
}

void host_move(torture_host *host)
{
    void *bytes = NULL;
    size_t size = 0;
    bosh_state state = host->client ? bosh_client_state(host->client) : BOSH_STATE_ENDED;
    if (state != BOSH_STATE_ONLINE && state != BOSH_STATE_RECOVERING)
        return;
    int error = bosh_client_export(host->client, &bytes, &size);
    host_expect(host, "bosh_client_export", error);
    if (error != BOSH_OK)
        return;
    world_transport_pump(&host->net); /* the exporter ends */
    client_free(host);
    world_validator_handover(host->validator);
    host->is_ended = 0;
    client_new(host);
    if (host->client)
        host_expect(host, "bosh_client_import", bosh_client_import(host->client, bytes, size, 500));
    host->allocator.release(bytes, host->allocator.user);
    host_settle(host, 20000);
}

static int is_over(const torture_host *host)
{
    bosh_state state = bosh_client_state(host->client);
    return state == BOSH_STATE_ENDED || state == BOSH_STATE_IDLE;
}

void host_close(torture_host *host)
{
    /* Twice: a process that died meanwhile left one behind that was not asked to close. */
    for (int i = 0; i < 2 && host->client && !is_over(host); i++) {
        bosh_client_close(host->client, NULL);
        host_settle(host, 60000);
    }
    if (host->client && !is_over(host))
        host_complain(host, "closed, but %s", bosh_state_text(bosh_client_state(host->client)));
}
