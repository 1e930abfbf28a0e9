/* SPDX-License-Identifier: MIT
 * send_to_post.native: from bosh_client_send_message to the arrival of its request at the server,
 * on an idle session. peers/gloox-send-to-post.cpp does the same.
 *
 *     bench-send-to-post SAMPLES      prints {"us": MEDIAN} */
#include "live.h"
#include "sample.h"
#include "server.h"

#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES_MAX = 1000 };

int main(int argc, char **argv)
{
    double us[SAMPLES_MAX];
    int samples = argc == 2 ? atoi(argv[1]) : 0;
    bosh_curl *curl;
    bosh_config config;
    if (samples < 1 || samples > SAMPLES_MAX)
        bench_die("usage: bench-send-to-post SAMPLES");
    bench_server server = bench_server_start("", 0, 0);
    if (bosh_curl_new(NULL, &curl))
        bench_die("no curl");
    live_config(&config, server.url, "alice@localhost", "alicepw");
    bosh_client *client = live_client(curl, &config);
    live_wait_online(curl, client);

    for (int i = -1; i < samples; i++) { /* the first one warms up */
        /* At any moment, 200 ms or more after the last request. */
        live_run_until(curl, bench_now_ns() + 200000000 + (int64_t)bench_random(200000000));
        size_t before = bench_server_count(&server);
        int64_t start = bench_now_ns();
        if (bosh_client_send_message(client, "bob@localhost", "Are you there?", NULL))
            bench_die("the message is refused");
        while (bench_server_count(&server) == before)
            bosh_curl_turn(curl, 1);
        if (i >= 0)
            us[i] = (double)(bench_server_arrival_ns(&server, before) - start) / 1000;
    }
    printf("{\"us\": %.1f}\n", bench_median(us, (size_t)samples));
    bench_server_stop(&server);
    return 0;
}
