/* SPDX-License-Identifier: MIT
 * See server.h. One thread around poll(); fixed tables, for it serves one benchmark. */
#include "server.h"
#include "answers.h"
#include "sample.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARRIVALS = 1 << 16, CONNECTIONS = 64, REQUEST_MAX = 65536 };

struct bench_arrivals {
    size_t count;
    int64_t ns[ARRIVALS];
    size_t bytes[ARRIVALS];
};

typedef struct connection {
    int fd;
    size_t size;
    char bytes[REQUEST_MAX + 1];
} connection;

/* There is one session at a time; a login begins a new one. */
typedef struct manager {
    bench_arrivals *arrivals;
    const char *body;
    size_t size;
    unsigned floods, floods_left;
    int held; /* the connection whose request is held; -1: none */
    int64_t held_until_ns, wait_ns;
    int listener;
    connection *connections[CONNECTIONS]; /* NULL: free */
} manager;

static void write_all(int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* the client left; poll() will tell */
        bytes += sent;
        size -= (size_t)sent;
    }
}

static void respond(int fd, const char *body, size_t size)
{
    char head[BENCH_ANSWER_MAX + 256];
    size_t head_size = (size_t)snprintf(head, sizeof head,
                                        "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8"
                                        "\r\nContent-Length: %zu\r\n\r\n",
                                        size);
    if (size <= BENCH_ANSWER_MAX) { /* one segment */
        memcpy(head + head_size, body, size);
        write_all(fd, head, head_size + size);
    } else {
        write_all(fd, head, head_size);
        write_all(fd, body, size);
    }
}

/* What a poll is answered with: the next flood, or nothing. */
static void answer_poll(manager *cm, int fd)
{
    static const char empty[] = "<body xmlns='http://jabber.org/protocol/httpbind'/>";
    if (cm->floods_left) {
        cm->floods_left--;
        respond(fd, cm->body, cm->size);
    } else {
        respond(fd, empty, sizeof empty - 1);
    }
}

static void release_held(manager *cm)
{
    int index = cm->held;
    cm->held = -1;
    if (index >= 0 && cm->connections[index])
        answer_poll(cm, cm->connections[index]->fd);
}

static void stamp(manager *cm, size_t bytes)
{
    bench_arrivals *arrivals = cm->arrivals;
    size_t index = arrivals->count;
    if (index == ARRIVALS)
        bench_die("more requests than the table holds");
    arrivals->ns[index] = bench_now_ns();
    arrivals->bytes[index] = bytes;
    __atomic_store_n(&arrivals->count, index + 1, __ATOMIC_RELEASE);
}

static void on_request(manager *cm, int index, const char *request)
{
    char answer[BENCH_ANSWER_MAX], wait[8];
    int fd = cm->connections[index]->fd;
    bench_attribute(request, "wait", wait, sizeof wait);
    if (*wait) {
        cm->wait_ns = atoll(wait) * 1000000000;
        cm->held = -1;
    }
    size_t size = bench_answer(request, answer);
    if (size) {
        respond(fd, answer, size);
        return;
    }
    if (strstr(request, "flood@localhost"))
        cm->floods_left = cm->floods;
    release_held(cm);
    if (cm->floods_left) {
        answer_poll(cm, fd);
    } else {
        cm->held = index;
        cm->held_until_ns = bench_now_ns() + cm->wait_ns;
    }
}

/* The size of the request that `bytes` begin with, 0 while it is not complete. Its entity is at
 * *entity. Any method: a client may warm a connection with OPTIONS. */
static size_t complete_request(const char *bytes, size_t size, const char **entity)
{
    const char *end = strstr(bytes, "\r\n\r\n");
    size_t length = 0;
    if (!end)
        return 0;
    for (const char *line = bytes; line < end; line = strstr(line, "\r\n") + 2)
        if (strncasecmp(line, "Content-Length:", 15) == 0)
            length = (size_t)atoll(line + 15);
    *entity = end + 4;
    size_t total = (size_t)(*entity - bytes) + length;
    return total <= size ? total : 0;
}

