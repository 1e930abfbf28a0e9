/* SPDX-License-Identifier: MIT
 * What a server computes in SCRAM (RFC 5802), and Base64, without the library's own code. */
#ifndef BOSH_WORLD_SCRAM_H
#define BOSH_WORLD_SCRAM_H

#include <stddef.h>

/* The messages of an exchange as far as they are known, not Base64. */
typedef struct world_scram {
    const char *mechanism; /* "SCRAM-SHA-256" */
    const char *password;
    const char *client_first; /* with its gs2 header */
    const char *server_first;
    const char *client_final; /* up to, not including, ",p=" */
} world_scram;

/* Base64 of the proof and of the server's signature; 0, or -1 when server_first has no salt or
 * rounds. */
int world_scram_compute(const world_scram *scram, char proof[100], char signature[100]);

/* NUL-terminated, malloc'd. decode: NULL when it is not Base64. */
char *world_base64_encode(const void *data, size_t size);
char *world_base64_decode(const char *text, size_t *size);

#endif
