/* SPDX-License-Identifier: MIT
 * The bosh_transport over byte streams. An exchange is one stream and what goes over it:
 *
 *     CLOSED --submit, warm--> OPENING --opened--> OPEN
 *        ^                                           |
 *        +---- closed, cancel, last answer ----------+
 *
 * It carries an attempt from submit (`id` is set) to its answer, also while it is OPENING. */
#include "answer.h"

#include <string.h>

#define IDLE_MS_MAX 25000u

enum exchange_state { CLOSED, OPENING, OPEN };

static void set_state(bosh_http1_exchange *exchange, enum exchange_state state)
{
    exchange->state = (uint8_t)state;
    if (state != OPEN)
        exchange->is_reused = 0;
    if (state == CLOSED)
        exchange->is_stale = 0;
}

static unsigned number_of(const bosh_http1 *http1, const bosh_http1_exchange *exchange)
{
    return (unsigned)(exchange - http1->exchanges);
}

static void close_stream(bosh_http1 *http1, bosh_http1_exchange *exchange)
{
    if (exchange->state == CLOSED)
        return;
    set_state(exchange, CLOSED);
    http1->streams.close(http1->streams.user, number_of(http1, exchange));
}

/* ------------------------------------------------------------------------------------ addresses */

struct place {
    bosh_slice origin, host, path; /* origin: scheme, host and port */
    uint16_t port;
    int is_secure;
};

static int read_port(const char *text, const char *end, uint16_t *port)
{
    uint32_t number = 0;
    if (text == end)
        return BOSH_ERR_URL;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9' || number > 6553)
            return BOSH_ERR_URL;
        number = number * 10 + (uint32_t)(*text - '0');
    }
    *port = (uint16_t)number;
    return number > 0 && number <= UINT16_MAX ? BOSH_OK : BOSH_ERR_URL;
}

static int read_url(const char *url, struct place *place)
{
    place->is_secure = strncmp(url, "https://", 8) == 0;
    if (!place->is_secure && strncmp(url, "http://", 7) != 0)
        return BOSH_ERR_URL;
    const char *host = url + (place->is_secure ? 8 : 7);
    const char *end = host + strcspn(host, "/?#");
    const char *host_end = host;
    if (*host == '[') {
        host++;
        host_end = host + strcspn(host, "]/?#");
        if (*host_end != ']')
            return BOSH_ERR_URL;
    } else {
        while (host_end < end && *host_end != ':')
            host_end++;
    }
    place->host = (bosh_slice){host, (size_t)(host_end - host)};
    place->origin = (bosh_slice){url, (size_t)(end - url)};
    place->path = (bosh_slice){end, strcspn(end, "#")};
    place->port = place->is_secure ? 443 : 80;
    host_end += *host_end == ']';
    if (host_end < end && (*host_end != ':' || read_port(host_end + 1, end, &place->port)))
        return BOSH_ERR_URL;
    return place->host.size > 0 ? BOSH_OK : BOSH_ERR_URL;
}

/* Requests go to this place from now on: what leads elsewhere is not used again. */
static int move_to(bosh_http1 *http1, const struct place *place)
{
    size_t size = place->origin.size;
    if (size >= sizeof(http1->origin))
        return BOSH_ERR_URL;
    if (strlen(http1->origin) == size && memcmp(http1->origin, place->origin.data, size) == 0)
        return BOSH_OK;
    for (unsigned i = 0; i < http1->count; i++) {
        bosh_http1_exchange *exchange = &http1->exchanges[i];
        if (exchange->id == 0)
            close_stream(http1, exchange);
        else
            exchange->is_stale = 1;
    }
    memcpy(http1->origin, place->origin.data, size);
    http1->origin[size] = 0;
    return BOSH_OK;
}

/* -------------------------------------------------------------------------------------- writing */

/* The parts of a request in front of its content. */
enum { METHOD, PATH, VERSION, HOST, TYPE_NAME, TYPE, LENGTH_NAME, LENGTH, BLANK, HEAD_PARTS };

static bosh_slice slice_of(const char *text)
{
    return (bosh_slice){text, strlen(text)};
}

static bosh_slice write_decimal(size_t number, char room[21])
{
    char *at = room + 20;
    *at = 0;
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return slice_of(at);
}

/* `digits` is room for a number. */
static bosh_slice part_of(const bosh_transport_request *request, unsigned part, char digits[21])
{
    struct place place = {0};
    read_url(request->url, &place); /* it was good when the request was taken */
    switch (part) {
    case METHOD:
        return slice_of(place.path.size && *place.path.data == '/' ? "POST " : "POST /");
    case PATH:
        return place.path;
    case VERSION:
        return slice_of(" HTTP/1.1\r\nHost: ");
    case HOST:
        place.origin.data += place.is_secure ? 8 : 7;
        place.origin.size -= place.is_secure ? 8 : 7;
        return place.origin;
    case TYPE_NAME:
        return slice_of("\r\nContent-Type: ");
    case TYPE:
        return slice_of(request->content_type);
    case LENGTH_NAME:
        return slice_of("\r\nContent-Length: ");
    case LENGTH:
        return write_decimal(request->size, digits);
    case BLANK:
        return slice_of("\r\n\r\n");
    default:
        return request->slices[part - HEAD_PARTS];
    }
}

