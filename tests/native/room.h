/* SPDX-License-Identifier: MIT
 * A bosh_curl with a fake client, and waiting for what it does. */
#ifndef BOSH_TESTS_NATIVE_ROOM_H
#define BOSH_TESTS_NATIVE_ROOM_H

#include "fake_client.h"
#include "server.h"

/* A name that is refused before any name server is asked: its first label is too long. */
#define UNKNOWN_HOST "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.invalid"

struct room {
    bosh_curl *curl;
    bosh_client *client;
};

/* `options` may be NULL. Ends the program when it cannot be opened. */
void room_open(struct room *room, const bosh_curl_options *options);
bosh_client *room_add(struct room *room);
/* Ends the program when clients survive. */
void room_close(struct room *room);

/* Turn until an exchange is finished, 10 s at most. */
fake_exchange *room_wait(struct room *room, bosh_client *client, int id);
/* Post "<body/>" to a path of the server and wait. */
fake_exchange *room_post(struct room *room, const char *server, const char *path);
/* Turn for so long. */
void room_pass(struct room *room, unsigned ms);
/* How often the http server saw a path ("once"), asked through a room of its own. */
int room_count(const char *path);
/* Connections that all servers have accepted, this question's included. */
int room_opened(void);

#endif
