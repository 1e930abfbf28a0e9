/* SPDX-License-Identifier: MIT
 * stream/stream: the order of the login, and whose each element is. */
#include "tests/unit/duo.h"
#include "tests/check.h"

static duo d;

#define BOUND(jid) "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>" jid "</jid></bind>"
#define SESSION "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"
#define STREAM_ERROR(content) "<error xmlns='http://etherx.jabber.org/streams'>" content "</error>"
#define STREAM_CONDITION(name) "<" name " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"

static void end(void)
{
    CHECK_INT(duo_deinit(&d), 0);
}

static void begin(void)
{
    duo_init(&d);
    duo_begin(&d);
}

/* Up to the restart request, which has been sent. */
static void begin_restarting(void)
{
    duo_begin(&d);
    duo_hear(&d, OFFER(MECHANISM("PLAIN")));
    duo_send(&d, 10);
    duo_hear(&d, SUCCESS);
    duo_send(&d, 10);
}

/* BIND-2: the address is the server's choice. */
static void login_ends_with_the_address_of_the_bind(void)
{
    begin();
    duo_login(&d);
    CHECK_INT(d.stream.state, BOSH_STREAM_ONLINE);
    CHECK_STR(d.stream.jid, "alice@example.org/here");
    CHECK_STR(duo_send(&d, 1000000), "");
    CHECK(bosh_stream_deadline(&d.stream) == BOSH_NEVER);
    end();
}

/* INV-18 */
static void stanzas_count_only_once_online(void)
{
    static const char message[] = "<message xmlns='jabber:client'/>";
    begin();
    CHECK_INT(duo_hear(&d, message), 0);
    duo_login(&d);
    CHECK_INT(duo_hear(&d, message), 1);
    CHECK_INT(duo_hear(&d, "<iq xmlns='jabber:client' type='result' id='x'/>"), 1);
    CHECK_INT(duo_hear(&d, FEATURES("")), 0);
    CHECK_INT(duo_hear(&d, SUCCESS), 0);
    CHECK_INT(d.stream.state, BOSH_STREAM_ONLINE);
    end();
}