static unsigned part_count(const bosh_http1_exchange *exchange)
{
    return HEAD_PARTS + (unsigned)exchange->request->slice_count;
}

static void write_on(bosh_http1 *http1, bosh_http1_exchange *exchange)
{
    const bosh_http1_streams *streams = &http1->streams;
    while (exchange->state == OPEN && exchange->id && exchange->part < part_count(exchange)) {
        char digits[21];
        bosh_slice part = part_of(exchange->request, exchange->part, digits);
        size_t size = part.size - exchange->offset;
        if (size) {
            int is_more = exchange->part + 1u < part_count(exchange);
            size_t taken = streams->write(streams->user, number_of(http1, exchange),
                                          part.data + exchange->offset, size, is_more);
            exchange->offset += taken;
            if (taken < size)
                return;
        }
        exchange->part++;
        exchange->offset = 0;
    }
}

/* ------------------------------------------------------------------- what the client asks for */

static int is_usable(const bosh_http1 *http1, const bosh_http1_exchange *exchange)
{
    return exchange->state == OPEN && !exchange->is_stale && exchange->id == 0 &&
           http1->streams.now(http1->streams.user) - exchange->idle_since_ms < IDLE_MS_MAX;
}

static bosh_http1_exchange *free_exchange(bosh_http1 *http1)
{
    bosh_http1_exchange *free = NULL;
    for (unsigned i = 0; i < http1->count; i++) {
        bosh_http1_exchange *exchange = &http1->exchanges[i];
        if (exchange->id)
            continue;
        if (is_usable(http1, exchange))
            return exchange;
        if (!free || exchange->state == OPENING)
            free = exchange;
    }
    return free;
}

static int open_stream(bosh_http1 *http1, bosh_http1_exchange *exchange, const struct place *place)
{
    const bosh_http1_streams *streams = &http1->streams;
    if (exchange->state == OPENING || is_usable(http1, exchange))
        return BOSH_OK;
    close_stream(http1, exchange);
    int error = streams->open(streams->user, number_of(http1, exchange), place->host, place->port,
                              place->is_secure);
    if (!error)
        set_state(exchange, OPENING);
    return error;
}

static int submit(void *user, uint32_t id, const bosh_transport_request *request)
{
    bosh_http1 *http1 = user;
    struct place place;
    int error = read_url(request->url, &place);
    if (!error)
        error = move_to(http1, &place);
    if (error)
        return error;
    bosh_http1_exchange *exchange = free_exchange(http1);
    if (!exchange)
        return BOSH_ERR_STATE;
    error = open_stream(http1, exchange, &place);
    if (error)
        return error;
    exchange->id = id;
    exchange->request = request;
    exchange->part = 0;
    exchange->offset = exchange->received = 0;
    exchange->has_answer_bytes = 0;
    bosh_answer_begin(&exchange->answer);
    write_on(http1, exchange);
    return BOSH_OK;
}

static void cancel(void *user, uint32_t id)
{
    bosh_http1 *http1 = user;
    for (unsigned i = 0; i < http1->count; i++) {
        bosh_http1_exchange *exchange = &http1->exchanges[i];
        if (exchange->id != id)
            continue;
        exchange->id = 0;
        exchange->request = NULL;
        if (exchange->state == OPEN || exchange->is_stale)
            close_stream(http1, exchange);
    }
}

static unsigned capabilities(void *user)
{
    const bosh_http1 *http1 = user;
    unsigned flags = BOSH_TRANSPORT_PAUSE, open = 0;
    for (unsigned i = 0; i < http1->count; i++)
        open += http1->exchanges[i].state == OPEN &&
                (http1->exchanges[i].id || is_usable(http1, &http1->exchanges[i]));
    if (http1->count == 2)
        flags |= BOSH_TRANSPORT_PARALLEL;
    return open == 2 ? flags | BOSH_TRANSPORT_WARM : flags;
}

static void warm(void *user, const char *url)
{
    bosh_http1 *http1 = user;
    struct place place;
    bosh_http1_exchange *exchange = free_exchange(http1);
    if (exchange && read_url(url, &place) == BOSH_OK && move_to(http1, &place) == BOSH_OK)
        open_stream(http1, exchange, &place);
}

static void wanted(void *user)
{
    bosh_http1 *http1 = user;
    if (http1->streams.wanted)
        http1->streams.wanted(http1->streams.user);
}

static void released(void *user)
{
    bosh_http1 *http1 = user;
    http1->client = NULL;
    for (unsigned i = 0; i < http1->count; i++)
        close_stream(http1, &http1->exchanges[i]);
}

