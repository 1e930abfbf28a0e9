/* SPDX-License-Identifier: MIT
 * The scripted server, the application's notebook and the clock. */
#include "tests/unit/scene.h"
#include "world/wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURNS_MAX 10

static void complain(scene *s, const char *format, ...)
{
    va_list arguments;
    s->problems++;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

static void on_violation(void *user, const char *rule, const char *text)
{
    complain(user, "violation of %s: %s", rule, text);
}

/* ------------------------------------------------------------------------------ the application */

void scene_note(scene *s, const char *format, ...)
{
    va_list arguments;
    size_t used = strlen(s->told);
    if (used)
        used += (size_t)snprintf(s->told + used, sizeof(s->told) - used, ", ");
    va_start(arguments, format);
    if (used < sizeof(s->told))
        vsnprintf(s->told + used, sizeof(s->told) - used, format, arguments);
    va_end(arguments);
}

const char *scene_told(scene *s)
{
    static char text[sizeof(s->told)];
    memcpy(text, s->told, sizeof(text));
    s->told[0] = '\0';
    return text;
}

/* "ERR_RESET", "OK" */
static const char *error_name(int error)
{
    return bosh_error_name(error) + strlen("BOSH_");
}

static void note_event(scene *s, const bosh_event *event)
{
    static const char *const names[] = {"state",   "delivered",   "unknown", "unsent", "retry",
                                        "drained", "credentials", "warning", "login"};
    const char *name = names[event->type];
    if (event->type == BOSH_EVENT_STATE)
        name = bosh_state_text(event->state);
    if (event->ticket)
        scene_note(s, "%s %u", name, (unsigned)event->ticket);
    else if (event->error)
        scene_note(s, "%s %s", name, error_name(event->error));
    else
        scene_note(s, "%s", name);
}

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    scene *s = user;
    if (client != s->client)
        complain(s, "an event of another client");
    note_event(s, event);
    if (event->type == BOSH_EVENT_STATE && event->state == BOSH_STATE_ENDED && s->validator)
        world_validator_ended(s->validator);
    if (s->on_event)
        s->on_event(s, event);
}

static int on_stanza(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    scene *s = user;
    const char *id = bosh_stanza_attribute(stanza, "id");
    scene_note(s, "%s %s%s", bosh_stanza_name(stanza), id ? id : "-",
               bosh_client_is_replay(client) ? " again" : "");
    if (s->on_stanza)
        s->on_stanza(s, stanza);
    return 1;
}

void scene_on_answer(bosh_client *client, int error, const bosh_stanza *answer, void *user)
{
    scene *s = user;
    if ((answer == NULL) != (error == BOSH_ERR_IQ_TIMEOUT || error == BOSH_ERR_IQ_DISCONNECTED))
        complain(s, "an answer of the wrong kind");
    (void)client;
    scene_note(s, "answer %s", error_name(error));
}

int scene_save(const void *bytes, size_t size, void *user)
{
    scene *s = user;
    s->saves++;
    if (s->save_result)
        return s->save_result;
    free(s->saved);
    s->saved = size ? malloc(size) : NULL;
    s->saved_size = size;
    if (size)
        memcpy(s->saved, bytes, size);
    return 0;
}

bosh_ticket scene_say(scene *s, const char *id)
{
    bosh_ticket ticket = 0;
    bosh_writer *message = bosh_client_writer(s->client);
    bosh_writer_start(message, "message", NULL);
    bosh_writer_attribute(message, "to", "bob@example.org");
    bosh_writer_attribute(message, "id", id);
    bosh_writer_element(message, "body", NULL, "Hi");
    return bosh_client_send(s->client, message, &ticket) ? 0 : ticket;
}

int scene_ask(scene *s, const char *to, uint32_t timeout_ms)
{
    bosh_writer *iq = bosh_client_iq(s->client, "get", to);
    bosh_writer_element(iq, "query", "t:ask", NULL);
    return bosh_client_request(s->client, iq, timeout_ms, scene_on_answer, s);
}

/* ------------------------------------------------------------------------------------ the world */

