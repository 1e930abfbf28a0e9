/* SPDX-License-Identifier: MIT
 * What a message costs in allocations and an idle client in bytes. Expat's allocations come through
 * the same allocator; they are told apart by wrapping the functions it is created with
 * (linked with --wrap=XML_ParserCreate_MM). */
#include "torture/host.h"
#include <expat.h>
#include <stdio.h>

#define SEND_MAX 4
#define RECEIVE_MAX 4
#define IDLE_BYTES_MAX 8192
#define ROUNDS 100

static XML_Memory_Handling_Suite below; /* what the library gave expat */
static uint64_t expat_calls;

static void *count_malloc(size_t size)
{
    expat_calls++;
    return below.malloc_fcn(size);
}

static void *count_realloc(void *block, size_t size)
{
    expat_calls++;
    return below.realloc_fcn(block, size);
}

static void count_free(void *block)
{
    below.free_fcn(block);
}

XML_Parser __real_XML_ParserCreate_MM(const XML_Char *encoding,
                                      const XML_Memory_Handling_Suite *suite,
                                      const XML_Char *separator);
XML_Parser __wrap_XML_ParserCreate_MM(const XML_Char *encoding,
                                      const XML_Memory_Handling_Suite *suite,
                                      const XML_Char *separator);

XML_Parser __wrap_XML_ParserCreate_MM(const XML_Char *encoding,
                                      const XML_Memory_Handling_Suite *suite,
                                      const XML_Char *separator)
{
    static const XML_Memory_Handling_Suite counting = {count_malloc, count_realloc, count_free};
    below = *suite;
    return __real_XML_ParserCreate_MM(encoding, &counting, separator);
}

typedef struct budget_cost {
    uint64_t ours, expats;
} budget_cost;

/* The dearest of many rounds of `act`, each from rest to rest. */
static budget_cost measure(torture_host *host, void (*act)(struct torture_host *))
{
    budget_cost dearest = {0, 0};
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t calls = host->alloc.calls, expats = expat_calls;
        host->said = host->heard = 1; /* the same stanza again: we count calls, not stanzas */
        act(host);
        host_settle(host, 1000);
        host->accepted[2] = host->delivered[2] = 0;
        expats = expat_calls - expats;
        calls = host->alloc.calls - calls - expats;
        dearest.ours = calls > dearest.ours ? calls : dearest.ours;
        dearest.expats = expats > dearest.expats ? expats : dearest.expats;
    }
    return dearest;
}

static int judge(const char *what, uint64_t value, uint64_t limit)
{
    printf("%-42s %6llu  (at most %llu)%s\n", what, (unsigned long long)value,
           (unsigned long long)limit, value > limit ? "  TOO MUCH" : "");
    return value > limit;
}

int main(void)
{
    torture_host host;
    int failed = 0;
    host_init(&host, "SCRAM-SHA-256");
    host_connect(&host);
    if (bosh_client_state(host.client) != BOSH_STATE_ONLINE) {
        printf("no login\n");
        return 1;
    }
    measure(&host, host_say); /* buffers reach their size */
    measure(&host, host_hear);
    budget_cost sent = measure(&host, host_say), received = measure(&host, host_hear);
    failed += judge("allocations to send a message", sent.ours, SEND_MAX);
    failed += judge("allocations to receive a message", received.ours, RECEIVE_MAX);
    failed += judge("bytes of an idle client", host.alloc.bytes, IDLE_BYTES_MAX);
    printf("expat: %llu allocations while sending, %llu while receiving\n",
           (unsigned long long)sent.expats, (unsigned long long)received.expats);
    host_close(&host);
    host_deinit(&host);
    return failed || host.problems;
}
