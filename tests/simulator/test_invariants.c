/* SPDX-License-Identifier: MIT
 * Does each invariant bite? A world is brought to a quiet moment, then a rogue does with the
 * client's means what the invariant forbids, and the simulator has to name it. One test for each
 * invariant of docs/protocol.md section 6, named after it. */
#include "check.h"
#include "simulator/sim.h"
#include "simulator/xmpp.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#define MESSAGE                                                                                    \
    "<message xmlns='jabber:client' to='bob@sim.example' id='%s'><body>%s</body></message>"

static sim_world sim;

static const sim_knobs quiet = {.flavour = CM_SPEC,
                                .requests = 2,
                                .hold = 1,
                                .wait_s = 50,
                                .inactivity_s = 60,
                                .polling_s = 5,
                                .client_wait_s = 50,
                                .client_body_bytes_max = 65536,
                                .schedule = BOSH_SCHEDULE_S0,
                                .reconnect = BOSH_RECONNECT_ALWAYS,
                                .mechanism = "PLAIN",
                                .capabilities = BOSH_TRANSPORT_PARALLEL,
                                .up_ms = 30,
                                .down_ms = 30};

/* ---------------------------------------------------------------------------- quiet moments */

static void note(sim_world *world, void *what, uint64_t number)
{
    (void)world;
    (void)number;
    *(int *)what = 1;
}

static void pass(uint64_t length_ms)
{
    int is_over = 0;
    sim_plan(&sim, length_ms, note, &is_over, 0);
    while (!is_over)
        sim_step(&sim);
}

static void begin(const sim_knobs *knobs)
{
    sim_begin(&sim, 1, 0, knobs);
    app_start(&sim);
}

static void wait_for(bosh_state state)
{
    while (sim.app.state != state && !sim_is_broken(&sim))
        sim_step(&sim);
}

/* Both sides have said something and all of it has arrived; one poll is held, a second old. */
static void go_online(const sim_knobs *knobs)
{
    begin(knobs);
    wait_for(BOSH_STATE_ONLINE);
    for (int i = 0; i < 5; i++) {
        app_say(&sim);
        xmpp_speak(&sim, sim.app.session);
        pass(100);
    }
    while (!app_is_settled(&sim))
        sim_step(&sim);
    pass(1000);
    CHECK_STR(sim.reason, "");
}

static void expect_caught(const char *invariant)
{
    if (strcmp(sim.invariant, invariant) != 0)
        printf("  %s: %s\n", sim.invariant, sim.reason);
    CHECK_STR(sim.invariant, invariant);
    sim_end(&sim);
    sim_free(&sim);
}

/* ------------------------------------------------------------------------------- the rogue */

static uint64_t last_rid(void)
{
    uint64_t rid = 0;
    for (const sim_exchange *one = sim.net.newest; one; one = one->older)
        rid = one->request.rid > rid ? one->request.rid : rid;
    return rid;
}

static void submit(uint32_t id, const char *entity)
{
    bosh_slice slice = {entity, strlen(entity)};
    bosh_transport_request request = {.url = "https://sim.example/http-bind",
                                      .content_type = "text/xml; charset=utf-8",
                                      .slices = &slice,
                                      .slice_count = 1,
                                      .size = slice.size,
                                      .time_limit_ms = 65000};
    net_transport.submit(&sim, id, &request);
}

/* A request of the session, `ahead` of the newest one. */
static void send(unsigned ahead, const char *attributes, const char *payload)
{
    const char *entity = arena_print(
        &sim.arena, "<body xmlns='" WORLD_NS_HTTPBIND "' rid='%" PRIu64 "' sid='%s'%s>%s</body>",
        last_rid() + ahead, sim.cm.newest->sid_xml, attributes, payload);
    submit(sim.net.newest->id + 1, entity);
}

static void tell_state(bosh_state state)
{
    bosh_event event = {.type = BOSH_EVENT_STATE, .state = state, .delay_ms = 1000};
    app_event(&sim, &event);
}

static const char *message(const char *id, uint32_t number)
{
    return arena_print(&sim.arena, MESSAGE, id, xmpp_text(&sim, number, 1));
}

