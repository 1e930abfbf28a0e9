/* SPDX-License-Identifier: MIT
 * The verb `expect`. Events, deliveries and answers stand in one log: expectations go through it in
 * order, may pass over events, never over a delivery or an answer. */
#include "play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int state_of(const char *word)
{
    static const char *const names[] = {"idle",    "connecting",     "authenticating",
                                        "binding", "online",         "recovering",
                                        "closing", "reconnect_wait", "ended"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(word, names[i]) == 0)
            return (int)i;
    }
    return -1;
}

static int error_of(play *p, const char *word)
{
#define BOSH_X(name, value, text)                                                                  \
    if (strcmp(word, "BOSH_" #name) == 0)                                                          \
        return value;
    BOSH_ERROR_MAP(BOSH_X)
#undef BOSH_X
    play_fail(p, "\"%s\" is no error", word);
    return 0;
}

static void expect_state(play *p, const char *text)
{
    int wanted = state_of(text);
    if (wanted < 0)
        play_fail(p, "\"%s\" is no state", text);
    else if (!p->stage.client || bosh_client_state(p->stage.client) != (bosh_state)wanted)
        play_fail(p, "the state is \"%s\"",
                  p->stage.client ? bosh_state_text(bosh_client_state(p->stage.client)) : "none");
}

/* One word of an event: BOSH_ERR_..., a state, a ticket, or a range of delays in ms. */
static int has_word(play *p, const stage_entry *entry, const char *word)
{
    char *end;
    unsigned long low = strtoul(word, &end, 10);
    if (strncmp(word, "BOSH_", 5) == 0)
        return entry->error == error_of(p, word);
    if (end != word && *end == '-')
        return entry->delay_ms >= low && entry->delay_ms <= strtoul(end + 1, NULL, 10);
    if (end != word)
        return entry->ticket == low;
    if (state_of(word) < 0)
        play_fail(p, "\"%s\" is not understood", word);
    return (int)entry->state == state_of(word);
}

static int has_xml(play *p, const stage_entry *entry, const char *text)
{
    world_document pattern, element;
    char why[300];
    int is_match = 0;
    if (play_parse(p, text, &pattern) && entry->element) {
        is_match = match_element(pattern.root, entry->element, 0, why, sizeof(why));
    } else if (!p->has_failed) {
        is_match = world_document_parse_plain(&element, entry->xml, strlen(entry->xml)) &&
                   match_element(pattern.root, element.root, 0, why, sizeof(why));
        world_document_deinit(&element);
    }
    world_document_deinit(&pattern);
    return is_match;
}

static int is_event(play *p, const stage_entry *entry, bosh_event_type type, const char *text)
{
    char word[60];
    if (entry->type != type)
        return 0;
    while (text[0] && text[0] != '<') {
        play_word(&text, word, sizeof(word));
        if (!has_word(p, entry, word))
            return 0;
    }
    return text[0] == 0 || has_xml(p, entry, text);
}

/* None of what came is what was expected. */
static void fail_event(play *p, const stage_entry *entry)
{
    char seen[2000] = "", text[200];
    for (; entry; entry = entry->next) {
        size_t size = strlen(seen);
        stage_describe(entry, text, sizeof(text));
        snprintf(seen + size, sizeof(seen) - size, "\n        %s", text);
    }
    play_fail(p, "no such event; %s%s", seen[0] ? "what came is" : "nothing came", seen);
}

static void expect_event(play *p, const char *text)
{
    char name[20];
    int type = 0;
    play_word(&text, name, sizeof(name));
    while (type <= BOSH_EVENT_LOGIN && strcmp(stage_event_name(type), name) != 0)
        type++;
    if (type > BOSH_EVENT_LOGIN) {
        play_fail(p, "\"%s\" is no event", name);
        return;
    }
    const stage_entry *first = p->stage.cursor;
    for (; p->stage.cursor; p->stage.cursor = p->stage.cursor->next) {
        const stage_entry *entry = p->stage.cursor;
        if (entry->kind != STAGE_EVENT) {
            play_fail(p, "a delivery or answer came first: <%s>",
                      entry->element ? entry->element->name : "none");
            return;
        }
        if (is_event(p, entry, (bosh_event_type)type, text)) {
            p->stage.cursor = p->stage.cursor->next;
            return;
        }
    }
    fail_event(p, first);
}

/* The next entry that is no event. */
static stage_entry *next_element(play *p)
{
    while (p->stage.cursor && p->stage.cursor->kind == STAGE_EVENT)
        p->stage.cursor = p->stage.cursor->next;
    stage_entry *entry = p->stage.cursor;
    if (entry)
        p->stage.cursor = entry->next;
    return entry;
}

static void match_entry(play *p, const stage_entry *entry, const char *text)
{
    world_document pattern;
    char why[600];
    if (!text[0])
        return;
    if (play_parse(p, text, &pattern)) {
        if (!entry->element)
            play_fail(p, "there is no stanza");
        else if (!match_element(pattern.root, entry->element, 0, why, sizeof(why)))
            play_fail(p, "%s", why);
    }
    world_document_deinit(&pattern);
}

static void expect_deliver(play *p, const char *text)
{
    if (strcmp(text, "none") == 0) {
        for (const stage_entry *entry = p->stage.cursor; entry; entry = entry->next) {
            if (entry->kind == STAGE_DELIVER)
                play_fail(p, "a <%s> was delivered", entry->element->name);
        }
        return;
    }
    const stage_entry *entry = next_element(p);
    if (!entry || entry->kind != STAGE_DELIVER)
        play_fail(p, entry ? "an answer came first" : "nothing was delivered");
    else
        match_entry(p, entry, text);
}

/* expect answer BOSH_OK <iq>...</iq> */
static void expect_answer(play *p, const char *text)
{
    char word[60];
    const stage_entry *entry = next_element(p);
    play_word(&text, word, sizeof(word));
    int error = error_of(p, word);
    if (!entry || entry->kind != STAGE_ANSWER)
        play_fail(p, entry ? "a delivery came first" : "there was no answer");
    else if (entry->error != error)
        play_fail(p, "the answer came with %s", bosh_error_name(entry->error));
    else
        match_entry(p, entry, text);
}

static void expect_nothing(play *p)
{
    char text[200];
    if (!p->stage.cursor)
        return;
    stage_describe(p->stage.cursor, text, sizeof(text));
    play_fail(p, "there is one more: %s", text);
}

static void compare(play *p, const char *what, const char *actual, const char *expected)
{
    if (strcmp(actual, expected) != 0)
        play_fail(p, "%s is \"%s\"", what, actual);
}

/* expect detail http 404 and so on: one field of bosh_client_detail. */
static void expect_detail(play *p, const char *text)
{
    const bosh_detail *detail = bosh_client_detail(p->stage.client);
    char field[20], status[20];
    play_word(&text, field, sizeof(field));
    snprintf(status, sizeof(status), "%d", detail->http_status);
    if (strcmp(field, "error") == 0)
        compare(p, field, bosh_error_name(detail->error), text);
    else if (strcmp(field, "http") == 0)
        compare(p, field, status, text);
    else if (strcmp(field, "condition") == 0)
        compare(p, field, bosh_condition_text(detail->condition), text);
    else if (strcmp(field, "stanza") == 0)
        compare(p, field, detail->stanza_condition, text);
    else if (strcmp(field, "text") == 0)
        compare(p, field, detail->text, text);
    else if (strcmp(field, "uri") == 0)
        compare(p, field, detail->uri, text);
    else
        play_fail(p, "a detail has no \"%s\"", field);
}

/* expect tickets 2 3: the boundaries of bosh_client_tickets. */
static void expect_tickets(play *p, const char *text)
{
    bosh_ticket delivered, unknown;
    char actual[60];
    bosh_client_tickets(p->stage.client, &delivered, &unknown);
    snprintf(actual, sizeof(actual), "%llu %llu", (unsigned long long)delivered,
             (unsigned long long)unknown);
    compare(p, "tickets", actual, text);
}

static void expect_cancelled(play *p, const char *text)
{
    const play_label *label = play_find_label(p, text);
    if (!label || label->attempts[label->count - 1]->state != WORLD_ATTEMPT_CANCELLED)
        play_fail(p, "\"%s\" is not cancelled", text);
}

static void expect_error(play *p, const char *text)
{
    if (p->result != error_of(p, text))
        play_fail(p, "the last call returned %s", bosh_error_name(p->result));
}

void play_expect(play *p, const char *text)
{
    char word[20];
    play_word(&text, word, sizeof(word));
    if (strcmp(word, "nothing") == 0)
        expect_nothing(p);
    else if (strcmp(word, "error") == 0)
        expect_error(p, text);
    else if (!p->stage.client)
        play_fail(p, "there is no client yet");
    else if (strcmp(word, "state") == 0)
        expect_state(p, text);
    else if (strcmp(word, "event") == 0)
        expect_event(p, text);
    else if (strcmp(word, "deliver") == 0)
        expect_deliver(p, text);
    else if (strcmp(word, "answer") == 0)
        expect_answer(p, text);
    else if (strcmp(word, "detail") == 0)
        expect_detail(p, text);
    else if (strcmp(word, "tickets") == 0)
        expect_tickets(p, text);
    else if (strcmp(word, "cancelled") == 0)
        expect_cancelled(p, text);
    else if (strcmp(word, "jid") == 0)
        compare(p, word, bosh_client_jid(p->stage.client), text);
    else if (strcmp(word, "server") == 0)
        compare(p, word, bosh_client_server(p->stage.client), text);
    else
        play_fail(p, "\"%s\" cannot be expected", word);
}
