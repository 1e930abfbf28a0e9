/* SPDX-License-Identifier: MIT
 * client/send: stanzas in, tickets out; the queue and its limit. */
#include "tests/unit/scene.h"
#include "tests/check.h"

#include <stdlib.h>

static scene s;

static void begin(void)
{
    scene_init(&s);
    scene_login(&s);
}

/* All held requests are answered, so that what waits can leave. */
static void let_everything_leave(void)
{
    for (int i = 0; i < 20 && bosh_client_queued(s.client); i++) {
        scene_advance(&s, 100);
        if (scene_open_count(&s) > 1)
            scene_answer(&s, "");
    }
    scene_advance(&s, 100);
    while (scene_open_count(&s) > 1)
        scene_answer(&s, "");
    CHECK_INT(bosh_client_queued(s.client), 0);
}

static void check_tickets(bosh_ticket delivered, bosh_ticket unknown)
{
    bosh_ticket is_delivered, is_unknown;
    bosh_client_tickets(s.client, &is_delivered, &is_unknown);
    CHECK_INT(is_delivered, delivered);
    CHECK_INT(is_unknown, unknown);
    bosh_client_tickets(s.client, NULL, NULL);
}

static void tickets_count_from_1_and_are_reported_when_accepted(void)
{
    begin();
    CHECK_INT(scene_say(&s, "a"), 1);
    CHECK_INT(scene_say(&s, "b"), 2);
    check_tickets(0, 0);
    scene_turn(&s);
    check_tickets(0, 2);
    CHECK_INT(scene_say(&s, "c"), 3);
    check_tickets(0, 2);
    scene_answer(&s, ""); /* the poll; "c" leaves */
    check_tickets(0, 3);
    CHECK_STR(scene_told(&s), "");
    scene_answer(&s, "");
    CHECK_STR(scene_told(&s), "delivered 2");
    check_tickets(2, 3);
    SCENE_END(&s);
}

/* HOLD-5: what is sent in one turn shares one body, in order. */
static void stanzas_of_one_turn_share_a_body(void)
{
    begin();
    size_t before = s.net.count;
    scene_say(&s, "a");
    bosh_client_send_presence(s.client, NULL, NULL);
    bosh_client_send_message(s.client, "bob@example.org", "x", NULL);
    scene_turn(&s);
    CHECK_INT(s.net.count, before + 1);
    const char *a = strstr(scene_sent(&s), "id='a'");
    const char *b = strstr(scene_sent(&s), "<presence xmlns='jabber:client'/>");
    const char *c = strstr(scene_sent(&s), "<body>x</body></message></body>");
    CHECK(a && b && c && a < b && b < c);
    SCENE_END(&s);
}

/* INV-18: held until ONLINE, then sent in the order of sending. */
static void stanzas_sent_before_the_login_are_held(void)
{
    scene_init(&s);
    scene_open(&s);
    CHECK_INT(scene_say(&s, "a"), 1);
    scene_connect(&s);
    CHECK_INT(scene_say(&s, "b"), 2);
    for (int i = 0; i < 4; i++) {
        CHECK(!strstr(scene_sent(&s), "<message"));
        scene_advance(&s, 10);
        scene_answer_login(&s);
    }
    CHECK_INT(bosh_client_state(s.client), BOSH_STATE_ONLINE);
    CHECK(strstr(scene_sent(&s), "id='a'><body>Hi</body></message><message"));
    SCENE_END(&s);
}

/* The queue holds `queue_bytes_max` bytes; when it is half empty again, that is told once. */
static void full_queue_refuses_and_tells_when_it_is_drained(void)
{
    unsigned count = 0;
    scene_init(&s);
    s.config.queue_bytes_max = 1000;
    s.config.body_bytes_max = 800; /* two stanzas to a body */
    scene_login(&s);
    scene_say(&s, "out"); /* fills the window */
    scene_turn(&s);
    while (scene_say(&s, "m"))
        count++;
    CHECK(count >= 8);
    CHECK(bosh_client_queued(s.client) <= 1000);
    if (bosh_has_feature("requests"))
        CHECK_INT(scene_ask(&s, "a-rather-long-name@example.org/with/a/resource", 0),
                  BOSH_ERR_QUEUE_FULL);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "");
    while (bosh_client_queued(s.client) > 500) {
        CHECK(!strstr(scene_told(&s), "drained"));
        scene_answer(&s, "");
        scene_advance(&s, 100);
    }
    CHECK(strstr(scene_told(&s), "drained"));
    CHECK(scene_say(&s, "again") > 0);
    let_everything_leave();
    CHECK(!strstr(scene_told(&s), "drained"));
    SCENE_END(&s);
}

