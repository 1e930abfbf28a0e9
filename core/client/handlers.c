/* SPDX-License-Identifier: MIT
 * Handlers and timers. Both may be added and removed while they run: removal only marks, and the
 * outermost pump sweeps. */
#include "client/client.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

/* ------------------------------------------------------------------------------------- handlers */

static size_t text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *place(char **cursor, const char *text)
{
    size_t size = text_size(text);
    char *copy = *cursor;
    if (!text)
        return NULL;
    memcpy(copy, text, size);
    *cursor += size;
    return copy;
}

/* The handler and its strings in one block. */
static bosh_handler *new_handler(bosh_client *client, const bosh_match *match)
{
    static const bosh_match anything = {NULL, NULL, NULL, NULL, NULL};
    const bosh_match *m = match ? match : &anything;
    size_t size = text_size(m->ns) + text_size(m->name) + text_size(m->type) + text_size(m->id) +
                  text_size(m->from);
    bosh_handler *handler = bosh_mem_new(&client->config.allocator, 1, sizeof(*handler) + size);
    if (!handler)
        return NULL;
    char *cursor = (char *)(handler + 1);
    handler->match.ns = place(&cursor, m->ns);
    handler->match.name = place(&cursor, m->name);
    handler->match.type = place(&cursor, m->type);
    handler->match.id = place(&cursor, m->id);
    handler->match.from = place(&cursor, m->from);
    handler->is_bare = m->from && !strchr(m->from, '/');
    return handler;
}

/* Room for one more of `size` bytes each. */
static int grow(bosh_client *client, void **array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return BOSH_OK;
    size_t more = *capacity ? *capacity * 2 : 8;
    if (more > SIZE_MAX / size)
        return BOSH_ERR_MEMORY;
    void *grown = bosh_mem_resize(&client->config.allocator, *array, more * size);
    if (!grown)
        return BOSH_ERR_MEMORY;
    *array = grown;
    *capacity = more;
    return BOSH_OK;
}

int bosh_handler_add(bosh_client *client, const bosh_match *match, bosh_stanza_fn fn, void *user)
{
    if (!client || !fn)
        return BOSH_ERR_ARGUMENT;
    void *array = client->handlers;
    int error = grow(client, &array, client->handler_count, &client->handler_capacity,
                     sizeof(*client->handlers));
    client->handlers = array;
    bosh_handler *handler = error ? NULL : new_handler(client, match);
    if (!handler)
        return BOSH_ERR_MEMORY;
    handler->id = ++client->last_id;
    handler->fn = fn;
    handler->user = user;
    client->handlers[client->handler_count++] = handler;
    return handler->id;
}

void bosh_handler_remove(bosh_client *client, int id)
{
    for (size_t i = 0; i < client->handler_count; i++)
        if (client->handlers[i]->id == id)
            client->handlers[i]->is_removed = 1;
    for (size_t i = 0; i < client->timer_count; i++)
        if (client->timers[i].id == id)
            client->timers[i].is_removed = 1;
    if (client->depth == 0)
        bosh_handlers_sweep(client);
}

static int has_namespace(const bosh_stanza *stanza, const char *ns)
{
    return strcmp(bosh_stanza_namespace(stanza), ns) == 0 || bosh_stanza_child(stanza, NULL, ns);
}

static int is_from(const bosh_handler *handler, const char *from)
{
    if (!from)
        return 0;
    return handler->is_bare ? bosh_jid_same_bare(handler->match.from, from)
                            : bosh_jid_same(handler->match.from, from);
}

static int matches(const bosh_handler *handler, const bosh_stanza *stanza)
{
    const bosh_match *match = &handler->match;
    if (match->name && strcmp(match->name, bosh_stanza_name(stanza)) != 0)
        return 0;
    if (match->type && !bosh_text_equal(match->type, bosh_stanza_attribute(stanza, "type")))
        return 0;
    if (match->id && !bosh_text_equal(match->id, bosh_stanza_attribute(stanza, "id")))
        return 0;
    if (match->ns && !has_namespace(stanza, match->ns))
        return 0;
    return !match->from || is_from(handler, bosh_stanza_attribute(stanza, "from"));
}

