/* SPDX-License-Identifier: MIT
 * gloox logs in and leaves: its side of login_rtt_plain and login_rtt_scram.
 *
 *     bench-gloox-login URL JID PASSWORD PLAIN|SCRAM-SHA-1 */
#include "gloox-client.hpp"

int main(int argc, char **argv)
{
    if (argc != 5)
        bench_die("usage: bench-gloox-login URL JID PASSWORD PLAIN|SCRAM-SHA-1");
    Url url(argv[1]);
    const int mechanism =
        argv[4] == std::string("PLAIN") ? gloox::SaslMechPlain : gloox::SaslMechAll;
    GlooxClient gloox(argv[2], argv[3], url, GlooxClient::tcp(url), mechanism);
    for (int64_t limit_ns = bench_now_ns() + 10000000000; !gloox.is_online;) {
        if (bench_now_ns() > limit_ns)
            bench_die("gloox's login takes too long");
        gloox.client.recv(1000);
    }
    gloox.client.disconnect();
    return 0;
}
