/* SPDX-License-Identifier: MIT
 * The model connection manager: the server side of XEP-0124, strict about what the client owes it,
 * with the habits of real servers as quirks (docs/protocol.md section 7). It takes requests from
 * the network as they arrive and hands answers back to it, now or later. */
#ifndef SIM_CM_H
#define SIM_CM_H

#include "simulator/arena.h"
#include "world/wire.h"
#include <stdint.h>

struct sim_world;
struct sim_exchange;

/* One answer entity. */
typedef struct cm_answer {
    struct cm_session *session; /* NULL: belongs to none */
    const char *bytes;
    size_t size;
    int status;
    uint8_t is_terminate, is_error, is_empty;
    uint8_t is_forgotten;           /* item-not-found for a poll of a session that lives (RTX-13) */
    uint32_t down_first, down_last; /* the numbered stanzas in it, 0 for none */
    struct cm_answer *next_gone;
} cm_answer;

typedef enum cm_slot_state { SLOT_FREE, SLOT_DEFERRED, SLOT_HELD, SLOT_ANSWERED } cm_slot_state;

/* One request id. */
typedef struct cm_slot {
    cm_slot_state state;
    uint64_t rid;
    struct sim_exchange *exchange; /* the newest connection that asked */
    cm_answer *answer;             /* for replay; NULL when it was not kept */
    uint64_t held_since_ms;
    uint8_t is_empty, is_restart;
    uint8_t is_echoing;         /* the answer will hold the request's own stanzas (RTX-12) */
    uint8_t is_forgotten;       /* dropped without an answer (RTX-13) */
    uint8_t is_early;           /* it came before its predecessor */
    uint8_t is_blanked;         /* a replay will be empty (QUIRK_EMPTY_REPLAY) */
    uint8_t is_fault_suspected; /* a copy of it was lost or late on the way */
} cm_slot;

/* A payload that waits for a request to answer. */
typedef struct cm_payload {
    struct cm_payload *next;
    const char *xml;
    uint32_t down; /* its number, 0 for none */
} cm_payload;

#define CM_SLOTS 16

typedef struct cm_session {
    struct cm_session *older;
    char sid[32], sid_xml[40];
    uint32_t index;
    uint8_t is_alive;
    uint8_t is_taking;      /* a request is being processed: answers wait */
    uint8_t is_stuck;       /* QUIRK_OVERTAKEN_STUCK struck */
    uint8_t is_doubtful;    /* item-not-found below an answer that came, none since (RTX-13) */
    uint8_t is_prefix_over; /* the client knows the end */
    uint8_t is_pair_waived; /* the pair under way may overtake: a fault is involved */
    uint64_t first_rid, next_rid; /* next_rid: the lowest not processed yet */
    cm_slot slots[CM_SLOTS];
    cm_payload *pending, **pending_end;
    uint64_t active_ms; /* the last arrival or answer */

    /* The XMPP stream behind it, see xmpp.h. */
    int stage;
    uint32_t restarts, binds;
    uint64_t restart_ms; /* when the last restart came */
    uint64_t push_ms;    /* pushes keep their order */
    uint32_t pushes_planned;
    uint32_t down_made, down_put; /* numbered stanzas: made, and put into answers */
    uint32_t down_taken;          /* the first in the answer being made */
    cm_answer *gone;              /* answers whose stanzas the manager lost */
    struct xmpp_query *queries;   /* newest first */
    uint32_t accepted_last;       /* number of the last application stanza taken in */
    struct scram_server *scram;

    /* What the client has seen of it, kept by the network: complete answers by rid. */
    cm_answer **got;
    size_t got_capacity, got_prefix; /* rids answered without a gap */
    uint32_t got_down;               /* last numbered stanza in that prefix */
} cm_session;

typedef struct cm {
    cm_session *newest;
    uint32_t session_count;
    /* What the storm check counts (INV-11). */
    uint32_t waits_over, empties, data_requests, data_answers;
} cm;

/* A request has arrived. */
void cm_arrive(struct sim_world *sim, struct sim_exchange *exchange);
/* Put a payload (sim_arena memory) into the next answer. */
void cm_push(struct sim_world *sim, cm_session *session, const char *xml, uint32_t down);
/* End a session from our side. `condition` NULL: none. */
void cm_end(struct sim_world *sim, cm_session *session, const char *condition);
/* The manager restarts: everything is forgotten and every connection breaks. */
void cm_restart(struct sim_world *sim);
/* The session with this id, dead or alive; NULL when there never was one. */
cm_session *cm_find(struct sim_world *sim, const char *sid);
cm_slot *cm_slot_of(cm_session *session, uint64_t rid);
/* The stanza that a client without fault delivers behind `down`. */
uint32_t cm_next_down(const cm_session *session, uint32_t down);
int cm_is_gone(const cm_session *session, uint32_t down);
/* The client has a complete answer to this rid. */
void cm_note_got(struct sim_world *sim, cm_session *session, uint64_t rid, cm_answer *answer);
/* An answer that is no httpbind body. */
cm_answer *cm_foreign_answer(struct sim_world *sim, int status, const char *entity);

#endif
