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

static size_t rounded_up(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void *arena_new(sim_arena *arena, size_t size)
{
    size_t rounded = rounded_up(size);
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
    arena_chunk *chunk = arena->chunks ? arena->chunks : chunk_new(arena, 0);
    char *text = chunk->bytes + chunk->used;
    size_t room = chunk->size - chunk->used;
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t size = (size_t)vsnprintf(text, room, format, arguments) + 1;
    if (size > room) {
        text = arena_new(arena, size);
        vsnprintf(text, size, format, again);
    } else {
        size_t rounded = rounded_up(size);
        chunk->used += rounded < room ? rounded : room;
    }
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
