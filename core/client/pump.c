/* SPDX-License-Identifier: MIT
 * The pump: the one place where the floors meet.
 *
 *     transport --bytes, answers--> session --payloads--> stream --stanzas--> handlers
 *     transport <-----requests----- session <-----login elements, stanzas---- send
 *
 * Order matters: handlers run before the next request is made, so that what they send rides on it,
 * and that request leaves in the same turn as the answer came. */
#include "client/client.h"
#include "base/text.h"
#include "xml/stanza.h"

#include <string.h>

/* BODY-10: some servers forward stanzas without their namespace. */
static void adopt_stanzas(const bosh_stanza *payload)
{
    for (; BOSH_HAS_EXTRAS && payload; payload = bosh_stanza_next(payload, NULL, NULL)) {
        const char *ns = bosh_stanza_namespace(payload);
        if (*ns && strcmp(ns, BOSH_NS_BODY) != 0)
            continue;
        if (bosh_stanza_is(payload, "message", NULL) || bosh_stanza_is(payload, "presence", NULL) ||
            bosh_stanza_is(payload, "iq", NULL))
            bosh_stanza_adopt((bosh_stanza *)(uintptr_t)payload);
    }
}

static void deliver_stanza(bosh_client *client, const bosh_stanza *stanza)
{
    if (bosh_stanza_is(stanza, "iq", BOSH_NS_CLIENT)) {
        if (BOSH_HAS_REQUESTS && bosh_iq_receive(client, stanza))
            return;
        if (!client->config.answers_requests && !bosh_handlers_want(client, stanza))
            bosh_iq_refuse(client, stanza);
    }
    bosh_handlers_dispatch(client, stanza);
}

/* RTX-12: what the server did not stamp with `from` came from us; answers may lack it. */
static int is_own_stanza(const bosh_stanza *element)
{
    const char *type = bosh_stanza_attribute(element, "type");
    int is_answer = bosh_stanza_is(element, "iq", NULL) &&
                    (bosh_text_equal(type, "result") || bosh_text_equal(type, "error"));
    return strcmp(bosh_stanza_namespace(element), BOSH_NS_CLIENT) == 0 && !is_answer &&
           !bosh_stanza_attribute(element, "from");
}

/* It is the program's turn (SASL-14). */
static void tell_login(bosh_client *client, const bosh_stanza *element)
{
    bosh_event event = {.type = BOSH_EVENT_LOGIN, .element = element};
    bosh_client_emit(client, &event);
}

static void deliver_payload(bosh_client *client, const bosh_session_event *event)
{
    const bosh_stanza *element = event->element;
    if (BOSH_HAS_EXTRAS && (event->flags & BOSH_LETTER_ECHO) && is_own_stanza(element))
        return;
    client->is_replay = BOSH_HAS_MOVING && (event->flags & BOSH_LETTER_REPLAY);
    bosh_stream_taker taker = bosh_stream_receive(&client->stream, element);
    if (BOSH_HAS_PARTS && taker == BOSH_STREAM_STANZA)
        bosh_parts_tell(client, element);
    if (taker == BOSH_STREAM_STANZA)
        deliver_stanza(client, element);
    else if (BOSH_HAS_STEERING && taker == BOSH_STREAM_PROGRAM)
        tell_login(client, element);
    client->is_replay = 0;
}

static void deliver_event(bosh_client *client, const bosh_session_event *event)
{
    bosh_event out = {.type = BOSH_EVENT_DELIVERED, .ticket = event->ticket};
    switch (event->type) {
    case BOSH_SESSION_EVENT_OPENED:
        bosh_client_set_state(client, BOSH_STATE_AUTHENTICATING, BOSH_OK, 0);
        break;
    case BOSH_SESSION_EVENT_ANSWER:
        adopt_stanzas(bosh_stanza_child(event->element, NULL, NULL));
        client->config.on_body(client, event->element, client->config.user);
        break;
    case BOSH_SESSION_EVENT_PAYLOAD:
        if (!(event->flags & BOSH_LETTER_SEEN))
            adopt_stanzas(event->element);
        deliver_payload(client, event);
        break;
    case BOSH_SESSION_EVENT_ACCEPTED:
        client->delivered = event->ticket;
        bosh_client_emit(client, &out);
        break;
    case BOSH_SESSION_EVENT_RETRY:
        bosh_client_set_detail(client, event->error, event->http_status);
        bosh_log(client, BOSH_LOG_INFO, "request failed, will be repeated",
                 bosh_error_text(event->error));
        bosh_client_tell(client, BOSH_EVENT_RETRY, event->error, event->delay_ms);
        break;
    case BOSH_SESSION_EVENT_ENDED:
        bosh_lifecycle_ended(client);
        break;
    }
}

