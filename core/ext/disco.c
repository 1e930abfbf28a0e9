/* SPDX-License-Identifier: MIT
 * Answers to service discovery and ping (DSC-1, PING-1). */
#include "ext.h"

#include <bosh/ext/disco.h>

#define NS_INFO "http://jabber.org/protocol/disco#info"
#define NS_ITEMS "http://jabber.org/protocol/disco#items"
#define NS_PING "urn:xmpp:ping"

static void write_feature(bosh_writer *writer, const char *feature)
{
    bosh_writer_start(writer, "feature", NULL);
    bosh_writer_attribute(writer, "var", feature);
    bosh_writer_end(writer);
}

static void write_identity(bosh_writer *writer, const bosh_disco *disco)
{
    bosh_writer_start(writer, "identity", NULL);
    bosh_writer_attribute(writer, "category", disco->category);
    bosh_writer_attribute(writer, "type", disco->type);
    bosh_writer_attribute(writer, "name", disco->name);
    bosh_writer_end(writer);
}

/* We have no nodes: asked about one we say so. */
static int answer_unknown_node(bosh_client *client, const bosh_stanza *iq, const char *ns)
{
    if (!bosh_stanza_attribute(bosh_stanza_child(iq, "query", ns), "node"))
        return 0;
    bosh_client_send(client, bosh_client_iq_error(client, iq, "cancel", "item-not-found"), NULL);
    return 1;
}

static int on_info(bosh_client *client, const bosh_stanza *iq, void *user)
{
    const bosh_disco *disco = user;
    if (answer_unknown_node(client, iq, NS_INFO))
        return 1;
    bosh_writer *writer = bosh_client_iq_result(client, iq);
    bosh_writer_start(writer, "query", NS_INFO);
    write_identity(writer, disco);
    write_feature(writer, NS_INFO);
    write_feature(writer, NS_ITEMS);
    write_feature(writer, NS_PING);
    for (const char *const *feature = disco->features; feature && *feature; feature++)
        write_feature(writer, *feature);
    bosh_client_send(client, writer, NULL);
    return 1;
}

static int on_items(bosh_client *client, const bosh_stanza *iq, void *user)
{
    (void)user;
    if (answer_unknown_node(client, iq, NS_ITEMS))
        return 1;
    bosh_writer *writer = bosh_client_iq_result(client, iq);
    bosh_writer_start(writer, "query", NS_ITEMS);
    bosh_client_send(client, writer, NULL);
    return 1;
}

static int on_ping(bosh_client *client, const bosh_stanza *iq, void *user)
{
    (void)user;
    bosh_client_send(client, bosh_client_iq_result(client, iq), NULL);
    return 1;
}

int bosh_disco_answer(bosh_client *client, const bosh_disco *disco)
{
    static const struct {
        const char *ns;
        bosh_stanza_fn fn;
    } answers[] = {{NS_INFO, on_info}, {NS_ITEMS, on_items}, {NS_PING, on_ping}};
    int ids[3];
    for (size_t i = 0; i < 3; i++) {
        bosh_match match = {.ns = answers[i].ns, .name = "iq", .type = "get"};
        ids[i] = bosh_handler_add(client, &match, answers[i].fn, (void *)(uintptr_t)disco);
        if (ids[i] < 0) {
            for (size_t added = 0; added < i; added++)
                bosh_handler_remove(client, ids[added]);
            return ids[i];
        }
    }
    return BOSH_OK;
}
