/* SPDX-License-Identifier: MIT
 * Passwords as a program gives them: in time, late, wrong, or not at all. */
#include "tests/unit/scene.h"
#include "world/scram.h"
#include "tests/check.h"

#include <stdlib.h>

static scene s;

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
    CHECK_NEEDS("steering");
    begin_asking(NULL);
    s.on_event = answer_at_once;
    answer_password = "pencil";
    scene_connect(&s);
    scene_answer_login(&s);
    CHECK_STR(scene_told(&s), "connecting, authenticating, credentials");
    CHECK(strstr(scene_sent(&s), "AGFsaWNlAHBlbmNpbA==")); /* at once, not with the next poll */
    scene_come_back(&s);
    SCENE_END(&s);
}

static void password_may_be_given_later(void)
{
    CHECK_NEEDS("steering");
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
    CHECK_NEEDS("steering");
    begin_asking("wrong");
    s.on_event = answer_at_once;
    answer_password = "pencil";
    scene_connect(&s);
    scene_answer_login(&s);
    scene_answer(&s, SASL_FAILURE("not-authorized"));
    CHECK_STR(scene_told(&s), "connecting, authenticating, credentials ERR_AUTH");
    CHECK(strstr(scene_sent(&s), "AGFsaWNlAHBlbmNpbA=="));
    scene_come_back(&s);
    SCENE_END(&s);
}

static void password_refused_by_the_program_gives_up(void)
{
    CHECK_NEEDS("steering");
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
    CHECK_NEEDS("reconnect");
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
    CHECK_NEEDS("reconnect");
    scene_init(&s);
    s.config.reconnect = BOSH_RECONNECT_ALWAYS;
    scene_connect(&s);
    scene_answer_login(&s);
    scene_answer(&s, SASL_FAILURE("temporary-auth-failure"));
    scene_answer_as(&s, "type='terminate'", "");
    CHECK(strstr(scene_told(&s), "waiting to reconnect ERR_AUTH"));
    scene_come_back(&s);
    SCENE_END(&s);
}

/* ----------------------------------------------------------------------------------- SCRAM keys */

/* The data of the newest SASL element that was sent. */
static const char *sent_data(const char *element)
{
    static char data[400];
    size_t size = 0;
    char base64[400] = "";
    const char *begin = strstr(scene_sent(&s), element);
    begin = begin ? strchr(begin, '>') : NULL;
    if (begin)
        snprintf(base64, sizeof(base64), "%.*s", (int)strcspn(begin + 1, "<"), begin + 1);
    char *decoded = world_base64_decode(base64, &size);
    snprintf(data, sizeof(data), "%.*s", (int)size, decoded ? decoded : "");
    free(decoded);
    return data;
}

static void answer_data(const char *element, const char *data)
{
    char payload[600];
    char *base64 = world_base64_encode(data, strlen(data));
    snprintf(payload, sizeof(payload), "<%s xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>%s</%s>",
             element, base64, element);
    free(base64);
    scene_answer(&s, payload);
}

/* The server's part of SCRAM, from creation to ONLINE; 1 when the client proves the password. */
static int log_in_with_scram(void)
{
    char first[200], server_first[300], final[400], proof[100], signature[102] = "v=";
    scene_answer_login(&s);
    snprintf(first, sizeof(first), "%s", sent_data("<auth"));
    if (strncmp(first, "n,,n=alice,r=", 13) != 0)
        return 0;
    snprintf(server_first, sizeof(server_first), "r=%sX,s=c2FsdA==,i=4096", first + 13);
    answer_data("challenge", server_first);
    for (int i = 0; i < 5 && !strstr(scene_sent(&s), "<response"); i++)
        scene_advance(&s, 10);
    snprintf(final, sizeof(final), "%s", sent_data("<response"));
    char *given = strstr(final, ",p=");
    if (!given)
        return 0;
    *given = '\0';
    world_scram facts = {"SCRAM-SHA-256", "pencil", first, server_first, final};
    if (world_scram_compute(&facts, proof, signature + 2) || strcmp(proof, given + 3) != 0)
        return 0;
    answer_data("success", signature);
    scene_come_back(&s);
    return 1;
}

/* SCR-4 */
static void keys_of_a_login_log_in_without_the_password(void)
{
    static bosh_scram_keys keys;
    scene_init(&s);
    s.offer = "SCRAM-SHA-256 PLAIN";
    scene_connect(&s);
    CHECK(log_in_with_scram());
    CHECK_INT(bosh_client_scram_keys(s.client, &keys), 0);
    CHECK_STR(keys.mechanism, "SCRAM-SHA-256");
    CHECK_INT(keys.rounds, 4096);
    SCENE_END(&s);
    scene_init(&s);
    s.offer = "SCRAM-SHA-256 PLAIN";
    s.config.password = NULL;
    s.config.scram_keys = &keys;
    s.config.scram_rounds_per_pump = 1; /* nothing is derived */
    scene_connect(&s);
    CHECK(log_in_with_scram());
    SCENE_END(&s);
}

/* SASL-2: a server that suddenly offers only PLAIN is perhaps not the server. */
static void account_that_used_scram_never_sends_its_password_again(void)
{
    CHECK_NEEDS("reconnect");
    scene_init(&s);
    s.offer = "SCRAM-SHA-256 PLAIN";
    s.config.reconnect = BOSH_RECONNECT_ALWAYS;
    scene_connect(&s);
    CHECK(log_in_with_scram());
    scene_advance(&s, 100);
    scene_answer_as(&s, "type='terminate' condition='item-not-found'", "");
    s.offer = "PLAIN";
    scene_told(&s);
    scene_advance(&s, 2000);
    scene_answer_login(&s);
    scene_advance(&s, 5000);
    CHECK(strstr(scene_told(&s), "ended ERR_NO_MECHANISM"));
    for (size_t i = 0; i < s.net.count; i++)
        CHECK(!strstr(s.net.attempts[i]->entity, "AGFsaWNlAHBlbmNpbA=="));
    SCENE_END(&s);
}

/* SEC-10, by SCRAM, and in the memory that is still in use once the login is over. */
static void password_is_wiped_after_scram(void)
{
    scene_init(&s);
    s.alloc.secrets[0] = "pencil";
    s.offer = "SCRAM-SHA-256 PLAIN";
    scene_connect(&s);
    CHECK(log_in_with_scram());
    CHECK(world_alloc_holds(&s.alloc, "pencil", 6)); /* for the next login, and only once */
    CHECK_INT(bosh_client_set_password(s.client, NULL), 0);
    scene_turn(&s);
    CHECK(!world_alloc_holds(&s.alloc, "pencil", 6));
    bosh_client_free(s.client);
    s.client = s.net.client = NULL;
    CHECK_INT(s.alloc.secrets_released, 0);
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
    {"keys_of_a_login_log_in_without_the_password", keys_of_a_login_log_in_without_the_password},
    {"account_that_used_scram_never_sends_its_password_again",
     account_that_used_scram_never_sends_its_password_again},
    {"password_is_wiped_after_scram", password_is_wiped_after_scram},
};
CHECK_MAIN(tests)
