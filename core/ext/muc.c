/* SPDX-License-Identifier: MIT
 * Multi-user chat (XEP-0045; MUC-1 to MUC-4). */
#include "ext.h"

#include <bosh/ext/muc.h>
#include <string.h>

#define NS_MUC "http://jabber.org/protocol/muc"
#define NS_MUC_USER NS_MUC "#user"
#define NS_MUC_OWNER NS_MUC "#owner"

enum {
    STATUS_SELF = 110,
    STATUS_CREATED = 201,
    STATUS_BANNED = 301,
    STATUS_RENAMED = 303,
    STATUS_KICKED = 307,
    STATUS_NOT_AFFILIATED = 321,
    STATUS_MEMBERS_ONLY = 322,
    STATUS_SHUT_DOWN = 332
};

typedef struct room {
    char *jid; /* bare */
    char *nick;
    char *password; /* NULL for none */
    unsigned history_max;
    int is_joined;
    bosh_occupant **occupants; /* each one block with its strings */
    size_t count;
} room;

struct bosh_muc {
    bosh_client *client;
    bosh_allocator allocator;
    bosh_muc_fn fn;
    void *user;
    bosh_ext_session session;
    room **rooms;
    size_t count;
};

static void tell(bosh_muc *muc, bosh_muc_event event)
{
    const char **strings[] = {&event.nick,      &event.new_nick, &event.text,
                              &event.condition, &event.id,       &event.stamp};
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        if (!*strings[i])
            *strings[i] = "";
    if (muc->fn)
        muc->fn(muc, &event, muc->user);
}

/* ---------------------------------------------------------------------------------- occupants */

static size_t find_occupant(const room *in, const char *nick)
{
    size_t i = 0;
    while (i < in->count && strcmp(in->occupants[i]->nick, nick) != 0)
        i++;
    return i;
}

static void drop_occupant(const bosh_allocator *allocator, room *in, const char *nick)
{
    size_t at = find_occupant(in, nick);
    if (at == in->count)
        return;
    bosh_ext_free(allocator, in->occupants[at]);
    in->count--;
    memmove(in->occupants + at, in->occupants + at + 1, (in->count - at) * sizeof(*in->occupants));
}

static void drop_occupants(const bosh_allocator *allocator, room *in)
{
    for (size_t i = 0; i < in->count; i++)
        bosh_ext_free(allocator, in->occupants[i]);
    bosh_ext_free(allocator, in->occupants);
    in->occupants = NULL;
    in->count = 0;
}

static bosh_occupant *occupant_new(const bosh_allocator *allocator, const char *nick,
                                   const bosh_stanza *item, const char *show)
{
    const char *affiliation = bosh_stanza_attribute(item, "affiliation");
    const char *role = bosh_stanza_attribute(item, "role");
    const char *texts[] = {nick, affiliation ? affiliation : "none", role ? role : "none",
                           show ? show : ""};
    size_t size = sizeof(bosh_occupant);
    for (size_t i = 0; i < 4; i++)
        size += strlen(texts[i]) + 1;
    bosh_occupant *occupant = bosh_ext_new(allocator, size);
    if (!occupant)
        return NULL;
    const char **fields[] = {&occupant->nick, &occupant->affiliation, &occupant->role,
                             &occupant->show};
    char *end = (char *)(occupant + 1);
    for (size_t i = 0; i < 4; i++) {
        *fields[i] = end;
        end = (char *)memcpy(end, texts[i], strlen(texts[i]) + 1) + strlen(texts[i]) + 1;
    }
    return occupant;
}

/* Returns 1 when the occupant was not there before. */
static int put_occupant(const bosh_allocator *allocator, room *in, bosh_occupant *occupant)
{
    size_t at = find_occupant(in, occupant->nick);
    if (at < in->count) {
        bosh_ext_free(allocator, in->occupants[at]);
        in->occupants[at] = occupant;
        return 0;
    }
    bosh_occupant **grown = NULL;
    if (in->count < BOSH_MUC_OCCUPANTS_MAX)
        grown = bosh_ext_grow(allocator, in->occupants, in->count, sizeof(*in->occupants));
    if (!grown) {
        bosh_ext_free(allocator, occupant);
        return 0;
    }
    in->occupants = grown;
    in->occupants[in->count++] = occupant;
    return 1;
}

/* -------------------------------------------------------------------------------------- rooms */

