/* SPDX-License-Identifier: MIT
 * Who is online, and subscriptions (RFC 6121 sections 3 and 4). */
#include "ext.h"

#include <bosh/ext/presence.h>
#include <string.h>

#define NS_MUC_USER "http://jabber.org/protocol/muc#user"

struct bosh_presence {
    bosh_client *client;
    bosh_allocator allocator;
    bosh_presence_fn fn;
    void *user;
    bosh_ext_session session;
    bosh_resource **resources; /* each one block with its strings; the latest last */
    size_t count;
};

static void tell(bosh_presence *presence, bosh_presence_change change, const char *jid,
                 const bosh_resource *resource, const char *text)
{
    if (presence->fn)
        presence->fn(presence, change, jid, resource, text, presence->user);
}

static int parse_priority(const char *text)
{
    int sign = 1, value = 0;
    if (!text)
        return 0;
    if (*text == '-')
        sign = -1;
    text += *text == '-' || *text == '+';
    for (; *text >= '0' && *text <= '9' && value < 1000; text++)
        value = value * 10 + (*text - '0');
    value *= sign;
    return value > 127 ? 127 : value < -128 ? -128 : value;
}

static bosh_resource *resource_new(const bosh_allocator *allocator, const char *jid,
                                   const bosh_stanza *stanza)
{
    const char *show = bosh_stanza_child_text(stanza, "show", NULL);
    const char *status = bosh_stanza_child_text(stanza, "status", NULL);
    show = show ? show : "";
    status = status ? status : "";
    size_t jid_size = strlen(jid) + 1, show_size = strlen(show) + 1;
    size_t status_size = strlen(status) + 1;
    bosh_resource *resource =
        bosh_ext_new(allocator, sizeof(*resource) + jid_size + show_size + status_size);
    if (!resource)
        return NULL;
    char *strings = (char *)(resource + 1);
    resource->jid = memcpy(strings, jid, jid_size);
    resource->show = memcpy(strings + jid_size, show, show_size);
    resource->status = memcpy(strings + jid_size + show_size, status, status_size);
    resource->priority = parse_priority(bosh_stanza_child_text(stanza, "priority", NULL));
    return resource;
}

/* Take a resource out of the list; NULL when it is not there. */
static bosh_resource *take_out(bosh_presence *presence, const char *jid)
{
    size_t i = 0;
    while (i < presence->count && !bosh_jid_same(presence->resources[i]->jid, jid))
        i++;
    if (i == presence->count)
        return NULL;
    bosh_resource *resource = presence->resources[i];
    presence->count--;
    memmove(presence->resources + i, presence->resources + i + 1,
            (presence->count - i) * sizeof(*presence->resources));
    return resource;
}

static const bosh_resource *put_in(bosh_presence *presence, bosh_resource *resource)
{
    bosh_resource **grown = NULL;
    if (presence->count < BOSH_PRESENCE_RESOURCES_MAX)
        grown = bosh_ext_grow(&presence->allocator, presence->resources, presence->count,
                              sizeof(*presence->resources));
    if (!grown) {
        bosh_ext_free(&presence->allocator, resource);
        return NULL;
    }
    presence->resources = grown;
    presence->resources[presence->count++] = resource;
    return resource;
}

static void on_available(bosh_presence *presence, const char *from, const bosh_stanza *stanza)
{
    bosh_resource *resource = resource_new(&presence->allocator, from, stanza);
    if (!resource)
        return;
    bosh_ext_free(&presence->allocator, take_out(presence, from));
    const bosh_resource *kept = put_in(presence, resource);
    if (kept)
        tell(presence, BOSH_PRESENCE_CHANGED, from, kept, kept->status);
}

static void on_unavailable(bosh_presence *presence, const char *from, const bosh_stanza *stanza)
{
    const char *status = bosh_stanza_child_text(stanza, "status", NULL);
    bosh_ext_free(&presence->allocator, take_out(presence, from));
    tell(presence, BOSH_PRESENCE_CHANGED, from, NULL, status ? status : "");
}

