/* SPDX-License-Identifier: MIT
 * Login, bind, numbered stanzas. */
#include "simulator/sim.h"
#include "simulator/xmpp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MECHANISMS(list) "<mechanisms xmlns='" WORLD_NS_SASL "'>" list "</mechanisms>"
#define FEATURES(list)                                                                             \
    "<stream:features xmlns:stream='" WORLD_NS_STREAMS "'>" list "</stream:features>"
#define BIND "<bind xmlns='" WORLD_NS_BIND "'/>"
/* What a client without these families must not be troubled by. */
#define OFFERS                                                                                     \
    "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism></authentication>"        \
    "<register xmlns='http://jabber.org/features/iq-register'/><sm xmlns='urn:xmpp:sm:3'/>"        \
    "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'/>"
/* base64 of NUL alice NUL se&cret */
#define PLAIN_RIGHT "AGFsaWNlAHNlJmNyZXQ="

/* ------------------------------------------------------------------------------------ pushing */

typedef struct sim_push {
    cm_session *session;
    const char *xml;
    uint32_t down;
} sim_push;

static void push_now(sim_world *sim, void *what, uint64_t unused)
{
    sim_push *push = what;
    (void)unused;
    push->session->pushes_planned--;
    if (push->session->is_alive)
        cm_push(sim, push->session, push->xml, push->down);
}

/* The server takes its time, but keeps its order. */
static void reply_in(sim_world *sim, cm_session *session, const char *xml, uint32_t down,
                     uint32_t delay_ms)
{
    uint64_t at_ms = sim->now_ms + delay_ms;
    if (at_ms < session->push_ms)
        at_ms = session->push_ms;
    if (at_ms == sim->now_ms && !session->pushes_planned) {
        cm_push(sim, session, xml, down);
        return;
    }
    sim_push *push = arena_new(&sim->arena, sizeof(*push));
    push->session = session;
    push->xml = xml;
    push->down = down;
    session->push_ms = at_ms;
    session->pushes_planned++;
    sim_plan(sim, at_ms - sim->now_ms, push_now, push, 0);
}

static void reply(sim_world *sim, cm_session *session, const char *xml)
{
    reply_in(sim, session, xml, 0, sim_below(sim, sim->knobs.reply_ms + 1));
}

/* -------------------------------------------------------------------------------------- login */

void xmpp_open(sim_world *sim, cm_session *session)
{
    int is_plain = strcmp(sim->knobs.mechanism, "PLAIN") == 0;
    const char *features =
        is_plain ? MECHANISMS("<mechanism>PLAIN</mechanism>")
                 : MECHANISMS("<mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism>");
    const char *bind = sim->knobs.quirks & QUIRK_BIND_EARLY ? BIND : "";
    const char *more = sim->knobs.quirks & QUIRK_OFFERS ? OFFERS : "";
    uint32_t late_ms = sim->knobs.quirks & QUIRK_FEATURES_LATE ? 1 + sim_below(sim, 3000) : 0;
    reply_in(sim, session, arena_print(&sim->arena, FEATURES("%s%s%s"), more, features, bind), 0,
             late_ms);
}

static void succeed(sim_world *sim, cm_session *session, const char *data)
{
    session->stage = STAGE_AUTHED;
    const char *early = sim->knobs.quirks & QUIRK_FEATURES_EARLY ? FEATURES(BIND) : "";
    reply(
        sim, session,
        arena_print(&sim->arena, "<success xmlns='" WORLD_NS_SASL "'>%s</success>%s", data, early));
}

static void refuse(sim_world *sim, cm_session *session)
{
    session->stage = STAGE_OPEN;
    reply(sim, session, "<failure xmlns='" WORLD_NS_SASL "'><not-authorized/></failure>");
}

static void take_auth(sim_world *sim, cm_session *session, const world_node *element)
{
    const char *mechanism = world_node_attribute(element, "mechanism");
    const char *text = world_node_text(element);
    sim_look(sim, 22);
    if (session->stage != STAGE_OPEN) {
        sim_break(sim, "INV-22", "auth twice in one session");
    } else if (!mechanism || strcmp(mechanism, sim->knobs.mechanism) != 0) {
        sim_break(sim, "INV-18", "the mechanism is not the best one offered");
    } else if (strcmp(mechanism, "PLAIN") != 0) {
        const char *first = scram_server_first(sim, &session->scram, text);
        session->stage = STAGE_SASL;
        if (first)
            reply(sim, session,
                  arena_print(&sim->arena, "<challenge xmlns='" WORLD_NS_SASL "'>%s</challenge>",
                              first));
        else
            refuse(sim, session);
    } else if (strcmp(text, PLAIN_RIGHT) == 0) {
        succeed(sim, session, "");
    } else {
        refuse(sim, session);
    }
}

