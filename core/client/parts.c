/* SPDX-License-Identifier: MIT
 * Stanzas element by element: as they are parsed, or from their tree. */
#include <bosh/parts.h>

#include "client/client.h"
#include "xml/stanza.h"

#include <string.h>

static int begin(void *user, const bosh_stanza *stanza)
{
    bosh_client *client = user;
    if (bosh_client_is_quiet(client) || client->stream.state != BOSH_STREAM_ONLINE ||
        strcmp(bosh_stanza_namespace(stanza), BOSH_NS_CLIENT) != 0)
        return 0;
    return client->config.parts->begin(client, stanza, client->config.user);
}

static void start(void *user, const bosh_stanza *element)
{
    bosh_client *client = user;
    if (!bosh_client_is_quiet(client))
        client->config.parts->start(client, element, client->config.user);
}

static void text(void *user, const char *data, size_t size)
{
    bosh_client *client = user;
    if (!bosh_client_is_quiet(client))
        client->config.parts->text(client, data, size, client->config.user);
}

static void end(void *user)
{
    bosh_client *client = user;
    if (!bosh_client_is_quiet(client))
        client->config.parts->end(client, client->config.user);
}

const bosh_reader_sink bosh_parts_sink = {begin, start, text, end};

/* `node` and what is around it end, up to one that has a next sibling; that one, or NULL. */
static const bosh_stanza *leave(bosh_client *client, const bosh_stanza *node,
                                const bosh_stanza *stanza)
{
    for (;;) {
        if (node->name)
            end(client);
        if (node == stanza || node->next)
            return node == stanza ? NULL : bosh_block_node(node, node->next);
        node = bosh_block_node(node, node->parent);
    }
}

void bosh_parts_tell(bosh_client *client, const bosh_stanza *stanza)
{
    const bosh_stanza *node = stanza;
    if (!client->config.parts || stanza->text || !begin(client, stanza))
        return;
    while (node) {
        const char *words = node->name ? NULL : bosh_stanza_text(node);
        if (words)
            text(client, words, strlen(words));
        else if (node != stanza)
            start(client, node);
        node = node->first_child ? bosh_block_node(node, node->first_child)
                                 : leave(client, node, stanza);
    }
}