/* ------------------------------------------------------------------------------------- answers */

/* The attempt is over; the stream stays for the next one if it may. */
static void finish(bosh_http1 *http1, bosh_http1_exchange *exchange, int error)
{
    bosh_time now_ms = http1->streams.now(http1->streams.user);
    uint32_t id = exchange->id;
    unsigned flags = exchange->part > 0 || exchange->offset > 0 ? BOSH_FAILED_MAYBE_SENT : 0;
    if (error && exchange->is_reused && !exchange->has_answer_bytes)
        flags |= BOSH_FAILED_STALE;
    int is_sent = exchange->part == part_count(exchange);
    exchange->id = 0;
    exchange->request = NULL;
    exchange->idle_since_ms = now_ms;
    exchange->is_reused = 1;
    if (error || exchange->answer.is_last || exchange->is_stale || !is_sent)
        close_stream(http1, exchange);
    if (error)
        bosh_transport_failed(http1->client, id, error, flags, now_ms);
    else
        bosh_transport_done(http1->client, id, exchange->answer.status,
                            exchange->answer.retry_after_s, now_ms);
}

/* Content goes up to the client. Returns 1 when it has to wait. */
static int deliver(bosh_http1 *http1, bosh_http1_exchange *exchange, const char *data, size_t size)
{
    if (size > exchange->request->response_bytes_max - exchange->received) {
        finish(http1, exchange, BOSH_ERR_RESPONSE_TOO_LARGE);
        return 0;
    }
    int error = bosh_transport_bytes(http1->client, exchange->id, data, size);
    if (error == BOSH_NOT_NOW)
        return 1;
    exchange->received += size;
    bosh_answer_skip(&exchange->answer, size);
    if (error)
        finish(http1, exchange, BOSH_ERR_RESET); /* the client knows why */
    return 0;
}

size_t bosh_http1_received(bosh_http1 *http1, unsigned stream, const void *data, size_t size)
{
    bosh_http1_exchange *exchange = &http1->exchanges[stream];
    const char *bytes = data;
    size_t used = 0;
    while (used < size && exchange->id) {
        exchange->has_answer_bytes = 1;
        used += bosh_answer_lines(&exchange->answer, bytes + used, size - used);
        size_t content = bosh_answer_content(&exchange->answer, size - used);
        if (content && deliver(http1, exchange, bytes + used, content))
            return used;
        used += content;
        if (exchange->id && exchange->answer.state == ANSWER_BROKEN)
            finish(http1, exchange, BOSH_ERR_RESET);
        else if (exchange->id && exchange->answer.state == ANSWER_COMPLETE)
            finish(http1, exchange, BOSH_OK);
    }
    if (used < size) /* nobody has asked for this */
        close_stream(http1, exchange);
    return size;
}

void bosh_http1_opened(bosh_http1 *http1, unsigned stream)
{
    bosh_http1_exchange *exchange = &http1->exchanges[stream];
    if (exchange->state != OPENING)
        return;
    set_state(exchange, OPEN);
    exchange->idle_since_ms = http1->streams.now(http1->streams.user);
    write_on(http1, exchange);
}

void bosh_http1_writable(bosh_http1 *http1, unsigned stream)
{
    write_on(http1, &http1->exchanges[stream]);
}

void bosh_http1_closed(bosh_http1 *http1, unsigned stream, int error)
{
    bosh_http1_exchange *exchange = &http1->exchanges[stream];
    int was_opening = exchange->state == OPENING;
    int is_end = exchange->answer.state == ANSWER_UNTIL_CLOSE && !error;
    if (exchange->state == CLOSED)
        return;
    exchange->state = CLOSED; /* there is nothing left to be closed */
    if (exchange->id && is_end)
        finish(http1, exchange, BOSH_OK);
    else if (exchange->id)
        finish(http1, exchange, error ? error : was_opening ? BOSH_ERR_CONNECT : BOSH_ERR_RESET);
    set_state(exchange, CLOSED);
}

int bosh_http1_init(bosh_http1 *http1, const bosh_http1_streams *streams, unsigned count)
{
    if (!http1 || !streams || count < 1 || count > 2 || !streams->open || !streams->write ||
        !streams->close || !streams->now)
        return BOSH_ERR_ARGUMENT;
    memset(http1, 0, sizeof(*http1));
    http1->streams = *streams;
    http1->count = count;
    return BOSH_OK;
}

int bosh_http1_client_new(bosh_http1 *http1, const bosh_config *config, bosh_client **out)
{
    const bosh_transport transport = {.user = http1,
                                      .submit = submit,
                                      .cancel = cancel,
                                      .capabilities = capabilities,
                                      .warm = http1->count == 2 ? warm : NULL,
                                      .wanted = wanted,
                                      .released = released};
    *out = NULL;
    if (http1->client)
        return BOSH_ERR_STATE;
    int error = bosh_client_new(config, &transport, out);
    http1->client = *out;
    return error;
}