static void take_response(sim_world *sim, cm_session *session, const world_node *element)
{
    const char *final = NULL;
    if (session->stage != STAGE_SASL || !session->scram) {
        sim_break(sim, "INV-22", "a SASL response that nothing asked for");
        return;
    }
    final = scram_server_final(sim, session->scram, world_node_text(element));
    session->scram = NULL;
    if (final)
        succeed(sim, session, final);
    else
        refuse(sim, session);
}

static void take_restart(sim_world *sim, cm_session *session)
{
    int is_second = session->restarts++ == 1;
    sim_look(sim, 22);
    if (is_second)
        sim_reach(sim, MARK_RESTARTED_AGAIN);
    if (session->stage < STAGE_AUTHED || session->restarts > 2) {
        sim_break(sim, "INV-22", "restart %u at stage %d", session->restarts, session->stage);
        return;
    }
    if (is_second && sim->now_ms - session->restart_ms < 1000 * sim->knobs.wait_s)
        sim_break(sim, "INV-22", "a second restart %llu ms after the first",
                  (unsigned long long)(sim->now_ms - session->restart_ms));
    session->restart_ms = sim->now_ms;
    if (session->stage == STAGE_AUTHED)
        session->stage = STAGE_RESTARTED;
    reply(sim, session, FEATURES(BIND));
}

static void take_bind(sim_world *sim, cm_session *session, const char *id)
{
    sim_look(sim, 22);
    if (session->stage < STAGE_RESTARTED || ++session->binds > 2)
        sim_break(sim, "INV-22", "a bind that is not due");
    session->stage = STAGE_BOUND;
    reply(sim, session,
          arena_print(&sim->arena,
                      "<iq xmlns='" WORLD_NS_CLIENT
                      "' type='result' id='%s'><bind xmlns='" WORLD_NS_BIND "'><jid>" XMPP_USER
                      "@" XMPP_DOMAIN "/s%u</jid></bind></iq>",
                      id, session->index));
}

/* ------------------------------------------------------------------------------------ stanzas */

/* Answer a question of the application; sometimes badly (IQ-3, IQ-4). */
static void answer_ask(sim_world *sim, cm_session *session, const world_node *iq,
                       const char *number)
{
    const char *id = world_node_attribute(iq, "id");
    const char *to = world_node_attribute(iq, "to");
    const char *from = to ? arena_print(&sim->arena, " from='%s'", to) : "";
    const char *format = "<iq xmlns='" WORLD_NS_CLIENT "' type='%s' id='%s'%s>"
                         "<ask xmlns='sim:ask' n='%s' by='%s'/></iq>";
    uint32_t mood = sim_below(sim, 10);
    if (mood == 0) /* never answered */
        return;
    if (mood == 1) /* a stranger is quicker */
        reply(sim, session,
              arena_print(&sim->arena, format, "result", id, " from='eve@sim.example/x'", number,
                          "stranger"));
    const char *type = mood == 2 ? "error" : "result";
    const char *answer = arena_print(&sim->arena, format, type, id, from, number, "asked");
    reply(sim, session, answer);
    if (mood == 3) /* twice */
        reply(sim, session, answer);
}

static void take_answer(sim_world *sim, cm_session *session, const world_node *iq)
{
    const char *id = world_node_attribute(iq, "id");
    const char *type = world_node_attribute(iq, "type");
    xmpp_query *query = session->queries;
    char *rest = NULL;
    uint32_t down = id && *id == 'd' ? (uint32_t)strtoul(id + 1, &rest, 10) : 0;
    if (down && strtoul(rest + 1, NULL, 10) < session->index)
        return; /* queued when the session it belongs to was lost */
    while (query && query->down != down)
        query = query->older;
    if (!query)
        sim_break(sim, "INV-20", "an answer to nothing: id %s", id ? id : "(none)");
    sim_look(sim, 20);
    if (query && query->is_answered++)
        sim_break(sim, "INV-20", "query d%u is answered twice", down);
    else if (query && strcmp(type, query->is_known ? "result" : "error") != 0)
        sim_break(sim, "INV-20", "query d%u is answered with %s", down, type);
}

static void take_iq(sim_world *sim, cm_session *session, const world_node *iq)
{
    const char *type = world_node_attribute(iq, "type");
    const world_node *ask = world_node_child(iq, "ask", "sim:ask");
    if (world_node_child(iq, "bind", WORLD_NS_BIND)) {
        take_bind(sim, session, world_node_attribute(iq, "id"));
    } else if (session->stage != STAGE_BOUND) {
        sim_break(sim, "INV-18", "an iq before the bind");
    } else if (ask && strcmp(type, "get") == 0) {
        const char *number = world_node_attribute(ask, "n");
        app_accepted(sim, session, (uint32_t)strtoul(number + 1, NULL, 10));
        answer_ask(sim, session, iq, number);
    } else {
        take_answer(sim, session, iq);
    }
}