/* The number of the first stanza of ours that was no request and has arrived. */
static uint32_t first_message(void)
{
    uint32_t number = 1;
    while (number < sim.app.up_count && sim.app.up[number].is_request)
        number++;
    CHECK(sim.app.up[number].is_accepted && !sim.app.up[number].is_request);
    return number;
}

static void inv_1_a_stanza_is_sent_twice(void)
{
    go_online(&quiet);
    uint32_t number = first_message();
    send(1, "", message(arena_print(&sim.arena, "u%u", number), number));
    pass(100);
    expect_caught("INV-1");
}

static void inv_2_a_stanza_is_delivered_twice(void)
{
    go_online(&quiet);
    app_received(&sim, sim.app.down_seen, sim.app.session->index, NULL);
    expect_caught("INV-2");
}

static void inv_3_delivered_is_claimed_too_early(void)
{
    go_online(&quiet);
    app_say(&sim);
    bosh_event event = {.type = BOSH_EVENT_DELIVERED, .ticket = sim.app.ticket};
    app_event(&sim, &event);
    expect_caught("INV-3");
}

static void inv_3_unknown_is_claimed_though_answered(void)
{
    go_online(&quiet);
    uint32_t number = first_message();
    up_stanza *first = &sim.app.up[number];
    first->state = UP_PENDING;
    const char *xml = message(arena_print(&sim.arena, "u%u", number), number);
    bosh_event event = {
        .type = BOSH_EVENT_UNKNOWN, .ticket = first->ticket, .xml = {xml, strlen(xml)}};
    app_event(&sim, &event);
    expect_caught("INV-3");
}

static void inv_4_a_living_session_is_given_up(void)
{
    go_online(&quiet);
    tell_state(BOSH_STATE_RECONNECT_WAIT);
    expect_caught("INV-4");
}

static void inv_5_a_stanza_is_delivered_before_its_turn(void)
{
    go_online(&quiet);
    app_received(&sim, sim.app.down_seen + 1, sim.app.session->index, NULL);
    expect_caught("INV-5");
}

static void inv_5_a_stanza_is_kept_back(void)
{
    go_online(&quiet);
    sim.app.session->got_down++;
    app_check_deliveries(&sim, sim.app.session);
    expect_caught("INV-5");
}

static void inv_6_a_rid_is_left_out(void)
{
    go_online(&quiet);
    send(2, "", "");
    expect_caught("INV-6");
}

static void inv_7_two_attempts_for_one_rid(void)
{
    go_online(&quiet);
    submit(sim.net.newest->id + 1, sim.net.newest->entity);
    expect_caught("INV-7");
}

static void inv_7_other_bytes_for_one_rid(void)
{
    go_online(&quiet);
    world_validator_failed(sim.validator, sim.net.newest->id);
    send(0, "", message("u6", 6));
    expect_caught("INV-7");
}

static void inv_8_a_wrong_sid(void)
{
    go_online(&quiet);
    snprintf(sim.cm.newest->sid_xml, sizeof(sim.cm.newest->sid_xml), "stolen");
    send(1, "", "");
    expect_caught("INV-8");
}

static void inv_8_a_request_after_the_end(void)
{
    go_online(&quiet);
    world_validator_ended(sim.validator);
    send(1, "", message("u6", 6));
    expect_caught("INV-8");
}

static void inv_9_nothing_is_outstanding(void)
{
    static const char answer[] = "<body xmlns='" WORLD_NS_HTTPBIND "'/>";
    go_online(&quiet);
    world_validator_done(sim.validator, sim_client_now(&sim), sim.net.newest->id, answer,
                         sizeof(answer) - 1);
    world_validator_turn(sim.validator, BOSH_STATE_ONLINE);
    expect_caught("INV-9");
}

static void inv_10_a_poll_fills_the_window(void)
{
    go_online(&quiet);
    app_say(&sim); /* from now on its request is the one that is held */
    pass(1000);
    CHECK_INT(sim.net.newest->request.kind, WORLD_STANZAS);
    send(1, "", "");
    expect_caught("INV-10");
}

static void inv_11_a_second_poll(void)
{
    go_online(&quiet);
    send(1, "", "");
    expect_caught("INV-11");
}

