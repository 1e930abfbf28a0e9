/* SPDX-License-Identifier: MIT
 * The door in somebody else's event loop: a small one around poll(). */
#include "room.h"
#include "../check.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define FDS 32

/* The loop that the hooks serve. */
static struct loop {
    struct pollfd fds[FDS];
    int fd_count;
    int timer_set;
    bosh_time timer_ms;
    unsigned timer_calls;
    bosh_curl *curl;
} loop;

static void watch(int fd, int events, void *user)
{
    int i = 0;
    CHECK(user == &loop);
    while (i < loop.fd_count && loop.fds[i].fd != fd)
        i++;
    if (i == loop.fd_count && events)
        loop.fds[loop.fd_count++].fd = fd;
    loop.fds[i].events =
        (short)((events & BOSH_CURL_READ ? POLLIN : 0) | (events & BOSH_CURL_WRITE ? POLLOUT : 0));
    if (!events && i < loop.fd_count)
        loop.fds[i] = loop.fds[--loop.fd_count];
}

static void set_timer(int64_t delay_ms, void *user)
{
    CHECK(user == &loop);
    loop.timer_calls++;
    loop.timer_set = delay_ms >= 0;
    loop.timer_ms = bosh_curl_now_ms() + (bosh_time)(delay_ms < 0 ? 0 : delay_ms);
}

/* One turn of at most `limit_ms`. The number of things that happened. */
static int turn(int limit_ms)
{
    struct pollfd ready[FDS];
    bosh_time now_ms = bosh_curl_now_ms();
    int count = loop.fd_count, happened = 0;
    if (loop.timer_set && loop.timer_ms < now_ms + (bosh_time)limit_ms)
        limit_ms = loop.timer_ms > now_ms ? (int)(loop.timer_ms - now_ms) : 0;
    memcpy(ready, loop.fds, sizeof ready);
    poll(ready, (nfds_t)count, limit_ms);
    for (int i = 0; i < count && loop.curl; i++) {
        int events = (ready[i].revents & (POLLIN | POLLERR | POLLHUP) ? BOSH_CURL_READ : 0) |
                     (ready[i].revents & (POLLOUT | POLLERR | POLLHUP) ? BOSH_CURL_WRITE : 0);
        if (events) {
            bosh_curl_socket_ready(loop.curl, ready[i].fd, events);
            happened++;
        }
    }
    if (loop.curl && loop.timer_set && bosh_curl_now_ms() >= loop.timer_ms) {
        loop.timer_set = 0;
        bosh_curl_timer_expired(loop.curl);
        happened++;
    }
    return happened;
}

static bosh_client *new_client(void)
{
    bosh_client *client;
    bosh_config config;
    bosh_config_init(&config);
    config.url = "http://127.0.0.1/";
    if (bosh_curl_client_new(loop.curl, &config, &client))
        abort();
    return client;
}

static bosh_client *open_loop(void)
{
    bosh_curl_options options;
    memset(&loop, 0, sizeof loop);
    bosh_curl_options_init(&options);
    options.socket = watch;
    options.timer = set_timer;
    options.user = &loop;
    if (bosh_curl_new(&options, &loop.curl))
        abort();
    return new_client();
}

static void close_loop(void)
{
    bosh_curl_free(loop.curl);
    CHECK_INT(loop.fd_count, 0); /* nothing is watched that is closed */
}

static fake_exchange *finish(bosh_client *client, int id)
{
    bosh_time end_ms = bosh_curl_now_ms() + 5000;
    while (!client->exchanges[id].finished && bosh_curl_now_ms() < end_ms)
        turn(100);
    return &client->exchanges[id];
}

static void hooks_carry_exchanges(void)
{
    bosh_client *client = open_loop(), *other = new_client();
    CHECK_INT(loop.fd_count, 1); /* for wake-ups */
    int slow = fake_post(client, server_url("http", "/slow/300"), "<body/>");
    CHECK_INT(finish(other, fake_post(other, server_url("http", "/echo"), "<body/>"))->status, 200);
    CHECK_INT(client->exchanges[slow].finished, 0);
    CHECK_INT(finish(client, slow)->status, 200);
    CHECK_INT(finish(client, fake_post(client, server_url("http", "/drop"), "x"))->error,
              BOSH_ERR_RESET);
    close_loop();
}

static void hooks_wait_instead_of_spinning(void)
{
    bosh_client *client = open_loop();
    int id = fake_post(client, server_url("http", "/slow/300"), "<body/>"), turns = 0;
    for (; !client->exchanges[id].finished && turns < 1000; turns++)
        turn(1000);
    CHECK_INT(client->exchanges[id].status, 200);
    CHECK(turns < 30);
    close_loop();
}

