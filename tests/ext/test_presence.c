/* SPDX-License-Identifier: MIT
 * Who is online, and subscriptions. */
#include "stage.h"
#include "tests/check.h"

#include <bosh/ext/presence.h>

static stage on;
static bosh_presence *presence;
static char told[512];

static void on_change(bosh_presence *of, bosh_presence_change change, const char *jid,
                      const bosh_resource *resource, const char *text, void *user)
{
    static const char *const names[] = {"changed", "request", "allowed", "denied", "unfollowed"};
    size_t used = strlen(told);
    (void)of;
    (void)user;
    snprintf(told + used, sizeof(told) - used, "%s %s %s '%s'; ", names[change], jid,
             resource ? "here" : "-", text);
}

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    (void)client;
    (void)user;
    bosh_presence_follow(presence, event);
}

static void open_presence(void)
{
    told[0] = '\0';
    stage_open(&on);
    on.on_event = on_event;
    CHECK_INT(bosh_presence_new(on.client, &on.allocator, on_change, NULL, &presence), BOSH_OK);
    stage_login(&on);
}

static void close_presence(void)
{
    stage_close(&on);
    bosh_presence_free(presence);
    CHECK_INT(stage_done(&on), 0);
}

#define NS " xmlns='jabber:client'"

static void test_best(void)
{
    open_presence();
    CHECK(bosh_presence_best(presence, "bob@localhost") == NULL);
    stage_receive(&on, "<presence" NS " from='bob@localhost/a'><priority>5</priority></presence>"
                       "<presence" NS " from='bob@localhost/b'><show>away</show>"
                       "<status>tea &amp; cake</status><priority>-1</priority></presence>");
    CHECK_STR(bosh_presence_best(presence, "bob@localhost")->jid, "bob@localhost/a");
    CHECK_STR(bosh_presence_at(presence, 1)->status, "tea & cake");
    CHECK_STR(bosh_presence_at(presence, 1)->show, "away");
    CHECK_INT(bosh_presence_at(presence, 1)->priority, -1);
    stage_receive(&on, "<presence" NS " from='bob@localhost/c'><priority>5</priority></presence>");
    CHECK_STR(bosh_presence_best(presence, "Bob@localhost/x")->jid, "bob@localhost/c");
    stage_receive(&on, "<presence" NS " from='bob@localhost/c' type='unavailable'/>"
                       "<presence" NS " from='bob@localhost/a' type='unavailable'/>");
    CHECK_STR(bosh_presence_best(presence, "bob@localhost")->jid, "bob@localhost/b");
    CHECK(strstr(told, "changed bob@localhost/b here 'tea & cake'; ") != NULL);
    CHECK(strstr(told, "changed bob@localhost/a - ''; ") != NULL);
    close_presence();
}

static void test_priorities(void)
{
    static const struct {
        const char *text;
        int value;
    } cases[] = {{"127", 127}, {"128", 127}, {"-128", -128}, {"-99999999999", -128},
                 {"x", 0},     {"", 0},      {"+7", 7}};
    open_presence();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char stanza[200];
        snprintf(stanza, sizeof(stanza),
                 "<presence" NS " from='bob@localhost/a'><priority>%s</priority></presence>",
                 cases[i].text);
        stage_receive(&on, stanza);
        CHECK_INT(bosh_presence_best(presence, "bob@localhost")->priority, cases[i].value);
    }
    close_presence();
}

static void test_subscriptions(void)
{
    open_presence();
    stage_receive(&on, "<presence" NS " from='carol@localhost' type='subscribe'>"
                       "<status>it is me</status></presence>"
                       "<presence" NS " from='carol@localhost' type='subscribed'/>"
                       "<presence" NS " from='carol@localhost' type='unsubscribed'/>"
                       "<presence" NS " from='carol@localhost' type='unsubscribe'/>"
                       "<presence" NS " from='carol@localhost' type='error'/>"
                       "<presence" NS " from='carol@localhost' type='strange'/>");
    CHECK_STR(told, "request carol@localhost - 'it is me'; allowed carol@localhost - ''; "
                    "denied carol@localhost - ''; unfollowed carol@localhost - ''; ");
    stage_sent(&on);
    CHECK_INT(bosh_presence_allow(presence, "carol@localhost/phone"), BOSH_OK);
    CHECK(strstr(stage_sent(&on), " to='carol@localhost' type='subscribed'/>") != NULL);
    CHECK_INT(bosh_presence_deny(presence, "carol@localhost"), BOSH_OK);
    CHECK(strstr(stage_sent(&on), " type='unsubscribed'/>") != NULL);
    CHECK_INT(bosh_presence_subscribe(presence, "carol@localhost"), BOSH_OK);
    CHECK(strstr(stage_sent(&on), " type='subscribe'/>") != NULL);
    CHECK_INT(bosh_presence_unsubscribe(presence, "carol@localhost"), BOSH_OK);
    CHECK(strstr(stage_sent(&on), " type='unsubscribe'/>") != NULL);
    CHECK_INT(bosh_presence_subscribe(presence, "@"), BOSH_ERR_JID);
    close_presence();
}

/* Occupants of rooms are no contacts, and nobody is here without a session. */
static void test_not_counted(void)
{
    open_presence();
    stage_receive(&on, "<presence" NS " from='tea@rooms.localhost/bob'>"
                       "<x xmlns='http://jabber.org/protocol/muc#user'/></presence>");
    CHECK_STR(told, "");
    stage_receive(&on, "<presence" NS " from='bob@localhost/a'/>");
    stage_lose(&on);
    CHECK(bosh_presence_best(presence, "bob@localhost") == NULL);
    close_presence();
}

static void test_no_memory(void)
{
    for (uint64_t fail_at = 1;; fail_at++) {
        open_presence();
        on.alloc.fail_at = on.alloc.calls + fail_at;
        stage_receive(&on, "<presence" NS " from='bob@localhost/a'/>"
                           "<presence" NS " from='bob@localhost/b'/>"
                           "<presence" NS " from='bob@localhost/a'><show>xa</show></presence>");
        int has_failed = on.alloc.failures > 0;
        CHECK(bosh_presence_best(presence, "bob@localhost") != NULL);
        close_presence();
        if (!has_failed)
            break;
    }
}

static void test_subscription_without_memory(void)
{
    open_presence();
    stage_sent(&on);
    on.alloc.fail_at = on.alloc.calls + 1;
    CHECK_INT(bosh_presence_subscribe(presence, "carol@localhost"), BOSH_ERR_MEMORY);
    CHECK(strstr(stage_sent(&on), "carol") == NULL);
    close_presence();
}

static const check_test tests[] = {
    {"best", test_best},
    {"priorities", test_priorities},
    {"subscriptions", test_subscriptions},
    {"not_counted", test_not_counted},
    {"no_memory", test_no_memory},
    {"subscription_without_memory", test_subscription_without_memory},
};

CHECK_MAIN(tests)
