/* SPDX-License-Identifier: MIT
 * A server that says anything during the login. The input is lines: features, challenge, success;
 * the nonce is always the same, so that a stored exchange stays a good one. No SCRAM login may
 * succeed without the signature that only the password gives (INV-21). */
#include "base/mem.h"
#include "base/text.h"
#include "stream/jid.h"
#include "stream/sasl.h"
#include "tests/fuzz/same.h"
#include "xml/reader.h"

#include <string.h>

static const uint8_t nonce[BOSH_SASL_NONCE_SIZE] = "0123456789abcdefghijklm";

typedef struct line {
    const char *data;
    size_t size;
} line;

static line take_line(const char **at, const char *end)
{
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));
    line taken = {*at, (size_t)((newline ? newline : end) - *at)};
    *at = newline ? newline + 1 : end;
    return taken;
}

static const bosh_credentials credentials = {
    .user = "user",
    .domain = "example.org",
    .password = "pencil",
    .allowed = "SCRAM-SHA-512 SCRAM-SHA-384 SCRAM-SHA-256 SCRAM-SHA-1 PLAIN OAUTHBEARER X-OAUTH2 "
               "ANONYMOUS EXTERNAL",
    .is_plain_allowed = 1,
    .rounds_min = 1,
    .rounds_max = 32};

/* Does the password give this signature? Computed anew from what both sides said. */
static int is_proven(bosh_mechanism mechanism, const char *said, size_t said_size, line challenge,
                     line success)
{
    uint8_t bytes[BOSH_SASL_NONCE_SIZE];
    bosh_buf out;
    bosh_buf_init(&out, bosh_mem_allocator(NULL), 10000, BOSH_ERR_INTERNAL);
    DEMAND(said_size == 44);
    DEMAND(bosh_text_base64_decode(said + 12, 32, bytes, sizeof(bytes)) == (int)sizeof(bytes));
    bosh_scram *scram = bosh_scram_new(bosh_mem_allocator(NULL), mechanism, &credentials, NULL,
                                       (bosh_slice){(const char *)bytes, sizeof(bytes)});
    DEMAND(scram != NULL);
    DEMAND(bosh_scram_first(scram, &out) == 0);
    int is_good = bosh_scram_challenge(scram, challenge.data, challenge.size) == 0 &&
                  bosh_scram_run(scram, 1000) == 1 && bosh_scram_final(scram, &out) == 0 &&
                  bosh_scram_verify(scram, success.data, success.size) == 0 && success.size > 2;
    bosh_scram_free(scram);
    bosh_buf_free(&out);
    return is_good;
}

static void log_in(bosh_mechanism mechanism, const char *offer, line challenge, line success)
{
    bosh_sasl *sasl;
    bosh_buf out;
    bosh_scram_keys keys;
    if (bosh_sasl_new(bosh_mem_allocator(NULL), mechanism, offer, &credentials, nonce, &sasl))
        return;
    bosh_buf_init(&out, bosh_mem_allocator(NULL), 10000, BOSH_ERR_INTERNAL);
    DEMAND(bosh_sasl_start(sasl, &out) == 0);
    size_t said = out.size;
    int error = bosh_sasl_challenge(sasl, challenge.data, challenge.size);
    if (!error) {
        while ((error = bosh_sasl_run(sasl, 7)) == 0)
            ;
        DEMAND(error == 1);
        DEMAND(bosh_sasl_response(sasl, &out) == 0);
    }
    error = bosh_sasl_success(sasl, success.data, success.size);
    bosh_sasl_get_keys(sasl, &keys);
    if (mechanism <= BOSH_MECHANISM_SCRAM_SHA_1) {
        const char *name = bosh_mechanism_name(mechanism);
        DEMAND(!error == !strcmp(keys.mechanism, name));
        DEMAND(error || is_proven(mechanism, out.data, said, challenge, success));
    }
    bosh_buf_free(&out);
    bosh_sasl_free(sasl);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const bosh_reader_limits limits = {1 << 16, 16, 16, 0, 0, 7};
    const char *at = (const char *)data, *end = at + size;
    bosh_document document;
    bosh_buf offer;
    bosh_slice part[3];
    line features = take_line(&at, end);
    line challenge = take_line(&at, end);
    line success = take_line(&at, end);
    bosh_buf_init(&offer, bosh_mem_allocator(NULL), 8192, BOSH_ERR_SASL);
    if (bosh_reader_parse(bosh_mem_allocator(NULL), &limits, features.data, features.size,
                          &document) == 0 &&
        bosh_sasl_read_offer(document.root, &offer) == 0) {
        int chosen = bosh_sasl_choose(offer.data, &credentials);
        DEMAND(chosen > 0 || chosen == BOSH_ERR_NO_MECHANISM);
        for (int m = BOSH_MECHANISM_SCRAM_SHA_512; m <= BOSH_MECHANISM_EXTERNAL; m++)
            log_in((bosh_mechanism)m, offer.data, challenge, success);
    }
    bosh_document_free(&document, bosh_mem_allocator(NULL));
    bosh_buf_free(&offer);

    char *text = bosh_mem_string_n(bosh_mem_allocator(NULL), features.data, features.size);
    bosh_sasl_is_url_private(text);
    if (bosh_jid_split(text, &part[0], &part[1], &part[2]) == 0)
        DEMAND(bosh_jid_same(text, text) && part[1].size > 0);
    bosh_mem_free(bosh_mem_allocator(NULL), text);
    return 0;
}
