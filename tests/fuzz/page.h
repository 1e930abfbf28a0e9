/* SPDX-License-Identifier: MIT
 * A page around one client of wasm/: what js/engine.js and js/client.js do with what C calls, and
 * what the browser does with Emscripten's fetch. It looks at all that C hands over, and stops the
 * program where JavaScript could not use it. */
#ifndef BOSH_TESTS_FUZZ_PAGE_H
#define BOSH_TESTS_FUZZ_PAGE_H

#include "tests/fuzz/exports.h"

#define PAGE_KEYS_MAX 256
#define PAGE_ATTEMPTS_MAX 16

struct emscripten_fetch_t;

typedef struct page_attempt {
    uint32_t id;                      /* 0: free */
    int is_browsers;                  /* else JavaScript carries it */
    struct emscripten_fetch_t *fetch; /* of the browser's; NULL: it could not be started */
} page_attempt;

typedef struct page {
    bosh_web *web;  /* NULL: it is gone for JavaScript */
    unsigned depth; /* of page_enter */
    bosh_web *gone; /* to be freed by the outermost page_leave */
    double now_ms;
    int is_pump_wanted;
    int state; /* as the events tell */
    page_attempt attempts[PAGE_ATTEMPTS_MAX];
    uint32_t last_id;
    char sent[4000]; /* the newest request, or its beginning */

    /* What the page does when it is asked. */
    int uses_fetch, is_warm, is_entropy_broken, is_journal_broken, is_fetch_broken;
    /* Code of the program runs here. */
    void (*program)(void);
    int is_turn; /* within bosh_import_turn */

    /* The body that came last. */
    int32_t *records;
    uint8_t *is_element; /* for each record: an element begins here */
    size_t count, names;

    uint8_t is_asked[PAGE_KEYS_MAX]; /* bosh_web_request with this key waits for its answer */
    int handler[PAGE_KEYS_MAX];      /* of bosh_web_handle, 0: none */
    int keys;
    size_t wishes;

    uint8_t *bytes; /* of the last save or export */
    size_t bytes_size;
} page;

extern page the_page;

/* `options` as bosh_web_new takes them. 0: refused. */
int page_open(const char *options, int is_logging, int is_saving);
/* As js/client.js does it: gone first, then freed. */
void page_free(void);
/* Around each call but the pump, within which C itself puts off what frees the client. */
void page_enter(void);
void page_leave(void);
/* Whatever wants to be pumped, then time with all that is due in it. */
void page_settle(void);
void page_advance(double ms);

/* For the oldest request under way; nothing without one. */
void page_answer(int status, const char *data, size_t size);
void page_progress(uint64_t bytes);
void page_fail(int error, int is_stale);

#endif
