/* SPDX-License-Identifier: MIT
 * Certificates, TLS versions, HTTP/2, proxies. */
#include "room.h"
#include "../check.h"

#include <stdlib.h>

static struct room room;
static bosh_curl_options options;

/* What the certificate callback saw, and what it is to answer. */
static struct {
    int calls;
    int answer;
    int trusted;
    size_t der_size;
    char host[64], fingerprint[128], subject[128], issuer[128], problem[128];
} seen;

static int judge(const bosh_certificate *certificate, void *user)
{
    CHECK(user == &seen);
    seen.calls++;
    seen.trusted = certificate->trusted;
    seen.der_size = certificate->der_size;
    snprintf(seen.host, sizeof seen.host, "%s", certificate->host);
    snprintf(seen.fingerprint, sizeof seen.fingerprint, "%s", certificate->fingerprint);
    snprintf(seen.subject, sizeof seen.subject, "%s", certificate->subject);
    snprintf(seen.issuer, sizeof seen.issuer, "%s", certificate->issuer);
    snprintf(seen.problem, sizeof seen.problem, "%s",
             certificate->problem ? certificate->problem : "");
    return seen.answer;
}

static void prepare(void)
{
    bosh_curl_options_init(&options);
    options.ca_file = server_file("ca.pem");
    memset(&seen, 0, sizeof seen);
}

static void prepare_judge(int answer)
{
    prepare();
    options.certificate = judge;
    options.user = &seen;
    seen.answer = answer;
}

/* The fingerprint as the openssl program prints it. */
static const char *openssl_fingerprint(const char *file)
{
    static char line[256];
    char command[512];
    snprintf(command, sizeof command, "openssl x509 -noout -fingerprint -sha256 -in %s", file);
    FILE *output = popen(command, "r");
    if (!output || !fgets(line, sizeof line, output))
        return "";
    pclose(output);
    line[strcspn(line, "\n")] = 0;
    return strchr(line, '=') + 1;
}

static void known_authority_is_accepted(void)
{
    prepare();
    room_open(&room, &options);
    const fake_exchange *exchange = room_post(&room, "https", "/echo");
    CHECK_INT(exchange->status, 200);
    CHECK_INT(exchange->uploads, 1);
    room_close(&room);
}

static void unknown_authority_is_refused(void)
{
    room_open(&room, NULL);
    const fake_exchange *exchange = room_post(&room, "https", "/refused");
    CHECK_INT(exchange->error, BOSH_ERR_CERTIFICATE);
    CHECK_INT(exchange->flags, 0);
    CHECK_INT(room_count(".refused"), 0);
    room_close(&room);
}

/* Though its authority may be known. */
static void check_refusal_of(const char *server, const char *because)
{
    prepare();
    room_open(&room, &options);
    CHECK_INT(room_post(&room, server, "/refused")->error, BOSH_ERR_CERTIFICATE);
    if (!strstr(bosh_curl_failure(room.curl, room.client), because))
        CHECK_STR(bosh_curl_failure(room.curl, room.client), because);
    CHECK_INT(room_count(".refused"), 0);
    room_close(&room);
}

static void wrong_host_is_refused(void)
{
    check_refusal_of("other", "target host name '127.0.0.1'");
}

static void expired_is_refused(void)
{
    check_refusal_of("expired", "certificate has expired");
}

static void signed_by_itself_is_refused(void)
{
    check_refusal_of("alone", "self-signed certificate");
}

static void insecure_has_to_be_asked_for(void)
{
    static const char *const servers[] = {"https", "other", "expired", "alone"};
    bosh_curl_options_init(&options);
    options.insecure = 1;
    room_open(&room, &options);
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++)
        CHECK_INT(room_post(&room, servers[i], "/echo")->status, 200);
    room_close(&room);
}

static void old_tls_is_refused(void)
{
    prepare();
    room_open(&room, &options);
    const fake_exchange *exchange = room_post(&room, "old", "/echo");
    CHECK_INT(exchange->error, BOSH_ERR_TLS);
    CHECK_INT(exchange->flags, 0);
    room_close(&room);
}

