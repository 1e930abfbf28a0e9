/* SPDX-License-Identifier: MIT
 * The contact list. */
#include "stage.h"
#include "tests/check.h"

#include <bosh/ext/roster.h>

static stage on;
static bosh_roster *roster;
static char told[512]; /* what the callback heard, "changed bob@localhost; ..." */

static void on_change(bosh_roster *of, bosh_roster_change change, const bosh_contact *contact,
                      void *user)
{
    static const char *const names[] = {"ready", "changed", "removed", "failed", "refused"};
    (void)of;
    (void)user;
    size_t used = strlen(told);
    snprintf(told + used, sizeof(told) - used, "%s%s%s; ", names[change], contact ? " " : "",
             contact ? contact->jid : "");
}

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    (void)client;
    (void)user;
    bosh_roster_follow(roster, event);
}

static void open_roster(void)
{
    told[0] = '\0';
    stage_open(&on);
    on.on_event = on_event;
    CHECK_INT(bosh_roster_new(on.client, &on.allocator, on_change, NULL, &roster), BOSH_OK);
    stage_login(&on);
    CHECK(strstr(stage_sent(&on), "<query xmlns='jabber:iq:roster'/>") != NULL);
}

static void close_roster(void)
{
    stage_close(&on);
    bosh_roster_free(roster);
    CHECK_INT(stage_done(&on), 0);
}

static void give_list(void)
{
    stage_result(&on, stage_id(&on), "alice@localhost",
                 "<query xmlns='jabber:iq:roster'>"
                 "<item jid='bob@localhost' name='Bob' subscription='both'>"
                 "<group>Friends</group><group>Work</group></item>"
                 "<item jid='carol@localhost' subscription='none' ask='subscribe'/></query>");
}

static void test_list(void)
{
    open_roster();
    give_list();
    CHECK_STR(told, "ready; ");
    const bosh_contact *bob = bosh_roster_find(roster, "BOB@localhost/phone");
    CHECK(bob != NULL);
    CHECK_STR(bob->name, "Bob");
    CHECK_STR(bob->subscription, "both");
    CHECK_INT(bob->group_count, 2);
    CHECK_STR(bob->groups[1], "Work");
    const bosh_contact *carol = bosh_roster_at(roster, 1);
    CHECK_STR(carol->name, "");
    CHECK_INT(carol->is_asked, 1);
    CHECK(bosh_roster_at(roster, 2) == NULL);
    CHECK(bosh_roster_find(roster, "dave@localhost") == NULL);
    close_roster();
}

static void test_pushes(void)
{
    open_roster();
    give_list();
    stage_receive(&on, "<iq xmlns='jabber:client' type='set' id='p1'>"
                       "<query xmlns='jabber:iq:roster'>"
                       "<item jid='bob@localhost' name='Robert' subscription='to'/></query></iq>");
    CHECK_STR(bosh_roster_find(roster, "bob@localhost")->name, "Robert");
    CHECK(strstr(stage_sent(&on), "type='result' id='p1'") != NULL ||
          strstr(on.sent, "id='p1' type='result'") != NULL);
    stage_receive(&on, "<iq xmlns='jabber:client' type='set' id='p2' from='alice@localhost'>"
                       "<query xmlns='jabber:iq:roster'>"
                       "<item jid='carol@localhost' subscription='remove'/></query></iq>");
    CHECK(bosh_roster_find(roster, "carol@localhost") == NULL);
    CHECK_STR(told, "ready; changed bob@localhost; removed carol@localhost; ");
    close_roster();
}

