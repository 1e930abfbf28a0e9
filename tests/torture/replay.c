/* SPDX-License-Identifier: MIT
 * What a real server said, told again in virtual time, while an allocation or a call of the
 * transport fails: one failure for each place in the program that allocates, by its call stack, and
 * for each request. Whatever fails: nothing comes twice or out of order, the end has a name, the
 * client can be closed, nothing leaks. */
#include "torture/recording.h"
#include "world/alloc.h"
#include "world/seed.h"
#include "world/transport.h"
#include <execinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URL "https://localhost/http-bind"
#define FRAMES 40
#define ALLOCATIONS_MAX 20000
#define HEARD_MAX 200
#define ANSWERS_MAX 100
#define PATIENCE_MS 3000
#define LIMIT_MS 120000

/* What fails. The number counts from 1; 0: nothing. */
typedef struct failure {
    uint64_t allocation, allocations_from, submit;
    uint64_t attempt_before, attempt_after; /* breaks before or after the server has it */
} failure;

typedef struct replay {
    const recording *recorded;
    failure failure;
    world_alloc alloc;
    bosh_allocator inner;
    world_seed seed;
    world_transport net;
    world_validator *validator;
    bosh_client *client;
    uint64_t submits;
    size_t seen; /* attempts looked at for attempt_before */

    uint64_t first_rid, rids;        /* of the session; how many so far */
    char bind_id[100];               /* of the client's request */
    char *answers[ANSWERS_MAX];      /* given so far, by request */
    uint64_t sites[ALLOCATIONS_MAX]; /* call stacks of the allocations, hashed */
    uint64_t heard[HEARD_MAX];       /* stanzas, hashed */
    size_t heard_count, heard_open;  /* all, and those before it left */
    int is_ended, end_error, problems;
} replay;

static void complain(replay *on, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void complain(replay *on, const char *format, ...)
{
    va_list arguments;
    on->problems++;
    printf("  ");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

static int has_failure(const replay *on)
{
    static const failure none;
    return memcmp(&on->failure, &none, sizeof(none)) != 0;
}

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* ------------------------------------------------------------------------------------ memory */

static void note_site(replay *on)
{
    void *frames[FRAMES];
    if (on->alloc.calls < ALLOCATIONS_MAX && !has_failure(on))
        on->sites[on->alloc.calls] =
            hash_bytes(1, frames, (size_t)backtrace(frames, FRAMES) * sizeof(*frames));
}

static void *allocate(size_t size, void *user)
{
    replay *on = user;
    note_site(on);
    return on->inner.allocate(size, on->inner.user);
}

static void *reallocate(void *bytes, size_t size, void *user)
{
    replay *on = user;
    note_site(on);
    return on->inner.reallocate(bytes, size, on->inner.user);
}

static void release(void *bytes, void *user)
{
    replay *on = user;
    on->inner.release(bytes, on->inner.user);
}

/* ------------------------------------------------------------------------------- the program */

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    replay *on = user;
    (void)client;
    if (event->type != BOSH_EVENT_STATE)
        return;
    on->is_ended = event->state == BOSH_STATE_ENDED;
    on->end_error = event->error;
    if (on->is_ended)
        world_validator_ended(on->validator);
}

static int on_stanza(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    static const char *const names[] = {"id", "from", "type"};
    replay *on = user;
    uint64_t hash = hash_bytes(1, bosh_stanza_name(stanza), strlen(bosh_stanza_name(stanza)));
    (void)client;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *value = bosh_stanza_attribute(stanza, names[i]);
        hash = hash_bytes(hash, value ? value : "", value ? strlen(value) + 1 : 1);
    }
    if (on->heard_count < HEARD_MAX)
        on->heard[on->heard_count++] = hash;
    return 1;
}

static int submit(void *user, uint32_t id, const bosh_transport_request *request)
{
    replay *on = user;
    on->net.submit_error = ++on->submits == on->failure.submit ? BOSH_ERR_CONNECT : 0;
    return on->net.transport.submit(&on->net, id, request);
}

static void cancel(void *user, uint32_t id)
{
    replay *on = user;
    on->net.transport.cancel(&on->net, id);
}

