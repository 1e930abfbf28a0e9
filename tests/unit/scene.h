/* SPDX-License-Identifier: MIT
 * A client in a world made for one test: a server of few words, and an application that writes down
 * what it is told. The validator watches every request. */
#ifndef BOSH_UNIT_SCENE_H
#define BOSH_UNIT_SCENE_H

#include "world/alloc.h"
#include "world/seed.h"
#include "world/transport.h"

/* A message as the server sends it. */
#define MESSAGE(id)                                                                                \
    "<message xmlns='jabber:client' from='bob@example.org/x' id='" id "'>"                         \
    "<body>Hi</body></message>"
#define SASL_FAILURE(condition)                                                                    \
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><" condition "/></failure>"

typedef struct scene {
    world_alloc alloc;
    world_seed seed;
    world_transport net;
    world_validator *validator;
    bosh_config config; /* change it before scene_open */
    bosh_client *client;
    const char *offer;   /* the mechanisms that the server offers, PLAIN */
    const char *session; /* attributes of the creation response */
    char told[4000];     /* see scene_told */
    int problems;        /* printed when they happen */

    /* What the program under test does when it is called; may be NULL. */
    void (*on_event)(struct scene *s, const bosh_event *event);
    void (*on_stanza)(struct scene *s, const bosh_stanza *stanza);
    int is_deaf;      /* no handler for everything: set before scene_open */
    int is_unwatched; /* no validator: set before scene_open */

    /* What config.save was given last; set config.save to scene_save to fill it. */
    char *saved;
    size_t saved_size;
    int saves, save_result;
} scene;

void scene_init(scene *s);
/* Make the client. scene_connect and scene_login do it too where there is none. */
void scene_open(scene *s);
/* bosh_client_connect, and the first turn: the creation request is open. */
void scene_connect(scene *s);
/* Connect and answer until ONLINE; then a second passes, and nobody was told anything. One poll is
 * open. */
void scene_login(scene *s);
/* Free the client, look for leaks and open attempts. Returns the number of problems. */
int scene_deinit(scene *s);
#define SCENE_END(s) CHECK_INT(scene_deinit(s), 0)

/* The process dies: nothing is closed, a new client is in its place. */
void scene_crash(scene *s);
/* The session of this client is exported, and imported by a new one in its place. */
void scene_move(scene *s);
int scene_save(const void *bytes, size_t size, void *user);

/* Pump as a loop would at this moment. A client that never comes to rest is a problem. */
void scene_turn(scene *s);
/* Let time pass, pumping at each deadline. */
void scene_advance(scene *s, uint64_t ms);

/* What the client told the application since the last call, in order: "recovering ERR_RESET, retry
 * ERR_RESET, delivered 3, message m1, answer ERR_IQ_TIMEOUT". "again" is added to a stanza that may
 * have been delivered before a crash. */
const char *scene_told(scene *s);
void scene_note(scene *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* For bosh_client_request; notes the answer. `user` is the scene. */
void scene_on_answer(bosh_client *client, int error, const bosh_stanza *answer, void *user);

/* Send a message with this id; returns its ticket, 0 when it was refused. */
bosh_ticket scene_say(scene *s, const char *id);
/* Ask bob something; scene_on_answer hears of it. Returns what bosh_client_request did. */
int scene_ask(scene *s, const char *to, uint32_t timeout_ms);

/* The newest request, open or not; "" while there is none. */
const char *scene_sent(const scene *s);
/* How many attempts are open, and the oldest of them (NULL: none). */
size_t scene_open_count(const scene *s);
world_attempt *scene_oldest(const scene *s);
/* Answer the oldest open attempt with a body around `payloads`, then take a turn. */
void scene_answer(scene *s, const char *payloads);
void scene_answer_as(scene *s, const char *attributes, const char *payloads);
/* The same without the turn. */
void scene_hand_in(scene *s, const char *attributes, const char *payloads);
/* What a server says to the login step that is open, as scene_login does. */
void scene_answer_login(scene *s);
/* A scene that is online, and comes back by itself or not. */
void scene_login_with(scene *s, bosh_reconnect reconnect);
/* The server ends the session, and the client told this. */
const char *scene_told_of_end(scene *s, const char *attributes, const char *payloads);
/* From wherever the client is, answered by the server, to ONLINE. */
void scene_come_back(scene *s);

#endif
