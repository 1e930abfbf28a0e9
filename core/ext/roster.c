/* SPDX-License-Identifier: MIT
 * The contact list (RFC 6121 section 2). */
#include "ext.h"

#include <bosh/ext/roster.h>
#include <string.h>

#define NS_ROSTER "jabber:iq:roster"

struct bosh_roster {
    bosh_client *client;
    bosh_allocator allocator;
    bosh_roster_fn fn;
    void *user;
    bosh_ext_session session;
    bosh_contact **contacts; /* each one block with all its strings */
    size_t count;
    bosh_contact *removed; /* told about; freed at the next change */
};

static void tell(bosh_roster *roster, bosh_roster_change change, const bosh_contact *contact)
{
    if (roster->fn)
        roster->fn(roster, change, contact, roster->user);
}

static size_t find(const bosh_roster *roster, const char *jid)
{
    size_t i = 0;
    while (i < roster->count && !bosh_jid_same_bare(roster->contacts[i]->jid, jid))
        i++;
    return i;
}

static char *put(char **end, const char *text)
{
    size_t size = strlen(text) + 1;
    char *start = memcpy(*end, text, size);
    *end += size;
    return start;
}

static const char *attribute(const bosh_stanza *item, const char *name, const char *otherwise)
{
    const char *value = bosh_stanza_attribute(item, name);
    return value ? value : otherwise;
}

/* <item/> as one block: the struct, the pointers to the groups, the strings. */
static bosh_contact *contact_new(const bosh_allocator *allocator, const bosh_stanza *item)
{
    const char *jid = attribute(item, "jid", ""), *name = attribute(item, "name", "");
    const char *subscription = attribute(item, "subscription", "none");
    size_t strings = strlen(jid) + strlen(name) + strlen(subscription) + 3, groups = 0;
    const bosh_stanza *group = bosh_stanza_child(item, "group", NS_ROSTER);
    for (; group; group = bosh_stanza_next(group, "group", NS_ROSTER)) {
        strings += strlen(bosh_stanza_text(group)) + 1;
        groups++;
    }
    size_t head = sizeof(bosh_contact) + groups * sizeof(char *);
    bosh_contact *contact = bosh_ext_new(allocator, head + strings);
    if (!contact)
        return NULL;
    const char **names = (const char **)(contact + 1);
    char *end = (char *)contact + head;
    contact->jid = put(&end, jid);
    contact->name = put(&end, name);
    contact->subscription = put(&end, subscription);
    contact->is_asked = strcmp(attribute(item, "ask", ""), "subscribe") == 0;
    contact->groups = names;
    group = bosh_stanza_child(item, "group", NS_ROSTER);
    for (; group; group = bosh_stanza_next(group, "group", NS_ROSTER))
        names[contact->group_count++] = put(&end, bosh_stanza_text(group));
    return contact;
}

static void forget_removed(bosh_roster *roster)
{
    bosh_ext_free(&roster->allocator, roster->removed);
    roster->removed = NULL;
}

static void forget_all(bosh_roster *roster)
{
    for (size_t i = 0; i < roster->count; i++)
        bosh_ext_free(&roster->allocator, roster->contacts[i]);
    bosh_ext_free(&roster->allocator, roster->contacts);
    roster->contacts = NULL;
    roster->count = 0;
}

static const bosh_contact *take_item(bosh_roster *roster, const bosh_stanza *item)
{
    bosh_contact *contact = contact_new(&roster->allocator, item);
    if (!contact)
        return NULL;
    size_t at = find(roster, contact->jid);
    if (at < roster->count) {
        roster->removed = roster->contacts[at];
    } else {
        bosh_contact **grown = bosh_ext_grow(&roster->allocator, roster->contacts, roster->count,
                                             sizeof(*roster->contacts));
        if (!grown) {
            bosh_ext_free(&roster->allocator, contact);
            return NULL;
        }
        roster->contacts = grown;
        roster->count++;
    }
    roster->contacts[at] = contact;
    return contact;
}

static void take_push(bosh_roster *roster, const bosh_stanza *item)
{
    forget_removed(roster);
    if (strcmp(attribute(item, "subscription", ""), "remove") != 0) {
        const bosh_contact *contact = take_item(roster, item);
        if (contact)
            tell(roster, BOSH_ROSTER_CHANGED, contact);
        return;
    }
    size_t at = find(roster, attribute(item, "jid", ""));
    if (at == roster->count)
        return;
    roster->removed = roster->contacts[at];
    roster->count--;
    memmove(roster->contacts + at, roster->contacts + at + 1,
            (roster->count - at) * sizeof(*roster->contacts));
    tell(roster, BOSH_ROSTER_REMOVED, roster->removed);
}

