/* SPDX-License-Identifier: MIT
 * Rules about numbers and about many of something: ids, conditions, languages. */
#include "stage.h"

#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const rule_test rules_engine[];

#define CLIENTS 2000

/* The rid of the creation request of a new client whose entropy is `seed`. */
static uint64_t first_rid(uint64_t seed)
{
    stage s;
    stage_init(&s, WORLD_WHOLE);
    s.seed.state = seed;
    uint64_t rid = 0;
    if (stage_client(&s) == BOSH_OK) {
        world_validator_connect(s.validator);
        bosh_client_connect(s.client);
        stage_settle(&s);
        char *text = s.net.count ? stage_root_attribute(s.net.attempts[0], "rid") : NULL;
        rid = text ? strtoull(text, NULL, 10) : 0;
        free(text);
    }
    stage_deinit(&s);
    return rid;
}

static int compare_rids(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* Over many sessions no rid comes twice, and each of the lower 52 bits is set in about half. */
static void first_rids_are_unpredictable(void)
{
    static uint64_t rids[CLIENTS];
    for (size_t i = 0; i < CLIENTS; i++)
        rids[i] = first_rid(i);
    for (unsigned bit = 0; bit < 52; bit++) {
        size_t set = 0;
        for (size_t i = 0; i < CLIENTS; i++)
            set += (rids[i] >> bit) & 1;
        if (set < CLIENTS * 4 / 10 || set > CLIENTS * 6 / 10)
            stage_fail("%s:%d: bit %u is set in %zu of %d", __FILE__, __LINE__, bit, set, CLIENTS);
    }
    qsort(rids, CLIENTS, sizeof(rids[0]), compare_rids);
    for (size_t i = 1; i < CLIENTS; i++)
        EXPECT(rids[i] != rids[i - 1]);
}

static int zeros_then_ones(void *buffer, size_t size, void *user)
{
    int *calls = user;
    memset(buffer, (*calls)++ < 3 ? 0 : 0xff, size);
    return 0;
}

/* Also with the least and the greatest random number. */
static void first_rid_leaves_room(void)
{
    stage s;
    int calls = 0;
    stage_init(&s, WORLD_WHOLE);
    s.config.entropy = zeros_then_ones;
    s.config.entropy_user = &calls;
    EXPECT_INT(stage_client(&s), BOSH_OK);
    world_validator_connect(s.validator);
    EXPECT_INT(bosh_client_connect(s.client), BOSH_OK);
    stage_settle(&s);
    char *rid = stage_root_attribute(s.net.attempts[0], "rid");
    uint64_t number = rid ? strtoull(rid, NULL, 10) : 0;
    EXPECT(number >= (UINT64_C(1) << 32) && number < (UINT64_C(1) << 52));
    free(rid);
    stage_deinit(&s);
}

static char *answer_and_take_rid(stage *s)
{
    stage_answer(s, stage_open_attempt(s), "<body/>");
    world_attempt *attempt = stage_open_attempt(s);
    return attempt ? stage_root_attribute(attempt, "rid") : NULL;
}

/* The last legal rid is spent on the terminate request, then a new session begins. */
static void last_rid_ends_the_session(void)
{
    stage s;
    int comes_back = bosh_has_feature("reconnect");
    stage_init(&s, WORLD_WHOLE);
    s.config.reconnect = BOSH_RECONNECT_AFTER_ONLINE;
    EXPECT(stage_login(&s, ""));
    s.net.validator = NULL; /* which would miss the rids between */
    s.client->session.next_rid = BOSH_RID_MAX - 2;
    static const char *const expected[] = {"9007199254740989", "9007199254740990",
                                           "9007199254740991"};
    for (size_t i = 0; i < 3; i++) {
        char *rid = answer_and_take_rid(&s);
        if (!rid || strcmp(rid, expected[i]) != 0)
            stage_fail("%s:%d: rid %s", __FILE__, __LINE__, rid ? rid : "none");
        free(rid);
    }
    char *type = stage_root_attribute(stage_open_attempt(&s), "type");
    EXPECT(type && strcmp(type, "terminate") == 0);
    free(type);
    stage_answer(&s, stage_open_attempt(&s), "<body type='terminate'/>");
    EXPECT_INT(bosh_client_detail(s.client)->error, BOSH_ERR_RID_EXHAUSTED);
    EXPECT_INT(bosh_client_state(s.client),
               comes_back ? BOSH_STATE_RECONNECT_WAIT : BOSH_STATE_ENDED);
    stage_advance(&s, s.net.now_ms + 3000);
    world_attempt *next = comes_back ? stage_open_attempt(&s) : NULL;
    char *sid = next ? stage_root_attribute(next, "sid") : NULL;
    EXPECT(!comes_back || next);
    EXPECT(sid == NULL);
    free(sid);
    stage_deinit(&s);
}

static void iq_ids_differ(void)
{
    static char ids[500][40];
    stage s;
    stage_init(&s, WORLD_WHOLE);
    EXPECT(stage_login(&s, ""));
    for (size_t i = 0; i < 500; i++) {
        const bosh_writer *writer = bosh_client_iq(s.client, "get", NULL);
        const char *id = strstr(writer->buf.data, " id='") + 5;
        snprintf(ids[i], sizeof(ids[i]), "%.*s", (int)strcspn(id, "'"), id);
        EXPECT(strlen(ids[i]) >= 11); /* 64 bits, however they are written */
        for (size_t k = 0; k < i; k++)
            EXPECT(strcmp(ids[i], ids[k]) != 0);
    }
    stage_deinit(&s);
}

static char languages[4][8];

static int note_languages(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    int *count = user;
    const bosh_stanza *body = bosh_stanza_child(stanza, "body", NULL);
    const char *language = bosh_stanza_language(body ? body : stanza);
    (void)client;
    if (*count < 4)
        snprintf(languages[(*count)++], 8, "%s", language ? language : "");
    return 1;
}

static void language_is_inherited(void)
{
    stage s;
    int count = 0;
    stage_init(&s, WORLD_WHOLE);
    EXPECT(stage_login(&s, ""));
    bosh_handler_add(s.client, NULL, note_languages, &count);
    stage_answer(&s, stage_open_attempt(&s),
                 "<body xml:lang='de'><message xmlns='jabber:client'><body>a</body></message>"
                 "<message xmlns='jabber:client' xml:lang='fr'><body>b</body></message>"
                 "<message xmlns='jabber:client'><body xml:lang='it'>c</body></message></body>");
    EXPECT_INT(count, 3);
    EXPECT(strcmp(languages[0], "de") == 0);
    EXPECT(strcmp(languages[1], "fr") == 0);
    EXPECT(strcmp(languages[2], "it") == 0);
    stage_deinit(&s);
}

/* The writer's way; send_xml's is in body.md. */
static void unfit_text_is_refused(void)
{
    static const struct {
        const char *text;
        int error;
    } cases[] = {{"a\x01", BOSH_ERR_CHARACTER},
                 {"a\x1f", BOSH_ERR_CHARACTER},
                 {"\xef\xbf\xbe", BOSH_ERR_CHARACTER},
                 {"\xef\xbf\xbf", BOSH_ERR_CHARACTER},
                 {"\xed\xa0\x80", BOSH_ERR_UTF8},
                 {"\xed\xbf\xbf", BOSH_ERR_UTF8},
                 {"\xc3(", BOSH_ERR_UTF8},
                 {"\xc0\x80", BOSH_ERR_UTF8},
                 {"\xf4\x90\x80\x80", BOSH_ERR_UTF8},
                 {"\xe4\xbd", BOSH_ERR_UTF8},
                 {"\t\n\r&<>'\" \xf0\x9f\x98\x80", BOSH_OK}};
    stage s;
    stage_init(&s, WORLD_WHOLE);
    EXPECT(stage_login(&s, ""));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        EXPECT_INT(bosh_client_send_message(s.client, "bob@example.org", cases[i].text, NULL),
                   cases[i].error);
    EXPECT_INT(bosh_client_send_message(s.client, "\x02", "a", NULL), BOSH_ERR_CHARACTER);
    stage_settle(&s);
    EXPECT(s.net.count > 0 && strstr(s.net.attempts[s.net.count - 1]->entity, "&amp;&lt;"));
    stage_deinit(&s);
}

static const char *const conditions[] = {"bad-request",
                                         "conflict",
                                         "feature-not-implemented",
                                         "forbidden",
                                         "gone",
                                         "internal-server-error",
                                         "item-not-found",
                                         "jid-malformed",
                                         "not-acceptable",
                                         "not-allowed",
                                         "not-authorized",
                                         "policy-violation",
                                         "recipient-unavailable",
                                         "redirect",
                                         "registration-required",
                                         "remote-server-not-found",
                                         "remote-server-timeout",
                                         "resource-constraint",
                                         "service-unavailable",
                                         "subscription-required",
                                         "undefined-condition",
                                         "unexpected-request",
                                         "full-moon"};

static int note_condition(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    const char *condition = bosh_stanza_error_condition(stanza);
    (void)client;
    snprintf(user, 40, "%s", condition ? condition : "none");
    return 1;
}

static void error_conditions_have_names(void)
{
    stage s;
    char seen[40], body[600];
    stage_init(&s, WORLD_WHOLE);
    EXPECT(stage_login(&s, ""));
    bosh_handler_add(s.client, NULL, note_condition, seen);
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        const char *expected = strcmp(conditions[i], "full-moon") == 0 && bosh_has_feature("extras")
                                   ? "undefined-condition"
                                   : conditions[i];
        snprintf(body, sizeof(body),
                 "<body><message xmlns='jabber:client' type='error'><x xmlns='urn:x'/>"
                 "<error type='cancel'><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>t</text>"
                 "<%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message></body>",
                 conditions[i]);
        stage_answer(&s, stage_open_attempt(&s), body);
        if (strcmp(seen, expected) != 0)
            stage_fail("%s:%d: %s is taken for %s", __FILE__, __LINE__, conditions[i], seen);
    }
    stage_answer(&s, stage_open_attempt(&s),
                 "<body><message type='chat'><error/></message></body>");
    EXPECT(strcmp(seen, "none") == 0);
    stage_deinit(&s);
}

/* clang-format off */
const rule_test rules_engine[] = {
    {"RID-1", first_rids_are_unpredictable},
    {"RID-3", first_rid_leaves_room},
    {"RID-5", last_rid_ends_the_session},
    {"IQ-1", iq_ids_differ},
    {"BODY-8", unfit_text_is_refused},
    {"STZ-2", language_is_inherited},
    {"STZ-4", error_conditions_have_names},
    {NULL, NULL},
};
