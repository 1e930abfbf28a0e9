/* SPDX-License-Identifier: MIT
 * A gloox client over BOSH as its documentation advises: persistent connections, no TLS, no roster,
 * one message handler. What the gloox programs of the benchmark share. */
#ifndef BENCH_GLOOX_CLIENT_HPP
#define BENCH_GLOOX_CLIENT_HPP

#include "../native/sample.h"

#include <gloox/client.h>
#include <gloox/connectionbosh.h>
#include <gloox/connectionlistener.h>
#include <gloox/connectiontcpclient.h>
#include <gloox/message.h>
#include <gloox/messagehandler.h>
#include <string>

// http://127.0.0.1:PORT/PATH
struct Url {
    std::string host, path;
    int port;

    explicit Url(const std::string &url)
    {
        size_t colon = url.rfind(':'), slash = url.find('/', 7);
        if (url.compare(0, 7, "http://") != 0 || colon < 7 || slash == std::string::npos)
            bench_die("the url is not http://HOST:PORT/PATH");
        host = url.substr(7, colon - 7);
        port = std::stoi(url.substr(colon + 1));
        path = url.substr(slash);
    }
};

class GlooxClient : public gloox::ConnectionListener, public gloox::MessageHandler
{
  public:
    size_t messages = 0, bytes = 0;
    uint64_t digest = 0;
    bool is_digesting = false, is_online = false;
    gloox::Client client;

    // `tcp` becomes gloox's.
    GlooxClient(const std::string &jid, const std::string &password, const Url &url,
                gloox::ConnectionBase *tcp, int mechanism)
        : client(gloox::JID(jid), password)
    {
        auto *bosh = new gloox::ConnectionBOSH(&client, tcp, client.logInstance(), url.host,
                                               gloox::JID(jid).server());
        bosh->setMode(gloox::ConnectionBOSH::ModePersistentHTTP);
        bosh->setPath(url.path);
        client.setConnectionImpl(bosh);
        client.setTls(gloox::TLSDisabled);
        client.setCompression(false);
        client.setSASLMechanisms(mechanism);
        client.disableRoster();
        client.registerConnectionListener(this);
        client.registerMessageHandler(this);
        if (!client.connect(false))
            bench_die("gloox does not connect");
    }

    static gloox::ConnectionBase *tcp(const Url &url)
    {
        static gloox::LogSink sink;
        return new gloox::ConnectionTCPClient(sink, url.host, url.port);
    }

    void wait_online()
    {
        for (int64_t limit_ns = bench_now_ns() + 10000000000; !is_online;) {
            if (bench_now_ns() > limit_ns)
                bench_die("gloox's login takes too long");
            client.recv(1000);
        }
    }

    void onConnect() override
    {
        is_online = true;
    }

    void onDisconnect(gloox::ConnectionError) override
    {
        is_online = false;
    }

    bool onTLSConnect(const gloox::CertInfo &) override
    {
        return true;
    }

    void handleMessage(const gloox::Message &message, gloox::MessageSession *) override
    {
        const std::string from = message.from().full(), body = message.body();
        messages++;
        bytes += from.size() + body.size();
        if (is_digesting)
            digest = bench_digest(bench_digest(digest, from.c_str()), body.c_str());
    }
};

#endif
