/* SPDX-License-Identifier: MIT
 * client/move: the journal, and a process that dies at any moment. */
#include "tests/unit/scene.h"
#include "client/client.h"
#include "tests/check.h"

#include <stdlib.h>

static scene s;

static void begin(void)
{
    scene_init(&s);
    s.config.save = scene_save;
    scene_login(&s);
}

/* The process dies; a new one goes on with what was saved last. */
static void crash_and_import(void)
{
    scene_crash(&s);
    CHECK_INT(bosh_client_import(s.client, s.saved, s.saved_size, 10), 0);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "online");
}

static void journal_is_written_before_each_new_request(void)
{
    begin();
    CHECK_INT(s.saves, 1); /* the first poll; before ONLINE there is nothing to go on with */
    scene_say(&s, "a");
    scene_turn(&s);
    CHECK_INT(s.saves, 2);
    scene_answer(&s, "");
    CHECK_INT(s.saves, 3); /* one request less */
    scene_answer(&s, MESSAGE("m"));
    CHECK_INT(s.saves, 4); /* one poll */
    world_transport_fail(&s.net, scene_oldest(&s), BOSH_ERR_RESET, 0);
    scene_turn(&s);
    scene_advance(&s, 1000);
    CHECK_INT(scene_open_count(&s), 1);
    CHECK_INT(s.saves, 4); /* a repetition is nothing new */
    SCENE_END(&s);
}

/* What a request needs was saved when it is submitted: its bytes are in the journal. */
static size_t count_at_save;

static int save_and_count(const void *bytes, size_t size, void *user)
{
    count_at_save = ((scene *)user)->net.count;
    return scene_save(bytes, size, user);
}

static void journal_knows_a_request_before_the_transport_does(void)
{
    scene_init(&s);
    s.config.save = save_and_count;
    scene_login(&s);
    scene_say(&s, "a");
    scene_turn(&s);
    CHECK_INT(count_at_save, s.net.count - 1);
    int is_known = 0;
    for (size_t i = 0; i + 6 <= s.saved_size; i++)
        is_known |= memcmp(s.saved + i, "id='a'", 6) == 0;
    CHECK(is_known);
    SCENE_END(&s);
}

/* Whichever allocation fails while the journal is written: it passes, and then the request leaves,
 * behind a journal that has it. */
static void memory_that_is_short_for_a_moment_delays_the_request(void)
{
    int n = 1;
    for (int is_delayed = 1; is_delayed; n++) {
        begin();
        scene_say(&s, "a");
        size_t count = s.net.count;
        s.saves = 0;
        s.alloc.fail_at = s.alloc.calls + (uint64_t)n;
        scene_turn(&s);
        is_delayed = s.alloc.fail_at <= s.alloc.calls;
        s.alloc.fail_at = 0;
        if (is_delayed)
            CHECK_INT(s.net.count, count);
        scene_advance(&s, 1000);
        CHECK_INT(s.net.count, count + 1);
        CHECK(s.saves > 0);
        scene_answer(&s, ""); /* the poll, then the request */
        scene_answer(&s, "");
        CHECK_INT(bosh_client_state(s.client), BOSH_STATE_ONLINE);
        SCENE_END(&s);
    }
    CHECK(n > 3);
}

static void journal_that_fails_ends_before_that_request(void)
{
    begin();
    scene_say(&s, "a");
    size_t count = s.net.count;
    s.save_result = -1;
    scene_turn(&s);
    CHECK_INT(s.net.count, count);
    CHECK_STR(scene_told(&s), "unsent 1, ended ERR_JOURNAL");
    CHECK_INT(scene_open_count(&s), 0);
    CHECK_INT(bosh_client_detail(s.client)->error, BOSH_ERR_JOURNAL);
    SCENE_END(&s);
}

/* The journal of a session that is over is deleted: size 0. */
static void end_of_the_session_deletes_the_journal(void)
{
    begin();
    CHECK(s.saved_size > 0);
    bosh_client_close(s.client, NULL);
    scene_turn(&s);
    CHECK(s.saved_size > 0);
    scene_answer(&s, "");
    scene_answer_as(&s, "type='terminate'", "");
    CHECK_STR(scene_told(&s), "closing, ended");
    CHECK_INT(s.saved_size, 0);
    SCENE_END(&s);
    begin();
    scene_answer_as(&s, "type='terminate'", "");
    CHECK_INT(s.saved_size, 0);
    SCENE_END(&s);
}

