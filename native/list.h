/* SPDX-License-Identifier: MIT
 *
 * Doubly linked rings whose links sit inside the listed structures. A link is either in one list or
 * in none; a list is a link too, of no structure. */
#ifndef BOSH_NATIVE_LIST_H
#define BOSH_NATIVE_LIST_H

#include <stddef.h>

struct link {
    struct link *next, *previous;
};

/* The structure of `type` whose `member` is `link`. */
#define LIST_OF(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void list_init(struct link *link)
{
    link->next = link->previous = link;
}

/* Of a list: nothing is in it. Of a link: it is in no list. */
static inline int list_is_empty(const struct link *link)
{
    return link->next == link;
}

static inline void list_remove(struct link *link)
{
    link->next->previous = link->previous;
    link->previous->next = link->next;
    list_init(link);
}

static inline void list_append(struct link *list, struct link *link)
{
    link->next = list;
    link->previous = list->previous;
    list->previous->next = link;
    list->previous = link;
}

#endif
