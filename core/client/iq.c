/* SPDX-License-Identifier: MIT
 * IQ: requests of ours and their one answer, and what nobody here understands (IQ-1..4). */
#include "client/client.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

#define NS_STANZA_ERRORS "urn:ietf:params:xml:ns:xmpp-stanzas"

/* --------------------------------------------------------------------------------------- asking */

bosh_writer *bosh_client_iq(bosh_client *client, const char *type, const char *to)
{
    bosh_writer *writer = bosh_client_writer(client);
    char id[BOSH_ID_SIZE] = "";
    bosh_buf_fail(&writer->buf, bosh_stream_draw_id(&client->stream, id));
    bosh_writer_start(writer, "iq", NULL);
    bosh_writer_attribute(writer, "type", type);
    bosh_writer_attribute(writer, "id", id);
    bosh_writer_attribute(writer, "to", to);
    return writer;
}

static void free_request(bosh_client *client, bosh_request *request)
{
    bosh_mem_free(&client->config.allocator, request->id);
    bosh_mem_free(&client->config.allocator, request->to);
    bosh_mem_free(&client->config.allocator, request);
}

int bosh_client_request(bosh_client *client, bosh_writer *iq, uint32_t timeout_ms, bosh_iq_fn fn,
                        void *user)
{
    if (!client || !iq || !fn)
        return BOSH_ERR_ARGUMENT;
    if (!BOSH_HAS_REQUESTS)
        return BOSH_ERR_UNSUPPORTED;
    int error = bosh_send_finish(client, iq);
    if (error)
        return error;
    if (iq->kind != BOSH_KIND_IQ || !iq->id.size ||
        (!bosh_writer_span_equals(iq, iq->type, "get") &&
         !bosh_writer_span_equals(iq, iq->type, "set")))
        return BOSH_ERR_STANZA_KIND;
    bosh_request *request = bosh_mem_new(&client->config.allocator, 1, sizeof(*request));
    if (!request)
        return BOSH_ERR_MEMORY;
    request->id = bosh_writer_span_copy(iq, iq->id);
    request->to = iq->to.size ? bosh_writer_span_copy(iq, iq->to) : NULL;
    if (!request->id || (iq->to.size && !request->to))
        error = BOSH_ERR_MEMORY;
    if (!error)
        error = bosh_send_queue(client, iq, &request->ticket, 0);
    if (error) {
        free_request(client, request);
        return error;
    }
    request->timeout_ms = timeout_ms ? timeout_ms : client->config.iq_timeout_ms;
    request->fn = fn;
    request->user = user;
    request->next = client->requests;
    client->requests = request;
    return BOSH_OK;
}

/* ------------------------------------------------------------------------------------- answered */

/* IQ-3: an answer counts only from the address asked. The own account and server may answer without
 * `from`, or as the account, the full address or the domain. */
static int is_from_asked(const bosh_client *client, const bosh_request *request, const char *from)
{
    const char *server = client->session.options.to;
    const char *own = bosh_client_jid(client), *to = request->to;
    int is_own =
        !to || bosh_jid_same(to, server) || (bosh_jid_same_bare(to, own) && !strchr(to, '/'));
    if (!from)
        return is_own;
    if (to && bosh_jid_same(from, to))
        return 1;
    if (!is_own)
        return 0;
    return bosh_jid_same(from, own) || bosh_jid_same(from, server) ||
           (bosh_jid_same_bare(from, own) && !strchr(from, '/'));
}

/* Unlink first: the callback may do anything. */
static void fire(bosh_client *client, bosh_request **link, int error, const bosh_stanza *answer)
{
    bosh_request *request = *link;
    *link = request->next;
    if (!bosh_client_is_quiet(client))
        request->fn(client, error, answer, request->user);
    free_request(client, request);
}

