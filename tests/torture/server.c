/* SPDX-License-Identifier: MIT
 * The server of the torture: login by PLAIN or SCRAM, bind, messages, a request each way. It keeps
 * no replay buffer: an answer that the transport could deliver is delivered. */
#include "torture/server.h"
#include "world/scram.h"
#include "world/wire.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SASL(element, text) "<" element " xmlns='" WORLD_NS_SASL "'>" text "</" element ">"

static void create(torture_host *host)
{
    char payload[600];
    snprintf(payload, sizeof(payload),
             "<stream:features xmlns:stream='" WORLD_NS_STREAMS
             "'><mechanisms xmlns='" WORLD_NS_SASL
             "'><mechanism>%s</mechanism></mechanisms></stream:features>",
             host->mechanism);
    host->sessions++;
    host->pending[0] = '\0';
    host_push(host, payload);
}

static void challenge(torture_host *host, const char *text)
{
    size_t size = 0;
    char payload[600], *first = world_base64_decode(text, &size);
    const char *nonce = first ? strstr(first, ",r=") : NULL;
    snprintf(host->client_first, sizeof(host->client_first), "%s", first ? first : "");
    snprintf(host->server_first, sizeof(host->server_first), "r=%.100sServer,s=c2FsdA==,i=1",
             nonce ? nonce + 3 : "");
    char *base64 = world_base64_encode(host->server_first, strlen(host->server_first));
    snprintf(payload, sizeof(payload), SASL("challenge", "%s"), base64);
    host_push(host, payload);
    free(base64);
    free(first);
}

static void check_proof(torture_host *host, const char *text)
{
    size_t size = 0;
    char proof[100], signature[100], payload[600], *final = world_base64_decode(text, &size);
    char *given = final ? strstr(final, ",p=") : NULL;
    if (given) {
        *given = '\0';
        world_scram facts = {host->mechanism, "pencil", host->client_first, host->server_first,
                             final};
        if (world_scram_compute(&facts, proof, signature) != 0 || strcmp(proof, given + 3) != 0)
            host_complain(host, "the proof is wrong");
        snprintf(payload, sizeof(payload), "v=%s", signature);
        char *base64 = world_base64_encode(payload, strlen(payload));
        snprintf(payload, sizeof(payload), SASL("success", "%s"), base64);
        host_push(host, payload);
        free(base64);
    }
    free(final);
}

static void take_iq(torture_host *host, const world_node *iq)
{
    char payload[600];
    const char *id = world_node_attribute(iq, "id");
    const char *type = world_node_attribute(iq, "type");
    if (world_node_child(iq, "bind", WORLD_NS_BIND))
        snprintf(payload, sizeof(payload),
                 "<iq xmlns='jabber:client' type='result' id='%s'><bind xmlns='" WORLD_NS_BIND
                 "'><jid>alice@example.org/%u</jid></bind></iq>",
                 id, (unsigned)host->sessions);
    else if (type && strcmp(type, "get") == 0)
        snprintf(payload, sizeof(payload),
                 "<iq xmlns='jabber:client' type='result' id='%s'><ask xmlns='t:ask'/></iq>", id);
    else
        return;
    host_push(host, payload);
}

static void take_payload(torture_host *host, const world_node *payload)
{
    const char *id = world_node_attribute(payload, "id");
    if (world_node_is(payload, "auth", WORLD_NS_SASL)) {
        if (strcmp(host->mechanism, "PLAIN") == 0)
            host_push(host, "<success xmlns='" WORLD_NS_SASL "'/>");
        else
            challenge(host, world_node_text(payload));
    } else if (world_node_is(payload, "response", WORLD_NS_SASL)) {
        check_proof(host, world_node_text(payload));
    } else if (world_node_is(payload, "iq", WORLD_NS_CLIENT)) {
        take_iq(host, payload);
    } else if (world_node_is(payload, "message", WORLD_NS_CLIENT) && id && *id == 'u') {
        unsigned long number = strtoul(id + 1, NULL, 10);
        if (number < HOST_STANZAS && ++host->accepted[number] > 1)
            host_complain(host, "stanza u%lu was sent twice", number);
    }
}

