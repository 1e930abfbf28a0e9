/* SPDX-License-Identifier: MIT
 * The BOSH session: its states, its events upward and its ends. */
#include "session/session.h"
#include "base/mem.h"

#include <stddef.h>
#include <string.h>

static void drop_letter(bosh_session *session)
{
    bosh_letter *letter = &session->inbox[session->inbox_first];
    bosh_document_recycle(&letter->document, &session->spare, session->options.allocator);
    session->inbox_first = (uint8_t)((session->inbox_first + 1u) % BOSH_INBOX);
    session->inbox_count--;
}

void bosh_session_reset(bosh_session *session)
{
    const bosh_allocator *allocator = session->options.allocator;
    bosh_session_end(session, BOSH_OK); /* no slot is in use any more */
    for (size_t i = 0; i < BOSH_SLOTS; i++)
        bosh_buf_free(&session->slots[i].head);
    while (session->inbox_count)
        drop_letter(session);
    if (BOSH_HAS_SOURCE)
        bosh_reader_spare_free(&session->spare, allocator);
    bosh_item_free_list(allocator, &session->queue);
    bosh_item_free_list(allocator, &session->unknown);
    bosh_item_free_list(allocator, &session->doubtful);
    bosh_mem_free_secret(allocator, session->sid); /* SEC-7 */
    bosh_mem_free(allocator, session->from);
    bosh_mem_free(allocator, session->end_text);
    bosh_mem_free(allocator, session->end_uri);
    memset(session, 0, offsetof(bosh_session, last_attempt));
    for (size_t i = BOSH_SLOTS; i--;) {
        session->slots[i].next = session->free;
        session->free = &session->slots[i];
    }
    session->wait_s = session->options.wait_s;
    session->hold = 1;
    session->requests = 1;
    session->terminate_deadline_ms = BOSH_NEVER;
    session->close_deadline_ms = BOSH_NEVER;
}

/* The dice of the back-off; the generator stays at zero, so never zero. */
static int draw_jitter(bosh_session *session)
{
    if (session->options.entropy(&session->jitter, sizeof(session->jitter),
                                 session->options.entropy_user))
        return BOSH_ERR_ENTROPY;
    session->jitter |= 1;
    return BOSH_OK;
}

int bosh_session_open(bosh_session *session, bosh_time now_ms)
{
    int error = draw_jitter(session);
    session->now_ms = now_ms;
    /* A transport with one connection cannot send beside a held poll: keep the holding short. */
    if (!bosh_window_is_parallel(session) && session->wait_s > 5)
        session->wait_s = 5;
    if (!error)
        error = bosh_window_create(session, 0);
    if (error)
        return error;
    session->last_answer_ms = now_ms;
    session->state = BOSH_SESSION_CREATING;
    return BOSH_OK;
}

int bosh_session_resume(bosh_session *session, bosh_time now_ms)
{
    int error = draw_jitter(session);
    session->now_ms = now_ms;
    if (error)
        return error;
    session->is_opened_told = 1;
    session->is_poll_wanted = 1;
    session->lost_not_before_ms = now_ms + bosh_timing_limit_ms(session, BOSH_SLOT_DATA);
    session->state = BOSH_SESSION_OPEN;
    return BOSH_OK;
}

int bosh_session_attach(bosh_session *session, const bosh_attachment *made, bosh_time now_ms)
{
    if (!made->sid || !made->sid[0] || !made->rid || made->rid >= BOSH_RID_MAX || !made->requests)
        return BOSH_ERR_ARGUMENT;
    session->sid = bosh_mem_string(session->options.allocator, made->sid);
    if (!session->sid)
        return BOSH_ERR_MEMORY;
    session->next_rid = made->rid;
    session->wait_s = made->wait_s;
    session->inactivity_s = made->inactivity_s;
    session->requests = made->requests;
    session->hold = made->requests > 1 && made->hold; /* RSP-4 */
    session->last_answer_ms = now_ms;
    return bosh_session_resume(session, now_ms);
}

void bosh_session_queue(bosh_session *session, bosh_item *item)
{
    bosh_item_push(&session->queue, item);
}

void bosh_session_want_poll(bosh_session *session, int is_wanted)
{
    session->is_poll_wanted = is_wanted != 0;
}

int bosh_session_is_recovering(const bosh_session *session)
{
    return bosh_window_doubt_until(session) || session->blocked_until_ms ||
           bosh_window_has_broken(session);
}

/* ---------------------------------------------------------------------------------------- ends */

