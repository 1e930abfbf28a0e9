/* SPDX-License-Identifier: MIT
 * First fit in one block. Chunks lie side by side, each behind its header; the first that is free
 * and large enough is taken, and neighbours that are free become one. A client has some dozen
 * allocations, so that a walk over all of them is short. */
#include <bosh/arena.h>

#include <string.h>

typedef struct chunk {
    uint32_t size; /* with this header; a multiple of 8 */
    uint32_t is_used;
} chunk;

#define HEADER ((uint32_t)sizeof(chunk))
#define ARENA_MAX (UINT32_MAX / 2)

static chunk *chunk_at(const bosh_arena *arena, uint32_t offset)
{
    return (chunk *)(void *)(arena->begin + offset);
}

static chunk *chunk_of(void *block)
{
    return (chunk *)(void *)((char *)block - HEADER);
}

static uint32_t offset_of(const bosh_arena *arena, const chunk *at)
{
    return (uint32_t)((const char *)at - arena->begin);
}

/* Make `at` one with the free ones behind it. */
static void merge_behind(bosh_arena *arena, chunk *at)
{
    uint32_t end = offset_of(arena, at) + at->size;
    while (end < arena->size && !chunk_at(arena, end)->is_used) {
        at->size += chunk_at(arena, end)->size;
        end = offset_of(arena, at) + at->size;
    }
}

/* Leave `size` bytes to `at`, and the rest free if it is worth a header. */
static void split(bosh_arena *arena, chunk *at, uint32_t size)
{
    uint32_t rest = at->size - size;
    if (rest < 2 * HEADER)
        return;
    at->size = size;
    *chunk_at(arena, offset_of(arena, at) + size) = (chunk){rest, 0};
}

static void set_used(bosh_arena *arena, chunk *at)
{
    uint32_t end = offset_of(arena, at) + at->size;
    at->is_used = 1;
    arena->used += at->size;
    if (arena->high_water < end)
        arena->high_water = end;
}

/* What a chunk for so many bytes takes; 0: more than there can be. */
static uint32_t chunk_size(const bosh_arena *arena, size_t size)
{
    if (size > arena->size - HEADER)
        return 0;
    return ((uint32_t)size + HEADER + 7u) & ~7u;
}

static void *allocate(size_t size, void *user)
{
    bosh_arena *arena = user;
    uint32_t wanted = chunk_size(arena, size);
    for (uint32_t offset = 0; wanted && offset < arena->size;) {
        chunk *at = chunk_at(arena, offset);
        if (!at->is_used) {
            merge_behind(arena, at);
            if (at->size >= wanted) {
                split(arena, at, wanted);
                set_used(arena, at);
                return (char *)at + HEADER;
            }
        }
        offset += at->size;
    }
    return NULL;
}

static void release(void *block, void *user)
{
    bosh_arena *arena = user;
    if (!block)
        return;
    chunk_of(block)->is_used = 0;
    arena->used -= chunk_of(block)->size;
}

static void *reallocate(void *block, size_t size, void *user)
{
    bosh_arena *arena = user;
    uint32_t wanted = chunk_size(arena, size);
    if (!block)
        return allocate(size, user);
    if (!wanted)
        return NULL;
    chunk *at = chunk_of(block);
    uint32_t old_size = at->size;
    arena->used -= old_size;
    merge_behind(arena, at);
    int fits = at->size >= wanted;
    split(arena, at, fits ? wanted : old_size);
    set_used(arena, at);
    if (fits)
        return block;
    void *moved = allocate(size, user);
    if (!moved)
        return NULL;
    memcpy(moved, block, old_size - HEADER);
    release(block, user);
    return moved;
}

int bosh_arena_init(bosh_arena *arena, void *block, size_t size)
{
    if (!block || ((uintptr_t)block & 7u) || size < 64)
        return BOSH_ERR_ARGUMENT;
    arena->begin = block;
    arena->size = (size < ARENA_MAX ? (uint32_t)size : ARENA_MAX) & ~7u;
    arena->used = arena->high_water = 0;
    *chunk_at(arena, 0) = (chunk){arena->size, 0};
    return BOSH_OK;
}

bosh_allocator bosh_arena_allocator(bosh_arena *arena)
{
    return (bosh_allocator){allocate, reallocate, release, arena};
}

size_t bosh_arena_used(const bosh_arena *arena)
{
    return arena->used;
}

size_t bosh_arena_high_water(const bosh_arena *arena)
{
    return arena->high_water;
}
