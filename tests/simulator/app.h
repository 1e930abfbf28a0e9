/* SPDX-License-Identifier: MIT
 * The application on top of the client: it sends numbered stanzas, takes numbered stanzas in, and
 * keeps the books that the delivery invariants are about. */
#ifndef SIM_APP_H
#define SIM_APP_H

#include "simulator/cm.h"
#include <bosh/bosh.h>

/* What became of a stanza of ours. */
typedef enum up_state { UP_PENDING, UP_DELIVERED, UP_UNKNOWN, UP_UNSENT } up_state;

typedef struct up_stanza {
    struct sim_world *sim; /* for the callback of a request */
    bosh_ticket ticket;    /* 0: a request, whose ticket the client does not tell */
    up_state state;
    uint8_t is_accepted; /* the manager took it in */
    uint8_t is_request;
    uint8_t answers;     /* calls of its callback */
    cm_session *session; /* in which it was sent last, with this rid */
    uint64_t rid;
} up_stanza;

#define UP_MAX 1500

typedef struct sim_app {
    up_stanza up[UP_MAX + 1]; /* by number, from 1 */
    uint32_t up_count, up_accepted;
    uint32_t up_resolved; /* these and all below have left UP_PENDING */
    bosh_ticket ticket;   /* the last one we were given */
    bosh_state state;
    cm_session *session; /* the one we are bound to; NULL: none */
    uint32_t down_seen;  /* numbered stanzas of this session delivered to us */
    uint32_t sessions_lost, calamities;
    bosh_time back_told_ms, back_ms; /* the client said when it will come back (INV-24); 0 */
    bosh_time answered_ms;           /* the last complete answer */
    bosh_time jumped_ms;             /* when the clock last jumped; 0: never */
    bosh_time nudged_ms;             /* or the client was told that the network changed */
    uint32_t login_troubles;         /* what sim.troubles was when the login began */
    uint8_t is_closing, is_over, is_released;
    uint8_t is_moving; /* the session is between two clients */
} sim_app;

/* Make a client with its handlers; 1 when that went well. */
int app_make_client(struct sim_world *sim);
/* Make the first client and connect. */
void app_start(struct sim_world *sim);
/* The manager took in application stanza `number`. */
void app_accepted(struct sim_world *sim, cm_session *session, uint32_t number);
/* The network brought a complete answer. */
void app_answered(struct sim_world *sim);
/* And the client has been pumped. */
void app_check_deliveries(struct sim_world *sim, const cm_session *session);
/* An answer was cut behind `size` bytes; what had been delivered before? (INV-28) */
void app_check_cut(struct sim_world *sim, size_t size, uint32_t down_seen);
/* A creation request leaves; a request with stanzas leaves for the first time. */
void app_creating(struct sim_world *sim);
void app_sent(struct sim_world *sim, const world_request *request);
/* What the client tells, for the callbacks in app.c and for tests that play a client. */
void app_event(struct sim_world *sim, const bosh_event *event);
void app_received(struct sim_world *sim, uint32_t number, uint32_t index, const char *text);
void app_log(struct sim_world *sim, const char *line);
/* Everything said so far, both ways, has arrived and the client is at rest. */
int app_is_settled(const struct sim_world *sim);
/* The client is gone: are the books in order? */
void app_check_end(struct sim_world *sim);

/* move.c: export the session and go on with it in another client, some time later. */
void app_move(struct sim_world *sim);

/* talk.c: one step of the story, which plans the next one. */
void app_step(struct sim_world *sim, void *unused, uint64_t number);
/* Say the next thing. */
void app_say(struct sim_world *sim);

#endif
