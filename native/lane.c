/* SPDX-License-Identifier: MIT
 *
 * Multi handles, and what libcurl asks of an event loop for each. */
#include "door.h"

#include <stdlib.h>

#define PORTS_MAX 100

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *unused)
{
    struct lane *lane = user;
    struct socket *socket = bosh_origin_socket(lane->curl, fd);
    (void)easy, (void)unused;
    if (!socket)
        return -1;
    int events = (what == CURL_POLL_IN || what == CURL_POLL_INOUT ? BOSH_CURL_READ : 0) |
                 (what == CURL_POLL_OUT || what == CURL_POLL_INOUT ? BOSH_CURL_WRITE : 0);
    int known = socket->lane != NULL;
    socket->lane = events ? lane : NULL;
    return bosh_loop_watch(lane->curl, fd, events, known) ? -1 : 0;
}

static int on_timer(CURLM *multi, long delay_ms, void *user)
{
    struct lane *lane = user;
    (void)multi;
    bosh_deadlines_set(&lane->curl->lane_deadlines, &lane->due,
                       delay_ms < 0 ? BOSH_NEVER : bosh_curl_now_ms() + (bosh_time)delay_ms);
    bosh_loop_arm(lane->curl);
    return 0;
}

static struct lane *lane_new(bosh_curl *curl)
{
    size_t count = 1;
    for (struct link *at = curl->lanes.next; at != &curl->lanes; at = at->next)
        count++;
    struct lane *lane = calloc(1, sizeof *lane);
    CURLM *multi = curl_multi_init();
    if (!lane || !multi || bosh_deadlines_reserve(&curl->lane_deadlines, count)) {
        curl_multi_cleanup(multi);
        free(lane);
        return NULL;
    }
    lane->curl = curl;
    lane->multi = multi;
    lane->due.at_ms = BOSH_NEVER;
    list_init(&lane->origins);
    list_append(&curl->lanes, &lane->all);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, lane);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, lane);
    /* Two connections for each client, and some for those whose server closes the first. */
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)(3 * PORTS_MAX));
    return lane;
}

struct lane *bosh_lane_find(bosh_curl *curl)
{
    for (struct link *at = curl->lanes.next; at != &curl->lanes; at = at->next) {
        struct lane *lane = LIST_OF(at, struct lane, all);
        if (lane->port_count < PORTS_MAX)
            return lane;
    }
    return lane_new(curl);
}

void bosh_lane_act(struct lane *lane, curl_socket_t fd, int events)
{
    int running;
    int mask = (events & BOSH_CURL_READ ? CURL_CSELECT_IN : 0) |
               (events & BOSH_CURL_WRITE ? CURL_CSELECT_OUT : 0);
    lane->curl->inside++;
    curl_multi_socket_action(lane->multi, fd, mask, &running);
    lane->curl->inside--;
    bosh_attempt_settle(lane);
}

void bosh_lane_free_all(bosh_curl *curl)
{
    while (!list_is_empty(&curl->lanes)) {
        struct lane *lane = LIST_OF(curl->lanes.next, struct lane, all);
        curl_multi_cleanup(lane->multi);
        bosh_deadlines_set(&curl->lane_deadlines, &lane->due, BOSH_NEVER);
        bosh_origin_free_all(lane);
        list_remove(&lane->all);
        free(lane);
    }
    free(curl->lane_deadlines.heap);
}
