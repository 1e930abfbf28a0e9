/* SPDX-License-Identifier: MIT
 * The facade: one struct, and who does what with it.
 *
 *   client.c     make, free, look inside        pump.c       where the floors meet
 *   send.c       writer, send, shorthands       lifecycle.c  connect, close, ends, reconnect policy
 *   handlers.c   handlers and timers            iq.c         requests and automatic answers
 *   move.c       export, import, journal        steer.c      the login in the program's hands
 *   trace.c      log and redacted trace         parts.c      stanzas element by element */
#ifndef BOSH_CLIENT_CLIENT_H
#define BOSH_CLIENT_CLIENT_H

#include "base/build.h"
#include "stream/stream.h"
#include "xml/writer.h"

/* What handlers and timers have in common: their place in a list. */
typedef struct bosh_hook {
    struct bosh_hook *next;
    int id;
    uint8_t is_removed;
} bosh_hook;

typedef struct bosh_handler {
    bosh_hook hook;
    bosh_match match; /* strings behind the struct */
    bosh_stanza_fn fn;
    void *user;
} bosh_handler;

typedef struct bosh_timer {
    bosh_hook hook;
    uint32_t period_ms;
    bosh_time at_ms; /* 0: counted from the next pump */
    bosh_timer_fn fn;
    void *user;
} bosh_timer;

typedef struct bosh_request {
    struct bosh_request *next;
    bosh_ticket ticket;
    uint32_t timeout_ms;
    bosh_time at_ms; /* 0: counted from the next pump */
    bosh_iq_fn fn;
    void *user;
    char *id, *to; /* to NULL: the own account */
} bosh_request;

struct bosh_client {
    /* Flags first, the large parts last: code that reaches for the first bytes is shorter. */
    bosh_state state;
    uint8_t is_drain_wanted;
    uint8_t is_server_checked;
    uint8_t was_online;

    /* Wishes, carried out by the next pump. */
    uint8_t is_connect_wanted, is_close_wanted, is_nudge_wanted;
    uint8_t has_password_answer; /* set_password was called: tell the stream */

    uint8_t reconnects, violations, hops; /* reconnect policy */

    /* Delivery. */
    unsigned depth;   /* of nested pumps */
    uint8_t is_freed; /* inside a callback: when the outermost pump returns */
    uint8_t is_replay;
    uint8_t is_exported;
    uint8_t is_save_due;  /* imported, and not in the journal yet */
    uint8_t is_save_last; /* the journal says that nothing was delivered since (bosh_client_save) */
    uint8_t is_parsing;   /* parts are being told from within bosh_transport_bytes */
    uint8_t is_ending;    /* the end is being told: nothing more is taken in */

    bosh_item_list outbox; /* held until ONLINE */
    bosh_item *last_item;
    char *texts;   /* the strings of config, in one block */
    char *address; /* jid, cut into user, domain, resource: see the stream's options */
    char *password;
    char *own_jid, *own_mechanisms; /* of bosh_client_set_login, in place of those in `texts` */
    char *moved_url;                /* of see-other-uri; NULL: requests go to config.url */
    bosh_hook *handlers, *timers;   /* in the order they were added */
    int last_id;
    bosh_request *requests;

    bosh_time now_ms; /* of the last pump */
    bosh_ticket last_ticket, delivered;
    bosh_ticket unsent_from; /* ENDED: the first one reported as unsent, 0: none */
    uint64_t gap_ms;
    bosh_time rebase_ms; /* an import's clock, 0: none */
    bosh_time reconnect_at_ms, online_since_ms;
    uint64_t saved_rid; /* the lowest one without an answer in the journal; 0: none written */

    bosh_detail detail; /* strings of the session and the stream, until they begin anew */

    bosh_session session;
    bosh_stream stream;
    bosh_writer writer;
    bosh_config config; /* its strings are ours */
    bosh_transport transport;
    bosh_scram_keys keys; /* given, or of the last login by SCRAM */
};

/* client.c */
void bosh_client_set_state(bosh_client *client, bosh_state state, int error, uint32_t delay_ms);
void bosh_client_emit(bosh_client *client, bosh_event *event);
/* The same for events that need no more than this. */
void bosh_client_tell(bosh_client *client, bosh_event_type type, int error, uint32_t delay_ms);
/* What is not given is 0 or "". */
void bosh_client_set_detail(bosh_client *client, int error, int http_status);
/* One block: `size` bytes of zeros, then copies of the `count` strings, which are pointed to from
 * then on. NULL stays NULL. */
