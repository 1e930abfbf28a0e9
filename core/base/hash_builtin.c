/* SPDX-License-Identifier: MIT
 * SHA-1, SHA-256, SHA-384 and SHA-512 (FIPS 180-4) in a tenth of mbedTLS's bytes: for WebAssembly
 * and small devices. The message schedules are rings of 16 words. */
#define BOSH_BUILTIN_HASHES 1
#include "base/hash.h"
#include "base/mem.h"

#include <string.h>

#ifdef BOSH_COMPUTED_HASH_WORDS /* by a door to which every byte is dear */
extern uint64_t bosh_hash_round_words[80], bosh_hash_first_words[16];
#define round_words bosh_hash_round_words
#define first_words bosh_hash_first_words
#else
/* The cube roots of the first 80 primes, behind the point. SHA-256 has the upper halves. */
static const uint64_t round_words[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

/* The square roots of the first 16 primes likewise: SHA-512 begins with the first eight, SHA-256
 * with their upper halves, SHA-384 with the other eight. */
static const uint64_t first_words[16] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
    0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
    0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4,
};
#endif

static const uint32_t first_words_of_sha1[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                                                0xc3d2e1f0};

static uint32_t turn32(uint32_t word, int bits)
{
    return word >> bits | word << (32 - bits);
}

/* Big-endian, `size` bytes. */
static uint64_t load(const uint8_t *at, size_t size)
{
    uint64_t word = 0;
    while (size--)
        word = word << 8 | *at++;
    return word;
}

static void store(uint8_t *at, uint64_t word, size_t size)
{
    for (; size--; word >>= 8)
        at[size] = (uint8_t)word;
}

static void compress_sha1(uint64_t *words, const uint8_t *block)
{
    uint32_t w[16], a = (uint32_t)words[0], b = (uint32_t)words[1], c = (uint32_t)words[2],
                    d = (uint32_t)words[3], e = (uint32_t)words[4];
    for (size_t i = 0; i < 80; i++) {
        uint32_t mixed;
        uint32_t *now = &w[i % 16];
        *now = i < 16 ? (uint32_t)load(block + 4 * i, 4)
                      /* cppcheck-suppress uninitvar ; the first 16 rounds fill w */
                      : turn32(w[(i - 3) % 16] ^ w[(i - 8) % 16] ^ w[(i - 14) % 16] ^ *now, 31);
        if (i < 20)
            mixed = (d ^ (b & (c ^ d))) + 0x5a827999;
        else if (i < 40)
            mixed = (b ^ c ^ d) + 0x6ed9eba1;
        else if (i < 60)
            mixed = ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
        else
            mixed = (b ^ c ^ d) + 0xca62c1d6;
        mixed += turn32(a, 27) + e + *now;
        e = d;
        d = c;
        c = turn32(b, 2);
        b = a;
        a = mixed;
    }
    words[0] += a;
    words[1] += b;
    words[2] += c;
    words[3] += d;
    words[4] += e;
}

static void compress_sha256(uint64_t *words, const uint8_t *block)
{
    uint32_t w[16], a = (uint32_t)words[0], b = (uint32_t)words[1], c = (uint32_t)words[2],
                    d = (uint32_t)words[3], e = (uint32_t)words[4], f = (uint32_t)words[5],
                    g = (uint32_t)words[6], h = (uint32_t)words[7];
    for (size_t i = 0; i < 64; i++) {
        uint32_t x;
        if (i < 16)
            x = (uint32_t)load(block + 4 * i, 4);
        else {
            uint32_t y = w[(i - 15) % 16], z = w[(i - 2) % 16];
            x = w[i % 16] + w[(i - 7) % 16] + (turn32(y, 7) ^ turn32(y, 18) ^ y >> 3) +
                (turn32(z, 17) ^ turn32(z, 19) ^ z >> 10);
        }
        w[i % 16] = x;
        x += h + (turn32(e, 6) ^ turn32(e, 11) ^ turn32(e, 25)) + (g ^ (e & (f ^ g))) +
             (uint32_t)(round_words[i] >> 32);
        h = g;
        g = f;
        f = e;
        e = d + x;
        x += (turn32(a, 2) ^ turn32(a, 13) ^ turn32(a, 22)) + ((a & b) | (c & (a | b)));
        d = c;
        c = b;
        b = a;
        a = x;
    }
    words[0] += a;
    words[1] += b;
    words[2] += c;
    words[3] += d;
    words[4] += e;
    words[5] += f;
    words[6] += g;
    words[7] += h;
}

