/* SPDX-License-Identifier: MIT
 *
 * The contract between a client and whatever speaks HTTP for it.
 *
 * Programs that use a ready transport (bosh/curl.h) need nothing of this file. A port to another
 * HTTP stack fills in a bosh_transport and calls the bosh_transport_... functions below.
 *
 * The shape of one attempt:
 *
 *     client                                   transport
 *       | submit(id, request)  ------------------> |  starts a POST; returns at once
 *       | <------------ bosh_transport_uploaded(id) |  optional: the last request byte is out
 *       | <--------------- bosh_transport_bytes(id) |  answer bytes, in any split, repeatedly
 *       | <---------------- bosh_transport_done(id) |  the answer is complete      } exactly one
 *       | <-------------- bosh_transport_failed(id) |  it never will be            } of these,
 *       | cancel(id) -----------------------------> |  the id is dead on return    } or this
 *
 * After bosh_transport_done, _failed or _uploaded, and after feeding bytes, call bosh_client_pump
 * once: it delivers what arrived and submits what is to be sent next.
 *
 * Rules:
 *  - Everything is called on the client's thread. A transport with threads of its own hands what
 *    they bring to it, and gives them a copy of the request, since cancel must not wait for them.
 *  - submit never completes inside itself: no bosh_transport_... call is made from within it.
 *  - The request bytes belong to the client and stay valid until the attempt is finished.
 *  - POST only, with the Content-Type given and a Content-Length; no Expect header, no chunked
 *    request, no HTTP/1.1 pipelining, no redirects followed (HTTP-1, 3, 4, 9, 11).
 *  - Two requests must be able to run at the same time (HTTP-5). A transport that can only do one
 *    leaves BOSH_TRANSPORT_PARALLEL out of its capabilities.
 *  - Never repeat a request on your own: retries belong to the client, which knows what is safe.
 *
 * A transport over a blocking one-call HTTP client is this short:
 *
 *     static int submit(void *user, uint32_t id, const bosh_transport_request *request)
 *     {
 *         struct port *port = user;
 *         port->id = id;
 *         port->request = request;          // run it later, from the program's loop, unless
 *         return BOSH_OK;                   // it is cancelled before
 *     }
 *
 *     static void run(struct port *port)    // called from the program's loop
 *     {
 *         uint32_t id = port->id;
 *         int status = my_http_post(port->request->url, port->request, on_bytes, port);
 *         if (status > 0) bosh_transport_done(port->client, id, status, 0, my_clock_ms());
 *         else bosh_transport_failed(port->client, id, BOSH_ERR_CONNECT, 0, my_clock_ms());
 *         bosh_client_pump(port->client, my_clock_ms());
 *     }
 */
#ifndef BOSH_TRANSPORT_H
#define BOSH_TRANSPORT_H

#include <bosh/bosh.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a transport can do. Asked anew at each use: a warm second connection or HTTP/2 show only
 * during the login. */
enum {
    /* Two requests can be in flight together (HTTP-5). Without it the client keeps to one. */
    BOSH_TRANSPORT_PARALLEL = 1 << 0,
    /* bosh_transport_uploaded is called for each attempt. */
    BOSH_TRANSPORT_UPLOADED = 1 << 1,
    /* A second request would start now without opening a connection: two connections are warm, or
     * the one there is speaks HTTP/2. Lets the login save a round trip (schedule S1). */
    BOSH_TRANSPORT_WARM = 1 << 2,
    /* bosh_transport_bytes may be answered BOSH_NOT_NOW; the same bytes are then offered again. */
    BOSH_TRANSPORT_PAUSE = 1 << 3
};

/* One HTTP POST. Everything pointed to is valid until the attempt is finished or cancelled. */
typedef struct bosh_transport_request {
    const char *url;          /* http:// or https://, NUL-terminated */
    const char *content_type; /* NUL-terminated */
    const bosh_slice *slices; /* the request entity, in order */
    size_t slice_count;
    size_t size;               /* sum of the slices: the Content-Length */
    uint32_t time_limit_ms;    /* informative: the client itself cancels at this age (HTTP-10) */
    size_t response_bytes_max; /* fail with BOSH_ERR_RESPONSE_TOO_LARGE beyond this (ENC-3) */
} bosh_transport_request;

