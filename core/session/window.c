/* SPDX-License-Identifier: MIT
 * The slots: what may leave, when, and with which bytes (RID, WIN, HOLD). */
#include "session/session.h"
#include "base/mem.h"

#include <stddef.h>
#include <string.h>

#define WINDOW_MAX 2u           /* HOLD-4 never lets more be open than two */
#define GUARD_MS 20u            /* HOLD-4 */
#define GUARD_BYTES_PER_MS 100u /* of a body that a proxy may store first */
#define GUARD_BYTES_FREE 1400u  /* one packet */
#define PAIR_GAP_MS_MIN 5u
#define PAIR_GAP_MS_MAX 25u /* S1 */
#define POLL_MARGIN_MS 100u /* POLL-3 */
#define STORM_ANSWERS 4u
#define STORM_PAUSE_MS 1000u
#define HEAD_BYTES 512u /* of a terminate: more than it has */
#define HEAD_KEPT_BYTES 1024u
#define END_TAG "</body>"

bosh_slot *bosh_window_find(const bosh_session *session, uint32_t attempt)
{
    bosh_slot *slot = session->lowest;
    while (slot && (slot->attempt != attempt || !attempt))
        slot = slot->next;
    return slot;
}

/* The attempt under way, if any, is dead from here on (RTX-4). */
void bosh_window_cancel(bosh_session *session, bosh_slot *slot)
{
    uint32_t attempt = slot->attempt;
    slot->attempt = 0;
    if (attempt && slot->is_submitted)
        session->options.transport->cancel(session->options.transport->user, attempt);
    bosh_reader_free(slot->reader);
    slot->reader = NULL;
    slot->read_error = 0;
}

/* Where the list of slots holds `slot`, or where it ends. */
static bosh_slot **link_to(bosh_session *session, const bosh_slot *slot)
{
    bosh_slot **link = &session->lowest;
    while (*link && *link != slot)
        link = &(*link)->next;
    return link;
}

void bosh_window_link(bosh_session *session)
{
    bosh_slot *slot = session->free;
    session->free = slot->next;
    slot->next = NULL;
    *link_to(session, NULL) = slot;
}

void bosh_window_release(bosh_session *session, bosh_slot *slot)
{
    const bosh_allocator *allocator = session->options.allocator;
    *link_to(session, slot) = slot->next;
    bosh_window_cancel(session, slot);
    bosh_item_free_list(allocator, &slot->items);
    bosh_document_free(&slot->answer, allocator);
    if (slot->slices != slot->few_slices)
        bosh_mem_free(allocator, slot->slices);
    memset(slot, 0, offsetof(bosh_slot, head));
    if (slot->head.capacity > HEAD_KEPT_BYTES)
        bosh_buf_free(&slot->head);
    slot->next = session->free;
    session->free = slot;
}

uint64_t bosh_window_lowest_rid(const bosh_session *session)
{
    return session->lowest ? session->lowest->rid : session->next_rid;
}

static int is_unanswered(const bosh_slot *slot)
{
    return slot->state == BOSH_SLOT_INFLIGHT || slot->state == BOSH_SLOT_WAITING;
}

/* ------------------------------------------------------------------------------------- guards */

static unsigned capabilities(const bosh_session *session)
{
    return session->options.transport->capabilities(session->options.transport->user);
}

/* HOLD-4: age counts from the end of the upload where the transport tells, else from the start. */
static bosh_time age_begin_ms(const bosh_session *session, const bosh_slot *slot)
{
    int tells = (capabilities(session) & BOSH_TRANSPORT_UPLOADED) != 0;
    return tells ? slot->uploaded_ms : slot->started_ms;
}

/* A server that is slow takes longer to be through with the restart: a bind that comes too early is
 * answered one poll later. */
static uint32_t pair_gap_ms(const bosh_session *session)
{
    uint32_t gap_ms = session->srtt_ms / 4;
    gap_ms = gap_ms > PAIR_GAP_MS_MAX ? PAIR_GAP_MS_MAX : gap_ms;
    return gap_ms > PAIR_GAP_MS_MIN ? gap_ms : PAIR_GAP_MS_MIN;
}

