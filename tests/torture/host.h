/* SPDX-License-Identifier: MIT
 * A client in a small world that can be denied memory or transport at any point: a server that
 * answers everything correctly and at once, and an application that counts what it gets. */
#ifndef TORTURE_HOST_H
#define TORTURE_HOST_H

#include "world/alloc.h"
#include "world/seed.h"
#include "world/transport.h"
#include "world/wire.h"

#define HOST_STANZAS 32
#define HOST_SLOTS 8

/* A request id as the server knows it. */
typedef struct server_slot {
    uint64_t rid;
    world_kind kind;
    char *answer; /* NULL: not answered yet */
} server_slot;

typedef struct torture_host {
    world_alloc alloc;
    bosh_allocator allocator; /* what the client gets; world_alloc's unless a test changes it */
    world_seed seed;
    world_transport net;
    world_validator *validator;
    const char *mechanism;
    uint64_t submits, submit_fails_at; /* 1 = the first; 0: none */
    bosh_client *client;

    /* the server */
    uint32_t sessions;
    uint8_t is_silent;    /* keeps every request open */
    uint32_t answered;    /* answers given so far */
    uint32_t cut_answer;  /* this one (1 = the first) is cut ... */
    size_t cut_bytes;     /* after so many bytes ... */
    uint8_t is_cut_clean; /* and ends there, or breaks */
    server_slot slots[HOST_SLOTS];
    char client_first[200], server_first[200]; /* of SCRAM */
    char pending[4000];                        /* payloads waiting for a request */
    uint8_t accepted[HOST_STANZAS];            /* how often each of the client's stanzas came */

    /* a journal, and a crash in the middle of it all */
    uint8_t has_journal;
    uint8_t is_arriving;        /* requests under way reach the server before the crash */
    uint64_t steps, crashes_at; /* of host_settle; 0: never */
    void *journal;
    size_t journal_size;

    /* the application */
    uint32_t said, heard;
    uint8_t delivered[HOST_STANZAS]; /* how often each of the server's stanzas came */
    uint8_t answers;                 /* to the request */
    uint8_t was_asked;               /* a request was made */
    uint8_t is_ended;
    int end_error; /* why, as the last ENDED said */
    int problems;  /* what went wrong, printed when it happened */
} torture_host;

void host_init(torture_host *host, const char *mechanism);
/* Free the client and look for what is left. */
void host_deinit(torture_host *host);
/* Something is wrong. */
void host_complain(torture_host *host, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Make the client and connect; the server logs it in. */
void host_connect(torture_host *host);
/* Let the server answer and time pass until both are at rest, at most for `limit_ms`. */
void host_settle(torture_host *host, uint64_t limit_ms);
/* The server says something to the client. */
void host_push(torture_host *host, const char *payload);
/* The client says stanza `said` + 1; the server says message `heard` + 1. */
void host_say(torture_host *host);
void host_hear(torture_host *host);
/* The client asks, the server answers. */
void host_ask(torture_host *host);
/* All connections break; the server ends the session; we leave. Each settles afterwards. */
void host_break(torture_host *host);
void host_lose(torture_host *host);
void host_close(torture_host *host);
/* Export, and import into a new client. */
void host_move(torture_host *host);
/* A call may only fail for the reason it was given. */
void host_expect(torture_host *host, const char *call, int error);

#endif
