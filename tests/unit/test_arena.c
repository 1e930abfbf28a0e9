/* SPDX-License-Identifier: MIT
 * base/arena: memory from one block, and a client that has only that. */
#include <bosh/arena.h>

#include "tests/check.h"
#include "tests/unit/scene.h"

#include <string.h>

static uint64_t block[64 * 1024 / 8];

static void what_is_given_out_does_not_overlap(void)
{
    enum { COUNT = 40, STEPS = 20000 };
    struct {
        unsigned char *at;
        size_t size;
    } taken[COUNT] = {{0}};
    bosh_arena arena;
    uint32_t random = 1;
    CHECK_INT(bosh_arena_init(&arena, block, 8192), BOSH_OK);
    bosh_allocator memory = bosh_arena_allocator(&arena);
    for (int step = 0; step < STEPS; step++) {
        random = random * 1664525u + 1013904223u;
        unsigned i = (random >> 16) % COUNT;
        size_t size = (random >> 8) % 500;
        for (size_t k = 0; k < taken[i].size; k++)
            CHECK_INT(taken[i].at[k], i);
        if (random & 0x40000000u) {
            unsigned char *at = memory.reallocate(taken[i].at, size, memory.user);
            if (!at)
                continue;
            for (size_t k = 0; k < size && k < taken[i].size; k++)
                CHECK_INT(at[k], i);
            taken[i].at = at;
        } else {
            memory.release(taken[i].at, memory.user);
            taken[i].at = memory.allocate(size, memory.user);
            if (!taken[i].at)
                size = 0;
        }
        taken[i].size = size;
        if (size)
            memset(taken[i].at, (int)i, size);
    }
    for (unsigned i = 0; i < COUNT; i++)
        memory.release(taken[i].at, memory.user);
    CHECK_INT(bosh_arena_used(&arena), 0);
    CHECK(memory.allocate(8192 - 8, memory.user) != NULL); /* all in one piece again */
}

static void the_high_water_mark_would_have_been_enough(void)
{
    bosh_arena arena;
    bosh_arena_init(&arena, block, 4096);
    bosh_allocator memory = bosh_arena_allocator(&arena);
    void *a = memory.allocate(100, memory.user), *b = memory.allocate(1, memory.user);
    memory.release(a, memory.user);
    CHECK_INT(bosh_arena_used(&arena), 16);
    CHECK_INT(bosh_arena_high_water(&arena), 112 + 16);
    memory.release(b, memory.user);
    bosh_arena_init(&arena, block, 112 + 16);
    memory = bosh_arena_allocator(&arena);
    CHECK(memory.allocate(100, memory.user) && memory.allocate(1, memory.user));
    CHECK(!memory.allocate(0, memory.user));
}

static void blocks_that_cannot_serve_are_refused(void)
{
    bosh_arena arena;
    CHECK_INT(bosh_arena_init(&arena, NULL, 1000), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_arena_init(&arena, (char *)block + 4, 1000), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_arena_init(&arena, block, 63), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_arena_init(&arena, block, 70), BOSH_OK);
    bosh_allocator memory = bosh_arena_allocator(&arena);
    CHECK(!memory.allocate(SIZE_MAX, memory.user));
    CHECK(!memory.reallocate(NULL, SIZE_MAX - 8, memory.user));
    CHECK(!memory.allocate(57, memory.user));
    CHECK(memory.allocate(56, memory.user) != NULL);
}

/* A client in a block of this size logs in, hears a message and says one. What it was told. */
static const char *live(size_t size)
{
    static char told[4000];
    bosh_arena arena;
    scene s;
    scene_init(&s);
    s.is_unwatched = s.is_deaf = 1;
    if (bosh_arena_init(&arena, block, size))
        return "";
    s.config.allocator = bosh_arena_allocator(&arena);
    int error = bosh_client_new(&s.config, &s.net.transport, &s.client);
    s.net.client = s.client;
    if (error) {
        CHECK_INT(error, BOSH_ERR_MEMORY);
        scene_note(&s, "ended ERR_MEMORY");
    } else if (bosh_client_connect(s.client) == BOSH_OK) {
        scene_turn(&s);
        while (bosh_client_state(s.client) != BOSH_STATE_ONLINE && scene_oldest(&s))
            scene_answer_login(&s);
        if (scene_say(&s, "m1"))
            scene_turn(&s);
        if (scene_oldest(&s))
            scene_answer(&s, MESSAGE("m2"));
        if (scene_oldest(&s))
            scene_answer(&s, "");
        bosh_client_close(s.client, NULL);
        scene_turn(&s);
        while (scene_oldest(&s))
            scene_answer_as(&s, scene_open_count(&s) > 1 ? "" : "type='terminate'", "");
        scene_advance(&s, 20000);
        CHECK_INT(bosh_client_state(s.client), BOSH_STATE_ENDED);
    }
    strcpy(told, scene_told(&s));
    s.net.is_released |= !s.client;
    CHECK_INT(scene_deinit(&s), 0);
    CHECK_INT(bosh_arena_used(&arena), 0);
    return told;
}

/* Never a crash: what fails is told by its name. */
static void a_client_that_has_too_little_says_so(void)
{
    size_t size = 64, failures = 0;
    for (; size < sizeof(block); size += 8) {
        const char *told = live(size);
        if (strstr(told, "delivered 1") && !strstr(told, "ERR_"))
            break;
        failures++;
        if (!strstr(told, "ERR_MEMORY")) {
            printf("with %zu bytes: %s\n", size, told);
            CHECK(!"a failure without its name");
            break;
        }
    }
    printf("a client needs %zu bytes here\n", size);
    CHECK(failures > 100 && size < sizeof(block));
}

static const check_test tests[] = {
    {"what_is_given_out_does_not_overlap", what_is_given_out_does_not_overlap},
    {"the_high_water_mark_would_have_been_enough", the_high_water_mark_would_have_been_enough},
    {"blocks_that_cannot_serve_are_refused", blocks_that_cannot_serve_are_refused},
    {"a_client_that_has_too_little_says_so", a_client_that_has_too_little_says_so},
};
CHECK_MAIN(tests)
