/* SPDX-License-Identifier: MIT
 * A binary heap of planned events. */
#include "simulator/timeline.h"
#include <stdlib.h>

static int is_before(const timeline_event *a, const timeline_event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(timeline_event *a, timeline_event *b)
{
    timeline_event kept = *a;
    *a = *b;
    *b = kept;
}

void timeline_plan(sim_timeline *line, uint64_t at_ms, timeline_fn fn, void *what, uint64_t number)
{
    if (line->count == line->capacity) {
        line->capacity = line->capacity ? line->capacity * 2 : 64;
        line->heap = realloc(line->heap, line->capacity * sizeof(*line->heap));
        if (!line->heap)
            abort();
    }
    size_t at = line->count++;
    line->heap[at] = (timeline_event){at_ms, line->planned++, fn, what, number};
    while (at > 0 && is_before(&line->heap[at], &line->heap[(at - 1) / 2])) {
        swap(&line->heap[at], &line->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

uint64_t timeline_next_ms(const sim_timeline *line)
{
    return line->count ? line->heap[0].at_ms : UINT64_MAX;
}

timeline_event timeline_take(sim_timeline *line)
{
    timeline_event taken = line->heap[0];
    line->heap[0] = line->heap[--line->count];
    for (size_t at = 0;;) {
        size_t least = at, left = at * 2 + 1, right = left + 1;
        if (left < line->count && is_before(&line->heap[left], &line->heap[least]))
            least = left;
        if (right < line->count && is_before(&line->heap[right], &line->heap[least]))
            least = right;
        if (least == at)
            return taken;
        swap(&line->heap[at], &line->heap[least]);
        at = least;
    }
}

void timeline_clear(sim_timeline *line)
{
    line->count = 0;
    line->planned = 0;
}

void timeline_free(sim_timeline *line)
{
    free(line->heap);
    *line = (sim_timeline){0};
}
