/* SPDX-License-Identifier: MIT
 * What JavaScript calls, in any order, with any bytes, also from within what C calls. The first
 * line is settings: a character whose bits choose how the page is, then "name value" for
 * bosh_web_new, separated by '|'. Each line that follows is one call (see `call`), its arguments
 * separated by '|'. A line that begins with '>' is called when the client calls the program next.
 *
 * In a line "\n", "\0", "\1", "\p" stand for a line feed, NUL, U+0001 and a '|'. */
#include "tests/fuzz/page.h"
#include "tests/fuzz/same.h"

#define FIELDS_MAX 8
#define ADVANCE_MS_MAX 200000

/* What a program cannot get wrong: its own settings come first, these last. */
#define SETTINGS_FIRST                                                                             \
    "url\0https://example.org/http-bind\0jid\0alice@example.org\0password\0pencil\0"
#define SETTINGS_LAST "scram_rounds_max\000500\0"

typedef struct field {
    char *text; /* NUL-terminated behind `size` */
    size_t size;
} field;

static char *rest; /* the lines to come */

/* ---------------------------------------------------------------------------------------- lines */

static char *next_line(void)
{
    char *line = rest;
    if (!*line)
        return NULL;
    rest += strcspn(rest, "\n");
    if (*rest)
        *rest++ = 0;
    return line;
}

static size_t unescape(char *text)
{
    char *to = text;
    for (char *at = text; *at; at++) {
        if (*at != '\\' || !at[1]) {
            *to++ = *at;
            continue;
        }
        at++;
        *to++ = (char)(*at == 'n'   ? '\n'
                       : *at == '0' ? 0
                       : *at == '1' ? 1
                       : *at == 'p' ? '|'
                                    : *at);
    }
    *to = 0;
    return (size_t)(to - text);
}

/* Copies, so that a read beyond one is seen. Missing ones are "". */
static void split(char *line, field *fields)
{
    for (int i = 0; i < FIELDS_MAX; i++) {
        char *end = line + strcspn(line, "|");
        char *next = *end ? end + 1 : end;
        *end = 0;
        size_t size = unescape(line);
        fields[i].size = size;
        fields[i].text = malloc(size + 1);
        DEMAND(fields[i].text != NULL);
        memcpy(fields[i].text, line, size + 1);
        line = next;
    }
}

static void release(field *fields)
{
    for (int i = 0; i < FIELDS_MAX; i++)
        free(fields[i].text);
}

static double number_of(const field *f)
{
    return strtod(f->text, NULL);
}

static uint32_t small_of(const field *f)
{
    return (uint32_t)strtoul(f->text, NULL, 10) & 0xFFFFFF;
}

/* ------------------------------------------------------------------------------------ the calls */

static void ask(const field *f)
{
    bosh_scram_keys keys;
    bosh_web *web = the_page.web;
    size_t sizes =
        strlen(bosh_web_jid(web)) + strlen(bosh_web_url(web)) + strlen(bosh_web_sid(web));
    for (int which = 0; which < 5; which++)
        sizes += strlen(bosh_web_detail(web, which));
    DEMAND(sizes < 100000);
    DEMAND(bosh_web_rid(web) >= 0 && bosh_web_http_status(web) >= 0 && bosh_web_delay(web) >= -1);
    DEMAND((unsigned)bosh_web_is_answered(web, number_of(f)) <= 1);
    DEMAND((unsigned)bosh_web_is_replay(web) <= 1);
    if (bosh_web_scram_keys(web, &keys) == BOSH_OK && small_of(f) % 2)
        DEMAND(bosh_web_set_scram_keys(web, &keys) == BOSH_OK);
}

static void request(const field *f)
{
    int key = the_page.keys + 1;
    if (key >= PAGE_KEYS_MAX)
        return;
    the_page.keys = key;
    the_page.is_asked[key] =
        bosh_web_request(the_page.web, key, f[1].text, f[1].size, small_of(f)) >= 0;
}

static void handle(const field *f)
{
    int key = the_page.keys + 1;
    if (key >= PAGE_KEYS_MAX)
        return;
    the_page.keys = key;
    the_page.handler[key] =
        bosh_web_handle(the_page.web, key, f[0].text, f[1].text, f[2].text, f[3].text, f[4].text);
    DEMAND(the_page.handler[key] > 0);
}

