/* SPDX-License-Identifier: MIT
 * client/pump: one turn of a client, calls from inside callbacks, and when to come back. */
#include "tests/unit/scene.h"
#include "tests/check.h"

static scene s;

/* ---------------------------------------------------------------------- the client freed inside */

static int has_freed;

static void free_client(void)
{
    if (!has_freed)
        bosh_client_free(s.client);
    has_freed = 1;
}

static void free_on_event(scene *unused, const bosh_event *event)
{
    (void)unused, (void)event;
    free_client();
}

static void free_on_stanza(scene *unused, const bosh_stanza *stanza)
{
    (void)unused, (void)stanza;
    free_client();
}

static int free_on_timer(bosh_client *client, void *user)
{
    (void)client, (void)user;
    free_client();
    return 1;
}

static void free_on_iq(bosh_client *client, int error, const bosh_stanza *answer, void *user)
{
    (void)client, (void)error, (void)answer;
    scene_note(user, "freed");
    free_client();
}

static void free_on_log(bosh_log_level level, const char *line, void *user)
{
    (void)level, (void)line, (void)user;
    free_client();
}

static void free_on_trace(int outgoing, const char *xml, size_t size, void *user)
{
    (void)user, (void)xml, (void)size;
    if (outgoing)
        free_client();
}

static void free_on_trace_of_answer(int outgoing, const char *xml, size_t size, void *user)
{
    (void)user, (void)xml, (void)size;
    if (!outgoing)
        free_client();
}

static int free_on_save(const void *bytes, size_t size, void *user)
{
    (void)user, (void)bytes, (void)size;
    free_client();
    return 0;
}

static void begin(void)
{
    scene_init(&s);
    has_freed = 0;
}

/* The client was freed inside a callback, and is gone now; nothing was told afterwards. */
static void check_gone(const char *told)
{
    CHECK(has_freed);
    CHECK(s.net.is_released);
    CHECK_STR(scene_told(&s), told);
    SCENE_END(&s);
}

static void free_inside_an_event_takes_effect_after_the_pump(void)
{
    begin();
    s.on_event = free_on_event;
    scene_connect(&s);
    check_gone("connecting");
}

static void free_inside_a_handler_drops_the_stanzas_behind_it(void)
{
    begin();
    scene_login(&s);
    s.on_stanza = free_on_stanza;
    scene_answer(&s, MESSAGE("a") MESSAGE("b"));
    check_gone("message a");
}

static void free_inside_a_timer_takes_effect_after_the_pump(void)
{
    begin();
    scene_login(&s);
    CHECK(bosh_timer_add(s.client, 100, free_on_timer, NULL) > 0);
    CHECK(bosh_timer_add(s.client, 100, free_on_timer, NULL) > 0);
    scene_advance(&s, 200);
    check_gone("");
}

static void free_inside_an_answer_takes_effect_after_the_pump(void)
{
    CHECK_NEEDS("requests");
    begin();
    scene_login(&s);
    for (int i = 0; i < 2; i++) {
        bosh_writer *iq = bosh_client_iq(s.client, "get", NULL);
        bosh_writer_element(iq, "query", "t:ask", NULL);
        CHECK_INT(bosh_client_request(s.client, iq, 1000, free_on_iq, &s), 0);
    }
    scene_advance(&s, 1100);
    check_gone("freed");
}

static void free_inside_an_answer_to_the_end_takes_effect_after_the_pump(void)
{
    CHECK_NEEDS("requests");
    begin();
    scene_login(&s);
    for (int i = 0; i < 2; i++) {
        bosh_writer *iq = bosh_client_iq(s.client, "get", NULL);
        bosh_writer_element(iq, "query", "t:ask", NULL);
        CHECK_INT(bosh_client_request(s.client, iq, 0, free_on_iq, &s), 0);
    }
    scene_turn(&s);
    scene_answer_as(&s, "type='terminate'", "");
    check_gone("unknown 1, unknown 2, freed");
}

static void free_inside_the_log_takes_effect_after_the_pump(void)
{
    begin();
    s.config.log = free_on_log;
    scene_connect(&s);
    check_gone("");
}

static void free_inside_the_trace_of_a_request_takes_effect_after_the_pump(void)
{
    CHECK_NEEDS("trace");
    begin();
    s.config.trace = free_on_trace;
    scene_connect(&s);
    check_gone("connecting");
}

