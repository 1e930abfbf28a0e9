/* SPDX-License-Identifier: MIT
 * client/move: export and import; the blob is checked before it is believed. The journal is in
 * test_journal.c. */
#include "tests/unit/scene.h"
#include "base/crypto.h"
#include "client/client.h"
#include "tests/check.h"

#include <stdlib.h>

static scene s;
static void *blob;
static size_t blob_size;

static void begin(void)
{
    scene_init(&s);
    scene_login(&s);
}

/* A client with a stanza under way and one queued behind it. */
static void begin_busy(void)
{
    begin();
    scene_say(&s, "a");
    scene_turn(&s);
    scene_say(&s, "b");
    scene_turn(&s);
}

/* Export into `blob`; the exporter ends. */
static void export(void)
{
    CHECK_INT(bosh_client_export(s.client, &blob, &blob_size), 0);
    scene_turn(&s);
}

static void end(void)
{
    if (blob)
        s.config.allocator.release(blob, s.config.allocator.user);
    blob = NULL;
    SCENE_END(&s);
}

static int import(void)
{
    return bosh_client_import(s.client, blob, blob_size, 0);
}

/* --------------------------------------------------------------------------------------- export */

static void exporter_ends_and_sends_nothing_more(void)
{
    begin_busy();
    scene_ask(&s, NULL, 0);
    CHECK_INT(bosh_client_export(s.client, &blob, &blob_size), 0);
    CHECK_INT(scene_open_count(&s), 0); /* cancelled: two must not wait for one answer */
    CHECK_INT(scene_say(&s, "late"), 0);
    size_t count = s.net.count;
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "answer ERR_IQ_DISCONNECTED, ended ERR_EXPORTED");
    scene_advance(&s, 1000000);
    CHECK_INT(s.net.count, count);
    CHECK_STR(scene_told(&s), "");
    CHECK(bosh_client_deadline(s.client) == BOSH_NEVER);
    end();
}

static void export_is_possible_online_only(void)
{
    void *bytes = NULL;
    size_t size = 0;
    scene_init(&s);
    scene_open(&s);
    CHECK_INT(bosh_client_export(s.client, &bytes, &size), BOSH_ERR_STATE);
    scene_connect(&s);
    CHECK_INT(bosh_client_export(s.client, &bytes, &size), BOSH_ERR_STATE);
    scene_answer_login(&s);
    CHECK_INT(bosh_client_export(s.client, &bytes, &size), BOSH_ERR_STATE);
    CHECK(bytes == NULL);
    end();
    begin();
    CHECK_INT(bosh_client_export(NULL, &bytes, &size), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_export(s.client, NULL, &size), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_export(s.client, &bytes, NULL), BOSH_ERR_ARGUMENT);
    bosh_client_close(s.client, NULL);
    scene_turn(&s);
    CHECK_INT(bosh_client_export(s.client, &bytes, &size), BOSH_ERR_STATE);
    end();
}

static void second_export_is_refused(void)
{
    void *bytes = NULL;
    size_t size = 0;
    begin();
    CHECK_INT(bosh_client_export(s.client, &blob, &blob_size), 0);
    CHECK_INT(bosh_client_export(s.client, &bytes, &size), BOSH_ERR_STATE);
    end();
}

static void export_without_memory_changes_nothing(void)
{
    begin_busy();
    int error = BOSH_ERR_MEMORY;
    for (uint64_t n = 1; error; n++) {
        s.alloc.fail_at = s.alloc.calls + n;
        error = bosh_client_export(s.client, &blob, &blob_size);
        CHECK(error == 0 || error == BOSH_ERR_MEMORY);
        CHECK_INT(scene_open_count(&s), error ? 2 : 0);
    }
    s.alloc.fail_at = 0;
    end();
}

/* ------------------------------------------------------------------------------- export, import */

static void imported_session_goes_on_and_loses_nothing(void)
{
    begin_busy();
    world_attempt *first = s.net.attempts[s.net.count - 2],
                  *second = s.net.attempts[s.net.count - 1];
    scene_move(&s);
    CHECK_STR(scene_told(&s), "online");
    CHECK_STR(bosh_client_jid(s.client), "alice@example.org/here");
    scene_advance(&s, 100);
    CHECK_INT(scene_open_count(&s), 2);
    CHECK_STR(s.net.attempts[s.net.count - 2]->entity, first->entity); /* BODY-13 */
    CHECK_STR(s.net.attempts[s.net.count - 1]->entity, second->entity);
    scene_answer(&s, MESSAGE("m"));
    CHECK(strstr(scene_sent(&s), "id='b'"));
    scene_answer(&s, "");
    scene_answer(&s, "");
    CHECK_STR(scene_told(&s), "message m, delivered 1, delivered 2");
    CHECK_INT(scene_say(&s, "c"), 3);
    end();
}

