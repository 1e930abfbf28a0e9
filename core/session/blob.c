/* SPDX-License-Identifier: MIT
 * A session as bytes: for handing it to another process, and for the journal. Numbers are
 * little-endian; every length is checked when read. */
#include "session/session.h"
#include "base/build.h"
#include "base/mem.h"

#include <string.h>

void bosh_blob_put_u32(bosh_buf *buf, uint32_t value)
{
    uint8_t bytes[4];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    bosh_buf_append(buf, bytes, sizeof(bytes));
}

void bosh_blob_put_u64(bosh_buf *buf, uint64_t value)
{
    bosh_blob_put_u32(buf, (uint32_t)value);
    bosh_blob_put_u32(buf, (uint32_t)(value >> 32));
}

void bosh_blob_put_bytes(bosh_buf *buf, const void *data, size_t size)
{
    bosh_blob_put_u32(buf, (uint32_t)size);
    bosh_buf_append(buf, data, size);
}

static void put_text(bosh_buf *buf, const char *text)
{
    bosh_blob_put_bytes(buf, text ? text : "", text ? strlen(text) : 0);
}

void bosh_blob_put_items(bosh_buf *buf, const bosh_item_list *list)
{
    uint32_t count = 0;
    for (const bosh_item *item = list->first; item; item = item->next)
        count++;
    bosh_blob_put_u32(buf, count);
    for (const bosh_item *item = list->first; item; item = item->next) {
        bosh_blob_put_u64(buf, item->ticket);
        bosh_blob_put_u32(buf, item->flags);
        bosh_blob_put_bytes(buf, item->bytes, item->size);
    }
}

uint32_t bosh_blob_get_u32(const uint8_t **cursor, const uint8_t *end)
{
    uint32_t value = 0;
    if (!*cursor || end - *cursor < 4) {
        *cursor = NULL;
        return 0;
    }
    for (size_t i = 0; i < 4; i++)
        value |= (uint32_t)(*cursor)[i] << (8 * i);
    *cursor += 4;
    return value;
}

uint64_t bosh_blob_get_u64(const uint8_t **cursor, const uint8_t *end)
{
    uint64_t low = bosh_blob_get_u32(cursor, end);
    return low | (uint64_t)bosh_blob_get_u32(cursor, end) << 32;
}

bosh_slice bosh_blob_get_bytes(const uint8_t **cursor, const uint8_t *end)
{
    bosh_slice slice = {NULL, 0};
    uint32_t size = bosh_blob_get_u32(cursor, end);
    if (!*cursor || (size_t)(end - *cursor) < size) {
        *cursor = NULL;
        return slice;
    }
    slice.data = (const char *)*cursor;
    slice.size = size;
    *cursor += size;
    return slice;
}

int bosh_blob_get_items(const bosh_allocator *allocator, const uint8_t **cursor, const uint8_t *end,
                        bosh_item_list *list)
{
    uint32_t count = bosh_blob_get_u32(cursor, end);
    for (; count && *cursor; count--) {
        bosh_ticket ticket = bosh_blob_get_u64(cursor, end);
        unsigned flags = bosh_blob_get_u32(cursor, end);
        bosh_slice bytes = bosh_blob_get_bytes(cursor, end);
        if (!*cursor)
            break;
        bosh_item *item = bosh_item_new(allocator, bytes.data, bytes.size, NULL, 0, flags, ticket);
        if (!item)
            return BOSH_ERR_MEMORY;
        bosh_item_push(list, item);
    }
    return *cursor ? BOSH_OK : BOSH_ERR_BLOB_DAMAGED;
}

/* --------------------------------------------------------------------------------------- saving */

static void save_slot(bosh_buf *buf, const bosh_slot *slot)
{
    int is_answered = slot->state == BOSH_SLOT_ANSWERED;
    bosh_blob_put_u64(buf, slot->rid);
    bosh_blob_put_u32(buf, slot->kind);
    bosh_blob_put_bytes(buf, slot->head.data, slot->head.size);
    bosh_blob_put_items(buf, &slot->items);
    bosh_blob_put_u32(buf, slot->is_replay);
    bosh_blob_put_u32(buf, (uint32_t)is_answered);
    if (is_answered)
        bosh_blob_put_bytes(buf, slot->answer.source, slot->answer.source_size);
}

static void save_inbox(const bosh_session *session, bosh_buf *buf)
{
    bosh_blob_put_u32(buf, session->inbox_count);
    for (size_t i = 0; i < session->inbox_count; i++) {
        const bosh_letter *letter = &session->inbox[(session->inbox_first + i) % BOSH_INBOX];
        bosh_body body;
        uint32_t delivered = 0;
        bosh_body_read(&letter->document, &body);
        for (const bosh_stanza *payload = body.first_payload; payload != letter->next_payload;
             payload = bosh_body_next_payload(payload))
            delivered++;
        bosh_blob_put_bytes(buf, letter->document.source, letter->document.source_size);
        bosh_blob_put_u32(buf, delivered);
        bosh_blob_put_u32(buf, letter->flags);
    }
}

