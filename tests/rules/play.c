/* SPDX-License-Identifier: MIT
 * Time, requests, answers and faults; the other verbs are in files of their own. */
#include "play.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void play_fail(play *p, const char *format, ...)
{
    const script_line *line = &p->script->lines[p->at];
    char why[3500];
    va_list arguments;
    if (!p->has_failed && !p->is_denied) {
        va_start(arguments, format);
        vsnprintf(why, sizeof(why), format, arguments);
        va_end(arguments);
        stage_fail("%s:%d: %s\n    %s", p->script->path, line->number, why, line->text);
    }
    p->has_failed = 1;
}

void play_word(const char **text, char *word, size_t size)
{
    *text += strspn(*text, " ");
    size_t length = strcspn(*text, " ");
    snprintf(word, size, "%.*s", (int)length, *text);
    *text += length;
    *text += strspn(*text, " ");
}

char *play_expand(play *p, const char *text, size_t *size)
{
    char why[200];
    char *expanded = fill_expand(&p->values, text, size, why, sizeof(why));
    if (!expanded)
        play_fail(p, "%s", why);
    return expanded;
}

int play_parse(play *p, const char *text, world_document *pattern)
{
    if (world_document_parse_plain(pattern, text, strlen(text)))
        return 1;
    play_fail(p, "the pattern is not well-formed: %s", pattern->error);
    return 0;
}

play_label *play_find_label(play *p, const char *name)
{
    for (size_t i = 0; i < p->label_count; i++) {
        if (strcmp(p->labels[i].name, name) == 0)
            return &p->labels[i];
    }
    return NULL;
}

static void add_label(play *p, const char *name, world_attempt *attempt)
{
    play_label *label = play_find_label(p, name);
    if (!name[0])
        return;
    if (!label && p->label_count < sizeof(p->labels) / sizeof(p->labels[0])) {
        label = &p->labels[p->label_count++];
        snprintf(label->name, sizeof(label->name), "%s", name);
        label->count = 0;
    }
    if (!label || label->count == sizeof(label->attempts) / sizeof(label->attempts[0]))
        play_fail(p, "too many labels or attempts");
    else
        label->attempts[label->count++] = attempt;
}

/* The label in ">a ..." or "<a ..."; where it is left out, the request expected last is meant. */
static void take_label(const char **text, char *name, size_t size)
{
    size_t length = strcspn(*text, " ");
    snprintf(name, size, "%.*s", (int)length, *text);
    *text += length;
    *text += strspn(*text, " ");
}

static int has_same_rid(play *p, const world_attempt *attempt)
{
    char *rid = stage_root_attribute(attempt, "rid");
    int is_known = 0;
    for (size_t i = 0; rid && i < p->next && !is_known; i++) {
        char *other = stage_root_attribute(p->stage.net.attempts[i], "rid");
        is_known = other && strcmp(rid, other) == 0;
        free(other);
    }
    free(rid);
    return is_known;
}

static void match_request(play *p, const world_attempt *attempt, const char *text)
{
    world_document pattern, request;
    char why[600] = "";
    size_t size;
    char *expanded = play_expand(p, text, &size);
    if (!expanded)
        return;
    if (play_parse(p, expanded, &pattern)) {
        world_document_parse_plain(&request, attempt->entity, attempt->size);
        if (!request.root || !match_element(pattern.root, request.root, 1, why, sizeof(why)))
            play_fail(p, "%s; the request is\n    %.1500s", why, attempt->entity);
        world_document_deinit(&request);
    }
    world_document_deinit(&pattern);
    free(expanded);
}

/* >a <body .../>: the next request. A label seen before means: the same bytes again. */
static void expect_request(play *p, const char *text)
{
    char name[12];
    take_label(&text, name, sizeof(name));
    if (p->next == p->stage.net.count) {
        play_fail(p, "no request has left");
        return;
    }
    world_attempt *attempt = p->stage.net.attempts[p->next];
    const play_label *known = name[0] ? play_find_label(p, name) : NULL;
    if (known && strcmp(known->attempts[0]->entity, attempt->entity) != 0)
        play_fail(p, "not the request \"%s\" again but\n    %.1500s", name, attempt->entity);
    else if (!known && name[0] && has_same_rid(p, attempt))
        play_fail(p, "not a new request but one again\n    %.1500s", attempt->entity);
    fill_learn(&p->values, attempt);
    if (text[0])
        match_request(p, attempt, text);
    add_label(p, name, attempt);
    p->last = attempt;
    p->next++;
}