static room *find_room(const bosh_muc *muc, const char *jid)
{
    for (size_t i = 0; i < muc->count; i++)
        if (bosh_jid_same_bare(muc->rooms[i]->jid, jid))
            return muc->rooms[i];
    return NULL;
}

static void room_free(const bosh_allocator *allocator, room *gone)
{
    if (!gone)
        return;
    drop_occupants(allocator, gone);
    bosh_ext_free(allocator, gone->jid);
    bosh_ext_free(allocator, gone->nick);
    bosh_ext_free(allocator, gone->password);
    bosh_ext_free(allocator, gone);
}

/* The room is forgotten before the program hears of it, so that it may join again at once. */
static void forget_room(bosh_muc *muc, room *gone, bosh_muc_event event)
{
    size_t i = 0;
    while (muc->rooms[i] != gone)
        i++;
    muc->count--;
    memmove(muc->rooms + i, muc->rooms + i + 1, (muc->count - i) * sizeof(*muc->rooms));
    tell(muc, event);
    room_free(&muc->allocator, gone);
}

static int set_string(const bosh_allocator *allocator, char **field, const char *text)
{
    char *copy = bosh_ext_string(allocator, text);
    if (!copy)
        return BOSH_ERR_MEMORY;
    bosh_ext_free(allocator, *field);
    *field = copy;
    return BOSH_OK;
}

static room *room_new(const bosh_allocator *allocator, const char *jid, const char *nick,
                      const char *password)
{
    room *made = bosh_ext_new(allocator, sizeof(*made));
    if (!made)
        return NULL;
    made->jid = bosh_ext_string_n(allocator, jid, bosh_ext_bare_size(jid));
    made->nick = bosh_ext_string(allocator, nick);
    made->password = password ? bosh_ext_string(allocator, password) : NULL;
    if (made->jid && made->nick && (made->password || !password))
        return made;
    room_free(allocator, made);
    return NULL;
}

static int reserve_room(bosh_muc *muc)
{
    room **grown = bosh_ext_grow(&muc->allocator, muc->rooms, muc->count, sizeof(*muc->rooms));
    if (!grown)
        return BOSH_ERR_MEMORY;
    muc->rooms = grown;
    return BOSH_OK;
}

/* Begin a presence to our place in a room; NULL when there is no memory. */
static bosh_writer *start_presence(bosh_muc *muc, const char *jid, const char *nick,
                                   const char *type)
{
    size_t jid_size = strlen(jid), size = jid_size + strlen(nick) + 2;
    char *to = bosh_ext_new(&muc->allocator, size);
    if (!to)
        return NULL;
    memcpy(to, jid, jid_size);
    to[jid_size] = '/';
    memcpy(to + jid_size + 1, nick, strlen(nick) + 1);
    bosh_writer *writer = bosh_client_writer(muc->client);
    bosh_writer_start(writer, "presence", NULL);
    bosh_writer_attribute(writer, "to", to);
    bosh_writer_attribute(writer, "type", type);
    bosh_ext_free(&muc->allocator, to);
    return writer;
}

static int send_join(bosh_muc *muc, const room *in)
{
    char max[24];
    bosh_writer *writer = start_presence(muc, in->jid, in->nick, NULL);
    if (!writer)
        return BOSH_ERR_MEMORY;
    bosh_writer_start(writer, "x", NS_MUC);
    if (in->password)
        bosh_writer_element(writer, "password", NULL, in->password);
    bosh_writer_start(writer, "history", NULL);
    bosh_writer_attribute(writer, "maxstanzas", bosh_ext_decimal(max, in->history_max));
    return bosh_client_send(muc->client, writer, NULL);
}

/* ----------------------------------------------------------------------------------- presence */

static int parse_status(const char *code)
{
    int value = 0;
    for (; code && *code >= '0' && *code <= '9' && value < 1000; code++)
        value = value * 10 + (*code - '0');
    return value;
}

static int has_status(const bosh_stanza *x, int wanted)
{
    const bosh_stanza *status = bosh_stanza_child(x, "status", NS_MUC_USER);
    for (; status; status = bosh_stanza_next(status, "status", NS_MUC_USER))
        if (parse_status(bosh_stanza_attribute(status, "code")) == wanted)
            return 1;
    return 0;
}

/* Why somebody went out, 0 for no special reason (MUC-3). */
static int leave_status(const bosh_stanza *x)
{
    static const int reasons[] = {STATUS_BANNED,         STATUS_KICKED,       STATUS_RENAMED,
                                  STATUS_NOT_AFFILIATED, STATUS_MEMBERS_ONLY, STATUS_SHUT_DOWN};
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (has_status(x, reasons[i]))
            return reasons[i];
    return 0;
}

