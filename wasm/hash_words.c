/* SPDX-License-Identifier: MIT
 * The numbers that SHA-2 is made of, for hash_builtin.c: 768 bytes that no server can compress, so
 * they are computed, in about a millisecond. */
#include "hash_words.h"

#include <string.h>

uint64_t bosh_hash_round_words[80], bosh_hash_first_words[16];

/* Numbers of 32 bits a digit, the lowest first. A root has two behind the point. */
enum { ROOT_DIGITS = 3, POWER_DIGITS = 3 * ROOT_DIGITS };

static void multiply(uint32_t *power, const uint32_t *root)
{
    uint32_t product[POWER_DIGITS + ROOT_DIGITS] = {0};
    for (int i = 0; i < ROOT_DIGITS; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < POWER_DIGITS; j++) {
            carry += product[i + j] + (uint64_t)root[i] * power[j];
            product[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    memcpy(power, product, POWER_DIGITS * sizeof(*power));
}

/* What is behind the point of a root of degree 2 or 3 of a number that has no whole one: bit by
 * bit, each stays that does not make the power too large. */
static uint64_t root_of(uint32_t number, int degree)
{
    uint32_t root[ROOT_DIGITS] = {0};
    for (int bit = 32 * ROOT_DIGITS - 27; bit >= 0; bit--) {
        uint32_t power[POWER_DIGITS] = {1};
        root[bit / 32] |= UINT32_C(1) << bit % 32;
        for (int i = 0; i < degree; i++)
            multiply(power, root);
        if (power[2 * degree] >= number)
            root[bit / 32] -= UINT32_C(1) << bit % 32;
    }
    return (uint64_t)root[1] << 32 | root[0];
}

static int is_prime(uint32_t number)
{
    for (uint32_t i = 2; i * i <= number; i++)
        if (number % i == 0)
            return 0;
    return 1;
}

void bosh_hash_words_make(void)
{
    uint32_t number = 1;
    if (bosh_hash_round_words[0])
        return;
    for (int i = 0; i < 80; i++) {
        do
            number++;
        while (!is_prime(number));
        bosh_hash_round_words[i] = root_of(number, 3);
        if (i < 16)
            bosh_hash_first_words[i] = root_of(number, 2);
    }
}
