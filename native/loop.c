/* SPDX-License-Identifier: MIT
 *
 * Turning the loop. All three ways of driving end in the same two steps: bosh_lane_act, which
 * lets libcurl work on one socket or on its timer, and flush, which does everything that is due
 * without waiting. */
#include "door.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

/* How often one flush looks again whether libcurl or a client has more to do at once. */
#define ROUNDS_MAX 8
#define EVENTS_MAX 64
#define SLEEP_NOTICED_MS 5000

struct posted {
    struct posted *next;
    void (*fn)(void *arg);
    void *arg;
};

/* ------------------------------------------------------------------------ when something is due */

static bosh_time next_deadline(const bosh_curl *curl)
{
    if (curl->wanted_count > 0)
        return 0;
    bosh_time clients = bosh_deadlines_next(&curl->port_deadlines);
    bosh_time libcurl = bosh_deadlines_next(&curl->lane_deadlines);
    return clients < libcurl ? clients : libcurl;
}

static int64_t delay_until(bosh_time deadline)
{
    bosh_time now_ms = bosh_curl_now_ms();
    if (deadline == BOSH_NEVER)
        return -1;
    bosh_time delay_ms = deadline > now_ms ? deadline - now_ms : 0;
    return delay_ms < INT_MAX ? (int64_t)delay_ms : INT_MAX;
}

int bosh_curl_timeout_ms(const bosh_curl *curl)
{
    return (int)delay_until(next_deadline(curl));
}

void bosh_loop_arm(bosh_curl *curl)
{
    bosh_time deadline = next_deadline(curl);
    if (!curl->settings.raw.timer || deadline == curl->armed)
        return;
    curl->armed = deadline;
    curl->settings.raw.timer(delay_until(deadline), curl->settings.raw.user);
}

int bosh_loop_watch(bosh_curl *curl, int fd, int events, int known)
{
    if (!curl->settings.raw.socket)
        return bosh_poller_watch(curl->poller, fd, events, known);
    curl->settings.raw.socket(fd, events, curl->settings.raw.user);
    return BOSH_OK;
}

/* ------------------------------------------------------------------------------- other threads */

static void drain_wakeups(bosh_curl *curl)
{
    char bytes[64];
    while (read(curl->wake_read, bytes, sizeof bytes) > 0)
        continue;
}

void bosh_curl_wakeup(bosh_curl *curl)
{
    if (!curl)
        return;
    int saved = errno; /* it may interrupt anything, as a signal handler */
    while (write(curl->wake_write, "", 1) < 0 && errno == EINTR)
        continue; /* a full pipe wakes as well */
    errno = saved;
}

void bosh_curl_stop(bosh_curl *curl)
{
    if (!curl)
        return;
    atomic_store(&curl->stopped, 1);
    bosh_curl_wakeup(curl);
}

int bosh_curl_post(bosh_curl *curl, void (*fn)(void *arg), void *arg)
{
    if (!curl || !fn)
        return BOSH_ERR_ARGUMENT;
    struct posted *posted = malloc(sizeof *posted);
    if (!posted)
        return BOSH_ERR_MEMORY;
    *posted = (struct posted){NULL, fn, arg};
    pthread_mutex_lock(&curl->mutex);
    if (curl->posted_last)
        curl->posted_last->next = posted;
    else
        curl->posted_first = posted;
    curl->posted_last = posted;
    curl->posted_count++;
    pthread_mutex_unlock(&curl->mutex);
    bosh_curl_wakeup(curl);
    return BOSH_OK;
}

static struct posted *take_posted(bosh_curl *curl)
{
    pthread_mutex_lock(&curl->mutex);
    struct posted *posted = curl->posted_first;
    if (posted) {
        curl->posted_first = posted->next;
        curl->posted_count--;
        if (!posted->next)
            curl->posted_last = NULL;
    }
    pthread_mutex_unlock(&curl->mutex);
    return posted;
}

/* Those that are there now: one that posts itself again waits for the next turn. */
static size_t run_posted(bosh_curl *curl)
{
    struct posted *posted;
    size_t ran = 0;
    pthread_mutex_lock(&curl->mutex);
    size_t count = curl->posted_count;
    pthread_mutex_unlock(&curl->mutex);
    for (; ran < count && (posted = take_posted(curl)) != NULL; ran++) {
        posted->fn(posted->arg);
        free(posted);
    }
    return ran;
}

void bosh_loop_drop_posted(bosh_curl *curl)
{
    struct posted *posted;
    while ((posted = take_posted(curl)) != NULL)
        free(posted);
}

/* -------------------------------------------------------------------------------------- turning */

