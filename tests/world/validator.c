/* SPDX-License-Identifier: MIT
 * The books of a session: what was sent, what was answered, how far the login is. What one entity
 * must look like by itself is in wire.c, what it may be at this moment in rules.c. */
#include "world/books.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void world_violate(world_validator *v, const char *rule, const char *format, ...)
{
    char text[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    v->violations++;
    v->config.violation(v->config.user, rule, text);
}

static void print_and_abort(void *user, const char *rule, const char *text)
{
    (void)user;
    fprintf(stderr, "violation of %s: %s\n", rule, text);
    abort();
}

void world_validator_config_init(world_validator_config *config)
{
    memset(config, 0, sizeof(*config));
    config->url = "https://example.org/xmpp-httpbind";
    config->content_type = "text/xml; charset=utf-8";
    config->body_bytes_max = 65536;
    config->response_bytes_max = 8388608;
    config->depth_max = 64;
    config->attributes_max = 64;
    config->violation = print_and_abort;
}

void *world_grow(void *block, size_t count, size_t size)
{
    block = realloc(block, count * size);
    if (!block)
        abort();
    return block;
}

world_validator *world_validator_new(const world_validator_config *config)
{
    world_validator *v = world_grow(NULL, 1, sizeof(*v));
    memset(v, 0, sizeof(*v));
    v->config = *config;
    v->url = config->url;
    v->is_ended = 1;
    return v;
}

void world_forget_session(world_validator *v)
{
    for (size_t i = 0; i < v->count; i++)
        free(v->slots[i].entity);
    v->count = 0;
    while (v->questions) {
        world_question *next = v->questions->next;
        free(v->questions->id);
        free(v->questions);
        v->questions = next;
    }
    free(v->sid);
    v->sid = NULL;
    v->wait_s = v->hold = v->polling_s = v->rid = 0;
    v->requests = 2;
    v->is_terminate_sent = v->is_terminate_received = 0;
    v->is_auth_open = v->is_bound = v->has_features = 0;
    v->successes = v->restarts = v->hasty = 0;
}

void world_validator_free(world_validator *v)
{
    if (!v)
        return;
    world_forget_session(v);
    free(v->slots);
    free(v->used);
    free(v->firsts);
    free(v->see_other);
    free(v);
}

void world_validator_connect(world_validator *v)
{
    v->is_ended = 0;
}

void world_validator_ended(world_validator *v)
{
    v->is_ended = 1;
}

void world_validator_handover(world_validator *v)
{
    v->used_count = 0;
    v->used_max = 0;
    v->is_ended = 0;
    for (size_t i = 0; i < v->count; i++)
        v->slots[i].attempt = 0;
}

world_slot *world_slot_of_rid(world_validator *v, uint64_t rid)
{
    for (size_t i = 0; i < v->count; i++) {
        if (v->slots[i].rid == rid)
            return &v->slots[i];
    }
    return NULL;
}

static world_slot *find_attempt(world_validator *v, uint32_t id)
{
    for (size_t i = 0; id != 0 && i < v->count; i++) {
        if (v->slots[i].attempt == id)
            return &v->slots[i];
    }
    return NULL;
}

int world_is_polling_session(const world_validator *v)
{
    return v->wait_s == 0 || v->hold == 0 || v->requests == 1;
}

size_t world_validator_outstanding(const world_validator *v)
{
    size_t count = 0;
    for (size_t i = 0; i < v->count; i++)
        count += !v->slots[i].is_answered;
    return count;
}

static void drop_old_slots(world_validator *v)
{
    while (v->count > 8 && v->slots[0].is_answered) {
        free(v->slots[0].entity);
        memmove(v->slots, v->slots + 1, --v->count * sizeof(*v->slots));
    }
}

static void add_slot(world_validator *v, bosh_time now_ms, const world_request *request,
                     const char *entity, size_t size)
{
    size_t outstanding = world_validator_outstanding(v);
    drop_old_slots(v);
    v->slots = world_grow(v->slots, v->count + 1, sizeof(*v->slots));
    world_slot *s = &v->slots[v->count++];
    memset(s, 0, sizeof(*s));
    s->rid = v->rid = request->rid;
    s->kind = request->kind;
    s->has_bind = world_request_bind(request) != NULL;
    s->was_alone = outstanding == 0;
    s->created_ms = now_ms;
    s->size = size;
    s->entity = world_grow(NULL, size, 1);
    memcpy(s->entity, entity, size);
}

static char *join(const bosh_transport_request *request, size_t *size)
{
    char *entity = world_grow(NULL, request->size + 1, 1);
    *size = 0;
    for (size_t i = 0; i < request->slice_count; i++) {
        size_t room = request->size - *size;
        size_t part = request->slices[i].size <= room ? request->slices[i].size : room + 1;
        if (part > room)
            break;
        memcpy(entity + *size, request->slices[i].data, part);
        *size += part;
    }
    entity[*size] = 0;
    return entity;
}

static void take_attempt_id(world_validator *v, uint32_t id)
{
    if (id == 0)
        world_violate(v, "INV-30", "attempt id 0");
    for (size_t i = 0; i < v->used_count && id <= v->used_max; i++) {
        if (v->used[i] == id)
            world_violate(v, "INV-30", "attempt id %u is used twice", (unsigned)id);
    }
    v->used_max = id > v->used_max ? id : v->used_max;
    v->used = world_grow(v->used, v->used_count + 1, sizeof(*v->used));
    v->used[v->used_count++] = id;
}

void world_validator_submit(world_validator *v, bosh_time now_ms, uint32_t id,
                            const bosh_transport_request *request, world_request *out)
{
    size_t size;
    char *entity = join(request, &size);
    world_request read;
    if (size != request->size)
        world_violate(v, "HTTP-3", "size is not the sum of the slices");
    take_attempt_id(v, id);
    world_request_read(&read, entity, size);
    world_check_target(v, request, read.kind == WORLD_CREATION);
    if (read.rule)
        world_violate(v, read.rule, "%s in %.200s", read.problem, entity);
    if (read.rid != 0) {
        world_slot *known = world_slot_of_rid(v, read.rid);
        if (known) {
            world_check_repeat(v, now_ms, known, entity, size);
            known->is_repeated = 1;
        } else {
            world_check_new(v, now_ms, &read);
            add_slot(v, now_ms, &read, entity, size);
            known = &v->slots[v->count - 1];
        }
        known->attempt = id;
        known->started_ms = now_ms;
        known->is_uploaded = 0;
    }
    if (out)
        *out = read;
    else
        world_request_deinit(&read);
    free(entity);
}

/* ---------------------------------------------------------------------------- what comes back */

void world_validator_refused(world_validator *v, uint32_t id)
{
    world_validator_failed(v, id);
}

void world_validator_failed(world_validator *v, uint32_t id)
{
    world_slot *s = find_attempt(v, id);
    if (s)
        s->attempt = 0;
}

void world_validator_cancel(world_validator *v, uint32_t id)
{
    world_slot *s = find_attempt(v, id);
    if (s)
        s->attempt = 0;
    else
        world_violate(v, "INV-30", "attempt %u is cancelled but not alive", (unsigned)id);
}

void world_validator_uploaded(world_validator *v, bosh_time now_ms, uint32_t id)
{
    world_slot *s = find_attempt(v, id);
    if (!s)
        return;
    s->is_uploaded = 1;
    s->started_ms = now_ms;
}

static void take_parameter(const world_node *root, const char *name, uint64_t absent, uint64_t max,
                           uint64_t *out)
{
    const char *text = world_node_attribute(root, name);
    uint64_t number;
    *out = absent;
    if (text && strcmp(text, "0") == 0)
        *out = 0;
    else if (world_decimal(text, &number) && number <= max)
        *out = number;
}

static void take_creation(world_validator *v, const world_node *root)
{
    const char *sid = world_node_attribute(root, "sid");
    if (!sid)
        return;
    v->sid = world_grow(NULL, strlen(sid) + 1, 1);
    memcpy(v->sid, sid, strlen(sid) + 1);
    uint64_t wait_s = v->wait_s, hold = v->hold;
    take_parameter(root, "requests", 2, 255, &v->requests);
    take_parameter(root, "wait", wait_s, 65535, &v->wait_s);
    take_parameter(root, "hold", hold, 255, &v->hold);
    take_parameter(root, "polling", 0, 65535, &v->polling_s);
    v->wait_s = v->wait_s < wait_s ? v->wait_s : wait_s;
    v->requests = v->requests ? v->requests : 1;
}

static void take_iq(world_validator *v, const world_node *iq)
{
    const char *type = world_node_attribute(iq, "type");
    const char *id = world_node_attribute(iq, "id");
    if (!type)
        return;
    if (strcmp(type, "result") == 0 && world_node_child(iq, "bind", WORLD_NS_BIND))
        v->is_bound = 1;
    if (id && (strcmp(type, "get") == 0 || strcmp(type, "set") == 0)) {
        world_question *asked = world_grow(NULL, 1, sizeof(*asked));
        asked->id = world_grow(NULL, strlen(id) + 1, 1);
        memcpy(asked->id, id, strlen(id) + 1);
        asked->next = v->questions;
        v->questions = asked;
    }
}

static void take_payloads(world_validator *v, const world_node *root)
{
    const world_node *payload = world_node_child(root, NULL, NULL);
    for (; payload; payload = world_node_sibling(payload, NULL, NULL)) {
        if (world_node_is(payload, "success", WORLD_NS_SASL)) {
            v->successes++;
            v->is_auth_open = 0;
        } else if (world_node_is(payload, "failure", WORLD_NS_SASL)) {
            v->is_auth_open = 0;
        } else if (world_node_is(payload, "features", WORLD_NS_STREAMS)) {
            v->has_features = 1;
        } else if (world_node_is(payload, "iq", NULL)) {
            take_iq(v, payload);
        }
    }
}

/* The URL of the session that follows. The one that ends here sends nothing more. */
static void take_uri(world_validator *v, const world_node *root)
{
    const world_node *uri = world_node_child(root, "uri", WORLD_NS_HTTPBIND);
    const char *condition = world_node_attribute(root, "condition");
    if (!uri || !condition || strcmp(condition, "see-other-uri") != 0)
        return;
    const char *text = world_node_text(uri);
    int is_followed = v->see_other && v->url == v->see_other;
    v->see_other = world_grow(v->see_other, strlen(text) + 1, 1);
    memcpy(v->see_other, text, strlen(text) + 1);
    if (is_followed)
        v->url = v->see_other;
}

/* RTX-13: a repeated request that was forgotten, since the one behind it came first. */
static int is_passed_over(world_validator *v, const world_slot *s, const world_node *root)
{
    const char *condition = world_node_attribute(root, "condition");
    const world_slot *next = world_slot_of_rid(v, s->rid + 1);
    return (s->kind == WORLD_EMPTY || s->kind == WORLD_STANZAS) && s->is_repeated && next &&
           !world_node_child(root, NULL, NULL) && condition &&
           strcmp(condition, "item-not-found") == 0;
}

void world_validator_done(world_validator *v, bosh_time now_ms, uint32_t id, const void *entity,
                          size_t size)
{
    world_slot *s = find_attempt(v, id);
    if (!s)
        return;
    s->attempt = 0;
    world_document answer;
    int is_body = world_answer_read(&answer, entity, size) &&
                  size <= v->config.response_bytes_max && answer.depth <= v->config.depth_max &&
                  answer.attributes_max <= v->config.attributes_max;
    const char *type = is_body ? world_node_attribute(answer.root, "type") : NULL;
    if (is_body && !(type && strcmp(type, "error") == 0)) {
        s->is_answered = 1;
        int is_terminate = type && strcmp(type, "terminate") == 0;
        s->is_answer_empty = !world_node_child(answer.root, NULL, NULL) && !is_terminate;
        s->answered_ms = now_ms;
        int is_hasty = s->kind == WORLD_EMPTY && s->is_answer_empty && now_ms - s->started_ms < 500;
        v->hasty = is_hasty ? v->hasty + 1 : 0;
        if (s->kind == WORLD_CREATION)
            take_creation(v, answer.root);
        take_payloads(v, answer.root);
        take_uri(v, answer.root);
        v->is_terminate_received |= is_terminate && !is_passed_over(v, s, answer.root);
    }
    world_document_deinit(&answer);
}

/* A server that lets go of every poll at once may be given a pause instead (INV-11). */
void world_validator_turn(world_validator *v, bosh_state state)
{
    if (v->hasty >= 4)
        return;
    if (state == BOSH_STATE_ONLINE && !world_is_polling_session(v) && !v->is_terminate_received &&
        world_validator_outstanding(v) == 0)
        world_violate(v, "HOLD-1", "online, and no request is outstanding (INV-9)");
}

size_t world_validator_violations(const world_validator *v)
{
    return v->violations;
}

const char *world_validator_sid(const world_validator *v)
{
    return v->sid ? v->sid : "";
}
