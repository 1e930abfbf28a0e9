/* SPDX-License-Identifier: MIT
 * Who is typing. */
#include "stage.h"
#include "tests/check.h"

#include <bosh/ext/chatstates.h>

#define NS_STATES "http://jabber.org/protocol/chatstates"
#define FROM_BOB "<message xmlns='jabber:client' type='chat' from='bob@localhost/x'>"

static stage on;
static bosh_chatstates *states;
static char told[256];

static void on_state(bosh_chatstates *of, const char *from, bosh_chatstate state, void *user)
{
    size_t used = strlen(told);
    (void)of;
    (void)user;
    snprintf(told + used, sizeof(told) - used, "%s %d; ", from, (int)state);
}

static void open_states(void)
{
    told[0] = '\0';
    stage_open(&on);
    CHECK_INT(bosh_chatstates_new(on.client, &on.allocator, on_state, NULL, &states), BOSH_OK);
    stage_login(&on);
    stage_sent(&on);
}

static void close_states(void)
{
    stage_close(&on);
    bosh_chatstates_free(states);
    CHECK_INT(stage_done(&on), 0);
}

static void say(const char *text)
{
    bosh_writer *writer = bosh_client_writer(on.client);
    bosh_writer_start(writer, "message", NULL);
    bosh_writer_attribute(writer, "to", "bob@localhost");
    bosh_writer_element(writer, "body", NULL, text);
    bosh_chatstates_write(states, writer, "bob@localhost");
    CHECK_INT(bosh_client_send(on.client, writer, NULL), BOSH_OK);
}

static void test_sending(void)
{
    open_states();
    bosh_chatstates_typing(states, "bob@localhost");
    say("hello");
    CHECK(strstr(stage_sent(&on), "<body>hello</body><active xmlns='" NS_STATES "'/>") != NULL);
    bosh_chatstates_typing(states, "bob@localhost"); // he may not understand it
    CHECK(strstr(stage_sent(&on), "composing") == NULL);
    stage_receive(&on, FROM_BOB "<body>hi</body><active xmlns='" NS_STATES "'/></message>");
    bosh_chatstates_typing(states, "bob@localhost");
    bosh_chatstates_typing(states, "bob@localhost");
    const char *first = strstr(stage_sent(&on), "<composing xmlns='" NS_STATES "'/>");
    CHECK(first != NULL);
    CHECK(first && strstr(first + 1, "<composing") == NULL); // once
    stage_wait(&on, 3000);
    bosh_chatstates_typing(states, "bob@localhost");
    stage_wait(&on, 4000);
    CHECK(strstr(stage_sent(&on), "<paused") == NULL);
    stage_wait(&on, 3000);
    CHECK(strstr(stage_sent(&on), "<paused xmlns='" NS_STATES "'/>") != NULL);
    bosh_chatstates_typing(states, "bob@localhost");
    bosh_chatstates_cleared(states, "bob@localhost");
    bosh_chatstates_closed(states, "bob@localhost");
    CHECK(strstr(stage_sent(&on), "<composing") != NULL);
    CHECK(strstr(on.sent, "<active") != NULL);
    CHECK(strstr(on.sent, "<gone") != NULL);
    close_states();
}

static void test_receiving(void)
{
    open_states();
    stage_receive(&on, FROM_BOB "<composing xmlns='" NS_STATES "'/></message>" FROM_BOB
                                "<paused xmlns='" NS_STATES "'/></message>" FROM_BOB
                                "<gone xmlns='" NS_STATES "'/></message>" FROM_BOB
                                "<strange xmlns='" NS_STATES "'/></message>" FROM_BOB
                                "<active xmlns='" NS_STATES "'/>"
                                "<delay xmlns='urn:xmpp:delay' stamp='x'/></message>"
                                "<message xmlns='jabber:client' type='error' from='bob@localhost'>"
                                "<composing xmlns='" NS_STATES "'/></message>"
                                "<message xmlns='jabber:client' type='groupchat' from='r@l/b'>"
                                "<composing xmlns='" NS_STATES "'/></message>");
    CHECK_STR(told, "bob@localhost/x 1; bob@localhost/x 2; bob@localhost/x 4; ");
    close_states();
}

/* Strangers cannot fill the memory. */
static void test_limit(void)
{
    open_states();
    for (int i = 0; i < BOSH_CHATSTATES_MAX + 50; i++) {
        char stanza[200];
        snprintf(stanza, sizeof(stanza),
                 "<message xmlns='jabber:client' from='m%d@example.org'>"
                 "<active xmlns='" NS_STATES "'/></message>",
                 i);
        stage_receive(&on, stanza);
    }
    CHECK(on.alloc.blocks <= 2 * BOSH_CHATSTATES_MAX + 1);
    CHECK(on.alloc.blocks > 2 * BOSH_CHATSTATES_MAX - 10);
    close_states();
}

static void test_no_memory(void)
{
    for (uint64_t fail_at = 1;; fail_at++) {
        open_states();
        on.alloc.fail_at = on.alloc.calls + fail_at;
        say("hello");
        CHECK(strstr(stage_sent(&on), "<body>hello</body><active") != NULL);
        stage_receive(&on, FROM_BOB "<active xmlns='" NS_STATES "'/></message>");
        int has_failed = on.alloc.failures > 0;
        close_states();
        if (!has_failed)
            break;
    }
}

/* Pauses are each chat's own. */
static void test_two_chats(void)
{
    open_states();
    stage_receive(&on, FROM_BOB "<active xmlns='" NS_STATES "'/></message>"
                                "<message xmlns='jabber:client' type='chat' from='carol@localhost'>"
                                "<active xmlns='" NS_STATES "'/></message>");
    bosh_chatstates_typing(states, "bob@localhost");
    stage_wait(&on, 6000);
    CHECK(strstr(stage_sent(&on), "<paused") != NULL);
    CHECK(strstr(on.sent, "carol") == NULL);
    close_states();
}

static const check_test tests[] = {
    {"sending", test_sending},     {"receiving", test_receiving}, {"limit", test_limit},
    {"no_memory", test_no_memory}, {"two_chats", test_two_chats},
};

CHECK_MAIN(tests)
