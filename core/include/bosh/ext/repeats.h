/* SPDX-License-Identifier: MIT
 *
 * Messages that come twice. This library sends nothing twice, but what carries a request out again
 * when it is repeated after a broken connection does: Openfire up to 4.6. And other clients may.
 *
 *     bosh_repeats repeats = {0};                   // for as long as the program runs
 *     // in a handler of messages:
 *     if (bosh_repeats_is(&repeats, message))
 *         return 1;                                 // we have it
 *
 * Copies are known by sender, kind and id: what comes without an id is always new, and a sender
 * who gives one id to two messages is to blame. No memory is allocated.
 */
#ifndef BOSH_EXT_REPEATS_H
#define BOSH_EXT_REPEATS_H

#include <bosh/bosh.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Copies are looked for among so many messages before them. */
#define BOSH_REPEATS_MAX 64

/* Begins as zeros. */
typedef struct bosh_repeats {
    uint64_t seen[BOSH_REPEATS_MAX];
    size_t next;
} bosh_repeats;

/* Has this one come before? 1 or 0; from now on it has. To be called once for each message. */
BOSH_API int bosh_repeats_is(bosh_repeats *repeats, const bosh_stanza *message);

#ifdef __cplusplus
}
#endif
#endif