int bosh_session_save(const bosh_session *session, bosh_time now_ms, bosh_buf *buf)
{
    int is_ended_by_server =
        session->state == BOSH_SESSION_OPEN && session->terminate_deadline_ms != BOSH_NEVER;
    if ((session->state != BOSH_SESSION_OPEN && session->state != BOSH_SESSION_TERMINATING) ||
        is_ended_by_server)
        return BOSH_ERR_STATE;
    put_text(buf, session->sid);
    put_text(buf, session->from);
    bosh_blob_put_u64(buf, session->next_rid);
    const uint32_t numbers[] = {
        session->wait_s,  session->inactivity_s, session->polling_s,         session->requests,
        session->hold,    session->is_legacy,    session->inactivity_s != 0, session->is_last_empty,
        session->srtt_ms, session->worst_rtt_ms};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        bosh_blob_put_u32(buf, numbers[i]);
    bosh_blob_put_u64(buf, now_ms - session->last_answer_ms);
    bosh_blob_put_u64(buf, now_ms - session->last_start_ms);
    bosh_blob_put_u64(buf, session->accepted);
    bosh_blob_put_u64(buf, session->accepted_told);
    uint32_t count = 0;
    for (const bosh_slot *slot = session->lowest; slot; slot = slot->next)
        count++;
    bosh_blob_put_u32(buf, count);
    for (const bosh_slot *slot = session->lowest; slot; slot = slot->next)
        save_slot(buf, slot);
    save_inbox(session, buf);
    bosh_blob_put_items(buf, &session->doubtful);
    bosh_blob_put_items(buf, &session->queue);
    return buf->error;
}

/* -------------------------------------------------------------------------------------- loading */

static int load_document(bosh_session *session, bosh_slice source, bosh_document *document,
                         bosh_body *body)
{
    int error = bosh_reader_parse(session->options.allocator, &session->options.limits, source.data,
                                  source.size, document);
    if (!error)
        error = bosh_body_read(document, body);
    if (error && error != BOSH_ERR_MEMORY)
        error = BOSH_ERR_BLOB_DAMAGED;
    return error;
}

static int load_slot(bosh_session *session, const uint8_t **cursor, const uint8_t *end,
                     int is_journal)
{
    const bosh_allocator *allocator = session->options.allocator;
    bosh_slot *slot = session->free, *before = session->lowest;
    while (before && before->next)
        before = before->next;
    slot->rid = bosh_blob_get_u64(cursor, end);
    slot->kind = (bosh_slot_kind)bosh_blob_get_u32(cursor, end);
    bosh_slice head = bosh_blob_get_bytes(cursor, end);
    if (!*cursor || slot->kind == BOSH_SLOT_CREATE || slot->kind > BOSH_SLOT_TERMINATE ||
        slot->rid >= session->next_rid || session->next_rid - slot->rid > BOSH_SLOTS ||
        (before && slot->rid <= before->rid))
        return BOSH_ERR_BLOB_DAMAGED;
    bosh_buf_init(&slot->head, allocator, SIZE_MAX / 2, BOSH_ERR_MEMORY);
    if (bosh_buf_append(&slot->head, head.data, head.size))
        return BOSH_ERR_MEMORY;
    bosh_window_link(session);
    int error = bosh_blob_get_items(allocator, cursor, end, &slot->items);
    if (error)
        return error;
    size_t count = 2;
    for (const bosh_item *item = slot->items.first; item; item = item->next)
        count++;
    bosh_slice *slices = bosh_mem_new(allocator, count, sizeof(*slices));
    if (!slices)
        return BOSH_ERR_MEMORY;
    bosh_window_set_slices(slot, slices);
    slot->start_at_ms = session->now_ms;
    slot->attempts = 1; /* it may be under way already: a repetition */
    slot->is_replay = bosh_blob_get_u32(cursor, end) || is_journal;
    if (bosh_blob_get_u32(cursor, end)) {
        error =
            load_document(session, bosh_blob_get_bytes(cursor, end), &slot->answer, &slot->body);
        slot->state = BOSH_SLOT_ANSWERED;
        slot->attempts =
            2; /* whether it was repeated is not told: echoes are looked for (RTX-12) */
    }
    return error;
}

