/* SPDX-License-Identifier: MIT
 * OpenSSL's side of pbkdf2. bench/run switches the processor's SHA instructions off for it
 * (OPENSSL_ia32cap), since not every processor has them.
 *
 *     bench-openssl-pbkdf2      prints {"ms": N, "key": "..."} */
#include "../native/sample.h"

#include <openssl/evp.h>
#include <stdio.h>

enum { ROUNDS = 10000, TIMES = 21 };

int main(void)
{
    static const char password[] = "pencil";
    static const unsigned char salt[] = "0123456789abcdef";
    double ms[TIMES];
    unsigned char key[32];
    for (int i = 0; i < TIMES; i++) {
        int64_t start = bench_cpu_ns();
        if (PKCS5_PBKDF2_HMAC(password, sizeof password - 1, salt, sizeof salt - 1, ROUNDS,
                              EVP_sha256(), sizeof key, key) != 1)
            bench_die("no key");
        ms[i] = (double)(bench_cpu_ns() - start) / 1e6;
    }
    printf("{\"ms\": %.3f, \"key\": \"%02x%02x%02x%02x\"}\n", bench_median(ms, TIMES), key[0],
           key[1], key[2], key[3]);
    return 0;
}
