/* SPDX-License-Identifier: MIT
 * What an answer or a failure means: accepted in rid order, repeated, or the end (ORD, RTX,
 * LEG). */
#include "session/session.h"
#include "base/build.h"
#include "base/mem.h"

#include <string.h>

#define CREATIONS_MAX 3
#define HOSTILE_MAX 3        /* BODY-11 */
#define ERRORS_MAX 3         /* ERR-3 */
#define TERMINATES_MAX 3     /* RTX-11 */
#define GRACE_LOWER_MS 2000u /* TERM-9 */

/* ------------------------------------------------------------------------------ broken attempts */

/* Answers that no repetition will make harmless. */
static int is_hostile(int error)
{
    return error == BOSH_ERR_RESPONSE_DOCTYPE || error == BOSH_ERR_RESPONSE_ENTITY ||
           error == BOSH_ERR_RESPONSE_DEPTH || error == BOSH_ERR_RESPONSE_ATTRIBUTES ||
           error == BOSH_ERR_RESPONSE_TOO_LARGE;
}

/* Errors that end the session at once, whatever the rid (SEC-1, SEC-3). */
static int is_final(int error)
{
    return error == BOSH_ERR_URL || error == BOSH_ERR_CERTIFICATE;
}

/* CRE-16: a creation is not repeated but made anew, with another rid. */
static void break_creation(bosh_session *session, bosh_slot *slot, int error)
{
    int http_status = slot->http_status;
    if (++session->creations >= CREATIONS_MAX || error == BOSH_ERR_HTTP_AUTH) {
        bosh_session_finish(session, error, http_status);
        return;
    }
    slot->broken = session->creations;
    uint32_t delay_ms = bosh_timing_backoff_ms(session, slot);
    uint8_t refused = slot->refused, hostile = slot->hostile;
    bosh_window_release(session, slot);
    int again = bosh_window_create(session, delay_ms);
    if (again) {
        bosh_session_finish(session, again, http_status);
        return;
    }
    bosh_slot *next = session->lowest;
    next->refused = refused;
    next->hostile = hostile;
    next->error = error;
    next->http_status = http_status;
    next->retry_in_ms = delay_ms;
}

/* The attempt came to nothing: the same bytes again, later (RTX-1), unless enough is enough. */
void bosh_answer_break(bosh_session *session, bosh_slot *slot, int error)
{
    bosh_window_cancel(session, slot);
    if (slot->broken < UINT8_MAX)
        slot->broken++;
    slot->hostile += is_hostile(error);
    if (slot->kind == BOSH_SLOT_TERMINATE && slot->attempts >= TERMINATES_MAX) {
        bosh_session_end(session, session->close_error);
        return;
    }
    if (is_final(error) || slot->hostile >= HOSTILE_MAX) {
        bosh_session_finish(session, error, slot->http_status);
        return;
    }
    if (slot->kind == BOSH_SLOT_CREATE) {
        break_creation(session, slot, error);
        return;
    }
    slot->state = BOSH_SLOT_WAITING;
    slot->error = error;
    slot->is_retry_told = 0;
    slot->retry_in_ms = bosh_timing_backoff_ms(session, slot);
    slot->start_at_ms = session->now_ms + slot->retry_in_ms;
}

/* RTX-3: a recoverable error repeats the request and every unanswered one before it. */
static void repeat_all_up_to(bosh_session *session, bosh_slot *last)
{
    if (++last->errors >= ERRORS_MAX) {
        bosh_session_end(session, BOSH_ERR_SESSION_REFUSED);
        return;
    }
    for (bosh_slot *slot = session->lowest; slot; slot = slot == last ? NULL : slot->next)
        if (slot->state == BOSH_SLOT_INFLIGHT)
            bosh_answer_break(session, slot, BOSH_ERR_SESSION_REFUSED);
}

/* HTTP 400, 403, 404, 410 and 413 without a body of ours (section 3 of docs/protocol.md). */
static bosh_condition condition_of_status(int http_status)
{
    switch (http_status) {
    case 400:
    case 413:
        return BOSH_CONDITION_BAD_REQUEST;
    case 403:
        return BOSH_CONDITION_POLICY_VIOLATION;
    case 404:
    case 410:
        return BOSH_CONDITION_ITEM_NOT_FOUND;
    default:
        return BOSH_CONDITION_NONE;
    }
}

/* LEG-1, LEG-2: final for a legacy server; else perhaps an intermediary's, so asked once more. */
static int is_refusal_final(bosh_session *session, bosh_slot *slot, int http_status)
{
    if (http_status == 413 || (session->sid && session->is_legacy))
        return 1;
    return ++slot->refused >= 2;
}

