/* SPDX-License-Identifier: MIT
 * Blocking driving: run, turn, wake-ups, posts, deadlines, and clients that come and go in it. */
#include "room.h"
#include "../check.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS 500

static struct room room;

/* Linked with --wrap: the host sleeps when a test says so. */
uint64_t __real_bosh_platform_asleep_ms(void);
uint64_t __wrap_bosh_platform_asleep_ms(void);
static uint64_t slept_ms;

uint64_t __wrap_bosh_platform_asleep_ms(void)
{
    return __real_bosh_platform_asleep_ms() + slept_ms;
}

static void pause_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* ------------------------------------------------------------------------------------- clients */

static void end(bosh_client *client)
{
    client->state = BOSH_STATE_ENDED;
}

static void post_then_end(bosh_client *client)
{
    if (client->last_id == 0)
        fake_post(client, server_url("http", "/echo"), "<body/>");
    else if (client->exchanges[1].finished)
        client->state = BOSH_STATE_ENDED;
}

static void run_ends_with_its_clients(void)
{
    room_open(&room, NULL);
    CHECK_INT(bosh_curl_run(room.curl), 0); /* nobody connected */
    bosh_client *other = room_add(&room);
    room.client->on_pump = post_then_end;
    other->on_pump = post_then_end;
    bosh_client_connect(room.client);
    bosh_client_connect(other);
    CHECK_INT(bosh_curl_run(room.curl), 0);
    CHECK_INT(room.client->exchanges[1].status, 200);
    CHECK_INT(other->exchanges[1].status, 200);
    room_close(&room);
}

static void wanted_client_is_pumped_once_in_the_next_turn(void)
{
    room_open(&room, NULL);
    room.client->transport.wanted(room.client->transport.user);
    room.client->transport.wanted(room.client->transport.user);
    CHECK_INT(room.client->pumps, 0);
    CHECK_INT(bosh_curl_timeout_ms(room.curl), 0);
    CHECK_INT(bosh_curl_turn(room.curl, -1), 0); /* returns: there was something to do */
    CHECK_INT(room.client->pumps, 1);
    CHECK_INT(bosh_curl_timeout_ms(room.curl), -1);
    bosh_curl_turn(room.curl, 0);
    CHECK_INT(room.client->pumps, 1);
    room_close(&room);
}

static bosh_client *pumped[CLIENTS];
static size_t pumped_count;

static void note_pump(bosh_client *client)
{
    if (pumped_count < CLIENTS)
        pumped[pumped_count++] = client;
}

static void deadlines_are_met_in_order(void)
{
    static bosh_client *clients[CLIENTS];
    bosh_time due[CLIENTS];
    room_open(&room, NULL);
    for (size_t i = 0; i < CLIENTS; i++)
        clients[i] = room_add(&room);
    bosh_time start = bosh_curl_now_ms() + 500;
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i]->deadline = start + i * 7919 % CLIENTS;
        clients[i]->user = &due[i];
        due[i] = clients[i]->deadline;
        clients[i]->transport.wanted(clients[i]->transport.user);
    }
    bosh_curl_turn(room.curl, 0);
    for (size_t i = 0; i < CLIENTS; i += 5)
        bosh_client_free(clients[i]);
    pumped_count = 0;
    for (size_t i = 0; i < CLIENTS; i++)
        if (i % 5)
            clients[i]->on_pump = note_pump;
    while (pumped_count < CLIENTS - CLIENTS / 5 && bosh_curl_now_ms() < start + 5000)
        bosh_curl_turn(room.curl, 1000);
    CHECK_INT(pumped_count, CLIENTS - CLIENTS / 5);
    for (size_t i = 1; i < pumped_count; i++)
        CHECK(*(bosh_time *)pumped[i - 1]->user <= *(bosh_time *)pumped[i]->user);
    CHECK(bosh_curl_now_ms() >= start + CLIENTS - 1);
    room_close(&room);
}

static void many_clients_have_exchanges(void)
{
    static bosh_client *clients[CLIENTS / 2];
    size_t count = CLIENTS / 2, done = 0;
    room_open(&room, NULL);
    for (size_t i = 0; i < count; i++) {
        clients[i] = room_add(&room);
        fake_post(clients[i], server_url("http", "/slow/100"), "<body/>");
    }
    for (size_t i = 0; i < count; i++)
        done += room_wait(&room, clients[i], 1)->status == 200;
    CHECK_INT(done, count);
    room_close(&room);
}

