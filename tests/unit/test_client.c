/* SPDX-License-Identifier: MIT
 * client/client: making and freeing a client, its configuration, and looking inside. */
#include "tests/unit/scene.h"
#include "client/client.h"
#include "tests/check.h"
#include "xml/stanza.h"

#include <stdlib.h>

static scene s;

static int create(void)
{
    bosh_client_free(s.client);
    s.client = NULL;
    s.net.is_released = 0;
    return bosh_client_new(&s.config, &s.net.transport, &s.client);
}

static void defaults_are_those_of_the_header(void)
{
    scene_init(&s);
    CHECK_INT(create(), 0);
    const bosh_config *config = &s.client->config;
    CHECK_STR(config->language, "en");
    CHECK_STR(config->content_type, "text/xml; charset=utf-8");
    CHECK_INT(config->wait_s, 50);
    CHECK_INT(config->scram_rounds_min, 4096);
    CHECK_INT(config->scram_rounds_max, 10000000);
    CHECK_INT(config->scram_rounds_per_pump, 2000);
    CHECK_INT(config->body_bytes_max, 65536);
    CHECK_INT(config->response_bytes_max, 8388608);
    CHECK_INT(config->queue_bytes_max, 1048576);
    CHECK_INT(config->depth_max, 64);
    CHECK_INT(config->attributes_max, 64);
    CHECK_INT(config->iq_timeout_ms, 80000);
    CHECK_INT(config->close_timeout_ms, 5000);
    CHECK_INT(config->schedule, BOSH_SCHEDULE_AUTO);
    SCENE_END(&s);
}

static void config_init_zeroes_and_notes_the_size(void)
{
    bosh_config config;
    memset(&config, 0xFF, sizeof(config));
    bosh_config_init(&config);
    CHECK_INT(config.struct_size, sizeof(config));
    CHECK(config.url == NULL && config.on_event == NULL && config.wait_s == 0);
    CHECK_INT(config.reconnect, BOSH_RECONNECT_AFTER_ONLINE);
}

/* A program compiled against an older header has a shorter struct: what lies behind it is not ours
 * to read. */
static void shorter_config_of_an_older_header_works(void)
{
    size_t size = offsetof(bosh_config, close_timeout_ms);
    void *old = malloc(size); /* so that a sanitizer sees a read beyond it */
    scene_init(&s);
    bosh_config_init_sized(old, size);
    CHECK(memcmp(old, &size, sizeof(size)) == 0);
    memcpy((char *)old + sizeof(size_t), (const char *)&s.config + sizeof(size_t),
           size - sizeof(size_t));
    CHECK_INT(bosh_client_new(old, &s.net.transport, &s.client), 0);
    CHECK_INT(s.client->config.close_timeout_ms, 5000);
    CHECK_STR(s.client->config.url, "https://example.org/xmpp-httpbind");
    SCENE_END(&s);
    free(old);
}

static void longer_config_of_a_newer_header_works(void)
{
    struct {
        bosh_config config;
        char news[64];
    } newer;
    scene_init(&s);
    bosh_config_init_sized(&newer.config, sizeof(newer));
    newer.config.url = "https://example.org/b";
    newer.config.jid = "example.org";
    newer.config.allocator = s.config.allocator;
    newer.config.entropy = s.config.entropy;
    newer.config.entropy_user = s.config.entropy_user;
    CHECK_INT(bosh_client_new(&newer.config, &s.net.transport, &s.client), 0);
    SCENE_END(&s);
}

static void config_without_size_is_refused(void)
{
    scene_init(&s);
    s.config.struct_size = 0;
    CHECK_INT(create(), BOSH_ERR_ARGUMENT);
    s.config.struct_size = sizeof(size_t);
    CHECK_INT(create(), BOSH_ERR_ARGUMENT);
    SCENE_END(&s);
}

