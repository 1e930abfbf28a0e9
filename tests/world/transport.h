/* SPDX-License-Identifier: MIT
 * A transport that is a script: it keeps every submitted request and answers when told to. The
 * validator, where there is one, hears of everything. */
#ifndef BOSH_WORLD_TRANSPORT_H
#define BOSH_WORLD_TRANSPORT_H

#include "world/validator.h"

typedef enum world_attempt_state {
    WORLD_ATTEMPT_OPEN,
    WORLD_ATTEMPT_FINISHED,
    WORLD_ATTEMPT_CANCELLED
} world_attempt_state;

typedef struct world_attempt {
    uint32_t id;
    world_attempt_state state;
    bosh_time submitted_ms;
    uint32_t time_limit_ms;
    char *entity; /* NUL-terminated */
    size_t size;
    const bosh_transport_request *request; /* the client's, while OPEN */
} world_attempt;

/* How answer bytes are cut when they are fed. */
typedef enum world_split { WORLD_WHOLE, WORLD_BYTES, WORLD_HALVES } world_split;

typedef struct world_transport {
    bosh_transport transport;   /* for bosh_client_new */
    bosh_client *client;        /* set it when there is one */
    world_validator *validator; /* may be NULL */
    bosh_time now_ms;           /* the clock of this world */
    unsigned capabilities;
    int submit_error;    /* not 0: submit refuses with it */
    uint64_t submits;    /* so far, refused ones included */
    uint64_t refused_at; /* this one (1 = the first) is refused; 0: none */
    world_split split;
    int is_wanted; /* the client asked for a pump; clear it */
    int is_released;
    unsigned warms;           /* calls of warm */
    world_attempt **attempts; /* all, in order of submission */
    size_t count;
} world_transport;

void world_transport_init(world_transport *transport);
void world_transport_deinit(world_transport *transport);

/* These three report, and leave the pump to the caller. An attempt that is not OPEN is ignored, as
 * a real transport would after cancel. */
void world_transport_answer(world_transport *transport, world_attempt *attempt, int http_status,
                            uint32_t retry_after_s, const char *entity, size_t size);
void world_transport_fail(world_transport *transport, world_attempt *attempt, int error,
                          unsigned flags);
void world_transport_uploaded(world_transport *transport, world_attempt *attempt);
/* bosh_client_pump at the world's time, and a look at the result. */
void world_transport_pump(world_transport *transport);

#endif
