/* SPDX-License-Identifier: MIT
 * SHA-1, SHA-256, SHA-384 and SHA-512 (FIPS 180-4) in a tenth of mbedTLS's bytes: for WebAssembly
 * and small devices. The message schedules are rings of 16 words. */
#define BOSH_BUILTIN_HASHES 1
#include "base/build.h"
#include "base/hash.h"
#include "base/mem.h"

#include <string.h>

/* A word of the tables, in halves: SHA-256 has the upper ones. */
#ifdef BOSH_WITHOUT_SHA512
#define WORD(upper, lower) 0x##upper
#define UPPER(word) (word)
#else
#define WORD(upper, lower) (UINT64_C(0x##upper) << 32 | 0x##lower)
#define UPPER(word) ((uint32_t)((word) >> 32))
#endif

#ifdef BOSH_COMPUTED_HASH_WORDS /* by a door to which every byte is dear */
extern bosh_hash_word bosh_hash_round_words[80], bosh_hash_first_words[16];
void bosh_hash_words_make(void); /* the first time */
#define round_words bosh_hash_round_words
#define first_words bosh_hash_first_words
#else
/* The cube roots of the first 80 primes, behind the point. */
static const bosh_hash_word round_words[] = {
    WORD(428a2f98, d728ae22), WORD(71374491, 23ef65cd), WORD(b5c0fbcf, ec4d3b2f),
    WORD(e9b5dba5, 8189dbbc), WORD(3956c25b, f348b538), WORD(59f111f1, b605d019),
    WORD(923f82a4, af194f9b), WORD(ab1c5ed5, da6d8118), WORD(d807aa98, a3030242),
    WORD(12835b01, 45706fbe), WORD(243185be, 4ee4b28c), WORD(550c7dc3, d5ffb4e2),
    WORD(72be5d74, f27b896f), WORD(80deb1fe, 3b1696b1), WORD(9bdc06a7, 25c71235),
    WORD(c19bf174, cf692694), WORD(e49b69c1, 9ef14ad2), WORD(efbe4786, 384f25e3),
    WORD(0fc19dc6, 8b8cd5b5), WORD(240ca1cc, 77ac9c65), WORD(2de92c6f, 592b0275),
    WORD(4a7484aa, 6ea6e483), WORD(5cb0a9dc, bd41fbd4), WORD(76f988da, 831153b5),
    WORD(983e5152, ee66dfab), WORD(a831c66d, 2db43210), WORD(b00327c8, 98fb213f),
    WORD(bf597fc7, beef0ee4), WORD(c6e00bf3, 3da88fc2), WORD(d5a79147, 930aa725),
    WORD(06ca6351, e003826f), WORD(14292967, 0a0e6e70), WORD(27b70a85, 46d22ffc),
    WORD(2e1b2138, 5c26c926), WORD(4d2c6dfc, 5ac42aed), WORD(53380d13, 9d95b3df),
    WORD(650a7354, 8baf63de), WORD(766a0abb, 3c77b2a8), WORD(81c2c92e, 47edaee6),
    WORD(92722c85, 1482353b), WORD(a2bfe8a1, 4cf10364), WORD(a81a664b, bc423001),
    WORD(c24b8b70, d0f89791), WORD(c76c51a3, 0654be30), WORD(d192e819, d6ef5218),
    WORD(d6990624, 5565a910), WORD(f40e3585, 5771202a), WORD(106aa070, 32bbd1b8),
    WORD(19a4c116, b8d2d0c8), WORD(1e376c08, 5141ab53), WORD(2748774c, df8eeb99),
    WORD(34b0bcb5, e19b48a8), WORD(391c0cb3, c5c95a63), WORD(4ed8aa4a, e3418acb),
    WORD(5b9cca4f, 7763e373), WORD(682e6ff3, d6b2b8a3), WORD(748f82ee, 5defb2fc),
    WORD(78a5636f, 43172f60), WORD(84c87814, a1f0ab72), WORD(8cc70208, 1a6439ec),
    WORD(90befffa, 23631e28), WORD(a4506ceb, de82bde9), WORD(bef9a3f7, b2c67915),
    WORD(c67178f2, e372532b),
#ifndef BOSH_WITHOUT_SHA512
    WORD(ca273ece, ea26619c), WORD(d186b8c7, 21c0c207), WORD(eada7dd6, cde0eb1e),
    WORD(f57d4f7f, ee6ed178), WORD(06f067aa, 72176fba), WORD(0a637dc5, a2c898a6),
    WORD(113f9804, bef90dae), WORD(1b710b35, 131c471b), WORD(28db77f5, 23047d84),
    WORD(32caab7b, 40c72493), WORD(3c9ebe0a, 15c9bebc), WORD(431d67c4, 9c100d4c),
    WORD(4cc5d4be, cb3e42b6), WORD(597f299c, fc657e2a), WORD(5fcb6fab, 3ad6faec),
    WORD(6c44198c, 4a475817),
#endif
};

/* The square roots of the first 16 primes likewise: SHA-512 begins with the first eight, SHA-256
 * with their upper halves, SHA-384 with the other eight. */
