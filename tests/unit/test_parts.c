/* SPDX-License-Identifier: MIT
 * client/parts: stanzas element by element, from their tree and as they are parsed; among them
 * rosters that are larger than all memory. */
#include <bosh/arena.h>
#include <bosh/parts.h>

#include "tests/check.h"
#include "tests/unit/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROSTER                                                                                     \
    "<iq xmlns='jabber:client' type='result' id='r1'><query xmlns='jabber:iq:roster' ver='1'>"     \
    "<item jid='a@example.org' name='A &amp; B'><group>Work</group></item>"                        \
    "<item jid='c@example.org'/>Te&#x78;t<!-- no -->!</query></iq>"
#define ROSTER_TOLD                                                                                \
    "begin iq r1, start query, start item a@example.org, start group, text Work, end, end, "       \
    "start item c@example.org, end, text Text!, end, end"
#define BODY(payloads) "<body xmlns='http://jabber.org/protocol/httpbind'>" payloads "</body>"

static scene s;
static const char *unwanted; /* of this stanza no parts are wanted */
static void (*inside)(void);
static char words[200]; /* of a run of text, until something else is told */

static const char *or_nothing(const char *text)
{
    return text ? text : "";
}

static void tell_words(void)
{
    if (words[0])
        scene_note(&s, "text %s", words);
    words[0] = 0;
}

static int on_begin(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    (void)client, (void)user;
    const char *name = bosh_stanza_name(stanza);
    words[0] = 0;
    if (unwanted && strcmp(name, unwanted) == 0)
        return 0;
    scene_note(&s, "begin %s %s", name, or_nothing(bosh_stanza_attribute(stanza, "id")));
    return 1;
}

static void on_start(bosh_client *client, const bosh_stanza *element, void *user)
{
    (void)client, (void)user;
    const char *jid = bosh_stanza_attribute(element, "jid");
    tell_words();
    scene_note(&s, "start %s%s%s", bosh_stanza_name(element), jid ? " " : "", or_nothing(jid));
    CHECK_STR(bosh_stanza_namespace(element),
              strcmp(bosh_stanza_name(element), "body") ? "jabber:iq:roster" : "jabber:client");
    if (inside)
        inside();
}

static void on_text(bosh_client *client, const char *text, size_t size, void *user)
{
    (void)client, (void)user;
    strncat(words, text, size);
}

static void on_end(bosh_client *client, void *user)
{
    (void)client, (void)user;
    tell_words();
    scene_note(&s, "end");
}

static const bosh_parts parts = {on_begin, on_start, on_text, on_end};

static void log_in(int is_as_parsed, world_split split)
{
    unwanted = NULL;
    inside = NULL;
    scene_init(&s);
    s.config.parts = &parts;
    s.config.parts_as_parsed = (uint8_t)is_as_parsed;
    s.net.split = split;
    scene_login(&s);
}

/* What is in a delivered stanza. */
static void note_content(scene *of, const bosh_stanza *stanza)
{
    scene_note(of, "%s", bosh_stanza_first_node(stanza) ? "full" : "empty");
}

static void parts_are_told_before_the_stanza(void)
{
    for (int split = WORLD_WHOLE; split <= WORLD_HALVES; split++) {
        for (int is_as_parsed = 0; is_as_parsed < 2; is_as_parsed++) {
            log_in(is_as_parsed, (world_split)split);
            s.on_stanza = note_content;
            scene_answer(&s, ROSTER MESSAGE("m"));
            CHECK_STR(scene_told(&s),
                      is_as_parsed
                          ? ROSTER_TOLD ", begin message m, start body, text Hi, end, end, iq r1, "
                                        "empty, message m, empty"
                          : ROSTER_TOLD ", iq r1, full, begin message m, start body, text Hi, "
                                        "end, end, message m, full");
            SCENE_END(&s);
        }
    }
}

