/* SPDX-License-Identifier: MIT
 * session/timing: limits, back-off, and when to come back. */
#include "tests/unit/solo.h"
#include "tests/check.h"

static solo s;

static void begin(const char *attributes)
{
    solo_init(&s);
    solo_open(&s, attributes);
    solo_send(&s);
}

static void end(void)
{
    CHECK_INT(solo_deinit(&s), 0);
}

/* HTTP-10, RSP-2 */
static void attempt_may_take_the_wait_and_a_grace(void)
{
    begin("wait='20' requests='2' hold='1' inactivity='30'");
    CHECK_INT(s.session.slots[0].request.time_limit_ms, 35000);
    CHECK_INT(bosh_session_deadline(&s.session), s.now_ms + 35000);
    solo_advance(&s, 34999);
    CHECK_INT(s.cancels, 0);
    solo_advance(&s, 1);
    CHECK_INT(s.cancels, 1);
    CHECK_STR(solo_told(&s), "retry ERR_TIMEOUT");
    end();
}

/* CRE-17 */
static void creation_may_take_forty_five_seconds(void)
{
    solo_init(&s);
    solo_create(&s);
    CHECK_INT(bosh_session_deadline(&s.session), s.now_ms + 45000);
    end();
}

/* HTTP-10: twice the worst round trip where that is more. */
static void grace_grows_with_the_round_trip(void)
{
    solo_init(&s);
    solo_create(&s);
    s.now_ms += 10000;
    solo_answer(&s, 1, "sid='S' ver='1.11' wait='20' requests='2' hold='1'", "");
    bosh_session_want_poll(&s.session, 1);
    solo_send(&s);
    CHECK_INT(bosh_session_deadline(&s.session), s.now_ms + 20000 + 20000);
    end();
}

/* The delay that the newest break brought. */
static uint32_t delay_of_break(int error, unsigned flags, uint32_t retry_after_s)
{
    uint32_t attempt = s.session.last_attempt;
    if (retry_after_s)
        bosh_session_answered(&s.session, attempt, 503, retry_after_s, s.now_ms);
    else
        solo_fail(&s, attempt, error, flags);
    uint32_t delay_ms = (uint32_t)(bosh_session_deadline(&s.session) - s.now_ms);
    solo_advance(&s, delay_ms);
    CHECK_INT(solo_send(&s), 1);
    return delay_ms;
}

/* RTX-6 */
static void back_off_grows_to_eight_seconds(void)
{
    static const uint32_t steps_ms[] = {100, 500, 1000, 2000, 4000, 8000, 8000, 8000};
    int is_varied = 0;
    begin("wait='50' requests='2' hold='1' inactivity='3600'");
    for (size_t i = 0; i < sizeof(steps_ms) / sizeof(steps_ms[0]); i++) {
        uint32_t delay_ms = delay_of_break(BOSH_ERR_RESET, 0, 0);
        CHECK(delay_ms >= steps_ms[i] * 8 / 10 && delay_ms <= steps_ms[i] * 12 / 10);
        is_varied |= delay_ms != steps_ms[i];
    }
    CHECK(is_varied);
    end();
}

/* RTX-6: an ordinary keep-alive race costs nothing, but only once. */
static void stale_connection_is_repeated_at_once(void)
{
    begin(SOLO_USUAL);
    CHECK_INT(delay_of_break(BOSH_ERR_RESET, BOSH_FAILED_STALE, 0), 0);
    CHECK(delay_of_break(BOSH_ERR_RESET, BOSH_FAILED_STALE, 0) >= 400);
    end();
}

/* RTX-6 */
static void answer_that_says_when_is_believed_up_to_a_minute(void)
{
    begin("wait='50' requests='2' hold='1' inactivity='3600'");
    CHECK_INT(delay_of_break(0, 0, 20), 20000);
    CHECK_INT(delay_of_break(0, 0, 100000), 60000);
    end();
}

static void answer_resets_the_back_off(void)
{
    begin(SOLO_USUAL);
    delay_of_break(BOSH_ERR_RESET, 0, 0);
    delay_of_break(BOSH_ERR_RESET, 0, 0);
    solo_answer(&s, s.session.last_attempt, "", "");
    solo_send(&s);
    CHECK(delay_of_break(BOSH_ERR_RESET, 0, 0) <= 120);
    end();
}

