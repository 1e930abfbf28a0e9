/* SPDX-License-Identifier: MIT
 * What the user enters: commands begin with a slash, the rest is said in the open chat. */
#include "app.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* `rest` is what follows the name, without spaces around it; it may be written to. */
typedef void (*command_fn)(app *me, char *rest);

typedef struct command {
    const char *name, *arguments, *help;
    command_fn run;
} command;

/* Cut the first word off. */
static char *take_word(char **rest)
{
    char *word = *rest;
    size_t size = strcspn(word, " ");
    *rest = word + size + strspn(word + size, " ");
    word[size] = '\0';
    return word;
}

static void say_error(app *me, int error)
{
    if (error)
        view_error(me, me->chats.open, "%s", bosh_error_text(error));
}

/* The address meant by a word, or that of the open chat for no word; NULL after saying why not. */
static const char *meant(app *me, const char *word)
{
    const chat *open = me->chats.open;
    const chat *found = *word ? chats_guess(&me->chats, word) : open;
    if (!*word && open->kind != CHAT_PERSON) {
        view_error(me, me->chats.open, "whom? Give an address");
        return NULL;
    }
    if (strchr(word, '@') && (!found || strcasecmp(found->jid, word) != 0))
        return word;
    if (found && *found->jid)
        return found->jid;
    view_error(me, me->chats.open, "%s is neither an address nor a chat", word);
    return NULL;
}

/* ------------------------------------------------------------------------------------- chats */

static void run_open(app *me, char *rest)
{
    char *who = take_word(&rest);
    if (!*who) {
        view_open(me, me->chats.chats[0]);
        return;
    }
    chat *found = chats_guess(&me->chats, who);
    if (strchr(who, '@') && (!found || strcasecmp(found->jid, who) != 0))
        found = chats_get(&me->chats, CHAT_PERSON, who);
    if (!found) {
        view_error(me, me->chats.open, "there is no chat %s; give an address", who);
        return;
    }
    view_open(me, found);
    if (*rest)
        session_say(me, found, rest);
}

static void run_close(app *me, char *rest)
{
    chat *closed = me->chats.open;
    (void)rest;
    if (closed->kind == CHAT_INFO)
        return;
    if (closed->kind == CHAT_PERSON)
        bosh_chatstates_closed(me->states, closed->jid);
    else if (bosh_muc_nick(me->muc, closed->jid))
        bosh_muc_leave(me->muc, closed->jid, NULL);
    view_step(me, -1);
    closed->is_listed = 0;
    if (!closed->is_contact && closed->kind == CHAT_PERSON && me->chats.open != closed)
        chats_remove(&me->chats, closed);
}

static void run_history(app *me, char *rest)
{
    chat *open = me->chats.open;
    (void)rest;
    if (open->history_state == HISTORY_COMPLETE)
        view_info(me, open, "there are no older messages");
    history_fetch(me, open);
}

/* ---------------------------------------------------------------------------------- contacts */

static void run_add(app *me, char *rest)
{
    const char *who = meant(me, take_word(&rest));
    if (!who)
        return;
    say_error(me, bosh_roster_set(me->roster, who, *rest ? rest : NULL, NULL, 0));
    say_error(me, bosh_presence_subscribe(me->presence, who));
}

static void run_remove(app *me, char *rest)
{
    const char *who = meant(me, take_word(&rest));
    if (who)
        say_error(me, bosh_roster_remove(me->roster, who));
}

static void answer_request(app *me, char *rest, int is_allowed)
{
    const char *typed = take_word(&rest);
    const char *who = *typed ? meant(me, typed) : me->asking;
    if (!who) {
        view_error(me, me->chats.open, "nobody is asking");
        return;
    }
    const bosh_contact *contact = bosh_roster_find(me->roster, who);
    int sees_already = contact && (strcmp(contact->subscription, "to") == 0 ||
                                   strcmp(contact->subscription, "both") == 0);
    say_error(me, is_allowed ? bosh_presence_allow(me->presence, who)
                             : bosh_presence_deny(me->presence, who));
    if (is_allowed && !sees_already) // so that both see each other
        bosh_presence_subscribe(me->presence, who);
    view_info(me, me->chats.open,
              is_allowed ? "%s may see when you are online" : "%s may not see when you are online",
              who);
    free(me->asking);
    me->asking = NULL;
}

