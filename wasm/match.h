/* SPDX-License-Identifier: MIT
 * Who wants a payload: the handlers of Strophe's API. They live in JavaScript, in lists that
 * programs look at and replace; here is a copy of what they want to see, told anew when it has
 * changed, so that JavaScript is called with numbers, and only for payloads somebody wants.
 *
 * It comes as one text of NUL-terminated words, for each handler:
 *
 *     flags, name, namespace, id, from ("" for any), types, "\1"
 *
 * flags is one character, '0' and the sum of: */
#ifndef BOSH_WASM_MATCH_H
#define BOSH_WASM_MATCH_H

#include <bosh/bosh.h>

enum {
    BOSH_WISH_BARE = 1,     /* `from` fits every resource */
    BOSH_WISH_FRAGMENT = 2, /* of the payload's namespaces what stands before a '#' counts */
    BOSH_WISH_TYPES = 4,    /* only these types, and none if there are none */
    BOSH_WISH_UNTYPED = 8   /* a type that is missing counts as "" */
};

typedef struct bosh_wish {
    unsigned flags;
    const char *name, *ns, *id, *from;
    const char *types; /* words, the last one is "\1" */
} bosh_wish;

typedef struct bosh_wishes {
    char *text;
    bosh_wish *wishes; /* their words are in `text` */
    int32_t *found;    /* numbers of those that the last payload fits, in their order */
    size_t count;
    const char **namespaces; /* of the last payload and all in it */
    size_t namespace_count, namespace_room;
} bosh_wishes;

/* Replace what is wanted. ERR_ARGUMENT (it ends in the middle of a handler's words), ERR_MEMORY:
 * then nothing is. */
int bosh_wishes_set(bosh_wishes *wishes, const char *text, size_t size);
/* How many wishes a payload fits; `found` has their numbers. Traps without memory. */
size_t bosh_wishes_find(bosh_wishes *wishes, const bosh_stanza *payload);
void bosh_wishes_free(bosh_wishes *wishes);

#endif
