/* SPDX-License-Identifier: MIT
 * The network between client and manager: a bosh_transport whose every exchange may meet a fault
 * drawn from the seed. */
#ifndef SIM_NET_H
#define SIM_NET_H

#include "simulator/cm.h"
#include <bosh/transport.h>

/* X(name, weight, text). Weights are relative; 0: not drawn for an exchange but by the world. */
#define FAULT_MAP(X)                                                                               \
    X(NONE, 0, "none")                                                                             \
    X(SUBMIT_FAILS, 2, "submit fails")                                                             \
    X(NO_CONNECTION, 4, "no connection")                                                           \
    X(LOST_REQUEST, 8, "reset before the request arrived")                                         \
    X(SWALLOWED, 2, "request swallowed silently")                                                  \
    X(STALE, 6, "stale connection")                                                                \
    X(LOST_ANSWER, 10, "reset instead of an answer")                                               \
    X(VANISHED_ANSWER, 2, "answer swallowed silently")                                             \
    X(RESET_HELD, 8, "reset while held")                                                           \
    X(OLDER_BREAKS, 5, "the older connection breaks as a request leaves")                          \
    X(CUT, 10, "answer cut, then reset")                                                           \
    X(CUT_CLEAN, 8, "answer cut, then a clean end")                                                \
    X(SLOW_REQUEST, 5, "slow request")                                                             \
    X(SLOW_ANSWER, 6, "slow answer")                                                               \
    X(SERVER_ERROR, 8, "HTTP 5xx, 408 or 429")                                                     \
    X(CLIENT_ERROR, 3, "HTTP 400, 403 or 404")                                                     \
    X(REDIRECT, 3, "redirect")                                                                     \
    X(WEB_PAGE, 4, "web page with status 200")                                                     \
    X(DOCTYPE, 3, "DOCTYPE")                                                                       \
    X(GARBAGE, 6, "garbage")                                                                       \
    X(RECOVERABLE, 4, "type='error'")                                                              \
    X(DUPLICATED, 4, "request arrives twice")                                                      \
    X(LATE_COPY, 0, "abandoned request arrives late")                                              \
    X(LATE_RESULT, 0, "answer to a cancelled attempt")                                             \
    X(OUTAGE, 0, "network down")                                                                   \
    X(SLEEP, 0, "host sleeps")                                                                     \
    X(CLOCK, 0, "the clock jumps, nobody tells")                                                   \
    X(RESTART, 0, "manager restarts")                                                              \
    X(SERVER_END, 0, "manager ends the session")                                                   \
    X(MEMORY, 0, "an allocation fails")

typedef enum sim_fault {
#define FAULT_X(name, weight, text) FAULT_##name,
    FAULT_MAP(FAULT_X)
#undef FAULT_X
        FAULT_COUNT
} sim_fault;

const char *fault_text(sim_fault fault);

/* One HTTP exchange, on both sides. */
typedef struct sim_exchange {
    struct sim_exchange *older;
    uint32_t id;
    const char *entity;
    size_t size;
    world_request request;
    sim_fault fault;
    uint8_t is_after; /* the fault comes after the manager processed the request */
    uint8_t is_live;  /* the client waits for it */
    uint8_t has_arrived;
    uint8_t is_overtaken; /* a newer copy of the same rid has arrived */
    uint8_t is_copy;      /* a copy made on the way: nobody waits for its answer */
    uint8_t is_repeated;  /* not the first one with this rid */
    uint32_t client;      /* which one made it */
    bosh_time begun_ms;
    bosh_time limit_ms; /* when the client lets go of it (HTTP-10) */
    uint32_t up_ms, down_ms;
    cm_answer *answer;
    size_t offered;     /* bytes of the answer the client took */
    bosh_time broke_ms; /* when the client heard that it came to nothing; 0: it did not */
    uint8_t is_stale;   /* and that this was a stale connection */
} sim_exchange;

typedef struct sim_net {
    sim_exchange *newest;
    uint32_t live;
    uint64_t down_until_ms;    /* an outage */
    uint32_t broken_creations; /* faults that end a login when there are three */
} sim_net;

/* faults.c: the fault for a new request; what comes back instead of the manager's answer, or NULL
 * when the fault is of another kind. */
sim_fault fault_draw(struct sim_world *sim, const world_request *request);
cm_answer *fault_answer(struct sim_world *sim, sim_fault fault);

extern const bosh_transport net_transport; /* `user` is the struct sim_world */

/* The manager answers. */
void net_answer(struct sim_world *sim, sim_exchange *exchange, cm_answer *answer);
/* Has a fault been drawn for an exchange under way? */
int net_has_live_fault(const struct sim_world *sim);
/* Break every living connection. */
void net_reset_all(struct sim_world *sim);
/* Nothing works for `length_ms`. */
void net_outage(struct sim_world *sim, uint64_t length_ms);
/* Free what the exchanges own. */
void net_clear(struct sim_world *sim);

#endif
