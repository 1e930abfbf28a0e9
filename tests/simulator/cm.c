/* SPDX-License-Identifier: MIT
 * Requests in, answers out: creation, rid order, holding, replay, the end. */
#include "simulator/sim.h"
#include "simulator/xmpp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int has_quirk(const sim_world *sim, unsigned quirk)
{
    return (sim->knobs.quirks & quirk) != 0;
}

cm_slot *cm_slot_of(cm_session *session, uint64_t rid)
{
    return &session->slots[rid % CM_SLOTS];
}

cm_session *cm_find(sim_world *sim, const char *sid)
{
    cm_session *session = sid ? sim->cm.newest : NULL;
    while (session && strcmp(session->sid, sid) != 0)
        session = session->older;
    return session;
}

/* ---------------------------------------------------------------------------------- answers */

static uint32_t held_count(const cm_session *session)
{
    uint32_t count = 0;
    for (size_t i = 0; i < CM_SLOTS; i++)
        count += session->slots[i].state == SLOT_HELD;
    return count;
}

static cm_slot *lowest_held(cm_session *session)
{
    cm_slot *lowest = NULL;
    for (size_t i = 0; i < CM_SLOTS; i++)
        if (session->slots[i].state == SLOT_HELD &&
            (!lowest || session->slots[i].rid < lowest->rid))
            lowest = &session->slots[i];
    return lowest;
}

/* A body with these attributes and payloads. `session` NULL: for an unknown one. */
static cm_answer *answer_new(sim_world *sim, cm_session *session, const char *attributes,
                             const char *payloads)
{
    static const char *const plain = "<body xmlns='" WORLD_NS_HTTPBIND "'%s%s%s%s>%s</body>";
    static const char *const prefixed =
        "<b:body  xmlns:b = \"" WORLD_NS_HTTPBIND "\"%s%s%s%s\n>%s</b:body>";
    cm_answer *answer = arena_new(&sim->arena, sizeof(*answer));
    if (session && has_quirk(sim, QUIRK_ACKS)) /* of no use to who does not ask for them */
        attributes = arena_print(&sim->arena, "%s ack='%llu' report='%llu' time='%u'", attributes,
                                 (unsigned long long)session->next_rid - 1,
                                 (unsigned long long)session->first_rid, sim_below(sim, 65535));
    int is_sid_told = session && has_quirk(sim, QUIRK_SID_REPEATED);
    const char *format = has_quirk(sim, QUIRK_PREFIXED) ? prefixed : plain;
    answer->session = session;
    answer->bytes = arena_print(&sim->arena, format, is_sid_told ? " sid='" : "",
                                is_sid_told ? session->sid_xml : "", is_sid_told ? "'" : "",
                                attributes, payloads);
    answer->size = strlen(answer->bytes);
    answer->status = 200;
    answer->is_empty = *payloads == '\0';
    return answer;
}

cm_answer *cm_foreign_answer(sim_world *sim, int status, const char *entity)
{
    cm_answer *answer = arena_new(&sim->arena, sizeof(*answer));
    answer->bytes = entity;
    answer->size = strlen(entity);
    answer->status = status;
    return answer;
}

static cm_answer *answer_terminate(sim_world *sim, cm_session *session, const char *condition,
                                   const char *payloads)
{
    const char *attributes =
        condition ? arena_print(&sim->arena, " type='terminate' condition='%s'", condition)
                  : " type='terminate'";
    cm_answer *answer = answer_new(sim, session, attributes, payloads);
    answer->is_terminate = 1;
    return answer;
}

/* Only the last answers are kept for replay: as many as requests may be open. */
static void forget_old_answers(sim_world *sim, cm_session *session, uint64_t newest)
{
    for (size_t i = 0; i < CM_SLOTS; i++) {
        cm_slot *slot = &session->slots[i];
        if (slot->state == SLOT_ANSWERED && slot->rid + sim->knobs.requests <= newest)
            slot->state = SLOT_FREE;
    }
}

static void check_inactivity(sim_world *sim, void *what, uint64_t active_ms);

