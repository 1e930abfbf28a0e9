/* SPDX-License-Identifier: MIT
 *
 * A binary heap of ports by deadline, so that ten thousand clients cost a turn no more than ten. */
#include "door.h"

#include <stdlib.h>

int bosh_deadlines_reserve(bosh_curl *curl, size_t count)
{
    size_t capacity = curl->heap_capacity ? curl->heap_capacity : 8;
    while (capacity < count)
        capacity *= 2;
    if (capacity == curl->heap_capacity)
        return BOSH_OK;
    if (capacity > SIZE_MAX / sizeof *curl->heap)
        return BOSH_ERR_MEMORY;
    struct port **heap = realloc(curl->heap, capacity * sizeof *heap);
    if (!heap)
        return BOSH_ERR_MEMORY;
    curl->heap = heap;
    curl->heap_capacity = capacity;
    return BOSH_OK;
}

static void put(bosh_curl *curl, size_t index, struct port *port)
{
    curl->heap[index] = port;
    port->heap_index = index;
}

/* Find the place for `port`, beginning at the free place `index`. */
static void sift(bosh_curl *curl, size_t index, struct port *port)
{
    while (index > 0 && port->deadline < curl->heap[(index - 1) / 2]->deadline) {
        put(curl, index, curl->heap[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * index + 1;
        if (child + 1 < curl->heap_size &&
            curl->heap[child + 1]->deadline < curl->heap[child]->deadline)
            child++;
        if (child >= curl->heap_size || curl->heap[child]->deadline >= port->deadline)
            break;
        put(curl, index, curl->heap[child]);
        index = child;
    }
    put(curl, index, port);
}

void bosh_deadlines_set(struct port *port, bosh_time deadline)
{
    bosh_curl *curl = port->curl;
    int listed = port->deadline != BOSH_NEVER;
    port->deadline = deadline;
    if (listed && deadline == BOSH_NEVER) {
        struct port *last = curl->heap[--curl->heap_size];
        if (last != port)
            sift(curl, port->heap_index, last);
    } else if (listed) {
        sift(curl, port->heap_index, port);
    } else if (deadline != BOSH_NEVER) {
        sift(curl, curl->heap_size++, port);
    }
}

struct port *bosh_deadlines_first(const bosh_curl *curl)
{
    return curl->heap_size ? curl->heap[0] : NULL;
}
