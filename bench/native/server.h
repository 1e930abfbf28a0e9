/* SPDX-License-Identifier: MIT
 * A connection manager in a process of its own that stamps the arrival of each request, so that two
 * libraries are measured against the same, quick and idle, server. */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bench_arrivals bench_arrivals;

typedef struct bench_server {
    pid_t pid;
    int port;
    char url[64];
    bench_arrivals *arrivals; /* shared with the server */
} bench_server;

/* Fork it. It answers a login at once and holds a long poll until the next request comes or its
 * wait is over. A client that sends a message to flood@localhost gets `body` in answer to its next
 * `floods` requests. Ends with this process. */
bench_server bench_server_start(const char *body, size_t size, unsigned floods);
void bench_server_stop(bench_server *server);

/* How many requests have arrived so far, and when the last byte of request `index` did. */
size_t bench_server_count(const bench_server *server);
int64_t bench_server_arrival_ns(const bench_server *server, size_t index);
/* Size of request `index`, HTTP head included. */
size_t bench_server_request_bytes(const bench_server *server, size_t index);

#ifdef __cplusplus
}
#endif
#endif
