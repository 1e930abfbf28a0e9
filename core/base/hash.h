/* SPDX-License-Identifier: MIT
 * One hash in pieces. Made by hash_mbedtls.c, or by hash_builtin.c where a library for it is too
 * large; an embedder with hashes in hardware puts another file in its place. */
#ifndef BOSH_BASE_HASH_H
#define BOSH_BASE_HASH_H

#include "base/crypto.h"

#ifdef BOSH_BUILTIN_HASHES
#ifdef BOSH_WITHOUT_SHA512
typedef uint32_t bosh_hash_word;
#else
typedef uint64_t bosh_hash_word; /* SHA-1 and SHA-256 use the lower halves */
#endif

typedef struct bosh_hasher {
    bosh_hash hash;
    size_t size; /* of all data so far, which is in memory */
    bosh_hash_word words[8];
    uint8_t block[16 * sizeof(bosh_hash_word)];
} bosh_hasher;
#else
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>

typedef struct bosh_hasher {
    bosh_hash hash;
    int failed; /* sticky */
    union {
        mbedtls_sha1_context sha1;
        mbedtls_sha256_context sha256;
        mbedtls_sha512_context sha512;
    } of;
} bosh_hasher;
#endif

void bosh_hash_start(bosh_hasher *hasher, bosh_hash hash);
void bosh_hash_clone(bosh_hasher *hasher, const bosh_hasher *from);
void bosh_hash_update(bosh_hasher *hasher, const void *data, size_t size);
/* 0, or anything else when the library below has failed, in this or in an earlier step. */
int bosh_hash_finish(bosh_hasher *hasher, uint8_t *out);
void bosh_hash_free(bosh_hasher *hasher); /* wipes */

#endif
