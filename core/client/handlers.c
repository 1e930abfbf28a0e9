/* SPDX-License-Identifier: MIT
 * Handlers and timers. Both may be added and removed while they run: removal only marks, and the
 * outermost pump sweeps. */
#include "client/client.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

/* ------------------------------------------------------------------------------------- handlers */

/* The handler and its strings in one block. */
static bosh_handler *new_handler(const bosh_client *client, const bosh_match *match)
{
    bosh_match own = {NULL, NULL, NULL, NULL, NULL};
    const char **const texts[] = {&own.ns, &own.name, &own.type, &own.id, &own.from};
    if (match)
        own = *match;
    bosh_handler *handler =
        bosh_client_hold(client, sizeof(*handler), texts, sizeof(texts) / sizeof(texts[0]));
    if (!handler)
        return NULL;
    handler->match = own;
    return handler;
}

/* At the end of a list; its id. */
static int add(bosh_client *client, bosh_hook **list, bosh_hook *hook)
{
    while (*list)
        list = &(*list)->next;
    *list = hook;
    hook->id = ++client->last_id;
    return hook->id;
}

int bosh_handler_add(bosh_client *client, const bosh_match *match, bosh_stanza_fn fn, void *user)
{
    if (!client || !fn)
        return BOSH_ERR_ARGUMENT;
    bosh_handler *handler = new_handler(client, match);
    if (!handler)
        return BOSH_ERR_MEMORY;
    handler->fn = fn;
    handler->user = user;
    return add(client, &client->handlers, &handler->hook);
}

static void mark(bosh_hook *hook, int id)
{
    for (; hook; hook = hook->next)
        if (hook->id == id)
            hook->is_removed = 1;
}

void bosh_handler_remove(bosh_client *client, int id)
{
    mark(client->handlers, id);
    mark(client->timers, id);
    if (client->depth == 0)
        bosh_handlers_sweep(client);
}

static int has_namespace(const bosh_stanza *stanza, const char *ns)
{
    return strcmp(bosh_stanza_namespace(stanza), ns) == 0 || bosh_stanza_child(stanza, NULL, ns);
}

static int has_attribute(const bosh_stanza *stanza, const char *name, const char *value)
{
    return bosh_text_equal(bosh_stanza_attribute(stanza, name), value);
}

/* An address without resource is that of all its resources. */
static int is_from(const bosh_stanza *stanza, const char *address)
{
    const char *from = bosh_stanza_attribute(stanza, "from");
    return strchr(address, '/') ? bosh_jid_same(from, address) : bosh_jid_same_bare(from, address);
}

static int matches(const bosh_handler *handler, const bosh_stanza *stanza)
{
    const bosh_match *match = &handler->match;
    return bosh_stanza_is(stanza, match->name, NULL) &&
           (!match->type || has_attribute(stanza, "type", match->type)) &&
           (!match->id || has_attribute(stanza, "id", match->id)) &&
           (!match->ns || has_namespace(stanza, match->ns)) &&
           (!match->from || is_from(stanza, match->from));
}

static const bosh_handler *handler_of(const bosh_hook *hook)
{
    return (const void *)hook;
}

/* Does a handler that names a namespace take this request? Then it owes the answer (IQ-2). */
int bosh_handlers_want(const bosh_client *client, const bosh_stanza *stanza)
{
    for (const bosh_hook *hook = client->handlers; hook; hook = hook->next) {
        const bosh_handler *handler = handler_of(hook);
        if (!hook->is_removed && handler->match.ns &&
            strcmp(handler->match.ns, BOSH_NS_CLIENT) != 0 && matches(handler, stanza))
            return 1;
    }
    return 0;
}

void bosh_handlers_dispatch(bosh_client *client, const bosh_stanza *stanza)
{
    int last_id = client->last_id; /* later ones see the next stanza first */
    for (bosh_hook *hook = client->handlers; hook && hook->id <= last_id; hook = hook->next) {
        const bosh_handler *handler = handler_of(hook);
        if (bosh_client_is_quiet(client))
            return;
        if (!hook->is_removed && matches(handler, stanza) &&
            !handler->fn(client, stanza, handler->user))
            hook->is_removed = 1;
    }
}

/* --------------------------------------------------------------------------------------- timers */

int bosh_timer_add(bosh_client *client, uint32_t period_ms, bosh_timer_fn fn, void *user)
{
    if (!client || !fn || !period_ms)
        return BOSH_ERR_ARGUMENT;
    bosh_timer *timer = bosh_mem_new(&client->config.allocator, 1, sizeof(*timer));
    if (!timer)
        return BOSH_ERR_MEMORY;
    timer->period_ms = period_ms;
    timer->fn = fn;
    timer->user = user;
    bosh_client_wake(client);
    return add(client, &client->timers, &timer->hook);
}

void bosh_timers_run(bosh_client *client)
{
    bosh_time now_ms = client->now_ms;
    for (bosh_hook *hook = client->timers; hook && !bosh_client_is_quiet(client);
         hook = hook->next) {
        bosh_timer *timer = (void *)hook;
        int is_new = timer->at_ms == 0;
        if (hook->is_removed || timer->at_ms > now_ms)
            continue;
        timer->at_ms = now_ms + timer->period_ms;
        if (!is_new && !timer->fn(client, timer->user))
            hook->is_removed = 1;
    }
}

bosh_time bosh_timers_deadline(const bosh_client *client)
{
    bosh_time at_ms = BOSH_NEVER;
    for (const bosh_hook *hook = client->timers; hook; hook = hook->next) {
        const bosh_timer *timer = (const void *)hook;
        if (!hook->is_removed && timer->at_ms < at_ms)
            at_ms = timer->at_ms;
    }
    return at_ms;
}

/* ------------------------------------------------------------------------------------------ end */

static void sweep(bosh_client *client, bosh_hook **link, int is_end)
{
    while (*link) {
        bosh_hook *hook = *link;
        if (is_end || hook->is_removed) {
            *link = hook->next;
            bosh_mem_free(&client->config.allocator, hook);
        } else {
            link = &hook->next;
        }
    }
}

void bosh_handlers_sweep(bosh_client *client)
{
    sweep(client, &client->handlers, 0);
    sweep(client, &client->timers, 0);
}

void bosh_handlers_free(bosh_client *client)
{
    sweep(client, &client->handlers, 1);
    sweep(client, &client->timers, 1);
}
