/* SPDX-License-Identifier: MIT
 * Old messages, fetched page by page from the archive of the account or of a room. */
#include "app.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 30

/* A page on its way. The chat is named, not pointed to: it may be closed meanwhile. */
typedef struct page {
    app *me;
    char *jid;
    int has_first;
} page;

time_t history_time(const char *stamp)
{
    struct tm parts = {0};
    int consumed = 0, hours = 0, minutes = 0;
    char sign = 'Z';
    if (!stamp ||
        sscanf(stamp, "%d-%d-%dT%d:%d:%d%n", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
               &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &consumed) != 6)
        return time(NULL);
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    const char *zone = stamp + consumed + strspn(stamp + consumed, ".0123456789");
    sscanf(zone, "%c%d:%d", &sign, &hours, &minutes);
    long offset_s = hours * 3600L + minutes * 60L;
    time_t utc = timegm(&parts);
    return sign == '+' ? utc - offset_s : sign == '-' ? utc + offset_s : utc;
}

static void on_old_message(bosh_mam *mam, const bosh_mam_message *old, void *user)
{
    page *of = user;
    app *me = of->me;
    chat *in = chats_find(&me->chats, of->jid);
    const char *from = bosh_stanza_attribute(old->message, "from");
    const char *text = bosh_stanza_child_text(old->message, "body", NULL);
    (void)mam;
    if (!in)
        return;
    if (!of->has_first) {
        of->has_first = 1;
        free(in->oldest);
        in->oldest = text_copy(old->id);
    }
    const char *slash = from ? strchr(from, '/') : NULL;
    const char *nick = bosh_muc_nick(me->muc, in->jid), *said_by = slash ? slash + 1 : "";
    int is_own = in->kind == CHAT_ROOM ? nick && strcmp(said_by, nick) == 0
                                       : bosh_jid_same_bare(from, bosh_client_jid(me->client));
    line said = {.kind = is_own ? LINE_OUT : LINE_IN,
                 .time = history_time(old->stamp),
                 .who = in->kind == CHAT_ROOM ? said_by
                        : is_own              ? "you"
                                              : in->title,
                 .text = text,
                 .id = bosh_stanza_attribute(old->message, "id"),
                 .archive_id = old->id};
    if (from && text && !chat_find(in, said.id, said.archive_id))
        view_add(me, in, &said);
}

static void on_page(bosh_mam *mam, int error, int is_complete, void *user)
{
    page *of = user;
    chat *in = chats_find(&of->me->chats, of->jid);
    (void)mam;
    if (in) {
        in->history_state = is_complete || (!error && !of->has_first) ? HISTORY_COMPLETE
                            : error == BOSH_ERR_IQ_ERROR              ? HISTORY_COMPLETE
                            : error && !in->oldest                    ? HISTORY_NONE
                                                                      : HISTORY_MORE;
        of->me->must_draw = 1;
    }
    free(of->jid);
    free(of);
}

void history_fetch(app *me, chat *of)
{
    int is_busy = of->history_state == HISTORY_ASKED || of->history_state == HISTORY_COMPLETE;
    if (of->kind == CHAT_INFO || is_busy || me->state != BOSH_STATE_ONLINE)
        return;
    page *asked = must(calloc(1, sizeof(*asked)));
    asked->me = me;
    asked->jid = text_copy(of->jid);
    bosh_mam_query query = {.archive = of->kind == CHAT_ROOM ? of->jid : NULL,
                            .with = of->kind == CHAT_PERSON ? of->jid : NULL,
                            .before = of->oldest ? of->oldest : "",
                            .max = PAGE};
    if (bosh_mam_ask(me->mam, &query, on_old_message, on_page, asked) != BOSH_OK) {
        free(asked->jid);
        free(asked);
        return;
    }
    of->history_state = HISTORY_ASKED;
    me->must_draw = 1;
}