static void export_in_the_middle(scene *self, const bosh_stanza *stanza)
{
    if (strcmp(bosh_stanza_attribute(stanza, "id"), "b") == 0)
        CHECK_INT(bosh_client_export(self->client, &blob, &blob_size), 0);
}

/* What was received but not delivered is in the blob; what was delivered is not. */
static void export_inside_a_handler_takes_the_undelivered_along(void)
{
    begin();
    s.on_stanza = export_in_the_middle;
    scene_answer(&s, MESSAGE("a") MESSAGE("b") MESSAGE("c") MESSAGE("d"));
    CHECK_STR(scene_told(&s), "message a, message b, ended ERR_EXPORTED");
    s.on_stanza = NULL;
    scene_crash(&s);
    CHECK_INT(import(), 0);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "online, message c, message d");
    CHECK_INT(scene_open_count(&s), 1);
    end();
}

/* An answer that came in before the export is told by the importer, with its tickets. */
static void export_before_the_pump_takes_the_answer_along(void)
{
    begin();
    scene_say(&s, "a");
    scene_turn(&s);
    scene_answer(&s, "");
    scene_hand_in(&s, "", MESSAGE("m")); /* to the request with "a"; nobody pumps */
    export();
    CHECK_STR(scene_told(&s), "ended ERR_EXPORTED");
    scene_crash(&s);
    CHECK_INT(import(), 0);
    scene_turn(&s);
    CHECK_STR(scene_told(&s), "online, delivered 1, message m");
    end();
}

static void export_on_trace(int outgoing, const char *xml, size_t size, void *user)
{
    scene *self = user;
    (void)size;
    if (outgoing && strstr(xml, "id='a'") && !blob)
        CHECK_INT(bosh_client_export(self->client, &blob, &blob_size), 0);
}

/* The request being traced is in the blob: it must not leave from here any more. */
static void export_inside_the_trace_of_a_request_keeps_it_from_leaving(void)
{
    scene_init(&s);
    s.config.trace = export_on_trace;
    scene_login(&s);
    size_t count = s.net.count;
    scene_say(&s, "a");
    scene_turn(&s);
    CHECK_INT(s.net.count, count);
    CHECK_STR(scene_told(&s), "ended ERR_EXPORTED");
    s.config.trace = NULL;
    scene_crash(&s);
    CHECK_INT(import(), 0);
    scene_turn(&s);
    scene_advance(&s, 100);
    CHECK(strstr(scene_sent(&s), "id='a'"));
    end();
}

static void import_at_the_end(scene *self, const bosh_event *event)
{
    if (event->type != BOSH_EVENT_STATE || event->state != BOSH_STATE_ENDED)
        return;
    world_validator_handover(self->validator);
    CHECK_INT(import(), 0);
}

/* A client that has ended may go on with a session, its own among them. */
static void import_inside_the_last_event_goes_on(void)
{
    begin();
    s.on_event = import_at_the_end;
    export();
    CHECK_STR(scene_told(&s), "ended ERR_EXPORTED, online");
    scene_answer(&s, MESSAGE("m"));
    CHECK_STR(scene_told(&s), "message m");
    end();
}

static void session_may_move_many_times(void)
{
    begin();
    for (int i = 0; i < 5; i++) {
        CHECK_INT(scene_say(&s, "m"), i + 1);
        scene_turn(&s);
        scene_move(&s);
        scene_advance(&s, 100);
        scene_answer(&s, "");
        scene_answer(&s, "");
        scene_advance(&s, 100);
    }
    CHECK_STR(scene_told(&s), "online, delivered 1, online, delivered 2, online, delivered 3,"
                              " online, delivered 4, online, delivered 5");
    end();
}

/* The session belongs to the server where see-other-uri led; it must be continued there. */
static void session_of_another_uri_is_continued_there(void)
{
    CHECK_NEEDS("extras");
    CHECK_NEEDS("reconnect");
    scene_init(&s);
    scene_connect(&s);
    scene_answer_as(&s, "type='terminate' condition='see-other-uri'",
                    "<uri xmlns='http://jabber.org/protocol/httpbind'>"
                    "https://n1.example.org/bosh</uri>");
    for (int i = 0; i < 6 && bosh_client_state(s.client) != BOSH_STATE_ONLINE; i++) {
        scene_advance(&s, 10);
        scene_answer_login(&s);
    }
    scene_move(&s);
    CHECK_STR(scene_oldest(&s)->request->url, "https://n1.example.org/bosh");
    SCENE_END(&s);
}

