/* SPDX-License-Identifier: MIT
 *
 * What the operating system is asked for besides sockets: clocks and random numbers. */
#define _GNU_SOURCE
#include "door.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

static uint64_t read_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bosh_time bosh_curl_now_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

uint64_t bosh_platform_asleep_ms(void)
{
#ifdef CLOCK_BOOTTIME
    uint64_t running_ms = read_ms(CLOCK_MONOTONIC);
    uint64_t since_boot_ms = read_ms(CLOCK_BOOTTIME);
    return since_boot_ms > running_ms ? since_boot_ms - running_ms : 0;
#else
    return 0;
#endif
}

int bosh_platform_entropy(void *buffer, size_t size, void *user)
{
    char *at = buffer;
    (void)user;
    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return BOSH_ERR_ENTROPY;
        at += got;
        size -= (size_t)got;
    }
    return 0;
}
