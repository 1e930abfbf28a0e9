/* SPDX-License-Identifier: MIT
 * What has been said: chats and their lines. */
#include "chats.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void chats_init(chat_list *list)
{
    *list = (chat_list){0};
    list->open = chats_get(list, CHAT_INFO, "");
    chats_rename(list, list->open, "info");
    list->open->is_listed = 1;
}

/* The strings of a line in a chat are its own, made by chat_add. */
static void line_deinit(line *gone)
{
    const char *owned[] = {gone->who, gone->text, gone->id, gone->archive_id};
    for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
        free((void *)(uintptr_t)owned[i]);
}

static void chat_free(chat *gone)
{
    for (size_t i = 0; i < gone->count; i++)
        line_deinit(&gone->lines[i]);
    free(gone->lines);
    free(gone->jid);
    free(gone->title);
    free(gone->draft);
    free(gone->presence);
    free(gone->oldest);
    free(gone);
}

void chats_deinit(chat_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        chat_free(list->chats[i]);
    free(list->chats);
}

static size_t bare_size(const char *jid)
{
    return strcspn(jid, "/");
}

chat *chats_find(const chat_list *list, const char *jid)
{
    size_t size = bare_size(jid);
    for (size_t i = 0; i < list->count; i++)
        if (strlen(list->chats[i]->jid) == size && strncasecmp(list->chats[i]->jid, jid, size) == 0)
            return list->chats[i];
    return NULL;
}

/* Information first, then people, then rooms; by title. */
static int compare(const void *a, const void *b)
{
    const chat *const *left = a, *const *right = b;
    if ((*left)->kind != (*right)->kind)
        return (int)(*left)->kind - (int)(*right)->kind;
    return strcasecmp((*left)->title, (*right)->title);
}

chat *chats_get(chat_list *list, chat_kind kind, const char *jid)
{
    chat *found = chats_find(list, jid);
    if (found)
        return found;
    chat *made = must(calloc(1, sizeof(*made)));
    made->kind = kind;
    made->jid = text_copy(jid);
    made->jid[bare_size(jid)] = '\0';
    made->title = text_copy(made->jid);
    made->title[strcspn(made->title, "@")] = '\0';
    made->new_from = SIZE_MAX;
    list->chats = must(realloc(list->chats, (list->count + 1) * sizeof(*list->chats)));
    list->chats[list->count++] = made;
    qsort(list->chats, list->count, sizeof(*list->chats), compare);
    return made;
}

chat *chats_guess(const chat_list *list, const char *typed)
{
    size_t size = strlen(typed);
    chat *found = *typed ? chats_find(list, typed) : NULL;
    for (size_t i = 0; !found && i < list->count; i++)
        if (strcasecmp(list->chats[i]->title, typed) == 0)
            found = list->chats[i];
    for (size_t i = 0; !found && i < list->count && size > 0; i++)
        if (strncasecmp(list->chats[i]->title, typed, size) == 0 ||
            strncasecmp(list->chats[i]->jid, typed, size) == 0)
            found = list->chats[i];
    return found;
}

void chats_remove(chat_list *list, chat *gone)
{
    size_t i = 0;
    while (list->chats[i] != gone)
        i++;
    list->count--;
    memmove(list->chats + i, list->chats + i + 1, (list->count - i) * sizeof(*list->chats));
    if (list->open == gone)
        list->open = list->chats[0];
    chat_free(gone);
}

void chats_rename(chat_list *list, chat *named, const char *title)
{
    char *copy = text_copy(title);
    free(named->title);
    named->title = copy;
    qsort(list->chats, list->count, sizeof(*list->chats), compare);
}

unsigned chats_unread(const chat_list *list)
{
    unsigned unread = 0;
    for (size_t i = 0; i < list->count; i++)
        unread += list->chats[i]->unread;
    return unread;
}

static void drop_first(chat *in)
{
    line_deinit(&in->lines[0]);
    in->count--;
    memmove(in->lines, in->lines + 1, in->count * sizeof(*in->lines));
    if (in->new_from > 0 && in->new_from != SIZE_MAX)
        in->new_from--;
}

line *chat_add(chat *to, const line *added)
{
    if (to->count == CHAT_LINES_MAX)
        drop_first(to);
    if ((to->count & (to->count - 1)) == 0)
        to->lines = must(realloc(to->lines, (to->count ? to->count * 2 : 1) * sizeof(*to->lines)));
    size_t at = to->count;
    while (at > 0 && to->lines[at - 1].time > added->time)
        at--;
    memmove(to->lines + at + 1, to->lines + at, (to->count - at) * sizeof(*to->lines));
    to->count++;
    if (to->new_from != SIZE_MAX && at <= to->new_from)
        to->new_from++;
    line *copy = &to->lines[at];
    *copy = *added;
    copy->text = text_copy(added->text);
    copy->who = added->who ? text_copy(added->who) : NULL;
    copy->id = added->id && *added->id ? text_copy(added->id) : NULL;
    copy->archive_id =
        added->archive_id && *added->archive_id ? text_copy(added->archive_id) : NULL;
    return copy;
}

line *chat_find(const chat *in, const char *id, const char *archive_id)
{
    for (size_t i = in->count; i-- > 0;) {
        line *candidate = &in->lines[i];
        if (id && *id && candidate->id && strcmp(candidate->id, id) == 0)
            return candidate;
        if (archive_id && *archive_id && candidate->archive_id &&
            strcmp(candidate->archive_id, archive_id) == 0)
            return candidate;
    }
    return NULL;
}
