/* SPDX-License-Identifier: MIT
 * A session without XMPP above it, and a transport that only takes notes. Attempts are numbered
 * from 1, the creation request. */
#ifndef BOSH_UNIT_SOLO_H
#define BOSH_UNIT_SOLO_H

#include "session/session.h"
#include "world/alloc.h"
#include "world/seed.h"

typedef struct solo {
    world_alloc alloc;
    bosh_allocator allocator;
    world_seed seed;
    bosh_transport transport;
    bosh_session_options options; /* change them before solo_create */
    bosh_session session;
    unsigned capabilities;
    bosh_time now_ms;
    unsigned cancels;  /* calls of the transport's cancel */
    char entity[4000]; /* the newest request */
    int is_new;        /* its rid was never submitted before */
    char told[1000];
} solo;

void solo_init(solo *s);
/* Frees the session; 0, or the number of blocks that leaked. */
size_t solo_deinit(solo *s);
/* Submit the creation request. */
void solo_create(solo *s);
/* The same, and it is answered with these attributes beside sid and ver. Polls are wanted, none has
 * left yet. */
void solo_open(solo *s, const char *attributes);
#define SOLO_USUAL "wait='50' requests='2' hold='1' inactivity='30' polling='5'"

void solo_queue(solo *s, const char *payload, unsigned flags, bosh_ticket ticket);
/* Submit all that may leave now; how many requests that were. */
unsigned solo_send(solo *s);
/* A complete answer to an attempt, with status 200, and what follows from it. */
void solo_answer(solo *s, uint32_t attempt, const char *attributes, const char *payloads);
void solo_answer_status(solo *s, uint32_t attempt, int http_status, const char *entity);
void solo_fail(solo *s, uint32_t attempt, int error, unsigned flags);
/* Time passes in one step. */
void solo_advance(solo *s, uint64_t ms);
/* Everything bosh_session_poll has to tell: "opened, accepted 3, message m1, retry ERR_RESET, ended
 * ERR_TERMINATED". */
const char *solo_told(solo *s);

#endif
