/* SPDX-License-Identifier: MIT
 * session/session: the states of a session and its ends. */
#include "tests/unit/solo.h"
#include "base/mem.h"
#include "tests/check.h"

static solo s;

static void begin(void)
{
    solo_init(&s);
    solo_open(&s, SOLO_USUAL);
    solo_send(&s); /* attempt 2, the poll */
    s.now_ms += 100;
}

static void end(void)
{
    CHECK_INT(solo_deinit(&s), 0);
}

static void close_with(const char *last, uint64_t limit_ms)
{
    bosh_item *item = last ? bosh_item_new(&s.allocator, last, strlen(last), NULL, 0, 0, 0) : NULL;
    bosh_session_close(&s.session, item, s.now_ms, s.now_ms + limit_ms);
}

/* A deadline that is not ahead means work: after a few turns it must be ahead. */
static int is_busy(void)
{
    for (int i = 0; i < 10; i++) {
        if (bosh_session_deadline(&s.session) > s.now_ms)
            return 0;
        solo_advance(&s, 0);
        solo_send(&s);
    }
    return 1;
}

/* TERM-1, TERM-4 */
static void close_sends_the_queue_with_the_terminate(void)
{
    begin();
    solo_queue(&s, "<a/>", 0, 1);
    close_with("<presence/>", 5000);
    CHECK_INT(solo_send(&s), 1);
    CHECK(strstr(s.entity, "type='terminate'><a/><presence/></body>"));
    CHECK_INT(s.session.state, BOSH_SESSION_TERMINATING);
    solo_answer(&s, 3, "", "");
    solo_answer(&s, 2, "type='terminate'", "<message/>"); /* TERM-5 */
    CHECK_STR(solo_told(&s), "accepted 1, message, ended OK");
    end();
}

/* TERM-3 */
static void nothing_new_leaves_after_the_terminate(void)
{
    begin();
    close_with(NULL, 5000);
    CHECK_INT(solo_send(&s), 1);
    solo_queue(&s, "<a/>", 0, 1);
    solo_answer(&s, 2, "", "");
    s.now_ms += 1000;
    CHECK_INT(solo_send(&s), 0);
    end();
}

/* TERM-4: `other-request` and friends on any request are no errors after we asked. */
static void terminate_is_acknowledged_on_any_request(void)
{
    static const char *const answers[] = {"type='terminate'",
                                          "type='terminate' condition='other-request'", ""};
    for (size_t i = 0; i < 3; i++) {
        begin();
        close_with(NULL, 5000);
        solo_send(&s);
        solo_answer(&s, 2, answers[i], "");
        CHECK_STR(solo_told(&s), "");
        solo_answer(&s, 3, "type='terminate'", "");
        CHECK_STR(solo_told(&s), "ended OK");
        end();
    }
}

/* TERM-6 */
static void terminate_without_answer_ends_after_two_seconds(void)
{
    begin();
    close_with(NULL, 5000);
    solo_send(&s);
    CHECK_INT(bosh_session_deadline(&s.session), s.now_ms + 2000);
    solo_advance(&s, 1999);
    CHECK_STR(solo_told(&s), "");
    solo_advance(&s, 1);
    CHECK_STR(solo_told(&s), "ended OK");
    end();
}

/* TERM-2, OVR-3 */
static void terminate_takes_the_extra_slot_after_a_second(void)
{
    begin();
    solo_queue(&s, "<a/>", 0, 1);
    CHECK_INT(solo_send(&s), 1); /* the window is full */
    close_with(NULL, 5000);
    CHECK_INT(solo_send(&s), 0);
    CHECK_INT(bosh_session_deadline(&s.session), s.now_ms + 1000);
    solo_advance(&s, 1000);
    CHECK_INT(solo_send(&s), 1);
    CHECK(strstr(s.entity, "type='terminate'"));
    end();
}

/* A queue larger than one body is sent in several, the last with the terminate. */
static void close_drains_a_long_queue(void)
{
    char payload[1201];
    memset(payload, 'x', 1200);
    payload[1200] = '\0';
    begin();
    for (unsigned n = 1; n <= 3; n++)
        solo_queue(&s, payload, 0, n);
    close_with(NULL, 60000);
    for (uint32_t attempt = 3; attempt <= 5; attempt++) {
        CHECK_INT(solo_send(&s), 1);
        CHECK_INT(strstr(s.entity, "type='terminate'") != NULL, attempt == 5);
        CHECK(!is_busy());
        solo_answer(&s, attempt - 1, "", "");
        s.now_ms += 100;
    }
    solo_answer(&s, 5, "type='terminate'", "");
    CHECK_STR(solo_told(&s), "accepted 3, ended OK");
    end();
}

