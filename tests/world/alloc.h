/* SPDX-License-Identifier: MIT
 * An allocator that counts, fails on demand and knows what was not released. */
#ifndef BOSH_WORLD_ALLOC_H
#define BOSH_WORLD_ALLOC_H

#include <bosh/bosh.h>

typedef struct world_block world_block;

/* Everything is readable; `fail_at` and `fail_from` may be set at any time. */
typedef struct world_alloc {
    uint64_t calls;         /* allocate and reallocate calls so far, failed ones included */
    uint64_t fail_at;       /* this call fails (1 = the first), later ones work again; 0: none */
    uint64_t fail_from;     /* this call and all later ones fail; 0: none */
    uint64_t failures;      /* how many calls were made to fail */
    size_t blocks;          /* living blocks */
    size_t bytes;           /* bytes in them, as asked for */
    size_t bytes_peak;      /* the most there ever were; set it to `bytes` to measure anew */
    const char *secrets[4]; /* texts that no block may hold when it is released (SEC-10) */
    size_t secrets_released;
    world_block *living;
} world_alloc;

void world_alloc_init(world_alloc *alloc);
/* The allocator to put into a bosh_config; refers to `alloc`. */
bosh_allocator world_alloc_allocator(world_alloc *alloc);
/* Print each living block ("leak: 24 bytes, call 17") and return how many there are. */
size_t world_alloc_leaks(const world_alloc *alloc);
/* Does any living block hold these bytes? */
int world_alloc_holds(const world_alloc *alloc, const void *bytes, size_t size);
/* Release what is left. */
void world_alloc_deinit(world_alloc *alloc);

#endif
