/* SPDX-License-Identifier: MIT
 * splitmix64. */
#include "world/seed.h"

uint64_t world_seed_next(world_seed *seed)
{
    uint64_t z = seed->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t world_seed_below(world_seed *seed, uint64_t limit)
{
    return world_seed_next(seed) % limit;
}

int world_seed_entropy(void *buffer, size_t size, void *user)
{
    world_seed *seed = user;
    unsigned char *bytes = buffer;
    if (seed->is_broken)
        return -1;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)world_seed_next(seed);
    return 0;
}