void *bosh_client_hold(const bosh_client *client, size_t size, const char **const texts[],
                       size_t count);
/* Cut `jid` into user, domain and resource. ERR_JID, ERR_MEMORY. */
int bosh_client_use_jid(bosh_client *client, const char *jid);
/* The transport should call pump soon (not needed inside a pump). */
void bosh_client_wake(bosh_client *client);
int bosh_client_is_quiet(const bosh_client *client); /* no callback may be made any more */
static inline int bosh_client_is_exported(const bosh_client *client)
{
    return BOSH_HAS_MOVING && client->is_exported;
}

/* lifecycle.c */
void bosh_lifecycle_carry_out(bosh_client *client);
void bosh_lifecycle_ended(bosh_client *client);
void bosh_lifecycle_stream_changed(bosh_client *client);
void bosh_lifecycle_check_server(bosh_client *client);
void bosh_lifecycle_set_options(bosh_client *client);
void bosh_lifecycle_end(bosh_client *client, int error);
/* For those who read the block of a received body themselves: wasm/flat.c. */
void bosh_lifecycle_keep_prefixes(bosh_client *client);
/* Requests go to `url` now: the configured one or one near it, else ERR_BLOB_FOREIGN (ERR-8). */
int bosh_lifecycle_use_url(bosh_client *client, bosh_slice url);
int bosh_lifecycle_reset(bosh_client *client);
/* The last words of a program that is stopped this moment: close, and give each request that the
 * server may not have, in order, the terminate with all that is queued as the last. Nobody waits
 * for answers. ERR_STATE (not online), ERR_QUEUE_FULL (more is queued than fits), ERR_MEMORY. */
int bosh_lifecycle_farewell(bosh_client *client, bosh_time now_ms,
                            void (*give)(const bosh_transport_request *request, void *user),
                            void *user);

/* send.c */
int bosh_send_finish(bosh_client *client, bosh_writer *stanza);
int bosh_send_queue(bosh_client *client, bosh_writer *stanza, bosh_ticket *ticket, int is_own);

/* handlers.c */
void bosh_handlers_dispatch(bosh_client *client, const bosh_stanza *stanza);
int bosh_handlers_want(const bosh_client *client, const bosh_stanza *stanza);
void bosh_timers_run(bosh_client *client);
bosh_time bosh_timers_deadline(const bosh_client *client);
void bosh_handlers_sweep(bosh_client *client);
void bosh_handlers_free(bosh_client *client);

/* iq.c */
/* 1: it answered a request of ours and has been delivered. */
int bosh_iq_receive(bosh_client *client, const bosh_stanza *iq);
void bosh_iq_refuse(bosh_client *client, const bosh_stanza *iq);
void bosh_iq_run(bosh_client *client);
bosh_time bosh_iq_deadline(const bosh_client *client);
/* The session is gone: requests that left it (all with `is_end`) will not be answered. */
void bosh_iq_disconnected(bosh_client *client, int is_end);
void bosh_iq_free(bosh_client *client);

/* move.c */
int bosh_move_journal(bosh_client *client);
void bosh_move_forget(bosh_client *client);
/* Something is about to be delivered that the journal says was not. */
int bosh_move_outdate(bosh_client *client);
/* An answer has come and no new request left since the journal was written: a crash would repeat a
 * request whose answer the server may not keep that long (RTX-8). */
int bosh_move_follow(bosh_client *client);

/* parts.c */
extern const bosh_reader_sink bosh_parts_sink; /* its user: the client */
void bosh_parts_tell(bosh_client *client, const bosh_stanza *stanza);

/* trace.c */
void bosh_trace_request(bosh_client *client, const bosh_transport_request *request);
void bosh_trace_answer(void *client, const char *xml, size_t size);
#if BOSH_HAS_TEXTS
void bosh_log(bosh_client *client, bosh_log_level level, const char *what, const char *detail);
#else
static inline void bosh_log(bosh_client *client, bosh_log_level level, const char *what,
                            const char *detail)
{
    (void)client, (void)level, (void)what, (void)detail;
}
#endif

#endif
