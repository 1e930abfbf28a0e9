/* SPDX-License-Identifier: MIT
 * One request entity, taken apart: what kind it is and whether its form is right. */
#ifndef BOSH_WORLD_WIRE_H
#define BOSH_WORLD_WIRE_H

#include "world/xml.h"
#include <stdint.h>

#define WORLD_NS_HTTPBIND "http://jabber.org/protocol/httpbind"
#define WORLD_NS_XBOSH "urn:xmpp:xbosh"
#define WORLD_NS_CLIENT "jabber:client"
#define WORLD_NS_STREAMS "http://etherx.jabber.org/streams"
#define WORLD_NS_SASL "urn:ietf:params:xml:ns:xmpp-sasl"
#define WORLD_NS_BIND "urn:ietf:params:xml:ns:xmpp-bind"
#define WORLD_RID_MAX ((UINT64_C(1) << 53) - 1)

typedef enum world_kind {
    WORLD_CREATION,
    WORLD_EMPTY,
    WORLD_SASL,    /* payloads of SASL */
    WORLD_STANZAS, /* payloads of jabber:client */
    WORLD_RESTART,
    WORLD_TERMINATE
} world_kind;

typedef struct world_request {
    world_document document;
    world_kind kind;
    uint64_t rid;
    const char *sid;     /* NULL for none */
    const char *rule;    /* the first rule the form breaks, NULL for none */
    const char *problem; /* and how */
} world_request;

/* Look at a request. Deinit in any case. */
void world_request_read(world_request *request, const char *entity, size_t size);
void world_request_deinit(world_request *request);
/* The bind request among the payloads, or NULL. */
const world_node *world_request_bind(const world_request *request);

/* An answer as any client must see it: 1 when it is a well-formed httpbind body without a DTD
 * (BODY-12). Deinit in any case. */
int world_answer_read(world_document *answer, const char *entity, size_t size);

/* Plain decimal without sign or leading zero, 1 and *number when it is (RID-4). */
int world_decimal(const char *text, uint64_t *number);

#endif
