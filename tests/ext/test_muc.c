/* SPDX-License-Identifier: MIT
 * Rooms: MUC-1 to MUC-4. */
#include "stage.h"
#include "tests/check.h"

#include <bosh/ext/muc.h>
#include <stdarg.h>

#define ROOM "tea@rooms.localhost"
#define PRESENCE "<presence xmlns='jabber:client' from='" ROOM "/"
#define X "<x xmlns='http://jabber.org/protocol/muc#user'>"
#define SELF "<status code='110'/>"

static stage on;
static bosh_muc *muc;
static char told[2048];

static void note(const char *format, ...)
{
    size_t used = strlen(told);
    va_list list;
    va_start(list, format);
    vsnprintf(told + used, sizeof(told) - used, format, list);
    va_end(list);
}

static void on_room(bosh_muc *of, const bosh_muc_event *event, void *user)
{
    static const char *const names[] = {"joined",  "refused", "left",    "arrived", "departed",
                                        "renamed", "message", "subject", "bounced", "opened"};
    (void)of;
    (void)user;
    CHECK_STR(event->room, ROOM);
    note("%s %s%s%s", names[event->kind], event->nick, *event->new_nick ? ">" : "",
         event->new_nick);
    if (*event->text)
        note(" '%s'", event->text);
    if (*event->condition)
        note(" %s", event->condition);
    if (event->status)
        note(" %d", event->status);
    if (*event->stamp)
        note(" @%s", event->stamp);
    note("%s%s; ", event->is_own ? " own" : "", event->is_created ? " created" : "");
}

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    (void)client;
    (void)user;
    bosh_muc_follow(muc, event);
}

static void open_muc(void)
{
    told[0] = '\0';
    stage_open(&on);
    on.on_event = on_event;
    CHECK_INT(bosh_muc_new(on.client, &on.allocator, on_room, NULL, &muc), BOSH_OK);
    stage_login(&on);
}

static void close_muc(void)
{
    stage_close(&on);
    bosh_muc_free(muc);
    CHECK_INT(stage_done(&on), 0);
}

static void join(void)
{
    CHECK_INT(bosh_muc_join(muc, ROOM, "alice", NULL, 20), BOSH_OK);
    stage_receive(&on,
                  PRESENCE "bob'>" X "<item affiliation='owner' role='moderator'/></x>"
                           "</presence>" PRESENCE "alice'>" X
                           "<item affiliation='none' role='participant'/>" SELF "</x></presence>");
    CHECK_INT(bosh_muc_is_joined(muc, ROOM), 1);
}

static void test_join(void)
{
    open_muc();
    CHECK_INT(bosh_muc_join(muc, ROOM, "alice", "pass<word", 7), BOSH_OK);
    CHECK(strstr(stage_sent(&on),
                 "<presence xmlns='jabber:client' to='" ROOM "/alice'>"
                 "<x xmlns='http://jabber.org/protocol/muc'><password>pass&lt;word</password>"
                 "<history maxstanzas='7'/></x></presence>") != NULL);
    CHECK_INT(bosh_muc_is_joined(muc, ROOM), 0);
    stage_receive(&on, PRESENCE "bob'>" X "<item affiliation='owner' role='moderator'/></x>"
                                "</presence>");
    CHECK_STR(told, ""); // who was there before us did not arrive
    stage_receive(&on, PRESENCE "alice2'>" X "<item affiliation='none' role='participant'/>" SELF
                                "<status code='210'/></x></presence>");
    CHECK_STR(told, "joined alice2 own; ");
    CHECK_STR(bosh_muc_nick(muc, ROOM), "alice2");
    CHECK_STR(bosh_muc_occupant(muc, ROOM, 0)->affiliation, "owner");
    CHECK_STR(bosh_muc_occupant(muc, ROOM, 1)->nick, "alice2");
    CHECK(bosh_muc_occupant(muc, ROOM, 2) == NULL);
    CHECK_INT(bosh_muc_join(muc, "@", "alice", NULL, 0), BOSH_ERR_JID);
    close_muc();
}

