/* SPDX-License-Identifier: MIT
 * The allocator of the module, a third of emmalloc's size: one list of free blocks in the order of
 * their addresses, the first that is large enough is taken, neighbours are joined. An engine has
 * few blocks. */
#include <emscripten/heap.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Before each block. Sizes are in heads and count it. */
typedef struct head {
    struct head *next; /* in the list, while it is free */
    size_t size;
} head;

_Static_assert(sizeof(head) % 8 == 0, "blocks are aligned to 8 bytes");

extern head __heap_base; /* where the memory of the linker ends */

static head start;    /* of the list: before all other addresses */
static head *reached; /* the end of the memory that was ever in it */

void free(void *block)
{
    if (!block)
        return;
    head *freed = (head *)block - 1, *before = &start;
    while (before->next && before->next < freed)
        before = before->next;
    head *behind = before->next;
    freed->next = behind;
    if (behind && freed + freed->size == behind) {
        freed->size += behind->size;
        freed->next = behind->next;
    }
    before->next = freed;
    if (before + before->size == freed) {
        before->size += freed->size;
        before->next = freed->next;
    }
}

/* Puts more memory into the list; 0: there is none. */
static int grow(size_t size)
{
    head *more = reached ? reached : &__heap_base;
    size_t begin = (size_t)more, needed = begin + size * sizeof(head);
    if (emscripten_get_heap_size() < needed && !emscripten_resize_heap(needed))
        return 0;
    size_t end = emscripten_get_heap_size();
    reached = (head *)end;
    more->size = (end - begin) / sizeof(head);
    free(more + 1);
    return 1;
}

void *malloc(size_t bytes)
{
    if (bytes > PTRDIFF_MAX / 2)
        return NULL;
    size_t size = (bytes + sizeof(head) - 1) / sizeof(head) + 1;
    do {
        for (head *before = &start, *found; (found = before->next); before = found) {
            if (found->size < size)
                continue;
            head *rest = found->next;
            if (found->size > size) {
                rest = found + size;
                *rest = (head){found->next, found->size - size};
                found->size = size;
            }
            before->next = rest;
            return found + 1;
        }
    } while (grow(size));
    return NULL;
}

void *calloc(size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    void *block = malloc(count * size);
    return block ? memset(block, 0, count * size) : NULL;
}

void *realloc(void *block, size_t bytes)
{
    size_t room = block ? (((head *)block)[-1].size - 1) * sizeof(head) : 0;
    if (block && bytes <= room)
        return block;
    void *moved = malloc(bytes);
    if (moved && block) {
        memcpy(moved, block, room);
        free(block);
    }
    return moved;
}
