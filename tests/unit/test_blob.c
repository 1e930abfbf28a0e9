/* SPDX-License-Identifier: MIT
 * session/blob: a session as bytes, and back. */
#include "tests/unit/solo.h"
#include "base/mem.h"
#include "tests/check.h"

static solo s;
static bosh_buf blob;

/* A session with everything a blob can hold: a poll (attempt 3) open, a data request above it
 * (attempt 4) answered, a body half delivered, and one item queued. */
static void begin(void)
{
    bosh_session_event event;
    solo_init(&s);
    solo_open(&s, "wait='20' requests='2' hold='1' inactivity='35' polling='7'"
                  " from='im.example.org'");
    solo_send(&s);
    solo_answer(&s, 2, "", "<message id='a'/><message id='b'/><message id='c'/>");
    CHECK(bosh_session_poll(&s.session, &event)); /* "a" is delivered */
    solo_send(&s);                                /* attempt 3, the poll */
    s.now_ms += 100;
    solo_queue(&s, "<sent/>", 0, 1);
    solo_send(&s); /* attempt 4 */
    solo_answer(&s, 4, "", "<message id='d'/>");
    solo_queue(&s, "<queued/>", 0, 2);
    s.session.srtt_ms = 40;
    s.session.worst_rtt_ms = 90;
    bosh_buf_init(&blob, &s.allocator, 100000, BOSH_ERR_MEMORY);
    CHECK_INT(bosh_session_save(&s.session, s.now_ms, &blob), 0);
}

static void end(void)
{
    bosh_buf_free(&blob);
    CHECK_INT(solo_deinit(&s), 0);
}

/* Read `size` bytes of the blob into a new session. */
static int load(size_t size, int is_journal, uint64_t elapsed_ms)
{
    const uint8_t *cursor = (const uint8_t *)blob.data;
    bosh_session_reset(&s.session);
    s.session.last_attempt = 100;
    return bosh_session_load(&s.session, &cursor, cursor + size, is_journal, elapsed_ms, s.now_ms);
}

static void loaded_session_goes_on_where_the_saved_one_was(void)
{
    begin();
    uint64_t rid = s.session.next_rid;
    CHECK_INT(load(blob.size, 0, 0), 0);
    CHECK_INT(s.session.srtt_ms, 40);
    CHECK_INT(s.session.worst_rtt_ms, 90);
    CHECK_INT(s.session.next_rid, rid);
    CHECK_STR(s.session.sid, "S");
    CHECK_STR(s.session.from, "im.example.org");
    CHECK_INT(s.session.wait_s, 20);
    CHECK_INT(s.session.requests, 2);
    CHECK_INT(s.session.hold, 1);
    CHECK_INT(s.session.inactivity_s, 35);
    CHECK_INT(s.session.polling_s, 7);
    CHECK_INT(s.session.is_legacy, 0);
    CHECK_INT(s.session.state, BOSH_SESSION_OPEN);
    CHECK_STR(solo_told(&s), "message b, message c");
    CHECK_INT(solo_send(&s), 1); /* the poll again, attempt 101 */
    CHECK(!s.is_new);
    solo_answer(&s, 101, "", "");
    CHECK_STR(solo_told(&s), "accepted 1, message d");
    CHECK_INT(solo_send(&s), 1);
    CHECK(strstr(s.entity, "><queued/></body>"));
    end();
}

/* LEG-1, RTX-7 */
static void loaded_session_of_a_legacy_server_stays_one(void)
{
    solo_init(&s);
    solo_create(&s);
    solo_answer(&s, 1, "sid='S'", "");
    bosh_buf_init(&blob, &s.allocator, 100000, BOSH_ERR_MEMORY);
    CHECK_INT(bosh_session_save(&s.session, s.now_ms, &blob), 0);
    CHECK_INT(load(blob.size, 0, 0), 0);
    CHECK(s.session.is_legacy);
    CHECK_INT(s.session.inactivity_s, 0);
    end();
}

