/* SPDX-License-Identifier: MIT
 * session/window: what may leave, when, and with which bytes. */
#include "tests/unit/solo.h"
#include "tests/check.h"

static solo s;

static void begin(const char *attributes)
{
    solo_init(&s);
    solo_open(&s, attributes);
}

static void end(void)
{
    CHECK_INT(solo_deinit(&s), 0);
}

static const bosh_slot *newest(void)
{
    const bosh_slot *slot = s.session.lowest;
    while (slot && slot->rid != s.session.next_rid - 1)
        slot = slot->next;
    return slot;
}

/* RID-1, RID-3 */
static void first_rid_of_many_sessions_is_in_range_and_new(void)
{
    uint64_t seen[200];
    solo_init(&s);
    for (size_t i = 0; i < 200; i++) {
        solo_create(&s);
        seen[i] = newest()->rid;
        CHECK(seen[i] >= UINT64_C(1) << 32 && seen[i] < UINT64_C(1) << 52);
        for (size_t j = 0; j < i; j++)
            CHECK(seen[i] != seen[j]);
        bosh_session_reset(&s.session);
    }
    end();
}

/* SEC-4 */
static void creation_without_entropy_is_refused(void)
{
    solo_init(&s);
    s.session.options = s.options;
    bosh_session_reset(&s.session);
    s.seed.is_broken = 1;
    CHECK_INT(bosh_session_open(&s.session, s.now_ms), BOSH_ERR_ENTROPY);
    CHECK_INT(solo_send(&s), 0);
    end();
}

/* CRE-1..7, CRE-13, CRE-14 */
static void creation_request_has_the_attributes_of_its_kind(void)
{
    char expected[500];
    solo_init(&s);
    s.options.route = "xmpp:im.example:5222";
    s.options.from = "alice@example.org";
    s.options.creation_attributes = " x:y='1' xmlns:x='z'";
    solo_create(&s);
    sprintf(expected,
            "<body xmlns='" BOSH_NS_BODY "' rid='%llu' to='example.org' xml:lang='en' ver='1.11'"
            " wait='50' hold='1' route='xmpp:im.example:5222' from='alice@example.org'"
            " x:y='1' xmlns:x='z'/>",
            (unsigned long long)newest()->rid);
    CHECK_STR(s.entity, expected);
    end();
}

/* CRE-15 */
static void nothing_leaves_before_the_creation_is_answered(void)
{
    solo_init(&s);
    solo_create(&s);
    solo_queue(&s, "<message/>", 0, 1);
    bosh_session_want_poll(&s.session, 1);
    s.now_ms += 5000;
    CHECK_INT(solo_send(&s), 0);
    end();
}

/* HOLD-2, OVR-2 */
static void idle_session_keeps_exactly_one_poll_open(void)
{
    begin(SOLO_USUAL);
    CHECK_INT(solo_send(&s), 1);
    CHECK_INT(newest()->kind, BOSH_SLOT_EMPTY);
    solo_advance(&s, 20000);
    CHECK_INT(solo_send(&s), 0);
    solo_answer(&s, 2, "", "");
    CHECK_INT(solo_send(&s), 1);
    CHECK_INT(solo_send(&s), 0);
    end();
}

/* HOLD-3, HOLD-5, RID-6 */
static void everything_queued_shares_one_body_in_order(void)
{
    begin(SOLO_USUAL);
    uint64_t rid = s.session.next_rid;
    solo_queue(&s, "<a/>", 0, 1);
    solo_queue(&s, "<b/>", 0, 2);
    solo_queue(&s, "<c/>", 0, 3);
    solo_queue(&s, "<d/>", 0, 4);
    CHECK_INT(solo_send(&s), 1);
    CHECK(strstr(s.entity, "<a/><b/><c/><d/></body>"));
    CHECK_INT(newest()->rid, rid);
    end();
}

/* HOLD-4: a poll that stands alone is not overtaken before it is 20 ms old. */
static void data_waits_until_the_poll_is_old_enough(void)
{
    begin(SOLO_USUAL);
    solo_send(&s);
    solo_queue(&s, "<a/>", 0, 1);
    CHECK_INT(solo_send(&s), 0);
    CHECK_INT(bosh_session_deadline(&s.session), s.now_ms + 20);
    s.now_ms += 19;
    CHECK_INT(solo_send(&s), 0);
    s.now_ms += 1;
    CHECK_INT(solo_send(&s), 1);
    end();
}

