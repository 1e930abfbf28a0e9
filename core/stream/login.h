/* SPDX-License-Identifier: MIT
 * The elements of the login: SASL both ways, restart and bind. Only stream.c uses this. */
#ifndef BOSH_STREAM_LOGIN_H
#define BOSH_STREAM_LOGIN_H

#include "stream/stream.h"

#define BOSH_NS_SASL "urn:ietf:params:xml:ns:xmpp-sasl"
#define BOSH_NS_BIND "urn:ietf:params:xml:ns:xmpp-bind"

/* All return an error that ends the login, or BOSH_OK.
 *
 * Choose a mechanism and send <auth/>, or ask for a password. */
int bosh_login_begin(bosh_stream *stream, bosh_session *session);
/* <challenge/>, <success/>, <failure/>. */
int bosh_login_receive(bosh_stream *stream, const bosh_stanza *element);
int bosh_login_respond(bosh_stream *stream, bosh_session *session);
int bosh_login_restart(bosh_stream *stream, bosh_session *session);
int bosh_login_bind(bosh_stream *stream, bosh_session *session, unsigned flags);
/* The RFC 3921 session request (BIND-5); its id is that of the bind and this. */
int bosh_login_session(bosh_stream *stream, bosh_session *session);
#define BOSH_SESSION_ID_SUFFIX "s"

/* In stream.c. Strings may be NULL. */
void bosh_stream_set_state(bosh_stream *stream, bosh_stream_state state);
void bosh_stream_fail(bosh_stream *stream, int error, const char *condition, const char *text);
void bosh_stream_authenticated(bosh_stream *stream);
void bosh_stream_ask(bosh_stream *stream, int error);

#endif