static unsigned capabilities(void *user)
{
    (void)user;
    return BOSH_TRANSPORT_PARALLEL | BOSH_TRANSPORT_WARM;
}

static void wanted(void *user)
{
    ((replay *)user)->net.is_wanted = 1;
}

static void released(void *user)
{
    ((replay *)user)->net.is_released = 1;
}

static void on_violation(void *user, const char *rule, const char *text)
{
    replay *on = user;
    /* Without memory no poll can be made; it is tried again (INV-9). */
    if (on->alloc.failures && strcmp(rule, "HOLD-1") == 0)
        return;
    complain(on, "breaks %s: %s", rule, text);
}

/* A call may fail for want of memory, or because the client has ended for that. */
static void expect(replay *on, const char *call, int error)
{
    int is_allowed = (on->alloc.failures && error == BOSH_ERR_MEMORY) ||
                     (on->is_ended && error == BOSH_ERR_STATE);
    if (error < 0 && !is_allowed)
        complain(on, "%s: %s", call, bosh_error_name(error));
}

static void begin(replay *on)
{
    bosh_config config;
    bosh_transport door = {on, submit, cancel, capabilities, NULL, wanted, released};
    bosh_config_init(&config);
    config.url = URL;
    config.jid = "alice@localhost";
    config.password = "alicepw";
    config.mechanisms = "PLAIN";
    config.wait_s = 2;
    config.reconnect = BOSH_RECONNECT_NEVER;
    config.on_event = on_event;
    config.user = on;
    config.allocator = (bosh_allocator){allocate, reallocate, release, on};
    config.entropy = world_seed_entropy;
    config.entropy_user = &on->seed;
    expect(on, "bosh_client_new", bosh_client_new(&config, &door, &on->client));
    on->net.client = on->client;
    if (!on->client)
        return;
    expect(on, "bosh_handler_add", bosh_handler_add(on->client, NULL, on_stanza, on));
    world_validator_connect(on->validator);
    expect(on, "bosh_client_connect", bosh_client_connect(on->client));
}

/* -------------------------------------------------------------------------------- the server */

/* The request of this attempt, counted from the first of the session; reads what the answers need
 * to know of it. */
static uint64_t request_of(replay *on, const world_attempt *attempt)
{
    const char *at = strstr(attempt->entity, " rid='");
    uint64_t rid = at ? strtoull(at + 6, NULL, 10) : 0;
    if (!strstr(attempt->entity, " sid='"))
        on->first_rid = rid;
    const char *bind = strstr(attempt->entity, "<bind ");
    const char *id = bind ? strstr(attempt->entity, " id='") : NULL;
    if (id)
        sscanf(id + 5, "%99[^']", on->bind_id);
    if (rid - on->first_rid + 1 > on->rids)
        on->rids = rid - on->first_rid + 1;
    return rid - on->first_rid;
}

/* The open attempt for a request, or NULL. Those that are to break, break. */
static world_attempt *find_open(replay *on, uint64_t request)
{
    world_attempt *found = NULL;
    for (size_t i = 0; i < on->net.count; i++) {
        world_attempt *attempt = on->net.attempts[i];
        uint64_t its = attempt->state == WORLD_ATTEMPT_OPEN ? request_of(on, attempt) : UINT64_MAX;
        int is_new = i >= on->seen;
        on->seen = is_new ? i + 1 : on->seen;
        if (is_new && i + 1 == on->failure.attempt_before)
            world_transport_fail(&on->net, attempt, BOSH_ERR_RESET, BOSH_FAILED_MAYBE_SENT);
        else if (its == request)
            found = attempt;
    }
    return found;
}

static char *fill_in(const replay *on, const char *text)
{
    size_t size = strlen(text) + 200;
    char *filled = malloc(size);
    const char *mark = strstr(text, "$bind");
    if (!filled)
        abort();
    if (mark)
        snprintf(filled, size, "%.*s%s%s", (int)(mark - text), text, on->bind_id, mark + 5);
    else
        snprintf(filled, size, "%s", text);
    return filled;
}