void scene_init(scene *s)
{
    memset(s, 0, sizeof(*s));
    world_alloc_init(&s->alloc);
    s->seed.state = 5;
    world_transport_init(&s->net);
    s->net.now_ms = 100000;
    s->offer = "PLAIN";
    s->session = "wait='50' requests='2' hold='1' inactivity='30' polling='5' ver='1.11'";
    bosh_config_init(&s->config);
    s->config.url = "https://example.org/xmpp-httpbind";
    s->config.jid = "alice@example.org";
    s->config.password = "pencil";
    s->config.on_event = on_event;
    s->config.user = s;
    s->config.allocator = world_alloc_allocator(&s->alloc);
    s->config.entropy = world_seed_entropy;
    s->config.entropy_user = &s->seed;
    s->config.reconnect = BOSH_RECONNECT_NEVER;
}

static void watch(scene *s)
{
    world_validator_config config;
    world_validator_config_init(&config);
    config.url = s->config.url;
    if (s->config.content_type)
        config.content_type = s->config.content_type;
    config.is_upload_known = (s->net.capabilities & BOSH_TRANSPORT_UPLOADED) != 0;
    config.is_plain_http_allowed = s->config.allow_plain_over_http;
    config.is_steered = s->config.stop_before_login;
    if (s->config.body_bytes_max)
        config.body_bytes_max = s->config.body_bytes_max;
    config.violation = on_violation;
    config.user = s;
    s->validator = s->net.validator = world_validator_new(&config);
}

void scene_open(scene *s)
{
    if (!s->validator && !s->is_unwatched)
        watch(s);
    int error = bosh_client_new(&s->config, &s->net.transport, &s->client);
    s->net.client = s->client;
    s->net.is_released = 0;
    if (error)
        complain(s, "bosh_client_new: %s", error_name(error));
    else if (!s->is_deaf && bosh_handler_add(s->client, NULL, on_stanza, s) <= 0)
        complain(s, "bosh_handler_add failed");
}

static void client_free(scene *s)
{
    bosh_client_free(s->client);
    if (s->client && !s->net.is_released)
        complain(s, "the transport is not told that the client is gone");
    s->client = s->net.client = NULL;
    for (size_t i = 0; i < s->net.count; i++)
        if (s->net.attempts[i]->state == WORLD_ATTEMPT_OPEN)
            complain(s, "attempt %u outlives its client", (unsigned)s->net.attempts[i]->id);
}

int scene_deinit(scene *s)
{
    if (s->net.is_released) /* by the test */
        s->client = NULL;
    client_free(s);
    if (world_alloc_leaks(&s->alloc))
        complain(s, "%zu blocks leaked", s->alloc.blocks);
    world_alloc_deinit(&s->alloc);
    world_transport_deinit(&s->net);
    world_validator_free(s->validator);
    free(s->saved);
    return s->problems;
}

void scene_crash(scene *s)
{
    client_free(s);
    if (s->validator)
        world_validator_handover(s->validator);
    scene_open(s);
}

void scene_move(scene *s)
{
    void *bytes = NULL;
    size_t size = 0;
    int error = bosh_client_export(s->client, &bytes, &size);
    if (error) {
        complain(s, "bosh_client_export: %s", error_name(error));
        return;
    }
    scene_crash(s);
    error = bosh_client_import(s->client, bytes, size, 0);
    if (error)
        complain(s, "bosh_client_import: %s", error_name(error));
    s->config.allocator.release(bytes, s->config.allocator.user);
    scene_turn(s);
}

void scene_turn(scene *s)
{
    int turns = 0;
    do
        world_transport_pump(&s->net);
    while (!s->net.is_released &&
           (s->net.is_wanted || bosh_client_deadline(s->client) <= s->net.now_ms) &&
           ++turns < TURNS_MAX);
    if (turns == TURNS_MAX)
        complain(s, "the client does not come to rest");
}

void scene_advance(scene *s, uint64_t ms)
{
    bosh_time until_ms = s->net.now_ms + ms;
    while (!s->net.is_released && bosh_client_deadline(s->client) <= until_ms && !s->problems) {
        bosh_time deadline_ms = bosh_client_deadline(s->client);
        if (deadline_ms > s->net.now_ms)
            s->net.now_ms = deadline_ms;
        scene_turn(s);
    }
    if (s->net.now_ms < until_ms) /* the program may have taken its time in a callback */
        s->net.now_ms = until_ms;
}

/* ----------------------------------------------------------------------------------- the server */

const char *scene_sent(const scene *s)
{
    return s->net.count ? s->net.attempts[s->net.count - 1]->entity : "";
}

size_t scene_open_count(const scene *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->net.count; i++)
        count += s->net.attempts[i]->state == WORLD_ATTEMPT_OPEN;
    return count;
}

