/* SPDX-License-Identifier: MIT
 * Hashes, HMAC and PBKDF2. What makes the hashes is below hash.h. */
#ifndef BOSH_BASE_CRYPTO_H
#define BOSH_BASE_CRYPTO_H

#include <bosh/bosh.h>

typedef enum bosh_hash {
    BOSH_HASH_SHA1,
    BOSH_HASH_SHA256,
    BOSH_HASH_SHA384,
    BOSH_HASH_SHA512
} bosh_hash;
#define BOSH_HASH_SIZE_MAX 64

size_t bosh_crypto_size(bosh_hash hash);
/* All return 0 or ERR_INTERNAL when the library below fails. `out` holds bosh_crypto_size bytes. */
int bosh_crypto_hash(bosh_hash hash, const void *data, size_t size, uint8_t *out);
int bosh_crypto_hmac(bosh_hash hash, const void *key, size_t key_size, const void *data,
                     size_t size, uint8_t *out);
/* 1 when equal, in time that does not depend on the content. */
int bosh_crypto_equal(const void *a, const void *b, size_t size);

/* PBKDF2 with one output block (SCRAM's Hi), in steps: the pad states of the HMAC are kept, so that
 * a round costs two compressions and no caller is blocked. */
typedef struct bosh_pbkdf2 bosh_pbkdf2;
int bosh_pbkdf2_new(const bosh_allocator *allocator, bosh_hash hash, const void *password,
                    size_t password_size, const void *salt, size_t salt_size, uint32_t rounds,
                    bosh_pbkdf2 **out);
/* Do at most `rounds` rounds. 1 when finished, 0 when not yet, negative on error. */
int bosh_pbkdf2_run(bosh_pbkdf2 *pbkdf2, uint32_t rounds);
/* The finished key, bosh_crypto_size bytes. */
const uint8_t *bosh_pbkdf2_key(const bosh_pbkdf2 *pbkdf2);
void bosh_pbkdf2_free(bosh_pbkdf2 *pbkdf2); /* wipes */

#endif
