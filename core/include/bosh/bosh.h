/* SPDX-License-Identifier: MIT
 *
 * libbosh: XMPP over BOSH (XEP-0124, XEP-0206) for client programs. This header is the manual.
 *
 * A client is a state machine without sockets, threads or clock of its own. Something that speaks
 * HTTP drives it: for desktop programs that is bosh/curl.h (start with its example), for anything
 * else see bosh/transport.h.
 *
 *            connect            creation answered      authenticated            bound
 *     IDLE ----------> CONNECTING ----------> AUTHENTICATING ------> BINDING ---------> ONLINE
 *                          ^                                                    break |  ^ resent
 *                          | delay over                                               v  |
 *                   RECONNECT_WAIT <------------ session lost ------------------ RECOVERING
 *
 *     any of them -- close --> CLOSING --> ENDED        any failure without a retry --> ENDED
 *
 * General rules
 *  - Time is a number: a monotonic clock in milliseconds, any start, given in by the caller.
 *  - A client belongs to one thread at a time. Two clients share nothing.
 *  - Every function may be called from inside every callback (allocator and entropy are none).
 *    bosh_client_free inside one takes effect when the outermost bosh_client_pump returns;
 *    bosh_client_pump inside one moves bytes and keeps the session alive, but delivers nothing.
 *  - Functions that can fail return 0 or a negative bosh_error; on an error nothing has changed.
 *    ERR_UNSUPPORTED: this build is without it. Many of them tell a NULL that may not be there
 *    (ERR_ARGUMENT); other functions take none, but where they say so.
 *  - Strings are UTF-8 and NUL-terminated. Strings given in are copied; strings handed out belong
 *    to the library and are valid as long as the sentence beside them says.
 *  - After ENDED every call that needs a session returns BOSH_ERR_STATE; bosh_client_detail keeps
 *    telling why it ended, bosh_client_connect starts anew.
 *  - "(XXX-n)" names a rule of docs/protocol.md.
 */
#ifndef BOSH_BOSH_H
#define BOSH_BOSH_H

#include <bosh/names.h>
#include <stddef.h>
#include <stdint.h>

#ifndef BOSH_API
#if defined(_WIN32) || !defined(__GNUC__)
#define BOSH_API
#else
#define BOSH_API __attribute__((visibility("default")))
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define BOSH_VERSION_MAJOR 0
#define BOSH_VERSION_MINOR 1
#define BOSH_VERSION_PATCH 0

/* ------------------------------------------------------------------------------- basic types */

/* Milliseconds of a monotonic clock. */
typedef uint64_t bosh_time;
#define BOSH_NEVER UINT64_MAX

/* Continue a 64-bit clock from a 32-bit one that wraps every 49.7 days: the smallest time >=
 * `last_ms` whose lower half is `ms32`. Call at least once per wrap. */
BOSH_API bosh_time bosh_time_widen(bosh_time last_ms, uint32_t ms32);

/* Bytes that belong to somebody else. Not NUL-terminated unless said so. */
typedef struct bosh_slice {
    const char *data;
    size_t size;
} bosh_slice;

/* The number of a sent stanza: 1, 2, 3 ... for the life of a client, also across reconnects and
 * session export. 0 means "none". */
typedef uint64_t bosh_ticket;

typedef struct bosh_client bosh_client;
typedef struct bosh_stanza bosh_stanza;
typedef struct bosh_writer bosh_writer;
typedef struct bosh_parts bosh_parts; /* bosh/parts.h */

/* Where every byte comes from. `reallocate` must accept NULL, `release` too. */
typedef struct bosh_allocator {
    void *(*allocate)(size_t size, void *user);
    void *(*reallocate)(void *block, size_t size, void *user);
    void (*release)(void *block, void *user);
    void *user;
} bosh_allocator;

/* malloc, realloc and free of the C library; NULL in a build that has none (BOSH_FREESTANDING). */
BOSH_API const bosh_allocator *bosh_system_allocator(void);

/* ---------------------------------------------------------------------- versions and names */

/* "0.1.0": the version of the library that is linked (compare with BOSH_VERSION_...). */
BOSH_API const char *bosh_version(void);

/* Is `feature` in this build? Names: "SCRAM-SHA-512", "SCRAM-SHA-384", "SCRAM-SHA-256",
 * "SCRAM-SHA-1", "PLAIN", "OAUTHBEARER", "X-OAUTH2", "ANONYMOUS", "EXTERNAL", "export",
 * "journal", "source" (of stanzas), "trace", "texts" (of errors, and the log), "parts", "requests"
 * (bosh_client_request), "reconnect", "steering" (stops in the login), "extras" (S1,
 * legacy_session, see-other-uri and what few servers need). Returns 1 or 0. */