/* When the request after `slot` may start without overtaking it (HOLD-4). */
static bosh_time guard_until(const bosh_session *session, const bosh_slot *slot, int is_pair)
{
    if (!slot || !is_unanswered(slot) || (slot->is_proven && !is_pair))
        return 0;
    bosh_time begin_ms = age_begin_ms(session, slot);
    if (begin_ms == BOSH_NEVER)
        return BOSH_NEVER;
    if (is_pair)
        return begin_ms + pair_gap_ms(session);
    if (slot->request.size > GUARD_BYTES_FREE)
        begin_ms += slot->request.size / GUARD_BYTES_PER_MS;
    return begin_ms + (session->srtt_ms > GUARD_MS ? session->srtt_ms : GUARD_MS);
}

int bosh_window_is_parallel(const bosh_session *session)
{
    return (capabilities(session) & BOSH_TRANSPORT_PARALLEL) != 0;
}

static uint32_t window_width(const bosh_session *session)
{
    if (!bosh_window_is_parallel(session))
        return 1;
    return session->requests < WINDOW_MAX ? session->requests : WINDOW_MAX;
}

/* POLL-1: the server, or a lack of slots, lets no request be held beside another. Without extras
 * such a session is not opened. */
int bosh_window_is_polling(const bosh_session *session)
{
    return BOSH_HAS_EXTRAS &&
           (session->hold == 0 || session->wait_s == 0 || session->requests <= 1);
}

/* POLL-4: such a server wants every request spaced. */
uint32_t bosh_window_spacing_ms(const bosh_session *session)
{
    int is_spaced =
        BOSH_HAS_EXTRAS && session->wait_s == 0 && session->hold == 0 && session->polling_s;
    return is_spaced ? session->polling_s * 1000u + POLL_MARGIN_MS : 0;
}

int bosh_window_has_broken(const bosh_session *session)
{
    const bosh_slot *slot = session->lowest;
    while (slot && !slot->broken)
        slot = slot->next;
    return slot != NULL;
}

/* Is a request under way, which a server that does not know the session would refuse? */
int bosh_window_is_asking(const bosh_session *session)
{
    const bosh_slot *slot = session->lowest;
    while (slot && slot->state != BOSH_SLOT_INFLIGHT)
        slot = slot->next;
    return slot != NULL;
}

/* RTX-13: an answer is withheld and nothing is under way that would tell whether the session lives:
 * an empty request is to ask. */
static int is_proof_due(const bosh_session *session)
{
    const bosh_slot *lowest = session->lowest;
    return lowest && bosh_window_is_withheld(lowest) && !lowest->next;
}

/* An outdated attempt lives until its turn: a connection that closes before the request in front of
 * it has come leaves Prosody with a dead request (HOLD-4). */
static int is_waiting(const bosh_slot *slot)
{
    return slot->state == BOSH_SLOT_WAITING ||
           (slot->state == BOSH_SLOT_INFLIGHT && slot->is_outdated);
}

/* The lowest slot that waits for its (next) attempt, for resends go in ascending order (RTX-3), and
 * when that may start: BOSH_NEVER when there is none. */
static bosh_slot *lowest_waiting(const bosh_session *session, bosh_time *at_ms)
{
    bosh_slot *slot = session->lowest, *before = NULL;
    *at_ms = BOSH_NEVER;
    for (; slot && !is_waiting(slot); slot = slot->next)
        before = slot;
    if (!slot)
        return NULL;
    *at_ms = guard_until(session, before, 0);
    if (*at_ms == BOSH_NEVER) /* an upload must end first; the attempt limit will end the wait */
        *at_ms = BOSH_NEVER - 1;
    if (*at_ms < slot->start_at_ms)
        *at_ms = slot->start_at_ms;
    return slot;
}

/* Is the session one that may begin requests? What is broken goes first (RTX-3). */
static int may_begin(const bosh_session *session)
{
    bosh_time at_ms;
    return session->state == BOSH_SESSION_OPEN && session->terminate_deadline_ms == BOSH_NEVER &&
           session->next_rid <= BOSH_RID_MAX && !lowest_waiting(session, &at_ms);
}

