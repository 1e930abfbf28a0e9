/* SPDX-License-Identifier: MIT
 * http1/transport: two streams of a test, and a client that only takes notes. */
#include <bosh/http1.h>

#include "tests/check.h"

#include <stdarg.h>
#include <stdlib.h>

/* ------------------------------------------------- what the client would do: transport.h */

static bosh_transport transport;
static char told[1000], content[1000];
static int bytes_result; /* of bosh_transport_bytes */
static bosh_time now_ms;

static void note(const char *format, ...)
{
    size_t size = strlen(told);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(told + size, sizeof(told) - size, format, arguments);
    va_end(arguments);
}

/* What happened since the last call. */
static const char *news(void)
{
    static char copy[sizeof(told)];
    strcpy(copy, told);
    told[0] = 0;
    return copy;
}

int bosh_client_new(const bosh_config *config, const bosh_transport *given, bosh_client **out)
{
    (void)config;
    transport = *given;
    *out = (bosh_client *)&transport;
    return BOSH_OK;
}

int bosh_transport_bytes(bosh_client *client, uint32_t id, const void *data, size_t size)
{
    (void)client, (void)id;
    if (bytes_result == BOSH_OK)
        strncat(content, data, size);
    return bytes_result;
}

void bosh_transport_done(bosh_client *client, uint32_t id, int status, uint32_t retry_after_s,
                         bosh_time at_ms)
{
    (void)client, (void)at_ms;
    note("done %u %d %u '%s'; ", (unsigned)id, status, (unsigned)retry_after_s, content);
    content[0] = 0;
}

void bosh_transport_failed(bosh_client *client, uint32_t id, int error, unsigned flags,
                           bosh_time at_ms)
{
    (void)client, (void)at_ms;
    note("failed %u %d%s%s; ", (unsigned)id, error, flags & BOSH_FAILED_MAYBE_SENT ? " sent" : "",
         flags & BOSH_FAILED_STALE ? " stale" : "");
    content[0] = 0;
}

/* ----------------------------------------------------------------------- what the program does */

static bosh_http1 http1;
static char written[2][2000];
static size_t room[2]; /* what a stream still takes */

static int stream_open(void *user, unsigned stream, bosh_slice host, uint16_t port, int is_secure)
{
    (void)user;
    note("open %u %.*s %u%s; ", stream, (int)host.size, host.data, (unsigned)port,
         is_secure ? " secure" : "");
    written[stream][0] = 0;
    return BOSH_OK;
}

static size_t stream_write(void *user, unsigned stream, const void *data, size_t size, int is_more)
{
    (void)user;
    size_t taken = size < room[stream] ? size : room[stream];
    room[stream] -= taken;
    strncat(written[stream], data, taken);
    if (!is_more && taken == size)
        note("flush %u; ", stream);
    return taken;
}

static void stream_close(void *user, unsigned stream)
{
    (void)user;
    note("close %u; ", stream);
}

static bosh_time stream_now(void *user)
{
    (void)user;
    return now_ms;
}

static void begin(unsigned count)
{
    static const bosh_http1_streams streams = {
        .open = stream_open, .write = stream_write, .close = stream_close, .now = stream_now};
    bosh_config config = {0};
    bosh_client *client;
    news();
    now_ms = 1000;
    bytes_result = BOSH_OK;
    content[0] = 0;
    room[0] = room[1] = sizeof(written[0]);
    CHECK_INT(bosh_http1_init(&http1, &streams, count), BOSH_OK);
    CHECK_INT(bosh_http1_client_new(&http1, &config, &client), BOSH_OK);
}

static bosh_slice slices[2] = {{"<body>", 6}, {"</body>", 7}};
static bosh_transport_request request = {
    "http://host/bind", "text/xml; charset=utf-8", slices, 2, 13, 0, 100};

static int post_to(const char *url, uint32_t id)
{
    request.url = url;
    return transport.submit(transport.user, id, &request);
}

