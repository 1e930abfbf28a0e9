/* SPDX-License-Identifier: MIT
 * A client in a page: what the files of this folder share. Each bosh_web is one client with its
 * transport and its flat index; JavaScript knows it by its address. */
#ifndef BOSH_WASM_WEB_H
#define BOSH_WASM_WEB_H

#include <bosh/transport.h>

#include "flat.h"
#include "match.h"

#define BOSH_ENTROPY_BLOCK 256 /* bytes drawn at once: each draw is a call out to JavaScript */

typedef struct bosh_web {
    bosh_client *client;
    struct bosh_fetch *fetches; /* under way, but for those that JavaScript carries */
    bosh_flat flat;
    bosh_wishes wishes;
    int has_wishes;           /* a handler for them is registered */
    uint32_t answers;         /* reported so far: tells two bodies at one address apart */
    const bosh_stanza *shown; /* the answer whose turn it is, while that is told */
    uint8_t entropy[BOSH_ENTROPY_BLOCK];
    size_t entropy_left;
} bosh_web;

bosh_time bosh_web_now(void);

/* moves.c: `save` of bosh_config. */
int bosh_web_on_save(const void *bytes, size_t size, void *user);
/* fetch_transport.c. `user` is the bosh_web. */
bosh_transport bosh_web_transport(bosh_web *web);
/* Its `wanted` and `released`. */
void bosh_web_wanted(void *user);
void bosh_web_released(void *user);

#endif