BOSH_API int bosh_has_feature(const char *feature);

/* One sentence for people; static, never NULL. */
BOSH_API const char *bosh_error_text(int error);
/* "BOSH_ERR_TIMEOUT"; static, never NULL. */
BOSH_API const char *bosh_error_name(int error);
/* "online"; static, never NULL. */
BOSH_API const char *bosh_state_text(bosh_state state);
/* "item-not-found"; static, never NULL. */
BOSH_API const char *bosh_condition_text(bosh_condition condition);

/* ------------------------------------------------------------------------- received elements */

/* An element of a received stanza: read-only, in one block with all its relatives. Valid until the
 * handler it was given to returns; make a bosh_stanza_copy to keep one. Getters return NULL where
 * there is nothing, accept NULL, and never allocate. */

/* Local name ("message") and namespace ("jabber:client"; "" for none). */
BOSH_API const char *bosh_stanza_name(const bosh_stanza *element);
BOSH_API const char *bosh_stanza_namespace(const bosh_stanza *element);
/* 1 when the element has this name and namespace; NULL for either means "any". */
BOSH_API int bosh_stanza_is(const bosh_stanza *element, const char *name, const char *ns);
/* Value of an attribute without namespace ("to", "type", "id"). */
BOSH_API const char *bosh_stanza_attribute(const bosh_stanza *element, const char *name);
/* Value of an attribute in a namespace; xml:lang is in
 * "http://www.w3.org/XML/1998/namespace". */
BOSH_API const char *bosh_stanza_attribute_ns(const bosh_stanza *element, const char *ns,
                                              const char *name);
/* Attributes by position, for programs that copy them all: 0 at the end, else 1 and the three
 * strings (`*ns` is "" for none). Namespace declarations are not attributes here. */
BOSH_API int bosh_stanza_attribute_at(const bosh_stanza *element, size_t index, const char **ns,
                                      const char **name, const char **value);
/* The first child element of this name and namespace; NULL for either means "any". */
BOSH_API const bosh_stanza *bosh_stanza_child(const bosh_stanza *element, const char *name,
                                              const char *ns);
/* The next sibling element of this name and namespace; NULL for either means "any". */
BOSH_API const bosh_stanza *bosh_stanza_next(const bosh_stanza *element, const char *name,
                                             const char *ns);
/* The text directly inside (its first run, where child elements split it); "" for none. */
BOSH_API const char *bosh_stanza_text(const bosh_stanza *element);
/* Shorthand: the text of the first child of this name and namespace, NULL without such a child. */
BOSH_API const char *bosh_stanza_child_text(const bosh_stanza *element, const char *name,
                                            const char *ns);
/* Elements and text runs in document order, for programs that need mixed content.
 * `bosh_stanza_name` of a text run is NULL, its bosh_stanza_text is the text. */
BOSH_API const bosh_stanza *bosh_stanza_first_node(const bosh_stanza *element);
BOSH_API const bosh_stanza *bosh_stanza_next_node(const bosh_stanza *node);
/* The language that applies: xml:lang of the element or its nearest ancestor (STZ-2). */
BOSH_API const char *bosh_stanza_language(const bosh_stanza *element);
/* The bytes the element was parsed from. Namespaces declared outside of it are not in them.
 * {NULL,0} for a copy. */
BOSH_API bosh_slice bosh_stanza_source(const bosh_stanza *element);
/* Error stanzas: the defined condition of their <error/> child ("item-not-found"), an unknown one
 * as "undefined-condition"; NULL when it is no error stanza (STZ-4). */
BOSH_API const char *bosh_stanza_error_condition(const bosh_stanza *stanza);

/* Copy an element into a block of its own. *out is released with bosh_stanza_free and the same
 * allocator (NULL: malloc's, where the platform has one; see bosh_config). ERR_MEMORY. */
BOSH_API int bosh_stanza_copy(const bosh_stanza *element, const bosh_allocator *allocator,
                              bosh_stanza **out);
BOSH_API void bosh_stanza_free(bosh_stanza *copy, const bosh_allocator *allocator);

/* Compare the bare (user@domain) parts of two addresses: ASCII case is folded in local and domain
 * part. Returns 1 when equal. NULL equals only NULL. (IQ-3) */
