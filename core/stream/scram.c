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
    const bosh_credentials *credentials;
    const char *offer;
    phase phase;
    bosh_hash hash;
    size_t hash_size;
    bosh_scram_keys keys; /* of this login */
    bosh_pbkdf2 *pbkdf2;  /* while deriving */
    /* What is said: gs2-header client-first-bare "," server-first "," client-final-without-proof.
     * Behind the header it is what both sides sign. */
    bosh_buf text;
    size_t header_size; /* "n,,": no channel binding (SCR-2, CB-1) */
    size_t last_begin;  /* of the last part: our nonce, later client-final-without-proof */
};

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

bosh_scram *bosh_scram_new(const bosh_allocator *allocator, bosh_mechanism mechanism,
                           const bosh_credentials *credentials, const char *offer, bosh_slice nonce)
{
    const char *name = bosh_mechanism_name(mechanism);
    bosh_scram *scram = bosh_mem_new(allocator, 1, sizeof(*scram));
    if (!scram)
        return NULL;
    scram->allocator = allocator;
    scram->credentials = credentials;
    scram->offer = offer;
    /* The strongest mechanism is the first, the strongest hash the last. */
    scram->hash = (bosh_hash)(BOSH_MECHANISM_SCRAM_SHA_1 - mechanism);
    scram->hash_size = bosh_crypto_size(scram->hash);
    memcpy(scram->keys.mechanism, name, strlen(name) + 1);
    bosh_buf *text = &scram->text;
    bosh_buf_init(text, allocator, MESSAGE_SIZE_MAX, BOSH_ERR_SASL);
    bosh_buf_append_text(text, "n,");
    if (credentials->authzid && *credentials->authzid) {
        bosh_buf_append_text(text, "a=");
        bosh_scram_append_name(text, credentials->authzid);
    }
    bosh_buf_append_text(text, ",");
    scram->header_size = text->size;
    bosh_buf_append_text(text, "n=");
    bosh_scram_append_name(text, credentials->user);
    bosh_buf_append_text(text, ",r=");
    scram->last_begin = text->size;
    bosh_buf_append_base64(text, nonce.data, nonce.size);
    return scram;
}

int bosh_scram_first(bosh_scram *scram, bosh_buf *out)
{
    if (scram->phase != NEW)
        return BOSH_ERR_STATE;
    if (scram->text.error)
        return scram->text.error;
    scram->phase = ASKED;
    return bosh_buf_append(out, scram->text.data, scram->text.size);
}

/* ---- the server's messages ----
 *
 * Attributes are taken off the front of a slice, one at a time. */

/* Take "x=value" and the comma behind it; the letter, or 0 when nothing is left or it has another
 * form. */