static int post(uint32_t id)
{
    return post_to("http://host/bind", id);
}

static size_t receive(unsigned stream, const char *text)
{
    return bosh_http1_received(&http1, stream, text, strlen(text));
}

#define ANSWER(content) "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" content

/* ----------------------------------------------------------------------------------- the tests */

static void a_request_is_a_post_with_its_length(void)
{
    begin(2);
    CHECK_INT(post(1), BOSH_OK);
    CHECK_STR(news(), "open 0 host 80; ");
    CHECK_STR(written[0], "");
    bosh_http1_opened(&http1, 0);
    CHECK_STR(written[0], "POST /bind HTTP/1.1\r\nHost: host\r\n"
                          "Content-Type: text/xml; charset=utf-8\r\nContent-Length: 13\r\n\r\n"
                          "<body></body>");
    CHECK_STR(news(), "flush 0; ");
    receive(0, ANSWER("abcd"));
    CHECK_STR(news(), "done 1 200 0 'abcd'; ");
}

static void addresses_are_taken_apart(void)
{
    static const struct {
        const char *url, *open, *head;
    } cases[] = {
        {"https://a.b/x?y#z", "open 0 a.b 443 secure; ", "POST /x?y HTTP/1.1\r\nHost: a.b\r\n"},
        {"http://a.b:5280", "open 0 a.b 5280; ", "POST / HTTP/1.1\r\nHost: a.b:5280\r\n"},
        {"http://[::1]:81/", "open 0 ::1 81; ", "POST / HTTP/1.1\r\nHost: [::1]:81\r\n"},
        {"http://h?q", "open 0 h 80; ", "POST /?q HTTP/1.1\r\nHost: h\r\n"},
    };
    static const char *const wrong[] = {"ftp://h/",
                                        "http://",
                                        "http://h:/",
                                        "http://h:0/",
                                        "http://h:65536",
                                        "http://h:1x/",
                                        "http://[::1/",
                                        "http://[::1]x/",
                                        "http:///x",
                                        "https://:443/",
                                        ""};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin(1);
        CHECK_INT(post_to(cases[i].url, 1), BOSH_OK);
        CHECK_STR(news(), cases[i].open);
        bosh_http1_opened(&http1, 0);
        CHECK(strncmp(written[0], cases[i].head, strlen(cases[i].head)) == 0);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        begin(1);
        CHECK_INT(post_to(wrong[i], 1), BOSH_ERR_URL);
        CHECK_STR(news(), "");
    }
    static char long_url[200] = "http://";
    memset(long_url + 7, 'h', sizeof(long_url) - 8);
    CHECK_INT(post_to(long_url, 1), BOSH_ERR_URL);
}

static void connections_are_kept_and_used_again(void)
{
    begin(2);
    post(1);
    bosh_http1_opened(&http1, 0);
    receive(0, ANSWER("1111"));
    news();
    now_ms += 24999;
    post(2);
    CHECK_STR(news(), "flush 0; ");
    post(3);
    CHECK_STR(news(), "open 1 host 80; ");
    CHECK_INT(post(4), BOSH_ERR_STATE);
    receive(0, ANSWER("2222"));
    news();
    now_ms += 25000;
    post(5); /* HTTP-8 */
    CHECK_STR(news(), "close 0; open 0 host 80; ");
}

static void a_stream_that_is_slow_is_written_to_in_pieces(void)
{
    begin(2);
    room[0] = 30;
    post(1);
    bosh_http1_opened(&http1, 0);
    CHECK_INT(strlen(written[0]), 30);
    while (strlen(written[0]) < 100) {
        room[0] = 7;
        bosh_http1_writable(&http1, 0);
    }
    room[0] = 1000;
    bosh_http1_writable(&http1, 0);
    bosh_http1_writable(&http1, 0);
    const char *end = strstr(written[0], "\r\n\r\n");
    CHECK(end != NULL);
    CHECK_STR(end, "\r\n\r\n<body></body>");
}

