/* SPDX-License-Identifier: MIT
 * Watches everything a client does on the wire, whatever the test is about. A request that breaks a
 * rule of docs/protocol.md is reported with the rule's id.
 *
 * Whoever plays the transport tells what happens, in order:
 *
 *     connect -> submit, uploaded?, done | failed | cancel ... -> ended
 *                turn after each outermost bosh_client_pump
 *
 * Checked: BODY-1..6, BODY-13, BODY-14, the attributes of each kind of request (BODY-7, CRE,
 * XMPP-6), RID-1..4, WIN-1, WIN-2, HOLD-2, HOLD-4, OVR-2, POLL-3, POLL-4, RTX-3, RTX-4, TERM-3,
 * XMPP-1..3, XMPP-7, XMPP-8, SASL-2, SASL-5, BIND-1, IQ-1, IQ-2, ERR-8, SEC-2, SEC-9 and what
 * INV-6..18, 20, 30 say about the wire. */
#ifndef BOSH_WORLD_VALIDATOR_H
#define BOSH_WORLD_VALIDATOR_H

#include "world/wire.h"

#include <bosh/transport.h>

typedef struct world_validator world_validator;

typedef struct world_validator_config {
    const char *url;          /* where every request must go */
    const char *content_type; /* what it must call itself */
    size_t body_bytes_max;
    size_t response_bytes_max; /* answers beyond these three are broken for the client */
    size_t depth_max;
    size_t attributes_max;
    int is_upload_known;       /* uploaded is told for each attempt: ages count from it (HOLD-4) */
    int is_plain_http_allowed; /* allow_plain_over_http */
    int is_steered;            /* the program may send iqs before the bind (SASL-14) */
    /* A rule is broken. `text` is one line for people. */
    void (*violation)(void *user, const char *rule, const char *text);
    void *user;
} world_validator_config;

/* The defaults of bosh_config, an https URL and a violation that prints and aborts. */
void world_validator_config_init(world_validator_config *config);
/* `config` is copied, its strings are not. */
world_validator *world_validator_new(const world_validator_config *config);
void world_validator_free(world_validator *validator);

/* bosh_client_connect is about to be called. */
void world_validator_connect(world_validator *validator);
/* The state is ENDED: nothing may be submitted before the next connect (INV-8). */
void world_validator_ended(world_validator *validator);
/* Another client object goes on with this session (export, import): attempts are forgotten. */
void world_validator_handover(world_validator *validator);

/* bosh_transport.submit was called; before it returns. `out` (may be NULL) becomes what was read,
 * the caller's to deinit. */
void world_validator_submit(world_validator *validator, bosh_time now_ms, uint32_t id,
                            const bosh_transport_request *request, world_request *out);
/* submit is going to return an error: the attempt never began. */
void world_validator_refused(world_validator *validator, uint32_t id);
void world_validator_cancel(world_validator *validator, uint32_t id);
void world_validator_uploaded(world_validator *validator, bosh_time now_ms, uint32_t id);
/* bosh_transport_done is about to be called with the whole entity; any status. */
void world_validator_done(world_validator *validator, bosh_time now_ms, uint32_t id,
                          const void *entity, size_t size);
/* bosh_transport_failed is about to be called. */
void world_validator_failed(world_validator *validator, uint32_t id);
/* The outermost pump returned, with the client in this state (HOLD-1, INV-9). */
void world_validator_turn(world_validator *validator, bosh_state state);

/* How many rules were broken so far. */
size_t world_validator_violations(const world_validator *validator);
/* The session's id, "" while there is none: for tests that look for it where it must not be. */
const char *world_validator_sid(const world_validator *validator);
/* Rids sent and not answered. */
size_t world_validator_outstanding(const world_validator *validator);

#endif
