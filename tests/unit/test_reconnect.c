/* SPDX-License-Identifier: MIT
 * client/lifecycle: when a client comes back after the end of a session, and where to. */
#include "tests/unit/scene.h"
#include "client/client.h"
#include "tests/check.h"

static scene s;

/* A build without reconnect leaves it to the program, which may begin anew at once. */
static void lost_session_is_followed_by_a_new_one(void)
{
    scene_login_with(&s, BOSH_RECONNECT_AFTER_ONLINE);
    scene_told_of_end(&s, "type='terminate' condition='remote-connection-failed'", "");
    CHECK_INT(bosh_client_state(s.client),
              BOSH_HAS_RECONNECT ? BOSH_STATE_RECONNECT_WAIT : BOSH_STATE_ENDED);
    if (!BOSH_HAS_RECONNECT)
        scene_connect(&s);
    scene_come_back(&s);
    SCENE_END(&s);
}

/* Section 2 of docs/protocol.md: is it worth asking this server again? */
static void conditions_decide_whether_the_client_comes_back(void)
{
    CHECK_NEEDS("reconnect");
    static const struct {
        const char *attributes;
        int comes_back;
    } cases[] = {
        {"type='terminate'", 1},
        {"type='terminate' condition='item-not-found'", 1},
        {"type='terminate' condition='internal-server-error'", 1},
        {"type='terminate' condition='other-request'", 1},
        {"type='terminate' condition='policy-violation'", 1},
        {"type='terminate' condition='remote-connection-failed'", 1},
        {"type='terminate' condition='system-shutdown'", 1},
        {"type='terminate' condition='bad-request'", 1},
        {"type='terminate' condition='brand-new'", 1},
        {"type='terminate' condition='host-gone'", 0},
        {"type='terminate' condition='host-unknown'", 0},
        {"type='terminate' condition='improper-addressing'", 0},
        {"type='terminate' condition='see-other-uri'", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        scene_login_with(&s, BOSH_RECONNECT_AFTER_ONLINE);
        scene_told_of_end(&s, cases[i].attributes, "");
        bosh_state expected = cases[i].comes_back ? BOSH_STATE_RECONNECT_WAIT : BOSH_STATE_ENDED;
        if (bosh_client_state(s.client) != expected)
            CHECK_STR(cases[i].attributes, bosh_state_text(expected));
        SCENE_END(&s);
    }
}

/* BIND-7 */
static void stream_error_decides_whether_the_client_comes_back(void)
{
    CHECK_NEEDS("reconnect");
    static const struct {
        const char *condition;
        int comes_back;
    } cases[] = {{"conflict", 0},        {"not-authorized", 0},     {"host-unknown", 0},
                 {"system-shutdown", 1}, {"connection-timeout", 1}, {"undefined-condition", 1}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char payload[300];
        scene_login_with(&s, BOSH_RECONNECT_AFTER_ONLINE);
        snprintf(payload, sizeof(payload),
                 "<error xmlns='http://etherx.jabber.org/streams'>"
                 "<%s xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></error>",
                 cases[i].condition);
        CHECK(strstr(
            scene_told_of_end(&s, "type='terminate' condition='remote-stream-error'", payload),
            cases[i].comes_back ? "reconnect ERR_STREAM" : "ended ERR_STREAM"));
        SCENE_END(&s);
    }
}

/* BIND-4 */
static void refused_bind_decides_whether_the_client_comes_back(void)
{
    CHECK_NEEDS("reconnect");
    static const char *const conditions[] = {"resource-constraint", "not-allowed"};
    for (int i = 0; i < 2; i++) {
        char payload[300], id[40];
        scene_init(&s);
        s.config.reconnect = BOSH_RECONNECT_ALWAYS;
        scene_connect(&s);
        for (int n = 0; n < 3; n++)
            scene_answer_login(&s);
        const char *begin = strstr(scene_sent(&s), "set' id='");
        snprintf(id, sizeof(id), "%.*s", begin ? 16 : 0, begin ? begin + 9 : "");
        snprintf(payload, sizeof(payload),
                 "<iq xmlns='jabber:client' type='error' id='%s'><error type='wait'>"
                 "<%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
                 id, conditions[i]);
        scene_answer(&s, payload);
        scene_told_of_end(&s, "type='terminate'", "");
        CHECK_INT(bosh_client_state(s.client), i ? BOSH_STATE_ENDED : BOSH_STATE_RECONNECT_WAIT);
        CHECK_STR(bosh_client_detail(s.client)->stanza_condition, conditions[i]);
        SCENE_END(&s);
    }
}

static void option_decides_whether_the_client_comes_back(void)
{
    CHECK_NEEDS("reconnect");
    static const struct {
        bosh_reconnect reconnect;
        int was_online, comes_back;
    } cases[] = {
        {BOSH_RECONNECT_NEVER, 0, 0},        {BOSH_RECONNECT_NEVER, 1, 0},
        {BOSH_RECONNECT_AFTER_ONLINE, 0, 0}, {BOSH_RECONNECT_AFTER_ONLINE, 1, 1},
        {BOSH_RECONNECT_ALWAYS, 0, 1},       {BOSH_RECONNECT_ALWAYS, 1, 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        scene_init(&s);
        s.config.reconnect = cases[i].reconnect;
        if (cases[i].was_online)
            scene_login(&s);
        else
            scene_connect(&s);
        scene_told_of_end(&s, "type='terminate' condition='internal-server-error'", "");
        CHECK_INT(bosh_client_state(s.client),
                  cases[i].comes_back ? BOSH_STATE_RECONNECT_WAIT : BOSH_STATE_ENDED);
        SCENE_END(&s);
    }
}

static uint32_t delay_ms;

static void note_delay(scene *self, const bosh_event *event)
{
    (void)self;
    if (event->type == BOSH_EVENT_STATE && event->state == BOSH_STATE_RECONNECT_WAIT)
        delay_ms = event->delay_ms;
}

static void back_off_doubles_up_to_a_minute_and_begins_anew(void)
{
    CHECK_NEEDS("reconnect");
    scene_login_with(&s, BOSH_RECONNECT_ALWAYS);
    s.on_event = note_delay;
    for (uint32_t i = 0, base_ms = 1000; i < 9; i++) {
        scene_told_of_end(&s, "type='terminate' condition='item-not-found'", "");
        CHECK(delay_ms >= base_ms * 7 / 10 && delay_ms <= base_ms * 13 / 10);
        base_ms = base_ms * 2 < 60000 ? base_ms * 2 : 60000;
        scene_advance(&s, delay_ms - 1);
        CHECK_INT(bosh_client_state(s.client), BOSH_STATE_RECONNECT_WAIT);
        scene_come_back(&s);
        scene_advance(&s, 1000);
    }
    scene_advance(&s, 30000); /* that was a good session */
    scene_told_of_end(&s, "type='terminate' condition='item-not-found'", "");
    CHECK(delay_ms <= 1300);
    SCENE_END(&s);
}

/* OVR-5 */
static void policy_violation_waits_for_polling_and_ends_after_three(void)
{
    CHECK_NEEDS("reconnect");
    scene_login_with(&s, BOSH_RECONNECT_ALWAYS);
    s.on_event = note_delay;
    for (int i = 0; i < 2; i++) {
        scene_told_of_end(&s, "type='terminate' condition='policy-violation'", "");
        CHECK_INT(bosh_client_state(s.client), BOSH_STATE_RECONNECT_WAIT);
        CHECK(delay_ms >= 5000);
        scene_come_back(&s);
        scene_advance(&s, 100);
    }
    scene_told_of_end(&s, "type='terminate' condition='policy-violation'", "");
    CHECK_INT(bosh_client_state(s.client), BOSH_STATE_ENDED);
    SCENE_END(&s);
}

static void network_that_came_back_ends_the_wait(void)
{
    CHECK_NEEDS("reconnect");
    scene_login_with(&s, BOSH_RECONNECT_ALWAYS);
    for (int i = 0; i < 4; i++) {
        scene_told_of_end(&s, "type='terminate' condition='item-not-found'", "");
        bosh_client_network_changed(s.client);
        scene_turn(&s);
        CHECK_INT(bosh_client_state(s.client), BOSH_STATE_CONNECTING);
        scene_come_back(&s);
        scene_advance(&s, 100);
    }
    SCENE_END(&s);
}

/* The open request is replaced by its copy; what was broken is repeated at once. */
static void network_that_changed_repeats_what_is_open(void)
{
    scene_login_with(&s, BOSH_RECONNECT_NEVER);
    world_attempt *poll = scene_oldest(&s);
    bosh_client_network_changed(s.client);
    scene_turn(&s);
    CHECK_INT(poll->state, WORLD_ATTEMPT_CANCELLED);
    CHECK_INT(scene_open_count(&s), 1);
    CHECK_STR(scene_sent(&s), poll->entity);
    for (int i = 0; i < 4; i++) {
        world_transport_fail(&s.net, scene_oldest(&s), BOSH_ERR_CONNECT, 0);
        scene_turn(&s);
        scene_advance(&s, 3000);
    }
    world_transport_fail(&s.net, scene_oldest(&s), BOSH_ERR_CONNECT, 0);
    scene_turn(&s);
    CHECK_INT(scene_open_count(&s), 0);
    bosh_client_network_changed(s.client);
    scene_turn(&s);
    CHECK_INT(scene_open_count(&s), 1);
    SCENE_END(&s);
}

/* INA-3 */
static void clock_that_jumped_finds_out_whether_the_session_is_there(void)
{
    CHECK_NEEDS("reconnect");
    scene_login_with(&s, BOSH_RECONNECT_ALWAYS);
    bosh_client_clock_jumped(s.client, 3600000);
    bosh_client_clock_jumped(s.client, UINT64_MAX);
    scene_turn(&s);
    CHECK_INT(scene_open_count(&s), 1);
    scene_answer(&s, MESSAGE("a")); /* it is */
    CHECK_STR(scene_told(&s), "message a");
    bosh_client_clock_jumped(s.client, 3600000);
    scene_turn(&s);
    scene_told_of_end(&s, "type='terminate' condition='item-not-found'", ""); /* it is not */
    CHECK_INT(bosh_client_state(s.client), BOSH_STATE_RECONNECT_WAIT);
    SCENE_END(&s);
}

/* RID-5: the session that has used all its request ids gives way to a new one. */
static void exhausted_session_gives_way_to_a_new_one(void)
{
    CHECK_NEEDS("reconnect");
    scene_init(&s);
    s.config.reconnect = BOSH_RECONNECT_AFTER_ONLINE;
    s.is_unwatched = 1; /* no validator likes rids that jump */
    scene_login(&s);
    s.client->session.next_rid = BOSH_RID_MAX;
    scene_answer(&s, MESSAGE("a"));
    CHECK(strstr(scene_sent(&s), "rid='9007199254740991'"));
    CHECK(strstr(scene_sent(&s), "type='terminate'"));
    scene_say(&s, "b");
    scene_answer_as(&s, "type='terminate'", "");
    CHECK_STR(scene_told(&s), "message a, waiting to reconnect ERR_RID_EXHAUSTED");
    scene_come_back(&s);
    CHECK(strstr(scene_sent(&s), "id='b'"));
    SCENE_END(&s);
}

/* INV-23: sessions come and go, memory does not grow. */
static void memory_returns_to_its_level_after_each_session(void)
{
    size_t bytes[6];
    scene_login_with(&s, BOSH_RECONNECT_NEVER);
    for (int i = 0; i < 6; i++) {
        for (int n = 0; n < 10; n++) {
            scene_say(&s, "a");
            scene_turn(&s);
            scene_answer(&s, MESSAGE("m"));
            scene_advance(&s, 100);
        }
        scene_told_of_end(&s, "type='terminate'", MESSAGE("m"));
        bytes[i] = s.alloc.bytes;
        scene_connect(&s);
        scene_come_back(&s);
        scene_advance(&s, 100);
    }
    for (int i = 2; i < 6; i++)
        CHECK_INT(bytes[i], bytes[1]);
    SCENE_END(&s);
}

static const char see_other_format[] = "<uri xmlns='http://jabber.org/protocol/httpbind'>%s</uri>";

/* ERR-8 */
static void other_uri_is_followed_only_where_it_is_safe(void)
{
    CHECK_NEEDS("reconnect");
    CHECK_NEEDS("extras");
    static const struct {
        const char *uri;
        int is_followed;
    } cases[] = {
        {"https://example.org/other", 1},
        {"https://n2.example.org:5281/bosh", 1},
        {"http://example.org/other", 0},
        {"https://example.com/", 0},
        {"https://badexample.org/", 0},
        {"https://example.org.evil.com/", 0},
        {"https://evil.com/?example.org", 0},
        {"https://user@example.org/", 0},
        {"https://evil.com#.example.org/", 0},
        {"https://evil.com\\.example.org/", 0},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char payload[300];
        scene_login_with(&s, BOSH_RECONNECT_AFTER_ONLINE);
        snprintf(payload, sizeof(payload), see_other_format, cases[i].uri);
        scene_told_of_end(&s, "type='terminate' condition='see-other-uri'", payload);
        if (!cases[i].is_followed && *cases[i].uri)
            CHECK_STR(bosh_client_detail(s.client)->uri, cases[i].uri);
        scene_advance(&s, 0);
        world_attempt *open = scene_oldest(&s);
        if ((open != NULL) != cases[i].is_followed)
            CHECK_STR(cases[i].uri, cases[i].is_followed ? "followed" : "refused");
        if (open && cases[i].is_followed)
            CHECK_STR(open->request->url, cases[i].uri);
        SCENE_END(&s);
    }
}

/* ERR-8 */
static void other_uri_is_followed_three_times_at_most(void)
{
    CHECK_NEEDS("reconnect");
    CHECK_NEEDS("extras");
    scene_login_with(&s, BOSH_RECONNECT_AFTER_ONLINE);
    for (int i = 1; i <= 4; i++) {
        char payload[300], uri[60];
        snprintf(uri, sizeof(uri), "https://n%d.example.org/", i);
        snprintf(payload, sizeof(payload), see_other_format, uri);
        scene_told_of_end(&s, "type='terminate' condition='see-other-uri'", payload);
        scene_advance(&s, 0);
        CHECK_INT(scene_open_count(&s), i < 4);
    }
    CHECK_INT(bosh_client_state(s.client), BOSH_STATE_ENDED);
    SCENE_END(&s);
}

static const check_test tests[] = {
    {"lost_session_is_followed_by_a_new_one", lost_session_is_followed_by_a_new_one},
    {"conditions_decide_whether_the_client_comes_back",
     conditions_decide_whether_the_client_comes_back},
    {"stream_error_decides_whether_the_client_comes_back",
     stream_error_decides_whether_the_client_comes_back},
    {"refused_bind_decides_whether_the_client_comes_back",
     refused_bind_decides_whether_the_client_comes_back},
    {"option_decides_whether_the_client_comes_back", option_decides_whether_the_client_comes_back},
    {"back_off_doubles_up_to_a_minute_and_begins_anew",
     back_off_doubles_up_to_a_minute_and_begins_anew},
    {"policy_violation_waits_for_polling_and_ends_after_three",
     policy_violation_waits_for_polling_and_ends_after_three},
    {"network_that_came_back_ends_the_wait", network_that_came_back_ends_the_wait},
    {"network_that_changed_repeats_what_is_open", network_that_changed_repeats_what_is_open},
    {"clock_that_jumped_finds_out_whether_the_session_is_there",
     clock_that_jumped_finds_out_whether_the_session_is_there},
    {"exhausted_session_gives_way_to_a_new_one", exhausted_session_gives_way_to_a_new_one},
    {"memory_returns_to_its_level_after_each_session",
     memory_returns_to_its_level_after_each_session},
    {"other_uri_is_followed_only_where_it_is_safe", other_uri_is_followed_only_where_it_is_safe},
    {"other_uri_is_followed_three_times_at_most", other_uri_is_followed_three_times_at_most},
};
CHECK_MAIN(tests)
