/* SPDX-License-Identifier: MIT
 * The watcher is watched: each rule it checks is broken once here, and it has to name that rule. */
#include "check.h"
#include "world/validator.h"

#include <inttypes.h>
#include <stdlib.h>

#define R0 UINT64_C(4503599627370)
#define NS "xmlns='http://jabber.org/protocol/httpbind'"
#define SASL "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
#define BIND "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
#define CREATION                                                                                   \
    "to='example.org' xml:lang='en' ver='1.11' wait='50' hold='1' xmpp:version='1.0' "             \
    "xmlns:xmpp='urn:xmpp:xbosh'"
#define RESTART "to='example.org' xml:lang='en' xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh'"

static world_validator *v;
static world_validator_config config;
static char seen[400]; /* the rules named, each with a space behind it */
static bosh_time now_ms;
static uint32_t last_id;

static void note(void *user, const char *rule, const char *text)
{
    (void)user;
    (void)text;
    snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s ", rule);
}

static void begin(void)
{
    world_validator_free(v);
    world_validator_config_init(&config);
    config.violation = note;
    v = world_validator_new(&config);
    seen[0] = 0;
    last_id = 0;
    now_ms = 1000;
    world_validator_connect(v);
}

static uint32_t submit_to(const char *url, const char *entity)
{
    bosh_slice slice = {entity, strlen(entity)};
    bosh_transport_request request = {0};
    request.url = url;
    request.content_type = "text/xml; charset=utf-8";
    request.slices = &slice;
    request.slice_count = 1;
    request.size = slice.size;
    world_validator_submit(v, now_ms, ++last_id, &request, NULL);
    return last_id;
}

static uint32_t submit(const char *entity)
{
    return submit_to(config.url, entity);
}

/* A request of the session with rid R0 + n. */
static uint32_t send(unsigned n, const char *attributes, const char *payload)
{
    char entity[1000];
    snprintf(entity, sizeof(entity), "<body " NS " rid='%" PRIu64 "' sid='S' %s>%s</body>", R0 + n,
             attributes, payload);
    return submit(entity);
}

static void answer(uint32_t id, const char *attributes, const char *payload)
{
    char entity[1000];
    snprintf(entity, sizeof(entity), "<body " NS " %s>%s</body>", attributes, payload);
    world_validator_done(v, now_ms, id, entity, strlen(entity));
}

static uint32_t create(void)
{
    char entity[400];
    snprintf(entity, sizeof(entity), "<body " NS " rid='%" PRIu64 "' " CREATION "/>", R0);
    return submit(entity);
}

static void open_session(const char *attributes)
{
    char all[200];
    begin();
    snprintf(all, sizeof(all), "sid='S' wait='50' hold='1' polling='5' %s", attributes);
    answer(create(), all, "");
}

/* Bound, the poll R0 + 4 is open and a second old. */
static uint32_t go_online(const char *attributes)
{
    open_session(attributes);
    answer(send(1, "", "<auth " SASL " mechanism='PLAIN'>AA==</auth>"), "", "<success " SASL "/>");
    answer(send(2, RESTART, ""), "", "");
    answer(send(3, "", "<iq xmlns='jabber:client' type='set' id='b'>" BIND "</iq>"), "",
           "<iq xmlns='jabber:client' type='result' id='b'>" BIND "</iq>");
    uint32_t poll = send(4, "", "");
    now_ms += 1000;
    CHECK_STR(seen, "");
    return poll;
}

static void good_session_is_good(void)
{
    uint32_t poll = go_online("requests='2'");
    uint32_t data = send(5, "", "<message xmlns='jabber:client'/>");
    answer(poll, "", "");
    answer(data, "", "");
    world_validator_turn(v, BOSH_STATE_RECOVERING);
    poll = send(6, "", "");
    world_validator_turn(v, BOSH_STATE_ONLINE);
    world_validator_failed(v, poll);
    now_ms += 100;
    send(6, "", "");
    now_ms += 100;
    send(7, "type='terminate'", "<presence xmlns='jabber:client' type='unavailable'/>");
    CHECK_STR(seen, "");
}

