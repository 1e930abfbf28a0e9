/* SPDX-License-Identifier: MIT
 * The BOSH session (XEP-0124): payload bytes in, payload elements out.
 *
 *            open           sid arrives            close asked, queue empty
 *     IDLE --------> CREATING ---------> OPEN ------------------------> TERMINATING
 *                       |  ^ broken:       |                                 |
 *                       |__| new rid       | terminate, lost, refused        | answered, or 2 s
 *                       v                  v                                 v
 *                     DEAD <------------ DEAD <--------------------------- DEAD
 *
 * The floor above drives it like this, in one turn:
 *
 *     bosh_session_answered / _failed     what the transport said (records and judges)
 *     bosh_session_poll                   until 0: what came of it, in rid order
 *     bosh_session_queue                  what to send
 *     bosh_session_run                    time passes
 *     bosh_session_next                   until 0: an attempt to submit
 *     bosh_session_deadline               when to come back
 *
 * Nothing here knows XMPP: what XEP-0206 puts into the wrapper comes in as ready-made attributes.
 *
 * Files: session.c the machine and its ends; window.c the slots: what may leave, and when;
 * answer.c what an answer or a failure means; timing.c back-off and deadlines; blob.c moving a
 * session to another process. */
#ifndef BOSH_SESSION_SESSION_H
#define BOSH_SESSION_SESSION_H

#include <bosh/transport.h>

#include "base/build.h"
#include "session/body.h"
#include "session/item.h"

#define BOSH_RID_MAX 9007199254740991u /* 2^53 - 1 (RID-3) */
#define BOSH_SLOTS 3                   /* a window of two, and the extra one of a terminate */

typedef enum bosh_session_state {
    BOSH_SESSION_IDLE,
    BOSH_SESSION_CREATING,
    BOSH_SESSION_OPEN,
    BOSH_SESSION_TERMINATING,
    BOSH_SESSION_DEAD
} bosh_session_state;

/* A rid slot: one request id with its frozen bytes, and the attempts to get it answered.
 *
 *     (free) -> WAITING -> INFLIGHT -> ANSWERED -> (all lower ones answered) (free)
 *                  ^___________| broken: the same bytes again                              */
typedef enum bosh_slot_state {
    BOSH_SLOT_WAITING, /* to be submitted at start_at_ms: new, or broken and backing off */
    BOSH_SLOT_INFLIGHT,
    BOSH_SLOT_ANSWERED
} bosh_slot_state;

typedef enum bosh_slot_kind {
    BOSH_SLOT_CREATE,
    BOSH_SLOT_EMPTY, /* a poll */
    BOSH_SLOT_DATA,
    BOSH_SLOT_RESTART, /* empty too, but the server answers it with data */
    BOSH_SLOT_TERMINATE
} bosh_slot_kind;

typedef struct bosh_slot {
    /* In the order of bosh_session; the start tag last, its memory stays for the next request. */
    struct bosh_slot *next; /* in use: with the next higher rid; or the next free one */
    bosh_slot_state state;
    bosh_slot_kind kind;
    uint8_t broken;         /* attempts broken in a row: the pace of RTX-6 */
    uint8_t refused;        /* of them: HTTP 400, 403, 404 (LEG-2) */
    uint8_t hostile;        /* of them: DOCTYPE and other limits (BODY-11) */
    uint8_t errors;         /* type='error' answers in a row (ERR-3) */
    uint8_t is_proven;      /* the request before was released by this one: it arrived (HOLD-4) */
    uint8_t is_login;       /* answered at once: a sample of the round trip */
    uint8_t is_replay;      /* may have been answered before a crash (journal) */
    uint8_t is_retry_told;  /* the failure below has been reported */
    uint8_t is_passed_over; /* forgotten by a server that seems to go on (RTX-13) */
    uint8_t is_outdated;    /* INFLIGHT, and to be repeated at start_at_ms (INA-3) */
    uint8_t is_withheld;    /* ANSWERED, behind such a one: told when a later answer has come */
    uint8_t is_submitted;   /* the transport knows the live attempt */
    uint8_t is_stale;       /* it broke with the connection, before any answer (RTX-6) */
    bosh_body body;         /* ANSWERED */
    uint32_t attempt;       /* id of the live attempt, 0: none */
    uint32_t attempts;      /* made so far */
    int error;              /* why the last attempt broke */
    int http_status;
    uint32_t retry_after_s; /* asked for by the last answer */
    uint32_t retry_in_ms;
    int read_error;
    bosh_reader *reader;  /* while an answer is coming in */
    bosh_item_list items; /* what the body carries; freed when answered */
    bosh_document answer; /* ANSWERED */
    uint64_t rid;
    bosh_time start_at_ms; /* WAITING: when to submit */
    bosh_time started_ms;  /* the newest attempt */
    bosh_time uploaded_ms; /* BOSH_NEVER: not known (yet) */

    bosh_slice *slices; /* head, items, end tag; `few_slices` where they suffice */
    bosh_slice few_slices[3];
    bosh_transport_request request; /* what the transport was given */

    bosh_buf head; /* the wrapper's start tag */
} bosh_slot;