static void timeout_follows_the_deadline(void)
{
    room_open(&room, NULL);
    room.client->deadline = bosh_curl_now_ms() + 5000;
    room.client->transport.wanted(room.client->transport.user);
    bosh_curl_turn(room.curl, 0);
    int timeout_ms = bosh_curl_timeout_ms(room.curl);
    CHECK(timeout_ms > 4000 && timeout_ms <= 5000);
    room_close(&room);
}

static void free_self(bosh_client *client)
{
    fake_post(client, server_url("http", "/echo"), "<body/>");
    bosh_client_free(client);
}

static bosh_client *victim;

static void free_victim(bosh_client *client)
{
    (void)client;
    bosh_client_free(victim);
    victim = NULL;
}

static void clients_are_freed_in_callbacks(void)
{
    room_open(&room, NULL);
    bosh_client *other = room_add(&room);
    other->on_pump = free_self;
    fake_post(other, server_url("http", "/slow/20"), "<body/>");
    int alive = fake_alive;
    bosh_time end_ms = bosh_curl_now_ms() + 5000;
    while (fake_alive == alive && bosh_curl_now_ms() < end_ms)
        bosh_curl_turn(room.curl, 100);
    CHECK_INT(fake_alive, alive - 1);

    victim = room_add(&room);
    room.client->on_pump = free_victim;
    /* Both are wanted: the second one must have left the list. */
    room.client->transport.wanted(room.client->transport.user);
    victim->transport.wanted(victim->transport.user);
    fake_post(victim, server_url("http", "/hold"), "<body/>");
    room_pass(&room, 30);
    CHECK_INT(fake_alive, alive - 1);
    room.client->on_pump = NULL;
    CHECK_INT(room_post(&room, "http", "/echo")->status, 200);
    room_close(&room);
}

static void curl_frees_the_clients_that_are_left(void)
{
    int alive = fake_alive;
    room_open(&room, NULL);
    fake_post(room_add(&room), server_url("http", "/hold"), "<body/>");
    bosh_curl_turn(room.curl, 0);
    room_close(&room);
    CHECK_INT(fake_alive, alive);
}

/* ---------------------------------------------------------------------------- nested driving */

static int nested_status, nested_turns;

static void turn_inside(bosh_client *client)
{
    client->on_pump = NULL;
    int id = fake_post(client, server_url("http", "/slow/60"), "<body/>");
    fake_post(client, server_url("http", "/echo"), "<body/>"); /* so that it is pumped meanwhile */
    client->deadline = 0; /* and has something due, which has to wait for this handler */
    for (nested_turns = 0; !client->exchanges[id].finished && nested_turns < 1000; nested_turns++)
        bosh_curl_turn(room.curl, -1);
    nested_status = client->exchanges[id].status;
}

static void handlers_may_turn_the_loop(void)
{
    room_open(&room, NULL);
    bosh_client *other = room_add(&room);
    int beside = fake_post(other, server_url("http", "/slow/30"), "<body/>");
    room.client->on_pump = turn_inside;
    room.client->transport.wanted(room.client->transport.user);
    bosh_curl_turn(room.curl, 0);
    CHECK_INT(nested_status, 200);
    CHECK_INT(other->exchanges[beside].status, 200);
    CHECK(nested_turns < 50); /* it waited, it did not spin */
    bosh_client_free(other);
    room_close(&room);
}

static void free_self_in_nested_turn(bosh_client *client)
{
    bosh_client_free(client);
    client->transport.wanted(client->transport.user);
    bosh_curl_turn(room.curl, 0);
}

static void client_freed_in_a_nested_turn_goes_when_its_pump_returns(void)
{
    room_open(&room, NULL);
    bosh_client *other = room_add(&room);
    int alive = fake_alive;
    other->on_pump = free_self_in_nested_turn;
    other->transport.wanted(other->transport.user);
    bosh_curl_turn(room.curl, 0);
    CHECK_INT(fake_alive, alive - 1);
    room_close(&room);
}

/* -------------------------------------------------------------- a bosh_curl freed in a callback */

static void free_curl(void *unused)
{
    (void)unused;
    bosh_curl_free(room.curl);
}

