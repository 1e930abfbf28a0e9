/* SPDX-License-Identifier: MIT
 * A stream on an open session, without HTTP: what it wants to send is taken from the queue, what
 * the server says is handed in. */
#ifndef BOSH_UNIT_DUO_H
#define BOSH_UNIT_DUO_H

#include "stream/login.h"
#include "tests/unit/solo.h"

#define SASL(element) "<" element " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
#define FEATURES(content)                                                                          \
    "<f:features xmlns:f='http://etherx.jabber.org/streams'>" content "</f:features>"
#define OFFER(mechanisms)                                                                          \
    FEATURES("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" mechanisms "</mechanisms>")
#define MECHANISM(name) "<mechanism>" name "</mechanism>"
#define BIND "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
#define SUCCESS SASL("success") "</success>"

typedef struct duo {
    solo below;
    bosh_stream_options options; /* change them before duo_begin */
    bosh_scram_keys keys;        /* of the login */
    bosh_stream stream;
    char sent[4000];
    char id[20]; /* of the newest iq that was sent */
} duo;

/* Fill the options: alice@example.org, "pencil", https. */
void duo_init(duo *d);
void duo_begin(duo *d);
/* 0, or the number of blocks that leaked. */
size_t duo_deinit(duo *d);

/* One element from the server; 1 when it is a stanza for the floor above. */
int duo_hear(duo *d, const char *xml);
/* The result of the newest iq, with `payload`; or its error. */
int duo_hear_result(duo *d, const char *payload);
int duo_hear_error(duo *d, const char *condition);
/* Time passes; what the stream wants to send now, in order. Attributes of the wrapper are written
 * as "[ a='b']", "+" before an item says that it goes with the one before it (S1). */
const char *duo_send(duo *d, uint64_t ms);
/* Login with PLAIN until the bind is answered, as far as the options allow. */
void duo_login(duo *d);

#endif
