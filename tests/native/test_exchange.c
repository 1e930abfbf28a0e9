/* SPDX-License-Identifier: MIT
 * Single exchanges over the door: what goes out, what is reported, how each failure is named. */
#include "room.h"
#include "../check.h"

#include <stdlib.h>

static struct room room;

/* ---------------------------------------------------------------------------- what is written */

static void request_is_plain(void)
{
    room_open(&room, NULL);
    const fake_exchange *exchange = room_post(&room, "http", "/echo");
    CHECK_INT(exchange->status, 200);
    CHECK(exchange->answer && strstr(exchange->answer, "POST /echo HTTP/1.1\r\n"));
    CHECK(strstr(exchange->answer, "\r\nContent-Length: 7\r\n"));
    CHECK(strstr(exchange->answer, "\r\nContent-Type: text/xml; charset=utf-8\r\n"));
    CHECK(strstr(exchange->answer, "\r\nAccept-Encoding: gzip, deflate\r\n"));
    CHECK(!strstr(exchange->answer, "Cookie"));
    CHECK(strstr(exchange->answer, "\r\n\r\n<body/>"));
    room_close(&room);
}

static char *long_text(size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        abort();
    memset(text, 'x', size);
    text[size] = 0;
    return text;
}

static void large_request_is_plain_too(void)
{
    char *text = long_text(3000000);
    room_open(&room, NULL);
    room.client->answer_max = 4000000;
    int id = fake_post(room.client, server_url("http", "/echo"), text);
    const fake_exchange *exchange = room_wait(&room, room.client, id);
    CHECK_INT(exchange->status, 200);
    CHECK(exchange->answer && strstr(exchange->answer, "\r\nContent-Length: 3000000\r\n"));
    CHECK(exchange->answer && !strstr(exchange->answer, "Expect"));
    CHECK(exchange->answer && !strstr(exchange->answer, "Transfer-Encoding"));
    CHECK_INT(exchange->uploads, 1);
    room_close(&room);
    free(text);
}

static void upload_is_reported_before_the_answer(void)
{
    room_open(&room, NULL);
    const fake_exchange *exchange = room_post(&room, "http", "/echo");
    CHECK_INT(exchange->uploads, 1);
    CHECK_INT(exchange->upload_first, 1);
    CHECK(fake_capabilities(room.client) & BOSH_TRANSPORT_UPLOADED);
    room_close(&room);
}

static void upload_brings_a_pump(void)
{
    room_open(&room, NULL);
    int id = fake_post(room.client, server_url("http", "/hold"), "<body/>");
    bosh_time end_ms = bosh_curl_now_ms() + 5000;
    while (!room.client->exchanges[id].uploads && bosh_curl_now_ms() < end_ms)
        bosh_curl_turn(room.curl, 100);
    bosh_curl_turn(room.curl, 0);
    CHECK_INT(room.client->pumps, 1); /* for the times that count from the upload */
    room_close(&room);
}

static void upload_is_not_reported_while_it_waits(void)
{
    char *text = long_text(20000000);
    room_open(&room, NULL);
    int id = fake_post(room.client, server_url("http", "/unread/1000"), text);
    const fake_exchange *exchange = &room.client->exchanges[id];
    room_pass(&room, 100);
    CHECK_INT(exchange->uploads, 0);
    room_wait(&room, room.client, id);
    CHECK_INT(exchange->uploads, 1);
    CHECK_INT(exchange->upload_first, 1);
    CHECK_STR(exchange->answer, "read at last");
    room_close(&room);
    free(text);
}

static void request_leaves_in_the_turn_of_its_pump(void)
{
    room_open(&room, NULL);
    room_post(&room, "http", "/echo");
    int id = fake_post(room.client, server_url("http", "/slow/100"), "<body/>");
    bosh_curl_turn(room.curl, 0);
    CHECK_INT(room.client->exchanges[id].uploads, 1);
    room_close(&room);
}

/* -------------------------------------------------------------------------------- connections */

static void connection_is_used_again(void)
{
    int before = room_opened();
    room_open(&room, NULL);
    for (int i = 0; i < 5; i++)
        CHECK_INT(room_post(&room, "http", "/echo")->status, 200);
    room_close(&room);
    CHECK_INT(room_opened() - before, 2);
}

static void two_requests_run_at_the_same_time(void)
{
    room_open(&room, NULL);
    int held = fake_post(room.client, server_url("http", "/slow/800"), "<body/>");
    const fake_exchange *second = room_post(&room, "http", "/echo");
    CHECK_INT(second->status, 200);
    CHECK_INT(room.client->exchanges[held].finished, 0);
    CHECK_INT(room_wait(&room, room.client, held)->status, 200);
    CHECK(fake_capabilities(room.client) & BOSH_TRANSPORT_PARALLEL);
    room_close(&room);
}

