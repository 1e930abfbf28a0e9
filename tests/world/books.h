/* SPDX-License-Identifier: MIT
 * What the two halves of the validator share: validator.c keeps the books, rules.c compares a
 * request with them. */
#ifndef BOSH_WORLD_BOOKS_H
#define BOSH_WORLD_BOOKS_H

#include "world/validator.h"
#include "world/wire.h"

/* One request id with its bytes. Slots are kept in rid order, answered ones for a while too: the
 * order guard looks at them. */
typedef struct world_slot {
    uint64_t rid;
    world_kind kind;
    char *entity;
    size_t size;
    uint32_t attempt; /* the live one, 0 for none */
    int was_alone;    /* nothing else was outstanding when it was first sent */
    int has_bind;
    bosh_time created_ms; /* first submitted */
    bosh_time started_ms; /* last submitted, or uploaded where that is known */
    int is_uploaded, is_repeated;
    int is_answered, is_answer_empty;
    bosh_time answered_ms;
} world_slot;

/* An iq get or set from the server that was not answered yet. */
typedef struct world_question {
    char *id;
    struct world_question *next;
} world_question;

struct world_validator {
    world_validator_config config;
    size_t violations;
    world_slot *slots;
    size_t count;
    uint32_t *used; /* attempt ids so far */
    size_t used_count;
    uint32_t used_max;
    uint64_t *firsts; /* first rids of all sessions */
    size_t first_count;
    world_question *questions;
    const char *url; /* of this session */
    char *see_other; /* where the last one was sent by see-other-uri */
    /* the session */
    char *sid;
    uint64_t wait_s, hold, requests, polling_s;
    uint64_t rid; /* the highest so far */
    int is_ended, is_terminate_sent, is_terminate_received;
    int is_auth_open, is_bound, has_features;
    unsigned successes, restarts;
    unsigned hasty; /* polls in a row that were answered at once, with nothing */
};

void world_violate(world_validator *v, const char *rule, const char *format, ...);
/* realloc of `count` things of `size`, which ends the program instead of failing. */
void *world_grow(void *block, size_t count, size_t size);
world_slot *world_slot_of_rid(world_validator *v, uint64_t rid);
void world_forget_session(world_validator *v);
int world_is_polling_session(const world_validator *v);

/* A request with a rid never seen before, and one with a rid seen before. */
void world_check_target(world_validator *v, const bosh_transport_request *request, int is_creation);
void world_check_new(world_validator *v, bosh_time now_ms, const world_request *request);
void world_check_repeat(world_validator *v, bosh_time now_ms, const world_slot *slot,
                        const char *entity, size_t size);

#endif
