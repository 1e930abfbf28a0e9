/* SPDX-License-Identifier: MIT
 * base/mem: sizes are checked, blocks are zeroed, secrets are wiped before they are released. */
#include "base/mem.h"
#include "tests/check.h"

#include <stdlib.h>

/* An allocator that remembers what it was asked and what it got back. */
static size_t last_size;
static char released[64];

static void *note_allocate(size_t size, void *user)
{
    (void)user;
    last_size = size;
    void *block = malloc(size);
    if (block)
        memset(block, 0xAA, size);
    return block;
}

static void *note_reallocate(void *block, size_t size, void *user)
{
    (void)user;
    last_size = size;
    return realloc(block, size);
}

static void note_release(void *block, void *user)
{
    (void)user;
    memcpy(released, block, last_size < sizeof(released) ? last_size : sizeof(released));
    free(block);
}

static const bosh_allocator notes = {note_allocate, note_reallocate, note_release, NULL};

static void test_new_zeroes(void)
{
    static const char zeros[24];
    char *block = bosh_mem_new(&notes, 3, 8);
    CHECK_INT(last_size, 24);
    CHECK(memcmp(block, zeros, 24) == 0);
    bosh_mem_free(&notes, block);
}

static void test_new_refuses_overflow(void)
{
    last_size = 7;
    CHECK(bosh_mem_new(&notes, SIZE_MAX / 2, 3) == NULL);
    CHECK_INT(last_size, 7); /* never asked */
}

static void test_empty_sizes_are_blocks(void)
{
    void *block = bosh_mem_new(&notes, 0, 8);
    CHECK(block != NULL);
    block = bosh_mem_resize(&notes, block, 0);
    CHECK(block != NULL);
    CHECK_INT(last_size, 1);
    bosh_mem_free(&notes, block);
}

static void test_resize_takes_null(void)
{
    char *block = bosh_mem_resize(&notes, NULL, 4);
    memcpy(block, "abc", 4);
    block = bosh_mem_resize(&notes, block, 40);
    CHECK_STR(block, "abc");
    bosh_mem_free(&notes, block);
}

static void test_strings(void)
{
    char *copy = bosh_mem_string(&notes, "hello");
    CHECK_STR(copy, "hello");
    bosh_mem_free(&notes, copy);
    copy = bosh_mem_string(&notes, NULL);
    CHECK_STR(copy, "");
    bosh_mem_free(&notes, copy);
    copy = bosh_mem_string_n(&notes, "hello", 4);
    CHECK_STR(copy, "hell");
    bosh_mem_free(&notes, copy);
    CHECK(bosh_mem_string_n(&notes, "hello", SIZE_MAX) == NULL);
}

static void test_secrets_are_wiped(void)
{
    static const char zeros[7];
    char *secret = bosh_mem_string(&notes, "pencil");
    bosh_mem_free(&notes, bosh_mem_string(&notes, "pencil"));
    CHECK_STR(released, "pencil"); /* an ordinary release leaves it */
    bosh_mem_free_secret(&notes, secret);
    CHECK(memcmp(released, zeros, 7) == 0);
    bosh_mem_free_secret(&notes, NULL);
}

static void test_default_allocator(void)
{
    CHECK(bosh_mem_allocator(&notes) == &notes);
    const bosh_allocator *system = bosh_mem_allocator(NULL);
    char *block = bosh_mem_resize(system, bosh_mem_string(system, "text"), 100);
    CHECK_STR(block, "text");
    bosh_mem_free(system, block);
    bosh_mem_free(system, NULL);
}

static const check_test tests[] = {
    {"new_zeroes", test_new_zeroes},
    {"new_refuses_overflow", test_new_refuses_overflow},
    {"empty_sizes_are_blocks", test_empty_sizes_are_blocks},
    {"resize_takes_null", test_resize_takes_null},
    {"strings", test_strings},
    {"secrets_are_wiped", test_secrets_are_wiped},
    {"default_allocator", test_default_allocator},
};
CHECK_MAIN(tests)
