/* SPDX-License-Identifier: MIT
 * The story of a seed: who says what and when, and which calamities befall the world. */
#include "simulator/sim.h"
#include "simulator/xmpp.h"
#include <string.h>

/* -------------------------------------------------------------------------------- saying things */

static void on_answer(bosh_client *client, int error, const bosh_stanza *answer, void *user)
{
    up_stanza *stanza = user;
    sim_world *sim = stanza->sim;
    uint32_t number = (uint32_t)(stanza - sim->app.up);
    const bosh_stanza *ask = bosh_stanza_child(answer, "ask", "sim:ask");
    const char *by = bosh_stanza_attribute(ask, "by");
    (void)client;
    sim_trace(sim, "      request u%u: %s", number, bosh_error_name(error));
    sim_record_number(sim, (uint64_t)number << 32 | (uint32_t)error);
    sim_look(sim, 20);
    if (stanza->answers++)
        sim_break(sim, "INV-20", "request u%u is answered a second time", number);
    if ((error == BOSH_OK || error == BOSH_ERR_IQ_ERROR) && (!by || strcmp(by, "asked") != 0))
        sim_break(sim, "INV-20", "request u%u is answered by a stranger", number);
}

static int say_message(sim_world *sim, up_stanza *stanza, const char *id, uint32_t number)
{
    bosh_writer *message = bosh_client_writer(sim->client);
    bosh_writer_start(message, "message", NULL);
    bosh_writer_attribute(message, "to", XMPP_PEER);
    bosh_writer_attribute(message, "id", id);
    bosh_writer_element(message, "body", NULL, xmpp_text(sim, number, 0));
    return bosh_client_send(sim->client, message, &stanza->ticket);
}

static int say_xml(sim_world *sim, up_stanza *stanza, const char *id, uint32_t number)
{
    const char *xml =
        arena_print(&sim->arena, "<message to='" XMPP_PEER "' id='%s'><body>%s</body></message>",
                    id, xmpp_text(sim, number, 1));
    return bosh_client_send_xml(sim->client, xml, strlen(xml), &stanza->ticket);
}

static int say_request(sim_world *sim, up_stanza *stanza, const char *id)
{
    bosh_writer *iq = bosh_client_iq(sim->client, "get", sim_chance(sim, 500) ? NULL : XMPP_PEER);
    bosh_writer_start(iq, "ask", "sim:ask");
    bosh_writer_attribute(iq, "n", id);
    stanza->is_request = 1;
    return bosh_client_request(sim->client, iq, 0, on_answer, stanza);
}

void app_say(sim_world *sim)
{
    sim_app *app = &sim->app;
    uint32_t number = app->up_count + 1;
    if (number > UP_MAX || app->state == BOSH_STATE_ENDED || app->state == BOSH_STATE_CLOSING ||
        app->is_moving)
        return;
    up_stanza *stanza = &app->up[number];
    *stanza = (up_stanza){.sim = sim};
    app->up_count = number;
    const char *id = arena_print(&sim->arena, "u%u", number);
    int error = sim_chance(sim, 80)    ? say_request(sim, stanza, id)
                : sim_chance(sim, 100) ? say_xml(sim, stanza, id, number)
                                       : say_message(sim, stanza, id, number);
    sim_trace(sim, "      says u%u: %s, ticket %llu", number, bosh_error_name(error),
              (unsigned long long)stanza->ticket);
    if ((error == BOSH_ERR_MEMORY && sim->alloc.failures) ||
        (error == BOSH_ERR_QUEUE_FULL && sim->knobs.client_queue_bytes_max)) {
        sim_reach(sim, error == BOSH_ERR_MEMORY ? MARK_NO_MEMORY : MARK_FULL);
        app->up_count = number - 1;
        return;
    }
    size_t queue_max = sim->knobs.client_queue_bytes_max;
    if (queue_max && error == BOSH_OK && bosh_client_queued(sim->client) > queue_max)
        sim_break(sim, "INV-23", "%zu bytes are queued", bosh_client_queued(sim->client));
    if (error != BOSH_OK) {
        sim_break(sim, "INV-1", "stanza u%u is not taken: %s", number, bosh_error_name(error));
        return;
    }
    if (stanza->is_request)
        return;
    if (stanza->ticket <= app->ticket)
        sim_break(sim, "INV-3", "ticket %llu follows %llu", (unsigned long long)stanza->ticket,
                  (unsigned long long)app->ticket);
    app->ticket = stanza->ticket;
}

/* ---------------------------------------------------------------------------------- calamities */

#define CALAMITIES_MAX 3 /* in one seed */

static void wake(sim_world *sim, void *unused, uint64_t slept_ms)
{
    (void)unused;
    sim_trace(sim, "      the host wakes after %llu ms", (unsigned long long)slept_ms);
    if (sim_chance(sim, 500))
        net_reset_all(sim);
    sim->app.jumped_ms = sim->app.nudged_ms = sim_client_now(sim);
    bosh_client_clock_jumped(sim->client, slept_ms);
    sim_pump(sim);
}

/* The clock leaps ahead, the world does not, and nobody tells the client. */
static void leap(sim_world *sim)
{
    uint32_t length_ms = sim_chance(sim, 500) ? sim_below(sim, 20000) : sim_below(sim, 900000);
    if (sim->now_ms < sim->asleep_until_ms)
        return;
    sim_count_fault(sim, FAULT_CLOCK);
    sim_trace(sim, "      the clock leaps %u ms ahead", (unsigned)length_ms);
    sim->clock_ms += length_ms;
    sim->app.jumped_ms = sim->app.nudged_ms = sim_client_now(sim);
    sim_pump(sim);
    sim->deadline_ms = 0;
}