static void test_created(void)
{
    open_muc();
    CHECK_INT(bosh_muc_join(muc, ROOM, "alice", NULL, 0), BOSH_OK);
    stage_sent(&on);
    stage_receive(&on, PRESENCE "alice'>" X "<item affiliation='owner' role='moderator'/>" SELF
                                "<status code='201'/></x></presence>");
    CHECK_STR(told, "joined alice own created; ");
    CHECK(strstr(stage_sent(&on), "<query xmlns='http://jabber.org/protocol/muc#owner'>"
                                  "<x xmlns='jabber:x:data' type='submit'/></query>") != NULL);
    stage_result(&on, stage_id(&on), ROOM, "");
    CHECK_STR(told, "joined alice own created; opened ; ");
    close_muc();
}

static void test_created_in_vain(void)
{
    char answer[400];
    open_muc();
    CHECK_INT(bosh_muc_join(muc, ROOM, "alice", NULL, 0), BOSH_OK);
    stage_receive(&on, PRESENCE "alice'>" X SELF "<status code='201'/></x></presence>");
    stage_sent(&on);
    snprintf(answer, sizeof(answer),
             "<iq xmlns='jabber:client' type='error' id='%s' from='" ROOM "'><error type='auth'>"
             "<forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
             stage_id(&on));
    stage_receive(&on, answer);
    CHECK_STR(told, "joined alice own created; bounced  forbidden; ");
    close_muc();
}

/* MUC-2 */
static void test_refused(void)
{
    static const char *const conditions[] = {
        "jid-malformed", "not-authorized",      "registration-required", "forbidden",
        "conflict",      "service-unavailable", "item-not-found",        "not-allowed"};
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        char stanza[400], expected[80];
        open_muc();
        CHECK_INT(bosh_muc_join(muc, ROOM, "alice", NULL, 0), BOSH_OK);
        snprintf(stanza, sizeof(stanza),
                 PRESENCE "alice' type='error'><error type='cancel'>"
                          "<%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>",
                 conditions[i]);
        snprintf(expected, sizeof(expected), "refused alice %s; ", conditions[i]);
        stage_receive(&on, stanza);
        CHECK_STR(told, expected);
        CHECK(bosh_muc_nick(muc, ROOM) == NULL);
        close_muc();
    }
}

static void test_messages(void)
{
    bosh_ticket ticket;
    open_muc();
    join();
    told[0] = '\0';
    stage_sent(&on);
    CHECK_INT(bosh_muc_send(muc, ROOM, "tea?", "m1", &ticket), BOSH_OK);
    CHECK(strstr(stage_sent(&on), " to='" ROOM "' type='groupchat' id='m1'><body>tea?</body>") !=
          NULL);
    stage_receive(
        &on, "<message xmlns='jabber:client' from='" ROOM "/alice' type='groupchat' id='m1'>"
             "<body>tea?</body></message>"
             "<message xmlns='jabber:client' from='" ROOM "/bob' type='groupchat'>"
             "<body>yes</body><delay xmlns='urn:xmpp:delay' stamp='2026-01-02T03:04:05Z'/>"
             "</message>"
             "<message xmlns='jabber:client' from='" ROOM "/bob' type='groupchat'>"
             "<subject>Tea time</subject></message>"
             "<message xmlns='jabber:client' from='" ROOM "/bob' type='chat'><body>psst</body>"
             "</message>"
             "<message xmlns='jabber:client' from='other@rooms.localhost/bob' type='groupchat'>"
             "<body>not asked for</body></message>"
             "<message xmlns='jabber:client' from='" ROOM "' type='error' id='m1'>"
             "<error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
             "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>hush</text></error></message>");
    CHECK_STR(told, "message alice 'tea?' own; message bob 'yes' @2026-01-02T03:04:05Z; "
                    "subject bob 'Tea time'; bounced  'hush' forbidden; ");
    CHECK_INT(bosh_muc_is_joined(muc, ROOM), 1);
    CHECK_INT(bosh_muc_send(muc, "other@rooms.localhost", "x", NULL, NULL), BOSH_ERR_ARGUMENT);
    close_muc();
}