static void free_curl_in_pump(bosh_client *client)
{
    fake_post(client, server_url("http", "/echo"), "<body/>");
    bosh_curl_free(room.curl);
    bosh_curl_free(room.curl); /* changes nothing */
}

static void must_not_run(void *unused)
{
    (void)unused;
    CHECK(!"called back after bosh_curl_free");
}

/* A room with another client that waits for an answer; returns how many there were before. */
static int open_busy_room(bosh_client **other)
{
    int alive = fake_alive;
    room_open(&room, NULL);
    *other = room_add(&room);
    bosh_client_connect(*other);
    fake_post(*other, server_url("http", "/hold"), "<body/>");
    bosh_curl_turn(room.curl, 0);
    return alive;
}

static void curl_is_freed_in_a_handler(void)
{
    bosh_client *other;
    int alive = open_busy_room(&other);
    room.client->on_pump = free_curl_in_pump;
    bosh_client_connect(room.client);
    CHECK_INT(bosh_curl_run(room.curl), 0); /* it would wait for the other one */
    CHECK_INT(fake_alive, alive);
}

static void curl_is_freed_in_a_post(void)
{
    bosh_client *other;
    int alive = open_busy_room(&other);
    bosh_curl_post(room.curl, free_curl, NULL);
    bosh_curl_post(room.curl, must_not_run, NULL);
    CHECK_INT(bosh_curl_turn(room.curl, -1), 0);
    CHECK_INT(fake_alive, alive);
}

static void run_inside(bosh_client *client)
{
    client->on_pump = NULL;
    bosh_curl_post(room.curl, free_curl, NULL);
    CHECK_INT(bosh_curl_run(room.curl), 0);
    CHECK_INT(fake_alive, *(const int *)client->user + 1); /* itself */
}

static void curl_is_freed_in_a_nested_run(void)
{
    bosh_client *other;
    int alive = open_busy_room(&other);
    bosh_client_connect(room.client);
    bosh_curl_turn(room.curl, 0);
    room.client->on_pump = run_inside;
    room.client->user = &alive;
    room.client->transport.wanted(room.client->transport.user);
    CHECK_INT(bosh_curl_run(room.curl), 0);
    CHECK_INT(fake_alive, alive);
}

/* ---------------------------------------------------------------------- on the stack of libcurl */

static int refused;

static void turn_on_the_stack_of_libcurl(bosh_client *client)
{
    client->on_bytes = NULL;
    refused = bosh_curl_turn(room.curl, 0);
}

static void turning_on_the_stack_of_libcurl_is_refused(void)
{
    room_open(&room, NULL);
    room.client->on_bytes = turn_on_the_stack_of_libcurl;
    CHECK_INT(room_post(&room, "http", "/echo")->status, 200);
    CHECK_INT(refused, BOSH_ERR_STATE);
    room_close(&room);
}

/* ------------------------------------------------------------------- other threads and signals */

static int order[3], ran;

static void note_post(void *arg)
{
    order[ran++] = *(int *)arg;
}

static void what_is_missing_is_told(void)
{
    bosh_config config;
    bosh_curl_options zeroed = {0};
    bosh_curl *curl = NULL;
    bosh_client *client = NULL;
    room_open(&room, NULL);
    bosh_config_init(&config);
    CHECK_INT(bosh_curl_new(NULL, NULL), BOSH_ERR_ARGUMENT);
    zeroed.insecure = 1; /* without bosh_curl_options_init nobody would read it */
    CHECK_INT(bosh_curl_new(&zeroed, &curl), BOSH_ERR_ARGUMENT);
    CHECK(!curl);
    CHECK_INT(bosh_curl_client_new(NULL, &config, &client), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_curl_client_new(room.curl, NULL, &client), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_curl_client_new(room.curl, &config, NULL), BOSH_ERR_ARGUMENT);
    config.struct_size = 0;
    CHECK_INT(bosh_curl_client_new(room.curl, &config, &client), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_curl_post(NULL, note_post, NULL), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_curl_post(room.curl, NULL, NULL), BOSH_ERR_ARGUMENT);
    CHECK_STR(bosh_curl_failure(NULL, room.client), "");
    CHECK_STR(bosh_curl_failure(room.curl, NULL), "");
    bosh_curl_wakeup(NULL); /* as a signal handler may do before there is one */
    bosh_curl_stop(NULL);
    room_close(&room);
}

