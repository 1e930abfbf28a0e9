/* SPDX-License-Identifier: MIT
 * The caller's allocator, with every size checked. */
#include "base/mem.h"

#include <string.h>

#ifndef BOSH_FREESTANDING
#include <stdlib.h>

static void *system_allocate(size_t size, void *user)
{
    (void)user;
    return malloc(size);
}

static void *system_reallocate(void *block, size_t size, void *user)
{
    (void)user;
    return realloc(block, size);
}

static void system_release(void *block, void *user)
{
    (void)user;
    free(block);
}
#endif

const bosh_allocator *bosh_system_allocator(void)
{
#ifndef BOSH_FREESTANDING
    static const bosh_allocator system = {system_allocate, system_reallocate, system_release, NULL};
    return &system;
#else
    return NULL;
#endif
}

const bosh_allocator *bosh_mem_allocator(const bosh_allocator *allocator)
{
    return allocator ? allocator : bosh_system_allocator();
}

void *bosh_mem_new(const bosh_allocator *allocator, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    size *= count;
    void *block = allocator->allocate(size ? size : 1, allocator->user);
    if (block)
        memset(block, 0, size);
    return block;
}

void *bosh_mem_resize(const bosh_allocator *allocator, void *block, size_t size)
{
    return allocator->reallocate(block, size ? size : 1, allocator->user);
}

void bosh_mem_free(const bosh_allocator *allocator, void *block)
{
    if (block)
        allocator->release(block, allocator->user);
}

char *bosh_mem_string(const bosh_allocator *allocator, const char *text)
{
    return bosh_mem_string_n(allocator, text, text ? strlen(text) : 0);
}

char *bosh_mem_string_n(const bosh_allocator *allocator, const char *text, size_t size)
{
    if (size == SIZE_MAX)
        return NULL;
    char *copy = allocator->allocate(size + 1, allocator->user);
    if (!copy)
        return NULL;
    if (size)
        memcpy(copy, text, size);
    copy[size] = 0;
    return copy;
}

void bosh_mem_wipe(void *block, size_t size)
{
    volatile uint8_t *byte = block;
    while (size--)
        *byte++ = 0;
}

void bosh_mem_free_secret(const bosh_allocator *allocator, char *text)
{
    if (!text)
        return;
    bosh_mem_wipe(text, strlen(text));
    bosh_mem_free(allocator, text);
}
