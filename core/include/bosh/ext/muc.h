/* SPDX-License-Identifier: MIT
 *
 * Rooms: multi-user chat (XEP-0045).
 *
 *     bosh_muc_new(client, NULL, on_room, me, &muc);
 *     bosh_muc_follow(muc, event);                           // first thing in on_event
 *     bosh_muc_join(muc, "tea@conference.example.org", "alice", NULL, 20);
 *     // ... BOSH_MUC_JOINED
 *     bosh_muc_send(muc, "tea@conference.example.org", "Hello all", NULL, &ticket);
 *
 * A room is joined when it reflects our own presence (MUC-1); before that come the others who are
 * there, afterwards its history, its subject, and then what is said live. A room that did not exist
 * is created and unlocked with the service's default settings. After a lost session all rooms are
 * joined again by themselves (MUC-4), with a new BOSH_MUC_JOINED and the same amount of history.
 *
 * Only rooms that were asked for count: presence and messages of any other are left alone. Private
 * messages (type "chat" from room/nick) are ordinary chat messages and not handled here. The rules
 * of all extensions are in bosh/ext/roster.h.
 */
#ifndef BOSH_EXT_MUC_H
#define BOSH_EXT_MUC_H

#include <bosh/bosh.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Occupants remembered for each room; what goes beyond is not taken in. */
#define BOSH_MUC_OCCUPANTS_MAX 10000

typedef struct bosh_muc bosh_muc;

typedef enum bosh_muc_kind {
    BOSH_MUC_JOINED,   /* we are in, as `nick`. is_created: the room is new, and locked until
                          BOSH_MUC_OPENED, a round trip later */
    BOSH_MUC_REFUSED,  /* we could not get in: `condition`, `text` (MUC-2). The room is forgotten.
                          "conflict": the nick is taken, join again under another one */
    BOSH_MUC_LEFT,     /* we are out: after bosh_muc_leave, or `status` says why: 301 banned,
                          307 kicked, 321 and 322 no longer a member, 332 shut down; `text` is the
                          reason given. The room is forgotten (MUC-3) */
    BOSH_MUC_ARRIVED,  /* `nick` came in */
    BOSH_MUC_DEPARTED, /* `nick` went out; `status` and `text` as for LEFT */
    BOSH_MUC_RENAMED,  /* `nick` is now called `new_nick`; is_own: that is us */
    BOSH_MUC_MESSAGE,  /* `nick` ("": the room itself) says `text`; is_own: our own words back */
    BOSH_MUC_SUBJECT,  /* the subject is `text` */
    BOSH_MUC_BOUNCED,  /* a message, nick change or the settings of a new room were not accepted:
                          `id`, `condition`, `text` */
    BOSH_MUC_OPENED    /* others can come into the room that we have created; as all answers it
                          does not come from a service that is silent */
} bosh_muc_kind;

/* Strings that do not apply are "". Everything is valid until the callback returns. */
typedef struct bosh_muc_event {
    bosh_muc_kind kind;
    const char *room; /* bare address */
    const char *nick;
    const char *new_nick;
    const char *text;
    const char *condition;
    const char *id;    /* of the message */
    const char *stamp; /* of a message from the history, XEP-0082 ("2026-11-25T22:35:00Z") */
    int status;
    int is_own;
    int is_created;
    const bosh_stanza *stanza; /* the whole thing; NULL when nothing arrived */
} bosh_muc_event;

typedef void (*bosh_muc_fn)(bosh_muc *muc, const bosh_muc_event *event, void *user);

/* Somebody in a room; valid until the next call of bosh_client_pump. */
typedef struct bosh_occupant {
    const char *nick;
    const char *affiliation; /* "owner", "admin", "member", "none" */
    const char *role;        /* "moderator", "participant", "visitor" */
    const char *show;        /* as in bosh_resource */
} bosh_occupant;

/* ERR_MEMORY. `fn` may be NULL. */
BOSH_API int bosh_muc_new(bosh_client *client, const bosh_allocator *allocator, bosh_muc_fn fn,
                          void *user, bosh_muc **out);
BOSH_API void bosh_muc_free(bosh_muc *muc);
/* Pass every event of the client to this function. */
BOSH_API void bosh_muc_follow(bosh_muc *muc, const bosh_event *event);

/* Go into a room. `password` NULL for none; `history_max` old messages are asked for. In a room
 * already joined this asks for everything anew. ERR_JID, ERR_MEMORY, and errors as
 * bosh_client_send. */
BOSH_API int bosh_muc_join(bosh_muc *muc, const char *room, const char *nick, const char *password,
                           unsigned history_max);
/* Go out; BOSH_MUC_LEFT follows when the room has answered. ERR_ARGUMENT: not in that room. */
BOSH_API int bosh_muc_leave(bosh_muc *muc, const char *room, const char *reason);
/* Say something to all. `id` (may be NULL) comes back with our own words. ERR_ARGUMENT: not in that
 * room; else errors as bosh_client_send. */
BOSH_API int bosh_muc_send(bosh_muc *muc, const char *room, const char *text, const char *id,
                           bosh_ticket *ticket);
/* Change the nick, the subject. Errors as bosh_muc_send. */
BOSH_API int bosh_muc_rename(bosh_muc *muc, const char *room, const char *nick);
BOSH_API int bosh_muc_subject(bosh_muc *muc, const char *room, const char *subject);

/* 1 when we are in this room. */
BOSH_API int bosh_muc_is_joined(const bosh_muc *muc, const char *room);
/* Our nick there, NULL when the room was not asked for. */
BOSH_API const char *bosh_muc_nick(const bosh_muc *muc, const char *room);
/* Who is there, by position, in no particular order; NULL at the end. Us included. */
BOSH_API const bosh_occupant *bosh_muc_occupant(const bosh_muc *muc, const char *room,
                                                size_t index);

#ifdef __cplusplus
}
#endif
#endif