world_attempt *scene_oldest(const scene *s)
{
    for (size_t i = 0; i < s->net.count; i++)
        if (s->net.attempts[i]->state == WORLD_ATTEMPT_OPEN)
            return s->net.attempts[i];
    return NULL;
}

void scene_hand_in(scene *s, const char *attributes, const char *payloads)
{
    char entity[4000];
    world_attempt *attempt = scene_oldest(s);
    int size = snprintf(entity, sizeof(entity), "<body xmlns='" WORLD_NS_HTTPBIND "' %s>%s</body>",
                        attributes, payloads);
    if (attempt)
        world_transport_answer(&s->net, attempt, 200, 0, entity, (size_t)size);
    else
        complain(s, "nothing is open that could be answered");
}

void scene_answer_as(scene *s, const char *attributes, const char *payloads)
{
    scene_hand_in(s, attributes, payloads);
    scene_turn(s);
}

void scene_answer(scene *s, const char *payloads)
{
    scene_answer_as(s, "", payloads);
}

static void answer_creation(scene *s)
{
    char attributes[300], payload[600], words[200];
    size_t used = 0;
    snprintf(words, sizeof(words), "%s", s->offer);
    used += (size_t)snprintf(payload, sizeof(payload),
                             "<stream:features xmlns:stream='" WORLD_NS_STREAMS
                             "'><mechanisms xmlns='" WORLD_NS_SASL "'>");
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        used += (size_t)snprintf(payload + used, sizeof(payload) - used,
                                 "<mechanism>%s</mechanism>", word);
    snprintf(payload + used, sizeof(payload) - used, "</mechanisms></stream:features>");
    snprintf(attributes, sizeof(attributes), "sid='session-of-alice' %s", s->session);
    scene_answer_as(s, attributes, payload);
}

static void answer_bind(scene *s, const world_node *iq)
{
    char payload[600];
    const char *id = iq ? world_node_attribute(iq, "id") : NULL;
    snprintf(payload, sizeof(payload),
             "<iq xmlns='jabber:client' type='result' id='%s'><bind xmlns='" WORLD_NS_BIND
             "'><jid>alice@example.org/here</jid></bind></iq>",
             id ? id : "");
    scene_answer(s, payload);
}

void scene_answer_login(scene *s)
{
    world_request request;
    world_attempt *open = scene_oldest(s);
    if (!open)
        return;
    world_request_read(&request, open->entity, open->size);
    if (request.kind == WORLD_CREATION)
        answer_creation(s);
    else if (request.kind == WORLD_SASL)
        scene_answer(s, "<success xmlns='" WORLD_NS_SASL "'/>");
    else if (request.kind == WORLD_RESTART)
        scene_answer(s, "<stream:features xmlns:stream='" WORLD_NS_STREAMS
                        "'><bind xmlns='" WORLD_NS_BIND "'/></stream:features>");
    else
        answer_bind(s, world_request_bind(&request));
    world_request_deinit(&request);
}

void scene_connect(scene *s)
{
    if (!s->client)
        scene_open(s);
    if (s->validator)
        world_validator_connect(s->validator);
    int error = bosh_client_connect(s->client);
    if (error)
        complain(s, "bosh_client_connect: %s", error_name(error));
    scene_turn(s);
}

void scene_login(scene *s)
{
    scene_connect(s);
    for (int i = 0; i < 6 && bosh_client_state(s->client) != BOSH_STATE_ONLINE; i++) {
        scene_advance(s, 10);
        scene_answer_login(s);
    }
    if (bosh_client_state(s->client) != BOSH_STATE_ONLINE)
        complain(s, "the login stops at %s", bosh_state_text(bosh_client_state(s->client)));
    scene_advance(s, 1000);
    s->told[0] = '\0';
}

void scene_login_with(scene *s, bosh_reconnect reconnect)
{
    scene_init(s);
    s->config.reconnect = reconnect;
    scene_login(s);
}

const char *scene_told_of_end(scene *s, const char *attributes, const char *payloads)
{
    scene_answer_as(s, attributes, payloads);
    return scene_told(s);
}

void scene_come_back(scene *s)
{
    for (int i = 0; i < 1000 && bosh_client_state(s->client) != BOSH_STATE_ONLINE; i++) {
        scene_advance(s, 100);
        if (scene_oldest(s))
            scene_answer_login(s);
    }
    if (bosh_client_state(s->client) != BOSH_STATE_ONLINE)
        complain(s, "it stays at %s", bosh_state_text(bosh_client_state(s->client)));
}