static void on_error(bosh_muc *muc, room *in, const bosh_stanza *stanza, bosh_muc_kind kind)
{
    const bosh_stanza *error = bosh_stanza_child(stanza, "error", NULL);
    bosh_muc_event event = {.kind = kind,
                            .room = in->jid,
                            .nick = bosh_ext_resource(bosh_stanza_attribute(stanza, "from")),
                            .condition = bosh_stanza_error_condition(stanza),
                            .text = bosh_stanza_child_text(error, "text", NULL),
                            .id = bosh_stanza_attribute(stanza, "id"),
                            .stanza = stanza};
    if (kind == BOSH_MUC_REFUSED)
        forget_room(muc, in, event);
    else
        tell(muc, event);
}

/* Without an answer nothing is known of the room: the session is lost, and it will be joined again,
 * or the service is silent. */
static void on_unlocked(bosh_client *client, int error, const bosh_stanza *answer, void *user)
{
    bosh_muc *muc = user;
    room *in = answer ? find_room(muc, bosh_stanza_attribute(answer, "from")) : NULL;
    (void)client;
    if (in && error)
        on_error(muc, in, answer, BOSH_MUC_BOUNCED);
    else if (in)
        tell(muc, (bosh_muc_event){.kind = BOSH_MUC_OPENED, .room = in->jid, .stanza = answer});
}

/* A room that did not exist is locked until its creator has chosen settings: the service's own. */
static void unlock_room(bosh_muc *muc, const room *in)
{
    bosh_writer *iq = bosh_client_iq(muc->client, "set", in->jid);
    bosh_writer_start(iq, "query", NS_MUC_OWNER);
    bosh_writer_start(iq, "x", "jabber:x:data");
    bosh_writer_attribute(iq, "type", "submit");
    bosh_client_request(muc->client, iq, 0, on_unlocked, muc);
}

static void on_available(bosh_muc *muc, room *in, const char *nick, const bosh_stanza *stanza,
                         const bosh_stanza *x)
{
    const bosh_stanza *item = bosh_stanza_child(x, "item", NS_MUC_USER);
    const char *show = bosh_stanza_child_text(stanza, "show", NULL);
    bosh_occupant *occupant = occupant_new(&muc->allocator, nick, item, show);
    int is_new = occupant ? put_occupant(&muc->allocator, in, occupant) : 0;
    if (!has_status(x, STATUS_SELF)) {
        if (is_new && in->is_joined)
            tell(muc,
                 (bosh_muc_event){
                     .kind = BOSH_MUC_ARRIVED, .room = in->jid, .nick = nick, .stanza = stanza});
        return;
    }
    set_string(&muc->allocator, &in->nick, nick); // the service may have changed it (210)
    if (in->is_joined)
        return;
    in->is_joined = 1;
    int is_created = has_status(x, STATUS_CREATED);
    if (is_created)
        unlock_room(muc, in);
    tell(muc, (bosh_muc_event){.kind = BOSH_MUC_JOINED,
                               .room = in->jid,
                               .nick = nick,
                               .is_own = 1,
                               .is_created = is_created,
                               .stanza = stanza});
}

static void on_unavailable(bosh_muc *muc, room *in, const char *nick, const bosh_stanza *stanza,
                           const bosh_stanza *x)
{
    const bosh_stanza *item = bosh_stanza_child(x, "item", NS_MUC_USER);
    const char *reason = bosh_stanza_child_text(item, "reason", NS_MUC_USER);
    const char *status_text = bosh_stanza_child_text(stanza, "status", NULL);
    int is_own = has_status(x, STATUS_SELF) || strcmp(nick, in->nick) == 0;
    bosh_muc_event event = {.kind = is_own ? BOSH_MUC_LEFT : BOSH_MUC_DEPARTED,
                            .room = in->jid,
                            .nick = nick,
                            .text = reason ? reason : status_text,
                            .status = leave_status(x),
                            .is_own = is_own,
                            .stanza = stanza};
    const char *new_nick = bosh_stanza_attribute(item, "nick");
    drop_occupant(&muc->allocator, in, nick);
    if (event.status == STATUS_RENAMED && new_nick) {
        event.kind = BOSH_MUC_RENAMED;
        event.new_nick = new_nick;
        if (is_own)
            set_string(&muc->allocator, &in->nick, new_nick);
        bosh_occupant *renamed = occupant_new(&muc->allocator, new_nick, item, NULL);
        if (renamed) // so that the presence under the new nick is no arrival
            put_occupant(&muc->allocator, in, renamed);
    }
    if (event.kind == BOSH_MUC_LEFT)
        forget_room(muc, in, event);
    else if (in->is_joined)
        tell(muc, event);
}

