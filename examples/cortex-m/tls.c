/* SPDX-License-Identifier: MIT
 * A firmware with TLS: mbedTLS between network.c and bosh/http1.h. A stream:
 *
 *     CLOSED --open--> OPENING --TCP is there--> WAITING --its turn--> SHAKING --done--> OPEN
 *
 * One handshake at a time: they take the most memory. The first is the slow one; later ones go on
 * with its session (RFC 5077). */
#include "board.h"
#include "network.h"
#include "streams.h"

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/ssl.h>
#include <string.h>

enum stream_state { CLOSED, OPENING, WAITING, SHAKING, OPEN };

typedef struct secure_stream {
    enum stream_state state;
    char host[64];
    mbedtls_ssl_context ssl;
    const uint8_t *coming; /* what the network offers just now */
    size_t coming_size;
    uint8_t in[256]; /* decrypted, not yet taken */
    size_t in_size;
    uint8_t out[512]; /* one record, not yet encrypted */
    size_t out_size;
    uint8_t is_full;   /* of `out` some is under way: it may not change */
    uint8_t has_ended; /* the network's stream is gone, `in` is still to be delivered */
    int end_error;
} secure_stream;

static secure_stream streams[2];
static mbedtls_ssl_config config;
static mbedtls_x509_crt authorities;
static mbedtls_ssl_session session; /* of the last handshake, with `session_host` */
static char session_host[64];
static bosh_allocator memory;
static uint8_t is_out_of_memory;

/* Where the certificates of authorities are in flash, as DER, one after the other (sections.ld). */
extern const uint8_t authority_begin[], authority_end[];

/* ------------------------------------------------------------------- what mbedTLS asks for */

void *tls_calloc(size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    void *block = memory.allocate(count * size, memory.user);
    if (block)
        memset(block, 0, count * size);
    else
        is_out_of_memory = 1;
    return block;
}

void tls_free(void *block)
{
    memory.release(block, memory.user);
}

time_t tls_time(time_t *out)
{
    time_t now = (time_t)host_time_s();
    if (out)
        *out = now;
    return now;
}

struct tm *mbedtls_platform_gmtime_r(const mbedtls_time_t *time, struct tm *room)
{
    return gmtime_r(time, room);
}

static int random_bytes(void *user, unsigned char *buffer, size_t size)
{
    (void)user;
    return host_entropy(buffer, size);
}

static unsigned number_of(const secure_stream *s)
{
    return (unsigned)(s - streams);
}

static int send_out(void *user, const unsigned char *data, size_t size)
{
    size_t taken = network_write(NULL, number_of(user), data, size, 0);
    return taken ? (int)taken : MBEDTLS_ERR_SSL_WANT_WRITE;
}

static int take_in(void *user, unsigned char *buffer, size_t room)
{
    secure_stream *s = user;
    size_t size = room < s->coming_size ? room : s->coming_size;
    if (size == 0)
        return MBEDTLS_ERR_SSL_WANT_READ;
    memcpy(buffer, s->coming, size);
    s->coming += size;
    s->coming_size -= size;
    return (int)size;
}

/* ----------------------------------------------------------------------- what libbosh asks for */

static void drop(secure_stream *s)
{
    mbedtls_ssl_free(&s->ssl);
    mbedtls_platform_zeroize(s, sizeof(*s));
}

static void tls_close(void *user, unsigned number)
{
    secure_stream *s = &streams[number];
    if (s->state == OPEN && !s->has_ended)
        mbedtls_ssl_close_notify(&s->ssl);
    network_close(user, number);
    drop(s);
}

static int tls_open(void *user, unsigned number, bosh_slice host, uint16_t port, int is_secure)
{
    secure_stream *s = &streams[number];
    if (!is_secure)
        return BOSH_ERR_URL; /* this firmware speaks https only */
    if (host.size >= sizeof(s->host))
        return BOSH_ERR_DNS;
    int error = network_open(user, number, host, port, 0);
    if (error)
        return error;
    memcpy(s->host, host.data, host.size);
    s->state = OPENING;
    return BOSH_OK;
}

