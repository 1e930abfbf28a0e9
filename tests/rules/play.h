/* SPDX-License-Identifier: MIT
 * Playing a transcript: one line after the other. The language is described in README.md. */
#ifndef BOSH_RULES_PLAY_H
#define BOSH_RULES_PLAY_H

#include "fill.h"
#include "script.h"
#include "stage.h"

/* A name a transcript gave to a request: one rid, one or more attempts. */
typedef struct play_label {
    char name[12];
    world_attempt *attempts[16];
    size_t count;
} play_label;

typedef struct play {
    stage stage;
    const script *script;
    size_t at; /* index of the line being played */
    fill values;
    play_label labels[40];
    size_t label_count;
    world_attempt *last; /* the request expected last */
    size_t next;         /* attempts below were expected */
    int result;          /* of the last call */
    int is_result_due;   /* and nobody has looked at it */
    int has_failed;
    int is_denied;        /* something is made to fail: the story may end anywhere */
    uint64_t login_calls; /* allocations up to the end of the last standard login */
} play;

void play_open(play *p, const script *transcript, world_split split);
/* Line by line, up to the first that does not come true. */
void play_lines(play *p);
void play_close(play *p);
/* Play in one way of cutting answers; 1 when everything was as the transcript says. */
int play_run(const script *transcript, world_split split, int is_loud);

/* The transcript with each allocation and each submit failing once; starve.c. */
void play_starved(const script *transcript);

/* A line is wrong or did not come true. */
void play_fail(play *p, const char *format, ...);
/* Take the next word off *text; "" at the end. */
void play_word(const char **text, char *word, size_t size);
/* A line with its values filled in, malloc'd; NULL and a failure when one is unknown. */
char *play_expand(play *p, const char *text, size_t *size);
/* Parse XML in a line; 0 and a failure when it is not. */
int play_parse(play *p, const char *text, world_document *pattern);
/* The request a label stands for, NULL when there is none. */
play_label *play_find_label(play *p, const char *name);

/* verbs, by file */
void play_expect(play *p, const char *text); /* expect.c */
void play_option(play *p, const char *text); /* option.c */
void play_call(play *p, const char *text);   /* call.c */

#endif
