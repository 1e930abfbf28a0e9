/* SPDX-License-Identifier: MIT
 * What JavaScript calls; js/engine.js is the only caller. Texts come in NUL-terminated, numbers
 * that need more than 32 bits as double. */
#include "imports.h"

#include "base/mem.h"
#include "base/text.h"
#include "client/client.h"
#include "xml/writer.h"

#include <emscripten.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------ what a client needs */

bosh_time bosh_web_now(void)
{
    return (bosh_time)emscripten_get_now();
}

static int entropy(void *buffer, size_t size, void *user)
{
    bosh_web *web = user;
    uint8_t *out = buffer;
    for (size_t i = 0; i < size; i++) {
        if (web->entropy_left == 0) {
            if (bosh_import_entropy(web->entropy, sizeof(web->entropy)) != 0)
                return BOSH_ERR_ENTROPY;
            web->entropy_left = sizeof(web->entropy);
        }
        uint8_t *from = &web->entropy[--web->entropy_left];
        out[i] = *from;
        *from = 0;
    }
    return BOSH_OK;
}

/* JavaScript gets what is in `flat`. */
static void give(bosh_web *web)
{
    bosh_flat *flat = &web->flat;
    bosh_import_body(web, flat->records.data, flat->records.size / sizeof(int32_t),
                     flat->arena.data, flat->arena.size, flat->wide.data, flat->wide.size,
                     (const char *)flat->names.data + flat->names_told,
                     flat->names.size - flat->names_told, flat->names_told == 0);
    flat->names_told = flat->names.size;
}

/* Where `payload` is in what JavaScript has been given; what is missing is given to it. */
static int place_of(bosh_web *web, const bosh_stanza *payload)
{
    int is_new;
    uint32_t place = bosh_flat_find(&web->flat, payload, web->answers, &is_new);
    if (is_new)
        give(web);
    return (int)place;
}

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    (void)client;
    bosh_import_event(user, event->type, event->state, event->error, (double)event->ticket,
                      event->delay_ms, event->xml.data, event->xml.size,
                      event->element ? place_of(user, event->element) : -1);
}

static void on_body(bosh_client *client, const bosh_stanza *body, void *user)
{
    bosh_web *web = user;
    (void)client;
    web->shown = body;
    bosh_import_turn(web);
    web->shown = NULL;
}

static void on_log(bosh_log_level level, const char *line, void *user)
{
    bosh_import_log(user, level, line);
}

/* ----------------------------------------------------------------------------- making a client */

/* The settings of bosh_config that JavaScript may give, by their names in C. */
#define SETTINGS(X)                                                                                \
    X(url, TEXT)                                                                                   \
    X(jid, TEXT)                                                                                   \
    X(password, TEXT)                                                                              \
    X(authzid, TEXT)                                                                               \
    X(mechanisms, TEXT)                                                                            \
    X(language, TEXT)                                                                              \
    X(route, TEXT)                                                                                 \
    X(content_type, TEXT)                                                                          \
    X(reconnect, WORD)                                                                             \
    X(schedule, WORD)                                                                              \
    X(wait_s, SHORT)                                                                               \
    X(allow_plain_over_http, BYTE)                                                                 \
    X(ask_credentials, BYTE)                                                                       \
    X(legacy_session, BYTE)                                                                        \
    X(stop_before_login, BYTE)                                                                     \
    X(stop_before_bind, BYTE)                                                                      \
    X(answers_requests, BYTE)                                                                      \
    X(scram_rounds_min, WORD)                                                                      \
    X(scram_rounds_max, WORD)                                                                      \
    X(scram_rounds_per_pump, WORD)                                                                 \
    X(body_bytes_max, WORD)                                                                        \
    X(response_bytes_max, WORD)                                                                    \
    X(queue_bytes_max, WORD)                                                                       \
    X(depth_max, SHORT)                                                                            \
    X(attributes_max, SHORT)                                                                       \
    X(iq_timeout_ms, WORD)                                                                         \
    X(close_timeout_ms, WORD)

enum kind { TEXT, BYTE = 1, SHORT = 2, WORD = 4 }; /* of numbers their sizes */
static const struct setting {
    uint16_t offset;
    uint8_t kind;
} settings[] = {
#define X(name, kind) {offsetof(bosh_config, name), kind},
    SETTINGS(X)
#undef X
};

static const char setting_names[] =
#define X(name, kind) #name "\0"
    SETTINGS(X);
#undef X

/* 0: it should be a number, and one that fits. */
static int store(bosh_config *config, const struct setting *setting, const char *value)
{
    char *field = (char *)config + setting->offset;
    uint32_t number;
    if (setting->kind == TEXT)
        memcpy(field, &value, sizeof(value));
    else if (!bosh_text_number(value, UINT32_MAX >> (32 - 8 * setting->kind), &number))
        return 0;
    else
        memcpy(field, &number, setting->kind); /* the lower end of a number comes first */
    return 1;
}

