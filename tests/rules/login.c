/* SPDX-License-Identifier: MIT
 * The standard login: a server that answers each step at once and correctly. */
#include "stage.h"
#include "world/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Attributes of the creation response, and what a transcript may put in their place. */
static const char *const parameters[][2] = {
    {"wait", "50"},    {"requests", "2"}, {"hold", "1"},           {"inactivity", "30"},
    {"polling", "5"},  {"ver", "1.11"},   {"from", "example.org"}, {"accept", "-"},
    {"maxpause", "-"}, {"charsets", "-"}, {"stream", "-"},         {"secure", "-"}};

static void value_of(const char *words, const char *name, const char *usual, char value[80])
{
    size_t size = strlen(name);
    snprintf(value, 80, "%s", usual);
    for (const char *at = words; at && *at; at += strcspn(at, " "), at += strspn(at, " ")) {
        if (strncmp(at, name, size) == 0 && at[size] == '=')
            snprintf(value, 80, "%.*s", (int)strcspn(at + size + 1, " "), at + size + 1);
    }
}

static void creation_answer(stage *s, const char *words, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "<body sid='session-%d-0001'", ++s->sessions);
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        char value[80];
        value_of(words, parameters[i][0], parameters[i][1], value);
        if (strcmp(value, "-") != 0)
            used += (size_t)snprintf(out + used, size - used, " %s='%s'", parameters[i][0], value);
    }
    snprintf(out + used, size - used,
             " xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh' xmlns:stream='%s'>"
             "<stream:features><mechanisms xmlns='%s'><mechanism>PLAIN</mechanism></mechanisms>"
             "</stream:features></body>",
             WORLD_NS_STREAMS, WORLD_NS_SASL);
}

static void bind_answer(const world_request *request, char *out, size_t size)
{
    const char *id = world_node_attribute(world_request_bind(request), "id");
    snprintf(out, size,
             "<body><iq xmlns='jabber:client' type='result' id='%s'><bind xmlns='%s'>"
             "<jid>alice@example.org/here</jid></bind></iq></body>",
             id ? id : "", WORLD_NS_BIND);
}

/* What a server says to this request; 0 for a poll, which it holds. */
static int write_answer(stage *s, const char *words, const world_attempt *attempt, char *out,
                        size_t size)
{
    world_request request;
    int has_answer = 1;
    world_request_read(&request, attempt->entity, attempt->size);
    if (request.kind == WORLD_CREATION)
        creation_answer(s, words, out, size);
    else if (request.kind == WORLD_SASL)
        snprintf(out, size, "<body><success xmlns='%s'/></body>", WORLD_NS_SASL);
    else if (request.kind == WORLD_RESTART)
        snprintf(out, size,
                 "<body xmlns:stream='%s'><stream:features><bind xmlns='%s'/></stream:features>"
                 "</body>",
                 WORLD_NS_STREAMS, WORLD_NS_BIND);
    else if (request.document.root && world_request_bind(&request))
        bind_answer(&request, out, size);
    else
        has_answer = 0;
    world_request_deinit(&request);
    return has_answer;
}

static world_attempt *oldest_open(stage *s)
{
    for (size_t i = 0; i < s->net.count; i++) {
        if (s->net.attempts[i]->state == WORLD_ATTEMPT_OPEN)
            return s->net.attempts[i];
    }
    return NULL;
}

int stage_login(stage *s, const char *words)
{
    char answer[2000];
    bosh_state state = BOSH_STATE_ENDED;
    if (stage_client(s) != BOSH_OK)
        return 0;
    state = bosh_client_state(s->client);
    if (state == BOSH_STATE_IDLE || state == BOSH_STATE_ENDED) {
        world_validator_connect(s->validator);
        if (bosh_client_connect(s->client) != BOSH_OK)
            return 0;
    }
    stage_settle(s);
    for (int steps = 0; steps < 12 && bosh_client_state(s->client) != BOSH_STATE_ONLINE; steps++) {
        bosh_time deadline_ms = bosh_client_deadline(s->client);
        int is_waiting = !oldest_open(s) && deadline_ms != BOSH_NEVER;
        stage_advance(s, is_waiting ? deadline_ms : s->net.now_ms + s->rtt_ms);
        world_attempt *attempt = oldest_open(s);
        if (attempt && write_answer(s, words, attempt, answer, sizeof(answer)))
            stage_answer(s, attempt, answer);
    }
    stage_advance(s, s->net.now_ms + 1000);
    s->zero_ms = s->net.now_ms;
    s->cursor = NULL;
    return bosh_client_state(s->client) == BOSH_STATE_ONLINE;
}
