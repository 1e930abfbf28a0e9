/* SPDX-License-Identifier: MIT
 * Exchanges on their way there and back. */
#include "simulator/sim.h"
#include <stdlib.h>
#include <string.h>

#define MEMORY_MAX ((size_t)400 * 1024) /* of a client, what is queued aside */

static void fail_exchange(sim_world *sim, void *what, uint64_t flags);
static void deliver(sim_world *sim, void *what, uint64_t unused);

static sim_exchange *find(sim_world *sim, uint32_t id)
{
    sim_exchange *exchange = sim->net.newest;
    while (exchange && exchange->id != id)
        exchange = exchange->older;
    return exchange;
}

/* The manager's slot remembers that a copy of the rid was lost or late. */
static void suspect(sim_world *sim, const sim_exchange *exchange)
{
    cm_session *session = cm_find(sim, exchange->request.sid);
    if (!session)
        return;
    cm_slot *slot = cm_slot_of(session, exchange->request.rid);
    if (slot->rid != exchange->request.rid)
        *slot = (cm_slot){.rid = exchange->request.rid};
    slot->is_fault_suspected = 1;
}

/* RTX-6: a repetition keeps its pace, unless the connection was stale or the client was nudged. */
static void check_pace(sim_world *sim, const sim_exchange *repetition)
{
    const sim_exchange *before = repetition->older;
    uint64_t rid = repetition->request.rid;
    while (before && before->request.rid != rid)
        before = before->older;
    if (!before || !before->broke_ms || before->is_stale || sim->app.nudged_ms >= before->broke_ms)
        return;
    sim_look(sim, 24);
    if (sim_client_now(sim) < before->broke_ms + 80)
        sim_break(sim, "INV-24", "rid %llu is repeated after %llu ms", (unsigned long long)rid,
                  (unsigned long long)(sim_client_now(sim) - before->broke_ms));
}

static void end_exchange(sim_world *sim, sim_exchange *exchange)
{
    exchange->is_live = 0;
    sim->net.live--;
}

/* ------------------------------------------------------------------------------ to the manager */

/* An abandoned request that arrives after all. A connection the client closed is no newer than one
 * it opened later, except for managers that tell the client so (RTX-4). */
static int may_arrive_late(sim_world *sim, const sim_exchange *exchange)
{
    if (sim->knobs.quirks & QUIRK_OVERTAKEN_STUCK)
        return 0;
    if (exchange->is_overtaken && !(sim->knobs.quirks & QUIRK_DUPLICATE_ERROR))
        return 0;
    return sim_chance(sim, sim->knobs.late_copy_permille);
}

/* A proxy that had no answer in time asks again, and gives the second answer. */
static void arrive_before(sim_world *sim, const sim_exchange *exchange)
{
    sim_exchange *first = arena_new(&sim->arena, sizeof(*first));
    *first = *exchange;
    first->is_copy = 1;
    cm_arrive(sim, first);
}

static void arrive(sim_world *sim, void *what, uint64_t unused)
{
    sim_exchange *arriving = what;
    (void)unused;
    if (arriving->fault == FAULT_SWALLOWED)
        return;
    if (!arriving->is_live) {
        if (!may_arrive_late(sim, arriving))
            return;
        sim_count_fault(sim, FAULT_LATE_COPY);
        sim_trace(sim, "  net #%u arrives late", arriving->id);
    }
    if (arriving->fault == FAULT_DUPLICATED && !arriving->has_arrived && arriving->is_live) {
        arriving->has_arrived = 1;
        arrive_before(sim, arriving);
        sim_plan(sim, sim_below(sim, 300), arrive, arriving, 0);
        return;
    }
    arriving->has_arrived = 1;
    for (sim_exchange *other = arriving->older; other; other = other->older)
        other->is_overtaken |= other->request.rid == arriving->request.rid;
    cm_arrive(sim, arriving);
}

static void uploaded(sim_world *sim, void *what, uint64_t unused)
{
    sim_exchange *exchange = what;
    if (!exchange->is_live || sim_postpone(sim, uploaded, what, unused))
        return;
    sim_trace(sim, "      #%u uploaded", exchange->id);
    world_validator_uploaded(sim->validator, sim_client_now(sim), exchange->id);
    bosh_transport_uploaded(sim->client, exchange->id, sim_client_now(sim));
    sim_pump(sim);
}