/* The answer is none of ours: `error` says why. */
static void judge_status(bosh_session *session, bosh_slot *slot, int http_status, int error)
{
    bosh_condition condition = condition_of_status(http_status);
    slot->http_status = http_status;
    if (slot->kind == BOSH_SLOT_TERMINATE && condition != BOSH_CONDITION_NONE) {
        bosh_session_end(session, session->close_error); /* RTX-11 */
        return;
    }
    if (condition != BOSH_CONDITION_NONE) {
        error = BOSH_ERR_HTTP_STATUS;
        if (is_refusal_final(session, slot, http_status)) {
            session->end_condition = condition;
            bosh_session_finish(session, error, http_status);
            return;
        }
    } else if (http_status >= 300 && http_status < 400) {
        error = BOSH_ERR_HTTP_REDIRECT;
    } else if (http_status == 401 || http_status == 407) {
        error = BOSH_ERR_HTTP_AUTH;
    } else if (http_status != 200) {
        error = BOSH_ERR_HTTP_STATUS;
    }
    bosh_answer_break(session, slot, error);
}

/* -------------------------------------------------------------------------------- good answers */

/* RSP: what the creation answer settles. */
static int take_parameters(bosh_session *session, const bosh_stanza *body)
{
    const char *sid = bosh_stanza_attribute(body, "sid");
    if (!sid)
        return BOSH_ERR_CREATION; /* RSP-1 */
    session->sid = bosh_mem_string(session->options.allocator, sid);
    if (!session->sid)
        return BOSH_ERR_MEMORY;
    session->wait_s = bosh_body_number(body, "wait", session->wait_s, session->wait_s); /* RSP-2 */
    uint16_t requests = bosh_body_number(body, "requests", UINT8_MAX, 2); /* RSP-3, WIN-3 */
    session->requests = requests ? (uint8_t)requests : 1;
    session->hold = requests > 1 && bosh_body_number(body, "hold", UINT8_MAX, 1); /* RSP-4 */
    session->inactivity_s = bosh_body_number(body, "inactivity", UINT16_MAX, 0);  /* RSP-5 */
    session->polling_s = bosh_body_number(body, "polling", UINT16_MAX, 0);        /* RSP-6 */
    session->is_legacy = !bosh_stanza_attribute(body, "ver");                     /* RSP-7, VER-3 */
    if (!BOSH_HAS_EXTRAS && (!session->hold || !session->wait_s))
        return BOSH_ERR_UNSUPPORTED; /* POLL-1 */
    session->creations = 0;
    session->state = BOSH_SESSION_OPEN;
    return BOSH_OK;
}

/* Nothing is left in `document` if there is something in it to be told. */
void bosh_answer_deliver(bosh_session *session, bosh_document *document,
                         const bosh_stanza *first_payload, unsigned flags)
{
    if (!first_payload && !session->options.tells_answers)
        return;
    size_t place = (session->inbox_first + session->inbox_count++) % BOSH_INBOX;
    session->inbox[place] = (bosh_letter){*document, first_payload, flags};
    *document = (bosh_document){NULL, NULL, NULL, 0};
}

/* RSP-12: the server's name may come with any answer. */
static void note_from(bosh_session *session, const bosh_stanza *body)
{
    const char *from = bosh_stanza_attribute(body, "from");
    if (from && !session->from)
        session->from = bosh_mem_string(session->options.allocator, from);
}

/* The answer ends the session: for the reasons it gives. */
static void end_by_answer(bosh_session *session, const bosh_slot *slot, int error,
                          const bosh_stanza *body)
{
    const bosh_allocator *allocator = session->options.allocator;
    session->end_condition = slot->body.condition;
    session->end_text = bosh_mem_string(allocator, bosh_stanza_attribute(body, "condition"));
    session->end_uri =
        bosh_mem_string(allocator, bosh_stanza_child_text(body, "uri", BOSH_NS_BODY));
    bosh_session_end(session, error);
}

/* The server does not know the session (any more). */
static int is_unknown(const bosh_slot *slot)
{
    return slot->body.type == BOSH_BODY_TERMINATE &&
           slot->body.condition == BOSH_CONDITION_ITEM_NOT_FOUND;
}

/* TERM-4: after our own terminate, `terminate` on any request is its acknowledgement, unless the
 * session was gone before. */
static int is_accepted(const bosh_session *session, const bosh_slot *slot)
{
    if (slot->body.type != BOSH_BODY_TERMINATE)
        return 1;
    return session->state == BOSH_SESSION_TERMINATING && !is_unknown(slot);
}