/* The rid is done with: tell of its tickets once, one way or the other. */
void bosh_session_settle(bosh_session *session, bosh_slot *slot, int is_accepted)
{
    if (slot->kind == BOSH_SLOT_RESTART)
        session->restart_attempts = slot->attempts;
    if (bosh_window_is_passed_over(slot)) {
        bosh_item_append_list(&session->doubtful, &slot->items);
        return;
    }
    if (BOSH_HAS_EXTRAS)
        bosh_item_prepend_list(&slot->items, &session->doubtful);
    if (!is_accepted) {
        bosh_item_append_list(&session->unknown, &slot->items);
        return;
    }
    for (const bosh_item *item = slot->items.first; item; item = item->next)
        if (item->ticket > session->accepted)
            session->accepted = item->ticket;
    bosh_item_free_list(session->options.allocator, &slot->items);
}

/* TERM-8: nothing is sent any more; what is unanswered is unknown. */
void bosh_session_finish(bosh_session *session, int error, int http_status)
{
    if (session->state == BOSH_SESSION_DEAD)
        return;
    session->end_error = error;
    session->end_http_status = http_status;
    for (bosh_slot *slot; (slot = session->lowest);) {
        bosh_session_settle(session, slot, 0);
        bosh_window_release(session, slot);
    }
    if (session->last_item) { /* it was promised to the terminate request */
        bosh_item_push(&session->queue, session->last_item);
        session->last_item = NULL;
    }
    session->terminate_deadline_ms = BOSH_NEVER;
    session->close_deadline_ms = BOSH_NEVER;
    session->state = BOSH_SESSION_DEAD;
}

void bosh_session_end(bosh_session *session, int error)
{
    bosh_session_finish(session, error, 0);
}

/* Deliver nothing more of what has arrived. Freed by the next poll: some of it may be in use. */
static void drop_inbox(bosh_session *session)
{
    for (size_t i = 0; i < BOSH_INBOX; i++)
        session->inbox[i] = (bosh_letter){session->inbox[i].document, NULL, BOSH_LETTER_TOLD};
}

void bosh_session_abandon(bosh_session *session, int error)
{
    bosh_session_end(session, error);
    bosh_item_free_list(session->options.allocator, &session->unknown);
    bosh_item_free_list(session->options.allocator, &session->queue);
    session->accepted_told = session->accepted;
    drop_inbox(session);
}

void bosh_session_close(bosh_session *session, bosh_item *last, bosh_time now_ms,
                        bosh_time deadline_ms)
{
    if (session->is_closing || session->state == BOSH_SESSION_DEAD) {
        bosh_item_free(session->options.allocator, last);
        return;
    }
    session->now_ms = now_ms;
    session->last_item = last;
    session->is_closing = 1;
    session->close_asked_ms = now_ms;
    session->close_deadline_ms = deadline_ms;
    if (!bosh_window_is_parallel(session)) /* the poll must come back first */
        session->close_deadline_ms += session->wait_s * 1000u;
    session->close_deadline_ms += bosh_window_spacing_ms(session); /* the terminate keeps it, too */
    if (!session->sid)
        bosh_session_end(session, session->close_error);
}

/* TERM-9: the moment given to lower rids is over. What they held is lost, and so is what the end
 * carries: whoever asks an archive for all behind the last stanza must not miss one before it. */
static void end_of_grace(bosh_session *session)
{
    if (session->state == BOSH_SESSION_TERMINATING) { /* TERM-6 */
        bosh_session_end(session, session->close_error);
        return;
    }
    for (bosh_slot *slot; (slot = session->lowest);) {
        if (slot->state == BOSH_SLOT_ANSWERED && slot->body.type == BOSH_BODY_TERMINATE) {
            bosh_answer_advance(session);
            return;
        }
        session->has_gap = 1;
        bosh_session_settle(session, slot, 0);
        bosh_window_release(session, slot);
    }
}

/* An attempt over its limit is abandoned and repeated (RTX-5); a session the server must have
 * dropped is given up (RTX-7). Where that ends it, the slots met from there on are free ones. */
static void check_limits(bosh_session *session)
{
    for (bosh_slot *slot = session->lowest; slot; slot = slot->next)
        if (bosh_timing_over_at(session, slot) <= session->now_ms)
            bosh_answer_break(session, slot, BOSH_ERR_TIMEOUT);
    if (bosh_timing_lost_at(session) <= session->now_ms)
        bosh_session_end(session, BOSH_ERR_SESSION_LOST);
}

void bosh_session_run(bosh_session *session, bosh_time now_ms)
{
    session->now_ms = now_ms;
    bosh_answer_advance(session); /* the inbox may have room again */
    if (BOSH_HAS_EXTRAS && session->doubt_until_ms <= now_ms && bosh_window_is_asking(session))
        session->doubt_until_ms = 0;
    check_limits(session);
    if (session->terminate_deadline_ms <= now_ms)
        end_of_grace(session);
    if (session->close_deadline_ms <= now_ms)
        bosh_session_end(session, session->close_error);
}

