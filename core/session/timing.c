/* SPDX-License-Identifier: MIT
 * When: attempt limits, back-off, the round trip, and the moment a session must be given up. */
#include "session/session.h"

#define GRACE_MS 15000u /* HTTP-10 */
#define WORST_RTT_MAX_MS                                                                           \
    30000u                  /* one slow answer must not make every later attempt live for ever */
#define CREATION_WAIT_S 30u /* CRE-17 */
#define ASSUMED_INACTIVITY_S 60u /* RTX-7 */
#define RETRY_AFTER_MAX_S 60u

/* A number in [0, range), from a generator that needs not be secret. */
static uint32_t roll(bosh_session *session, uint32_t range)
{
    uint32_t x = session->jitter;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    session->jitter = x;
    return range ? x % range : 0;
}

/* HTTP-10: how long an attempt may take, grace included. */
uint32_t bosh_timing_limit_ms(const bosh_session *session, bosh_slot_kind kind)
{
    uint32_t wait_s = session->wait_s;
    uint32_t grace_ms = session->worst_rtt_ms > GRACE_MS / 2 ? session->worst_rtt_ms * 2 : GRACE_MS;
    if (kind == BOSH_SLOT_CREATE && wait_s > CREATION_WAIT_S)
        wait_s = CREATION_WAIT_S;
    return wait_s * 1000u + grace_ms;
}

/* When the wait for an attempt is over; BOSH_NEVER for a slot without one. */
bosh_time bosh_timing_over_at(const bosh_session *session, const bosh_slot *slot)
{
    if (slot->state != BOSH_SLOT_INFLIGHT)
        return BOSH_NEVER;
    return slot->started_ms + bosh_timing_limit_ms(session, slot->kind);
}

/* RTX-6: at once after a stale connection, else 0.1, 0.5, 1, 2, 4, 8 s, give or take 20 %. A
 * creation is paced more slowly: nothing is lost by it (CRE-16). */
uint32_t bosh_timing_backoff_ms(bosh_session *session, const bosh_slot *slot)
{
    static const uint16_t steps_ms[] = {100, 500, 1000, 2000, 4000, 8000};
    uint32_t last = sizeof(steps_ms) / sizeof(steps_ms[0]) - 1;
    uint32_t retry_after_s =
        slot->retry_after_s < RETRY_AFTER_MAX_S ? slot->retry_after_s : RETRY_AFTER_MAX_S;
    if (slot->is_stale && slot->broken <= 1 && !retry_after_s)
        return 0;
    uint32_t step = slot->broken ? slot->broken - 1u : 0;
    if (slot->kind == BOSH_SLOT_CREATE)
        step += 2;
    uint32_t base_ms = steps_ms[step < last ? step : last];
    uint32_t delay_ms = base_ms - base_ms / 5 + roll(session, base_ms * 2 / 5 + 1);
    if (delay_ms < retry_after_s * 1000u)
        delay_ms = retry_after_s * 1000u;
    /* INA-2: to wait longer would cost the session. */
    uint32_t half_ms = session->inactivity_s * 500u;
    return half_ms && half_ms < delay_ms ? half_ms : delay_ms;
}

/* RTX-13: a server that does not know the session says so within a round trip; one that holds the
 * request knows it. */
uint32_t bosh_timing_doubt_ms(const bosh_session *session)
{
    return 1000u + 2u * session->srtt_ms;
}

/* RTX-7: how long the server keeps a session without requests, halved. */
uint32_t bosh_timing_half_inactivity_ms(const bosh_session *session)
{
    uint32_t inactivity_s = session->inactivity_s ? session->inactivity_s : ASSUMED_INACTIVITY_S;
    return inactivity_s * 500u;
}

/* RTX-7: the server must have dropped a session that it has not heard of for this long. BOSH_NEVER
 * while nothing is broken. */
bosh_time bosh_timing_lost_at(const bosh_session *session)
{
    if (!session->sid || !bosh_window_has_broken(session))
        return BOSH_NEVER;
    bosh_time lost_ms = session->last_answer_ms + 2 * bosh_timing_half_inactivity_ms(session) +
                        bosh_timing_limit_ms(session, BOSH_SLOT_DATA);
    return lost_ms > session->lost_not_before_ms ? lost_ms : session->lost_not_before_ms;
}

/* Quick to believe a short round trip, slow to believe a long one: the order guard (HOLD-4) waits
 * as long as this says, and one answer that took its time must not hold up what is sent after
 * it. */
void bosh_timing_sample(bosh_session *session, const bosh_slot *slot)
{
    bosh_time since_ms = session->now_ms - slot->started_ms;
    if (since_ms > 60000) /* or negative */
        return;
    uint32_t rtt_ms = (uint32_t)since_ms;
    uint32_t srtt_ms = session->srtt_ms, most_ms = srtt_ms * 2 + 50;
    if (!srtt_ms)
        session->srtt_ms = rtt_ms;
    else if (rtt_ms < srtt_ms)
        session->srtt_ms = (srtt_ms + rtt_ms) / 2;
    else
        session->srtt_ms = (srtt_ms * 7 + (rtt_ms < most_ms ? rtt_ms : most_ms)) / 8;
    if (rtt_ms > session->worst_rtt_ms)
        session->worst_rtt_ms = rtt_ms < WORST_RTT_MAX_MS ? rtt_ms : WORST_RTT_MAX_MS;
}

static bosh_time earlier(bosh_time a, bosh_time b)
{
    return a < b ? a : b;
}

bosh_time bosh_session_deadline(const bosh_session *session)
{
    bosh_time at_ms = earlier(bosh_window_next_at(session), bosh_timing_lost_at(session));
    for (const bosh_slot *slot = session->lowest; slot; slot = slot->next)
        at_ms = earlier(at_ms, bosh_timing_over_at(session, slot));
    if (bosh_window_doubt_until(session) && bosh_window_is_asking(session))
        at_ms = earlier(at_ms, bosh_window_doubt_until(session));
    at_ms = earlier(at_ms, session->close_deadline_ms);
    return earlier(at_ms, session->terminate_deadline_ms);
}