/* HOLD-4: and longer where the round trip is longer. */
static void data_waits_for_a_round_trip(void)
{
    solo_init(&s);
    solo_create(&s);
    s.now_ms += 90;
    solo_answer(&s, 1, "sid='S' ver='1.11' " SOLO_USUAL, "");
    bosh_session_want_poll(&s.session, 1);
    solo_send(&s);
    solo_queue(&s, "<a/>", 0, 1);
    s.now_ms += 89;
    CHECK_INT(solo_send(&s), 0);
    s.now_ms += 1;
    CHECK_INT(solo_send(&s), 1);
    end();
}

/* HOLD-4: age counts from the end of the upload where that is told. */
static void age_counts_from_the_upload_where_it_is_told(void)
{
    begin(SOLO_USUAL);
    s.capabilities |= BOSH_TRANSPORT_UPLOADED;
    solo_send(&s);
    solo_queue(&s, "<a/>", 0, 1);
    s.now_ms += 500;
    CHECK_INT(solo_send(&s), 0);
    bosh_session_uploaded(&s.session, 2, s.now_ms);
    CHECK_INT(solo_send(&s), 0);
    s.now_ms += 20;
    CHECK_INT(solo_send(&s), 1);
    end();
}

/* WIN-1, WIN-2: the third waits until the lowest is answered, not just any. */
static void window_is_anchored_at_the_lowest_unanswered_rid(void)
{
    begin(SOLO_USUAL);
    solo_send(&s); /* attempt 2, the poll */
    s.now_ms += 100;
    solo_queue(&s, "<a/>", 0, 1);
    CHECK_INT(solo_send(&s), 1); /* attempt 3 */
    solo_answer(&s, 3, "", "");
    s.now_ms += 100;
    solo_queue(&s, "<b/>", 0, 2);
    CHECK_INT(solo_send(&s), 0);
    solo_answer(&s, 2, "", "");
    CHECK_INT(solo_send(&s), 1);
    CHECK(strstr(s.entity, "<b/>"));
    end();
}

/* WIN-3, RSP-3: two, whatever the server says or keeps to itself. */
static void window_is_two_at_most(void)
{
    static const char *const creations[] = {"wait='50' hold='1'",
                                            "wait='50' hold='1' requests='9'"};
    for (size_t i = 0; i < 2; i++) {
        begin(creations[i]);
        for (unsigned n = 0; n < 5; n++) {
            solo_queue(&s, "<a/>", 0, n + 1);
            solo_send(&s);
            s.now_ms += 100;
        }
        CHECK_INT(s.session.next_rid - s.session.lowest->rid, 2);
        end();
    }
}

/* HTTP-5: a transport with one connection gets one request at a time. */
static void transport_without_parallel_gets_one_request(void)
{
    solo_init(&s);
    s.capabilities = 0;
    solo_open(&s, SOLO_USUAL);
    CHECK_INT(s.session.wait_s, 5); /* POLL-6 */
    solo_send(&s);
    s.now_ms += 100;
    solo_queue(&s, "<a/>", 0, 1);
    CHECK_INT(solo_send(&s), 0);
    solo_answer(&s, 2, "", "");
    CHECK_INT(solo_send(&s), 1);
    end();
}

/* BODY-14 */
static void queue_beyond_the_body_cap_is_split_over_rids(void)
{
    char payload[901];
    begin(SOLO_USUAL);
    memset(payload, 'x', 900);
    payload[900] = '\0';
    for (unsigned n = 0; n < 3; n++)
        solo_queue(&s, payload, 0, n + 1);
    CHECK_INT(solo_send(&s), 1);
    CHECK(strlen(s.entity) <= s.options.body_bytes_max);
    CHECK_INT(s.session.queue.first->ticket, 3);
    s.now_ms += 60;
    CHECK_INT(solo_send(&s), 1);
    CHECK(s.session.queue.first == NULL);
    end();
}

