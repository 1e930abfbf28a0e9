/* SPDX-License-Identifier: MIT
 * The screen: chats on the left, the open one beside them, a status line, the line being typed. */
#include "app.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_COLUMNS 20      /* the chats on the left ... */
#define LIST_FROM_COLUMNS 60 /* ... if there is so much room */
#define CLOCK_COLUMNS 6      /* "12:34 " */

/* One row of the open chat. */
typedef struct part {
    enum { PART_FIRST, PART_MORE, PART_DAY, PART_NEW } kind;
    const line *of;
    char *full;        /* who, text and state in one string */
    size_t begin, end; /* the piece of it in this row */
    size_t who_end, state_begin;
} part;

typedef struct layout {
    part *parts; /* the lowest row first */
    size_t count, capacity;
} layout;

/* --------------------------------------------------------------------------------- the chat */

static const char *state_mark(const line *shown)
{
    static const char *const marks[] = {
        "", " …", " ✓", " ✓✓", " ? may not have arrived", " ✗ not sent", " ✗ refused"};
    return shown->kind == LINE_OUT ? marks[shown->state] : "";
}

static style state_style(line_state state)
{
    return state >= LINE_UNKNOWN ? STYLE_RED : state == LINE_SENDING ? STYLE_DIM : STYLE_GREEN;
}

static style who_style(const line *shown)
{
    static const style styles[] = {STYLE_CYAN, STYLE_MAGENTA, STYLE_BLUE, STYLE_YELLOW,
                                   STYLE_GREEN};
    unsigned sum = 0;
    if (shown->kind == LINE_OUT)
        return STYLE_BOLD;
    for (const char *byte = shown->who; *byte; byte++)
        sum = sum * 31 + (unsigned char)*byte;
    return styles[sum % (sizeof(styles) / sizeof(styles[0]))];
}

static void push(layout *to, part added)
{
    if (to->count == to->capacity) {
        to->capacity = to->capacity ? to->capacity * 2 : 64;
        to->parts = must(realloc(to->parts, to->capacity * sizeof(*to->parts)));
    }
    to->parts[to->count++] = added;
}

/* Break a line into rows of `columns`. */
static void lay_out_line(layout *to, const line *shown, int columns)
{
    part piece = {.kind = PART_FIRST, .of = shown};
    size_t first = to->count;
    piece.full = shown->who ? text_format("%s: %s%s", shown->who, shown->text, state_mark(shown))
                            : text_copy(shown->text);
    size_t size = strlen(piece.full);
    piece.who_end = shown->who ? strlen(shown->who) + 1 : 0;
    piece.state_begin = size - (shown->who ? strlen(state_mark(shown)) : 0);
    do {
        piece.end = piece.begin + text_wrap(piece.full + piece.begin, columns);
        push(to, piece);
        piece.begin = piece.end + text_skip(piece.full + piece.end);
        piece.kind = PART_MORE;
    } while (piece.begin < size);
    for (size_t low = first, high = to->count - 1; low < high; low++, high--) {
        part swapped = to->parts[low];
        to->parts[low] = to->parts[high];
        to->parts[high] = swapped;
    }
}

static int is_same_day(const line *a, const line *b)
{
    struct tm day_a, day_b;
    localtime_r(&a->time, &day_a);
    localtime_r(&b->time, &day_b);
    return day_a.tm_year == day_b.tm_year && day_a.tm_yday == day_b.tm_yday;
}

/* The rows of a chat from its end on, until there are `wanted`. */
static void lay_out(layout *to, const chat *shown, int columns, size_t wanted)
{
    for (size_t i = shown->count; i-- > 0 && to->count < wanted;) {
        const line *here = &shown->lines[i];
        lay_out_line(to, here, columns);
        if (i == shown->new_from)
            push(to, (part){.kind = PART_NEW, .of = here});
        if (i == 0 || !is_same_day(here - 1, here))
            push(to, (part){.kind = PART_DAY, .of = here});
    }
}

static void layout_free(layout *gone)
{
    for (size_t i = 0; i < gone->count; i++)
        if (gone->parts[i].kind == PART_FIRST)
            free(gone->parts[i].full);
    free(gone->parts);
}

static void draw_rule(row *to, const part *shown)
{
    char text[64] = " new ";
    struct tm day;
    localtime_r(&shown->of->time, &day);
    if (shown->kind == PART_DAY)
        strftime(text, sizeof(text), " %A, %d %B %Y ", &day);
    row_style(to, shown->kind == PART_NEW ? STYLE_YELLOW : STYLE_DIM);
    row_text(to, "───");
    row_text(to, text);
    while (to->column < to->columns)
        row_text(to, "─");
}

