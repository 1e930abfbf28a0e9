/* SPDX-License-Identifier: MIT
 * The SCRAM client (RFC 5802, 7677; rules SCR-1..7, CB-4) as a machine without I/O. */
#include "stream/scram.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

#define MESSAGE_SIZE_MAX 8192 /* of all messages of an exchange together */

typedef enum phase { NEW, ASKED, DERIVING, DERIVED, ANSWERED, VERIFIED } phase;

struct bosh_scram {
    const bosh_allocator *allocator;
    phase phase;
    bosh_hash hash;
    size_t hash_size;
    char *user;
    char *gs2_header; /* "n,,": no channel binding (SCR-2, CB-1) */
    char *nonce;
    char *password;
    char *offered;
    uint32_t rounds_min, rounds_max;
    bosh_scram_keys given; /* keys of an earlier login */
    bosh_scram_keys keys;  /* of this one */
    bosh_pbkdf2 *pbkdf2;   /* while deriving */
    /* What both sides sign: client-first-bare "," server-first "," client-final-without-proof. */
    bosh_buf signed_text;
    size_t final_begin; /* where client-final-without-proof begins */
};

static int hash_of(const char *mechanism, bosh_hash *hash)
{
    if (bosh_text_equal(mechanism, "SCRAM-SHA-1"))
        *hash = BOSH_HASH_SHA1;
    else if (bosh_text_equal(mechanism, "SCRAM-SHA-256"))
        *hash = BOSH_HASH_SHA256;
#ifndef BOSH_WITHOUT_SHA512
    else if (bosh_text_equal(mechanism, "SCRAM-SHA-384"))
        *hash = BOSH_HASH_SHA384;
    else if (bosh_text_equal(mechanism, "SCRAM-SHA-512"))
        *hash = BOSH_HASH_SHA512;
#endif
    else
        return 0;
    return 1;
}

void bosh_scram_append_name(bosh_buf *buf, const char *name)
{
    for (; *name; name++) {
        if (*name == ',')
            bosh_buf_append_text(buf, "=2C");
        else if (*name == '=')
            bosh_buf_append_text(buf, "=3D");
        else
            bosh_buf_append(buf, name, 1);
    }
}

static char *new_gs2_header(const bosh_allocator *allocator, const char *authzid)
{
    bosh_buf buf;
    bosh_buf_init(&buf, allocator, MESSAGE_SIZE_MAX, BOSH_ERR_ARGUMENT);
    bosh_buf_append_text(&buf, "n,");
    if (authzid && *authzid) {
        bosh_buf_append_text(&buf, "a=");
        bosh_scram_append_name(&buf, authzid);
    }
    bosh_buf_append_text(&buf, ",");
    if (buf.error)
        bosh_buf_free(&buf);
    return buf.data;
}

int bosh_scram_new(const bosh_allocator *allocator, const bosh_scram_options *options,
                   bosh_scram **out)
{
    bosh_hash hash;
    *out = NULL;
    if (!hash_of(options->mechanism, &hash) || !options->user || !options->nonce)
        return BOSH_ERR_ARGUMENT;
    bosh_scram *scram = bosh_mem_new(allocator, 1, sizeof(*scram));
    if (!scram)
        return BOSH_ERR_MEMORY;
    scram->allocator = allocator;
    scram->hash = hash;
    scram->hash_size = bosh_crypto_size(hash);
    scram->rounds_min = options->rounds_min ? options->rounds_min : 1;
    scram->rounds_max = options->rounds_max;
    if (options->keys)
        scram->given = *options->keys;
    memcpy(scram->keys.mechanism, options->mechanism, strlen(options->mechanism) + 1);
    bosh_buf_init(&scram->signed_text, allocator, MESSAGE_SIZE_MAX, BOSH_ERR_SASL);
    scram->user = bosh_mem_string(allocator, options->user);
    scram->gs2_header = new_gs2_header(allocator, options->authzid);
    scram->nonce = bosh_mem_string(allocator, options->nonce);
    if (options->password)
        scram->password = bosh_mem_string(allocator, options->password);
    if (options->offered)
        scram->offered = bosh_mem_string(allocator, options->offered);
    if (!scram->user || !scram->gs2_header || !scram->nonce ||
        (options->password && !scram->password) || (options->offered && !scram->offered)) {
        bosh_scram_free(scram);
        return BOSH_ERR_MEMORY;
    }
    *out = scram;
    return 0;
}

