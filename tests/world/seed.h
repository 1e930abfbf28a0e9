/* SPDX-License-Identifier: MIT
 * Numbers that look random and are the same in every run of a seed. */
#ifndef BOSH_WORLD_SEED_H
#define BOSH_WORLD_SEED_H

#include <stddef.h>
#include <stdint.h>

typedef struct world_seed {
    uint64_t state;
    int is_broken; /* the entropy source fails (SEC-4) */
} world_seed;

uint64_t world_seed_next(world_seed *seed);
/* 0 <= result < limit */
uint64_t world_seed_below(world_seed *seed, uint64_t limit);
/* For bosh_config.entropy, with the world_seed as entropy_user. */
int world_seed_entropy(void *buffer, size_t size, void *seed);

#endif
