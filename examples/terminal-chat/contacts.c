/* SPDX-License-Identifier: MIT
 * Contact list, presence, typing, receipts, and messages from people. */
#include "app.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------------------------- the list */

static void take_contact(app *me, const bosh_contact *contact)
{
    chat *with = chats_get(&me->chats, CHAT_PERSON, contact->jid);
    with->is_contact = 1;
    if (*contact->name)
        chats_rename(&me->chats, with, contact->name);
}

static void on_roster(bosh_roster *roster, bosh_roster_change change, const bosh_contact *contact,
                      void *user)
{
    app *me = user;
    chat *with = contact ? chats_find(&me->chats, contact->jid) : NULL;
    me->must_draw = 1;
    switch (change) {
    case BOSH_ROSTER_READY:
        for (size_t i = 0; (contact = bosh_roster_at(roster, i)); i++)
            take_contact(me, contact);
        break;
    case BOSH_ROSTER_CHANGED:
        if (!with || !with->is_contact)
            view_info(me, NULL, "%s is on your contact list now", contact->jid);
        take_contact(me, contact);
        break;
    case BOSH_ROSTER_REMOVED:
        view_info(me, NULL, "%s is no longer on your contact list", contact->jid);
        if (with)
            with->is_contact = 0;
        break;
    case BOSH_ROSTER_FAILED:
        view_error(me, NULL, "the contact list could not be fetched");
        break;
    case BOSH_ROSTER_REFUSED:
        view_error(me, NULL, "the server refused that change of the contact list");
        break;
    }
}

/* ---------------------------------------------------------------------------------- presence */

static void on_here(app *me, const char *jid, const bosh_resource *resource, const char *text)
{
    chat *with = chats_find(&me->chats, jid);
    me->must_draw = 1;
    if (!with || with->kind != CHAT_PERSON)
        return;
    if (!resource)
        with->is_typing = 0;
    const bosh_resource *best = bosh_presence_best(me->presence, jid);
    const char *state = !best ? "offline" : *best->show ? best->show : "online";
    if (with->presence && strcmp(with->presence, state) == 0)
        return;
    int is_news = with->presence || best;
    free(with->presence);
    with->presence = text_copy(state);
    if (is_news)
        view_info(me, NULL, *text ? "%s is %s: %s" : "%s is %s", with->title, state, text);
}

static void on_presence(bosh_presence *presence, bosh_presence_change change, const char *jid,
                        const bosh_resource *resource, const char *text, void *user)
{
    app *me = user;
    (void)presence;
    switch (change) {
    case BOSH_PRESENCE_CHANGED:
        on_here(me, jid, resource, text);
        break;
    case BOSH_PRESENCE_REQUEST:
        free(me->asking);
        me->asking = text_copy(jid);
        view_error(me, me->chats.open, "%s asks to see when you are online: /accept or /deny", jid);
        break;
    case BOSH_PRESENCE_ALLOWED:
        view_info(me, me->chats.open, "%s lets you see when they are online", jid);
        break;
    case BOSH_PRESENCE_DENIED:
        view_info(me, me->chats.open, "%s does not let you see when they are online", jid);
        break;
    case BOSH_PRESENCE_UNFOLLOWED:
        view_info(me, NULL, "%s no longer watches when you are online", jid);
        break;
    }
}

/* --------------------------------------------------------------------------- typing, receipts */

static void on_chatstate(bosh_chatstates *states, const char *from, bosh_chatstate state,
                         void *user)
{
    app *me = user;
    chat *with = chats_find(&me->chats, from);
    (void)states;
    if (!with || with->kind != CHAT_PERSON)
        return;
    with->is_typing = state == BOSH_CHATSTATE_COMPOSING;
    me->must_draw = 1;
}

