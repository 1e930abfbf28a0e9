/* SPDX-License-Identifier: MIT
 * heap_480k_body.native: how much more heap than when idle it takes to receive a long body over
 * loopback HTTP, libcurl included. peers/gloox-heap-body.cpp does the same.
 *
 *     bench-heap-body FILE      prints {"bytes": N} */
#include "live.h"
#include "peak.h"
#include "sample.h"
#include "server.h"

#include <stdio.h>

enum { FLOODS = 3 };

static int on_message(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    size_t *messages = user;
    (void)client, (void)stanza;
    ++*messages;
    return 1;
}

int main(int argc, char **argv)
{
    size_t size, received = 0;
    bosh_match match = {.name = "message"};
    double bytes[FLOODS];
    bosh_curl *curl;
    bosh_config config;

    if (argc != 2)
        bench_die("usage: bench-heap-body FILE");
    char *body = bench_read_file(argv[1], &size);
    size_t messages = bench_count_messages(body);
    bench_server server = bench_server_start(body, size, 1);
    if (bosh_curl_new(NULL, &curl))
        bench_die("no curl");
    live_config(&config, server.url, "alice@localhost", "alicepw");
    bosh_client *client = live_client(curl, &config);
    if (bosh_handler_add(client, &match, on_message, &received) < 0)
        bench_die("no handler");
    live_wait_online(curl, client);
    live_run_until(curl, bench_now_ns() + 200000000);
    size_t idle = bench_peak_now();
    for (int i = 0; i < FLOODS; i++) {
        received = 0;
        bench_peak_restart();
        bosh_client_send_message(client, "flood@localhost", "now", NULL);
        while (received < messages)
            bosh_curl_turn(curl, 100);
        live_run_until(curl, bench_now_ns() + 200000000);
        bytes[i] = (double)(bench_peak() - idle);
    }
    printf("{\"bytes\": %.0f}\n", bench_median(bytes, FLOODS));
    bench_server_stop(&server);
    return 0;
}