/* Take the lowest slot, whose turn it is. What ends the session releases it, too. */
static void take_lowest(bosh_session *session, bosh_slot *slot)
{
    const bosh_stanza *body = slot->answer.root;
    int is_end =
        slot->body.type == BOSH_BODY_TERMINATE && session->state != BOSH_SESSION_TERMINATING;
    int error =
        slot->kind == BOSH_SLOT_CREATE && !is_end ? take_parameters(session, body) : BOSH_OK;
    if (error) {
        end_by_answer(session, slot, error, body);
        return;
    }
    note_from(session, body);
    if (is_unknown(slot) && slot->attempts == 1) /* its only attempt has not been read (TERM-8) */
        bosh_item_prepend_list(&session->queue, &slot->items);
    bosh_session_settle(session, slot, is_accepted(session, slot));
    unsigned flags = slot->is_replay ? BOSH_LETTER_REPLAY : 0;
    if (BOSH_HAS_EXTRAS && slot->attempts > 1 && slot->kind == BOSH_SLOT_DATA &&
        bosh_stanza_attribute(body, "rid")) /* no server has a reason to send it; one does */
        flags |= BOSH_LETTER_ECHO;
    session->is_last_empty = slot->body.first_payload == NULL;
    if (!session->has_gap)
        bosh_answer_deliver(session, &slot->answer, slot->body.first_payload, flags);
    if (is_end)
        end_by_answer(session, slot,
                      slot->body.condition ? BOSH_ERR_CONDITION : BOSH_ERR_TERMINATED, body);
    else if (slot->kind == BOSH_SLOT_TERMINATE)
        bosh_session_end(session, session->close_error);
    else
        bosh_window_release(session, slot);
}

/* ORD-1: move answers whose turn has come to the inbox. */
void bosh_answer_advance(bosh_session *session)
{
    bosh_slot *slot;
    while (session->state != BOSH_SESSION_DEAD && session->inbox_count < BOSH_INBOX &&
           (slot = session->lowest) && slot->state == BOSH_SLOT_ANSWERED &&
           !bosh_window_is_withheld(slot))
        take_lowest(session, slot);
    if (session->state == BOSH_SESSION_DEAD || session->terminate_deadline_ms != BOSH_NEVER)
        return;
    for (slot = session->lowest; slot; slot = slot->next)
        if (slot->state == BOSH_SLOT_ANSWERED && slot->body.type == BOSH_BODY_TERMINATE)
            session->terminate_deadline_ms =
                session->now_ms + GRACE_LOWER_MS; /* lower ones get a moment */
}

/* The answer to `slot` tells what it took to get here (HOLD-4, INV-11). */
static void learn_timing(bosh_session *session, bosh_slot *slot)
{
    int is_empty = slot->body.first_payload == NULL && !bosh_window_is_passed_over(slot);
    bosh_slot *next = slot->next;
    int is_early = session->now_ms - slot->started_ms < session->wait_s * 1000u;
    if (slot->is_login && slot->attempts == 1)
        bosh_timing_sample(session, slot);
    if (next && next->state == BOSH_SLOT_INFLIGHT && is_empty && is_early && next->attempts == 1) {
        next->is_proven = 1;
        bosh_timing_sample(session, next);
    }
    if (slot->kind == BOSH_SLOT_EMPTY && is_empty && !next && session->wait_s > 1 &&
        session->now_ms - slot->started_ms < 500)
        session->early_answers += session->early_answers < UINT8_MAX;
    else
        session->early_answers = 0;
}

/* RTX-13: a repeated request that the server does not know any more was dropped unanswered when its
 * connection broke, if the one behind it was processed: that one is open, or has been answered. */
static int is_forgotten(const bosh_slot *slot)
{
    const bosh_slot *next = slot->next;
    int is_next_refused =
        next && next->state == BOSH_SLOT_ANSWERED && next->body.type == BOSH_BODY_TERMINATE;
    int is_ordinary = slot->kind == BOSH_SLOT_EMPTY || slot->kind == BOSH_SLOT_DATA;
    return is_ordinary && slot->attempts > 1 && next && next->attempts && !is_next_refused &&
           is_unknown(slot) && !slot->body.first_payload;
}

/* It counts as an empty answer. What came behind it is not told before the session is known to
 * live: if it does not, nobody knows what the answer to the forgotten one held. */
static void pass_over(bosh_session *session, bosh_slot *slot)
{
    bosh_slot *next = slot->next;
    slot->body.type = BOSH_BODY_PLAIN;
    slot->is_passed_over = 1;
    next->is_withheld = next->state == BOSH_SLOT_ANSWERED;
    session->doubt_until_ms = session->now_ms + bosh_timing_doubt_ms(session);
}