/* The trace of an answer is called by bosh_transport_done; the pump comes afterwards as ever. */
static void free_inside_the_trace_of_an_answer_takes_effect_after_the_pump(void)
{
    CHECK_NEEDS("trace");
    begin();
    s.config.trace = free_on_trace_of_answer;
    scene_connect(&s);
    scene_hand_in(&s, "sid='x'", "");
    CHECK(has_freed);
    CHECK(!s.net.is_released);
    scene_turn(&s);
    check_gone("connecting");
}

static void free_inside_the_journal_takes_effect_after_the_pump(void)
{
    CHECK_NEEDS("journal");
    begin();
    s.config.save = free_on_save;
    scene_connect(&s);
    for (int i = 0; i < 6 && !s.net.is_released; i++) {
        scene_advance(&s, 10);
        if (!s.net.is_released)
            scene_answer_login(&s);
    }
    check_gone("connecting, authenticating, binding, online");
}

static void free_outside_of_callbacks_takes_effect_at_once(void)
{
    begin();
    scene_login(&s);
    bosh_client_free(s.client);
    CHECK(s.net.is_released);
    CHECK_INT(scene_open_count(&s), 0);
    bosh_client_free(NULL);
    SCENE_END(&s);
}

/* -------------------------------------------------------------------------------- nested pumps */

/* Inside the handler of "a": the poll that is open is answered with "b", and time passes. */
static void pump_inside_a(scene *self, const bosh_stanza *stanza)
{
    if (strcmp(bosh_stanza_attribute(stanza, "id"), "a") != 0)
        return;
    for (int i = 0; i < 3; i++) {
        bosh_client_pump(self->client, self->net.now_ms);
        if (i == 0)
            CHECK_INT(scene_open_count(self), 1);
        scene_hand_in(self, "", i ? "" : MESSAGE("b"));
        self->net.now_ms += 1000;
        bosh_client_pump(self->client, self->net.now_ms);
        CHECK_INT(scene_open_count(self), 1);
    }
    scene_note(self, "leaves");
}

static void nested_pump_keeps_the_session_alive_but_delivers_nothing(void)
{
    scene_init(&s);
    scene_login(&s);
    s.on_stanza = pump_inside_a;
    scene_answer(&s, MESSAGE("a") MESSAGE("c"));
    CHECK_STR(scene_told(&s), "message a, leaves, message c, message b");
    SCENE_END(&s);
}

static int note_timer(bosh_client *client, void *user)
{
    (void)client;
    scene_note(user, "timer");
    return 1;
}

static void pump_late(scene *self, const bosh_stanza *stanza)
{
    (void)stanza;
    self->net.now_ms += 60000;
    bosh_client_pump(self->client, self->net.now_ms);
    scene_note(self, "leaves");
}

static void nested_pump_calls_no_timer_and_no_request_back(void)
{
    CHECK_NEEDS("requests");
    scene_init(&s);
    scene_login(&s);
    bosh_timer_add(s.client, 10000, note_timer, &s);
    scene_ask(&s, NULL, 30000);
    scene_turn(&s);
    s.on_stanza = pump_late;
    scene_answer(&s, MESSAGE("a"));
    CHECK_STR(scene_told(&s), "message a, leaves, answer ERR_IQ_TIMEOUT, timer");
    SCENE_END(&s);
}

/* A handler that never returns cannot make the client hoard. */
static void pump_many(scene *self, const bosh_stanza *stanza)
{
    (void)stanza;
    self->on_stanza = NULL;
    bosh_client_pump(self->client, self->net.now_ms);
    for (int i = 0; i < 20 && scene_open_count(self); i++) {
        scene_hand_in(self, "", MESSAGE("x"));
        bosh_client_pump(self->client, self->net.now_ms += 100);
    }
    CHECK_INT(scene_open_count(self), 0);
}

static void nested_pumps_take_in_a_few_answers_only(void)
{
    scene_init(&s);
    scene_login(&s);
    s.on_stanza = pump_many;
    scene_answer(&s, MESSAGE("a"));
    CHECK_STR(scene_told(&s), "message a, message x, message x, message x, message x");
    CHECK_INT(scene_open_count(&s), 1);
    SCENE_END(&s);
}

/* --------------------------------------------------------------------------- one turn, and when */

static void reply(scene *self, const bosh_stanza *stanza)
{
    (void)stanza;
    scene_say(self, "reply");
}

