/* SPDX-License-Identifier: MIT
 * Going on with a session that was made elsewhere, by a server (prebinding) or by the page before
 * it was reloaded, of which only the ids are known. The client is given what an export of that
 * session would have been: see client/move.c and session/blob.c. */
#include "web.h"

#include "base/crypto.h"
#include "client/client.h"
#include "session/session.h"

#include <emscripten.h>
#include <string.h>

#define MAGIC 0x48534f42u /* "BOSH" */
#define VERSION 1u
#define CHECKSUM_BYTES 8

static void put_text(bosh_buf *buf, const char *text)
{
    bosh_blob_put_bytes(buf, text, strlen(text));
}

/* A session of which nothing is known but these. */
static void put_session(bosh_buf *buf, char *sid, uint64_t rid, uint32_t wait_s, uint32_t requests)
{
    bosh_session session = {.state = BOSH_SESSION_OPEN,
                            .sid = sid,
                            .next_rid = rid,
                            .wait_s = (uint16_t)wait_s,
                            .requests = (uint8_t)requests,
                            .hold = 1,
                            .terminate_deadline_ms = BOSH_NEVER};
    bosh_session_save(&session, 0, buf);
}

/* `rid`: the next to be used. The client is then connecting, and online once a poll has left; that
 * the session is not there any more is told by its answer. */
EMSCRIPTEN_KEEPALIVE int bosh_web_attach(bosh_web *web, char *sid, double rid, uint32_t wait_s,
                                         uint32_t requests)
{
    const bosh_config *config = &web->client->config;
    uint8_t hash[BOSH_HASH_SIZE_MAX];
    bosh_buf buf;
    bosh_buf_init(&buf, &config->allocator, SIZE_MAX / 2, BOSH_ERR_MEMORY);
    bosh_blob_put_u32(&buf, MAGIC);
    bosh_blob_put_u32(&buf, VERSION);
    bosh_blob_put_u32(&buf, 0); /* flags */
    put_text(&buf, config->url);
    put_text(&buf, config->jid);
    put_text(&buf, config->url);
    put_text(&buf, config->jid); /* the address that is bound */
    bosh_blob_put_u64(&buf, 0);  /* tickets: the last, and delivered */
    bosh_blob_put_u64(&buf, 0);
    put_session(&buf, sid, (uint64_t)rid, wait_s, requests);
    bosh_blob_put_u32(&buf, 0); /* the outbox */
    int error = buf.error;
    if (!error)
        error = bosh_crypto_hash(BOSH_HASH_SHA256, buf.data, buf.size, hash);
    if (!error)
        error = bosh_buf_append(&buf, hash, CHECKSUM_BYTES);
    if (!error)
        error = bosh_client_import(web->client, buf.data, buf.size, 0);
    bosh_buf_free_secret(&buf);
    return error;
}