/* `options`: "name\0value\0" for each, then an empty name. */
static int read_options(bosh_config *config, const char *options)
{
    while (*options) {
        const char *value = options + strlen(options) + 1;
        const struct setting *setting = settings;
        for (const char *name = setting_names; strcmp(name, options) != 0; setting++) {
            name += strlen(name) + 1;
            if (!*name)
                return BOSH_ERR_ARGUMENT;
        }
        if (!store(config, setting, value))
            return BOSH_ERR_ARGUMENT;
        options = value + strlen(value) + 1;
    }
    return BOSH_OK;
}

/* `*error` says why it is NULL. */
EMSCRIPTEN_KEEPALIVE bosh_web *bosh_web_new(const char *options, int is_logging, int is_saving,
                                            int *error)
{
    bosh_web *web = calloc(1, sizeof(*web));
    if (!web) {
        *error = BOSH_ERR_MEMORY;
        return NULL;
    }
    bosh_config config;
    bosh_config_init(&config);
    config.allocator = *bosh_system_allocator();
    config.entropy = entropy;
    config.entropy_user = config.user = web;
    config.on_event = on_event;
    config.on_body = on_body;
    config.log = is_logging ? on_log : NULL;
    config.save = is_saving ? bosh_web_on_save : NULL;
    bosh_transport transport = bosh_web_transport(web);
    *error = read_options(&config, options);
    if (!*error)
        *error = bosh_client_new(&config, &transport, &web->client);
    if (*error) {
        free(web);
        return NULL;
    }
    bosh_lifecycle_keep_prefixes(web->client);
    return web;
}

EMSCRIPTEN_KEEPALIVE void bosh_web_free(bosh_web *web)
{
    bosh_client_free(web->client);
}

void bosh_web_released(void *user)
{
    bosh_web *web = user;
    bosh_flat_free(&web->flat);
    bosh_wishes_free(&web->wishes);
    bosh_mem_wipe(web->entropy, sizeof(web->entropy));
    free(web);
}

/* ------------------------------------------------------------------------------------- driving */

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

EMSCRIPTEN_KEEPALIVE int bosh_web_connect(bosh_web *web)
{
    return bosh_client_connect(web->client);
}

EMSCRIPTEN_KEEPALIVE void bosh_web_close(bosh_web *web)
{
    bosh_client_close(web->client, NULL);
}

EMSCRIPTEN_KEEPALIVE int bosh_web_set_password(bosh_web *web, const char *password)
{
    return bosh_client_set_password(web->client, password);
}

/* At a stop of the login. */
EMSCRIPTEN_KEEPALIVE int bosh_web_send_login(bosh_web *web, const char *xml, size_t size)
{
    bosh_writer *element = bosh_client_writer(web->client);
    int error = bosh_writer_parse(element, xml, size);
    return error ? error : bosh_client_send_login(web->client, element);
}

EMSCRIPTEN_KEEPALIVE int bosh_web_continue_login(bosh_web *web)
{
    return bosh_client_continue_login(web->client);
}

/* "" changes nothing. */
EMSCRIPTEN_KEEPALIVE int bosh_web_set_login(bosh_web *web, const char *jid, const char *mechanisms)
{
    return bosh_client_set_login(web->client, or_null(jid), or_null(mechanisms));
}

EMSCRIPTEN_KEEPALIVE void bosh_web_network_changed(bosh_web *web)
{
    bosh_client_network_changed(web->client);
}

/* `web` may be gone afterwards. */
EMSCRIPTEN_KEEPALIVE void bosh_web_pump(bosh_web *web)
{
    bosh_client_pump(web->client, bosh_web_now());
}

/* The same, but nothing leaves. */
EMSCRIPTEN_KEEPALIVE void bosh_web_deliver(bosh_web *web)
{
    bosh_client_deliver(web->client, bosh_web_now());
}

/* Milliseconds until the next pump; -1: only an event can bring work. */
EMSCRIPTEN_KEEPALIVE double bosh_web_delay(const bosh_web *web)
{
    bosh_time at_ms = bosh_client_deadline(web->client), now_ms = bosh_web_now();
    if (at_ms == BOSH_NEVER)
        return -1;
    return at_ms > now_ms ? (double)(at_ms - now_ms) : 0;
}

void bosh_web_wanted(void *user)
{
    bosh_import_wanted(user);
}