static void dead_reused_connection_is_stale_and_not_repeated(void)
{
    int before = room_count(".once");
    room_open(&room, NULL);
    CHECK_INT(room_post(&room, "http", "/once")->status, 200);
    const fake_exchange *exchange = room_post(&room, "http", "/once");
    CHECK_INT(exchange->error, BOSH_ERR_RESET);
    CHECK_INT(exchange->flags, BOSH_FAILED_STALE | BOSH_FAILED_MAYBE_SENT);
    /* The client repeats it, on a connection that works. */
    CHECK_INT(room_post(&room, "http", "/once")->status, 200);
    room_close(&room);
    CHECK_INT(room_count(".once") - before, 3);
}

static void repeat_on_another_idle_connection_is_stopped(void)
{
    /* Two idle connections: the repeat would find the second one without opening any. */
    room_open(&room, NULL);
    int first = fake_post(room.client, server_url("http", "/slow/50"), "<body/>");
    int second = fake_post(room.client, server_url("http", "/slow/50"), "<body/>");
    room_wait(&room, room.client, first);
    room_wait(&room, room.client, second);
    int before = room_count(".drop");
    const fake_exchange *exchange = room_post(&room, "http", "/drop");
    CHECK_INT(exchange->error, BOSH_ERR_RESET);
    CHECK_INT(exchange->flags, BOSH_FAILED_STALE | BOSH_FAILED_MAYBE_SENT);
    CHECK_INT(room_count(".drop") - before, 1);
    CHECK_INT(room_post(&room, "http", "/echo")->status, 200);
    room_close(&room);
}

static void reset_reused_connection_is_stale(void)
{
    room_open(&room, NULL);
    CHECK_INT(room_post(&room, "http", "/echo")->status, 200);
    int before = room_count(".reset");
    const fake_exchange *exchange = room_post(&room, "http", "/reset");
    CHECK_INT(exchange->error, BOSH_ERR_RESET);
    CHECK_INT(exchange->flags, BOSH_FAILED_STALE | BOSH_FAILED_MAYBE_SENT);
    room_close(&room);
    CHECK_INT(room_count(".reset") - before, 1);
}

static void fresh_connection_is_never_stale(void)
{
    room_open(&room, NULL);
    const fake_exchange *exchange = room_post(&room, "http", "/drop");
    CHECK_INT(exchange->error, BOSH_ERR_RESET);
    CHECK_INT(exchange->flags, BOSH_FAILED_MAYBE_SENT);
    room_close(&room);
}

static void connection_that_idled_out_is_replaced(void)
{
    room_open(&room, NULL);
    CHECK_STR(room_post(&room, "http", "/idle/20")->answer, "closing");
    room_pass(&room, 300);
    CHECK_INT(room_post(&room, "http", "/echo")->status, 200);
    room_close(&room);
}

static void server_without_keep_alive_works(void)
{
    room_open(&room, NULL);
    for (int i = 0; i < 3; i++)
        CHECK_STR(room_post(&room, "http", "/close")->answer, "closed");
    room_close(&room);
}

/* ------------------------------------------------------------------------------------ failures */

static void cut_answer_is_a_reset(void)
{
    room_open(&room, NULL);
    room_post(&room, "http", "/echo");
    const fake_exchange *exchange = room_post(&room, "http", "/short");
    CHECK_INT(exchange->error, BOSH_ERR_RESET);
    CHECK_INT(exchange->flags, BOSH_FAILED_MAYBE_SENT);
    CHECK_STR(exchange->answer, "0123456789");
    room_close(&room);
}

static void answer_cut_anywhere_is_a_reset(void)
{
    const char *whole = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
    for (size_t bytes = 0; bytes <= strlen(whole); bytes++) {
        char path[32];
        room_open(&room, NULL);
        room_post(&room, "http", "/size"); /* so that the connection is a reused one */
        snprintf(path, sizeof path, "/half/%zu", bytes);
        const fake_exchange *exchange = room_post(&room, "http", path);
        CHECK_INT(exchange->error, bytes < strlen(whole) ? BOSH_ERR_RESET : 0);
        CHECK_INT(exchange->status, bytes < strlen(whole) ? 0 : 200);
        /* What libcurl got of an unfinished first line it does not tell. */
        CHECK_INT(exchange->flags & BOSH_FAILED_STALE, bytes < 17 ? BOSH_FAILED_STALE : 0);
        room_close(&room);
    }
}

static const char *failure(void)
{
    return bosh_curl_failure(room.curl, room.client);
}