static int on_presence(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    bosh_muc *muc = user;
    const char *from = bosh_stanza_attribute(stanza, "from");
    const char *type = bosh_stanza_attribute(stanza, "type");
    const char *nick = bosh_ext_resource(from);
    const bosh_stanza *x = bosh_stanza_child(stanza, "x", NS_MUC_USER);
    room *in = from ? find_room(muc, from) : NULL;
    (void)client;
    if (!in)
        return 1;
    if (type && strcmp(type, "error") == 0)
        on_error(muc, in, stanza, in->is_joined ? BOSH_MUC_BOUNCED : BOSH_MUC_REFUSED);
    else if (*nick && !type)
        on_available(muc, in, nick, stanza, x);
    else if (*nick && strcmp(type, "unavailable") == 0)
        on_unavailable(muc, in, nick, stanza, x);
    return 1;
}

/* ----------------------------------------------------------------------------------- messages */

static int on_message(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    bosh_muc *muc = user;
    const char *from = bosh_stanza_attribute(stanza, "from");
    const char *type = bosh_stanza_attribute(stanza, "type");
    const char *text = bosh_stanza_child_text(stanza, "body", NULL);
    const char *subject = bosh_stanza_child_text(stanza, "subject", NULL);
    room *in = from ? find_room(muc, from) : NULL;
    (void)client;
    if (!in || !type)
        return 1;
    if (strcmp(type, "error") == 0) {
        if (!*bosh_ext_resource(from)) // a private message's error carries the nick: not ours
            on_error(muc, in, stanza, BOSH_MUC_BOUNCED);
        return 1;
    }
    if (strcmp(type, "groupchat") != 0 || (!text && !subject))
        return 1;
    const char *nick = bosh_ext_resource(from);
    tell(muc, (bosh_muc_event){.kind = text ? BOSH_MUC_MESSAGE : BOSH_MUC_SUBJECT,
                               .room = in->jid,
                               .nick = nick,
                               .text = text ? text : subject,
                               .id = bosh_stanza_attribute(stanza, "id"),
                               .stamp = bosh_ext_delay_stamp(stanza),
                               .is_own = *nick && strcmp(nick, in->nick) == 0,
                               .stanza = stanza});
    return 1;
}

/* ----------------------------------------------------------------------------- life of a muc */

int bosh_muc_new(bosh_client *client, const bosh_allocator *allocator, bosh_muc_fn fn, void *user,
                 bosh_muc **out)
{
    bosh_allocator memory = bosh_ext_allocator(allocator);
    bosh_muc *muc = bosh_ext_new(&memory, sizeof(*muc));
    *out = NULL;
    if (!muc)
        return BOSH_ERR_MEMORY;
    *muc = (bosh_muc){.client = client, .allocator = memory, .fn = fn, .user = user};
    bosh_match presence = {.name = "presence"}, message = {.name = "message"};
    int presence_id = bosh_handler_add(client, &presence, on_presence, muc);
    int message_id = bosh_handler_add(client, &message, on_message, muc);
    if (presence_id < 0 || message_id < 0) {
        bosh_handler_remove(client, presence_id);
        bosh_handler_remove(client, message_id);
        bosh_ext_free(&memory, muc);
        return BOSH_ERR_MEMORY;
    }
    *out = muc;
    return BOSH_OK;
}

void bosh_muc_free(bosh_muc *muc)
{
    if (!muc)
        return;
    bosh_allocator memory = muc->allocator;
    for (size_t i = 0; i < muc->count; i++)
        room_free(&memory, muc->rooms[i]);
    bosh_ext_free(&memory, muc->rooms);
    bosh_ext_free(&memory, muc);
}

void bosh_muc_follow(bosh_muc *muc, const bosh_event *event)
{
    bosh_ext_turn turn = bosh_ext_session_turn(&muc->session, event);
    for (size_t i = 0; i < muc->count && turn != BOSH_EXT_SAME; i++) {
        if (turn == BOSH_EXT_NEW) {
            send_join(muc, muc->rooms[i]); // MUC-4
        } else {
            muc->rooms[i]->is_joined = 0;
            drop_occupants(&muc->allocator, muc->rooms[i]);
        }
    }
}

