/* SPDX-License-Identifier: MIT
 * What several extensions need: memory, whose message it is, when a session is new. */
#ifndef BOSH_EXT_EXT_H
#define BOSH_EXT_EXT_H

#include <bosh/bosh.h>

/* `given`, or malloc's allocator when it is NULL (on a platform without malloc: one that has no
 * memory). */
bosh_allocator bosh_ext_allocator(const bosh_allocator *given);
/* Zeroed; NULL when there is no memory. */
void *bosh_ext_new(const bosh_allocator *allocator, size_t size);
/* Make room for one more item of `size` bytes behind `count` of them; arrays grow by doubling, so
 * `count` tells the capacity. Returns the block (perhaps moved), or NULL and leaves it alone. */
void *bosh_ext_grow(const bosh_allocator *allocator, void *items, size_t count, size_t size);
/* A copy; NULL copies "". NULL when there is no memory. */
char *bosh_ext_string(const bosh_allocator *allocator, const char *text);
char *bosh_ext_string_n(const bosh_allocator *allocator, const char *text, size_t size);
/* NULL is ignored. */
void bosh_ext_free(const bosh_allocator *allocator, void *block);

/* Decimal digits of `value` into `out`, which is returned. */
char *bosh_ext_decimal(char out[24], uint64_t value);
/* How many bytes of `jid` are its bare part; 0 when it is no address. */
size_t bosh_ext_bare_size(const char *jid);
/* The resource of `jid`, "" for none. */
const char *bosh_ext_resource(const char *jid);
/* A stanza from the own account itself: no `from`, or our bare address (STZ-6). */
int bosh_ext_is_own_account(bosh_client *client, const bosh_stanza *stanza);
/* The message is not live: it was stored on its way (XEP-0203). Returns its stamp or NULL. */
const char *bosh_ext_delay_stamp(const bosh_stanza *message);

/* Which turn a session takes, from the events of the client. Starts zeroed. */
typedef struct bosh_ext_session {
    int is_up;
} bosh_ext_session;

typedef enum bosh_ext_turn {
    BOSH_EXT_SAME, /* nothing an extension cares about; RECOVERING is the same session still */
    BOSH_EXT_NEW,  /* online with a session that was not there before */
    BOSH_EXT_LOST  /* the session is gone */
} bosh_ext_turn;

bosh_ext_turn bosh_ext_session_turn(bosh_ext_session *session, const bosh_event *event);

#endif