static void an_early_answer_ends_the_stream(void)
{
    begin(2);
    room[0] = 30;
    post(1);
    bosh_http1_opened(&http1, 0);
    news();
    receive(0, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    CHECK_STR(news(), "close 0; done 1 413 0 ''; ");
}

static void failures_say_what_the_client_has_to_know(void)
{
    begin(2);
    post(1);
    bosh_http1_closed(&http1, 0, BOSH_ERR_DNS);
    CHECK_STR(news(), "open 0 host 80; failed 1 -40; ");
    post(2);
    bosh_http1_closed(&http1, 0, BOSH_OK); /* it never opened */
    CHECK_STR(news(), "open 0 host 80; failed 2 -41; ");
    post(3);
    bosh_http1_opened(&http1, 0);
    news();
    receive(0, "HTTP/1.1 200 OK\r\nContent-Le");
    bosh_http1_closed(&http1, 0, BOSH_OK);
    CHECK_STR(news(), "failed 3 -44 sent; ");
    post(4);
    bosh_http1_opened(&http1, 0);
    receive(0, ANSWER("4444"));
    post(5);
    news();
    bosh_http1_closed(&http1, 0, BOSH_OK); /* the keep-alive race */
    CHECK_STR(news(), "failed 5 -44 sent stale; ");
    post(6);
    bosh_http1_opened(&http1, 0);
    news();
    receive(0, "garbage\r\n\r\n");
    CHECK_STR(news(), "close 0; failed 6 -44 sent; ");
}

static void content_up_to_the_end_is_complete_with_it(void)
{
    begin(2);
    post(1);
    bosh_http1_opened(&http1, 0);
    news();
    receive(0, "HTTP/1.0 200 OK\r\n\r\nuntil the end");
    CHECK_STR(news(), "");
    bosh_http1_closed(&http1, 0, BOSH_OK);
    CHECK_STR(news(), "done 1 200 0 'until the end'; ");
    post(2);
    bosh_http1_opened(&http1, 0);
    receive(0, "HTTP/1.0 200 OK\r\n\r\nuntil the");
    news();
    bosh_http1_closed(&http1, 0, BOSH_ERR_RESET);
    CHECK_STR(news(), "failed 2 -44 sent; ");
}

static void bytes_that_are_not_wanted_yet_are_offered_again(void)
{
    const char *text = ANSWER("abcd");
    begin(2);
    post(1);
    bosh_http1_opened(&http1, 0);
    news();
    bytes_result = BOSH_NOT_NOW;
    size_t used = receive(0, text);
    CHECK_STR(text + used, "abcd");
    CHECK_INT(receive(0, text + used), 0);
    bytes_result = BOSH_OK;
    CHECK_INT(receive(0, text + used), 4);
    CHECK_STR(news(), "done 1 200 0 'abcd'; ");
}

static void answers_that_nobody_wants_end_the_stream(void)
{
    begin(2);
    post(1);
    bosh_http1_opened(&http1, 0);
    news();
    receive(0, ANSWER("abcdHTTP/1.1 200 OK\r\n")); /* more than was asked for */
    CHECK_STR(news(), "done 1 200 0 'abcd'; close 0; ");
    post(2);
    bosh_http1_opened(&http1, 0);
    news();
    bytes_result = BOSH_ERR_RESPONSE_DOCTYPE;
    receive(0, ANSWER("<!DO"));
    CHECK_STR(news(), "close 0; failed 2 -44 sent; ");
    bytes_result = BOSH_OK;
    post(3);
    bosh_http1_opened(&http1, 0);
    news();
    receive(0, "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n");
    static char much[102];
    memset(much, 'x', 101);
    receive(0, much); /* ENC-3 */
    CHECK_STR(news(), "close 0; failed 3 -70 sent; ");
}

static void cancelled_attempts_are_deaf(void)
{
    begin(2);
    post(1);
    transport.cancel(transport.user, 1); /* the stream may still become useful */
    CHECK_STR(news(), "open 0 host 80; ");
    bosh_http1_opened(&http1, 0);
    CHECK_STR(written[0], "");
    post(2);
    CHECK_STR(news(), "flush 0; ");
    transport.cancel(transport.user, 2);
    CHECK_STR(news(), "close 0; ");
    CHECK_INT(receive(0, ANSWER("abcd")), strlen(ANSWER("abcd")));
    CHECK_STR(news(), "");
}

static void another_place_gets_other_streams(void)
{
    begin(2);
    post(1);
    bosh_http1_opened(&http1, 0);
    news();
    post_to("http://other/bind", 2);
    CHECK_STR(news(), "open 1 other 80; ");
    receive(0, ANSWER("abcd"));
    CHECK_STR(news(), "close 0; done 1 200 0 'abcd'; ");
}

static void two_open_streams_are_warm(void)
{
    begin(2);
    CHECK_INT(transport.capabilities(transport.user),
              BOSH_TRANSPORT_PAUSE | BOSH_TRANSPORT_PARALLEL);
    post(1);
    bosh_http1_opened(&http1, 0);
    news();
    transport.warm(transport.user, "http://host/bind");
    CHECK_STR(news(), "open 1 host 80; ");
    CHECK(!(transport.capabilities(transport.user) & BOSH_TRANSPORT_WARM));
    bosh_http1_opened(&http1, 1);
    CHECK(transport.capabilities(transport.user) & BOSH_TRANSPORT_WARM);
    now_ms += 25000;
    CHECK(!(transport.capabilities(transport.user) & BOSH_TRANSPORT_WARM));
    begin(1);
    CHECK_INT(transport.capabilities(transport.user), BOSH_TRANSPORT_PAUSE);
}

static void the_end_of_the_client_closes_its_streams(void)
{
    bosh_client *client;
    bosh_config config = {0};
    begin(2);
    post(1);
    bosh_http1_opened(&http1, 0);
    CHECK_INT(bosh_http1_client_new(&http1, &config, &client), BOSH_ERR_STATE);
    transport.cancel(transport.user, 1);
    news();
    transport.warm(transport.user, "http://host/bind");
    transport.released(transport.user);
    CHECK_STR(news(), "open 0 host 80; close 0; ");
    CHECK_INT(bosh_http1_client_new(&http1, &config, &client), BOSH_OK);
    CHECK_INT(bosh_http1_init(&http1, NULL, 2), BOSH_ERR_ARGUMENT);
}

static const check_test tests[] = {
    {"a_request_is_a_post_with_its_length", a_request_is_a_post_with_its_length},
    {"addresses_are_taken_apart", addresses_are_taken_apart},
    {"connections_are_kept_and_used_again", connections_are_kept_and_used_again},
    {"a_stream_that_is_slow_is_written_to_in_pieces",
     a_stream_that_is_slow_is_written_to_in_pieces},
    {"an_early_answer_ends_the_stream", an_early_answer_ends_the_stream},
    {"failures_say_what_the_client_has_to_know", failures_say_what_the_client_has_to_know},
    {"content_up_to_the_end_is_complete_with_it", content_up_to_the_end_is_complete_with_it},
    {"bytes_that_are_not_wanted_yet_are_offered_again",
     bytes_that_are_not_wanted_yet_are_offered_again},
    {"answers_that_nobody_wants_end_the_stream", answers_that_nobody_wants_end_the_stream},
    {"cancelled_attempts_are_deaf", cancelled_attempts_are_deaf},
    {"another_place_gets_other_streams", another_place_gets_other_streams},
    {"two_open_streams_are_warm", two_open_streams_are_warm},
    {"the_end_of_the_client_closes_its_streams", the_end_of_the_client_closes_its_streams},
};
CHECK_MAIN(tests)