/* The attempt an answer or fault is for. "a.1" is the first attempt of a, dead or not. */
static world_attempt *attempt_of(play *p, const char *name)
{
    char plain[12];
    snprintf(plain, sizeof(plain), "%.*s", (int)strcspn(name, "."), name);
    const play_label *label = play_find_label(p, plain);
    world_attempt *attempt = name[0] ? NULL : p->last;
    if (label) {
        size_t number = label->count;
        if (strchr(name, '.'))
            number = strtoul(strchr(name, '.') + 1, NULL, 10);
        attempt = number >= 1 && number <= label->count ? label->attempts[number - 1] : NULL;
    }
    if (!attempt)
        play_fail(p, "no request has the label \"%s\"", name);
    else if (attempt->state != WORLD_ATTEMPT_OPEN && !strchr(name, '.'))
        play_fail(p, "the attempt is not open any more");
    return p->has_failed ? NULL : attempt;
}

/* What a transport must not do, and what a client has to bear: reports for a dead attempt. */
static void report_dead(play *p, uint32_t id, int status, const char *entity, size_t size)
{
    bosh_client *client = p->stage.client;
    bosh_transport_bytes(client, id, entity, size);
    bosh_transport_done(client, id, status, 0, p->stage.net.now_ms);
}

static void give_answer(play *p, world_attempt *attempt, int status, uint32_t retry_after_s,
                        const char *text)
{
    size_t size;
    char *wrapped = stage_wrap(text);
    char *entity = play_expand(p, wrapped, &size);
    free(wrapped);
    if (!entity)
        return;
    if (attempt->state == WORLD_ATTEMPT_OPEN)
        world_transport_answer(&p->stage.net, attempt, status, retry_after_s, entity, size);
    else
        report_dead(p, attempt->id, status, entity, size);
    free(entity);
    world_transport_pump(&p->stage.net);
}

/* <a TEXT: a complete answer with status 200. */
static void answer(play *p, const char *text)
{
    char name[12];
    take_label(&text, name, sizeof(name));
    world_attempt *attempt = attempt_of(p, name);
    if (attempt)
        give_answer(p, attempt, 200, 0, text);
}

/* http a STATUS [retry-after=S] [TEXT] */
static void http(play *p, const char *text)
{
    char name[12], status[8], after[24];
    uint32_t retry_after_s = 0;
    play_word(&text, name, sizeof(name));
    play_word(&text, status, sizeof(status));
    if (strncmp(text, "retry-after=", 12) == 0) {
        play_word(&text, after, sizeof(after));
        retry_after_s = (uint32_t)strtoul(after + 12, NULL, 10);
    }
    world_attempt *attempt = attempt_of(p, name);
    if (attempt)
        give_answer(p, attempt, (int)strtol(status, NULL, 10), retry_after_s, text);
}

static int fault_of(const char *word, int *error, unsigned *flags)
{
    static const struct {
        const char *name;
        int error;
    } faults[] = {{"dns", BOSH_ERR_DNS},     {"connect", BOSH_ERR_CONNECT},
                  {"tls", BOSH_ERR_TLS},     {"certificate", BOSH_ERR_CERTIFICATE},
                  {"reset", BOSH_ERR_RESET}, {"timeout", BOSH_ERR_TIMEOUT},
                  {"proxy", BOSH_ERR_PROXY}, {"too-large", BOSH_ERR_RESPONSE_TOO_LARGE},
                  {"url", BOSH_ERR_URL},     {"memory", BOSH_ERR_MEMORY}};
    if (strcmp(word, "stale") == 0)
        *flags |= BOSH_FAILED_STALE;
    else if (strcmp(word, "sent") == 0)
        *flags |= BOSH_FAILED_MAYBE_SENT;
    else {
        for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
            if (strcmp(word, faults[i].name) == 0)
                *error = faults[i].error;
        }
        return *error != 0;
    }
    return 1;
}

/* fail a KIND [stale] [sent] [after TEXT]: the connection breaks, after some bytes of an answer. */
static void fail(play *p, const char *text)
{
    char name[12], word[20];
    int error = 0;
    unsigned flags = 0;
    play_word(&text, name, sizeof(name));
    world_attempt *attempt = attempt_of(p, name);
    while (text[0] && strncmp(text, "after ", 6) != 0) {
        play_word(&text, word, sizeof(word));
        if (!fault_of(word, &error, &flags))
            play_fail(p, "\"%s\" is no way to fail", word);
    }
    if (!attempt || p->has_failed)
        return;
    if (text[0]) {
        char *wrapped = stage_wrap(text + 6);
        bosh_transport_bytes(p->stage.client, attempt->id, wrapped, strlen(wrapped));
        free(wrapped);
    }
    if (attempt->state == WORLD_ATTEMPT_OPEN)
        world_transport_fail(&p->stage.net, attempt, error, flags);
    else
        bosh_transport_failed(p->stage.client, attempt->id, error, flags, p->stage.net.now_ms);
    world_transport_pump(&p->stage.net);
}

