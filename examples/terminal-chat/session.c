/* SPDX-License-Identifier: MIT
 * Coming and going, what the network does, and sending. */
#include "app.h"
#include "text.h"

#include <bosh/ext/disco.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_AFTER_MS 700

static const char *const features[] = {"http://jabber.org/protocol/chatstates",
                                       "http://jabber.org/protocol/muc", "urn:xmpp:receipts", NULL};
static const bosh_disco self = {"client", "console", "bosh-chat", features};

static void set_trouble(app *me, char *text)
{
    free(me->trouble);
    me->trouble = text;
    me->must_draw = 1;
}

/* ------------------------------------------------------------------------------------- events */

/* What was known about others went with the session. */
static void on_session_lost(app *me)
{
    me->has_session = 0;
    for (size_t i = 0; i < me->chats.count; i++) {
        chat *known = me->chats.chats[i];
        free(known->presence);
        known->presence = NULL;
        known->is_typing = 0;
    }
}

static void on_online(app *me)
{
    if (!me->has_session) {
        bosh_client_send_presence(me->client, NULL, NULL);
        view_info(me, NULL, me->was_online ? "online again as %s" : "online as %s",
                  bosh_client_jid(me->client));
        if (me->chats.open->history_state == HISTORY_NONE)
            history_fetch(me, me->chats.open);
    } else if (me->trouble) {
        view_info(me, NULL, "connection recovered, nothing was lost");
    }
    me->has_session = me->was_online = 1;
    set_trouble(me, NULL);
}

static void on_ended(app *me, const bosh_event *event)
{
    on_session_lost(me);
    if (event->error)
        set_trouble(me, account_reason(&me->account, event->detail, event->error));
    if (me->is_quitting || !me->was_online) {
        me->must_leave = 1;
        me->exit_status = me->is_quitting ? EXIT_OK : account_exit_status(event->error);
    } else if (event->error) {
        view_error(me, NULL, "offline: %s. /connect tries again", me->trouble);
    }
}

static void on_state(app *me, const bosh_event *event)
{
    me->state = event->state;
    me->must_draw = 1;
    switch (event->state) {
    case BOSH_STATE_ONLINE:
        on_online(me);
        break;
    case BOSH_STATE_RECOVERING:
        set_trouble(me, account_reason(&me->account, event->detail, event->error));
        view_info(me, NULL, "connection trouble: %s", me->trouble);
        break;
    case BOSH_STATE_RECONNECT_WAIT:
        on_session_lost(me);
        me->next_try_ms = bosh_curl_now_ms() + event->delay_ms;
        set_trouble(me, account_reason(&me->account, event->detail, event->error));
        view_error(me, NULL, "offline: %s. Trying again in %.0f s", me->trouble,
                   event->delay_ms / 1000.0);
        break;
    case BOSH_STATE_ENDED:
        on_ended(me, event);
        break;
    default:
        break;
    }
}

/* Everything sent up to `last` (or just that one, with `only`) is in a new state. */
static void on_ticket(app *me, bosh_ticket last, int only, line_state state)
{
    for (size_t c = 0; c < me->chats.count; c++) {
        chat *in = me->chats.chats[c];
        for (size_t i = 0; i < in->count; i++) {
            line *sent = &in->lines[i];
            if (sent->state == LINE_SENDING && sent->ticket &&
                (only ? sent->ticket == last : sent->ticket <= last))
                view_state(me, in, sent, state);
        }
    }
}

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    app *me = user;
    (void)client;
    bosh_roster_follow(me->roster, event);
    bosh_presence_follow(me->presence, event);
    switch (event->type) {
    case BOSH_EVENT_STATE:
        on_state(me, event);
        break;
    case BOSH_EVENT_DELIVERED:
        on_ticket(me, event->ticket, 0, LINE_ACCEPTED);
        break;
    case BOSH_EVENT_UNKNOWN:
        on_ticket(me, event->ticket, 1, LINE_UNKNOWN);
        break;
    case BOSH_EVENT_UNSENT:
        on_ticket(me, event->ticket, 1, LINE_UNSENT);
        break;
    case BOSH_EVENT_RETRY:
        set_trouble(me, account_reason(&me->account, event->detail, event->error));
        break;
    case BOSH_EVENT_WARNING:
        if (event->error == BOSH_ERR_PLAIN_NEEDS_HTTPS)
            view_error(me, NULL, "this connection is not encrypted");
        break;
    default:
        break;
    }
    bosh_muc_follow(me->muc, event); // after our presence, so that rooms see it
}

/* ------------------------------------------------------------------------- coming and going */

int session_open(app *me, const char *password)
{
    int error = account_open(&me->account, me->options, password, on_event, me);
    if (error)
        return error;
    me->client = me->account.client;
    error = contacts_open(me);
    if (!error)
        error = rooms_open(me);
    if (!error)
        error = bosh_mam_new(me->client, NULL, &me->mam);
    if (!error)
        error = bosh_disco_answer(me->client, &self);
    return error;
}