/* One entity that is wrong by itself. */
static void form_is_checked(void)
{
    static const struct {
        const char *rule, *attributes, *payload;
    } cases[] = {
        {"BODY-2 ", "", " "},
        {"BODY-3 ", "", "<!-- c -->"},
        {"BODY-3 ", "", "<?p i?>"},
        {"BODY-4 ", "", "<a>"},
        {"BODY-4 ", "", "&nbsp;"},
        {"INV-14 ", "ack='1'", ""},
        {"INV-14 ", "report='1' time='5'", ""},
        {"INV-15 ", "key='1'", ""},
        {"INV-15 ", "newkey='1'", ""},
        {"BODY-7 ", "stream='1'", ""},
        {"INV-13 ", "pause='1'", ""},
        {"BODY-7 ", "to='example.org'", ""},
        {"ERR-6 ", "type='error'", ""},
        {"XMPP-3 ", "", "<message/>"},
        {"XMPP-3 ", "", "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"},
        {"XMPP-6 ", "to='a' xml:lang='en' xmpp:restart='1' xmlns:xmpp='urn:xmpp:xbosh'", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        open_session("requests='2'");
        send(1, cases[i].attributes, cases[i].payload);
        if (strncmp(seen, cases[i].rule, strlen(cases[i].rule)) != 0) {
            printf("case %zu: \"%s\" instead of %s\n", i, seen, cases[i].rule);
            check_failures++;
        }
    }
}

static void expect_first(const char *entity, const char *rule)
{
    begin();
    submit(entity);
    if (strncmp(seen, rule, strlen(rule)) != 0) {
        printf("\"%s\" instead of %s for %s\n", seen, rule, entity);
        check_failures++;
    }
}

static void creation_is_checked(void)
{
    expect_first(
        "<b:body xmlns:b='http://jabber.org/protocol/httpbind' rid='4503599627370' " CREATION "/>",
        "BODY-5 ");
    expect_first("<?xml version='1.0'?><body " NS " rid='4503599627370' " CREATION "/>", "BODY-5 ");
    expect_first("<body rid='4503599627370' " CREATION "/>", "BODY-1 ");
    expect_first("<body " NS " rid='04503599627370' " CREATION "/>", "RID-4 ");
    expect_first("<body " NS " rid='9007199254740992' " CREATION "/>", "RID-4 ");
    expect_first("<body " NS " " CREATION "/>", "RID-4 ");
    expect_first("<body " NS " rid='17' " CREATION "/>", "RID-3 ");
    expect_first("<body " NS " rid='9007199254740991' " CREATION "/>", "RID-3 ");
    expect_first("<body " NS " rid='4503599627370' ack='1' " CREATION "/>", "INV-14 ");
    expect_first("<body " NS " rid='4503599627370' secure='true' " CREATION "/>", "CRE-13 ");
    expect_first("<body " NS " rid='4503599627370' to='a'/>", "CRE-13 ");
    expect_first("<body " NS " rid='4503599627370' " CREATION
                 "><message xmlns='jabber:client'/></body>",
                 "CRE-14 ");
}

static void creations_do_not_repeat(void)
{
    begin();
    world_validator_failed(v, create());
    create();
    CHECK(strstr(seen, "CRE-16 "));
    begin();
    create();
    submit("<body " NS " rid='4503599627999' " CREATION "/>");
    CHECK_STR(seen, "CRE-15 ");
}

static void targets_are_checked(void)
{
    begin();
    submit_to("http://example.org/xmpp-httpbind",
              "<body " NS " rid='4503599627370' " CREATION "/>");
    CHECK_STR(seen, "SEC-2 ");
    open_session("requests='2'");
    submit_to("https://example.net/", "<body " NS " rid='4503599627371' sid='S'/>");
    CHECK_STR(seen, "SEC-2 ");
}

static void rids_are_checked(void)
{
    open_session("requests='2'");
    send(2, "", "");
    CHECK(strstr(seen, "RID-2 "));
    open_session("requests='2'");
    submit("<body " NS " rid='4503599627371' sid='T'/>");
    CHECK_STR(seen, "INV-8 ");
}

static void window_is_checked(void)
{
    uint32_t poll = go_online("requests='2'");
    answer(send(5, "", "<message xmlns='jabber:client'/>"), "", "");
    send(6, "", "<message xmlns='jabber:client'/>");
    CHECK(strstr(seen, "WIN-2 "));
    go_online("requests='1'");
    send(5, "", "<message xmlns='jabber:client'/>");
    CHECK(strstr(seen, "WIN-2 "));
    go_online("requests='2'");
    send(5, "", "");
    CHECK(strstr(seen, "HOLD-2 "));
    CHECK(strstr(seen, "OVR-2 "));
    poll = go_online("requests='1'");
    answer(poll, "", "");
    send(5, "", "");
    CHECK(strstr(seen, "POLL-3 "));
    begin();
    answer(create(), "sid='S' requests='1' wait='0' hold='0' polling='4'", "");
    now_ms += 3999;
    send(1, "", "<auth " SASL " mechanism='PLAIN'>AA==</auth>");
    CHECK_STR(seen, "POLL-4 ");
    poll = go_online("requests='2'");
    answer(poll, "", "");
    world_validator_turn(v, BOSH_STATE_ONLINE);
    CHECK_STR(seen, "HOLD-1 ");
}

static void guard_is_checked(void)
{
    uint32_t poll = go_online("requests='2'");
    answer(poll, "", "");
    poll = send(5, "", "");
    now_ms += 19;
    send(6, "", "<message xmlns='jabber:client'/>");
    CHECK_STR(seen, "HOLD-4 ");
    poll = go_online("requests='2'");
    send(5, "", "<message xmlns='jabber:client'/>");
    answer(poll, "", "<message xmlns='jabber:client'/>");
    now_ms += 19;
    send(6, "", "<message xmlns='jabber:client'/>");
    CHECK_STR(seen, "HOLD-4 ");
    go_online("requests='3'");
    send(5, "", "<message xmlns='jabber:client'/>");
    now_ms += 1000;
    send(6, "", "<message xmlns='jabber:client'/>");
    CHECK_STR(seen, "HOLD-4 ");
    open_session("requests='2'");
    answer(send(1, "", "<auth " SASL " mechanism='PLAIN'>AA==</auth>"), "", "<success " SASL "/>");
    send(2, RESTART, "");
    now_ms += 4;
    send(3, "", "<iq xmlns='jabber:client' type='set' id='b'>" BIND "</iq>");
    CHECK_STR(seen, "HOLD-4 ");
}

static void repeats_are_checked(void)
{
    uint32_t poll = go_online("requests='2'");
    send(4, "", "");
    CHECK_STR(seen, "RTX-4 ");
    poll = go_online("requests='2'");
    world_validator_failed(v, poll);
    submit("<body " NS "  rid='4503599627374' sid='S'/>");
    CHECK_STR(seen, "BODY-13 ");
    poll = go_online("requests='2'");
    answer(poll, "", "");
    send(4, "", "");
    CHECK_STR(seen, "RTX-4 ");
    poll = go_online("requests='2'");
    world_validator_failed(v, send(5, "", "<message xmlns='jabber:client'/>"));
    world_validator_failed(v, poll);
    send(5, "", "<message xmlns='jabber:client'/>");
    CHECK_STR(seen, "RTX-3 ");
    poll = go_online("requests='2'");
    world_validator_failed(v, poll);
    send(5, "", "<message xmlns='jabber:client'/>");
    CHECK_STR(seen, "RTX-3 ");
}

static void login_is_checked(void)
{
    open_session("requests='2'");
    send(1, "", "<message xmlns='jabber:client'/>");
    CHECK_STR(seen, "BIND-1 BIND-1 ");
    open_session("requests='2'");
    send(1, RESTART, "");
    CHECK(strstr(seen, "XMPP-8 "));
    open_session("requests='2'");
    answer(send(1, "", "<auth " SASL " mechanism='PLAIN'>AA==</auth>"), "", "");
    send(2, "", "<iq xmlns='jabber:client' type='set' id='b'>" BIND "</iq>");
    CHECK_STR(seen, "SASL-5 ");
    open_session("requests='2'");
    send(1, "", "<auth " SASL " mechanism='PLAIN'></auth>");
    CHECK_STR(seen, "SASL-3 ");
    open_session("requests='2'");
    send(1, "", "<auth " SASL " mechanism='X'>AA==</auth><message xmlns='jabber:client'/>");
    CHECK(strstr(seen, "XMPP-1 "));
    open_session("requests='2'");
    answer(send(1, "", "<auth " SASL " mechanism='PLAIN'>AA==</auth>"), "", "<success " SASL "/>");
    send(2, RESTART, "<message xmlns='jabber:client'/>");
    CHECK(strstr(seen, "XMPP-7 "));
}

static void passwords_are_guarded(void)
{
    begin();
    config.url = "http://example.org/";
    world_validator_free(v);
    v = world_validator_new(&config);
    world_validator_connect(v);
    answer(create(), "sid='S'", "");
    send(1, "", "<auth " SASL " mechanism='PLAIN'>AA==</auth>");
    CHECK_STR(seen, "SASL-2 ");
}

static void answers_are_owed_once(void)
{
    uint32_t poll = go_online("requests='2'");
    answer(poll, "", "<iq xmlns='jabber:client' type='get' id='q'><a xmlns='b'/></iq>");
    answer(send(5, "", "<iq xmlns='jabber:client' type='result' id='q'/>"), "", "");
    CHECK_STR(seen, "");
    send(6, "", "<iq xmlns='jabber:client' type='result' id='q'/>");
    CHECK_STR(seen, "IQ-2 ");
    go_online("requests='2'");
    send(5, "", "<iq xmlns='jabber:client' type='get'><a xmlns='b'/></iq>");
    CHECK_STR(seen, "IQ-1 ");
}

static void end_is_the_end(void)
{
    uint32_t poll = go_online("requests='2'");
    answer(poll, "type='terminate'", "");
    send(5, "", "");
    CHECK_STR(seen, "TERM-3 ");
    go_online("requests='2'");
    send(5, "type='terminate'", "");
    now_ms += 1000;
    send(6, "", "");
    CHECK(strstr(seen, "TERM-3 "));
    poll = go_online("requests='2'");
    world_validator_ended(v);
    answer(poll, "", "");
    send(5, "", "");
    CHECK_STR(seen, "INV-8 ");
}

static void attempts_are_counted(void)
{
    uint32_t poll = go_online("requests='2'");
    answer(poll, "", "");
    world_validator_cancel(v, poll);
    CHECK_STR(seen, "INV-30 ");
    go_online("requests='2'");
    last_id = 1;
    send(5, "", "<message xmlns='jabber:client'/>");
    CHECK_STR(seen, "INV-30 ");
}

static const check_test tests[] = {
    {"good_session_is_good", good_session_is_good},
    {"form_is_checked", form_is_checked},
    {"creation_is_checked", creation_is_checked},
    {"creations_do_not_repeat", creations_do_not_repeat},
    {"targets_are_checked", targets_are_checked},
    {"rids_are_checked", rids_are_checked},
    {"window_is_checked", window_is_checked},
    {"guard_is_checked", guard_is_checked},
    {"repeats_are_checked", repeats_are_checked},
    {"login_is_checked", login_is_checked},
    {"passwords_are_guarded", passwords_are_guarded},
    {"answers_are_owed_once", answers_are_owed_once},
    {"end_is_the_end", end_is_the_end},
    {"attempts_are_counted", attempts_are_counted},
};

CHECK_MAIN(tests)
