/* SPDX-License-Identifier: MIT
 * Old messages: only from the archive that was asked, only for our question. */
#include "stage.h"
#include "tests/check.h"

#include <bosh/ext/mam.h>

static stage on;
static bosh_mam *mam;
static char told[512];

static void on_message(bosh_mam *of, const bosh_mam_message *message, void *user)
{
    size_t used = strlen(told);
    (void)of;
    (void)user;
    snprintf(told + used, sizeof(told) - used, "%s %s '%s'; ", message->id, message->stamp,
             bosh_stanza_child_text(message->message, "body", NULL));
}

static void on_done(bosh_mam *of, int error, int is_complete, void *user)
{
    size_t used = strlen(told);
    (void)of;
    (void)user;
    snprintf(told + used, sizeof(told) - used, "done %s%s; ", bosh_error_name(error),
             is_complete ? " complete" : "");
}

static void open_mam(void)
{
    told[0] = '\0';
    stage_open(&on);
    CHECK_INT(bosh_mam_new(on.client, &on.allocator, &mam), BOSH_OK);
    stage_login(&on);
    stage_sent(&on);
}

static void close_mam(void)
{
    stage_close(&on);
    bosh_mam_free(mam);
    CHECK_INT(stage_done(&on), 0);
}

/* `from` and the question's id as somebody claims them. */
static void receive_result(const char *from, const char *question)
{
    char stanza[700];
    snprintf(stanza, sizeof(stanza),
             "<message xmlns='jabber:client'%s%s%s><result xmlns='urn:xmpp:mam:2' id='a1' "
             "queryid='%s'><forwarded xmlns='urn:xmpp:forward:0'>"
             "<delay xmlns='urn:xmpp:delay' stamp='2026-01-02T03:04:05Z'/>"
             "<message xmlns='jabber:client' from='bob@localhost/x'><body>old</body></message>"
             "</forwarded></result></message>",
             from ? " from='" : "", from ? from : "", from ? "'" : "", question);
    stage_receive(&on, stanza);
}

static void test_page(void)
{
    bosh_mam_query query = {.with = "bob@localhost", .before = "", .max = 30};
    open_mam();
    CHECK_INT(bosh_mam_ask(mam, &query, on_message, on_done, NULL), BOSH_OK);
    CHECK(strstr(stage_sent(&on),
                 "<query xmlns='urn:xmpp:mam:2' queryid='1'><x xmlns='jabber:x:data' "
                 "type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value>"
                 "</field><field var='with'><value>bob@localhost</value></field></x>"
                 "<set xmlns='http://jabber.org/protocol/rsm'><max>30</max><before/></set>"
                 "</query>") != NULL);
    receive_result(NULL, "1");
    receive_result("alice@localhost", "1");
    stage_result(&on, stage_id(&on), NULL, "<fin xmlns='urn:xmpp:mam:2' complete='true'/>");
    CHECK_STR(told, "a1 2026-01-02T03:04:05Z 'old'; a1 2026-01-02T03:04:05Z 'old'; "
                    "done BOSH_OK complete; ");
    receive_result(NULL, "1"); // after the end
    CHECK(strstr(told, "complete; a1") == NULL);
    close_mam();
}

static void test_forged(void)
{
    bosh_mam_query own = {.max = 3}, room = {.archive = "tea@rooms.localhost"};
    open_mam();
    CHECK_INT(bosh_mam_ask(mam, &own, on_message, on_done, NULL), BOSH_OK);
    CHECK_INT(bosh_mam_ask(mam, &room, on_message, on_done, NULL), BOSH_OK);
    CHECK(strstr(stage_sent(&on), " to='tea@rooms.localhost'") != NULL);
    receive_result("mallory@example.org", "1");
    receive_result("alice@localhost/other", "1");
    receive_result("tea@rooms.localhost", "1");
    receive_result("localhost", "1");
    receive_result(NULL, "2");
    receive_result("alice@localhost", "2");
    receive_result("tea@rooms.localhost/bob", "2");
    receive_result(NULL, "3");
    receive_result(NULL, "");
    CHECK_STR(told, "");
    receive_result("tea@rooms.localhost", "2");
    CHECK_STR(told, "a1 2026-01-02T03:04:05Z 'old'; ");
    close_mam();
}

static void test_errors(void)
{
    bosh_mam_query query = {.after = "a0"};
    open_mam();
    CHECK_INT(bosh_mam_ask(mam, &query, on_message, on_done, NULL), BOSH_OK);
    CHECK(strstr(stage_sent(&on), "<after>a0</after>") != NULL);
    stage_lose(&on);
    CHECK_STR(told, "done BOSH_ERR_IQ_DISCONNECTED; ");
    close_mam();
}

static void test_no_memory(void)
{
    bosh_mam_query query = {.archive = "tea@rooms.localhost"};
    for (uint64_t fail_at = 1;; fail_at++) {
        open_mam();
        on.alloc.fail_at = on.alloc.calls + fail_at;
        int error = bosh_mam_ask(mam, &query, on_message, on_done, NULL);
        int has_failed = on.alloc.failures > 0;
        CHECK_INT(error, has_failed ? BOSH_ERR_MEMORY : BOSH_OK);
        CHECK((strstr(stage_sent(&on), "mam") != NULL) == !has_failed);
        close_mam();
        if (!has_failed)
            break;
    }
}

/* Of two questions the older one is answered first; after the end none is taken. */
static void test_two_questions(void)
{
    bosh_mam_query query = {.max = 3};
    char first[64];
    open_mam();
    CHECK_INT(bosh_mam_ask(mam, &query, on_message, on_done, NULL), BOSH_OK);
    stage_sent(&on);
    snprintf(first, sizeof(first), "%s", stage_id(&on));
    CHECK_INT(bosh_mam_ask(mam, &query, on_message, on_done, NULL), BOSH_OK);
    stage_sent(&on);
    stage_result(&on, first, "alice@localhost", "<fin xmlns='urn:xmpp:mam:2'/>");
    CHECK_STR(told, "done BOSH_OK; ");
    receive_result("alice@localhost", "2");
    CHECK_STR(told, "done BOSH_OK; a1 2026-01-02T03:04:05Z 'old'; ");
    bosh_client_close(on.client, NULL);
    CHECK_INT(bosh_mam_ask(mam, &query, on_message, on_done, NULL), BOSH_ERR_STATE);
    close_mam();
}

static const check_test tests[] = {
    {"page", test_page},
    {"forged", test_forged},
    {"errors", test_errors},
    {"no_memory", test_no_memory},
    {"two_questions", test_two_questions},
};

CHECK_MAIN(tests)