static void unreachable_servers_are_named(void)
{
    room_open(&room, NULL);
    const char *closed = "http://127.0.0.1:1/";
    const fake_exchange *exchange =
        room_wait(&room, room.client, fake_post(room.client, closed, "<body/>"));
    CHECK_INT(exchange->error, BOSH_ERR_CONNECT);
    CHECK_INT(exchange->flags, 0);
    CHECK(strstr(failure(), "Failed to connect to 127.0.0.1 port 1"));
    const char *unknown = "http://" UNKNOWN_HOST "/";
    for (int i = 0; i < 3; i++) {
        exchange = room_wait(&room, room.client, fake_post(room.client, unknown, "<body/>"));
        CHECK_INT(exchange->error, BOSH_ERR_DNS);
        CHECK_INT(exchange->flags, 0);
        CHECK(strstr(failure(), UNKNOWN_HOST));
    }
    CHECK_INT(room_post(&room, "http", "/echo")->status, 200);
    CHECK_STR(failure(), "");
    room_close(&room);
}

static void failures_are_each_clients_own(void)
{
    room_open(&room, NULL);
    bosh_client *other = room_add(&room);
    room_wait(&room, other, fake_post(other, "http://127.0.0.1:1/", "<body/>"));
    CHECK_STR(failure(), "");
    CHECK(strstr(bosh_curl_failure(room.curl, other), "connect"));
    bosh_client_free(other);
    CHECK_STR(bosh_curl_failure(room.curl, other), "");
    room_close(&room);
}

static void foreign_urls_are_refused_at_once(void)
{
    static const char *const urls[] = {"ftp://127.0.0.1/", "file:///etc/passwd", "nonsense",    "",
                                       "http://",          "http://a b/",        "//127.0.0.1/"};
    room_open(&room, NULL);
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        CHECK_INT(fake_post(room.client, urls[i], "<body/>"), BOSH_ERR_URL);
    room_close(&room);
}

static void connecting_has_a_time_limit(void)
{
    bosh_curl_options options;
    bosh_curl_options_init(&options);
    options.connect_timeout_ms = 200;
    room_open(&room, &options);
    /* TLS with a server that never says a word. */
    char url[64];
    snprintf(url, sizeof url, "https://127.0.0.1:%d/", server_port("http"));
    const fake_exchange *exchange =
        room_wait(&room, room.client, fake_post(room.client, url, "<body/>"));
    CHECK_INT(exchange->error, BOSH_ERR_TIMEOUT);
    CHECK_INT(exchange->flags, 0);
    room_close(&room);
}

static void status_is_passed_on(void)
{
    room_open(&room, NULL);
    const fake_exchange *exchange = room_post(&room, "http", "/missing");
    CHECK_INT(exchange->status, 404);
    CHECK_STR(exchange->answer, "<html>not here</html>");
    exchange = room_post(&room, "http", "/status/503/7");
    CHECK_INT(exchange->status, 503);
    CHECK_INT(exchange->retry_after_s, 7);
    CHECK_INT(room_post(&room, "http", "/status/502")->retry_after_s, 0);
    CHECK_INT(room_post(&room, "http", "/redirect")->status, 302);
    room_close(&room);
}

static void large_answers_are_refused(void)
{
    room_open(&room, NULL);
    CHECK_INT(room_post(&room, "http", "/plain/65536")->size, 65536);
    const fake_exchange *exchange = room_post(&room, "http", "/plain/65537");
    CHECK_INT(exchange->error, BOSH_ERR_RESPONSE_TOO_LARGE);
    CHECK_INT(exchange->size, 0);
    CHECK_INT(exchange->flags, BOSH_FAILED_MAYBE_SENT);
    CHECK_INT(room_post(&room, "http", "/huge")->error, BOSH_ERR_RESPONSE_TOO_LARGE);
    room_close(&room);
}

static void compressed_answers_are_unpacked_and_bounded(void)
{
    room_open(&room, NULL);
    const fake_exchange *exchange = room_post(&room, "http", "/gzip/50000");
    CHECK_INT(exchange->status, 200);
    CHECK_INT(exchange->size, 50000);
    exchange = room_post(&room, "http", "/gzip/10000000");
    CHECK_INT(exchange->error, BOSH_ERR_RESPONSE_TOO_LARGE);
    CHECK(exchange->size <= FAKE_ANSWER_MAX);
    room_close(&room);
}

static void client_can_refuse_the_rest_of_an_answer(void)
{
    room_open(&room, NULL);
    room.client->refuse_bytes = BOSH_ERR_RESPONSE_DOCTYPE;
    const fake_exchange *exchange = room_post(&room, "http", "/status/502");
    CHECK_INT(exchange->status, 502);
    CHECK_INT(exchange->error, 0);
    room_close(&room);
}

/* -------------------------------------------------------------------------------- cancellation */

