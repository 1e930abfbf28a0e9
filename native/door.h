/* SPDX-License-Identifier: MIT
 *
 * What the files of the native door share:
 *
 *     curl.c         options, birth and death
 *     transport.c    the bosh_transport of each client: ports
 *     attempt.c      one HTTP exchange each: easy handles, and what libcurl says of them
 *     lane.c         libcurl's multi handles, each with its share of the clients
 *     origin.c       servers, and the connections open to each
 *     loop.c         turns, timers, hooks, wake-ups
 *     deadlines.c    a heap of deadlines
 *     poller.c       waits for sockets where no hooks are given
 *     certificate.c  judges certificates: the only file that knows OpenSSL
 *     platform.c     clocks and random numbers
 *     journal.c      a session in a file
 *
 * Nothing that is done per turn looks at all clients.
 */
#ifndef BOSH_NATIVE_DOOR_H
#define BOSH_NATIVE_DOOR_H

#include <bosh/curl.h>
#include <bosh/transport.h>

#include "list.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

/* Something that has a deadline. */
struct due {
    bosh_time at_ms; /* BOSH_NEVER: none */
    size_t index;    /* in the heap; only while there is a deadline */
};

struct deadlines {
    struct due **heap;
    size_t size;
    size_t capacity;
};

/* A multi handle. To find a connection for a request, libcurl looks at every one it has to that
 * server; with ten thousand clients of one server this would be most of the work. So each multi
 * handle serves a hundred clients at most. Lives as long as the bosh_curl. */
struct lane {
    struct link all;
    struct due due; /* what libcurl's timer callback asked for */
    bosh_curl *curl;
    CURLM *multi;
    struct link origins;
    size_t port_count;
};

/* A scheme, host and port that requests of a lane go to. Lives as long as the lane. */
struct origin {
    struct link all;
    struct lane *lane;
    char *url;         /* "https://host:port/" */
    char *alias;       /* the URL it was last found by; NULL: none */
    char *host;        /* without the brackets of an IPv6 address */
    size_t open;       /* sockets not closed yet */
    size_t in_use;     /* attempts under way */
    long http_version; /* CURL_HTTP_VERSION_... of its last answer; 0: none yet */
};

/* Request headers for one content type; "" for none. Lives as long as the bosh_curl. */
struct header_set {
    struct link all;
    char *content_type;
    struct curl_slist *list;
};

/* A client's end of the transport. */
struct port {
    struct link all;
    struct link wanted; /* in bosh_curl.wanted: the client is to be pumped */
    struct link attempts;
    struct due due;
    struct lane *lane;
    bosh_curl *curl;
    bosh_client *client; /* NULL once released */
    struct origin *origin;
    unsigned depth;        /* pumps of this client on the stack */
    int active;            /* not IDLE or ENDED */
    bosh_time answered_ms; /* when an attempt and a warm-up were last answered; 0: never */
    bosh_time warmed_ms;
    size_t answer_bytes; /* of the last answer */
    char *failure;       /* bosh_curl_failure; NULL: none */
};

struct attempt {
    struct link of_port;
    struct link queue; /* in pool, starting, uploading or doomed of the bosh_curl, or in none */
    bosh_curl *curl;
    CURL *easy;
    struct port *port; /* NULL when cancelled */
    struct origin *origin;
    uint32_t id; /* 0: a warm-up, whose answer nobody reads */
    char *body;
    size_t size;
    size_t capacity;
    size_t answer_bytes;
    size_t answer_bytes_max;
    int verdict;         /* negative: no more of the answer is wanted */
    unsigned added : 1;  /* to the multi handle */
    unsigned opened : 1; /* a connection of its own */
    unsigned sent : 1;   /* libcurl went on to write the request */
    unsigned uploaded : 1;
    unsigned answered : 1; /* a line of an answer came */
    unsigned headed : 1;   /* the head of the answer is complete */
    char failure[CURL_ERROR_SIZE];
};

/* The options, copied. */
struct settings {
    char *ca_file, *ca_dir, *certificate_file, *key_file, *key_password, *proxy, *no_proxy;
    bosh_curl_options raw; /* callbacks and numbers; its strings point to those above */
};

struct posted;

/* A file descriptor. */
struct socket {
    struct lane *lane;     /* whose libcurl has it watched; NULL: none */
    struct origin *origin; /* that it was opened for; NULL: none, or closed */
};

struct bosh_curl {
    struct settings settings;
    struct link lanes;
    struct deadlines lane_deadlines;

    struct link ports;
    size_t port_count;
    size_t active_count;
    struct link wanted;
    size_t wanted_count;
    struct deadlines port_deadlines;