static void give(replay *on, world_attempt *attempt, uint64_t request)
{
    const char *text = on->answers[request];
    int is_to_break = 0;
    for (size_t i = 0; i < on->net.count; i++)
        is_to_break |= on->net.attempts[i] == attempt && i + 1 == on->failure.attempt_after;
    if (is_to_break)
        world_transport_fail(&on->net, attempt, BOSH_ERR_RESET, BOSH_FAILED_MAYBE_SENT);
    else
        world_transport_answer(&on->net, attempt, 200, 0, text, strlen(text));
}

/* Requests that come again get the answer that they had. */
static int repeat_answers(replay *on)
{
    for (uint64_t request = 0; request < ANSWERS_MAX; request++) {
        world_attempt *attempt = on->answers[request] ? find_open(on, request) : NULL;
        if (!attempt)
            continue;
        give(on, attempt, request);
        return 1;
    }
    return 0;
}

/* Time passes until the client wants something or `until_ms`; 0 when that is over. */
static int pass_time(replay *on, bosh_time until_ms)
{
    world_transport_pump(&on->net);
    if (repeat_answers(on) || on->net.is_wanted)
        return 1;
    bosh_time deadline_ms = bosh_client_deadline(on->client);
    if (on->net.now_ms >= until_ms)
        return 0;
    if (deadline_ms > on->net.now_ms)
        on->net.now_ms = deadline_ms < until_ms ? deadline_ms : until_ms;
    return 1;
}

/* The answer of a line, when its request is there, and those that came before it was given. */
static void answer(replay *on, const recorded_line *line)
{
    bosh_time patient_ms = on->net.now_ms + PATIENCE_MS, limit_ms = on->net.now_ms + LIMIT_MS;
    while (!on->is_ended) {
        world_attempt *attempt = find_open(on, line->request);
        if (attempt && (on->rids >= line->after || on->net.now_ms >= patient_ms)) {
            on->answers[line->request] = fill_in(on, line->text);
            give(on, attempt, line->request);
            world_transport_pump(&on->net);
            return;
        }
        if (!pass_time(on, attempt ? patient_ms : limit_ms)) {
            if (!has_failure(on))
                complain(on, "request %lu is never made", line->request);
            return;
        }
    }
}

/* ------------------------------------------------------------------------------ the telling */

/* Whatever is open is answered with the end of the session. */
static void leave(replay *on)
{
    static const char end[] = "<body xmlns='http://jabber.org/protocol/httpbind' "
                              "type='terminate'/>";
    bosh_time limit_ms = on->net.now_ms + LIMIT_MS;
    if (!on->is_ended)
        bosh_client_close(on->client, NULL);
    while (!on->is_ended && pass_time(on, limit_ms))
        for (size_t i = 0; i < on->net.count; i++)
            world_transport_answer(&on->net, on->net.attempts[i], 200, 0, end, strlen(end));
    if (!on->is_ended && bosh_client_state(on->client) != BOSH_STATE_IDLE)
        complain(on, "closed, but %s", bosh_state_text(bosh_client_state(on->client)));
}

static void tell(replay *on)
{
    int is_closed = 0;
    begin(on);
    for (size_t i = 0; on->client && !on->is_ended && i < on->recorded->count; i++) {
        const recorded_line *line = &on->recorded->lines[i];
        if (line->kind == RECORDED_ANSWER) {
            answer(on, line);
        } else if (line->kind == RECORDED_SEND) {
            expect(on, "bosh_client_send_xml",
                   bosh_client_send_xml(on->client, line->text, strlen(line->text), NULL));
        } else {
            bosh_client_close(on->client, NULL);
            on->heard_open = on->heard_count;
            is_closed = 1;
        }
    }
    if (!on->client)
        return;
    if (on->is_ended && !is_closed && on->end_error >= 0)
        complain(on, "ended without a reason");
    if (on->is_ended && !*bosh_error_name(on->end_error))
        complain(on, "ended for a reason without a name");
    leave(on);
}

