/* SPDX-License-Identifier: MIT
 * The imports of wasm/, as js/engine.js and js/client.js answer them. */
#include "tests/fuzz/page.h"
#include "tests/fuzz/same.h"

#include <emscripten.h>
#include <emscripten/fetch.h>

#define TURNS_MAX 500
#define DONE 4 /* readyState */

page the_page;

static int is_ours(const bosh_web *web)
{
    return the_page.web && web == the_page.web;
}

static void run_program(void)
{
    if (the_page.web && the_page.program)
        the_page.program();
}

/* ----------------------------------------------------------------------------------- the client */

int page_open(const char *options, int is_logging, int is_saving)
{
    int error = 1;
    bosh_web *web = bosh_web_new(options, is_logging, is_saving, &error);
    DEMAND((web != NULL) == (error == BOSH_OK) && error <= 0);
    the_page.web = web;
    return web != NULL;
}

static page_attempt *attempt_of(uint32_t id)
{
    for (int i = 0; i < PAGE_ATTEMPTS_MAX; i++)
        if (the_page.attempts[i].id == id)
            return &the_page.attempts[i];
    return NULL;
}

void page_free(void)
{
    bosh_web *web = the_page.web;
    the_page.web = NULL;
    memset(the_page.attempts, 0, sizeof(the_page.attempts));
    if (web && the_page.depth)
        the_page.gone = web;
    else if (web)
        bosh_web_free(web);
}

void page_enter(void)
{
    the_page.depth++;
}

void page_leave(void)
{
    if (--the_page.depth || !the_page.gone)
        return;
    bosh_web_free(the_page.gone);
    the_page.gone = NULL;
}

void page_settle(void)
{
    for (int turns = 0; the_page.is_pump_wanted && the_page.web; turns++) {
        DEMAND(turns < TURNS_MAX);
        the_page.is_pump_wanted = 0;
        bosh_web_pump(the_page.web);
        if (the_page.web && bosh_web_delay(the_page.web) == 0)
            the_page.is_pump_wanted = 1;
    }
}

void page_advance(double ms)
{
    double until_ms = the_page.now_ms + ms;
    page_settle();
    while (the_page.web) {
        double delay_ms = bosh_web_delay(the_page.web);
        if (delay_ms < 0 || the_page.now_ms + delay_ms > until_ms)
            break;
        the_page.now_ms += delay_ms;
        the_page.is_pump_wanted = 1;
        page_settle();
    }
    the_page.now_ms = until_ms;
}

/* The end of a request. A listener of the program's may end everything. */
static void came(uint32_t id, int error, int is_stale, int status, const char *data, size_t size)
{
    page_attempt *attempt = attempt_of(id);
    if (!attempt)
        return;
    run_program();
    attempt = attempt_of(id);
    if (!attempt || !the_page.web)
        return;
    attempt->id = 0;
    page_enter();
    if (error)
        bosh_web_failed(the_page.web, id, error, is_stale);
    else
        bosh_web_answer(the_page.web, id, status, status == 503 ? 1 : 0, data, size);
    page_leave();
    if (the_page.web)
        bosh_web_deliver(the_page.web);
    the_page.is_pump_wanted = 1;
}

/* ---------------------------------------------------------------------------------- the browser */

double emscripten_get_now(void)
{
    return the_page.now_ms;
}

void emscripten_fetch_attr_init(emscripten_fetch_attr_t *attributes)
{
    memset(attributes, 0, sizeof(*attributes));
}

emscripten_fetch_t *emscripten_fetch(emscripten_fetch_attr_t *attributes, const char *url)
{
    static unsigned last_id;
    DEMAND(*url);
    DEMAND(strcmp(attributes->requestHeaders[0], "Content-Type") == 0 &&
           !attributes->requestHeaders[2]);
    emscripten_fetch_t *fetch = calloc(1, sizeof(*fetch));
    DEMAND(fetch != NULL);
    fetch->id = ++last_id;
    fetch->userData = attributes->userData;
    fetch->__attributes = *attributes;
    if (the_page.is_fetch_broken)
        attributes->onerror(fetch);
    else if (attempt_of(the_page.last_id))
        attempt_of(the_page.last_id)->fetch = fetch;
    return fetch;
}

