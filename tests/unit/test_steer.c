/* SPDX-License-Identifier: MIT
 * A login in the program's hands: from within the event, in the wrong order, without memory. */
#include "tests/unit/scene.h"
#include "tests/check.h"

static scene s;

static void begin(int before_login, int before_bind)
{
    scene_init(&s);
    s.config.stop_before_login = (uint8_t)before_login;
    s.config.stop_before_bind = (uint8_t)before_bind;
}

static bosh_writer *sasl(const char *name, const char *mechanism, const char *text)
{
    bosh_writer *writer = bosh_client_writer(s.client);
    bosh_writer_start(writer, name, "urn:ietf:params:xml:ns:xmpp-sasl");
    bosh_writer_attribute(writer, "mechanism", mechanism);
    bosh_writer_text(writer, text);
    return writer;
}

/* The program answers each stop at once. */
static void steer(scene *self, const bosh_event *event)
{
    if (event->type != BOSH_EVENT_LOGIN)
        return;
    if (bosh_stanza_child(event->element, "mechanisms", NULL))
        CHECK_INT(bosh_client_send_login(self->client, sasl("auth", "PLAIN", "AGEAYg==")), 0);
    else
        CHECK_INT(bosh_client_continue_login(self->client), 0);
}

static void answers_within_the_event_cost_no_request(void)
{
    begin(1, 1);
    s.on_event = steer;
    scene_connect(&s);
    scene_answer_login(&s);
    CHECK(strstr(scene_sent(&s), "mechanism='PLAIN'>AGEAYg==</auth>"));
    scene_answer_login(&s);
    CHECK(strstr(scene_sent(&s), "xmpp:restart='true'"));
    scene_answer_login(&s);
    CHECK(strstr(scene_sent(&s), "<bind"));
    scene_answer_login(&s);
    CHECK_STR(scene_told(&s), "connecting, authenticating, login, login, binding, login, online");
    CHECK(!world_alloc_holds(&s.alloc, "AGEAYg==", 8)); /* SEC-10 */
    SCENE_END(&s);
}

static void free_at_the_stop(scene *self, const bosh_event *event)
{
    if (event->type == BOSH_EVENT_LOGIN)
        bosh_client_free(self->client);
}

static void client_may_be_freed_within_the_event(void)
{
    begin(1, 0);
    s.on_event = free_at_the_stop;
    scene_connect(&s);
    scene_answer_login(&s);
    CHECK_STR(scene_told(&s), "connecting, authenticating, login");
    s.client = NULL;
    SCENE_END(&s);
}

static void without_a_stop_everything_is_refused(void)
{
    begin(0, 0);
    scene_login(&s);
    CHECK_INT(bosh_client_continue_login(s.client), BOSH_ERR_STATE);
    CHECK_INT(bosh_client_send_login(s.client, sasl("auth", "PLAIN", "=")), BOSH_ERR_STATE);
    CHECK_INT(bosh_client_send_login(s.client, NULL), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_send(s.client, sasl("auth", "PLAIN", "="), NULL), BOSH_ERR_STANZA_KIND);
    CHECK_INT(bosh_client_set_login(s.client, "alice@example.org", NULL), BOSH_ERR_STATE);
    CHECK_INT(bosh_client_set_login(NULL, NULL, NULL), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_continue_login(NULL), BOSH_ERR_ARGUMENT);
    SCENE_END(&s);
}

static void program_that_never_answers_may_close(void)
{
    begin(1, 0);
    scene_connect(&s);
    scene_answer_login(&s);
    for (int i = 0; i < 20; i++) {
        scene_advance(&s, 16000);
        if (scene_oldest(&s))
            scene_answer(&s, "");
    }
    CHECK_STR(scene_told(&s), "connecting, authenticating, login");
    bosh_client_close(s.client, NULL);
    scene_advance(&s, 6000);
    CHECK_STR(scene_told(&s), "closing, ended");
    SCENE_END(&s);
}

/* Nothing has changed when there was no memory for all of it. */
static void login_is_changed_as_a_whole(void)
{
    begin(1, 0);
    scene_connect(&s);
    scene_answer_login(&s);
    for (uint64_t call = 1; call <= 3; call++) {
        s.alloc.fail_at = s.alloc.calls + call;
        CHECK_INT(bosh_client_set_login(s.client, "bob@example.org/x", "PLAIN"), BOSH_ERR_MEMORY);
    }
    CHECK_INT(bosh_client_continue_login(s.client), 0);
    scene_turn(&s);
    CHECK(strstr(scene_sent(&s), "AGFsaWNlAHBlbmNpbA==")); /* alice's */
    SCENE_END(&s);
}

static void login_is_sent_in_a_session_only_and_changed_to_an_address_only(void)
{
    begin(1, 0);
    scene_open(&s);
    CHECK_INT(bosh_client_send_login(s.client, sasl("auth", "PLAIN", "=")), BOSH_ERR_STATE);
    CHECK_INT(bosh_client_set_login(s.client, "@", NULL), BOSH_ERR_JID);
    CHECK_INT(bosh_client_set_login(s.client, "a@", NULL), BOSH_ERR_JID);
    SCENE_END(&s);
}

static void stop_without_memory_is_still_one(void)
{
    begin(1, 0);
    scene_connect(&s);
    scene_answer_login(&s);
    bosh_writer *auth = sasl("auth", "PLAIN", "AGEAYg==");
    s.alloc.fail_at = s.alloc.calls + 1;
    CHECK_INT(bosh_client_send_login(s.client, auth), BOSH_ERR_MEMORY);
    s.alloc.fail_at = 0;
    CHECK_INT(bosh_client_send_login(s.client, sasl("auth", "PLAIN", "AGEAYg==")), 0);
    SCENE_END(&s);
}

static const check_test tests[] = {
    {"answers_within_the_event_cost_no_request", answers_within_the_event_cost_no_request},
    {"client_may_be_freed_within_the_event", client_may_be_freed_within_the_event},
    {"without_a_stop_everything_is_refused", without_a_stop_everything_is_refused},
    {"program_that_never_answers_may_close", program_that_never_answers_may_close},
    {"login_is_changed_as_a_whole", login_is_changed_as_a_whole},
    {"login_is_sent_in_a_session_only_and_changed_to_an_address_only",
     login_is_sent_in_a_session_only_and_changed_to_an_address_only},
    {"stop_without_memory_is_still_one", stop_without_memory_is_still_one},
};
CHECK_MAIN(tests)