int bosh_scram_first(bosh_scram *scram, bosh_buf *out)
{
    bosh_buf *bare = &scram->signed_text;
    if (scram->phase != NEW)
        return BOSH_ERR_STATE;
    bosh_buf_append_text(bare, "n=");
    bosh_scram_append_name(bare, scram->user);
    bosh_buf_append_text(bare, ",r=");
    bosh_buf_append_text(bare, scram->nonce);
    if (bare->error)
        return bare->error;
    scram->phase = ASKED;
    bosh_buf_append_text(out, scram->gs2_header);
    return bosh_buf_append(out, bare->data, bare->size);
}

/* ---- the server's messages ----
 *
 * Attributes are taken off the front of a slice, one at a time. */

/* Take "x=value" and the comma behind it; the letter, or 0 when nothing is left or it has another
 * form. */
static char take_attribute(bosh_slice *message, bosh_slice *value)
{
    const char *text = message->data;
    if (message->size < 2 || text[1] != '=')
        return 0;
    char letter = text[0];
    if (!((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z')))
        return 0;
    const char *comma = memchr(text, ',', message->size);
    size_t size = comma ? (size_t)(comma - text) : message->size;
    value->data = text + 2;
    value->size = size - 2;
    message->data += comma ? size + 1 : size;
    message->size -= comma ? size + 1 : size;
    return comma && message->size == 0 ? 0 : letter; /* a comma must be followed by something */
}

/* The server's nonce continues ours (SCR-3). */
static int check_nonce(const bosh_scram *scram, bosh_slice nonce)
{
    size_t size = strlen(scram->nonce);
    if (nonce.size <= size || memcmp(nonce.data, scram->nonce, size) != 0)
        return BOSH_ERR_SCRAM_NONCE;
    for (size_t i = 0; i < nonce.size; i++)
        if (nonce.data[i] < '!' || nonce.data[i] > '~')
            return BOSH_ERR_SCRAM_NONCE;
    return 0;
}

static int take_salt(bosh_scram *scram, bosh_slice value)
{
    int size =
        bosh_text_base64_decode(value.data, value.size, scram->keys.salt, sizeof(scram->keys.salt));
    if (size <= 0)
        return BOSH_ERR_SCRAM_SALT;
    scram->keys.salt_size = (size_t)size;
    return 0;
}

static int take_rounds(bosh_scram *scram, bosh_slice value)
{
    char digits[11]; /* UINT32_MAX has ten */
    uint32_t rounds = 0;
    if (value.size >= sizeof(digits))
        return BOSH_ERR_SCRAM_ROUNDS;
    memcpy(digits, value.data, value.size);
    digits[value.size] = 0;
    if (!bosh_text_number(digits, scram->rounds_max, &rounds) || rounds < scram->rounds_min)
        return BOSH_ERR_SCRAM_ROUNDS;
    scram->keys.rounds = rounds;
    return 0;
}

/* XEP-0474: the server says which mechanisms it offered; they must be those we saw (CB-4). */
static int check_offered(const bosh_scram *scram, bosh_slice value)
{
    uint8_t ours[BOSH_HASH_SIZE_MAX], theirs[BOSH_HASH_SIZE_MAX];
    if (!scram->offered)
        return 0;
    int error = bosh_crypto_hash(scram->hash, scram->offered, strlen(scram->offered), ours);
    int size = bosh_text_base64_decode(value.data, value.size, theirs, sizeof(theirs));
    if (error)
        return error;
    return size == (int)scram->hash_size && bosh_crypto_equal(ours, theirs, scram->hash_size)
               ? 0
               : BOSH_ERR_SCRAM_DOWNGRADE;
}

/* Read the server-first message (SCR-3); *nonce is the part of it that goes back. */
static int read_challenge(bosh_scram *scram, bosh_slice message, bosh_slice *nonce)
{
    bosh_slice value;
    int error = 0;
    if (message.size == 0 || bosh_text_check(message.data, message.size) != 0 ||
        take_attribute(&message, nonce) != 'r') /* "m=" and "e=" end here */
        return BOSH_ERR_SASL;
    error = check_nonce(scram, *nonce);
    if (error)
        return error;
    if (take_attribute(&message, &value) != 's')
        return BOSH_ERR_SCRAM_SALT;
    error = take_salt(scram, value);
    if (error)
        return error;
    if (take_attribute(&message, &value) != 'i')
        return BOSH_ERR_SASL;
    error = take_rounds(scram, value);
    while (!error && message.size) {
        char letter = take_attribute(&message, &value);
        if (letter == 0 || letter == 'm' || letter == 'e')
            error = BOSH_ERR_SASL;
        else if (letter == 'h')
            error = check_offered(scram, value);
    }
    return error;
}

/* Do the given keys belong to this mechanism, salt and number of rounds? */
static int keys_fit(const bosh_scram *scram)
{
    const bosh_scram_keys *given = &scram->given, *keys = &scram->keys;
    return strcmp(given->mechanism, keys->mechanism) == 0 && given->rounds == keys->rounds &&
           given->salt_size == keys->salt_size &&
           memcmp(given->salt, keys->salt, keys->salt_size) == 0;
}

int bosh_scram_challenge(bosh_scram *scram, const char *data, size_t size)
{
    bosh_slice message = {data, size}, nonce;
    bosh_buf *text = &scram->signed_text;
    if (scram->phase == ANSWERED)
        return bosh_scram_verify(scram, data, size);
    if (scram->phase != ASKED)
        return BOSH_ERR_SASL;
    int error = read_challenge(scram, message, &nonce);
    if (error)
        return error;

    bosh_buf_append_text(text, ",");
    bosh_buf_append(text, data, size);
    bosh_buf_append_text(text, ",");
    scram->final_begin = text->size;
    bosh_buf_append_text(text, "c=");
    bosh_buf_append_base64(text, scram->gs2_header, strlen(scram->gs2_header));
    bosh_buf_append_text(text, ",r=");
    bosh_buf_append(text, nonce.data, nonce.size);
    if (text->error)
        return text->error;

    if (keys_fit(scram)) {
        memcpy(scram->keys.client_key, scram->given.client_key, sizeof(scram->keys.client_key));
        memcpy(scram->keys.server_key, scram->given.server_key, sizeof(scram->keys.server_key));
        scram->phase = DERIVED;
        return 0;
    }
    if (!scram->password)
        return BOSH_ERR_CREDENTIALS;
    error = bosh_pbkdf2_new(scram->allocator, scram->hash, scram->password, strlen(scram->password),
                            scram->keys.salt, scram->keys.salt_size, scram->keys.rounds,
                            &scram->pbkdf2);
    if (!error)
        scram->phase = DERIVING;
    return error;
}

int bosh_scram_run(bosh_scram *scram, uint32_t rounds)
{
    if (scram->phase == DERIVED || scram->phase == VERIFIED)
        return 1;
    if (scram->phase != DERIVING)
        return BOSH_ERR_STATE;
    int finished = bosh_pbkdf2_run(scram->pbkdf2, rounds);
    if (finished != 1)
        return finished;
    const uint8_t *salted = bosh_pbkdf2_key(scram->pbkdf2);
    int error = bosh_crypto_hmac(scram->hash, salted, scram->hash_size, "Client Key", 10,
                                 scram->keys.client_key);
    if (!error)
        error = bosh_crypto_hmac(scram->hash, salted, scram->hash_size, "Server Key", 10,
                                 scram->keys.server_key);
    if (error)
        return error;
    bosh_pbkdf2_free(scram->pbkdf2);
    scram->pbkdf2 = NULL;
    bosh_mem_free_secret(scram->allocator, scram->password);
    scram->password = NULL;
    scram->phase = DERIVED;
    return 1;
}

int bosh_scram_final(bosh_scram *scram, bosh_buf *out)
{
    uint8_t stored_key[BOSH_HASH_SIZE_MAX], proof[BOSH_HASH_SIZE_MAX];
    const bosh_buf *text = &scram->signed_text;
    if (scram->phase == VERIFIED)
        return 0;
    if (scram->phase != DERIVED)
        return BOSH_ERR_STATE;
    int error = bosh_crypto_hash(scram->hash, scram->keys.client_key, scram->hash_size, stored_key);
    if (!error)
        error = bosh_crypto_hmac(scram->hash, stored_key, scram->hash_size, text->data, text->size,
                                 proof);
    for (size_t i = 0; i < scram->hash_size && !error; i++)
        proof[i] ^= scram->keys.client_key[i];
    if (!error) {
        bosh_buf_append(out, text->data + scram->final_begin, text->size - scram->final_begin);
        bosh_buf_append_text(out, ",p=");
        error = bosh_buf_append_base64(out, proof, scram->hash_size);
    }
    bosh_mem_wipe(stored_key, sizeof(stored_key));
    bosh_mem_wipe(proof, sizeof(proof));
    if (!error)
        scram->phase = ANSWERED;
    return error;
}

int bosh_scram_verify(bosh_scram *scram, const char *data, size_t size)
{
    uint8_t ours[BOSH_HASH_SIZE_MAX], theirs[BOSH_HASH_SIZE_MAX];
    bosh_slice message = {data, size}, value;
    if (scram->phase == VERIFIED && size == 0)
        return 0;
    if (scram->phase != ANSWERED && scram->phase != VERIFIED)
        return BOSH_ERR_SCRAM_SIGNATURE;
    char letter = take_attribute(&message, &value);
    if (letter == 'e')
        return BOSH_ERR_AUTH;
    if (letter != 'v')
        return BOSH_ERR_SCRAM_SIGNATURE;
    int decoded = bosh_text_base64_decode(value.data, value.size, theirs, sizeof(theirs));
    int error = bosh_crypto_hmac(scram->hash, scram->keys.server_key, scram->hash_size,
                                 scram->signed_text.data, scram->signed_text.size, ours);
    if (error)
        return error;
    if (decoded != (int)scram->hash_size || !bosh_crypto_equal(ours, theirs, scram->hash_size)) {
        scram->phase = ANSWERED; /* a good signature does not outlive a bad one */
        return BOSH_ERR_SCRAM_SIGNATURE;
    }
    scram->phase = VERIFIED;
    return 0;
}

void bosh_scram_get_keys(const bosh_scram *scram, bosh_scram_keys *keys)
{
    memset(keys, 0, sizeof(*keys));
    if (scram->phase == VERIFIED)
        *keys = scram->keys;
}

void bosh_scram_free(bosh_scram *scram)
{
    if (!scram)
        return;
    const bosh_allocator *allocator = scram->allocator;
    bosh_mem_free(allocator, scram->user);
    bosh_mem_free(allocator, scram->gs2_header);
    bosh_mem_free(allocator, scram->nonce);
    bosh_mem_free(allocator, scram->offered);
    bosh_mem_free_secret(allocator, scram->password);
    bosh_pbkdf2_free(scram->pbkdf2);
    bosh_buf_free(&scram->signed_text);
    bosh_mem_wipe(scram, sizeof(*scram));
    bosh_mem_free(allocator, scram);
}
