/* SPDX-License-Identifier: MIT
 * The slots: what may leave, when, and with which bytes (RID, WIN, HOLD). */
#include "session/session.h"
#include "base/mem.h"

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
#define HEAD_KEPT_BYTES 1024u
#define END_TAG "</body>"

bosh_slot *bosh_window_slot(const bosh_session *session, uint64_t rid)
{
    for (size_t i = 0; i < BOSH_SLOTS; i++) {
        const bosh_slot *slot = &session->slots[i];
        if (slot->state != BOSH_SLOT_FREE && slot->rid == rid)
            return (bosh_slot *)(uintptr_t)slot;
    }
    return NULL;
}

bosh_slot *bosh_window_lowest(const bosh_session *session)
{
    const bosh_slot *lowest = NULL;
    for (size_t i = 0; i < BOSH_SLOTS; i++) {
        const bosh_slot *slot = &session->slots[i];
        if (slot->state != BOSH_SLOT_FREE && (!lowest || slot->rid < lowest->rid))
            lowest = slot;
    }
    return (bosh_slot *)(uintptr_t)lowest;
}

bosh_slot *bosh_window_find(const bosh_session *session, uint32_t attempt)
{
    for (size_t i = 0; i < BOSH_SLOTS; i++)
        if (attempt && session->slots[i].attempt == attempt)
            return (bosh_slot *)(uintptr_t)&session->slots[i];
    return NULL;
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

void bosh_window_release(bosh_session *session, bosh_slot *slot)
{
    const bosh_allocator *allocator = session->options.allocator;
    bosh_window_cancel(session, slot);
    bosh_item_free_list(allocator, &slot->items);
    bosh_document_free(&slot->answer, allocator);
    if (slot->slices != slot->few_slices)
        bosh_mem_free(allocator, slot->slices);
    bosh_buf head = slot->head;
    memset(slot, 0, sizeof(*slot));
    if (head.capacity > HEAD_KEPT_BYTES)
        bosh_buf_free(&head);
    else
        slot->head = head;
}

uint64_t bosh_window_lowest_rid(const bosh_session *session)
{
    const bosh_slot *lowest = bosh_window_lowest(session);
    return lowest ? lowest->rid : session->next_rid;
}

static bosh_slot *free_slot(bosh_session *session)
{
    for (size_t i = 0; i < BOSH_SLOTS; i++)
        if (session->slots[i].state == BOSH_SLOT_FREE)
            return &session->slots[i];
    return NULL;
}

static int is_unanswered(const bosh_slot *slot)
{
    return slot && (slot->state == BOSH_SLOT_INFLIGHT || slot->state == BOSH_SLOT_WAITING);
}

/* ------------------------------------------------------------------------------------- guards */

/* HOLD-4: age counts from the end of the upload where the transport tells, else from the start. */
static bosh_time age_begin_ms(const bosh_session *session, const bosh_slot *slot)
{
    const bosh_transport *transport = session->options.transport;
    int tells = (transport->capabilities(transport->user) & BOSH_TRANSPORT_UPLOADED) != 0;
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
    if (!is_unanswered(slot) || (slot->is_proven && !is_pair))
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
    const bosh_transport *transport = session->options.transport;
    return (transport->capabilities(transport->user) & BOSH_TRANSPORT_PARALLEL) != 0;
}

static uint32_t window_width(const bosh_session *session)
{
    if (!bosh_window_is_parallel(session))
        return 1;
    return session->requests < WINDOW_MAX ? session->requests : WINDOW_MAX;
}

/* POLL-1: the server, or a lack of slots, lets no request be held beside another. */
int bosh_window_is_polling(const bosh_session *session)
{
    return session->hold == 0 || session->wait_s == 0 || session->requests <= 1;
}

/* POLL-4: such a server wants every request spaced. */
uint32_t bosh_window_spacing_ms(const bosh_session *session)
{
    int is_spaced = session->wait_s == 0 && session->hold == 0 && session->polling_s;
    return is_spaced ? session->polling_s * 1000u + POLL_MARGIN_MS : 0;
}

/* Is a request under way, which a server that does not know the session would refuse? */
int bosh_window_is_asking(const bosh_session *session)
{
    for (size_t i = 0; i < BOSH_SLOTS; i++)
        if (session->slots[i].state == BOSH_SLOT_INFLIGHT)
            return 1;
    return 0;
}

/* RTX-13: an answer is withheld and nothing is under way that would tell whether the session lives:
 * an empty request is to ask. */
static int is_proof_due(const bosh_session *session)
{
    const bosh_slot *lowest = bosh_window_lowest(session);
    return lowest && bosh_window_is_withheld(lowest) && session->next_rid == lowest->rid + 1;
}

/* The lowest rid that the server has not answered. */
static uint64_t lowest_open_rid(const bosh_session *session)
{
    const bosh_slot *lowest = bosh_window_lowest(session);
    return bosh_window_lowest_rid(session) + (lowest && bosh_window_is_withheld(lowest));
}

/* When the next new rid may start; BOSH_NEVER while an answer must come first. */
bosh_time bosh_window_open_at(const bosh_session *session)
{
    if (session->state != BOSH_SESSION_OPEN || session->terminate_deadline_ms != BOSH_NEVER ||
        bosh_window_resend_at(session) != BOSH_NEVER)
        return BOSH_NEVER;
    if (session->next_rid - lowest_open_rid(session) >= window_width(session)) /* WIN-2 */
        return BOSH_NEVER;
    const bosh_slot *newest = bosh_window_slot(session, session->next_rid - 1);
    int is_pair = session->queue.first && (session->queue.first->flags & BOSH_ITEM_PAIR);
    if (!is_pair && is_unanswered(bosh_window_slot(session, session->next_rid - 2)))
        return BOSH_NEVER;
    bosh_time at_ms = guard_until(session, newest, is_pair);
    uint32_t spacing_ms = bosh_window_spacing_ms(session);
    if (spacing_ms && at_ms < session->last_start_ms + spacing_ms)
        at_ms = session->last_start_ms + spacing_ms;
    if (at_ms < bosh_window_doubt_until(session) && !is_proof_due(session))
        at_ms = bosh_window_doubt_until(session);
    return at_ms > session->blocked_until_ms ? at_ms : session->blocked_until_ms;
}

/* When an empty request is due, the window aside; BOSH_NEVER while anything is open (HOLD-2). */
bosh_time bosh_window_poll_at(const bosh_session *session)
{
    if (is_proof_due(session))
        return 0;
    if (session->state != BOSH_SESSION_OPEN || bosh_window_lowest(session))
        return BOSH_NEVER;
    bosh_time at_ms = 0;
    if (!session->is_poll_wanted) /* INA-1: no deliberate pause may cost the session */
        at_ms = session->last_answer_ms +
                (session->has_inactivity ? session->inactivity_s : 60u) * 500u;
    bosh_time spaced_ms = 0;
    if (bosh_window_is_polling(session) && session->is_last_empty) /* POLL-3 */
        spaced_ms = session->last_start_ms + session->polling_s * 1000u + POLL_MARGIN_MS;
    else if (session->early_answers >= STORM_ANSWERS) /* INV-11 */
        spaced_ms = session->last_start_ms + STORM_PAUSE_MS;
    return at_ms > spaced_ms ? at_ms : spaced_ms;
}

/* The lowest slot that waits for its (next) attempt; resends go in ascending order (RTX-3). An
 * outdated attempt lives until its turn: a connection that closes before the request in front of it
 * has come leaves Prosody with a dead request (HOLD-4). */
static bosh_slot *lowest_waiting(const bosh_session *session)
{
    const bosh_slot *lowest = NULL;
    for (size_t i = 0; i < BOSH_SLOTS; i++) {
        const bosh_slot *slot = &session->slots[i];
        int is_waiting = slot->state == BOSH_SLOT_WAITING ||
                         (slot->state == BOSH_SLOT_INFLIGHT && slot->is_outdated);
        if (is_waiting && (!lowest || slot->rid < lowest->rid))
            lowest = slot;
    }
    return (bosh_slot *)(uintptr_t)lowest;
}

/* When the next resend may start; BOSH_NEVER when there is none or an upload must end first. */
bosh_time bosh_window_resend_at(const bosh_session *session)
{
    const bosh_slot *slot = lowest_waiting(session);
    if (!slot)
        return BOSH_NEVER;
    bosh_time guard_ms = guard_until(session, bosh_window_slot(session, slot->rid - 1), 0);
    if (guard_ms == BOSH_NEVER) /* still "there is a resend": the attempt limit will end the wait */
        return BOSH_NEVER - 1;
    return guard_ms > slot->start_at_ms ? guard_ms : slot->start_at_ms;
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

/* How many items from the queue's front make the next body, and their bytes (XMPP-1, BODY-14). */
static size_t count_items(const bosh_session *session, size_t head_bytes, size_t *bytes)
{
    size_t count = 0;
    *bytes = 0;
    for (const bosh_item *item = session->queue.first; item; item = item->next) {
        if (count && ((item->flags ^ session->queue.first->flags) & BOSH_ITEM_SASL))
            break;
        if (count && (item->flags & BOSH_ITEM_ALONE))
            break;
        if (count &&
            head_bytes + *bytes + item->size + sizeof(END_TAG) > session->options.body_bytes_max)
            break;
        count++;
        *bytes += item->size;
        if (item->flags & BOSH_ITEM_ALONE)
            break;
    }
    return count;
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
    slot->request.size = 0;
    for (size_t i = 0; i < n; i++)
        slot->request.size += slices[i].size;
}

/* RID-6: from here on rid and content are one. On failure nothing has changed. */
static bosh_slot *freeze(bosh_session *session, bosh_slot_kind kind)
{
    bosh_slot *slot = free_slot(session);
    size_t bytes = 0, count = 0;
    if (!slot)
        return NULL;
    slot->kind = kind;
    slot->rid = session->next_rid;
    if (write_head(session, slot))
        return NULL;
    if (kind == BOSH_SLOT_DATA || kind == BOSH_SLOT_RESTART || kind == BOSH_SLOT_TERMINATE)
        count = count_items(session, slot->head.size, &bytes);
    bosh_item *last = kind == BOSH_SLOT_TERMINATE ? session->last_item : NULL;
    size_t slice_count = count + (last ? 1 : 0) + 2;
    bosh_slice *slices = slot->few_slices;
    if (slice_count > sizeof(slot->few_slices) / sizeof(slot->few_slices[0]))
        slices = bosh_mem_new(session->options.allocator, slice_count, sizeof(*slices));
    if (!slices)
        return NULL;
    for (; count; count--)
        bosh_item_push(&slot->items, bosh_item_pop(&session->queue));
    if (last) {
        bosh_item_push(&slot->items, last);
        session->last_item = NULL;
    }
    bosh_buf_append_text(&slot->head, slot->items.bytes ? ">" : "/>");
    bosh_window_set_slices(slot, slices);
    slot->is_login = kind == BOSH_SLOT_CREATE || kind == BOSH_SLOT_RESTART ||
                     (slot->items.first && (slot->items.first->flags & BOSH_ITEM_SASL));
    slot->state = BOSH_SLOT_WAITING;
    session->next_rid++;
    return slot;
}

/* A failed freeze is tried again a little later; the floor above is told. */
static bosh_slot *freeze_or_block(bosh_session *session, bosh_slot_kind kind, bosh_time now_ms)
{
    bosh_slot *slot = freeze(session, kind);
    if (!slot)
        session->blocked_error = BOSH_ERR_MEMORY;
    session->blocked_until_ms = slot ? 0 : now_ms + 500;
    return slot;
}

int bosh_window_create(bosh_session *session, bosh_time at_ms)
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
    slot->start_at_ms = at_ms;
    return BOSH_OK;
}

/* -------------------------------------------------------------------------------------- leaving */

/* Does everything queued fit into one last body? (TERM-1) */
static int is_queue_last(const bosh_session *session)
{
    size_t bytes, count = count_items(session, 512, &bytes), all = 0;
    for (const bosh_item *item = session->queue.first; item; item = item->next)
        all++;
    size_t last_bytes = session->last_item ? session->last_item->size : 0;
    const bosh_item *first = session->queue.first;
    return count == all && bytes + last_bytes + 512 <= session->options.body_bytes_max &&
           !(first && (first->flags & (BOSH_ITEM_ALONE | BOSH_ITEM_SASL)));
}

/* When the terminate may leave: as any request, but after a second it may take the extra slot
 * (TERM-2, HOLD-4). BOSH_NEVER while the queue needs more than that one body. */
bosh_time bosh_window_terminate_at(const bosh_session *session)
{
    bosh_time open_ms = bosh_window_open_at(session);
    if (!session->is_closing || session->state != BOSH_SESSION_OPEN ||
        session->next_rid > BOSH_RID_MAX ||
        (!is_queue_last(session) && session->next_rid < BOSH_RID_MAX))
        return BOSH_NEVER;
    if (!bosh_window_is_parallel(session) || lowest_waiting(session) ||
        bosh_window_spacing_ms(session) || session->terminate_deadline_ms != BOSH_NEVER ||
        session->next_rid - bosh_window_lowest_rid(session) >= BOSH_SLOTS)
        return open_ms;
    bosh_time patience_ms = session->close_asked_ms + 1000;
    if (patience_ms < session->blocked_until_ms)
        patience_ms = session->blocked_until_ms;
    return open_ms < patience_ms ? open_ms : patience_ms;
}

static void begin_terminating(bosh_session *session, bosh_time now_ms)
{
    session->terminate_deadline_ms = now_ms + 2000; /* TERM-6 */
    bosh_session_set_state(session, BOSH_SESSION_TERMINATING);
}

static bosh_slot *freeze_terminate(bosh_session *session, bosh_time now_ms)
{
    bosh_slot *slot = freeze_or_block(session, BOSH_SLOT_TERMINATE, now_ms);
    if (slot)
        begin_terminating(session, now_ms);
    return slot;
}

/* At once and whatever the guards say, with all that is queued: ERR_QUEUE_FULL when that does not
 * fit, ERR_STATE, ERR_MEMORY. */
int bosh_window_terminate_now(bosh_session *session, bosh_time now_ms)
{
    if (session->state != BOSH_SESSION_OPEN || session->next_rid > BOSH_RID_MAX)
        return BOSH_ERR_STATE;
    if (!is_queue_last(session))
        return BOSH_ERR_QUEUE_FULL;
    return freeze_terminate(session, now_ms) ? BOSH_OK : BOSH_ERR_MEMORY;
}

/* A session read back from a journal may have its terminate under way. */
void bosh_window_resume_terminate(bosh_session *session, bosh_time now_ms)
{
    for (size_t i = 0; i < BOSH_SLOTS; i++) {
        const bosh_slot *slot = &session->slots[i];
        if (slot->state == BOSH_SLOT_FREE || slot->kind != BOSH_SLOT_TERMINATE)
            continue;
        session->is_closing = 1;
        begin_terminating(session, now_ms);
    }
}

static bosh_slot *next_new(bosh_session *session, bosh_time now_ms)
{
    const bosh_item *first = session->queue.first;
    if (session->next_rid == BOSH_RID_MAX && !session->is_closing) { /* RID-5 */
        session->close_error = BOSH_ERR_RID_EXHAUSTED;
        bosh_session_close(session, NULL, now_ms, now_ms + 5000);
    }
    if (bosh_window_terminate_at(session) <= now_ms)
        return freeze_terminate(session, now_ms);
    if (bosh_window_open_at(session) > now_ms || session->next_rid >= BOSH_RID_MAX)
        return NULL;
    if (first && !is_proof_due(session)) {
        int is_restart = first->attributes_size && !first->size;
        return freeze_or_block(session, is_restart ? BOSH_SLOT_RESTART : BOSH_SLOT_DATA, now_ms);
    }
    if (bosh_window_poll_at(session) <= now_ms)
        return freeze_or_block(session, BOSH_SLOT_EMPTY, now_ms);
    return NULL;
}

static bosh_slot *pick(bosh_session *session, bosh_time now_ms)
{
    bosh_slot *waiting = lowest_waiting(session);
    if (waiting)
        return bosh_window_resend_at(session) <= now_ms ? waiting : NULL;
    return session->state == BOSH_SESSION_OPEN ? next_new(session, now_ms) : NULL;
}

int bosh_session_next(bosh_session *session, bosh_time now_ms,
                      const bosh_transport_request **request, uint32_t *attempt, int *is_new)
{
    if (session->state == BOSH_SESSION_IDLE || session->state == BOSH_SESSION_DEAD)
        return 0;
    bosh_slot *slot = pick(session, now_ms);
    if (!slot)
        return 0;
    *is_new = slot->attempts == 0;
    if (*is_new)
        session->last_start_ms = now_ms;
    bosh_window_cancel(session, slot);
    slot->is_outdated = 0;
    slot->state = BOSH_SLOT_INFLIGHT;
    slot->attempts++;
    if (++session->last_attempt == 0) /* 0 means none */
        session->last_attempt = 1;
    slot->attempt = session->last_attempt;
    slot->is_submitted = 0;
    slot->started_ms = now_ms;
    slot->uploaded_ms = BOSH_NEVER;
    if (bosh_window_doubt_until(session))
        session->doubt_until_ms = now_ms + bosh_timing_doubt_ms(session);
    slot->request.url = session->options.url;
    slot->request.content_type = session->options.content_type;
    slot->request.time_limit_ms = bosh_timing_limit_ms(session, slot);
    slot->request.response_bytes_max = session->options.limits.bytes_max;
    *attempt = slot->attempt;
    *request = &slot->request;
    return 1;
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
