/* SPDX-License-Identifier: MIT
 *
 * Old messages from the server: message archive management (XEP-0313).
 *
 *     bosh_mam_new(client, NULL, &mam);
 *     bosh_mam_query last = {.with = "bob@example.org", .before = "", .max = 30};
 *     bosh_mam_ask(mam, &last, on_message, on_done, me);
 *
 * asks for the last 30 messages exchanged with bob. on_message is called for each, oldest first,
 * then on_done once. For the 30 before those ask again with .before = the id of the oldest.
 *
 * A result counts only when it comes from the archive that was asked and carries the id of our
 * question; anything else that claims to be history is ignored. The rules of all extensions are in
 * bosh/ext/roster.h.
 */
#ifndef BOSH_EXT_MAM_H
#define BOSH_EXT_MAM_H

#include <bosh/bosh.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bosh_mam bosh_mam;

/* What to look for; zero or NULL: no limit. */
typedef struct bosh_mam_query {
    const char *archive; /* bare address of a room; NULL: the own account's */
    const char *with;    /* only messages to and from this address */
    const char *start;   /* from this time on, XEP-0082 ("2026-11-25T22:35:00Z") */
    const char *end;     /* up to this time */
    const char *before;  /* the last page before this archive id; "": the last page of all */
    const char *after;   /* the first page after this archive id */
    unsigned max;        /* messages in a page; the server may give fewer */
} bosh_mam_query;

/* One old message; valid until the callback returns. */
typedef struct bosh_mam_message {
    const char *id;             /* in the archive, for .before and .after */
    const char *stamp;          /* when it was received, XEP-0082; "" if the server does not say */
    const bosh_stanza *message; /* the <message/> as it was */
} bosh_mam_message;

typedef void (*bosh_mam_message_fn)(bosh_mam *mam, const bosh_mam_message *message, void *user);
/* `error`: as for bosh_iq_fn. `is_complete` 1: there is nothing older (or newer, with .after). */
typedef void (*bosh_mam_done_fn)(bosh_mam *mam, int error, int is_complete, void *user);

/* ERR_MEMORY. */
BOSH_API int bosh_mam_new(bosh_client *client, const bosh_allocator *allocator, bosh_mam **out);
BOSH_API void bosh_mam_free(bosh_mam *mam);

/* Ask. Either callback may be NULL; on_done is called exactly once, unless this returns an error:
 * ERR_MEMORY, or as bosh_client_send. Several questions may be open at the same time. */
BOSH_API int bosh_mam_ask(bosh_mam *mam, const bosh_mam_query *query,
                          bosh_mam_message_fn on_message, bosh_mam_done_fn on_done, void *user);

#ifdef __cplusplus
}
#endif
#endif
