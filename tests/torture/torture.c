/* SPDX-License-Identifier: MIT
 * One story, told again and again, with the i-th allocation or submit failing, for all i. Whatever
 * fails: the error is named, nothing comes twice, the client can be closed, nothing leaks. */
#include "torture/host.h"
#include <stdio.h>
#include <string.h>

/* After an end that nobody asked for there is a named reason. */
static void check_end(torture_host *host)
{
    if (!host->client || !host->is_ended)
        return;
    if (host->end_error >= 0 || bosh_client_detail(host->client)->error >= 0)
        host_complain(host, "ended without a reason");
    if (host->alloc.failures && strcmp(bosh_error_name(host->end_error), "") == 0)
        host_complain(host, "ended for a reason without a name");
}

static void tell_story(torture_host *host)
{
    host_connect(host);
    for (int i = 0; i < 3; i++)
        host_say(host);
    host_settle(host, 5000);
    for (int i = 0; i < 3; i++)
        host_hear(host);
    host_push(host, "<iq xmlns='jabber:client' type='get' id='q1' from='bob@example.org/x'>"
                    "<known xmlns='t:known'/></iq>");
    host_push(host, "<iq xmlns='jabber:client' type='get' id='q2' from='bob@example.org/x'>"
                    "<strange xmlns='t:strange'/></iq>");
    host_settle(host, 5000);
    host_ask(host);
    host_settle(host, 5000);
    host_say(host);
    host_break(host);
    host_move(host);
    host_say(host);
    host_hear(host);
    host_settle(host, 5000);
    host_lose(host);
    host_say(host);
    host_settle(host, 20000);
    check_end(host);
    host_close(host);
}

/* Everything arrived, once. */
static void check_complete(torture_host *host)
{
    for (uint32_t i = 1; i <= host->said; i++)
        if (host->accepted[i] != 1)
            host_complain(host, "stanza u%u was sent %u times", (unsigned)i, host->accepted[i]);
    for (uint32_t i = 1; i <= host->heard; i++)
        if (host->delivered[i] != 1)
            host_complain(host, "stanza d%u was delivered %u times", (unsigned)i,
                          host->delivered[i]);
}

/* The story without a failure must go well, or the rest proves nothing. */
static int tell_calmly(const char *mechanism, uint64_t *allocations, uint64_t *submits,
                       uint32_t *answers)
{
    torture_host host;
    host_init(&host, mechanism);
    tell_story(&host);
    check_complete(&host);
    *answers = host.answered;
    *allocations = host.alloc.calls;
    *submits = host.submits;
    host_deinit(&host);
    printf("%s: %llu allocations, %llu submits, %u answers\n", mechanism,
           (unsigned long long)*allocations, (unsigned long long)*submits, (unsigned)*answers);
    return host.problems;
}

typedef enum torture_denial { DENY_ONE, DENY_REST, DENY_SUBMIT } torture_denial;

static int tell_denied(const char *mechanism, torture_denial denial, uint64_t at)
{
    static const char *const names[] = {"allocation %llu fails", "allocations from %llu on fail",
                                        "submit %llu fails"};
    torture_host host;
    host_init(&host, mechanism);
    if (denial == DENY_ONE)
        host.alloc.fail_at = at;
    else if (denial == DENY_REST)
        host.alloc.fail_from = at;
    else
        host.submit_fails_at = at;
    tell_story(&host);
    host_deinit(&host);
    if (host.problems) {
        printf("%s, ", mechanism);
        printf(names[denial], (unsigned long long)at);
        printf(": %d problems\n", host.problems);
    }
    return host.problems;
}

/* INV-28: an answer cut at any byte is fetched again, and nothing of it counts twice. 1: the cut is
 * beyond the end of the answer; negative: problems. */
static int tell_cut(const char *mechanism, uint32_t answer, size_t bytes, uint8_t is_clean)
{
    torture_host host;
    host_init(&host, mechanism);
    host.cut_answer = answer;
    host.cut_bytes = bytes;
    host.is_cut_clean = is_clean;
    tell_story(&host);
    check_complete(&host);
    int is_beyond = host.cut_bytes == SIZE_MAX;
    host_deinit(&host);
    if (host.problems)
        printf("%s, answer %u cut at %zu, %s: %d problems\n", mechanism, (unsigned)answer, bytes,
               is_clean ? "clean" : "reset", host.problems);
    return host.problems ? -1 : is_beyond;
}