/* When the next new rid may start; BOSH_NEVER while an answer must come first. */
bosh_time bosh_window_open_at(const bosh_session *session)
{
    if (!may_begin(session))
        return BOSH_NEVER;
    const bosh_slot *newest = NULL;
    uint32_t width = window_width(session); /* WIN-2 */
    for (const bosh_slot *slot = session->lowest; slot; slot = slot->next) {
        if (!bosh_window_is_withheld(slot) && --width == 0)
            return BOSH_NEVER;
        newest = slot;
    }
    int is_pair = session->queue.first && (session->queue.first->flags & BOSH_ITEM_PAIR);
    bosh_time at_ms = guard_until(session, newest, is_pair);
    uint32_t spacing_ms = bosh_window_spacing_ms(session);
    if (spacing_ms && at_ms < session->last_start_ms + spacing_ms)
        at_ms = session->last_start_ms + spacing_ms;
    if (at_ms < bosh_window_doubt_until(session) && !is_proof_due(session))
        at_ms = bosh_window_doubt_until(session);
    return at_ms > session->blocked_until_ms ? at_ms : session->blocked_until_ms;
}

/* When an empty request is due, the window aside; BOSH_NEVER while anything is open (HOLD-2). */
static bosh_time poll_at(const bosh_session *session)
{
    if (is_proof_due(session))
        return 0;
    if (session->lowest)
        return BOSH_NEVER;
    bosh_time at_ms = 0;
    if (!session->is_poll_wanted) /* INA-1: no deliberate pause may cost the session */
        at_ms = session->last_answer_ms + bosh_timing_half_inactivity_ms(session);
    bosh_time spaced_ms = 0;
    if (bosh_window_is_polling(session) && session->is_last_empty) /* POLL-3 */
        spaced_ms = session->last_start_ms + session->polling_s * 1000u + POLL_MARGIN_MS;
    else if (session->early_answers >= STORM_ANSWERS) /* INV-11 */
        spaced_ms = session->last_start_ms + STORM_PAUSE_MS;
    return at_ms > spaced_ms ? at_ms : spaced_ms;
}

/* ------------------------------------------------------------------------------------- freezing */

static void write_creation(const bosh_session *session, bosh_buf *head)
{
    const bosh_session_options *options = &session->options;
    bosh_buf_write(head,
                   "[ to='%a'][ xml:lang='%a'] ver='1.11' wait='%u' hold='1'[ route='%a']"
                   "[ from='%a'][%s]",
                   options->to, options->language, (uint64_t)session->wait_s, options->route,
                   options->from, options->creation_attributes);
}

/* Write the start tag. Whether it is closed is known only when the items are. */
static int write_head(bosh_session *session, bosh_slot *slot)
{
    bosh_buf *head = &slot->head;
    const bosh_item *first = session->queue.first;
    if (!head->data)
        bosh_buf_init(head, session->options.allocator, SIZE_MAX / 2, BOSH_ERR_MEMORY);
    bosh_buf_clear(head);
    bosh_buf_write(head, "<body xmlns='" BOSH_NS_BODY "' rid='%u'", slot->rid);
    if (slot->kind == BOSH_SLOT_CREATE) {
        write_creation(session, head);
    } else {
        bosh_buf_write(head, " sid='%a'", session->sid);
        if (slot->kind == BOSH_SLOT_TERMINATE)
            bosh_buf_append_text(head, " type='terminate'");
        else if (slot->kind != BOSH_SLOT_EMPTY && first->attributes_size)
            bosh_buf_append(head, bosh_item_attributes(first), first->attributes_size);
    }
    /* Room for the ">" or "/>", so that closing it cannot fail. */
    return bosh_buf_reserve(head, 2);
}

/* The first item of the queue that does not go into one body with those before it; NULL: all do
 * (XMPP-1, BODY-14). */
static const bosh_item *end_of_body(const bosh_session *session, size_t head_bytes)
{
    const bosh_item *first = session->queue.first;
    size_t bytes = head_bytes + sizeof(END_TAG);
    for (const bosh_item *item = first; item; item = item->next) {
        bytes += item->size;
        if (item != first && (((item->flags | first->flags) & BOSH_ITEM_ALONE) ||
                              ((item->flags ^ first->flags) & BOSH_ITEM_SASL) ||
                              bytes > session->options.body_bytes_max))
            return item;
    }
    return NULL;
}

/* Fill slices from head and items; `slices` has room for all. */
void bosh_window_set_slices(bosh_slot *slot, bosh_slice *slices)
{
    size_t n = 0;
    slot->slices = slices;
    slices[n++] = (bosh_slice){slot->head.data, slot->head.size};
    for (const bosh_item *item = slot->items.first; item; item = item->next)
        if (item->size)
            slices[n++] = (bosh_slice){item->bytes, item->size};
    if (n > 1)
        slices[n++] = (bosh_slice){END_TAG, sizeof(END_TAG) - 1};
    slot->request.slices = slices;
    slot->request.slice_count = n;
    slot->request.size = slot->head.size + slot->items.bytes + (n > 1 ? sizeof(END_TAG) - 1 : 0);
}

