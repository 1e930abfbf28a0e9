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
    gloox.wait_online();
    gloox.client.disconnect();
    return 0;
}
