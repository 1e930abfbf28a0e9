/* SPDX-License-Identifier: MIT
 * Texts that want to be markup, in every place where the API takes a text: what is sent stays the
 * element it was meant to be (the validator reads it), or the call is refused. */
#include "stage.h"
#include "tests/check.h"
#include "world/xml.h"

#include <bosh/ext/chatstates.h>
#include <bosh/ext/disco.h>
#include <bosh/ext/mam.h>
#include <bosh/ext/muc.h>
#include <bosh/ext/presence.h>
#include <bosh/ext/receipts.h>
#include <bosh/ext/roster.h>

#define ROOM "tea@rooms.localhost"

static const char *const texts[] = {
    "<evil/>",
    "a'/><evil/>",
    "a\" evil=\"1",
    "a' evil='1",
    "]]></body><evil/>",
    "<!--<evil>",
    "&lt;evil/&gt;&#60;evil/>",
    "<![CDATA[<evil/>]]>",
    "a\x01<evil/>",
    "a\xff<evil/>",
};

static stage on;

static int is_evil(const world_node *node)
{
    if (!node->name)
        return 0;
    if (strcmp(node->name, "evil") == 0 || world_node_attribute(node, "evil"))
        return 1;
    for (const world_node *child = node->first; child; child = child->next)
        if (is_evil(child))
            return 1;
    return 0;
}

static void check_sent(const char *what, const char *text, size_t from)
{
    int is_known = 0;
    for (size_t i = from; i < on.transport.count; i++) {
        world_document document;
        const world_attempt *sent = on.transport.attempts[i];
        int is_good = world_document_parse(&document, sent->entity, sent->size);
        if (!is_good || document.seen || is_evil(document.root)) {
            printf("%s with %s: %s\n", what, text, sent->entity);
            CHECK(!"markup came through");
        }
        is_known |= strstr(sent->entity, "evil") != NULL;
        world_document_deinit(&document);
    }
    CHECK(is_known || strpbrk(text, "\x01\xff")); /* as text it arrives */
}

static void use_core(const char *text)
{
    bosh_client_send_message(on.client, text, "Hi", NULL);
    bosh_client_send_message(on.client, "bob@localhost", text, NULL);
    bosh_client_send_presence(on.client, text, "here");
    bosh_client_send_presence(on.client, "away", text);
    bosh_writer *writer = bosh_client_iq(on.client, text, "bob@localhost");
    bosh_client_request(on.client, writer, 0, NULL, NULL);
    writer = bosh_client_iq(on.client, "get", text);
    bosh_writer_element(writer, "query", text, text);
    bosh_client_request(on.client, writer, 0, NULL, NULL);
    writer = bosh_client_writer(on.client);
    bosh_writer_start(writer, text, NULL);
    bosh_client_send(on.client, writer, NULL);
    writer = bosh_client_writer(on.client);
    bosh_writer_start(writer, "message", NULL);
    bosh_writer_attribute(writer, text, "1");
    bosh_client_send(on.client, writer, NULL);
}

static void use_rooms(const char *text)
{
    bosh_muc *muc = NULL;
    CHECK_INT(bosh_muc_new(on.client, &on.allocator, NULL, NULL, &muc), BOSH_OK);
    CHECK_INT(bosh_muc_join(muc, ROOM, "alice", NULL, 0), BOSH_OK);
    bosh_muc_join(muc, text, "alice", NULL, 0);
    bosh_muc_join(muc, ROOM, text, text, 0);
    bosh_muc_send(muc, ROOM, text, text, NULL);
    bosh_muc_subject(muc, ROOM, text);
    bosh_muc_rename(muc, ROOM, text);
    bosh_muc_leave(muc, ROOM, text);
    bosh_muc_free(muc);
}

static void use_contacts(const char *text)
{
    bosh_roster *roster = NULL;
    bosh_presence *presence = NULL;
    CHECK_INT(bosh_roster_new(on.client, &on.allocator, NULL, NULL, &roster), BOSH_OK);
    bosh_roster_set(roster, "bob@localhost", text, &text, 1);
    bosh_roster_set(roster, text, NULL, NULL, 0);
    bosh_roster_remove(roster, text);
    bosh_roster_free(roster);
    CHECK_INT(bosh_presence_new(on.client, &on.allocator, NULL, NULL, &presence), BOSH_OK);
    bosh_presence_subscribe(presence, text);
    bosh_presence_deny(presence, text);
    bosh_presence_free(presence);
}

static void use_messages(const char *text)
{
    static const bosh_receipts_callbacks none;
    bosh_mam_query query = {
        .archive = text, .with = text, .start = text, .end = text, .after = text, .max = 1};
    bosh_mam *mam = NULL;
    bosh_receipts *receipts = NULL;
    CHECK_INT(bosh_mam_new(on.client, &on.allocator, &mam), BOSH_OK);
    bosh_mam_ask(mam, &query, NULL, NULL, NULL);
    query = (bosh_mam_query){.before = text, .max = 1};
    bosh_mam_ask(mam, &query, NULL, NULL, NULL);
    bosh_mam_free(mam);
    CHECK_INT(bosh_receipts_new(on.client, &on.allocator, &none, NULL, &receipts), BOSH_OK);
    bosh_writer *writer = bosh_client_writer(on.client);
    bosh_writer_start(writer, "message", NULL);
    bosh_writer_attribute(writer, "to", text);
    bosh_writer_attribute(writer, "id", text);
    bosh_receipts_ask(receipts, writer, text, text);
    bosh_client_send(on.client, writer, NULL);
    bosh_receipts_free(receipts);
}

static void answer_as(const char *text)
{
    static const char *features[2];
    features[0] = text;
    bosh_disco self = {text, text, text, features};
    CHECK_INT(bosh_disco_answer(on.client, &self), BOSH_OK);
    stage_receive(&on,
                  "<iq xmlns='jabber:client' type='get' id='&lt;evil/>' from='bob@localhost/x'>"
                  "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
                  "<iq xmlns='jabber:client' type='get' id='q2' from='&apos;&lt;evil/>'>"
                  "<query xmlns='urn:unknown'/></iq>");
}

/* Each user of texts alone: an extension lives as long as its client. */
static void with_each(const char *what, void (*use)(const char *text))
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        stage_open(&on);
        stage_login(&on);
        stage_sent(&on);
        size_t from = on.transport.count;
        use(texts[i]);
        stage_settle(&on);
        check_sent(what, texts[i], from);
        bosh_client_close(on.client, NULL);
        stage_close(&on);
        CHECK_INT(stage_done(&on), 0);
    }
}

static void test_core(void)
{
    with_each("the core", use_core);
}

static void test_rooms(void)
{
    with_each("a room", use_rooms);
}

static void test_contacts(void)
{
    with_each("a contact", use_contacts);
}

static void test_messages(void)
{
    with_each("an archive or a receipt", use_messages);
}

static void test_answers(void)
{
    with_each("an answer", answer_as);
}

static const check_test tests[] = {
    {"core", test_core},         {"rooms", test_rooms},     {"contacts", test_contacts},
    {"messages", test_messages}, {"answers", test_answers},
};

CHECK_MAIN(tests)
