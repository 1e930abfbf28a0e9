/* SPDX-License-Identifier: MIT
 * Messages that come twice, known by a hash of sender, type and id. */
#include <bosh/ext/repeats.h>

/* FNV-1a; the final zero is taken in, too, so that "ab" "c" differs from "a" "bc". */
static uint64_t add(uint64_t hash, const char *text)
{
    const unsigned char *at = (const unsigned char *)(text ? text : "");
    for (;; at++) {
        hash = (hash ^ *at) * UINT64_C(0x100000001b3);
        if (!*at)
            return hash;
    }
}

int bosh_repeats_is(bosh_repeats *repeats, const bosh_stanza *message)
{
    const char *id = bosh_stanza_attribute(message, "id");
    if (!id || !*id)
        return 0;
    uint64_t hash = add(UINT64_C(0xcbf29ce484222325), bosh_stanza_attribute(message, "from"));
    hash = add(add(hash, bosh_stanza_attribute(message, "type")), id);
    for (size_t i = 0; i < BOSH_REPEATS_MAX; i++)
        if (repeats->seen[i] == hash)
            return 1;
    repeats->seen[repeats->next++ % BOSH_REPEATS_MAX] = hash;
    return 0;
}