/* ----------------------------------------------------------------- crashes, one after each step */

static void crash_while_idle_goes_on_with_the_poll(void)
{
    begin();
    crash_and_import();
    CHECK_INT(scene_open_count(&s), 1);
    scene_answer(&s, MESSAGE("m"));
    CHECK_STR(scene_told(&s), "message m again"); /* perhaps: nobody can know */
    scene_answer(&s, MESSAGE("n"));
    CHECK_STR(scene_told(&s), "message n");
    SCENE_END(&s);
}

static int fail_on_demand(const void *bytes, size_t size, void *user)
{
    scene *self = user;
    return self->save_result ? self->save_result : scene_save(bytes, size, user);
}

/* Delivered, and then the process dies before the next request could be saved: the server is asked
 * again and answers the same (RTX-8). */
static void crash_after_a_delivery_delivers_again_and_says_so(void)
{
    scene_init(&s);
    s.config.save = fail_on_demand;
    s.is_unwatched = 1; /* a validator knows that the request was answered; the client forgot */
    scene_login(&s);
    s.save_result = -1; /* as if the process had died at this point */
    scene_answer(&s, MESSAGE("m"));
    CHECK_STR(scene_told(&s), "message m, ended ERR_JOURNAL");
    s.save_result = 0;
    crash_and_import();
    scene_answer(&s, MESSAGE("m"));
    CHECK_STR(scene_told(&s), "message m again");
    SCENE_END(&s);
}

static void crash_after_a_saved_delivery_delivers_nothing_twice(void)
{
    begin();
    scene_answer(&s, MESSAGE("m")); /* the next poll is saved and sent */
    scene_told(&s);
    crash_and_import();
    scene_answer(&s, MESSAGE("n"));
    CHECK_STR(scene_told(&s), "message n again");
    SCENE_END(&s);
}

/* RTX-1, RTX-2: what may have been sent is sent again, with the same bytes and the same ticket. */
static void crash_after_a_send_repeats_it_byte_for_byte(void)
{
    char entity[600];
    begin();
    CHECK_INT(scene_say(&s, "a"), 1);
    scene_turn(&s);
    snprintf(entity, sizeof(entity), "%s", scene_sent(&s));
    crash_and_import();
    scene_advance(&s, 100);
    CHECK_INT(scene_open_count(&s), 2);
    CHECK_STR(scene_sent(&s), entity);
    scene_answer(&s, "");
    scene_answer(&s, "");
    CHECK_STR(scene_told(&s), "delivered 1");
    CHECK_INT(scene_say(&s, "b"), 2);
    SCENE_END(&s);
}

/* What waited behind a full window was saved with the request before it, or never accepted. */
static void crash_with_a_queue_keeps_what_was_saved(void)
{
    begin();
    scene_say(&s, "a");
    scene_turn(&s);
    scene_say(&s, "b");
    scene_answer(&s, ""); /* "b" leaves, and is saved */
    scene_told(&s);
    crash_and_import();
    scene_advance(&s, 100);
    CHECK(strstr(s.net.attempts[s.net.count - 2]->entity, "id='a'"));
    CHECK(strstr(scene_sent(&s), "id='b'"));
    bosh_ticket unknown;
    bosh_client_tickets(s.client, NULL, &unknown);
    CHECK_INT(unknown, 2);
    SCENE_END(&s);
}

/* Servers keep the last answers only: what has been answered is not asked again (RTX-8). */
static void crash_after_an_answer_repeats_only_what_is_open(void)
{
    begin();
    scene_say(&s, "a");
    scene_turn(&s);
    scene_answer(&s, ""); /* to the poll; nothing new leaves beside "a" */
    crash_and_import();
    scene_advance(&s, 100);
    CHECK_INT(scene_open_count(&s), 1);
    CHECK(strstr(scene_sent(&s), "id='a'"));
    SCENE_END(&s);
}

