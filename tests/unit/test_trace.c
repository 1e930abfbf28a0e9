/* SPDX-License-Identifier: MIT
 * client/trace: what the log and the trace show, and what they never show (SEC-6, INV-27). */
#include "client/client.h"
#include "tests/unit/scene.h"
#include "tests/check.h"

#include <stdlib.h>

static scene s;
static char *shown;
static size_t shown_size;
static unsigned incoming, outgoing;

static void show(const char *text, size_t size)
{
    shown = realloc(shown, shown_size + size + 1);
    memcpy(shown + shown_size, text, size);
    shown_size += size;
    shown[shown_size] = '\0';
}

static void on_trace(int is_outgoing, const char *xml, size_t size, void *user)
{
    CHECK(user == &s);
    outgoing += is_outgoing == 1;
    incoming += is_outgoing == 0;
    show(is_outgoing ? "> " : "< ", 2);
    show(xml, size);
    show("\n", 1);
}

static void on_log(bosh_log_level level, const char *line, void *user)
{
    CHECK(user == &s);
    CHECK(level <= BOSH_LOG_DEBUG);
    CHECK(!strchr(line, '\n'));
    show(line, strlen(line));
    show("\n", 1);
}

static void begin(void)
{
    scene_init(&s);
    shown_size = incoming = outgoing = 0;
    show("", 0);
    s.config.trace = on_trace;
    s.config.log = on_log;
    scene_login(&s);
}

static void end(void)
{
    SCENE_END(&s);
    free(shown);
    shown = NULL;
    shown_size = 0;
}

/* How often `text` was shown. */
static unsigned count_of(const char *text)
{
    unsigned count = 0;
    for (const char *at = shown; (at = strstr(at, text)); at += strlen(text))
        count++;
    return count;
}

static void every_body_is_traced_once(void)
{
    begin();
    CHECK_INT(outgoing, s.net.count);
    CHECK_INT(incoming, 4);
    scene_answer(&s, MESSAGE("a"));
    CHECK_INT(incoming, 5);
    CHECK_INT(count_of(MESSAGE("a")), 1);
    CHECK_INT(outgoing, s.net.count);
    end();
}

static void login_and_session_id_are_never_shown(void)
{
    begin();
    CHECK_INT(count_of("pencil"), 0);
    CHECK_INT(count_of("AGFsaWNlAHBlbmNpbA=="), 0);
    CHECK_INT(count_of("session-of-alice"), 0);
    CHECK(count_of("sid='***'") >= 3);
    CHECK(count_of("mechanism='PLAIN'>***</auth>") == 1);
    end();
}

/* A body from the server: what the trace makes of it. */
static const char *trace_of(const char *payload)
{
    static char text[1000];
    begin();
    shown_size = 0;
    scene_answer(&s, payload);
    snprintf(text, sizeof(text), "%s", shown);
    end();
    return text;
}

#define NS "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"

static void secret_elements_are_redacted_however_they_are_written(void)
{
    static const char *const secrets[] = {
        "<challenge " NS ">SECRET</challenge>",
        "<success " NS ">SECRET</success>",
        "<x:success xmlns:x='urn:ietf:params:xml:ns:xmpp-sasl'>SECRET</x:success>",
        "<success " NS "><![CDATA[SECRET]]></success>",
        "<success " NS ">a<!-- a comment -->SECRET</success>",
        "<success " NS ">a<?pi?>SECRET</success>",
        "<success xmlns='urn:xmpp:sasl:2'><additional-data>SECRET</additional-data></success>",
        "<message xmlns='jabber:client'><query xmlns='jabber:iq:register'>"
        "<password>SECRET</password></query></message>",
        "<message xmlns='jabber:client'><x sid='SECRET'/></message>",
        "<message xmlns='jabber:client'><x a='>' sid = \"SECRET\"/></message>",
        "<message xmlns='jabber:client'><resume previd='SECRET' xmlns='urn:xmpp:sm:3'/></message>",
    };
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
        if (strstr(trace_of(secrets[i]), "SECRET"))
            CHECK_STR(secrets[i], "redacted");
}

static void everything_else_is_shown_as_it_is(void)
{
    static const char *const open[] = {
        MESSAGE("a"),
        "<message xmlns='jabber:client'><body>sid='x' &lt;auth&gt; y</body></message>",
        "<message xmlns='jabber:client'><password/>shown<auth/>shown</message>",
        "<message xmlns='jabber:client' a='1>2' b=\"it's\"><!-- c --><x/></message>",
        "<message xmlns='jabber:client'><authority>shown</authority></message>",
    };
    for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
        CHECK(strstr(trace_of(open[i]), open[i]));
}

/* What a program sends may hold a secret, too. */
static void password_in_an_own_stanza_is_redacted(void)
{
    static const char xml[] = "<iq type='set' id='r1'><query xmlns='jabber:iq:register'>"
                              "<username>alice</username><password>SECRET</password>"
                              "</query></iq>";
    begin();
    CHECK_INT(bosh_client_send_xml(s.client, xml, strlen(xml), NULL), 0);
    scene_turn(&s);
    CHECK(strstr(scene_sent(&s), "SECRET"));
    CHECK_INT(count_of("SECRET"), 0);
    CHECK_INT(count_of("<username>alice</username><password>***</password>"), 1);
    end();
}

static void trace_without_memory_is_silent_and_harmless(void)
{
    begin();
    for (uint64_t n = 1; n < 12; n++) {
        s.alloc.fail_at = s.alloc.calls + n;
        scene_say(&s, "a");
        scene_turn(&s);
        scene_advance(&s, 1000);
        if (scene_oldest(&s))
            scene_answer(&s, "");
        scene_advance(&s, 1000);
    }
    s.alloc.fail_at = 0;
    scene_advance(&s, 5000);
    CHECK_INT(count_of("session-of-alice"), 0);
    end();
}

static void log_names_states_and_causes(void)
{
    begin();
    CHECK_INT(count_of("connecting\n"), 1);
    CHECK_INT(count_of("online\n"), 1);
    world_transport_fail(&s.net, scene_oldest(&s), BOSH_ERR_RESET, 0);
    scene_turn(&s);
    CHECK_INT(count_of("request failed, will be repeated: the connection broke"), 1);
    CHECK_INT(count_of("recovering"), 1);
    end();
}

static void long_line_of_the_log_is_cut(void)
{
    char text[400];
    begin();
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    bosh_log(s.client, BOSH_LOG_INFO, "what", text);
    size_t size = strlen(strstr(shown, "what: x"));
    CHECK_INT(size, 256); /* a line feed instead of the NUL */
    bosh_log(s.client, BOSH_LOG_INFO, text, "never shown");
    CHECK_INT(count_of("never shown"), 0);
    end();
}

static const check_test tests[] = {
    {"every_body_is_traced_once", every_body_is_traced_once},
    {"login_and_session_id_are_never_shown", login_and_session_id_are_never_shown},
    {"secret_elements_are_redacted_however_they_are_written",
     secret_elements_are_redacted_however_they_are_written},
    {"everything_else_is_shown_as_it_is", everything_else_is_shown_as_it_is},
    {"password_in_an_own_stanza_is_redacted", password_in_an_own_stanza_is_redacted},
    {"trace_without_memory_is_silent_and_harmless", trace_without_memory_is_silent_and_harmless},
    {"log_names_states_and_causes", log_names_states_and_causes},
    {"long_line_of_the_log_is_cut", long_line_of_the_log_is_cut},
};
CHECK_MAIN(tests)
