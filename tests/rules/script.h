/* SPDX-License-Identifier: MIT
 * Reading tests/rules/<family>.md: a heading per rule, below it fenced transcripts. */
#ifndef BOSH_RULES_SCRIPT_H
#define BOSH_RULES_SCRIPT_H

#include <stddef.h>

typedef struct script_line {
    int number; /* in the file, from 1 */
    char *text; /* continuation lines are joined to it */
} script_line;

typedef struct script {
    const char *path;
    script_line *lines;
    size_t count;
} script;

/* Called for each transcript below the heading `## id`. */
typedef void (*script_fn)(const script *transcript, void *user);

/* How many transcripts of this id the file has; `fn` sees each. -1 when the file cannot be read or
 * the section is not well-formed (said on stdout). */
int script_read(const char *path, const char *id, script_fn fn, void *user);

#endif
