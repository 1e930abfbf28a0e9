/* SPDX-License-Identifier: MIT
 * heap_idle.native: what a connected client that has nothing to do keeps on the heap, on a real
 * server. peers/gloox-heap-idle.cpp does the same.
 *
 *     bench-heap-idle URL CLIENTS      logs in user0, user1 ... (password "secret"); prints
 *     {"own": BYTES, "all": BYTES, "first": BYTES}: per client what the library took from its
 *     allocator; per client after the first what the whole process took, libcurl included; and what
 *     it took for the first */
#include "live.h"
#include "sample.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLIENTS_MAX = 100, SETTLE_NS = 2000000000 };

/* As malloc sees it: the usable size and the word in front of it. */
static size_t cost(void *block)
{
    return block ? malloc_usable_size(block) + sizeof(size_t) : 0;
}

static void *allocate(size_t size, void *user)
{
    size_t *own = user;
    void *block = malloc(size);
    *own += cost(block);
    return block;
}

static void *reallocate(void *block, size_t size, void *user)
{
    size_t *own = user, before = cost(block);
    void *moved = realloc(block, size);
    if (moved)
        *own += cost(moved) - before;
    return moved;
}

static void release(void *block, void *user)
{
    size_t *own = user;
    *own -= cost(block);
    free(block);
}

static int on_message(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    (void)client, (void)stanza, (void)user;
    return 1;
}

static void log_in(bosh_curl *curl, const char *url, int number, const bosh_allocator *allocator)
{
    char jid[32];
    bosh_match match = {.name = "message"};
    bosh_config config;
    snprintf(jid, sizeof jid, "user%d@localhost", number);
    live_config(&config, url, jid, "secret");
    config.allocator = *allocator;
    bosh_client *client = live_client(curl, &config);
    if (bosh_handler_add(client, &match, on_message, NULL) < 0)
        bench_die("no handler");
    live_wait_online(curl, client);
    bosh_client_send_presence(client, NULL, NULL);
    live_run_until(curl, bench_now_ns() + SETTLE_NS / 10);
}

int main(int argc, char **argv)
{
    size_t own = 0;
    int clients = argc == 3 ? atoi(argv[2]) : 0;
    bosh_curl *curl;
    const bosh_allocator allocator = {
        .allocate = allocate, .reallocate = reallocate, .release = release, .user = &own};
    if (clients < 2 || clients > CLIENTS_MAX)
        bench_die("usage: bench-heap-idle URL CLIENTS");

    size_t before = bench_heap_bytes();
    if (bosh_curl_new(NULL, &curl))
        bench_die("no curl");
    log_in(curl, argv[1], 0, &allocator);
    live_run_until(curl, bench_now_ns() + SETTLE_NS);
    size_t one = bench_heap_bytes();
    for (int i = 1; i < clients; i++)
        log_in(curl, argv[1], i, &allocator);
    live_run_until(curl, bench_now_ns() + SETTLE_NS);
    size_t all = bench_heap_bytes();
    printf("{\"own\": %zu, \"all\": %zu, \"first\": %zu}\n", own / (size_t)clients,
           (all - one) / (size_t)(clients - 1), one - before);
    return 0;
}
