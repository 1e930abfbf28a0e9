/* SPDX-License-Identifier: MIT
 * Passwords as a program gives them: in time, late, wrong, or not at all. */
#include "tests/unit/scene.h"
#include "tests/check.h"

static scene s;

/* From wherever the client is, answered by the server, to ONLINE. */
static void come_back(void)
{
    for (int i = 0; i < 1000 && bosh_client_state(s.client) != BOSH_STATE_ONLINE; i++) {
        scene_advance(&s, 100);
        if (scene_oldest(&s))
            scene_answer_login(&s);
    }
    CHECK_INT(bosh_client_state(s.client), BOSH_STATE_ONLINE);
}

static const char *answer_password;

static void answer_at_once(scene *self, const bosh_event *event)
{
    if (event->type == BOSH_EVENT_CREDENTIALS)
        CHECK_INT(bosh_client_set_password(self->client, answer_password), 0);
}

static void begin_asking(const char *password)
{
    scene_init(&s);
    s.config.ask_credentials = 1;
    s.config.password = password;
}

static void password_may_be_given_inside_the_event(void)
{
    begin_asking(NULL);
    s.on_event = answer_at_once;
    answer_password = "pencil";
    scene_connect(&s);
    scene_answer_login(&s);
    CHECK_STR(scene_told(&s), "connecting, authenticating, credentials");
    CHECK(strstr(scene_sent(&s), "AGFsaWNlAHBlbmNpbA==")); /* at once, not with the next poll */
    come_back();
    SCENE_END(&s);
}

static void password_may_be_given_later(void)
{
    begin_asking(NULL);
    scene_connect(&s);
    scene_answer_login(&s);
    CHECK_STR(scene_told(&s), "connecting, authenticating, credentials");
    for (int i = 0; i < 10; i++) { /* people take their time; the session is kept alive */
        scene_advance(&s, 16000);
        if (scene_oldest(&s))
            scene_answer(&s, "");
    }
    CHECK_STR(scene_told(&s), "");
    CHECK_INT(bosh_client_set_password(s.client, "pencil"), 0);
    scene_advance(&s, 100);
    CHECK(strstr(scene_sent(&s), "AGFsaWNlAHBlbmNpbA=="));
    SCENE_END(&s);
}

/* A refused password is asked for again, and the new one is sent at once, too. */
static void refused_password_may_be_corrected_inside_the_event(void)
{
    begin_asking("wrong");
    s.on_event = answer_at_once;
    answer_password = "pencil";
    scene_connect(&s);
    scene_answer_login(&s);
    scene_answer(&s, SASL_FAILURE("not-authorized"));
    CHECK_STR(scene_told(&s), "connecting, authenticating, credentials ERR_AUTH");
    CHECK(strstr(scene_sent(&s), "AGFsaWNlAHBlbmNpbA=="));
    come_back();
    SCENE_END(&s);
}

static void password_refused_by_the_program_gives_up(void)
{
    for (int is_inside = 0; is_inside < 2; is_inside++) {
        begin_asking(NULL);
        if (is_inside)
            s.on_event = answer_at_once;
        answer_password = NULL;
        scene_connect(&s);
        scene_answer_login(&s);
        if (!is_inside)
            bosh_client_set_password(s.client, NULL);
        scene_advance(&s, 100);
        CHECK(strstr(scene_sent(&s), "type='terminate'"));
        scene_advance(&s, 3000);
        CHECK_STR(scene_told(&s), "connecting, authenticating, credentials, ended ERR_CREDENTIALS");
        SCENE_END(&s);
    }
}

static void refused_login_ends_with_what_the_server_said(void)
{
    scene_init(&s);
    s.config.reconnect = BOSH_RECONNECT_ALWAYS;
    scene_connect(&s);
    scene_answer_login(&s);
    scene_answer(&s, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/>"
                     "<text>No.</text></failure>");
    CHECK(strstr(scene_sent(&s), "type='terminate'"));
    scene_answer_as(&s, "type='terminate'", "");
    CHECK_STR(scene_told(&s), "connecting, authenticating, ended ERR_AUTH");
    CHECK_STR(bosh_client_detail(s.client)->stanza_condition, "not-authorized");
    CHECK_STR(bosh_client_detail(s.client)->text, "No.");
    SCENE_END(&s);
}

static void login_that_fails_for_a_moment_is_repeated(void)
{
    scene_init(&s);
    s.config.reconnect = BOSH_RECONNECT_ALWAYS;
    scene_connect(&s);
    scene_answer_login(&s);
    scene_answer(&s, SASL_FAILURE("temporary-auth-failure"));
    scene_answer_as(&s, "type='terminate'", "");
    CHECK(strstr(scene_told(&s), "waiting to reconnect ERR_AUTH"));
    come_back();
    SCENE_END(&s);
}

static const check_test tests[] = {
    {"password_may_be_given_inside_the_event", password_may_be_given_inside_the_event},
    {"password_may_be_given_later", password_may_be_given_later},
    {"refused_password_may_be_corrected_inside_the_event",
     refused_password_may_be_corrected_inside_the_event},
    {"password_refused_by_the_program_gives_up", password_refused_by_the_program_gives_up},
    {"refused_login_ends_with_what_the_server_said", refused_login_ends_with_what_the_server_said},
    {"login_that_fails_for_a_moment_is_repeated", login_that_fails_for_a_moment_is_repeated},
};
CHECK_MAIN(tests)
