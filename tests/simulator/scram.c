/* SPDX-License-Identifier: MIT
 * The server's turns of a SCRAM exchange, one round so that a login costs little. */
#include "simulator/sim.h"
#include "simulator/xmpp.h"
#include "world/scram.h"
#include <stdlib.h>
#include <string.h>

struct scram_server {
    const char *client_first, *server_first;
};

/* Text out of Base64 into the arena, or NULL. */
static const char *decode(sim_world *sim, const char *base64)
{
    size_t size = 0;
    char *text = world_base64_decode(base64, &size);
    const char *copy = text ? arena_copy(&sim->arena, text, size) : NULL;
    free(text);
    return copy;
}

static const char *encode(sim_world *sim, const char *text)
{
    char *base64 = world_base64_encode(text, strlen(text));
    const char *copy = arena_copy(&sim->arena, base64, strlen(base64));
    free(base64);
    return copy;
}

const char *scram_server_first(sim_world *sim, scram_server **out, const char *client_first)
{
    scram_server *scram = arena_new(&sim->arena, sizeof(*scram));
    const char *text = decode(sim, client_first);
    const char *nonce = text ? strstr(text, ",r=") : NULL;
    if (!nonce || strncmp(text, "n,,n=" XMPP_USER ",", 6 + strlen(XMPP_USER)) != 0)
        return NULL;
    scram->client_first = text;
    scram->server_first = arena_print(&sim->arena, "r=%sX%u,s=c2FsdA==,i=1", nonce + 3,
                                      (unsigned)sim_below(sim, UINT32_MAX));
    *out = scram;
    return encode(sim, scram->server_first);
}

const char *scram_server_final(sim_world *sim, scram_server *scram, const char *client_final)
{
    char proof[100], signature[100];
    const char *text = decode(sim, client_final);
    const char *given = text ? strstr(text, ",p=") : NULL;
    if (!given)
        return NULL;
    world_scram facts = {"SCRAM-SHA-1", XMPP_PASSWORD, scram->client_first, scram->server_first,
                         arena_copy(&sim->arena, text, (size_t)(given - text))};
    if (world_scram_compute(&facts, proof, signature) != 0 || strcmp(given + 3, proof) != 0)
        return NULL;
    if (sim->knobs.quirks & QUIRK_BAD_SIGNATURE)
        signature[0] = signature[0] == 'A' ? 'B' : 'A';
    return encode(sim, arena_print(&sim->arena, "v=%s", signature));
}