/* @T: time passes up to T seconds. */
static void pass_time(play *p, const char *text)
{
    bosh_time to_ms = p->stage.zero_ms + (bosh_time)(strtod(text, NULL) * 1000.0 + 0.5);
    if (to_ms < p->stage.net.now_ms)
        play_fail(p, "time does not go back");
    else
        stage_advance(&p->stage, to_ms);
}

/* The rest is of no use to a build that has not. */
static void needs(play *p, const char *feature)
{
    if (bosh_has_feature(feature))
        return;
    printf("  needs %s\n", feature);
    p->at = p->script->count;
}

static void none(play *p)
{
    if (p->next == p->stage.net.count)
        return;
    const world_attempt *attempt = p->stage.net.attempts[p->next];
    play_fail(p, "a request left at %.3f:\n    %.1500s",
              ((double)attempt->submitted_ms - (double)p->stage.zero_ms) / 1000.0, attempt->entity);
}

static void send(play *p, const char *text)
{
    size_t size;
    char *xml = play_expand(p, text, &size);
    if (!xml)
        return;
    p->result = bosh_client_send_xml(p->stage.client, xml, size, NULL);
    p->is_result_due = 1;
    free(xml);
}

static void login(play *p, const char *text)
{
    if (!stage_login(&p->stage, text))
        play_fail(p, "the login did not reach ONLINE but %s",
                  p->stage.client ? bosh_state_text(bosh_client_state(p->stage.client))
                                  : "nothing");
    p->next = p->stage.net.count;
    p->login_calls = p->stage.alloc.calls;
    world_attempt *poll = stage_open_attempt(&p->stage);
    if (poll) {
        fill_learn(&p->values, poll);
        add_label(p, "p", poll);
        p->last = poll;
    }
}

static int is_verb(const char **text, const char *verb)
{
    size_t size = strlen(verb);
    if (strncmp(*text, verb, size) != 0 || ((*text)[size] != ' ' && (*text)[size] != 0))
        return 0;
    *text += size;
    *text += strspn(*text, " ");
    return 1;
}

static void play_line(play *p, const char *text)
{
    if (text[0] == '@')
        pass_time(p, text + 1);
    else if (text[0] == '>')
        expect_request(p, text + 1);
    else if (text[0] == '<')
        answer(p, text + 1);
    else if (is_verb(&text, "http"))
        http(p, text);
    else if (is_verb(&text, "fail"))
        fail(p, text);
    else if (is_verb(&text, "send"))
        send(p, text);
    else if (is_verb(&text, "expect"))
        play_expect(p, text);
    else if (is_verb(&text, "none"))
        none(p);
    else if (is_verb(&text, "option"))
        play_option(p, text);
    else if (is_verb(&text, "needs"))
        needs(p, text);
    else if (is_verb(&text, "login"))
        login(p, text);
    else if (is_verb(&text, "call"))
        play_call(p, text);
    else
        play_fail(p, "unknown word");
}

/* Stanzas sent on neighbouring lines are sent in one turn of the program's loop. */
static int is_turn_over(const play *p)
{
    const script_line *lines = p->script->lines;
    return !(p->at + 1 < p->script->count && strncmp(lines[p->at].text, "send ", 5) == 0 &&
             strncmp(lines[p->at + 1].text, "send ", 5) == 0);
}

static void check_result(play *p, const char *text)
{
    if (p->is_result_due && p->result < 0 && strncmp(text, "expect error", 12) != 0) {
        p->at--;
        play_fail(p, "returned %s", bosh_error_name(p->result));
    }
    p->is_result_due = 0;
}

void play_lines(play *p)
{
    for (p->at = 0; p->at < p->script->count && !p->has_failed; p->at++) {
        const script_line *line = &p->script->lines[p->at];
        if (p->stage.is_loud)
            printf("%5d   %s\n", line->number, line->text);
        int failures = stage_failures;
        check_result(p, line->text);
        if (p->has_failed)
            return;
        play_line(p, line->text);
        if (is_turn_over(p))
            stage_settle(&p->stage);
        if (stage_failures != failures)
            play_fail(p, "in this line");
    }
    if (p->has_failed)
        return;
    p->at--;
    if (p->is_result_due && p->result < 0)
        play_fail(p, "returned %s", bosh_error_name(p->result));
}

void play_open(play *p, const script *transcript, world_split split)
{
    memset(p, 0, sizeof(*p));
    p->script = transcript;
    stage_init(&p->stage, split);
}

void play_close(play *p)
{
    stage_deinit(&p->stage);
    fill_deinit(&p->values);
}

int play_run(const script *transcript, world_split split, int is_loud)
{
    play *p = malloc(sizeof(*p));
    int failures = stage_failures;
    if (!p)
        abort();
    play_open(p, transcript, split);
    p->stage.is_loud = is_loud;
    play_lines(p);
    play_close(p);
    free(p);
    return stage_failures == failures;
}