static void notice_sleep(bosh_curl *curl)
{
    uint64_t asleep_ms = bosh_platform_asleep_ms();
    uint64_t gap_ms = asleep_ms - curl->asleep_ms;
    if (asleep_ms < curl->asleep_ms + SLEEP_NOTICED_MS)
        return;
    curl->asleep_ms = asleep_ms;
    bosh_port_each(curl, bosh_client_clock_jumped, gap_ms);
}

static void want_due(bosh_curl *curl)
{
    bosh_time now_ms = bosh_curl_now_ms();
    struct due *due;
    while ((due = bosh_deadlines_take(&curl->port_deadlines, now_ms)) != NULL)
        bosh_port_want(LIST_OF(due, struct port, due));
}

/* Those that are wanted now: a client may want another pump at once, and others are waiting. */
static size_t pump_wanted(bosh_curl *curl)
{
    size_t count = curl->wanted_count, pumped = 0;
    for (; pumped < count && !list_is_empty(&curl->wanted); pumped++)
        bosh_port_pump(LIST_OF(curl->wanted.next, struct port, wanted));
    return pumped;
}

/* Let libcurl do what its timers asked for. Returns 0 when there was nothing. */
static int act_due(bosh_curl *curl)
{
    bosh_time now_ms = bosh_curl_now_ms();
    struct due *due;
    size_t left = curl->lane_deadlines.size;
    int acted = 0;
    for (; left > 0 && (due = bosh_deadlines_take(&curl->lane_deadlines, now_ms)); left--) {
        bosh_lane_act(LIST_OF(due, struct lane, due), CURL_SOCKET_TIMEOUT, 0);
        acted = 1;
    }
    return acted;
}

/* Do everything that is due. Returns how much of it could matter to the program. */
static size_t flush(bosh_curl *curl)
{
    notice_sleep(curl);
    size_t done = run_posted(curl);
    want_due(curl);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        done += pump_wanted(curl);
        if (!act_due(curl))
            break;
    }
    return done;
}

static void leave(bosh_curl *curl)
{
    if (--curl->driven == 0 && curl->is_freed)
        bosh_curl_free(curl);
}

static void socket_ready(bosh_curl *curl, int fd, int events)
{
    if (fd == curl->wake_read)
        drain_wakeups(curl);
    else if ((size_t)fd < curl->sockets_capacity && curl->sockets[fd].lane)
        bosh_lane_act(curl->sockets[fd].lane, fd, events);
}

int bosh_curl_turn(bosh_curl *curl, int timeout_ms)
{
    struct poller_event events[EVENTS_MAX];
    if (curl->inside || curl->poller < 0)
        return BOSH_ERR_STATE;
    curl->driven++;
    if (flush(curl) > 0)
        timeout_ms = 0;
    int limit_ms = bosh_curl_timeout_ms(curl);
    if (timeout_ms < 0 || (limit_ms >= 0 && limit_ms < timeout_ms))
        timeout_ms = limit_ms;
    int count = bosh_poller_wait(curl->poller, events, EVENTS_MAX, timeout_ms);
    for (int i = 0; i < count; i++)
        socket_ready(curl, events[i].fd, events[i].events);
    flush(curl);
    leave(curl);
    return BOSH_OK;
}

int bosh_curl_run(bosh_curl *curl)
{
    curl->driven++;
    int error = bosh_curl_turn(curl, 0);
    while (!error && curl->active_count > 0 && !curl->is_freed && !atomic_load(&curl->stopped))
        error = bosh_curl_turn(curl, -1);
    atomic_store(&curl->stopped, 0);
    leave(curl);
    return error;
}

int bosh_curl_fd(const bosh_curl *curl)
{
    return curl->poller;
}

void bosh_curl_socket_ready(bosh_curl *curl, int fd, int events)
{
    if (curl->inside)
        return;
    curl->driven++;
    socket_ready(curl, fd, events);
    flush(curl);
    bosh_loop_arm(curl);
    leave(curl);
}

void bosh_curl_timer_expired(bosh_curl *curl)
{
    if (curl->inside)
        return;
    curl->armed = BOSH_NEVER;
    curl->driven++;
    flush(curl);
    bosh_loop_arm(curl);
    leave(curl);
}

static void tell_network_changed(bosh_client *client, uint64_t unused)
{
    (void)unused;
    bosh_client_network_changed(client);
}

void bosh_curl_network_changed(bosh_curl *curl)
{
    bosh_port_each(curl, tell_network_changed, 0);
    /* A connection that only looks alive would cost each of them a time-out. libcurl finds these
     * dead when it is about to use them. */
    bosh_origin_cut_all(curl);
}