/* BODY-13: the bytes that may have been sent already are the bytes that are sent again. */
static void loaded_requests_are_repeated_byte_for_byte(void)
{
    char before[sizeof(s.entity)];
    solo_init(&s);
    solo_open(&s, SOLO_USUAL);
    solo_queue(&s, "<a/>", 0, 1);
    solo_queue(&s, "<b/>", 0, 2);
    solo_queue(&s, "<c/>", 0, 3);
    solo_send(&s);
    memcpy(before, s.entity, sizeof(before));
    bosh_buf_init(&blob, &s.allocator, 100000, BOSH_ERR_MEMORY);
    CHECK_INT(bosh_session_save(&s.session, s.now_ms, &blob), 0);
    CHECK_INT(load(blob.size, 0, 0), 0);
    s.entity[0] = '\0';
    CHECK_INT(solo_send(&s), 1);
    CHECK_STR(s.entity, before);
    end();
}

/* What a journal hands back may have been delivered before the crash; what comes later was not. */
static void journal_flags_what_was_open_as_a_replay(void)
{
    bosh_session_event event;
    begin();
    CHECK_INT(load(blob.size, 1, 0), 0);
    while (bosh_session_poll(&s.session, &event))
        CHECK(event.type != BOSH_SESSION_EVENT_PAYLOAD || (event.flags & BOSH_LETTER_REPLAY));
    solo_send(&s);
    solo_answer(&s, 101, "", "<message id='x'/>");
    while (bosh_session_poll(&s.session, &event))
        CHECK(event.type != BOSH_SESSION_EVENT_PAYLOAD || (event.flags & BOSH_LETTER_REPLAY));
    solo_send(&s);
    solo_answer(&s, 102, "", "<message id='y'/>");
    while (bosh_session_poll(&s.session, &event))
        CHECK(event.type != BOSH_SESSION_EVENT_PAYLOAD || !(event.flags & BOSH_LETTER_REPLAY));
    end();
}

/* RTX-7, INA-3: time goes on while a session is nowhere, but it is asked once more. */
static void elapsed_time_counts_against_the_session(void)
{
    begin();
    CHECK_INT(load(blob.size, 0, 20000), 0);
    CHECK_INT(s.now_ms - s.session.last_answer_ms, 20000);
    CHECK_INT(load(blob.size, 0, UINT64_MAX), 0);
    CHECK_INT(solo_send(&s), 1);
    solo_fail(&s, 101, BOSH_ERR_CONNECT, 0);
    CHECK_INT(s.session.state, BOSH_SESSION_OPEN);
    solo_advance(&s, 35000);
    CHECK_INT(s.session.state, BOSH_SESSION_DEAD);
    CHECK_INT(s.session.end_error, BOSH_ERR_SESSION_LOST);
    end();
}

static void blob_cut_anywhere_is_damaged(void)
{
    begin();
    for (size_t size = 0; size < blob.size; size++) {
        int error = load(size, 0, 0);
        if (error != BOSH_ERR_BLOB_DAMAGED)
            CHECK_INT(error, (int)size);
    }
    end();
}

/* The checksum is the floor above's; here it is enough that nothing is believed blindly. */
static void blob_with_any_byte_changed_never_crashes(void)
{
    begin();
    for (size_t at = 0; at < blob.size; at++) {
        for (int change = 1; change < 256; change *= 2) {
            blob.data[at] ^= (char)change;
            int error = load(blob.size, 0, 0);
            CHECK(error == 0 || error == BOSH_ERR_BLOB_DAMAGED);
            solo_send(&s);
            blob.data[at] ^= (char)change;
        }
    }
    end();
}

static void load_without_memory_fails_and_leaks_nothing(void)
{
    begin();
    int error = BOSH_ERR_MEMORY;
    bosh_session_reset(&s.session);
    for (uint64_t n = 1; error; n++) {
        s.alloc.fail_at = s.alloc.calls + n;
        error = load(blob.size, 0, 0);
        CHECK(error == 0 || error == BOSH_ERR_MEMORY);
    }
    s.alloc.fail_at = 0;
    CHECK_STR(solo_told(&s), "message b, message c");
    end();
}

