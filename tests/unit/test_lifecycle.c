/* SPDX-License-Identifier: MIT
 * client/lifecycle: connecting and closing. What follows the end of a session: test_reconnect.c. */
#include "tests/unit/scene.h"
#include "client/client.h"
#include "tests/check.h"

static scene s;

/* ----------------------------------------------------------------------------------- connecting */

static void login_goes_through_the_states_of_the_drawing(void)
{
    scene_init(&s);
    scene_connect(&s);
    scene_come_back(&s);
    CHECK_STR(scene_told(&s), "connecting, authenticating, binding, online");
    SCENE_END(&s);
}

static void connect_is_possible_from_idle_and_ended_only(void)
{
    scene_login_with(&s, BOSH_RECONNECT_NEVER);
    CHECK_INT(bosh_client_connect(s.client), BOSH_ERR_STATE);
    CHECK_INT(bosh_client_connect(NULL), BOSH_ERR_STATE);
    scene_told_of_end(&s, "type='terminate'", "");
    scene_connect(&s);
    CHECK_INT(bosh_client_connect(s.client), BOSH_ERR_STATE);
    scene_come_back(&s);
    CHECK_STR(scene_told(&s), "connecting, authenticating, binding, online");
    SCENE_END(&s);
}

static void connect_again(scene *self, const bosh_event *event)
{
    if (event->type == BOSH_EVENT_STATE && event->state == BOSH_STATE_ENDED) {
        self->on_event = NULL;
        world_validator_connect(self->validator);
        CHECK_INT(bosh_client_connect(self->client), 0);
        CHECK(scene_say(self, "first") > 0);
    }
}

static void connect_inside_the_last_event_starts_anew(void)
{
    scene_login_with(&s, BOSH_RECONNECT_NEVER);
    s.on_event = connect_again;
    CHECK_STR(scene_told_of_end(&s, "type='terminate'", ""), "ended ERR_TERMINATED, connecting");
    scene_come_back(&s);
    CHECK(strstr(scene_sent(&s), "id='first'"));
    SCENE_END(&s);
}

/* SEC-4 */
static void connect_without_entropy_ends_with_its_name(void)
{
    scene_init(&s);
    scene_open(&s);
    s.seed.is_broken = 1;
    scene_connect(&s);
    CHECK_STR(scene_told(&s), "connecting, ended ERR_ENTROPY");
    CHECK_INT(s.net.count, 0);
    SCENE_END(&s);
}

/* SEC-1 */
static void connection_that_is_not_encrypted_is_warned_of(void)
{
    scene_init(&s);
    s.config.url = "http://example.org/bosh";
    scene_connect(&s);
    CHECK_STR(scene_told(&s), "connecting, warning ERR_PLAIN_NEEDS_HTTPS");
    scene_answer_login(&s);
    scene_advance(&s, 3000);
    CHECK_STR(scene_told(&s), "authenticating, ended ERR_PLAIN_NEEDS_HTTPS");
    SCENE_END(&s);
}

/* -------------------------------------------------------------------------------------- closing */

/* TERM-1 */
static void close_says_goodbye_and_ends(void)
{
    CHECK_NEEDS("reconnect");
    scene_login_with(&s, BOSH_RECONNECT_ALWAYS);
    scene_say(&s, "last words");
    bosh_client_close(s.client, NULL);
    scene_turn(&s);
    CHECK(strstr(scene_sent(&s), "type='terminate'"));
    CHECK(strstr(scene_sent(&s), "id='last words'><body>Hi</body></message>"
                                 "<presence xmlns='jabber:client' type='unavailable'/></body>"));
    scene_answer(&s, "");
    scene_answer_as(&s, "type='terminate'", MESSAGE("a"));
    CHECK_STR(scene_told(&s), "closing, delivered 1, message a, ended");
    SCENE_END(&s);
}

static void close_sends_the_last_stanza_it_is_given(void)
{
    scene_login_with(&s, BOSH_RECONNECT_NEVER);
    bosh_writer *w = bosh_client_writer(s.client);
    bosh_writer_start(w, "presence", NULL);
    bosh_writer_attribute(w, "type", "unavailable");
    bosh_writer_element(w, "status", NULL, "Off to bed");
    bosh_client_close(s.client, w);
    bosh_client_close(s.client, NULL); /* changes nothing */
    scene_turn(&s);
    CHECK(strstr(scene_sent(&s), "<status>Off to bed</status></presence></body>"));
    SCENE_END(&s);
}

static void close_without_a_session_ends_at_once(void)
{
    scene_init(&s);
    scene_open(&s);
    bosh_client_close(s.client, NULL);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "");
    CHECK_INT(bosh_client_state(s.client), BOSH_STATE_IDLE);
    scene_connect(&s);
    scene_say(&s, "a");
    bosh_client_close(s.client, NULL);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "connecting, closing, unsent 1, ended");
    CHECK_INT(scene_open_count(&s), 0);
    bosh_client_close(s.client, NULL);
    bosh_client_close(NULL, NULL);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "");
    SCENE_END(&s);
}