/* STZ-6: nobody else may change the list, not even another resource of the account. */
static void test_foreign_pushes(void)
{
    static const char *const others[] = {"mallory@example.org", "localhost", "alice@localhost/x",
                                         "alice@localhost.evil"};
    open_roster();
    give_list();
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        char push[400];
        snprintf(push, sizeof(push),
                 "<iq xmlns='jabber:client' type='set' id='p1' from='%s'>"
                 "<query xmlns='jabber:iq:roster'>"
                 "<item jid='mallory@example.org' subscription='both'/></query></iq>",
                 others[i]);
        stage_receive(&on, push);
        CHECK(bosh_roster_find(roster, "mallory@example.org") == NULL);
        CHECK(strstr(stage_sent(&on), "service-unavailable") != NULL);
    }
    CHECK_STR(told, "ready; ");
    close_roster();
}

static void test_changes(void)
{
    static const char *const groups[] = {"Tea & cake"};
    open_roster();
    give_list();
    CHECK_INT(bosh_roster_set(roster, "dave@localhost", "Dave", groups, 1), BOSH_OK);
    CHECK(strstr(stage_sent(&on), "<item jid='dave@localhost' name='Dave'>"
                                  "<group>Tea &amp; cake</group></item>") != NULL);
    CHECK_INT(bosh_roster_remove(roster, "bob@localhost"), BOSH_OK);
    CHECK(strstr(stage_sent(&on), "<item jid='bob@localhost' subscription='remove'/>") != NULL);
    char error[200];
    snprintf(error, sizeof(error),
             "<iq xmlns='jabber:client' type='error' id='%s'><error type='cancel'>"
             "<not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
             stage_id(&on));
    stage_receive(&on, error);
    CHECK_STR(told, "ready; refused; ");
    CHECK(bosh_roster_find(roster, "bob@localhost") != NULL);
    close_roster();
}

/* The list is asked for again in a new session; the old one stays until the new one is there. */
static void test_new_session(void)
{
    open_roster();
    give_list();
    stage_lose(&on);
    stage_login(&on);
    CHECK(strstr(stage_sent(&on), "<query xmlns='jabber:iq:roster'/>") != NULL);
    CHECK(bosh_roster_find(roster, "bob@localhost") != NULL);
    stage_result(&on, stage_id(&on), NULL, "<query xmlns='jabber:iq:roster'/>");
    CHECK(bosh_roster_at(roster, 0) == NULL);
    close_roster();
}

/* Each allocation fails once: the list is whole or the one before. */
static void test_no_memory(void)
{
    for (uint64_t fail_at = 1;; fail_at++) {
        open_roster();
        give_list();
        CHECK_INT(bosh_roster_fetch(roster), BOSH_OK);
        stage_sent(&on);
        on.alloc.fail_at = on.alloc.calls + fail_at;
        stage_result(&on, stage_id(&on), NULL,
                     "<query xmlns='jabber:iq:roster'><item jid='x@localhost'/>"
                     "<item jid='y@localhost'/><item jid='x@localhost' name='again'/></query>");
        int has_failed = on.alloc.failures > 0;
        CHECK((bosh_roster_find(roster, "bob@localhost") != NULL) == has_failed);
        CHECK((bosh_roster_find(roster, "y@localhost") != NULL) == !has_failed);
        CHECK_STR(told, has_failed ? "ready; failed; " : "ready; ready; ");
        close_roster();
        if (!has_failed)
            break;
    }
}

static void test_unknown_removed(void)
{
    open_roster();
    give_list();
    stage_receive(&on, "<iq xmlns='jabber:client' type='set' id='p1'>"
                       "<query xmlns='jabber:iq:roster'>"
                       "<item jid='dave@localhost' subscription='remove'/></query></iq>");
    CHECK_STR(told, "ready; ");
    CHECK(bosh_roster_at(roster, 1) != NULL);
    close_roster();
}

static const check_test tests[] = {
    {"list", test_list},
    {"pushes", test_pushes},
    {"changes", test_changes},
    {"foreign_pushes", test_foreign_pushes},
    {"no_memory", test_no_memory},
    {"new_session", test_new_session},
    {"unknown_removed", test_unknown_removed},
};

CHECK_MAIN(tests)