static void refused_stanza_uses_no_ticket_and_harms_nothing(void)
{
    begin();
    bosh_ticket ticket = 77;
    CHECK_INT(scene_say(&s, "a"), 1);
    CHECK_INT(bosh_client_send_message(s.client, "bob@example.org", "bell \a", &ticket),
              BOSH_ERR_CHARACTER);
    CHECK_INT(bosh_client_send_message(s.client, "bob@example.org", "\xFF", &ticket),
              BOSH_ERR_UTF8);
    CHECK_INT(ticket, 77);
    s.alloc.fail_at = s.alloc.calls + 1;
    CHECK_INT(bosh_client_send_xml(s.client, "<message/>", 10, &ticket), BOSH_ERR_MEMORY);
    CHECK_INT(scene_say(&s, "b"), 2);
    scene_turn(&s);
    CHECK(strstr(scene_sent(&s), "id='a'"));
    CHECK(strstr(scene_sent(&s), "id='b'"));
    CHECK(!strstr(scene_sent(&s), "bell"));
    SCENE_END(&s);
}

static void writer_keeps_what_was_sent(void)
{
    begin();
    bosh_writer *w = bosh_client_writer(s.client);
    bosh_writer_start(w, "message", NULL);
    bosh_writer_attribute(w, "id", "bell");
    CHECK_INT(bosh_client_send(s.client, w, NULL), 0);
    CHECK_INT(bosh_client_send(s.client, w, NULL), 0);
    scene_turn(&s);
    const char *first = strstr(scene_sent(&s), "id='bell'/>");
    CHECK(first && strstr(first + 1, "id='bell'/>"));
    SCENE_END(&s);
}

static void last_stanza_with_an_error_is_left_out(void)
{
    begin();
    bosh_writer *w = bosh_client_writer(s.client);
    bosh_writer_start(w, "presence", NULL);
    bosh_writer_element(w, "status", NULL, "\a");
    bosh_client_close(s.client, w);
    scene_turn(&s);
    CHECK(strstr(scene_sent(&s), "type='terminate'"));
    CHECK(!strstr(scene_sent(&s), "<presence"));
    SCENE_END(&s);
}

static void stanza_deeper_than_64_elements_is_refused(void)
{
    begin();
    for (int depth = 64; depth <= 65; depth++) {
        bosh_writer *w = bosh_client_writer(s.client);
        bosh_writer_start(w, "message", NULL);
        for (int i = 1; i < depth; i++)
            bosh_writer_start(w, "x", "urn:x");
        CHECK_INT(bosh_client_send(s.client, w, NULL),
                  depth > 64 ? BOSH_ERR_STANZA_TOO_LARGE : BOSH_OK);
    }
    SCENE_END(&s);
}

/* BODY-14 */
static void stanza_larger_than_a_body_is_refused(void)
{
    char *text = malloc(70000);
    begin();
    memset(text, 'x', 70000);
    text[65536 - 1] = '\0';
    CHECK_INT(bosh_client_send_message(s.client, "b@c", text, NULL), BOSH_ERR_STANZA_TOO_LARGE);
    text[65535 - 1] = 'x';
    text[65000] = '\0'; /* itself small enough, but not with the wrapper around it */
    CHECK_INT(bosh_client_send_message(s.client, "b@c", text, NULL), BOSH_ERR_STANZA_TOO_LARGE);
    text[64500] = '\0';
    CHECK_INT(bosh_client_send_message(s.client, "b@c", text, NULL), 0);
    scene_turn(&s);
    CHECK(strlen(scene_sent(&s)) > 64500 && strlen(scene_sent(&s)) <= 65536);
    SCENE_END(&s);
    free(text);
}