/* RID-6: from here on rid and content are one. On failure nothing has changed. */
static bosh_slot *freeze(bosh_session *session, bosh_slot_kind kind)
{
    bosh_slot *slot = session->free;
    if (!slot)
        return NULL;
    slot->kind = kind;
    slot->rid = session->next_rid;
    if (write_head(session, slot))
        return NULL;
    const bosh_item *end = session->queue.first;
    if (kind != BOSH_SLOT_CREATE && kind != BOSH_SLOT_EMPTY)
        end = end_of_body(session, slot->head.size);
    bosh_item *last = kind == BOSH_SLOT_TERMINATE ? session->last_item : NULL;
    size_t slice_count = 2u + (last != NULL);
    for (const bosh_item *item = session->queue.first; item != end; item = item->next)
        slice_count++;
    bosh_slice *slices = slot->few_slices;
    if (slice_count > sizeof(slot->few_slices) / sizeof(slot->few_slices[0]))
        slices = bosh_mem_new(session->options.allocator, slice_count, sizeof(*slices));
    if (!slices)
        return NULL;
    while (session->queue.first != end)
        bosh_item_push(&slot->items, bosh_item_pop(&session->queue));
    if (last) {
        bosh_item_push(&slot->items, last);
        session->last_item = NULL;
    }
    bosh_buf_append_text(&slot->head, slot->items.bytes ? ">" : "/>");
    bosh_window_set_slices(slot, slices);
    slot->is_login = kind == BOSH_SLOT_CREATE || kind == BOSH_SLOT_RESTART ||
                     (slot->items.first && (slot->items.first->flags & BOSH_ITEM_SASL));
    bosh_window_link(session);
    session->next_rid++;
    return slot;
}

int bosh_window_create(bosh_session *session, uint32_t delay_ms)
{
    uint64_t rid = 0;
    do { /* RID-1, RID-3: [2^32, 2^52) */
        if (session->options.entropy(&rid, sizeof(rid), session->options.entropy_user))
            return BOSH_ERR_ENTROPY;
        rid &= (UINT64_C(1) << 52) - 1;
    } while (rid < (UINT64_C(1) << 32));
    session->next_rid = rid;
    bosh_slot *slot = freeze(session, BOSH_SLOT_CREATE);
    if (!slot)
        return BOSH_ERR_MEMORY;
    slot->start_at_ms = session->now_ms + delay_ms;
    return BOSH_OK;
}

/* -------------------------------------------------------------------------------------- leaving */

/* Does everything queued fit into one last body? (TERM-1) */
static int is_queue_last(const bosh_session *session)
{
    const bosh_item *first = session->queue.first;
    size_t rest_bytes = HEAD_BYTES + (session->last_item ? session->last_item->size : 0);
    return !end_of_body(session, rest_bytes) &&
           session->queue.bytes + rest_bytes <= session->options.body_bytes_max &&
           !(first && (first->flags & (BOSH_ITEM_ALONE | BOSH_ITEM_SASL)));
}

/* When the terminate may leave: as any request, but after a second it may take the extra slot
 * (TERM-2, HOLD-4). */
static bosh_time terminate_at(const bosh_session *session, bosh_time open_ms)
{
    if (!may_begin(session) || !bosh_window_is_parallel(session) ||
        bosh_window_spacing_ms(session) || !session->free)
        return open_ms;
    bosh_time patience_ms = session->close_asked_ms + 1000;
    if (patience_ms < session->blocked_until_ms)
        patience_ms = session->blocked_until_ms;
    return open_ms < patience_ms ? open_ms : patience_ms;
}

/* What the next new request is, and when it may leave as far as time decides it. */
static bosh_slot_kind next_kind(const bosh_session *session, bosh_time *at_ms)
{
    const bosh_item *first = session->queue.first;
    *at_ms = bosh_window_open_at(session);
    if (session->is_closing && (is_queue_last(session) || session->next_rid == BOSH_RID_MAX)) {
        *at_ms = terminate_at(session, *at_ms);
        return BOSH_SLOT_TERMINATE;
    }
    if (first && !is_proof_due(session))
        return first->attributes_size && !first->size ? BOSH_SLOT_RESTART : BOSH_SLOT_DATA;
    bosh_time poll_ms = poll_at(session);
    if (*at_ms < poll_ms)
        *at_ms = poll_ms;
    return BOSH_SLOT_EMPTY;
}

