/* SPDX-License-Identifier: MIT
 * Hashes, HMAC and PBKDF2 over mbedTLS. The contexts of its hash modules are used directly, since
 * its generic layer allocates behind the caller's back. */
#include "base/crypto.h"

#include "base/mem.h"

#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>
#include <mbedtls/version.h>
#include <string.h>

/* 2.x has the names without _ret for functions that return nothing. */
#if MBEDTLS_VERSION_MAJOR < 3
#define SHA(bits, verb) mbedtls_sha##bits##_##verb##_ret
#else
#define SHA(bits, verb) mbedtls_sha##bits##_##verb
#endif

#define BLOCK_SIZE_MAX 128

typedef struct hash_state {
    bosh_hash hash;
    union {
        mbedtls_sha1_context sha1;
        mbedtls_sha256_context sha256;
        mbedtls_sha512_context sha512;
    } of;
} hash_state;

/* HMAC with its key already mixed in: both states are as they are behind the padded key. */
typedef struct hmac_state {
    hash_state inner, outer;
} hmac_state;

size_t bosh_crypto_size(bosh_hash hash)
{
    static const uint8_t sizes[] = {20, 32, 48, 64};
    return sizes[hash];
}

static size_t block_size(bosh_hash hash)
{
    return hash >= BOSH_HASH_SHA384 ? 128 : 64;
}

static int hasher_start(hash_state *hasher, bosh_hash hash)
{
    hasher->hash = hash;
    switch (hash) {
    case BOSH_HASH_SHA1:
        mbedtls_sha1_init(&hasher->of.sha1);
        return SHA(1, starts)(&hasher->of.sha1);
    case BOSH_HASH_SHA256:
        mbedtls_sha256_init(&hasher->of.sha256);
        return SHA(256, starts)(&hasher->of.sha256, 0);
    default: /* SHA-384 is SHA-512 with another beginning */
        mbedtls_sha512_init(&hasher->of.sha512);
        return SHA(512, starts)(&hasher->of.sha512, hash == BOSH_HASH_SHA384);
    }
}

