/* SPDX-License-Identifier: MIT
 * Each check compares one request with the books of its session and names the rule it breaks. */
#include "world/books.h"

#include <string.h>
#include <stdlib.h>

/* A session goes where its creation went, and that goes where it was configured to go or where the
 * session before was sent (ERR-8). */
void world_check_target(world_validator *v, const bosh_transport_request *request, int is_creation)
{
    if (is_creation) {
        int is_sent = v->see_other && strcmp(request->url, v->see_other) == 0;
        if (is_sent && strncmp(request->url, "https:", 6) != 0)
            world_violate(v, "ERR-8", "sent to %s, which is not https", request->url);
        v->url = is_sent ? v->see_other : v->config.url;
    }
    if (strcmp(request->url, v->url) != 0)
        world_violate(v, "SEC-2", "the request goes to %s", request->url);
    if (strcmp(request->content_type, v->config.content_type) != 0)
        world_violate(v, "HTTP-2", "the Content-Type is %s", request->content_type);
    if (request->size > v->config.body_bytes_max)
        world_violate(v, "BODY-14", "an entity of %zu bytes", request->size);
}

/* HOLD-4: may the request behind `before` start at `now_ms`? */
static void check_guard(world_validator *v, bosh_time now_ms, uint64_t rid, int is_bind)
{
    const world_slot *before = world_slot_of_rid(v, rid - 1);
    if (!before || before->is_answered || before->attempt == 0)
        return;
    bosh_time age_ms = now_ms - before->started_ms;
    const world_slot *older = before->was_alone ? NULL : world_slot_of_rid(v, rid - 2);
    int is_proven = older && older->is_answered && older->is_answer_empty &&
                    older->answered_ms - older->started_ms < v->wait_s * 1000;
    if (is_proven)
        return; /* the manager would not have let go of the older one without it */
    if (v->config.is_upload_known && !before->is_uploaded)
        world_violate(v, "HOLD-4", "rid %llu leaves while its predecessor is being uploaded",
                      (unsigned long long)rid);
    else if (older && !older->is_answered && !(before->kind == WORLD_RESTART && is_bind))
        world_violate(v, "HOLD-4", "rid %llu leaves while two older ones are unanswered",
                      (unsigned long long)rid);
    else if (age_ms < (before->kind == WORLD_RESTART && is_bind ? 5 : 20))
        world_violate(v, "HOLD-4", "rid %llu leaves %llu ms behind its predecessor: too early",
                      (unsigned long long)rid, (unsigned long long)age_ms);
}

static void check_creation(world_validator *v, const world_request *request)
{
    if (world_validator_outstanding(v) != 0 && v->sid == NULL && v->slots[0].attempt != 0)
        world_violate(v, "CRE-15", "a second creation request while one is out");
    if (request->rid < (UINT64_C(1) << 32) || request->rid >= (UINT64_C(1) << 52))
        world_violate(v, "RID-3", "the first rid is %llu", (unsigned long long)request->rid);
    for (size_t i = 0; i < v->first_count; i++) {
        if (v->firsts[i] == request->rid)
            world_violate(v, "CRE-16", "the first rid %llu was used before",
                          (unsigned long long)request->rid);
    }
    v->firsts = world_grow(v->firsts, v->first_count + 1, sizeof(*v->firsts));
    v->firsts[v->first_count++] = request->rid;
    if (world_node_attribute(request->document.root, "from") && strncmp(v->url, "https:", 6) != 0)
        world_violate(v, "CRE-8", "from is sent over plain http");
    world_forget_session(v);
    uint64_t wait_s = 0, hold = 0;
    world_decimal(world_node_attribute(request->document.root, "wait"), &wait_s);
    world_decimal(world_node_attribute(request->document.root, "hold"), &hold);
    v->wait_s = wait_s;
    v->hold = hold;
}

