/* SPDX-License-Identifier: MIT
 * Memory that lives as long as one seed: bodies, exchanges, stanzas of the model world. The client
 * under test never sees it. */
#ifndef SIM_ARENA_H
#define SIM_ARENA_H

#include <stddef.h>

typedef struct arena_chunk arena_chunk;

typedef struct sim_arena {
    arena_chunk *chunks; /* newest first */
} sim_arena;

/* Zeroed; never NULL. */
void *arena_new(sim_arena *arena, size_t size);
/* A copy with a NUL behind it. */
char *arena_copy(sim_arena *arena, const void *data, size_t size);
/* sprintf into the arena. */
char *arena_print(sim_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Forget everything, keep one chunk for the next seed. */
void arena_clear(sim_arena *arena);
void arena_free(sim_arena *arena);

#endif