static void strings_of_the_config_are_copied(void)
{
    char url[] = "https://example.org/bosh", jid[] = "alice@example.org/phone";
    char password[] = "pencil";
    scene_init(&s);
    s.config.url = url;
    s.config.jid = jid;
    s.config.password = password;
    scene_open(&s);
    memset(url, 'x', sizeof(url) - 1);
    memset(jid, 'x', sizeof(jid) - 1);
    memset(password, 'x', sizeof(password) - 1);
    CHECK_STR(s.client->session.options.url, "https://example.org/bosh");
    CHECK_STR(s.client->stream.options.resource, "phone");
    CHECK_STR(s.client->password, "pencil");
    SCENE_END(&s);
}

static void url_that_is_no_http_address_is_refused(void)
{
    static const char *const bad[] = {NULL,          "",
                                      "example.org", "ftp://example.org/",
                                      "https://",    "http:///bosh",
                                      "https://?x",  "https://:5281/",
                                      "https://a b", "https://example.org/\n",
                                      "//x",         "https:/example.org"};
    static const char *const good[] = {"http://localhost:5280/http-bind", "https://[::1]/",
                                       "https://example.org"};
    scene_init(&s);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        s.config.url = bad[i];
        CHECK_INT(create(), BOSH_ERR_URL);
        CHECK(s.client == NULL);
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        s.config.url = good[i];
        if (create())
            CHECK_STR(good[i], "accepted");
    }
    SCENE_END(&s);
}

static void jid_that_is_none_is_refused(void)
{
    static const char *const bad[] = {
        NULL, "", "@example.org", "alice@", "alice@example.org/", "a b@example.org"};
    scene_init(&s);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        s.config.jid = bad[i];
        CHECK_INT(create(), BOSH_ERR_JID);
        CHECK(s.client == NULL);
    }
    CHECK(!s.net.is_released); /* never ours */
    SCENE_END(&s);
}

/* Refused here: while a request is written nobody could be told which string it was. */
static void string_that_no_request_can_carry_is_refused(void)
{
    scene_init(&s);
    const char **texts[] = {&s.config.content_type, &s.config.language, &s.config.route,
                            &s.config.authzid};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = "a\x01";
        CHECK_INT(create(), BOSH_ERR_CHARACTER);
        *texts[i] = "a\xFF";
        CHECK_INT(create(), BOSH_ERR_UTF8);
        *texts[i] = NULL;
    }
    s.config.content_type = "text/xml\r\nX-Other: 1"; /* would be a header of its own */
    CHECK_INT(create(), BOSH_ERR_CHARACTER);
    s.config.content_type = "text/xml";
    s.config.language = "de\n";
    CHECK_INT(create(), BOSH_OK);
    SCENE_END(&s);
}

static void client_without_what_it_needs_is_refused(void)
{
    bosh_transport whole;
    bosh_config config;
    scene_init(&s);
    whole = s.net.transport;
    config = s.config;
    CHECK_INT(bosh_client_new(NULL, &whole, &s.client), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_new(&config, NULL, &s.client), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_new(&config, &whole, NULL), BOSH_ERR_ARGUMENT);
    s.config.entropy = NULL;
    CHECK_INT(create(), BOSH_ERR_ARGUMENT);
    s.config = config;
    s.config.allocator.release = NULL;
    CHECK_INT(create(), BOSH_ERR_ARGUMENT);
    s.config = config;
    for (int i = 0; i < 3; i++) {
        bosh_transport part = whole;
        if (i == 0)
            part.submit = NULL;
        else if (i == 1)
            part.cancel = NULL;
        else
            part.capabilities = NULL;
        CHECK_INT(bosh_client_new(&config, &part, &s.client), BOSH_ERR_ARGUMENT);
    }
    whole.warm = NULL;
    whole.wanted = NULL;
    whole.released = NULL;
    CHECK_INT(bosh_client_new(&config, &whole, &s.client), 0);
    bosh_client_connect(s.client);
    bosh_client_pump(s.client, 1000);
    bosh_client_free(s.client);
    s.client = NULL;
    CHECK_INT(s.net.count, 1);
    SCENE_END(&s);
}

