/* SPDX-License-Identifier: MIT
 * The caller's allocator, with every size checked. */
#ifndef BOSH_BASE_MEM_H
#define BOSH_BASE_MEM_H

#include <bosh/bosh.h>

/* `allocator`, or malloc's for NULL; NULL stays NULL in a freestanding build. */
const bosh_allocator *bosh_mem_allocator(const bosh_allocator *allocator);
/* NULL when there is no memory or `count * size` overflows; zeroed otherwise. */
void *bosh_mem_new(const bosh_allocator *allocator, size_t count, size_t size);
/* Grow or shrink; NULL leaves the old block as it was. */
void *bosh_mem_resize(const bosh_allocator *allocator, void *block, size_t size);
void bosh_mem_free(const bosh_allocator *allocator, void *block);
/* A copy with a NUL behind it; NULL when there is no memory. `text` NULL copies "". */
char *bosh_mem_string(const bosh_allocator *allocator, const char *text);
char *bosh_mem_string_n(const bosh_allocator *allocator, const char *text, size_t size);
/* Overwrite in a way the compiler cannot drop (SEC-10). */
void bosh_mem_wipe(void *block, size_t size);
/* Wipe a string, then free it. NULL is ignored. */
void bosh_mem_free_secret(const bosh_allocator *allocator, char *text);

#endif
