/* SPDX-License-Identifier: MIT
 * libstrophe's stanzas and handlers on a client. */
#include <bosh/strophe.h>

#include <stdlib.h>
#include <string.h>

#define NS_CLIENT "jabber:client"
#define NS_XML "http://www.w3.org/XML/1998/namespace"

typedef struct handler {
    struct handler *next;
    bosh_strophe *strophe;
    int client_id;                  /* what bosh_handler_add returned */
    bosh_strophe_handler stanza_fn; /* one of these two */
    bosh_strophe_timed_handler timed_fn;
    char *id; /* of an id handler, else NULL */
    void *userdata;
    int running;    /* calls of it that have not returned */
    int is_deleted; /* while it was running: freed when it returns */
} handler;

struct bosh_strophe {
    bosh_client *client;
    xmpp_ctx_t *ctx;
    handler *handlers;
};

/* --------------------------------------------------------------------- received to libstrophe */

static int set_attributes(xmpp_stanza_t *stanza, const bosh_stanza *element)
{
    const char *ns, *name, *value;
    for (size_t i = 0; bosh_stanza_attribute_at(element, i, &ns, &name, &value); i++) {
        if (strcmp(ns, NS_XML) == 0 && strcmp(name, "lang") == 0)
            name = "xml:lang";
        else if (*ns)
            continue;
        if (xmpp_stanza_set_attribute(stanza, name, value) != XMPP_EOK)
            return BOSH_ERR_MEMORY;
    }
    return BOSH_OK;
}

/* One node without its children. */
static xmpp_stanza_t *convert_node(xmpp_ctx_t *ctx, const bosh_stanza *node)
{
    xmpp_stanza_t *stanza = xmpp_stanza_new(ctx);
    if (!stanza)
        return NULL;
    const char *name = bosh_stanza_name(node), *ns = bosh_stanza_namespace(node);
    int failed;
    if (!name)
        failed = xmpp_stanza_set_text(stanza, bosh_stanza_text(node));
    else
        failed = xmpp_stanza_set_name(stanza, name) || (*ns && xmpp_stanza_set_ns(stanza, ns)) ||
                 set_attributes(stanza, node);
    if (!failed)
        return stanza;
    xmpp_stanza_release(stanza);
    return NULL;
}

/* An element whose children are being converted. */
typedef struct level {
    const bosh_stanza *next; /* the child to take next */
    xmpp_stanza_t *parent;
    size_t children;
} level;

static int convert_children(xmpp_ctx_t *ctx, const bosh_stanza *element, xmpp_stanza_t *root)
{
    level levels[BOSH_STROPHE_DEPTH_MAX];
    size_t depth = 1;
    levels[0] = (level){bosh_stanza_first_node(element), root, 0};
    while (depth) {
        level *top = &levels[depth - 1];
        const bosh_stanza *node = top->next;
        if (!node) {
            depth--;
            continue;
        }
        if (++top->children > BOSH_STROPHE_CHILDREN_MAX)
            return BOSH_ERR_RESPONSE_TOO_LARGE;
        if (depth == BOSH_STROPHE_DEPTH_MAX)
            return BOSH_ERR_RESPONSE_DEPTH;
        xmpp_stanza_t *child = convert_node(ctx, node);
        if (!child)
            return BOSH_ERR_MEMORY;
        xmpp_stanza_add_child_ex(top->parent, child, 0); // now the parent's
        top->next = bosh_stanza_next_node(node);
        levels[depth++] = (level){bosh_stanza_first_node(node), child, 0};
    }
    return BOSH_OK;
}

int bosh_strophe_from_stanza(xmpp_ctx_t *ctx, const bosh_stanza *element, xmpp_stanza_t **out)
{
    *out = NULL;
    xmpp_stanza_t *root = convert_node(ctx, element);
    if (!root)
        return BOSH_ERR_MEMORY;
    int error = convert_children(ctx, element, root);
    if (error)
        xmpp_stanza_release(root);
    else
        *out = root;
    return error;
}

/* ------------------------------------------------------------------------- libstrophe to sent */

static void write_attributes(bosh_writer *writer, const char **pairs, int count, int is_client_ns)
{
    int has_language = 0;
    for (int i = 0; i < count; i += 2)
        has_language |= strcmp(pairs[i], "xml:lang") == 0;
    for (int i = 0; i < count; i += 2) {
        const char *name = pairs[i];
        if (strcmp(name, "xmlns") == 0)
            continue;
        // jabber:client knows no plain "lang": it is what libstrophe's parser leaves of xml:lang.
        if (is_client_ns && strcmp(name, "lang") == 0) {
            if (has_language)
                continue;
            name = "xml:lang";
        }
        bosh_writer_attribute(writer, name, pairs[i + 1]);
    }
}