static void features_without_a_way_in_fail(void)
{
    static const struct {
        const char *features;
        int error;
    } cases[] = {
        {FEATURES(""), BOSH_ERR_NO_MECHANISM},
        {FEATURES("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"),
         BOSH_ERR_STARTTLS_REQUIRED},
        {FEATURES("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), BOSH_ERR_NO_MECHANISM},
        {OFFER(MECHANISM("X-OAUTH2")), BOSH_ERR_NO_MECHANISM},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        duo_hear(&d, cases[i].features);
        CHECK_STR(duo_send(&d, 0), "");
        CHECK_INT(d.stream.state, BOSH_STREAM_FAILED);
        CHECK_INT(d.stream.error, cases[i].error);
        CHECK_INT(bosh_stream_poll(&d.stream), BOSH_STREAM_EVENT_STATE);
        end();
    }
}

/* SASL-2 */
static void plain_over_http_is_refused_by_name(void)
{
    duo_init(&d);
    d.options.credentials.is_plain_allowed = 0;
    duo_begin(&d);
    duo_hear(&d, OFFER(MECHANISM("PLAIN")));
    CHECK_STR(duo_send(&d, 0), "");
    CHECK_INT(d.stream.error, BOSH_ERR_PLAIN_NEEDS_HTTPS);
    end();
}

/* XMPP-13 */
static void stream_that_is_authenticated_already_is_bound(void)
{
    begin();
    duo_hear(&d, FEATURES(BIND));
    CHECK(strstr(duo_send(&d, 0), BIND));
    end();
}

/* XMPP-12: before the login a bind feature means nothing. */
static void bind_feature_before_the_login_is_ignored(void)
{
    begin();
    duo_hear(&d, FEATURES(BIND "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" MECHANISM(
                     "PLAIN") "</mechanisms>"));
    CHECK(strstr(duo_send(&d, 0), "<auth"));
    end();
}

/* XMPP-1, SASL-12: features that ride with the success are from before the restart. */
static void features_beside_the_success_are_ignored(void)
{
    begin();
    duo_hear(&d, OFFER(MECHANISM("PLAIN")));
    duo_send(&d, 0);
    duo_hear(&d, SUCCESS);
    duo_hear(&d, FEATURES(BIND));
    CHECK(strstr(duo_send(&d, 0), "xmpp:restart='true'"));
    CHECK(!strstr(d.sent, "<bind"));
    end();
}

/* XMPP-8: features that still offer a login are from before the restart. */
static void old_features_after_the_restart_are_ignored(void)
{
    duo_init(&d);
    begin_restarting();
    duo_hear(&d, OFFER(MECHANISM("PLAIN")));
    CHECK_STR(duo_send(&d, 0), "");
    duo_hear(&d, FEATURES(BIND));
    CHECK(strstr(duo_send(&d, 0), "<bind"));
    end();
}

/* Section 4: S1 sends the bind with the restart, S0 after it. */
static void schedule_decides_whether_the_bind_goes_with_the_restart(void)
{
    CHECK_NEEDS("extras");
    static const struct {
        bosh_schedule schedule;
        unsigned capabilities;
        int is_pair;
    } cases[] = {
        {BOSH_SCHEDULE_AUTO, BOSH_TRANSPORT_PARALLEL, 0},
        {BOSH_SCHEDULE_AUTO, BOSH_TRANSPORT_PARALLEL | BOSH_TRANSPORT_WARM, 1},
        {BOSH_SCHEDULE_S1, BOSH_TRANSPORT_PARALLEL, 1},
        {BOSH_SCHEDULE_S1, 0, 0},
        {BOSH_SCHEDULE_S0, BOSH_TRANSPORT_PARALLEL | BOSH_TRANSPORT_WARM, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        duo_init(&d);
        d.options.schedule = cases[i].schedule;
        d.below.capabilities = cases[i].capabilities;
        begin_restarting();
        CHECK(strstr(d.sent, "xmpp:restart"));
        CHECK_INT(strstr(d.sent, "]+<iq") != NULL, cases[i].is_pair);
        end();
    }
}

/* Section 4.2: the pair's bind may be lost at the server; it goes again, with the same id. */
static void bind_of_the_pair_is_repeated_after_ten_seconds(void)
{
    CHECK_NEEDS("extras");
    char id[sizeof(d.id)];
    duo_init(&d);
    d.options.schedule = BOSH_SCHEDULE_S1;
    begin_restarting();
    memcpy(id, d.id, sizeof(id));
    duo_hear(&d, FEATURES(BIND));
    CHECK_STR(duo_send(&d, 0), "");
    CHECK_STR(duo_send(&d, 9999), "");
    CHECK(strstr(duo_send(&d, 1), "<bind"));
    CHECK_STR(d.id, id);
    duo_hear_result(&d, BOUND("alice@example.org/1"));
    CHECK_INT(d.stream.state, BOSH_STREAM_ONLINE);
    CHECK_INT(duo_hear_result(&d, BOUND("alice@example.org/2")), 1); /* answered twice */
    CHECK_STR(d.stream.jid, "alice@example.org/1");
    end();
}

/* The server met the pair's bind before the restart. */
static void bind_of_the_pair_that_is_refused_is_repeated_alone(void)
{
    duo_init(&d);
    d.options.schedule = BOSH_SCHEDULE_S1;
    begin_restarting();
    duo_hear(&d, FEATURES(BIND));
    duo_hear_error(&d, "not-allowed");
    CHECK(strstr(duo_send(&d, 0), "<bind"));
    CHECK(d.sent[0] != '+');
    duo_hear_error(&d, "not-allowed");
    CHECK_INT(d.stream.error, BOSH_ERR_BIND);
    end();
}

/* BIND-4 */
static void resource_in_conflict_is_left_to_the_server_once(void)
{
    duo_init(&d);
    d.options.resource = "phone";
    begin_restarting();
    duo_hear(&d, FEATURES(BIND));
    CHECK(strstr(duo_send(&d, 0), "<resource>phone</resource>"));
    duo_hear_error(&d, "conflict");
    CHECK(strstr(duo_send(&d, 0), BIND));
    duo_hear_error(&d, "conflict");
    CHECK_INT(d.stream.error, BOSH_ERR_BIND);
    CHECK_STR(d.stream.condition, "conflict");
    end();
}

/* BIND-4 */
static void refused_bind_fails_with_its_condition(void)
{
    static const char *const conditions[] = {"bad-request", "resource-constraint", "not-allowed",
                                             "conflict"};
    for (size_t i = 0; i < 4; i++) {
        duo_init(&d);
        begin_restarting();
        duo_hear(&d, FEATURES(BIND));
        duo_send(&d, 0);
        duo_hear_error(&d, conditions[i]);
        CHECK_INT(d.stream.error, BOSH_ERR_BIND);
        CHECK_STR(d.stream.condition, conditions[i]);
        end();
    }
}

/* BIND-5 */
static void legacy_session_is_asked_for_only_where_it_is_wanted(void)
{
    CHECK_NEEDS("extras");
    static const struct {
        int is_asked;
        const char *features;
        int is_sent;
    } cases[] = {
        {0, FEATURES(BIND SESSION), 0},
        {1, FEATURES(BIND SESSION), 1},
        {1, FEATURES(BIND), 0},
        {1,
         FEATURES(BIND
                  "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session>"),
         0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        duo_init(&d);
        d.options.legacy_session = (uint8_t)cases[i].is_asked;
        begin_restarting();
        duo_hear(&d, cases[i].features);
        duo_send(&d, 0);
        duo_hear_result(&d, BOUND("alice@example.org/1"));
        CHECK_INT(strstr(duo_send(&d, 0), SESSION) != NULL, cases[i].is_sent);
        if (cases[i].is_sent) {
            CHECK_INT(d.stream.state, BOSH_STREAM_BINDING);
            CHECK_STR(duo_send(&d, 0), "");
            CHECK_INT(duo_hear_result(&d, ""), 0);
        }
        CHECK_INT(d.stream.state, BOSH_STREAM_ONLINE);
        end();
    }
}

/* ERR-7 */
static void stream_error_is_reported_in_every_form(void)
{
    static const struct {
        const char *xml, *condition, *text;
    } cases[] = {
        {STREAM_ERROR(STREAM_CONDITION("conflict")), "conflict", ""},
        {STREAM_ERROR(
             "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Bye</text>" STREAM_CONDITION(
                 "system-shutdown") "<x xmlns='app'/>"),
         "system-shutdown", "Bye"},
        {STREAM_ERROR(""), "undefined-condition", ""},
        {STREAM_CONDITION("not-well-formed"), "not-well-formed", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        duo_login(&d);
        CHECK_INT(duo_hear(&d, cases[i].xml), 0);
        CHECK_INT(d.stream.state, BOSH_STREAM_FAILED);
        CHECK_INT(d.stream.error, BOSH_ERR_STREAM);
        CHECK_STR(d.stream.condition, cases[i].condition);
        CHECK_STR(d.stream.text ? d.stream.text : "", cases[i].text);
        end();
    }
}

/* ERR-7: the obsolete form has its text beside the condition. */
static void text_beside_an_obsolete_stream_error_is_kept(void)
{
    begin();
    duo_login(&d);
    duo_hear(&d, STREAM_CONDITION("system-shutdown"));
    duo_hear(&d, "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Bye</text>");
    CHECK_STR(d.stream.condition, "system-shutdown");
    CHECK_STR(d.stream.text, "Bye");
    end();
}

/* XMPP-10: wait and grace, then the end. */
static void step_that_is_not_answered_fails(void)
{
    begin();
    duo_send(&d, 0);
    CHECK_INT(bosh_stream_deadline(&d.stream), d.below.now_ms + 65000);
    duo_send(&d, 64999);
    CHECK_INT(d.stream.state, BOSH_STREAM_FEATURES);
    duo_send(&d, 1);
    CHECK_INT(d.stream.error, BOSH_ERR_STEP_TIMEOUT);
    end();
}

/* BIND: once more, then the end. */
static void bind_that_is_not_answered_is_repeated_once(void)
{
    duo_init(&d);
    begin_restarting();
    duo_hear(&d, FEATURES(BIND));
    duo_send(&d, 0);
    CHECK(strstr(duo_send(&d, 65000), "<bind"));
    duo_send(&d, 0);
    CHECK_STR(duo_send(&d, 65000), "");
    CHECK_INT(d.stream.error, BOSH_ERR_STEP_TIMEOUT);
    end();
}

/* RTX-9: a restart that had to be resent may have lost its features; one more follows. */
static void resent_restart_without_features_is_made_once_more(void)
{
    duo_init(&d);
    begin_restarting();
    d.below.session.restart_attempts = 2;
    duo_send(&d, 0);
    CHECK_STR(duo_send(&d, 49000), "");
    CHECK(strstr(duo_send(&d, 1001), "xmpp:restart"));
    d.below.session.restart_attempts = 1;
    duo_send(&d, 0);
    CHECK_STR(duo_send(&d, 66000), "");
    CHECK_INT(d.stream.error, BOSH_ERR_STEP_TIMEOUT);
    end();
}

/* IQ-1: bind ids cannot be guessed, so no other stanza passes for the answer. */
static void answer_with_another_id_is_no_answer_to_the_bind(void)
{
    duo_init(&d);
    begin_restarting();
    duo_hear(&d, FEATURES(BIND));
    duo_send(&d, 0);
    d.id[3] ^= 1;
    duo_hear_result(&d, BOUND("mallory@example.org/x"));
    CHECK(d.stream.jid == NULL);
    CHECK_INT(d.stream.state, BOSH_STREAM_BINDING);
    end();
}

static void password_may_come_late_or_never(void)
{
    CHECK_NEEDS("steering");
    for (int is_given = 0; is_given < 2; is_given++) {
        duo_init(&d);
        d.options.credentials.password = NULL;
        d.options.ask_credentials = 1;
        duo_begin(&d);
        duo_hear(&d, OFFER(MECHANISM("PLAIN")));
        duo_send(&d, 0);
        CHECK_INT(bosh_stream_poll(&d.stream), BOSH_STREAM_EVENT_CREDENTIALS);
        CHECK_INT(d.stream.error, 0);
        duo_send(&d, 1000000);
        d.stream.options.credentials.password = is_given ? "pencil" : NULL;
        bosh_stream_credentials_changed(&d.stream);
        duo_send(&d, 0);
        CHECK_INT(d.stream.state, is_given ? BOSH_STREAM_AUTHENTICATING : BOSH_STREAM_FAILED);
        CHECK_INT(d.stream.error, is_given ? 0 : BOSH_ERR_CREDENTIALS);
        end();
    }
}

static void resumed_stream_is_online_at_once(void)
{
    begin();
    CHECK_INT(bosh_stream_resume(&d.stream, "alice@example.org/there"), 0);
    CHECK_INT(d.stream.state, BOSH_STREAM_ONLINE);
    CHECK_INT(bosh_stream_poll(&d.stream), BOSH_STREAM_EVENT_NONE);
    CHECK_INT(duo_hear(&d, "<message xmlns='jabber:client'/>"), 1);
    end();
}

/* BIND-2 */
static void bind_without_an_address_is_no_bind_and_the_first_address_stays(void)
{
    duo_init(&d);
    d.options.legacy_session = 1;
    begin_restarting();
    duo_hear(&d, FEATURES(BIND SESSION));
    duo_send(&d, 10);
    duo_hear_result(&d, BIND);
    duo_hear_result(&d, BOUND(""));
    CHECK_INT(d.stream.state, BOSH_STREAM_BINDING);
    CHECK(d.stream.jid == NULL);
    duo_hear_result(&d, BOUND("alice@example.org/first"));
    duo_hear_result(&d, BOUND("alice@example.org/second"));
    CHECK_STR(d.stream.jid, "alice@example.org/first");
    end();
}

/* SASL-14 */
static void features_without_mechanisms_may_be_the_programs(void)
{
    CHECK_NEEDS("steering");
    duo_init(&d);
    d.options.stops_before_login = 1;
    duo_begin(&d);
    duo_hear(&d, FEATURES(""));
    CHECK_INT(d.stream.stop, BOSH_STOP_LOGIN);
    CHECK_INT(d.stream.error, 0);
    end();
}

static const check_test tests[] = {
    {"login_ends_with_the_address_of_the_bind", login_ends_with_the_address_of_the_bind},
    {"stanzas_count_only_once_online", stanzas_count_only_once_online},
    {"features_without_a_way_in_fail", features_without_a_way_in_fail},
    {"plain_over_http_is_refused_by_name", plain_over_http_is_refused_by_name},
    {"stream_that_is_authenticated_already_is_bound",
     stream_that_is_authenticated_already_is_bound},
    {"bind_feature_before_the_login_is_ignored", bind_feature_before_the_login_is_ignored},
    {"features_beside_the_success_are_ignored", features_beside_the_success_are_ignored},
    {"old_features_after_the_restart_are_ignored", old_features_after_the_restart_are_ignored},
    {"schedule_decides_whether_the_bind_goes_with_the_restart",
     schedule_decides_whether_the_bind_goes_with_the_restart},
    {"bind_of_the_pair_is_repeated_after_ten_seconds",
     bind_of_the_pair_is_repeated_after_ten_seconds},
    {"bind_of_the_pair_that_is_refused_is_repeated_alone",
     bind_of_the_pair_that_is_refused_is_repeated_alone},
    {"resource_in_conflict_is_left_to_the_server_once",
     resource_in_conflict_is_left_to_the_server_once},
    {"refused_bind_fails_with_its_condition", refused_bind_fails_with_its_condition},
    {"legacy_session_is_asked_for_only_where_it_is_wanted",
     legacy_session_is_asked_for_only_where_it_is_wanted},
    {"stream_error_is_reported_in_every_form", stream_error_is_reported_in_every_form},
    {"text_beside_an_obsolete_stream_error_is_kept", text_beside_an_obsolete_stream_error_is_kept},
    {"step_that_is_not_answered_fails", step_that_is_not_answered_fails},
    {"bind_that_is_not_answered_is_repeated_once", bind_that_is_not_answered_is_repeated_once},
    {"resent_restart_without_features_is_made_once_more",
     resent_restart_without_features_is_made_once_more},
    {"answer_with_another_id_is_no_answer_to_the_bind",
     answer_with_another_id_is_no_answer_to_the_bind},
    {"password_may_come_late_or_never", password_may_come_late_or_never},
    {"resumed_stream_is_online_at_once", resumed_stream_is_online_at_once},
    {"bind_without_an_address_is_no_bind_and_the_first_address_stays",
     bind_without_an_address_is_no_bind_and_the_first_address_stays},
    {"features_without_mechanisms_may_be_the_programs",
     features_without_mechanisms_may_be_the_programs},
};
CHECK_MAIN(tests)