static void check_window(world_validator *v, bosh_time now_ms, const world_request *request)
{
    uint64_t lowest = request->rid;
    size_t empties = 0;
    for (size_t i = 0; i < v->count; i++) {
        const world_slot *s = &v->slots[i];
        if (s->is_answered)
            continue;
        lowest = s->rid < lowest ? s->rid : lowest;
        empties += s->kind == WORLD_EMPTY;
        if (s->attempt == 0 && request->kind != WORLD_TERMINATE)
            world_violate(v, "RTX-3", "new rid %llu while rid %llu waits to be repeated",
                          (unsigned long long)request->rid, (unsigned long long)s->rid);
    }
    uint64_t width = v->requests + (request->kind == WORLD_TERMINATE);
    if (request->rid - lowest >= width)
        world_violate(v, "WIN-2", "rid %llu while %llu is unanswered and requests is %llu",
                      (unsigned long long)request->rid, (unsigned long long)lowest,
                      (unsigned long long)v->requests);
    const world_slot *last = world_slot_of_rid(v, request->rid - 1);
    int is_soon = last && now_ms - last->created_ms < v->polling_s * 1000;
    if (v->wait_s == 0 && v->hold == 0 && is_soon && request->kind != WORLD_TERMINATE)
        world_violate(v, "POLL-4", "two requests %llu ms apart, polling is %llu s (INV-12)",
                      (unsigned long long)(now_ms - last->created_ms),
                      (unsigned long long)v->polling_s);
    if (request->kind != WORLD_EMPTY)
        return;
    if (empties > 0)
        world_violate(v, "HOLD-2", "a second empty request (INV-11)");
    size_t open = world_validator_outstanding(v) + 1;
    if (v->requests > 1 && open >= v->requests && is_soon)
        world_violate(v, "OVR-2", "an empty request fills the window (INV-10)");
    if (world_is_polling_session(v) && is_soon && last->kind == WORLD_EMPTY &&
        last->is_answer_empty)
        world_violate(v, "POLL-3", "two empty polls %llu ms apart, polling is %llu s (INV-12)",
                      (unsigned long long)(now_ms - last->created_ms),
                      (unsigned long long)v->polling_s);
}

static int is_loopback(const char *url)
{
    static const char *const hosts[] = {"http://localhost", "http://127.", "http://[::1]"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        if (strncmp(url, hosts[i], strlen(hosts[i])) == 0)
            return 1;
    }
    return strncmp(url, "https:", 6) == 0;
}

static void check_sasl(world_validator *v, const world_request *request)
{
    const world_node *auth = world_node_child(request->document.root, "auth", WORLD_NS_SASL);
    const char *mechanism = auth ? world_node_attribute(auth, "mechanism") : NULL;
    if (auth && v->is_auth_open)
        world_violate(v, "SASL-4", "a second auth before the outcome of the first");
    if (auth && (!mechanism || (!world_node_text(auth)[0] && !v->config.is_steered)))
        world_violate(v, "SASL-3", "an auth without mechanism or initial response");
    if (mechanism && strcmp(mechanism, "PLAIN") == 0 && !is_loopback(v->url) &&
        !v->config.is_plain_http_allowed)
        world_violate(v, "SASL-2", "the password travels readable");
    if (auth)
        v->is_auth_open = 1;
}

/* IQ-2, STZ-3: a result or error answers a question that is still open. */
static void check_iq_answer(world_validator *v, const world_node *iq)
{
    const char *type = world_node_attribute(iq, "type");
    const char *id = world_node_attribute(iq, "id");
    if (!type || !id || (strcmp(type, "result") != 0 && strcmp(type, "error") != 0))
        return;
    world_question **at = &v->questions;
    while (*at && strcmp((*at)->id, id) != 0)
        at = &(*at)->next;
    if (!*at) {
        world_violate(v, "IQ-2", "an answer to \"%s\", which nobody asked or which is answered",
                      id);
        return;
    }
    world_question *answered = *at;
    *at = answered->next;
    free(answered->id);
    free(answered);
}