static void run_accept(app *me, char *rest)
{
    answer_request(me, rest, 1);
}

static void run_deny(app *me, char *rest)
{
    answer_request(me, rest, 0);
}

static void run_contacts(app *me, char *rest)
{
    const bosh_contact *contact;
    (void)rest;
    for (size_t i = 0; (contact = bosh_roster_at(me->roster, i)); i++) {
        const bosh_resource *best = bosh_presence_best(me->presence, contact->jid);
        view_info(me, me->chats.open, "%s  %s%s%s  (%s%s)", contact->jid,
                  !best         ? "offline"
                  : *best->show ? best->show
                                : "online",
                  best && *best->status ? ": " : "", best ? best->status : "",
                  contact->subscription, contact->is_asked ? ", asked" : "");
    }
    if (!bosh_roster_at(me->roster, 0))
        view_info(me, me->chats.open, "your contact list is empty: /add somebody");
}

static void run_status(app *me, char *rest)
{
    static const char *const shows[] = {"away", "chat", "dnd", "xa"};
    const char *show = take_word(&rest), *known = NULL;
    for (size_t i = 0; i < sizeof(shows) / sizeof(shows[0]); i++)
        if (strcmp(show, shows[i]) == 0)
            known = show;
    if (*show && !known && strcmp(show, "online") != 0) {
        view_error(me, me->chats.open, "one of online, away, chat, dnd, xa");
        return;
    }
    say_error(me, bosh_client_send_presence(me->client, known, *rest ? rest : NULL));
}

/* ------------------------------------------------------------------------------------- rooms */

static void run_join(app *me, char *rest)
{
    char *room = take_word(&rest), *full = NULL;
    const char *nick = take_word(&rest), *password = *rest ? rest : NULL;
    if (!*room) {
        view_error(me, me->chats.open, "which room? /join tea@conference.example.org");
        return;
    }
    if (!strchr(room, '@')) {
        const char *domain = strchr(me->options->jid, '@');
        char *own = text_copy(domain ? domain + 1 : me->options->jid);
        own[strcspn(own, "/")] = '\0';
        full = text_format("%s@conference.%s", room, own);
        free(own);
    }
    rooms_join(me, full ? full : room, *nick ? nick : NULL, password);
    free(full);
}

/* The open chat, if it is a room. */
static const char *open_room(app *me)
{
    if (me->chats.open->kind == CHAT_ROOM)
        return me->chats.open->jid;
    view_error(me, me->chats.open, "this is not a room");
    return NULL;
}

static void run_leave(app *me, char *rest)
{
    const char *room = open_room(me);
    if (room)
        say_error(me, bosh_muc_leave(me->muc, room, *rest ? rest : NULL));
}

static void run_nick(app *me, char *rest)
{
    const char *room = open_room(me);
    if (room)
        say_error(me, bosh_muc_rename(me->muc, room, rest));
}

static void run_topic(app *me, char *rest)
{
    const char *room = open_room(me);
    if (room)
        say_error(me, bosh_muc_subject(me->muc, room, rest));
}

static void run_who(app *me, char *rest)
{
    const char *room = open_room(me);
    const bosh_occupant *here;
    (void)rest;
    for (size_t i = 0; room && (here = bosh_muc_occupant(me->muc, room, i)); i++)
        view_info(me, me->chats.open, "%s  %s%s%s", here->nick, here->role, *here->show ? ", " : "",
                  here->show);
}

/* --------------------------------------------------------------------------------- the program */

static void run_connect(app *me, char *rest)
{
    (void)rest;
    if (me->state == BOSH_STATE_RECONNECT_WAIT)
        bosh_curl_network_changed(me->account.curl);
    else
        session_connect(me);
}

static void run_quit(app *me, char *rest)
{
    (void)rest;
    session_quit(me);
}

static void run_help(app *me, char *rest);