/* The clock of the importing process begins anywhere. */
static void importer_may_have_another_clock(void)
{
    static const bosh_time clocks_ms[] = {1, 5000, UINT64_C(1) << 45};
    for (size_t i = 0; i < 3; i++) {
        scene_init(&s);
        s.is_unwatched = 1; /* the validator's clock does not jump */
        scene_login(&s);
        export();
        scene_crash(&s);
        s.net.now_ms = clocks_ms[i];
        CHECK_INT(bosh_client_import(s.client, blob, blob_size, 3000), 0);
        scene_turn(&s);
        CHECK_INT(scene_open_count(&s), 1);
        scene_answer(&s, MESSAGE("m"));
        CHECK_STR(scene_told(&s), "ended ERR_EXPORTED, online, message m");
        end();
    }
}

/* RTX-7, INA-3: however long it took, the server is asked once. */
static void session_that_was_away_too_long_is_lost(void)
{
    begin();
    export();
    scene_crash(&s);
    CHECK_INT(bosh_client_import(s.client, blob, blob_size, UINT64_MAX), 0);
    scene_turn(&s);
    scene_told(&s);
    CHECK_INT(scene_open_count(&s), 1);
    for (int i = 0; i < 200 && bosh_client_state(s.client) != BOSH_STATE_ENDED; i++) {
        if (scene_oldest(&s))
            world_transport_fail(&s.net, scene_oldest(&s), BOSH_ERR_CONNECT, 0);
        scene_turn(&s);
        scene_advance(&s, 1000);
    }
    CHECK(strstr(scene_told(&s), "ended ERR_SESSION_LOST"));
    end();
}

/* The blob is bytes: whoever has it may import it. To claim it once is the program's part. */
static void two_importers_both_get_the_session(void)
{
    static scene other;
    begin();
    export();
    scene_crash(&s);
    CHECK_INT(import(), 0);
    scene_init(&other);
    other.is_unwatched = 1; /* nobody saw a login here */
    scene_open(&other);
    CHECK_INT(bosh_client_import(other.client, blob, blob_size, 0), 0);
    bosh_client_pump(other.client, other.net.now_ms);
    scene_turn(&s);
    CHECK_INT(bosh_client_state(s.client), BOSH_STATE_ONLINE);
    CHECK_INT(bosh_client_state(other.client), BOSH_STATE_ONLINE);
    SCENE_END(&other);
    end();
}

/* --------------------------------------------------------------------------------------- import */

static void import_is_possible_instead_of_connect_only(void)
{
    begin();
    export();
    scene_crash(&s);
    CHECK_INT(import(), 0);
    CHECK_INT(import(), BOSH_ERR_STATE);
    CHECK_INT(bosh_client_connect(s.client), BOSH_ERR_STATE);
    scene_turn(&s);
    CHECK_INT(import(), BOSH_ERR_STATE);
    CHECK_INT(bosh_client_import(NULL, blob, blob_size, 0), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_client_import(s.client, NULL, 0, 0), BOSH_ERR_ARGUMENT);
    end();
}

/* From a block of exactly `size` bytes, so that a sanitizer sees a read beyond them. */
static int import_copy(const void *bytes, size_t size)
{
    void *exact = malloc(size ? size : 1);
    memcpy(exact, bytes, size);
    int error = bosh_client_import(s.client, exact, size, 0);
    free(exact);
    return error;
}

static void blob_cut_anywhere_is_damaged(void)
{
    begin_busy();
    export();
    scene_crash(&s);
    for (size_t size = 0; size < blob_size; size++)
        CHECK_INT(import_copy(blob, size), BOSH_ERR_BLOB_DAMAGED);
    CHECK_INT(bosh_client_state(s.client), BOSH_STATE_IDLE);
    CHECK_INT(import(), 0);
    end();
}

static void blob_with_any_byte_changed_is_refused_by_name(void)
{
    begin_busy();
    export();
    scene_crash(&s);
    char *bytes = blob;
    for (size_t at = 0; at < blob_size; at++) {
        for (int change = 1; change < 256; change *= 2) {
            int is_version = at >= 4 && at < 8;
            bytes[at] ^= (char)change;
            CHECK_INT(import_copy(blob, blob_size),
                      is_version ? BOSH_ERR_BLOB_VERSION : BOSH_ERR_BLOB_DAMAGED);
            bytes[at] ^= (char)change;
        }
    }
    CHECK_INT(import(), 0);
    end();
}

