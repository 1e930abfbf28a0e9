/* SPDX-License-Identifier: MIT
 * client/handlers: who sees what, and handlers and timers that come and go while they run. */
#include "tests/unit/scene.h"
#include "tests/check.h"

static scene s;

/* Strings that nobody changes, as user pointers. */
static void *letter(const char *text)
{
    return (void *)(uintptr_t)text;
}

static void begin(void)
{
    scene_init(&s);
    s.is_deaf = 1;
    scene_login(&s);
}

/* Notes the letter it was registered with. */
static int note(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    (void)client, (void)stanza;
    scene_note(&s, "%s", (const char *)user);
    return 1;
}

static int note_once(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    note(client, stanza, user);
    return 0;
}

static void handlers_are_called_in_the_order_of_registration(void)
{
    begin();
    for (int i = 0; i < 20; i++) /* more than the array has room for at first */
        bosh_handler_add(s.client, NULL, note, letter(i % 2 ? "b" : "a"));
    scene_answer(&s, MESSAGE("1"));
    CHECK_STR(scene_told(&s), "a, b, a, b, a, b, a, b, a, b, a, b, a, b, a, b, a, b, a, b");
    SCENE_END(&s);
}

static void handler_that_returns_0_is_removed(void)
{
    begin();
    bosh_handler_add(s.client, NULL, note_once, letter("once"));
    bosh_handler_add(s.client, NULL, note, letter("always"));
    scene_answer(&s, MESSAGE("1") MESSAGE("2"));
    CHECK_STR(scene_told(&s), "once, always, always");
    SCENE_END(&s);
}

static void removed_handler_is_not_called(void)
{
    begin();
    int a = bosh_handler_add(s.client, NULL, note, letter("a"));
    int b = bosh_handler_add(s.client, NULL, note, letter("b"));
    CHECK(a > 0 && b > 0 && a != b);
    bosh_handler_remove(s.client, a);
    bosh_handler_remove(s.client, a);
    bosh_handler_remove(s.client, 0);
    bosh_handler_remove(s.client, 12345);
    scene_answer(&s, MESSAGE("1"));
    CHECK_STR(scene_told(&s), "b");
    SCENE_END(&s);
}

static int next_id;

static int remove_next(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    bosh_handler_remove(client, next_id);
    return note(client, stanza, user);
}

static int remove_itself(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    bosh_handler_remove(client, next_id - 1);
    return note(client, stanza, user); /* "stay" comes too late */
}

static void handler_removed_inside_a_handler_is_not_called_any_more(void)
{
    begin();
    bosh_handler_add(s.client, NULL, remove_next, letter("a"));
    next_id = bosh_handler_add(s.client, NULL, note, letter("b"));
    bosh_handler_add(s.client, NULL, note, letter("c"));
    scene_answer(&s, MESSAGE("1"));
    CHECK_STR(scene_told(&s), "a, c");
    SCENE_END(&s);
}

static void handler_may_remove_itself(void)
{
    begin();
    next_id = bosh_handler_add(s.client, NULL, remove_itself, letter("a")) + 1;
    scene_answer(&s, MESSAGE("1") MESSAGE("2"));
    CHECK_STR(scene_told(&s), "a");
    SCENE_END(&s);
}

static int add_many(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    for (int i = 0; i < 10; i++) /* the array moves */
        bosh_handler_add(client, NULL, note, letter("new"));
    note(client, stanza, user);
    return 0;
}

static void handler_added_inside_a_handler_sees_the_next_stanza_first(void)
{
    begin();
    bosh_handler_add(s.client, NULL, add_many, letter("a"));
    bosh_handler_add(s.client, NULL, note, letter("b"));
    scene_answer(&s, MESSAGE("1"));
    CHECK_STR(scene_told(&s), "a, b");
    scene_answer(&s, MESSAGE("2"));
    CHECK_STR(scene_told(&s), "b, new, new, new, new, new, new, new, new, new, new");
    SCENE_END(&s);
}

static int note_id(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    (void)client, (void)user;
    scene_note(&s, "%s", bosh_stanza_attribute(stanza, "id"));
    return 1;
}

