/* SPDX-License-Identifier: MIT
 *
 * libbosh over plain byte streams: HTTP/1.1 for programs that have TCP (or TLS) connections but no
 * HTTP client. A device with lwIP, mbedTLS streams, or POSIX sockets:
 *
 *     static bosh_http1 http1;              // all its memory; nothing is allocated
 *     bosh_http1_streams streams = {.open = my_open, .write = my_write, .close = my_close,
 *                                   .now = my_clock_ms};
 *     bosh_http1_init(&http1, &streams, 2);
 *     bosh_http1_client_new(&http1, &config, &client);
 *     bosh_client_connect(client);
 *
 *     for (;;) {                            // the program's loop
 *         bosh_client_pump(client, my_clock_ms());
 *         // sleep until bosh_client_deadline(client) or news of a stream, then tell it:
 *         // bosh_http1_opened, _writable, _received or _closed
 *     }
 *
 * A stream is a connection that the program opens, writes to and closes when asked. There are two,
 * numbered 0 and 1, because BOSH keeps one request open at the server while it sends (HTTP-5); with
 * one, everything works more slowly (POLL-6).
 *
 * Rules
 *  - `open`, `write` and `close` never call a function of this header from within themselves.
 *  - Everything belongs to one thread; from an interrupt handler only set a flag.
 *  - Requests are POST with Content-Length, never pipelined, never "Expect" (HTTP-1, 3, 4).
 *    Connections are kept alive; one that idled for 25 seconds is not used again (HTTP-8).
 *  - Answers may be sized by Content-Length, chunked, or by the end of the stream.
 */
#ifndef BOSH_HTTP1_H
#define BOSH_HTTP1_H

#include <bosh/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the program provides. All are required but `wanted`. */
typedef struct bosh_http1_streams {
    void *user; /* the first argument of each function below */

    /* Begin to open stream `stream` to host (an IPv6 address without its brackets) and port; with
     * TLS, and the certificate checked, when `is_secure`. `host` is valid during the call only.
     * Returns 0, bosh_http1_opened or bosh_http1_closed follows; or a negative bosh_error. */
    int (*open)(void *user, unsigned stream, bosh_slice host, uint16_t port, int is_secure);

    /* Take some of these bytes; returns how many. After fewer than `size` bosh_http1_writable has
     * to follow. `is_more`: the next bytes come in this turn, so let them share a packet. What is
     * taken is copied, or at least not read after `close`. A stream that broke takes nothing. */
    size_t (*write)(void *user, unsigned stream, const void *data, size_t size, int is_more);

    /* Drop the stream. It is closed on return: nothing more is told about it. */
    void (*close)(void *user, unsigned stream);

    /* The monotonic clock. */
    bosh_time (*now)(void *user);

    /* As in bosh_transport; may be NULL. */
    void (*wanted)(void *user);
} bosh_http1_streams;

/* An answer while it is read. Private. */
typedef struct bosh_http1_answer {
    uint8_t state;
    uint8_t line_count;
    uint8_t is_chunked, is_sized, is_last;
    uint16_t status;
    uint16_t line_size;
    uint32_t left; /* bytes of this chunk, or of the content */
    uint32_t retry_after_s;
    char line[64]; /* the beginning of the line that is read */
} bosh_http1_answer;

/* One stream and the attempt that it carries. Private. */
typedef struct bosh_http1_exchange {
    uint8_t state;
    uint8_t is_reused; /* it has carried an answer already */
    uint8_t is_stale;  /* it leads to another place than requests go to now */
    uint8_t has_answer_bytes;
    uint16_t part; /* of the request, next to be written */
    uint32_t id;   /* of the attempt; 0: none */
    size_t offset; /* in that part */
    size_t received;
    const bosh_transport_request *request;
    bosh_time idle_since_ms;
    bosh_http1_answer answer;
} bosh_http1_exchange;

/* Public so that a program can place it where it likes; its fields are private. */
typedef struct bosh_http1 {
    bosh_http1_streams streams;
    bosh_client *client;
    unsigned count;
    char origin[128]; /* "https://example.org:5281" */
    bosh_http1_exchange exchanges[2];
} bosh_http1;

/* Make ready. `count` is the number of streams, 1 or 2. `streams` is copied. ERR_ARGUMENT. */
BOSH_API int bosh_http1_init(bosh_http1 *http1, const bosh_http1_streams *streams, unsigned count);

/* Make the client that these streams carry; one at a time. `http1` must stay where it is until the
 * client has been freed, which closes the streams. Errors as bosh_client_new; ERR_STATE when there
 * is a client already. URLs whose scheme and host take more than 127 bytes are ERR_URL later. */
BOSH_API int bosh_http1_client_new(bosh_http1 *http1, const bosh_config *config, bosh_client **out);

/* News of a stream. Each only records and writes; call bosh_client_pump afterwards. */

/* The stream is open. */
BOSH_API void bosh_http1_opened(bosh_http1 *http1, unsigned stream);
/* The stream takes bytes again. */
BOSH_API void bosh_http1_writable(bosh_http1 *http1, unsigned stream);
/* Bytes came in. Returns how many of them are done with; offer the others again, before any that
 * follow, after the next pump (answers are read in the order of their requests). */
BOSH_API size_t bosh_http1_received(bosh_http1 *http1, unsigned stream, const void *data,
                                    size_t size);
/* The stream is closed: by the other side (`error` BOSH_OK), or because of ERR_CONNECT, ERR_DNS,
 * ERR_TLS, ERR_CERTIFICATE, ERR_RESET or ERR_MEMORY. What came in before has to be done with. */
BOSH_API void bosh_http1_closed(bosh_http1 *http1, unsigned stream, int error);

#ifdef __cplusplus
}
#endif
#endif
