/* SPDX-License-Identifier: MIT
 * Rooms: what happens in them becomes lines. */
#include "app.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_HISTORY 30

static const char *leave_reason(int status)
{
    switch (status) {
    case 301:
        return "banned";
    case 307:
        return "kicked";
    case 321:
    case 322:
        return "no longer a member";
    case 332:
        return "the service shuts down";
    default:
        return NULL;
    }
}

static void on_said(app *me, chat *in, const bosh_muc_event *event)
{
    const bosh_stanza *id = bosh_stanza_child(event->stanza, "stanza-id", "urn:xmpp:sid:0");
    line said = {.kind = event->is_own ? LINE_OUT : LINE_IN,
                 .state = event->is_own ? LINE_ARRIVED : LINE_PLAIN,
                 .time = history_time(*event->stamp ? event->stamp : NULL),
                 .who = *event->nick ? event->nick : in->title,
                 .text = event->text,
                 .id = event->id,
                 .archive_id = bosh_stanza_attribute(id, "id")};
    line *known = chat_find(in, NULL, said.archive_id);
    if (!known && event->is_own && (known = chat_find(in, event->id, NULL)))
        view_state(me, in, known, LINE_ARRIVED);
    if (known) // our own words back, or history that was seen before a reconnect
        return;
    if (*event->stamp || event->is_own) {
        view_add(me, in, &said);
        return;
    }
    const char *own_nick = bosh_muc_nick(me->muc, event->room);
    if (own_nick && strstr(event->text, own_nick) && in != me->chats.open)
        in->is_mentioned = 1;
    view_add_news(me, in, &said);
}

/* MUC-2 in words. */
static const char *refusal(const char *condition)
{
    static const char *const words[][2] = {
        {"not-authorized", "it wants a password: /join ROOM NICK PASSWORD"},
        {"registration-required", "it is for members only"},
        {"forbidden", "you are banned from it"},
        {"service-unavailable", "it is full"},
        {"item-not-found", "it does not exist, or is being opened; try again"},
        {"not-allowed", "you may not open rooms"}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i][0], condition) == 0)
            return words[i][1];
    return condition;
}

static void on_refused(app *me, chat *in, const bosh_muc_event *event)
{
    if (strcmp(event->condition, "conflict") == 0) {
        char *nick = text_format("%s_", event->nick);
        view_info(me, in, "the nick %s is taken", event->nick);
        if (strlen(nick) < 40)
            bosh_muc_join(me->muc, event->room, nick, NULL, ROOM_HISTORY);
        free(nick);
        return;
    }
    view_error(me, in, *event->text ? "cannot join: %s (%s)" : "cannot join: %s",
               refusal(event->condition), event->text);
}

static void on_left(app *me, chat *in, const bosh_muc_event *event, const char *reason)
{
    const char *text = event->text;
    if (event->kind == BOSH_MUC_DEPARTED && reason)
        view_info(me, in, *text ? "%s has left: %s (%s)" : "%s has left: %s", event->nick, reason,
                  text);
    else if (event->kind == BOSH_MUC_DEPARTED)
        view_info(me, in, *text ? "%s has left: %s" : "%s has left", event->nick, text);
    else if (reason)
        view_error(me, in, *text ? "you are out: %s (%s)" : "you are out: %s", reason, text);
    else
        view_info(me, in, "you have left");
}

static void on_bounced(app *me, chat *in, const bosh_muc_event *event)
{
    line *sent = chat_find(in, event->id, NULL);
    if (sent)
        view_state(me, in, sent, LINE_REFUSED);
    view_error(me, in, *event->text ? "refused: %s (%s)" : "refused: %s", event->condition,
               event->text);
}

static void on_room(bosh_muc *muc, const bosh_muc_event *event, void *user)
{
    app *me = user;
    chat *in = chats_get(&me->chats, CHAT_ROOM, event->room);
    (void)muc;
    me->must_draw = 1;
    switch (event->kind) {
    case BOSH_MUC_JOINED:
        view_info(me, in,
                  event->is_created ? "you are creating this room, as %s" : "you are in, as %s",
                  event->nick);
        break;
    case BOSH_MUC_OPENED:
        view_info(me, in, "the room is open");
        break;
    case BOSH_MUC_REFUSED:
        on_refused(me, in, event);
        break;
    case BOSH_MUC_LEFT:
    case BOSH_MUC_DEPARTED:
        on_left(me, in, event, leave_reason(event->status));
        break;
    case BOSH_MUC_ARRIVED:
        view_info(me, in, "%s has come in", event->nick);
        break;
    case BOSH_MUC_RENAMED:
        view_info(me, in, "%s is now %s", event->nick, event->new_nick);
        break;
    case BOSH_MUC_MESSAGE:
        on_said(me, in, event);
        break;
    case BOSH_MUC_SUBJECT:
        if (*event->text)
            view_info(me, in, "the topic is: %s", event->text);
        break;
    case BOSH_MUC_BOUNCED:
        on_bounced(me, in, event);
        break;
    }
}

int rooms_open(app *me)
{
    return bosh_muc_new(me->client, NULL, on_room, me, &me->muc);
}

void rooms_join(app *me, const char *room, const char *nick, const char *password)
{
    char *own = text_copy(me->options->jid);
    own[strcspn(own, "@/")] = '\0';
    int error = bosh_muc_join(me->muc, room, nick ? nick : own, password, ROOM_HISTORY);
    free(own);
    if (error) {
        view_error(me, me->chats.open, "cannot join %s: %s", room, bosh_error_text(error));
        return;
    }
    chat *in = chats_get(&me->chats, CHAT_ROOM, room);
    in->is_listed = 1;
    view_open(me, in);
}