static void unwanted_stanzas_come_whole(void)
{
    log_in(1, WORLD_WHOLE);
    unwanted = "message";
    s.on_stanza = note_content;
    scene_answer(&s, MESSAGE("m") ROSTER);
    CHECK_STR(scene_told(&s), ROSTER_TOLD ", message m, full, iq r1, empty");
    SCENE_END(&s);
}

/* The login is the client's own. */
static void parts_begin_when_online(void)
{
    scene_init(&s);
    s.config.parts = &parts;
    s.config.parts_as_parsed = 1;
    scene_connect(&s);
    while (bosh_client_state(s.client) != BOSH_STATE_ONLINE)
        scene_answer_login(&s);
    CHECK_STR(scene_told(&s), "connecting, authenticating, binding, online");
    SCENE_END(&s);
}

static void feed(const char *text)
{
    bosh_transport_bytes(s.client, scene_oldest(&s)->id, text, strlen(text));
}

/* RTX-1: all of it comes again. */
static void cut_answer_begins_again(void)
{
    log_in(1, WORLD_WHOLE);
    feed("<body xmlns='http://jabber.org/protocol/httpbind'>"
         "<iq xmlns='jabber:client' type='result' id='r1'><query xmlns='jabber:iq:roster'>"
         "<item jid='a@example.org'/><item jid='b@exa");
    world_transport_fail(&s.net, scene_oldest(&s), BOSH_ERR_RESET, 0);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "begin iq r1, start query, start item a@example.org, end, "
                              "retry ERR_RESET, recovering ERR_RESET");
    scene_advance(&s, 200);
    scene_answer(&s, ROSTER);
    CHECK_STR(scene_told(&s), ROSTER_TOLD ", iq r1, online");
    SCENE_END(&s);
}

/* ORD-1: the second answer waits for the first, and its parts are told then. */
static void answer_that_overtakes_is_told_in_its_turn(void)
{
    static const char answer[] = BODY(ROSTER);
    log_in(1, WORLD_BYTES);
    scene_say(&s, "x");
    scene_advance(&s, 1000);
    CHECK_INT(scene_open_count(&s), 2);
    world_attempt *later = s.net.attempts[s.net.count - 1];
    world_transport_answer(&s.net, later, 200, 0, answer, sizeof(answer) - 1);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "");
    unwanted = "message";
    scene_answer(&s, MESSAGE("m"));
    CHECK_STR(scene_told(&s), "delivered 1, message m, " ROSTER_TOLD ", iq r1");
    SCENE_END(&s);
}

static void do_everything(void)
{
    void *bytes;
    size_t size;
    inside = NULL;
    bosh_client_pump(s.client, s.net.now_ms + 100000);
    CHECK(bosh_client_export(s.client, &bytes, &size) < 0);
    bosh_client_network_changed(s.client);
    CHECK_INT(bosh_client_send_presence(s.client, NULL, NULL), 0);
}

static void calls_inside_take_effect_afterwards(void)
{
    log_in(1, WORLD_BYTES);
    inside = do_everything;
    scene_answer(&s, ROSTER);
    CHECK_STR(scene_told(&s), ROSTER_TOLD ", iq r1");
    CHECK(strstr(scene_sent(&s), "<presence") != NULL);
    SCENE_END(&s);
}

static void free_client(void)
{
    bosh_client_free(s.client);
}

static void free_inside_ends_it(void)
{
    log_in(1, WORLD_WHOLE);
    inside = free_client;
    scene_hand_in(&s, "", ROSTER);
    CHECK_STR(scene_told(&s), "begin iq r1, start query");
    bosh_client_pump(s.client, s.net.now_ms);
    s.client = s.net.client = NULL;
    SCENE_END(&s);
}

/* ------------------------------------------------------------------------------ larger than RAM */

static uint64_t block[128 * 1024 / 8];
static bosh_arena arena;
static unsigned items, groups;

