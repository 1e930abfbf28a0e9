/* SPDX-License-Identifier: MIT
 * Sending: the writer's stanza becomes an item with a ticket. */
#include "client/client.h"
#include "base/mem.h"

#include <string.h>

#define HEAD_BYTES 512u /* of the body cap, kept for the wrapper (BODY-14) */

bosh_writer *bosh_client_writer(bosh_client *client)
{
    bosh_writer_reset(&client->writer);
    return &client->writer;
}

static int is_sending_possible(const bosh_client *client)
{
    return client->state != BOSH_STATE_ENDED && client->state != BOSH_STATE_CLOSING &&
           !bosh_client_is_exported(client) && !client->is_ending && !client->is_close_wanted;
}

/* The stanza is complete and may be sent at all? */
int bosh_send_finish(bosh_client *client, bosh_writer *stanza)
{
    int error = bosh_writer_finish(stanza);
    if (error)
        return error;
    if (stanza->buf.size + HEAD_BYTES > client->config.body_bytes_max)
        return BOSH_ERR_STANZA_TOO_LARGE;
    return stanza->kind == BOSH_KIND_OTHER || stanza->kind == BOSH_KIND_SASL ? BOSH_ERR_STANZA_KIND
                                                                             : BOSH_OK;
}

/* `is_own`: an answer of the engine's, without ticket and without the queue's limit. */
int bosh_send_queue(bosh_client *client, bosh_writer *stanza, bosh_ticket *ticket, int is_own)
{
    int error = bosh_send_finish(client, stanza);
    if (error)
        return error;
    if (!is_sending_possible(client))
        return BOSH_ERR_STATE;
    if (!is_own && bosh_client_queued(client) + stanza->buf.size > client->config.queue_bytes_max) {
        client->is_drain_wanted = 1;
        return BOSH_ERR_QUEUE_FULL;
    }
    bosh_item *item = bosh_item_new(&client->config.allocator, stanza->buf.data, stanza->buf.size,
                                    NULL, 0, 0, is_own ? 0 : client->last_ticket + 1);
    if (!item)
        return BOSH_ERR_MEMORY;
    client->last_ticket += is_own ? 0 : 1;
    if (ticket)
        *ticket = item->ticket;
    bosh_item_push(&client->outbox, item);
    bosh_client_wake(client);
    return BOSH_OK;
}

int bosh_client_send(bosh_client *client, bosh_writer *stanza, bosh_ticket *ticket)
{
    if (!client || !stanza)
        return BOSH_ERR_ARGUMENT;
    return bosh_send_queue(client, stanza, ticket, 0);
}

int bosh_client_send_xml(bosh_client *client, const char *xml, size_t size, bosh_ticket *ticket)
{
    if (!client || !xml)
        return BOSH_ERR_ARGUMENT;
    bosh_writer *writer = bosh_client_writer(client);
    int error = bosh_writer_parse(writer, xml, size);
    return error ? error : bosh_send_queue(client, writer, ticket, 0);
}

int bosh_client_send_message(bosh_client *client, const char *to, const char *text,
                             bosh_ticket *ticket)
{
    if (!client || !to || !text)
        return BOSH_ERR_ARGUMENT;
    bosh_writer *writer = bosh_client_writer(client);
    bosh_writer_start(writer, "message", NULL);
    bosh_writer_attribute(writer, "to", to);
    bosh_writer_attribute(writer, "type", "chat");
    bosh_writer_element(writer, "body", NULL, text);
    return bosh_send_queue(client, writer, ticket, 0);
}

static void write_presence(bosh_writer *writer, const char *show, const char *status)
{
    int is_unavailable = show && strcmp(show, "unavailable") == 0;
    bosh_writer_start(writer, "presence", NULL);
    bosh_writer_attribute(writer, "type", is_unavailable ? show : NULL);
    if (show && !is_unavailable)
        bosh_writer_element(writer, "show", NULL, show);
    if (status)
        bosh_writer_element(writer, "status", NULL, status);
}

int bosh_client_send_presence(bosh_client *client, const char *show, const char *status)
{
    if (!client)
        return BOSH_ERR_ARGUMENT;
    bosh_writer *writer = bosh_client_writer(client);
    write_presence(writer, show, status);
    return bosh_send_queue(client, writer, NULL, 0);
}

/* -------------------------------------------------------------------------------------- leaving */

void bosh_client_close(bosh_client *client, bosh_writer *last_stanza)
{
    if (!client || client->state == BOSH_STATE_IDLE || client->state == BOSH_STATE_ENDED ||
        client->is_close_wanted)
        return;
    bosh_writer *writer = last_stanza;
    if (!writer && client->stream.state == BOSH_STREAM_ONLINE) { /* TERM-1 */
        writer = bosh_client_writer(client);
        write_presence(writer, "unavailable", NULL);
    }
    if (writer && bosh_send_finish(client, writer) == BOSH_OK)
        client->last_item = bosh_item_new(&client->config.allocator, writer->buf.data,
                                          writer->buf.size, NULL, 0, 0, 0);
    client->is_close_wanted = 1;
    bosh_client_wake(client);
}
