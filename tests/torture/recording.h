/* SPDX-License-Identifier: MIT
 * A conversation with a real server, as record.mjs wrote it down. */
#ifndef TORTURE_RECORDING_H
#define TORTURE_RECORDING_H

#include <stddef.h>

typedef enum recorded_kind { RECORDED_SEND, RECORDED_ANSWER, RECORDED_CLOSE } recorded_kind;

typedef struct recorded_line {
    recorded_kind kind;
    unsigned long request; /* the answered one, from 0 */
    unsigned long after;   /* so many requests have been made by then */
    const char *text;
} recorded_line;

typedef struct recording {
    char *bytes;
    recorded_line *lines;
    size_t count;
} recording;

/* 1, or 0 when the file cannot be read or is no recording. */
int recording_read(recording *made, const char *path);
void recording_free(recording *made);

#endif