/* HOLD-3: the answer to a poll frees the queue before it re-arms the poll. */
static void reply_of_a_handler_rides_on_the_next_request(void)
{
    scene_init(&s);
    scene_login(&s);
    size_t before = s.net.count;
    s.on_stanza = reply;
    scene_answer(&s, MESSAGE("a"));
    CHECK_INT(s.net.count, before + 1);
    CHECK(strstr(scene_sent(&s), "id='reply'"));
    SCENE_END(&s);
}

/* What is sent after the delivery rides on the request that is due. */
static void delivery_alone_submits_nothing(void)
{
    scene_init(&s);
    scene_login(&s);
    size_t before = s.net.count;
    scene_hand_in(&s, "", MESSAGE("a"));
    bosh_client_deliver(s.client, s.net.now_ms);
    CHECK_STR(scene_told(&s), "message a");
    CHECK_INT(s.net.count, before);
    scene_say(&s, "late reply");
    bosh_client_pump(s.client, s.net.now_ms);
    CHECK_INT(s.net.count, before + 1);
    CHECK(strstr(scene_sent(&s), "id='late reply'"));
    SCENE_END(&s);
}

static void note_body(bosh_client *client, const bosh_stanza *body, void *user)
{
    (void)client;
    scene_note(user, bosh_stanza_child(body, NULL, NULL) ? "full body" : "empty body");
}

static void each_body_is_shown_before_what_is_in_it(void)
{
    scene_init(&s);
    s.config.on_body = note_body;
    scene_login(&s);
    scene_told(&s);
    scene_answer(&s, MESSAGE("a") MESSAGE("b"));
    CHECK_STR(scene_told(&s), "full body, message a, message b");
    scene_answer(&s, "");
    CHECK_STR(scene_told(&s), "empty body");
    scene_answer_as(&s, " type='terminate'", MESSAGE("c"));
    CHECK_STR(scene_told(&s), "full body, message c, ended ERR_TERMINATED");
    SCENE_END(&s);
}

/* An answer that is kept while the client moves is shown once. */
static void body_is_shown_once(void)
{
    CHECK_NEEDS("journal");
    scene_init(&s);
    s.config.on_body = note_body;
    scene_login(&s);
    scene_told(&s);
    scene_hand_in(&s, "", MESSAGE("a"));
    scene_move(&s);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "online, full body, message a");
    SCENE_END(&s);
}

/* The client promises to come to rest: a deadline that is not ahead is work for a few turns only.
 * scene_turn complains otherwise; here the stretches that invite it are played. */
static void client_comes_to_rest_in_every_state(void)
{
    CHECK_NEEDS("reconnect");
    scene_init(&s);
    s.config.reconnect = BOSH_RECONNECT_ALWAYS;
    scene_open(&s);
    CHECK(bosh_client_deadline(s.client) == BOSH_NEVER);
    scene_connect(&s);
    for (int i = 0; i < 4; i++) { /* creation breaks again and again */
        if (scene_oldest(&s))
            world_transport_fail(&s.net, scene_oldest(&s), BOSH_ERR_CONNECT, 0);
        scene_turn(&s);
        scene_advance(&s, 3000);
    }
    while (bosh_client_state(s.client) != BOSH_STATE_ONLINE && !s.problems) {
        scene_advance(&s, 100);
        scene_answer_login(&s);
    }
    for (int i = 0; i < 30 && !s.problems; i++) { /* everything breaks until the session is lost */
        scene_say(&s, "m");
        if (scene_oldest(&s))
            world_transport_fail(&s.net, scene_oldest(&s), BOSH_ERR_RESET, 0);
        scene_turn(&s);
        scene_advance(&s, 5000);
    }
    bosh_client_close(s.client, NULL);
    scene_turn(&s);
    scene_advance(&s, 20000);
    CHECK_INT(bosh_client_state(s.client), BOSH_STATE_ENDED);
    CHECK(bosh_client_deadline(s.client) == BOSH_NEVER);
    SCENE_END(&s);
}