static char take_attribute(bosh_slice *message, bosh_slice *value)
{
    const char *text = message->data, *end = text + message->size;
    if (message->size < 2 || text[1] != '=')
        return 0;
    char letter = text[0];
    if (!((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z')))
        return 0;
    const char *comma = memchr(text, ',', message->size);
    value->data = text + 2;
    value->size = (size_t)((comma ? comma : end) - value->data);
    message->data = comma ? comma + 1 : end;
    message->size = (size_t)(end - message->data);
    return comma && message->size == 0 ? 0 : letter; /* a comma must be followed by something */
}

/* Does the server's nonce continue ours (SCR-3)? */
static int is_continued(const bosh_scram *scram, bosh_slice nonce)
{
    const char *ours = scram->text.data + scram->last_begin;
    size_t size = scram->text.size - scram->last_begin;
    if (nonce.size <= size || memcmp(nonce.data, ours, size) != 0)
        return 0;
    for (size_t i = 0; i < nonce.size; i++)
        if (nonce.data[i] < '!' || nonce.data[i] > '~')
            return 0;
    return 1;
}

static int take_salt(bosh_scram *scram, bosh_slice value)
{
    int size =
        bosh_text_base64_decode(value.data, value.size, scram->keys.salt, sizeof(scram->keys.salt));
    scram->keys.salt_size = (size_t)size;
    return size > 0;
}

static int take_rounds(bosh_scram *scram, bosh_slice value)
{
    const uint32_t max = scram->credentials->rounds_max;
    uint32_t rounds = 0;
    for (size_t i = 0; i < value.size; i++) {
        uint32_t digit = (uint8_t)value.data[i] - (uint32_t)'0';
        if (digit > 9 || rounds > max / 10 || digit > max - 10 * rounds)
            return 0;
        rounds = 10 * rounds + digit;
    }
    scram->keys.rounds = rounds;
    return rounds && rounds >= scram->credentials->rounds_min;
}

/* Is `value` this hash in Base64? */
static int is_hash(const bosh_scram *scram, bosh_slice value, const uint8_t *hash)
{
    uint8_t theirs[BOSH_HASH_SIZE_MAX];
    int size = bosh_text_base64_decode(value.data, value.size, theirs, sizeof(theirs));
    return size == (int)scram->hash_size && bosh_crypto_equal(hash, theirs, scram->hash_size);
}

/* XEP-0474: the server says which mechanisms it offered; they must be those we saw (CB-4). */
static int check_offer(const bosh_scram *scram, bosh_slice value)
{
    uint8_t ours[BOSH_HASH_SIZE_MAX];
    if (!scram->offer)
        return 0;
    int error = bosh_crypto_hash(scram->hash, scram->offer, strlen(scram->offer), ours);
    return error || is_hash(scram, value, ours) ? error : BOSH_ERR_SCRAM_DOWNGRADE;
}

/* Read the server-first message (SCR-3); *nonce is the part of it that goes back. */
static int read_challenge(bosh_scram *scram, bosh_slice message, bosh_slice *nonce)
{
    bosh_slice value;
    int error = 0;
    if (bosh_text_check(message.data, message.size) != 0 ||
        take_attribute(&message, nonce) != 'r') /* "m=" and "e=" end here */
        return BOSH_ERR_SASL;
    if (!is_continued(scram, *nonce))
        return BOSH_ERR_SCRAM_NONCE;
    if (take_attribute(&message, &value) != 's' || !take_salt(scram, value))
        return BOSH_ERR_SCRAM_SALT;
    if (take_attribute(&message, &value) != 'i')
        return BOSH_ERR_SASL;
    if (!take_rounds(scram, value))
        return BOSH_ERR_SCRAM_ROUNDS;
    while (!error && message.size) {
        char letter = take_attribute(&message, &value);
        if (letter == 0 || letter == 'm' || letter == 'e')
            error = BOSH_ERR_SASL;
        else if (letter == 'h')
            error = check_offer(scram, value);
    }
    return error;
}

/* Do the keys of an earlier login belong to this mechanism, salt and number of rounds? */
static int keys_fit(const bosh_scram *scram)
{
    const bosh_scram_keys *given = scram->credentials->keys, *keys = &scram->keys;
    return given && strcmp(given->mechanism, keys->mechanism) == 0 &&
           given->rounds == keys->rounds && given->salt_size == keys->salt_size &&
           memcmp(given->salt, keys->salt, keys->salt_size) == 0;
}

int bosh_scram_challenge(bosh_scram *scram, const char *data, size_t size)
{
    bosh_slice message = {data, size}, nonce;
    bosh_buf *text = &scram->text;
    const char *password = scram->credentials->password;
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
    scram->last_begin = text->size;
    bosh_buf_append_text(text, "c=");
    bosh_buf_reserve(text, 2 * scram->header_size + 4); /* which must not move while it is read */
    bosh_buf_append_base64(text, text->data, scram->header_size);
    bosh_buf_append_text(text, ",r=");
    bosh_buf_append(text, nonce.data, nonce.size);
    if (text->error)
        return text->error;

    if (keys_fit(scram)) {
        scram->keys = *scram->credentials->keys;
        scram->phase = DERIVED;
        return 0;
    }
    if (!password)
        return BOSH_ERR_CREDENTIALS;
    scram->phase = DERIVING;
    return bosh_pbkdf2_new(scram->allocator, scram->hash, password, strlen(password),
                           scram->keys.salt, scram->keys.salt_size, scram->keys.rounds,
                           &scram->pbkdf2);
}

/* The code of all that was said, but for the header. */
static int sign(const bosh_scram *scram, const uint8_t *key, uint8_t *out)
{
    return bosh_crypto_hmac(scram->hash, key, scram->hash_size,
                            scram->text.data + scram->header_size,
                            scram->text.size - scram->header_size, out);
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
    scram->phase = DERIVED;
    return 1;
}

int bosh_scram_final(bosh_scram *scram, bosh_buf *out)
{
    uint8_t stored_key[BOSH_HASH_SIZE_MAX], proof[BOSH_HASH_SIZE_MAX];
    const bosh_buf *text = &scram->text;
    if (scram->phase == VERIFIED)
        return 0;
    if (scram->phase != DERIVED)
        return BOSH_ERR_STATE;
    int error = bosh_crypto_hash(scram->hash, scram->keys.client_key, scram->hash_size, stored_key);
    if (!error)
        error = sign(scram, stored_key, proof);
    for (size_t i = 0; i < scram->hash_size && !error; i++)
        proof[i] ^= scram->keys.client_key[i];
    if (!error) {
        bosh_buf_append(out, text->data + scram->last_begin, text->size - scram->last_begin);
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
    uint8_t ours[BOSH_HASH_SIZE_MAX];
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
    int error = sign(scram, scram->keys.server_key, ours);
    if (error)
        return error;
    if (!is_hash(scram, value, ours)) {
        scram->phase = ANSWERED; /* a good signature does not outlive a bad one */
        return BOSH_ERR_SCRAM_SIGNATURE;
    }
    scram->phase = VERIFIED;
    return 0;
}

void bosh_scram_get_keys(const bosh_scram *scram, bosh_scram_keys *keys)
{
    if (scram->phase == VERIFIED)
        *keys = scram->keys;
    else
        memset(keys, 0, sizeof(*keys));
}

void bosh_scram_free(bosh_scram *scram)
{
    if (!scram)
        return;
    const bosh_allocator *allocator = scram->allocator;
    bosh_pbkdf2_free(scram->pbkdf2);
    bosh_buf_free(&scram->text);
    bosh_mem_wipe(scram, sizeof(*scram));
    bosh_mem_free(allocator, scram);
}