/* The limit of a close: what could not be sent by then stays in the queue, or is unknown. */
static void close_ends_at_its_limit(void)
{
    char payload[1201];
    memset(payload, 'x', 1200);
    payload[1200] = '\0';
    begin();
    for (unsigned n = 1; n <= 3; n++)
        solo_queue(&s, payload, 0, n);
    close_with("<presence/>", 3000);
    CHECK_INT(solo_send(&s), 1); /* the server holds this and the poll */
    while (s.session.state == BOSH_SESSION_OPEN && !is_busy())
        solo_advance(&s, bosh_session_deadline(&s.session) - s.now_ms);
    CHECK_STR(solo_told(&s), "ended OK");
    CHECK_INT(s.session.unknown.first->ticket, 1);
    CHECK_INT(s.session.queue.first->ticket, 2);
    end();
}

/* A broken request is repeated first; that wait is no reason to be busy. */
static void close_while_a_request_is_broken_waits_without_being_busy(void)
{
    begin();
    for (int i = 0; i < 4; i++) {
        solo_fail(&s, s.session.last_attempt, BOSH_ERR_CONNECT, 0);
        solo_advance(&s, 9000);
        solo_send(&s);
    }
    solo_fail(&s, s.session.last_attempt, BOSH_ERR_CONNECT, 0);
    close_with(NULL, 20000);
    solo_advance(&s, 1500);
    CHECK(!is_busy());
    end();
}

/* No memory for the terminate, though the extra slot is free: tried again a little later. */
static void close_without_memory_waits_without_being_busy(void)
{
    begin();
    solo_queue(&s, "<a/>", 0, 1);
    CHECK_INT(solo_send(&s), 1); /* the window is full */
    solo_queue(&s, "<b/>", 0, 2);
    solo_queue(&s, "<c/>", 0, 3);
    close_with(NULL, 5000);
    s.alloc.fail_from = s.alloc.calls + 1;
    solo_advance(&s, 1000);
    CHECK(!is_busy());
    s.alloc.fail_from = 0;
    solo_advance(&s, 500);
    CHECK_INT(solo_send(&s), 1);
    CHECK(strstr(s.entity, "type='terminate'><b/><c/></body>"));
    end();
}

static void close_before_there_is_a_session_ends_at_once(void)
{
    solo_init(&s);
    solo_create(&s);
    close_with("<presence/>", 5000);
    CHECK_INT(s.cancels, 1);
    CHECK_STR(solo_told(&s), "ended OK");
    end();
}

static void second_close_changes_nothing(void)
{
    begin();
    close_with(NULL, 5000);
    close_with("<late/>", 99000);
    CHECK_INT(solo_send(&s), 1);
    CHECK(!strstr(s.entity, "<late/>"));
    end();
}

/* RTX-11 */
static void terminate_is_sent_three_times_at_most(void)
{
    unsigned copies = 1;
    begin();
    solo_answer(&s, 2, "", "");
    close_with(NULL, 5000);
    CHECK_INT(solo_send(&s), 1);
    while (s.session.state != BOSH_SESSION_DEAD) {
        solo_fail(&s, s.session.last_attempt, BOSH_ERR_RESET, 0);
        if (s.session.state == BOSH_SESSION_DEAD)
            break;
        solo_advance(&s, bosh_session_deadline(&s.session) - s.now_ms);
        copies += solo_send(&s);
    }
    CHECK_INT(copies, 3);
    CHECK_STR(solo_told(&s), "ended OK");
    end();
}

/* RTX-11: the server has forgotten us already; that is what we wanted. */
static void refused_terminate_is_a_good_end(void)
{
    begin();
    solo_answer(&s, 2, "", "");
    close_with(NULL, 5000);
    solo_send(&s);
    solo_answer_status(&s, 3, 404, "");
    CHECK_STR(solo_told(&s), "ended OK");
    end();
}

