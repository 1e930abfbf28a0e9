/* SPDX-License-Identifier: MIT
 * What several extensions need: memory, whose message it is, when a session is new. */
#include "ext.h"

#include <string.h>

bosh_allocator bosh_ext_allocator(const bosh_allocator *given)
{
    if (!given)
        given = bosh_system_allocator();
    return given ? *given : (bosh_allocator){0};
}

void *bosh_ext_new(const bosh_allocator *allocator, size_t size)
{
    void *block = allocator->allocate ? allocator->allocate(size, allocator->user) : NULL;
    if (block)
        memset(block, 0, size);
    return block;
}

void *bosh_ext_grow(const bosh_allocator *allocator, void *items, size_t count, size_t size)
{
    if (count & (count - 1)) // not a power of two: the last doubling is not used up
        return items;
    size_t capacity = count ? count * 2 : 1;
    if (capacity > SIZE_MAX / size)
        return NULL;
    return allocator->reallocate(items, capacity * size, allocator->user);
}

char *bosh_ext_string_n(const bosh_allocator *allocator, const char *text, size_t size)
{
    char *copy = size < SIZE_MAX ? allocator->allocate(size + 1, allocator->user) : NULL;
    if (!copy)
        return NULL;
    if (size)
        memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

char *bosh_ext_string(const bosh_allocator *allocator, const char *text)
{
    return bosh_ext_string_n(allocator, text, text ? strlen(text) : 0);
}

void bosh_ext_free(const bosh_allocator *allocator, void *block)
{
    if (block)
        allocator->release(block, allocator->user);
}

char *bosh_ext_decimal(char out[24], uint64_t value)
{
    char reversed[24];
    size_t digits = 0;
    do
        reversed[digits++] = (char)('0' + value % 10);
    while (value /= 10);
    for (size_t i = 0; i < digits; i++)
        out[i] = reversed[digits - 1 - i];
    out[digits] = '\0';
    return out;
}

size_t bosh_ext_bare_size(const char *jid)
{
    bosh_slice local, domain, resource;
    if (!jid || bosh_jid_split(jid, &local, &domain, &resource) != BOSH_OK)
        return 0;
    return (size_t)(domain.data - jid) + domain.size;
}

const char *bosh_ext_resource(const char *jid)
{
    const char *slash = jid ? strchr(jid, '/') : NULL;
    return slash ? slash + 1 : "";
}

int bosh_ext_is_own_account(bosh_client *client, const bosh_stanza *stanza)
{
    const char *from = bosh_stanza_attribute(stanza, "from");
    return !from || (!strchr(from, '/') && bosh_jid_same_bare(from, bosh_client_jid(client)));
}

const char *bosh_ext_delay_stamp(const bosh_stanza *message)
{
    const bosh_stanza *delay = bosh_stanza_child(message, "delay", "urn:xmpp:delay");
    const char *stamp = bosh_stanza_attribute(delay, "stamp");
    return delay && !stamp ? "" : stamp;
}

bosh_ext_turn bosh_ext_session_turn(bosh_ext_session *session, const bosh_event *event)
{
    if (event->type != BOSH_EVENT_STATE)
        return BOSH_EXT_SAME;
    if (event->state == BOSH_STATE_ONLINE && !session->is_up) {
        session->is_up = 1;
        return BOSH_EXT_NEW;
    }
    if (session->is_up && event->state != BOSH_STATE_ONLINE &&
        event->state != BOSH_STATE_RECOVERING && event->state != BOSH_STATE_CLOSING) {
        session->is_up = 0;
        return BOSH_EXT_LOST;
    }
    return BOSH_EXT_SAME;
}
