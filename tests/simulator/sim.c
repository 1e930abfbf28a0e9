/* SPDX-License-Identifier: MIT
 * The loop of a seed: what is due next happens, until the story is over. */
#include "simulator/sim.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STORY_LIMIT_MS ((uint64_t)8 * 3600 * 1000)
#define CLOSE_LIMIT_MS 10500 /* 5 s, and what a wait or a spacing adds to it */
#define BACKOFF_MAX_MS 10000 /* RTX-6: 8 s and 20 % */
#define PUMPS_AT_ONCE_MAX 200

/* ------------------------------------------------------------------------- used by all parts */

bosh_time sim_client_now(const sim_world *sim)
{
    return sim->now_ms + (uint64_t)sim->clock_ms;
}

uint32_t sim_below(sim_world *sim, uint32_t limit)
{
    return limit ? (uint32_t)world_seed_below(&sim->random, limit) : 0;
}

int sim_chance(sim_world *sim, uint32_t permille)
{
    return sim_below(sim, 1000) < permille;
}

void sim_plan(sim_world *sim, uint64_t delay_ms, timeline_fn fn, void *what, uint64_t number)
{
    timeline_plan(&sim->timeline, sim->now_ms + delay_ms, fn, what, number);
}

int sim_postpone(sim_world *sim, timeline_fn fn, void *what, uint64_t number)
{
    if (sim->now_ms >= sim->asleep_until_ms)
        return 0;
    timeline_plan(&sim->timeline, sim->asleep_until_ms, fn, what, number);
    return 1;
}

void sim_trace(const sim_world *sim, const char *format, ...)
{
    va_list arguments;
    if (!sim->is_traced)
        return;
    printf("%7llu.%03llu ", (unsigned long long)sim->now_ms / 1000,
           (unsigned long long)sim->now_ms % 1000);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

void sim_break(sim_world *sim, const char *invariant, const char *format, ...)
{
    va_list arguments;
    if (sim_is_broken(sim))
        return;
    va_start(arguments, format);
    snprintf(sim->invariant, sizeof(sim->invariant), "%s", invariant);
    vsnprintf(sim->reason, sizeof(sim->reason), format, arguments);
    va_end(arguments);
    sim_trace(sim, "BROKEN %s: %s", sim->invariant, sim->reason);
}

int sim_is_broken(const sim_world *sim)
{
    return sim->invariant[0] != '\0';
}

/* FNV-1a */
void sim_record(sim_world *sim, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++)
        sim->output_hash = (sim->output_hash ^ bytes[i]) * UINT64_C(0x100000001b3);
}

void sim_record_number(sim_world *sim, uint64_t number)
{
    uint64_t now_ms = sim->now_ms;
    sim_record(sim, &now_ms, sizeof(now_ms));
    sim_record(sim, &number, sizeof(number));
}

void sim_count_fault(sim_world *sim, sim_fault fault)
{
    sim->counts.faults[fault]++;
    sim->troubles++;
}

uint32_t sim_faults(const sim_world *sim)
{
    uint64_t total = 0;
    for (int i = 0; i < FAULT_COUNT; i++)
        total += sim->counts.faults[i];
    return (uint32_t)total;
}

/* ------------------------------------------------------------------------------------ pumping */

void sim_pump(sim_world *sim)
{
    sim->is_pump_wanted = 0;
    if (!sim->client)
        return;
    bosh_client_pump(sim->client, sim_client_now(sim));
    if (bosh_client_state(sim->client) == BOSH_STATE_ONLINE && !knobs_is_polling(&sim->knobs))
        sim_look(sim, 9);
    world_validator_turn(sim->validator, bosh_client_state(sim->client));
}

static uint64_t deadline_in_world(const sim_world *sim, bosh_time deadline_ms)
{
    if (sim->clock_ms > 0 && deadline_ms < (uint64_t)sim->clock_ms)
        return 0;
    return deadline_ms - (uint64_t)sim->clock_ms;
}

/* When the host will call the next pump: at the client's deadline, or a little late. */
static uint64_t next_pump_ms(sim_world *sim)
{
    uint64_t at_ms;
    if (!sim->client)
        return UINT64_MAX;
    bosh_time deadline_ms = bosh_client_deadline(sim->client);
    if (deadline_ms != sim->deadline_ms) {
        uint32_t late_ms = sim_chance(sim, 300) ? sim_below(sim, 30) : 0;
        sim->deadline_ms = deadline_ms;
        sim->pump_at_ms =
            deadline_ms == BOSH_NEVER ? UINT64_MAX : deadline_in_world(sim, deadline_ms) + late_ms;
    }
    at_ms = sim->pump_at_ms;
    if (sim->is_pump_wanted && sim->wanted_ms < at_ms)
        at_ms = sim->wanted_ms;
    if (at_ms < sim->asleep_until_ms)
        at_ms = sim->asleep_until_ms;
    return at_ms < sim->now_ms ? sim->now_ms : at_ms;
}