static void callback_sees_a_good_certificate(void)
{
    prepare_judge(1);
    room_open(&room, &options);
    CHECK_INT(room_post(&room, "https", "/echo")->status, 200);
    CHECK_INT(room_post(&room, "https", "/echo")->status, 200);
    room_close(&room);
    CHECK_INT(seen.calls, 1); /* per connection, not per request */
    CHECK_INT(seen.trusted, 1);
    CHECK_STR(seen.problem, "");
    CHECK_STR(seen.host, "127.0.0.1");
    CHECK_STR(seen.subject, "CN = localhost");
    CHECK_STR(seen.issuer, "CN = Test CA");
    CHECK_INT(strlen(seen.fingerprint), 95);
    CHECK_STR(seen.fingerprint, openssl_fingerprint(server_file("server.pem")));
    CHECK(seen.der_size > 200);
}

static void callback_can_refuse_a_good_certificate(void)
{
    prepare_judge(0);
    room_open(&room, &options);
    CHECK_INT(room_post(&room, "https", "/echo")->error, BOSH_ERR_CERTIFICATE);
    CHECK_INT(seen.trusted, 1);
    room_close(&room);
}

static void callback_can_accept_a_stranger(void)
{
    prepare_judge(1);
    options.ca_file = NULL;
    room_open(&room, &options);
    CHECK_INT(room_post(&room, "https", "/echo")->status, 200);
    CHECK_INT(seen.trusted, 0);
    CHECK(seen.problem[0]);
    CHECK_STR(seen.fingerprint, openssl_fingerprint(server_file("server.pem")));
    seen.answer = 0;
    CHECK_INT(room_post(&room, "other", "/echo")->error, BOSH_ERR_CERTIFICATE);
    CHECK_STR(seen.fingerprint, openssl_fingerprint(server_file("other.pem")));
    room_close(&room);
}

static void callback_is_told_of_a_wrong_host(void)
{
    prepare_judge(0);
    room_open(&room, &options);
    CHECK_INT(room_post(&room, "other", "/echo")->error, BOSH_ERR_CERTIFICATE);
    CHECK_INT(seen.trusted, 0);
    CHECK_STR(seen.problem, "IP address mismatch");
    seen.answer = 1;
    CHECK_INT(room_post(&room, "other", "/echo")->status, 200);
    room_close(&room);
}

static void callback_is_told_what_is_wrong(void)
{
    static const char *const cases[][2] = {{"expired", "certificate has expired"},
                                           {"alone", "self-signed certificate"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        prepare_judge(0);
        room_open(&room, &options);
        CHECK_INT(room_post(&room, cases[i][0], "/echo")->error, BOSH_ERR_CERTIFICATE);
        CHECK_INT(seen.trusted, 0);
        CHECK_STR(seen.problem, cases[i][1]);
        seen.answer = 1;
        CHECK_INT(room_post(&room, cases[i][0], "/echo")->status, 200);
        room_close(&room);
    }
}

static void callback_is_told_of_a_wrong_host_name(void)
{
    char url[64];
    prepare_judge(0);
    room_open(&room, &options);
    snprintf(url, sizeof url, "https://localhost:%d/echo", server_port("other"));
    const fake_exchange *exchange =
        room_wait(&room, room.client, fake_post(room.client, url, "<body/>"));
    CHECK_INT(exchange->error, BOSH_ERR_CERTIFICATE);
    CHECK_STR(seen.problem, "hostname mismatch");
    snprintf(url, sizeof url, "https://localhost:%d/echo", server_port("https"));
    seen.answer = 1;
    exchange = room_wait(&room, room.client, fake_post(room.client, url, "<body/>"));
    CHECK_INT(exchange->status, 200);
    CHECK_INT(seen.trusted, 1);
    room_close(&room);
}

static void callback_is_asked_for_every_connection(void)
{
    prepare_judge(1);
    room_open(&room, &options);
    CHECK_INT(room_post(&room, "https", "/close")->status, 200);
    CHECK_INT(room_post(&room, "https", "/close")->status, 200);
    CHECK_INT(seen.calls, 2);
    seen.answer = 0;
    CHECK_INT(room_post(&room, "https", "/close")->error, BOSH_ERR_CERTIFICATE);
    room_close(&room);
}

static void client_certificate_is_shown(void)
{
    prepare();
    room_open(&room, &options);
    CHECK_STR(room_post(&room, "https", "/peer")->answer, "nobody");
    room_close(&room);
    prepare();
    options.certificate_file = server_file("client.pem");
    options.key_file = server_file("client.key");
    room_open(&room, &options);
    CHECK_STR(room_post(&room, "https", "/peer")->answer, "alice");
    room_close(&room);
}

static void bad_options_are_refused(void)
{
    bosh_curl *curl;
    bosh_curl_options_init(&options);
    options.ca_file = "/does/not/exist";
    CHECK_INT(bosh_curl_new(&options, &curl), BOSH_ERR_ARGUMENT);
    CHECK(curl == NULL);
    prepare_judge(1);
    options.insecure = 1;
    CHECK_INT(bosh_curl_new(&options, &curl), BOSH_ERR_ARGUMENT);
}

/* -------------------------------------------------------------------------------------- HTTP/2 */

static void http2_is_used_where_it_is_spoken(void)
{
    prepare();
    room_open(&room, &options);
    const fake_exchange *exchange = room_post(&room, "h2", "/x");
    CHECK_STR(exchange->answer, "h2 7");
    CHECK_INT(exchange->uploads, 1);
    CHECK_INT(exchange->upload_first, 1);
    CHECK(fake_capabilities(room.client) & BOSH_TRANSPORT_WARM);
    room_close(&room);
}

static void http2_runs_two_requests_on_one_connection(void)
{
    prepare();
    room_open(&room, &options);
    room_post(&room, "h2", "/x");
    int before = room_opened();
    int held = fake_post(room.client, server_url("h2", "/slow/300"), "<body/>");
    CHECK_STR(room_post(&room, "h2", "/x")->answer, "h2 7");
    CHECK_INT(room.client->exchanges[held].finished, 0);
    CHECK_STR(room_wait(&room, room.client, held)->answer, "h2 7");
    CHECK_INT(room_opened() - before, 1);
    room_close(&room);
}

static void http2_large_request_arrives(void)
{
    size_t size = 300000;
    char *text = malloc(size + 1);
    if (!text)
        abort();
    memset(text, 'x', size);
    text[size] = 0;
    prepare();
    room_open(&room, &options);
    int id = fake_post(room.client, server_url("h2", "/x"), text);
    const fake_exchange *exchange = room_wait(&room, room.client, id);
    CHECK_STR(exchange->answer, "h2 300000");
    CHECK_INT(exchange->uploads, 1);
    room_close(&room);
    free(text);
}

/* More than the receive buffer holds, in few TLS records: what libcurl has read and not delivered
 * makes no socket readable. */
static void http2_large_answer_arrives_whole(void)
{
    static const struct {
        const char *path;
        size_t size;
    } answers[] = {{"/plain/3000", 3000}, {"/plain/20000", 20000}, {"/plain/60000", 60000}};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        prepare();
        room_open(&room, &options);
        room_post(&room, "h2", "/x");
        const fake_exchange *exchange = room_post(&room, "h2", answers[i].path);
        CHECK_INT(exchange->status, 200);
        CHECK_INT((int)exchange->size, (int)answers[i].size);
        room_close(&room);
    }
}

