/* SPDX-License-Identifier: MIT
 * idle_requests: how many requests an idle client makes when the server holds each for WAIT
 * seconds.
 *
 *     bench-idle-requests WAIT SECONDS      prints {"per_hour": N} */
#include "live.h"
#include "sample.h"
#include "server.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    int wait_s = argc == 3 ? atoi(argv[1]) : 0, seconds = argc == 3 ? atoi(argv[2]) : 0;
    bosh_curl *curl;
    bosh_config config;
    if (wait_s < 1 || seconds < 1)
        bench_die("usage: bench-idle-requests WAIT SECONDS");
    bench_server server = bench_server_start("", 0, 0);
    if (bosh_curl_new(NULL, &curl))
        bench_die("no curl");
    live_config(&config, server.url, "alice@localhost", "alicepw");
    config.wait_s = (uint16_t)wait_s;
    bosh_client *client = live_client(curl, &config);
    live_wait_online(curl, client);
    live_run_until(curl, bench_now_ns() + 500000000);
    size_t before = bench_server_count(&server);
    live_run_until(curl, bench_now_ns() + (int64_t)seconds * 1000000000);
    size_t requests = bench_server_count(&server) - before;
    printf("{\"per_hour\": %.0f}\n", (double)requests * 3600 / seconds);
    bench_server_stop(&server);
    return 0;
}