bosh_time bosh_window_next_at(const bosh_session *session)
{
    bosh_time at_ms;
    if (!lowest_waiting(session, &at_ms))
        next_kind(session, &at_ms);
    return at_ms;
}

static void begin_terminating(bosh_session *session)
{
    session->terminate_deadline_ms = session->now_ms + 2000; /* TERM-6 */
    session->state = BOSH_SESSION_TERMINATING;
}

/* A failed freeze is tried again a little later; the floor above is told. */
static bosh_slot *begin_request(bosh_session *session, bosh_slot_kind kind)
{
    bosh_slot *slot = freeze(session, kind);
    if (!slot)
        session->blocked_error = BOSH_ERR_MEMORY;
    else if (kind == BOSH_SLOT_TERMINATE)
        begin_terminating(session);
    session->blocked_until_ms = slot ? 0 : session->now_ms + 500;
    return slot;
}

/* At once and whatever the guards say, with all that is queued: ERR_QUEUE_FULL when that does not
 * fit, ERR_STATE, ERR_MEMORY. */
int bosh_window_terminate_now(bosh_session *session, bosh_time now_ms)
{
    session->now_ms = now_ms;
    if (session->state != BOSH_SESSION_OPEN || session->next_rid > BOSH_RID_MAX)
        return BOSH_ERR_STATE;
    if (!is_queue_last(session))
        return BOSH_ERR_QUEUE_FULL;
    return begin_request(session, BOSH_SLOT_TERMINATE) ? BOSH_OK : BOSH_ERR_MEMORY;
}

/* A session read back from a journal may have its terminate under way. */
void bosh_window_resume_terminate(bosh_session *session)
{
    for (const bosh_slot *slot = session->lowest; slot; slot = slot->next) {
        if (slot->kind != BOSH_SLOT_TERMINATE)
            continue;
        session->is_closing = 1;
        begin_terminating(session);
    }
}

static bosh_slot *pick(bosh_session *session)
{
    bosh_time at_ms;
    bosh_slot *slot = lowest_waiting(session, &at_ms);
    if (slot)
        return at_ms <= session->now_ms ? slot : NULL;
    if (session->next_rid == BOSH_RID_MAX && !session->is_closing) { /* RID-5 */
        session->close_error = BOSH_ERR_RID_EXHAUSTED;
        bosh_session_close(session, NULL, session->now_ms, session->now_ms + 5000);
    }
    bosh_slot_kind kind = next_kind(session, &at_ms);
    return at_ms <= session->now_ms ? begin_request(session, kind) : NULL;
}

const bosh_slot *bosh_session_next(bosh_session *session)
{
    bosh_slot *slot = pick(session);
    if (!slot)
        return NULL;
    if (slot->attempts++ == 0)
        session->last_start_ms = session->now_ms;
    bosh_window_cancel(session, slot);
    slot->is_outdated = 0;
    slot->state = BOSH_SLOT_INFLIGHT;
    if (++session->last_attempt == 0) /* 0 means none */
        session->last_attempt = 1;
    slot->attempt = session->last_attempt;
    slot->is_submitted = 0;
    slot->is_stale = 0;
    slot->http_status = 0;
    slot->retry_after_s = 0;
    slot->started_ms = session->now_ms;
    slot->uploaded_ms = BOSH_NEVER;
    if (bosh_window_doubt_until(session))
        session->doubt_until_ms = session->now_ms + bosh_timing_doubt_ms(session);
    slot->request.url = session->options.url;
    slot->request.content_type = session->options.content_type;
    slot->request.time_limit_ms = bosh_timing_limit_ms(session, slot->kind);
    slot->request.response_bytes_max = session->options.limits.bytes_max;
    return slot;
}

int bosh_session_submitted(bosh_session *session, uint32_t attempt)
{
    bosh_slot *slot = bosh_window_find(session, attempt);
    if (slot)
        slot->is_submitted = 1;
    return slot != NULL;
}

void bosh_session_withdraw(bosh_session *session, uint32_t attempt)
{
    bosh_slot *slot = bosh_window_find(session, attempt);
    if (!slot)
        return;
    bosh_item_prepend_list(&session->queue, &slot->items);
    bosh_window_release(session, slot);
}
