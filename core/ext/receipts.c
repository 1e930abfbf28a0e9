/* SPDX-License-Identifier: MIT
 * Message delivery receipts (XEP-0184). */
#include "ext.h"

#include <bosh/ext/receipts.h>
#include <string.h>

#define NS_RECEIPTS "urn:xmpp:receipts"

typedef struct expected {
    struct expected *next;
    char *to;
    char *id;
} expected;

struct bosh_receipts {
    bosh_client *client;
    bosh_allocator allocator;
    bosh_receipts_callbacks callbacks;
    void *user;
    expected *oldest;
    expected **newest_link; /* where the next one is hung */
    size_t count;
};

static void expected_free(const bosh_allocator *allocator, expected *entry)
{
    if (!entry)
        return;
    bosh_ext_free(allocator, entry->to);
    bosh_ext_free(allocator, entry->id);
    bosh_ext_free(allocator, entry);
}

static expected *expected_new(const bosh_allocator *allocator, const char *to, const char *id)
{
    expected *entry = bosh_ext_new(allocator, sizeof(*entry));
    if (!entry)
        return NULL;
    entry->to = bosh_ext_string(allocator, to);
    entry->id = bosh_ext_string(allocator, id);
    if (entry->to && entry->id)
        return entry;
    expected_free(allocator, entry);
    return NULL;
}

static expected *take_out(bosh_receipts *receipts, expected **link)
{
    expected *entry = *link;
    *link = entry->next;
    if (!entry->next)
        receipts->newest_link = link;
    receipts->count--;
    return entry;
}

static void on_received(bosh_receipts *receipts, const char *from, const char *id)
{
    expected **link = &receipts->oldest;
    while (*link && (strcmp((*link)->id, id) != 0 || !bosh_jid_same_bare((*link)->to, from)))
        link = &(*link)->next;
    if (!*link)
        return;
    expected *entry = take_out(receipts, link);
    if (receipts->callbacks.arrived)
        receipts->callbacks.arrived(receipts, from, entry->id, receipts->user);
    expected_free(&receipts->allocator, entry);
}

static void answer(bosh_receipts *receipts, const char *from, const char *type, const char *id)
{
    if (!receipts->callbacks.allow || !receipts->callbacks.allow(receipts, from, receipts->user))
        return;
    bosh_writer *writer = bosh_client_writer(receipts->client);
    bosh_writer_start(writer, "message", NULL);
    bosh_writer_attribute(writer, "to", from);
    bosh_writer_attribute(writer, "type", type);
    bosh_writer_start(writer, "received", NS_RECEIPTS);
    bosh_writer_attribute(writer, "id", id);
    bosh_writer_end(writer);
    bosh_client_send(receipts->client, writer, NULL);
}

static int on_message(bosh_client *client, const bosh_stanza *message, void *user)
{
    bosh_receipts *receipts = user;
    const char *from = bosh_stanza_attribute(message, "from");
    const char *type = bosh_stanza_attribute(message, "type");
    const char *id = bosh_stanza_attribute(message, "id");
    const bosh_stanza *received = bosh_stanza_child(message, "received", NS_RECEIPTS);
    const char *received_id = bosh_stanza_attribute(received, "id");
    (void)client;
    if (!from || (type && (strcmp(type, "error") == 0 || strcmp(type, "groupchat") == 0)))
        return 1;
    if (received_id)
        on_received(receipts, from, received_id);
    else if (id && bosh_stanza_child(message, "request", NS_RECEIPTS))
        answer(receipts, from, type, id);
    return 1;
}

int bosh_receipts_new(bosh_client *client, const bosh_allocator *allocator,
                      const bosh_receipts_callbacks *callbacks, void *user, bosh_receipts **out)
{
    bosh_allocator memory = bosh_ext_allocator(allocator);
    bosh_receipts *receipts = bosh_ext_new(&memory, sizeof(*receipts));
    *out = NULL;
    if (!receipts)
        return BOSH_ERR_MEMORY;
    *receipts = (bosh_receipts){
        .client = client, .allocator = memory, .callbacks = *callbacks, .user = user};
    receipts->newest_link = &receipts->oldest;
    bosh_match match = {.ns = NS_RECEIPTS, .name = "message"};
    int id = bosh_handler_add(client, &match, on_message, receipts);
    if (id < 0) {
        bosh_ext_free(&memory, receipts);
        return id;
    }
    *out = receipts;
    return BOSH_OK;
}

void bosh_receipts_free(bosh_receipts *receipts)
{
    if (!receipts)
        return;
    bosh_allocator memory = receipts->allocator;
    while (receipts->oldest)
        expected_free(&memory, take_out(receipts, &receipts->oldest));
    bosh_ext_free(&memory, receipts);
}

int bosh_receipts_ask(bosh_receipts *receipts, bosh_writer *writer, const char *to, const char *id)
{
    expected *entry = expected_new(&receipts->allocator, to, id);
    if (!entry)
        return BOSH_ERR_MEMORY;
    if (receipts->count == BOSH_RECEIPTS_MAX)
        expected_free(&receipts->allocator, take_out(receipts, &receipts->oldest));
    *receipts->newest_link = entry;
    receipts->newest_link = &entry->next;
    receipts->count++;
    bosh_writer_element(writer, "request", NS_RECEIPTS, NULL);
    return BOSH_OK;
}