/* XMPP-1 */
static void login_elements_and_stanzas_never_share_a_body(void)
{
    begin(SOLO_USUAL);
    solo_queue(&s, "<auth/>", BOSH_ITEM_SASL, 0);
    solo_queue(&s, "<message/>", 0, 1);
    CHECK_INT(solo_send(&s), 1);
    CHECK(strstr(s.entity, "<auth/></body>"));
    end();
}

static void item_that_wants_to_be_alone_is(void)
{
    begin(SOLO_USUAL);
    solo_queue(&s, "<a/>", 0, 1);
    solo_queue(&s, "<bind/>", BOSH_ITEM_ALONE, 0);
    solo_queue(&s, "<b/>", 0, 2);
    solo_send(&s);
    CHECK(strstr(s.entity, "><a/></body>"));
    s.now_ms += 100;
    solo_send(&s);
    CHECK(strstr(s.entity, "><bind/></body>"));
    end();
}

/* RTX-1, BODY-13 */
static void broken_request_is_repeated_byte_for_byte(void)
{
    char first[sizeof(s.entity)];
    begin(SOLO_USUAL);
    solo_queue(&s, "<a/>", 0, 1);
    solo_send(&s);
    memcpy(first, s.entity, sizeof(first));
    CHECK(s.is_new);
    solo_fail(&s, 2, BOSH_ERR_RESET, 0);
    solo_queue(&s, "<b/>", 0, 2);
    solo_advance(&s, 200);
    s.entity[0] = '\0';
    CHECK_INT(solo_send(&s), 1);
    CHECK(!s.is_new);
    CHECK_STR(s.entity, first);
    end();
}

/* RTX-3 */
static void broken_requests_are_repeated_lowest_first(void)
{
    begin(SOLO_USUAL);
    solo_send(&s);
    s.now_ms += 100;
    solo_queue(&s, "<a/>", 0, 1);
    solo_send(&s);
    uint64_t lowest = s.session.lowest->rid;
    solo_fail(&s, 3, BOSH_ERR_RESET, 0); /* the upper one first */
    solo_fail(&s, 2, BOSH_ERR_RESET, 0);
    s.now_ms += 200;
    CHECK_INT(solo_send(&s), 1);
    CHECK_INT(bosh_window_find(&s.session, 4)->rid, lowest);
    s.now_ms += 20; /* HOLD-4 again, for the copies */
    CHECK_INT(solo_send(&s), 1);
    CHECK_INT(bosh_window_find(&s.session, 5)->rid, lowest + 1);
    end();
}

/* HOLD-4: the copy of a request waits for the upload of the copy before it. */
static void repetition_waits_for_the_upload_before_it(void)
{
    begin(SOLO_USUAL);
    s.capabilities |= BOSH_TRANSPORT_UPLOADED;
    solo_send(&s);
    bosh_session_uploaded(&s.session, 2, s.now_ms);
    s.now_ms += 100;
    solo_queue(&s, "<a/>", 0, 1);
    solo_send(&s);
    solo_fail(&s, 2, BOSH_ERR_RESET, 0);
    solo_fail(&s, 3, BOSH_ERR_RESET, 0);
    s.now_ms += 1000;
    CHECK_INT(solo_send(&s), 1);
    s.now_ms += 1000;
    CHECK_INT(solo_send(&s), 0);
    bosh_session_uploaded(&s.session, 4, s.now_ms);
    s.now_ms += 20;
    CHECK_INT(solo_send(&s), 1);
    end();
}

/* 0 is no attempt. */
static void attempt_ids_wrap_around_zero(void)
{
    begin(SOLO_USUAL);
    s.session.last_attempt = UINT32_MAX;
    CHECK_INT(solo_send(&s), 1);
    CHECK_INT(s.session.last_attempt, 1);
    end();
}

/* RID-5 */
static void last_rid_is_spent_on_a_terminate(void)
{
    begin(SOLO_USUAL);
    s.session.next_rid = BOSH_RID_MAX - 1;
    solo_queue(&s, "<a/>", 0, 1);
    CHECK_INT(solo_send(&s), 1);
    CHECK(strstr(s.entity, "rid='9007199254740990'"));
    solo_queue(&s, "<b/>", 0, 2);
    s.now_ms += 20;
    CHECK_INT(solo_send(&s), 1);
    CHECK(strstr(s.entity, "rid='9007199254740991'"));
    CHECK(strstr(s.entity, "type='terminate'><b/></body>"));
    solo_answer(&s, 2, "", "");
    solo_answer(&s, 3, "type='terminate'", "");
    CHECK_STR(solo_told(&s), "accepted 2, ended ERR_RID_EXHAUSTED");
    CHECK_INT(solo_send(&s), 0);
    end();
}