/* INV-18: what was held for ONLINE does not leave with the terminate of a login. */
static void close_during_the_login_sends_no_stanza(void)
{
    scene_init(&s);
    scene_connect(&s);
    scene_say(&s, "a");
    scene_answer_login(&s);
    bosh_client_close(s.client, NULL);
    scene_advance(&s, 100);
    scene_answer(&s, "");
    scene_advance(&s, 10000);
    CHECK(strstr(scene_sent(&s), "type='terminate'"));
    CHECK(!strstr(scene_sent(&s), "<message"));
    CHECK_STR(scene_told(&s), "connecting, authenticating, closing, unsent 1, ended");
    SCENE_END(&s);
}

/* close_timeout_ms: drained within it, or reported at it. */
static void close_ends_at_its_limit_and_reports_the_rest(void)
{
    scene_init(&s);
    s.config.close_timeout_ms = 3000;
    s.config.body_bytes_max = 800;
    scene_login(&s);
    for (int i = 0; i < 20; i++)
        scene_say(&s, "a rather long id, so that few of these fit into a body");
    bosh_client_close(s.client, NULL);
    scene_turn(&s);
    scene_advance(&s, 2999);
    CHECK_STR(scene_told(&s), "closing");
    scene_advance(&s, 1);
    const char *told = scene_told(&s);
    CHECK(strncmp(told, "unknown 1, unknown 2, ", 22) == 0);
    CHECK(strstr(told, ", unsent 18, unsent 19, unsent 20, ended"));
    SCENE_END(&s);
}

static void close_drains_within_its_limit(void)
{
    scene_init(&s);
    s.config.close_timeout_ms = 3000;
    s.config.body_bytes_max = 800;
    scene_login(&s);
    for (int i = 0; i < 6; i++)
        scene_say(&s, "a rather long id, so that few of these fit into a body");
    bosh_client_close(s.client, NULL);
    scene_turn(&s);
    while (!strstr(scene_sent(&s), "type='terminate'") && !s.problems) {
        scene_advance(&s, 100);
        scene_answer(&s, "");
    }
    scene_advance(&s, 100);
    scene_answer(&s, "");
    if (scene_oldest(&s))
        scene_answer_as(&s, "type='terminate'", "");
    CHECK(strstr(scene_told(&s), "delivered 6, ended"));
    SCENE_END(&s);
}

static void close_while_waiting_to_reconnect_ends_at_once(void)
{
    CHECK_NEEDS("reconnect");
    scene_login_with(&s, BOSH_RECONNECT_ALWAYS);
    scene_say(&s, "a");
    scene_turn(&s);
    scene_say(&s, "b");
    scene_told_of_end(&s, "type='terminate' condition='item-not-found'", "");
    bosh_client_close(s.client, NULL);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "closing, unsent 2, ended");
    scene_advance(&s, 100000);
    CHECK_STR(scene_told(&s), "");
    SCENE_END(&s);
}

static void close_on_unknown(scene *self, const bosh_event *event)
{
    if (event->type == BOSH_EVENT_UNKNOWN)
        bosh_client_close(self->client, NULL);
}

static void close_inside_the_report_of_a_lost_session_ends_at_once(void)
{
    CHECK_NEEDS("reconnect");
    CHECK_NEEDS("requests");
    scene_login_with(&s, BOSH_RECONNECT_ALWAYS);
    s.on_event = close_on_unknown;
    scene_say(&s, "a");
    scene_turn(&s);
    scene_ask(&s, NULL, 0);
    CHECK_STR(scene_told_of_end(&s, "type='terminate' condition='item-not-found'", ""),
              "unknown 1, answer ERR_IQ_DISCONNECTED, unsent 2, ended ERR_CONDITION");
    SCENE_END(&s);
}

static const check_test tests[] = {
    {"login_goes_through_the_states_of_the_drawing", login_goes_through_the_states_of_the_drawing},
    {"connect_is_possible_from_idle_and_ended_only", connect_is_possible_from_idle_and_ended_only},
    {"connect_inside_the_last_event_starts_anew", connect_inside_the_last_event_starts_anew},
    {"connect_without_entropy_ends_with_its_name", connect_without_entropy_ends_with_its_name},
    {"connection_that_is_not_encrypted_is_warned_of",
     connection_that_is_not_encrypted_is_warned_of},
    {"close_says_goodbye_and_ends", close_says_goodbye_and_ends},
    {"close_sends_the_last_stanza_it_is_given", close_sends_the_last_stanza_it_is_given},
    {"close_without_a_session_ends_at_once", close_without_a_session_ends_at_once},
    {"close_during_the_login_sends_no_stanza", close_during_the_login_sends_no_stanza},
    {"close_ends_at_its_limit_and_reports_the_rest", close_ends_at_its_limit_and_reports_the_rest},
    {"close_drains_within_its_limit", close_drains_within_its_limit},
    {"close_while_waiting_to_reconnect_ends_at_once",
     close_while_waiting_to_reconnect_ends_at_once},
    {"close_inside_the_report_of_a_lost_session_ends_at_once",
     close_inside_the_report_of_a_lost_session_ends_at_once},
};
CHECK_MAIN(tests)
