/* SPDX-License-Identifier: MIT
 *
 * Stanzas element by element, for those that are larger than memory: a long roster, say.
 *
 *     static const bosh_parts parts = {on_begin, on_start, on_text, on_end};
 *
 *     config.parts = &parts;
 *     config.parts_as_parsed = 1;
 *
 * Parts are told of stanzas received while ONLINE, right before these go to callbacks and
 * handlers. By default that is when the answer is complete, and all of it in memory.
 *
 * With parts_as_parsed they are told while it is still coming in, and nothing of them is kept: the
 * longest tag or run of text has to fit, and the tags around it. What that costs:
 *  - An answer that is cut off is asked for again (RTX-1), and all of it comes again. A `begin`
 *    before the last one has ended means that what was told since is void.
 *  - What was told is certain when the stanza is delivered, after its `end`, as an element without
 *    content: then its answer was complete.
 *  - An answer that overtakes an earlier one is kept until its turn, and told then (ORD-1).
 *  - Within the functions bosh_client_pump does nothing and bosh_client_export is ERR_STATE.
 *  - bosh_stanza_source and bosh_config.trace have nothing of such answers.
 */
#ifndef BOSH_PARTS_H
#define BOSH_PARTS_H

#include <bosh/bosh.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every function is required, and gets bosh_config.user. */
struct bosh_parts {
    /* A stanza begins. Only its own name and attributes may be asked for. Return 1 to be told what
     * is in it; 0: it is delivered as ever, and only so. */
    int (*begin)(bosh_client *client, const bosh_stanza *stanza, void *user);
    /* An element in it begins; likewise. */
    void (*start)(bosh_client *client, const bosh_stanza *element, void *user);
    /* Some text of the innermost open element: one run may come in any number of pieces. */
    void (*text)(bosh_client *client, const char *text, size_t size, void *user);
    /* The innermost open element ends; in the end the stanza itself. */
    void (*end)(bosh_client *client, void *user);
};

#ifdef __cplusplus
}
#endif
#endif
