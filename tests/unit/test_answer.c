/* SPDX-License-Identifier: MIT
 * session/answer: what an answer or a failure means. */
#include "tests/unit/solo.h"
#include "tests/check.h"

static solo s;

static void begin(void)
{
    solo_init(&s);
    solo_open(&s, SOLO_USUAL);
}

static void end(void)
{
    CHECK_INT(solo_deinit(&s), 0);
}

/* One poll (attempt 2) and, a moment later, one data request (attempt 3) are open. */
static void begin_with_two(void)
{
    begin();
    solo_send(&s);
    s.now_ms += 100;
    solo_queue(&s, "<message/>", 0, 1);
    CHECK_INT(solo_send(&s), 1);
    s.now_ms += 10;
}

/* Repeat the newest request, whatever its back-off. */
static void repeat(void)
{
    solo_advance(&s, 9000);
    CHECK_INT(solo_send(&s), 1);
}

#define M(id) "<message id='" id "'/>"

/* ORD-1, ORD-2 */
static void answers_are_delivered_in_rid_order(void)
{
    begin_with_two();
    solo_answer(&s, 3, "", M("c") M("d"));
    CHECK_STR(solo_told(&s), "");
    solo_answer(&s, 2, "", M("a") M("b"));
    CHECK_STR(solo_told(&s), "accepted 1, message a, message b, message c, message d");
    end();
}

/* ORD-3, RTX-4 */
static void second_answer_to_an_attempt_is_ignored(void)
{
    begin_with_two();
    solo_answer(&s, 2, "", M("a"));
    solo_answer(&s, 2, "", M("again"));
    solo_answer(&s, 77, "", M("never asked"));
    solo_answer(&s, 0, "", M("nothing"));
    CHECK_STR(solo_told(&s), "message a");
    end();
}

/* RTX-4 */
static void answer_to_a_superseded_attempt_is_ignored(void)
{
    begin();
    solo_send(&s);
    bosh_session_nudge(&s.session, s.now_ms, 0);
    CHECK_INT(s.cancels, 0); /* before it is repeated, its answer still counts */
    CHECK_INT(solo_send(&s), 1);
    CHECK_INT(s.cancels, 1);
    solo_answer(&s, 2, "", M("late"));
    CHECK_STR(solo_told(&s), "");
    solo_answer(&s, 3, "", M("good"));
    CHECK_STR(solo_told(&s), "message good");
    end();
}

/* RSP-2..7 */
static void parameters_are_taken_from_the_creation_answer(void)
{
    solo_init(&s);
    solo_create(&s);
    solo_answer(&s, 1,
                "sid='a&amp;b' wait='20' requests='3' hold='9' inactivity='75' polling='7'"
                " from='im.example.org'",
                "");
    CHECK_STR(s.session.sid, "a&b");
    CHECK_STR(s.session.from, "im.example.org");
    CHECK_INT(s.session.wait_s, 20);
    CHECK_INT(s.session.requests, 3);
    CHECK_INT(s.session.hold, 1);
    CHECK_INT(s.session.inactivity_s, 75);
    CHECK_INT(s.session.polling_s, 7);
    CHECK(s.session.is_legacy);
    end();
}

/* RSP-2..6 */
static void parameters_that_are_absent_or_wrong_have_defaults(void)
{
    solo_init(&s);
    solo_create(&s);
    solo_answer(&s, 1, "sid='S' ver='1.6' wait='90' requests='0' inactivity='x'", "");
    CHECK_INT(s.session.wait_s, 50);
    CHECK_INT(s.session.requests, 1);
    CHECK_INT(s.session.hold, 0);
    CHECK_INT(s.session.inactivity_s, 0);
    CHECK_INT(s.session.polling_s, 0);
    CHECK(!s.session.is_legacy);
    end();
}

/* RSP-17 */
static void parameters_in_later_answers_change_nothing(void)
{
    begin();
    solo_send(&s);
    solo_answer(&s, 2, "sid='T' wait='1' requests='9' inactivity='1' polling='99'", "");
    CHECK_STR(s.session.sid, "S");
    CHECK_INT(s.session.wait_s, 50);
    CHECK_INT(s.session.requests, 2);
    CHECK_INT(s.session.inactivity_s, 30);
    end();
}

/* RSP-1 */
static void creation_answer_without_sid_ends(void)
{
    solo_init(&s);
    solo_create(&s);
    solo_answer(&s, 1, "wait='50'", M("a"));
    CHECK_STR(solo_told(&s), "ended ERR_CREATION");
    end();
}