#ifndef BOSH_WITHOUT_SHA512
static uint64_t turn64(uint64_t word, int bits)
{
    return word >> bits | word << (64 - bits);
}

static void compress_sha512(uint64_t *words, const uint8_t *block)
{
    uint64_t w[16], a = words[0], b = words[1], c = words[2], d = words[3], e = words[4],
                    f = words[5], g = words[6], h = words[7];
    for (size_t i = 0; i < 80; i++) {
        uint64_t x;
        if (i < 16)
            x = load(block + 8 * i, 8);
        else {
            uint64_t y = w[(i - 15) % 16], z = w[(i - 2) % 16];
            x = w[i % 16] + w[(i - 7) % 16] + (turn64(y, 1) ^ turn64(y, 8) ^ y >> 7) +
                (turn64(z, 19) ^ turn64(z, 61) ^ z >> 6);
        }
        w[i % 16] = x;
        x += h + (turn64(e, 14) ^ turn64(e, 18) ^ turn64(e, 41)) + (g ^ (e & (f ^ g))) +
             round_words[i];
        h = g;
        g = f;
        f = e;
        e = d + x;
        x += (turn64(a, 28) ^ turn64(a, 34) ^ turn64(a, 39)) + ((a & b) | (c & (a | b)));
        d = c;
        c = b;
        b = a;
        a = x;
    }
    words[0] += a;
    words[1] += b;
    words[2] += c;
    words[3] += d;
    words[4] += e;
    words[5] += f;
    words[6] += g;
    words[7] += h;
}

#endif

/* Blocks of 16 words, of this many bytes each. */
static size_t word_size(bosh_hash hash)
{
    return hash >= BOSH_HASH_SHA384 ? 8 : 4;
}

static void compress(bosh_hasher *hasher)
{
    if (hasher->hash == BOSH_HASH_SHA1)
        compress_sha1(hasher->words, hasher->block);
    else if (hasher->hash == BOSH_HASH_SHA256)
        compress_sha256(hasher->words, hasher->block);
#ifndef BOSH_WITHOUT_SHA512
    else
        compress_sha512(hasher->words, hasher->block);
#endif
}

int bosh_hash_start(bosh_hasher *hasher, bosh_hash hash)
{
    hasher->hash = hash;
    hasher->size = 0;
    const uint64_t *first = first_words + (hash == BOSH_HASH_SHA384 ? 8 : 0);
    for (size_t i = 0; i < 8; i++)
        hasher->words[i] = hash == BOSH_HASH_SHA256 ? first[i] >> 32 : first[i];
    for (size_t i = 0; i < 5 && hash == BOSH_HASH_SHA1; i++)
        hasher->words[i] = first_words_of_sha1[i];
    return 0;
}

void bosh_hash_clone(bosh_hasher *hasher, const bosh_hasher *from)
{
    *hasher = *from;
}

int bosh_hash_update(bosh_hasher *hasher, const void *data, size_t size)
{
    const size_t block_size = 16 * word_size(hasher->hash);
    const uint8_t *from = data;
    while (size) {
        size_t at = (size_t)hasher->size & (block_size - 1);
        size_t piece = size < block_size - at ? size : block_size - at;
        memcpy(hasher->block + at, from, piece);
        from += piece;
        size -= piece;
        hasher->size += piece;
        if (at + piece == block_size)
            compress(hasher);
    }
    return 0;
}

int bosh_hash_finish(bosh_hasher *hasher, uint8_t *out)
{
    const size_t width = word_size(hasher->hash), block_size = 16 * width;
    size_t at = (size_t)hasher->size & (block_size - 1);
    hasher->block[at++] = 0x80;
    memset(hasher->block + at, 0, block_size - at);
    if (at > block_size - 2 * width) { /* no place for the length */
        compress(hasher);
        memset(hasher->block, 0, block_size);
    }
    store(hasher->block + block_size - 8, 8 * hasher->size, 8);
    compress(hasher);
    for (at = 0; at < bosh_crypto_size(hasher->hash); at += width)
        store(out + at, hasher->words[at / width], width);
    return 0;
}

void bosh_hash_free(bosh_hasher *hasher)
{
    bosh_mem_wipe(hasher, sizeof(*hasher));
}
