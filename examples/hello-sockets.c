/* SPDX-License-Identifier: MIT
 * The same as hello.c without libcurl: HTTP over plain sockets, as a device or a program with
 * network code of its own would do it. No TLS.
 *     hello-sockets URL JID PASSWORD TO */
#include <bosh/http1.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A socket, and what came in but had to wait. */
typedef struct stream {
    int fd; /* -1: closed */
    int is_opening, is_full;
    char waiting[2048];
    size_t waiting_size;
} stream;

static stream streams[2] = {{.fd = -1}, {.fd = -1}};
static bosh_http1 http1;

/* ------------------------------------------------------------- what bosh_http1_streams asks for */

static int stream_open(void *user, unsigned number, bosh_slice host, uint16_t port, int is_secure)
{
    char name[256], service[6];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *address;
    (void)user;
    if (is_secure)
        return BOSH_ERR_TLS;
    snprintf(name, sizeof(name), "%.*s", (int)host.size, host.data);
    snprintf(service, sizeof(service), "%u", (unsigned)port);
    if (getaddrinfo(name, service, &hints, &address))
        return BOSH_ERR_DNS;
    int fd = socket(address->ai_family, SOCK_STREAM, 0);
    if (fd >= 0)
        fcntl(fd, F_SETFL, O_NONBLOCK);
    int is_begun = fd >= 0 && (connect(fd, address->ai_addr, address->ai_addrlen) == 0 ||
                               errno == EINPROGRESS);
    freeaddrinfo(address);
    if (!is_begun && fd >= 0)
        close(fd);
    streams[number] = (stream){.fd = is_begun ? fd : -1, .is_opening = 1};
    return is_begun ? BOSH_OK : BOSH_ERR_CONNECT;
}

static size_t stream_write(void *user, unsigned number, const void *data, size_t size, int is_more)
{
    int flags = MSG_NOSIGNAL | (is_more ? MSG_MORE : 0);
    ssize_t sent = send(streams[number].fd, data, size, flags);
    (void)user;
    /* Why a stream takes nothing shows when it is read. */
    streams[number].is_full = sent < (ssize_t)size;
    return sent < 0 ? 0 : (size_t)sent;
}

static void stream_close(void *user, unsigned number)
{
    (void)user;
    close(streams[number].fd);
    streams[number].fd = -1;
}

static bosh_time clock_ms(void *user)
{
    struct timespec now;
    (void)user;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (bosh_time)now.tv_sec * 1000 + (bosh_time)now.tv_nsec / 1000000;
}

/* ---------------------------------------------------------------------- what it is told in turn */

static void tell_closed(unsigned number, int error)
{
    stream_close(NULL, number);
    bosh_http1_closed(&http1, number, error);
}

static void tell_received(unsigned number)
{
    stream *s = &streams[number];
    ssize_t size = recv(s->fd, s->waiting, sizeof(s->waiting), 0);
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR))
        tell_closed(number, size ? BOSH_ERR_RESET : BOSH_OK);
    else if (size > 0)
        s->waiting_size = (size_t)size;
}

/* Offer what came in, also what had to wait before. 1 when some of it was taken. */
static int offer(unsigned number)
{
    stream *s = &streams[number];
    if (s->fd < 0 || s->waiting_size == 0)
        return 0;
    size_t used = bosh_http1_received(&http1, number, s->waiting, s->waiting_size);
    s->waiting_size -= used;
    memmove(s->waiting, s->waiting + used, s->waiting_size);
    return used > 0;
}

static void tell_opened(unsigned number)
{
    int error = 0;
    socklen_t size = sizeof(error);
    getsockopt(streams[number].fd, SOL_SOCKET, SO_ERROR, &error, &size);
    streams[number].is_opening = 0;
    if (error)
        tell_closed(number, BOSH_ERR_CONNECT);
    else
        bosh_http1_opened(&http1, number);
}

/* Wait for news of the sockets, at most until the client has something to do. */
static void turn(bosh_client *client)
{
    struct pollfd polled[2];
    bosh_time due_ms = bosh_client_deadline(client), now_ms = clock_ms(NULL);
    bosh_time left_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    for (unsigned i = 0; i < 2; i++) {
        stream *s = &streams[i];
        int is_reading = !s->is_opening && s->waiting_size == 0; /* the end comes last, too */
        polled[i].events =
            (short)((is_reading ? POLLIN : 0) | (s->is_opening || s->is_full ? POLLOUT : 0));
        polled[i].fd = polled[i].events ? s->fd : -1;
        polled[i].revents = 0;
    }
    poll(polled, 2, left_ms > 60000 ? 60000 : (int)left_ms);
    for (unsigned i = 0; i < 2; i++) {
        if (streams[i].fd >= 0 && streams[i].is_opening && polled[i].revents)
            tell_opened(i);
        else if (streams[i].fd >= 0 && streams[i].waiting_size == 0 &&
                 polled[i].revents & (POLLIN | POLLHUP | POLLERR))
            tell_received(i);
        else if (streams[i].fd >= 0 && polled[i].revents & POLLOUT)
            bosh_http1_writable(&http1, i);
    }
    int is_taken;
    do { /* a pump may make room for what had to wait */
        is_taken = offer(0) | offer(1);
        bosh_client_pump(client, clock_ms(NULL));
    } while (is_taken);
}

/* ------------------------------------------------------------------------------- the program */

static int entropy(void *buffer, size_t size, void *user)
{
    (void)user;
    return getentropy(buffer, size);
}

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    if (event->type == BOSH_EVENT_STATE && event->state == BOSH_STATE_ONLINE) {
        bosh_client_send_message(client, user, "Hello from plain sockets", NULL);
        bosh_client_close(client, NULL);
    }
}

int main(int argc, char **argv)
{
    const bosh_http1_streams calls = {
        .open = stream_open, .write = stream_write, .close = stream_close, .now = clock_ms};
    bosh_client *client = NULL;
    bosh_config config;

    if (argc != 5)
        return puts("usage: hello-sockets URL JID PASSWORD TO"), 2;
    bosh_config_init(&config);
    config.url = argv[1];
    config.jid = argv[2];
    config.password = argv[3];
    config.user = argv[4];
    config.on_event = on_event;
    config.allocator = *bosh_system_allocator();
    config.entropy = entropy;

    int error = bosh_http1_init(&http1, &calls, 2);
    if (!error && !(error = bosh_http1_client_new(&http1, &config, &client)) &&
        !(error = bosh_client_connect(client))) {
        bosh_client_pump(client, clock_ms(NULL));
        while (bosh_client_state(client) != BOSH_STATE_ENDED)
            turn(client);
        error = bosh_client_detail(client)->error;
    }
    puts(error ? bosh_error_text(error) : "sent");
    bosh_client_free(client);
    return error != 0;
}