void contacts_tell_typing(app *me)
{
    const chat *with = me->chats.open;
    if (with->kind != CHAT_PERSON)
        return;
    if (me->editor.size == 0)
        bosh_chatstates_cleared(me->states, with->jid);
    else if (me->editor.text[0] != '/')
        bosh_chatstates_typing(me->states, with->jid);
}

static void on_arrived(bosh_receipts *receipts, const char *from, const char *id, void *user)
{
    app *me = user;
    chat *with = chats_find(&me->chats, from);
    line *sent = with ? chat_find(with, id, NULL) : NULL;
    (void)receipts;
    if (sent)
        view_state(me, with, sent, LINE_ARRIVED);
}

static int may_have_receipt(bosh_receipts *receipts, const char *from, void *user)
{
    app *me = user;
    const bosh_contact *contact = bosh_roster_find(me->roster, from);
    (void)receipts;
    return contact && (strcmp(contact->subscription, "both") == 0 ||
                       strcmp(contact->subscription, "from") == 0);
}

/* ----------------------------------------------------------------------------------- messages */

static void on_refused(app *me, const bosh_stanza *message, const char *from)
{
    chat *with = chats_find(&me->chats, from);
    if (!with || with->kind != CHAT_PERSON)
        return;
    line *sent = chat_find(with, bosh_stanza_attribute(message, "id"), NULL);
    if (sent)
        view_state(me, with, sent, LINE_REFUSED);
    view_error(me, with, "not delivered: %s", bosh_stanza_error_condition(message));
}

static const char *archive_id(app *me, const bosh_stanza *message)
{
    const bosh_stanza *id = bosh_stanza_child(message, "stanza-id", "urn:xmpp:sid:0");
    for (; id; id = bosh_stanza_next(id, "stanza-id", "urn:xmpp:sid:0"))
        if (bosh_jid_same_bare(bosh_stanza_attribute(id, "by"), bosh_client_jid(me->client)))
            return bosh_stanza_attribute(id, "id");
    return NULL;
}

static int on_message(bosh_client *client, const bosh_stanza *message, void *user)
{
    app *me = user;
    const char *from = bosh_stanza_attribute(message, "from");
    const char *type = bosh_stanza_attribute(message, "type");
    const char *text = bosh_stanza_child_text(message, "body", NULL);
    const bosh_stanza *delay = bosh_stanza_child(message, "delay", "urn:xmpp:delay");
    (void)client;
    if (from && type && strcmp(type, "error") == 0) {
        on_refused(me, message, from);
        return 1;
    }
    if (!from || !text || (type && strcmp(type, "groupchat") == 0))
        return 1;
    chat *with = chats_get(&me->chats, CHAT_PERSON, from);
    int is_private = with->kind == CHAT_ROOM; // from an occupant to us alone
    char *who = is_private ? text_format("%s (to you alone)", from + strcspn(from, "/") + 1)
                           : text_copy(with->title);
    line received = {.kind = LINE_IN,
                     .time = history_time(bosh_stanza_attribute(delay, "stamp")),
                     .who = who,
                     .text = text,
                     .id = bosh_stanza_attribute(message, "id"),
                     .archive_id = archive_id(me, message)};
    with->is_typing = 0;
    if (!chat_find(with, NULL, received.archive_id))
        view_add_news(me, with, &received);
    free(who);
    return 1;
}

int contacts_open(app *me)
{
    static const bosh_receipts_callbacks receipts = {on_arrived, may_have_receipt};
    bosh_match messages = {.name = "message"};
    int error = bosh_roster_new(me->client, NULL, on_roster, me, &me->roster);
    if (!error)
        error = bosh_presence_new(me->client, NULL, on_presence, me, &me->presence);
    if (!error)
        error = bosh_chatstates_new(me->client, NULL, on_chatstate, me, &me->states);
    if (!error)
        error = bosh_receipts_new(me->client, NULL, &receipts, me, &me->receipts);
    if (!error && bosh_handler_add(me->client, &messages, on_message, me) < 0)
        error = BOSH_ERR_MEMORY;
    return error;
}
