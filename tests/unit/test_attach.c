/* SPDX-License-Identifier: MIT
 * client/move, client/lifecycle: going on with a session of which only the ids are known, and the
 * last words of a program that is stopped. */
#include "tests/unit/scene.h"
#include "client/client.h"
#include "tests/check.h"

#include <stdio.h>

static scene s;

/* A session of the server's that no client of ours has made. */
static void begin(void)
{
    scene_init(&s);
    s.is_unwatched = 1; /* the validator has not seen its creation */
    scene_open(&s);
}

static const bosh_attachment made = BOSH_ATTACHMENT("alice@example.org/web", "SID", 4711);

static void attached_client_is_online_and_polls(void)
{
    begin();
    CHECK_INT(bosh_client_attach(s.client, &made), 0);
    CHECK_INT(bosh_client_state(s.client), BOSH_STATE_CONNECTING);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "online");
    CHECK_STR(bosh_client_jid(s.client), "alice@example.org/web");
    CHECK(strstr(scene_sent(&s), "rid='4711' sid='SID'"));
    scene_answer(&s, MESSAGE("m"));
    CHECK_STR(scene_told(&s), "message m");
    CHECK(strstr(scene_sent(&s), "rid='4712' sid='SID'"));
    CHECK_INT(scene_say(&s, "a"), 1);
    scene_advance(&s, 100);
    scene_answer(&s, "");
    scene_answer(&s, "");
    CHECK_STR(scene_told(&s), "delivered 1");
    SCENE_END(&s);
}

static void what_the_server_granted_is_kept_to(void)
{
    bosh_attachment polling = made;
    polling.requests = 1;
    polling.wait_s = 0;
    polling.inactivity_s = 20;
    begin();
    CHECK_INT(bosh_client_attach(s.client, &polling), 0);
    scene_turn(&s);
    CHECK_INT(scene_open_count(&s), 1);
    scene_say(&s, "a");
    scene_advance(&s, 1000);
    CHECK_INT(scene_open_count(&s), 1); /* one request, so no second beside it */
    scene_answer(&s, "");
    CHECK(strstr(scene_sent(&s), "id='a'"));
    SCENE_END(&s);
}

static void session_that_is_not_there_ends(void)
{
    begin();
    s.config.reconnect = BOSH_RECONNECT_NEVER;
    scene_crash(&s);
    bosh_client_attach(s.client, &made);
    scene_turn(&s);
    scene_answer_as(&s, "type='terminate' condition='item-not-found'", "");
    CHECK_STR(scene_told(&s), "online, ended ERR_CONDITION");
    SCENE_END(&s);
}

static void ids_that_cannot_be_are_refused(void)
{
    static const bosh_attachment wrong[] = {
        BOSH_ATTACHMENT(NULL, "SID", 1),   BOSH_ATTACHMENT("", "SID", 1),
        BOSH_ATTACHMENT("a@b/c", NULL, 1), BOSH_ATTACHMENT("a@b/c", "", 1),
        BOSH_ATTACHMENT("a@b/c", "S", 0),  BOSH_ATTACHMENT("a@b/c", "S", BOSH_RID_MAX),
    };
    begin();
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        CHECK_INT(bosh_client_attach(s.client, &wrong[i]), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_attach(s.client, NULL), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_attach(NULL, &made), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_attach(s.client, &made), 0);
    CHECK_INT(bosh_client_attach(s.client, &made), BOSH_ERR_STATE);
    scene_turn(&s);
    CHECK_INT(bosh_client_attach(s.client, &made), BOSH_ERR_STATE);
    SCENE_END(&s);
}

static void attach_without_memory_changes_nothing(void)
{
    int error = BOSH_ERR_MEMORY;
    begin();
    for (uint64_t n = 1; error; n++) {
        s.alloc.fail_at = s.alloc.calls + n;
        error = bosh_client_attach(s.client, &made);
        CHECK(error == 0 || error == BOSH_ERR_MEMORY);
        CHECK_INT(bosh_client_state(s.client), error ? BOSH_STATE_IDLE : BOSH_STATE_CONNECTING);
    }
    s.alloc.fail_at = 0;
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "online");
    SCENE_END(&s);
}