/* The host sleeps; its monotonic clock may or may not count that. */
static void sleep_host(sim_world *sim)
{
    uint64_t length_ms = sim_chance(sim, 500) ? sim_below(sim, 20000) : sim_below(sim, 900000);
    if (sim->now_ms < sim->asleep_until_ms)
        return;
    sim_trace(sim, "      the host sleeps for %llu ms", (unsigned long long)length_ms);
    sim_plan(sim, length_ms, wake, NULL, length_ms);
    sim->asleep_until_ms = sim->now_ms + length_ms;
    if (sim_chance(sim, 500))
        sim->clock_ms -= (int64_t)length_ms;
}

static void network_back(sim_world *sim, void *unused, uint64_t number)
{
    (void)unused;
    if (sim_postpone(sim, network_back, NULL, number) || sim->app.is_moving)
        return;
    sim->app.nudged_ms = sim_client_now(sim);
    bosh_client_network_changed(sim->client);
    sim_pump(sim);
}

/* The last words ride on the end itself. */
static void end_with_words(sim_world *sim, const char *condition)
{
    cm_session *session = sim->app.session;
    session->is_taking = 1;
    xmpp_speak(sim, session);
    session->is_taking = 0;
    cm_end(sim, session, condition);
}

static void calamity(sim_world *sim)
{
    static const char *const conditions[] = {NULL,
                                             "system-shutdown",
                                             "internal-server-error",
                                             "remote-connection-failed",
                                             "undefined-condition",
                                             "policy-violation",
                                             "no-such-condition"};
    uint64_t length_ms = sim_chance(sim, 700) ? sim_below(sim, 20000) : sim_below(sim, 200000);
    sim->app.calamities++;
    switch (sim_below(sim, 9)) {
    case 0:
    case 1:
        sim_count_fault(sim, FAULT_OUTAGE);
        net_outage(sim, length_ms);
        if (sim_chance(sim, 500))
            sim_plan(sim, length_ms, network_back, NULL, 0);
        break;
    case 2:
        sim_count_fault(sim, FAULT_SLEEP);
        sleep_host(sim);
        break;
    case 3:
        sim_count_fault(sim, FAULT_RESTART);
        cm_restart(sim);
        break;
    case 4:
        sim_count_fault(sim, FAULT_SERVER_END);
        if (sim->app.session)
            end_with_words(sim, conditions[sim_below(sim, 7)]);
        break;
    case 6:
        leap(sim);
        break;
    case 5:
        network_back(sim, NULL, 0); /* a change without an outage */
        break;
    default:
        app_move(sim);
    }
}

/* ------------------------------------------------------------------------------------ the story */

static int is_enough(const sim_world *sim)
{
    return sim->app.up_accepted >= sim->knobs.up_target &&
           sim->counts.down >= sim->knobs.down_target &&
           sim_faults(sim) >= sim->knobs.faults_target;
}

#define UNHEARD_MAX 100 /* stanzas of ours with no outcome yet */
#define BACKLOG_MAX 50  /* stanzas the manager has for us, in a flavour that gives one an answer */

static void speak(sim_world *sim)
{
    cm_session *session = sim->app.session;
    uint32_t count = sim->counts.down < sim->knobs.down_target
                         ? sim_below(sim, sim->knobs.burst_max + 1)
                         : sim_below(sim, 2);
    while (session && session->is_alive && count-- &&
           session->down_made - sim->app.down_seen < BACKLOG_MAX)
        xmpp_speak(sim, session);
}

static void say(sim_world *sim)
{
    uint32_t count = sim->app.up_accepted < sim->knobs.up_target
                         ? sim_below(sim, sim->knobs.burst_max + 1)
                         : sim_below(sim, 2);
    if (sim->app.up_count >= UP_MAX - 50 ||
        sim->app.up_count - sim->app.up_resolved > UNHEARD_MAX) /* nobody talks to a wall */
        return;
    while (count--)
        app_say(sim);
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* A world so bad, or so good, that the story would not end. */
static void hurry(sim_world *sim)
{
    int is_lucky = sim_faults(sim) < sim->knobs.faults_target;
    sim->knobs.fault_permille = is_lucky ? 500 : 40;
    sim->knobs.memory_permille = 0;
}

void app_step(sim_world *sim, void *unused, uint64_t number)
{
    (void)unused;
    if (sim->app.is_closing || sim->app.is_over)
        return;
    if (is_enough(sim)) {
        sim->are_faults_on = 0;
        sim->alloc.fail_at = 0;
        sim->calm_since_ms =
            later(sim->now_ms, later(sim->asleep_until_ms, sim->net.down_until_ms));
        return;
    }
    if (sim->app.up_count > 3 * sim->knobs.up_target)
        hurry(sim);
    if (sim->app.session && !sim->app.is_moving && sim->now_ms >= sim->asleep_until_ms &&
        sim->app.calamities < CALAMITIES_MAX && sim_chance(sim, sim->knobs.calamity_permille))
        calamity(sim);
    if (sim_chance(sim, sim->knobs.memory_permille) && !sim->app.is_moving) {
        sim_count_fault(sim, FAULT_MEMORY);
        sim->alloc.fail_at = sim->alloc.calls + 1 + sim_below(sim, 60);
    }
    if (sim_chance(sim, 600))
        speak(sim);
    if (sim->now_ms >= sim->asleep_until_ms) {
        if (sim_chance(sim, 600))
            say(sim);
        if (sim_chance(sim, 50))
            sim_pump(sim);
    }
    uint64_t gap_ms = sim_below(sim, sim->knobs.gap_ms_max + 1);
    if (sim_chance(sim, 5))
        gap_ms += 150000;
    sim_plan(sim, gap_ms, app_step, NULL, number + 1);
}
