/* SPDX-License-Identifier: MIT
 *
 * "it has arrived at bob's client": message delivery receipts (XEP-0184).
 *
 *     bosh_receipts_new(client, NULL, &callbacks, me, &receipts);
 *     bosh_writer_attribute(writer, "id", id);
 *     bosh_receipts_ask(receipts, writer, to, id);     // into a message before it is sent
 *     // ... callbacks.arrived("...", id)
 *
 * A ticket (bosh.h) says that the server has a message, a receipt that the other client has it.
 * A receipt counts only for a message that we sent, from the account it was sent to, once. Whether
 * ours are given is for the program to decide: a receipt tells a stranger that somebody is there.
 * The rules of all extensions are in bosh/ext/roster.h.
 */
#ifndef BOSH_EXT_RECEIPTS_H
#define BOSH_EXT_RECEIPTS_H

#include <bosh/bosh.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Messages that wait for a receipt; the oldest makes room. */
#define BOSH_RECEIPTS_MAX 512

typedef struct bosh_receipts bosh_receipts;

typedef struct bosh_receipts_callbacks {
    /* The message `id` has arrived at a client of `from`. NULL: not interested. */
    void (*arrived)(bosh_receipts *receipts, const char *from, const char *id, void *user);
    /* May `from` be told that its message arrived? 1 or 0. Say 1 for contacts who may see our
     * presence. NULL: nobody. */
    int (*allow)(bosh_receipts *receipts, const char *from, void *user);
} bosh_receipts_callbacks;

/* ERR_MEMORY. */
BOSH_API int bosh_receipts_new(bosh_client *client, const bosh_allocator *allocator,
                               const bosh_receipts_callbacks *callbacks, void *user,
                               bosh_receipts **out);
BOSH_API void bosh_receipts_free(bosh_receipts *receipts);

/* Ask for a receipt in the message being written: to `to`, with the attribute id='`id`', which must
 * be unique and unpredictable. ERR_MEMORY: nothing was added. */
BOSH_API int bosh_receipts_ask(bosh_receipts *receipts, bosh_writer *writer, const char *to,
                               const char *id);

#ifdef __cplusplus
}
#endif
#endif