/* `declared`: the namespace when it is not that of the parent, else NULL. */
static int write_start(bosh_writer *writer, xmpp_stanza_t *stanza, const char *declared,
                       const char *ns)
{
    const char *name = xmpp_stanza_get_name(stanza);
    bosh_writer_start(writer, name ? name : "", declared);
    int count = xmpp_stanza_get_attribute_count(stanza) * 2;
    if (count <= 0)
        return BOSH_OK;
    const char **pairs = calloc((size_t)count, sizeof(*pairs));
    if (!pairs)
        return BOSH_ERR_MEMORY;
    count = xmpp_stanza_get_attributes(stanza, pairs, count);
    write_attributes(writer, pairs, count, strcmp(ns, NS_CLIENT) == 0);
    free(pairs);
    return BOSH_OK;
}

int bosh_strophe_write(bosh_writer *writer, xmpp_stanza_t *stanza)
{
    xmpp_stanza_t *next[BOSH_STROPHE_DEPTH_MAX]; // at each depth, the node to write next
    const char *around[BOSH_STROPHE_DEPTH_MAX];  // and the namespace of its parent
    size_t depth = 0;
    next[0] = stanza;
    around[0] = NS_CLIENT;
    for (;;) {
        xmpp_stanza_t *node = next[depth];
        if (!node) {
            if (depth-- == 0)
                return bosh_writer_error(writer);
            bosh_writer_end(writer);
            continue;
        }
        next[depth] = depth ? xmpp_stanza_get_next(node) : NULL;
        if (xmpp_stanza_is_text(node)) {
            bosh_writer_text(writer, xmpp_stanza_get_text_ptr(node));
            continue;
        }
        const char *ns = xmpp_stanza_get_ns(node) ? xmpp_stanza_get_ns(node) : around[depth];
        int error = write_start(writer, node, strcmp(ns, around[depth]) == 0 ? NULL : ns, ns);
        if (error)
            return error;
        if (++depth == BOSH_STROPHE_DEPTH_MAX)
            return BOSH_ERR_NAME;
        around[depth] = ns;
        next[depth] = xmpp_stanza_get_children(node);
    }
}

int bosh_strophe_send_ticket(bosh_strophe *strophe, xmpp_stanza_t *stanza, bosh_ticket *ticket)
{
    bosh_writer *writer = bosh_client_writer(strophe->client);
    int error = bosh_strophe_write(writer, stanza);
    return error ? error : bosh_client_send(strophe->client, writer, ticket);
}

int bosh_strophe_send(bosh_strophe *strophe, xmpp_stanza_t *stanza)
{
    return bosh_strophe_send_ticket(strophe, stanza, NULL);
}

/* ----------------------------------------------------------------------------------- handlers */

static void handler_free(handler *gone)
{
    free(gone->id);
    free(gone);
}

/* Take it out of the list; the memory goes when it is not running (any more). */
static void handler_drop(handler **link)
{
    handler *gone = *link;
    *link = gone->next;
    bosh_handler_remove(gone->strophe->client, gone->client_id);
    gone->is_deleted = 1;
    if (!gone->running)
        handler_free(gone);
}

/* The handler has returned `stays`. */
static int handler_returned(handler *returned, int stays)
{
    returned->running--;
    if (!stays && !returned->is_deleted) {
        handler **link = &returned->strophe->handlers;
        while (*link != returned)
            link = &(*link)->next;
        handler_drop(link);
        return 0;
    }
    if (!returned->is_deleted)
        return 1;
    if (!returned->running)
        handler_free(returned);
    return 0;
}

static int on_stanza(bosh_client *client, const bosh_stanza *received, void *user)
{
    handler *called = user;
    xmpp_stanza_t *stanza;
    (void)client;
    if (bosh_strophe_from_stanza(called->strophe->ctx, received, &stanza) != BOSH_OK)
        return 1;
    called->running++;
    int stays = called->stanza_fn(called->strophe, stanza, called->userdata);
    xmpp_stanza_release(stanza);
    return handler_returned(called, stays);
}

static int on_time(bosh_client *client, void *user)
{
    handler *called = user;
    (void)client;
    called->running++;
    return handler_returned(called, called->timed_fn(called->strophe, called->userdata));
}

/* The same function with the same userdata, and the same id if it is an id handler. */
static int is_known(const bosh_strophe *strophe, const handler *wanted)
{
    for (const handler *known = strophe->handlers; known; known = known->next)
        if (known->stanza_fn == wanted->stanza_fn && known->timed_fn == wanted->timed_fn &&
            known->userdata == wanted->userdata && !known->id == !wanted->id &&
            (!known->id || strcmp(known->id, wanted->id) == 0))
            return 1;
    return 0;
}

