/* SPDX-License-Identifier: MIT
 * echo_latency.native: alice writes to bob, who answers; both sit on idle sessions behind the same
 * proxy. peers/raw-echo.c does the same with bare sockets.
 *
 *     bench-echo URL SAMPLES      as alice and bob (alicepw, bobpw); prints {"us": MEDIAN} */
#include "live.h"
#include "sample.h"

#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES_MAX = 1000 };

static int on_bob(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    (void)user;
    bosh_client_send_message(client, bosh_stanza_attribute(stanza, "from"), "pong", NULL);
    return 1;
}

static int on_alice(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    int64_t *answered_ns = user;
    (void)client, (void)stanza;
    *answered_ns = bench_now_ns();
    return 1;
}

static bosh_client *log_in(bosh_curl *curl, const char *url, const char *jid, const char *password,
                           bosh_stanza_fn fn, void *user)
{
    bosh_match match = {.name = "message"};
    bosh_config config;
    live_config(&config, url, jid, password);
    bosh_client *client = live_client(curl, &config);
    if (bosh_handler_add(client, &match, fn, user) < 0)
        bench_die("no handler");
    live_wait_online(curl, client);
    return client;
}

int main(int argc, char **argv)
{
    double us[SAMPLES_MAX];
    int64_t answered_ns = 0;
    int samples = argc == 3 ? atoi(argv[2]) : 0;
    bosh_curl *curl;
    if (samples < 1 || samples > SAMPLES_MAX)
        bench_die("usage: bench-echo URL SAMPLES");
    if (bosh_curl_new(NULL, &curl))
        bench_die("no curl");
    bosh_client *bob = log_in(curl, argv[1], "bob@localhost", "bobpw", on_bob, NULL);
    bosh_client *alice =
        log_in(curl, argv[1], "alice@localhost", "alicepw", on_alice, &answered_ns);
    for (int i = -1; i < samples; i++) { /* the first one warms up */
        live_run_until(curl, bench_now_ns() + 50000000 + (int64_t)bench_random(50000000));
        int64_t start = bench_now_ns();
        answered_ns = 0;
        bosh_client_send_message(alice, bosh_client_jid(bob), "ping", NULL);
        while (!answered_ns) {
            if (bench_now_ns() - start > 10000000000)
                bench_die("no echo");
            bosh_curl_turn(curl, 100);
        }
        if (i >= 0)
            us[i] = (double)(answered_ns - start) / 1000;
    }
    printf("{\"us\": %.1f}\n", bench_median(us, (size_t)samples));
    return 0;
}
