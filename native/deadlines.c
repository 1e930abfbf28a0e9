/* SPDX-License-Identifier: MIT
 *
 * A binary heap of deadlines, so that ten thousand of them cost a turn no more than ten. */
#include "door.h"

#include <stdlib.h>

int bosh_deadlines_reserve(struct deadlines *deadlines, size_t count)
{
    size_t capacity = deadlines->capacity ? deadlines->capacity : 8;
    while (capacity < count)
        capacity *= 2;
    if (capacity == deadlines->capacity)
        return BOSH_OK;
    if (capacity > SIZE_MAX / sizeof *deadlines->heap)
        return BOSH_ERR_MEMORY;
    struct due **heap = realloc(deadlines->heap, capacity * sizeof *heap);
    if (!heap)
        return BOSH_ERR_MEMORY;
    deadlines->heap = heap;
    deadlines->capacity = capacity;
    return BOSH_OK;
}

static void put(struct deadlines *deadlines, size_t index, struct due *due)
{
    deadlines->heap[index] = due;
    due->index = index;
}

/* Find the place for `due`, beginning at the free place `index`. */
static void sift(struct deadlines *deadlines, size_t index, struct due *due)
{
    struct due **heap = deadlines->heap;
    while (index > 0 && due->at_ms < heap[(index - 1) / 2]->at_ms) {
        put(deadlines, index, heap[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * index + 1;
        if (child + 1 < deadlines->size && heap[child + 1]->at_ms < heap[child]->at_ms)
            child++;
        if (child >= deadlines->size || heap[child]->at_ms >= due->at_ms)
            break;
        put(deadlines, index, heap[child]);
        index = child;
    }
    put(deadlines, index, due);
}

void bosh_deadlines_set(struct deadlines *deadlines, struct due *due, bosh_time at_ms)
{
    int listed = due->at_ms != BOSH_NEVER;
    due->at_ms = at_ms;
    if (listed && at_ms == BOSH_NEVER) {
        struct due *last = deadlines->heap[--deadlines->size];
        if (last != due)
            sift(deadlines, due->index, last);
    } else if (listed) {
        sift(deadlines, due->index, due);
    } else if (at_ms != BOSH_NEVER) {
        sift(deadlines, deadlines->size++, due);
    }
}

struct due *bosh_deadlines_take(struct deadlines *deadlines, bosh_time now_ms)
{
    struct due *first = deadlines->size ? deadlines->heap[0] : NULL;
    if (!first || first->at_ms > now_ms)
        return NULL;
    bosh_deadlines_set(deadlines, first, BOSH_NEVER);
    return first;
}

bosh_time bosh_deadlines_next(const struct deadlines *deadlines)
{
    return deadlines->size ? deadlines->heap[0]->at_ms : BOSH_NEVER;
}
