/* SPDX-License-Identifier: MIT
 * What is seen: lines added to chats, unread counts, which chat is open. Without a screen each line
 * is printed as it comes. */
#include "app.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_line(const chat *in, const line *added)
{
    char clock[16];
    struct tm parts;
    if (added->kind == LINE_OUT && isatty(STDIN_FILENO))
        return; // the user has just typed it
    localtime_r(&added->time, &parts);
    strftime(clock, sizeof(clock), "%H:%M", &parts);
    char *full = !added->who ? text_format("* %s", added->text)
                 : in->kind == CHAT_ROOM
                     ? text_format("%s/%s: %s", in->title, added->who, added->text)
                 : added->kind == LINE_OUT ? text_format("you to %s: %s", in->title, added->text)
                                           : text_format("%s: %s", added->who, added->text);
    char *clean = text_clean(full);
    printf("%s %s\n", clock, clean);
    fflush(stdout);
    free(full);
    free(clean);
}

void view_add(app *me, chat *to, const line *added)
{
    chat_add(to, added);
    me->must_draw = 1;
    if (!me->screen)
        print_line(to, added);
}

void view_add_news(app *me, chat *to, const line *added)
{
    if (to != me->chats.open)
        to->unread++;
    to->is_listed = 1;
    view_add(me, to, added);
}

static void add_note(app *me, chat *to, line_kind kind, const char *format, va_list list)
{
    char text[1024];
    vsnprintf(text, sizeof(text), format, list); // a longer one is cut
    line note = {.kind = kind, .time = time(NULL), .text = text};
    view_add(me, to ? to : me->chats.chats[0], &note);
}

void view_info(app *me, chat *to, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    add_note(me, to, LINE_INFO, format, list);
    va_end(list);
}

void view_error(app *me, chat *to, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    add_note(me, to, LINE_ERROR, format, list);
    va_end(list);
}

void view_state(app *me, chat *in, line *changed, line_state state)
{
    changed->state = state;
    me->must_draw = 1;
    if (me->screen || (state != LINE_UNSENT && state != LINE_UNKNOWN))
        return;
    char *title = text_clean(in->title), *text = text_clean(changed->text);
    printf("* %s: to %s: %s\n", state == LINE_UNSENT ? "not sent" : "may not have arrived", title,
           text);
    fflush(stdout);
    free(title);
    free(text);
}

int view_is_listed(const chat *shown)
{
    return shown->is_listed || shown->is_contact;
}

void view_open(app *me, chat *opened)
{
    chat *before = me->chats.open;
    if (before != opened) {
        free(before->draft);
        before->draft = text_copy(me->editor.text);
        before->new_from = SIZE_MAX;
        editor_set(&me->editor, opened->draft ? opened->draft : "");
    }
    if (opened->unread)
        opened->new_from =
            opened->count - (opened->unread < opened->count ? opened->unread : opened->count);
    opened->unread = 0;
    opened->is_mentioned = 0;
    opened->is_listed = 1;
    opened->scroll = 0;
    me->chats.open = opened;
    me->must_draw = 1;
    if (opened->history_state == HISTORY_NONE && opened->kind == CHAT_PERSON)
        history_fetch(me, opened);
    if (!me->screen && before != opened)
        print_line(opened,
                   &(line){.kind = LINE_INFO,
                           .time = time(NULL),
                           .text = opened->kind == CHAT_INFO ? "no chat is open" : opened->jid});
}

void view_step(app *me, int step)
{
    size_t count = me->chats.count, at = 0;
    while (me->chats.chats[at] != me->chats.open)
        at++;
    do
        at = (at + count + (size_t)step) % count;
    while (!view_is_listed(me->chats.chats[at]));
    view_open(me, me->chats.chats[at]);
}