static void cancelled_attempt_is_silent(void)
{
    room_open(&room, NULL);
    int waiting = fake_post(room.client, server_url("http", "/slow/50"), "<body/>");
    int other = fake_post(room.client, server_url("http", "/slow/120"), "<body/>");
    int unstarted = fake_post(room.client, server_url("http", "/echo"), "<body/>");
    fake_cancel(room.client, unstarted);
    room_pass(&room, 20);
    fake_cancel(room.client, waiting);
    CHECK_INT(room_wait(&room, room.client, other)->status, 200);
    CHECK_INT(room.client->exchanges[waiting].finished, 1);
    CHECK_INT(room.client->exchanges[unstarted].finished, 1);
    CHECK_INT(room.client->exchanges[unstarted].uploads, 0);
    room_close(&room);
}

static int to_cancel;
static int submitted;

static void cancel_and_post_once(bosh_client *client)
{
    client->on_bytes = NULL;
    fake_cancel(client, to_cancel);
    submitted = fake_post(client, server_url("http", "/echo"), "<body/>");
}

static void clients_may_act_while_libcurl_is_on_the_stack(void)
{
    char *text = long_text(20000000);
    room_open(&room, NULL);
    to_cancel = fake_post(room.client, server_url("http", "/unread/1000"), text);
    room_pass(&room, 50);
    room.client->on_bytes = cancel_and_post_once;
    CHECK_INT(room_post(&room, "http", "/echo")->status, 200);
    CHECK_INT(room_wait(&room, room.client, submitted)->status, 200);
    room_pass(&room, 1000);
    CHECK_INT(room.client->exchanges[to_cancel].finished, 1);
    CHECK_INT(room.client->exchanges[to_cancel].uploads, 0);
    room_close(&room);
    free(text);
}

static void attempt_can_be_cancelled_by_its_own_bytes(void)
{
    room_open(&room, NULL);
    to_cancel = fake_post(room.client, server_url("http", "/plain/60000"), "<body/>");
    room.client->on_bytes = cancel_and_post_once;
    while (room.client->on_bytes)
        bosh_curl_turn(room.curl, 100);
    CHECK_INT(room_wait(&room, room.client, submitted)->status, 200);
    CHECK_INT(room.client->exchanges[to_cancel].finished, 1);
    room_close(&room);
}

static const check_test tests[] = {
    {"request_is_plain", request_is_plain},
    {"large_request_is_plain_too", large_request_is_plain_too},
    {"upload_is_reported_before_the_answer", upload_is_reported_before_the_answer},
    {"upload_brings_a_pump", upload_brings_a_pump},
    {"upload_is_not_reported_while_it_waits", upload_is_not_reported_while_it_waits},
    {"request_leaves_in_the_turn_of_its_pump", request_leaves_in_the_turn_of_its_pump},
    {"connection_is_used_again", connection_is_used_again},
    {"two_requests_run_at_the_same_time", two_requests_run_at_the_same_time},
    {"dead_reused_connection_is_stale_and_not_repeated",
     dead_reused_connection_is_stale_and_not_repeated},
    {"repeat_on_another_idle_connection_is_stopped", repeat_on_another_idle_connection_is_stopped},
    {"reset_reused_connection_is_stale", reset_reused_connection_is_stale},
    {"fresh_connection_is_never_stale", fresh_connection_is_never_stale},
    {"connection_that_idled_out_is_replaced", connection_that_idled_out_is_replaced},
    {"server_without_keep_alive_works", server_without_keep_alive_works},
    {"cut_answer_is_a_reset", cut_answer_is_a_reset},
    {"answer_cut_anywhere_is_a_reset", answer_cut_anywhere_is_a_reset},
    {"unreachable_servers_are_named", unreachable_servers_are_named},
    {"failures_are_each_clients_own", failures_are_each_clients_own},
    {"foreign_urls_are_refused_at_once", foreign_urls_are_refused_at_once},
    {"connecting_has_a_time_limit", connecting_has_a_time_limit},
    {"status_is_passed_on", status_is_passed_on},
    {"large_answers_are_refused", large_answers_are_refused},
    {"compressed_answers_are_unpacked_and_bounded", compressed_answers_are_unpacked_and_bounded},
    {"client_can_refuse_the_rest_of_an_answer", client_can_refuse_the_rest_of_an_answer},
    {"cancelled_attempt_is_silent", cancelled_attempt_is_silent},
    {"clients_may_act_while_libcurl_is_on_the_stack",
     clients_may_act_while_libcurl_is_on_the_stack},
    {"attempt_can_be_cancelled_by_its_own_bytes", attempt_can_be_cancelled_by_its_own_bytes},
};

CHECK_MAIN(tests)