/* The whole answer to an attempt, or why there is none. */
EMSCRIPTEN_KEEPALIVE void bosh_web_answer(bosh_web *web, uint32_t id, int status,
                                          uint32_t retry_after_s, const char *data, size_t size)
{
    web->answers++;
    bosh_transport_bytes(web->client, id, data, size);
    bosh_transport_done(web->client, id, status, retry_after_s, bosh_web_now());
}

EMSCRIPTEN_KEEPALIVE void bosh_web_failed(bosh_web *web, uint32_t id, int error, int is_stale)
{
    unsigned flags = BOSH_FAILED_MAYBE_SENT | (is_stale ? BOSH_FAILED_STALE : 0u);
    bosh_transport_failed(web->client, id, error, flags, bosh_web_now());
}

/* -------------------------------------------------------------------------------------- asking */

EMSCRIPTEN_KEEPALIVE const char *bosh_web_jid(const bosh_web *web)
{
    return bosh_client_jid(web->client);
}

EMSCRIPTEN_KEEPALIVE int bosh_web_http_status(const bosh_web *web)
{
    return bosh_client_detail(web->client)->http_status;
}

/* The texts of bosh_detail by number. */
EMSCRIPTEN_KEEPALIVE const char *bosh_web_detail(const bosh_web *web, int which)
{
    const bosh_detail *detail = bosh_client_detail(web->client);
    switch (which) {
    case 0:
        return bosh_condition_text(detail->condition);
    case 1:
        return detail->stanza_condition;
    case 2:
        return detail->text;
    default:
        return detail->uri;
    }
}

/* ----------------------------------------------------------------------- sending and receiving */

/* The ticket, or a negative error. */
EMSCRIPTEN_KEEPALIVE double bosh_web_send(bosh_web *web, const char *xml, size_t size)
{
    bosh_ticket ticket = 0;
    int error = bosh_client_send_xml(web->client, xml, size, &ticket);
    return error ? error : (double)ticket;
}

/* The whole answer whose turn it is; its wrapper is at the first place. ERR_STATE: it is none's. */
EMSCRIPTEN_KEEPALIVE int bosh_web_show(bosh_web *web)
{
    if (!web->shown)
        return BOSH_ERR_STATE;
    bosh_flat_body(&web->flat, web->shown, web->answers);
    give(web);
    return BOSH_OK;
}

static int on_stanza(bosh_client *client, const bosh_stanza *stanza, void *key)
{
    bosh_web *web = bosh_client_user(client);
    return bosh_import_stanza(web, (int)(intptr_t)key, place_of(web, stanza));
}

static int on_payload(bosh_client *client, const bosh_stanza *payload, void *user)
{
    bosh_web *web = user;
    size_t count = bosh_wishes_find(&web->wishes, payload);
    (void)client;
    if (count)
        bosh_import_payload(web, place_of(web, payload), web->wishes.found, count);
    return 1;
}

/* Payloads that fit one of the wishes come back in bosh_import_payload. */
EMSCRIPTEN_KEEPALIVE int bosh_web_wish(bosh_web *web, const char *text, size_t size)
{
    int error = bosh_wishes_set(&web->wishes, text, size);
    if (error || web->has_wishes)
        return error;
    int id = bosh_handler_add(web->client, NULL, on_payload, web);
    web->has_wishes = id > 0;
    return id > 0 ? BOSH_OK : id;
}

/* "" matches anything. `key` comes back in bosh_import_stanza. */
EMSCRIPTEN_KEEPALIVE int bosh_web_handle(bosh_web *web, int key, const char *ns, const char *name,
                                         const char *type, const char *id, const char *from)
{
    bosh_match match = {or_null(ns), or_null(name), or_null(type), or_null(id), or_null(from)};
    int is_any = !match.ns && !match.name && !match.type && !match.id && !match.from;
    return bosh_handler_add(web->client, is_any ? NULL : &match, on_stanza, (void *)(intptr_t)key);
}

EMSCRIPTEN_KEEPALIVE void bosh_web_unhandle(bosh_web *web, int id)
{
    bosh_handler_remove(web->client, id);
}

static void on_answer(bosh_client *client, int error, const bosh_stanza *answer, void *key)
{
    bosh_web *web = bosh_client_user(client);
    bosh_import_answer(web, (int)(intptr_t)key, error, answer ? place_of(web, answer) : -1);
}

/* Send a get or set; `key` comes back in bosh_import_answer, unless this returns an error. */
EMSCRIPTEN_KEEPALIVE int bosh_web_request(bosh_web *web, int key, const char *xml, size_t size,
                                          uint32_t timeout_ms)
{
    bosh_writer *iq = bosh_client_writer(web->client);
    int error = bosh_writer_parse(iq, xml, size);
    if (error)
        return error;
    return bosh_client_request(web->client, iq, timeout_ms, on_answer, (void *)(intptr_t)key);
}