static void hasher_clone(hash_state *hasher, const hash_state *from)
{
    hasher->hash = from->hash;
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

static int hasher_update(hash_state *hasher, const void *data, size_t size)
{
    if (size == 0)
        return 0;
    switch (hasher->hash) {
    case BOSH_HASH_SHA1:
        return SHA(1, update)(&hasher->of.sha1, data, size);
    case BOSH_HASH_SHA256:
        return SHA(256, update)(&hasher->of.sha256, data, size);
    default:
        return SHA(512, update)(&hasher->of.sha512, data, size);
    }
}

static int hasher_finish(hash_state *hasher, uint8_t *out)
{
    switch (hasher->hash) {
    case BOSH_HASH_SHA1:
        return SHA(1, finish)(&hasher->of.sha1, out);
    case BOSH_HASH_SHA256:
        return SHA(256, finish)(&hasher->of.sha256, out);
    default:
        return SHA(512, finish)(&hasher->of.sha512, out);
    }
}

static void hasher_free(hash_state *hasher)
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

int bosh_crypto_hash(bosh_hash hash, const void *data, size_t size, uint8_t *out)
{
    hash_state hasher;
    int failed = hasher_start(&hasher, hash);
    failed |= hasher_update(&hasher, data, size);
    failed |= hasher_finish(&hasher, out);
    hasher_free(&hasher);
    return failed ? BOSH_ERR_INTERNAL : 0;
}

static int keyed_start(hmac_state *keyed, bosh_hash hash, const void *key, size_t key_size)
{
    uint8_t pad[BLOCK_SIZE_MAX] = {0};
    int failed = 0;
    if (key_size > block_size(hash))
        failed |= bosh_crypto_hash(hash, key, key_size, pad);
    else if (key_size)
        memcpy(pad, key, key_size);

    for (size_t i = 0; i < block_size(hash); i++)
        pad[i] ^= 0x36;
    failed |= hasher_start(&keyed->inner, hash);
    failed |= hasher_update(&keyed->inner, pad, block_size(hash));

    for (size_t i = 0; i < block_size(hash); i++)
        pad[i] ^= 0x36 ^ 0x5C;
    failed |= hasher_start(&keyed->outer, hash);
    failed |= hasher_update(&keyed->outer, pad, block_size(hash));
    bosh_mem_wipe(pad, sizeof(pad));
    return failed ? BOSH_ERR_INTERNAL : 0;
}

/* The code of two pieces of data one after the other. */
static int keyed_code(const hmac_state *keyed, const void *data, size_t size, const void *more,
                      size_t more_size, uint8_t *out)
{
    hash_state hasher;
    hasher_clone(&hasher, &keyed->inner);
    int failed = hasher_update(&hasher, data, size);
    failed |= hasher_update(&hasher, more, more_size);
    failed |= hasher_finish(&hasher, out);
    hasher_free(&hasher);
    hasher_clone(&hasher, &keyed->outer);
    failed |= hasher_update(&hasher, out, bosh_crypto_size(hasher.hash));
    failed |= hasher_finish(&hasher, out);
    hasher_free(&hasher);
    return failed ? BOSH_ERR_INTERNAL : 0;
}

static void keyed_free(hmac_state *keyed)
{
    hasher_free(&keyed->inner);
    hasher_free(&keyed->outer);
}

int bosh_crypto_hmac(bosh_hash hash, const void *key, size_t key_size, const void *data,
                     size_t size, uint8_t *out)
{
    hmac_state keyed;
    int error = keyed_start(&keyed, hash, key, key_size);
    if (!error)
        error = keyed_code(&keyed, data, size, NULL, 0, out);
    keyed_free(&keyed);
    return error;
}

int bosh_crypto_equal(const void *a, const void *b, size_t size)
{
    const volatile uint8_t *left = a, *right = b;
    uint8_t difference = 0;
    for (size_t i = 0; i < size; i++)
        difference |= left[i] ^ right[i];
    return difference == 0;
}

struct bosh_pbkdf2 {
    const bosh_allocator *allocator;
    size_t size;
    uint32_t rounds_left;
    hmac_state keyed;
    uint8_t round[BOSH_HASH_SIZE_MAX];
    uint8_t key[BOSH_HASH_SIZE_MAX];
};

int bosh_pbkdf2_new(const bosh_allocator *allocator, bosh_hash hash, const void *password,
                    size_t password_size, const void *salt, size_t salt_size, uint32_t rounds,
                    bosh_pbkdf2 **out)
{
    static const uint8_t first_block[4] = {0, 0, 0, 1};
    *out = NULL;
    if (rounds == 0)
        return BOSH_ERR_ARGUMENT;
    bosh_pbkdf2 *pbkdf2 = bosh_mem_new(allocator, 1, sizeof(*pbkdf2));
    if (!pbkdf2)
        return BOSH_ERR_MEMORY;
    pbkdf2->allocator = allocator;
    pbkdf2->size = bosh_crypto_size(hash);
    pbkdf2->rounds_left = rounds - 1;
    int error = keyed_start(&pbkdf2->keyed, hash, password, password_size);
    if (!error)
        error = keyed_code(&pbkdf2->keyed, salt, salt_size, first_block, sizeof(first_block),
                           pbkdf2->round);
    if (error) {
        bosh_pbkdf2_free(pbkdf2);
        return error;
    }
    memcpy(pbkdf2->key, pbkdf2->round, pbkdf2->size);
    *out = pbkdf2;
    return 0;
}

int bosh_pbkdf2_run(bosh_pbkdf2 *pbkdf2, uint32_t rounds)
{
    for (; rounds && pbkdf2->rounds_left; rounds--, pbkdf2->rounds_left--) {
        int error = keyed_code(&pbkdf2->keyed, pbkdf2->round, pbkdf2->size, NULL, 0, pbkdf2->round);
        if (error)
            return error;
        for (size_t i = 0; i < pbkdf2->size; i++)
            pbkdf2->key[i] ^= pbkdf2->round[i];
    }
    return pbkdf2->rounds_left == 0;
}

const uint8_t *bosh_pbkdf2_key(const bosh_pbkdf2 *pbkdf2)
{
    return pbkdf2->key;
}

void bosh_pbkdf2_free(bosh_pbkdf2 *pbkdf2)
{
    if (!pbkdf2)
        return;
    const bosh_allocator *allocator = pbkdf2->allocator;
    keyed_free(&pbkdf2->keyed);
    bosh_mem_wipe(pbkdf2, sizeof(*pbkdf2));
    bosh_mem_free(allocator, pbkdf2);
}
