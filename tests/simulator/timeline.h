/* SPDX-License-Identifier: MIT
 * What will happen when, in virtual time. Two things due at the same time happen in the order in
 * which they were planned, so that a seed is always the same story. */
#ifndef SIM_TIMELINE_H
#define SIM_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

struct sim_world;
typedef void (*timeline_fn)(struct sim_world *sim, void *what, uint64_t number);

typedef struct timeline_event {
    uint64_t at_ms, order;
    timeline_fn fn;
    void *what;
    uint64_t number;
} timeline_event;

typedef struct sim_timeline {
    timeline_event *heap;
    size_t count, capacity;
    uint64_t planned; /* how many ever were: the tie-breaker */
} sim_timeline;

void timeline_plan(sim_timeline *line, uint64_t at_ms, timeline_fn fn, void *what, uint64_t number);
/* When the next thing happens; UINT64_MAX when nothing will. */
uint64_t timeline_next_ms(const sim_timeline *line);
/* Take the next thing out; only when there is one. */
timeline_event timeline_take(sim_timeline *line);
/* Forget everything, keep the memory for the next seed. */
void timeline_clear(sim_timeline *line);
void timeline_free(sim_timeline *line);

#endif