BOSH_API int bosh_jid_same_bare(const char *a, const char *b);
/* The same with the resources, which are compared exactly. */
BOSH_API int bosh_jid_same(const char *a, const char *b);
/* Split an address without allocating; an absent part is {NULL,0}. Returns 0 or ERR_JID. */
BOSH_API int bosh_jid_split(const char *jid, bosh_slice *local, bosh_slice *domain,
                            bosh_slice *resource);

/* ------------------------------------------------------------------------ elements to be sent */

/* A writer makes one stanza. Errors are remembered, so a stanza can be written without looking and
 * is refused by name when it is sent: ERR_CHARACTER, ERR_UTF8, ERR_NAME (BODY-8), ERR_MEMORY,
 * ERR_STANZA_TOO_LARGE.
 *
 *     bosh_writer *w = bosh_client_writer(client);
 *     bosh_writer_start(w, "message", NULL);
 *     bosh_writer_attribute(w, "to", "bob@example.org");
 *     bosh_writer_element(w, "body", NULL, "Hello & welcome");
 *     bosh_client_send(client, w, &ticket);
 */

/* The client's own writer, emptied. Send what is in it before the callback returns, or the next
 * pump, and before other calls that write: bosh_client_iq..., the bosh_client_send_... shorthands,
 * bosh_client_close. What was sent stays in it, and may be sent again. Never NULL. */
BOSH_API bosh_writer *bosh_client_writer(bosh_client *client);

/* Open an element. `ns` NULL: the namespace of the element around it (jabber:client for the stanza
 * itself). */
BOSH_API void bosh_writer_start(bosh_writer *writer, const char *name, const char *ns);
/* Add an attribute to the element just opened. A NULL value adds nothing. `name` may be "xml:lang".
 * After text or a child this is ERR_NAME. */
BOSH_API void bosh_writer_attribute(bosh_writer *writer, const char *name, const char *value);
/* Add text (escaped here). NULL adds nothing. */
BOSH_API void bosh_writer_text(bosh_writer *writer, const char *text);
BOSH_API void bosh_writer_text_n(bosh_writer *writer, const char *text, size_t size);
/* Close the innermost open element. The ones still open are closed when the stanza is sent. */
BOSH_API void bosh_writer_end(bosh_writer *writer);
/* Shorthand: start, text, end. */
BOSH_API void bosh_writer_element(bosh_writer *writer, const char *name, const char *ns,
                                  const char *text);
/* Copy a received element, with everything in it. */
BOSH_API void bosh_writer_stanza(bosh_writer *writer, const bosh_stanza *element);
/* The error so far, 0 for none. */
BOSH_API int bosh_writer_error(const bosh_writer *writer);

/* ------------------------------------------------------------------------------------- events */

typedef enum bosh_event_type {
    /* `state` is new; `error` says why when it is RECOVERING, RECONNECT_WAIT (`delay_ms` until the
     * next try) or ENDED (BOSH_OK after a close that was asked for). */
    BOSH_EVENT_STATE,
    /* All tickets up to and including `ticket` have been accepted by the connection manager. The
     * request that carried them is also the one that waits for news: in a quiet session this may
     * come only after `wait_s`. To know sooner, send something that is answered (a ping). */
    BOSH_EVENT_DELIVERED,
    /* The session was lost while stanza `ticket` was under way: it may or may not have arrived.
     * `xml` are its bytes. It is not sent again by itself (SM-5). */
    BOSH_EVENT_UNKNOWN,
    /* The client ended before stanza `ticket` was sent. `xml` are its bytes. */
    BOSH_EVENT_UNSENT,
    /* A request failed with `error` and will be repeated in `delay_ms`; nothing is lost. */
    BOSH_EVENT_RETRY,
    /* After ERR_QUEUE_FULL: the queue is half empty again. */
    BOSH_EVENT_DRAINED,
    /* A password is needed: call bosh_client_set_password, now or later. Only with
     * ask_credentials. `error` is BOSH_ERR_AUTH when the last one was refused. */
    BOSH_EVENT_CREDENTIALS,
    /* Something to tell the user: ERR_PLAIN_NEEDS_HTTPS here means "the connection is not
     * encrypted" (SASL-2, SEC-1); ERR_JID "the server calls itself something else" (RSP-12). */
    BOSH_EVENT_WARNING,
    /* The login has stopped, or what the program sent is answered: `element` came, and it is the
     * program's turn. NULL: nobody answered <abort/>. See "A login in the program's hands". */
    BOSH_EVENT_LOGIN
} bosh_event_type;

