/* SPDX-License-Identifier: MIT
 * Straight from the formulas of RFC 5802 section 3, on mbedTLS's HMAC. */
#include "world/scram.h"

#include <mbedtls/base64.h>
#include <mbedtls/md.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *world_base64_encode(const void *data, size_t size)
{
    size_t room = size * 2 + 8;
    char *out = malloc(room);
    if (!out || mbedtls_base64_encode((unsigned char *)out, room, &room, data, size) != 0)
        abort();
    return out;
}

char *world_base64_decode(const char *text, size_t *size)
{
    size_t length = strlen(text);
    char *out = malloc(length + 1);
    if (!out)
        abort();
    if (mbedtls_base64_decode((unsigned char *)out, length, size, (const unsigned char *)text,
                              length) != 0) {
        free(out);
        return NULL;
    }
    out[*size] = 0;
    return out;
}

static const mbedtls_md_info_t *hash_of(const char *mechanism)
{
    if (strcmp(mechanism, "SCRAM-SHA-512") == 0)
        return mbedtls_md_info_from_type(MBEDTLS_MD_SHA512);
    if (strcmp(mechanism, "SCRAM-SHA-384") == 0)
        return mbedtls_md_info_from_type(MBEDTLS_MD_SHA384);
    if (strcmp(mechanism, "SCRAM-SHA-256") == 0)
        return mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
    return mbedtls_md_info_from_type(MBEDTLS_MD_SHA1);
}

static void hmac(const mbedtls_md_info_t *hash, const void *key, size_t key_size, const char *data,
                 size_t size, uint8_t *out)
{
    mbedtls_md_hmac(hash, key, key_size, (const unsigned char *)data, size, out);
}

static void derive(const mbedtls_md_info_t *hash, const char *password, const char *salt,
                   size_t salt_size, unsigned long rounds, uint8_t *out)
{
    size_t size = mbedtls_md_get_size(hash);
    char first[128];
    uint8_t round[64];
    memcpy(first, salt, salt_size);
    memcpy(first + salt_size, "\0\0\0\1", 4);
    hmac(hash, password, strlen(password), first, salt_size + 4, round);
    memcpy(out, round, size);
    for (unsigned long i = 1; i < rounds; i++) {
        hmac(hash, password, strlen(password), (const char *)round, size, round);
        for (size_t k = 0; k < size; k++)
            out[k] ^= round[k];
    }
}

static int read_server_first(const char *text, char **salt, size_t *salt_size,
                             unsigned long *rounds)
{
    char encoded[128];
    const char *s = strstr(text, ",s=");
    const char *i = strstr(text, ",i=");
    if (!s || !i || sscanf(s, ",s=%127[^,]", encoded) != 1)
        return -1;
    *salt = world_base64_decode(encoded, salt_size);
    *rounds = strtoul(i + 3, NULL, 10);
    return *salt ? 0 : -1;
}

int world_scram_compute(const world_scram *scram, char proof[100], char signature[100])
{
    const mbedtls_md_info_t *hash = hash_of(scram->mechanism);
    size_t size = mbedtls_md_get_size(hash), salt_size;
    unsigned long rounds;
    char *salt, message[1024];
    uint8_t salted[64], client_key[64], stored_key[64], server_key[64], mac[64];
    if (read_server_first(scram->server_first, &salt, &salt_size, &rounds) != 0)
        return -1;
    derive(hash, scram->password, salt, salt_size, rounds, salted);
    free(salt);
    const char *bare = strstr(scram->client_first, "n=");
    snprintf(message, sizeof(message), "%s,%s,%s", bare ? bare : "", scram->server_first,
             scram->client_final);
    hmac(hash, salted, size, "Client Key", 10, client_key);
    mbedtls_md(hash, client_key, size, stored_key);
    hmac(hash, stored_key, size, message, strlen(message), mac);
    for (size_t k = 0; k < size; k++)
        mac[k] ^= client_key[k];
    char *text = world_base64_encode(mac, size);
    snprintf(proof, 100, "%s", text);
    free(text);
    hmac(hash, salted, size, "Server Key", 10, server_key);
    hmac(hash, server_key, size, message, strlen(message), mac);
    text = world_base64_encode(mac, size);
    snprintf(signature, 100, "%s", text);
    free(text);
    return 0;
}