/* An answer that settles it. */
static void end_doubt(bosh_session *session, const bosh_slot *slot)
{
    bosh_slot *lowest = session->lowest;
    session->doubt_until_ms = 0;
    if (!lowest->is_withheld)
        return;
    lowest->is_withheld = 0;
    if (is_accepted(session, slot))
        return;
    bosh_session_settle(session, lowest, 0);
    bosh_window_release(session, lowest);
}

static void accept(bosh_session *session, bosh_slot *slot)
{
    if (BOSH_HAS_EXTRAS && is_forgotten(slot))
        pass_over(session, slot);
    else if (BOSH_HAS_EXTRAS)
        end_doubt(session, slot);
    slot->state = BOSH_SLOT_ANSWERED;
    slot->broken = 0;
    slot->error = 0;
    session->last_answer_ms = session->now_ms;
    learn_timing(session, slot);
    if (BOSH_HAS_TRACE && session->options.trace && slot->answer.source)
        session->options.trace(session->options.trace_user, slot->answer.source,
                               slot->answer.source_size);
    bosh_answer_advance(session);
}

/* --------------------------------------------------------------------------- from the transport */

/* Is everything before this answer told, so that parts of it can be? (ORD-1) */
static int is_next_told(const bosh_session *session, const bosh_slot *slot)
{
    return session->options.sink && session->state == BOSH_SESSION_OPEN && !session->inbox_count &&
           !bosh_window_doubt_until(session) && slot == session->lowest;
}

int bosh_session_bytes(bosh_session *session, uint32_t attempt, const void *data, size_t size)
{
    bosh_slot *slot = bosh_window_find(session, attempt);
    if (!slot)
        return BOSH_OK;
    if (!slot->read_error && !slot->reader) {
        slot->read_error =
            bosh_reader_new(session->options.allocator, &session->options.limits, &slot->reader);
        if (BOSH_HAS_SOURCE && !slot->read_error)
            bosh_reader_reuse(slot->reader, &session->spare);
        if (BOSH_HAS_PARTS && !slot->read_error && is_next_told(session, slot))
            bosh_reader_divert(slot->reader, session->options.sink, session->options.sink_user);
    }
    if (!slot->read_error)
        slot->read_error = bosh_reader_feed(slot->reader, data, size);
    return slot->read_error;
}

/* The whole answer as a body, or what is wrong with it. */
static int read_answer(bosh_slot *slot)
{
    int error = slot->read_error;
    if (!error && !slot->reader)
        error = BOSH_ERR_RESPONSE_TRUNCATED;
    if (!error)
        error = bosh_reader_finish(slot->reader, &slot->answer);
    if (!error)
        error = bosh_body_read(&slot->answer, &slot->body);
    return error;
}

void bosh_session_answered(bosh_session *session, uint32_t attempt, int http_status,
                           uint32_t retry_after_s, bosh_time now_ms)
{
    bosh_slot *slot = bosh_window_find(session, attempt);
    if (!slot)
        return;
    session->now_ms = now_ms;
    slot->attempt = 0;
    slot->retry_after_s = retry_after_s;
    int error = read_answer(slot);
    bosh_window_cancel(session, slot); /* it is over */
    if (!error && (slot->body.type != BOSH_BODY_ERROR || slot->kind == BOSH_SLOT_CREATE)) {
        accept(session, slot); /* LEG-3: whatever the status */
        return;
    }
    bosh_document_free(&slot->answer, session->options.allocator);
    if (error)
        judge_status(session, slot, http_status, error);
    else
        repeat_all_up_to(session, slot); /* ERR-2 */
}

void bosh_session_failed(bosh_session *session, uint32_t attempt, int error, unsigned flags,
                         bosh_time now_ms)
{
    bosh_slot *slot = bosh_window_find(session, attempt);
    if (!slot)
        return;
    session->now_ms = now_ms;
    slot->attempt = 0;
    slot->is_stale = (flags & BOSH_FAILED_STALE) != 0;
    if (slot->read_error) /* we made the transport stop */
        error = slot->read_error;
    else if (error >= 0)
        error = BOSH_ERR_RESET;
    bosh_answer_break(session, slot, error);
}

void bosh_session_uploaded(bosh_session *session, uint32_t attempt, bosh_time now_ms)
{
    bosh_slot *slot = bosh_window_find(session, attempt);
    if (slot)
        slot->uploaded_ms = now_ms;
}
