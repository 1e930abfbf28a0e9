/* SPDX-License-Identifier: MIT
 *
 * libbosh over libcurl: what desktop programs, bots and services use to drive their clients. This
 * header and bosh.h are all that such a program needs:
 *
 *     static void on_event(bosh_client *client, const bosh_event *event, void *user)
 *     {
 *         if (event->type == BOSH_EVENT_STATE && event->state == BOSH_STATE_ONLINE) {
 *             bosh_client_send_message(client, "bob@example.org", "Hello", NULL);
 *             bosh_client_close(client, NULL);
 *         }
 *     }
 *
 *     int main(void)
 *     {
 *         bosh_config config;
 *         bosh_curl *curl = NULL;
 *         bosh_client *client = NULL;
 *
 *         bosh_config_init(&config);
 *         config.url = "https://example.org/xmpp-httpbind";
 *         config.jid = "alice@example.org";
 *         config.password = "secret";
 *         config.on_event = on_event;
 *         int error = bosh_curl_new(NULL, &curl);
 *         if (!error)
 *             error = bosh_curl_client_new(curl, &config, &client);
 *         if (!error)
 *             error = bosh_client_connect(client);
 *         if (!error)
 *             error = bosh_curl_run(curl);
 *         if (!error)
 *             error = bosh_client_detail(client)->error;
 *         if (error)
 *             fprintf(stderr, "%s %s\n", bosh_error_text(error), bosh_curl_failure(curl, client));
 *         bosh_client_free(client);
 *         bosh_curl_free(curl);
 *         return error != 0;
 *     }
 *
 * A bosh_curl carries any number of clients on one thread. It can be driven in three ways:
 *
 *     blocking    bosh_curl_run, or bosh_curl_turn in a loop of the program's own. A loop around
 *                 poll() watches bosh_curl_fd for at most bosh_curl_timeout_ms, then calls turn.
 *     hooks       the program's event loop watches sockets and one timer for it: `socket` and
 *                 `timer` of bosh_curl_options, bosh_curl_socket_ready, bosh_curl_timer_expired.
 *     GLib        bosh/glib.h.
 *
 * General rules
 *  - A bosh_curl and its clients belong to one thread at a time. Only bosh_curl_wakeup,
 *    bosh_curl_stop and bosh_curl_post may be called from others; these have to be done with it
 *    before bosh_curl_free. A child of fork() leaves it alone.
 *  - Everything here may be called from inside client callbacks and what was posted. A handler may
 *    even drive the loop on (bosh_curl_turn, a nested main loop): sessions stay alive meanwhile,
 *    and what arrives for the handler's client waits until it returns.
 *  - Functions that can fail return 0 or a negative bosh_error, and then have changed nothing.
 *  - Requests are never repeated here, redirects never followed (HTTP-9), cookies never kept. A
 *    connection that idled for 25 seconds is not used again (HTTP-8).
 *  - libcurl takes its memory from malloc, whatever bosh_config.allocator says, and leaves SIGPIPE
 *    as it is: over TLS before 7.87 a broken connection may raise it, so ignore it.
 */
#ifndef BOSH_CURL_H
#define BOSH_CURL_H

#include <bosh/bosh.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bosh_curl bosh_curl;

/* ----------------------------------------------------------------------------------- options */

/* A server certificate to be judged. Everything is valid until the callback returns. */
typedef struct bosh_certificate {
    const char *host;        /* the host of the URL */
    const char *fingerprint; /* SHA-256 of the certificate, "3F:A0:...": 95 characters */
    const char *subject;     /* "CN = example.org" */
    const char *issuer;
    int trusted;         /* 1: the chain, the dates and the host name are in order */
    const char *problem; /* why it is not trusted ("certificate has expired"), NULL when it is */
    const void *der;     /* the certificate itself */
    size_t der_size;
} bosh_certificate;

enum { BOSH_CURL_READ = 1, BOSH_CURL_WRITE = 2 };

/* Fill with bosh_curl_options_init. Zero or NULL means the default everywhere. */
typedef struct bosh_curl_options {
    size_t struct_size; /* set by bosh_curl_options_init */

    /* Whom to trust: a PEM file, a directory of hashed certificates. NULL: the system's. */
    const char *ca_file;
    const char *ca_dir;
    /* Log in with a certificate (SASL EXTERNAL): PEM files. NULL: none. */
    const char *certificate_file;
    const char *key_file; /* NULL: the key is in certificate_file */
    const char *key_password;
    /* Called in the TLS handshake of every new connection: 1 to go on, 0 to refuse, which fails the
     * request with ERR_CERTIFICATE. To trust what was seen first, or to pin, compare `fingerprint`
     * with the one remembered for `host`; to ask the user, return 0, ask, and connect again.
     * Call nothing of the library from it but bosh_curl_post. NULL: `trusted` decides (SEC-1). */
    int (*certificate)(const bosh_certificate *certificate, void *user);
    /* Accept any certificate of anybody. For experiments; not together with `certificate`. */
    uint8_t insecure;

    /* "http://proxy:3128", "socks5h://localhost:1080". NULL: what the environment says (http_proxy,
     * https_proxy, all_proxy, no_proxy); "": none. */
    const char *proxy;
    const char *no_proxy; /* hosts reached directly, separated by commas */
    /* For name look-up, connecting and TLS together. Default 15 000. */
    uint32_t connect_timeout_ms;

    /* The hooks of an event loop, both or none. They are called from inside other calls, so call
     * nothing of the library from them.
     * socket: watch `fd` (level-triggered) for `events`, a set of BOSH_CURL_READ and _WRITE that
     * replaces the earlier one; 0: stop watching it. First called inside bosh_curl_new. */
    void (*socket)(int fd, int events, void *user);
    /* timer: call bosh_curl_timer_expired once in `delay_ms`, instead of at the time told before;
     * -1: not at all. 0 means soon, from the loop, not from inside the hook. */
    void (*timer)(int64_t delay_ms, void *user);

    void *user; /* passed to certificate, socket and timer */
} bosh_curl_options;

