/* SPDX-License-Identifier: MIT
 * A client whose server is this program: the benchmark's own bosh_transport. */
#ifndef BENCH_LOOPBACK_H
#define BENCH_LOOPBACK_H

#include <bosh/transport.h>

typedef struct loopback_attempt {
    uint32_t id; /* 0: free */
    char request[4096];
} loopback_attempt;

typedef struct loopback {
    bosh_client *client;
    loopback_attempt open[2]; /* oldest first */
} loopback;

/* `allocator` NULL: malloc's. Never freed: the program ends. */
loopback *loopback_new(const bosh_allocator *allocator);
/* From IDLE to ONLINE with one long poll open. */
void loopback_log_in(loopback *loop);
/* Answer the long poll, and pump. */
void loopback_answer(loopback *loop, const char *body, size_t size);

#endif