/* Join again: the room keeps its place, because an event may be pointing to it right now. */
static void room_renew(bosh_muc *muc, room *in, room *made)
{
    room old = *in;
    in->nick = made->nick;
    in->password = made->password;
    in->history_max = made->history_max;
    in->is_joined = 0;
    made->nick = old.nick;
    made->password = old.password;
    room_free(&muc->allocator, made);
}

int bosh_muc_join(bosh_muc *muc, const char *room_jid, const char *nick, const char *password,
                  unsigned history_max)
{
    if (!bosh_ext_bare_size(room_jid) || !nick || !*nick)
        return BOSH_ERR_JID;
    room *in = find_room(muc, room_jid);
    room *made = room_new(&muc->allocator, room_jid, nick, password);
    if (!made)
        return BOSH_ERR_MEMORY;
    made->history_max = history_max;
    int error = in ? BOSH_OK : reserve_room(muc);
    if (!error && muc->session.is_up) // else bosh_muc_follow sends it when it is
        error = send_join(muc, made);
    if (error)
        room_free(&muc->allocator, made);
    else if (in)
        room_renew(muc, in, made);
    else
        muc->rooms[muc->count++] = made;
    return error;
}

int bosh_muc_leave(bosh_muc *muc, const char *room_jid, const char *reason)
{
    room *in = find_room(muc, room_jid);
    if (!in)
        return BOSH_ERR_ARGUMENT;
    if (!muc->session.is_up) { // there is nobody to tell
        forget_room(muc, in,
                    (bosh_muc_event){
                        .kind = BOSH_MUC_LEFT, .room = in->jid, .nick = in->nick, .is_own = 1});
        return BOSH_OK;
    }
    bosh_writer *writer = start_presence(muc, in->jid, in->nick, "unavailable");
    if (!writer)
        return BOSH_ERR_MEMORY;
    if (reason)
        bosh_writer_element(writer, "status", NULL, reason);
    return bosh_client_send(muc->client, writer, NULL);
}

static bosh_writer *start_groupchat(bosh_muc *muc, const char *room_jid, const char *id)
{
    const room *in = find_room(muc, room_jid);
    if (!in)
        return NULL;
    bosh_writer *writer = bosh_client_writer(muc->client);
    bosh_writer_start(writer, "message", NULL);
    bosh_writer_attribute(writer, "to", in->jid);
    bosh_writer_attribute(writer, "type", "groupchat");
    bosh_writer_attribute(writer, "id", id);
    return writer;
}

int bosh_muc_send(bosh_muc *muc, const char *room_jid, const char *text, const char *id,
                  bosh_ticket *ticket)
{
    bosh_writer *writer = start_groupchat(muc, room_jid, id);
    if (!writer)
        return BOSH_ERR_ARGUMENT;
    bosh_writer_element(writer, "body", NULL, text);
    return bosh_client_send(muc->client, writer, ticket);
}

int bosh_muc_subject(bosh_muc *muc, const char *room_jid, const char *subject)
{
    bosh_writer *writer = start_groupchat(muc, room_jid, NULL);
    if (!writer)
        return BOSH_ERR_ARGUMENT;
    bosh_writer_element(writer, "subject", NULL, subject);
    return bosh_client_send(muc->client, writer, NULL);
}

int bosh_muc_rename(bosh_muc *muc, const char *room_jid, const char *nick)
{
    const room *in = find_room(muc, room_jid);
    if (!in)
        return BOSH_ERR_ARGUMENT;
    bosh_writer *writer = start_presence(muc, in->jid, nick, NULL);
    return writer ? bosh_client_send(muc->client, writer, NULL) : BOSH_ERR_MEMORY;
}

int bosh_muc_is_joined(const bosh_muc *muc, const char *room_jid)
{
    const room *in = find_room(muc, room_jid);
    return in && in->is_joined;
}

const char *bosh_muc_nick(const bosh_muc *muc, const char *room_jid)
{
    const room *in = find_room(muc, room_jid);
    return in ? in->nick : NULL;
}

const bosh_occupant *bosh_muc_occupant(const bosh_muc *muc, const char *room_jid, size_t index)
{
    const room *in = find_room(muc, room_jid);
    return in && index < in->count ? in->occupants[index] : NULL;
}
