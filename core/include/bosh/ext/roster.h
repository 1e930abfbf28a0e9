/* SPDX-License-Identifier: MIT
 *
 * The contact list of an account (RFC 6121 section 2), kept up to date.
 *
 *     bosh_roster_new(client, NULL, on_roster, me, &roster);   // once, after the client is made
 *     bosh_roster_follow(roster, event);                       // first thing in on_event
 *
 * The list is asked for when a session comes online; BOSH_ROSTER_READY says that it is there. Send
 * your presence after bosh_roster_follow in the same event, so that the list is asked for first
 * (BIND-6). Later changes, also those made by the account's other clients, arrive as pushes. A push
 * counts only when it comes from the account itself (STZ-6); others are refused.
 *
 * Rules of all extensions
 *  - An extension lives as long as its client: make it after the client, free it after
 *    bosh_client_free was called. Freeing releases memory and touches nothing else.
 *  - It belongs to the thread of its client. It may be used from inside every callback, its own
 *    included, but not be freed there.
 *  - `allocator` is copied; NULL means malloc's where the platform has it.
 *  - Functions that can fail return 0 or a negative bosh_error, and then have changed nothing.
 *  - Strings handed out are UTF-8 as the server sent them: never print them to a terminal or page
 *    without the escaping that needs.
 */
#ifndef BOSH_EXT_ROSTER_H
#define BOSH_EXT_ROSTER_H

#include <bosh/bosh.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bosh_roster bosh_roster;

/* One contact; valid until the next call of bosh_client_pump. */
typedef struct bosh_contact {
    const char *jid;          /* bare address, as the server writes it */
    const char *name;         /* the user's name for it, "" for none */
    const char *subscription; /* who sees whose presence: "none", "to", "from" or "both" */
    int is_asked;             /* our request to see its presence is not answered yet */
    size_t group_count;
    const char *const *groups;
} bosh_contact;

typedef enum bosh_roster_change {
    BOSH_ROSTER_READY,   /* the whole list is there; `contact` is NULL */
    BOSH_ROSTER_CHANGED, /* `contact` is new or has changed */
    BOSH_ROSTER_REMOVED, /* `contact` was taken off the list */
    BOSH_ROSTER_FAILED,  /* the list could not be fetched, the old one stays; `contact` is NULL */
    BOSH_ROSTER_REFUSED  /* a change asked for with bosh_roster_set or _remove was not made */
} bosh_roster_change;

typedef void (*bosh_roster_fn)(bosh_roster *roster, bosh_roster_change change,
                               const bosh_contact *contact, void *user);

/* ERR_MEMORY. `fn` may be NULL. */
BOSH_API int bosh_roster_new(bosh_client *client, const bosh_allocator *allocator,
                             bosh_roster_fn fn, void *user, bosh_roster **out);
BOSH_API void bosh_roster_free(bosh_roster *roster);

/* Pass every event of the client to this function. */
BOSH_API void bosh_roster_follow(bosh_roster *roster, const bosh_event *event);
/* Ask for the list now; bosh_roster_follow does it at each new session. Errors as
 * bosh_client_send. */
BOSH_API int bosh_roster_fetch(bosh_roster *roster);

/* Contacts by position, in no particular order; NULL at the end. */
BOSH_API const bosh_contact *bosh_roster_at(const bosh_roster *roster, size_t index);
/* The contact with this address (a resource in it is ignored), or NULL. */
BOSH_API const bosh_contact *bosh_roster_find(const bosh_roster *roster, const char *jid);

/* Put a contact on the list, or change its name and groups. `name` may be NULL. The list itself
 * changes when the server's push arrives. To see its presence use bosh_presence_subscribe
 * (bosh/ext/presence.h). Errors as bosh_client_send. */
BOSH_API int bosh_roster_set(bosh_roster *roster, const char *jid, const char *name,
                             const char *const *groups, size_t group_count);
/* Take a contact off the list; the server ends both subscriptions too. */
BOSH_API int bosh_roster_remove(bosh_roster *roster, const char *jid);

#ifdef __cplusplus
}
#endif
#endif
