/* SPDX-License-Identifier: MIT
 * The SCRAM client (RFC 5802, 7677; rules SCR-1..7, CB-4) as a machine without I/O:
 *
 *   new -> first -> challenge -> run ... run -> final -> verify
 *
 * Key derivation is sliced (run), so that nothing blocks. Secrets are wiped in free (SEC-10). */
#ifndef BOSH_STREAM_SCRAM_H
#define BOSH_STREAM_SCRAM_H

#include "base/buf.h"
#include "base/crypto.h"
#include "stream/credentials.h"

typedef struct bosh_scram bosh_scram;

/* Of a mechanism of SCRAM, for credentials with a user. `offer`: bosh_sasl_read_offer, NULL: not
 * known; `nonce`: at least 18 unpredictable bytes (SCR-1). Credentials and offer have to stay until
 * it is freed. NULL when there is no memory. */
bosh_scram *bosh_scram_new(const bosh_allocator *allocator, bosh_mechanism mechanism,
                           const bosh_credentials *credentials, const char *offer,
                           bosh_slice nonce);
/* Append the client-first message ("n,,n=user,r=..."). */
int bosh_scram_first(bosh_scram *scram, bosh_buf *out);
/* Take the server-first message, or the server-final message where that comes as a challenge
 * (SCR-6: as bosh_scram_verify; then run is finished and final is empty). ERR_SASL,
 * ERR_SCRAM_NONCE, _ROUNDS, _SALT, _DOWNGRADE, ERR_CREDENTIALS when keys do not fit and there is
 * no password. */
int bosh_scram_challenge(bosh_scram *scram, const char *data, size_t size);
/* Derive: 1 finished, 0 not yet, negative error. */
int bosh_scram_run(bosh_scram *scram, uint32_t rounds);
/* Append the client-final message. */
int bosh_scram_final(bosh_scram *scram, bosh_buf *out);
/* Check the server-final message (size 0: none, which is fine once one was good): 0,
 * ERR_SCRAM_SIGNATURE (also without v=), or ERR_AUTH for e=. */
int bosh_scram_verify(bosh_scram *scram, const char *data, size_t size);
/* After verify; mechanism "" before. */
void bosh_scram_get_keys(const bosh_scram *scram, bosh_scram_keys *keys);
void bosh_scram_free(bosh_scram *scram); /* NULL is ignored; wipes */

/* Append a saslname: ',' and '=' are written as "=2C" and "=3D" (SCR-1). */
void bosh_scram_append_name(bosh_buf *buf, const char *name);

#endif