/* What an error was about. Fields that do not apply are 0 or "". */
typedef struct bosh_detail {
    int error;
    int http_status;
    bosh_condition condition;     /* BOSH condition of the terminating body */
    const char *stanza_condition; /* of stream, SASL or bind: "conflict", "not-authorized" */
    const char *text; /* the server's own words; of OAUTHBEARER the JSON of its challenge */
    /* Where see-other-uri points to. Followed by itself only to https on the same host or one below
     * it, three times at most (ERR-8). */
    const char *uri;
} bosh_detail;

/* Everything in an event is valid until the callback returns. What its type has no use for is 0. */
typedef struct bosh_event {
    bosh_event_type type;
    bosh_state state;
    int error;
    const bosh_detail *detail; /* never NULL; its error may be an earlier one */
    bosh_ticket ticket;
    bosh_slice xml;
    uint32_t delay_ms;
    const bosh_stanza *element;
} bosh_event;

typedef void (*bosh_event_fn)(bosh_client *client, const bosh_event *event, void *user);

/* -------------------------------------------------------------------------------------- client */

typedef enum bosh_reconnect {
    BOSH_RECONNECT_AFTER_ONLINE, /* the default: when a session that was online is lost */
    BOSH_RECONNECT_ALWAYS,       /* also when the first login fails; needs feature "reconnect" */
    BOSH_RECONNECT_NEVER         /* what every build without that feature does */
} bosh_reconnect;

typedef enum bosh_schedule {
    BOSH_SCHEDULE_AUTO, /* S1 where the transport has a warm second connection or HTTP/2, else S0 */
    BOSH_SCHEDULE_S0,   /* one login request at a time: 4 round trips with PLAIN, 5 with SCRAM */
    BOSH_SCHEDULE_S1    /* restart and bind together: 3 and 4 round trips */
} bosh_schedule;

typedef enum bosh_log_level {
    BOSH_LOG_ERROR,
    BOSH_LOG_WARNING,
    BOSH_LOG_INFO,
    BOSH_LOG_DEBUG
} bosh_log_level;

/* The keys that SCRAM derives from a password: kept by a program, they log in without the password
 * and without the time its derivation takes. As secret as the password itself. */
typedef struct bosh_scram_keys {
    char mechanism[16]; /* "SCRAM-SHA-256", NUL-terminated; "" for none */
    uint32_t rounds;
    uint8_t salt[64];
    size_t salt_size;
    uint8_t client_key[64];
    uint8_t server_key[64];
} bosh_scram_keys;

/* Fill with bosh_config_init, then set url and jid, a password and on_event. Zero or NULL means the
 * default everywhere. */