/* Flags of bosh_transport_failed. */
enum {
    /* The request may have reached the server (bytes of it were written). */
    BOSH_FAILED_MAYBE_SENT = 1 << 0,
    /* A reused connection died before any byte of the answer: an ordinary keep-alive race. The
     * client repeats the request at once (RTX-6). */
    BOSH_FAILED_STALE = 1 << 1
};

typedef struct bosh_transport {
    /* Passed as the first argument of each function below. Its own for each client, since two of
     * them give the same ids. */
    void *user;

    /* Start a POST. Must not block on the network. `id` is never 0 and never used twice for a
     * client. Returns 0, or a negative bosh_error when the attempt could not be started: the id is
     * dead, and it counts as if bosh_transport_failed had told so. Required. */
    int (*submit)(void *user, uint32_t id, const bosh_transport_request *request);

    /* Abandon an attempt, synchronously: after it returns nothing is reported for `id` and the
     * request bytes are no longer read. Required. */
    void (*cancel)(void *user, uint32_t id);

    /* A set of BOSH_TRANSPORT_... flags. Required. */
    unsigned (*capabilities)(void *user);

    /* Open a second connection to `url` by a harmless request (OPTIONS), so that the pair of
     * requests at the end of the login need not wait for one. A hint; may be NULL. */
    void (*warm)(void *user, const char *url);

    /* The client has something to do: call bosh_client_pump in this or the next turn of the event
     * loop (HOLD-5: what is sent in one turn shares one body). Called from inside other client
     * calls, so never pump from within it. May be NULL when the program pumps by itself. */
    void (*wanted)(void *user);

    /* The client is gone (bosh_client_free took effect): nothing refers to `user` any more. Not
     * called when bosh_client_new fails. May be NULL. */
    void (*released)(void *user);
} bosh_transport;

/* Make a client that talks through `transport` (copied).
 *
 * What:     allocates a client in state IDLE. Nothing is sent before bosh_client_connect.
 * Ownership: *out is released by bosh_client_free. Strings of `config` are copied.
 * Errors:   ERR_ARGUMENT (no allocator, entropy or transport function), ERR_UNSUPPORTED (what this
 *           build is without, see bosh_has_feature), ERR_URL, ERR_JID, ERR_CHARACTER and ERR_UTF8
 *           (authzid, language, route, content_type), ERR_MEMORY. On error *out is NULL. */
BOSH_API int bosh_client_new(const bosh_config *config, const bosh_transport *transport,
                             bosh_client **out);

/* Answer bytes of attempt `id`, in any split.
 *
 * Returns 0 when they were taken; BOSH_NOT_NOW (only with BOSH_TRANSPORT_PAUSE) when the same bytes
 * should be offered again after the next pump; or a negative error when no more of this answer is
 * wanted (too large, a DOCTYPE, not XML): stop reading and call bosh_transport_done or
 * bosh_transport_failed as usual, the client remembers why.
 * Bytes for an unknown id are ignored (RTX-4). */
BOSH_API int bosh_transport_bytes(bosh_client *client, uint32_t id, const void *data, size_t size);
#define BOSH_NOT_NOW 1

/* The answer to attempt `id` is complete. `http_status` is 200 for most; `retry_after_s` is the
 * Retry-After header in seconds, 0 when absent (RTX-6). Only records: pump afterwards. */
BOSH_API void bosh_transport_done(bosh_client *client, uint32_t id, int http_status,
                                  uint32_t retry_after_s, bosh_time now_ms);

/* Attempt `id` failed. `error` is ERR_DNS, ERR_CONNECT, ERR_TLS, ERR_CERTIFICATE, ERR_RESET,
 * ERR_TIMEOUT, ERR_PROXY, ERR_URL, ERR_MEMORY or ERR_RESPONSE_TOO_LARGE; anything else counts as
 * ERR_RESET. An answer that ends before its Content-Length is ERR_RESET too (RTX-5).
 * `flags`: BOSH_FAILED_... Only records: pump afterwards. */
BOSH_API void bosh_transport_failed(bosh_client *client, uint32_t id, int error, unsigned flags,
                                    bosh_time now_ms);

/* The last byte of the request of attempt `id` has been handed to the network (HOLD-4). Only
 * records: pump afterwards, the client's deadline may be nearer now. */
BOSH_API void bosh_transport_uploaded(bosh_client *client, uint32_t id, bosh_time now_ms);

#ifdef __cplusplus
}
#endif
#endif
