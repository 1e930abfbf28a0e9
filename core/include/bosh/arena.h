/* SPDX-License-Identifier: MIT
 *
 * Memory for clients from one block of the program's, for devices without a heap:
 *
 *     static uint64_t block[24 * 1024 / 8];
 *     static bosh_arena arena;
 *
 *     bosh_arena_init(&arena, block, sizeof(block));
 *     config.allocator = bosh_arena_allocator(&arena);
 *
 * When the block is too small, calls fail with BOSH_ERR_MEMORY, and so do answers: they are asked
 * for again while the session lasts. A client that ends with that cause can be freed, or connected
 * anew. Begin with bosh_client_size_needed, run the program through its worst day, ask for
 * bosh_arena_high_water, and give it that much and some more.
 */
#ifndef BOSH_ARENA_H
#define BOSH_ARENA_H

#include <bosh/bosh.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Public so that a program can place it where it likes; its fields are private. */
typedef struct bosh_arena {
    char *begin;
    uint32_t size, high_water;
} bosh_arena;

/* Take over `block`, which must be aligned as a uint64_t and stay where it is; nothing else may use
 * it. At most 2 GB of it are used. ERR_ARGUMENT: no block, not aligned, or less than 64 bytes. */
BOSH_API int bosh_arena_init(bosh_arena *arena, void *block, size_t size);

/* For bosh_config.allocator, also of several clients. Not for several threads. */
BOSH_API bosh_allocator bosh_arena_allocator(bosh_arena *arena);

/* Bytes in use now, and how many of the block were ever touched: a block of that size would have
 * been enough. Both count 8 bytes of administration for each allocation. */
BOSH_API size_t bosh_arena_used(const bosh_arena *arena);
BOSH_API size_t bosh_arena_high_water(const bosh_arena *arena);

/* How many bytes a block for one client with this configuration should have. They are enough to log
 * in, to receive an answer of response_bytes_max that looks like a roster (more than half of it is
 * tags and attributes), and for a full queue with as much under way. Handlers, timers and what the
 * program allocates itself come on top. The defaults of body_bytes_max, queue_bytes_max and
 * response_bytes_max are for desktops: set all three. 0: too large for a number. */
BOSH_API size_t bosh_client_size_needed(const bosh_config *config);

#ifdef __cplusplus
}
#endif
#endif
