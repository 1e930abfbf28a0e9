/* SPDX-License-Identifier: MIT
 *
 * Waiting for sockets where the program gives no hooks: epoll, whose cost does not grow with the
 * number of sockets, and whose descriptor another loop can watch. */
#include "door.h"

#ifdef __linux__

#include <errno.h>
#include <sys/epoll.h>

#define BATCH 64

int bosh_poller_new(void)
{
    int poller = epoll_create1(EPOLL_CLOEXEC);
    return poller < 0 ? BOSH_ERR_MEMORY : poller;
}

int bosh_poller_watch(int poller, int fd, int events, int known)
{
    struct epoll_event event = {0};
    event.data.fd = fd;
    event.events = (events & BOSH_CURL_READ ? (uint32_t)EPOLLIN : 0) |
                   (events & BOSH_CURL_WRITE ? (uint32_t)EPOLLOUT : 0);
    int operation = !events ? EPOLL_CTL_DEL : known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(poller, operation, fd, &event) == 0 || !events)
        return BOSH_OK; /* a closed socket has left the set already */
    if (errno == EEXIST || errno == ENOENT)
        operation = errno == EEXIST ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    else
        return BOSH_ERR_MEMORY;
    return epoll_ctl(poller, operation, fd, &event) == 0 ? BOSH_OK : BOSH_ERR_MEMORY;
}

int bosh_poller_wait(int poller, struct poller_event *events, int max, int timeout_ms)
{
    struct epoll_event ready[BATCH];
    int count = epoll_wait(poller, ready, max < BATCH ? max : BATCH, timeout_ms);
    for (int i = 0; i < count; i++) {
        uint32_t flags = ready[i].events;
        events[i].fd = ready[i].data.fd;
        events[i].events = (flags & (EPOLLIN | EPOLLERR | EPOLLHUP) ? BOSH_CURL_READ : 0) |
                           (flags & (EPOLLOUT | EPOLLERR | EPOLLHUP) ? BOSH_CURL_WRITE : 0);
    }
    return count < 0 ? 0 : count;
}

#else

int bosh_poller_new(void)
{
    return BOSH_ERR_UNSUPPORTED;
}

int bosh_poller_watch(int poller, int fd, int events, int known)
{
    (void)poller, (void)fd, (void)events, (void)known;
    return BOSH_ERR_UNSUPPORTED;
}

int bosh_poller_wait(int poller, struct poller_event *events, int max, int timeout_ms)
{
    (void)poller, (void)events, (void)max, (void)timeout_ms;
    return 0;
}

#endif