static void inv_12_polls_that_come_too_often(void)
{
    sim_knobs polling = quiet;
    polling.requests = 1;
    go_online(&polling);
    while (sim.net.newest->is_live || sim.net.newest->request.kind != WORLD_EMPTY)
        sim_step(&sim);
    send(1, "", "");
    expect_caught("INV-12");
}

static void inv_13_a_pause(void)
{
    go_online(&quiet);
    send(1, " pause='60'", "");
    expect_caught("INV-13");
}

static void inv_14_an_ack(void)
{
    go_online(&quiet);
    send(1, " ack='1'", "");
    expect_caught("INV-14");
}

static void inv_15_a_key(void)
{
    go_online(&quiet);
    send(1, " key='92713d4709377111cf31f2a71986c411bd6cb5b0'", "");
    expect_caught("INV-15");
}

static void inv_16_a_comment(void)
{
    go_online(&quiet);
    send(1, "", "<!-- white lie -->");
    expect_caught("INV-16");
}

static void inv_17_a_fresh_poll_is_overtaken(void)
{
    go_online(&quiet);
    uint64_t rid = last_rid();
    xmpp_speak(&sim, sim.app.session);
    while (last_rid() == rid)
        sim_step(&sim);
    send(1, "", message("u6", 6));
    expect_caught("INV-17");
}

static void inv_18_a_stanza_during_the_login(void)
{
    begin(&quiet);
    wait_for(BOSH_STATE_AUTHENTICATING);
    pass(40);
    send(1, "", message("u1", 1));
    expect_caught("INV-18");
}

static void inv_19_a_stanza_after_the_end(void)
{
    go_online(&quiet);
    uint32_t index = sim.app.session->index, down = sim.app.down_seen;
    cm_end(&sim, sim.app.session, "system-shutdown");
    wait_for(BOSH_STATE_RECONNECT_WAIT);
    CHECK_STR(sim.reason, "");
    app_received(&sim, down + 1, index, NULL);
    expect_caught("INV-19");
}

static void inv_19_the_end_before_the_last_stanza(void)
{
    go_online(&quiet);
    sim.app.session->got_down++;
    tell_state(BOSH_STATE_RECONNECT_WAIT);
    expect_caught("INV-19");
}

static void inv_20_an_answer_that_nobody_asked_for(void)
{
    go_online(&quiet);
    send(1, "", "<iq xmlns='jabber:client' type='result' id='d999.1'/>");
    expect_caught("INV-20");
}

static void inv_21_an_impostor_is_believed(void)
{
    sim_knobs impostor = quiet;
    impostor.quirks = QUIRK_BAD_SIGNATURE;
    impostor.mechanism = "SCRAM-SHA-1";
    begin(&impostor);
    wait_for(BOSH_STATE_AUTHENTICATING);
    tell_state(BOSH_STATE_BINDING);
    expect_caught("INV-21");
}

static void inv_22_a_second_login(void)
{
    go_online(&quiet);
    send(1, "", "<auth xmlns='" WORLD_NS_SASL "' mechanism='PLAIN'>AA==</auth>");
    pass(100);
    expect_caught("INV-22");
}

static void inv_23_a_leak(void)
{
    go_online(&quiet);
    bosh_allocator allocator = world_alloc_allocator(&sim.alloc);
    CHECK(allocator.allocate(10, allocator.user) != NULL);
    sim_close(&sim);
    CHECK_STR(sim.reason, "");
    CHECK_INT(sim_end(&sim), 1);
    CHECK_STR(sim.invariant, "INV-23");
    sim_free(&sim);
}

static void inv_24_a_repetition_in_haste(void)
{
    go_online(&quiet);
    const char *entity = sim.net.newest->entity;
    net_reset_all(&sim);
    pass(10);
    submit(sim.net.newest->id + 1, entity);
    expect_caught("INV-24");
}

static void inv_24_a_reconnect_in_haste(void)
{
    go_online(&quiet);
    cm_end(&sim, sim.app.session, "system-shutdown");
    wait_for(BOSH_STATE_RECONNECT_WAIT);
    pass(10);
    app_creating(&sim);
    expect_caught("INV-24");
}

