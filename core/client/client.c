/* SPDX-License-Identifier: MIT
 * The facade: making and freeing a client, its events, and looking inside. */
#include "client/client.h"
#include "base/mem.h"
#include "base/text.h"
#include "xml/stanza.h"

#include <bosh/arena.h>
#include <stddef.h>
#include <string.h>

#define WAIT_S 50
#define BODY_BYTES_MAX 65536u
#define RESPONSE_BYTES_MAX 8388608u
#define QUEUE_BYTES_MAX 1048576u
#define DEPTH_MAX 64
#define ATTRIBUTES_MAX 64

const char *bosh_version(void)
{
    return "0.1.0";
}

int bosh_has_feature(const char *feature)
{
    static const char features[] = "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN"
#if BOSH_HAS_SHA512
                                   " SCRAM-SHA-512 SCRAM-SHA-384"
#endif
#if BOSH_HAS_TOKENS
                                   " OAUTHBEARER X-OAUTH2"
#endif
#if BOSH_HAS_MOVING
                                   " export journal"
#endif
#if BOSH_HAS_SOURCE
                                   " source"
#endif
#if BOSH_HAS_TRACE
                                   " trace"
#endif
#if BOSH_HAS_PARTS
                                   " parts"
#endif
#if BOSH_HAS_REQUESTS
                                   " requests"
#endif
#if BOSH_HAS_RECONNECT
                                   " reconnect"
#endif
#if BOSH_HAS_STEERING
                                   " steering"
#endif
#if BOSH_HAS_EXTRAS
                                   " ANONYMOUS EXTERNAL extras"
#endif
#if BOSH_HAS_TEXTS
                                   " texts"
#endif
        ;
    return bosh_text_has_word(features, feature ? feature : "");
}

void bosh_config_init_sized(bosh_config *config, size_t size)
{
    memset(config, 0, size);
    config->struct_size = size;
}

/* -------------------------------------------------------------------------------- configuration */

static void set_default_size(size_t *value, size_t fallback)
{
    if (!*value)
        *value = fallback;
}

static void set_defaults(bosh_config *config)
{
    if (!config->wait_s)
        config->wait_s = WAIT_S;
    if (!config->language)
        config->language = "en";
    if (!config->content_type)
        config->content_type = "text/xml; charset=utf-8";
    if (!config->scram_rounds_min)
        config->scram_rounds_min = 4096;
    if (!config->scram_rounds_max)
        config->scram_rounds_max = 10000000;
    if (!config->scram_rounds_per_pump)
        config->scram_rounds_per_pump = 2000;
    if (!config->depth_max)
        config->depth_max = DEPTH_MAX;
    if (!config->attributes_max)
        config->attributes_max = ATTRIBUTES_MAX;
    if (!config->iq_timeout_ms)
        config->iq_timeout_ms = 30000 + config->wait_s * 1000u;
    if (!config->close_timeout_ms)
        config->close_timeout_ms = 5000;
    set_default_size(&config->body_bytes_max, BODY_BYTES_MAX);
    set_default_size(&config->response_bytes_max, RESPONSE_BYTES_MAX);
    set_default_size(&config->queue_bytes_max, QUEUE_BYTES_MAX);
}

void *bosh_client_hold(const bosh_client *client, size_t size, const char **const texts[],
                       size_t count)
{
    size_t all = size;
    for (size_t i = 0; i < count; i++)
        all += *texts[i] ? strlen(*texts[i]) + 1 : 0;
    char *block = bosh_mem_new(&client->config.allocator, 1, all);
    for (size_t i = 0; i < count && block; i++) {
        size_t bytes = *texts[i] ? strlen(*texts[i]) + 1 : 0;
        if (bytes)
            *texts[i] = memcpy(block + size, *texts[i], bytes);
        size += bytes;
    }
    return block;
}

int bosh_client_use_jid(bosh_client *client, const char *jid)
{
    bosh_stream_options *options = &client->stream.options;
    bosh_slice local, domain, resource;
    int error = bosh_jid_split(jid, &local, &domain, &resource);
    if (error)
        return error;
    char *copy = bosh_mem_string(&client->config.allocator, jid);
    if (!copy)
        return BOSH_ERR_MEMORY;
    bosh_mem_free(&client->config.allocator, client->address);
    client->address = copy;
    char *host = copy + (domain.data - jid);
    if (local.data)
        host[-1] = '\0';
    host[domain.size] = '\0';
    options->credentials.user = local.data ? copy : NULL;
    options->credentials.domain = client->session.options.to = host;
    options->resource = resource.data ? host + domain.size + 1 : NULL;
    return BOSH_OK;
}