/* INV-25: a session that nobody answers any more is given up in time. */
static void check_silence(sim_world *sim)
{
    const sim_app *app = &sim->app;
    bosh_time heard_ms = app->answered_ms > app->nudged_ms ? app->answered_ms : app->nudged_ms;
    uint64_t limit_ms = knobs_inactivity_ms(&sim->knobs) + sim->attempt_limit_ms + BACKOFF_MAX_MS;
    sim_look(sim, 25);
    if (app->session && !app->is_moving && sim->now_ms >= sim->asleep_until_ms &&
        sim_client_now(sim) > heard_ms + limit_ms)
        sim_break(sim, "INV-25", "no answer for %llu ms, and the session is still believed in",
                  (unsigned long long)(sim_client_now(sim) - heard_ms));
}

/* Let the next thing happen. */
void sim_step(sim_world *sim)
{
    uint64_t event_ms = timeline_next_ms(&sim->timeline), pump_ms = next_pump_ms(sim);
    uint64_t next_ms = event_ms < pump_ms ? event_ms : pump_ms;
    if (next_ms == UINT64_MAX) {
        sim_break(sim, "INV-4", "nothing will ever happen again");
        return;
    }
    if (next_ms > sim->now_ms)
        sim->pumps_at_once = 0;
    sim->now_ms = next_ms;
    if (event_ms <= pump_ms) {
        timeline_event event = timeline_take(&sim->timeline);
        event.fn(sim, event.what, event.number);
    } else {
        sim_pump(sim);
        sim->deadline_ms = 0;
        if (++sim->pumps_at_once > PUMPS_AT_ONCE_MAX)
            sim_break(sim, "INV-29", "the client wants to be pumped again and again, without end");
    }
    check_silence(sim);
}

/* -------------------------------------------------------------------------------- the story */

static void on_violation(void *user, const char *rule, const char *text)
{
    sim_world *sim = user;
    char invariant[16];
    int number = invariant_of_rule(rule);
    /* An answer may have been queued when the session of its question was lost. */
    if (strcmp(rule, "IQ-2") == 0 && sim->app.sessions_lost)
        return;
    /* Without memory no poll can be made; it is tried again. */
    if (strcmp(rule, "HOLD-1") == 0 && sim->alloc.failures)
        return;
    snprintf(invariant, sizeof(invariant), "INV-%d", number);
    sim_break(sim, number ? invariant : rule, "%s: %s", rule, text);
}

void sim_begin(sim_world *sim, uint64_t seed, int is_traced, const sim_knobs *knobs)
{
    world_validator_config config;
    sim_timeline kept_timeline = sim->timeline;
    sim_arena kept_arena = sim->arena;
    memset(sim, 0, sizeof(*sim));
    timeline_clear(&kept_timeline);
    arena_clear(&kept_arena);
    sim->timeline = kept_timeline;
    sim->arena = kept_arena;
    sim->seed = seed;
    sim->is_traced = is_traced;
    sim->random.state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    sim->entropy.state = ~seed;
    sim->now_ms = 1000000;
    sim->output_hash = UINT64_C(0xcbf29ce484222325);
    sim->are_faults_on = 1;
    if (knobs)
        sim->knobs = *knobs;
    else
        knobs_draw(&sim->knobs, &sim->random);
    world_alloc_init(&sim->alloc);
    world_validator_config_init(&config);
    config.url = "https://sim.example/http-bind";
    config.body_bytes_max = sim->knobs.client_body_bytes_max;
    config.is_upload_known = (sim->knobs.capabilities & BOSH_TRANSPORT_UPLOADED) != 0;
    config.violation = on_violation;
    config.user = sim;
    sim->validator = world_validator_new(&config);
}

/* INV-4: how long after the last fault may it take until all is well again? */
static uint64_t calm_limit_ms(const sim_world *sim)
{
    uint64_t limit_ms = 2 * sim->attempt_limit_ms + 30000;
    if (sim->app.sessions_lost || !sim->app.session) /* a reconnect may be behind a long back-off */
        limit_ms += 2 * sim->attempt_limit_ms + knobs_inactivity_ms(&sim->knobs) + 80000;
    if (knobs_is_polling(&sim->knobs))
        limit_ms += 400000;
    return limit_ms;
}

