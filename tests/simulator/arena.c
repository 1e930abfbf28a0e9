/* SPDX-License-Identifier: MIT
 * A chain of chunks, filled from the front. */
#include "simulator/arena.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE ((size_t)256 * 1024)
#define ALIGNMENT 16

struct arena_chunk {
    arena_chunk *older;
    size_t used, size;
    _Alignas(ALIGNMENT) char bytes[];
};

static arena_chunk *chunk_new(sim_arena *arena, size_t size)
{
    size_t wanted = size > CHUNK_SIZE ? size : CHUNK_SIZE;
    arena_chunk *chunk = malloc(sizeof(*chunk) + wanted);
    if (!chunk)
        abort();
    *chunk = (arena_chunk){.older = arena->chunks, .size = wanted};
    arena->chunks = chunk;
    return chunk;
}

void *arena_new(sim_arena *arena, size_t size)
{
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    arena_chunk *chunk = arena->chunks;
    if (!chunk || chunk->size - chunk->used < rounded)
        chunk = chunk_new(arena, rounded);
    void *block = chunk->bytes + chunk->used;
    chunk->used += rounded;
    return memset(block, 0, size);
}

char *arena_copy(sim_arena *arena, const void *data, size_t size)
{
    char *copy = arena_new(arena, size + 1);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

char *arena_print(sim_arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    char *text = arena_new(arena, (size_t)size + 1);
    vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    va_end(arguments);
    return text;
}

void arena_clear(sim_arena *arena)
{
    while (arena->chunks && arena->chunks->older) {
        arena_chunk *newest = arena->chunks;
        arena->chunks = newest->older;
        free(newest);
    }
    if (arena->chunks)
        arena->chunks->used = 0;
}

void arena_free(sim_arena *arena)
{
    arena_clear(arena);
    free(arena->chunks);
    arena->chunks = NULL;
}
