/* SPDX-License-Identifier: MIT
 * Choosing a login mechanism and speaking it. */
#include "stream/sasl.h"

#include "base/build.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

#define SASL_NAMESPACE "urn:ietf:params:xml:ns:xmpp-sasl"
#define CHANNEL_BINDING_NAMESPACE "urn:xmpp:sasl-cb:0"
#define MESSAGE_SIZE_MAX 8192
#define INITIAL_SIZE_MAX 16384 /* tokens are long */
#define OFFERED_MAX 64         /* mechanisms, and channel-binding types */
#define NEXT "\x1E"            /* between two of an offer */
#define TYPES "\x1F"           /* before its channel-binding types */

static const struct {
    uint8_t mechanism;
    char name[14];
} mechanisms[] = {
#ifndef BOSH_WITHOUT_SHA512
    {BOSH_MECHANISM_SCRAM_SHA_512, "SCRAM-SHA-512"},
    {BOSH_MECHANISM_SCRAM_SHA_384, "SCRAM-SHA-384"},
#endif
    {BOSH_MECHANISM_SCRAM_SHA_256, "SCRAM-SHA-256"},
    {BOSH_MECHANISM_SCRAM_SHA_1, "SCRAM-SHA-1"},
    {BOSH_MECHANISM_PLAIN, "PLAIN"},
#ifndef BOSH_WITHOUT_TOKENS
    {BOSH_MECHANISM_OAUTHBEARER, "OAUTHBEARER"},
    {BOSH_MECHANISM_X_OAUTH2, "X-OAUTH2"},
#endif
#ifndef BOSH_WITHOUT_EXTRAS
    {BOSH_MECHANISM_ANONYMOUS, "ANONYMOUS"},
    {BOSH_MECHANISM_EXTERNAL, "EXTERNAL"},
#endif
};
#define MECHANISM_COUNT (sizeof(mechanisms) / sizeof(mechanisms[0]))

struct bosh_sasl {
    const bosh_allocator *allocator;
    bosh_mechanism mechanism;
    bosh_scram *scram; /* NULL for all but SCRAM */
    bosh_buf initial;  /* what these say */
    char *refusal;     /* see bosh_sasl_refusal */
};

const char *bosh_mechanism_name(bosh_mechanism mechanism)
{
    for (size_t i = 0; i < MECHANISM_COUNT; i++)
        if (mechanisms[i].mechanism == mechanism)
            return mechanisms[i].name;
    return "";
}

static bosh_mechanism mechanism_of(const char *name, size_t size)
{
    for (size_t i = 0; i < MECHANISM_COUNT; i++)
        if (strlen(mechanisms[i].name) == size && memcmp(mechanisms[i].name, name, size) == 0)
            return (bosh_mechanism)mechanisms[i].mechanism;
    return BOSH_MECHANISM_NONE;
}

static int is_scram(bosh_mechanism mechanism)
{
    return mechanism >= BOSH_MECHANISM_SCRAM_SHA_512 && mechanism <= BOSH_MECHANISM_SCRAM_SHA_1;
}

static int is_token(bosh_mechanism mechanism)
{
    return BOSH_HAS_TOKENS &&
           (mechanism == BOSH_MECHANISM_OAUTHBEARER || mechanism == BOSH_MECHANISM_X_OAUTH2);
}

/* Does it need no user? */
static int is_nameless(bosh_mechanism mechanism)
{
    return BOSH_HAS_EXTRAS &&
           (mechanism == BOSH_MECHANISM_ANONYMOUS || mechanism == BOSH_MECHANISM_EXTERNAL);
}

/* ---- where a password may go ---- */

int bosh_sasl_is_readable(const char *name, size_t size)
{
    bosh_mechanism mechanism = mechanism_of(name, size);
    return mechanism == BOSH_MECHANISM_PLAIN || is_token(mechanism);
}

