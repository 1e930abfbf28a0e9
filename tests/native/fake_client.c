/* SPDX-License-Identifier: MIT
 * The functions of bosh.h and transport.h that the door calls. */
#include "fake_client.h"

#include <stdlib.h>
#include <string.h>

int fake_alive;

void bosh_config_init_sized(bosh_config *config, size_t size)
{
    memset(config, 0, size);
    config->struct_size = size;
}

/* Given to the clients, and these have no use for it. */
const bosh_allocator *bosh_system_allocator(void)
{
    static const bosh_allocator unused;
    return &unused;
}

int bosh_client_new(const bosh_config *config, const bosh_transport *transport, bosh_client **out)
{
    *out = NULL;
    if (!config->url)
        return BOSH_ERR_URL;
    bosh_client *client = calloc(1, sizeof *client);
    if (!client)
        return BOSH_ERR_MEMORY;
    client->transport = *transport;
    client->config = *config;
    client->deadline = BOSH_NEVER;
    client->answer_max = FAKE_ANSWER_MAX;
    fake_alive++;
    *out = client;
    return BOSH_OK;
}

static void really_free(bosh_client *client)
{
    for (uint32_t id = 1; id <= client->last_id; id++) {
        fake_exchange *exchange = &client->exchanges[id];
        if (!exchange->finished)
            client->transport.cancel(client->transport.user, id);
        /* Neither is read any more: ASan tells when it is. */
        free(exchange->request_bytes);
        free(exchange->answer);
    }
    client->transport.released(client->transport.user);
    fake_alive--;
    free(client);
}

void bosh_client_free(bosh_client *client)
{
    if (!client)
        return;
    client->free_wanted = 1;
    if (client->depth == 0)
        really_free(client);
}

int bosh_client_connect(bosh_client *client)
{
    client->state = BOSH_STATE_CONNECTING;
    client->transport.wanted(client->transport.user);
    return BOSH_OK;
}

void bosh_client_pump(bosh_client *client, bosh_time now_ms)
{
    client->pumps++;
    client->depth++;
    if (client->depth == 1 && client->deadline <= now_ms)
        client->deadline = BOSH_NEVER;
    if (client->on_pump && client->depth == 1)
        client->on_pump(client);
    if (--client->depth == 0 && client->free_wanted)
        really_free(client);
}

bosh_time bosh_client_deadline(const bosh_client *client)
{
    return client->deadline;
}

bosh_state bosh_client_state(const bosh_client *client)
{
    return client->state;
}

void bosh_client_network_changed(bosh_client *client)
{
    client->network_changes++;
    client->transport.wanted(client->transport.user);
}

void bosh_client_clock_jumped(bosh_client *client, uint64_t gap_ms)
{
    client->jumped_ms += gap_ms;
}

int bosh_transport_bytes(bosh_client *client, uint32_t id, const void *data, size_t size)
{
    fake_exchange *exchange = &client->exchanges[id];
    if (client->on_bytes)
        client->on_bytes(client);
    exchange->upload_first |= exchange->size == 0 && exchange->uploads == 1;
    if (exchange->size + size >= exchange->capacity) {
        exchange->capacity = 2 * (exchange->size + size + 1);
        exchange->answer = realloc(exchange->answer, exchange->capacity);
        if (!exchange->answer)
            abort();
    }
    memcpy(exchange->answer + exchange->size, data, size);
    exchange->size += size;
    exchange->answer[exchange->size] = 0;
    return client->refuse_bytes;
}

void bosh_transport_done(bosh_client *client, uint32_t id, int http_status, uint32_t retry_after_s,
                         bosh_time now_ms)
{
    fake_exchange *exchange = &client->exchanges[id];
    (void)now_ms;
    exchange->finished++;
    exchange->status = http_status;
    exchange->retry_after_s = retry_after_s;
}

void bosh_transport_failed(bosh_client *client, uint32_t id, int error, unsigned flags,
                           bosh_time now_ms)
{
    fake_exchange *exchange = &client->exchanges[id];
    (void)now_ms;
    exchange->finished++;
    exchange->error = error;
    exchange->flags = flags;
}

void bosh_transport_uploaded(bosh_client *client, uint32_t id, bosh_time now_ms)
{
    (void)now_ms;
    client->exchanges[id].uploads++;
}

int fake_post(bosh_client *client, const char *url, const char *body)
{
    if (client->last_id + 1 >= FAKE_EXCHANGES)
        abort();
    uint32_t id = ++client->last_id;
    fake_exchange *exchange = &client->exchanges[id];
    size_t size = strlen(body), half = size / 2;
    exchange->request_bytes = strdup(body);
    if (!exchange->request_bytes)
        abort();
    exchange->slices[0] = (bosh_slice){exchange->request_bytes, half};
    exchange->slices[1] = (bosh_slice){exchange->request_bytes + half, size - half};
    exchange->request = (bosh_transport_request){.url = url,
                                                 .content_type = "text/xml; charset=utf-8",
                                                 .slices = exchange->slices,
                                                 .slice_count = 2,
                                                 .size = size,
                                                 .time_limit_ms = 65000,
                                                 .response_bytes_max = client->answer_max};
    int error = client->transport.submit(client->transport.user, id, &exchange->request);
    if (error)
        exchange->finished = 1;
    return error ? error : (int)id;
}

void fake_cancel(bosh_client *client, int id)
{
    fake_exchange *exchange = &client->exchanges[id];
    client->transport.cancel(client->transport.user, (uint32_t)id);
    exchange->finished = 1; /* a report after this makes it 2 */
    free(exchange->request_bytes);
    exchange->request_bytes = NULL;
}

unsigned fake_capabilities(bosh_client *client)
{
    return client->transport.capabilities(client->transport.user);
}
