/* SPDX-License-Identifier: MIT
 * A session that outlives its page: going on with one that was made elsewhere, its bytes out and
 * in, and the last words of a page that is closed. */
#include "imports.h"

#include "base/mem.h"
#include "client/client.h"

#include <emscripten.h>

int bosh_web_on_save(const void *bytes, size_t size, void *user)
{
    bosh_slice slice = {bytes, size};
    return bosh_import_bytes(user, BOSH_BYTES_SAVED, &slice, 1, size);
}

/* What JavaScript gives as a number may be anything. */
static uint64_t whole(double number)
{
    if (number < 1e16)
        return number > 0 ? (uint64_t)number : 0;
    return UINT64_MAX;
}

/* `rid`: the next to be used. */
EMSCRIPTEN_KEEPALIVE int bosh_web_attach(bosh_web *web, const char *jid, const char *sid,
                                         double rid, int wait_s, int requests)
{
    bosh_attachment made = BOSH_ATTACHMENT(jid, sid, whole(rid));
    made.wait_s = (uint16_t)wait_s;
    made.requests = (uint8_t)requests;
    return bosh_client_attach(web->client, &made);
}

EMSCRIPTEN_KEEPALIVE int bosh_web_import(bosh_web *web, const void *bytes, size_t size,
                                         double elapsed_ms)
{
    return bosh_client_import(web->client, bytes, size, whole(elapsed_ms));
}

/* The bytes come through bosh_import_bytes. */
EMSCRIPTEN_KEEPALIVE int bosh_web_export(bosh_web *web)
{
    bosh_slice slice;
    void *bytes;
    int error = bosh_client_export(web->client, &bytes, &slice.size);
    if (error)
        return error;
    slice.data = bytes;
    bosh_import_bytes(web, BOSH_BYTES_EXPORTED, &slice, 1, slice.size);
    bosh_mem_wipe(bytes, slice.size);
    bosh_mem_free(&web->client->config.allocator, bytes);
    return BOSH_OK;
}

/* To the `save` of bosh_web_new. */
EMSCRIPTEN_KEEPALIVE int bosh_web_save(bosh_web *web)
{
    return bosh_client_save(web->client, bosh_web_now());
}

static void give(const bosh_transport_request *request, void *user)
{
    bosh_import_bytes(user, BOSH_BYTES_LAST, request->slices, request->slice_count, request->size);
}

/* Requests for sendBeacon come through bosh_import_bytes. */
EMSCRIPTEN_KEEPALIVE int bosh_web_farewell(bosh_web *web)
{
    return bosh_lifecycle_farewell(web->client, bosh_web_now(), give, web);
}

/* -------------------------------------------------------------------------------------- asking */

/* Where requests go now. */
EMSCRIPTEN_KEEPALIVE const char *bosh_web_url(const bosh_web *web)
{
    return web->client->session.options.url;
}

/* "" while there is none. */
EMSCRIPTEN_KEEPALIVE const char *bosh_web_sid(const bosh_web *web)
{
    const char *sid = web->client->session.sid;
    return sid ? sid : "";
}

/* The next to be used. */
EMSCRIPTEN_KEEPALIVE double bosh_web_rid(const bosh_web *web)
{
    return (double)web->client->session.next_rid;
}

/* Is there an answer to this rid, or no request any more? */
EMSCRIPTEN_KEEPALIVE int bosh_web_is_answered(const bosh_web *web, double rid)
{
    const bosh_slot *slot = web->client->session.lowest;
    while (slot && slot->rid != whole(rid))
        slot = slot->next;
    return !slot || slot->state == BOSH_SLOT_ANSWERED;
}

EMSCRIPTEN_KEEPALIVE int bosh_web_is_replay(const bosh_web *web)
{
    return bosh_client_is_replay(web->client);
}