/* What was under way before this one breaks before it arrives. */
static void break_older(sim_world *sim, const sim_exchange *newer)
{
    for (sim_exchange *exchange = newer->older; exchange; exchange = exchange->older) {
        if (!exchange->is_live)
            continue;
        if (!exchange->has_arrived)
            suspect(sim, exchange);
        sim_plan(sim, sim_below(sim, newer->up_ms + 1), fail_exchange, exchange,
                 BOSH_FAILED_MAYBE_SENT);
    }
}

/* Plan what happens to a new exchange until the manager has it. */
static void send_off(sim_world *sim, sim_exchange *exchange)
{
    uint32_t up_ms = exchange->up_ms;
    switch (exchange->fault) {
    case FAULT_NO_CONNECTION:
        sim_plan(sim, up_ms, fail_exchange, exchange, 0);
        return;
    case FAULT_LOST_REQUEST:
        suspect(sim, exchange);
        sim_plan(sim, up_ms + sim_below(sim, 200), fail_exchange, exchange, BOSH_FAILED_MAYBE_SENT);
        return;
    case FAULT_STALE:
        if (exchange->is_after)
            break;
        suspect(sim, exchange);
        sim_plan(sim, 1, fail_exchange, exchange, BOSH_FAILED_MAYBE_SENT | BOSH_FAILED_STALE);
        return;
    case FAULT_SWALLOWED:
        suspect(sim, exchange);
        return;
    case FAULT_SLOW_REQUEST:
        suspect(sim, exchange);
        up_ms += sim_chance(sim, 200) ? sim_below(sim, 200000) : sim_below(sim, 5000);
        break;
    case FAULT_OLDER_BREAKS:
        break_older(sim, exchange);
        break;
    case FAULT_RESET_HELD:
        sim_plan(sim, up_ms + 1 + sim_below(sim, sim->knobs.wait_s * 1000), fail_exchange, exchange,
                 BOSH_FAILED_MAYBE_SENT);
        break;
    default:
        exchange->answer = exchange->is_after ? NULL : fault_answer(sim, exchange->fault);
        if (exchange->answer) {
            suspect(sim, exchange);
            sim_plan(sim, up_ms + exchange->down_ms, deliver, exchange, 0);
            return;
        }
    }
    sim_plan(sim, up_ms, arrive, exchange, 0);
}

/* ------------------------------------------------------------------------------- to the client */

static void fail_exchange(sim_world *sim, void *what, uint64_t flags)
{
    sim_exchange *exchange = what;
    int error = exchange->fault == FAULT_NO_CONNECTION ? BOSH_ERR_CONNECT : BOSH_ERR_RESET;
    if (!exchange->is_live || sim_postpone(sim, fail_exchange, what, flags))
        return;
    end_exchange(sim, exchange);
    exchange->broke_ms = sim_client_now(sim);
    exchange->is_stale = (flags & BOSH_FAILED_STALE) != 0;
    sim_trace(sim, "<-    #%u fails: %s", exchange->id, bosh_error_name(error));
    world_validator_failed(sim->validator, exchange->id);
    bosh_transport_failed(sim->client, exchange->id, error, (unsigned)flags, sim_client_now(sim));
    sim_pump(sim);
}

void net_answer(sim_world *sim, sim_exchange *exchange, cm_answer *answer)
{
    uint64_t down_ms = exchange->down_ms;
    if (!exchange->is_live || exchange->is_copy)
        return;
    cm_answer *instead = fault_answer(sim, exchange->fault);
    exchange->answer = instead ? instead : answer;
    exchange->offered = 0;
    switch (exchange->fault) {
    case FAULT_LOST_ANSWER:
        sim_plan(sim, down_ms, fail_exchange, exchange, BOSH_FAILED_MAYBE_SENT);
        return;
    case FAULT_STALE:
        sim_plan(sim, down_ms, fail_exchange, exchange, BOSH_FAILED_MAYBE_SENT | BOSH_FAILED_STALE);
        return;
    case FAULT_VANISHED_ANSWER:
    case FAULT_SWALLOWED:
        return;
    case FAULT_SLOW_ANSWER:
        down_ms += sim_chance(sim, 200) ? sim_below(sim, 200000) : sim_below(sim, 5000);
        break;
    default:
        break;
    }
    sim_plan(sim, down_ms, deliver, exchange, 0);
}

/* The client has the whole entity, if it is one. */
static void note_got(sim_world *sim, const sim_exchange *exchange)
{
    cm_answer *answer = exchange->answer;
    cm_session *session = answer->session;
    if (!session || answer->is_error)
        return;
    app_answered(sim);
    cm_note_got(sim, session, exchange->request.rid, answer);
}