static void options_of_an_older_header_work(void)
{
    bosh_curl_options options;
    bosh_curl *curl = NULL;
    memset(&options, 0xFF, sizeof options);
    bosh_curl_options_init_sized(&options, offsetof(bosh_curl_options, timer));
    CHECK_INT(bosh_curl_new(&options, &curl), 0); /* a hook without the other would be refused */
    CHECK(bosh_curl_fd(curl) >= 0);
    bosh_curl_free(curl);
}

static void *post_three(void *unused)
{
    static int numbers[3] = {1, 2, 3};
    (void)unused;
    pause_ms(50);
    for (int i = 0; i < 3; i++)
        bosh_curl_post(room.curl, note_post, &numbers[i]);
    return NULL;
}

static void posts_run_in_order_and_wake_the_loop(void)
{
    pthread_t thread;
    ran = 0;
    room_open(&room, NULL);
    pthread_create(&thread, NULL, post_three, NULL);
    bosh_time start = bosh_curl_now_ms();
    while (ran < 3 && bosh_curl_now_ms() < start + 5000)
        bosh_curl_turn(room.curl, 5000);
    pthread_join(thread, NULL);
    CHECK_INT(ran, 3);
    CHECK(order[0] == 1 && order[1] == 2 && order[2] == 3);
    CHECK(bosh_curl_now_ms() < start + 5000);
    room_close(&room);
}

static void post_again(void *arg)
{
    (void)arg;
    if (++ran < 10)
        bosh_curl_post(room.curl, post_again, NULL);
}

static void post_that_posts_again_waits_for_the_next_turn(void)
{
    ran = 0;
    room_open(&room, NULL);
    bosh_curl_post(room.curl, post_again, NULL);
    bosh_curl_turn(room.curl, 0);
    CHECK(ran >= 1 && ran <= 2); /* a turn looks twice: before and after it waits */
    for (int i = 0; i < 10; i++)
        bosh_curl_turn(room.curl, 1);
    CHECK_INT(ran, 10);
    bosh_curl_post(room.curl, post_again, NULL); /* never run: dropped by bosh_curl_free */
    room_close(&room);
    CHECK_INT(ran, 10);
}

static void *wake_later(void *unused)
{
    (void)unused;
    pause_ms(50);
    bosh_curl_wakeup(room.curl);
    return NULL;
}

static void wakeup_ends_a_wait(void)
{
    pthread_t thread;
    room_open(&room, NULL);
    pthread_create(&thread, NULL, wake_later, NULL);
    bosh_time start = bosh_curl_now_ms();
    bosh_curl_turn(room.curl, 5000);
    CHECK(bosh_curl_now_ms() < start + 5000);
    pthread_join(thread, NULL);
    for (int i = 0; i < 100000; i++) /* more than the pipe holds */
        bosh_curl_wakeup(room.curl);
    bosh_curl_turn(room.curl, -1);
    start = bosh_curl_now_ms();
    bosh_curl_turn(room.curl, 30);
    CHECK(bosh_curl_now_ms() >= start + 30); /* and nothing of it is left */
    room_close(&room);
}

static void on_alarm(int signal)
{
    (void)signal;
    bosh_curl_stop(room.curl);
}

static void stop_works_from_a_signal_handler(void)
{
    room_open(&room, NULL);
    bosh_client_connect(room.client); /* and never ends */
    signal(SIGALRM, on_alarm);
    alarm(1);
    CHECK_INT(bosh_curl_run(room.curl), 0);
    CHECK_INT(room.client->state, BOSH_STATE_CONNECTING);
    bosh_curl_stop(room.curl);
    CHECK_INT(bosh_curl_run(room.curl), 0); /* returns after one turn */
    room.client->on_pump = end;
    room.client->transport.wanted(room.client->transport.user);
    CHECK_INT(bosh_curl_run(room.curl), 0);
    room_close(&room);
}

