/* SPDX-License-Identifier: MIT
 * A client that is logged in over a scripted transport: tests say what the server sends and look at
 * what the client sent. */
#ifndef BOSH_TESTS_EXT_STAGE_H
#define BOSH_TESTS_EXT_STAGE_H

#include "world/alloc.h"
#include "world/seed.h"
#include "world/transport.h"

#define STAGE_JID "alice@localhost/desk"

typedef struct stage {
    world_alloc alloc; /* of the extension: give stage.allocator to it */
    bosh_allocator allocator;
    world_alloc client_alloc;
    world_seed seed;
    world_transport transport;
    bosh_client *client;
    bosh_event_fn on_event; /* may be NULL; set it before stage_login */
    void *user;
    size_t seen; /* attempts looked at by stage_sent */
    char *sent;  /* what stage_sent returned last */
    char id[64]; /* what stage_id returned last */
} stage;

/* A client that is not connected yet. */
void stage_open(stage *made);
/* Log in with PLAIN; afterwards one request is open. */
void stage_login(stage *on);
/* The server sends payloads (they may use the namespace jabber:client without declaring it). */
void stage_receive(stage *on, const char *payloads);
/* The server answers until only the idle request is open. */
void stage_settle(stage *on);
/* Time passes. */
void stage_wait(stage *on, uint64_t ms);
/* The server ends the session; the client waits to reconnect. */
void stage_lose(stage *on);
/* Every request since the last call, one after the other. Valid until the next call. */
const char *stage_sent(stage *on);
/* The id of the last stanza in what stage_sent returned. */
const char *stage_id(stage *on);
/* stage_receive with the answer to a request: a result with `payload` in it. */
void stage_result(stage *on, const char *id, const char *from, const char *payload);
/* Frees the client; free the extension afterwards, then call stage_done. */
void stage_close(stage *on);
/* Returns how many blocks the extension and the client left behind. */
size_t stage_done(stage *on);

#endif