void bosh_session_nudge(bosh_session *session, bosh_time now_ms, uint64_t gap_ms)
{
    session->now_ms = now_ms;
    if (gap_ms) { /* INA-3: one more try, however late it is */
        session->last_answer_ms -=
            gap_ms < session->last_answer_ms ? gap_ms : session->last_answer_ms;
        session->lost_not_before_ms = now_ms + bosh_timing_limit_ms(session, BOSH_SLOT_DATA);
    }
    for (bosh_slot *slot = session->lowest; slot; slot = slot->next) {
        if (slot->state == BOSH_SLOT_WAITING) {
            slot->start_at_ms = now_ms;
        } else if (slot->state == BOSH_SLOT_INFLIGHT && slot->kind != BOSH_SLOT_CREATE) {
            slot->is_outdated = 1;
            slot->start_at_ms = now_ms;
        }
    }
}

static bosh_time rebased(bosh_time at_ms, bosh_time from_ms, bosh_time to_ms)
{
    if (at_ms >= from_ms)
        return to_ms + (at_ms - from_ms);
    return from_ms - at_ms < to_ms ? to_ms - (from_ms - at_ms) : 0;
}

void bosh_session_rebase(bosh_session *session, bosh_time from_ms, bosh_time to_ms)
{
    session->now_ms = to_ms;
    session->last_answer_ms = rebased(session->last_answer_ms, from_ms, to_ms);
    session->last_start_ms = rebased(session->last_start_ms, from_ms, to_ms);
    session->lost_not_before_ms = rebased(session->lost_not_before_ms, from_ms, to_ms);
    if (session->terminate_deadline_ms != BOSH_NEVER)
        session->terminate_deadline_ms = rebased(session->terminate_deadline_ms, from_ms, to_ms);
    for (bosh_slot *slot = session->lowest; slot; slot = slot->next)
        slot->start_at_ms = rebased(slot->start_at_ms, from_ms, to_ms);
}

/* -------------------------------------------------------------------------------- events upward */

/* The next payload of the oldest answer; an exhausted answer is freed by the poll after its last
 * payload, so that the payload stays valid in between. */
static int poll_inbox(bosh_session *session, bosh_session_event *event)
{
    while (session->inbox_count) {
        bosh_letter *letter = &session->inbox[session->inbox_first];
        event->flags = letter->flags;
        letter->flags |= BOSH_LETTER_SEEN;
        if (session->options.tells_answers && !(letter->flags & BOSH_LETTER_TOLD)) {
            letter->flags |= BOSH_LETTER_TOLD;
            event->type = BOSH_SESSION_EVENT_ANSWER;
            event->element = letter->document.root;
            return 1;
        }
        if (letter->next_payload) {
            event->type = BOSH_SESSION_EVENT_PAYLOAD;
            event->element = letter->next_payload;
            letter->next_payload = bosh_body_next_payload(letter->next_payload);
            return 1;
        }
        drop_letter(session);
        /* There is room: answers that had to stay in their slots come in, so that requests flow. */
        bosh_answer_advance(session);
    }
    return 0;
}

static int poll_retry(bosh_session *session, bosh_session_event *event)
{
    event->type = BOSH_SESSION_EVENT_RETRY;
    if (session->blocked_error) {
        event->error = session->blocked_error;
        event->delay_ms = 500;
        session->blocked_error = 0;
        return 1;
    }
    for (bosh_slot *slot = session->lowest; slot; slot = slot->next) {
        if (!slot->error || slot->is_retry_told)
            continue;
        slot->is_retry_told = 1;
        event->error = slot->error;
        event->http_status = slot->http_status;
        event->delay_ms = slot->retry_in_ms;
        return 1;
    }
    return 0;
}

int bosh_session_poll(bosh_session *session, bosh_session_event *event)
{
    memset(event, 0, sizeof(*event));
    if (session->sid && !session->is_opened_told) {
        session->is_opened_told = 1;
        event->type = BOSH_SESSION_EVENT_OPENED;
        return 1;
    }
    if (session->accepted_told < session->accepted) {
        session->accepted_told = session->accepted;
        event->type = BOSH_SESSION_EVENT_ACCEPTED;
        event->ticket = session->accepted;
        return 1;
    }
    if (poll_inbox(session, event) || poll_retry(session, event))
        return 1;
    if (session->state == BOSH_SESSION_DEAD && !session->is_end_told) {
        session->is_end_told = 1;
        event->type = BOSH_SESSION_EVENT_ENDED;
        event->error = session->end_error;
        return 1;
    }
    return 0;
}