static const command commands[] = {
    {"help", "", "this", run_help},
    {"open", "WHO [TEXT]", "open a chat, say something", run_open},
    {"close", "", "close the chat, leave the room", run_close},
    {"history", "", "older messages; also Page Up", run_history},
    {"contacts", "", "your contacts, how they are", run_contacts},
    {"add", "[WHO] [NAME]", "to your contact list", run_add},
    {"remove", "[WHO]", "from your contact list", run_remove},
    {"accept", "[WHO]", "may see when you are online", run_accept},
    {"deny", "[WHO]", "may not, or no longer", run_deny},
    {"status", "HOW [TEXT]", "online, away, chat, dnd or xa", run_status},
    {"join", "ROOM [NICK]", "into a room; password last", run_join},
    {"leave", "[WORDS]", "out of the room", run_leave},
    {"nick", "NICK", "your name in the room", run_nick},
    {"topic", "TEXT", "what the room is about", run_topic},
    {"who", "", "who is in the room", run_who},
    {"connect", "", "try again now", run_connect},
    {"quit", "", "also Ctrl-C, Ctrl-D", run_quit},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void run_help(app *me, char *rest)
{
    static const char *const hints[] = {"Tab completes. Ctrl-N, Ctrl-P: the next chat.",
                                        "Page Up, Page Down: older, newer. Ctrl-J: new line.",
                                        "… on its way  ✓ at the server  ✓✓ arrived",
                                        "✗ not sent, or refused  ? may not have arrived"};
    (void)rest;
    for (size_t i = 0; i < COMMANDS; i++) {
        char *form = text_format("/%s %s", commands[i].name, commands[i].arguments);
        view_info(me, me->chats.open, "%-20s %s", form, commands[i].help);
        free(form);
    }
    for (size_t i = 0; me->screen && i < sizeof(hints) / sizeof(hints[0]); i++)
        view_info(me, me->chats.open, "%s", hints[i]);
}

static void run_command(app *me, char *entered)
{
    char *rest = entered, *name = take_word(&rest);
    const command *found = NULL;
    size_t matches = 0;
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            found = &commands[i];
            matches = 1;
            break;
        }
        if (strncmp(commands[i].name, name, strlen(name)) == 0) {
            found = &commands[i];
            matches++;
        }
    }
    if (matches == 1)
        found->run(me, rest);
    else
        view_error(me, me->chats.open,
                   matches ? "/%s could be several commands" : "there is no command /%s; see /help",
                   name);
}

int commands_run(app *me, const char *entered)
{
    char *copy = text_copy(entered);
    size_t size = strlen(copy);
    while (size > 0 && (copy[size - 1] == ' ' || copy[size - 1] == '\n'))
        copy[--size] = '\0';
    int is_taken = 1;
    // "//..." says something that begins with a slash.
    if (copy[0] == '/' && copy[1] != '/')
        run_command(me, copy + 1);
    else if (*copy)
        is_taken = session_say(me, me->chats.open, copy[0] == '/' ? copy + 1 : copy);
    free(copy);
    return is_taken;
}

/* -------------------------------------------------------------------------------- completion */

static int begins(const char *text, const char *word)
{
    return strncasecmp(text, word, strlen(word)) == 0;
}

char *commands_complete(const char *typed, size_t start, const char *word, int turn, void *user)
{
    app *me = user;
    const bosh_occupant *here;
    if (start == 0 && *word == '/') {
        for (size_t i = 0; i < COMMANDS; i++)
            if (begins(commands[i].name, word + 1) && turn-- == 0)
                return text_format("/%s ", commands[i].name);
        return NULL;
    }
    if (*typed != '/' && me->chats.open->kind != CHAT_ROOM)
        return NULL;
    for (size_t i = 0; (here = bosh_muc_occupant(me->muc, me->chats.open->jid, i)); i++)
        if (begins(here->nick, word) && turn-- == 0)
            return text_format(start ? "%s " : "%s: ", here->nick);
    for (size_t i = 1; i < me->chats.count && *typed == '/'; i++) {
        const chat *known = me->chats.chats[i];
        if ((begins(known->jid, word) || begins(known->title, word)) && turn-- == 0)
            return text_format("%s ", known->jid);
    }
    return NULL;
}