static int handler_new(bosh_strophe *strophe, const handler *wanted, handler **out)
{
    handler *made = malloc(sizeof(*made));
    if (!made)
        return BOSH_ERR_MEMORY;
    *made = *wanted;
    made->strophe = strophe;
    if (wanted->id) {
        size_t size = strlen(wanted->id) + 1;
        made->id = malloc(size);
        if (!made->id) {
            free(made);
            return BOSH_ERR_MEMORY;
        }
        memcpy(made->id, wanted->id, size);
    }
    *out = made;
    return BOSH_OK;
}

static int handler_add(bosh_strophe *strophe, const handler *wanted, const bosh_match *match,
                       uint32_t period_ms)
{
    handler *made = NULL;
    if (is_known(strophe, wanted))
        return BOSH_OK;
    int error = handler_new(strophe, wanted, &made);
    if (error)
        return error;
    int id = made->stanza_fn ? bosh_handler_add(strophe->client, match, on_stanza, made)
                             : bosh_timer_add(strophe->client, period_ms, on_time, made);
    if (id < 0) {
        handler_free(made);
        return id;
    }
    made->client_id = id;
    made->next = strophe->handlers;
    strophe->handlers = made;
    return BOSH_OK;
}

int bosh_strophe_handler_add(bosh_strophe *strophe, bosh_strophe_handler fn, const char *ns,
                             const char *name, const char *type, void *userdata)
{
    handler wanted = {.stanza_fn = fn, .userdata = userdata};
    bosh_match match = {.ns = ns, .name = name, .type = type};
    return handler_add(strophe, &wanted, &match, 0);
}

void bosh_strophe_handler_delete(bosh_strophe *strophe, bosh_strophe_handler fn)
{
    handler **link = &strophe->handlers;
    while (*link) {
        if ((*link)->stanza_fn == fn && !(*link)->id)
            handler_drop(link);
        else
            link = &(*link)->next;
    }
}

int bosh_strophe_id_handler_add(bosh_strophe *strophe, bosh_strophe_handler fn, const char *id,
                                void *userdata)
{
    handler wanted = {.stanza_fn = fn, .userdata = userdata};
    bosh_match match = {.id = id};
    wanted.id = (char *)(uintptr_t)id; // copied, never written to
    return handler_add(strophe, &wanted, &match, 0);
}

void bosh_strophe_id_handler_delete(bosh_strophe *strophe, bosh_strophe_handler fn, const char *id)
{
    handler **link = &strophe->handlers;
    while (*link) {
        if ((*link)->stanza_fn == fn && (*link)->id && strcmp((*link)->id, id) == 0)
            handler_drop(link);
        else
            link = &(*link)->next;
    }
}

int bosh_strophe_timed_handler_add(bosh_strophe *strophe, bosh_strophe_timed_handler fn,
                                   unsigned long period_ms, void *userdata)
{
    handler wanted = {.timed_fn = fn, .userdata = userdata};
    if (period_ms > UINT32_MAX)
        period_ms = UINT32_MAX;
    return handler_add(strophe, &wanted, NULL, (uint32_t)period_ms);
}

void bosh_strophe_timed_handler_delete(bosh_strophe *strophe, bosh_strophe_timed_handler fn)
{
    handler **link = &strophe->handlers;
    while (*link) {
        if ((*link)->timed_fn == fn)
            handler_drop(link);
        else
            link = &(*link)->next;
    }
}

/* -------------------------------------------------------------------------------- the adapter */

int bosh_strophe_new(bosh_client *client, xmpp_ctx_t *ctx, bosh_strophe **out)
{
    *out = calloc(1, sizeof(**out));
    if (!*out)
        return BOSH_ERR_MEMORY;
    (*out)->client = client;
    (*out)->ctx = ctx;
    return BOSH_OK;
}

void bosh_strophe_free(bosh_strophe *strophe)
{
    while (strophe && strophe->handlers) {
        handler *gone = strophe->handlers;
        strophe->handlers = gone->next;
        handler_free(gone);
    }
    free(strophe);
}

xmpp_ctx_t *bosh_strophe_get_context(const bosh_strophe *strophe)
{
    return strophe->ctx;
}

const char *bosh_strophe_get_jid(const bosh_strophe *strophe)
{
    return bosh_client_jid(strophe->client);
}

bosh_client *bosh_strophe_get_client(const bosh_strophe *strophe)
{
    return strophe->client;
}

void bosh_strophe_disconnect(bosh_strophe *strophe)
{
    bosh_client_close(strophe->client, NULL);
}
