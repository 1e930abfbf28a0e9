/* SPDX-License-Identifier: MIT
 * The limit of echo_latency.native: the same requests, written to and read from sockets by hand.
 * Nothing is parsed beyond what it takes to find the end of an answer.
 *
 *     bench-raw-echo URL SAMPLES      as alice and bob (alicepw, bobpw); prints {"us": MEDIAN} */
#include "../native/answers.h"
#include "../native/sample.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SAMPLES_MAX = 1000, TEXT_MAX = 16384 };

typedef struct user {
    int fds[2]; /* two connections, as BOSH wants */
    unsigned long long rid;
    char sid[80], jid[128];
    char answer[TEXT_MAX]; /* the last one, head included */
} user;

static char path[256];
static struct sockaddr_in address = {.sin_family = AF_INET};

static int open_connection(void)
{
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address))
        bench_die("no connection");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

/* `attributes` and `payload` of the next body, on connection `index`. */
static void post(user *u, int index, const char *attributes, const char *payload)
{
    char body[TEXT_MAX / 2], text[TEXT_MAX];
    int size = snprintf(body, sizeof body,
                        "<body xmlns='http://jabber.org/protocol/httpbind' rid='%llu'%s%s%s%s>%s"
                        "</body>",
                        u->rid++, *u->sid ? " sid='" : "", u->sid, *u->sid ? "'" : "", attributes,
                        payload);
    size = snprintf(text, sizeof text,
                    "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; "
                    "charset=utf-8\r\nContent-Length: %d\r\n\r\n%s",
                    path, size, body);
    if (send(u->fds[index], text, (size_t)size, MSG_NOSIGNAL) != size)
        bench_die("a request cannot be sent");
}

/* One whole answer from connection `index`. */
static void read_answer(user *u, int index)
{
    size_t size = 0, wanted = TEXT_MAX - 1;
    do {
        ssize_t got = recv(u->fds[index], u->answer + size, TEXT_MAX - 1 - size, 0);
        if (got <= 0)
            bench_die("an answer ends too soon");
        size += (size_t)got;
        u->answer[size] = '\0';
        char *end = strstr(u->answer, "\r\n\r\n");
        char *length = strcasestr(u->answer, "\r\nContent-Length:");
        if (end && length && length < end)
            wanted = (size_t)(end + 4 - u->answer) + (size_t)atoll(length + 17);
        else if (end)
            bench_die("an answer without a length");
    } while (size < wanted);
}

static void ask(user *u, const char *attributes, const char *payload)
{
    post(u, 0, attributes, payload);
    read_answer(u, 0);
}

static void log_in(user *u, const char *secret)
{
    char payload[512];
    u->fds[0] = open_connection();
    u->fds[1] = open_connection();
    u->rid = 1000000 + bench_random(1000000);
    ask(u,
        " to='localhost' ver='1.6' wait='50' hold='1' xmlns:xmpp='urn:xmpp:xbosh' "
        "xmpp:version='1.0'",
        "");
    bench_attribute(strstr(u->answer, "<body"), "sid", u->sid, sizeof u->sid);
    snprintf(payload, sizeof payload,
             "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>", secret);
    ask(u, "", payload);
    if (!strstr(u->answer, "<success"))
        bench_die("the login is refused");
    ask(u, " to='localhost' xmlns:xmpp='urn:xmpp:xbosh' xmpp:restart='true'", "");
    ask(u, "",
        "<iq xmlns='jabber:client' type='set' id='b'><bind "
        "xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
    char *jid = strstr(u->answer, "<jid>");
    if (!jid)
        bench_die("no resource");
    snprintf(u->jid, sizeof u->jid, "%.*s", (int)strcspn(jid + 5, "<"), jid + 5);
}

static void post_message(user *u, int index, const char *to, const char *text)
{
    char payload[512];
    snprintf(payload, sizeof payload,
             "<message xmlns='jabber:client' to='%s' type='chat'><body>%s</body></message>", to,
             text);
    post(u, index, "", payload);
}

/* Both have a poll open: alice on connection `index`, bob on his first one. */
static double echo_us(user *alice, user *bob, int index)
{
    int64_t start = bench_now_ns();
    post_message(alice, !index, bob->jid, "ping");
    read_answer(bob, 0);
    if (!strstr(bob->answer, "ping"))
        bench_die("bob got something else");
    post_message(bob, 0, alice->jid, "pong");
    read_answer(alice, !index);
    double us = (double)(bench_now_ns() - start) / 1000;
    if (!strstr(alice->answer, "pong"))
        bench_die("alice got something else");
    read_answer(alice, index); /* her poll, which ended when she sent */
    post(alice, index, "", "");
    return us;
}

int main(int argc, char **argv)
{
    static user alice, bob;
    double us[SAMPLES_MAX];
    int port, samples = argc == 3 ? atoi(argv[2]) : 0;
    if (samples < 1 || samples > SAMPLES_MAX ||
        sscanf(argv[1], "http://127.0.0.1:%d%255s", &port, path) != 2)
        bench_die("usage: bench-raw-echo http://127.0.0.1:PORT/PATH SAMPLES");
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    log_in(&alice, "AGFsaWNlAGFsaWNlcHc="); /* NUL alice NUL alicepw */
    log_in(&bob, "AGJvYgBib2Jwdw==");       /* NUL bob NUL bobpw */
    post(&alice, 0, "", "");
    post(&bob, 0, "", "");
    for (int i = -1; i < samples; i++) { /* the first one warms up */
        usleep(50000 + bench_random(50000));
        double one = echo_us(&alice, &bob, 0);
        if (i >= 0)
            us[i] = one;
    }
    printf("{\"us\": %.1f}\n", bench_median(us, (size_t)samples));
    return 0;
}