static int is_told(const sim_world *sim)
{
    int is_calm = sim->calm_since_ms && sim->now_ms >= sim->calm_since_ms;
    return sim_is_broken(sim) || sim->app.is_over || (is_calm && app_is_settled(sim));
}

static void tell(sim_world *sim)
{
    while (!is_told(sim)) {
        sim_step(sim);
        if (sim->now_ms > STORY_LIMIT_MS)
            sim_break(sim, "INV-4", "the story does not end");
        if (sim->calm_since_ms && sim->now_ms > sim->calm_since_ms + calm_limit_ms(sim))
            sim_break(sim, "INV-4", "%llu ms without a fault, and not all has arrived (state %s)",
                      (unsigned long long)(sim->now_ms - sim->calm_since_ms),
                      bosh_state_text(sim->app.state));
    }
    sim_look(sim, 4);
}

void sim_close(sim_world *sim)
{
    cm_session *session = sim->app.session;
    uint64_t limit_ms = sim->now_ms + CLOSE_LIMIT_MS;
    int is_faulty = net_has_live_fault(sim);
    sim->app.is_closing = 1;
    if (!sim->knobs.is_abandoned && !sim->app.is_over) {
        sim_trace(sim, "      close");
        bosh_client_close(sim->client, NULL);
        sim->is_pump_wanted = 1;
        while (!sim_is_broken(sim) && !sim->app.is_over && sim->now_ms < limit_ms)
            sim_step(sim);
        if (!sim->app.is_over)
            sim_break(sim, "TERM-6", "not closed after %d ms", CLOSE_LIMIT_MS);
        if (session && session->is_alive && !is_faulty)
            sim_break(sim, "TERM-1", "closed, but the manager was not told");
    }
}

static void check_leftovers(sim_world *sim)
{
    bosh_client_free(sim->client);
    sim->client = NULL;
    if (sim_is_broken(sim))
        return;
    app_check_end(sim);
    if (sim->net.live)
        sim_break(sim, "INV-30", "%u attempts outlive the client", (unsigned)sim->net.live);
    if (!sim->app.is_released)
        sim_break(sim, "INV-30", "the transport was not told that the client is gone");
    if (sim->alloc.blocks)
        sim_break(sim, "INV-23", "%zu blocks (%zu bytes) are not given back", sim->alloc.blocks,
                  sim->alloc.bytes);
    uint32_t payload_requests = sim->cm.data_requests + sim->cm.data_answers + sim->cm.waits_over;
    uint32_t bound =
        2 * (payload_requests + sim->cm.empties) + 3 * sim_faults(sim) + 20 * sim->cm.session_count;
    if (!knobs_is_polling(&sim->knobs) && sim->counts.requests > bound)
        sim_break(sim, "INV-11", "%llu requests where %u would be many",
                  (unsigned long long)sim->counts.requests, bound);
}

void sim_start(sim_world *sim)
{
    sim_trace(sim, "seed %llu: %s, requests %u, wait %u, inactivity %u, %s, quirks %x",
              (unsigned long long)sim->seed, knobs_flavour_name(sim->knobs.flavour),
              (unsigned)sim->knobs.requests, (unsigned)sim->knobs.wait_s,
              (unsigned)sim->knobs.inactivity_s, sim->knobs.mechanism, sim->knobs.quirks);
    app_start(sim);
    sim_plan(sim, 0, app_step, NULL, 0);
}

int sim_end(sim_world *sim)
{
    check_leftovers(sim);
    sim->counts.virtual_ms = sim->now_ms - 1000000;
    net_clear(sim);
    world_validator_free(sim->validator);
    world_alloc_deinit(&sim->alloc);
    return sim_is_broken(sim);
}

int sim_run(sim_world *sim, uint64_t seed, int is_traced)
{
    sim_begin(sim, seed, is_traced, NULL);
    sim_start(sim);
    tell(sim);
    if (!sim_is_broken(sim))
        sim_close(sim);
    return sim_end(sim);
}

int sim_run_again(sim_world *sim)
{
    uint64_t hash = sim->output_hash;
    sim_counts counts = sim->counts;
    sim_run(sim, sim->seed, 0);
    sim->counts = counts;
    sim_look(sim, 26);
    if (hash != sim->output_hash)
        sim_break(sim, "INV-26", "the same seed came out differently");
    return sim_is_broken(sim);
}

void sim_free(sim_world *sim)
{
    timeline_free(&sim->timeline);
    arena_free(&sim->arena);
}
