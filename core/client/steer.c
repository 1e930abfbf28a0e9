/* SPDX-License-Identifier: MIT
 * The login in the program's hands: see bosh.h. */
#include "client/client.h"
#include "base/mem.h"
#include "base/text.h"
#include "stream/steer.h"

#include <string.h>

int bosh_client_send_login(bosh_client *client, bosh_writer *element)
{
    if (!client || !element)
        return BOSH_ERR_ARGUMENT;
    int error = bosh_send_finish(client, element);
    if (error == BOSH_ERR_STANZA_KIND && element->kind == BOSH_KIND_SASL)
        error = BOSH_OK;
    if (!error && client->session.state != BOSH_SESSION_OPEN)
        error = BOSH_ERR_STATE;
    if (!error)
        error = bosh_steer_send(&client->stream, &client->session, element);
    if (!error && element->kind == BOSH_KIND_SASL) { /* SEC-10 */
        bosh_mem_wipe(element->buf.data, element->buf.size);
        bosh_writer_reset(element);
    }
    if (!error)
        bosh_client_wake(client);
    return error;
}

int bosh_client_continue_login(bosh_client *client)
{
    int error = client ? bosh_steer_continue(&client->stream) : BOSH_ERR_ARGUMENT;
    if (!error)
        bosh_client_wake(client);
    return error;
}

/* `*slot` becomes `copy`. */
static void take(bosh_client *client, char **slot, char *copy)
{
    bosh_mem_free(&client->config.allocator, *slot);
    *slot = copy;
}

static int is_same(const char *known, bosh_slice part)
{
    return strlen(known) == part.size && (!part.size || memcmp(known, part.data, part.size) == 0);
}

static int use_jid(bosh_client *client, const char *jid)
{
    bosh_credentials *credentials = &client->stream.options.credentials;
    bosh_slice local, domain, resource;
    int error = bosh_jid_split(jid, &local, &domain, &resource);
    if (error)
        return error;
    int is_other = !is_same(credentials->user ? credentials->user : "", local);
    if (!is_same(credentials->domain, domain) ||
        (is_other && client->stream.stop == BOSH_STOP_BIND))
        return BOSH_ERR_JID;
    char *copy = bosh_mem_string(&client->config.allocator, jid);
    error = copy ? bosh_client_use_jid(client, jid) : BOSH_ERR_MEMORY;
    if (error) {
        bosh_mem_free(&client->config.allocator, copy);
        return error;
    }
    take(client, &client->own_jid, copy);
    client->config.jid = copy;
    if (is_other) { /* what the other account has used says nothing about this one */
        bosh_mem_wipe(&client->keys, sizeof(client->keys));
        credentials->was_scram_used = 0;
    }
    return BOSH_OK;
}

int bosh_client_set_login(bosh_client *client, const char *jid, const char *mechanisms)
{
    if (!client)
        return BOSH_ERR_ARGUMENT;
    if (client->state != BOSH_STATE_IDLE && client->state != BOSH_STATE_ENDED &&
        !client->stream.stop)
        return BOSH_ERR_STATE;
    char *copy = mechanisms ? bosh_mem_string(&client->config.allocator, mechanisms) : NULL;
    int error = mechanisms && !copy ? BOSH_ERR_MEMORY : BOSH_OK;
    if (!error && jid)
        error = use_jid(client, jid);
    if (error) {
        bosh_mem_free(&client->config.allocator, copy);
        return error;
    }
    if (copy) {
        take(client, &client->own_mechanisms, copy);
        client->config.mechanisms = client->stream.options.credentials.allowed = copy;
    }
    return BOSH_OK;
}
