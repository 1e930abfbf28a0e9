/* SPDX-License-Identifier: MIT
 *
 * libbosh over an HTTP client that knows one call only, which does a whole request and returns when
 * its answer is there: esp_http_client_perform, Zephyr's http_client_req, coreHTTP's
 * HTTPClient_Send.
 *
 * Such a client has one request open at a time. libbosh sees that and keeps to the half-duplex long
 * poll of POLL-6: hold 1, wait 5, never two requests. What comes is delivered at once; what is sent
 * waits for the poll to come back, 5 seconds at most.
 *
 * The contract. `post` does one POST, and in one call:
 *
 *  1. The content is request->slices in their order, request->size bytes, sent with Content-Length
 *     and with request->content_type. No Expect, no chunks, no redirect followed (HTTP-1, 3, 9).
 *  2. It is sent once. A client that repeats it by itself has to be told not to: libbosh does, and
 *     knows what is safe (RTX-6).
 *  3. The connection is kept for the next call (HTTP-8).
 *  4. It waits for the answer for request->time_limit_ms: the server holds a poll.
 *  5. The content of the answer goes, in pieces of any size, to one_call_bytes.
 *  6. It fills in `result`, and does not call libbosh.
 *
 * All of it happens in one thread or task. Others hand it what they want to send, by a queue of the
 * operating system, say.
 */
#ifndef ONE_CALL_H
#define ONE_CALL_H

#include <bosh/transport.h>

/* What became of a request. */
typedef struct one_call_result {
    int status;             /* of the answer, when all of it came; else 0 */
    uint32_t retry_after_s; /* its Retry-After, 0 without one */
    int error;              /* without an answer: BOSH_ERR_DNS, _CONNECT, _TLS, _RESET, _TIMEOUT */
    unsigned flags;         /* BOSH_FAILED_..., of bosh/transport.h */
} one_call_result;

typedef struct one_call one_call;

/* Fill in the first part; the rest is private. */
struct one_call {
    void (*post)(one_call *call, const bosh_transport_request *request, one_call_result *result);
    bosh_time (*now_ms)(void);
    void *user; /* yours */

    bosh_client *client;
    uint32_t id; /* of the attempt that waits for its turn; 0: none */
    const bosh_transport_request *request;
    size_t received;
    int refusal; /* why no more of the answer is wanted */
};

/* As bosh_client_new. `call` stays where it is until the client is freed. */
int one_call_client_new(one_call *call, const bosh_config *config, bosh_client **out);

/* From within `post`: some of the answer. Returns 0; anything else: no more of it is wanted. */
int one_call_bytes(one_call *call, const void *data, size_t size);

/* One turn of the program's loop: pump, and make the request that the client wants, if any, which
 * blocks. Returns 1 after a request, 0 when there is none before bosh_client_deadline. */
int one_call_turn(one_call *call);

#endif
