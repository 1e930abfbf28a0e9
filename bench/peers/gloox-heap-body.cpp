/* SPDX-License-Identifier: MIT
 * gloox's side of heap_480k_body.native.
 *
 *     bench-gloox-heap-body FILE      prints {"bytes": N} */
#include "gloox-client.hpp"
#include "../native/peak.h"
#include "../native/server.h"

#include <cstdio>

enum { FLOODS = 3 };

static void run_until(GlooxClient &gloox, int64_t until_ns)
{
    while (bench_now_ns() < until_ns)
        gloox.client.recv(1000);
}

int main(int argc, char **argv)
{
    size_t size;
    double bytes[FLOODS];
    if (argc != 2)
        bench_die("usage: bench-gloox-heap-body FILE");
    char *body = bench_read_file(argv[1], &size);
    size_t messages = bench_count_messages(body);
    bench_server server = bench_server_start(body, size, 1);
    Url url(server.url);
    GlooxClient gloox("alice@localhost", "alicepw", url, GlooxClient::tcp(url),
                      gloox::SaslMechPlain);
    gloox.wait_online();
    run_until(gloox, bench_now_ns() + 200000000);
    size_t idle = bench_peak_now();
    for (int i = 0; i < FLOODS; i++) {
        gloox.messages = 0;
        bench_peak_restart();
        gloox.client.send(
            gloox::Message(gloox::Message::Chat, gloox::JID("flood@localhost"), "now"));
        while (gloox.messages < messages)
            gloox.client.recv(1000);
        run_until(gloox, bench_now_ns() + 200000000);
        bytes[i] = static_cast<double>(bench_peak() - idle);
    }
    std::printf("{\"bytes\": %.0f}\n", bench_median(bytes, FLOODS));
    bench_server_stop(&server);
    return 0;
}
