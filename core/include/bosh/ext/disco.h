/* SPDX-License-Identifier: MIT
 *
 * Answers to the two questions every client is asked: "what can you do?" (service discovery,
 * XEP-0030; DSC-1) and "are you there?" (XMPP ping, XEP-0199; PING-1).
 *
 *     static const char *const features[] = {"urn:xmpp:receipts", NULL};
 *     static const bosh_disco me = {"client", "console", "my chat", features};
 *     bosh_disco_answer(client, &me);
 *
 * disco#info, disco#items and ping are added to the features by themselves.
 */
#ifndef BOSH_EXT_DISCO_H
#define BOSH_EXT_DISCO_H

#include <bosh/bosh.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bosh_disco {
    const char *category;        /* "client" */
    const char *type;            /* "console", "pc", "phone", "bot", ... */
    const char *name;            /* for people; NULL for none */
    const char *const *features; /* namespaces, NULL at the end; NULL for none */
} bosh_disco;

/* Answer from now on, for the life of the client. `disco` is not copied and must live as long.
 * ERR_MEMORY. */
BOSH_API int bosh_disco_answer(bosh_client *client, const bosh_disco *disco);

#ifdef __cplusplus
}
#endif
#endif