/* TERM-4, TERM-8: the terminate came too late to carry anything. */
static void terminate_to_a_lost_session_leaves_its_stanzas_unsent(void)
{
    begin();
    solo_answer(&s, 2, "", "");
    solo_queue(&s, "<a/>", 0, 1);
    close_with(NULL, 5000);
    solo_send(&s);
    solo_answer(&s, 3, "type='terminate' condition='item-not-found'", "");
    CHECK_STR(solo_told(&s), "ended OK");
    CHECK(s.session.unknown.first == NULL);
    CHECK_INT(s.session.queue.first->ticket, 1);
    end();
}

/* SM-5, TERM-8: each stanza is in exactly one place after the end. */
static void end_tells_unknown_from_unsent(void)
{
    begin();
    solo_queue(&s, "<a/>", 0, 1);
    solo_send(&s);
    solo_queue(&s, "<b/>", 0, 2);
    bosh_session_end(&s.session, BOSH_ERR_SESSION_LOST);
    CHECK_INT(s.cancels, 2);
    CHECK_INT(s.session.unknown.first->ticket, 1);
    CHECK(s.session.unknown.first->next == NULL);
    CHECK_INT(s.session.queue.first->ticket, 2);
    CHECK_STR(solo_told(&s), "ended ERR_SESSION_LOST");
    CHECK_STR(solo_told(&s), "");
    end();
}

static void abandoned_session_forgets_what_it_held(void)
{
    begin();
    solo_answer(&s, 2, "", "<message/>");
    solo_queue(&s, "<a/>", 0, 1);
    solo_send(&s);
    solo_queue(&s, "<b/>", 0, 2);
    bosh_session_abandon(&s.session, BOSH_ERR_EXPORTED);
    CHECK_STR(solo_told(&s), "ended ERR_EXPORTED");
    CHECK(s.session.unknown.first == NULL && s.session.queue.first == NULL);
    end();
}

static void session_can_be_used_again_after_reset(void)
{
    begin();
    bosh_session_reset(&s.session);
    bosh_session_reset(&s.session);
    solo_open(&s, SOLO_USUAL);
    CHECK_INT(s.session.state, BOSH_SESSION_OPEN);
    end();
}

/* SEC-7, SEC-10 */
static void sid_does_not_stay_behind(void)
{
    solo_init(&s);
    solo_create(&s);
    solo_answer(&s, 1, "sid='a-very-secret-sid' ver='1.11'", "");
    CHECK(world_alloc_holds(&s.alloc, "a-very-secret-sid", 17));
    bosh_session_reset(&s.session);
    CHECK(!world_alloc_holds(&s.alloc, "a-very-secret-sid", 17));
    end();
}

static const check_test tests[] = {
    {"close_sends_the_queue_with_the_terminate", close_sends_the_queue_with_the_terminate},
    {"nothing_new_leaves_after_the_terminate", nothing_new_leaves_after_the_terminate},
    {"terminate_is_acknowledged_on_any_request", terminate_is_acknowledged_on_any_request},
    {"terminate_without_answer_ends_after_two_seconds",
     terminate_without_answer_ends_after_two_seconds},
    {"terminate_takes_the_extra_slot_after_a_second",
     terminate_takes_the_extra_slot_after_a_second},
    {"close_drains_a_long_queue", close_drains_a_long_queue},
    {"close_ends_at_its_limit", close_ends_at_its_limit},
    {"close_while_a_request_is_broken_waits_without_being_busy",
     close_while_a_request_is_broken_waits_without_being_busy},
    {"close_without_memory_waits_without_being_busy",
     close_without_memory_waits_without_being_busy},
    {"close_before_there_is_a_session_ends_at_once", close_before_there_is_a_session_ends_at_once},
    {"second_close_changes_nothing", second_close_changes_nothing},
    {"terminate_is_sent_three_times_at_most", terminate_is_sent_three_times_at_most},
    {"refused_terminate_is_a_good_end", refused_terminate_is_a_good_end},
    {"terminate_to_a_lost_session_leaves_its_stanzas_unsent",
     terminate_to_a_lost_session_leaves_its_stanzas_unsent},
    {"end_tells_unknown_from_unsent", end_tells_unknown_from_unsent},
    {"abandoned_session_forgets_what_it_held", abandoned_session_forgets_what_it_held},
    {"session_can_be_used_again_after_reset", session_can_be_used_again_after_reset},
    {"sid_does_not_stay_behind", sid_does_not_stay_behind},
};
CHECK_MAIN(tests)