static int begin_roster(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    (void)client, (void)user;
    items = groups = 0;
    return strcmp(bosh_stanza_name(stanza), "iq") == 0;
}

static void count_item(bosh_client *client, const bosh_stanza *element, void *user)
{
    (void)client, (void)user;
    items += bosh_stanza_is(element, "item", "jabber:iq:roster") &&
             bosh_stanza_attribute(element, "jid") != NULL;
    groups += bosh_stanza_is(element, "group", "jabber:iq:roster");
}

static void ignore_text(bosh_client *client, const char *text, size_t size, void *user)
{
    (void)client, (void)text, (void)size, (void)user;
}

static void ignore_end(bosh_client *client, void *user)
{
    (void)client, (void)user;
}

/* A roster of so many items of a hundred bytes, in pieces as a network has them: they do not end
 * where items do. */
static void feed_roster(unsigned count)
{
    static char xml[1000];
    size_t size = 0;
    world_attempt *attempt = scene_oldest(&s);
    for (unsigned i = 0; i <= count + 1; i++) {
        if (i == 0)
            size += (size_t)sprintf(xml, "<body xmlns='http://jabber.org/protocol/httpbind'>"
                                         "<iq xmlns='jabber:client' type='result' id='r'>"
                                         "<query xmlns='jabber:iq:roster'>");
        else if (i <= count)
            size += (size_t)sprintf(xml + size,
                                    "<item jid='contact-%05u@example.org' name='Contact %05u' "
                                    "subscription='both'><group>Friends</group></item>",
                                    i, i);
        else
            size += (size_t)sprintf(xml + size, "</query></iq></body>");
        while (size >= 536 || (size && i > count)) {
            size_t piece = size < 536 ? size : 536;
            CHECK_INT(bosh_transport_bytes(s.client, attempt->id, xml, piece), 0);
            size -= piece;
            memmove(xml, xml + piece, size);
        }
    }
    attempt->state = WORLD_ATTEMPT_FINISHED;
    bosh_transport_done(s.client, attempt->id, 200, 0, s.net.now_ms);
    scene_turn(&s);
}

/* How much of the arena it took. */
static size_t receive_roster(unsigned count, int is_as_parsed)
{
    static const bosh_parts counting = {begin_roster, count_item, ignore_text, ignore_end};
    scene_init(&s);
    s.is_unwatched = 1;
    bosh_arena_init(&arena, block, sizeof(block));
    s.config.allocator = bosh_arena_allocator(&arena);
    s.config.parts = &counting;
    s.config.parts_as_parsed = (uint8_t)is_as_parsed;
    scene_login(&s);
    items = groups = 0;
    feed_roster(count);
    CHECK_STR(scene_told(&s), "iq r");
    CHECK_INT(items, count);
    CHECK_INT(groups, count);
    SCENE_END(&s);
    return bosh_arena_high_water(&arena);
}

static void roster_larger_than_memory(void)
{
    size_t few = receive_roster(39, 1), many = receive_roster(5000, 1);
    printf("a roster of 39 items: %u bytes of arena, as a tree %u; of 5000: %u\n", (unsigned)few,
           (unsigned)receive_roster(39, 0), (unsigned)many);
    CHECK_INT(many, few);
}

static const check_test tests[] = {
    {"parts_are_told_before_the_stanza", parts_are_told_before_the_stanza},
    {"unwanted_stanzas_come_whole", unwanted_stanzas_come_whole},
    {"parts_begin_when_online", parts_begin_when_online},
    {"cut_answer_begins_again", cut_answer_begins_again},
    {"answer_that_overtakes_is_told_in_its_turn", answer_that_overtakes_is_told_in_its_turn},
    {"calls_inside_take_effect_afterwards", calls_inside_take_effect_afterwards},
    {"free_inside_ends_it", free_inside_ends_it},
    {"roster_larger_than_memory", roster_larger_than_memory},
};
CHECK_MAIN(tests)