/* HOLD-4: the repetition opens a connection first, the one behind it must not be quicker. */
static void repetition_gets_a_start(void)
{
    begin();
    scene_say(&s, "a");
    scene_turn(&s);
    scene_answer(&s, "");
    crash_and_import();
    scene_say(&s, "b");
    scene_advance(&s, 15);
    CHECK(strstr(scene_sent(&s), "id='a'"));
    scene_advance(&s, 10);
    CHECK(strstr(scene_sent(&s), "id='b'"));
    SCENE_END(&s);
}

static void crash_after_a_crash_goes_on(void)
{
    begin();
    for (int i = 0; i < 5; i++) {
        crash_and_import();
        scene_answer(&s, MESSAGE("m"));
        CHECK_STR(scene_told(&s), "message m again");
        CHECK_INT(scene_say(&s, "a"), i + 1);
        scene_advance(&s, 100);
        scene_answer(&s, "");
        scene_answer(&s, "");
        CHECK_STR(scene_told(&s)[0] ? "delivered" : "", "delivered");
        scene_advance(&s, 100);
    }
    SCENE_END(&s);
}

/* The flag survives an export, too: it belongs to the request, not to the process. */
static void replay_stays_a_replay_over_an_export(void)
{
    begin();
    crash_and_import();
    scene_move(&s);
    scene_told(&s);
    scene_answer(&s, MESSAGE("m"));
    CHECK_STR(scene_told(&s), "message m again");
    scene_move(&s);
    scene_told(&s);
    scene_answer(&s, MESSAGE("n"));
    CHECK_STR(scene_told(&s), "message n");
    SCENE_END(&s);
}

/* The blob of an export is deleted when it is imported; from then on the journal has it. */
static void imported_session_is_saved_before_its_first_repetition(void)
{
    scene_init(&s);
    scene_login(&s);
    scene_say(&s, "a");
    scene_turn(&s);
    s.config.save = save_and_count;
    size_t count = s.net.count;
    scene_move(&s);
    CHECK_INT(s.saves, 1);
    CHECK_INT(count_at_save, count);
    scene_advance(&s, 100);
    CHECK_INT(s.saves, 1); /* the second repetition is nothing new */
    scene_told(&s);
    crash_and_import();
    scene_advance(&s, 100);
    CHECK_INT(scene_open_count(&s), 2);
    SCENE_END(&s);
}

/* What another process may have sent already is unknown, although this one never sent it. */
static void journal_that_fails_after_an_import_leaves_stanzas_unknown(void)
{
    scene_init(&s);
    scene_login(&s);
    scene_say(&s, "a");
    scene_turn(&s);
    s.config.save = scene_save;
    s.save_result = -1;
    size_t count = s.net.count;
    scene_move(&s);
    CHECK_INT(s.net.count, count);
    CHECK_STR(scene_told(&s), "online, unknown 1, ended ERR_JOURNAL");
    SCENE_END(&s);
}

/* The server has ended the session meanwhile: that is found out, and a new one is made. */
static void crash_for_too_long_comes_back_with_a_new_session(void)
{
    CHECK_NEEDS("reconnect");
    scene_init(&s);
    s.config.save = scene_save;
    s.config.reconnect = BOSH_RECONNECT_AFTER_ONLINE;
    scene_login(&s);
    crash_and_import();
    scene_answer_as(&s, "type='terminate' condition='item-not-found'", "");
    CHECK_STR(scene_told(&s), "waiting to reconnect ERR_CONDITION");
    for (int i = 0; i < 100 && bosh_client_state(s.client) != BOSH_STATE_ONLINE; i++) {
        scene_advance(&s, 100);
        if (scene_oldest(&s))
            scene_answer_login(&s);
    }
    CHECK_STR(scene_told(&s), "connecting, authenticating, binding, online");
    CHECK(s.saved_size > 0);
    SCENE_END(&s);
}

/* ---------------------------------------------- bosh_client_save, and a program that is stopped */

static void stop_and_import(void)
{
    CHECK_INT(bosh_client_save(s.client, s.net.now_ms), 0);
    crash_and_import();
}

