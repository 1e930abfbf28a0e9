/* SPDX-License-Identifier: MIT
 * gloox's side of heap_idle.native.
 *
 *     bench-gloox-heap-idle URL CLIENTS      prints {"all": BYTES, "first": BYTES} */
#include "gloox-client.hpp"

#include <cstdio>
#include <memory>
#include <vector>

using Clients = std::vector<std::unique_ptr<GlooxClient>>;
static const int64_t settle_ns = 2000000000;

static void run_until(Clients &clients, int64_t until_ns)
{
    while (bench_now_ns() < until_ns)
        for (auto &gloox : clients)
            gloox->client.recv(1000);
}

static void log_in(Clients &clients, const Url &url)
{
    const std::string jid = "user" + std::to_string(clients.size()) + "@localhost";
    clients.push_back(std::make_unique<GlooxClient>(jid, "secret", url, GlooxClient::tcp(url),
                                                    gloox::SaslMechAll));
    for (int64_t limit_ns = bench_now_ns() + 10000000000; !clients.back()->is_online;) {
        if (bench_now_ns() > limit_ns)
            bench_die("gloox's login takes too long");
        run_until(clients, bench_now_ns() + 1000000);
    }
    run_until(clients, bench_now_ns() + settle_ns / 10);
}

int main(int argc, char **argv)
{
    size_t count = argc == 3 ? std::stoul(argv[2]) : 0;
    Clients clients;
    if (count < 2)
        bench_die("usage: bench-gloox-heap-idle URL CLIENTS");
    clients.reserve(count);
    Url url(argv[1]);

    size_t before = bench_heap_bytes();
    log_in(clients, url);
    run_until(clients, bench_now_ns() + settle_ns);
    size_t one = bench_heap_bytes();
    while (clients.size() < count)
        log_in(clients, url);
    run_until(clients, bench_now_ns() + settle_ns);
    size_t all = bench_heap_bytes();
    std::printf("{\"all\": %zu, \"first\": %zu}\n", (all - one) / (count - 1), one - before);
    return 0;
}
