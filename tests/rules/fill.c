/* SPDX-License-Identifier: MIT
 * Expansion from the inside out: the text of a brace is expanded before its word is looked at. */
#include "fill.h"
#include "world/scram.h"
#include "world/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSION                                                                                    \
    "sid='session-A-0001' wait='50' requests='2' hold='1' inactivity='30' polling='5' ver='1.11'"
#define BIND_FEATURES                                                                              \
    "<stream:features xmlns:stream='" WORLD_NS_STREAMS "'><bind xmlns='" WORLD_NS_BIND             \
    "'/></stream:features>"

typedef struct bytes {
    char *data;
    size_t size;
} bytes;

static void add(bytes *out, const char *data, size_t size)
{
    out->data = realloc(out->data, out->size + size + 1);
    if (!out->data)
        abort();
    memcpy(out->data + out->size, data, size);
    out->size += size;
    out->data[out->size] = 0;
}

static char *duplicate(const char *text)
{
    bytes out = {NULL, 0};
    add(&out, text, strlen(text));
    return out.data;
}

void fill_deinit(fill *values)
{
    free(values->client_first);
    free(values->server_first);
    free(values->client_final);
    memset(values, 0, sizeof(*values));
}

static void keep(char **where, char *text)
{
    free(*where);
    *where = text;
}

static void learn_sasl(fill *values, const world_node *root)
{
    size_t size;
    const world_node *auth = world_node_child(root, "auth", NULL);
    const world_node *response = world_node_child(root, "response", NULL);
    char *text = auth || response
                     ? world_base64_decode(world_node_text(auth ? auth : response), &size)
                     : NULL;
    if (!text)
        return;
    if (auth) {
        const char *mechanism = world_node_attribute(auth, "mechanism");
        const char *nonce = strstr(text, ",r=");
        snprintf(values->mechanism, sizeof(values->mechanism), "%s", mechanism ? mechanism : "");
        snprintf(values->nonce, sizeof(values->nonce), "%s", nonce ? nonce + 3 : "");
        keep(&values->client_first, text);
        return;
    }
    char *proof = strstr(text, ",p=");
    if (proof)
        *proof = 0;
    keep(&values->client_final, text);
}

void fill_learn(fill *values, const world_attempt *attempt)
{
    world_document request;
    if (world_document_parse_plain(&request, attempt->entity, attempt->size)) {
        const char *rid = world_node_attribute(request.root, "rid");
        const char *sid = world_node_attribute(request.root, "sid");
        const world_node *iq = world_node_child(request.root, "iq", NULL);
        const char *id = iq ? world_node_attribute(iq, "id") : NULL;
        snprintf(values->rid, sizeof(values->rid), "%s", rid ? rid : "");
        snprintf(values->sid, sizeof(values->sid), "%s", sid ? sid : "");
        if (id)
            snprintf(values->id, sizeof(values->id), "%s", id);
        learn_sasl(values, request.root);
    }
    world_document_deinit(&request);
}

static int add_scram(fill *values, int is_proof, bytes *out)
{
    char proof[100], signature[100];
    world_scram scram = {values->mechanism, STAGE_PASSWORD, values->client_first,
                         values->server_first, values->client_final};
    if (!values->client_first || !values->server_first || !values->client_final ||
        world_scram_compute(&scram, proof, signature) != 0)
        return 0;
    const char *text = is_proof ? proof : signature;
    add(out, text, strlen(text));
    return 1;
}

static int add_times(const bytes *word, bytes *out)
{
    char *text;
    unsigned long times = strtoul(word->data + 6, &text, 10);
    if (*text != ' ')
        return 0;
    size_t size = word->size - (size_t)(text + 1 - word->data);
    char *all = malloc(times * size + 1);
    if (!all)
        abort();
    for (unsigned long i = 0; i < times; i++)
        memcpy(all + i * size, text + 1, size);
    add(out, all, times * size);
    free(all);
    return 1;
}