/* The ids of the stanzas that a match lets through. */
static const char *seen_by(const bosh_match *match)
{
    static const char stanzas[] =
        "<message xmlns='jabber:client' id='a' from='bob@example.org/x' type='chat'/>"
        "<message xmlns='jabber:client' id='b' from='Bob@Example.org'><x xmlns='t:x'/></message>"
        "<presence xmlns='jabber:client' id='c' from='bob@example.org/y'/>"
        "<iq xmlns='jabber:client' id='d' type='result' from='example.org'><x xmlns='t:x'/></iq>"
        "<message xmlns='jabber:client' id='e'><body>t:x</body></message>";
    begin();
    bosh_handler_add(s.client, match, note_id, NULL);
    scene_answer(&s, stanzas);
    SCENE_END(&s);
    return scene_told(&s);
}

static void match_compares_every_field_it_names(void)
{
    CHECK_STR(seen_by(NULL), "a, b, c, d, e");
    CHECK_STR(seen_by(&(bosh_match){.name = "message"}), "a, b, e");
    CHECK_STR(seen_by(&(bosh_match){.type = "chat"}), "a");
    CHECK_STR(seen_by(&(bosh_match){.id = "c"}), "c");
    CHECK_STR(seen_by(&(bosh_match){.ns = "t:x"}), "b, d");
    CHECK_STR(seen_by(&(bosh_match){.ns = "jabber:client"}), "a, b, c, d, e");
    CHECK_STR(seen_by(&(bosh_match){.ns = "t:x", .name = "message"}), "b");
    CHECK_STR(seen_by(&(bosh_match){.name = "presence", .type = "unavailable"}), "");
}

/* IQ-3: ASCII case is folded; a bare address stands for all its resources. */
static void match_compares_addresses_as_addresses(void)
{
    CHECK_STR(seen_by(&(bosh_match){.from = "BOB@example.org"}), "a, b, c");
    CHECK_STR(seen_by(&(bosh_match){.from = "bob@example.org/x"}), "a");
    CHECK_STR(seen_by(&(bosh_match){.from = "bob@example.org/X"}), "");
    CHECK_STR(seen_by(&(bosh_match){.from = "example.org"}), "d");
}

static void match_is_copied(void)
{
    char name[] = "presence";
    bosh_match match = {.name = name};
    begin();
    bosh_handler_add(s.client, &match, note, letter("a"));
    memset(name, 'x', sizeof(name) - 1);
    memset(&match, 0, sizeof(match));
    scene_answer(&s, "<presence xmlns='jabber:client'/>" MESSAGE("1"));
    CHECK_STR(scene_told(&s), "a");
    SCENE_END(&s);
}

static void handler_without_function_or_memory_is_refused(void)
{
    begin();
    CHECK_INT(bosh_handler_add(s.client, NULL, NULL, NULL), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_handler_add(NULL, NULL, note, NULL), BOSH_ERR_ARGUMENT);
    s.alloc.fail_from = s.alloc.calls + 1;
    CHECK_INT(bosh_handler_add(s.client, NULL, note, NULL), BOSH_ERR_MEMORY);
    CHECK_INT(bosh_timer_add(s.client, 10, (bosh_timer_fn)0, NULL), BOSH_ERR_ARGUMENT);
    s.alloc.fail_from = 0;
    scene_answer(&s, MESSAGE("1"));
    CHECK_STR(scene_told(&s), "");
    SCENE_END(&s);
}

/* --------------------------------------------------------------------------------------- timers */

static int tick(bosh_client *client, void *user)
{
    (void)client;
    scene_note(&s, "%s", (const char *)user);
    return 1;
}

static int tick_once(bosh_client *client, void *user)
{
    tick(client, user);
    return 0;
}

static void timer_counts_from_the_next_pump(void)
{
    begin();
    CHECK(bosh_timer_add(s.client, 1000, tick, letter("t")) > 0);
    s.net.now_ms += 500; /* nobody pumps meanwhile */
    scene_turn(&s);
    scene_advance(&s, 999);
    CHECK_STR(scene_told(&s), "");
    scene_advance(&s, 1);
    CHECK_STR(scene_told(&s), "t");
    scene_advance(&s, 3000);
    CHECK_STR(scene_told(&s), "t, t, t");
    SCENE_END(&s);
}