static void open_replay(replay *on, const recording *recorded, failure planned)
{
    world_validator_config config;
    memset(on, 0, sizeof(*on));
    on->recorded = recorded;
    on->failure = planned;
    on->seed.state = 1;
    world_alloc_init(&on->alloc);
    on->alloc.fail_at = planned.allocation;
    on->alloc.fail_from = planned.allocations_from;
    on->inner = world_alloc_allocator(&on->alloc);
    world_transport_init(&on->net);
    on->net.now_ms = 1000;
    world_validator_config_init(&config);
    config.url = URL;
    config.violation = on_violation;
    config.user = on;
    on->validator = on->net.validator = world_validator_new(&config);
}

static void close_replay(replay *on)
{
    bosh_client_free(on->client);
    if (on->alloc.blocks) {
        complain(on, "%zu blocks are not given back", on->alloc.blocks);
        world_alloc_leaks(&on->alloc);
    }
    for (size_t i = 0; i < ANSWERS_MAX; i++)
        free(on->answers[i]);
    world_validator_free(on->validator);
    world_transport_deinit(&on->net);
    world_alloc_deinit(&on->alloc);
}

/* One telling with a failure, beside that without. */
static int tell_failing(const replay *calm, failure planned, const char *what, uint64_t at)
{
    static replay on;
    open_replay(&on, calm->recorded, planned);
    tell(&on);
    size_t bytes = on.heard_count * sizeof(on.heard[0]);
    if (on.heard_count > calm->heard_count || memcmp(on.heard, calm->heard, bytes) != 0)
        complain(&on, "stanzas came twice or out of order");
    int is_memory = planned.allocation || planned.allocations_from;
    if (!is_memory && on.heard_count < calm->heard_open)
        complain(&on, "%zu of %zu stanzas came", on.heard_count, calm->heard_open);
    if (is_memory && !on.alloc.failures)
        complain(&on, "nothing has failed");
    close_replay(&on);
    if (on.problems)
        printf("%s %llu: %d problems\n", what, (unsigned long long)at, on.problems);
    return on.problems != 0;
}

/* Is this the first allocation with its call stack? */
static int is_first(const replay *calm, uint64_t at)
{
    for (uint64_t i = 1; i < at; i++)
        if (calm->sites[i - 1] == calm->sites[at - 1])
            return 0;
    return 1;
}

static int fail_everywhere(const replay *calm)
{
    int failed = 0;
    uint64_t places = 0;
    for (uint64_t at = 1; at <= calm->alloc.calls && failed < 10; at++) {
        if (!is_first(calm, at))
            continue;
        places++;
        failed += tell_failing(calm, (failure){.allocation = at}, "allocation", at);
        failed += tell_failing(calm, (failure){.allocations_from = at}, "allocations from", at);
    }
    for (uint64_t at = 1; at <= calm->submits && failed < 10; at++) {
        failed += tell_failing(calm, (failure){.submit = at}, "submit", at);
        failed += tell_failing(calm, (failure){.attempt_before = at}, "broken before", at);
        failed += tell_failing(calm, (failure){.attempt_after = at}, "broken after", at);
    }
    printf("%llu allocations at %llu places, %llu requests, %zu stanzas\n",
           (unsigned long long)calm->alloc.calls, (unsigned long long)places,
           (unsigned long long)calm->submits, calm->heard_count);
    return failed;
}

int main(int argc, char **argv)
{
    static replay calm;
    recording recorded = {NULL, NULL, 0};
    if (argc != 2 || !recording_read(&recorded, argv[1])) {
        fprintf(stderr, "usage: replay RECORDING\n");
        recording_free(&recorded);
        return 2;
    }
    open_replay(&calm, &recorded, (failure){0});
    tell(&calm);
    int failed = calm.problems;
    if (!failed && (calm.end_error || !calm.heard_count || calm.alloc.calls > ALLOCATIONS_MAX)) {
        printf("not a whole story: %s, %zu stanzas\n", bosh_error_name(calm.end_error),
               calm.heard_count);
        failed = 1;
    }
    if (!failed)
        failed = fail_everywhere(&calm);
    close_replay(&calm);
    recording_free(&recorded);
    printf("%s\n", failed ? "FAILED" : "ok");
    return failed != 0;
}