/* Offer bytes up to `end`: 1 when they were taken, 0 when not now, -1 when they are not wanted. */
static int offer(sim_world *sim, sim_exchange *exchange, size_t end)
{
    while (exchange->offered < end) {
        size_t size = end - exchange->offered;
        if (sim_chance(sim, 300))
            size = 1 + sim_below(sim, (uint32_t)size);
        int taken = bosh_transport_bytes(sim->client, exchange->id,
                                         exchange->answer->bytes + exchange->offered, size);
        if (taken == BOSH_NOT_NOW) {
            if (!(sim->knobs.capabilities & BOSH_TRANSPORT_PAUSE))
                sim_break(sim, "INV-29", "NOT_NOW to a transport that cannot pause");
            return 0;
        }
        if (taken < 0)
            return -1;
        exchange->offered += size;
    }
    return 1;
}

/* The exchange is complete: `size` bytes of its answer came, and were `is_wanted`. */
static void finish(sim_world *sim, sim_exchange *exchange, size_t size, int is_wanted)
{
    cm_answer *answer = exchange->answer;
    int is_good = answer->session && !answer->is_error && size == answer->size;
    uint32_t retry_after_s = answer->status == 503 ? sim_below(sim, 4) : 0;
    uint64_t fails_at = sim->alloc.fail_at;
    end_exchange(sim, exchange);
    sim_trace(sim, "<-    #%u %d %.*s", exchange->id, answer->status, (int)size, answer->bytes);
    if (is_good && !is_wanted && !sim->alloc.failures)
        sim_break(sim, "INV-4", "a good answer is not wanted");
    if (answer->is_terminate && is_wanted && size == answer->size)
        app_answered(sim); /* perhaps for no session at all, but an answer */
    if (is_good && is_wanted)
        note_got(sim, exchange);
    else
        exchange->broke_ms = sim_client_now(sim);
    if (exchange->fault == FAULT_GARBAGE || exchange->fault == FAULT_DOCTYPE)
        sim_look(sim, 29);
    if (!is_wanted)
        world_validator_failed(sim->validator, exchange->id);
    else
        world_validator_done(sim->validator, sim_client_now(sim), exchange->id, answer->bytes,
                             size);
    sim->alloc.fail_at = 0; /* what was wanted so far counts as answered */
    bosh_transport_done(sim->client, exchange->id, answer->status, retry_after_s,
                        sim_client_now(sim));
    sim->alloc.fail_at = fails_at > sim->alloc.calls ? fails_at : 0;
    sim_pump(sim);
    if (is_good && is_wanted)
        app_check_deliveries(sim, answer->session);
}

static void deliver(sim_world *sim, void *what, uint64_t unused)
{
    sim_exchange *exchange = what;
    cm_answer *answer = exchange->answer;
    int is_cut = exchange->fault == FAULT_CUT || exchange->fault == FAULT_CUT_CLEAN;
    if (!exchange->is_live || sim_postpone(sim, deliver, what, unused))
        return;
    size_t size = is_cut && answer->size ? sim_below(sim, (uint32_t)answer->size) : answer->size;
    uint32_t down_seen = sim->app.down_seen;
    int taken = offer(sim, exchange, size);
    if (taken == 0) {
        exchange->fault = is_cut ? FAULT_LOST_ANSWER : exchange->fault;
        sim_pump(sim);
        sim_plan(sim, 1, exchange->fault == FAULT_LOST_ANSWER ? fail_exchange : deliver, exchange,
                 0);
    } else if (exchange->fault == FAULT_CUT) {
        fail_exchange(sim, exchange, BOSH_FAILED_MAYBE_SENT);
    } else {
        finish(sim, exchange, size, taken > 0);
    }
    if (is_cut && taken && size < answer->size)
        app_check_cut(sim, size, down_seen);
}

/* -------------------------------------------------------------------------------- the transport */

static const char *join(sim_world *sim, const bosh_transport_request *request)
{
    char *entity = arena_new(&sim->arena, request->size + 1);
    size_t used = 0;
    for (size_t i = 0; i < request->slice_count; i++) {
        if (request->slices[i].size > request->size - used)
            break;
        memcpy(entity + used, request->slices[i].data, request->slices[i].size);
        used += request->slices[i].size;
    }
    if (used != request->size)
        sim_break(sim, "INV-16", "the slices do not add up to the size of the request");
    return entity;
}

/* What is to be seen in a request before it leaves: which invariants it had to obey, and what it
 * carries (INV-3). */
