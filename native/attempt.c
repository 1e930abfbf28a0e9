/* SPDX-License-Identifier: MIT
 *
 * Attempts: one HTTP exchange each, on an easy handle that is kept for the next one.
 *
 * libcurl must not be called while it is calling us. Clients may submit or cancel even then (from a
 * log callback, say), so these wait in the lists `starting` and `doomed` until it returns. */
#include "door.h"

#include <stdlib.h>
#include <string.h>

#define POOL_MAX 32
#define KEPT_BODY_BYTES 8192
#define WARM_LIMIT_MS 10000L
#define WARM_ANSWER_BYTES 65536
/* A waiting request keeps its receive buffer, so a client that gets little gets a small one. Not
 * over HTTP/2: libcurl 7.88 reads 32 KB at a time there, and an answer that does not fit into the
 * buffer hangs at its end until something else comes on that connection. */
#define BUFFER_BYTES 2048
#define LARGE_BUFFER_BYTES 32768

/* The last byte is out: with libcurl 7.88 this counter grows with what send() has taken. */
static void check_upload(struct attempt *attempt)
{
    curl_off_t written = 0;
    if (!attempt->sent || attempt->uploaded || !attempt->port)
        return;
    curl_easy_getinfo(attempt->easy, CURLINFO_SIZE_UPLOAD_T, &written);
    if ((uint64_t)written < attempt->size)
        return;
    attempt->uploaded = 1;
    list_remove(&attempt->queue);
    if (attempt->id == 0)
        return;
    /* cppcheck-suppress nullPointerRedundantCheck ; the call below may take the port away */
    bosh_transport_uploaded(attempt->port->client, attempt->id, bosh_curl_now_ms());
    /* Times that count from the upload are known now (HOLD-4). */
    if (attempt->port)
        bosh_port_want(attempt->port);
}

/* A request is about to be written. When it was written before, libcurl repeats it because a reused
 * connection was dead; it would do so silently, and repeating is the client's. */
static int on_request(void *user, char *peer, char *own, int peer_port, int own_port)
{
    struct attempt *attempt = user;
    (void)peer, (void)own, (void)peer_port, (void)own_port;
    if (!attempt->port || attempt->sent)
        return CURL_PREREQFUNC_ABORT;
    attempt->sent = 1;
    list_append(&attempt->curl->uploading, &attempt->queue);
    return CURL_PREREQFUNC_OK;
}

/* One line of the head of an answer. libcurl takes a connection that closes in the middle of the
 * head for the end of an empty answer, so whether the head was complete is watched here. */
static size_t on_head(char *line, size_t one, size_t size, void *user)
{
    struct attempt *attempt = user;
    (void)one;
    attempt->answered = 1;
    if (size <= 2 && line[size - 1] == '\n')
        attempt->headed = 1;
    else if (size > 5 && memcmp(line, "HTTP/", 5) == 0)
        attempt->headed = 0; /* the one before was interim ("100 Continue") */
    return size;
}

static size_t on_answer(char *data, size_t one, size_t size, void *user)
{
    struct attempt *attempt = user;
    (void)one;
    if (!attempt->port)
        return 0;
    check_upload(attempt);
    /* Decompressed bytes: a small answer may unpack to a huge one (ENC-3). */
    if (size > attempt->answer_bytes_max - attempt->answer_bytes) {
        attempt->verdict = BOSH_ERR_RESPONSE_TOO_LARGE;
        return 0;
    }
    attempt->answer_bytes += size;
    if (attempt->id) {
        attempt->verdict = bosh_transport_bytes(attempt->port->client, attempt->id, data, size);
        if (!attempt->port)
            return 0; /* cancelled meanwhile */
        bosh_port_want(attempt->port);
    }
    return attempt->verdict < 0 ? 0 : size;
}

static int set_security(CURL *easy, const struct settings *settings)
{
    const bosh_curl_options *options = &settings->raw;
    int failed = 0;
    failed |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    failed |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, options->insecure ? 0L : 1L);
    failed |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, options->insecure ? 0L : 2L);
    if (settings->ca_file)
        failed |= curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file);
    if (settings->ca_dir)
        failed |= curl_easy_setopt(easy, CURLOPT_CAPATH, settings->ca_dir);
    if (settings->certificate_file)
        failed |= curl_easy_setopt(easy, CURLOPT_SSLCERT, settings->certificate_file);
    if (settings->key_file)
        failed |= curl_easy_setopt(easy, CURLOPT_SSLKEY, settings->key_file);
    if (settings->key_password)
        failed |= curl_easy_setopt(easy, CURLOPT_KEYPASSWD, settings->key_password);
    if (options->certificate)
        failed |= bosh_certificate_install(easy);
    return failed;
}

