/* SPDX-License-Identifier: MIT
 *
 * "bob is typing": chat state notifications (XEP-0085) in one-to-one chats.
 *
 *     bosh_chatstates_new(client, NULL, on_state, me, &states);
 *     bosh_chatstates_typing(states, to);          // at each key
 *     bosh_chatstates_write(states, writer, to);   // into each message that is sent
 *
 * A first message says <active/>. Further states are sent only to those who answered with one, as
 * the XEP asks: "composing" at the first key, "paused" after five seconds without one, "active"
 * when the input was emptied. The rules of all extensions are in bosh/ext/roster.h.
 */
#ifndef BOSH_EXT_CHATSTATES_H
#define BOSH_EXT_CHATSTATES_H

#include <bosh/bosh.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Chats remembered at the same time; the one silent for longest makes room. */
#define BOSH_CHATSTATES_MAX 256

typedef struct bosh_chatstates bosh_chatstates;

typedef enum bosh_chatstate {
    BOSH_CHATSTATE_ACTIVE,
    BOSH_CHATSTATE_COMPOSING,
    BOSH_CHATSTATE_PAUSED,
    BOSH_CHATSTATE_INACTIVE,
    BOSH_CHATSTATE_GONE
} bosh_chatstate;

/* `from` is the full address, valid until the callback returns. Not called for delayed messages. */
typedef void (*bosh_chatstates_fn)(bosh_chatstates *states, const char *from, bosh_chatstate state,
                                   void *user);

/* ERR_MEMORY. `fn` may be NULL. */
BOSH_API int bosh_chatstates_new(bosh_client *client, const bosh_allocator *allocator,
                                 bosh_chatstates_fn fn, void *user, bosh_chatstates **out);
BOSH_API void bosh_chatstates_free(bosh_chatstates *states);

/* Add our state to a message to `to`: being sent, it ends the typing. */
BOSH_API void bosh_chatstates_write(bosh_chatstates *states, bosh_writer *writer, const char *to);
/* The user touched a key; emptied the input line; closed the chat. Nothing is sent
 * to those who do not speak chat states. */
BOSH_API void bosh_chatstates_typing(bosh_chatstates *states, const char *to);
BOSH_API void bosh_chatstates_cleared(bosh_chatstates *states, const char *to);
BOSH_API void bosh_chatstates_closed(bosh_chatstates *states, const char *to);

#ifdef __cplusplus
}
#endif
#endif