static void client_without_memory_is_refused_and_leaks_nothing(void)
{
    scene_init(&s);
    int error = BOSH_ERR_MEMORY;
    for (uint64_t n = 1; error; n++) {
        s.alloc.fail_at = s.alloc.calls + n;
        error = create();
        CHECK(error == 0 || error == BOSH_ERR_MEMORY);
        CHECK_INT(error ? s.client == NULL : s.client != NULL, 1);
        CHECK(error == 0 || s.alloc.blocks == 0);
    }
    s.alloc.fail_at = 0;
    SCENE_END(&s);
}

static void new_client_is_idle_and_knows_nothing(void)
{
    bosh_ticket delivered = 7, unknown = 7;
    bosh_scram_keys keys;
    scene_init(&s);
    scene_open(&s);
    CHECK_INT(bosh_client_state(s.client), BOSH_STATE_IDLE);
    CHECK_STR(bosh_client_jid(s.client), "");
    CHECK_STR(bosh_client_server(s.client), "");
    CHECK_INT(bosh_client_detail(s.client)->error, 0);
    CHECK_INT(bosh_client_queued(s.client), 0);
    CHECK(bosh_client_user(s.client) == &s);
    CHECK_INT(bosh_client_is_replay(s.client), 0);
    CHECK_INT(bosh_client_scram_keys(s.client, &keys), BOSH_ERR_STATE);
    bosh_client_tickets(s.client, &delivered, &unknown);
    CHECK_INT(delivered, 0);
    CHECK_INT(unknown, 0);
    scene_turn(&s);
    CHECK_INT(s.net.count, 0);
    CHECK(bosh_client_deadline(s.client) == BOSH_NEVER);
    SCENE_END(&s);
}

/* Strings of a detail are never NULL, also before anything happened. */
static void detail_has_no_missing_strings(void)
{
    scene_init(&s);
    scene_open(&s);
    const bosh_detail *detail = bosh_client_detail(s.client);
    CHECK_STR(detail->stanza_condition, "");
    CHECK_STR(detail->text, "");
    CHECK_STR(detail->uri, "");
    SCENE_END(&s);
}

