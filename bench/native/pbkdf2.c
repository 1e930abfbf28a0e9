/* SPDX-License-Identifier: MIT
 * pbkdf2: the time SCRAM-SHA-256 takes to derive its key from a password with 10,000 rounds.
 * peers/openssl-pbkdf2.c does the same.
 *
 *     bench-pbkdf2      prints {"ms": N, "key": "..."} */
#include "base/crypto.h"
#include "base/mem.h"
#include "sample.h"

#include <stdio.h>
#include <string.h>

enum { ROUNDS = 10000, TIMES = 21 };

int main(void)
{
    static const char password[] = "pencil", salt[] = "0123456789abcdef";
    double ms[TIMES];
    uint8_t key[BOSH_HASH_SIZE_MAX];
    for (int i = 0; i < TIMES; i++) {
        bosh_pbkdf2 *pbkdf2;
        int64_t start = bench_cpu_ns();
        if (bosh_pbkdf2_new(bosh_mem_allocator(NULL), BOSH_HASH_SHA256, password,
                            sizeof password - 1, salt, sizeof salt - 1, ROUNDS, &pbkdf2) ||
            bosh_pbkdf2_run(pbkdf2, ROUNDS) != 1)
            bench_die("no key");
        memcpy(key, bosh_pbkdf2_key(pbkdf2), bosh_crypto_size(BOSH_HASH_SHA256));
        bosh_pbkdf2_free(pbkdf2);
        ms[i] = (double)(bench_cpu_ns() - start) / 1e6;
    }
    printf("{\"ms\": %.3f, \"key\": \"%02x%02x%02x%02x\"}\n", bench_median(ms, TIMES), key[0],
           key[1], key[2], key[3]);
    return 0;
}