/* POLL-1, POLL-3 */
static void polls_of_a_polling_session_are_spaced_after_empty_answers(void)
{
    CHECK_NEEDS("extras");
    begin("wait='50' requests='1' hold='1' inactivity='30' polling='5'");
    s.now_ms += 6000;
    CHECK_INT(solo_send(&s), 1);
    solo_answer(&s, 2, "", "");
    CHECK_INT(solo_send(&s), 0);
    CHECK_INT(bosh_session_deadline(&s.session), s.now_ms + 5100);
    solo_advance(&s, 5099);
    CHECK_INT(solo_send(&s), 0);
    solo_advance(&s, 1);
    CHECK_INT(solo_send(&s), 1);
    solo_answer(&s, 3, "", "<message/>");
    solo_told(&s);
    CHECK_INT(solo_send(&s), 1);
    end();
}

/* POLL-4 */
static void everything_is_spaced_where_nothing_is_held(void)
{
    CHECK_NEEDS("extras");
    begin("wait='0' requests='1' hold='0' inactivity='30' polling='2'");
    s.now_ms += 3000;
    CHECK_INT(solo_send(&s), 1);
    solo_answer(&s, 2, "", "");
    solo_queue(&s, "<a/>", 0, 1);
    CHECK_INT(solo_send(&s), 0);
    solo_advance(&s, 2100);
    CHECK_INT(solo_send(&s), 1);
    end();
}

/* POLL-1: what a build without extras cannot serve, it refuses. */
static void session_that_only_polls_needs_extras(void)
{
    begin("wait='50' requests='1' hold='1' inactivity='30' polling='5'");
    CHECK_INT(s.session.state, BOSH_HAS_EXTRAS ? BOSH_SESSION_OPEN : BOSH_SESSION_DEAD);
    CHECK_INT(s.session.end_error, BOSH_HAS_EXTRAS ? BOSH_OK : BOSH_ERR_UNSUPPORTED);
    end();
}

/* INV-11: a server that answers every poll at once is not asked without end. */
static void polls_answered_at_once_become_slow(void)
{
    unsigned polls = 0;
    begin(SOLO_USUAL);
    for (int ms = 0; ms < 1000; ms++, solo_advance(&s, 1)) {
        if (solo_send(&s) == 0)
            continue;
        solo_answer(&s, s.session.last_attempt, "", "");
        polls++;
    }
    CHECK(polls <= 6);
    end();
}

/* INA-1: no pause is so deliberate that it may cost the session. */
static void poll_nobody_wants_leaves_at_half_the_inactivity(void)
{
    begin(SOLO_USUAL);
    bosh_session_want_poll(&s.session, 0);
    solo_advance(&s, 14999);
    CHECK_INT(solo_send(&s), 0);
    solo_advance(&s, 1);
    CHECK_INT(solo_send(&s), 1);
    end();
}

static void request_without_memory_is_tried_again(void)
{
    begin(SOLO_USUAL);
    for (unsigned n = 0; n < 4; n++) /* more slices than a slot has of its own */
        solo_queue(&s, "<a/>", 0, n + 1);
    s.alloc.fail_from = s.alloc.calls + 1;
    CHECK_INT(solo_send(&s), 0);
    CHECK_STR(solo_told(&s), "retry ERR_MEMORY");
    s.alloc.fail_from = 0;
    CHECK_INT(solo_send(&s), 0);
    CHECK_INT(bosh_session_deadline(&s.session), s.now_ms + 500);
    solo_advance(&s, 500);
    CHECK_INT(solo_send(&s), 1);
    CHECK(strstr(s.entity, "<a/><a/><a/><a/></body>"));
    end();
}

/* TERM-1: the last words of a program */
static void terminate_now_needs_an_open_session_and_a_rid(void)
{
    solo_init(&s);
    solo_create(&s);
    CHECK_INT(bosh_window_terminate_now(&s.session, s.now_ms), BOSH_ERR_STATE);
    end();
    begin(SOLO_USUAL);
    s.session.next_rid = BOSH_RID_MAX + 1;
    CHECK_INT(bosh_window_terminate_now(&s.session, s.now_ms), BOSH_ERR_STATE);
    end();
}

