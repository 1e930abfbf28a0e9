/* SPDX-License-Identifier: MIT
 * gloox's side of dispatch.native: the same body, from memory, through a ConnectionBase of ours.
 *
 *     bench-gloox-dispatch FILE      prints {"per_second": N, "messages": N, "digest": "..."} */
#include "gloox-client.hpp"
#include "../native/answers.h"

#include <cinttypes>
#include <cstdio>
#include <deque>

enum { WARM_UP = 3, ROUNDS = 15 };

// Requests that nobody has answered yet, oldest first, and on which connection each came.
struct Request {
    class Memory *connection;
    std::string text;
};
static std::deque<Request> open_requests;

class Memory : public gloox::ConnectionBase
{
  public:
    Memory() : gloox::ConnectionBase(nullptr)
    {
    }
    gloox::ConnectionError connect() override
    {
        m_state = gloox::StateConnected;
        m_handler->handleConnect(this);
        return gloox::ConnNoError;
    }
    gloox::ConnectionError recv(int) override
    {
        return gloox::ConnNoError;
    }
    gloox::ConnectionError receive() override
    {
        return gloox::ConnNoError;
    }
    bool send(const std::string &data) override
    {
        open_requests.push_back({this, data});
        return true;
    }
    void disconnect() override
    {
        m_state = gloox::StateDisconnected;
    }
    void getStatistics(long int &in, long int &out) override
    {
        in = out = 0;
    }
    gloox::ConnectionBase *newInstance() const override
    {
        Memory *copy = new Memory();
        copy->registerConnectionDataHandler(m_handler);
        return copy;
    }
    void deliver(const std::string &response)
    {
        m_handler->handleReceivedData(this, response);
    }
};

static std::string http(const std::string &body)
{
    return "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

// Answers the oldest request, as the server would.
static void answer(const std::string &response)
{
    if (open_requests.empty())
        bench_die("gloox has no request open");
    Memory *connection = open_requests.front().connection;
    open_requests.pop_front();
    connection->deliver(response);
}

static void log_in(GlooxClient &gloox)
{
    char text[BENCH_ANSWER_MAX];
    while (!gloox.is_online || open_requests.size() > 1) {
        if (open_requests.empty())
            gloox.client.recv(0);
        else if (size_t size = bench_answer(open_requests.front().text.c_str(), text))
            answer(http(std::string(text, size)));
        else
            answer(http("<body xmlns='http://jabber.org/protocol/httpbind'/>"));
    }
}

int main(int argc, char **argv)
{
    size_t size;
    double per_second[ROUNDS];
    if (argc != 2)
        bench_die("usage: bench-gloox-dispatch FILE");
    const std::string response = http(bench_read_file(argv[1], &size));
    GlooxClient gloox("alice@localhost", "alicepw", Url("http://localhost:80/http-bind"),
                      new Memory(), gloox::SaslMechPlain);
    log_in(gloox);

    gloox.is_digesting = true;
    answer(response);
    gloox.is_digesting = false;
    size_t messages = gloox.messages;
    for (int i = 1 - WARM_UP; i < ROUNDS; i++) {
        while (open_requests.empty())
            gloox.client.recv(0);
        int64_t start = bench_cpu_ns();
        answer(response);
        double seconds = static_cast<double>(bench_cpu_ns() - start) / 1e9;
        if (i >= 0)
            per_second[i] = static_cast<double>(messages) / seconds;
    }
    if (gloox.messages != messages * (WARM_UP + ROUNDS))
        bench_die("messages are missing");
    std::printf("{\"per_second\": %.0f, \"messages\": %zu, \"digest\": \"%016" PRIx64 "\"}\n",
                bench_median(per_second, ROUNDS), messages, gloox.digest);
    return 0;
}