/* The page is reloaded: what was delivered does not come again, not even perhaps. */
static void stop_after_a_delivery_delivers_nothing_again(void)
{
    begin();
    scene_answer(&s, MESSAGE("m"));
    CHECK_STR(scene_told(&s), "message m");
    scene_say(&s, "a");
    scene_advance(&s, 100); /* beside the poll, whose answer now comes first */
    scene_answer(&s, MESSAGE("n"));
    CHECK_STR(scene_told(&s), "message n");
    stop_and_import();
    scene_advance(&s, 100);
    CHECK(strstr(scene_sent(&s), "id='a'"));
    scene_answer(&s, MESSAGE("o"));
    CHECK_STR(scene_told(&s), "delivered 1, message o");
    SCENE_END(&s);
}

/* What is queued and never left is in it too. */
static void stop_with_a_queue_loses_nothing(void)
{
    begin();
    scene_say(&s, "a");
    stop_and_import();
    scene_advance(&s, 1000);
    CHECK(strstr(scene_sent(&s), "id='a'"));
    SCENE_END(&s);
}

/* An answer that nobody has looked at yet. */
static void stop_before_the_pump_takes_the_answer_along(void)
{
    begin();
    scene_hand_in(&s, "", MESSAGE("m"));
    CHECK_INT(bosh_client_save(s.client, s.net.now_ms), 0);
    scene_crash(&s);
    CHECK_INT(bosh_client_import(s.client, s.saved, s.saved_size, 10), 0);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "online, message m");
    SCENE_END(&s);
}

static int save_and_free(const void *bytes, size_t size, void *user)
{
    (void)bytes, (void)size;
    bosh_client_free(((scene *)user)->client);
    return 0;
}

static void client_freed_while_it_saves_lives_until_the_pump(void)
{
    begin();
    s.client->config.save = save_and_free;
    s.net.is_wanted = 0;
    CHECK_INT(bosh_client_save(s.client, s.net.now_ms), 0);
    CHECK(!s.net.is_released);
    CHECK(s.net.is_wanted);
    scene_turn(&s);
    CHECK(s.net.is_released);
    SCENE_END(&s);
}

static int saves_at_stanza;

static void count_saves(scene *self, const bosh_stanza *stanza)
{
    (void)stanza;
    saves_at_stanza = self->saves;
}

/* The program lives on after all: the bytes may not say any more that nothing was delivered. */
static void saved_bytes_are_outdated_before_a_delivery(void)
{
    begin();
    scene_say(&s, "a");
    scene_advance(&s, 100);
    CHECK_INT(bosh_client_save(s.client, s.net.now_ms), 0);
    int saves = s.saves;
    s.on_stanza = count_saves;
    scene_answer(&s, MESSAGE("m")); /* no new request can leave: two are the window */
    CHECK_INT(saves_at_stanza, saves + 1);
    CHECK_STR(scene_told(&s), "message m");
    scene_crash(&s);
    CHECK_INT(bosh_client_import(s.client, s.saved, s.saved_size, 10), 0);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "online, message m again");
    SCENE_END(&s);
}

/* Between the import and the first pump the session has another clock. */
static void imported_session_can_be_saved_before_the_first_pump(void)
{
    begin();
    stop_and_import();
    scene_crash(&s);
    CHECK_INT(bosh_client_import(s.client, s.saved, s.saved_size, 10), 0);
    stop_and_import();
    /* One second, and three times the 10 ms that an import is told. */
    CHECK_INT(s.net.now_ms - s.client->session.last_answer_ms, 1030);
    SCENE_END(&s);
}

static void save_needs_a_journal_and_a_session(void)
{
    scene_init(&s);
    scene_login(&s);
    CHECK_INT(bosh_client_save(s.client, 0), BOSH_ERR_STATE);
    CHECK_INT(bosh_client_save(NULL, 0), BOSH_ERR_STATE);
    SCENE_END(&s);
    scene_init(&s);
    s.config.save = scene_save;
    scene_connect(&s);
    CHECK_INT(bosh_client_save(s.client, 0), BOSH_ERR_STATE);
    SCENE_END(&s);
    begin();
    s.save_result = -1;
    CHECK_INT(bosh_client_save(s.client, s.net.now_ms), BOSH_ERR_JOURNAL);
    SCENE_END(&s);
}