static void on_bytes(manager *cm, int index)
{
    connection *c = cm->connections[index];
    ssize_t got = recv(c->fd, c->bytes + c->size, REQUEST_MAX - c->size, 0);
    const char *entity;
    size_t total;
    if (got <= 0) {
        if (cm->held == index)
            cm->held = -1;
        close(c->fd);
        free(c);
        cm->connections[index] = NULL;
        return;
    }
    c->size += (size_t)got;
    c->bytes[c->size] = '\0';
    while ((total = complete_request(c->bytes, c->size, &entity))) {
        char after = c->bytes[total];
        c->bytes[total] = '\0';
        if (strncmp(c->bytes, "POST", 4) == 0) {
            stamp(cm, total);
            on_request(cm, index, entity);
        } else {
            respond(c->fd, "", 0);
        }
        c->bytes[total] = after;
        c->size -= total;
        memmove(c->bytes, c->bytes + total, c->size + 1);
    }
}

static void on_connection(manager *cm)
{
    int one = 1, index = 0;
    while (index < CONNECTIONS && cm->connections[index])
        index++;
    connection *c = index < CONNECTIONS ? calloc(1, sizeof *c) : NULL;
    if (!c)
        bench_die("no room for another connection");
    c->fd = accept(cm->listener, NULL, NULL);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    cm->connections[index] = c;
}

static void serve(manager *cm)
{
    struct pollfd fds[CONNECTIONS + 1];
    for (;;) {
        int timeout_ms = -1;
        for (int i = 0; i < CONNECTIONS; i++) {
            fds[i].fd = cm->connections[i] ? cm->connections[i]->fd : -1;
            fds[i].events = POLLIN;
        }
        fds[CONNECTIONS] = (struct pollfd){.fd = cm->listener, .events = POLLIN};
        if (cm->held >= 0) {
            int64_t left_ns = cm->held_until_ns - bench_now_ns();
            timeout_ms = left_ns > 0 ? (int)(left_ns / 1000000) + 1 : 0;
        }
        if (poll(fds, CONNECTIONS + 1, timeout_ms) == 0)
            release_held(cm);
        for (int i = 0; i < CONNECTIONS; i++)
            if (fds[i].fd >= 0 && fds[i].revents)
                on_bytes(cm, i);
        if (fds[CONNECTIONS].revents)
            on_connection(cm);
    }
}

bench_server bench_server_start(const char *body, size_t size, unsigned floods)
{
    bench_server server = {0};
    manager cm = {.body = body, .size = size, .floods = floods, .held = -1};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;

    cm.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(cm.listener, (struct sockaddr *)&address, length) || listen(cm.listener, 16) ||
        getsockname(cm.listener, (struct sockaddr *)&address, &length))
        bench_die("no port to listen on");
    server.port = ntohs(address.sin_port);
    snprintf(server.url, sizeof server.url, "http://127.0.0.1:%d/http-bind", server.port);
    cm.arrivals = server.arrivals =
        mmap(NULL, sizeof *cm.arrivals, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (server.arrivals == MAP_FAILED)
        bench_die("no shared memory");
    memset(server.arrivals, 0, sizeof *server.arrivals); /* no page faults later */
    fflush(stdout);
    server.pid = fork();
    if (server.pid < 0)
        bench_die("no process for the server");
    if (server.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(&cm);
    }
    close(cm.listener);
    return server;
}

void bench_server_stop(bench_server *server)
{
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
}

size_t bench_server_count(const bench_server *server)
{
    return __atomic_load_n(&server->arrivals->count, __ATOMIC_ACQUIRE);
}

int64_t bench_server_arrival_ns(const bench_server *server, size_t index)
{
    return server->arrivals->ns[index];
}

size_t bench_server_request_bytes(const bench_server *server, size_t index)
{
    return server->arrivals->bytes[index];
}
