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

/* Strings point into the document and may be NULL. Numbers that are absent, or none, are what the
 * rules take them for (RSP-18): a wait as long as ours, two requests, one held. */
typedef struct bosh_body {
    bosh_body_type type;
    bosh_condition condition; /* NONE when absent, UNKNOWN for one we have no name for (ERR-1) */
    const char *condition_text;
    const char *sid;
    const char *from;
    const char *ver;
    const char *uri; /* of see-other-uri */
    uint8_t has_rid; /* no server has a reason to send it; one does (RTX-12) */
    uint8_t requests, hold;
    uint16_t wait_s, inactivity_s, polling_s;
    const bosh_stanza *first_payload;
} bosh_body;

/* 0, or ERR_RESPONSE_FOREIGN when the root is not a body in the right namespace (BODY-12). */
int bosh_body_read(const bosh_document *document, bosh_body *body);
/* Payloads are the child elements; the uri of see-other-uri is none. */
const bosh_stanza *bosh_body_next_payload(const bosh_stanza *payload);

#endif
