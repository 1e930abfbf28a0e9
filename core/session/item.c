/* SPDX-License-Identifier: MIT
 * What waits to be sent. */
#include "session/item.h"
#include "base/mem.h"

#include <string.h>

bosh_item *bosh_item_new(const bosh_allocator *allocator, const void *payload, size_t size,
                         const char *attributes, size_t attributes_size, unsigned flags,
                         bosh_ticket ticket)
{
    if (size > SIZE_MAX / 4 || attributes_size > SIZE_MAX / 4)
        return NULL;
    bosh_item *item = bosh_mem_new(allocator, 1, sizeof(*item) + size + attributes_size);
    if (!item)
        return NULL;
    item->ticket = ticket;
    item->flags = flags;
    item->size = size;
    item->attributes_size = attributes_size;
    if (size)
        memcpy(item->bytes, payload, size);
    if (attributes_size)
        memcpy(item->bytes + size, attributes, attributes_size);
    return item;
}

void bosh_item_free(const bosh_allocator *allocator, bosh_item *item)
{
    if (item && (item->flags & BOSH_ITEM_SASL))
        bosh_mem_wipe(item->bytes, item->size);
    bosh_mem_free(allocator, item);
}

const char *bosh_item_attributes(const bosh_item *item)
{
    return item->bytes + item->size;
}

void bosh_item_push(bosh_item_list *list, bosh_item *item)
{
    item->next = NULL;
    if (list->last)
        list->last->next = item;
    else
        list->first = item;
    list->last = item;
    list->bytes += item->size;
}

bosh_item *bosh_item_pop(bosh_item_list *list)
{
    bosh_item *item = list->first;
    if (!item)
        return NULL;
    list->first = item->next;
    if (!list->first)
        list->last = NULL;
    list->bytes -= item->size;
    item->next = NULL;
    return item;
}

void bosh_item_append_list(bosh_item_list *list, bosh_item_list *from)
{
    if (!from->first)
        return;
    if (list->last)
        list->last->next = from->first;
    else
        list->first = from->first;
    list->last = from->last;
    list->bytes += from->bytes;
    memset(from, 0, sizeof(*from));
}

void bosh_item_prepend_list(bosh_item_list *list, bosh_item_list *from)
{
    bosh_item_append_list(from, list);
    *list = *from;
    memset(from, 0, sizeof(*from));
}

void bosh_item_free_list(const bosh_allocator *allocator, bosh_item_list *list)
{
    for (bosh_item *item; (item = bosh_item_pop(list));)
        bosh_item_free(allocator, item);
}

void bosh_item_drop_own(const bosh_allocator *allocator, bosh_item_list *list)
{
    bosh_item_list kept = {NULL, NULL, 0};
    for (bosh_item *item; (item = bosh_item_pop(list));) {
        if (item->ticket)
            bosh_item_push(&kept, item);
        else
            bosh_item_free(allocator, item);
    }
    *list = kept;
}