static void slot_answer(sim_world *sim, cm_session *session, cm_slot *slot, cm_answer *answer)
{
    uint64_t limit_ms = knobs_inactivity_ms(&sim->knobs);
    slot->state = SLOT_ANSWERED;
    slot->answer = answer;
    if (slot->is_restart && has_quirk(sim, QUIRK_RESTART_FORGOTTEN))
        slot->is_blanked = 1;
    sim->cm.data_answers += !answer->is_empty;
    session->active_ms = sim->now_ms;
    if (has_quirk(sim, QUIRK_REAPER))
        limit_ms += sim_below(sim, 30000);
    sim_plan(sim, limit_ms, check_inactivity, session, session->active_ms);
    forget_old_answers(sim, session, slot->rid);
    net_answer(sim, slot->exchange, answer);
}

static void process_deferred(sim_world *sim, cm_session *session);

/* All pending payloads, or the first one, as one text; they leave the queue. */
static const char *take_payloads(sim_world *sim, cm_session *session, int is_one,
                                 uint32_t *down_last)
{
    const char *text = "";
    session->down_taken = session->down_put + 1;
    while (session->pending) {
        cm_payload *payload = session->pending;
        text = *text ? arena_print(&sim->arena, "%s%s", text, payload->xml) : payload->xml;
        if (payload->down)
            session->down_put = *down_last = payload->down;
        session->pending = payload->next;
        if (!session->pending)
            session->pending_end = &session->pending;
        if (is_one)
            break;
    }
    return text;
}

/* What the request itself brought, as text. */
static const char *own_payloads(sim_world *sim, const cm_slot *slot)
{
    const char *end_tag = "</body>";
    const char *begin = strchr(slot->exchange->entity, '>') + 1;
    const char *end = slot->exchange->entity + slot->exchange->size - strlen(end_tag);
    return end > begin ? arena_copy(&sim->arena, begin, (size_t)(end - begin)) : "";
}

/* Let a held request go. */
static void release(sim_world *sim, cm_session *session, cm_slot *slot, const char *payloads,
                    uint32_t down_last)
{
    const char *attributes = "";
    int is_empty = *payloads == '\0';
    int is_overtaking = cm_slot_of(session, slot->rid + 1)->state == SLOT_DEFERRED;
    if (slot->is_echoing) {
        sim_reach(sim, MARK_ECHOED);
        attributes = arena_print(&sim->arena, " rid='%llu' sid='%s'", (unsigned long long)slot->rid,
                                 session->sid_xml);
        payloads = arena_print(&sim->arena, "%s%s", own_payloads(sim, slot), payloads);
    }
    cm_answer *answer = answer_new(sim, session, attributes, payloads);
    answer->down_first = down_last ? session->down_taken : 0;
    answer->down_last = down_last;
    slot_answer(sim, session, slot, answer);
    if (is_overtaking && is_empty && slot->is_empty)
        session->is_stuck = has_quirk(sim, QUIRK_OVERTAKEN_STUCK);
    process_deferred(sim, session);
}

/* Answer what can be answered: payloads go out on the oldest request, and no more requests are held
 * than agreed. */
static void flush(sim_world *sim, cm_session *session)
{
    uint32_t hold =
        sim->knobs.hold < sim->knobs.requests ? sim->knobs.hold : sim->knobs.requests - 1;
    cm_slot *slot;
    while (session->is_alive && !session->is_taking && (slot = lowest_held(session)) != NULL) {
        uint32_t down_last = 0;
        if (!session->pending && held_count(session) <= hold)
            return;
        const char *payloads =
            take_payloads(sim, session, has_quirk(sim, QUIRK_ONE_RESULT), &down_last);
        sim->cm.empties += *payloads == '\0';
        release(sim, session, slot, payloads, down_last);
    }
}

static void flush_later(sim_world *sim, void *what, uint64_t unused)
{
    (void)unused;
    flush(sim, what);
}

void cm_push(sim_world *sim, cm_session *session, const char *xml, uint32_t down)
{
    cm_payload *payload = arena_new(&sim->arena, sizeof(*payload));
    *payload = (cm_payload){.xml = xml, .down = down};
    *session->pending_end = payload;
    session->pending_end = &payload->next;
    if (sim->knobs.gather_ms)
        sim_plan(sim, sim->knobs.gather_ms, flush_later, session, 0);
    else
        flush(sim, session);
}