/* XMPP-3 */
static void xml_gets_the_namespace_it_lacks(void)
{
    static const char xml[] = "<message to='b@c'><body>&lt;</body></message>";
    begin();
    CHECK_INT(bosh_client_send_xml(s.client, xml, strlen(xml), NULL), 0);
    scene_turn(&s);
    CHECK(strstr(scene_sent(&s), "jabber:client"));
    SCENE_END(&s);
}

static void xml_that_is_no_stanza_is_refused(void)
{
    static const struct {
        const char *xml;
        int error;
    } cases[] = {
        {"<message", BOSH_ERR_STANZA_SYNTAX},
        {"<message></presence>", BOSH_ERR_STANZA_SYNTAX},
        {"<message/><message/>", BOSH_ERR_STANZA_SYNTAX},
        {"", BOSH_ERR_STANZA_SYNTAX},
        {"hello", BOSH_ERR_STANZA_SYNTAX},
        {"<stream/>", BOSH_ERR_STANZA_KIND},
        {"<message xmlns='jabber:server'/>", BOSH_ERR_STANZA_KIND},
        {"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", BOSH_ERR_STANZA_KIND},
    };
    begin();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CHECK_INT(bosh_client_send_xml(s.client, cases[i].xml, strlen(cases[i].xml), NULL),
                  cases[i].error);
    CHECK_INT(bosh_client_queued(s.client), 0);
    SCENE_END(&s);
}

static void presence_is_written_as_asked(void)
{
    static const struct {
        const char *show, *status, *expected;
    } cases[] = {
        {NULL, NULL, "<presence xmlns='jabber:client'/>"},
        {"away", NULL, "<presence xmlns='jabber:client'><show>away</show></presence>"},
        {"dnd", "a<b",
         "<presence xmlns='jabber:client'><show>dnd</show>"
         "<status>a&lt;b</status></presence>"},
        {"unavailable", "bye",
         "<presence xmlns='jabber:client' type='unavailable'>"
         "<status>bye</status></presence>"},
    };
    begin();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK_INT(bosh_client_send_presence(s.client, cases[i].show, cases[i].status), 0);
        scene_turn(&s);
        CHECK(strstr(scene_sent(&s), cases[i].expected));
        let_everything_leave();
    }
    SCENE_END(&s);
}

static void nothing_can_be_sent_while_closing_or_ended(void)
{
    begin();
    bosh_client_close(s.client, NULL);
    CHECK_INT(bosh_client_send_message(s.client, "b@c", "x", NULL), BOSH_ERR_STATE);
    scene_turn(&s);
    CHECK_INT(bosh_client_state(s.client), BOSH_STATE_CLOSING);
    CHECK_INT(bosh_client_send_presence(s.client, NULL, NULL), BOSH_ERR_STATE);
    scene_advance(&s, 10000);
    CHECK_INT(bosh_client_state(s.client), BOSH_STATE_ENDED);
    CHECK_INT(bosh_client_send_xml(s.client, "<message/>", 10, NULL), BOSH_ERR_STATE);
    CHECK_INT(scene_ask(&s, NULL, 0),
              bosh_has_feature("requests") ? BOSH_ERR_STATE : BOSH_ERR_UNSUPPORTED);
    SCENE_END(&s);
}

static void send_without_what_it_needs_is_refused(void)
{
    begin();
    CHECK_INT(bosh_client_send(s.client, NULL, NULL), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_send(NULL, bosh_client_writer(s.client), NULL), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_send(s.client, bosh_client_writer(s.client), NULL), BOSH_ERR_NAME);
    CHECK_INT(bosh_client_send_xml(s.client, NULL, 0, NULL), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_send_xml(NULL, "<message/>", 10, NULL), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_send_message(s.client, NULL, "x", NULL), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_send_message(s.client, "b@c", NULL, NULL), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_send_message(NULL, "b@c", "x", NULL), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_send_presence(NULL, NULL, NULL), BOSH_ERR_ARGUMENT);
    SCENE_END(&s);
}

