/* SPDX-License-Identifier: MIT
 * Lines of a transcript, as they stand in the file: empty ones and those that begin with '#' are
 * dropped, those that begin with two spaces continue the line before. */
#include "script.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    FILE *file;
    char *line;
    size_t room;
    int number;
} reading;

static int next_line(reading *r)
{
    size_t size = 0;
    int c = EOF;
    while ((c = getc(r->file)) != EOF && c != '\n') {
        if (size + 2 > r->room) {
            r->room = r->room * 2 + 200;
            r->line = realloc(r->line, r->room);
            if (!r->line)
                abort();
        }
        r->line[size++] = (char)c;
    }
    if (c == EOF && size == 0)
        return 0;
    if (!r->line) {
        r->room = 200;
        r->line = malloc(r->room);
        if (!r->line)
            abort();
    }
    r->line[size] = 0;
    r->number++;
    return 1;
}

static void add_line(script *transcript, int number, const char *text)
{
    size_t size = (transcript->count + 1) * sizeof(script_line);
    transcript->lines = realloc(transcript->lines, size);
    char *copy = malloc(strlen(text) + 1);
    if (!transcript->lines || !copy)
        abort();
    strcpy(copy, text);
    transcript->lines[transcript->count].number = number;
    transcript->lines[transcript->count++].text = copy;
}

static void continue_line(script *transcript, const char *text)
{
    script_line *line = &transcript->lines[transcript->count - 1];
    size_t size = strlen(line->text);
    line->text = realloc(line->text, size + strlen(text) + 1);
    if (!line->text)
        abort();
    strcpy(line->text + size, text);
}

static void clear(script *transcript)
{
    for (size_t i = 0; i < transcript->count; i++)
        free(transcript->lines[i].text);
    free(transcript->lines);
    transcript->lines = NULL;
    transcript->count = 0;
}

/* The lines up to the closing fence. 0, or -1 when there is none. */
static int read_transcript(reading *r, script *transcript)
{
    while (next_line(r)) {
        const char *text = r->line;
        if (strncmp(text, "```", 3) == 0)
            return 0;
        if (strncmp(text, "  ", 2) == 0 && transcript->count > 0)
            continue_line(transcript, text + strspn(text, " "));
        else if (text[strspn(text, " ")] != 0 && text[0] != '#')
            add_line(transcript, r->number, text);
    }
    printf("%s:%d: the transcript has no end\n", transcript->path, r->number);
    return -1;
}

/* Is this the heading of `id`? "## ORD-1" and "## ORD-1 and a few words" are. */
static int is_heading(const char *line, const char *id)
{
    size_t size = strlen(id);
    return strncmp(line, "## ", 3) == 0 && strncmp(line + 3, id, size) == 0 &&
           !isalnum((unsigned char)line[3 + size]);
}

static int read_sections(reading *r, const char *path, const char *id, script_fn fn, void *user)
{
    int is_inside = 0, count = 0;
    while (next_line(r)) {
        script transcript = {path, NULL, 0};
        if (strncmp(r->line, "## ", 3) == 0)
            is_inside = is_heading(r->line, id);
        if (!is_inside || strcmp(r->line, "```") != 0)
            continue;
        int error = read_transcript(r, &transcript);
        if (error == 0)
            fn(&transcript, user);
        clear(&transcript);
        if (error)
            return -1;
        count++;
    }
    return count;
}

int script_read(const char *path, const char *id, script_fn fn, void *user)
{
    reading r = {fopen(path, "r"), NULL, 0, 0};
    if (!r.file) {
        printf("%s: cannot be read\n", path);
        return -1;
    }
    int count = read_sections(&r, path, id, fn, user);
    fclose(r.file);
    free(r.line);
    return count;
}