static const bosh_hash_word first_words[] = {
    WORD(6a09e667, f3bcc908), WORD(bb67ae85, 84caa73b), WORD(3c6ef372, fe94f82b),
    WORD(a54ff53a, 5f1d36f1), WORD(510e527f, ade682d1), WORD(9b05688c, 2b3e6c1f),
    WORD(1f83d9ab, fb41bd6b), WORD(5be0cd19, 137e2179),
#ifndef BOSH_WITHOUT_SHA512
    WORD(cbbb9d5d, c1059ed8), WORD(629a292a, 367cd507), WORD(9159015a, 3070dd17),
    WORD(152fecd8, f70e5939), WORD(67332667, ffc00b31), WORD(8eb44a87, 68581511),
    WORD(db0c2e0d, 64f98fa7), WORD(47b5481d, befa4fa4),
#endif
};
#endif

static const uint32_t first_words_of_sha1[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                                                0xc3d2e1f0};

static uint32_t turn32(uint32_t word, int bits)
{
    return word >> bits | word << (32 - bits);
}

/* Big-endian, as all that is hashed; written out, since compilers have one instruction for it. */
static uint32_t load(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void store(uint8_t *at, bosh_hash_word word, size_t size)
{
    for (; size--; word >>= 8)
        at[size] = (uint8_t)word;
}

static void compress_sha1(bosh_hash_word *words, const uint8_t *block)
{
    uint32_t w[16], a = (uint32_t)words[0], b = (uint32_t)words[1], c = (uint32_t)words[2],
                    d = (uint32_t)words[3], e = (uint32_t)words[4];
    for (size_t i = 0; i < 80; i++) {
        uint32_t mixed;
        uint32_t *now = &w[i % 16];
        *now = i < 16 ? load(block + 4 * i)
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

static void compress_sha256(bosh_hash_word *words, const uint8_t *block)
{
    uint32_t w[16], a = (uint32_t)words[0], b = (uint32_t)words[1], c = (uint32_t)words[2],
                    d = (uint32_t)words[3], e = (uint32_t)words[4], f = (uint32_t)words[5],
                    g = (uint32_t)words[6], h = (uint32_t)words[7];
    for (size_t i = 0; i < 64; i++) {
        uint32_t x;
        if (i < 16)
            x = load(block + 4 * i);
        else {
            uint32_t y = w[(i - 15) % 16], z = w[(i - 2) % 16];
            x = w[i % 16] + w[(i - 7) % 16] + (turn32(y, 7) ^ turn32(y, 18) ^ y >> 3) +
                (turn32(z, 17) ^ turn32(z, 19) ^ z >> 10);
        }
        w[i % 16] = x;
        x += h + (turn32(e, 6) ^ turn32(e, 11) ^ turn32(e, 25)) + (g ^ (e & (f ^ g))) +
             UPPER(round_words[i]);
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

static void compress_sha512(bosh_hash_word *words, const uint8_t *block)
{
    uint64_t w[16], a = words[0], b = words[1], c = words[2], d = words[3], e = words[4],
                    f = words[5], g = words[6], h = words[7];
    for (size_t i = 0; i < 80; i++) {
        uint64_t x;
        if (i < 16)
            x = (uint64_t)load(block + 8 * i) << 32 | load(block + 8 * i + 4);
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
    return BOSH_HAS_SHA512 && hash >= BOSH_HASH_SHA384 ? 8 : 4;
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

void bosh_hash_start(bosh_hasher *hasher, bosh_hash hash)
{
    hasher->hash = hash;
    hasher->size = 0;
#ifdef BOSH_COMPUTED_HASH_WORDS
    bosh_hash_words_make();
#endif
    size_t skipped = BOSH_HAS_SHA512 && hash == BOSH_HASH_SHA384 ? 8 : 0;
    const bosh_hash_word *first = first_words + skipped;
    for (size_t i = 0; i < 8; i++)
        hasher->words[i] = hash == BOSH_HASH_SHA256 ? UPPER(first[i]) : first[i];
    for (size_t i = 0; i < 5 && hash == BOSH_HASH_SHA1; i++)
        hasher->words[i] = first_words_of_sha1[i];
}

void bosh_hash_clone(bosh_hasher *hasher, const bosh_hasher *from)
{
    *hasher = *from;
}

void bosh_hash_update(bosh_hasher *hasher, const void *data, size_t size)
{
    const size_t block_size = 16 * word_size(hasher->hash);
    const uint8_t *from = data;
    while (size) {
        size_t at = hasher->size & (block_size - 1);
        size_t piece = size < block_size - at ? size : block_size - at;
        memcpy(hasher->block + at, from, piece);
        from += piece;
        size -= piece;
        hasher->size += piece;
        if (at + piece == block_size)
            compress(hasher);
    }
}

int bosh_hash_finish(bosh_hasher *hasher, uint8_t *out)
{
    const size_t width = word_size(hasher->hash), block_size = 16 * width;
    size_t at = hasher->size & (block_size - 1);
    hasher->block[at++] = 0x80;
    memset(hasher->block + at, 0, block_size - at);
    if (at > block_size - 2 * width) { /* no place for the length */
        compress(hasher);
        memset(hasher->block, 0, block_size);
    }
    store(hasher->block + block_size - 8, (uint32_t)(hasher->size >> 29), 4); /* in bits */
    store(hasher->block + block_size - 4, (uint32_t)(hasher->size << 3), 4);
    compress(hasher);
    for (at = 0; at < bosh_crypto_size(hasher->hash); at += width)
        store(out + at, hasher->words[at / width], width);
    return 0;
}

void bosh_hash_free(bosh_hasher *hasher)
{
    bosh_mem_wipe(hasher, sizeof(*hasher));
}
