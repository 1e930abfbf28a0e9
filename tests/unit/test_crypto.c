/* SPDX-License-Identifier: MIT
 * base/crypto: published vectors (FIPS 180, RFC 2202, 4231, 6070; PBKDF2 with SHA-2 computed with
 * Python's hashlib) and the slicing of PBKDF2. */
#include "base/crypto.h"
#include "base/mem.h"
#include "tests/check.h"

static const char *hex(const uint8_t *bytes, size_t size)
{
    static char text[2 * BOSH_HASH_SIZE_MAX + 1];
    for (size_t i = 0; i < size; i++)
        sprintf(text + 2 * i, "%02x", bytes[i]);
    return text;
}

static const char *hash(bosh_hash hash, const char *data)
{
    uint8_t out[BOSH_HASH_SIZE_MAX];
    CHECK_INT(bosh_crypto_hash(hash, data, strlen(data), out), 0);
    return hex(out, bosh_crypto_size(hash));
}

static void test_hashes(void)
{
    CHECK_STR(hash(BOSH_HASH_SHA1, "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK_STR(hash(BOSH_HASH_SHA1, ""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    CHECK_STR(hash(BOSH_HASH_SHA256, "abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_NEEDS("SCRAM-SHA-512");
    CHECK_STR(hash(BOSH_HASH_SHA384, "abc"), "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
                                             "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
    CHECK_STR(hash(BOSH_HASH_SHA512, "abc"),
              "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
              "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

/* Of the hashes of 301 texts: every length around the ends of blocks. */
static const char *hash_of_lengths(bosh_hash hash)
{
    uint8_t text[300], all[301 * BOSH_HASH_SIZE_MAX];
    size_t size = bosh_crypto_size(hash);
    for (size_t n = 0; n <= sizeof(text); n++) {
        for (size_t i = 0; i < n; i++)
            text[i] = (uint8_t)(7 * i + n);
        CHECK_INT(bosh_crypto_hash(hash, text, n, all + n * size), 0);
    }
    CHECK_INT(bosh_crypto_hash(hash, all, 301 * size, all), 0);
    return hex(all, size);
}

static void test_lengths(void)
{
    CHECK_STR(hash_of_lengths(BOSH_HASH_SHA1), "e570432b09ac39935ad256f819b381ba3900dbbd");
    CHECK_STR(hash_of_lengths(BOSH_HASH_SHA256),
              "60d63ff40b5558727a9b786ac0be9300f7ca58fd9ddd3b2f3681b369018a87dc");
    CHECK_NEEDS("SCRAM-SHA-512");
    CHECK_STR(hash_of_lengths(BOSH_HASH_SHA384),
              "022ac2b92dcdb9358b044b9475cd22bacae49d2510f54933"
              "70847b4c61050cacc2325d1d80119adbc3ca9eaa7ecd3de7");
    CHECK_STR(hash_of_lengths(BOSH_HASH_SHA512),
              "e1f2f7d5d8fc48db06ec2a0eed639593f549caffa40245747258761214a3ec07"
              "134903fde52ace6cfae161a82097ba01f33a97d48dd6a80d4521d96d7401357e");
}

static const char *hmac(bosh_hash hash, const char *key, size_t key_size, const char *data)
{
    uint8_t out[BOSH_HASH_SIZE_MAX];
    CHECK_INT(bosh_crypto_hmac(hash, key, key_size, data, strlen(data), out), 0);
    return hex(out, bosh_crypto_size(hash));
}

static void test_hmac(void)
{
    char long_key[131];
    memset(long_key, 0xAA, sizeof(long_key));
    const char *question = "what do ya want for nothing?";
    const char *larger = "Test Using Larger Than Block-Size Key - Hash Key First";
    CHECK_STR(hmac(BOSH_HASH_SHA1, "Jefe", 4, question),
              "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    CHECK_STR(hmac(BOSH_HASH_SHA1, long_key, 80, larger),
              "aa4ae5e15272d00e95705637ce8a3b55ed402112");
    CHECK_STR(hmac(BOSH_HASH_SHA256, "Jefe", 4, question),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK_STR(hmac(BOSH_HASH_SHA256, long_key, 131, larger),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    CHECK_NEEDS("SCRAM-SHA-512");
    CHECK_STR(hmac(BOSH_HASH_SHA384, "Jefe", 4, question),
              "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47"
              "e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649");
    CHECK_STR(hmac(BOSH_HASH_SHA384, long_key, 131, larger),
              "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f"
              "3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952");
    CHECK_STR(hmac(BOSH_HASH_SHA512, "Jefe", 4, question),
              "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
              "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
    CHECK_STR(hmac(BOSH_HASH_SHA512, long_key, 131, larger),
              "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
              "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
}

static void test_equal(void)
{
    CHECK(bosh_crypto_equal("abc", "abc", 3));
    CHECK(!bosh_crypto_equal("abc", "abd", 3));
    CHECK(!bosh_crypto_equal("abc", "bbc", 3));
    CHECK(bosh_crypto_equal("abc", "xyz", 0));
}

/* The key after `rounds`, derived in slices of `slice`; counts the calls. */
static const char *pbkdf2(bosh_hash hash, uint32_t rounds, uint32_t slice, int *calls)
{
    bosh_pbkdf2 *pbkdf2 = NULL;
    int finished;
    CHECK_INT(
        bosh_pbkdf2_new(bosh_mem_allocator(NULL), hash, "password", 8, "salt", 4, rounds, &pbkdf2),
        0);
    *calls = 0;
    do {
        finished = bosh_pbkdf2_run(pbkdf2, slice);
        ++*calls;
    } while (finished == 0);
    CHECK_INT(finished, 1);
    const char *key = hex(bosh_pbkdf2_key(pbkdf2), bosh_crypto_size(hash));
    bosh_pbkdf2_free(pbkdf2);
    return key;
}

static void test_pbkdf2(void)
{
    int calls;
    CHECK_STR(pbkdf2(BOSH_HASH_SHA1, 1, 1, &calls), "0c60c80f961f0e71f3a9b524af6012062fe037a6");
    CHECK_INT(calls, 1);
    CHECK_STR(pbkdf2(BOSH_HASH_SHA1, 2, 1, &calls), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
    CHECK_STR(pbkdf2(BOSH_HASH_SHA1, 4096, 1000, &calls),
              "4b007901b765489abead49d926f721d065a429c1");
    CHECK_INT(calls, 5);
    CHECK_STR(pbkdf2(BOSH_HASH_SHA256, 4096, 5000, &calls),
              "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a");
    CHECK_INT(calls, 1);
    CHECK_NEEDS("SCRAM-SHA-512");
    CHECK_STR(pbkdf2(BOSH_HASH_SHA384, 4096, 5000, &calls),
              "559726be38db125bc85ed7895f6e3cf574c7a01c080c3447"
              "db1e8a76764deb3c307b94853fbe424f6488c5f4f1289626");
    CHECK_STR(pbkdf2(BOSH_HASH_SHA512, 4096, 5000, &calls),
              "d197b1b33db0143e018b12f3d1d1479e6cdebdcc97c5c0f87f6902e072f457b5"
              "143f30602641b3d55cd335988cb36b84376060ecd532e039b742a239434af2d5");
}

static void test_pbkdf2_needs_rounds(void)
{
    bosh_pbkdf2 *pbkdf2;
    CHECK_INT(bosh_pbkdf2_new(bosh_mem_allocator(NULL), BOSH_HASH_SHA1, "p", 1, "s", 1, 0, &pbkdf2),
              BOSH_ERR_ARGUMENT);
    CHECK(pbkdf2 == NULL);
    bosh_pbkdf2_free(NULL);
}

static const check_test tests[] = {
    {"hashes", test_hashes}, {"lengths", test_lengths},
    {"hmac", test_hmac},     {"equal", test_equal},
    {"pbkdf2", test_pbkdf2}, {"pbkdf2_needs_rounds", test_pbkdf2_needs_rounds},
};
CHECK_MAIN(tests)