/* Replace what is borrowed by copies. */
static int own_strings(bosh_client *client)
{
    bosh_config *config = &client->config;
    const char **const texts[] = {&config->url,         &config->jid,      &config->authzid,
                                  &config->mechanisms,  &config->language, &config->route,
                                  &config->content_type};
    const char *password = config->password;
    config->password = NULL;
    if (config->scram_keys)
        client->keys = *config->scram_keys;
    config->scram_keys = NULL;
    client->texts = bosh_client_hold(client, 0, texts, sizeof(texts) / sizeof(texts[0]));
    if (!client->texts)
        return BOSH_ERR_MEMORY;
    int error = password ? bosh_client_set_password(client, password) : BOSH_OK;
    client->has_password_answer = 0; /* nobody has asked yet */
    return error;
}

/* No control characters (a line break would begin another header), and none below `lowest`. */
static int is_printable(const char *text, unsigned char lowest)
{
    for (; *text; text++)
        if ((unsigned char)*text < lowest || *text == 127)
            return 0;
    return 1;
}

static int is_url(const char *url)
{
    size_t scheme = 0;
    if (!url)
        return 0;
    if (bosh_text_begins_with(url, "http://"))
        scheme = 7;
    else if (bosh_text_begins_with(url, "https://"))
        scheme = 8;
    /* strchr finds the end of the text, too */
    return scheme && !strchr("/?#:", url[scheme]) && is_printable(url, ' ' + 1);
}

/* What is written into requests. The others are judged where they are split, or only compared. */
static int check_strings(const bosh_config *config)
{
    const char *const texts[] = {config->content_type, config->language, config->route,
                                 config->authzid};
    int error = BOSH_OK;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && !error; i++)
        error = texts[i] ? bosh_text_check(texts[i], strlen(texts[i])) : BOSH_OK;
    return error || is_printable(config->content_type, ' ') ? error : BOSH_ERR_CHARACTER;
}

static int check_config(const bosh_config *config, const bosh_transport *transport)
{
    if (!config->entropy || !transport->submit || !transport->cancel || !transport->capabilities)
        return BOSH_ERR_ARGUMENT;
    if ((config->save && !BOSH_HAS_MOVING) || (config->trace && !BOSH_HAS_TRACE) ||
        (config->log && !BOSH_HAS_TEXTS) || (config->parts && !BOSH_HAS_PARTS) ||
        (config->legacy_session && !BOSH_HAS_EXTRAS) ||
        (config->reconnect == BOSH_RECONNECT_ALWAYS && !BOSH_HAS_RECONNECT) ||
        ((config->stop_before_login || config->stop_before_bind || config->ask_credentials) &&
         !BOSH_HAS_STEERING))
        return BOSH_ERR_UNSUPPORTED;
    if (!is_url(config->url))
        return BOSH_ERR_URL;
    return config->jid ? check_strings(config) : BOSH_ERR_JID;
}

/* bosh/arena.h. Measured: unit.arena holds these figures against clients at their limits. */
size_t bosh_client_size_needed(const bosh_config *config)
{
    bosh_config full = *config;
    set_defaults(&full);
    size_t body = full.body_bytes_max, queue = full.queue_bytes_max;
    size_t sent = body < queue ? body : queue;
    /* A login by SCRAM, a reader, the start tags of requests; pointers count. */
    size_t fixed = sizeof(bosh_client) + 4096 + 256 * sizeof(void *);
    /* A tree is larger than its source, and has to be moved while it grows. */
    size_t answer_times = BOSH_HAS_SOURCE ? 8 : 5;
    if (queue > SIZE_MAX / 16 || body > SIZE_MAX / 16 || full.response_bytes_max > SIZE_MAX / 16)
        return 0;
    /* Queued and under way with what is around each stanza, and the writer's while it grows. */
    return fixed + full.response_bytes_max * answer_times + queue + queue / 2 + sent * 4;
}

int bosh_client_new(const bosh_config *config, const bosh_transport *transport, bosh_client **out)
{
    if (!out)
        return BOSH_ERR_ARGUMENT;
    *out = NULL;
    if (!config || !transport || config->struct_size < offsetof(bosh_config, reconnect) ||
        !config->allocator.allocate || !config->allocator.reallocate || !config->allocator.release)
        return BOSH_ERR_ARGUMENT;
    bosh_client *client = bosh_mem_new(&config->allocator, 1, sizeof(*client));
    if (!client)
        return BOSH_ERR_MEMORY;
    size_t known = sizeof(*config);
    memcpy(&client->config, config, config->struct_size < known ? config->struct_size : known);
    set_defaults(&client->config);
    bosh_writer_init(&client->writer, &client->config.allocator, client->config.body_bytes_max);
    int error = check_config(&client->config, transport);
    if (!error)
        error = own_strings(client);
    if (!error)
        error = bosh_client_use_jid(client, client->config.jid);
    if (error) { /* the transport was never ours: it is not told of the end */
        bosh_client_free(client);
        return error;
    }
    client->transport = *transport;
    bosh_lifecycle_set_options(client);
    *out = client;
    return BOSH_OK;
}