static void client_comes_to_rest_whatever_the_server_grants(void)
{
    CHECK_NEEDS("extras");
    static const char *const sessions[] = {
        "wait='50' requests='1' hold='1' inactivity='30' polling='5' ver='1.11'",
        "wait='0' requests='1' hold='0' inactivity='30' polling='2' ver='1.11'",
        "wait='50' requests='2' hold='0' inactivity='30' ver='1.11'",
        "wait='1' requests='2' hold='1' inactivity='1'",
        "",
    };
    for (size_t i = 0; i < sizeof(sessions) / sizeof(sessions[0]); i++) {
        scene_init(&s);
        s.session = sessions[i];
        scene_connect(&s);
        for (int n = 0; n < 40 && bosh_client_state(s.client) != BOSH_STATE_ONLINE; n++) {
            scene_advance(&s, 500);
            scene_answer_login(&s);
        }
        CHECK_INT(bosh_client_state(s.client), BOSH_STATE_ONLINE);
        for (int n = 0; n < 20 && !s.problems; n++) {
            scene_say(&s, "m");
            scene_turn(&s);
            scene_advance(&s, 700);
            if (scene_oldest(&s))
                scene_answer(&s, n % 3 ? "" : MESSAGE("x"));
        }
        bosh_client_close(s.client, NULL);
        scene_advance(&s, 20000);
        CHECK_INT(bosh_client_state(s.client), BOSH_STATE_ENDED);
        SCENE_END(&s);
    }
}

/* bosh_transport.wanted may be NULL: then the deadline alone says that there is work. */
static void deadline_tells_of_every_wish(void)
{
    scene_init(&s);
    s.net.transport.wanted = NULL;
    scene_open(&s);
    world_validator_connect(s.validator);
    bosh_client_connect(s.client);
    CHECK(bosh_client_deadline(s.client) <= s.net.now_ms);
    for (int i = 0; i < 6 && bosh_client_state(s.client) != BOSH_STATE_ONLINE; i++) {
        scene_advance(&s, 10);
        scene_answer_login(&s);
    }
    scene_advance(&s, 1000);
    CHECK(bosh_client_deadline(s.client) > s.net.now_ms);
    scene_say(&s, "m");
    CHECK(bosh_client_deadline(s.client) <= s.net.now_ms);
    scene_turn(&s);
    bosh_client_network_changed(s.client);
    CHECK(bosh_client_deadline(s.client) <= s.net.now_ms);
    scene_turn(&s);
    scene_advance(&s, 1000);
    CHECK(bosh_client_deadline(s.client) > s.net.now_ms);
    bosh_timer_add(s.client, 100, note_timer, &s);
    CHECK(bosh_client_deadline(s.client) <= s.net.now_ms);
    scene_turn(&s);
    CHECK_INT(bosh_client_deadline(s.client), s.net.now_ms + 100);
    SCENE_END(&s);
}

/* HOLD-5: a call from outside asks the transport for a pump, one from inside need not. */
static void every_wish_asks_the_transport_for_a_pump(void)
{
    scene_init(&s);
    scene_login(&s);
    for (int i = 0; i < 6; i++) {
        CHECK(!s.net.is_wanted);
        if (i == 0)
            scene_say(&s, "a");
        else if (i == 1)
            bosh_client_network_changed(s.client);
        else if (i == 2)
            bosh_client_clock_jumped(s.client, 1000);
        else if (i == 3)
            bosh_timer_add(s.client, 1000000, note_timer, &s);
        else if (i == 4)
            bosh_client_set_password(s.client, "pencil");
        else
            bosh_client_close(s.client, NULL);
        CHECK(s.net.is_wanted);
        scene_turn(&s);
    }
    SCENE_END(&s);
}

static void deadline_tells_of_an_export_and_an_import(void)
{
    CHECK_NEEDS("export");
    void *bytes = NULL;
    size_t size = 0;
    scene_init(&s);
    scene_login(&s);
    CHECK_INT(bosh_client_export(s.client, &bytes, &size), 0);
    CHECK(bosh_client_deadline(s.client) <= s.net.now_ms);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "ended ERR_EXPORTED");
    scene_crash(&s);
    CHECK_INT(bosh_client_import(s.client, bytes, size, 0), 0);
    CHECK(bosh_client_deadline(s.client) <= s.net.now_ms);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "online");
    s.config.allocator.release(bytes, s.config.allocator.user);
    SCENE_END(&s);
}

/* BODY-10: some servers forward stanzas without their namespace. */
static void stanza_without_its_namespace_is_put_right(void)
{
    scene_init(&s);
    scene_login(&s);
    scene_answer(&s, "<message id='a'><body>x</body></message>"
                     "<message xmlns='' id='b'><body>x</body></message>");
    CHECK_STR(scene_told(&s), "message a, message b");
    SCENE_END(&s);
}