static void attempt_that_is_no_more_is_not_withdrawn(void)
{
    begin(SOLO_USUAL);
    solo_queue(&s, "<message/>", 0, 1);
    CHECK_INT(solo_send(&s), 1);
    bosh_session_withdraw(&s.session, 77);
    CHECK_INT(newest()->state, BOSH_SLOT_INFLIGHT);
    end();
}

/* What a large wrapper took is given back, what a usual one took is used again. */
static void room_of_a_large_wrapper_is_not_kept(void)
{
    static char route[3000];
    memset(route, 'r', sizeof(route) - 1);
    solo_init(&s);
    s.options.route = route;
    solo_open(&s, SOLO_USUAL);
    for (size_t i = 0; i < BOSH_SLOTS; i++)
        CHECK(s.session.slots[i].head.capacity < sizeof(route));
    end();
}

static const check_test tests[] = {
    {"first_rid_of_many_sessions_is_in_range_and_new",
     first_rid_of_many_sessions_is_in_range_and_new},
    {"creation_without_entropy_is_refused", creation_without_entropy_is_refused},
    {"creation_request_has_the_attributes_of_its_kind",
     creation_request_has_the_attributes_of_its_kind},
    {"nothing_leaves_before_the_creation_is_answered",
     nothing_leaves_before_the_creation_is_answered},
    {"idle_session_keeps_exactly_one_poll_open", idle_session_keeps_exactly_one_poll_open},
    {"everything_queued_shares_one_body_in_order", everything_queued_shares_one_body_in_order},
    {"data_waits_until_the_poll_is_old_enough", data_waits_until_the_poll_is_old_enough},
    {"data_waits_for_a_round_trip", data_waits_for_a_round_trip},
    {"age_counts_from_the_upload_where_it_is_told", age_counts_from_the_upload_where_it_is_told},
    {"window_is_anchored_at_the_lowest_unanswered_rid",
     window_is_anchored_at_the_lowest_unanswered_rid},
    {"window_is_two_at_most", window_is_two_at_most},
    {"transport_without_parallel_gets_one_request", transport_without_parallel_gets_one_request},
    {"queue_beyond_the_body_cap_is_split_over_rids", queue_beyond_the_body_cap_is_split_over_rids},
    {"login_elements_and_stanzas_never_share_a_body",
     login_elements_and_stanzas_never_share_a_body},
    {"item_that_wants_to_be_alone_is", item_that_wants_to_be_alone_is},
    {"broken_request_is_repeated_byte_for_byte", broken_request_is_repeated_byte_for_byte},
    {"broken_requests_are_repeated_lowest_first", broken_requests_are_repeated_lowest_first},
    {"repetition_waits_for_the_upload_before_it", repetition_waits_for_the_upload_before_it},
    {"attempt_ids_wrap_around_zero", attempt_ids_wrap_around_zero},
    {"last_rid_is_spent_on_a_terminate", last_rid_is_spent_on_a_terminate},
    {"polls_of_a_polling_session_are_spaced_after_empty_answers",
     polls_of_a_polling_session_are_spaced_after_empty_answers},
    {"everything_is_spaced_where_nothing_is_held", everything_is_spaced_where_nothing_is_held},
    {"session_that_only_polls_needs_extras", session_that_only_polls_needs_extras},
    {"polls_answered_at_once_become_slow", polls_answered_at_once_become_slow},
    {"poll_nobody_wants_leaves_at_half_the_inactivity",
     poll_nobody_wants_leaves_at_half_the_inactivity},
    {"request_without_memory_is_tried_again", request_without_memory_is_tried_again},
    {"terminate_now_needs_an_open_session_and_a_rid",
     terminate_now_needs_an_open_session_and_a_rid},
    {"attempt_that_is_no_more_is_not_withdrawn", attempt_that_is_no_more_is_not_withdrawn},
    {"room_of_a_large_wrapper_is_not_kept", room_of_a_large_wrapper_is_not_kept},
};
CHECK_MAIN(tests)