static void blob_of_another_account_or_url_is_foreign(void)
{
    static const char *const strangers[][2] = {
        {"https://example.org/xmpp-httpbind", "bob@example.org"},
        {"https://example.org/xmpp-httpbind", "alice@example.org/phone"},
        {"https://example.org/bosh", "alice@example.org"},
        {"http://example.org/xmpp-httpbind", "alice@example.org"}};
    begin();
    export();
    for (size_t i = 0; i < 4; i++) {
        s.config.url = strangers[i][0];
        s.config.jid = strangers[i][1];
        scene_crash(&s);
        CHECK_INT(import(), BOSH_ERR_BLOB_FOREIGN);
    }
    end();
}

/* As if nothing had been given: the client can still log in. */
static void client_that_refused_a_blob_can_connect(void)
{
    scene_init(&s);
    scene_open(&s);
    CHECK_INT(import_copy("rubbish rubbish rubbish", 23), BOSH_ERR_BLOB_DAMAGED);
    CHECK_INT(bosh_client_state(s.client), BOSH_STATE_IDLE);
    scene_login(&s);
    CHECK_INT(scene_say(&s, "a"), 1);
    end();
}

static void import_without_memory_changes_nothing(void)
{
    begin_busy();
    export();
    scene_crash(&s);
    int error = BOSH_ERR_MEMORY;
    for (uint64_t n = 1; error; n++) {
        s.alloc.fail_at = s.alloc.calls + n;
        error = import();
        CHECK(error == 0 || error == BOSH_ERR_MEMORY);
        CHECK_INT(bosh_client_queued(s.client) > 0, error == 0);
        CHECK_INT(bosh_client_state(s.client), error ? BOSH_STATE_IDLE : BOSH_STATE_CONNECTING);
    }
    s.alloc.fail_at = 0;
    end();
}

/* With a good checksum: whoever made it is not to be trusted further than that. */
static void blob_that_ends_in_its_texts_is_damaged(void)
{
    uint8_t hash[BOSH_HASH_SIZE_MAX];
    begin();
    export();
    for (size_t size = 8; size < 60; size++) {
        uint8_t *cut = malloc(size + 8);
        memcpy(cut, blob, size);
        CHECK_INT(bosh_crypto_hash(BOSH_HASH_SHA256, cut, size, hash), 0);
        memcpy(cut + size, hash, 8);
        scene_crash(&s);
        CHECK_INT(bosh_client_import(s.client, cut, size + 8, 0), BOSH_ERR_BLOB_DAMAGED);
        free(cut);
    }
    end();
}

static const check_test tests[] = {
    {"exporter_ends_and_sends_nothing_more", exporter_ends_and_sends_nothing_more},
    {"export_is_possible_online_only", export_is_possible_online_only},
    {"second_export_is_refused", second_export_is_refused},
    {"export_without_memory_changes_nothing", export_without_memory_changes_nothing},
    {"imported_session_goes_on_and_loses_nothing", imported_session_goes_on_and_loses_nothing},
    {"export_inside_a_handler_takes_the_undelivered_along",
     export_inside_a_handler_takes_the_undelivered_along},
    {"export_before_the_pump_takes_the_answer_along",
     export_before_the_pump_takes_the_answer_along},
    {"export_inside_the_trace_of_a_request_keeps_it_from_leaving",
     export_inside_the_trace_of_a_request_keeps_it_from_leaving},
    {"import_inside_the_last_event_goes_on", import_inside_the_last_event_goes_on},
    {"session_may_move_many_times", session_may_move_many_times},
    {"session_of_another_uri_is_continued_there", session_of_another_uri_is_continued_there},
    {"importer_may_have_another_clock", importer_may_have_another_clock},
    {"session_that_was_away_too_long_is_lost", session_that_was_away_too_long_is_lost},
    {"two_importers_both_get_the_session", two_importers_both_get_the_session},
    {"import_is_possible_instead_of_connect_only", import_is_possible_instead_of_connect_only},
    {"blob_cut_anywhere_is_damaged", blob_cut_anywhere_is_damaged},
    {"blob_with_any_byte_changed_is_refused_by_name",
     blob_with_any_byte_changed_is_refused_by_name},
    {"blob_of_another_account_or_url_is_foreign", blob_of_another_account_or_url_is_foreign},
    {"client_that_refused_a_blob_can_connect", client_that_refused_a_blob_can_connect},
    {"import_without_memory_changes_nothing", import_without_memory_changes_nothing},
    {"blob_that_ends_in_its_texts_is_damaged", blob_that_ends_in_its_texts_is_damaged},
};
CHECK_MAIN(tests)
