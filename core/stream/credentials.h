/* SPDX-License-Identifier: MIT
 * What there is to log in with, and the ways to do so. */
#ifndef BOSH_STREAM_CREDENTIALS_H
#define BOSH_STREAM_CREDENTIALS_H

#include <bosh/bosh.h>

typedef enum bosh_mechanism {
    BOSH_MECHANISM_NONE,
    BOSH_MECHANISM_SCRAM_SHA_512,
    BOSH_MECHANISM_SCRAM_SHA_384,
    BOSH_MECHANISM_SCRAM_SHA_256,
    BOSH_MECHANISM_SCRAM_SHA_1,
    BOSH_MECHANISM_PLAIN, /* from here on the secret itself is sent (SASL-2) */
    BOSH_MECHANISM_OAUTHBEARER,
    BOSH_MECHANISM_X_OAUTH2, /* up to here */
    BOSH_MECHANISM_ANONYMOUS,
    BOSH_MECHANISM_EXTERNAL
} bosh_mechanism;

/* Borrowed by the login, which reads it again at each step: a password may change meanwhile. */
typedef struct bosh_credentials {
    const char *user; /* local part, NULL for ANONYMOUS */
    const char *domain;
    const char *password; /* or token; NULL: none */
    const char *authzid;
    bosh_scram_keys *keys; /* of an earlier login; NULL: none */
    const char *allowed;   /* space-separated, best first; NULL: the defaults of bosh_config */
    int is_plain_allowed;  /* https, loopback, or allow_plain_over_http (SASL-2) */
    int was_scram_used;    /* never fall back to PLAIN any more (SASL-2) */
    uint16_t refused; /* bit (1 << mechanism): the server offered it and then would not have it */
    uint32_t rounds_min, rounds_max;
} bosh_credentials;

/* "SCRAM-SHA-256"; "" for NONE. */
const char *bosh_mechanism_name(bosh_mechanism mechanism);

#endif