typedef struct bosh_config {
    size_t struct_size; /* set by bosh_config_init */

    const char *url; /* "https://example.org/xmpp-httpbind" */
    /* "user@domain", "user@domain/resource" (BIND-3), or "domain" for ANONYMOUS. */
    const char *jid;
    /* Or the token of OAUTHBEARER and X-OAUTH2. NULL: keys, client certificate, ANONYMOUS, or
     * ask_credentials. */
    const char *password;
    const char *authzid; /* act for another account (SASL-9); NULL */
    /* The allowed ones, best first, separated by spaces. NULL: "SCRAM-SHA-512 SCRAM-SHA-384
     * SCRAM-SHA-256 SCRAM-SHA-1 PLAIN", or ANONYMOUS without a user. EXTERNAL, OAUTHBEARER and
     * X-OAUTH2 only when named here; the last two go where PLAIN may go. (SASL-1, SASL-13) */
    const char *mechanisms;
    const char *language;     /* xml:lang of the stream (CRE-3); NULL: "en" */
    const char *route;        /* for multi-domain connection managers (CRE-7); NULL */
    const char *content_type; /* NULL: "text/xml; charset=utf-8" (HTTP-2) */

    bosh_event_fn on_event; /* may be NULL */
    void *user;             /* passed to all functions here but allocator and entropy */
    /* One line for a log file, without secrets (SEC-6). NULL: none. */
    void (*log)(bosh_log_level level, const char *line, void *user);
    /* Each request and answer body as it goes over the wire; session id, keys and login data are
     * replaced by "***" (SEC-6). `outgoing` is 1 or 0. NULL: none. */
    void (*trace)(int outgoing, const char *xml, size_t size, void *user);
    /* The journal: store `size` bytes durably before returning 0. Called before each new request,
     * and after an answer that lets none leave; anything but 0 stops the client with ERR_JOURNAL,
     * before that request. After a crash give the last bytes to bosh_client_import. They are as
     * secret as a password (SEC-7). size 0: the session is over, delete what was stored. NULL: no
     * journal. */
    int (*save)(const void *bytes, size_t size, void *user);

    bosh_allocator allocator; /* bosh/curl.h fills this in; otherwise required */
    /* Fill `buffer` with `size` unpredictable bytes; 0, or anything else when that failed (SEC-4).
     * bosh/curl.h fills this in; otherwise required. */
    int (*entropy)(void *buffer, size_t size, void *entropy_user);
    void *entropy_user;

    bosh_reconnect reconnect;
    bosh_schedule schedule;
    /* Longest time the server may hold a request (CRE-5). Default 50; keep it below the read
     * time-out of every proxy on the way, most of which cut at 60. */
    uint16_t wait_s;
    uint8_t allow_plain_over_http; /* a readable password; to this host always (SASL-2) */
    uint8_t ask_credentials;       /* raise BOSH_EVENT_CREDENTIALS; needs "steering" */
    uint8_t stop_before_login;     /* raise BOSH_EVENT_LOGIN and wait for the program (SASL-14) */
    uint8_t stop_before_bind;
    uint8_t legacy_session; /* send the RFC 3921 session request if the server has it (BIND-5) */

    uint32_t scram_rounds_min;         /* default 4096 (SCR-4) */
    uint32_t scram_rounds_max;         /* default 10 000 000 */
    uint32_t scram_rounds_per_pump;    /* key derivation done in one pump call; default 2000 */
    const bosh_scram_keys *scram_keys; /* from bosh_client_scram_keys of an earlier run; copied */

    /* Largest request (BODY-14), 512 bytes of it for what is around the stanzas; default 65536. */
    size_t body_bytes_max;
    size_t response_bytes_max; /* largest answer; default 8 388 608 */
    size_t queue_bytes_max;    /* stanzas waiting to be sent; default 1 048 576 */
    uint16_t depth_max;        /* nesting of an answer; default 64 (SEC-5) */
    uint16_t attributes_max;   /* attributes of one element; default 64 */
    uint32_t iq_timeout_ms;    /* default 30 000 + wait (IQ-4) */
    /* How long bosh_client_close may drain; default 5000. Up to 5000 more on a transport with one
     * connection, whose open poll comes back first, or where requests are spaced (POLL-4). */
    uint32_t close_timeout_ms;

    /* Each answer in the order of the requests, before what is in it is delivered: its wrapper
     * element, valid during the call. For programs that show what comes. NULL: none. */
    void (*on_body)(bosh_client *client, const bosh_stanza *body, void *user);
    uint8_t answers_requests; /* the program answers every iq get and set, also those it does not
                               * know: the client refuses none (IQ-2) */
    /* Stanzas element by element: see bosh/parts.h. Must stay valid as long as the client. */
    const bosh_parts *parts;
    uint8_t parts_as_parsed; /* while the answer is still coming in */
} bosh_config;

/* Zero the struct and set struct_size, so that a program compiled against an older header keeps
 * working. */
BOSH_API void bosh_config_init_sized(bosh_config *config, size_t size);
#define bosh_config_init(config) bosh_config_init_sized((config), sizeof(bosh_config))

/* Clients are made by bosh_curl_client_new (bosh/curl.h) or bosh_client_new (bosh/transport.h).
 *
 * Free a client. Attempts under way are cancelled without telling the server; call
 * bosh_client_close first and wait for ENDED to leave politely. Secrets are wiped (SEC-10). NULL is
 * ignored. No callback follows, not even to requests that wait; inside a callback, what is sent
 * after it is dropped. */
BOSH_API void bosh_client_free(bosh_client *client);

/* Log in. From IDLE or ENDED only, else ERR_STATE. Returns at once; the next pump begins, watch
 * BOSH_EVENT_STATE: what fails from here on, memory and entropy too, is the cause of ENDED.
 * Stanzas may be sent from now on and are held until ONLINE. */
BOSH_API int bosh_client_connect(bosh_client *client);

/* Leave: what is queued is still sent, then the session is terminated (TERM-1). The state goes
 * through CLOSING, from the next pump on, to ENDED, after close_timeout_ms at the latest. What
 * could not be sent is reported as UNSENT or UNKNOWN. `last_stanza` rides on the terminating
 * request, unless it holds an error; NULL: unavailable presence, when online. Never fails; without
 * a session it ends at once, in IDLE and ENDED nothing happens. */