/* ------------------------------------------------------------------------------------ timers */

static void wait_over(sim_world *sim, void *what, uint64_t rid)
{
    cm_session *session = what;
    cm_slot *slot = cm_slot_of(session, rid);
    if (!session->is_alive || slot->state != SLOT_HELD || slot->rid != rid)
        return;
    sim->cm.waits_over++;
    release(sim, session, slot, "", 0);
}

/* Dropped without a word (INA-4). */
static void check_inactivity(sim_world *sim, void *what, uint64_t active_ms)
{
    cm_session *session = what;
    if (!session->is_alive || session->active_ms != active_ms || held_count(session))
        return;
    sim_trace(sim, "  cm  session %u dropped: inactive", session->index);
    session->is_alive = 0;
    memset(session->slots, 0, sizeof(session->slots));
}

/* ----------------------------------------------------------------------------------- requests */

static void hold(sim_world *sim, cm_session *session, cm_slot *slot)
{
    slot->state = SLOT_HELD;
    slot->held_since_ms = sim->now_ms;
    sim_plan(sim, (uint64_t)sim->knobs.wait_s * 1000, wait_over, session, slot->rid);
}

static void end_by_client(sim_world *sim, cm_session *session, cm_slot *slot)
{
    uint32_t down_last = 0;
    const char *payloads = take_payloads(sim, session, 0, &down_last);
    sim_trace(sim, "  cm  session %u terminated by the client", session->index);
    session->is_alive = 0;
    int is_first = 1; /* XEP-0124 section 13: terminate on the oldest, the rest empty */
    for (cm_slot *held = lowest_held(session); held; held = lowest_held(session)) {
        int is_told = is_first || has_quirk(sim, QUIRK_TERMINATE_ALL | QUIRK_TERMINATE_OTHER);
        const char *condition =
            held != slot && has_quirk(sim, QUIRK_TERMINATE_OTHER) ? "other-request" : NULL;
        cm_answer *answer = is_told ? answer_terminate(sim, session, condition, payloads)
                                    : answer_new(sim, session, "", payloads);
        answer->down_first = is_first && down_last ? session->down_taken : 0;
        answer->down_last = is_first ? down_last : 0;
        payloads = "";
        is_first = 0;
        slot_answer(sim, session, held, answer);
    }
}

/* RTX-13: a held request whose connection broke is forgotten when the one behind it comes. */
static void forget_broken(sim_world *sim, cm_session *session, uint64_t rid)
{
    cm_slot *slot = cm_slot_of(session, rid);
    if (!has_quirk(sim, QUIRK_FORGETFUL) || slot->rid != rid || slot->state != SLOT_HELD ||
        slot->exchange->is_live || slot->is_restart)
        return;
    slot->state = SLOT_FREE;
    slot->is_forgotten = 1;
    sim_reach(sim, MARK_FORGOTTEN);
}

static void process(sim_world *sim, cm_session *session, cm_slot *slot)
{
    forget_broken(sim, session, slot->rid - 1);
    const world_request *request = &slot->exchange->request;
    session->next_rid = slot->rid + 1;
    sim->cm.data_requests += request->kind != WORLD_EMPTY;
    hold(sim, session, slot);
    session->is_taking = 1;
    xmpp_take(sim, session, request);
    session->is_taking = 0;
    if (request->kind == WORLD_TERMINATE)
        end_by_client(sim, session, slot);
}

/* Requests that came too early and whose turn it is now (ORD, server side). */
static void process_deferred(sim_world *sim, cm_session *session)
{
    cm_slot *before, *slot;
    while (session->is_alive && !session->is_stuck) {
        slot = cm_slot_of(session, session->next_rid);
        if (slot->state != SLOT_DEFERRED || slot->rid != session->next_rid)
            return;
        before = cm_slot_of(session, slot->rid - 1);
        if (has_quirk(sim, QUIRK_OVERTAKEN_STUCK) && slot->is_early && before->is_empty &&
            before->state == SLOT_HELD)
            return;
        process(sim, session, slot);
        flush(sim, session);
    }
    if (session->is_stuck && session->is_alive && !session->is_pair_waived)
        sim_break(sim, "INV-17", "request %llu was overtaken though nothing on the way was late",
                  (unsigned long long)session->next_rid - 1);
}