static void http2_large_answers_share_a_connection(void)
{
    int ids[4];
    prepare();
    room_open(&room, &options);
    room_post(&room, "h2", "/x");
    for (int i = 0; i < 4; i++)
        ids[i] = fake_post(room.client, server_url("h2", "/plain/50000"), "<body/>");
    for (int i = 0; i < 4; i++)
        CHECK_INT((int)room_wait(&room, room.client, ids[i])->size, 50000);
    room_close(&room);
}

static void http2_dead_connection_is_stale_and_not_repeated(void)
{
    prepare();
    room_open(&room, &options);
    CHECK_INT(room_post(&room, "h2", "/x")->status, 200);
    const fake_exchange *exchange = room_post(&room, "h2", "/drop");
    CHECK_INT(exchange->error, BOSH_ERR_RESET);
    CHECK_INT(exchange->flags, BOSH_FAILED_STALE | BOSH_FAILED_MAYBE_SENT);
    CHECK_INT(room_post(&room, "h2", "/x")->status, 200);
    exchange = room_post(&room, "h2", "/refuse");
    CHECK_INT(exchange->error, BOSH_ERR_RESET);
    CHECK(exchange->flags & BOSH_FAILED_MAYBE_SENT);
    room_close(&room);
}

/* ------------------------------------------------------------------------------------- proxies */

static void prepare_proxy(char *text, size_t size)
{
    prepare();
    snprintf(text, size, "http://127.0.0.1:%d", server_port("http"));
    options.proxy = text;
}

static void proxy_is_used(void)
{
    char proxy[64];
    prepare_proxy(proxy, sizeof proxy);
    room_open(&room, &options);
    const fake_exchange *exchange =
        room_wait(&room, room.client, fake_post(room.client, "http://nowhere.invalid/echo", "x"));
    CHECK_INT(exchange->status, 200);
    CHECK(exchange->answer &&
          strstr(exchange->answer, "POST http://nowhere.invalid/echo HTTP/1.1"));
    room_close(&room);
}