/* The bytes of a part between `from` and `until`. */
static void draw_piece(row *to, const part *shown, size_t from, size_t until, style how)
{
    size_t begin = from > shown->begin ? from : shown->begin;
    size_t end = until < shown->end ? until : shown->end;
    row_style(to, how);
    if (begin < end)
        row_text_n(to, shown->full + begin, end - begin);
}

static void draw_part(row *to, const part *shown)
{
    const line *of = shown->of;
    char clock[16] = "";
    int left = to->column;
    if (shown->kind == PART_DAY || shown->kind == PART_NEW) {
        draw_rule(to, shown);
        return;
    }
    if (shown->kind == PART_FIRST) {
        struct tm parts;
        localtime_r(&of->time, &parts);
        strftime(clock, sizeof(clock), "%H:%M", &parts);
    }
    row_style(to, STYLE_DIM);
    row_text(to, clock);
    row_pad(to, left + CLOCK_COLUMNS);
    style text = of->kind == LINE_ERROR  ? STYLE_RED
                 : of->kind == LINE_INFO ? STYLE_DIM
                                         : STYLE_PLAIN;
    draw_piece(to, shown, 0, shown->who_end, of->who ? who_style(of) : text);
    draw_piece(to, shown, shown->who_end, shown->state_begin, text);
    draw_piece(to, shown, shown->state_begin, SIZE_MAX, state_style(of->state));
}

/* ------------------------------------------------------------------------- the list of chats */

static void draw_dot(row *to, const chat *shown)
{
    const char *presence = shown->presence ? shown->presence : "offline";
    int is_away = strcmp(presence, "away") == 0 || strcmp(presence, "xa") == 0;
    if (shown->kind != CHAT_PERSON) {
        row_text(to, shown->kind == CHAT_ROOM ? "# " : "  ");
        return;
    }
    if (strcmp(presence, "offline") == 0) {
        row_text(to, "○ ");
        return;
    }
    style before = to->style;
    if (before != STYLE_REVERSED)
        row_style(to, strcmp(presence, "dnd") == 0 ? STYLE_RED
                      : is_away                    ? STYLE_YELLOW
                                                   : STYLE_GREEN);
    row_text(to, is_away ? "◐ " : "● ");
    row_style(to, before);
}

static void draw_chat_name(app *me, row *to, const chat *shown)
{
    char count[16] = "";
    int is_open = shown == me->chats.open;
    if (shown->unread)
        snprintf(count, sizeof(count), "%s%u", shown->is_mentioned ? "!" : "", shown->unread);
    else if (shown->is_typing)
        snprintf(count, sizeof(count), "…");
    int all = to->columns, room = LIST_COLUMNS - text_columns(count) - 1;
    row_style(to, is_open ? STYLE_REVERSED : shown->unread ? STYLE_BOLD : STYLE_PLAIN);
    draw_dot(to, shown);
    to->columns = room < all ? room : all;
    row_text(to, shown->title);
    to->columns = all;
    row_pad(to, LIST_COLUMNS - text_columns(count));
    if (!is_open && shown->unread)
        row_style(to, STYLE_YELLOW);
    row_text(to, count);
}

/* The chats that are listed; the caller frees the array. */
static const chat **listed_chats(app *me, size_t *count, size_t *open)
{
    const chat **listed = must(malloc(me->chats.count * sizeof(*listed)));
    *count = *open = 0;
    for (size_t i = 0; i < me->chats.count; i++) {
        if (!view_is_listed(me->chats.chats[i]) && me->chats.chats[i] != me->chats.open)
            continue;
        if (me->chats.chats[i] == me->chats.open)
            *open = *count;
        listed[(*count)++] = me->chats.chats[i];
    }
    return listed;
}

static void draw_body(app *me, int height)
{
    terminal *screen = me->screen;
    chat *shown = me->chats.open;
    int left = screen->columns >= LIST_FROM_COLUMNS ? LIST_COLUMNS + 2 : 0;
    size_t count, open;
    const chat **listed = listed_chats(me, &count, &open);
    size_t top = open >= (size_t)height ? open - (size_t)height + 1 : 0;
    layout rows = {0};
    int columns = screen->columns - left - CLOCK_COLUMNS;
    lay_out(&rows, shown, columns > 1 ? columns : 1, shown->scroll + (size_t)height);
    size_t highest = rows.count > (size_t)height ? rows.count - (size_t)height : 0;
    if (shown->scroll > highest)
        shown->scroll = highest;
    for (int at = 0; at < height; at++) {
        row *made = terminal_row(screen);
        if (left && top + (size_t)at < count)
            draw_chat_name(me, made, listed[top + (size_t)at]);
        row_style(made, STYLE_DIM);
        row_pad(made, left ? LIST_COLUMNS : 0);
        row_text(made, left ? "│ " : "");
        size_t below = shown->scroll + (size_t)(height - 1 - at);
        if (below < rows.count)
            draw_part(made, &rows.parts[below]);
        terminal_draw(screen, at, made);
    }
    layout_free(&rows);
    free(listed);
}

