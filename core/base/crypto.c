/* SPDX-License-Identifier: MIT
 * HMAC and PBKDF2 over the hashes of hash.h. */
#include "base/crypto.h"

#include "base/build.h"
#include "base/hash.h"
#include "base/mem.h"

#include <string.h>

#define BLOCK_SIZE_MAX 128

/* HMAC with its key already mixed in: both states are as they are behind the padded key. */
typedef struct hmac_state {
    bosh_hasher inner, outer;
} hmac_state;

size_t bosh_crypto_size(bosh_hash hash)
{
    static const uint8_t sizes[] = {20, 32, 48, 64};
    return sizes[hash];
}

static size_t block_size(bosh_hash hash)
{
    return BOSH_HAS_SHA512 && hash >= BOSH_HASH_SHA384 ? 128 : 64;
}

static int finish(bosh_hasher *hasher, uint8_t *out)
{
    int error = bosh_hash_finish(hasher, out) ? BOSH_ERR_INTERNAL : 0;
    bosh_hash_free(hasher);
    return error;
}

int bosh_crypto_hash(bosh_hash hash, const void *data, size_t size, uint8_t *out)
{
    bosh_hasher hasher;
    bosh_hash_start(&hasher, hash);
    bosh_hash_update(&hasher, data, size);
    return finish(&hasher, out);
}

/* Start with the key, each byte of it mixed with `mask`. */
static void start_padded(bosh_hasher *hasher, bosh_hash hash, uint8_t *key, uint8_t mask)
{
    for (size_t i = 0; i < block_size(hash); i++)
        key[i] ^= mask;
    bosh_hash_start(hasher, hash);
    bosh_hash_update(hasher, key, block_size(hash));
}

static int keyed_start(hmac_state *keyed, bosh_hash hash, const void *key, size_t key_size)
{
    uint8_t pad[BLOCK_SIZE_MAX] = {0};
    int error = 0;
    if (key_size > block_size(hash))
        error = bosh_crypto_hash(hash, key, key_size, pad);
    else if (key_size)
        memcpy(pad, key, key_size);
    start_padded(&keyed->inner, hash, pad, 0x36);
    start_padded(&keyed->outer, hash, pad, 0x36 ^ 0x5C);
    bosh_mem_wipe(pad, sizeof(pad));
    return error;
}

/* The code of two pieces of data one after the other. */
static int keyed_code(const hmac_state *keyed, const void *data, size_t size, const void *more,
                      size_t more_size, uint8_t *out)
{
    bosh_hasher hasher;
    bosh_hash_clone(&hasher, &keyed->inner);
    bosh_hash_update(&hasher, data, size);
    bosh_hash_update(&hasher, more, more_size);
    int error = finish(&hasher, out);
    bosh_hash_clone(&hasher, &keyed->outer);
    bosh_hash_update(&hasher, out, bosh_crypto_size(hasher.hash));
    return error | finish(&hasher, out); /* each of them 0 or ERR_INTERNAL */
}

static void keyed_free(hmac_state *keyed)
{
    bosh_hash_free(&keyed->inner);
    bosh_hash_free(&keyed->outer);
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
