/* SPDX-License-Identifier: MIT
 * The line being typed: text, cursor, history, completion. Knows no terminal. */
#ifndef CHAT_EDITOR_H
#define CHAT_EDITOR_H

#include "keys.h"

#include <stddef.h>

#define EDITOR_HISTORY_MAX 200

typedef struct editor {
    char *text; /* NUL-terminated */
    size_t size, capacity;
    size_t cursor; /* byte offset of a character boundary */
    char *killed;  /* what Ctrl-K, Ctrl-U or Ctrl-W took last; Ctrl-Y brings it back */
    char *history[EDITOR_HISTORY_MAX];
    size_t history_count;
    size_t history_at; /* history_count: the line being typed */
    char *unfinished;  /* that line, while an older one is shown */
    /* While Tab is pressed repeatedly: */
    size_t completion_start, completion_end;
    int completion_turn; /* how often, 0: not completing */
    char *completed;     /* the word that is being completed */
} editor;

/* The `turn`-th (0, 1, ...) completion of `word`, which begins at byte `start` of `line`; NULL when
 * there are no more. The caller frees it. */
typedef char *(*editor_complete_fn)(const char *line, size_t start, const char *word, int turn,
                                    void *user);

void editor_init(editor *line);
void editor_deinit(editor *line);
/* Apply a key; returns 1 when the text or the cursor changed. Enter, Tab and keys that are not for
 * editing return 0 and do nothing. */
int editor_key(editor *line, const key *pressed);
/* Tab; backwards with `step` -1. */
void editor_complete(editor *line, int step, editor_complete_fn complete, void *user);
/* Empty the line and remember what it was in the history. The caller frees it. */
char *editor_take(editor *line);
/* Show `text` instead. */
void editor_set(editor *line, const char *text);

#endif