static void timer_that_returns_0_or_is_removed_stops(void)
{
    begin();
    bosh_timer_add(s.client, 1000, tick_once, letter("once"));
    int id = bosh_timer_add(s.client, 1000, tick, letter("t"));
    scene_advance(&s, 2500);
    CHECK_STR(scene_told(&s), "once, t, t");
    bosh_handler_remove(s.client, id);
    scene_advance(&s, 5000);
    CHECK_STR(scene_told(&s), "");
    SCENE_END(&s);
}

/* A pump that comes late calls once, not once for every period it missed. */
static void timer_does_not_catch_up(void)
{
    begin();
    bosh_timer_add(s.client, 1000, tick, letter("t"));
    scene_turn(&s);
    s.net.now_ms += 10000;
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "t");
    SCENE_END(&s);
}

static int timer_ids[2];

static int remove_other_and_add(bosh_client *client, void *user)
{
    tick(client, user);
    bosh_handler_remove(client, timer_ids[1]);
    for (int i = 0; i < 10; i++) /* the array moves */
        bosh_timer_add(client, 1000, tick_once, letter("new"));
    return 0;
}

static void timers_may_come_and_go_inside_a_timer(void)
{
    begin();
    timer_ids[0] = bosh_timer_add(s.client, 1000, remove_other_and_add, letter("a"));
    timer_ids[1] = bosh_timer_add(s.client, 1000, tick, letter("b"));
    scene_advance(&s, 1500);
    CHECK_STR(scene_told(&s), "a");
    scene_advance(&s, 5000);
    CHECK_STR(scene_told(&s), "new, new, new, new, new, new, new, new, new, new");
    SCENE_END(&s);
}

static void timer_without_period_is_refused(void)
{
    begin();
    CHECK_INT(bosh_timer_add(s.client, 0, tick, NULL), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_timer_add(NULL, 10, tick, NULL), BOSH_ERR_ARGUMENT);
    SCENE_END(&s);
}

static void timers_run_in_every_state(void)
{
    scene_init(&s);
    scene_open(&s);
    bosh_timer_add(s.client, 1000, tick, letter("t"));
    scene_turn(&s);
    scene_advance(&s, 1000);
    CHECK_STR(scene_told(&s), "t");
    SCENE_END(&s);
}

static int never(bosh_client *client, void *user)
{
    (void)client, (void)user;
    scene_note(&s, "timer");
    return 1;
}

static void removed_timer_has_no_deadline(void)
{
    scene_init(&s);
    scene_open(&s);
    int id = bosh_timer_add(s.client, 10, never, NULL);
    CHECK(bosh_client_deadline(s.client) == 0);
    bosh_handler_remove(s.client, id);
    CHECK(bosh_client_deadline(s.client) == BOSH_NEVER);
    scene_advance(&s, 1000);
    CHECK_STR(scene_told(&s), "");
    SCENE_END(&s);
}

static const check_test tests[] = {
    {"handlers_are_called_in_the_order_of_registration",
     handlers_are_called_in_the_order_of_registration},
    {"handler_that_returns_0_is_removed", handler_that_returns_0_is_removed},
    {"removed_handler_is_not_called", removed_handler_is_not_called},
    {"handler_removed_inside_a_handler_is_not_called_any_more",
     handler_removed_inside_a_handler_is_not_called_any_more},
    {"handler_may_remove_itself", handler_may_remove_itself},
    {"handler_added_inside_a_handler_sees_the_next_stanza_first",
     handler_added_inside_a_handler_sees_the_next_stanza_first},
    {"match_compares_every_field_it_names", match_compares_every_field_it_names},
    {"match_compares_addresses_as_addresses", match_compares_addresses_as_addresses},
    {"match_is_copied", match_is_copied},
    {"handler_without_function_or_memory_is_refused",
     handler_without_function_or_memory_is_refused},
    {"timer_counts_from_the_next_pump", timer_counts_from_the_next_pump},
    {"timer_that_returns_0_or_is_removed_stops", timer_that_returns_0_or_is_removed_stops},
    {"timer_does_not_catch_up", timer_does_not_catch_up},
    {"timers_may_come_and_go_inside_a_timer", timers_may_come_and_go_inside_a_timer},
    {"timer_without_period_is_refused", timer_without_period_is_refused},
    {"timers_run_in_every_state", timers_run_in_every_state},
    {"removed_timer_has_no_deadline", removed_timer_has_no_deadline},
};
CHECK_MAIN(tests)
