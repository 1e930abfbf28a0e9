/* SPDX-License-Identifier: MIT
 * Choosing a login mechanism (SASL-1, SASL-2) and speaking it. One object per attempt.
 *
 *   choose -> start (initial response) -> challenge, run, response ... -> success
 */
#ifndef BOSH_STREAM_SASL_H
#define BOSH_STREAM_SASL_H

#include "stream/scram.h"

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
/* `nonce`: BOSH_SASL_NONCE_SIZE unpredictable bytes (SCR-1). Credentials and offer have to stay
 * where they are until it is freed. ERR_SASLPREP when user or password cannot be prepared
 * (SASL-10). */
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
/* Take the decoded additional data of <success/> (size 0: none). 0 only when the server has
 * proven itself as far as the mechanism can (SASL-6, INV-21). */
int bosh_sasl_success(bosh_sasl *sasl, const char *data, size_t size);
/* What such a challenge said; NULL when there was none. */
const char *bosh_sasl_refusal(const bosh_sasl *sasl);
/* Keys of a SCRAM login, after success; mechanism "" otherwise. */
void bosh_sasl_get_keys(const bosh_sasl *sasl, bosh_scram_keys *keys);
void bosh_sasl_free(bosh_sasl *sasl);

#endif
