/* SPDX-License-Identifier: MIT
 * The line being typed: text, cursor, history, completion. */
#include "editor.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

void editor_init(editor *line)
{
    *line = (editor){.text = text_copy("")};
    line->capacity = 1;
}

void editor_deinit(editor *line)
{
    for (size_t i = 0; i < line->history_count; i++)
        free(line->history[i]);
    free(line->text);
    free(line->killed);
    free(line->unfinished);
    free(line->completed);
}

static void insert(editor *line, const char *text, size_t size)
{
    if (line->size + size + 1 > line->capacity) {
        line->capacity = (line->size + size + 1) * 2;
        line->text = must(realloc(line->text, line->capacity));
    }
    memmove(line->text + line->cursor + size, line->text + line->cursor,
            line->size - line->cursor + 1);
    memcpy(line->text + line->cursor, text, size);
    line->size += size;
    line->cursor += size;
}

static void erase(editor *line, size_t begin, size_t end)
{
    memmove(line->text + begin, line->text + end, line->size - end + 1);
    line->size -= end - begin;
    line->cursor = begin;
}

static void kill_part(editor *line, size_t begin, size_t end)
{
    if (begin == end)
        return;
    free(line->killed);
    line->killed = text_copy(line->text + begin);
    line->killed[end - begin] = '\0';
    erase(line, begin, end);
}

void editor_set(editor *line, const char *text)
{
    line->size = line->cursor = 0;
    line->text[0] = '\0';
    insert(line, text, strlen(text));
}

static size_t word_left(const editor *line)
{
    size_t at = line->cursor;
    while (at > 0 && line->text[at - 1] == ' ')
        at--;
    while (at > 0 && line->text[at - 1] != ' ')
        at--;
    return at;
}

static size_t word_right(const editor *line)
{
    size_t at = line->cursor;
    while (line->text[at] == ' ')
        at++;
    while (line->text[at] && line->text[at] != ' ')
        at++;
    return at;
}

static void show_history(editor *line, size_t at)
{
    if (at > line->history_count || at == line->history_at)
        return;
    if (line->history_at == line->history_count) {
        free(line->unfinished);
        line->unfinished = text_copy(line->text);
    }
    line->history_at = at;
    editor_set(line, at < line->history_count ? line->history[at] : line->unfinished);
}

static int type_character(editor *line, uint32_t character)
{
    char bytes[4];
    insert(line, bytes, text_encode(character, bytes));
    return 1;
}

static int control_key(editor *line, uint32_t letter)
{
    switch (letter) {
    case 'a':
        line->cursor = 0;
        return 1;
    case 'b':
        line->cursor = text_before(line->text, line->cursor);
        return 1;
    case 'e':
        line->cursor = line->size;
        return 1;
    case 'f':
        line->cursor = text_after(line->text, line->cursor);
        return 1;
    case 'd':
        erase(line, line->cursor, text_after(line->text, line->cursor));
        return 1;
    case 'k':
        kill_part(line, line->cursor, line->size);
        return 1;
    case 'u':
        kill_part(line, 0, line->cursor);
        return 1;
    case 'w':
        kill_part(line, word_left(line), line->cursor);
        return 1;
    case 'y':
        insert(line, line->killed ? line->killed : "", line->killed ? strlen(line->killed) : 0);
        return 1;
    case 'j': // Ctrl-J: a new line in the message
        return type_character(line, '\n');
    default:
        return 0;
    }
}

static int movement_key(editor *line, key_name name)
{
    size_t at = line->cursor;
    switch (name) {
    case KEY_LEFT:
        line->cursor = text_before(line->text, at);
        return 1;
    case KEY_RIGHT:
        line->cursor = text_after(line->text, at);
        return 1;
    case KEY_WORD_LEFT:
        line->cursor = word_left(line);
        return 1;
    case KEY_WORD_RIGHT:
        line->cursor = word_right(line);
        return 1;
    case KEY_HOME:
        line->cursor = 0;
        return 1;
    case KEY_END:
        line->cursor = line->size;
        return 1;
    case KEY_UP:
        if (line->history_at > 0)
            show_history(line, line->history_at - 1);
        return 1;
    case KEY_DOWN:
        show_history(line, line->history_at + 1);
        return 1;
    default:
        return 0;
    }
}

int editor_key(editor *line, const key *pressed)
{
    line->completion_turn = 0;
    switch (pressed->name) {
    case KEY_TEXT:
    case KEY_PASTED:
        return type_character(line, pressed->character);
    case KEY_CONTROL:
        return control_key(line, pressed->character);
    case KEY_BACKSPACE: {
        size_t at = line->cursor;
        erase(line, text_before(line->text, at), at);
        return 1;
    }
    case KEY_WORD_BACKSPACE:
        kill_part(line, word_left(line), line->cursor);
        return 1;
    case KEY_DELETE:
        erase(line, line->cursor, text_after(line->text, line->cursor));
        return 1;
    default:
        return movement_key(line, pressed->name);
    }
}

static void start_completion(editor *line)
{
    size_t begin = line->cursor;
    while (begin > 0 && line->text[begin - 1] != ' ')
        begin--;
    free(line->completed);
    line->completed = text_copy(line->text + begin);
    line->completed[line->cursor - begin] = '\0';
    line->completion_start = begin;
    line->completion_end = line->cursor;
}

void editor_complete(editor *line, int step, editor_complete_fn complete, void *user)
{
    if (!line->completion_turn)
        start_completion(line);
    int turn = line->completion_turn + step;
    char *word = NULL;
    if (turn > 0)
        word = complete(line->text, line->completion_start, line->completed, turn - 1, user);
    erase(line, line->completion_start, line->completion_end);
    // Past the last one (or before the first) stands what was typed.
    const char *shown = word ? word : line->completed;
    insert(line, shown, strlen(shown));
    line->completion_end = line->cursor;
    line->completion_turn = word ? turn : 0;
    free(word);
}

char *editor_take(editor *line)
{
    char *taken = text_copy(line->text);
    int is_repeated =
        line->history_count > 0 && strcmp(line->history[line->history_count - 1], taken) == 0;
    if (*taken && !is_repeated) {
        if (line->history_count == EDITOR_HISTORY_MAX) {
            free(line->history[0]);
            line->history_count--;
            memmove(line->history, line->history + 1,
                    line->history_count * sizeof(line->history[0]));
        }
        line->history[line->history_count++] = text_copy(taken);
    }
    line->history_at = line->history_count;
    line->completion_turn = 0;
    editor_set(line, "");
    return taken;
}