int emscripten_fetch_close(emscripten_fetch_t *fetch)
{
    DEMAND(fetch->readyState == DONE); /* else it would call back */
    free((void *)(uintptr_t)fetch->data);
    free(fetch);
    return 0;
}

void bosh_import_abort(uint32_t fetch_id)
{
    DEMAND(fetch_id != 0);
}

/* The browser has the whole answer, or none. */
static void end_fetch(emscripten_fetch_t *fetch, int status, const char *data, size_t size)
{
    char *copy = malloc(size + 1);
    DEMAND(copy != NULL);
    memcpy(copy, data, size);
    fetch->readyState = DONE;
    fetch->status = (unsigned short)status;
    fetch->data = copy;
    fetch->numBytes = size;
    if (status >= 200 && status < 300)
        fetch->__attributes.onsuccess(fetch);
    else
        fetch->__attributes.onerror(fetch);
}

int bosh_import_came(bosh_web *web, uint32_t id, int error, uint32_t fetch_id, int status,
                     const char *data, size_t size)
{
    DEMAND(fetch_id != 0);
    if (is_ours(web))
        came(id, error, 0, status, data, size);
    return 0;
}

static page_attempt *oldest(void)
{
    page_attempt *found = NULL;
    for (int i = 0; i < PAGE_ATTEMPTS_MAX; i++) {
        page_attempt *attempt = &the_page.attempts[i];
        if (attempt->is_browsers && !attempt->fetch)
            attempt->id = 0;
        if (attempt->id && (!found || attempt->id < found->id))
            found = attempt;
    }
    return found;
}

void page_answer(int status, const char *data, size_t size)
{
    page_attempt *attempt = oldest();
    if (attempt && attempt->fetch)
        end_fetch(attempt->fetch, status, data, size);
    else if (attempt)
        came(attempt->id, BOSH_OK, 0, status, data, size);
}

void page_progress(uint64_t bytes)
{
    page_attempt *attempt = oldest();
    if (!attempt || !attempt->fetch)
        return;
    attempt->fetch->dataOffset = bytes;
    attempt->fetch->__attributes.onprogress(attempt->fetch);
}

void page_fail(int error, int is_stale)
{
    page_attempt *attempt = oldest();
    if (attempt && attempt->fetch)
        end_fetch(attempt->fetch, 0, "", 0);
    else if (attempt)
        came(attempt->id, error, is_stale, 0, NULL, 0);
}

/* ------------------------------------------------------------------------------------- requests */

static size_t sum(const bosh_slice *slices, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += slices[i].size;
    return size;
}

static void keep_sent(const bosh_slice *slices, size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        size_t room = sizeof(the_page.sent) - 1 - used;
        size_t size = slices[i].size < room ? slices[i].size : room;
        memcpy(the_page.sent + used, slices[i].data, size);
        used += size;
    }
    the_page.sent[used] = 0;
}

int bosh_import_submit(bosh_web *web, uint32_t id, const char *url, const char *content_type,
                       const bosh_slice *slices, size_t count, size_t size, uint32_t time_limit_ms,
                       size_t response_bytes_max)
{
    if (!is_ours(web))
        return 0;
    DEMAND(id > the_page.last_id && *url && *content_type && response_bytes_max > 0);
    DEMAND(size > 0 && sum(slices, count) == size && time_limit_ms > 0);
    keep_sent(slices, count);
    oldest(); /* forgets what could not be started */
    page_attempt *attempt = attempt_of(0);
    DEMAND(attempt != NULL);
    int is_browsers = the_page.uses_fetch;
    *attempt = (page_attempt){.id = the_page.last_id = id, .is_browsers = is_browsers};
    run_program();
    return is_browsers;
}

void bosh_import_cancel(bosh_web *web, uint32_t id)
{
    page_attempt *attempt = attempt_of(id);
    if (!is_ours(web) || !attempt)
        return;
    attempt->id = 0;
    run_program();
}

