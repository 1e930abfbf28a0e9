/* SPDX-License-Identifier: MIT
 * session/item: what waits to be sent, and lists of it. */
#include "session/item.h"
#include "tests/check.h"
#include "world/alloc.h"

static world_alloc alloc;
static bosh_allocator allocator;

static void begin(void)
{
    world_alloc_init(&alloc);
    allocator = world_alloc_allocator(&alloc);
}

static void end(void)
{
    CHECK_INT(world_alloc_leaks(&alloc), 0);
    world_alloc_deinit(&alloc);
}

static bosh_item *item(const char *text, bosh_ticket ticket)
{
    return bosh_item_new(&allocator, text, strlen(text), NULL, 0, 0, ticket);
}

/* "1 2 3 (6)": the tickets and the bytes of a list. */
static const char *content(const bosh_item_list *list)
{
    static char text[200];
    char *at = text;
    for (const bosh_item *i = list->first; i; i = i->next)
        at += sprintf(at, "%u ", (unsigned)i->ticket);
    sprintf(at, "(%u)", (unsigned)list->bytes);
    return text;
}

static void item_of_payload_and_attributes_keeps_both(void)
{
    begin();
    bosh_item *both = bosh_item_new(&allocator, "<a/>", 4, " b='c'", 6, BOSH_ITEM_ALONE, 7);
    CHECK_INT(both->size, 4);
    CHECK_INT(both->attributes_size, 6);
    CHECK_INT(both->ticket, 7);
    CHECK_INT(both->flags, BOSH_ITEM_ALONE);
    CHECK(memcmp(both->bytes, "<a/>", 4) == 0);
    CHECK(memcmp(bosh_item_attributes(both), " b='c'", 6) == 0);
    bosh_item_free(&allocator, both);
    bosh_item_free(&allocator, NULL);
    end();
}

static void item_of_impossible_size_is_refused(void)
{
    begin();
    CHECK(bosh_item_new(&allocator, "", SIZE_MAX - 10, NULL, 0, 0, 0) == NULL);
    CHECK(bosh_item_new(&allocator, "", 0, "", SIZE_MAX / 2, 0, 0) == NULL);
    alloc.fail_from = alloc.calls + 1;
    CHECK(item("x", 1) == NULL);
    end();
}

/* The allocator's view of a block at the moment it is given back. */
static char last_words[sizeof(bosh_item) + 64];
static size_t last_size;

static void release_and_remember(void *block, void *user)
{
    (void)user;
    if (block)
        memcpy(last_words, block, last_size);
    allocator.release(block, allocator.user);
}

/* SEC-10 */
static void login_item_is_wiped_when_freed(void)
{
    begin();
    bosh_allocator watched = allocator;
    watched.release = release_and_remember;
    bosh_item *secret = bosh_item_new(&watched, "c2VjcmV0", 8, NULL, 0, BOSH_ITEM_SASL, 0);
    bosh_item *stanza = bosh_item_new(&watched, "harmless", 8, NULL, 0, 0, 0);
    last_size = sizeof(bosh_item) + 8;
    bosh_item_free(&watched, stanza);
    CHECK(memcmp(last_words + offsetof(bosh_item, bytes), "harmless", 8) == 0);
    bosh_item_free(&watched, secret);
    CHECK(memcmp(last_words + offsetof(bosh_item, bytes), "\0\0\0\0\0\0\0\0", 8) == 0);
    end();
}

static void list_gives_items_in_order_and_counts_bytes(void)
{
    bosh_item_list list = {NULL, NULL, 0};
    begin();
    CHECK(bosh_item_pop(&list) == NULL);
    bosh_item_push(&list, item("a", 1));
    bosh_item_push(&list, item("bb", 2));
    bosh_item_push(&list, item("ccc", 3));
    CHECK_STR(content(&list), "1 2 3 (6)");
    bosh_item_free(&allocator, bosh_item_pop(&list));
    CHECK_STR(content(&list), "2 3 (5)");
    bosh_item_free_list(&allocator, &list);
    CHECK_STR(content(&list), "(0)");
    CHECK(list.last == NULL);
    end();
}

static void lists_are_joined_behind_or_in_front(void)
{
    bosh_item_list list = {NULL, NULL, 0}, other = {NULL, NULL, 0};
    begin();
    bosh_item_append_list(&list, &other);
    CHECK_STR(content(&list), "(0)");
    bosh_item_push(&other, item("a", 1));
    bosh_item_append_list(&list, &other);
    bosh_item_push(&other, item("b", 2));
    bosh_item_append_list(&list, &other);
    CHECK_STR(content(&list), "1 2 (2)");
    CHECK_STR(content(&other), "(0)");
    bosh_item_prepend_list(&list, &other);
    CHECK_STR(content(&list), "1 2 (2)");
    bosh_item_push(&other, item("z", 9));
    bosh_item_prepend_list(&list, &other);
    CHECK_STR(content(&list), "9 1 2 (3)");
    bosh_item_push(&list, item("c", 3));
    CHECK_STR(content(&list), "9 1 2 3 (4)");
    bosh_item_free_list(&allocator, &list);
    end();
}

static void dropping_own_items_keeps_those_with_a_ticket(void)
{
    bosh_item_list list = {NULL, NULL, 0};
    begin();
    bosh_item_push(&list, item("own", 0));
    bosh_item_push(&list, item("a", 1));
    bosh_item_push(&list, item("own", 0));
    bosh_item_push(&list, item("b", 2));
    bosh_item_push(&list, item("own", 0));
    bosh_item_drop_own(&allocator, &list);
    CHECK_STR(content(&list), "1 2 (2)");
    CHECK_INT(list.last->ticket, 2);
    bosh_item_free_list(&allocator, &list);
    end();
}

static const check_test tests[] = {
    {"item_of_payload_and_attributes_keeps_both", item_of_payload_and_attributes_keeps_both},
    {"item_of_impossible_size_is_refused", item_of_impossible_size_is_refused},
    {"login_item_is_wiped_when_freed", login_item_is_wiped_when_freed},
    {"list_gives_items_in_order_and_counts_bytes", list_gives_items_in_order_and_counts_bytes},
    {"lists_are_joined_behind_or_in_front", lists_are_joined_behind_or_in_front},
    {"dropping_own_items_keeps_those_with_a_ticket", dropping_own_items_keeps_those_with_a_ticket},
};
CHECK_MAIN(tests)