/* ONLINE and RECOVERING follow the session. */
static void follow_recovery(bosh_client *client)
{
    int is_broken = bosh_session_is_recovering(&client->session);
    if (client->state == BOSH_STATE_ONLINE && is_broken)
        bosh_client_set_state(client, BOSH_STATE_RECOVERING, client->detail.error, 0);
    else if (client->state == BOSH_STATE_RECOVERING && !is_broken)
        bosh_client_set_state(client, BOSH_STATE_ONLINE, BOSH_OK, 0);
}

static void deliver_change(bosh_client *client, bosh_stream_event change)
{
    if (change == BOSH_STREAM_EVENT_STATE)
        bosh_lifecycle_stream_changed(client);
    else if (BOSH_HAS_STEERING && change == BOSH_STREAM_EVENT_STOP)
        tell_login(client, NULL);
    else if (BOSH_HAS_STEERING)
        bosh_client_tell(client, BOSH_EVENT_CREDENTIALS, client->stream.error, 0);
}

/* Everything there is to tell, until nothing new comes of telling it. What a payload changed in the
 * stream is told before the next payload: ONLINE before the stanzas behind the bind result. */
static void deliver(bosh_client *client)
{
    bosh_session_event event;
    while (!bosh_client_is_quiet(client)) {
        bosh_stream_event change = bosh_stream_poll(&client->stream);
        int error = client->session.inbox_count ? bosh_move_outdate(client) : BOSH_OK;
        if (error)
            bosh_lifecycle_end(client, error);
        if (change != BOSH_STREAM_EVENT_NONE)
            deliver_change(client, change);
        else if (bosh_session_poll(&client->session, &event))
            deliver_event(client, &event);
        else
            break;
    }
    if (!bosh_client_is_quiet(client))
        follow_recovery(client);
    if (BOSH_HAS_EXTRAS && !bosh_client_is_quiet(client))
        bosh_lifecycle_check_server(client);
}

static void tell_drained(bosh_client *client)
{
    if (!client->is_drain_wanted || bosh_client_queued(client) > client->config.queue_bytes_max / 2)
        return;
    client->is_drain_wanted = 0;
    bosh_client_tell(client, BOSH_EVENT_DRAINED, BOSH_OK, 0);
}

/* Bound, in a session that lives: what is held may go. */
static int is_online(const bosh_client *client)
{
    return client->stream.state == BOSH_STREAM_ONLINE && client->session.state == BOSH_SESSION_OPEN;
}

/* Submit what may leave. The journal comes first: what it does not know was never sent. */
static void transmit(bosh_client *client)
{
    bosh_session *session = &client->session;
    const bosh_slot *slot;
    if (is_online(client))
        bosh_item_append_list(&session->queue, &client->outbox);
    bosh_session_want_poll(session, bosh_stream_is_waiting(&client->stream));
    while ((slot = bosh_session_next(session))) {
        uint32_t attempt = slot->attempt;
        int is_new = slot->attempts == 1;
        int is_due = is_new || (BOSH_HAS_MOVING && client->is_save_due);
        int error = is_due ? bosh_move_journal(client) : BOSH_OK;
        client->is_save_due = error == BOSH_ERR_MEMORY;
        if (client->is_save_due) { /* it passes: as if the attempt had broken */
            bosh_session_failed(session, attempt, error, 0, client->now_ms);
            continue;
        }
        if (error) {
            if (is_new)
                bosh_session_withdraw(session, attempt);
            bosh_lifecycle_end(client, error);
            return;
        }
        bosh_trace_request(client, &slot->request);
        if (!bosh_session_submitted(session, attempt))
            continue;
        error = client->transport.submit(client->transport.user, attempt, &slot->request);
        if (error)
            bosh_session_failed(session, attempt, error, 0, client->now_ms);
    }
    int error = bosh_move_follow(client);
    if (error && error != BOSH_ERR_MEMORY) /* else it follows with the next pump */
        bosh_lifecycle_end(client, error);
}