BOSH_API void bosh_client_close(bosh_client *client, bosh_writer *last_stanza);

/* Answer BOSH_EVENT_CREDENTIALS; NULL gives up with ERR_CREDENTIALS. Any time. As that of the
 * config it is kept for reconnects, and wiped with the client or by the next one. ERR_MEMORY. */
BOSH_API int bosh_client_set_password(bosh_client *client, const char *password);

/* A login in the program's hands.
 *
 * A program that has to register an account (XEP-0077), that brings a mechanism of its own or that
 * asks for the resource late sets stop_before_login or stop_before_bind. The login then stops
 * there with a BOSH_EVENT_LOGIN whose element is the server's <stream:features/>, as does whatever
 * the server sends from then on. The client waits, for as long as the program likes, and keeps the
 * session alive. From within the event or later the program calls one of these (SASL-14):
 *
 *   before the login   bosh_client_send_login an <iq/> and wait for its answer, or an <auth/>;
 *                      bosh_client_continue_login: the client logs in
 *   after an <auth/>   send a <response/> to each <challenge/>, or an <abort/>; continue after the
 *                      <success/>, once the program has checked what is in it. After a <failure/>
 *                      it is "before the login" again
 *   before the bind    send an <iq/>, perhaps the bind itself; continue: the client binds
 *
 * Each login stops, also those of a reconnect. */

/* Send such an element. Errors: ERR_STATE (not at a stop that takes it), ERR_STANZA_KIND,
 * ERR_STANZA_TOO_LARGE, ERR_PLAIN_NEEDS_HTTPS (SASL-2 holds here, too), ERR_MEMORY, and what the
 * writer remembers. */
BOSH_API int bosh_client_send_login(bosh_client *client, bosh_writer *element);
/* Go on as if there had been no stop. ERR_STATE where there is none, or an answer is due. */
BOSH_API int bosh_client_continue_login(bosh_client *client);
/* Another account of the same domain, another resource, other mechanisms than the config says, for
 * the steps that are still to come; NULL changes nothing. The account's password is given by
 * bosh_client_set_password. At a stop, in IDLE or ENDED, else ERR_STATE. ERR_JID (before the bind
 * only the resource may change), ERR_MEMORY. */
BOSH_API int bosh_client_set_login(bosh_client *client, const char *jid, const char *mechanisms);

/* Do everything that is due: take in what the transport reported, deliver it, then submit what is
 * to be sent. Transports call this; a program that uses bosh/curl.h need not. */
BOSH_API void bosh_client_pump(bosh_client *client, bosh_time now_ms);
/* Only the first half of it: nothing is submitted. For event loops in which a handler's work goes
 * on after it returned (promises): call bosh_client_pump in the next turn, and what that work sends
 * rides on the request that is due anyway. */
BOSH_API void bosh_client_deliver(bosh_client *client, bosh_time now_ms);
/* When to call bosh_client_pump at the latest; BOSH_NEVER when only an event can bring work. */
BOSH_API bosh_time bosh_client_deadline(const bosh_client *client);

/* The network came back or changed (new address, new Wi-Fi): requests that are broken are repeated
 * at once, the open one is replaced, a waiting reconnect starts now. */
BOSH_API void bosh_client_network_changed(bosh_client *client);
/* The host slept or its clock jumped by `gap_ms` (compare a wall clock with the monotonic one):
 * unanswered requests are repeated once, to find out whether the session is still there (INA-3). */
BOSH_API void bosh_client_clock_jumped(bosh_client *client, uint64_t gap_ms);

/* ------------------------------------------------------------------------------ looking inside */

BOSH_API bosh_state bosh_client_state(const bosh_client *client);
/* The full address once bound (BIND-2), "" before; valid until the next login. */
BOSH_API const char *bosh_client_jid(const bosh_client *client);
/* The server's own name for itself (RSP-12), "" if unknown; valid until the next login. */
BOSH_API const char *bosh_client_server(const bosh_client *client);
/* Why the client ended or last had trouble. Never NULL; valid until the next call of any kind. */
BOSH_API const bosh_detail *bosh_client_detail(const bosh_client *client);
/* Tickets up to *delivered were accepted; those above *unknown are unsent; those between are under
 * way (in a live session) or unknown. Either pointer may be NULL. */