/* MUC-3 */
static void test_leaving(void)
{
    open_muc();
    join();
    told[0] = '\0';
    stage_receive(&on, PRESENCE
                  "carol'>" X "<item role='participant'/></x></presence>" PRESENCE
                  "carol' type='unavailable'>" X
                  "<item role='none' nick='caroline'/><status code='303'/></x></presence>" PRESENCE
                  "caroline'>" X "<item role='participant'/></x></presence>" PRESENCE
                  "caroline' type='unavailable'>" X
                  "<item role='none'><reason>spam</reason></item><status code='307'/></x>"
                  "</presence>" PRESENCE "bob' type='unavailable'><status>bye</status>" X
                  "<item role='none'/></x></presence>");
    CHECK_STR(told, "arrived carol; renamed carol>caroline 303; "
                    "departed caroline 'spam' 307; departed bob 'bye'; ");
    stage_sent(&on);
    CHECK_INT(bosh_muc_leave(muc, ROOM, "tea is over"), BOSH_OK);
    CHECK(strstr(stage_sent(&on), " to='" ROOM "/alice' type='unavailable'>"
                                  "<status>tea is over</status></presence>") != NULL);
    told[0] = '\0';
    stage_receive(&on, PRESENCE "alice' type='unavailable'>" X "<item role='none'/>" SELF
                                "</x></presence>");
    CHECK_STR(told, "left alice own; ");
    CHECK_INT(bosh_muc_leave(muc, ROOM, NULL), BOSH_ERR_ARGUMENT);
    close_muc();
}

static void test_thrown_out(void)
{
    static const int reasons[] = {301, 307, 321, 322, 332};
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        char stanza[400], expected[80];
        open_muc();
        join();
        told[0] = '\0';
        snprintf(stanza, sizeof(stanza),
                 PRESENCE "alice' type='unavailable'>" X "<item role='none'/>"
                          "<status code='%d'/>" SELF "</x></presence>",
                 reasons[i]);
        snprintf(expected, sizeof(expected), "left alice %d own; ", reasons[i]);
        stage_receive(&on, stanza);
        CHECK_STR(told, expected);
        CHECK(bosh_muc_nick(muc, ROOM) == NULL);
        close_muc();
    }
}

static void test_own_rename(void)
{
    open_muc();
    join();
    told[0] = '\0';
    stage_sent(&on);
    CHECK_INT(bosh_muc_rename(muc, ROOM, "ally"), BOSH_OK);
    CHECK(strstr(stage_sent(&on), "<presence xmlns='jabber:client' to='" ROOM "/ally'/>") != NULL);
    stage_receive(&on, PRESENCE "alice' type='unavailable'>" X
                                "<item role='none' nick='ally'/><status code='303'/>" SELF
                                "</x></presence>" PRESENCE "ally'>" X
                                "<item role='participant'/>" SELF "</x></presence>");
    CHECK_STR(told, "renamed alice>ally 303 own; ");
    CHECK_STR(bosh_muc_nick(muc, ROOM), "ally");
    CHECK_INT(bosh_muc_is_joined(muc, ROOM), 1);
    close_muc();
}

/* MUC-4; and a join before there is a session waits for it. */
static void test_rejoin(void)
{
    open_muc();
    join();
    told[0] = '\0';
    stage_lose(&on);
    CHECK_INT(bosh_muc_is_joined(muc, ROOM), 0);
    CHECK(bosh_muc_occupant(muc, ROOM, 0) == NULL);
    CHECK_INT(bosh_muc_join(muc, "milk@rooms.localhost", "alice", NULL, 0), BOSH_OK);
    stage_sent(&on);
    stage_login(&on);
    CHECK(strstr(stage_sent(&on), " to='" ROOM "/alice'") != NULL);
    CHECK(strstr(on.sent, " to='milk@rooms.localhost/alice'") != NULL);
    stage_receive(&on, PRESENCE "alice'>" X "<item role='participant'/>" SELF "</x></presence>");
    CHECK_STR(told, "joined alice own; ");
    close_muc();
}

/* Another nick and password for a room that was joined: as if it was the first time. */
static void test_join_again(void)
{
    open_muc();
    join();
    told[0] = '\0';
    stage_sent(&on);
    CHECK_INT(bosh_muc_join(muc, ROOM, "ally", "key", 3), BOSH_OK);
    CHECK(strstr(stage_sent(&on), " to='" ROOM "/ally'>"
                                  "<x xmlns='http://jabber.org/protocol/muc'>"
                                  "<password>key</password><history maxstanzas='3'/></x>") != NULL);
    CHECK_STR(bosh_muc_nick(muc, ROOM), "ally");
    CHECK_INT(bosh_muc_is_joined(muc, ROOM), 0);
    stage_receive(&on, PRESENCE "ally'>" X "<item role='participant'/>" SELF "</x></presence>");
    CHECK_STR(told, "joined ally own; ");
    CHECK_INT(bosh_muc_is_joined(muc, ROOM), 1);
    close_muc();
}