/* An answer whose turn has come, waiting to be delivered. Answers without payload are kept only if
 * they are to be told. */
typedef struct bosh_letter {
    bosh_document document;
    const bosh_stanza *next_payload; /* NULL: all delivered */
    unsigned flags;
} bosh_letter;

enum {
    BOSH_LETTER_REPLAY = 1 << 0, /* may have been delivered before a crash (journal) */
    BOSH_LETTER_ECHO = 1 << 1,   /* may hold what we sent ourselves (RTX-12) */
    BOSH_LETTER_TOLD = 1 << 2,   /* BOSH_SESSION_EVENT_ANSWER has been */
    BOSH_LETTER_SEEN = 1 << 3    /* not its first event */
};

/* While the inbox is full, answers stay in their slots and the window stays shut: a handler that
 * never returns cannot make the client hoard. */
#define BOSH_INBOX 4

typedef struct bosh_session_options {
    const bosh_allocator *allocator;
    int (*entropy)(void *buffer, size_t size, void *user);
    void *entropy_user;
    const bosh_transport *transport; /* asked for capabilities, told to cancel */
    void (*trace)(void *user, const char *xml, size_t size); /* each answer body; may be NULL */
    void *trace_user;
    uint8_t tells_answers;                                         /* as events */
    const char *url, *content_type, *to, *language, *route, *from; /* borrowed for the life */
    const char *creation_attributes; /* ready-made wrapper text of the floor above */
    uint16_t wait_s;
    size_t body_bytes_max;
    bosh_reader_limits limits;
    const bosh_reader_sink *sink; /* of the answer whose turn it is; NULL: none */
    void *sink_user;
} bosh_session_options;

typedef struct bosh_session {
    /* Flags first, then what is as long as a word, the large ones last: code that reaches for the
     * first bytes of a struct is shorter. */
    bosh_session_state state;
    uint8_t requests, hold; /* of the creation answer (RSP) */
    uint8_t is_legacy;      /* no ver: HTTP errors are final (LEG-1) */
    uint8_t is_poll_wanted;
    uint8_t is_closing;    /* terminate when the queue is empty */
    uint8_t creations;     /* broken creation attempts in a row */
    uint8_t early_answers; /* empty polls answered at once, in a row */
    uint8_t is_last_empty; /* the last answer had no payload (POLL-3) */
    uint8_t inbox_first, inbox_count;
    uint8_t is_opened_told, is_end_told;
    uint8_t has_gap; /* an answer will never come: nothing behind it is delivered (INV-2) */
    bosh_condition end_condition;
    uint16_t wait_s, polling_s;
    uint16_t inactivity_s; /* 0: the server did not tell */
    char *sid, *from;

    /* The window. */
    bosh_slot *lowest; /* of the slots in use, which are a list in rid order */
    bosh_slot *free;
    bosh_item_list queue;
    bosh_item *last_item;      /* rides on the terminate request */
    uint32_t restart_attempts; /* that the last restart took to be answered (RTX-9) */
    uint32_t srtt_ms, worst_rtt_ms;
    uint32_t jitter; /* state of the back-off's dice; no secret */

    /* Upward. */
    bosh_item_list unknown;  /* of the unanswered rids, once DEAD */
    bosh_item_list doubtful; /* of rids passed over: settled with the next one (RTX-13) */
    int close_error;         /* the cause to give when our own terminate is answered */
    int blocked_error;       /* no memory for the next request: tried again at blocked_until_ms */
    int end_error;
    int end_http_status;
    char *end_text, *end_uri;
    uint64_t next_rid;
    bosh_ticket accepted, accepted_told;

    /* Time. */
    bosh_time now_ms;         /* as last told */
    bosh_time last_answer_ms; /* also: opened, imported */
    bosh_time last_start_ms;  /* of a new rid */
    bosh_time lost_not_before_ms;
    bosh_time doubt_until_ms; /* no new rid before: does the session live? (RTX-13); 0: no doubt */
    bosh_time blocked_until_ms; /* 0: it is not */
    bosh_time close_asked_ms, close_deadline_ms;
    bosh_time terminate_deadline_ms; /* TERM-6, TERM-9 */

    bosh_reader_spare spare; /* of the last long answer, until a short one comes */
    bosh_slot slots[BOSH_SLOTS];
    bosh_letter inbox[BOSH_INBOX]; /* a ring */

    /* What stays when the next session begins. No attempt id is used twice for a client. */
    uint32_t last_attempt;
    bosh_session_options options;
} bosh_session;

