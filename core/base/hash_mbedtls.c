/* SPDX-License-Identifier: MIT
 * Hashes by mbedTLS, 2.28 and 3.6. The contexts of its hash modules are used directly, since its
 * generic layer allocates behind the caller's back. */
#include "base/hash.h"

#include <mbedtls/version.h>

/* 2.x has the names without _ret for functions that return nothing. */
#if MBEDTLS_VERSION_MAJOR < 3
#define SHA(bits, verb) mbedtls_sha##bits##_##verb##_ret
#else
#define SHA(bits, verb) mbedtls_sha##bits##_##verb
#endif

void bosh_hash_start(bosh_hasher *hasher, bosh_hash hash)
{
    hasher->hash = hash;
    switch (hash) {
    case BOSH_HASH_SHA1:
        mbedtls_sha1_init(&hasher->of.sha1);
        hasher->failed = SHA(1, starts)(&hasher->of.sha1);
        break;
    case BOSH_HASH_SHA256:
        mbedtls_sha256_init(&hasher->of.sha256);
        hasher->failed = SHA(256, starts)(&hasher->of.sha256, 0);
        break;
    default: /* SHA-384 is SHA-512 with another beginning */
        mbedtls_sha512_init(&hasher->of.sha512);
        hasher->failed = SHA(512, starts)(&hasher->of.sha512, hash == BOSH_HASH_SHA384);
    }
}

void bosh_hash_clone(bosh_hasher *hasher, const bosh_hasher *from)
{
    hasher->hash = from->hash;
    hasher->failed = from->failed;
    switch (from->hash) {
    case BOSH_HASH_SHA1:
        mbedtls_sha1_init(&hasher->of.sha1);
        mbedtls_sha1_clone(&hasher->of.sha1, &from->of.sha1);
        break;
    case BOSH_HASH_SHA256:
        mbedtls_sha256_init(&hasher->of.sha256);
        mbedtls_sha256_clone(&hasher->of.sha256, &from->of.sha256);
        break;
    default:
        mbedtls_sha512_init(&hasher->of.sha512);
        mbedtls_sha512_clone(&hasher->of.sha512, &from->of.sha512);
    }
}

void bosh_hash_update(bosh_hasher *hasher, const void *data, size_t size)
{
    if (size == 0)
        return;
    switch (hasher->hash) {
    case BOSH_HASH_SHA1:
        hasher->failed |= SHA(1, update)(&hasher->of.sha1, data, size);
        break;
    case BOSH_HASH_SHA256:
        hasher->failed |= SHA(256, update)(&hasher->of.sha256, data, size);
        break;
    default:
        hasher->failed |= SHA(512, update)(&hasher->of.sha512, data, size);
    }
}

int bosh_hash_finish(bosh_hasher *hasher, uint8_t *out)
{
    switch (hasher->hash) {
    case BOSH_HASH_SHA1:
        return hasher->failed | SHA(1, finish)(&hasher->of.sha1, out);
    case BOSH_HASH_SHA256:
        return hasher->failed | SHA(256, finish)(&hasher->of.sha256, out);
    default:
        return hasher->failed | SHA(512, finish)(&hasher->of.sha512, out);
    }
}

void bosh_hash_free(bosh_hasher *hasher)
{
    switch (hasher->hash) {
    case BOSH_HASH_SHA1:
        mbedtls_sha1_free(&hasher->of.sha1);
        break;
    case BOSH_HASH_SHA256:
        mbedtls_sha256_free(&hasher->of.sha256);
        break;
    default:
        mbedtls_sha512_free(&hasher->of.sha512);
    }
}