static int load_inbox(bosh_session *session, const uint8_t **cursor, const uint8_t *end,
                      int is_journal)
{
    uint32_t count = bosh_blob_get_u32(cursor, end);
    if (count > BOSH_INBOX)
        return BOSH_ERR_BLOB_DAMAGED;
    for (; count; count--) {
        bosh_document document = {NULL, NULL, NULL, 0};
        bosh_body body;
        int error = load_document(session, bosh_blob_get_bytes(cursor, end), &document, &body);
        uint32_t delivered = bosh_blob_get_u32(cursor, end);
        uint32_t flags = bosh_blob_get_u32(cursor, end);
        if (!error)
            bosh_answer_deliver(session, &document, body.first_payload,
                                is_journal ? flags | BOSH_LETTER_REPLAY : flags);
        bosh_document_free(&document, session->options.allocator);
        if (error)
            return error;
        if (!session->inbox_count)
            continue;
        bosh_letter *letter =
            &session->inbox[(session->inbox_first + session->inbox_count - 1u) % BOSH_INBOX];
        for (; delivered && letter->next_payload; delivered--)
            letter->next_payload = bosh_body_next_payload(letter->next_payload);
    }
    return *cursor ? BOSH_OK : BOSH_ERR_BLOB_DAMAGED;
}

/* When it was that lies `then_ms` before an export, which lies `elapsed_ms` before now. */
static bosh_time moment(bosh_time now_ms, uint64_t then_ms, uint64_t elapsed_ms)
{
    uint64_t gone_ms = then_ms + elapsed_ms < then_ms ? UINT64_MAX : then_ms + elapsed_ms;
    return gone_ms < now_ms ? now_ms - gone_ms : 0;
}

static int load_parameters(bosh_session *session, const uint8_t **cursor, const uint8_t *end,
                           bosh_time now_ms, uint64_t elapsed_ms)
{
    const bosh_allocator *allocator = session->options.allocator;
    uint32_t numbers[10];
    bosh_slice sid = bosh_blob_get_bytes(cursor, end), from = bosh_blob_get_bytes(cursor, end);
    session->next_rid = bosh_blob_get_u64(cursor, end);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        numbers[i] = bosh_blob_get_u32(cursor, end);
    uint64_t since_answer_ms = bosh_blob_get_u64(cursor, end);
    uint64_t since_start_ms = bosh_blob_get_u64(cursor, end);
    session->accepted = bosh_blob_get_u64(cursor, end);
    session->accepted_told = bosh_blob_get_u64(cursor, end);
    if (!*cursor || !sid.size || !session->next_rid || numbers[0] > UINT16_MAX ||
        session->next_rid > BOSH_RID_MAX + 1)
        return BOSH_ERR_BLOB_DAMAGED;
    session->sid = bosh_mem_string_n(allocator, sid.data, sid.size);
    session->from = from.size ? bosh_mem_string_n(allocator, from.data, from.size) : NULL;
    if (!session->sid || (from.size && !session->from))
        return BOSH_ERR_MEMORY;
    session->wait_s = (uint16_t)numbers[0];
    session->inactivity_s = (uint16_t)numbers[1];
    session->polling_s = (uint16_t)numbers[2];
    session->requests = (uint8_t)numbers[3];
    session->hold = (uint8_t)numbers[4];
    session->is_legacy = (uint8_t)numbers[5];
    session->is_last_empty = (uint8_t)numbers[7];
    session->srtt_ms = numbers[8];
    session->worst_rtt_ms = numbers[9] < 60000 ? numbers[9] : 60000;
    session->last_answer_ms = moment(now_ms, since_answer_ms, elapsed_ms);
    session->last_start_ms = moment(now_ms, since_start_ms, elapsed_ms); /* POLL-3 */
    return BOSH_OK;
}

int bosh_session_load(bosh_session *session, const uint8_t **cursor, const uint8_t *end,
                      int is_journal, uint64_t elapsed_ms, bosh_time now_ms)
{
    int error = load_parameters(session, cursor, end, now_ms, elapsed_ms);
    if (error)
        return error;
    session->now_ms = now_ms;
    uint32_t count = bosh_blob_get_u32(cursor, end);
    if (count > BOSH_SLOTS)
        return BOSH_ERR_BLOB_DAMAGED;
    for (uint32_t i = 0; i < count; i++) {
        error = load_slot(session, cursor, end, is_journal);
        if (error)
            return error;
    }
    error = load_inbox(session, cursor, end, is_journal);
    if (!error)
        error = bosh_blob_get_items(session->options.allocator, cursor, end, &session->doubtful);
    if (!error)
        error = bosh_blob_get_items(session->options.allocator, cursor, end, &session->queue);
    if (!error)
        error = bosh_session_resume(session, now_ms);
    bosh_slot *lowest = session->lowest;
    if (BOSH_HAS_EXTRAS && lowest) /* what else would have kept it from the inbox? (RTX-13) */
        lowest->is_withheld =
            lowest->state == BOSH_SLOT_ANSWERED && session->inbox_count < BOSH_INBOX;
    if (!error)
        bosh_window_resume_terminate(session);
    return error;
}
