/* SPDX-License-Identifier: MIT
 * Delivery receipts: given to those who may have them, taken from those we wrote to. */
#include "stage.h"
#include "tests/check.h"

#include <bosh/ext/receipts.h>

static stage on;
static bosh_receipts *receipts;
static char told[256];

static void on_arrived(bosh_receipts *of, const char *from, const char *id, void *user)
{
    size_t used = strlen(told);
    (void)of;
    (void)user;
    snprintf(told + used, sizeof(told) - used, "%s %s; ", from, id);
}

static int allow(bosh_receipts *of, const char *from, void *user)
{
    (void)of;
    (void)user;
    return bosh_jid_same_bare(from, "bob@localhost");
}

static void open_receipts(void)
{
    static const bosh_receipts_callbacks callbacks = {on_arrived, allow};
    told[0] = '\0';
    stage_open(&on);
    CHECK_INT(bosh_receipts_new(on.client, &on.allocator, &callbacks, NULL, &receipts), BOSH_OK);
    stage_login(&on);
    stage_sent(&on);
}

static void close_receipts(void)
{
    stage_close(&on);
    bosh_receipts_free(receipts);
    CHECK_INT(stage_done(&on), 0);
}

static int ask(const char *to, const char *id)
{
    bosh_writer *writer = bosh_client_writer(on.client);
    bosh_writer_start(writer, "message", NULL);
    bosh_writer_attribute(writer, "to", to);
    bosh_writer_attribute(writer, "id", id);
    int error = bosh_receipts_ask(receipts, writer, to, id);
    CHECK_INT(bosh_client_send(on.client, writer, NULL), BOSH_OK);
    return error;
}

static void receive_receipt(const char *from, const char *id)
{
    char stanza[300];
    snprintf(stanza, sizeof(stanza),
             "<message xmlns='jabber:client' from='%s'><received xmlns='urn:xmpp:receipts' "
             "id='%s'/></message>",
             from, id);
    stage_receive(&on, stanza);
}

static void test_arrived(void)
{
    open_receipts();
    CHECK_INT(ask("bob@localhost", "m1"), BOSH_OK);
    CHECK(strstr(stage_sent(&on), "id='m1'><request xmlns='urn:xmpp:receipts'/>") != NULL);
    CHECK_INT(ask("carol@localhost", "m2"), BOSH_OK);
    receive_receipt("mallory@example.org", "m1"); // not the one it was sent to
    receive_receipt("carol@localhost/x", "m1");
    receive_receipt("bob@localhost/x", "m9"); // never sent
    CHECK_STR(told, "");
    receive_receipt("bob@localhost/x", "m1");
    receive_receipt("bob@localhost/x", "m1"); // once
    receive_receipt("carol@localhost/x", "m2");
    CHECK_STR(told, "bob@localhost/x m1; carol@localhost/x m2; ");
    CHECK_INT(ask("bob@localhost", "m3"), BOSH_OK); // the queue is sound after being emptied
    receive_receipt("bob@localhost/x", "m3");
    CHECK(strstr(told, "m3") != NULL);
    close_receipts();
}

static void test_answers(void)
{
    static const char *const silent[] = {
        "from='mallory@example.org/x' type='chat' id='q1'", // may not know that we are here
        "from='bob@localhost/x' type='groupchat' id='q1'", "from='bob@localhost/x' type='chat'",
        "from='bob@localhost/x' type='error' id='q1'"};
    open_receipts();
    for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
        char stanza[300];
        snprintf(stanza, sizeof(stanza),
                 "<message xmlns='jabber:client' %s><body>x</body>"
                 "<request xmlns='urn:xmpp:receipts'/></message>",
                 silent[i]);
        stage_receive(&on, stanza);
        CHECK(strstr(stage_sent(&on), "received") == NULL);
    }
    stage_receive(&on, "<message xmlns='jabber:client' from='bob@localhost/x' type='chat' id='q1'>"
                       "<request xmlns='urn:xmpp:receipts'/></message>");
    CHECK(strstr(stage_sent(&on),
                 "<message xmlns='jabber:client' to='bob@localhost/x' type='chat'>"
                 "<received xmlns='urn:xmpp:receipts' id='q1'/></message>") != NULL);
    close_receipts();
}

static void test_limit(void)
{
    char id[16];
    open_receipts();
    for (int i = 0; i < BOSH_RECEIPTS_MAX + 1; i++) {
        snprintf(id, sizeof(id), "m%d", i);
        CHECK_INT(ask("bob@localhost", id), BOSH_OK);
        stage_settle(&on);
    }
    CHECK_INT(on.alloc.blocks, 3 * BOSH_RECEIPTS_MAX + 1);
    receive_receipt("bob@localhost/x", "m0"); // made room for the last
    CHECK_STR(told, "");
    receive_receipt("bob@localhost/x", id);
    receive_receipt("bob@localhost/x", "m1");
    CHECK_STR(told, "bob@localhost/x m512; bob@localhost/x m1; ");
    close_receipts();
}

static void test_no_memory(void)
{
    for (uint64_t fail_at = 1;; fail_at++) {
        open_receipts();
        on.alloc.fail_at = on.alloc.calls + fail_at;
        int error = ask("bob@localhost", "m1");
        int has_failed = on.alloc.failures > 0;
        CHECK_INT(error, has_failed ? BOSH_ERR_MEMORY : BOSH_OK);
        CHECK((strstr(stage_sent(&on), "<request") != NULL) == !has_failed);
        close_receipts();
        if (!has_failed)
            break;
    }
}

static const check_test tests[] = {
    {"arrived", test_arrived},
    {"answers", test_answers},
    {"limit", test_limit},
    {"no_memory", test_no_memory},
};

CHECK_MAIN(tests)
