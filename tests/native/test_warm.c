/* SPDX-License-Identifier: MIT
 * The warm second connection that lets a login save a round trip. */
#include "room.h"
#include "../check.h"

static struct room room;

static int is_warm(bosh_client *client)
{
    return (fake_capabilities(client) & BOSH_TRANSPORT_WARM) != 0;
}

static void warm(bosh_client *client, const char *path)
{
    client->transport.warm(client->transport.user, server_url("http", path));
}

/* A login as it goes: a request, a warm-up beside it, both answered. */
static void log_in(const char *path)
{
    int id = fake_post(room.client, server_url("http", "/slow/60"), "<body/>");
    bosh_curl_turn(room.curl, 0);
    warm(room.client, path);
    room_wait(&room, room.client, id);
    bosh_time end_ms = bosh_curl_now_ms() + 5000;
    while (!is_warm(room.client) && bosh_curl_now_ms() < end_ms)
        bosh_curl_turn(room.curl, 10);
}

static void one_connection_is_not_warm(void)
{
    room_open(&room, NULL);
    CHECK_INT(is_warm(room.client), 0);
    CHECK_INT(room_post(&room, "http", "/echo")->status, 200);
    CHECK_INT(room_post(&room, "http", "/echo")->status, 200);
    CHECK_INT(is_warm(room.client), 0);
    room_close(&room);
}

static void warm_opens_a_second_connection(void)
{
    int before = room_opened();
    room_open(&room, NULL);
    log_in("/bind");
    CHECK_INT(is_warm(room.client), 1);
    CHECK_INT(room_opened() - before, 3);

    int first = fake_post(room.client, server_url("http", "/slow/50"), "<body/>");
    CHECK_INT(is_warm(room.client), 1); /* the second request still finds the other one */
    int second = fake_post(room.client, server_url("http", "/slow/50"), "<body/>");
    CHECK_INT(room_wait(&room, room.client, first)->status, 200);
    CHECK_INT(room_wait(&room, room.client, second)->status, 200);
    CHECK_INT(room_opened() - before, 4);
    CHECK_INT(room_count("OPTIONS.bind"), 1);
    room_close(&room);
}

static void warm_does_not_take_the_idle_connection(void)
{
    int before = room_opened();
    room_open(&room, NULL);
    CHECK_INT(room_post(&room, "http", "/echo")->status, 200);
    warm(room.client, "/idle");
    room_pass(&room, 300);
    CHECK_INT(is_warm(room.client), 1);
    CHECK_INT(room_opened() - before, 3);
    room_close(&room);
}

static void warm_connection_is_not_shared_by_hope(void)
{
    room_open(&room, NULL);
    log_in("/bind");
    bosh_client *other = room_add(&room);
    int first = fake_post(other, server_url("http", "/slow/100"), "<body/>");
    CHECK_INT(is_warm(room.client), 0); /* the other client has taken one of the two */
    room_wait(&room, other, first);
    CHECK_INT(is_warm(room.client), 1);
    CHECK_INT(is_warm(other), 0);
    bosh_client_free(other);
    room_close(&room);
}

static void warm_ends_when_a_connection_closes(void)
{
    room_open(&room, NULL);
    log_in("/bind");
    CHECK_INT(is_warm(room.client), 1);
    CHECK_INT(room_post(&room, "http", "/close")->status, 200);
    CHECK_INT(is_warm(room.client), 0);
    room_close(&room);
}

static void warm_is_not_repeated(void)
{
    room_open(&room, NULL);
    log_in("/twice");
    warm(room.client, "/twice");
    room_pass(&room, 50);
    CHECK_INT(room_count("OPTIONS.twice"), 1);
    room_close(&room);
}

static void failed_warm_up_is_ignored(void)
{
    room_open(&room, NULL);
    room.client->transport.warm(room.client->transport.user, "http://127.0.0.1:1/");
    room.client->transport.warm(room.client->transport.user, "nonsense");
    CHECK_INT(room_post(&room, "http", "/echo")->status, 200);
    room_pass(&room, 20);
    CHECK_INT(is_warm(room.client), 0);
    room_close(&room);
}

static void client_freed_during_a_warm_up(void)
{
    room_open(&room, NULL);
    bosh_client *other = room_add(&room);
    warm(other, "/bind");
    bosh_curl_turn(room.curl, 0);
    bosh_client_free(other);
    CHECK_INT(room_post(&room, "http", "/echo")->status, 200);
    room_close(&room);
}

static const check_test tests[] = {
    {"one_connection_is_not_warm", one_connection_is_not_warm},
    {"warm_opens_a_second_connection", warm_opens_a_second_connection},
    {"warm_does_not_take_the_idle_connection", warm_does_not_take_the_idle_connection},
    {"warm_connection_is_not_shared_by_hope", warm_connection_is_not_shared_by_hope},
    {"warm_ends_when_a_connection_closes", warm_ends_when_a_connection_closes},
    {"warm_is_not_repeated", warm_is_not_repeated},
    {"failed_warm_up_is_ignored", failed_warm_up_is_ignored},
    {"client_freed_during_a_warm_up", client_freed_during_a_warm_up},
};

CHECK_MAIN(tests)