static void note_request(sim_world *sim, sim_exchange *exchange)
{
    const world_request *request = &exchange->request;
    const sim_exchange *before = exchange->older;
    while (before && before->request.rid != request->rid)
        before = before->older;
    exchange->is_repeated = before != NULL;
    int is_polling = knobs_is_polling(&sim->knobs);
    for (int i = 13; i <= 16; i++)
        sim_look(sim, i);
    sim_look(sim, exchange->is_repeated ? 7 : 6);
    sim_look(sim, 30);
    if (request->sid)
        sim_look(sim, 8);
    if (request->sid && is_polling)
        sim_look(sim, 12);
    if (request->kind == WORLD_EMPTY)
        sim_look(sim, 11);
    if (request->kind == WORLD_EMPTY && sim->net.live)
        sim_look(sim, 10);
    if (sim->net.live && request->sid)
        sim_look(sim, 17);
    if (!sim->app.session)
        sim_look(sim, 18);
    if (exchange->is_repeated)
        sim_reach(sim, MARK_REPEATED);
    if (sim->net.live && world_request_bind(request))
        sim_reach(sim, MARK_PAIR);
    if (request->kind == WORLD_TERMINATE && sim->net.live >= knobs_window(&sim->knobs))
        sim_reach(sim, MARK_LAST_SLOT);
    if (request->sid && is_polling)
        sim_reach(sim,
                  sim->knobs.wait_s == 0 && sim->knobs.hold == 0 ? MARK_POLICED : MARK_POLLING);
    if (request->kind == WORLD_CREATION)
        app_creating(sim);
    else if (request->kind == WORLD_STANZAS && !exchange->is_repeated)
        app_sent(sim, request);
}

static uint32_t jitter(sim_world *sim, uint32_t base_ms, uint32_t jitter_ms)
{
    return base_ms + sim_below(sim, jitter_ms + 1);
}

static int submit(void *user, uint32_t id, const bosh_transport_request *request)
{
    sim_world *sim = user;
    sim_exchange *exchange = arena_new(&sim->arena, sizeof(*exchange));
    exchange->id = id;
    exchange->client = sim->clients;
    exchange->size = request->size;
    exchange->entity = join(sim, request);
    world_validator_submit(sim->validator, sim_client_now(sim), id, request, &exchange->request);
    exchange->older = sim->net.newest;
    sim->net.newest = exchange;
    exchange->up_ms = jitter(sim, sim->knobs.up_ms, sim->knobs.up_jitter_ms);
    exchange->down_ms = jitter(sim, sim->knobs.down_ms, sim->knobs.down_jitter_ms);
    exchange->is_after = sim_chance(sim, 600);
    exchange->fault = fault_draw(sim, &exchange->request);
    if (sim->now_ms < sim->net.down_until_ms)
        exchange->fault = sim_chance(sim, 700) ? FAULT_NO_CONNECTION : FAULT_SWALLOWED;
    else if (exchange->fault != FAULT_NONE)
        sim_count_fault(sim, exchange->fault);
    sim->troubles += exchange->fault != FAULT_NONE;
    sim->counts.requests++;
    exchange->begun_ms = sim_client_now(sim);
    exchange->limit_ms = exchange->begun_ms + request->time_limit_ms;
    note_request(sim, exchange);
    if (request->time_limit_ms > sim->attempt_limit_ms)
        sim->attempt_limit_ms = request->time_limit_ms;
    sim_record_number(sim, id);
    sim_record(sim, exchange->entity, exchange->size);
    sim_trace(sim, "->    #%u (%s) %s", id, fault_text(exchange->fault), exchange->entity);
    if (sim->net.live && !(sim->knobs.capabilities & BOSH_TRANSPORT_PARALLEL))
        sim_break(sim, "INV-30", "two attempts at once on a transport that can do one");
    check_pace(sim, exchange);
    if (exchange->fault == FAULT_SUBMIT_FAILS) {
        exchange->broke_ms = sim_client_now(sim);
        world_validator_refused(sim->validator, id);
        return BOSH_ERR_CONNECT;
    }
    exchange->is_live = 1;
    sim->net.live++;
    sim_look(sim, 23);
    if (sim->net.live > knobs_window(&sim->knobs) + 1)
        sim_break(sim, "INV-23", "%u requests at once", (unsigned)sim->net.live);
    if (sim->alloc.bytes > MEMORY_MAX + 2 * bosh_client_queued(sim->client))
        sim_break(sim, "INV-23", "the client holds %zu bytes", sim->alloc.bytes);
    if (sim->knobs.capabilities & BOSH_TRANSPORT_UPLOADED)
        sim_plan(sim, sim_below(sim, exchange->up_ms + 1), uploaded, exchange, 0);
    send_off(sim, exchange);
    return BOSH_OK;
}