/* Everything breaks from here on; returns after how long the session was given up. */
static uint64_t ms_until_lost(void)
{
    bosh_time begin_ms = s.now_ms;
    for (int i = 0; i < 1000 && s.session.state == BOSH_SESSION_OPEN; i++) {
        for (size_t n = 0; n < BOSH_SLOTS; n++)
            if (s.session.slots[n].attempt)
                solo_fail(&s, s.session.slots[n].attempt, BOSH_ERR_CONNECT, 0);
        solo_advance(&s, bosh_session_deadline(&s.session) - s.now_ms);
        solo_send(&s);
    }
    return s.now_ms - begin_ms;
}

/* RTX-7 */
static void session_is_lost_after_inactivity_and_one_attempt(void)
{
    begin(SOLO_USUAL);
    CHECK_INT(ms_until_lost(), 30000 + 65000);
    solo_told(&s);
    CHECK_INT(s.session.end_error, BOSH_ERR_SESSION_LOST);
    end();
    begin("wait='20' requests='2' hold='1'"); /* no inactivity: a minute is assumed */
    CHECK_INT(ms_until_lost(), 60000 + 35000);
    end();
}

/* INA-3: however late it is, what is unanswered is tried once more. */
static void session_is_asked_once_more_after_a_long_sleep(void)
{
    begin(SOLO_USUAL);
    bosh_session_nudge(&s.session, s.now_ms, 3600000);
    CHECK_INT(solo_send(&s), 1);
    CHECK_INT(s.cancels, 1);
    CHECK(!s.is_new);
    CHECK_INT(ms_until_lost(), 65000);
    end();
}

static void nudge_repeats_what_waits_at_once(void)
{
    begin("wait='50' requests='2' hold='1' inactivity='3600'");
    for (int i = 0; i < 5; i++)
        delay_of_break(BOSH_ERR_CONNECT, 0, 0);
    solo_fail(&s, s.session.last_attempt, BOSH_ERR_CONNECT, 0);
    CHECK_INT(solo_send(&s), 0);
    bosh_session_nudge(&s.session, s.now_ms, 0);
    CHECK_INT(solo_send(&s), 1);
    end();
}

static void sample(bosh_time sent_ms, bosh_time answered_ms)
{
    bosh_slot slot = {.started_ms = sent_ms};
    s.session.now_ms = answered_ms;
    bosh_timing_sample(&s.session, &slot);
}

static void round_trip_is_smoothed_and_nonsense_is_left_out(void)
{
    solo_init(&s);
    s.session.options = s.options;
    bosh_session_reset(&s.session);
    sample(1000, 1080);
    CHECK_INT(s.session.srtt_ms, 80);
    sample(2000, 2160);
    CHECK_INT(s.session.srtt_ms, 90);
    CHECK_INT(s.session.worst_rtt_ms, 160);
    sample(3000, 2000);
    sample(3000, 99000);
    CHECK_INT(s.session.srtt_ms, 90);
    end();
}

static void session_that_is_over_has_no_deadline(void)
{
    begin(SOLO_USUAL);
    bosh_session_end(&s.session, BOSH_ERR_ABORTED);
    CHECK(bosh_session_deadline(&s.session) == BOSH_NEVER);
    end();
}

static const check_test tests[] = {
    {"attempt_may_take_the_wait_and_a_grace", attempt_may_take_the_wait_and_a_grace},
    {"creation_may_take_forty_five_seconds", creation_may_take_forty_five_seconds},
    {"grace_grows_with_the_round_trip", grace_grows_with_the_round_trip},
    {"back_off_grows_to_eight_seconds", back_off_grows_to_eight_seconds},
    {"stale_connection_is_repeated_at_once", stale_connection_is_repeated_at_once},
    {"answer_that_says_when_is_believed_up_to_a_minute",
     answer_that_says_when_is_believed_up_to_a_minute},
    {"answer_resets_the_back_off", answer_resets_the_back_off},
    {"session_is_lost_after_inactivity_and_one_attempt",
     session_is_lost_after_inactivity_and_one_attempt},
    {"session_is_asked_once_more_after_a_long_sleep",
     session_is_asked_once_more_after_a_long_sleep},
    {"nudge_repeats_what_waits_at_once", nudge_repeats_what_waits_at_once},
    {"round_trip_is_smoothed_and_nonsense_is_left_out",
     round_trip_is_smoothed_and_nonsense_is_left_out},
    {"session_that_is_over_has_no_deadline", session_that_is_over_has_no_deadline},
};
CHECK_MAIN(tests)
