/* SPDX-License-Identifier: MIT
 * A session moves from one client to another, as from one process to the next. */
#include "simulator/sim.h"

typedef struct moving_session {
    void *bytes;
    size_t size;
    uint64_t exported_ms;
} moving_session;

static void go_on(sim_world *sim, void *what, uint64_t number)
{
    moving_session *moving = what;
    if (sim_postpone(sim, go_on, what, number))
        return;
    uint64_t elapsed_ms = sim->now_ms - moving->exported_ms;
    int error = bosh_client_import(sim->client, moving->bytes, moving->size, elapsed_ms);
    sim_trace(sim, "      imported after %llu ms: %s", (unsigned long long)elapsed_ms,
              bosh_error_name(error));
    bosh_allocator allocator = world_alloc_allocator(&sim->alloc);
    allocator.release(moving->bytes, allocator.user);
    sim->app.is_moving = 0;
    sim->app.nudged_ms = sim_client_now(sim); /* what was under way is repeated at once */
    if (error != BOSH_OK)
        sim_break(sim, "INV-4", "the exported session is refused: %s", bosh_error_name(error));
    sim_pump(sim);
}

void app_move(sim_world *sim)
{
    moving_session *moving = arena_new(&sim->arena, sizeof(*moving));
    bosh_state state = sim->app.state;
    if (sim->app.is_moving || (state != BOSH_STATE_ONLINE && state != BOSH_STATE_RECOVERING))
        return;
    sim->alloc.fail_at = 0; /* a move is hard enough */
    if (sim->net.live)
        sim_reach(sim, MARK_MOVED_OPEN);
    int error = bosh_client_export(sim->client, &moving->bytes, &moving->size);
    sim_trace(sim, "      exported: %s, %zu bytes", bosh_error_name(error), moving->size);
    if (error == BOSH_ERR_STATE && !(sim->app.session && sim->app.session->is_alive))
        return; /* an answer that has come says that the session is over */
    if (error != BOSH_OK) {
        sim_break(sim, "INV-4", "no export while %s: %s", bosh_state_text(state),
                  bosh_error_name(error));
        return;
    }
    moving->exported_ms = sim->now_ms;
    sim->app.is_moving = 1;
    sim_pump(sim); /* the old client tells that it ends */
    if (bosh_client_state(sim->client) != BOSH_STATE_ENDED)
        sim_break(sim, "INV-8", "the exporter goes on");
    bosh_client_free(sim->client);
    sim->client = NULL;
    sim->app.is_released = 0;
    if (sim->net.live)
        sim_break(sim, "INV-30", "%u attempts outlive the exporter", (unsigned)sim->net.live);
    world_validator_handover(sim->validator);
    if (app_make_client(sim))
        sim_plan(sim, sim_below(sim, 3000), go_on, moving, 0);
}