static int set_network(CURL *easy, const struct settings *settings)
{
    int failed = 0;
    failed |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    failed |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    failed |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    failed |= curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    failed |= curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, 25L);
    failed |= curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    failed |= curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    failed |=
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)settings->raw.connect_timeout_ms);
    if (settings->proxy)
        failed |= curl_easy_setopt(easy, CURLOPT_PROXY, settings->proxy);
    if (settings->no_proxy)
        failed |= curl_easy_setopt(easy, CURLOPT_NOPROXY, settings->no_proxy);
    return failed;
}

static int set_callbacks(CURL *easy, struct attempt *attempt)
{
    int failed = 0;
    failed |= curl_easy_setopt(easy, CURLOPT_PRIVATE, attempt);
    failed |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, attempt->failure);
    failed |= curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    failed |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
    failed |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, attempt);
    failed |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
    failed |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, attempt);
    failed |= curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request);
    failed |= curl_easy_setopt(easy, CURLOPT_PREREQDATA, attempt);
    failed |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, bosh_origin_open_socket);
    failed |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, attempt);
    failed |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, bosh_origin_close_socket);
    failed |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, attempt->curl);
    return failed;
}

static void destroy(struct attempt *attempt)
{
    curl_easy_cleanup(attempt->easy);
    free(attempt->body);
    free(attempt);
}

static struct attempt *attempt_new(bosh_curl *curl)
{
    struct attempt *attempt = calloc(1, sizeof *attempt);
    if (!attempt)
        return NULL;
    attempt->curl = curl;
    list_init(&attempt->of_port);
    list_init(&attempt->queue);
    attempt->easy = curl_easy_init();
    if (!attempt->easy || set_security(attempt->easy, &curl->settings) ||
        set_network(attempt->easy, &curl->settings) || set_callbacks(attempt->easy, attempt)) {
        destroy(attempt);
        return NULL;
    }
    return attempt;
}

static struct attempt *take(bosh_curl *curl)
{
    if (list_is_empty(&curl->pool))
        return attempt_new(curl);
    /* The youngest one: its memory is the warmest. */
    struct attempt *attempt = LIST_OF(curl->pool.previous, struct attempt, queue);
    list_remove(&attempt->queue);
    curl->pool_size--;
    return attempt;
}

/* Out of libcurl and every list, ready for the next use. */
static void recycle(struct attempt *attempt)
{
    bosh_curl *curl = attempt->curl;
    /* Without a connection libcurl keeps the buffer, and then its size. */
    int is_used_up = curl->pool_size >= POOL_MAX || !attempt->sent;
    if (attempt->added)
        curl_multi_remove_handle(attempt->origin->lane->multi, attempt->easy);
    if (attempt->origin)
        attempt->origin->in_use--;
    list_remove(&attempt->of_port);
    list_remove(&attempt->queue);
    attempt->port = NULL;
    attempt->origin = NULL;
    attempt->added = attempt->opened = attempt->sent = attempt->uploaded = 0;
    attempt->answered = attempt->headed = 0;
    attempt->answer_bytes = 0;
    attempt->verdict = 0;
    if (attempt->capacity > KEPT_BODY_BYTES) {
        free(attempt->body);
        attempt->body = NULL;
        attempt->capacity = 0;
    }
    if (is_used_up) {
        destroy(attempt);
        return;
    }
    list_append(&curl->pool, &attempt->queue);
    curl->pool_size++;
}

/* The request in one piece of our own: libcurl wants one, and may read it after a cancel that came
 * while it was on the stack. */
static int gather(struct attempt *attempt, const bosh_transport_request *request)
{
    if (attempt->capacity < request->size) {
        char *body = realloc(attempt->body, request->size);
        if (!body)
            return BOSH_ERR_MEMORY;
        attempt->body = body;
        attempt->capacity = request->size;
    }
    size_t at = 0;
    for (size_t i = 0; i < request->slice_count; i++) {
        if (request->slices[i].size > request->size - at)
            return BOSH_ERR_ARGUMENT;
        if (request->slices[i].size)
            memcpy(attempt->body + at, request->slices[i].data, request->slices[i].size);
        at += request->slices[i].size;
    }
    attempt->size = at;
    return BOSH_OK;
}

