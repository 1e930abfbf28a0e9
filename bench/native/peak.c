/* SPDX-License-Identifier: MIT
 * See peak.h: malloc and its kin, in front of glibc's. For programs with one thread at work. */
#include "peak.h"

#include <malloc.h>
#include <stdlib.h>

/* glibc's own, under their other names. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void __libc_free(void *block);

static size_t in_use, peak;

static size_t cost(void *block)
{
    return block ? malloc_usable_size(block) + sizeof(size_t) : 0;
}

static void *counted(void *block)
{
    size_t now = __atomic_add_fetch(&in_use, cost(block), __ATOMIC_RELAXED);
    if (now > peak)
        peak = now;
    return block;
}

static void discount(size_t bytes)
{
    __atomic_sub_fetch(&in_use, bytes, __ATOMIC_RELAXED);
}

void *malloc(size_t size)
{
    return counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return counted(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
    size_t before = cost(block);
    void *moved = __libc_realloc(block, size);
    if (!moved && size)
        return NULL;
    if (moved == block)
        discount(before);
    counted(moved);
    if (moved != block)
        discount(before); /* for a moment both were there */
    return moved;
}

void free(void *block)
{
    discount(cost(block));
    __libc_free(block);
}

size_t bench_peak_now(void)
{
    return in_use;
}

size_t bench_peak(void)
{
    return peak;
}

void bench_peak_restart(void)
{
    peak = in_use;
}