/* Does a handler that names a namespace take this request? Then it owes the answer (IQ-2). */
int bosh_handlers_want(const bosh_client *client, const bosh_stanza *stanza)
{
    for (size_t i = 0; i < client->handler_count; i++) {
        const bosh_handler *handler = client->handlers[i];
        if (!handler->is_removed && handler->match.ns &&
            strcmp(handler->match.ns, BOSH_NS_CLIENT) != 0 && matches(handler, stanza))
            return 1;
    }
    return 0;
}

void bosh_handlers_dispatch(bosh_client *client, const bosh_stanza *stanza)
{
    size_t count = client->handler_count; /* later ones see the next stanza first */
    for (size_t i = 0; i < count && !bosh_client_is_quiet(client); i++) {
        bosh_handler *handler = client->handlers[i];
        if (!handler->is_removed && matches(handler, stanza) &&
            !handler->fn(client, stanza, handler->user))
            handler->is_removed = 1;
    }
}

/* --------------------------------------------------------------------------------------- timers */

int bosh_timer_add(bosh_client *client, uint32_t period_ms, bosh_timer_fn fn, void *user)
{
    if (!client || !fn || !period_ms)
        return BOSH_ERR_ARGUMENT;
    void *array = client->timers;
    int error =
        grow(client, &array, client->timer_count, &client->timer_capacity, sizeof(*client->timers));
    client->timers = array;
    if (error)
        return error;
    bosh_timer timer = {.id = ++client->last_id,
                        .period_ms = period_ms,
                        .at_ms = BOSH_NEVER,
                        .fn = fn,
                        .user = user};
    client->timers[client->timer_count++] = timer;
    bosh_client_wake(client);
    return timer.id;
}

void bosh_timers_run(bosh_client *client, bosh_time now_ms)
{
    for (size_t i = 0; i < client->timer_count && !bosh_client_is_quiet(client); i++) {
        if (client->timers[i].is_removed)
            continue;
        if (client->timers[i].at_ms == BOSH_NEVER)
            client->timers[i].at_ms = now_ms + client->timers[i].period_ms;
        if (client->timers[i].at_ms > now_ms)
            continue;
        client->timers[i].at_ms = now_ms + client->timers[i].period_ms;
        int stays = client->timers[i].fn(client, client->timers[i].user);
        if (!stays) /* the array may have moved meanwhile: by index, not by pointer */
            client->timers[i].is_removed = 1;
    }
}

bosh_time bosh_timers_deadline(const bosh_client *client)
{
    bosh_time at_ms = BOSH_NEVER;
    for (size_t i = 0; i < client->timer_count; i++) {
        const bosh_timer *timer = &client->timers[i];
        if (timer->is_removed)
            continue;
        bosh_time timer_ms = timer->at_ms == BOSH_NEVER ? 0 : timer->at_ms;
        at_ms = timer_ms < at_ms ? timer_ms : at_ms;
    }
    return at_ms;
}

/* ------------------------------------------------------------------------------------------ end */

void bosh_handlers_sweep(bosh_client *client)
{
    size_t kept = 0;
    for (size_t i = 0; i < client->handler_count; i++) {
        if (client->handlers[i]->is_removed)
            bosh_mem_free(&client->config.allocator, client->handlers[i]);
        else
            client->handlers[kept++] = client->handlers[i];
    }
    client->handler_count = kept;
    kept = 0;
    for (size_t i = 0; i < client->timer_count; i++)
        if (!client->timers[i].is_removed)
            client->timers[kept++] = client->timers[i];
    client->timer_count = kept;
}

void bosh_handlers_free(bosh_client *client)
{
    for (size_t i = 0; i < client->handler_count; i++)
        bosh_mem_free(&client->config.allocator, client->handlers[i]);
    bosh_mem_free(&client->config.allocator, client->handlers);
    bosh_mem_free(&client->config.allocator, client->timers);
    client->handler_count = client->timer_count = 0;
}