void session_free(app *me)
{
    account_free(&me->account);
    bosh_roster_free(me->roster);
    bosh_presence_free(me->presence);
    bosh_muc_free(me->muc);
    bosh_mam_free(me->mam);
    bosh_chatstates_free(me->states);
    bosh_receipts_free(me->receipts);
    free(me->trouble);
    free(me->asking);
}

void session_connect(app *me)
{
    int error = bosh_client_connect(me->client);
    if (error)
        view_error(me, NULL, "cannot connect: %s", bosh_error_text(error));
}

void session_quit(app *me)
{
    if (me->is_quitting || me->state == BOSH_STATE_ENDED || me->state == BOSH_STATE_IDLE)
        me->must_leave = 1; // asked twice, or nothing to wait for
    me->is_quitting = 1;
    me->must_draw = 1;
    bosh_client_close(me->client, NULL);
}

int session_is_settled(const app *me)
{
    for (size_t c = 0; c < me->chats.count; c++)
        for (size_t i = 0; i < me->chats.chats[c]->count; i++)
            if (me->chats.chats[c]->lines[i].state == LINE_SENDING)
                return 0;
    return 1;
}

int session_report(const app *me)
{
    static const char *const words[LINE_REFUSED + 1] = {[LINE_SENDING] = "may not have arrived",
                                                        [LINE_UNKNOWN] = "may not have arrived",
                                                        [LINE_UNSENT] = "was not sent"};
    int count = 0;
    for (size_t c = 0; c < me->chats.count; c++) {
        const chat *in = me->chats.chats[c];
        for (size_t i = 0; i < in->count; i++) {
            const line *sent = &in->lines[i];
            if (!words[sent->state])
                continue;
            char *jid = text_clean(in->jid), *text = text_clean(sent->text);
            fprintf(stderr, "bosh-chat: this %s, to %s: %s\n", words[sent->state], jid, text);
            free(jid);
            free(text);
            count++;
        }
    }
    return count;
}

/* ------------------------------------------------------------------------------------ sending */

static int send_to_person(app *me, const chat *to, const char *text, const char *id,
                          bosh_ticket *ticket)
{
    bosh_writer *writer = bosh_client_writer(me->client);
    bosh_writer_start(writer, "message", NULL);
    bosh_writer_attribute(writer, "to", to->jid);
    bosh_writer_attribute(writer, "type", "chat");
    bosh_writer_attribute(writer, "id", id);
    bosh_writer_element(writer, "body", NULL, text);
    bosh_chatstates_write(me->states, writer, to->jid);
    bosh_receipts_ask(me->receipts, writer, to->jid, id);
    return bosh_client_send(me->client, writer, ticket);
}

static void on_ping(bosh_client *client, int error, const bosh_stanza *answer, void *user)
{
    (void)client;
    (void)error;
    (void)answer;
    (void)user;
}

/* In a quiet session the request that carried a message is answered only after `wait` seconds, and
 * only then is the message known to be accepted. Another request makes the server answer it now. */
static int on_tick_wanted(bosh_client *client, void *user)
{
    app *me = user;
    me->is_tick_wanted = 0;
    if (session_is_settled(me) || me->state != BOSH_STATE_ONLINE)
        return 0;
    bosh_writer *iq = bosh_client_iq(client, "get", NULL);
    bosh_writer_element(iq, "ping", "urn:xmpp:ping", NULL);
    bosh_client_request(client, iq, 0, on_ping, NULL);
    return 0;
}

static void want_tick(app *me)
{
    if (!me->is_tick_wanted && bosh_timer_add(me->client, TICK_AFTER_MS, on_tick_wanted, me) > 0)
        me->is_tick_wanted = 1;
}

int session_say(app *me, chat *to, const char *text)
{
    bosh_ticket ticket = 0;
    if (to->kind == CHAT_INFO || (to->kind == CHAT_ROOM && !bosh_muc_nick(me->muc, to->jid))) {
        view_error(me, to,
                   to->kind == CHAT_INFO ? "nobody reads here: /open a chat first"
                                         : "you are not in this room: /join %s",
                   to->jid);
        return 0;
    }
    char *id = account_new_id();
    int error = to->kind == CHAT_ROOM ? bosh_muc_send(me->muc, to->jid, text, id, &ticket)
                                      : send_to_person(me, to, text, id, &ticket);
    if (error) {
        free(id);
        view_error(me, to, "not sent: %s", bosh_error_text(error));
        return 0;
    }
    const char *nick = to->kind == CHAT_ROOM ? bosh_muc_nick(me->muc, to->jid) : NULL;
    line sent = {.kind = LINE_OUT,
                 .state = LINE_SENDING,
                 .time = time(NULL),
                 .who = nick ? nick : "you",
                 .text = text,
                 .id = id,
                 .ticket = ticket};
    view_add(me, to, &sent);
    want_tick(me);
    free(id);
    return 1;
}
