/* SPDX-License-Identifier: MIT
 * The wrapper element of XEP-0124: read from answers, written for requests. */
#ifndef BOSH_SESSION_BODY_H
#define BOSH_SESSION_BODY_H

#include "base/buf.h"
#include "xml/reader.h"

#define BOSH_NS_BODY "http://jabber.org/protocol/httpbind"

typedef enum bosh_body_type {
    BOSH_BODY_PLAIN,
    BOSH_BODY_ERROR,
    BOSH_BODY_TERMINATE
} bosh_body_type;

/* What every answer is asked. What else its wrapper says is read where it is wanted. */
typedef struct bosh_body {
    bosh_body_type type;
    bosh_condition condition; /* NONE when absent, UNKNOWN for one we have no name for (ERR-1) */
    const bosh_stanza *first_payload;
} bosh_body;

/* 0, or ERR_RESPONSE_FOREIGN when the root is not a body in the right namespace (BODY-12). */
int bosh_body_read(const bosh_document *document, bosh_body *body);
/* A number of the wrapper; `otherwise` when it is absent, no number or above `max` (RSP-18). */
uint16_t bosh_body_number(const bosh_stanza *body, const char *name, uint16_t max,
                          uint16_t otherwise);
/* Payloads are the child elements; the uri of see-other-uri is none. */
const bosh_stanza *bosh_body_next_payload(const bosh_stanza *payload);

#endif