    struct link pool; /* idle attempts with their easy handles */
    size_t pool_size;
    struct link starting;  /* submitted while libcurl was on the stack */
    struct link doomed;    /* cancelled while libcurl was on the stack */
    struct link uploading; /* being written */

    struct link header_sets;
    struct socket *sockets; /* by file descriptor */
    size_t sockets_capacity;

    unsigned inside; /* libcurl calls on the stack: it must not be called now */
    unsigned driven; /* calls on the stack that drive the loop */
    int is_freed;    /* by a callback: when the last of them returns */
    bosh_time armed; /* what the timer hook was told */
    uint64_t asleep_ms;

    int poller; /* -1 with hooks */
    int wake_read, wake_write;
    atomic_int stopped;
    pthread_mutex_t mutex; /* of the three below */
    struct posted *posted_first, *posted_last;
    size_t posted_count;
};

/* transport.c */
void bosh_port_release(struct port *port);
/* Have the client pumped in this or the next turn. */
void bosh_port_want(struct port *port);
void bosh_port_pump(struct port *port);
/* For bosh_curl_failure; NULL: none. */
void bosh_port_note_failure(struct port *port, const char *words);
/* Call fn(client, argument) for every client; they may be freed meanwhile. */
void bosh_port_each(bosh_curl *curl, void (*fn)(bosh_client *client, uint64_t argument),
                    uint64_t argument);

/* attempt.c */
int bosh_attempt_start(struct port *port, uint32_t id, const bosh_transport_request *request);
int bosh_attempt_warm(struct port *port, const char *url);
void bosh_attempt_cancel(struct attempt *attempt);
/* libcurl returned: start and cancel what had to wait for that, and report what it finished. */
void bosh_attempt_settle(struct lane *lane);
void bosh_attempt_free_pool(bosh_curl *curl);

/* lane.c */
/* A lane that has room for one more client; NULL when there is no memory. */
struct lane *bosh_lane_find(bosh_curl *curl);
/* Let libcurl work on a socket (`events`: BOSH_CURL_...), or on what its timer asked for. */
void bosh_lane_act(struct lane *lane, curl_socket_t fd, int events);
void bosh_lane_free_all(bosh_curl *curl);

/* origin.c */
/* The origin of a URL. ERR_URL, ERR_MEMORY. */
int bosh_origin_find(struct lane *lane, const char *url, struct origin **out);
/* The headers for a content type, NULL when there is no memory. */
struct curl_slist *bosh_origin_headers(bosh_curl *curl, const char *content_type);
/* libcurl's callbacks for the sockets of an attempt. */
curl_socket_t bosh_origin_open_socket(void *attempt, curlsocktype purpose,
                                      struct curl_sockaddr *address);
int bosh_origin_close_socket(void *curl, curl_socket_t fd);
/* Cut every connection: whoever uses one sees it broken. */
void bosh_origin_cut_all(bosh_curl *curl);
/* The entry of a file descriptor, NULL when there is no memory. Valid until the next call. */
struct socket *bosh_origin_socket(bosh_curl *curl, int fd);
void bosh_origin_free_all(struct lane *lane);
void bosh_origin_free_headers(bosh_curl *curl);

/* loop.c */
/* Tell the timer hook when something is due, if that changed. */
void bosh_loop_arm(bosh_curl *curl);
int bosh_loop_watch(bosh_curl *curl, int fd, int events, int known);
void bosh_loop_drop_posted(bosh_curl *curl);

/* deadlines.c */
/* Make room for `count`; ERR_MEMORY. */
int bosh_deadlines_reserve(struct deadlines *deadlines, size_t count);
void bosh_deadlines_set(struct deadlines *deadlines, struct due *due, bosh_time at_ms);
/* Take one out that is due, the earliest; NULL when none is. */
struct due *bosh_deadlines_take(struct deadlines *deadlines, bosh_time now_ms);
bosh_time bosh_deadlines_next(const struct deadlines *deadlines);

/* poller.c: an epoll descriptor, or a negative bosh_error. */
int bosh_poller_new(void);
/* Watch for `events`, 0: no longer. `known`: it is being watched already. 0 or ERR_MEMORY. */
int bosh_poller_watch(int poller, int fd, int events, int known);
struct poller_event {
    int fd;
    int events;
};
/* Wait for at most `timeout_ms` (-1: no limit). The number of events filled in. */
int bosh_poller_wait(int poller, struct poller_event *events, int max, int timeout_ms);

/* certificate.c: let the certificate option judge the attempts of this easy handle.
 * ERR_UNSUPPORTED. */
int bosh_certificate_install(CURL *easy);
int bosh_certificate_supported(void);

/* platform.c */
int bosh_platform_entropy(void *buffer, size_t size, void *user);
/* How long the host has slept since it started, as far as the system tells. */
uint64_t bosh_platform_asleep_ms(void);

#endif
