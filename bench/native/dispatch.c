/* SPDX-License-Identifier: MIT
 * dispatch.native: one body of many messages, from memory through a client to one handler that
 * reads `from` and body text of each. peers/gloox-dispatch.cpp and peers/expat-dispatch.c do the
 * same.
 *
 *     bench-dispatch FILE      prints {"per_second": N, "messages": N, "digest": "..."} */
#include "answers.h"
#include "loopback.h"
#include "sample.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { WARM_UP = 3, ROUNDS = 15 };

typedef struct received {
    size_t messages, bytes;
    uint64_t digest;
    int is_digesting;
} received;

static int on_message(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    received *r = user;
    (void)client;
    const char *from = bosh_stanza_attribute(stanza, "from");
    const char *body = bosh_stanza_child_text(stanza, "body", NULL);
    r->messages++;
    r->bytes += strlen(from) + strlen(body);
    if (r->is_digesting)
        r->digest = bench_digest(bench_digest(r->digest, from), body);
    return 1;
}

int main(int argc, char **argv)
{
    received r = {.is_digesting = 1};
    bosh_match match = {.name = "message"};
    double per_second[ROUNDS];
    size_t size, messages;

    if (argc != 2)
        bench_die("usage: bench-dispatch FILE");
    char *body = bench_read_file(argv[1], &size);
    loopback *loop = loopback_new(NULL);
    if (bosh_handler_add(loop->client, &match, on_message, &r) < 0)
        bench_die("no handler");
    loopback_log_in(loop);

    loopback_answer(loop, body, size);
    r.is_digesting = 0;
    messages = r.messages;
    for (int i = 1 - WARM_UP; i < ROUNDS; i++) {
        int64_t start = bench_cpu_ns();
        loopback_answer(loop, body, size);
        double seconds = (double)(bench_cpu_ns() - start) / 1e9;
        if (i >= 0)
            per_second[i] = (double)messages / seconds;
    }
    if (r.messages != messages * (WARM_UP + ROUNDS))
        bench_die("messages are missing");
    printf("{\"per_second\": %.0f, \"messages\": %zu, \"digest\": \"%016" PRIx64 "\"}\n",
           bench_median(per_second, ROUNDS), messages, r.digest);
    return 0;
}