BOSH_API void bosh_client_tickets(const bosh_client *client, bosh_ticket *delivered,
                                  bosh_ticket *unknown);
/* Bytes waiting in the send queue. */
BOSH_API size_t bosh_client_queued(const bosh_client *client);
/* The pointer of bosh_config.user. */
BOSH_API void *bosh_client_user(const bosh_client *client);
/* The element delivered right now may have been delivered before a crash (journal): 1 or 0. */
BOSH_API int bosh_client_is_replay(const bosh_client *client);
/* Keys of the last successful SCRAM login; ERR_STATE when there was none. */
BOSH_API int bosh_client_scram_keys(const bosh_client *client, bosh_scram_keys *keys);

/* ------------------------------------------------------------------------------------- sending */

/* Queue a stanza. It leaves in the next pump call if a request may leave then (HOLD-3, HOLD-4).
 *
 * What:   message, presence or iq. Any state but ENDED and CLOSING; held until ONLINE.
 * Ticket: *ticket (may be NULL) names it in DELIVERED, UNKNOWN and UNSENT.
 * Errors: ERR_STATE, ERR_QUEUE_FULL, ERR_STANZA_TOO_LARGE (also deeper than 64 elements),
 *         ERR_STANZA_KIND, ERR_MEMORY, and what the writer remembers. */
BOSH_API int bosh_client_send(bosh_client *client, bosh_writer *stanza, bosh_ticket *ticket);
/* The same from XML text: one element, checked to be well-formed (ERR_STANZA_SYNTAX).
 * xmlns='jabber:client' is added where it is missing (XMPP-3). */
BOSH_API int bosh_client_send_xml(bosh_client *client, const char *xml, size_t size,
                                  bosh_ticket *ticket);
/* Shorthand: a chat message. */
BOSH_API int bosh_client_send_message(bosh_client *client, const char *to, const char *text,
                                      bosh_ticket *ticket);
/* Shorthand: presence for everybody. `show` is NULL (available), "away", "chat", "dnd", "xa" or
 * "unavailable"; `status` a text or NULL. Without presence most servers deliver no messages. */
BOSH_API int bosh_client_send_presence(bosh_client *client, const char *show, const char *status);

/* -------------------------------------------------------------------------- handlers and timers */

/* Called with a received stanza. Return 1 to stay, 0 to be removed. */
typedef int (*bosh_stanza_fn)(bosh_client *client, const bosh_stanza *stanza, void *user);

/* What a handler wants to see; NULL matches anything. Copied. */
typedef struct bosh_match {
    const char *ns;   /* namespace of the stanza or of one of its children */
    const char *name; /* "message", "presence", "iq" */
    const char *type; /* value of the type attribute */
    const char *id;
    const char *from; /* full address exact, bare address any resource of it */
} bosh_match;

/* Add a handler; handlers are called in the order of registration, and outlive reconnects. Returns
 * its id (positive) or ERR_MEMORY. `match` NULL: every stanza, and any other payload, but no answer
 * to a bosh_client_request. A handler added inside a handler sees the next stanza first.
 *
 * An iq get or set is taken when a handler with a `match->ns` (not jabber:client) matches it: that
 * handler then owes the answer (bosh_client_iq_result or _error, now or later). All others are
 * answered with service-unavailable automatically (IQ-2), unless answers_requests is set. */
BOSH_API int bosh_handler_add(bosh_client *client, const bosh_match *match, bosh_stanza_fn fn,
                              void *user);
/* Remove a handler or timer; unknown ids are ignored. */
BOSH_API void bosh_handler_remove(bosh_client *client, int id);
/* Call `fn` every `period_ms` (not 0), counted from the next pump, for as long as it returns 1, in
 * every state in which something pumps. An id for bosh_handler_remove, or ERR_MEMORY. */
typedef int (*bosh_timer_fn)(bosh_client *client, void *user);
BOSH_API int bosh_timer_add(bosh_client *client, uint32_t period_ms, bosh_timer_fn fn, void *user);

/* ------------------------------------------------------------------------------------------ IQ */

/* Called exactly once for each request (IQ-4), until the client is freed: error BOSH_OK with the
 * result; ERR_IQ_ERROR with the error stanza; ERR_IQ_TIMEOUT or ERR_IQ_DISCONNECTED with NULL. */
typedef void (*bosh_iq_fn)(bosh_client *client, int error, const bosh_stanza *answer, void *user);

/* Begin a request in the client's own writer: <iq type='get'> with an unpredictable id (IQ-1).
 * `type` is "get" or "set"; `to` NULL asks the own account. Add the payload, then
 * bosh_client_request. */