static void take_new(sim_world *sim, cm_session *session, sim_exchange *exchange)
{
    uint64_t rid = exchange->request.rid;
    uint32_t extra = exchange->request.kind == WORLD_TERMINATE;
    cm_slot *slot = cm_slot_of(session, rid);
    uint8_t is_suspected = slot->rid == rid && slot->is_fault_suspected;
    if (rid >= session->next_rid + sim->knobs.requests + extra) {
        sim_break(sim, "INV-6", "rid %llu is beyond the window, %llu is expected",
                  (unsigned long long)rid, (unsigned long long)session->next_rid);
        return;
    }
    *slot = (cm_slot){.state = SLOT_DEFERRED,
                      .rid = rid,
                      .exchange = exchange,
                      .is_early = rid > session->next_rid,
                      .is_fault_suspected = is_suspected,
                      .is_empty = exchange->request.kind == WORLD_EMPTY,
                      .is_restart = exchange->request.kind == WORLD_RESTART};
    if (rid > session->next_rid) {
        sim_reach(sim, MARK_OVERTAKEN);
        sim_trace(sim, "  cm  rid +%llu came early",
                  (unsigned long long)(rid - session->first_rid));
    } else if (cm_slot_of(session, rid + 1)->state == SLOT_DEFERRED) {
        session->is_pair_waived = is_suspected;
    }
    process_deferred(sim, session);
    flush(sim, session);
}

/* The older of two connections for one rid is answered at once, the newer takes its place. */
static void take_duplicate(sim_world *sim, cm_session *session, cm_slot *slot,
                           sim_exchange *exchange)
{
    struct sim_exchange *older = slot->exchange;
    cm_answer *answer;
    if (session->is_stuck && slot->rid >= session->next_rid) {
        cm_end(sim, session, "internal-server-error");
        net_answer(sim, exchange, answer_terminate(sim, session, "internal-server-error", ""));
        return;
    }
    slot->exchange = exchange;
    slot->is_blanked = has_quirk(sim, QUIRK_EMPTY_REPLAY);
    if (slot->is_blanked && sim->are_faults_on && exchange->fault == FAULT_NONE &&
        sim_chance(sim, 500)) {
        exchange->fault = FAULT_LOST_ANSWER; /* only that makes the quirk felt */
        sim_count_fault(sim, FAULT_LOST_ANSWER);
    }
    sim_reach(sim, MARK_REPEATED_HELD);
    slot->is_echoing = has_quirk(sim, QUIRK_ECHO) && slot->state == SLOT_HELD && !slot->is_empty &&
                       sim_chance(sim, 700);
    if (has_quirk(sim, QUIRK_DUPLICATE_ERROR)) {
        answer = answer_new(sim, session, " type='error'", "");
        answer->is_error = 1;
    } else {
        answer = answer_new(sim, session, "", "");
    }
    net_answer(sim, older, answer);
}

static void take_forgotten(sim_world *sim, cm_session *session, sim_exchange *exchange)
{
    const cm_slot *slot = cm_slot_of(session, exchange->request.rid);
    int is_expected = slot->rid == exchange->request.rid && slot->is_forgotten;
    if (exchange->is_live && !is_expected)
        sim_break(sim, "INV-6", "rid %llu is asked for again, its answer is forgotten (WIN-2)",
                  (unsigned long long)exchange->request.rid);
    if (has_quirk(sim, QUIRK_EVICTED_SILENT))
        return;
    cm_answer *answer = answer_terminate(sim, session, "item-not-found", "");
    answer->is_terminate = !is_expected;
    answer->is_forgotten = is_expected;
    net_answer(sim, exchange, answer);
}