typedef enum bosh_session_event_type {
    BOSH_SESSION_EVENT_OPENED,   /* the session has its sid */
    BOSH_SESSION_EVENT_RETRY,    /* an attempt broke with `error`; again in `delay_ms` */
    BOSH_SESSION_EVENT_ACCEPTED, /* all tickets up to `ticket` */
    BOSH_SESSION_EVENT_ANSWER,   /* its wrapper is `element`; before its payloads */
    BOSH_SESSION_EVENT_PAYLOAD,  /* `element`, valid until the next poll */
    BOSH_SESSION_EVENT_ENDED     /* once, last; session->end_... say why */
} bosh_session_event_type;

typedef struct bosh_session_event {
    bosh_session_event_type type;
    const bosh_stanza *element;
    bosh_ticket ticket;
    int error;
    int http_status;
    uint32_t delay_ms;
    unsigned flags; /* of the answer: BOSH_LETTER_... */
} bosh_session_event;

/* Begin a session with the options it has, the first one or another: what is under way is
 * cancelled, all memory freed. */
void bosh_session_reset(bosh_session *session);

/* Draw a rid and create the session. ERR_ENTROPY, ERR_MEMORY. */
int bosh_session_open(bosh_session *session, bosh_time now_ms);
/* Go on with one that was made elsewhere, in an initialised session. ERR_ARGUMENT, ERR_ENTROPY,
 * ERR_MEMORY. */
int bosh_session_attach(bosh_session *session, const bosh_attachment *made, bosh_time now_ms);
/* Send; takes the item. */
void bosh_session_queue(bosh_session *session, bosh_item *item);
/* Is an empty request wanted whenever nothing else is open? (HOLD-2) Off while the floor above is
 * about to send something; a session about to expire polls all the same (INA-1). */
void bosh_session_want_poll(bosh_session *session, int is_wanted);
/* Send what is queued, then terminate with `last` (may be NULL; taken). DEAD at `deadline_ms` at
 * the latest. Without a sid it is DEAD at once. */
void bosh_session_close(bosh_session *session, bosh_item *last, bosh_time now_ms,
                        bosh_time deadline_ms);
/* End now, and forget what it holds: somebody else goes on with it (export). */
void bosh_session_abandon(bosh_session *session, int error);
/* End now without a word to the server. */
void bosh_session_end(bosh_session *session, int error);

void bosh_session_run(bosh_session *session, bosh_time now_ms);
/* An attempt to submit, or NULL. The first one of its rid is new: `attempts` is 1. */
const bosh_slot *bosh_session_next(bosh_session *session);
/* The attempt goes to the transport now, which may be told to cancel it from here on. 0: it is no
 * more, a callback that was told of it ended the session. */
int bosh_session_submitted(bosh_session *session, uint32_t attempt);
/* It never will: what it carries is queued again. For a session that is about to end. */
void bosh_session_withdraw(bosh_session *session, uint32_t attempt);
bosh_time bosh_session_deadline(const bosh_session *session);
int bosh_session_poll(bosh_session *session, bosh_session_event *event);
/* The clock of everything so far began at `from_ms` where it is `to_ms` now (import). */
void bosh_session_rebase(bosh_session *session, bosh_time from_ms, bosh_time to_ms);
/* Repeat what is unanswered now (network_changed; INA-3 with the time that passed unseen). */
void bosh_session_nudge(bosh_session *session, bosh_time now_ms, uint64_t gap_ms);
/* At least one request is broken and waits for its repetition. */
int bosh_session_is_recovering(const bosh_session *session);

/* From the transport; unknown attempts are ignored (RTX-4). */
int bosh_session_bytes(bosh_session *session, uint32_t attempt, const void *data, size_t size);
void bosh_session_answered(bosh_session *session, uint32_t attempt, int http_status,
                           uint32_t retry_after_s, bosh_time now_ms);