static int on_push(bosh_client *client, const bosh_stanza *iq, void *user)
{
    bosh_roster *roster = user;
    if (!bosh_ext_is_own_account(client, iq)) { // STZ-6
        bosh_client_send(client, bosh_client_iq_error(client, iq, "cancel", "service-unavailable"),
                         NULL);
        return 1;
    }
    bosh_client_send(client, bosh_client_iq_result(client, iq), NULL);
    const bosh_stanza *query = bosh_stanza_child(iq, "query", NS_ROSTER);
    const bosh_stanza *item = bosh_stanza_child(query, "item", NS_ROSTER);
    if (item)
        take_push(roster, item);
    return 1;
}

static int take_list(bosh_roster *roster, const bosh_stanza *query)
{
    const bosh_stanza *item = bosh_stanza_child(query, "item", NS_ROSTER);
    for (; item; item = bosh_stanza_next(item, "item", NS_ROSTER)) {
        forget_removed(roster); // a list that names somebody twice
        if (!take_item(roster, item))
            return BOSH_ERR_MEMORY;
    }
    return BOSH_OK;
}

static void on_list(bosh_client *client, int error, const bosh_stanza *answer, void *user)
{
    bosh_roster *roster = user;
    bosh_roster before = *roster;
    (void)client;
    if (!error) {
        roster->contacts = NULL;
        roster->count = 0;
        error = take_list(roster, bosh_stanza_child(answer, "query", NS_ROSTER));
        bosh_roster after = *roster;
        bosh_roster *outdated = error ? &after : &before;
        forget_all(outdated);
        if (error) {
            roster->contacts = before.contacts;
            roster->count = before.count;
        }
    }
    tell(roster, error ? BOSH_ROSTER_FAILED : BOSH_ROSTER_READY, NULL);
}

int bosh_roster_new(bosh_client *client, const bosh_allocator *allocator, bosh_roster_fn fn,
                    void *user, bosh_roster **out)
{
    bosh_allocator memory = bosh_ext_allocator(allocator);
    bosh_roster *roster = bosh_ext_new(&memory, sizeof(*roster));
    *out = NULL;
    if (!roster)
        return BOSH_ERR_MEMORY;
    *roster = (bosh_roster){.client = client, .allocator = memory, .fn = fn, .user = user};
    bosh_match push = {.ns = NS_ROSTER, .name = "iq", .type = "set"};
    int id = bosh_handler_add(client, &push, on_push, roster);
    if (id < 0) {
        bosh_ext_free(&memory, roster);
        return id;
    }
    *out = roster;
    return BOSH_OK;
}

void bosh_roster_free(bosh_roster *roster)
{
    if (!roster)
        return;
    bosh_allocator memory = roster->allocator;
    forget_removed(roster);
    forget_all(roster);
    bosh_ext_free(&memory, roster);
}

void bosh_roster_follow(bosh_roster *roster, const bosh_event *event)
{
    if (bosh_ext_session_turn(&roster->session, event) == BOSH_EXT_NEW &&
        bosh_roster_fetch(roster) != BOSH_OK)
        tell(roster, BOSH_ROSTER_FAILED, NULL);
}

int bosh_roster_fetch(bosh_roster *roster)
{
    bosh_writer *iq = bosh_client_iq(roster->client, "get", NULL);
    bosh_writer_element(iq, "query", NS_ROSTER, NULL);
    return bosh_client_request(roster->client, iq, 0, on_list, roster);
}

const bosh_contact *bosh_roster_at(const bosh_roster *roster, size_t index)
{
    return index < roster->count ? roster->contacts[index] : NULL;
}

const bosh_contact *bosh_roster_find(const bosh_roster *roster, const char *jid)
{
    return bosh_roster_at(roster, find(roster, jid));
}

/* The server tells of an accepted change by a push. */
static void on_changed(bosh_client *client, int error, const bosh_stanza *answer, void *user)
{
    (void)client;
    (void)answer;
    if (error)
        tell(user, BOSH_ROSTER_REFUSED, NULL);
}

int bosh_roster_set(bosh_roster *roster, const char *jid, const char *name,
                    const char *const *groups, size_t group_count)
{
    bosh_writer *iq = bosh_client_iq(roster->client, "set", NULL);
    bosh_writer_start(iq, "query", NS_ROSTER);
    bosh_writer_start(iq, "item", NULL);
    bosh_writer_attribute(iq, "jid", jid);
    bosh_writer_attribute(iq, "name", name);
    for (size_t i = 0; i < group_count; i++)
        bosh_writer_element(iq, "group", NULL, groups[i]);
    return bosh_client_request(roster->client, iq, 0, on_changed, roster);
}

int bosh_roster_remove(bosh_roster *roster, const char *jid)
{
    bosh_writer *iq = bosh_client_iq(roster->client, "set", NULL);
    bosh_writer_start(iq, "query", NS_ROSTER);
    bosh_writer_start(iq, "item", NULL);
    bosh_writer_attribute(iq, "jid", jid);
    bosh_writer_attribute(iq, "subscription", "remove");
    return bosh_client_request(roster->client, iq, 0, on_changed, roster);
}