void bosh_import_warm(bosh_web *web, const char *url)
{
    DEMAND(*url);
    if (is_ours(web))
        run_program();
}

/* A question: no code of the program's but its transport. */
int bosh_import_is_warm(bosh_web *web)
{
    return is_ours(web) && the_page.is_warm;
}

/* --------------------------------------------------------------------------------------- bodies */

/* Units of UTF-16; it has to be UTF-8. */
static size_t units_of(const unsigned char *text, size_t size)
{
    size_t units = 0, i = 0;
    while (i < size) {
        size_t more = text[i] < 0x80 ? 0 : text[i] < 0xE0 ? 1 : text[i] < 0xF0 ? 2 : 3;
        DEMAND(text[i] < 0x80 || (text[i] >= 0xC2 && text[i] <= 0xF4));
        DEMAND(i + more < size);
        for (size_t k = 1; k <= more; k++)
            DEMAND((text[i + k] & 0xC0) == 0x80);
        units += more == 3 ? 2 : 1;
        i += 1 + more;
    }
    return units;
}

/* How far texts have been seen in the arenas. */
typedef struct arenas {
    int32_t ascii, wide;
} arenas;

static void check_text(const int32_t *range, arenas *in)
{
    int is_wide = range[0] < 0;
    int32_t begin = is_wide ? ~range[0] : range[0], end = is_wide ? ~range[1] : range[1];
    int32_t *seen = is_wide ? &in->wide : &in->ascii;
    DEMAND(begin >= 0 && begin <= end && begin <= *seen);
    if (end > *seen)
        *seen = end;
}

static void check_element(const int32_t *records, size_t at, size_t end, arenas *in)
{
    const int32_t *record = records + at;
    DEMAND(at + 4 <= end && record[1] >= 0 && (size_t)record[1] < the_page.names && record[2] >= 0);
    size_t children = at + 4 + 3 * (size_t)record[2];
    DEMAND(record[3] >= 0 && children <= (size_t)record[3] && (size_t)record[3] <= end);
    for (const int32_t *attribute = record + 4; attribute < records + children; attribute += 3) {
        DEMAND(attribute[0] >= 0 && (size_t)attribute[0] < the_page.names);
        check_text(attribute + 1, in);
    }
}

/* Elements within elements, as flat.h says. */
static void check_records(const int32_t *records, size_t count, arenas *in, uint8_t *is_element)
{
    size_t *ends = malloc((count + 1) * sizeof(*ends)), depth = 0, at = 0;
    DEMAND(ends != NULL);
    ends[0] = count;
    while (at < count) {
        while (depth && ends[depth] == at)
            depth--;
        if (records[at] == BOSH_FLAT_ELEMENT) {
            check_element(records, at, ends[depth], in);
            is_element[at] = 1;
            ends[++depth] = (size_t)records[at + 3];
            at += 4 + 3 * (size_t)records[at + 2];
        } else {
            DEMAND(records[at] == BOSH_FLAT_TEXT && at + 3 <= ends[depth]);
            check_text(records + at + 1, in);
            at += 3;
        }
    }
    free(ends);
}

/* "namespace\nprefix:local\0" each */
static void check_names(const char *names, size_t size, int is_first)
{
    units_of((const unsigned char *)names, size);
    if (is_first)
        the_page.names = 0;
    for (size_t at = 0; at < size; at += strlen(names + at) + 1) {
        const char *line_end = strchr(names + at, '\n');
        DEMAND(line_end && line_end[1] && !strchr(line_end + 1, '\n'));
        the_page.names++;
    }
    DEMAND(!size || !names[size - 1]);
}

