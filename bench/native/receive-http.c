/* SPDX-License-Identifier: MIT
 * receive_http.native: one body of many messages after the other over loopback HTTP, to a handler
 * that reads `from` and body text of each. peers/curl-expat-receive.c is the limit.
 *
 *     bench-receive-http FILE      prints {"per_second": N} */
#include "live.h"
#include "sample.h"
#include "server.h"

#include <stdio.h>
#include <string.h>

enum { FLOODS = 9, BODIES = 20 }; /* the first flood warms up */

typedef struct received {
    size_t messages, bytes;
} received;

static int on_message(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    received *r = user;
    (void)client;
    r->messages++;
    r->bytes += strlen(bosh_stanza_attribute(stanza, "from"));
    r->bytes += strlen(bosh_stanza_child_text(stanza, "body", NULL));
    return 1;
}

int main(int argc, char **argv)
{
    received r = {0};
    bosh_match match = {.name = "message"};
    double per_second[FLOODS];
    size_t size;
    bosh_curl *curl;
    bosh_config config;

    if (argc != 2)
        bench_die("usage: bench-receive-http FILE");
    char *body = bench_read_file(argv[1], &size);
    size_t messages = BODIES * bench_count_messages(body);
    bench_server server = bench_server_start(body, size, BODIES);
    if (bosh_curl_new(NULL, &curl))
        bench_die("no curl");
    live_config(&config, server.url, "alice@localhost", "alicepw");
    bosh_client *client = live_client(curl, &config);
    if (bosh_handler_add(client, &match, on_message, &r) < 0)
        bench_die("no handler");
    live_wait_online(curl, client);
    for (int i = 0; i < FLOODS; i++) {
        live_run_until(curl, bench_now_ns() + 50000000);
        r.messages = 0;
        int64_t start = bench_now_ns();
        bosh_client_send_message(client, "flood@localhost", "now", NULL);
        while (r.messages < messages)
            bosh_curl_turn(curl, 100);
        per_second[i] = (double)messages / ((double)(bench_now_ns() - start) / 1e9);
    }
    printf("{\"per_second\": %.0f}\n", bench_median(per_second + 1, FLOODS - 1));
    bench_server_stop(&server);
    return 0;
}
