/* SPDX-License-Identifier: MIT
 * Drawing a world from a seed. */
#include "simulator/knobs.h"
#include <bosh/transport.h>

static uint32_t between(world_seed *seed, uint32_t low, uint32_t high)
{
    return low + (uint32_t)world_seed_below(seed, (uint64_t)high - low + 1);
}

static int is_drawn(world_seed *seed, uint32_t permille)
{
    return world_seed_below(seed, 1000) < permille;
}

static const unsigned flavour_quirks[CM_FLAVOURS] = {
    [CM_SPEC] = QUIRK_DUPLICATE_ERROR,
    [CM_PROSODY] = QUIRK_SID_REPEATED | QUIRK_TERMINATE_ALL | QUIRK_FORGETFUL,
    [CM_EJABBERD] = QUIRK_OVERTAKEN_STUCK | QUIRK_ONE_RESULT | QUIRK_EVICTED_SILENT |
                    QUIRK_TERMINATE_OTHER | QUIRK_ECHO,
    [CM_OPENFIRE] = QUIRK_UNKNOWN_404 | QUIRK_RESTART_FORGOTTEN | QUIRK_REAPER | QUIRK_BIND_EARLY,
};

static void draw_manager(sim_knobs *knobs, world_seed *seed)
{
    static const struct {
        unsigned quirk;
        uint32_t permille;
    } odd[] = {{QUIRK_FEATURES_LATE, 80}, {QUIRK_UNQUALIFIED, 150},  {QUIRK_PREFIXED, 80},
               {QUIRK_NO_REQUESTS, 40},   {QUIRK_NO_INACTIVITY, 40}, {QUIRK_NO_POLLING, 60},
               {QUIRK_NO_HOLD, 40},       {QUIRK_LEGACY, 40},        {QUIRK_ACKS, 80},
               {QUIRK_OFFERS, 150}};
    knobs->flavour = (cm_flavour)world_seed_below(seed, CM_FLAVOURS);
    knobs->quirks = flavour_quirks[knobs->flavour];
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        knobs->quirks |= is_drawn(seed, odd[i].permille) ? odd[i].quirk : 0;
    if (knobs->flavour == CM_OPENFIRE && is_drawn(seed, 600))
        knobs->quirks |= QUIRK_EMPTY_REPLAY;
    if (knobs->flavour == CM_PROSODY && is_drawn(seed, 300))
        knobs->quirks |= QUIRK_FEATURES_EARLY;
    knobs->client_wait_s = is_drawn(seed, 700) ? 50 : between(seed, 5, 60);
    knobs->wait_s = is_drawn(seed, 800) ? knobs->client_wait_s : between(seed, 1, 20);
    if (knobs->wait_s > knobs->client_wait_s)
        knobs->wait_s = knobs->client_wait_s;
    if (is_drawn(seed, 20))
        knobs->wait_s = 0;
    knobs->hold = is_drawn(seed, knobs->wait_s ? 40 : 400) ? 0 : 1;
    knobs->requests = 2;
    if (knobs->flavour == CM_SPEC || knobs->flavour == CM_OPENFIRE)
        knobs->requests = is_drawn(seed, 700) ? 2 : between(seed, 1, 4);
    if (knobs->flavour == CM_EJABBERD)
        knobs->requests = knobs->hold + 1;
    if (knobs->quirks & QUIRK_NO_REQUESTS)
        knobs->requests = 2;
    knobs->inactivity_s = is_drawn(seed, 700) ? 60 : between(seed, 20, 90);
    knobs->polling_s = between(seed, 0, 5);
    knobs->reply_ms = is_drawn(seed, 500) ? 0 : between(seed, 1, 80);
    knobs->gather_ms = knobs->flavour == CM_PROSODY ? between(seed, 0, 5) : 0;
}