static void unhandle(const field *f)
{
    int key = (int)(small_of(f) % PAGE_KEYS_MAX), id = the_page.handler[key];
    the_page.handler[key] = 0;
    if (id)
        bosh_web_unhandle(the_page.web, id);
}

static void wish(const field *f)
{
    if (bosh_web_wish(the_page.web, f->text, f->size) < 0)
        return;
    the_page.wishes = 0;
    for (size_t i = 0; i < f->size; i++)
        the_page.wishes += f->text[i] == 1;
}

static void set_keys(const field *f)
{
    bosh_scram_keys keys;
    memset(&keys, 0, sizeof(keys));
    memcpy(&keys, f->text, f->size < sizeof(keys) ? f->size : sizeof(keys));
    int error = bosh_web_set_scram_keys(the_page.web, &keys);
    DEMAND(!error == (keys.salt_size <= sizeof(keys.salt)));
}

static void import_bytes(const field *f)
{
    const void *bytes = f[1].size ? (const void *)f[1].text : the_page.bytes;
    if (bytes)
        bosh_web_import(the_page.web, bytes, f[1].size ? f[1].size : the_page.bytes_size,
                        number_of(f));
}

/* What may be called at any time; 0: it was none of these. */
static int call(char name, const field *f)
{
    bosh_web *web = the_page.web;
    switch (name) {
    case 'o':
        return bosh_web_connect(web) <= 0;
    case 'c':
        return bosh_web_close(web), 1;
    case 'k':
        return bosh_web_set_password(web, f->text) <= 0;
    case 'L':
        return bosh_web_send_login(web, f->text, f->size) <= 0;
    case 'C':
        return bosh_web_continue_login(web) <= 0;
    case 'J':
        return bosh_web_set_login(web, f[0].text, f[1].text) <= 0;
    case 'n':
        return bosh_web_network_changed(web), 1;
    case 's':
        return bosh_web_send(web, f->text, f->size) != 0;
    case 'q':
        return request(f), 1;
    case 'h':
        return handle(f), 1;
    case 'u':
        return unhandle(f), 1;
    case 'w':
        return wish(f), 1;
    case 'K':
        return set_keys(f), 1;
    case 'A':
        return bosh_web_attach(web, f[0].text, f[1].text, number_of(f + 2), (int)small_of(f + 3),
                               (int)small_of(f + 4)) <= 0;
    case 'I':
        return import_bytes(f), 1;
    case 'e':
        return bosh_web_export(web) <= 0;
    case 'v':
        return bosh_web_save(web) <= 0;
    case 'f':
        return bosh_web_farewell(web) <= 0;
    case '$':
        return (bosh_web_show(web) == BOSH_OK) == the_page.is_turn;
    case 'x':
        return page_free(), 1;
    case 'g':
        return ask(f), 1;
    default:
        return 0;
    }
}

static void answer(const char *attributes, const char *payloads)
{
    char entity[5000];
    int size = snprintf(entity, sizeof(entity),
                        "<body xmlns='http://jabber.org/protocol/httpbind' %s>%s</body>",
                        attributes, payloads);
    DEMAND(size > 0);
    page_answer(200, entity, (size_t)size < sizeof(entity) ? (size_t)size : sizeof(entity) - 1);
}

#define STREAM "xmlns:stream='http://etherx.jabber.org/streams'"
#define BIND "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'"

/* What a good server says to the newest request of a login. */
static void answer_login(void)
{
    const char *attributes = "", *payloads = "";
    char result[300];
    const char *sent = the_page.sent, *iq = strstr(sent, " id='");
    if (!strstr(sent, " sid='")) {
        attributes = "sid='s' wait='50' requests='2' hold='1' inactivity='30' polling='5'";
        payloads = "<stream:features " STREAM "><mechanisms "
                   "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
                   "</mechanisms></stream:features>";
    } else if (strstr(sent, "<auth ")) {
        payloads = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
    } else if (strstr(sent, "restart='true'")) {
        payloads = "<stream:features " STREAM ">" BIND "/></stream:features>";
    } else if (iq && strstr(sent, BIND)) {
        snprintf(result, sizeof(result),
                 "<iq xmlns='jabber:client' type='result' id='%.*s'>" BIND
                 "><jid>alice@example.org/here</jid></bind></iq>",
                 (int)strcspn(iq + 5, "'"), iq + 5);
        payloads = result;
    }
    answer(attributes, payloads);
}

