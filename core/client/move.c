/* SPDX-License-Identifier: MIT
 * Moving a session: export, import, and the journal, which is an export before each request. And
 * going on with one of which only the ids are known.
 *
 *   "BOSH" version flags url account url-in-use address last-ticket delivered session outbox
 *   checksum */
#include "client/client.h"
#include "base/crypto.h"
#include "base/mem.h"

#include <string.h>

#define MAGIC 0x48534f42u /* "BOSH" */
#define VERSION 1u
#define FLAG_JOURNAL 1u
#define CHECKSUM_BYTES 8
#define CLOCK_MS                                                                                   \
    (UINT64_C(1) << 40) /* the clock an import is read by, until a pump tells the time */

static void put_text(bosh_buf *buf, const char *text)
{
    bosh_blob_put_bytes(buf, text ? text : "", text ? strlen(text) : 0);
}

static int is_text(bosh_slice slice, const char *text)
{
    size_t size = text ? strlen(text) : 0;
    return slice.size == size && (!size || memcmp(slice.data, text, size) == 0);
}

static int write_blob(const bosh_client *client, uint32_t flags, bosh_time now_ms, bosh_buf *buf)
{
    uint8_t hash[BOSH_HASH_SIZE_MAX];
    bosh_blob_put_u32(buf, MAGIC);
    bosh_blob_put_u32(buf, VERSION);
    bosh_blob_put_u32(buf, flags);
    put_text(buf, client->config.url);
    put_text(buf, client->config.jid);
    put_text(buf,
             client->session.options.url); /* another than the configured one after see-other-uri */
    put_text(buf, client->stream.jid);
    bosh_blob_put_u64(buf, client->last_ticket);
    bosh_blob_put_u64(buf, client->delivered);
    int error = bosh_session_save(&client->session, now_ms, buf);
    bosh_blob_put_items(buf, &client->outbox);
    if (!error)
        error = buf->error;
    if (!error)
        error = bosh_crypto_hash(BOSH_HASH_SHA256, buf->data, buf->size, hash);
    if (!error)
        error = bosh_buf_append(buf, hash, CHECKSUM_BYTES);
    return error;
}

static int is_savable(const bosh_client *client)
{
    return BOSH_HAS_MOVING && client->config.save && client->stream.state == BOSH_STREAM_ONLINE &&
           (client->session.state == BOSH_SESSION_OPEN ||
            client->session.state == BOSH_SESSION_TERMINATING);
}

static int save(bosh_client *client, uint32_t flags, bosh_time now_ms)
{
    bosh_buf buf;
    bosh_buf_init(&buf, &client->config.allocator, SIZE_MAX / 2, BOSH_ERR_MEMORY);
    int error = write_blob(client, flags, now_ms, &buf);
    if (!error && client->config.save(buf.data, buf.size, client->config.user))
        error = BOSH_ERR_JOURNAL;
    client->is_save_last = !error && !(flags & FLAG_JOURNAL);
    if (!error)
        client->saved_rid = bosh_window_lowest_rid(&client->session);
    bosh_buf_free_secret(&buf);
    return error;
}

/* The journal: the request just frozen is in the blob before it is submitted. */
int bosh_move_journal(bosh_client *client)
{
    return is_savable(client) ? save(client, FLAG_JOURNAL, client->now_ms) : BOSH_OK;
}

int bosh_move_outdate(bosh_client *client)
{
    return BOSH_HAS_MOVING && client->is_save_last ? bosh_move_journal(client) : BOSH_OK;
}

int bosh_move_follow(bosh_client *client)
{
    int is_behind = BOSH_HAS_MOVING && client->saved_rid &&
                    client->saved_rid != bosh_window_lowest_rid(&client->session);
    return is_behind ? bosh_move_journal(client) : BOSH_OK;
}

int bosh_client_save(bosh_client *client, bosh_time now_ms)
{
    if (!client || !is_savable(client))
        return BOSH_ERR_STATE;
    client->depth++; /* a client freed in there lives until the pump */
    int error = save(client, 0, client->rebase_ms ? client->rebase_ms : now_ms);
    client->depth--;
    bosh_client_wake(client);
    return error;
}

void bosh_move_forget(bosh_client *client)
{
    if (!BOSH_HAS_MOVING)
        return;
    client->saved_rid = 0;
    if (client->config.save && client->was_online && !bosh_client_is_quiet(client))
        client->config.save(NULL, 0, client->config.user);
}

int bosh_client_export(bosh_client *client, void **bytes, size_t *size)
{
    bosh_buf buf;
    if (!client || !bytes || !size)
        return BOSH_ERR_ARGUMENT;
    if (!BOSH_HAS_MOVING)
        return BOSH_ERR_UNSUPPORTED;
    if ((client->state != BOSH_STATE_ONLINE && client->state != BOSH_STATE_RECOVERING) ||
        client->is_parsing)
        return BOSH_ERR_STATE;
    bosh_buf_init(&buf, &client->config.allocator, SIZE_MAX / 2, BOSH_ERR_MEMORY);
    int error = write_blob(client, 0, client->now_ms, &buf);
    if (error) {
        bosh_buf_free_secret(&buf);
        return error;
    }
    *bytes = buf.data;
    *size = buf.size;
    client->is_exported = 1;
    bosh_item_free_list(&client->config.allocator, &client->outbox);
    bosh_session_abandon(&client->session, BOSH_ERR_EXPORTED);
    bosh_client_wake(client);
    return BOSH_OK;
}