/* A rid is taken in once, however often it comes (XEP-0124 section 14.3). */
static server_slot *slot_of(torture_host *host, const world_request *request)
{
    server_slot *slot = &host->slots[request->rid % HOST_SLOTS];
    if (slot->rid == request->rid)
        return slot;
    free(slot->answer);
    *slot = (server_slot){.rid = request->rid, .kind = request->kind};
    if (request->kind == WORLD_CREATION)
        create(host);
    if (request->kind == WORLD_RESTART)
        host_push(host, "<stream:features xmlns:stream='" WORLD_NS_STREAMS
                        "'><bind xmlns='" WORLD_NS_BIND "'/></stream:features>");
    const world_node *payload = world_node_child(request->document.root, NULL, NULL);
    for (; payload; payload = world_node_sibling(payload, NULL, NULL))
        take_payload(host, payload);
    return slot;
}

static void write_answer(torture_host *host, server_slot *slot, const char *attributes)
{
    size_t size = strlen(host->pending) + 300;
    slot->answer = malloc(size);
    if (!slot->answer)
        abort();
    snprintf(slot->answer, size, "<body xmlns='" WORLD_NS_HTTPBIND "'%s>%s</body>", attributes,
             host->pending);
    host->pending[0] = '\0';
}

/* Write the answer if it is due: `is_older` when a newer request is there too (hold is 1). */
static void answer_when_due(torture_host *host, server_slot *slot, int is_older)
{
    char creation[200];
    if (slot->answer)
        return;
    snprintf(
        creation, sizeof(creation),
        " sid='session%u' wait='50' requests='2' hold='1' inactivity='30' polling='0' ver='1.11'",
        (unsigned)host->sessions);
    if (slot->kind == WORLD_CREATION)
        write_answer(host, slot, creation);
    else if (slot->kind == WORLD_TERMINATE)
        write_answer(host, slot, " type='terminate'");
    else if (is_older || host->pending[0])
        write_answer(host, slot, "");
}

/* Hand an answer to the transport, or the part of it that the test lets through. */
static void give(torture_host *host, world_attempt *attempt, const char *entity)
{
    size_t size = strlen(entity);
    if (++host->answered != host->cut_answer) {
        world_transport_answer(&host->net, attempt, 200, 0, entity, size);
        return;
    }
    if (host->cut_bytes >= size)
        host->cut_bytes = SIZE_MAX; /* tells the test that there is nothing left to cut */
    else
        size = host->cut_bytes;
    if (host->is_cut_clean || host->cut_bytes == SIZE_MAX) {
        world_transport_answer(&host->net, attempt, 200, 0, entity, size);
        return;
    }
    if (size)
        bosh_transport_bytes(host->client, attempt->id, entity, size);
    world_transport_fail(&host->net, attempt, BOSH_ERR_RESET, BOSH_FAILED_MAYBE_SENT);
}

/* The open requests, oldest first, taken in. */
static size_t take_open(torture_host *host, world_attempt **open, server_slot **slots)
{
    size_t count = 0, first = host->net.count > HOST_SLOTS ? host->net.count - HOST_SLOTS : 0;
    for (size_t i = first; i < host->net.count; i++) {
        world_request request;
        if (host->net.attempts[i]->state != WORLD_ATTEMPT_OPEN)
            continue;
        open[count] = host->net.attempts[i];
        world_request_read(&request, open[count]->entity, open[count]->size);
        slots[count++] = slot_of(host, &request);
        world_request_deinit(&request);
    }
    return count;
}

void server_arrive(torture_host *host)
{
    world_attempt *open[HOST_SLOTS];
    server_slot *slots[HOST_SLOTS];
    take_open(host, open, slots);
}

int server_serve(torture_host *host)
{
    world_attempt *open[HOST_SLOTS];
    server_slot *slots[HOST_SLOTS];
    size_t count = take_open(host, open, slots);
    for (size_t i = 0; i < count && !host->is_silent; i++) {
        answer_when_due(host, slots[i], i + 1 < count);
        if (!slots[i]->answer)
            continue;
        give(host, open[i], slots[i]->answer);
        return 1;
    }
    return 0;
}

/* It has read what is open: item-not-found would say that it has not (TERM-8). */
void server_lose(torture_host *host)
{
    static const char *const end = "<body xmlns='" WORLD_NS_HTTPBIND
                                   "' type='terminate' condition='remote-connection-failed'/>";
    for (size_t i = 0; i < host->net.count; i++)
        if (host->net.attempts[i]->state == WORLD_ATTEMPT_OPEN)
            world_transport_answer(&host->net, host->net.attempts[i], 200, 0, end, strlen(end));
}

void server_deinit(torture_host *host)
{
    for (size_t i = 0; i < HOST_SLOTS; i++)
        free(host->slots[i].answer);
}