static void turn(bosh_client *client, bosh_time now_ms, int is_sending)
{
    if (BOSH_HAS_PARTS && client->is_parsing)
        return;
    if (client->is_freed && client->depth == 0) { /* by the trace of an answer */
        bosh_client_free(client);
        return;
    }
    int is_outermost = client->depth++ == 0;
    client->now_ms = now_ms; /* read again below: a nested pump may know a later time */
    if (is_outermost)
        bosh_lifecycle_carry_out(client);
    bosh_session_run(&client->session, client->now_ms);
    if (is_outermost) {
        deliver(client);
        if (BOSH_HAS_REQUESTS)
            bosh_iq_run(client);
        bosh_timers_run(client);
        bosh_lifecycle_carry_out(client); /* what the handlers asked for */
    }
    if (is_sending) {
        bosh_stream_run(&client->stream, &client->session, client->now_ms);
        transmit(client);
    }
    if (is_outermost) {
        deliver(client); /* a login that failed, a journal that broke */
        tell_drained(client);
        bosh_handlers_sweep(client);
    }
    client->depth--;
    if (is_outermost && client->is_freed)
        bosh_client_free(client);
}

void bosh_client_pump(bosh_client *client, bosh_time now_ms)
{
    turn(client, now_ms, 1);
}

void bosh_client_deliver(bosh_client *client, bosh_time now_ms)
{
    turn(client, now_ms, 0);
}

static bosh_time earlier(bosh_time a, bosh_time b)
{
    return a < b ? a : b;
}

bosh_time bosh_client_deadline(const bosh_client *client)
{
    bosh_time at_ms = bosh_session_deadline(&client->session);
    if (client->is_connect_wanted || client->is_close_wanted || client->is_nudge_wanted ||
        (BOSH_HAS_STEERING && client->has_password_answer) ||
        (BOSH_HAS_MOVING && client->rebase_ms))
        return 0;
    if (client->session.state == BOSH_SESSION_DEAD && !client->session.is_end_told)
        return 0;
    if (client->outbox.first && is_online(client))
        return 0;
    if (client->session.state == BOSH_SESSION_OPEN)
        at_ms = earlier(at_ms, bosh_stream_deadline(&client->stream));
    if (BOSH_HAS_RECONNECT && client->state == BOSH_STATE_RECONNECT_WAIT)
        at_ms = earlier(at_ms, client->reconnect_at_ms);
    if (BOSH_HAS_REQUESTS)
        at_ms = earlier(at_ms, bosh_iq_deadline(client));
    return earlier(at_ms, bosh_timers_deadline(client));
}

/* --------------------------------------------------------------------------- from the transport */

int bosh_transport_bytes(bosh_client *client, uint32_t id, const void *data, size_t size)
{
    if (!BOSH_HAS_PARTS || client->is_parsing)
        return bosh_session_bytes(&client->session, id, data, size);
    client->depth++; /* parts are told: a client freed there lives until the pump */
    client->is_parsing = 1;
    int error = bosh_session_bytes(&client->session, id, data, size);
    client->is_parsing = 0;
    client->depth--;
    return error;
}

void bosh_transport_done(bosh_client *client, uint32_t id, int http_status, uint32_t retry_after_s,
                         bosh_time now_ms)
{
    client->depth++; /* the trace is a callback, too: a client freed there lives until the pump */
    bosh_session_answered(&client->session, id, http_status, retry_after_s, now_ms);
    client->depth--;
}

void bosh_transport_failed(bosh_client *client, uint32_t id, int error, unsigned flags,
                           bosh_time now_ms)
{
    bosh_session_failed(&client->session, id, error, flags, now_ms);
}

void bosh_transport_uploaded(bosh_client *client, uint32_t id, bosh_time now_ms)
{
    bosh_session_uploaded(&client->session, id, now_ms);
}