static void detail_tells_what_the_server_said(void)
{
    scene_init(&s);
    scene_login(&s);
    scene_answer_as(&s, "type='terminate' condition='remote-stream-error'",
                    "<error xmlns='http://etherx.jabber.org/streams'>"
                    "<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                    "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Replaced</text></error>");
    const bosh_detail *detail = bosh_client_detail(s.client);
    CHECK_INT(detail->error, BOSH_ERR_STREAM);
    CHECK_INT(detail->condition, BOSH_CONDITION_REMOTE_STREAM_ERROR);
    CHECK_STR(detail->stanza_condition, "conflict");
    CHECK_STR(detail->text, "Replaced");
    SCENE_END(&s);
}

static void address_and_server_are_known_once_online(void)
{
    CHECK_NEEDS("extras");
    scene_init(&s);
    s.session = "wait='50' requests='2' hold='1' inactivity='30' ver='1.11' from='im.example.org'";
    scene_connect(&s);
    scene_answer_login(&s);
    CHECK_STR(bosh_client_jid(s.client), "");
    CHECK_STR(bosh_client_server(s.client), "im.example.org");
    while (bosh_client_state(s.client) != BOSH_STATE_ONLINE && !s.problems) {
        scene_advance(&s, 10);
        scene_answer_login(&s);
    }
    CHECK_STR(bosh_client_jid(s.client), "alice@example.org/here");
    CHECK_STR(scene_told(&s), "connecting, authenticating, binding, online, warning ERR_JID");
    SCENE_END(&s);
}

/* SEC-10 */
static void password_does_not_stay_behind(void)
{
    scene_init(&s);
    s.config.password = "a password of some length";
    scene_login(&s);
    CHECK(world_alloc_holds(&s.alloc, s.config.password, strlen(s.config.password)));
    CHECK_INT(bosh_client_set_password(s.client, "another"), 0);
    CHECK(!world_alloc_holds(&s.alloc, s.config.password, strlen(s.config.password)));
    SCENE_END(&s);
}

static void features_of_this_build_are_named(void)
{
    static const char *const names[] = {"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        CHECK_INT(bosh_has_feature(names[i]), 1);
    CHECK_INT(bosh_has_feature("ANONYMOUS"), BOSH_HAS_EXTRAS);
    CHECK_INT(bosh_has_feature("EXTERNAL"), BOSH_HAS_EXTRAS);
    CHECK_INT(bosh_has_feature("SCRAM-SHA-512"), BOSH_HAS_SHA512);
    CHECK_INT(bosh_has_feature("OAUTHBEARER"), BOSH_HAS_TOKENS);
    CHECK_INT(bosh_has_feature("export"), BOSH_HAS_MOVING);
    CHECK_INT(bosh_has_feature("journal"), BOSH_HAS_MOVING);
    CHECK_INT(bosh_has_feature("source"), BOSH_HAS_SOURCE);
    CHECK_INT(bosh_has_feature("trace"), BOSH_HAS_TRACE);
    CHECK_INT(bosh_has_feature("requests"), BOSH_HAS_REQUESTS);
    CHECK_INT(bosh_has_feature("reconnect"), BOSH_HAS_RECONNECT);
    CHECK_INT(bosh_has_feature("steering"), BOSH_HAS_STEERING);
    CHECK_INT(bosh_has_feature("extras"), BOSH_HAS_EXTRAS);
    CHECK_INT(bosh_has_feature("texts"), BOSH_HAS_TEXTS);
    CHECK_INT(bosh_has_feature("SCRAM"), 0);
    CHECK_INT(bosh_has_feature("plain"), 0);
    CHECK_INT(bosh_has_feature("websocket"), 0);
    CHECK_INT(bosh_has_feature(""), 0);
    CHECK_INT(bosh_has_feature(" "), 0);
    CHECK_INT(bosh_has_feature("PLAIN ANONYMOUS"), 0);
    CHECK_INT(bosh_has_feature(NULL), 0);
}

static void on_trace(int outgoing, const char *xml, size_t size, void *user)
{
    (void)outgoing, (void)xml, (void)size, (void)user;
}

/* What is asked for and not there is an error, not silence. */
static void settings_for_what_is_not_there_are_refused(void)
{
    for (int setting = 0; setting < 7; setting++) {
        const int is_there[] = {BOSH_HAS_MOVING,  BOSH_HAS_STEERING, BOSH_HAS_STEERING,
                                BOSH_HAS_EXTRAS,  BOSH_HAS_TRACE,    BOSH_HAS_RECONNECT,
                                BOSH_HAS_STEERING};
        scene_init(&s);
        s.config.save = setting == 0 ? scene_save : NULL;
        s.config.stop_before_login = setting == 1;
        s.config.stop_before_bind = setting == 2;
        s.config.legacy_session = setting == 3;
        s.config.trace = setting == 4 ? on_trace : NULL;
        s.config.ask_credentials = setting == 6;
        s.config.reconnect = setting == 5 ? BOSH_RECONNECT_ALWAYS : BOSH_RECONNECT_AFTER_ONLINE;
        CHECK_INT(create(), is_there[setting] ? 0 : BOSH_ERR_UNSUPPORTED);
        scene_deinit(&s);
    }
}

static void version_is_that_of_the_header(void)
{
    char expected[40];
    sprintf(expected, "%d.%d.%d", BOSH_VERSION_MAJOR, BOSH_VERSION_MINOR, BOSH_VERSION_PATCH);
    CHECK_STR(bosh_version(), expected);
}

static void widened_clock_goes_on_over_the_wrap(void)
{
    CHECK_INT(bosh_time_widen(0, 0), 0);
    CHECK_INT(bosh_time_widen(0, 5), 5);
    CHECK_INT(bosh_time_widen(5, 5), 5);
    CHECK_INT(bosh_time_widen(0xFFFFFFFF, 0xFFFFFFFF), 0xFFFFFFFF);
    CHECK_INT(bosh_time_widen(0xFFFFFFFF, 0), 0x100000000);
    CHECK_INT(bosh_time_widen(0x1FFFFFFF0, 7), 0x200000007);
    CHECK_INT(bosh_time_widen(6, 5), 0x100000005);
}

static uint32_t delay_ms;

static void note_delay(scene *self, const bosh_event *event)
{
    (void)self;
    if (event->state == BOSH_STATE_RECONNECT_WAIT)
        delay_ms = event->delay_ms;
}

/* Only the spread of many clients is lost, nothing that has to be a secret. */
static void wait_before_a_reconnect_needs_no_entropy(void)
{
    CHECK_NEEDS("reconnect");
    scene_init(&s);
    s.config.reconnect = BOSH_RECONNECT_ALWAYS;
    s.on_event = note_delay;
    scene_login(&s);
    s.seed.is_broken = 1;
    scene_answer_as(&s, "type='terminate' condition='remote-connection-failed'", "");
    CHECK_INT(delay_ms, 700);
    SCENE_END(&s);
}

static void note_written_name(scene *self, const bosh_stanza *stanza)
{
    scene_note(self, "%s", bosh_stanza_qualified(bosh_stanza_name(stanza)));
}

static void names_are_kept_as_they_were_written_where_that_is_wanted(void)
{
    CHECK_NEEDS("source");
    for (int is_wanted = 0; is_wanted < 2; is_wanted++) {
        scene_init(&s);
        s.on_stanza = note_written_name;
        scene_open(&s);
        if (is_wanted)
            bosh_lifecycle_keep_prefixes(s.client);
        scene_login(&s);
        scene_answer(&s, "<c:presence xmlns:c='jabber:client' id='p'/>");
        CHECK_STR(scene_told(&s), is_wanted ? "presence p, c:presence" : "presence p, presence");
        SCENE_END(&s);
    }
}

static const check_test tests[] = {
    {"defaults_are_those_of_the_header", defaults_are_those_of_the_header},
    {"config_init_zeroes_and_notes_the_size", config_init_zeroes_and_notes_the_size},
    {"shorter_config_of_an_older_header_works", shorter_config_of_an_older_header_works},
    {"longer_config_of_a_newer_header_works", longer_config_of_a_newer_header_works},
    {"config_without_size_is_refused", config_without_size_is_refused},
    {"strings_of_the_config_are_copied", strings_of_the_config_are_copied},
    {"url_that_is_no_http_address_is_refused", url_that_is_no_http_address_is_refused},
    {"jid_that_is_none_is_refused", jid_that_is_none_is_refused},
    {"string_that_no_request_can_carry_is_refused", string_that_no_request_can_carry_is_refused},
    {"client_without_what_it_needs_is_refused", client_without_what_it_needs_is_refused},
    {"client_without_memory_is_refused_and_leaks_nothing",
     client_without_memory_is_refused_and_leaks_nothing},
    {"new_client_is_idle_and_knows_nothing", new_client_is_idle_and_knows_nothing},
    {"detail_has_no_missing_strings", detail_has_no_missing_strings},
    {"detail_tells_what_the_server_said", detail_tells_what_the_server_said},
    {"address_and_server_are_known_once_online", address_and_server_are_known_once_online},
    {"password_does_not_stay_behind", password_does_not_stay_behind},
    {"features_of_this_build_are_named", features_of_this_build_are_named},
    {"settings_for_what_is_not_there_are_refused", settings_for_what_is_not_there_are_refused},
    {"version_is_that_of_the_header", version_is_that_of_the_header},
    {"widened_clock_goes_on_over_the_wrap", widened_clock_goes_on_over_the_wrap},
    {"wait_before_a_reconnect_needs_no_entropy", wait_before_a_reconnect_needs_no_entropy},
    {"names_are_kept_as_they_were_written_where_that_is_wanted",
     names_are_kept_as_they_were_written_where_that_is_wanted},
};
CHECK_MAIN(tests)
