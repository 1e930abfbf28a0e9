/* SPDX-License-Identifier: MIT
 * The log and the trace. Secrets are replaced before anyone sees them (SEC-6, INV-27). */
#include "client/client.h"

#include <string.h>

#define LINE_BYTES 256

#if BOSH_HAS_TEXTS

void bosh_log(bosh_client *client, bosh_log_level level, const char *what, const char *detail)
{
    char line[LINE_BYTES];
    size_t size = 0;
    const char *parts[] = {what, detail ? ": " : "", detail ? detail : ""};
    if (!client->config.log || bosh_client_is_quiet(client))
        return;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        size_t part = strlen(parts[i]);
        if (part > sizeof(line) - 1 - size)
            part = sizeof(line) - 1 - size;
        memcpy(line + size, parts[i], part);
        size += part;
    }
    line[size] = '\0';
    client->config.log(level, line, client->config.user);
}

#endif

#if !BOSH_HAS_TRACE

void bosh_trace_request(bosh_client *client, const bosh_transport_request *request)
{
    (void)client, (void)request;
}

void bosh_trace_answer(void *user, const char *xml, size_t size)
{
    (void)user, (void)xml, (void)size;
}

#else

/* ------------------------------------------------------------------------------------ redaction */

static int is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

static int is_word(const char *begin, size_t size, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == size && memcmp(*words, begin, size) == 0)
            return 1;
    return 0;
}

/* Attributes that open a session or a stream to whoever reads them. */
static int is_secret_attribute(const char *name, size_t size)
{
    static const char *const names[] = {"sid", "key", "newkey", "authid", "previd", NULL};
    return is_word(name, size, names);
}

/* Elements whose text is a secret. */
static int is_secret_element(const char *name, size_t size)
{
    static const char *const names[] = {
        "auth",     "challenge",        "response",        "success",
        "password", "initial-response", "additional-data", NULL};
    return is_word(name, size, names);
}

/* Copy a tag, hiding the values of secret attributes. Returns the byte behind it; *is_secret tells
 * whether the text that follows must be hidden. */
static const char *copy_tag(const char *c, const char *end, bosh_buf *out, int *is_secret)
{
    const char *begin = c++, *word = c;
    while (c < end && is_name_byte(*c))
        c++;
    if (c < end && *c == ':') {
        word = ++c;
        while (c < end && is_name_byte(*c))
            c++;
    }
    *is_secret = is_secret_element(word, (size_t)(c - word));
    bosh_buf_append(out, begin, (size_t)(c - begin));
    while (c < end && *c != '>') {
        word = c;
        while (c < end && is_name_byte(*c))
            c++;
        size_t name_size = (size_t)(c - word);
        while (c < end && *c != '>' && *c != '\'' && *c != '"' && !is_name_byte(*c))
            c++;
        bosh_buf_append(out, word, (size_t)(c - word));
        if (c >= end || (*c != '\'' && *c != '"'))
            continue;
        const char *quote = c, *value = c + 1;
        const char *close = memchr(value, *quote, (size_t)(end - value));
        c = close ? close + 1 : end;
        bosh_buf_append(out, quote, 1);
        if (is_secret_attribute(word, name_size))
            bosh_buf_append_text(out, "***");
        else
            bosh_buf_append(out, value, (size_t)((close ? close : end) - value));
        bosh_buf_append(out, quote, close ? 1 : 0);
    }
    if (c < end)
        bosh_buf_append(out, c++, 1);
    if (c - begin >= 2 && c[-2] == '/')
        *is_secret = 0; /* empty element: what follows is somebody else's */
    return c;
}

/* Where the next tag begins. Comments and CDATA sections inside a secret are part of it. */
static const char *next_tag(const char *c, const char *end, int is_secret)
{
    const char *tag = memchr(c, '<', (size_t)(end - c));
    while (tag && is_secret && tag + 1 < end && (tag[1] == '!' || tag[1] == '?'))
        tag = memchr(tag + 1, '<', (size_t)(end - tag - 1));
    return tag ? tag : end;
}

static void trace(bosh_client *client, int is_outgoing, const char *xml, size_t size)
{
    bosh_buf out;
    const char *c = xml, *end = xml + size;
    int is_secret = 0;
    bosh_buf_init(&out, &client->config.allocator, SIZE_MAX / 2, BOSH_ERR_MEMORY);
    while (c < end) {
        size_t text = (size_t)(next_tag(c, end, is_secret) - c);
        if (is_secret && text)
            bosh_buf_append_text(&out, "***");
        else
            bosh_buf_append(&out, c, text);
        c += text;
        if (c < end)
            c = copy_tag(c, end, &out, &is_secret);
    }
    if (!out.error && out.data)
        client->config.trace(is_outgoing, out.data, out.size, client->config.user);
    bosh_buf_free(&out);
}

void bosh_trace_request(bosh_client *client, const bosh_transport_request *request)
{
    bosh_buf whole;
    if (!client->config.trace || bosh_client_is_quiet(client))
        return;
    bosh_buf_init(&whole, &client->config.allocator, SIZE_MAX / 2, BOSH_ERR_MEMORY);
    for (size_t i = 0; i < request->slice_count; i++)
        bosh_buf_append(&whole, request->slices[i].data, request->slices[i].size);
    if (!whole.error)
        trace(client, 1, whole.data, whole.size);
    bosh_buf_free_secret(&whole);
}

void bosh_trace_answer(void *user, const char *xml, size_t size)
{
    bosh_client *client = user;
    if (client->config.trace && !bosh_client_is_quiet(client))
        trace(client, 0, xml, size);
}

#endif