void bosh_import_body(bosh_web *web, const void *records, size_t count, const void *arena,
                      size_t arena_size, const void *wide, size_t wide_size, const void *names,
                      size_t names_size, int is_first_name)
{
    if (!is_ours(web))
        return;
    check_names(names, names_size, is_first_name);
    free(the_page.records);
    free(the_page.is_element);
    the_page.count = count;
    the_page.records = malloc(count * sizeof(int32_t) + 1);
    the_page.is_element = calloc(count + 1, 1);
    DEMAND(the_page.records && the_page.is_element);
    memcpy(the_page.records, records, count * sizeof(int32_t));
    DEMAND(units_of(arena, arena_size) == arena_size);
    for (size_t i = 0; i < arena_size; i++)
        DEMAND(((const unsigned char *)arena)[i] < 0x80);
    arenas in = {0, 0};
    check_records(the_page.records, count, &in, the_page.is_element);
    DEMAND((size_t)in.ascii == arena_size && (size_t)in.wide == units_of(wide, wide_size));
}

static void check_place(int place)
{
    DEMAND(place >= 0 && (size_t)place < the_page.count && the_page.is_element[place]);
}

/* --------------------------------------------------------------------------------- what is told */

int bosh_import_entropy(void *buffer, size_t size)
{
    static uint8_t number = 1;
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)buffer)[i] = number = (uint8_t)(number * 5 + 3);
    return the_page.is_entropy_broken;
}

void bosh_import_event(bosh_web *web, int type, int state, int error, double ticket,
                       double delay_ms, const char *xml, size_t size, int place)
{
    if (!is_ours(web))
        return;
    DEMAND(type >= 0 && type <= BOSH_EVENT_LOGIN && state >= 0 && state <= BOSH_STATE_ENDED);
    DEMAND(error <= 0 && ticket >= 0 && delay_ms >= 0);
    units_of((const unsigned char *)xml, size);
    if (place != -1)
        check_place(place);
    if (type == BOSH_EVENT_STATE)
        the_page.state = state;
    run_program();
}

void bosh_import_turn(bosh_web *web)
{
    if (!is_ours(web))
        return;
    the_page.is_turn = 1;
    run_program();
    the_page.is_turn = 0;
}

int bosh_import_stanza(bosh_web *web, int key, int place)
{
    if (!is_ours(web))
        return 0;
    DEMAND(key > 0 && key < PAGE_KEYS_MAX && the_page.handler[key]);
    check_place(place);
    run_program();
    if (key % 4 == 0) /* some want no more */
        the_page.handler[key] = 0;
    return key % 4 != 0;
}

void bosh_import_payload(bosh_web *web, int place, const void *numbers, size_t count)
{
    const int32_t *number = numbers;
    if (!is_ours(web))
        return;
    check_place(place);
    DEMAND(count > 0 && count <= the_page.wishes);
    for (size_t i = 0; i < count; i++)
        DEMAND(number[i] > (i ? number[i - 1] : -1) && (size_t)number[i] < the_page.wishes);
    run_program();
}

void bosh_import_answer(bosh_web *web, int key, int error, int place)
{
    if (!is_ours(web))
        return;
    DEMAND(key > 0 && key < PAGE_KEYS_MAX && the_page.is_asked[key]);
    DEMAND(error ? error < 0 : place >= 0);
    the_page.is_asked[key] = 0;
    if (place != -1)
        check_place(place);
    run_program();
}

void bosh_import_log(bosh_web *web, int level, const char *line)
{
    if (!is_ours(web))
        return;
    DEMAND(level >= 0 && level <= 3);
    units_of((const unsigned char *)line, strlen(line));
    run_program();
}

int bosh_import_bytes(bosh_web *web, int kind, const bosh_slice *slices, size_t count, size_t size)
{
    if (!is_ours(web))
        return 0;
    DEMAND(sum(slices, count) == size);
    if (size && kind != BOSH_BYTES_LAST) {
        DEMAND(count == 1);
        free(the_page.bytes);
        the_page.bytes = malloc(size);
        DEMAND(the_page.bytes != NULL);
        memcpy(the_page.bytes, slices->data, size);
        the_page.bytes_size = size;
    }
    if (kind == BOSH_BYTES_SAVED)
        run_program();
    return the_page.is_journal_broken;
}

void bosh_import_wanted(bosh_web *web)
{
    if (is_ours(web))
        the_page.is_pump_wanted = 1;
}