static void proxy_tunnels_https(void)
{
    char proxy[64];
    int before = room_count("CONNECT");
    prepare_proxy(proxy, sizeof proxy);
    room_open(&room, &options);
    CHECK_INT(room_post(&room, "https", "/echo")->status, 200);
    CHECK_INT(room_count("CONNECT") - before, 1);
    const fake_exchange *exchange =
        room_wait(&room, room.client, fake_post(room.client, "https://nowhere.invalid/", "x"));
    CHECK_INT(exchange->error, BOSH_ERR_PROXY);
    CHECK_INT(exchange->flags, 0);
    room_close(&room);
}

static void proxy_that_is_missing_is_named(void)
{
    prepare();
    options.proxy = "http://" UNKNOWN_HOST ":3128";
    room_open(&room, &options);
    CHECK_INT(room_post(&room, "http", "/echo")->error, BOSH_ERR_PROXY);
    room_close(&room);
    options.proxy = "http://127.0.0.1:1";
    room_open(&room, &options);
    CHECK_INT(room_post(&room, "http", "/echo")->error, BOSH_ERR_PROXY);
    room_close(&room);
}

static void proxy_comes_from_the_environment(void)
{
    char proxy[64];
    prepare_proxy(proxy, sizeof proxy);
    options.proxy = NULL;
    setenv("http_proxy", proxy, 1);
    room_open(&room, &options);
    const char *url = "http://" UNKNOWN_HOST "/echo";
    CHECK_INT(room_wait(&room, room.client, fake_post(room.client, url, "x"))->status, 200);
    room_close(&room);
    options.proxy = "";
    room_open(&room, &options);
    CHECK_INT(room_wait(&room, room.client, fake_post(room.client, url, "x"))->error, BOSH_ERR_DNS);
    room_close(&room);
    options.proxy = NULL;
    options.no_proxy = UNKNOWN_HOST;
    room_open(&room, &options);
    CHECK_INT(room_wait(&room, room.client, fake_post(room.client, url, "x"))->error, BOSH_ERR_DNS);
    room_close(&room);
    unsetenv("http_proxy");
}

static const check_test tests[] = {
    {"known_authority_is_accepted", known_authority_is_accepted},
    {"unknown_authority_is_refused", unknown_authority_is_refused},
    {"wrong_host_is_refused", wrong_host_is_refused},
    {"expired_is_refused", expired_is_refused},
    {"signed_by_itself_is_refused", signed_by_itself_is_refused},
    {"callback_is_told_what_is_wrong", callback_is_told_what_is_wrong},
    {"insecure_has_to_be_asked_for", insecure_has_to_be_asked_for},
    {"old_tls_is_refused", old_tls_is_refused},
    {"callback_sees_a_good_certificate", callback_sees_a_good_certificate},
    {"callback_can_refuse_a_good_certificate", callback_can_refuse_a_good_certificate},
    {"callback_can_accept_a_stranger", callback_can_accept_a_stranger},
    {"callback_is_told_of_a_wrong_host", callback_is_told_of_a_wrong_host},
    {"callback_is_told_of_a_wrong_host_name", callback_is_told_of_a_wrong_host_name},
    {"callback_is_asked_for_every_connection", callback_is_asked_for_every_connection},
    {"client_certificate_is_shown", client_certificate_is_shown},
    {"bad_options_are_refused", bad_options_are_refused},
    {"http2_is_used_where_it_is_spoken", http2_is_used_where_it_is_spoken},
    {"http2_runs_two_requests_on_one_connection", http2_runs_two_requests_on_one_connection},
    {"http2_large_request_arrives", http2_large_request_arrives},
    {"http2_large_answer_arrives_whole", http2_large_answer_arrives_whole},
    {"http2_large_answers_share_a_connection", http2_large_answers_share_a_connection},
    {"http2_dead_connection_is_stale_and_not_repeated",
     http2_dead_connection_is_stale_and_not_repeated},
    {"proxy_is_used", proxy_is_used},
    {"proxy_tunnels_https", proxy_tunnels_https},
    {"proxy_that_is_missing_is_named", proxy_that_is_missing_is_named},
    {"proxy_comes_from_the_environment", proxy_comes_from_the_environment},
};

int main(int argc, char **argv)
{
    /* Debian's OpenSSL refuses old TLS by itself; the door must do so everywhere. */
    setenv("OPENSSL_CONF", server_file("lax.cnf"), 1);
    return check_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