static void take_message(sim_world *sim, cm_session *session, const world_node *message)
{
    const char *id = world_node_attribute(message, "id");
    const world_node *body = world_node_child(message, "body", WORLD_NS_CLIENT);
    uint32_t number = id && *id == 'u' ? (uint32_t)strtoul(id + 1, NULL, 10) : 0;
    if (session->stage != STAGE_BOUND)
        sim_break(sim, "INV-18", "a message before the bind");
    else if (!body || strcmp(world_node_text(body), xmpp_text(sim, number, 0)) != 0)
        sim_break(sim, "INV-1", "the text of message u%u was changed on the way", number);
    else
        app_accepted(sim, session, number);
}

void xmpp_take(sim_world *sim, cm_session *session, const world_request *request)
{
    if (request->kind == WORLD_RESTART)
        take_restart(sim, session);
    const world_node *payload = world_node_child(request->document.root, NULL, NULL);
    for (; payload; payload = world_node_sibling(payload, NULL, NULL)) {
        if (world_node_is(payload, "auth", WORLD_NS_SASL))
            take_auth(sim, session, payload);
        else if (world_node_is(payload, "response", WORLD_NS_SASL))
            take_response(sim, session, payload);
        else if (world_node_is(payload, "iq", WORLD_NS_CLIENT))
            take_iq(sim, session, payload);
        else if (world_node_is(payload, "message", WORLD_NS_CLIENT))
            take_message(sim, session, payload);
        else if (!world_node_is(payload, "presence", WORLD_NS_CLIENT) &&
                 !world_node_is(payload, "abort", WORLD_NS_SASL))
            sim_break(sim, "INV-16", "payload <%s> is none of ours", payload->name);
    }
}

/* --------------------------------------------------------------------------------- the peer */

void xmpp_speak(sim_world *sim, cm_session *session)
{
    const char *ns = sim->knobs.quirks & QUIRK_UNQUALIFIED ? "" : " xmlns='" WORLD_NS_CLIENT "'";
    uint32_t number = ++session->down_made;
    const char *xml;
    if (sim_chance(sim, 60)) {
        /* A program whose answer finds the queue full would have to come back with it. */
        uint8_t is_known = !sim->knobs.client_queue_bytes_max && sim_below(sim, 2);
        xmpp_query *query = arena_new(&sim->arena, sizeof(*query));
        *query = (xmpp_query){session->queries, number, is_known, 0};
        session->queries = query;
        xml = arena_print(
            &sim->arena, "<iq%s type='get' from='" XMPP_PEER "' id='d%u.%u'><q xmlns='%s'/></iq>",
            ns, number, session->index, query->is_known ? "sim:known" : "sim:unknown");
    } else {
        xml = arena_print(&sim->arena,
                          "<message%s from='" XMPP_PEER "' id='d%u.%u'><body>%s</body></message>",
                          ns, number, session->index, xmpp_text(sim, number, 1));
    }
    reply_in(sim, session, xml, number, 0);
}

uint32_t xmpp_unanswered(const cm_session *session)
{
    uint32_t count = 0;
    for (const xmpp_query *query = session->queries; query; query = query->older)
        count += query->down <= session->down_put && !query->is_answered &&
                 !cm_is_gone(session, query->down);
    return count;
}

const char *xmpp_text(sim_world *sim, uint32_t number, int is_escaped)
{
    static const char *const plain[] = {"a ", "<", "&", ">", "'", "\"", "é", "漢", "\n", "]]>"};
    static const char *const escaped[] = {"a ",     "&lt;",   "&amp;", "&gt;", "&apos;",
                                          "&quot;", "&#xe9;", "漢",    "\n",   "]]&gt;"};
    const char *const *parts = is_escaped ? escaped : plain;
    world_seed seed = {sim->seed * 1000003 + number, 0};
    size_t count = (size_t)world_seed_below(&seed, 12), used = 0;
    if (world_seed_below(&seed, 40) == 0)
        count = 300;
    char *text = arena_new(&sim->arena, 16 + count * 8);
    used = (size_t)snprintf(text, 16, "%u:", number);
    for (size_t i = 0; i < count; i++) {
        const char *part = parts[world_seed_below(&seed, sizeof(plain) / sizeof(plain[0]))];
        memcpy(text + used, part, strlen(part));
        used += strlen(part);
    }
    return text;
}