static void draw_client(sim_knobs *knobs, world_seed *seed)
{
    static const bosh_schedule schedules[] = {BOSH_SCHEDULE_AUTO, BOSH_SCHEDULE_S0,
                                              BOSH_SCHEDULE_S1};
    knobs->client_queue_bytes_max = is_drawn(seed, 900) ? 0 : between(seed, 4000, 12000);
    knobs->client_body_bytes_max = is_drawn(seed, 800) ? 65536 : between(seed, 3000, 8000);
    knobs->schedule = schedules[world_seed_below(seed, 3)];
    knobs->reconnect = is_drawn(seed, 800) ? BOSH_RECONNECT_ALWAYS : BOSH_RECONNECT_AFTER_ONLINE;
    knobs->mechanism = is_drawn(seed, 700) ? "PLAIN" : "SCRAM-SHA-1";
    if (is_drawn(seed, 10)) {
        knobs->mechanism = "SCRAM-SHA-1";
        knobs->quirks |= QUIRK_BAD_SIGNATURE;
    }
    knobs->capabilities = is_drawn(seed, 950) ? BOSH_TRANSPORT_PARALLEL : 0;
    if (is_drawn(seed, 500))
        knobs->capabilities |= BOSH_TRANSPORT_UPLOADED;
    if (is_drawn(seed, 500))
        knobs->capabilities |= BOSH_TRANSPORT_WARM;
    if (is_drawn(seed, 300))
        knobs->capabilities |= BOSH_TRANSPORT_PAUSE;
    knobs->is_traced_by_client = is_drawn(seed, 100);
    knobs->is_abandoned = is_drawn(seed, 30);
}

/* A client with one connection asks for short waits, and gets no more than it asks for. */
static void limit_wait(sim_knobs *knobs)
{
    if (knobs->capabilities & BOSH_TRANSPORT_PARALLEL)
        return;
    if (knobs->wait_s > 5)
        knobs->wait_s = 5;
}

static void draw_network(sim_knobs *knobs, world_seed *seed)
{
    knobs->up_ms = between(seed, 0, 60);
    knobs->down_ms = between(seed, 0, 60);
    /* With the stuck quirk reordering stays below the guard of HOLD-4: 5 ms (INV-17). */
    knobs->up_jitter_ms = between(seed, 0, 4);
    if (!(knobs->quirks & QUIRK_OVERTAKEN_STUCK) && is_drawn(seed, 500))
        knobs->up_jitter_ms = between(seed, 5, 300);
    knobs->down_jitter_ms = is_drawn(seed, 500) ? between(seed, 0, 4) : between(seed, 5, 300);
    knobs->fault_permille = between(seed, 40, 300);
    knobs->calamity_permille = is_drawn(seed, 500) ? 0 : between(seed, 5, 60);
    knobs->late_copy_permille = is_drawn(seed, 500) ? 0 : 500;
    knobs->memory_permille = is_drawn(seed, 850) ? 0 : between(seed, 20, 200);
}

void knobs_draw(sim_knobs *knobs, world_seed *seed)
{
    draw_manager(knobs, seed);
    draw_client(knobs, seed);
    limit_wait(knobs);
    draw_network(knobs, seed);
    knobs->up_target = between(seed, 50, 80);
    knobs->down_target = between(seed, 50, 80);
    knobs->faults_target = 5;
    knobs->burst_max = between(seed, 1, 12);
    knobs->gap_ms_max = is_drawn(seed, 300) ? 100 : between(seed, 100, 8000);
}

const char *knobs_flavour_name(cm_flavour flavour)
{
    static const char *const names[CM_FLAVOURS] = {"spec", "prosody", "ejabberd", "openfire"};
    return names[flavour];
}

uint32_t knobs_window(const sim_knobs *knobs)
{
    return knobs->quirks & QUIRK_NO_REQUESTS ? 2 : knobs->requests;
}

uint32_t knobs_inactivity_ms(const sim_knobs *knobs)
{
    return 1000 * (knobs->quirks & QUIRK_NO_INACTIVITY ? 60 : knobs->inactivity_s);
}

uint32_t knobs_polling_s(const sim_knobs *knobs)
{
    return knobs->quirks & QUIRK_NO_POLLING ? 0 : knobs->polling_s;
}

int knobs_is_polling(const sim_knobs *knobs)
{
    return knobs_window(knobs) == 1 || knobs->hold == 0 || knobs->wait_s == 0;
}

uint32_t knobs_patience_ms(const sim_knobs *knobs)
{
    return knobs_inactivity_ms(knobs) + 1000 * (knobs->wait_s + 15);
}