/* The client has let go of the attempt: what the transport says of it all the same is ignored. */
static void answer_late(sim_world *sim, void *what, uint64_t unused)
{
    static const char answer[] = "<body xmlns='" WORLD_NS_HTTPBIND
                                 "'><message xmlns='" WORLD_NS_CLIENT "' id='d999'/></body>";
    const sim_exchange *exchange = what;
    (void)unused;
    if (!sim->client || exchange->client != sim->clients)
        return;
    sim_count_fault(sim, FAULT_LATE_RESULT);
    sim_reach(sim, MARK_LATE_RESULT);
    sim_look(sim, 7);
    bosh_transport_bytes(sim->client, exchange->id, answer, sizeof(answer) - 1);
    bosh_transport_done(sim->client, exchange->id, 200, 0, sim_client_now(sim));
    sim_pump(sim);
}

static void cancel(void *user, uint32_t id)
{
    sim_world *sim = user;
    sim_exchange *exchange = find(sim, id);
    sim_look(sim, 30);
    sim_reach(sim, MARK_CANCELLED);
    if (exchange && sim_client_now(sim) >= exchange->limit_ms)
        sim_reach(sim, MARK_TIMED_OUT);
    sim_record_number(sim, id);
    sim_trace(sim, "      #%u cancelled", id);
    world_validator_cancel(sim->validator, id);
    if (!exchange || !exchange->is_live)
        sim_break(sim, "INV-30", "attempt %u is cancelled though it is finished", id);
    else
        end_exchange(sim, exchange);
    if (exchange) /* given up as it was nudged, though the attempt lived until its turn (INA-3) */
        exchange->broke_ms =
            sim->app.nudged_ms >= exchange->begun_ms ? sim->app.nudged_ms : sim_client_now(sim);
    if (exchange && !exchange->has_arrived)
        suspect(sim, exchange);
    if (exchange && sim_chance(sim, sim->knobs.late_copy_permille))
        sim_plan(sim, sim_below(sim, 2000), answer_late, exchange, 0);
}

static unsigned capabilities(void *user)
{
    return ((sim_world *)user)->knobs.capabilities;
}

static void warm(void *user, const char *url)
{
    sim_record(user, url, strlen(url));
}

/* "In this or the next turn", which is some time away where the host is busy. */
static void wanted(void *user)
{
    sim_world *sim = user;
    if (sim->is_pump_wanted)
        return;
    sim->is_pump_wanted = 1;
    sim->wanted_ms = sim->now_ms + (sim_chance(sim, 200) ? sim_below(sim, 50) : 0);
}

static void released(void *user)
{
    ((sim_world *)user)->app.is_released = 1;
}

const bosh_transport net_transport = {NULL, submit, cancel, capabilities, warm, wanted, released};

/* --------------------------------------------------------------------------------- calamities */

void net_reset_all(sim_world *sim)
{
    for (sim_exchange *exchange = sim->net.newest; exchange; exchange = exchange->older) {
        if (!exchange->is_live)
            continue;
        if (!exchange->has_arrived) {
            suspect(sim, exchange);
            exchange->fault = FAULT_SWALLOWED;
        }
        sim_plan(sim, 1, fail_exchange, exchange, BOSH_FAILED_MAYBE_SENT);
    }
}

void net_outage(sim_world *sim, uint64_t length_ms)
{
    int is_noticed = sim_chance(sim, 500);
    sim->net.down_until_ms = sim->now_ms + length_ms;
    sim_trace(sim, "  net is down for %llu ms", (unsigned long long)length_ms);
    for (sim_exchange *exchange = sim->net.newest; exchange; exchange = exchange->older) {
        if (!exchange->is_live)
            continue;
        if (!exchange->has_arrived)
            suspect(sim, exchange);
        exchange->fault = FAULT_SWALLOWED;
        if (is_noticed)
            sim_plan(sim, 1, fail_exchange, exchange, BOSH_FAILED_MAYBE_SENT);
    }
}

int net_has_live_fault(const sim_world *sim)
{
    const sim_exchange *exchange = sim->net.newest;
    while (exchange && !(exchange->is_live && exchange->fault != FAULT_NONE))
        exchange = exchange->older;
    return exchange != NULL;
}

void net_clear(sim_world *sim)
{
    for (sim_exchange *exchange = sim->net.newest; exchange; exchange = exchange->older)
        world_request_deinit(&exchange->request);
    memset(&sim->net, 0, sizeof(sim->net));
}
