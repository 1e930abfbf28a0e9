/* SPDX-License-Identifier: MIT
 * Each block stands in a list behind a header, so that writing before it or releasing it twice is
 * noticed; bytes are filled with rubbish at both ends of a block's life. */
#include "world/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIVING 0x6c697665u
#define DEAD 0x64656164u

struct world_block {
    world_block *before, *after;
    size_t size;
    uint64_t call;
    uint32_t mark;
    max_align_t bytes[];
};

void world_alloc_init(world_alloc *alloc)
{
    memset(alloc, 0, sizeof(*alloc));
}

static int must_fail(world_alloc *alloc)
{
    alloc->calls++;
    int fails = alloc->calls == alloc->fail_at ||
                (alloc->fail_from != 0 && alloc->calls >= alloc->fail_from);
    alloc->failures += (uint64_t)fails;
    return fails;
}

static void *add(world_alloc *alloc, size_t size)
{
    world_block *block = malloc(sizeof(*block) + size);
    if (!block)
        abort();
    block->size = size;
    block->call = alloc->calls;
    block->mark = LIVING;
    block->before = NULL;
    block->after = alloc->living;
    if (alloc->living)
        alloc->living->before = block;
    alloc->living = block;
    alloc->blocks++;
    alloc->bytes += size;
    if (alloc->bytes > alloc->bytes_peak)
        alloc->bytes_peak = alloc->bytes;
    memset(block->bytes, 0xa5, size);
    return block->bytes;
}

static world_block *block_of(void *bytes)
{
    world_block *block = (world_block *)((char *)bytes - offsetof(world_block, bytes));
    if (block->mark != LIVING) {
        fprintf(stderr, "world_alloc: %s\n",
                block->mark == DEAD ? "released twice" : "not a block of this allocator");
        abort();
    }
    return block;
}

static int holds(const world_block *block, const void *bytes, size_t size)
{
    const char *begin = (const char *)block->bytes;
    for (size_t at = 0; at + size <= block->size; at++) {
        if (memcmp(begin + at, bytes, size) == 0)
            return 1;
    }
    return 0;
}

static void look_for_secrets(world_alloc *alloc, const world_block *block)
{
    for (size_t i = 0; i < sizeof(alloc->secrets) / sizeof(alloc->secrets[0]); i++) {
        const char *secret = alloc->secrets[i];
        if (!secret || !holds(block, secret, strlen(secret)))
            continue;
        alloc->secrets_released++;
        printf("released with a secret in it: %zu bytes, call %llu, \"%s\"\n", block->size,
               (unsigned long long)block->call, secret);
    }
}

static void drop(world_alloc *alloc, world_block *block)
{
    if (block->before)
        block->before->after = block->after;
    else
        alloc->living = block->after;
    if (block->after)
        block->after->before = block->before;
    alloc->blocks--;
    alloc->bytes -= block->size;
    look_for_secrets(alloc, block);
    block->mark = DEAD;
    memset(block->bytes, 0x5a, block->size);
    free(block);
}

static void *allocate(size_t size, void *user)
{
    world_alloc *alloc = user;
    return must_fail(alloc) ? NULL : add(alloc, size);
}

/* Always moves, so that a pointer kept across a reallocation is a visible mistake. */
static void *reallocate(void *bytes, size_t size, void *user)
{
    world_alloc *alloc = user;
    if (must_fail(alloc))
        return NULL;
    void *moved = add(alloc, size);
    if (bytes) {
        world_block *old = block_of(bytes);
        memcpy(moved, bytes, old->size < size ? old->size : size);
        drop(alloc, old);
    }
    return moved;
}

static void release(void *bytes, void *user)
{
    if (bytes)
        drop(user, block_of(bytes));
}

bosh_allocator world_alloc_allocator(world_alloc *alloc)
{
    bosh_allocator allocator = {allocate, reallocate, release, alloc};
    return allocator;
}

size_t world_alloc_leaks(const world_alloc *alloc)
{
    for (const world_block *block = alloc->living; block; block = block->after)
        printf("leak: %zu bytes, call %llu\n", block->size, (unsigned long long)block->call);
    return alloc->blocks;
}

int world_alloc_holds(const world_alloc *alloc, const void *bytes, size_t size)
{
    for (const world_block *block = alloc->living; block; block = block->after) {
        if (holds(block, bytes, size))
            return 1;
    }
    return 0;
}

void world_alloc_deinit(world_alloc *alloc)
{
    while (alloc->living)
        drop(alloc, alloc->living);
}