/* BODY-13, TERM-3: after the terminate nothing new is sent, only the same bytes again. */
static void loaded_terminate_is_repeated_and_ends_the_session(void)
{
    char before[sizeof(s.entity)];
    solo_init(&s);
    solo_open(&s, SOLO_USUAL);
    solo_queue(&s, "<last/>", 0, 1);
    bosh_session_close(&s.session, NULL, s.now_ms, s.now_ms + 5000);
    CHECK_INT(solo_send(&s), 1);
    CHECK(strstr(s.entity, "type='terminate'><last/></body>"));
    memcpy(before, s.entity, sizeof(before));
    bosh_buf_init(&blob, &s.allocator, 100000, BOSH_ERR_MEMORY);
    CHECK_INT(bosh_session_save(&s.session, s.now_ms, &blob), 0);
    CHECK_INT(load(blob.size, 1, 0), 0);
    CHECK_INT(s.session.state, BOSH_SESSION_TERMINATING);
    s.entity[0] = '\0';
    CHECK_INT(solo_send(&s), 1);
    CHECK_STR(s.entity, before);
    solo_answer(&s, 101, "type='terminate'", "");
    CHECK_STR(solo_told(&s), "accepted 1, ended OK");
    end();
}

static void session_without_sid_or_after_its_end_is_not_saved(void)
{
    begin();
    bosh_session_end(&s.session, BOSH_OK);
    CHECK_INT(bosh_session_save(&s.session, s.now_ms, &blob), BOSH_ERR_STATE);
    end();
    solo_init(&s);
    solo_create(&s);
    CHECK_INT(bosh_session_save(&s.session, s.now_ms, &blob), BOSH_ERR_STATE);
    CHECK_INT(solo_deinit(&s), 0);
}

static void numbers_are_little_endian_on_every_machine(void)
{
    static const uint8_t expected[] = {4, 3, 2, 1, 8, 7, 6, 5, 4, 3, 2, 1, 2, 0, 0, 0, 'h', 'i'};
    const uint8_t *cursor;
    solo_init(&s);
    bosh_buf_init(&blob, &s.allocator, 1000, BOSH_ERR_MEMORY);
    bosh_blob_put_u32(&blob, 0x01020304);
    bosh_blob_put_u64(&blob, UINT64_C(0x0102030405060708));
    bosh_blob_put_bytes(&blob, "hi", 2);
    CHECK_INT(blob.size, sizeof(expected));
    CHECK(memcmp(blob.data, expected, sizeof(expected)) == 0);
    cursor = (const uint8_t *)blob.data;
    CHECK_INT(bosh_blob_get_u32(&cursor, cursor + blob.size), 0x01020304);
    end();
}

/* Once the bytes have run out, everything is 0 and stays 0. */
static void reading_beyond_the_end_is_harmless(void)
{
    static const uint8_t bytes[] = {255, 255, 255, 255, 1, 2};
    const uint8_t *cursor = bytes;
    bosh_slice slice = bosh_blob_get_bytes(&cursor, bytes + sizeof(bytes));
    CHECK(slice.data == NULL && slice.size == 0);
    CHECK(cursor == NULL);
    CHECK_INT(bosh_blob_get_u32(&cursor, bytes + sizeof(bytes)), 0);
    CHECK_INT(bosh_blob_get_u64(&cursor, bytes + sizeof(bytes)), 0);
    cursor = bytes + 4;
    CHECK_INT(bosh_blob_get_u32(&cursor, bytes + sizeof(bytes)), 0);
    CHECK(cursor == NULL);
}

static const check_test tests[] = {
    {"loaded_session_goes_on_where_the_saved_one_was",
     loaded_session_goes_on_where_the_saved_one_was},
    {"loaded_session_of_a_legacy_server_stays_one", loaded_session_of_a_legacy_server_stays_one},
    {"loaded_requests_are_repeated_byte_for_byte", loaded_requests_are_repeated_byte_for_byte},
    {"journal_flags_what_was_open_as_a_replay", journal_flags_what_was_open_as_a_replay},
    {"elapsed_time_counts_against_the_session", elapsed_time_counts_against_the_session},
    {"blob_cut_anywhere_is_damaged", blob_cut_anywhere_is_damaged},
    {"blob_with_any_byte_changed_never_crashes", blob_with_any_byte_changed_never_crashes},
    {"load_without_memory_fails_and_leaks_nothing", load_without_memory_fails_and_leaks_nothing},
    {"loaded_terminate_is_repeated_and_ends_the_session",
     loaded_terminate_is_repeated_and_ends_the_session},
    {"session_without_sid_or_after_its_end_is_not_saved",
     session_without_sid_or_after_its_end_is_not_saved},
    {"numbers_are_little_endian_on_every_machine", numbers_are_little_endian_on_every_machine},
    {"reading_beyond_the_end_is_harmless", reading_beyond_the_end_is_harmless},
};
CHECK_MAIN(tests)
