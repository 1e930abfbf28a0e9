/* SPDX-License-Identifier: MIT
 * How mbedTLS is built from source: the hashes, and for the tests what goes by their names. What a
 * program does not use of it is not linked. */
#ifndef BOSH_MBEDTLS_CONFIG_H
#define BOSH_MBEDTLS_CONFIG_H

#define MBEDTLS_SHA1_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C
#define MBEDTLS_SHA256_SMALLER
#define MBEDTLS_SHA512_SMALLER
#define MBEDTLS_MD_C
#define MBEDTLS_BASE64_C

#endif