static int may_be_http2(const struct origin *origin)
{
    return origin->http_version ? origin->http_version == CURL_HTTP_VERSION_2_0
                                : strncmp(origin->url, "https:", 6) == 0;
}

static int set_request(struct attempt *attempt, const char *url, const char *content_type)
{
    CURL *easy = attempt->easy;
    struct curl_slist *headers = bosh_origin_headers(attempt->curl, content_type);
    int warm = attempt->id == 0, failed = !headers;
    int large = attempt->port->answer_bytes > 2 * BUFFER_BYTES || may_be_http2(attempt->origin);
    long buffer_bytes = large ? LARGE_BUFFER_BYTES : BUFFER_BYTES;
    failed |= curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, buffer_bytes);
    failed |= curl_easy_setopt(easy, CURLOPT_URL, url);
    failed |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    failed |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, warm ? "OPTIONS" : NULL);
    failed |= curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, warm ? 1L : 0L);
    failed |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, warm ? WARM_LIMIT_MS : 0L);
    failed |=
        curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)attempt->answer_bytes_max);
    if (attempt->curl->settings.raw.certificate)
        failed |= curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, attempt->origin);
    if (warm)
        return failed | curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    failed |= curl_easy_setopt(easy, CURLOPT_POST, 1L);
    failed |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)attempt->size);
    return failed | curl_easy_setopt(easy, CURLOPT_POSTFIELDS, attempt->body);
}

static int start(struct attempt *attempt, struct port *port, const char *url,
                 const char *content_type)
{
    bosh_curl *curl = attempt->curl;
    attempt->port = port;
    attempt->origin = port->origin;
    attempt->origin->in_use++;
    attempt->failure[0] = 0;
    list_append(&port->attempts, &attempt->of_port);
    if (set_request(attempt, url, content_type))
        return BOSH_ERR_MEMORY;
    if (curl->inside) {
        list_append(&curl->starting, &attempt->queue);
        return BOSH_OK;
    }
    attempt->added = curl_multi_add_handle(port->lane->multi, attempt->easy) == CURLM_OK;
    return attempt->added ? BOSH_OK : BOSH_ERR_MEMORY;
}

int bosh_attempt_start(struct port *port, uint32_t id, const bosh_transport_request *request)
{
    struct attempt *attempt = take(port->curl);
    if (!attempt)
        return BOSH_ERR_MEMORY;
    attempt->id = id;
    attempt->answer_bytes_max = request->response_bytes_max;
    int error = gather(attempt, request);
    if (!error)
        error = start(attempt, port, request->url, request->content_type);
    if (error)
        recycle(attempt);
    return error;
}

int bosh_attempt_warm(struct port *port, const char *url)
{
    struct attempt *attempt = take(port->curl);
    if (!attempt)
        return BOSH_ERR_MEMORY;
    attempt->id = 0;
    attempt->size = 0;
    attempt->answer_bytes_max = WARM_ANSWER_BYTES;
    int error = start(attempt, port, url, "");
    if (error)
        recycle(attempt);
    return error;
}

void bosh_attempt_cancel(struct attempt *attempt)
{
    if (!attempt->curl->inside) {
        recycle(attempt);
        return;
    }
    attempt->port = NULL;
    list_remove(&attempt->of_port);
    list_remove(&attempt->queue);
    list_append(&attempt->curl->doomed, &attempt->queue);
}

static int error_of(const struct attempt *attempt, CURLcode code)
{
    const char *proxy = attempt->curl->settings.proxy;
    long connect_status = 0;
    curl_easy_getinfo(attempt->easy, CURLINFO_HTTP_CONNECTCODE, &connect_status);
    if (!attempt->sent && connect_status >= 300)
        return BOSH_ERR_PROXY; /* it refused the tunnel */
    /* No connection for the repeat that was stopped, so the first one broke. */
    if (attempt->sent && (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST))
        return BOSH_ERR_RESET;
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return BOSH_ERR_DNS;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
        return BOSH_ERR_PROXY;
    case CURLE_COULDNT_CONNECT:
        return proxy && *proxy ? BOSH_ERR_PROXY : BOSH_ERR_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return BOSH_ERR_TIMEOUT;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
        return BOSH_ERR_CERTIFICATE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CLIENTCERT:
        return BOSH_ERR_TLS;
    case CURLE_URL_MALFORMAT:
        return BOSH_ERR_URL;
    case CURLE_OUT_OF_MEMORY:
        return BOSH_ERR_MEMORY;
    case CURLE_FILESIZE_EXCEEDED:
        return BOSH_ERR_RESPONSE_TOO_LARGE;
    default:
        return BOSH_ERR_RESET;
    }
}

