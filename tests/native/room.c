/* SPDX-License-Identifier: MIT
 * A bosh_curl with a fake client. */
#include "room.h"

#include <stdio.h>
#include <stdlib.h>

#define PATIENCE_MS 10000

bosh_client *room_add(struct room *room)
{
    bosh_client *client;
    bosh_config config;
    bosh_config_init(&config);
    config.url = "http://127.0.0.1/";
    int error = bosh_curl_client_new(room->curl, &config, &client);
    if (error) {
        fprintf(stderr, "bosh_curl_client_new: %d\n", error);
        exit(1);
    }
    return client;
}

void room_open(struct room *room, const bosh_curl_options *options)
{
    int error = bosh_curl_new(options, &room->curl);
    if (error) {
        fprintf(stderr, "bosh_curl_new: %d\n", error);
        exit(1);
    }
    room->client = room_add(room);
}

void room_close(struct room *room)
{
    int others = fake_alive;
    bosh_client_free(room->client);
    bosh_curl_free(room->curl);
    if (fake_alive >= others) {
        fprintf(stderr, "%d clients left\n", fake_alive);
        exit(1);
    }
}

fake_exchange *room_wait(struct room *room, bosh_client *client, int id)
{
    fake_exchange *exchange = &client->exchanges[id > 0 ? id : 0];
    bosh_time end = bosh_curl_now_ms() + PATIENCE_MS;
    while (!exchange->finished && bosh_curl_now_ms() < end)
        bosh_curl_turn(room->curl, 100);
    return exchange;
}

fake_exchange *room_post(struct room *room, const char *server, const char *path)
{
    int id = fake_post(room->client, server_url(server, path), "<body/>");
    return room_wait(room, room->client, id);
}

void room_pass(struct room *room, unsigned ms)
{
    bosh_time end = bosh_curl_now_ms() + ms, now;
    while ((now = bosh_curl_now_ms()) < end)
        bosh_curl_turn(room->curl, (int)(end - now));
}

static int ask(const char *path)
{
    struct room room;
    room_open(&room, NULL);
    const fake_exchange *exchange = room_post(&room, "http", path);
    int number = exchange->answer ? atoi(exchange->answer) : -1;
    room_close(&room);
    return number;
}

int room_count(const char *path)
{
    char text[128];
    snprintf(text, sizeof text, "/count/%s", path);
    return ask(text);
}

int room_opened(void)
{
    return ask("/opened");
}