/* ------------------------------------------------------------------------- status and input */

static char *connection_text(app *me)
{
    bosh_time now = bosh_curl_now_ms();
    if (me->is_quitting)
        return text_copy("leaving");
    if (me->state == BOSH_STATE_RECONNECT_WAIT)
        return text_format("offline, next try in %d s: %s",
                           me->next_try_ms > now ? (int)((me->next_try_ms - now + 999) / 1000) : 0,
                           me->trouble ? me->trouble : "");
    if (me->trouble)
        return text_format("%s: %s", bosh_state_text(me->state), me->trouble);
    return text_copy(bosh_state_text(me->state));
}

static char *chat_text(app *me)
{
    const chat *open = me->chats.open;
    const char *history = open->history_state == HISTORY_ASKED ? ", fetching history" : "";
    if (open->scroll)
        return text_format("%s, %zu rows up", open->title, open->scroll);
    if (open->kind == CHAT_INFO)
        return text_copy("/help");
    if (open->kind == CHAT_PERSON)
        return text_format("%s (%s)%s%s", open->is_contact ? open->title : open->jid,
                           open->presence     ? open->presence
                           : open->is_contact ? "offline"
                                              : "no contact",
                           open->is_typing ? " is typing…" : "", history);
    size_t count = 0;
    while (bosh_muc_occupant(me->muc, open->jid, count))
        count++;
    return bosh_muc_is_joined(me->muc, open->jid)
               ? text_format("%s, %zu here%s", open->title, count, history)
               : text_format("%s, not in it", open->title);
}

static void draw_status(app *me, int at)
{
    char *connection = connection_text(me), *about_chat = chat_text(me), unread[48] = "";
    const char *own = bosh_client_jid(me->client);
    row *made = terminal_row(me->screen);
    unsigned count = chats_unread(&me->chats);
    if (count)
        snprintf(unread, sizeof(unread), "%u unread ", count);
    char *name = text_copy(*own ? own : me->options->jid);
    name[strcspn(name, "/")] = '\0';
    row_style(made, STYLE_BAR);
    row_text(made, " ");
    row_text(made, name);
    row_text(made, " ");
    row_style(made, me->state == BOSH_STATE_ONLINE && !me->trouble ? STYLE_BAR_GOOD
                    : me->state == BOSH_STATE_ENDED || me->state == BOSH_STATE_RECONNECT_WAIT
                        ? STYLE_BAR_BAD
                        : STYLE_BAR_WAIT);
    row_text(made, "● ");
    row_text(made, connection);
    row_style(made, STYLE_BAR);
    row_text(made, " │ ");
    row_text(made, about_chat);
    row_pad(made, made->columns - text_columns(unread));
    row_style(made, count ? STYLE_BAR_WAIT : STYLE_BAR);
    row_text(made, unread);
    terminal_draw(me->screen, at, made);
    free(name);
    free(connection);
    free(about_chat);
}

/* Draws the input line; returns the column of the cursor. A long line is moved to the left so that
 * the cursor is seen. */
static int draw_input(app *me, int at)
{
    const editor *input = &me->editor;
    row *made = terminal_row(me->screen);
    row_style(made, STYLE_BOLD);
    if (me->chats.open->kind != CHAT_INFO)
        row_text(made, me->chats.open->title);
    row_text(made, "> ");
    row_style(made, STYLE_PLAIN);
    int left = made->column, columns = made->columns - left - 1;
    char *before = text_copy(input->text);
    before[input->cursor] = '\0';
    int cursor = text_columns(before);
    size_t skipped = 0;
    for (; cursor > columns && before[skipped]; cursor = text_columns(before + skipped))
        skipped = text_after(before, skipped);
    for (const char *rest = input->text + skipped; *rest;) {
        size_t size = strcspn(rest, "\n");
        row_text_n(made, rest, size);
        rest += size;
        if (*rest == '\n') {
            row_text(made, "⏎");
            rest++;
        }
    }
    terminal_draw(me->screen, at, made);
    free(before);
    return left + cursor;
}

void screen_draw(app *me)
{
    int height = me->screen->rows - 2;
    me->must_draw = 0;
    if (height > 0)
        draw_body(me, height);
    draw_status(me, me->screen->rows - 2);
    int column = draw_input(me, me->screen->rows - 1);
    terminal_finish(me->screen, me->screen->rows - 1, column);
}
