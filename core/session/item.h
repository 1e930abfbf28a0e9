/* SPDX-License-Identifier: MIT
 * What waits to be sent: payload bytes with a ticket and what they may share a body with. */
#ifndef BOSH_SESSION_ITEM_H
#define BOSH_SESSION_ITEM_H

#include <bosh/bosh.h>

enum {
    BOSH_ITEM_ALONE = 1 << 0, /* has a body to itself (restart, bind) */
    BOSH_ITEM_PAIR = 1 << 1,  /* follows the item before it without waiting for an answer (S1) */
    BOSH_ITEM_SASL =
        1 << 2 /* a login element: never in one body with stanzas (XMPP-1), and wiped */
};

typedef struct bosh_item {
    struct bosh_item *next;
    bosh_ticket ticket; /* 0: the engine's own, nobody is told what became of it */
    unsigned flags;
    size_t size;            /* payload bytes */
    size_t attributes_size; /* extra attributes of the body wrapper, behind the payload */
    char bytes[];
} bosh_item;

typedef struct bosh_item_list {
    bosh_item *first, *last;
    size_t bytes; /* payload bytes of all */
} bosh_item_list;

/* NULL when there is no memory. `attributes` is ready-made wrapper text (" a='b'"), may be NULL. */
bosh_item *bosh_item_new(const bosh_allocator *allocator, const void *payload, size_t size,
                         const char *attributes, size_t attributes_size, unsigned flags,
                         bosh_ticket ticket);
void bosh_item_free(const bosh_allocator *allocator, bosh_item *item);
const char *bosh_item_attributes(const bosh_item *item);

void bosh_item_push(bosh_item_list *list, bosh_item *item);
bosh_item *bosh_item_pop(bosh_item_list *list);
/* Move everything of `from` behind, or in front of, what `list` has. */
void bosh_item_append_list(bosh_item_list *list, bosh_item_list *from);
void bosh_item_prepend_list(bosh_item_list *list, bosh_item_list *from);
void bosh_item_free_list(const bosh_allocator *allocator, bosh_item_list *list);
/* Free the items without a ticket; they mean nothing outside their session. */
void bosh_item_drop_own(const bosh_allocator *allocator, bosh_item_list *list);

#endif
