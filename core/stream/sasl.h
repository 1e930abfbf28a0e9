/* SPDX-License-Identifier: MIT
 * Choosing a login mechanism (SASL-1, SASL-2) and speaking it. One object per attempt.
 *
 *   choose -> start (initial response) -> challenge, run, response ... -> success
 */
#ifndef BOSH_STREAM_SASL_H
#define BOSH_STREAM_SASL_H

#include "stream/scram.h"

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

/* What there is to log in with, and what is allowed. Borrowed during each call only. */
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
/* Does the mechanism of this name send the secret itself? */
int bosh_sasl_is_readable(const char *name, size_t size);
/* Is `url` https, or http to "localhost", 127.0.0.0/8 or [::1]? (SASL-2) */
int bosh_sasl_is_url_private(const char *url);

/* Append what `features` (<stream:features/>) offer, as XEP-0474 has it hashed: the sorted names of
 * the mechanisms joined by 0x1E, then, if channel-binding types are listed, 0x1F and those joined
 * likewise. ERR_SASL (too many), ERR_MEMORY. */
int bosh_sasl_read_offer(const bosh_stanza *features, bosh_buf *offer);
/* Pick from an offer (NULL: none). The mechanism, or ERR_NO_MECHANISM,
 * ERR_PLAIN_NEEDS_HTTPS when only that forbids the rest, ERR_CREDENTIALS when a password is all
 * that is missing. */
int bosh_sasl_choose(const char *offer, const bosh_credentials *credentials);

typedef struct bosh_sasl bosh_sasl;
#define BOSH_SASL_NONCE_SIZE 24
/* `nonce`: BOSH_SASL_NONCE_SIZE unpredictable bytes (SCR-1).
 * ERR_SASLPREP when user or password cannot be prepared (SASL-10). */
int bosh_sasl_new(const bosh_allocator *allocator, bosh_mechanism mechanism, const char *offer,
                  const bosh_credentials *credentials, const uint8_t *nonce, bosh_sasl **out);
/* Append the initial response, not Base64; may be empty (the stream writes "="). (SASL-3) */
int bosh_sasl_start(bosh_sasl *sasl, bosh_buf *out);
/* Take a decoded challenge; bosh_sasl_run until 1, then bosh_sasl_response. ERR_SASL when this
 * mechanism expects none now (SASL-4). A SCRAM challenge that holds v= is verified here; its
 * response is empty (SCR-6). One of OAUTHBEARER says why the token is refused (SASL-13). */
int bosh_sasl_challenge(bosh_sasl *sasl, const char *data, size_t size);
int bosh_sasl_run(bosh_sasl *sasl, uint32_t rounds);
int bosh_sasl_response(bosh_sasl *sasl, bosh_buf *out);
/* Take the decoded additional data of <success/> (data NULL: none). 0 only when the server has
 * proven itself as far as the mechanism can (SASL-6, INV-21). */
int bosh_sasl_success(bosh_sasl *sasl, const char *data, size_t size);
/* What such a challenge said; NULL when there was none. */
const char *bosh_sasl_refusal(const bosh_sasl *sasl);
/* Keys of a SCRAM login, after success; mechanism "" otherwise. */
void bosh_sasl_get_keys(const bosh_sasl *sasl, bosh_scram_keys *keys);
void bosh_sasl_free(bosh_sasl *sasl);

#endif