/* SEC-7, SEC-10: what was handed to save does not stay behind in the client's memory. */
static void saved_bytes_do_not_stay_behind(void)
{
    begin();
    scene_say(&s, "a");
    scene_turn(&s);
    CHECK(!world_alloc_holds(&s.alloc, s.saved, s.saved_size));
    CHECK(s.saved_size > 100);
    SCENE_END(&s);
}

static void journal_that_fails_as_something_is_delivered_ends_the_client(void)
{
    begin();
    CHECK_INT(bosh_client_save(s.client, s.net.now_ms), 0);
    s.save_result = -1;
    scene_answer(&s, MESSAGE("m"));
    CHECK_STR(scene_told(&s), "message m, ended ERR_JOURNAL"); /* it came, so it is told */
    SCENE_END(&s);
}

static void journal_that_fails_behind_an_answer_ends_the_client(void)
{
    begin();
    scene_say(&s, "a");
    scene_turn(&s);
    CHECK_INT(scene_open_count(&s), 2);
    s.save_result = -1;
    scene_answer(&s, "");
    CHECK(strstr(scene_told(&s), "ended ERR_JOURNAL"));
    SCENE_END(&s);
}

static const check_test tests[] = {
    {"journal_is_written_before_each_new_request", journal_is_written_before_each_new_request},
    {"journal_knows_a_request_before_the_transport_does",
     journal_knows_a_request_before_the_transport_does},
    {"memory_that_is_short_for_a_moment_delays_the_request",
     memory_that_is_short_for_a_moment_delays_the_request},
    {"journal_that_fails_ends_before_that_request", journal_that_fails_ends_before_that_request},
    {"end_of_the_session_deletes_the_journal", end_of_the_session_deletes_the_journal},
    {"crash_while_idle_goes_on_with_the_poll", crash_while_idle_goes_on_with_the_poll},
    {"crash_after_a_delivery_delivers_again_and_says_so",
     crash_after_a_delivery_delivers_again_and_says_so},
    {"crash_after_a_saved_delivery_delivers_nothing_twice",
     crash_after_a_saved_delivery_delivers_nothing_twice},
    {"crash_after_a_send_repeats_it_byte_for_byte", crash_after_a_send_repeats_it_byte_for_byte},
    {"crash_with_a_queue_keeps_what_was_saved", crash_with_a_queue_keeps_what_was_saved},
    {"crash_after_an_answer_repeats_only_what_is_open",
     crash_after_an_answer_repeats_only_what_is_open},
    {"repetition_gets_a_start", repetition_gets_a_start},
    {"crash_after_a_crash_goes_on", crash_after_a_crash_goes_on},
    {"replay_stays_a_replay_over_an_export", replay_stays_a_replay_over_an_export},
    {"imported_session_is_saved_before_its_first_repetition",
     imported_session_is_saved_before_its_first_repetition},
    {"journal_that_fails_after_an_import_leaves_stanzas_unknown",
     journal_that_fails_after_an_import_leaves_stanzas_unknown},
    {"crash_for_too_long_comes_back_with_a_new_session",
     crash_for_too_long_comes_back_with_a_new_session},
    {"stop_after_a_delivery_delivers_nothing_again", stop_after_a_delivery_delivers_nothing_again},
    {"stop_with_a_queue_loses_nothing", stop_with_a_queue_loses_nothing},
    {"stop_before_the_pump_takes_the_answer_along", stop_before_the_pump_takes_the_answer_along},
    {"client_freed_while_it_saves_lives_until_the_pump",
     client_freed_while_it_saves_lives_until_the_pump},
    {"saved_bytes_are_outdated_before_a_delivery", saved_bytes_are_outdated_before_a_delivery},
    {"imported_session_can_be_saved_before_the_first_pump",
     imported_session_can_be_saved_before_the_first_pump},
    {"save_needs_a_journal_and_a_session", save_needs_a_journal_and_a_session},
    {"saved_bytes_do_not_stay_behind", saved_bytes_do_not_stay_behind},
    {"journal_that_fails_as_something_is_delivered_ends_the_client",
     journal_that_fails_as_something_is_delivered_ends_the_client},
    {"journal_that_fails_behind_an_answer_ends_the_client",
     journal_that_fails_behind_an_answer_ends_the_client},
};
CHECK_MAIN(tests)