/* Tickets go on counting over a reconnect, and each stanza is reported once (SM-5, INV-1..3). */
static void tickets_keep_their_order_over_a_reconnect(void)
{
    CHECK_NEEDS("reconnect");
    scene_init(&s);
    s.config.reconnect = BOSH_RECONNECT_ALWAYS;
    scene_login(&s);
    CHECK_INT(scene_say(&s, "a"), 1);
    scene_turn(&s);
    scene_answer(&s, "");
    scene_answer(&s, "");
    scene_advance(&s, 100);
    CHECK_INT(scene_say(&s, "b"), 2);
    scene_turn(&s);
    CHECK_INT(scene_say(&s, "c"), 3);
    scene_turn(&s);
    scene_answer_as(&s, "type='terminate' condition='item-not-found'", "");
    CHECK_STR(scene_told(&s), "delivered 1, unknown 2, waiting to reconnect ERR_CONDITION");
    check_tickets(1, 2);
    CHECK_INT(scene_say(&s, "d"), 4);
    while (bosh_client_state(s.client) != BOSH_STATE_ONLINE && !s.problems) {
        scene_advance(&s, 100);
        scene_answer_login(&s);
    }
    const char *sent = scene_sent(&s);
    CHECK(!strstr(sent, "id='b'"));
    CHECK(strstr(sent, "id='c'"));
    CHECK(strstr(sent, "id='d'") > strstr(sent, "id='c'"));
    check_tickets(1, 4);
    scene_told(&s);
    scene_answer(&s, "");
    CHECK_STR(scene_told(&s), "delivered 4");
    SCENE_END(&s);
}

static char unsent_xml[200];

static void keep_xml(scene *self, const bosh_event *event)
{
    if (event->type != BOSH_EVENT_UNSENT && event->type != BOSH_EVENT_UNKNOWN)
        return;
    sprintf(unsent_xml, "%.*s", (int)event->xml.size, event->xml.data);
    CHECK_INT(scene_say(self, "again"), 0); /* too late */
}

static void unsent_stanza_is_handed_back_with_its_bytes(void)
{
    begin();
    s.on_event = keep_xml;
    scene_say(&s, "a");
    scene_turn(&s);
    scene_say(&s, "b");
    scene_turn(&s);
    scene_answer_as(&s, "type='terminate'", "");
    CHECK_STR(scene_told(&s), "unknown 1, unsent 2, ended ERR_TERMINATED");
    CHECK_STR(unsent_xml, "<message xmlns='jabber:client' to='bob@example.org' id='b'>"
                          "<body>Hi</body></message>");
    check_tickets(0, 1);
    CHECK_INT(bosh_client_queued(s.client), 0);
    SCENE_END(&s);
}

static const check_test tests[] = {
    {"tickets_count_from_1_and_are_reported_when_accepted",
     tickets_count_from_1_and_are_reported_when_accepted},
    {"stanzas_of_one_turn_share_a_body", stanzas_of_one_turn_share_a_body},
    {"stanzas_sent_before_the_login_are_held", stanzas_sent_before_the_login_are_held},
    {"full_queue_refuses_and_tells_when_it_is_drained",
     full_queue_refuses_and_tells_when_it_is_drained},
    {"refused_stanza_uses_no_ticket_and_harms_nothing",
     refused_stanza_uses_no_ticket_and_harms_nothing},
    {"writer_keeps_what_was_sent", writer_keeps_what_was_sent},
    {"last_stanza_with_an_error_is_left_out", last_stanza_with_an_error_is_left_out},
    {"stanza_deeper_than_64_elements_is_refused", stanza_deeper_than_64_elements_is_refused},
    {"stanza_larger_than_a_body_is_refused", stanza_larger_than_a_body_is_refused},
    {"xml_gets_the_namespace_it_lacks", xml_gets_the_namespace_it_lacks},
    {"xml_that_is_no_stanza_is_refused", xml_that_is_no_stanza_is_refused},
    {"presence_is_written_as_asked", presence_is_written_as_asked},
    {"nothing_can_be_sent_while_closing_or_ended", nothing_can_be_sent_while_closing_or_ended},
    {"send_without_what_it_needs_is_refused", send_without_what_it_needs_is_refused},
    {"tickets_keep_their_order_over_a_reconnect", tickets_keep_their_order_over_a_reconnect},
    {"unsent_stanza_is_handed_back_with_its_bytes", unsent_stanza_is_handed_back_with_its_bytes},
};
CHECK_MAIN(tests)