/* --------------------------------------------------------------------------------------- import */

/* Is it whole, ours, and of this account? Leaves *cursor behind what it has read. */
static int check_blob(const bosh_client *client, const uint8_t **cursor, const uint8_t *end,
                      uint32_t *flags)
{
    uint8_t hash[BOSH_HASH_SIZE_MAX];
    const uint8_t *begin = *cursor;
    if (bosh_blob_get_u32(cursor, end) != MAGIC || !*cursor)
        return BOSH_ERR_BLOB_DAMAGED;
    uint32_t version = bosh_blob_get_u32(cursor, end);
    if (*cursor && version != VERSION)
        return BOSH_ERR_BLOB_VERSION;
    if (bosh_crypto_hash(BOSH_HASH_SHA256, begin, (size_t)(end - begin), hash))
        return BOSH_ERR_INTERNAL;
    if (!*cursor || !bosh_crypto_equal(hash, end, CHECKSUM_BYTES))
        return BOSH_ERR_BLOB_DAMAGED;
    *flags = bosh_blob_get_u32(cursor, end);
    bosh_slice url = bosh_blob_get_bytes(cursor, end), jid = bosh_blob_get_bytes(cursor, end);
    if (!*cursor)
        return BOSH_ERR_BLOB_DAMAGED;
    return is_text(url, client->config.url) && is_text(jid, client->config.jid)
               ? BOSH_OK
               : BOSH_ERR_BLOB_FOREIGN;
}

static int read_blob(bosh_client *client, const uint8_t *cursor, const uint8_t *end,
                     uint64_t elapsed_ms)
{
    uint32_t flags = 0;
    int error = check_blob(client, &cursor, end, &flags);
    if (error)
        return error;
    bosh_slice url = bosh_blob_get_bytes(&cursor, end);
    bosh_slice address = bosh_blob_get_bytes(&cursor, end);
    uint64_t last_ticket = bosh_blob_get_u64(&cursor, end);
    uint64_t delivered = bosh_blob_get_u64(&cursor, end);
    error = bosh_session_load(&client->session, &cursor, end, (flags & FLAG_JOURNAL) != 0,
                              elapsed_ms, CLOCK_MS);
    if (!error)
        error = bosh_blob_get_items(&client->config.allocator, &cursor, end, &client->outbox);
    if (error)
        return error;
    char *jid = bosh_mem_string_n(&client->config.allocator, address.data, address.size);
    error = jid ? bosh_stream_resume(&client->stream, jid) : BOSH_ERR_MEMORY;
    bosh_mem_free(&client->config.allocator, jid);
    if (!error)
        error = bosh_lifecycle_use_url(client, url);
    client->last_ticket = last_ticket;
    client->delivered = delivered;
    return error;
}

static int is_idle(const bosh_client *client)
{
    return (client->state == BOSH_STATE_IDLE || client->state == BOSH_STATE_ENDED) &&
           !client->last_ticket;
}

/* ONLINE with the next pump; or, after an error, as if nothing had been given. */
static int resume(bosh_client *client, int error)
{
    if (error) {
        bosh_item_free_list(&client->config.allocator, &client->outbox);
        client->last_ticket = client->delivered = 0;
        bosh_lifecycle_reset(client);
        return error;
    }
    client->state = BOSH_STATE_CONNECTING;
    client->was_online = 1;
    client->is_exported = 0;
    client->is_save_due = 1; /* before its first request: the blob may be deleted now */
    client->is_save_last = 0;
    client->saved_rid = 0;
    client->rebase_ms = CLOCK_MS;
    bosh_client_wake(client);
    return BOSH_OK;
}

int bosh_client_import(bosh_client *client, const void *bytes, size_t size, uint64_t elapsed_ms)
{
    if (!client || !bytes)
        return BOSH_ERR_ARGUMENT;
    if (!BOSH_HAS_MOVING)
        return BOSH_ERR_UNSUPPORTED;
    if (!is_idle(client))
        return BOSH_ERR_STATE;
    if (size < CHECKSUM_BYTES)
        return BOSH_ERR_BLOB_DAMAGED;
    const uint8_t *begin = bytes;
    int error = bosh_lifecycle_reset(client);
    if (!error)
        error = read_blob(client, begin, begin + size - CHECKSUM_BYTES, elapsed_ms);
    return resume(client, error);
}

int bosh_client_attach(bosh_client *client, const bosh_attachment *session)
{
    if (!client || !session || !session->jid || !session->jid[0])
        return BOSH_ERR_ARGUMENT;
    if (!BOSH_HAS_MOVING)
        return BOSH_ERR_UNSUPPORTED;
    if (!is_idle(client))
        return BOSH_ERR_STATE;
    int error = bosh_lifecycle_reset(client);
    if (!error)
        error = bosh_session_attach(&client->session, session, CLOCK_MS);
    if (!error)
        error = bosh_stream_resume(&client->stream, session->jid);
    return resume(client, error);
}