int bosh_iq_receive(bosh_client *client, const bosh_stanza *iq)
{
    const char *type = bosh_stanza_attribute(iq, "type"), *id = bosh_stanza_attribute(iq, "id");
    int is_error = bosh_text_equal(type, "error");
    if (!id || (!is_error && !bosh_text_equal(type, "result")))
        return 0;
    for (bosh_request **link = &client->requests; *link; link = &(*link)->next) {
        if (strcmp((*link)->id, id) != 0 ||
            !is_from_asked(client, *link, bosh_stanza_attribute(iq, "from")))
            continue;
        fire(client, link, is_error ? BOSH_ERR_IQ_ERROR : BOSH_OK, iq);
        return 1;
    }
    return 0;
}

void bosh_iq_run(bosh_client *client)
{
    bosh_time now_ms = client->now_ms;
    int fired;
    do { /* from the start after each: a callback may change the list */
        fired = 0;
        for (bosh_request **link = &client->requests; *link; link = &(*link)->next) {
            if ((*link)->at_ms == 0)
                (*link)->at_ms = now_ms + (*link)->timeout_ms;
            if ((*link)->at_ms > now_ms)
                continue;
            fire(client, link, BOSH_ERR_IQ_TIMEOUT, NULL);
            fired = 1;
            break;
        }
    } while (fired && !bosh_client_is_quiet(client));
}

bosh_time bosh_iq_deadline(const bosh_client *client)
{
    bosh_time at_ms = BOSH_NEVER;
    for (const bosh_request *request = client->requests; request; request = request->next)
        if (request->at_ms < at_ms)
            at_ms = request->at_ms;
    return at_ms;
}

void bosh_iq_disconnected(bosh_client *client, int is_end)
{
    bosh_ticket sent;
    if (!BOSH_HAS_REQUESTS)
        return;
    bosh_client_tickets(client, NULL, &sent);
    int fired;
    do {
        fired = 0;
        for (bosh_request **link = &client->requests; *link; link = &(*link)->next) {
            if (!is_end && (*link)->ticket > sent)
                continue; /* still queued: it will be asked in the next session */
            fire(client, link, BOSH_ERR_IQ_DISCONNECTED, NULL);
            fired = 1;
            break;
        }
    } while (fired && !bosh_client_is_quiet(client));
}

void bosh_iq_free(bosh_client *client)
{
    while (client->requests) {
        bosh_request *request = client->requests;
        client->requests = request->next;
        free_request(client, request);
    }
}

/* ------------------------------------------------------------------------------------ answering */

static bosh_writer *begin_answer(bosh_client *client, const bosh_stanza *request, const char *type)
{
    bosh_writer *writer = bosh_client_writer(client);
    const char *id = bosh_stanza_attribute(request, "id");
    if (!id || !*id) /* IQ-1: an answer without it is no iq, either */
        bosh_buf_fail(&writer->buf, BOSH_ERR_ARGUMENT);
    bosh_writer_start(writer, "iq", NULL);
    bosh_writer_attribute(writer, "type", type);
    bosh_writer_attribute(writer, "to", bosh_stanza_attribute(request, "from"));
    bosh_writer_attribute(writer, "id", id);
    return writer;
}

bosh_writer *bosh_client_iq_result(bosh_client *client, const bosh_stanza *request)
{
    return begin_answer(client, request, "result");
}

bosh_writer *bosh_client_iq_error(bosh_client *client, const bosh_stanza *request,
                                  const char *error_type, const char *condition)
{
    bosh_writer *writer = begin_answer(client, request, "error");
    bosh_writer_start(writer, "error", NULL);
    bosh_writer_attribute(writer, "type", error_type);
    bosh_writer_start(writer, condition, NS_STANZA_ERRORS);
    bosh_writer_end(writer);
    return writer;
}

/* IQ-2, STZ-3: a get or set that nobody takes is answered, nothing else ever is. */
void bosh_iq_refuse(bosh_client *client, const bosh_stanza *iq)
{
    const char *type = bosh_stanza_attribute(iq, "type");
    if (!bosh_text_equal(type, "get") && !bosh_text_equal(type, "set"))
        return;
    bosh_writer *answer = bosh_client_iq_error(client, iq, "cancel", "service-unavailable");
    int error = bosh_send_queue(client, answer, NULL, 1);
    if (error)
        bosh_log(client, BOSH_LOG_WARNING, "a request was left unanswered", bosh_error_text(error));
}