static void answer_unknown(sim_world *sim, sim_exchange *exchange)
{
    if (has_quirk(sim, QUIRK_UNKNOWN_404))
        net_answer(sim, exchange, cm_foreign_answer(sim, 404, "<html><p>not here</p></html>"));
    else
        net_answer(sim, exchange, answer_terminate(sim, NULL, "item-not-found", ""));
}

static const char *creation_attributes(sim_world *sim, const cm_session *session)
{
    const sim_knobs *knobs = &sim->knobs;
    const char *text = arena_print(&sim->arena, " wait='%u'", (unsigned)knobs->wait_s);
    if (!has_quirk(sim, QUIRK_SID_REPEATED))
        text = arena_print(&sim->arena, " sid='%s'%s", session->sid_xml, text);
    if (!has_quirk(sim, QUIRK_NO_REQUESTS))
        text = arena_print(&sim->arena, "%s requests='%u'", text, (unsigned)knobs->requests);
    if (!has_quirk(sim, QUIRK_NO_INACTIVITY))
        text = arena_print(&sim->arena, "%s inactivity='%u'", text, (unsigned)knobs->inactivity_s);
    if (!has_quirk(sim, QUIRK_NO_POLLING))
        text = arena_print(&sim->arena, "%s polling='%u'", text, (unsigned)knobs->polling_s);
    if (!has_quirk(sim, QUIRK_NO_HOLD))
        text = arena_print(&sim->arena, "%s hold='%u'", text, (unsigned)knobs->hold);
    if (has_quirk(sim, QUIRK_OFFERS))
        text = arena_print(&sim->arena,
                           "%s maxpause='120' accept='gzip' charsets='UTF-8' stream='s1' "
                           "xmpp:restartlogic='true' xmlns:xmpp='" WORLD_NS_XBOSH "'",
                           text);
    if (!has_quirk(sim, QUIRK_LEGACY))
        text = arena_print(&sim->arena, "%s ver='1.%d' secure='true'", text,
                           knobs->flavour == CM_PROSODY ? 6 : 11);
    return text;
}

static void create(sim_world *sim, sim_exchange *exchange)
{
    cm_session *session = arena_new(&sim->arena, sizeof(*session));
    uint32_t down_last = 0;
    session->index = ++sim->cm.session_count;
    uint32_t secret = sim_below(sim, UINT32_MAX);
    snprintf(session->sid, sizeof(session->sid), "s%u&%08x", session->index, secret);
    snprintf(session->sid_xml, sizeof(session->sid_xml), "s%u&amp;%08x", session->index, secret);
    session->older = sim->cm.newest;
    sim->cm.newest = session;
    session->is_alive = 1;
    session->pending_end = &session->pending;
    session->first_rid = exchange->request.rid;
    session->next_rid = exchange->request.rid + 1;
    sim->counts.sessions++;
    sim_trace(sim, "  cm  session %u created", session->index);
    cm_slot *slot = cm_slot_of(session, exchange->request.rid);
    *slot = (cm_slot){.rid = exchange->request.rid, .exchange = exchange};
    xmpp_open(sim, session);
    const char *payloads = take_payloads(sim, session, 0, &down_last);
    slot_answer(sim, session, slot,
                answer_new(sim, session, creation_attributes(sim, session), payloads));
}

/* Section 7, Openfire: the answer to a restart is not kept for a replay, and of a repeated request
 * it is the answer to the first copy. A replay then means that the stanzas in the real answer are
 * lost. */
static void blank(sim_world *sim, cm_session *session, cm_slot *slot)
{
    cm_answer *lost = slot->answer;
    slot->answer = answer_new(sim, session, "", "");
    slot->is_blanked = 0;
    if (!lost->down_last)
        return;
    lost->next_gone = session->gone;
    session->gone = lost;
    sim_reach(sim, MARK_GAP);
    sim_trace(sim, "  cm  loses d%u..d%u", lost->down_first, lost->down_last);
}