/* Between two sessions nobody can be told, and the next one does not join. */
static void test_leaving_offline(void)
{
    open_muc();
    join();
    stage_lose(&on);
    told[0] = '\0';
    CHECK_INT(bosh_muc_leave(muc, ROOM, NULL), BOSH_OK);
    CHECK_STR(told, "left alice own; ");
    CHECK(bosh_muc_nick(muc, ROOM) == NULL);
    stage_sent(&on);
    stage_login(&on);
    CHECK(strstr(stage_sent(&on), ROOM) == NULL);
    close_muc();
}

static void test_subject(void)
{
    open_muc();
    join();
    stage_sent(&on);
    CHECK_INT(bosh_muc_subject(muc, ROOM, "tea & biscuits"), BOSH_OK);
    CHECK(strstr(stage_sent(&on), " to='" ROOM "' type='groupchat'>"
                                  "<subject>tea &amp; biscuits</subject></message>") != NULL);
    CHECK_INT(bosh_muc_subject(muc, "milk@rooms.localhost", "milk"), BOSH_ERR_ARGUMENT);
    close_muc();
}

static void test_no_memory(void)
{
    for (uint64_t fail_at = 1;; fail_at++) {
        open_muc();
        on.alloc.fail_at = on.alloc.calls + fail_at;
        int error = bosh_muc_join(muc, ROOM, "alice", "secret", 20);
        CHECK(error == BOSH_OK || error == BOSH_ERR_MEMORY);
        CHECK((bosh_muc_nick(muc, ROOM) != NULL) == (error == BOSH_OK));
        if (!error)
            stage_receive(&on, PRESENCE "bob'>" X "<item role='moderator'/></x></presence>" PRESENCE
                                        "alice'>" X "<item role='participant'/>" SELF
                                        "</x></presence>" PRESENCE "bob' type='unavailable'>" X
                                        "<item nick='rob'/><status code='303'/></x></presence>");
        CHECK_INT(bosh_muc_is_joined(muc, ROOM), error == BOSH_OK);
        int has_failed = on.alloc.failures > 0;
        close_muc();
        if (!has_failed)
            break;
    }
}

/* Rooms are left in another order than they were joined in. */
static void test_two_rooms(void)
{
    open_muc();
    CHECK_INT(bosh_muc_join(muc, "milk@rooms.localhost", "alice", NULL, 0), BOSH_OK);
    CHECK_INT(bosh_muc_join(muc, ROOM, "alice", NULL, 0), BOSH_OK);
    stage_sent(&on);
    stage_receive(&on, PRESENCE "alice'>" X "<item affiliation='owner' role='moderator'/>" SELF
                                "<status code='201'/></x></presence>");
    stage_sent(&on);
    stage_result(&on, stage_id(&on), ROOM, "");
    CHECK_STR(told, "joined alice own created; opened ; ");
    stage_receive(&on, PRESENCE "alice' type='unavailable'>" X "<item role='none'/>" SELF
                                "</x></presence>");
    CHECK_STR(told, "joined alice own created; opened ; left alice own; ");
    CHECK(bosh_muc_nick(muc, ROOM) == NULL);
    CHECK_STR(bosh_muc_nick(muc, "milk@rooms.localhost"), "alice");
    CHECK_INT(bosh_muc_rename(muc, ROOM, "alicia"), BOSH_ERR_ARGUMENT);
    close_muc();
}

static const check_test tests[] = {
    {"join_again", test_join_again}, {"leaving_offline", test_leaving_offline},
    {"subject", test_subject},       {"join", test_join},
    {"created", test_created},       {"created_in_vain", test_created_in_vain},
    {"refused", test_refused},       {"messages", test_messages},
    {"leaving", test_leaving},       {"thrown_out", test_thrown_out},
    {"rejoin", test_rejoin},         {"own_rename", test_own_rename},
    {"no_memory", test_no_memory},   {"two_rooms", test_two_rooms},
};

CHECK_MAIN(tests)
