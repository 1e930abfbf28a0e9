/* SPDX-License-Identifier: MIT
 * Stands in for the clients, so that the door is tested by itself: the same functions, which record
 * what the door reports and submit what a test asks for. */
#ifndef BOSH_TESTS_NATIVE_FAKE_CLIENT_H
#define BOSH_TESTS_NATIVE_FAKE_CLIENT_H

#include <bosh/curl.h>
#include <bosh/transport.h>

#define FAKE_EXCHANGES 64
#define FAKE_ANSWER_MAX 65536

typedef struct fake_exchange {
    int finished;     /* times done or failed was reported: 1 is right */
    int uploads;      /* times uploaded was reported */
    int upload_first; /* it was reported before any answer byte */
    int status;
    int error;
    unsigned flags;
    uint32_t retry_after_s;
    size_t size;
    size_t capacity;
    char *answer; /* NUL-terminated */
    bosh_slice slices[2];
    char *request_bytes;
    bosh_transport_request request;
} fake_exchange;

struct bosh_client {
    bosh_transport transport;
    bosh_config config;
    fake_exchange exchanges[FAKE_EXCHANGES]; /* by id, from 1 */
    uint32_t last_id;
    bosh_state state;
    bosh_time deadline;
    size_t answer_max; /* response_bytes_max of the requests */
    int refuse_bytes;  /* what bosh_transport_bytes returns */
    unsigned pumps;
    unsigned depth;
    unsigned network_changes;
    uint64_t jumped_ms;
    int free_wanted;
    void (*on_pump)(bosh_client *client);  /* called in every pump that is not nested */
    void (*on_bytes)(bosh_client *client); /* called while libcurl is on the stack */
    void *user;
};

/* How many clients are alive. */
extern int fake_alive;

/* Submit a POST; `body` is sent in two slices. Returns the id, or what submit failed with. */
int fake_post(bosh_client *client, const char *url, const char *body);
void fake_cancel(bosh_client *client, int id);
unsigned fake_capabilities(bosh_client *client);

#endif
