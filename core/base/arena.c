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

static chunk *chunk_of(void *block)
{
    return (chunk *)(void *)((char *)block - HEADER);
}

static chunk *first_of(const bosh_arena *arena)
{
    return (chunk *)(void *)arena->begin;
}

static chunk *behind(const chunk *at)
{
    return (chunk *)(void *)((char *)(uintptr_t)at + at->size);
}

static chunk *end_of(const bosh_arena *arena)
{
    return (chunk *)(void *)(arena->begin + arena->size);
}

/* Make `at` one with the free ones behind it. */
static void merge_behind(const bosh_arena *arena, chunk *at)
{
    while (behind(at) < end_of(arena) && !behind(at)->is_used)
        at->size += behind(at)->size;
}

/* Use `size` bytes of `at`, and leave the rest free if it is worth a header. */
static void use(bosh_arena *arena, chunk *at, uint32_t size)
{
    uint32_t rest = at->size - size;
    at->is_used = 1;
    if (rest >= 2 * HEADER) {
        at->size = size;
        *behind(at) = (chunk){rest, 0};
    }
    uint32_t end = (uint32_t)((char *)behind(at) - arena->begin);
    if (arena->high_water < end)
        arena->high_water = end;
}

/* What a chunk for so many bytes takes; more than any has, if there cannot be one. */
static uint32_t chunk_size(const bosh_arena *arena, size_t size)
{
    return size < arena->size ? ((uint32_t)size + HEADER + 7u) & ~7u : UINT32_MAX;
}

static void *allocate(size_t size, void *user)
{
    bosh_arena *arena = user;
    uint32_t wanted = chunk_size(arena, size);
    for (chunk *at = first_of(arena); at < end_of(arena); at = behind(at)) {
        if (at->is_used)
            continue;
        merge_behind(arena, at);
        if (at->size >= wanted) {
            use(arena, at, wanted);
            return at + 1;
        }
    }
    return NULL;
}

static void release(void *block, void *user)
{
    (void)user;
    if (block)
        chunk_of(block)->is_used = 0;
}

static void *reallocate(void *block, size_t size, void *user)
{
    bosh_arena *arena = user;
    uint32_t wanted = chunk_size(arena, size);
    if (!block)
        return allocate(size, user);
    chunk *at = chunk_of(block);
    uint32_t old_size = at->size;
    merge_behind(arena, at);
    int fits = at->size >= wanted;
    use(arena, at, fits ? wanted : old_size);
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
    arena->high_water = 0;
    *(chunk *)block = (chunk){arena->size, 0};
    return BOSH_OK;
}

bosh_allocator bosh_arena_allocator(bosh_arena *arena)
{
    return (bosh_allocator){allocate, reallocate, release, arena};
}

size_t bosh_arena_used(const bosh_arena *arena)
{
    uint32_t used = 0;
    for (const chunk *at = first_of(arena); at < end_of(arena); at = behind(at))
        used += at->is_used ? at->size : 0;
    return used;
}

size_t bosh_arena_high_water(const bosh_arena *arena)
{
    return arena->high_water;
}
