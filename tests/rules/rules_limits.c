/* SPDX-License-Identifier: MIT
 * Rules about answers that are too much: each limit has its own error, memory stays bounded, and
 * the session lives on. */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const rule_test rules_limits[];

static char *repeat(const char *head, const char *part, size_t times, const char *tail)
{
    size_t size = strlen(head) + strlen(part) * times + strlen(tail) + 1;
    char *out = malloc(size), *at = out;
    if (!out)
        abort();
    at += sprintf(at, "%s", head);
    for (size_t i = 0; i < times; i++)
        at += sprintf(at, "%s", part);
    sprintf(at, "%s", tail);
    return out;
}

/* The error of the newest RETRY event, 0 for none. */
static int retry_error(const stage *s)
{
    int error = 0;
    for (const stage_entry *entry = s->log; entry; entry = entry->next) {
        if (entry->kind == STAGE_EVENT && entry->type == BOSH_EVENT_RETRY)
            error = entry->error;
    }
    return error;
}

#define ANSWER_MAX 524288 /* a device has 4 MB for all */

/* Log in, answer with `entity`: the attempt breaks with `error`, takes `bytes_max` at most, and
 * the repeated request is answered as if nothing had been. */
static void answer_is_refused(char *entity, int error, size_t bytes_max)
{
    stage s;
    stage_init(&s, WORLD_HALVES);
    s.config.response_bytes_max = ANSWER_MAX;
    EXPECT(stage_login(&s, ""));
    s.alloc.bytes_peak = s.alloc.bytes;
    size_t before = s.alloc.bytes;
    stage_answer(&s, stage_open_attempt(&s), entity);
    if (retry_error(&s) != error)
        stage_fail("%s:%d: %s instead of %s", __FILE__, __LINE__, bosh_error_name(retry_error(&s)),
                   bosh_error_name(error));
    if (s.alloc.bytes_peak - before > bytes_max)
        stage_fail("%s:%d: %zu bytes for a refused answer", __FILE__, __LINE__,
                   s.alloc.bytes_peak - before);
    EXPECT_INT(bosh_client_state(s.client), BOSH_STATE_RECOVERING);
    stage_advance(&s, s.net.now_ms + 300);
    stage_answer(&s, stage_open_attempt(&s), "<body><message id='1'/></body>");
    EXPECT_INT(bosh_client_state(s.client), BOSH_STATE_ONLINE);
    stage_deinit(&s);
    free(entity);
}

static void answers_have_limits(void)
{
    answer_is_refused(repeat("<body>", "<a>", 100000, ""), BOSH_ERR_RESPONSE_DEPTH, 400000);
    char wide[65 * 8 + 40] = "<body><message";
    for (int i = 0; i < 65; i++)
        sprintf(wide + strlen(wide), " a%d=''", i);
    answer_is_refused(repeat(wide, "", 0, "/></body>"), BOSH_ERR_RESPONSE_ATTRIBUTES, 100000);
    answer_is_refused(repeat("<body><message><body>", "0123456789abcdef", ANSWER_MAX / 16,
                             "</body></message></body>"),
                      BOSH_ERR_RESPONSE_TOO_LARGE, 5 * ANSWER_MAX);
    answer_is_refused(repeat("<body><message>\x01", "", 0, "</message></body>"),
                      BOSH_ERR_RESPONSE_CHARACTER, 100000);
    answer_is_refused(repeat("<body><message>\xc3(", "", 0, "</message></body>"),
                      BOSH_ERR_RESPONSE_UTF8, 100000);
}

/* Each of ten entities stands for ten of the one before: ten thousand million characters. */
static void laughs_are_not_expanded(void)
{
    char dtd[2000] = "<!DOCTYPE b [<!ENTITY e0 'ha'>";
    for (int i = 1; i < 11; i++) {
        sprintf(dtd + strlen(dtd), "<!ENTITY e%d '", i);
        for (int k = 0; k < 10; k++)
            sprintf(dtd + strlen(dtd), "&e%d;", i - 1);
        strcat(dtd, "'>");
    }
    strcat(dtd,
           "]><body xmlns='http://jabber.org/protocol/httpbind'><message>&e10;</message></body>");
    answer_is_refused(repeat(dtd, "", 0, ""), BOSH_ERR_RESPONSE_DOCTYPE, 100000);
}

static void size_is_bounded_after_decoding(void)
{
    stage s;
    char piece[4096];
    stage_init(&s, WORLD_WHOLE);
    s.config.response_bytes_max = 100000;
    EXPECT(stage_login(&s, ""));
    const world_attempt *attempt = stage_open_attempt(&s);
    EXPECT_INT(attempt->request->response_bytes_max, 100000);
    memset(piece, ' ', sizeof(piece));
    int result = bosh_transport_bytes(s.client, attempt->id, "<body>", 6);
    size_t fed = 6;
    while (result == 0 && fed < 1000000) {
        result = bosh_transport_bytes(s.client, attempt->id, piece, sizeof(piece));
        fed += sizeof(piece);
    }
    EXPECT_INT(result, BOSH_ERR_RESPONSE_TOO_LARGE);
    EXPECT(fed <= 100000 + sizeof(piece));
    stage_deinit(&s);
}

/* INV-28: wherever the answer ends, nothing of it is delivered, and all of it afterwards. */
static void cut_answers_deliver_nothing(void)
{
    static const char whole[] = "<body xmlns='http://jabber.org/protocol/httpbind'>"
                                "<message id='1'><body>hi</body></message><presence/></body>";
    for (size_t size = 0; size < sizeof(whole) - 1; size++) {
        stage s;
        stage_init(&s, WORLD_WHOLE);
        EXPECT(stage_login(&s, ""));
        world_transport_answer(&s.net, stage_open_attempt(&s), 200, 0, whole, size);
        world_transport_pump(&s.net);
        for (const stage_entry *entry = s.cursor; entry; entry = entry->next)
            EXPECT(entry->kind != STAGE_DELIVER);
        stage_advance(&s, s.net.now_ms + 300);
        stage_answer(&s, stage_open_attempt(&s), whole);
        size_t delivered = 0;
        for (const stage_entry *entry = s.cursor; entry; entry = entry->next)
            delivered += entry->kind == STAGE_DELIVER;
        EXPECT_INT(delivered, 2);
        stage_deinit(&s);
    }
}

/* ORD-1: answers that wait for their turn are counted too. */
static void early_answers_are_bounded(void)
{
    stage s;
    stage_init(&s, WORLD_WHOLE);
    EXPECT(stage_login(&s, ""));
    for (int i = 0; i < 20; i++) {
        bosh_client_send_message(s.client, "bob@example.org", "hello", NULL);
        stage_settle(&s);
        const world_attempt *newest = stage_open_attempt(&s);
        if (newest != s.net.attempts[s.net.count - 1])
            break;
        if (world_validator_outstanding(s.validator) == 2)
            stage_answer(&s, s.net.attempts[s.net.count - 1], "<body><message/></body>");
        stage_advance(&s, s.net.now_ms + 100);
    }
    EXPECT(world_validator_outstanding(s.validator) == 1);
    for (const stage_entry *entry = s.cursor; entry; entry = entry->next)
        EXPECT(entry->kind != STAGE_DELIVER);
    stage_deinit(&s);
}

/* clang-format off */
const rule_test rules_limits[] = {
    {"SEC-5", answers_have_limits},
    {"BODY-11", laughs_are_not_expanded},
    {"BODY-12", cut_answers_deliver_nothing},
    {"ENC-3", size_is_bounded_after_decoding},
    {"ORD-1", early_answers_are_bounded},
    {NULL, NULL},
};