static void check_stanzas(world_validator *v, const world_request *request)
{
    const world_node *payload = world_node_child(request->document.root, NULL, WORLD_NS_CLIENT);
    if (payload && v->is_auth_open)
        world_violate(v, "SASL-5", "a stanza between auth and its outcome");
    if (payload && !v->is_bound && request->kind != WORLD_TERMINATE) {
        if (!world_node_child(payload, "bind", WORLD_NS_BIND) && !v->config.is_steered)
            world_violate(v, "BIND-1", "a stanza before the bind");
        for (const world_node *next = payload; next; next = world_node_sibling(next, NULL, NULL)) {
            if (strcmp(next->name, "iq") != 0)
                world_violate(v, "BIND-1", "a %s behind the bind request", next->name);
        }
    }
    for (; payload; payload = world_node_sibling(payload, NULL, WORLD_NS_CLIENT)) {
        if (strcmp(payload->name, "iq") == 0)
            check_iq_answer(v, payload);
    }
}

static void check_restart(world_validator *v)
{
    v->restarts++;
    if (v->restarts > v->successes + 1 || (v->restarts > v->successes && v->has_features))
        world_violate(v, v->successes ? "XMPP-6" : "XMPP-8", "restart number %u after %u successes",
                      v->restarts, v->successes);
    if (v->successes == 0)
        world_violate(v, "XMPP-8", "a restart before success");
    v->has_features = 0;
}

void world_check_new(world_validator *v, bosh_time now_ms, const world_request *request)
{
    if (v->is_ended)
        world_violate(v, "INV-8", "a request after the end");
    if (request->kind == WORLD_CREATION) {
        check_creation(v, request);
        return;
    }
    if (!v->sid || strcmp(request->sid, v->sid) != 0) {
        world_violate(v, "INV-8", "a request with the wrong sid");
        return;
    }
    if (v->is_terminate_sent || v->is_terminate_received)
        world_violate(v, "TERM-3", "a new request after a terminate was %s",
                      v->is_terminate_sent ? "sent" : "received");
    if (request->rid != v->rid + 1)
        world_violate(v, "RID-2", "rid %llu follows %llu", (unsigned long long)request->rid,
                      (unsigned long long)v->rid);
    check_window(v, now_ms, request);
    if (request->kind != WORLD_TERMINATE)
        check_guard(v, now_ms, request->rid, world_request_bind(request) != NULL);
    if (request->kind == WORLD_SASL)
        check_sasl(v, request);
    if (request->kind == WORLD_RESTART)
        check_restart(v);
    check_stanzas(v, request);
    v->is_terminate_sent |= request->kind == WORLD_TERMINATE;
}

void world_check_repeat(world_validator *v, bosh_time now_ms, const world_slot *s,
                        const char *entity, size_t size)
{
    if (s->size != size || memcmp(s->entity, entity, size) != 0)
        world_violate(v, "BODY-13", "rid %llu again with other bytes", (unsigned long long)s->rid);
    if (s->is_answered)
        world_violate(v, "RTX-4", "rid %llu again although it was answered",
                      (unsigned long long)s->rid);
    if (s->attempt != 0)
        world_violate(v, "RTX-4", "rid %llu has two live attempts", (unsigned long long)s->rid);
    if (s->kind == WORLD_CREATION)
        world_violate(v, "CRE-16", "the creation request is repeated");
    for (size_t i = 0; i < v->count && v->slots[i].rid < s->rid; i++) {
        if (!v->slots[i].is_answered && v->slots[i].attempt == 0)
            world_violate(v, "RTX-3", "rid %llu is repeated before %llu",
                          (unsigned long long)s->rid, (unsigned long long)v->slots[i].rid);
    }
    if (v->is_ended)
        world_violate(v, "INV-8", "a request after the end");
    if (s->kind != WORLD_TERMINATE)
        check_guard(v, now_ms, s->rid, s->has_bind);
}
