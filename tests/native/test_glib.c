/* SPDX-License-Identifier: MIT
 * The door in a GLib main loop, nested ones included. */
#include "room.h"
#include "../check.h"

#include <bosh/glib.h>

#define PATIENCE_MS 5000

static struct room room;
static GSource *source;
static unsigned iterations;

/* Counts the turns of the main loop: a loop that spins makes thousands. */
static gint counting_poll(GPollFD *fds, guint count, gint timeout_ms)
{
    iterations++;
    return g_poll(fds, count, timeout_ms);
}

static void open_room(void)
{
    room_open(&room, NULL);
    source = bosh_glib_source_new(room.curl);
    g_source_attach(source, NULL);
    g_main_context_set_poll_func(NULL, counting_poll);
    iterations = 0;
}

static void close_room(void)
{
    g_source_destroy(source);
    g_source_unref(source);
    room_close(&room);
}

static gboolean give_up(gpointer loop)
{
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

/* The loop that on_pump ends once the exchange is finished. */
static GMainLoop *waiting;
static int awaited;

static void quit_when_finished(bosh_client *client)
{
    if (awaited && client->exchanges[awaited].finished && waiting)
        g_main_loop_quit(waiting);
}

static void run_until_finished(bosh_client *client, int id)
{
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    guint limit = g_timeout_add(PATIENCE_MS, give_up, loop);
    waiting = loop;
    awaited = id;
    client->on_pump = quit_when_finished;
    g_main_loop_run(loop);
    if (client->exchanges[id].finished)
        g_source_remove(limit);
    waiting = NULL;
    g_main_loop_unref(loop);
}

static void main_loop_carries_exchanges(void)
{
    open_room();
    int id = fake_post(room.client, server_url("http", "/slow/300"), "<body/>");
    run_until_finished(room.client, id);
    CHECK_INT(room.client->exchanges[id].status, 200);
    CHECK(iterations < 50);
    id = fake_post(room.client, server_url("http", "/echo"), "<body/>");
    run_until_finished(room.client, id);
    CHECK_INT(room.client->exchanges[id].status, 200);
    close_room();
}

static gint64 pumped_at_us;

static void note_time(bosh_client *client)
{
    if (client->deadline == BOSH_NEVER) {
        pumped_at_us = g_get_monotonic_time();
        g_main_loop_quit(waiting);
    }
}

static void deadline_is_met_without_spinning(void)
{
    for (int round = 0; round < 20; round++) {
        open_room();
        GMainLoop *loop = g_main_loop_new(NULL, FALSE);
        bosh_time deadline_ms = bosh_curl_now_ms() + 20;
        room.client->deadline = deadline_ms;
        room.client->transport.wanted(room.client->transport.user);
        room.client->on_pump = note_time;
        waiting = loop;
        g_main_loop_run(loop);
        CHECK(pumped_at_us >= (gint64)deadline_ms * 1000);
        CHECK(iterations <= 5);
        waiting = NULL;
        g_main_loop_unref(loop);
        close_room();
    }
}

static int nested_status, other_status;
static bosh_client *other;

/* A handler that opens a dialog: it runs a main loop of its own until an answer came. */
static void handler_with_nested_loop(bosh_client *client)
{
    GMainLoop *outer = waiting;
    int outer_awaited = awaited;
    client->on_pump = NULL;
    int id = fake_post(client, server_url("http", "/slow/30"), "<body/>");
    int beside = fake_post(other, server_url("http", "/slow/300"), "<body/>");
    run_until_finished(other, beside); /* `client` is being pumped: the other one ends the loop */
    nested_status = client->exchanges[id].status;
    other_status = other->exchanges[beside].status;
    waiting = outer;
    awaited = outer_awaited;
    client->on_pump = quit_when_finished;
}

static void main_loop_may_be_nested_in_a_handler(void)
{
    open_room();
    other = room_add(&room);
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    guint limit = g_timeout_add(2 * PATIENCE_MS, give_up, loop);
    waiting = loop;
    awaited = fake_post(room.client, server_url("http", "/slow/600"), "<body/>");
    room.client->on_pump = handler_with_nested_loop;
    room.client->transport.wanted(room.client->transport.user);
    g_main_loop_run(loop);
    CHECK_INT(nested_status, 200);
    CHECK_INT(other_status, 200);
    CHECK_INT(room.client->exchanges[1].status, 200);
    CHECK(iterations < 100);
    g_source_remove(limit);
    g_main_loop_unref(loop);
    bosh_client_free(other);
    close_room();
}

static void free_all(bosh_client *client)
{
    (void)client;
    g_main_loop_quit(waiting);
    g_source_destroy(source);
    g_source_unref(source);
    bosh_curl_free(room.curl);
}

static void everything_may_be_freed_in_a_handler(void)
{
    int alive = fake_alive;
    open_room();
    GMainLoop *loop = waiting = g_main_loop_new(NULL, FALSE);
    room.client->on_pump = free_all;
    fake_post(room.client, server_url("http", "/echo"), "<body/>");
    g_main_loop_run(loop);
    CHECK_INT(fake_alive, alive);
    g_main_loop_unref(loop);
    waiting = NULL;
    while (g_main_context_iteration(NULL, FALSE))
        continue;
}

static void quit_posted(void *loop)
{
    g_main_loop_quit(loop);
}

static gpointer post_later(gpointer loop)
{
    g_usleep(50000);
    bosh_curl_post(room.curl, quit_posted, loop);
    return NULL;
}

static void post_wakes_the_main_loop(void)
{
    open_room();
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    gint64 start_us = g_get_monotonic_time();
    guint limit = g_timeout_add(PATIENCE_MS, give_up, loop);
    GThread *thread = g_thread_new("post", post_later, loop);
    g_main_loop_run(loop);
    CHECK(g_get_monotonic_time() < start_us + PATIENCE_MS * 1000);
    g_thread_join(thread);
    g_source_remove(limit);
    g_main_loop_unref(loop);
    close_room();
}

static void hook(int fd, int events, void *user)
{
    (void)fd, (void)events, (void)user;
}

static void hook_timer(int64_t delay_ms, void *user)
{
    (void)delay_ms, (void)user;
}

static void source_needs_a_curl_without_hooks(void)
{
    bosh_curl *curl;
    bosh_curl_options options;
    bosh_curl_options_init(&options);
    options.socket = hook;
    options.timer = hook_timer;
    CHECK_INT(bosh_curl_new(&options, &curl), 0);
    CHECK(bosh_glib_source_new(curl) == NULL);
    bosh_curl_free(curl);
}

static const check_test tests[] = {
    {"main_loop_carries_exchanges", main_loop_carries_exchanges},
    {"deadline_is_met_without_spinning", deadline_is_met_without_spinning},
    {"main_loop_may_be_nested_in_a_handler", main_loop_may_be_nested_in_a_handler},
    {"everything_may_be_freed_in_a_handler", everything_may_be_freed_in_a_handler},
    {"post_wakes_the_main_loop", post_wakes_the_main_loop},
    {"source_needs_a_curl_without_hooks", source_needs_a_curl_without_hooks},
};

CHECK_MAIN(tests)
