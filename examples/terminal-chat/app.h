/* SPDX-License-Identifier: MIT
 * The parts of bosh-chat and what they call of each other.
 *
 *     main.c       the loop: keyboard, network, signals
 *     session.c    coming and going, what the network does, sending
 *     contacts.c   contact list, presence, typing, receipts, incoming messages
 *     rooms.c      multi-user chat
 *     history.c    old messages
 *     commands.c   /help and the others
 *     view.c       what is seen: a screen (screen.c), or lines
 */
#ifndef CHAT_APP_H
#define CHAT_APP_H

#include "account.h"
#include "chats.h"
#include "editor.h"
#include "options.h"
#include "terminal.h"

#include <bosh/ext/chatstates.h>
#include <bosh/ext/mam.h>
#include <bosh/ext/muc.h>
#include <bosh/ext/presence.h>
#include <bosh/ext/receipts.h>
#include <bosh/ext/roster.h>

typedef struct app {
    const options *options;
    account account;
    bosh_client *client; /* the account's */
    bosh_roster *roster;
    bosh_presence *presence;
    bosh_muc *muc;
    bosh_mam *mam;
    bosh_chatstates *states;
    bosh_receipts *receipts;

    chat_list chats;
    char *asking; /* who asked last to see our presence; NULL: nobody */

    bosh_state state;
    int was_online;
    int has_session;       /* online, or recovering what was */
    char *trouble;         /* what is wrong with the connection, NULL: nothing */
    bosh_time next_try_ms; /* when RECONNECT_WAIT ends */
    int is_tick_wanted;    /* a timer will see to it that what was said is confirmed */
    int is_quitting;
    int must_leave; /* now, whatever the network does */
    int exit_status;

    terminal *screen; /* NULL: lines */
    editor editor;
    int must_draw;
} app;

/* ----------------------------------------------------------------------------------- session.c */

/* Make the account and its extensions. 0 or an error. */
int session_open(app *me, const char *password);
void session_free(app *me);
void session_connect(app *me);
void session_quit(app *me);
/* Send what the user typed in a chat. 0 when it could not be taken, after saying why. */
int session_say(app *me, chat *to, const char *text);
/* 1 when nothing that was said waits for the server. */
int session_is_settled(const app *me);
/* Tell on the normal screen what was not delivered. Returns how many messages. */
int session_report(const app *me);

/* ---------------------------------------------------------------------------------- contacts.c */

int contacts_open(app *me);
/* The input line has changed: those who watch are told that we type. */
void contacts_tell_typing(app *me);

/* ------------------------------------------------------------------------------------- rooms.c */

int rooms_open(app *me);
/* `nick` and `password` may be NULL. */
void rooms_join(app *me, const char *room, const char *nick, const char *password);

/* ----------------------------------------------------------------------------------- history.c */

/* Fetch older messages of a chat, if there are more. */
void history_fetch(app *me, chat *of);
/* What stamps say, "2026-11-25T22:35:00Z"; now for what is no stamp. */
time_t history_time(const char *stamp);

/* ---------------------------------------------------------------------------------- commands.c */

/* A line the user entered: a command or a message. 0 when it is to be typed differently. */
int commands_run(app *me, const char *entered);
/* For editor_complete. */
char *commands_complete(const char *typed, size_t start, const char *word, int turn, void *user);

/* -------------------------------------------------------------------------------------- view.c */

/* Add a line to a chat and show it. */
void view_add(app *me, chat *to, const line *added);
/* One that came just now: counts as unread unless its chat is looked at. */
void view_add_news(app *me, chat *to, const line *added);
/* A line of information, or about an error, in a chat (NULL: the one with information). */
void view_info(app *me, chat *to, const char *format, ...);
void view_error(app *me, chat *to, const char *format, ...);
/* The state of a line has changed. */
void view_state(app *me, chat *in, line *changed, line_state state);
/* Look at another chat. */
void view_open(app *me, chat *opened);
/* The next chat (`step` 1) or the one before (-1) that is shown in the list. */
void view_step(app *me, int step);
/* 1 when a chat is worth a place in the list. */
int view_is_listed(const chat *shown);

/* ------------------------------------------------------------------------------------ screen.c */

void screen_draw(app *me);

#endif