BOSH_API bosh_writer *bosh_client_iq(bosh_client *client, const char *type, const char *to);
/* Send a request made with bosh_client_iq, or any other iq get or set with an id. Only an answer
 * from the address asked counts (IQ-3). `timeout_ms` runs from the next pump on, also while the
 * request waits to be sent; 0: iq_timeout_ms. Errors as bosh_client_send, then `fn` is not called.
 */
BOSH_API int bosh_client_request(bosh_client *client, bosh_writer *iq, uint32_t timeout_ms,
                                 bosh_iq_fn fn, void *user);
/* Begin an answer to a received get or set in the client's own writer: with the right to and id,
 * type 'result' or 'error'. Add the payload, then bosh_client_send. For errors the <error/> child
 * of `error_type` ("cancel", "modify", ...) and `condition` is written already. A request without
 * an id cannot be answered: bosh_client_send refuses the answer with ERR_ARGUMENT. */
BOSH_API bosh_writer *bosh_client_iq_result(bosh_client *client, const bosh_stanza *request);
BOSH_API bosh_writer *bosh_client_iq_error(bosh_client *client, const bosh_stanza *request,
                                           const char *error_type, const char *condition);

/* ------------------------------------------------------------------------ moving a session */

/* Hand the live session over: everything another process needs to go on, including what was
 * received but not delivered and what was not sent. This client then ends with ERR_EXPORTED and
 * sends nothing more. ONLINE or RECOVERING only, else ERR_STATE.
 * *bytes belongs to the caller and is released with the allocator of the config (free() with
 * bosh/curl.h). As secret as a password: store it with mode 0600 and delete it when imported
 * (SEC-7).
 * With a journal: pump or free this client before another one imports the session into the same
 * journal; its end deletes what is stored. */
BOSH_API int bosh_client_export(bosh_client *client, void **bytes, size_t *size);
/* Go on with a session: instead of bosh_client_connect, on a client made with the same url and jid
 * that has sent nothing yet. `elapsed_ms` is the time since the export, for the session's
 * deadlines. Stanzas that may have been delivered before (a journal's): bosh_client_is_replay.
 * A session goes on in one place: of two that import the same bytes, or of one that imports older
 * ones, stanzas are lost. See that only one can (bosh/journal.h does, in a file).
 * ERR_BLOB_DAMAGED, ERR_BLOB_VERSION, ERR_BLOB_FOREIGN, ERR_STATE, ERR_MEMORY. */
BOSH_API int bosh_client_import(bosh_client *client, const void *bytes, size_t size,
                                uint64_t elapsed_ms);

/* Write the journal now, for a program that may be stopped from here on without another word (a
 * page that is hidden, a device that goes to sleep). What the journal holds from before a request
 * leaves open what was delivered since; these bytes tell exactly, so that nothing delivered so far
 * comes again. Should the program live on, the journal is written anew before the next delivery.
 * ONLINE, RECOVERING or CLOSING, and with bosh_config.save, else ERR_STATE; ERR_JOURNAL,
 * ERR_MEMORY. */
BOSH_API int bosh_client_save(bosh_client *client, bosh_time now_ms);

/* A session made elsewhere of which only this is known: by a server that logs in for its pages
 * (prebinding), or by a program that kept no more. Begin with BOSH_ATTACHMENT; what the server
 * granted beyond its defaults can be put right afterwards. */
typedef struct bosh_attachment {
    const char *jid; /* the full address that is bound there */
    const char *sid;
    uint64_t rid; /* the next to be used */
    uint16_t wait_s;
    uint16_t inactivity_s; /* 0: not known */
    uint8_t requests;
    uint8_t hold;
} bosh_attachment;
#define BOSH_ATTACHMENT(jid, sid, rid)                                                             \
    {                                                                                              \
        (jid), (sid), (rid), 60, 0, 2, 1                                                           \
    }

/* Go on with such a session: instead of bosh_client_connect. The client is ONLINE with the next
 * pump; whether the session is there is told by its first answer. What its maker had not received
 * or sent is lost: bosh_client_export loses nothing. The ids are as secret as a password (SEC-7).
 * ERR_STATE, ERR_ARGUMENT (an id that cannot be), ERR_ENTROPY, ERR_MEMORY. */
BOSH_API int bosh_client_attach(bosh_client *client, const bosh_attachment *session);

#ifdef __cplusplus
}
#endif
#endif
