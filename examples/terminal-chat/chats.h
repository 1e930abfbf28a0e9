/* SPDX-License-Identifier: MIT
 * What has been said: chats and their lines. Knows neither XMPP nor the terminal. */
#ifndef CHAT_CHATS_H
#define CHAT_CHATS_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define CHAT_LINES_MAX 5000

typedef enum line_kind { LINE_IN, LINE_OUT, LINE_INFO, LINE_ERROR } line_kind;

typedef enum line_state {
    LINE_PLAIN,    /* nothing to tell */
    LINE_SENDING,  /* not yet accepted by the server */
    LINE_ACCEPTED, /* the server has it: our ticket was delivered */
    LINE_ARRIVED,  /* the other client has it, or the room has said it to all */
    LINE_UNKNOWN,  /* the session was lost at that moment: may or may not have arrived */
    LINE_UNSENT,   /* it was never sent */
    LINE_REFUSED   /* it came back with an error */
} line_state;

typedef struct line {
    line_kind kind;
    line_state state;
    time_t time;
    const char *who; /* NULL for information */
    const char *text;
    const char *id;         /* of the message; NULL if it has none */
    const char *archive_id; /* NULL if unknown */
    uint64_t ticket;        /* 0 for none */
} line;

typedef enum chat_kind { CHAT_INFO, CHAT_PERSON, CHAT_ROOM } chat_kind;

typedef struct chat {
    chat_kind kind;
    char *jid;   /* bare; "" for CHAT_INFO */
    char *title; /* what the user calls it */
    line *lines;
    size_t count;
    unsigned unread;
    size_t new_from;   /* first line not seen when the chat was opened; `count` or more: none */
    int is_mentioned;  /* somebody said our name */
    int is_typing;     /* the other side */
    char *presence;    /* "online", "away", ... "offline"; NULL: not known yet */
    int is_contact;    /* on the contact list */
    int is_listed;     /* shown in the list though it is no contact */
    size_t scroll;     /* rows the view stands above the end */
    char *draft;       /* what was being typed when another chat was opened */
    char *oldest;      /* archive id to ask before, NULL: nothing fetched yet */
    int history_state; /* HISTORY_... */
} chat;

enum { HISTORY_NONE, HISTORY_ASKED, HISTORY_MORE, HISTORY_COMPLETE };

typedef struct chat_list {
    chat **chats; /* [0] is the information */
    size_t count;
    chat *open;
} chat_list;

void chats_init(chat_list *list);
void chats_deinit(chat_list *list);

/* The chat with this bare address; NULL when there is none. */
chat *chats_find(const chat_list *list, const char *jid);
/* The same, made when needed. `jid` may have a resource, which is dropped. */
chat *chats_get(chat_list *list, chat_kind kind, const char *jid);
/* The chat meant by what a user types: an address, a title, or the beginning of either. */
chat *chats_guess(const chat_list *list, const char *typed);
void chats_remove(chat_list *list, chat *gone);
void chats_rename(chat_list *list, chat *named, const char *title);
unsigned chats_unread(const chat_list *list);

/* Add a line (its strings are copied) where its time says: old ones may come late. */
line *chat_add(chat *to, const line *added);
/* The latest line with this message id or this archive id; NULL when there is none. */
line *chat_find(const chat *in, const char *id, const char *archive_id);

#endif