/* Zero the struct and set struct_size, so that a program compiled against an older header keeps
 * working. */
BOSH_API void bosh_curl_options_init_sized(bosh_curl_options *options, size_t size);
#define bosh_curl_options_init(options)                                                            \
    bosh_curl_options_init_sized((options), sizeof(bosh_curl_options))

/* ---------------------------------------------------------------------------------- lifetime */

/* Make a bosh_curl. `options` NULL: defaults; strings are copied.
 *
 * *out is released with bosh_curl_free.
 * ERR_ARGUMENT: ca_file, ca_dir, certificate_file or key_file cannot be read (what is in them shows
 * with the first request), `insecure` together with `certificate`, one hook without the other, or
 * options without bosh_curl_options_init; ERR_UNSUPPORTED: `certificate` with a libcurl that does
 * not use OpenSSL, or no hooks on a system other than Linux; ERR_MEMORY, which also stands for "no
 * more file descriptors". On error *out is NULL. */
BOSH_API int bosh_curl_new(const bosh_curl_options *options, bosh_curl **out);

/* Free it, and the clients that are left. What was posted and has not run is dropped, its `arg` is
 * the program's to free. Inside a callback it takes effect when the outermost call returns that
 * drives the loop: nothing is called back until then but the hooks. NULL is ignored. */
BOSH_API void bosh_curl_free(bosh_curl *curl);

/* Make a client in state IDLE that lives on `curl`. `config` may leave allocator and entropy out:
 * malloc and the system's random numbers are filled in. Then bosh_client_connect.
 *
 * *out is released with bosh_client_free.
 * Errors: those of bosh_client_new: ERR_URL, ERR_JID, ERR_CHARACTER, ERR_UTF8, ERR_UNSUPPORTED,
 * ERR_MEMORY, and ERR_ARGUMENT for a config without bosh_config_init. On error *out is NULL. */
BOSH_API int bosh_curl_client_new(bosh_curl *curl, const bosh_config *config, bosh_client **out);

/* --------------------------------------------------------------------------- blocking driving */

/* Work until every client is IDLE or ENDED, or bosh_curl_stop is called: inside a callback only
 * that, as no client ends while its callback runs. Returns 0, or what bosh_curl_turn fails with. */
BOSH_API int bosh_curl_run(bosh_curl *curl);

/* Make bosh_curl_run return after its present turn; when none runs, the next one returns after its
 * first turn. From any thread, and from a signal handler. NULL is ignored. */
BOSH_API void bosh_curl_stop(bosh_curl *curl);

/* Do what is due; if there was nothing, wait for something, at most `timeout_ms` (-1: as long as it
 * takes; 0: not at all). Returns also when woken up.
 * ERR_STATE: with hooks, or from inside `certificate` and the functions of bosh/parts.h. */
BOSH_API int bosh_curl_turn(bosh_curl *curl, int timeout_ms);

/* For poll() and the like: this descriptor is readable when bosh_curl_turn(curl, 0) has something
 * to do, apart from what bosh_curl_timeout_ms tells. -1 with hooks. */
BOSH_API int bosh_curl_fd(const bosh_curl *curl);
/* Milliseconds until bosh_curl_turn(curl, 0) should be called at the latest; -1: no limit. Ask
 * again before each wait. */
BOSH_API int bosh_curl_timeout_ms(const bosh_curl *curl);

/* ------------------------------------------------------------------------------ hook driving */

/* `fd` is ready for `events` (BOSH_CURL_READ, _WRITE; errors and hang-ups count as both). */
BOSH_API void bosh_curl_socket_ready(bosh_curl *curl, int fd, int events);
/* The time told to the timer hook has come. */
BOSH_API void bosh_curl_timer_expired(bosh_curl *curl);

/* --------------------------------------------------------------------------------- what failed */

/* What libcurl says of the last request of `client` when that failed ("SSL certificate problem:
 * certificate has expired", "Could not resolve host: example.com"); "" when it did not, or either
 * is NULL. For people and log files, beside the text of the error. Valid until the loop goes on. */
BOSH_API const char *bosh_curl_failure(const bosh_curl *curl, const bosh_client *client);

/* -------------------------------------------------------------------------- from other threads */

/* Make the loop turn once, soon. From any thread, and from a signal handler. NULL is ignored. */
BOSH_API void bosh_curl_wakeup(bosh_curl *curl);

/* Run fn(arg) on the loop's thread, soon, in the order of the posts: so do other threads send. The
 * client that `fn` uses may be gone by then, so let `arg` not point to it but to where it is noted.
 * From any thread, and from any callback. ERR_ARGUMENT, ERR_MEMORY. */
BOSH_API int bosh_curl_post(bosh_curl *curl, void (*fn)(void *arg), void *arg);

/* ---------------------------------------------------------------------------- time and network */

/* The clock the clients are driven by: milliseconds since some moment, standing still while the
 * host sleeps. After a sleep of more than 5 seconds the clients are told of it
 * (bosh_client_clock_jumped). */
BOSH_API bosh_time bosh_curl_now_ms(void);

/* The network came back or changed: cuts all connections and calls bosh_client_network_changed on
 * each client. */
BOSH_API void bosh_curl_network_changed(bosh_curl *curl);

#ifdef __cplusplus
}
#endif
#endif
