/* SPDX-License-Identifier: MIT
 * The XMPP stream inside a session (XEP-0206, RFC 6120): features, login, restart, bind.
 *
 *            features       password there      success        features       result
 *     FEATURES ------> CREDENTIALS ---> AUTHENTICATING ---> RESTARTING ---> BINDING ---> ONLINE
 *        |                 ^ asked again on failure |            | S1: restart and bind    ^
 *        |_________________|________________________|            | leave together          |
 *        already authenticated (XMPP-13) ---------------------------------------------------
 *
 *     FAILED from anywhere: stream->error says why
 *
 * The session below is called to send; what arrives is given in by the floor above:
 *
 *     bosh_stream_receive   an element; says whose it is
 *     bosh_stream_run       time passes, keys are derived, elements are queued
 *     bosh_stream_poll      what changed */
#ifndef BOSH_STREAM_STREAM_H
#define BOSH_STREAM_STREAM_H

#include "session/session.h"
#include "stream/sasl.h"

#define BOSH_NS_CLIENT "jabber:client"
#define BOSH_ID_SIZE 17

typedef enum bosh_stream_state {
    BOSH_STREAM_FEATURES,
    BOSH_STREAM_CREDENTIALS,
    BOSH_STREAM_AUTHENTICATING,
    BOSH_STREAM_RESTARTING,
    BOSH_STREAM_BINDING,
    BOSH_STREAM_ONLINE,
    BOSH_STREAM_FAILED
} bosh_stream_state;

/* Where the program has the login in hand: see steer.h. */
typedef enum bosh_stream_stop {
    BOSH_STOP_NONE,
    BOSH_STOP_LOGIN,   /* before the login */
    BOSH_STOP_SASL,    /* its mechanism is under way */
    BOSH_STOP_SUCCESS, /* and has succeeded */
    BOSH_STOP_BIND     /* before the bind */
} bosh_stream_stop;

typedef struct bosh_stream_options {
    const bosh_allocator *allocator;
    int (*entropy)(void *buffer, size_t size, void *user);
    void *entropy_user;
    const bosh_transport *transport; /* asked whether S1 pays */
    const char *language;
    const char *resource; /* asked for at bind, NULL: the server's choice (BIND-3) */
    /* Borrowed strings; the password may arrive later. A login writes here which mechanisms were
     * refused and, by SCRAM, the keys it derived, so that the next one need not (SCR-4). */
    bosh_credentials credentials;
    bosh_schedule schedule;
    uint32_t rounds_per_run;
    uint8_t ask_credentials;
    uint8_t legacy_session;
    uint8_t stops_before_login, stops_before_bind;
} bosh_stream_options;

typedef struct bosh_stream {
    bosh_stream_state state;
    bosh_stream_state told; /* the state last polled */
    bosh_mechanism mechanism;
    bosh_stream_stop stop;
    uint8_t is_programs_turn; /* at a stop: nothing is expected of the server */
    uint8_t is_aborting;      /* the program has sent <abort/> */
    uint8_t is_stop_due;      /* tell it without an element */
    uint8_t is_deriving;      /* bosh_sasl_run has work */
    uint8_t is_auth_due;      /* choose a mechanism and begin */
    uint8_t is_success;       /* send restart, and with S1 the bind */
    uint8_t is_pair;          /* the bind went with the restart (S1) */
    uint8_t is_bind_due;
    uint8_t is_restart_due;      /* the second one (RTX-9) */
    uint8_t is_bind_plain;       /* without the resource asked for (BIND-4) */
    uint8_t has_features;        /* those after the restart */
    uint8_t is_restart_answered; /* from then on the features are waited for (RTX-9) */
    uint8_t has_session;         /* they want the RFC 3921 session (BIND-5) */
    uint8_t is_session_due;      /* bound; ask for it before ONLINE */
    uint8_t bind_tries, restarts;
    int error;
    bosh_sasl *sasl;
    char *jid;                              /* the full address (BIND-2) */
    char *condition, *text;                 /* of the failure */
    bosh_time step_begin_ms, step_limit_ms; /* BOSH_NEVER: not measured yet */
    bosh_buf offer;                         /* of the features, until authenticated */
    char bind_id[BOSH_ID_SIZE];             /* one for all tries of a login */
    bosh_stream_options options;            /* stay when the next login begins */
} bosh_stream;

typedef enum bosh_stream_event {
    BOSH_STREAM_EVENT_NONE,
    BOSH_STREAM_EVENT_STATE,       /* stream->state is new */
    BOSH_STREAM_EVENT_CREDENTIALS, /* a password is needed; stream->error says whether one failed */
    BOSH_STREAM_EVENT_STOP         /* it is the program's turn, and nothing came */
} bosh_stream_event;

/* IQ-1: 16 hex digits nobody can guess, and a NUL. ERR_ENTROPY. */
int bosh_stream_draw_id(const bosh_stream *stream, char id[BOSH_ID_SIZE]);

/* What XEP-0206 adds to the creation request (CRE-11). */
#define BOSH_STREAM_CREATION_ATTRIBUTES " xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'"

/* Begin a login with the options the stream has, the first one or another. */
void bosh_stream_reset(bosh_stream *stream);
/* Begin online (an imported session). */
int bosh_stream_resume(bosh_stream *stream, const char *jid);
/* Whose `element` was. */
typedef enum bosh_stream_taker {
    BOSH_STREAM_OWN,
    BOSH_STREAM_STANZA, /* one for the floor above */
    BOSH_STREAM_PROGRAM /* the program's, which has the login in hand */
} bosh_stream_taker;
bosh_stream_taker bosh_stream_receive(bosh_stream *stream, const bosh_stanza *element);
void bosh_stream_run(bosh_stream *stream, bosh_session *session, bosh_time now_ms);
bosh_stream_event bosh_stream_poll(bosh_stream *stream);
bosh_time bosh_stream_deadline(const bosh_stream *stream);
/* The server's turn to speak: an empty request should be open. */
int bosh_stream_is_waiting(const bosh_stream *stream);
/* The password came (options.credentials is up to date), or NULL was given: give up. */
void bosh_stream_credentials_changed(bosh_stream *stream);

#endif