static void timer_hook_is_told_of_wishes_and_deadlines(void)
{
    bosh_client *client = open_loop();
    CHECK_INT(loop.timer_set, 0);
    client->transport.wanted(client->transport.user);
    CHECK_INT(loop.timer_set, 1);
    CHECK_INT(client->pumps, 0);
    unsigned calls = loop.timer_calls;
    client->transport.wanted(client->transport.user);
    CHECK_INT(loop.timer_calls, calls); /* it knows already */
    bosh_time start_ms = bosh_curl_now_ms();
    client->deadline = start_ms + 80;
    turn(1000);
    CHECK_INT(client->pumps, 1);
    CHECK(loop.timer_set && loop.timer_ms >= start_ms + 80);
    while (client->pumps < 2 && bosh_curl_now_ms() < start_ms + 5000)
        turn(1000);
    CHECK_INT(client->pumps, 2);
    CHECK(bosh_curl_now_ms() >= start_ms + 80);
    CHECK_INT(loop.timer_set, 0);
    close_loop();
}

static void want_again(bosh_client *client)
{
    if (client->pumps < 4)
        client->transport.wanted(client->transport.user);
}

static void client_that_wants_more_is_pumped_again(void)
{
    bosh_client *client = open_loop();
    client->on_pump = want_again;
    client->transport.wanted(client->transport.user);
    for (int i = 0; i < 10; i++)
        turn(10);
    CHECK_INT(client->pumps, 4);
    close_loop();
}

static int posted;

static void note(void *arg)
{
    (void)arg;
    posted++;
}

static void *post_later(void *unused)
{
    struct timespec time = {0, 50000000};
    (void)unused;
    nanosleep(&time, NULL);
    bosh_curl_post(loop.curl, note, NULL);
    return NULL;
}

static void post_wakes_the_foreign_loop(void)
{
    pthread_t thread;
    posted = 0;
    open_loop();
    pthread_create(&thread, NULL, post_later, NULL);
    CHECK_INT(turn(5000), 1);
    CHECK_INT(posted, 1);
    pthread_join(thread, NULL);
    CHECK_INT(turn(20), 0); /* the wake-up is used up */
    close_loop();
}

static int nested_status;

static void turn_inside(bosh_client *client)
{
    client->on_pump = NULL;
    nested_status = finish(client, fake_post(client, server_url("http", "/echo"), "x"))->status;
}

static void foreign_loop_may_be_nested(void)
{
    bosh_client *client = open_loop();
    client->on_pump = turn_inside;
    client->transport.wanted(client->transport.user);
    turn(1000);
    CHECK_INT(nested_status, 200);
    close_loop();
}

static void blocking_calls_are_refused(void)
{
    open_loop();
    CHECK_INT(bosh_curl_turn(loop.curl, 0), BOSH_ERR_STATE);
    CHECK_INT(bosh_curl_run(loop.curl), BOSH_ERR_STATE);
    CHECK_INT(bosh_curl_fd(loop.curl), -1);
    close_loop();
}

static void free_curl(bosh_client *client)
{
    (void)client;
    bosh_curl_free(loop.curl);
    loop.curl = NULL;
}

static void everything_may_be_freed_in_a_handler(void)
{
    int alive = fake_alive;
    bosh_client *client = open_loop();
    client->on_pump = free_curl;
    fake_post(client, server_url("http", "/echo"), "<body/>");
    bosh_time end_ms = bosh_curl_now_ms() + 5000;
    while (loop.curl && bosh_curl_now_ms() < end_ms)
        turn(100);
    CHECK_INT(fake_alive, alive);
    CHECK_INT(loop.fd_count, 0);
}

static void half_a_set_of_hooks_is_refused(void)
{
    bosh_curl_options options;
    bosh_curl *curl;
    bosh_curl_options_init(&options);
    options.timer = set_timer;
    CHECK_INT(bosh_curl_new(&options, &curl), BOSH_ERR_ARGUMENT);
}

static const check_test tests[] = {
    {"hooks_carry_exchanges", hooks_carry_exchanges},
    {"hooks_wait_instead_of_spinning", hooks_wait_instead_of_spinning},
    {"timer_hook_is_told_of_wishes_and_deadlines", timer_hook_is_told_of_wishes_and_deadlines},
    {"client_that_wants_more_is_pumped_again", client_that_wants_more_is_pumped_again},
    {"post_wakes_the_foreign_loop", post_wakes_the_foreign_loop},
    {"foreign_loop_may_be_nested", foreign_loop_may_be_nested},
    {"blocking_calls_are_refused", blocking_calls_are_refused},
    {"everything_may_be_freed_in_a_handler", everything_may_be_freed_in_a_handler},
    {"half_a_set_of_hooks_is_refused", half_a_set_of_hooks_is_refused},
};

CHECK_MAIN(tests)
