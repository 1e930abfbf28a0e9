/* SPDX-License-Identifier: MIT
 * gloox's side of send_to_post.native, in its quickest mode: persistent connections.
 *
 *     bench-gloox-send-to-post SAMPLES      prints {"us": MEDIAN} */
#include "gloox-client.hpp"
#include "../native/server.h"

#include <cstdio>
#include <vector>

static void run_until(GlooxClient &gloox, int64_t until_ns)
{
    int64_t left_ns;
    while ((left_ns = until_ns - bench_now_ns()) > 0)
        gloox.client.recv(static_cast<int>(left_ns / 1000));
}

int main(int argc, char **argv)
{
    int samples = argc == 2 ? std::stoi(argv[1]) : 0;
    std::vector<double> us;
    if (samples < 1)
        bench_die("usage: bench-gloox-send-to-post SAMPLES");
    bench_server server = bench_server_start("", 0, 0);
    Url url(server.url);
    GlooxClient gloox("alice@localhost", "alicepw", url, GlooxClient::tcp(url),
                      gloox::SaslMechPlain);
    gloox.wait_online();

    for (int i = -1; i < samples; i++) { // the first one warms up
        run_until(gloox, bench_now_ns() + 200000000 + bench_random(200000000));
        size_t before = bench_server_count(&server);
        int64_t start = bench_now_ns();
        gloox::Message message(gloox::Message::Chat, gloox::JID("bob@localhost"), "Are you there?");
        gloox.client.send(message);
        while (bench_server_count(&server) == before)
            gloox.client.recv(1000);
        if (i >= 0)
            us.push_back(static_cast<double>(bench_server_arrival_ns(&server, before) - start) /
                         1000);
    }
    std::printf("{\"us\": %.1f}\n", bench_median(us.data(), us.size()));
    bench_server_stop(&server);
    return 0;
}