/* The smallest ids are numbers like any other, and the session can be moved on. */
static void attached_session_can_be_exported(void)
{
    bosh_attachment first = made;
    first.rid = 1;
    begin();
    CHECK_INT(bosh_client_attach(s.client, &first), 0);
    scene_turn(&s);
    scene_move(&s);
    CHECK_STR(scene_told(&s), "online, online");
    CHECK(strstr(scene_sent(&s), "rid='1' sid='SID'")); /* its poll is repeated */
    SCENE_END(&s);
}

/* SEC-7: who reads the ids can take the session. */
static void attaching_over_http_is_told_to_the_user(void)
{
    scene_init(&s);
    s.is_unwatched = 1;
    s.config.url = "http://example.org/http-bind";
    scene_open(&s);
    bosh_client_attach(s.client, &made);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "online, warning ERR_PLAIN_NEEDS_HTTPS");
    SCENE_END(&s);
}

/* ----------------------------------------------------------------------------------- last words */

typedef struct words {
    char texts[3][4000];
    size_t count;
} words;

static void listen(const bosh_transport_request *request, void *user)
{
    words *heard = user;
    char *text = heard->texts[heard->count++];
    text[0] = '\0';
    for (size_t i = 0; i < request->slice_count; i++)
        strncat(text, request->slices[i].data, request->slices[i].size);
}

static void farewell_takes_all_that_is_queued_along(void)
{
    words heard = {.count = 0};
    scene_init(&s);
    scene_login(&s);
    scene_say(&s, "a");
    scene_turn(&s);
    scene_say(&s, "b");
    scene_turn(&s); /* the window is full */
    scene_say(&s, "c");
    size_t count = s.net.count;
    CHECK_INT(bosh_lifecycle_farewell(s.client, s.net.now_ms, listen, &heard), 0);
    CHECK_INT(heard.count,
              3); /* the poll and "a" may not have arrived: a gap would stop the rest */
    CHECK(!strstr(heard.texts[0], "<message"));
    CHECK(strstr(heard.texts[1], "id='a'"));
    CHECK(strstr(heard.texts[2], "type='terminate'"));
    CHECK(strstr(strstr(heard.texts[2], "id='b'"), "id='c'"));
    CHECK(strstr(strstr(heard.texts[2], "id='c'"), "type='unavailable'"));
    CHECK_INT(s.net.count, count); /* not by the transport */
    heard.count = 0;               /* again: the same */
    CHECK_INT(bosh_lifecycle_farewell(s.client, s.net.now_ms, listen, &heard), 0);
    CHECK_INT(heard.count, 3);
    SCENE_END(&s);
}

static void farewell_needs_a_session_and_room(void)
{
    words heard = {.count = 0};
    scene_init(&s);
    s.config.body_bytes_max = 2000;
    scene_connect(&s);
    CHECK_INT(bosh_lifecycle_farewell(s.client, 0, listen, &heard), BOSH_ERR_STATE);
    SCENE_END(&s);
    scene_init(&s);
    s.config.body_bytes_max = 2000;
    scene_login(&s);
    for (int i = 0; i < 20; i++)
        scene_say(&s, "much");
    CHECK_INT(bosh_lifecycle_farewell(s.client, s.net.now_ms, listen, &heard), BOSH_ERR_QUEUE_FULL);
    CHECK_INT(heard.count, 0);
    SCENE_END(&s);
}

static const check_test tests[] = {
    {"attached_client_is_online_and_polls", attached_client_is_online_and_polls},
    {"what_the_server_granted_is_kept_to", what_the_server_granted_is_kept_to},
    {"session_that_is_not_there_ends", session_that_is_not_there_ends},
    {"ids_that_cannot_be_are_refused", ids_that_cannot_be_are_refused},
    {"attach_without_memory_changes_nothing", attach_without_memory_changes_nothing},
    {"attached_session_can_be_exported", attached_session_can_be_exported},
    {"attaching_over_http_is_told_to_the_user", attaching_over_http_is_told_to_the_user},
    {"farewell_takes_all_that_is_queued_along", farewell_takes_all_that_is_queued_along},
    {"farewell_needs_a_session_and_room", farewell_needs_a_session_and_room},
};
CHECK_MAIN(tests)