static void inv_25_a_dead_session_is_believed_in(void)
{
    int is_over = 0;
    go_online(&quiet);
    sim_plan(&sim, 0, note, &is_over, 0);
    sim.clock_ms += 600000;
    sim_step(&sim);
    expect_caught("INV-25");
}

static void inv_26_a_seed_comes_out_differently(void)
{
    CHECK_INT(sim_run(&sim, 1, 0), 0);
    CHECK_INT(sim_run_again(&sim), 0);
    sim.output_hash ^= 1;
    CHECK_INT(sim_run_again(&sim), 1);
    CHECK_STR(sim.invariant, "INV-26");
    sim_free(&sim);
}

static void inv_27_a_password_in_the_log(void)
{
    go_online(&quiet);
    app_log(&sim, "logging in with " XMPP_PASSWORD);
    expect_caught("INV-27");
}

static void inv_28_a_stanza_out_of_a_cut_answer(void)
{
    go_online(&quiet);
    app_check_cut(&sim, 100, sim.app.down_seen - 1);
    expect_caught("INV-28");
}

static void inv_29_pumps_without_an_end(void)
{
    go_online(&quiet);
    for (int i = 0; i < 1000 && !sim_is_broken(&sim); i++) {
        sim.is_pump_wanted = 1;
        sim_step(&sim);
    }
    expect_caught("INV-29");
}

static void inv_30_a_finished_attempt_is_cancelled(void)
{
    go_online(&quiet);
    const sim_exchange *finished = sim.net.newest;
    while (finished->is_live)
        finished = finished->older;
    net_transport.cancel(&sim, finished->id);
    expect_caught("INV-30");
}

static void inv_30_an_attempt_id_is_used_twice(void)
{
    go_online(&quiet);
    submit(sim.net.newest->id, sim.net.newest->entity);
    expect_caught("INV-30");
}

static const check_test tests[] = {
    {"INV-1", inv_1_a_stanza_is_sent_twice},
    {"INV-2", inv_2_a_stanza_is_delivered_twice},
    {"INV-3", inv_3_delivered_is_claimed_too_early},
    {"INV-3", inv_3_unknown_is_claimed_though_answered},
    {"INV-4", inv_4_a_living_session_is_given_up},
    {"INV-5", inv_5_a_stanza_is_delivered_before_its_turn},
    {"INV-5", inv_5_a_stanza_is_kept_back},
    {"INV-6", inv_6_a_rid_is_left_out},
    {"INV-7", inv_7_two_attempts_for_one_rid},
    {"INV-7", inv_7_other_bytes_for_one_rid},
    {"INV-8", inv_8_a_wrong_sid},
    {"INV-8", inv_8_a_request_after_the_end},
    {"INV-9", inv_9_nothing_is_outstanding},
    {"INV-10", inv_10_a_poll_fills_the_window},
    {"INV-11", inv_11_a_second_poll},
    {"INV-12", inv_12_polls_that_come_too_often},
    {"INV-13", inv_13_a_pause},
    {"INV-14", inv_14_an_ack},
    {"INV-15", inv_15_a_key},
    {"INV-16", inv_16_a_comment},
    {"INV-17", inv_17_a_fresh_poll_is_overtaken},
    {"INV-18", inv_18_a_stanza_during_the_login},
    {"INV-19", inv_19_a_stanza_after_the_end},
    {"INV-19", inv_19_the_end_before_the_last_stanza},
    {"INV-20", inv_20_an_answer_that_nobody_asked_for},
    {"INV-21", inv_21_an_impostor_is_believed},
    {"INV-22", inv_22_a_second_login},
    {"INV-23", inv_23_a_leak},
    {"INV-24", inv_24_a_repetition_in_haste},
    {"INV-24", inv_24_a_reconnect_in_haste},
    {"INV-25", inv_25_a_dead_session_is_believed_in},
    {"INV-26", inv_26_a_seed_comes_out_differently},
    {"INV-27", inv_27_a_password_in_the_log},
    {"INV-28", inv_28_a_stanza_out_of_a_cut_answer},
    {"INV-29", inv_29_pumps_without_an_end},
    {"INV-30", inv_30_a_finished_attempt_is_cancelled},
    {"INV-30", inv_30_an_attempt_id_is_used_twice},
};

CHECK_MAIN(tests)
