/* SPDX-License-Identifier: MIT
 *
 * Who is online (RFC 6121 sections 3 and 4): the last presence of every resource of every contact,
 * and requests to see ours. Room occupants are left to bosh/ext/muc.h.
 *
 *     bosh_presence_new(client, NULL, on_presence, me, &presence);
 *     bosh_presence_follow(presence, event);                 // first thing in on_event
 *     ...
 *     const bosh_resource *best = bosh_presence_best(presence, "bob@example.org");
 *     printf("bob is %s\n", !best ? "offline" : *best->show ? best->show : "online");
 *
 * Everybody counts as offline again when the session is lost. The rules of all extensions are in
 * bosh/ext/roster.h.
 */
#ifndef BOSH_EXT_PRESENCE_H
#define BOSH_EXT_PRESENCE_H

#include <bosh/bosh.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Resources remembered at the same time; what goes beyond is not taken in. */
#define BOSH_PRESENCE_RESOURCES_MAX 10000

typedef struct bosh_presence bosh_presence;

/* One resource that is available; valid until the next call of bosh_client_pump. */
typedef struct bosh_resource {
    const char *jid;    /* full address */
    const char *show;   /* "" (available), "away", "chat", "dnd" or "xa" */
    const char *status; /* text for people, "" for none */
    int priority;       /* -128 ... 127 */
} bosh_resource;

typedef enum bosh_presence_change {
    BOSH_PRESENCE_CHANGED,   /* `jid` came, went or changed; `resource` NULL when it went */
    BOSH_PRESENCE_REQUEST,   /* `jid` asks to see our presence: bosh_presence_allow or _deny */
    BOSH_PRESENCE_ALLOWED,   /* `jid` lets us see its presence */
    BOSH_PRESENCE_DENIED,    /* `jid` does not, or no longer */
    BOSH_PRESENCE_UNFOLLOWED /* `jid` no longer wants to see ours */
} bosh_presence_change;

/* `jid` is the address the presence came from; `text` the words of a request, "" for none. Both are
 * valid until the callback returns. */
typedef void (*bosh_presence_fn)(bosh_presence *presence, bosh_presence_change change,
                                 const char *jid, const bosh_resource *resource, const char *text,
                                 void *user);

/* ERR_MEMORY. `fn` may be NULL. */
BOSH_API int bosh_presence_new(bosh_client *client, const bosh_allocator *allocator,
                               bosh_presence_fn fn, void *user, bosh_presence **out);
BOSH_API void bosh_presence_free(bosh_presence *presence);
/* Pass every event of the client to this function. */
BOSH_API void bosh_presence_follow(bosh_presence *presence, const bosh_event *event);

/* The resource of `jid` to speak to: highest priority first, then the latest. NULL when nobody is
 * there. A resource in `jid` is ignored. */
BOSH_API const bosh_resource *bosh_presence_best(const bosh_presence *presence, const char *jid);
/* All resources by position, in no particular order; NULL at the end. */
BOSH_API const bosh_resource *bosh_presence_at(const bosh_presence *presence, size_t index);

/* Ask to see the presence of `jid`; stop seeing it; let it see ours; deny that, or end it. They use
 * the bare address. Errors as bosh_client_send, and ERR_JID. */
BOSH_API int bosh_presence_subscribe(bosh_presence *presence, const char *jid);
BOSH_API int bosh_presence_unsubscribe(bosh_presence *presence, const char *jid);
BOSH_API int bosh_presence_allow(bosh_presence *presence, const char *jid);
BOSH_API int bosh_presence_deny(bosh_presence *presence, const char *jid);

#ifdef __cplusplus
}
#endif
#endif
