/* SPDX-License-Identifier: MIT
 * A client in its world: what transcripts and the rules written in C play on. */
#ifndef BOSH_RULES_STAGE_H
#define BOSH_RULES_STAGE_H

#include "match.h"
#include "world/alloc.h"
#include "world/seed.h"
#include "world/transport.h"

#define STAGE_URL "https://example.org/xmpp-httpbind"
#define STAGE_PASSWORD "pencil"
#define STAGE_FAILED_MAX 8000

typedef enum stage_entry_kind {
    STAGE_EVENT,
    STAGE_DELIVER, /* the handler for everything got a stanza */
    STAGE_ANSWER   /* the callback of a request was called */
} stage_entry_kind;

/* Something the client told the program. */
typedef struct stage_entry stage_entry;
struct stage_entry {
    stage_entry_kind kind;
    bosh_event_type type;
    bosh_state state;
    int error;
    bosh_ticket ticket;
    uint32_t delay_ms;
    world_node *element; /* DELIVER, ANSWER, the event LOGIN; may be NULL */
    char *xml;           /* UNKNOWN, UNSENT */
    stage_entry *next;
};

typedef struct stage {
    world_alloc alloc;
    world_seed seed;
    world_transport net;
    world_validator *validator;
    bosh_config config; /* change it before stage_client */
    bosh_client *client;
    stage_entry *log, **log_end;
    stage_entry *cursor; /* the first entry nobody looked at */
    bosh_time zero_ms;   /* what a transcript calls 0 */
    char *trace;         /* everything the trace and log callbacks were given */
    size_t trace_size;
    int sessions;    /* logins so far */
    uint32_t rtt_ms; /* of the exchanges of a login */
    int is_loud;     /* print what happens */
    int is_busy_reported;
    int is_watched; /* the validator knows the configuration */
} stage;

void stage_init(stage *s, world_split split);
/* Frees the client; then nothing may be left of it, and no secret may stand in what it logged. */
void stage_deinit(stage *s);

/* A new entry at the end of the log. */
stage_entry *stage_add_entry(stage *s, stage_entry_kind kind);

/* Make the client, if there is none yet. 0 or the error of bosh_client_new. */
int stage_client(stage *s);
/* Pump as often as the client wants at this moment. */
void stage_settle(stage *s);
/* Let time pass, pumping at each deadline. */
void stage_advance(stage *s, bosh_time to_ms);
/* Connect if need be and log in by PLAIN with short answers, up to ONLINE; then a second passes.
 * The words change attributes of the creation response: "requests=1 polling=-". 1, or 0 on
 * failure. */
int stage_login(stage *s, const char *words);

/* The newest attempt that is open, or NULL. */
world_attempt *stage_open_attempt(stage *s);
/* Answer it with a body (namespace added where missing) and settle. */
void stage_answer(stage *s, world_attempt *attempt, const char *body);
/* `<body` without a namespace gets the one of BOSH. malloc'd. */
char *stage_wrap(const char *body);
/* The value of an attribute of a request's root, malloc'd; NULL when absent. */
char *stage_root_attribute(const world_attempt *attempt, const char *name);

/* What transcripts call an event, and an entry of the log in their words. */
const char *stage_event_name(bosh_event_type type);
void stage_describe(const stage_entry *entry, char *text, size_t size);

/* A rule's test failed: say where and why. */
void stage_fail(const char *format, ...);
extern int stage_failures;
extern char stage_failed[STAGE_FAILED_MAX]; /* what was said, for the end: traces are long */

#define EXPECT(condition)                                                                          \
    ((condition) ? (void)0 : stage_fail("%s:%d: %s is false", __FILE__, __LINE__, #condition))
#define EXPECT_INT(actual, expected)                                                               \
    do {                                                                                           \
        long long is = (long long)(actual), should = (long long)(expected);                        \
        if (is != should)                                                                          \
            stage_fail("%s:%d: %s is %lld, expected %lld", __FILE__, __LINE__, #actual, is,        \
                       should);                                                                    \
    } while (0)

/* A rule that a transcript cannot express. Tables end with an id of NULL. */
typedef struct rule_test {
    const char *id;
    void (*run)(void);
} rule_test;

#endif
