/* SPDX-License-Identifier: MIT
 * One seed: a client, a network and a manager in virtual time, and what is watched about them. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "simulator/app.h"
#include "simulator/cm.h"
#include "simulator/invariants.h"
#include "simulator/knobs.h"
#include "simulator/net.h"
#include "simulator/timeline.h"
#include "world/alloc.h"
#include "world/validator.h"

#define CUT_PLACES 400

typedef struct sim_counts {
    uint64_t seeds, sessions, requests, up, down, faults[FAULT_COUNT], virtual_ms;
    uint64_t looks[INVARIANT_COUNT + 1]; /* at each invariant, by its number */
    uint64_t marks[MARK_COUNT];
    uint8_t cut_at[CUT_PLACES]; /* an answer was cut behind that many bytes */
} sim_counts;

typedef struct sim_world {
    uint64_t seed;
    int is_traced;
    sim_knobs knobs;
    world_seed random;  /* the world's */
    world_seed entropy; /* the client's */
    uint64_t now_ms;
    uint64_t attempt_limit_ms; /* the longest the client gave an attempt (HTTP-10) */
    int64_t clock_ms;          /* the client's clock is ahead by it, or behind: it missed a sleep */
    uint64_t asleep_until_ms;
    sim_timeline timeline;
    sim_arena arena;
    world_alloc alloc;
    world_validator *validator;
    bosh_client *client;
    uint32_t clients; /* so far: attempt ids are unique in one only */
    cm cm;
    sim_net net;
    sim_app app;
    uint64_t pump_at_ms, deadline_ms; /* the host is a little late for the client's deadline */
    uint64_t calm_since_ms;           /* when the faults stopped; 0: not yet */
    uint32_t pumps_at_once;           /* without time passing */
    uint32_t troubles;                /* exchanges that met a fault, and calamities */
    uint64_t wanted_ms;               /* when the host follows that wish */
    uint8_t is_pump_wanted;
    uint8_t are_faults_on;
    uint64_t output_hash; /* of everything the client did (INV-26) */
    char invariant[16];   /* the first one broken, "" for none */
    char reason[400];
    sim_counts counts;
} sim_world;

/* Run one seed; 0 when every invariant held. `sim` is zeroed before the first use, keeps its memory
 * between seeds and is released with sim_free. */
int sim_run(sim_world *sim, uint64_t seed, int is_traced);
/* The same seed once more: did it come out as before? (INV-26) */
int sim_run_again(sim_world *sim);
void sim_free(sim_world *sim);

/* The parts of sim_run, for tests that take a hand in the story. */
void sim_begin(sim_world *sim, uint64_t seed, int is_traced,
               const sim_knobs *knobs); /* NULL: drawn */
void sim_start(sim_world *sim);
void sim_step(sim_world *sim);
void sim_close(sim_world *sim);
int sim_end(sim_world *sim);

/* What the parts of the world use. */
bosh_time sim_client_now(const sim_world *sim);
uint32_t sim_below(sim_world *sim, uint32_t limit); /* a random number below, 0 when limit is 0 */
int sim_chance(sim_world *sim, uint32_t permille);
void sim_plan(sim_world *sim, uint64_t delay_ms, timeline_fn fn, void *what, uint64_t number);
/* 1 when the host sleeps: then `fn` is planned for when it wakes. */
int sim_postpone(sim_world *sim, timeline_fn fn, void *what, uint64_t number);
void sim_pump(sim_world *sim);
/* An invariant is broken. Only the first is kept. */
void sim_break(sim_world *sim, const char *invariant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int sim_is_broken(const sim_world *sim);
void sim_trace(const sim_world *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Something the client put out: part of what INV-26 compares. */
void sim_record(sim_world *sim, const void *data, size_t size);
void sim_record_number(sim_world *sim, uint64_t number);
void sim_count_fault(sim_world *sim, sim_fault fault);
uint32_t sim_faults(const sim_world *sim); /* so far in this seed */

#endif