static void replay(sim_world *sim, cm_session *session, cm_slot *slot, sim_exchange *exchange)
{
    slot->exchange = exchange;
    sim_reach(sim, MARK_REPLAYED);
    if (slot->is_blanked && !slot->answer->is_terminate &&
        (slot->is_restart || session->stage == STAGE_BOUND))
        blank(sim, session, slot);
    sim_plan(sim, knobs_inactivity_ms(&sim->knobs), check_inactivity, session, sim->now_ms);
    net_answer(sim, exchange, slot->answer);
}

void cm_arrive(sim_world *sim, sim_exchange *exchange)
{
    const world_request *request = &exchange->request;
    if (request->kind == WORLD_CREATION) {
        create(sim, exchange);
        return;
    }
    cm_session *session = cm_find(sim, request->sid);
    if (!session || !session->is_alive) {
        cm_slot *slot = session ? cm_slot_of(session, request->rid) : NULL;
        if (slot && slot->state == SLOT_ANSWERED && slot->rid == request->rid)
            net_answer(sim, exchange, slot->answer);
        else
            answer_unknown(sim, exchange);
        return;
    }
    cm_slot *slot = cm_slot_of(session, request->rid);
    session->active_ms = sim->now_ms;
    if (slot->rid != request->rid || slot->state == SLOT_FREE) {
        if (request->rid >= session->next_rid)
            take_new(sim, session, exchange);
        else
            take_forgotten(sim, session, exchange);
    } else if (slot->state == SLOT_ANSWERED) {
        replay(sim, session, slot, exchange);
    } else {
        take_duplicate(sim, session, slot, exchange);
    }
}

/* ------------------------------------------------------------------------------------ the end */

void cm_end(sim_world *sim, cm_session *session, const char *condition)
{
    uint32_t down_last = 0;
    const char *payloads = "";
    if (!session->is_alive)
        return;
    sim_trace(sim, "  cm  session %u ends: %s", session->index, condition ? condition : "plainly");
    session->is_alive = 0;
    if (held_count(session))
        payloads = take_payloads(sim, session, 0, &down_last);
    for (cm_slot *held = lowest_held(session); held; held = lowest_held(session)) {
        cm_answer *answer = answer_terminate(sim, session, condition, payloads);
        answer->down_first = down_last ? session->down_taken : 0;
        answer->down_last = down_last;
        payloads = "";
        down_last = 0;
        slot_answer(sim, session, held, answer);
    }
}

void cm_restart(sim_world *sim)
{
    sim_trace(sim, "  cm  restarts");
    for (cm_session *session = sim->cm.newest; session; session = session->older) {
        session->is_alive = 0;
        memset(session->slots, 0, sizeof(session->slots));
    }
    net_reset_all(sim);
}

int cm_is_gone(const cm_session *session, uint32_t down)
{
    const cm_answer *gone = session->gone;
    while (gone && !(down >= gone->down_first && down <= gone->down_last))
        gone = gone->next_gone;
    return gone != NULL;
}

uint32_t cm_next_down(const cm_session *session, uint32_t down)
{
    do
        down++;
    while (cm_is_gone(session, down));
    return down;
}

void cm_note_got(sim_world *sim, cm_session *session, uint64_t rid, cm_answer *answer)
{
    size_t at = (size_t)(rid - session->first_rid);
    if (at >= session->got_capacity) {
        size_t capacity = (at + 1) * 2;
        cm_answer **bigger = arena_new(&sim->arena, capacity * sizeof(cm_answer *));
        if (session->got_capacity)
            memcpy(bigger, session->got, session->got_capacity * sizeof(cm_answer *));
        session->got = bigger;
        session->got_capacity = capacity;
    }
    session->got[at] = answer;
    if (at > session->got_prefix)
        sim_reach(sim, MARK_ANSWER_EARLY);
    if (!answer->is_forgotten)
        session->is_doubtful = 0;
    else if (at + 1 < session->got_capacity && session->got[at + 1])
        session->is_doubtful = 1;
    while (session->got_prefix < session->got_capacity && session->got[session->got_prefix] &&
           !session->is_prefix_over) {
        const cm_answer *next = session->got[session->got_prefix++];
        session->got_down = next->down_last ? next->down_last : session->got_down;
        session->is_prefix_over = next->is_terminate;
    }
}