void bosh_session_failed(bosh_session *session, uint32_t attempt, int error, unsigned flags,
                         bosh_time now_ms);
void bosh_session_uploaded(bosh_session *session, uint32_t attempt, bosh_time now_ms);

/* The last step of both ways to go on with a session: it is OPEN. ERR_ENTROPY. */
int bosh_session_resume(bosh_session *session, bosh_time now_ms);

/* blob.c: append the session to `buf` (a terminated one is ERR_STATE); read it back into an
 * initialised one. `is_journal`: answers to open rids may have been delivered before. */
int bosh_session_save(const bosh_session *session, bosh_time now_ms, bosh_buf *buf);
int bosh_session_load(bosh_session *session, const uint8_t **cursor, const uint8_t *end,
                      int is_journal, uint64_t elapsed_ms, bosh_time now_ms);
void bosh_blob_put_u32(bosh_buf *buf, uint32_t value);
void bosh_blob_put_u64(bosh_buf *buf, uint64_t value);
void bosh_blob_put_bytes(bosh_buf *buf, const void *data, size_t size);
void bosh_blob_put_items(bosh_buf *buf, const bosh_item_list *list);
/* All set *cursor to NULL when the bytes run out; later reads then give 0. */
uint32_t bosh_blob_get_u32(const uint8_t **cursor, const uint8_t *end);
uint64_t bosh_blob_get_u64(const uint8_t **cursor, const uint8_t *end);
bosh_slice bosh_blob_get_bytes(const uint8_t **cursor, const uint8_t *end);
int bosh_blob_get_items(const bosh_allocator *allocator, const uint8_t **cursor, const uint8_t *end,
                        bosh_item_list *list);

/* Between the session's files only. */
void bosh_session_finish(bosh_session *session, int error, int http_status);
void bosh_session_settle(bosh_session *session, bosh_slot *slot, int is_accepted);
/* The first free slot is in use from here on, WAITING and with the highest rid. */
void bosh_window_link(bosh_session *session);
uint64_t bosh_window_lowest_rid(const bosh_session *session); /* or the next to be used */
bosh_slot *bosh_window_find(const bosh_session *session, uint32_t attempt);
void bosh_window_cancel(bosh_session *session, bosh_slot *slot);
void bosh_window_release(bosh_session *session, bosh_slot *slot);
int bosh_window_create(bosh_session *session, uint32_t delay_ms);
bosh_time bosh_window_open_at(const bosh_session *session);
int bosh_window_terminate_now(bosh_session *session, bosh_time now_ms);
void bosh_window_resume_terminate(bosh_session *session);
bosh_time bosh_window_next_at(const bosh_session *session); /* the next attempt, new or not */
int bosh_window_has_broken(const bosh_session *session);
void bosh_window_set_slices(bosh_slot *slot, bosh_slice *slices);
int bosh_window_is_asking(const bosh_session *session);
int bosh_window_is_polling(const bosh_session *session);
uint32_t bosh_window_spacing_ms(const bosh_session *session);
int bosh_window_is_parallel(const bosh_session *session);
/* RTX-13 is an extra: without it no code is left that knows doubt. */
static inline bosh_time bosh_window_doubt_until(const bosh_session *session)
{
    return BOSH_HAS_EXTRAS ? session->doubt_until_ms : 0;
}
static inline int bosh_window_is_withheld(const bosh_slot *slot)
{
    return BOSH_HAS_EXTRAS && slot->is_withheld;
}
static inline int bosh_window_is_passed_over(const bosh_slot *slot)
{
    return BOSH_HAS_EXTRAS && slot->is_passed_over;
}
uint32_t bosh_timing_limit_ms(const bosh_session *session, bosh_slot_kind kind);
bosh_time bosh_timing_over_at(const bosh_session *session, const bosh_slot *slot);
uint32_t bosh_timing_backoff_ms(bosh_session *session, const bosh_slot *slot);
uint32_t bosh_timing_doubt_ms(const bosh_session *session);
uint32_t bosh_timing_half_inactivity_ms(const bosh_session *session);
bosh_time bosh_timing_lost_at(const bosh_session *session);
void bosh_timing_sample(bosh_session *session, const bosh_slot *slot);
void bosh_answer_advance(bosh_session *session);
void bosh_answer_deliver(bosh_session *session, bosh_document *document,
                         const bosh_stanza *first_payload, unsigned flags);
void bosh_answer_break(bosh_session *session, bosh_slot *slot, int error);

#endif
