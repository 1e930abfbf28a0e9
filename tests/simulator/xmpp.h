/* SPDX-License-Identifier: MIT
 * The XMPP server behind the model manager: login, bind, and a peer that talks both ways in
 * numbered stanzas. */
#ifndef SIM_XMPP_H
#define SIM_XMPP_H

#include "simulator/cm.h"

#define XMPP_DOMAIN "sim.example"
#define XMPP_USER "alice"
#define XMPP_PASSWORD "se&cret"
#define XMPP_PEER "bob@sim.example/desk"

typedef enum xmpp_stage {
    STAGE_OPEN,
    STAGE_SASL,      /* an exchange of several steps is under way */
    STAGE_AUTHED,    /* success is out, the restart is due */
    STAGE_RESTARTED, /* features are out, the bind is due */
    STAGE_BOUND
} xmpp_stage;

/* An iq get the server sent; it is owed one answer (INV-20). */
typedef struct xmpp_query {
    struct xmpp_query *older;
    uint32_t down;
    uint8_t is_known; /* the application has a handler for it */
    uint8_t is_answered;
} xmpp_query;

/* A session begins: the first features. */
void xmpp_open(struct sim_world *sim, cm_session *session);
/* Take the payloads of a request in. */
void xmpp_take(struct sim_world *sim, cm_session *session, const world_request *request);
/* The peer says the next thing; only when bound. */
void xmpp_speak(struct sim_world *sim, cm_session *session);
/* Queries that were put into an answer and have no answer yet. */
uint32_t xmpp_unanswered(const cm_session *session);
/* The text of a numbered stanza: the same on both sides, full of what needs escaping. `is_escaped`:
 * as XML. */
const char *xmpp_text(struct sim_world *sim, uint32_t number, int is_escaped);

/* scram.c: the server side of SCRAM-SHA-1. */
typedef struct scram_server scram_server;
/* Base64 of server-first for a Base64 client-first; NULL when that is wrong. */
const char *scram_server_first(struct sim_world *sim, scram_server **out, const char *client_first);
/* Base64 of server-final; NULL when the proof is wrong. */
const char *scram_server_final(struct sim_world *sim, scram_server *scram,
                               const char *client_final);

#endif
