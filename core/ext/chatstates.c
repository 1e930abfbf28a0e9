/* SPDX-License-Identifier: MIT
 * Who is typing (XEP-0085). */
#include "ext.h"

#include <bosh/ext/chatstates.h>
#include <string.h>

#define NS_CHATSTATES "http://jabber.org/protocol/chatstates"
#define TICK_MS 1000
#define TICKS_UNTIL_PAUSED 5

typedef struct chat {
    struct chat *next;  /* used less lately */
    char *jid;          /* whom we write to, as the program names it */
    bosh_chatstate own; /* what was told last */
    int is_speaker;     /* the other side has sent a chat state */
    int quiet_ticks;    /* since the last key */
} chat;

struct bosh_chatstates {
    bosh_client *client;
    bosh_allocator allocator;
    bosh_chatstates_fn fn;
    void *user;
    chat *chats;
    size_t count;
    int timer; /* runs while somebody is told that we are typing; 0: does not */
};

static const char *const state_names[] = {"active", "composing", "paused", "inactive", "gone"};

static void chat_free(const bosh_allocator *allocator, chat *entry)
{
    if (!entry)
        return;
    bosh_ext_free(allocator, entry->jid);
    bosh_ext_free(allocator, entry);
}

static void drop_last(bosh_chatstates *states)
{
    chat **link = &states->chats;
    while (*link && (*link)->next)
        link = &(*link)->next;
    chat *last = *link;
    if (!last)
        return;
    *link = NULL;
    states->count--;
    chat_free(&states->allocator, last);
}

/* The chat with `jid`, moved to the front; NULL when there is none. */
static chat *find(bosh_chatstates *states, const char *jid)
{
    chat **link = &states->chats;
    while (*link && !bosh_jid_same_bare((*link)->jid, jid))
        link = &(*link)->next;
    chat *entry = *link;
    if (!entry)
        return NULL;
    *link = entry->next;
    entry->next = states->chats;
    states->chats = entry;
    return entry;
}

static chat *find_or_make(bosh_chatstates *states, const char *jid)
{
    chat *entry = find(states, jid);
    if (entry)
        return entry;
    entry = bosh_ext_new(&states->allocator, sizeof(*entry));
    if (!entry)
        return NULL;
    entry->jid = bosh_ext_string(&states->allocator, jid);
    if (!entry->jid) {
        bosh_ext_free(&states->allocator, entry);
        return NULL;
    }
    if (states->count == BOSH_CHATSTATES_MAX)
        drop_last(states);
    entry->next = states->chats;
    states->chats = entry;
    states->count++;
    return entry;
}

static void send_state(bosh_chatstates *states, chat *entry, bosh_chatstate state)
{
    if (!entry->is_speaker || entry->own == state)
        return;
    bosh_writer *writer = bosh_client_writer(states->client);
    bosh_writer_start(writer, "message", NULL);
    bosh_writer_attribute(writer, "to", entry->jid);
    bosh_writer_attribute(writer, "type", "chat");
    bosh_writer_element(writer, state_names[state], NS_CHATSTATES, NULL);
    // Not for the archive, nor to be kept for somebody offline (XEP-0334).
    bosh_writer_element(writer, "no-store", "urn:xmpp:hints", NULL);
    if (bosh_client_send(states->client, writer, NULL) == BOSH_OK)
        entry->own = state;
}

static int on_tick(bosh_client *client, void *user)
{
    bosh_chatstates *states = user;
    int is_typing = 0;
    (void)client;
    for (chat *entry = states->chats; entry; entry = entry->next) {
        if (entry->own != BOSH_CHATSTATE_COMPOSING)
            continue;
        if (++entry->quiet_ticks >= TICKS_UNTIL_PAUSED)
            send_state(states, entry, BOSH_CHATSTATE_PAUSED);
        is_typing |= entry->own == BOSH_CHATSTATE_COMPOSING;
    }
    if (!is_typing)
        states->timer = 0;
    return is_typing;
}

static int on_message(bosh_client *client, const bosh_stanza *message, void *user)
{
    bosh_chatstates *states = user;
    const char *from = bosh_stanza_attribute(message, "from");
    const char *type = bosh_stanza_attribute(message, "type");
    const bosh_stanza *element = bosh_stanza_child(message, NULL, NS_CHATSTATES);
    (void)client;
    if (!from || !element || bosh_ext_delay_stamp(message) || (type && strcmp(type, "chat") != 0))
        return 1;
    for (int state = BOSH_CHATSTATE_ACTIVE; state <= BOSH_CHATSTATE_GONE; state++) {
        if (strcmp(bosh_stanza_name(element), state_names[state]) != 0)
            continue;
        chat *entry = find_or_make(states, from);
        if (entry)
            entry->is_speaker = state != BOSH_CHATSTATE_GONE;
        if (states->fn)
            states->fn(states, from, (bosh_chatstate)state, states->user);
    }
    return 1;
}

int bosh_chatstates_new(bosh_client *client, const bosh_allocator *allocator, bosh_chatstates_fn fn,
                        void *user, bosh_chatstates **out)
{
    bosh_allocator memory = bosh_ext_allocator(allocator);
    bosh_chatstates *states = bosh_ext_new(&memory, sizeof(*states));
    *out = NULL;
    if (!states)
        return BOSH_ERR_MEMORY;
    *states = (bosh_chatstates){.client = client, .allocator = memory, .fn = fn, .user = user};
    bosh_match match = {.ns = NS_CHATSTATES, .name = "message"};
    int id = bosh_handler_add(client, &match, on_message, states);
    if (id < 0) {
        bosh_ext_free(&memory, states);
        return id;
    }
    *out = states;
    return BOSH_OK;
}

void bosh_chatstates_free(bosh_chatstates *states)
{
    if (!states)
        return;
    bosh_allocator memory = states->allocator;
    while (states->chats)
        drop_last(states);
    bosh_ext_free(&memory, states);
}

void bosh_chatstates_write(bosh_chatstates *states, bosh_writer *writer, const char *to)
{
    chat *entry = find_or_make(states, to);
    if (entry)
        entry->own = BOSH_CHATSTATE_ACTIVE;
    bosh_writer_element(writer, "active", NS_CHATSTATES, NULL);
}

void bosh_chatstates_typing(bosh_chatstates *states, const char *to)
{
    chat *entry = find(states, to);
    if (!entry)
        return;
    entry->quiet_ticks = 0;
    send_state(states, entry, BOSH_CHATSTATE_COMPOSING);
    if (states->timer || entry->own != BOSH_CHATSTATE_COMPOSING)
        return;
    int id = bosh_timer_add(states->client, TICK_MS, on_tick, states);
    states->timer = id > 0 ? id : 0;
}

void bosh_chatstates_cleared(bosh_chatstates *states, const char *to)
{
    chat *entry = find(states, to);
    if (entry)
        send_state(states, entry, BOSH_CHATSTATE_ACTIVE);
}

void bosh_chatstates_closed(bosh_chatstates *states, const char *to)
{
    chat *entry = find(states, to);
    if (entry)
        send_state(states, entry, BOSH_CHATSTATE_GONE);
}