/* Send what has been gathered as a record; returns 1 when all of it is on its way. */
static int flush(secure_stream *s)
{
    s->is_full = s->out_size && mbedtls_ssl_write(&s->ssl, s->out, s->out_size) <= 0;
    if (!s->is_full)
        s->out_size = 0;
    return !s->is_full;
}

static size_t tls_write(void *user, unsigned number, const void *data, size_t size, int is_more)
{
    secure_stream *s = &streams[number];
    size_t taken = 0;
    (void)user;
    if (s->state != OPEN || s->has_ended)
        return 0;
    while (taken < size && !s->is_full) {
        size_t room = sizeof(s->out) - s->out_size, left = size - taken;
        size_t count = left < room ? left : room;
        memcpy(s->out + s->out_size, (const char *)data + taken, count);
        s->out_size += count;
        taken += count;
        if (count == room)
            flush(s);
    }
    if (!is_more && !s->is_full)
        flush(s);
    return taken;
}

const bosh_http1_streams device_streams = {
    .open = tls_open, .write = tls_write, .close = tls_close, .now = network_now};

/* ------------------------------------------------------------------------- what it is told */

static void fail(bosh_http1 *http1, secure_stream *s, int error)
{
    unsigned number = number_of(s);
    tls_close(NULL, number);
    bosh_http1_closed(http1, number, error);
}

/* A bosh_error for one of mbedTLS's. */
static int meaning_of(int error)
{
    if (is_out_of_memory)
        return BOSH_ERR_MEMORY;
    return error == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED ? BOSH_ERR_CERTIFICATE : BOSH_ERR_TLS;
}

static int is_passing(int error)
{
    return error == MBEDTLS_ERR_SSL_WANT_READ || error == MBEDTLS_ERR_SSL_WANT_WRITE;
}

static void keep_session(const secure_stream *s)
{
    mbedtls_ssl_session_free(&session);
    mbedtls_ssl_session_init(&session);
    session_host[0] = 0;
    if (mbedtls_ssl_get_session(&s->ssl, &session) == 0)
        strcpy(session_host, s->host);
}

static void shake_hands(bosh_http1 *http1, secure_stream *s)
{
    static uint8_t has_told;
    int error = mbedtls_ssl_handshake(&s->ssl);
    if (is_passing(error))
        return;
    if (error) {
        fail(http1, s, meaning_of(error));
        return;
    }
    if (!has_told) {
        has_told = 1;
        board_print(mbedtls_ssl_get_version(&s->ssl));
        board_print(" ");
        board_print(mbedtls_ssl_get_ciphersuite(&s->ssl));
        board_print("\n");
    }
    keep_session(s);
    s->state = OPEN;
    bosh_http1_opened(http1, number_of(s));
}

/* Deliver what is decrypted, decrypt more, until the client wants no more or nothing is left. */
static void read_on(bosh_http1 *http1, secure_stream *s)
{
    while (s->state == OPEN) {
        if (s->in_size == 0 && !s->has_ended) {
            int size = mbedtls_ssl_read(&s->ssl, s->in, sizeof(s->in));
            if (is_passing(size))
                return;
            if (size <= 0) {
                int is_end = size == 0 || size == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY;
                fail(http1, s, is_end ? BOSH_OK : meaning_of(size));
                return;
            }
            s->in_size = (size_t)size;
        }
        if (s->in_size == 0) {
            fail(http1, s, s->end_error);
            return;
        }
        size_t used = bosh_http1_received(http1, number_of(s), s->in, s->in_size);
        if (s->state != OPEN)
            return; /* it was closed meanwhile */
        s->in_size -= used;
        memmove(s->in, s->in + used, s->in_size);
        if (s->in_size)
            return;
    }
}