/* What happens to the page, or a change of how it is. */
static void happen(char name, const field *f)
{
    page *p = &the_page;
    switch (name) {
    case 'a': /* this is the answer */
        page_answer(200, f->text, f->size);
        break;
    case '=':
        answer(f[0].text, f[1].text);
        break;
    case 'l':
        answer_login();
        break;
    case '#':
        page_answer((int)(small_of(f) % 1000), f[1].text, f[1].size);
        break;
    case '!':
        page_fail(-(int)(small_of(f) % 200) - 1, (int)(small_of(f + 1) & 1));
        break;
    case '%':
        page_progress(small_of(f));
        break;
    case 't':
        page_advance(small_of(f) % ADVANCE_MS_MAX);
        break;
    case 'W': /* bits turn one thing over */
        p->uses_fetch ^= small_of(f) & 1;
        p->is_warm ^= small_of(f) >> 1 & 1;
        p->is_entropy_broken ^= small_of(f) >> 2 & 1;
        p->is_journal_broken ^= small_of(f) >> 3 & 1;
        p->is_fetch_broken ^= small_of(f) >> 4 & 1;
        break;
    default:
        break;
    }
}

static void step(char *line, int is_within)
{
    field fields[FIELDS_MAX];
    char name = *line;
    if (!the_page.web || !name)
        return;
    split(line + 1, fields);
    if (!strchr("ockLCJnsqhuwKAIevf$xg", name)) {
        if (!is_within)
            happen(name, fields);
    } else {
        page_enter();
        DEMAND(call(name, fields));
        page_leave();
    }
    release(fields);
}

/* The client has called the program, which calls back. */
static void program(void)
{
    if (*rest == '>')
        step(next_line() + 1, 1);
}

/* --------------------------------------------------------------------------------------- a page */

static void append(char **to, const char *bytes, size_t size)
{
    memcpy(*to, bytes, size);
    *to += size;
}

/* "name value|name value" as js/engine.js packs it. */
static void open_page(char choice, char *settings)
{
    size_t size = strlen(settings);
    char *options = malloc(size + sizeof(SETTINGS_FIRST SETTINGS_LAST) + 2 * FIELDS_MAX + 1);
    char *to = options;
    field fields[FIELDS_MAX];
    DEMAND(options != NULL);
    split(settings, fields);
    append(&to, SETTINGS_FIRST, sizeof(SETTINGS_FIRST) - 1);
    for (int i = 0; i < FIELDS_MAX; i++) {
        char *space = strchr(fields[i].text, ' ');
        if (space && space > fields[i].text) {
            *space = 0;
            append(&to, fields[i].text, strlen(fields[i].text) + 1);
            append(&to, space + 1, strlen(space + 1) + 1);
        }
    }
    append(&to, SETTINGS_LAST, sizeof(SETTINGS_LAST)); /* and the empty name */
    the_page = (page){.now_ms = 1000, .program = program};
    the_page.uses_fetch = choice & 1;
    the_page.is_warm = choice >> 1 & 1;
    if (!page_open(options, choice >> 2 & 1, choice >> 3 & 1))
        page_open(SETTINGS_FIRST SETTINGS_LAST, 0, 1);
    free(options);
    release(fields);
}

static void close_page(void)
{
    if (the_page.web) {
        the_page.program = NULL;
        the_page.is_entropy_broken = 0;
        bosh_web_close(the_page.web);
        the_page.is_pump_wanted = 1;
        page_advance(ADVANCE_MS_MAX);
        DEMAND(the_page.state == BOSH_STATE_IDLE || the_page.state == BOSH_STATE_ENDED);
        page_free();
    }
    free(the_page.records);
    free(the_page.is_element);
    free(the_page.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    DEMAND(text != NULL);
    memcpy(text, data, size);
    text[size] = 0;
    rest = text;
    char *settings = next_line();
    if (settings && *settings) {
        open_page(*settings, settings + 1);
        for (char *line = next_line(); line; line = next_line()) {
            step(line + (*line == '>'), 0);
            page_settle();
        }
        close_page();
    }
    free(text);
    return 0;
}