/* What stands behind three numbers, each with a dot before it; NULL when they do not. */
static const char *behind_numbers(const char *at)
{
    for (int part = 0; part < 3; part++) {
        if (*at != '.')
            return NULL;
        const char *begin = ++at;
        unsigned value = 0;
        for (; *at >= '0' && *at <= '9'; at++)
            value = 10 * value + (unsigned)(*at - '0');
        if (at == begin || at - begin > 3 || value > 255)
            return NULL;
    }
    return at;
}

int bosh_sasl_is_url_private(const char *url)
{
    if (bosh_text_begins_with(url, "https://"))
        return 1;
    if (!bosh_text_begins_with(url, "http://"))
        return 0;
    const char *host = url + 7, *end = NULL;
    if (strcspn(host, "@\\") < strcspn(host, "/?#"))
        return 0; /* user information and what browsers read as '/' hide the real host */
    if (bosh_text_begins_with(host, "localhost"))
        end = host + 9;
    else if (bosh_text_begins_with(host, "[::1]"))
        end = host + 5;
    else if (bosh_text_begins_with(host, "127"))
        end = behind_numbers(host + 3);
    return end && strchr(":/?#", *end); /* or the end of the text */
}

/* ---- choosing ---- */

/* Append the texts (or `attribute` values) of the `name` children, sorted by octets (CB-4). */
static int append_sorted(bosh_buf *buf, const bosh_stanza *list, const char *name, const char *ns,
                         const char *attribute)
{
    const char *sorted[OFFERED_MAX];
    size_t count = 0;
    for (const bosh_stanza *child = bosh_stanza_child(list, name, ns); child;
         child = bosh_stanza_next(child, name, ns)) {
        const char *text =
            attribute ? bosh_stanza_attribute(child, attribute) : bosh_stanza_text(child);
        size_t at = count;
        if (!text)
            continue;
        if (count == OFFERED_MAX)
            return BOSH_ERR_SASL;
        for (; at > 0 && strcmp(sorted[at - 1], text) > 0; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = text;
        count++;
    }
    for (size_t i = 0; i < count; i++) {
        if (i)
            bosh_buf_append_text(buf, NEXT);
        bosh_buf_append_text(buf, sorted[i]);
    }
    return buf->error;
}

int bosh_sasl_read_offer(const bosh_stanza *features, bosh_buf *offer)
{
    const bosh_stanza *types =
        bosh_stanza_child(features, "sasl-channel-binding", CHANNEL_BINDING_NAMESPACE);
    int error = append_sorted(offer, bosh_stanza_child(features, "mechanisms", SASL_NAMESPACE),
                              "mechanism", SASL_NAMESPACE, NULL);
    if (types && !error) {
        bosh_buf_append_text(offer, TYPES);
        error = append_sorted(offer, types, "channel-binding", CHANNEL_BINDING_NAMESPACE, "type");
    }
    return error;
}

static int is_offered(const char *offer, const char *word, size_t size)
{
    while (offer && *offer && *offer != TYPES[0]) {
        size_t length = strcspn(offer, NEXT TYPES);
        if (length == size && memcmp(offer, word, size) == 0)
            return 1;
        offer += length;
        offer += *offer == NEXT[0];
    }
    return 0;
}

/* 0 when this mechanism could be used, else what is in its way. */
static int obstacle(bosh_mechanism mechanism, const bosh_credentials *credentials)
{
    int has_keys = credentials->keys &&
                   strcmp(credentials->keys->mechanism, bosh_mechanism_name(mechanism)) == 0;
    if (credentials->refused & 1u << mechanism)
        return BOSH_ERR_NO_MECHANISM;
    if (is_nameless(mechanism))
        return 0;
    if (!credentials->user && !is_token(mechanism))
        return BOSH_ERR_NO_MECHANISM;
    if (!is_scram(mechanism)) { /* SASL-2 */
        if (credentials->was_scram_used)
            return BOSH_ERR_NO_MECHANISM;
        if (!credentials->is_plain_allowed)
            return BOSH_ERR_PLAIN_NEEDS_HTTPS;
    }
    return credentials->password || has_keys ? 0 : BOSH_ERR_CREDENTIALS;
}

int bosh_sasl_choose(const char *offer, const bosh_credentials *credentials)
{
    const char *word = credentials->allowed;
    int error = BOSH_ERR_NO_MECHANISM;
    if (!word)
        word = credentials->user ? "SCRAM-SHA-512 SCRAM-SHA-384 SCRAM-SHA-256 SCRAM-SHA-1 PLAIN"
                                 : "ANONYMOUS";
    while (*word) {
        word += strspn(word, " ");
        size_t size = strcspn(word, " ");
        bosh_mechanism mechanism = mechanism_of(word, size);
        int is_there = mechanism != BOSH_MECHANISM_NONE && is_offered(offer, word, size);
        word += size;
        if (!is_there)
            continue;
        int reason = obstacle(mechanism, credentials);
        if (!reason)
            return (int)mechanism;
        /* A missing password is the easiest to mend, a better URL the next. */
        if (reason == BOSH_ERR_CREDENTIALS || error == BOSH_ERR_NO_MECHANISM)
            error = reason;
    }
    return error;
}

/* ---- speaking ---- */

/* SASL-9: authzid NUL authcid NUL password. Reserved at once, so that no copy is left behind. */
static int prepare_plain(bosh_buf *initial, const bosh_credentials *credentials)
{
    const char *authzid = credentials->authzid ? credentials->authzid : "";
    const char *password = credentials->password ? credentials->password : "";
    bosh_buf_reserve(initial, strlen(authzid) + strlen(credentials->user) + strlen(password) + 2);
    bosh_buf_append_text(initial, authzid);
    bosh_buf_append(initial, "", 1);
    bosh_buf_append_text(initial, credentials->user);
    bosh_buf_append(initial, "", 1);
    return bosh_buf_append_text(initial, password);
}

/* SASL-13: whose token it is, and the token. Reserved at once, too. */
static int prepare_token(bosh_buf *initial, bosh_mechanism mechanism,
                         const bosh_credentials *credentials)
{
    int is_bearer = mechanism == BOSH_MECHANISM_OAUTHBEARER;
    bosh_buf account;
    bosh_buf_init(&account, initial->allocator, MESSAGE_SIZE_MAX, BOSH_ERR_SASLPREP);
    if (credentials->authzid) {
        bosh_buf_append_text(&account, credentials->authzid);
    } else if (credentials->user) {
        bosh_buf_append_text(&account, credentials->user);
        bosh_buf_append_text(&account, "@");
        bosh_buf_append_text(&account, credentials->domain);
    }
    bosh_buf_append(&account, "", 1);
    if (account.error) {
        bosh_buf_free(&account);
        return account.error;
    }
    bosh_buf_reserve(initial, 3 * account.size + strlen(credentials->password) + 32);
    bosh_buf_append(initial, is_bearer ? "n," : "", is_bearer ? 2 : 1);
    if (is_bearer && account.size > 1)
        bosh_buf_append_text(initial, "a=");
    if (is_bearer)
        bosh_scram_append_name(initial, account.data);
    else
        bosh_buf_append(initial, account.data, account.size);
    bosh_buf_append_text(initial, is_bearer ? ",\1auth=Bearer " : "");
    bosh_buf_append_text(initial, credentials->password);
    bosh_buf_free(&account);
    return bosh_buf_append_text(initial, is_bearer ? "\1\1" : "");
}

static int prepare(bosh_sasl *sasl, const char *offer, const bosh_credentials *credentials,
                   const uint8_t *nonce)
{
    const char *authzid = credentials->authzid;
    if (authzid && bosh_text_check(authzid, strlen(authzid)) != 0)
        return BOSH_ERR_SASLPREP;
    if (is_nameless(sasl->mechanism)) /* SASL-11 */
        return sasl->mechanism == BOSH_MECHANISM_EXTERNAL
                   ? bosh_buf_append_text(&sasl->initial, authzid ? authzid : "")
                   : 0;
    if (!credentials->user && !is_token(sasl->mechanism))
        return BOSH_ERR_CREDENTIALS;
    if ((credentials->user && bosh_text_check_password(credentials->user) != 0) ||
        (credentials->password && bosh_text_check_password(credentials->password) != 0))
        return BOSH_ERR_SASLPREP; /* SASL-10 */
    if (is_scram(sasl->mechanism)) {
        const bosh_slice bytes = {(const char *)nonce, BOSH_SASL_NONCE_SIZE};
        sasl->scram = bosh_scram_new(sasl->allocator, sasl->mechanism, credentials, offer, bytes);
        return sasl->scram ? 0 : BOSH_ERR_MEMORY;
    }
    if (!credentials->password)
        return BOSH_ERR_CREDENTIALS;
    if (is_token(sasl->mechanism))
        return prepare_token(&sasl->initial, sasl->mechanism, credentials);
    return sasl->mechanism == BOSH_MECHANISM_PLAIN ? prepare_plain(&sasl->initial, credentials)
                                                   : BOSH_ERR_ARGUMENT;
}

int bosh_sasl_new(const bosh_allocator *allocator, bosh_mechanism mechanism, const char *offer,
                  const bosh_credentials *credentials, const uint8_t *nonce, bosh_sasl **out)
{
    *out = NULL;
    bosh_sasl *sasl = bosh_mem_new(allocator, 1, sizeof(*sasl));
    if (!sasl)
        return BOSH_ERR_MEMORY;
    sasl->allocator = allocator;
    sasl->mechanism = mechanism;
    bosh_buf_init(&sasl->initial, allocator, INITIAL_SIZE_MAX, BOSH_ERR_SASLPREP);
    int error = prepare(sasl, offer, credentials, nonce);
    if (error) {
        bosh_sasl_free(sasl);
        return error;
    }
    *out = sasl;
    return 0;
}

int bosh_sasl_start(bosh_sasl *sasl, bosh_buf *out)
{
    if (sasl->scram)
        return bosh_scram_first(sasl->scram, out);
    return bosh_buf_append(out, sasl->initial.data, sasl->initial.size);
}

int bosh_sasl_challenge(bosh_sasl *sasl, const char *data, size_t size)
{
    if (sasl->scram)
        return bosh_scram_challenge(sasl->scram, data, size);
    if (!BOSH_HAS_TOKENS || sasl->mechanism != BOSH_MECHANISM_OAUTHBEARER || sasl->refusal ||
        bosh_text_check(data, size) != 0)
        return BOSH_ERR_SASL; /* all was said in the initial response (SASL-4) */
    sasl->refusal = bosh_mem_string_n(sasl->allocator, data, size);
    return sasl->refusal ? 0 : BOSH_ERR_MEMORY;
}

const char *bosh_sasl_refusal(const bosh_sasl *sasl)
{
    return BOSH_HAS_TOKENS ? sasl->refusal : NULL;
}

int bosh_sasl_run(bosh_sasl *sasl, uint32_t rounds)
{
    if (sasl->scram)
        return bosh_scram_run(sasl->scram, rounds);
    return bosh_sasl_refusal(sasl) ? 1 : BOSH_ERR_STATE;
}

int bosh_sasl_response(bosh_sasl *sasl, bosh_buf *out)
{
    if (sasl->scram)
        return bosh_scram_final(sasl->scram, out);
    return bosh_sasl_refusal(sasl) ? bosh_buf_append_text(out, "\1") : BOSH_ERR_STATE;
}

int bosh_sasl_success(bosh_sasl *sasl, const char *data, size_t size)
{
    if (sasl->scram)
        return bosh_scram_verify(sasl->scram, data, size);
    return bosh_sasl_refusal(sasl) ? BOSH_ERR_SASL : 0;
}

void bosh_sasl_get_keys(const bosh_sasl *sasl, bosh_scram_keys *keys)
{
    if (sasl->scram)
        bosh_scram_get_keys(sasl->scram, keys);
    else
        memset(keys, 0, sizeof(*keys));
}

void bosh_sasl_free(bosh_sasl *sasl)
{
    if (!sasl)
        return;
    bosh_buf_free_secret(&sasl->initial);
    bosh_mem_free(sasl->allocator, sasl->refusal);
    bosh_scram_free(sasl->scram);
    bosh_mem_free(sasl->allocator, sasl);
}