static void begin(bosh_http1 *http1, secure_stream *s)
{
    is_out_of_memory = 0;
    mbedtls_ssl_init(&s->ssl);
    int error = mbedtls_ssl_setup(&s->ssl, &config);
    if (!error)
        error = mbedtls_ssl_set_hostname(&s->ssl, s->host);
    if (!error && strcmp(session_host, s->host) == 0)
        error = mbedtls_ssl_set_session(&s->ssl, &session);
    if (error) {
        fail(http1, s, meaning_of(error));
        return;
    }
    mbedtls_ssl_set_bio(&s->ssl, s, send_out, take_in, NULL);
    s->state = SHAKING;
    shake_hands(http1, s);
}

static void on_opened(bosh_http1 *http1, unsigned number)
{
    (void)http1;
    streams[number].state = WAITING;
}

static void on_writable(bosh_http1 *http1, unsigned number)
{
    secure_stream *s = &streams[number];
    if (s->state == SHAKING)
        shake_hands(http1, s);
    else if (s->state == OPEN && flush(s))
        bosh_http1_writable(http1, number);
}

static size_t on_received(bosh_http1 *http1, unsigned number, const void *data, size_t size)
{
    secure_stream *s = &streams[number];
    s->coming = data;
    s->coming_size = size;
    if (s->state == SHAKING)
        shake_hands(http1, s);
    read_on(http1, s);
    size_t used = s->state == CLOSED ? size : size - s->coming_size;
    s->coming_size = 0;
    return used;
}

/* Without TLS's own farewell this is no end of an answer, whoever closed (RTX-5). */
static void on_closed(bosh_http1 *http1, unsigned number, int error)
{
    secure_stream *s = &streams[number];
    int was_opening = s->state == OPENING;
    s->has_ended = 1;
    s->end_error = error ? error : was_opening ? BOSH_ERR_CONNECT : BOSH_ERR_RESET;
    if (s->state == OPEN)
        read_on(http1, s);
    else
        fail(http1, s, s->end_error);
}

/* --------------------------------------------------------------------------------- in each turn */

/* Give the turn to a stream that waits for it, unless another has it. */
static int give_turn(bosh_http1 *http1)
{
    secure_stream *next = NULL;
    for (unsigned number = 0; number < 2; number++) {
        if (streams[number].state == SHAKING)
            return 0;
        if (streams[number].state == WAITING && !next)
            next = &streams[number];
    }
    if (next)
        begin(http1, next);
    return next != NULL;
}

int streams_poll(bosh_http1 *http1)
{
    static const network_news news = {on_opened, on_writable, on_received, on_closed};
    int is_news = network_poll(http1, &news);
    for (unsigned number = 0; number < 2; number++) {
        if (streams[number].in_size) {
            read_on(http1, &streams[number]);
            is_news |= streams[number].in_size == 0;
        }
    }
    return give_turn(http1) | is_news;
}

/* DER says its own size in its first four bytes. 0: there is none. */
static size_t certificate_size(const uint8_t *der)
{
    if (authority_end - der < 4 || der[0] != 0x30 || der[1] != 0x82)
        return 0;
    size_t size = (size_t)(der[2] << 8 | der[3]) + 4;
    return size <= (size_t)(authority_end - der) ? size : 0;
}

/* One is enough; with the next one beside it a server can change to that. */
static int trust_authorities(void)
{
    const uint8_t *der = authority_begin;
    mbedtls_x509_crt_init(&authorities);
    for (size_t size; (size = certificate_size(der)) > 0; der += size)
        if (mbedtls_x509_crt_parse_der_nocopy(&authorities, der, size))
            return BOSH_ERR_CERTIFICATE;
    return der > authority_begin ? BOSH_OK : BOSH_ERR_CERTIFICATE;
}

int streams_start(bosh_allocator allocator)
{
    memory = allocator;
    int error = trust_authorities();
    if (error)
        return error;
    mbedtls_ssl_config_init(&config);
    if (mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) ||
        mbedtls_ssl_conf_max_frag_len(&config, MBEDTLS_SSL_MAX_FRAG_LEN_2048))
        return BOSH_ERR_TLS;
    mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&config, &authorities, NULL);
    mbedtls_ssl_conf_rng(&config, random_bytes, NULL);
    return BOSH_OK;
}