static void add_base64(fill *values, const bytes *word, bytes *out)
{
    char *text = world_base64_encode(word->data + 7, word->size - 7);
    if (strncmp(word->data + 7, "r=", 2) == 0)
        keep(&values->server_first, duplicate(word->data + 7));
    add(out, text, strlen(text));
    free(text);
}

static void add_text(bytes *out, const char *text)
{
    add(out, text, strlen(text));
}

static void add_offer(const char *mechanisms, bytes *out)
{
    add_text(out, "<stream:features xmlns:stream='" WORLD_NS_STREAMS "'>"
                  "<mechanisms xmlns='" WORLD_NS_SASL "'>");
    while (*mechanisms) {
        size_t size = strcspn(mechanisms, " ");
        add_text(out, "<mechanism>");
        add(out, mechanisms, size);
        add_text(out, "</mechanism>");
        mechanisms += size + (mechanisms[size] == ' ');
    }
    add_text(out, "</mechanisms></stream:features>");
}

static void add_bound(const fill *values, bytes *out)
{
    add_text(out, "<iq xmlns='jabber:client' type='result' id='");
    add_text(out, values->id);
    add_text(out,
             "'><bind xmlns='" WORLD_NS_BIND "'><jid>alice@example.org/here</jid></bind></iq>");
}

/* Append what the expanded text of a brace stands for; 0 when it is unknown. */
static int add_value(fill *values, const bytes *word, bytes *out)
{
    const char *const simple[][2] = {{"rid", values->rid},
                                     {"sid", values->sid},
                                     {"id", values->id},
                                     {"nonce", values->nonce},
                                     {"sasl", WORLD_NS_SASL},
                                     {"bind", WORLD_NS_BIND},
                                     {"streams", WORLD_NS_STREAMS},
                                     {"xmpp-streams", "urn:ietf:params:xml:ns:xmpp-streams"},
                                     {"stanzas", "urn:ietf:params:xml:ns:xmpp-stanzas"},
                                     {"session", SESSION},
                                     {"success", "<success xmlns='" WORLD_NS_SASL "'/>"},
                                     {"features", BIND_FEATURES}};
    for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++) {
        if (strcmp(word->data, simple[i][0]) == 0) {
            add_text(out, simple[i][1]);
            return 1;
        }
    }
    if (strcmp(word->data, "bound") == 0) {
        add_bound(values, out);
        return 1;
    }
    if (strncmp(word->data, "offer ", 6) == 0) {
        add_offer(word->data + 6, out);
        return 1;
    }
    if (strcmp(word->data, "proof") == 0 || strcmp(word->data, "signature") == 0)
        return add_scram(values, word->data[0] == 'p', out);
    if (strncmp(word->data, "times ", 6) == 0)
        return add_times(word, out);
    if (strncmp(word->data, "byte ", 5) == 0) {
        char byte = (char)strtoul(word->data + 5, NULL, 16);
        add(out, &byte, 1);
        return 1;
    }
    if (strncmp(word->data, "base64 ", 7) != 0)
        return 0;
    add_base64(values, word, out);
    return 1;
}

/* Expand up to the closing brace (or the end); *text moves behind it. */
static int expand(fill *values, const char **text, int is_inside, bytes *out, char *why,
                  size_t why_size)
{
    while (**text && !(is_inside && **text == '}')) {
        if (**text != '{') {
            add(out, (*text)++, 1);
            continue;
        }
        bytes word = {NULL, 0};
        add(&word, "", 0);
        (*text)++;
        int is_known = expand(values, text, 1, &word, why, why_size);
        if (is_known && !add_value(values, &word, out)) {
            snprintf(why, why_size, "{%s} is not known (here)", word.data);
            is_known = 0;
        }
        free(word.data);
        if (!is_known)
            return 0;
        *text += **text == '}';
    }
    return 1;
}

char *fill_expand(fill *values, const char *text, size_t *size, char *why, size_t why_size)
{
    bytes out = {NULL, 0};
    add(&out, "", 0);
    if (!expand(values, &text, 0, &out, why, why_size)) {
        free(out.data);
        return NULL;
    }
    *size = out.size;
    return out.data;
}