/* CRE-16: three in all, each with a rid of its own. */
static void broken_creation_is_made_anew_twice(void)
{
    solo_init(&s);
    solo_create(&s);
    uint64_t first = s.session.lowest->rid;
    solo_fail(&s, 1, BOSH_ERR_RESET, 0);
    CHECK_STR(solo_told(&s), "retry ERR_RESET");
    repeat();
    CHECK(s.is_new);
    CHECK(s.session.lowest->rid != first);
    CHECK_INT(s.session.lowest->rid, s.session.next_rid - 1); /* the only one */
    solo_fail(&s, 2, BOSH_ERR_CONNECT, 0);
    repeat();
    solo_fail(&s, 3, BOSH_ERR_CONNECT, 0);
    CHECK_STR(solo_told(&s), "ended ERR_CONNECT");
    end();
}

/* SEC-3: no repetition makes a certificate good. */
static void certificate_that_is_refused_ends_at_once(void)
{
    solo_init(&s);
    solo_create(&s);
    solo_fail(&s, 1, BOSH_ERR_CERTIFICATE, 0);
    CHECK_STR(solo_told(&s), "ended ERR_CERTIFICATE");
    end();
}

/* RTX-5, BODY-12: none of these counts as an answer. */
static void foreign_or_cut_answers_break_the_attempt(void)
{
    static const struct {
        int http_status;
        const char *entity, *told;
    } cases[] = {
        {200, "", "retry ERR_RESPONSE_TRUNCATED"},
        {200, "<body xmlns='" BOSH_NS_BODY "'><message/>", "retry ERR_RESPONSE_TRUNCATED"},
        {200, "<html><p>Log in to the hotel</p></html>", "retry ERR_RESPONSE_FOREIGN"},
        {200, "<body>", "retry ERR_RESPONSE_TRUNCATED"},
        {200, "nonsense", "retry ERR_RESPONSE_SYNTAX"},
        {502, "<html/>", "retry ERR_HTTP_STATUS"},
        {429, "", "retry ERR_HTTP_STATUS"},
        {301, "", "retry ERR_HTTP_REDIRECT"},
        {407, "", "retry ERR_HTTP_AUTH"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        solo_send(&s);
        solo_answer_status(&s, 2, cases[i].http_status, cases[i].entity);
        CHECK_STR(solo_told(&s), cases[i].told);
        CHECK(bosh_session_is_recovering(&s.session));
        repeat();
        CHECK(!s.is_new);
        solo_answer(&s, 3, "", M("a"));
        CHECK_STR(solo_told(&s), "message a");
        CHECK(!bosh_session_is_recovering(&s.session));
        end();
    }
}

/* transport.h: anything that is no error of the network counts as ERR_RESET. */
static void failure_without_an_error_counts_as_a_reset(void)
{
    begin();
    solo_send(&s);
    solo_fail(&s, 2, BOSH_OK, 0);
    CHECK_STR(solo_told(&s), "retry ERR_RESET");
    end();
}

/* LEG-3 */
static void body_wins_over_the_status(void)
{
    begin();
    solo_send(&s);
    solo_answer_status(&s, 2, 503, "<body xmlns='" BOSH_NS_BODY "'><message id='a'/></body>");
    CHECK_STR(solo_told(&s), "message a");
    end();
}

/* BODY-11 */
static void third_doctype_for_one_rid_ends(void)
{
    begin();
    solo_send(&s);
    for (uint32_t attempt = 2; attempt < 4; attempt++) {
        solo_answer_status(&s, attempt, 200, "<!DOCTYPE html><html/>");
        CHECK_STR(solo_told(&s), "retry ERR_RESPONSE_DOCTYPE");
        repeat();
    }
    solo_answer_status(&s, 4, 200, "<!DOCTYPE html><html/>");
    CHECK_STR(solo_told(&s), "ended ERR_RESPONSE_DOCTYPE");
    end();
}

/* LEG-2 */
static void refusal_by_status_is_believed_the_second_time(void)
{
    static const struct {
        int http_status;
        bosh_condition condition;
    } cases[] = {{400, BOSH_CONDITION_BAD_REQUEST},
                 {403, BOSH_CONDITION_POLICY_VIOLATION},
                 {404, BOSH_CONDITION_ITEM_NOT_FOUND},
                 {410, BOSH_CONDITION_ITEM_NOT_FOUND}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        solo_send(&s);
        solo_answer_status(&s, 2, cases[i].http_status, "");
        CHECK_STR(solo_told(&s), "retry ERR_HTTP_STATUS");
        repeat();
        solo_answer_status(&s, 3, cases[i].http_status, "");
        CHECK_STR(solo_told(&s), "ended ERR_HTTP_STATUS");
        CHECK_INT(s.session.end_http_status, cases[i].http_status);
        CHECK_INT(s.session.end_condition, cases[i].condition);
        end();
    }
}

/* LEG-1, VER-3 */
static void legacy_server_is_believed_the_first_time(void)
{
    solo_init(&s);
    solo_create(&s);
    solo_answer(&s, 1, "sid='S' " SOLO_USUAL, "");
    bosh_session_want_poll(&s.session, 1);
    solo_send(&s);
    solo_answer_status(&s, 2, 404, "");
    CHECK_STR(solo_told(&s), "opened, ended ERR_HTTP_STATUS");
    end();
}

/* ERR-2, RTX-3: the request and every unanswered one before it. */
static void recoverable_error_repeats_all_up_to_it(void)
{
    begin_with_two();
    uint64_t lowest = s.session.lowest->rid;
    solo_answer(&s, 3, "type='error'", M("ignored"));
    CHECK_INT(s.cancels, 1);
    solo_advance(&s, 200);
    CHECK_INT(solo_send(&s), 1);
    CHECK_INT(bosh_window_find(&s.session, 4)->rid, lowest);
    solo_advance(&s, 100);
    CHECK_INT(solo_send(&s), 1);
    CHECK_INT(bosh_window_find(&s.session, 5)->rid, lowest + 1);
    end();
}

/* ERR-3 */
static void third_recoverable_error_ends(void)
{
    begin();
    solo_send(&s);
    for (uint32_t attempt = 2; attempt < 4; attempt++) {
        solo_answer(&s, attempt, "type='error'", "");
        CHECK_STR(solo_told(&s), "retry ERR_SESSION_REFUSED");
        repeat();
    }
    solo_answer(&s, 4, "type='error'", "");
    CHECK_STR(solo_told(&s), "ended ERR_SESSION_REFUSED");
    end();
}

/* TERM-7, INV-19, ERR-1 */
static void payloads_of_the_last_answer_come_before_the_end(void)
{
    begin_with_two();
    solo_answer(&s, 2, "type='terminate' condition='remote-stream-error'", M("a") M("b"));
    CHECK_STR(solo_told(&s), "message a, message b, ended ERR_CONDITION");
    CHECK_INT(s.session.end_condition, BOSH_CONDITION_REMOTE_STREAM_ERROR);
    CHECK_STR(s.session.end_text, "remote-stream-error");
    CHECK_INT(s.session.unknown.first->ticket, 1); /* TERM-8 */
    end();
}

/* ERR-1, ERR-8: reasons outlive an answer that holds nothing else. */
static void reasons_of_the_end_are_kept_as_they_came(void)
{
    begin_with_two();
    solo_answer(&s, 2, "type='terminate' condition='full-moon'", "<uri>https://b.example/</uri>");
    CHECK_STR(solo_told(&s), "ended ERR_CONDITION");
    CHECK_INT(s.session.end_condition, BOSH_CONDITION_UNKNOWN);
    CHECK_STR(s.session.end_text, "full-moon");
    CHECK_STR(s.session.end_uri, "https://b.example/");
    end();
}

static void end_without_condition_is_the_servers_wish(void)
{
    begin();
    solo_send(&s);
    solo_answer(&s, 2, "type='terminate'", "");
    CHECK_STR(solo_told(&s), "ended ERR_TERMINATED");
    end();
}

/* TERM-9 */
static void end_on_the_upper_rid_waits_for_the_lower(void)
{
    begin_with_two();
    solo_answer(&s, 3, "type='terminate'", M("b"));
    CHECK_STR(solo_told(&s), "");
    CHECK_INT(bosh_session_deadline(&s.session), s.now_ms + 2000);
    solo_advance(&s, 1000);
    solo_answer(&s, 2, "", M("a"));
    CHECK_STR(solo_told(&s), "message a, message b, ended ERR_TERMINATED");
    end();
}

/* TERM-9 */
static void end_on_the_upper_rid_waits_two_seconds_at_most(void)
{
    begin_with_two();
    solo_answer(&s, 3, "type='terminate'", M("b"));
    solo_advance(&s, 1999);
    CHECK_STR(solo_told(&s), "");
    solo_advance(&s, 1);
    CHECK_STR(solo_told(&s), "ended ERR_TERMINATED");
    end();
}

/* HOLD-4: the answer to the poll proves that the request behind it arrived. */
static void empty_answer_before_its_time_proves_the_next_request(void)
{
    begin_with_two();
    solo_answer(&s, 2, "", "");
    CHECK(s.session.lowest->is_proven);
    solo_queue(&s, "<b/>", 0, 2);
    CHECK_INT(solo_send(&s), 1);
    end();
}

/* A handler that never returns cannot make the client hoard. */
static void full_inbox_leaves_answers_in_their_slots(void)
{
    begin();
    for (unsigned i = 0; i < BOSH_INBOX; i++) {
        CHECK_INT(solo_send(&s), 1);
        solo_answer(&s, s.session.last_attempt, "", M("a"));
    }
    CHECK_INT(solo_send(&s), 1);
    solo_answer(&s, s.session.last_attempt, "", M("last"));
    CHECK_INT(s.session.inbox_count, BOSH_INBOX);
    CHECK_INT(solo_send(&s), 0);
    CHECK_STR(solo_told(&s), "message a, message a, message a, message a, message last");
    CHECK_INT(solo_send(&s), 1);
    end();
}

/* What the client itself refused is the reason, whatever the transport says. */
static void reason_of_a_refused_answer_is_remembered(void)
{
    begin();
    solo_send(&s);
    CHECK_INT(bosh_session_bytes(&s.session, 2, "<!DOCTYPE x>", 12), BOSH_ERR_RESPONSE_DOCTYPE);
    solo_fail(&s, 2, BOSH_ERR_RESET, 0);
    CHECK_STR(solo_told(&s), "retry ERR_RESPONSE_DOCTYPE");
    end();
}

static const check_test tests[] = {
    {"answers_are_delivered_in_rid_order", answers_are_delivered_in_rid_order},
    {"second_answer_to_an_attempt_is_ignored", second_answer_to_an_attempt_is_ignored},
    {"answer_to_a_superseded_attempt_is_ignored", answer_to_a_superseded_attempt_is_ignored},
    {"parameters_are_taken_from_the_creation_answer",
     parameters_are_taken_from_the_creation_answer},
    {"parameters_that_are_absent_or_wrong_have_defaults",
     parameters_that_are_absent_or_wrong_have_defaults},
    {"parameters_in_later_answers_change_nothing", parameters_in_later_answers_change_nothing},
    {"creation_answer_without_sid_ends", creation_answer_without_sid_ends},
    {"broken_creation_is_made_anew_twice", broken_creation_is_made_anew_twice},
    {"certificate_that_is_refused_ends_at_once", certificate_that_is_refused_ends_at_once},
    {"foreign_or_cut_answers_break_the_attempt", foreign_or_cut_answers_break_the_attempt},
    {"failure_without_an_error_counts_as_a_reset", failure_without_an_error_counts_as_a_reset},
    {"body_wins_over_the_status", body_wins_over_the_status},
    {"third_doctype_for_one_rid_ends", third_doctype_for_one_rid_ends},
    {"refusal_by_status_is_believed_the_second_time",
     refusal_by_status_is_believed_the_second_time},
    {"legacy_server_is_believed_the_first_time", legacy_server_is_believed_the_first_time},
    {"recoverable_error_repeats_all_up_to_it", recoverable_error_repeats_all_up_to_it},
    {"third_recoverable_error_ends", third_recoverable_error_ends},
    {"payloads_of_the_last_answer_come_before_the_end",
     payloads_of_the_last_answer_come_before_the_end},
    {"reasons_of_the_end_are_kept_as_they_came", reasons_of_the_end_are_kept_as_they_came},
    {"end_without_condition_is_the_servers_wish", end_without_condition_is_the_servers_wish},
    {"end_on_the_upper_rid_waits_for_the_lower", end_on_the_upper_rid_waits_for_the_lower},
    {"end_on_the_upper_rid_waits_two_seconds_at_most",
     end_on_the_upper_rid_waits_two_seconds_at_most},
    {"empty_answer_before_its_time_proves_the_next_request",
     empty_answer_before_its_time_proves_the_next_request},
    {"full_inbox_leaves_answers_in_their_slots", full_inbox_leaves_answers_in_their_slots},
    {"reason_of_a_refused_answer_is_remembered", reason_of_a_refused_answer_is_remembered},
};
CHECK_MAIN(tests)
