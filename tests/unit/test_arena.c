/* SPDX-License-Identifier: MIT
 * base/arena: memory from one block, and a client that has only that. */
#include <bosh/arena.h>

#include "tests/check.h"
#include "tests/unit/scene.h"

#include <string.h>

static uint64_t block[256 * 1024 / 8];

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
    printf("a client needs %u bytes here\n", (unsigned)size);
    CHECK(failures > 100 && size < sizeof(block));
}

/* A roster answer of at most this size. */
static const char *roster(size_t size_max)
{
    static char xml[20000];
    size_t size = (size_t)sprintf(xml, "<iq xmlns='jabber:client' type='result' id='r'>"
                                       "<query xmlns='jabber:iq:roster'>");
    for (unsigned i = 0; size + 300 < size_max; i++)
        size += (size_t)sprintf(xml + size,
                                "<item jid='contact-%u@example.org' name='Contact %u' "
                                "subscription='both'><group>Friends</group></item>",
                                i, i);
    strcpy(xml + size, "</query></iq>");
    return xml;
}

static void answer_long(scene *s, const char *payloads)
{
    static char entity[20100];
    world_attempt *attempt = scene_oldest(s);
    int size = snprintf(entity, sizeof entity,
                        "<body xmlns='http://jabber.org/protocol/httpbind'>%s</body>", payloads);
    world_transport_answer(&s->net, attempt, 200, 0, entity, (size_t)size);
    scene_turn(s);
}

/* Messages of this size until the queue is full. How many. */
static unsigned fill_queue(scene *s, size_t size)
{
    static char text[5000];
    unsigned count = 0;
    int error;
    memset(text, 'x', size);
    text[size] = 0;
    while (!(error = bosh_client_send_message(s->client, "bob@example.org", text, NULL)))
        count++;
    CHECK_INT(error, BOSH_ERR_QUEUE_FULL);
    return count;
}

/* A client at its limits, in a block of the size that is said to be needed: nothing fails. */
static void size_needed_is_enough_and_not_far_too_much(void)
{
    static const struct {
        size_t body, queue, response;
    } cases[] = {{1024, 1024, 2048}, {1024, 4096, 4096}, {4096, 4096, 8192}, {2048, 8192, 16384}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bosh_arena arena;
        scene s;
        scene_init(&s);
        s.is_unwatched = 1;
        s.config.body_bytes_max = cases[i].body;
        s.config.queue_bytes_max = cases[i].queue;
        s.config.response_bytes_max = cases[i].response;
        size_t needed = bosh_client_size_needed(&s.config);
        CHECK(needed <= sizeof(block));
        CHECK_INT(bosh_arena_init(&arena, block, needed), 0);
        s.config.allocator = bosh_arena_allocator(&arena);
        scene_login(&s);
        answer_long(&s, roster(cases[i].response));
        CHECK_STR(scene_told(&s), "iq r");
        for (int round = 0; round < 2; round++) { /* the first goes, the second waits behind it */
            CHECK(fill_queue(&s, 50) > 0);
            scene_advance(&s, 100);
        }
        fill_queue(&s, 50);
        answer_long(&s, roster(cases[i].response));
        const char *told = scene_told(&s);
        if (strstr(told, "ERR_") || !strstr(told, "iq r"))
            CHECK_STR(told, "");
        printf("body %u, queue %u, answer %u: %u bytes needed, %u used\n", (unsigned)cases[i].body,
               (unsigned)cases[i].queue, (unsigned)cases[i].response, (unsigned)needed,
               (unsigned)bosh_arena_high_water(&arena));
        CHECK(bosh_arena_high_water(&arena) * 5 > needed * 2);
        bosh_client_free(s.client);
        s.client = s.net.client = NULL;
        CHECK_INT(scene_deinit(&s), 0);
    }
}

static void size_needed_can_be_too_large_for_a_number(void)
{
    bosh_config config;
    bosh_config_init(&config);
    CHECK(bosh_client_size_needed(&config) > 9 * 1024 * 1024); /* the defaults */
    config.response_bytes_max = SIZE_MAX;
    CHECK_INT(bosh_client_size_needed(&config), 0);
}

static const check_test tests[] = {
    {"size_needed_is_enough_and_not_far_too_much", size_needed_is_enough_and_not_far_too_much},
    {"size_needed_can_be_too_large_for_a_number", size_needed_can_be_too_large_for_a_number},
    {"what_is_given_out_does_not_overlap", what_is_given_out_does_not_overlap},
    {"the_high_water_mark_would_have_been_enough", the_high_water_mark_would_have_been_enough},
    {"blocks_that_cannot_serve_are_refused", blocks_that_cannot_serve_are_refused},
    {"a_client_that_has_too_little_says_so", a_client_that_has_too_little_says_so},
};
CHECK_MAIN(tests)
