/* SPDX-License-Identifier: MIT
 * See loopback.h. */
#include "loopback.h"
#include "answers.h"
#include "sample.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static int submit(void *user, uint32_t id, const bosh_transport_request *request)
{
    loopback *loop = user;
    loopback_attempt *attempt = &loop->open[loop->open[0].id != 0];
    size_t size = 0;
    if (attempt->id || request->size >= sizeof attempt->request)
        bench_die("a request that the loopback cannot hold");
    for (size_t i = 0; i < request->slice_count; i++) {
        memcpy(attempt->request + size, request->slices[i].data, request->slices[i].size);
        size += request->slices[i].size;
    }
    attempt->request[size] = '\0';
    attempt->id = id;
    return BOSH_OK;
}

static void take_out(loopback *loop, int index)
{
    if (index == 0)
        loop->open[0] = loop->open[1];
    loop->open[1].id = 0;
}

static void cancel(void *user, uint32_t id)
{
    loopback *loop = user;
    for (int i = 0; i < 2; i++)
        if (loop->open[i].id == id)
            take_out(loop, i);
}

static unsigned capabilities(void *user)
{
    (void)user;
    return BOSH_TRANSPORT_PARALLEL | BOSH_TRANSPORT_WARM;
}

static int entropy(void *buffer, size_t size, void *user)
{
    (void)user;
    return getrandom(buffer, size, 0) != (ssize_t)size;
}

static bosh_time now_ms(void)
{
    return (bosh_time)(bench_now_ns() / 1000000);
}

loopback *loopback_new(const bosh_allocator *allocator)
{
    loopback *loop = calloc(1, sizeof *loop);
    bosh_config config;
    bosh_transport transport = {
        .user = loop, .submit = submit, .cancel = cancel, .capabilities = capabilities};
    if (!loop)
        bench_die("no memory");
    bosh_config_init(&config);
    config.url = "http://localhost/http-bind";
    config.jid = "alice@localhost";
    config.password = "alicepw";
    config.allow_plain_over_http = 1;
    config.allocator = allocator ? *allocator : *bosh_system_allocator();
    config.entropy = entropy;
    if (bosh_client_new(&config, &transport, &loop->client) || bosh_client_connect(loop->client))
        bench_die("no client");
    return loop;
}

void loopback_answer(loopback *loop, const char *body, size_t size)
{
    uint32_t id = loop->open[0].id;
    if (!id)
        bench_die("no request is open");
    take_out(loop, 0);
    bosh_transport_bytes(loop->client, id, body, size);
    bosh_transport_done(loop->client, id, 200, 0, now_ms());
    bosh_client_pump(loop->client, now_ms());
}

void loopback_log_in(loopback *loop)
{
    char answer[BENCH_ANSWER_MAX];
    size_t size;
    bosh_client_pump(loop->client, now_ms());
    while (bosh_client_state(loop->client) != BOSH_STATE_ONLINE || loop->open[1].id) {
        if (!loop->open[0].id || !(size = bench_answer(loop->open[0].request, answer)))
            bench_die("the login got stuck");
        loopback_answer(loop, answer, size);
    }
}