static int on_presence(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    static const struct {
        const char *type;
        bosh_presence_change change;
    } requests[] = {{"subscribe", BOSH_PRESENCE_REQUEST},
                    {"subscribed", BOSH_PRESENCE_ALLOWED},
                    {"unsubscribed", BOSH_PRESENCE_DENIED},
                    {"unsubscribe", BOSH_PRESENCE_UNFOLLOWED}};
    bosh_presence *presence = user;
    const char *from = bosh_stanza_attribute(stanza, "from");
    const char *type = bosh_stanza_attribute(stanza, "type");
    (void)client;
    if (!from || bosh_stanza_child(stanza, "x", NS_MUC_USER))
        return 1;
    if (!type) {
        on_available(presence, from, stanza);
    } else if (strcmp(type, "unavailable") == 0) {
        on_unavailable(presence, from, stanza);
    } else {
        const char *status = bosh_stanza_child_text(stanza, "status", NULL);
        for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
            if (strcmp(type, requests[i].type) == 0)
                tell(presence, requests[i].change, from, NULL, status ? status : "");
    }
    return 1;
}

int bosh_presence_new(bosh_client *client, const bosh_allocator *allocator, bosh_presence_fn fn,
                      void *user, bosh_presence **out)
{
    bosh_allocator memory = bosh_ext_allocator(allocator);
    bosh_presence *presence = bosh_ext_new(&memory, sizeof(*presence));
    *out = NULL;
    if (!presence)
        return BOSH_ERR_MEMORY;
    *presence = (bosh_presence){.client = client, .allocator = memory, .fn = fn, .user = user};
    bosh_match match = {.name = "presence"};
    int id = bosh_handler_add(client, &match, on_presence, presence);
    if (id < 0) {
        bosh_ext_free(&memory, presence);
        return id;
    }
    *out = presence;
    return BOSH_OK;
}

static void forget_all(bosh_presence *presence)
{
    for (size_t i = 0; i < presence->count; i++)
        bosh_ext_free(&presence->allocator, presence->resources[i]);
    bosh_ext_free(&presence->allocator, presence->resources);
    presence->resources = NULL;
    presence->count = 0;
}

void bosh_presence_free(bosh_presence *presence)
{
    if (!presence)
        return;
    bosh_allocator memory = presence->allocator;
    forget_all(presence);
    bosh_ext_free(&memory, presence);
}

void bosh_presence_follow(bosh_presence *presence, const bosh_event *event)
{
    if (bosh_ext_session_turn(&presence->session, event) == BOSH_EXT_LOST)
        forget_all(presence);
}

const bosh_resource *bosh_presence_best(const bosh_presence *presence, const char *jid)
{
    const bosh_resource *best = NULL;
    for (size_t i = 0; i < presence->count; i++) {
        const bosh_resource *resource = presence->resources[i];
        if (bosh_jid_same_bare(resource->jid, jid) &&
            (!best || resource->priority >= best->priority))
            best = resource;
    }
    return best;
}

const bosh_resource *bosh_presence_at(const bosh_presence *presence, size_t index)
{
    return index < presence->count ? presence->resources[index] : NULL;
}

static int send_typed(bosh_presence *presence, const char *jid, const char *type)
{
    size_t size = bosh_ext_bare_size(jid);
    if (!size)
        return BOSH_ERR_JID;
    char *bare = bosh_ext_string_n(&presence->allocator, jid, size);
    if (!bare)
        return BOSH_ERR_MEMORY;
    bosh_writer *writer = bosh_client_writer(presence->client);
    bosh_writer_start(writer, "presence", NULL);
    bosh_writer_attribute(writer, "to", bare);
    bosh_writer_attribute(writer, "type", type);
    bosh_ext_free(&presence->allocator, bare);
    return bosh_client_send(presence->client, writer, NULL);
}

int bosh_presence_subscribe(bosh_presence *presence, const char *jid)
{
    return send_typed(presence, jid, "subscribe");
}

int bosh_presence_unsubscribe(bosh_presence *presence, const char *jid)
{
    return send_typed(presence, jid, "unsubscribe");
}

int bosh_presence_allow(bosh_presence *presence, const char *jid)
{
    return send_typed(presence, jid, "subscribed");
}

int bosh_presence_deny(bosh_presence *presence, const char *jid)
{
    return send_typed(presence, jid, "unsubscribed");
}
