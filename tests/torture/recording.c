/* SPDX-License-Identifier: MIT
 * Reads recordings. */
#include "torture/recording.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    char *bytes = size < 0 ? NULL : malloc((size_t)size + 1);
    rewind(file);
    if (bytes)
        bytes[fread(bytes, 1, (size_t)size, file)] = '\0';
    fclose(file);
    return bytes;
}

static int read_line(recorded_line *line, char *text)
{
    char *end;
    if (strcmp(text, "close") == 0) {
        line->kind = RECORDED_CLOSE;
    } else if (strncmp(text, "send ", 5) == 0) {
        line->kind = RECORDED_SEND;
        line->text = text + 5;
    } else if (strncmp(text, "answer ", 7) == 0) {
        line->kind = RECORDED_ANSWER;
        line->request = strtoul(text + 7, &end, 10);
        line->after = strtoul(end, &end, 10);
        line->text = end + 1;
    } else {
        return 0;
    }
    return 1;
}

int recording_read(recording *made, const char *path)
{
    memset(made, 0, sizeof(*made));
    made->bytes = read_file(path);
    if (!made->bytes)
        return 0;
    size_t lines = 0;
    for (const char *at = made->bytes; *at; at++)
        lines += *at == '\n';
    made->lines = calloc(lines + 1, sizeof(*made->lines));
    if (!made->lines)
        return 0;
    for (char *text = strtok(made->bytes, "\n"); text; text = strtok(NULL, "\n"))
        if (*text != '#' && !read_line(&made->lines[made->count++], text))
            return 0;
    return made->count > 0;
}

void recording_free(recording *made)
{
    free(made->lines);
    free(made->bytes);
}