static int cut_everywhere(const char *mechanism, uint32_t answers)
{
    int failed = 0;
    for (uint32_t answer = 1; answer <= answers && failed < 10; answer++)
        for (size_t bytes = 0, told = 0; told == 0 && failed < 10; bytes++) {
            int is_clean = tell_cut(mechanism, answer, bytes, 1);
            int is_reset = tell_cut(mechanism, answer, bytes, 0);
            failed += (is_clean < 0) + (is_reset < 0);
            told = is_clean != 0;
        }
    return failed;
}

/* A crash at any step: the journal loses nothing and flags what may come twice. */
static void tell_short_story(torture_host *host)
{
    host_connect(host);
    for (int i = 0; i < 3; i++)
        host_say(host);
    host_settle(host, 5000);
    for (int i = 0; i < 3; i++)
        host_hear(host);
    host_settle(host, 5000);
    host_say(host);
    host_break(host);
    host_hear(host);
    host_say(host);
    host_settle(host, 20000);
    host_close(host);
}

/* What was said to a process before it died, and had not left, died with it. */
static int is_said_lost(const torture_host *host, uint32_t number)
{
    return host->crashes_at && host->accepted[number] == 0;
}

static int tell_crash(const char *mechanism, uint64_t at, uint8_t is_arriving, uint64_t *steps)
{
    torture_host host;
    host_init(&host, mechanism);
    host.has_journal = 1;
    host.crashes_at = at;
    host.is_arriving = is_arriving;
    tell_short_story(&host);
    for (uint32_t i = 1; i <= host.said; i++)
        if (host.accepted[i] != 1 && !is_said_lost(&host, i))
            host_complain(&host, "stanza u%u was sent %u times", (unsigned)i, host.accepted[i]);
    for (uint32_t i = 1; i <= host.heard; i++)
        if (host.delivered[i] != 1)
            host_complain(&host, "stanza d%u was delivered %u times", (unsigned)i,
                          host.delivered[i]);
    if (host.journal)
        host_complain(&host, "the journal outlives the session");
    *steps = host.steps;
    host_deinit(&host);
    if (host.problems)
        printf("%s, crash at step %llu, %s: %d problems\n", mechanism, (unsigned long long)at,
               is_arriving ? "requests arrive" : "requests are lost", host.problems);
    return host.problems != 0;
}

static int crash_everywhere(const char *mechanism)
{
    uint64_t steps = 0, ignored = 0;
    int failed = tell_crash(mechanism, 0, 0, &steps);
    printf("%llu steps\n", (unsigned long long)steps);
    for (uint64_t at = 1; at <= steps && failed < 10; at++) {
        failed += tell_crash(mechanism, at, 0, &ignored);
        failed += tell_crash(mechanism, at, 1, &ignored);
    }
    return failed;
}

static int verdict(int failed)
{
    printf("%s\n", failed ? "FAILED" : "ok");
    return failed != 0;
}

int main(int argc, char **argv)
{
    const char *mechanism = argc > 1 ? argv[1] : "PLAIN";
    uint64_t allocations = 0, submits = 0;
    uint32_t answers = 0;
    if (argc == 4) { /* one case: "one 17", "rest 17", "submit 17" */
        torture_denial denial = *argv[2] == 'o'   ? DENY_ONE
                                : *argv[2] == 'r' ? DENY_REST
                                                  : DENY_SUBMIT;
        unsigned long long at = 0;
        sscanf(argv[3], "%llu", &at);
        return tell_denied(mechanism, denial, at) != 0;
    }
    int failed = tell_calmly(mechanism, &allocations, &submits, &answers) != 0;
    if (argc == 3 && strcmp(argv[2], "cuts") == 0)
        return verdict(failed + cut_everywhere(mechanism, answers));
    if (argc == 3 && strcmp(argv[2], "crashes") == 0)
        return verdict(failed + crash_everywhere(mechanism));
    for (uint64_t at = 1; at <= allocations && failed < 10; at++) {
        failed += tell_denied(mechanism, DENY_ONE, at) != 0;
        failed += tell_denied(mechanism, DENY_REST, at) != 0;
    }
    for (uint64_t at = 1; at <= submits && failed < 10; at++)
        failed += tell_denied(mechanism, DENY_SUBMIT, at) != 0;
    return verdict(failed);
}