/* Reports for attempts that are no more are ignored (RTX-4). */
static void reports_of_unknown_attempts_are_ignored(void)
{
    scene_init(&s);
    scene_login(&s);
    CHECK_INT(bosh_transport_bytes(s.client, 9999, "<x/>", 4), 0);
    bosh_transport_done(s.client, 9999, 200, 0, s.net.now_ms);
    bosh_transport_failed(s.client, 9999, BOSH_ERR_RESET, 0, s.net.now_ms);
    bosh_transport_uploaded(s.client, 9999, s.net.now_ms);
    bosh_transport_failed(s.client, 0, BOSH_ERR_RESET, 0, s.net.now_ms);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "");
    SCENE_END(&s);
}

static void submit_that_fails_is_tried_again(void)
{
    scene_init(&s);
    scene_login(&s);
    s.net.submit_error = BOSH_ERR_CONNECT;
    scene_answer(&s, "");
    CHECK_STR(scene_told(&s), "retry ERR_CONNECT, recovering ERR_CONNECT");
    s.net.submit_error = 0;
    scene_advance(&s, 200);
    CHECK_INT(scene_open_count(&s), 1);
    scene_answer(&s, "");
    CHECK_STR(scene_told(&s), "online");
    SCENE_END(&s);
}

static const check_test tests[] = {
    {"free_inside_an_event_takes_effect_after_the_pump",
     free_inside_an_event_takes_effect_after_the_pump},
    {"free_inside_a_handler_drops_the_stanzas_behind_it",
     free_inside_a_handler_drops_the_stanzas_behind_it},
    {"free_inside_a_timer_takes_effect_after_the_pump",
     free_inside_a_timer_takes_effect_after_the_pump},
    {"free_inside_an_answer_takes_effect_after_the_pump",
     free_inside_an_answer_takes_effect_after_the_pump},
    {"free_inside_an_answer_to_the_end_takes_effect_after_the_pump",
     free_inside_an_answer_to_the_end_takes_effect_after_the_pump},
    {"free_inside_the_log_takes_effect_after_the_pump",
     free_inside_the_log_takes_effect_after_the_pump},
    {"free_inside_the_trace_of_a_request_takes_effect_after_the_pump",
     free_inside_the_trace_of_a_request_takes_effect_after_the_pump},
    {"free_inside_the_trace_of_an_answer_takes_effect_after_the_pump",
     free_inside_the_trace_of_an_answer_takes_effect_after_the_pump},
    {"free_inside_the_journal_takes_effect_after_the_pump",
     free_inside_the_journal_takes_effect_after_the_pump},
    {"free_outside_of_callbacks_takes_effect_at_once",
     free_outside_of_callbacks_takes_effect_at_once},
    {"nested_pump_keeps_the_session_alive_but_delivers_nothing",
     nested_pump_keeps_the_session_alive_but_delivers_nothing},
    {"nested_pump_calls_no_timer_and_no_request_back",
     nested_pump_calls_no_timer_and_no_request_back},
    {"nested_pumps_take_in_a_few_answers_only", nested_pumps_take_in_a_few_answers_only},
    {"reply_of_a_handler_rides_on_the_next_request", reply_of_a_handler_rides_on_the_next_request},
    {"delivery_alone_submits_nothing", delivery_alone_submits_nothing},
    {"each_body_is_shown_before_what_is_in_it", each_body_is_shown_before_what_is_in_it},
    {"body_is_shown_once", body_is_shown_once},
    {"client_comes_to_rest_in_every_state", client_comes_to_rest_in_every_state},
    {"client_comes_to_rest_whatever_the_server_grants",
     client_comes_to_rest_whatever_the_server_grants},
    {"deadline_tells_of_every_wish", deadline_tells_of_every_wish},
    {"every_wish_asks_the_transport_for_a_pump", every_wish_asks_the_transport_for_a_pump},
    {"deadline_tells_of_an_export_and_an_import", deadline_tells_of_an_export_and_an_import},
    {"stanza_without_its_namespace_is_put_right", stanza_without_its_namespace_is_put_right},
    {"reports_of_unknown_attempts_are_ignored", reports_of_unknown_attempts_are_ignored},
    {"submit_that_fails_is_tried_again", submit_that_fails_is_tried_again},
};
CHECK_MAIN(tests)