void bosh_client_free(bosh_client *client)
{
    if (!client)
        return;
    client->is_freed = 1;
    if (client->depth)
        return;
    bosh_allocator allocator = client->config.allocator;
    void (*released)(void *) = client->transport.released;
    void *transport = client->transport.user;
    bosh_session_reset(&client->session);
    bosh_stream_reset(&client->stream);
    bosh_item_free_list(&allocator, &client->outbox);
    bosh_item_free(&allocator, client->last_item);
    bosh_handlers_free(client);
    if (BOSH_HAS_REQUESTS)
        bosh_iq_free(client);
    bosh_writer_deinit(&client->writer);
    bosh_mem_free(&allocator, client->texts);
    bosh_mem_free(&allocator, client->address);
    bosh_mem_free_secret(&allocator, client->password);
    if (BOSH_HAS_STEERING) {
        bosh_mem_free(&allocator, client->own_jid);
        bosh_mem_free(&allocator, client->own_mechanisms);
    }
    if (BOSH_HAS_EXTRAS || BOSH_HAS_MOVING)
        bosh_mem_free(&allocator, client->moved_url);
    bosh_mem_wipe(client, sizeof(*client));
    bosh_mem_free(&allocator, client);
    if (released)
        released(transport);
}

/* --------------------------------------------------------------------------------------- events */

int bosh_client_is_quiet(const bosh_client *client)
{
    return client->is_freed;
}

void bosh_client_emit(bosh_client *client, bosh_event *event)
{
    event->state = client->state;
    event->detail = &client->detail;
    if (client->config.on_event && !bosh_client_is_quiet(client))
        client->config.on_event(client, event, client->config.user);
}

void bosh_client_tell(bosh_client *client, bosh_event_type type, int error, uint32_t delay_ms)
{
    bosh_event event = {.type = type, .error = error, .delay_ms = delay_ms};
    bosh_client_emit(client, &event);
}

void bosh_client_set_state(bosh_client *client, bosh_state state, int error, uint32_t delay_ms)
{
    if (client->state == state)
        return;
    client->state = state;
    bosh_log(client, BOSH_LOG_INFO, bosh_state_text(state), error ? bosh_error_text(error) : NULL);
    bosh_client_tell(client, BOSH_EVENT_STATE, error, delay_ms);
}

void bosh_client_set_detail(bosh_client *client, int error, int http_status)
{
    bosh_detail *detail = &client->detail;
    detail->error = error;
    detail->http_status = http_status;
    detail->condition = BOSH_CONDITION_NONE;
    detail->stanza_condition = detail->text = detail->uri = "";
}

void bosh_client_wake(bosh_client *client)
{
    if (client->depth == 0 && client->transport.wanted)
        client->transport.wanted(client->transport.user);
}

/* ------------------------------------------------------------------------------- looking inside */

bosh_state bosh_client_state(const bosh_client *client)
{
    return client->state;
}

const char *bosh_client_jid(const bosh_client *client)
{
    return client->stream.jid ? client->stream.jid : "";
}

const char *bosh_client_server(const bosh_client *client)
{
    return client->session.from ? client->session.from : "";
}

const bosh_detail *bosh_client_detail(const bosh_client *client)
{
    return &client->detail;
}

static bosh_ticket first_ticket(const bosh_item_list *list)
{
    for (const bosh_item *item = list->first; item; item = item->next)
        if (item->ticket)
            return item->ticket;
    return 0;
}

void bosh_client_tickets(const bosh_client *client, bosh_ticket *delivered, bosh_ticket *unknown)
{
    bosh_ticket unsent = first_ticket(&client->session.queue);
    if (!unsent)
        unsent = first_ticket(&client->outbox);
    if (!unsent)
        unsent = client->unsent_from;
    if (delivered)
        *delivered = client->delivered;
    if (unknown)
        *unknown = unsent ? unsent - 1 : client->last_ticket;
}

size_t bosh_client_queued(const bosh_client *client)
{
    return client->outbox.bytes + client->session.queue.bytes;
}

void *bosh_client_user(const bosh_client *client)
{
    return client->config.user;
}

int bosh_client_is_replay(const bosh_client *client)
{
    return client->is_replay;
}

int bosh_client_scram_keys(const bosh_client *client, bosh_scram_keys *keys)
{
    if (!client->keys.mechanism[0])
        return BOSH_ERR_STATE;
    *keys = client->keys;
    return BOSH_OK;
}