static unsigned failure_flags(const struct attempt *attempt)
{
    unsigned flags = attempt->sent ? BOSH_FAILED_MAYBE_SENT : 0;
    if (attempt->sent && !attempt->opened && !attempt->answered)
        flags |= BOSH_FAILED_STALE;
    return flags;
}

/* What libcurl says about it, unless it was us who stopped it. */
static const char *words_of(const struct attempt *attempt, CURLcode code)
{
    if (code == CURLE_OK || code == CURLE_WRITE_ERROR || code == CURLE_ABORTED_BY_CALLBACK)
        return NULL;
    return attempt->failure[0] ? attempt->failure : curl_easy_strerror(code);
}

static void report(const struct attempt *attempt, CURLcode code, struct port *port)
{
    bosh_client *client = port->client;
    bosh_time now_ms = bosh_curl_now_ms();
    long status = 0;
    curl_off_t retry_after_s = 0;
    bosh_port_note_failure(port, words_of(attempt, code));
    if (code == CURLE_OK ||
        (attempt->verdict < 0 && attempt->verdict != BOSH_ERR_RESPONSE_TOO_LARGE)) {
        curl_easy_getinfo(attempt->easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(attempt->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
        if (retry_after_s < 0 || retry_after_s > UINT32_MAX)
            retry_after_s = UINT32_MAX;
        port->answered_ms = now_ms;
        port->answer_bytes = attempt->answer_bytes;
        bosh_transport_done(client, attempt->id, (int)status, (uint32_t)retry_after_s, now_ms);
        return;
    }
    int error = attempt->verdict < 0 ? attempt->verdict : error_of(attempt, code);
    unsigned flags = failure_flags(attempt);
    if (error != BOSH_ERR_RESET)
        flags &= ~(unsigned)BOSH_FAILED_STALE;
    bosh_transport_failed(client, attempt->id, error, flags, now_ms);
}

/* libcurl is through with an attempt. */
static void finish(struct attempt *attempt, CURLcode code)
{
    struct port *port = attempt->port;
    if (code == CURLE_OK && !attempt->headed)
        code = CURLE_PARTIAL_FILE;
    if (code == CURLE_OK)
        curl_easy_getinfo(attempt->easy, CURLINFO_HTTP_VERSION, &attempt->origin->http_version);
    if (port) {
        check_upload(attempt);
        list_remove(&attempt->of_port);
        attempt->port = NULL;
        if (attempt->id) {
            report(attempt, code, port);
            bosh_port_want(port);
        } else if (code == CURLE_OK) {
            port->warmed_ms = bosh_curl_now_ms();
        }
    }
    recycle(attempt);
}

static void check_uploads(bosh_curl *curl)
{
    struct link checked;
    list_init(&checked);
    while (!list_is_empty(&curl->uploading)) {
        struct attempt *attempt = LIST_OF(curl->uploading.next, struct attempt, queue);
        list_remove(&attempt->queue);
        list_append(&checked, &attempt->queue);
        check_upload(attempt);
    }
    while (!list_is_empty(&checked)) {
        struct link *link = checked.next;
        list_remove(link);
        list_append(&curl->uploading, link);
    }
}

void bosh_attempt_settle(struct lane *lane)
{
    bosh_curl *curl = lane->curl;
    while (!list_is_empty(&curl->doomed))
        recycle(LIST_OF(curl->doomed.next, struct attempt, queue));
    while (!list_is_empty(&curl->starting)) {
        struct attempt *attempt = LIST_OF(curl->starting.next, struct attempt, queue);
        list_remove(&attempt->queue);
        CURLM *multi = attempt->origin->lane->multi;
        attempt->added = curl_multi_add_handle(multi, attempt->easy) == CURLM_OK;
        if (!attempt->added)
            finish(attempt, CURLE_OUT_OF_MEMORY);
    }
    check_uploads(curl);
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(lane->multi, &left)) != NULL) {
        struct attempt *attempt = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&attempt);
        finish(attempt, message->data.result);
    }
}

void bosh_attempt_free_pool(bosh_curl *curl)
{
    while (!list_is_empty(&curl->pool)) {
        struct attempt *attempt = LIST_OF(curl->pool.next, struct attempt, queue);
        list_remove(&attempt->queue);
        destroy(attempt);
    }
    curl->pool_size = 0;
}