static void descriptor_tells_when_to_turn(void)
{
    room_open(&room, NULL);
    struct pollfd poll_fd = {.fd = bosh_curl_fd(room.curl), .events = POLLIN};
    CHECK_INT(poll(&poll_fd, 1, 0), 0);
    bosh_curl_wakeup(room.curl);
    CHECK_INT(poll(&poll_fd, 1, 0), 1);
    bosh_curl_turn(room.curl, 0);
    CHECK_INT(poll(&poll_fd, 1, 0), 0);
    int id = fake_post(room.client, server_url("http", "/slow/50"), "<body/>");
    bosh_time end_ms = bosh_curl_now_ms() + 5000;
    while (!room.client->exchanges[id].finished && bosh_curl_now_ms() < end_ms) {
        poll(&poll_fd, 1, bosh_curl_timeout_ms(room.curl));
        bosh_curl_turn(room.curl, 0);
    }
    CHECK_INT(room.client->exchanges[id].status, 200);
    room_close(&room);
}

/* ---------------------------------------------------------------------------- time and network */

static void sleep_of_the_host_is_told(void)
{
    room_open(&room, NULL);
    bosh_client *other = room_add(&room);
    slept_ms += 3000;
    bosh_curl_turn(room.curl, 0);
    CHECK_INT(room.client->jumped_ms, 0);
    slept_ms += 600000;
    bosh_curl_turn(room.curl, 0);
    CHECK(room.client->jumped_ms >= 600000 && room.client->jumped_ms < 610000);
    CHECK_INT(room.client->jumped_ms, other->jumped_ms);
    uint64_t told_ms = other->jumped_ms;
    bosh_curl_turn(room.curl, 0);
    CHECK_INT(other->jumped_ms, told_ms);
    room_close(&room);
}

static void network_change_cuts_connections(void)
{
    int before = room_opened();
    room_open(&room, NULL);
    CHECK_INT(room_post(&room, "http", "/echo")->status, 200);
    int held = fake_post(room.client, server_url("http", "/hold"), "<body/>");
    bosh_curl_turn(room.curl, 0);
    unsigned pumps = room.client->pumps;
    bosh_curl_network_changed(room.curl);
    CHECK_INT(room.client->network_changes, 1);
    CHECK_INT(room.client->pumps, pumps);
    CHECK_INT(room_wait(&room, room.client, held)->error, BOSH_ERR_RESET);
    CHECK_INT(room_post(&room, "http", "/echo")->status, 200);
    bosh_curl_network_changed(room.curl);
    CHECK_INT(room_post(&room, "http", "/echo")->status, 200);
    room_close(&room);
    CHECK_INT(room_opened() - before, 4);
}

static const check_test tests[] = {
    {"run_ends_with_its_clients", run_ends_with_its_clients},
    {"wanted_client_is_pumped_once_in_the_next_turn",
     wanted_client_is_pumped_once_in_the_next_turn},
    {"deadlines_are_met_in_order", deadlines_are_met_in_order},
    {"many_clients_have_exchanges", many_clients_have_exchanges},
    {"timeout_follows_the_deadline", timeout_follows_the_deadline},
    {"clients_are_freed_in_callbacks", clients_are_freed_in_callbacks},
    {"curl_frees_the_clients_that_are_left", curl_frees_the_clients_that_are_left},
    {"handlers_may_turn_the_loop", handlers_may_turn_the_loop},
    {"client_freed_in_a_nested_turn_goes_when_its_pump_returns",
     client_freed_in_a_nested_turn_goes_when_its_pump_returns},
    {"curl_is_freed_in_a_handler", curl_is_freed_in_a_handler},
    {"curl_is_freed_in_a_post", curl_is_freed_in_a_post},
    {"curl_is_freed_in_a_nested_run", curl_is_freed_in_a_nested_run},
    {"turning_on_the_stack_of_libcurl_is_refused", turning_on_the_stack_of_libcurl_is_refused},
    {"what_is_missing_is_told", what_is_missing_is_told},
    {"options_of_an_older_header_work", options_of_an_older_header_work},
    {"posts_run_in_order_and_wake_the_loop", posts_run_in_order_and_wake_the_loop},
    {"post_that_posts_again_waits_for_the_next_turn",
     post_that_posts_again_waits_for_the_next_turn},
    {"wakeup_ends_a_wait", wakeup_ends_a_wait},
    {"stop_works_from_a_signal_handler", stop_works_from_a_signal_handler},
    {"descriptor_tells_when_to_turn", descriptor_tells_when_to_turn},
    {"sleep_of_the_host_is_told", sleep_of_the_host_is_told},
    {"network_change_cuts_connections", network_change_cuts_connections},
};

CHECK_MAIN(tests)
