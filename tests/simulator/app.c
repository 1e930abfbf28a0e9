/* SPDX-License-Identifier: MIT
 * The books: INV-1, 2, 3, 4, 19, 20, 21 and 27. */
#include "simulator/sim.h"
#include "simulator/xmpp.h"
#include <stdlib.h>
#include <string.h>

#define RECONNECT_MS_MIN 700 /* 1 s, give or take 30 % */

/* ------------------------------------------------------------------------------ what we sent */

void app_accepted(sim_world *sim, cm_session *session, uint32_t number)
{
    sim_app *app = &sim->app;
    sim_look(sim, 1);
    if (number == 0 || number > app->up_count) {
        sim_break(sim, "INV-1", "stanza u%u was never submitted", number);
        return;
    }
    if (app->up[number].is_accepted)
        sim_break(sim, "INV-1", "stanza u%u is accepted twice", number);
    if (number <= session->accepted_last)
        sim_break(sim, "INV-1", "stanza u%u comes after u%u", number, session->accepted_last);
    for (uint32_t lower = app->up_resolved + 1; lower < number; lower++)
        if (app->up[lower].state == UP_PENDING && !app->up[lower].is_accepted)
            sim_break(sim, "INV-1", "stanza u%u is accepted, u%u is not", number, lower);
    if (app->up[number].state == UP_UNSENT)
        sim_break(sim, "INV-3", "stanza u%u is accepted though it was reported unsent", number);
    app->up_accepted += !app->up[number].is_accepted;
    app->up[number].is_accepted = 1;
    session->accepted_last = number;
}

static void resolve(sim_app *app)
{
    while (app->up_resolved < app->up_count && app->up[app->up_resolved + 1].state != UP_PENDING)
        app->up_resolved++;
}

/* A request lies between two stanzas whose tickets are known. */
static int is_covered(const sim_app *app, uint32_t number, bosh_ticket ticket)
{
    while (number <= app->up_count && app->up[number].is_request)
        number++;
    return number <= app->up_count && app->up[number].ticket <= ticket;
}

static void on_delivered(sim_world *sim, bosh_ticket ticket)
{
    sim_app *app = &sim->app;
    for (uint32_t number = app->up_resolved + 1; number <= app->up_count; number++) {
        up_stanza *stanza = &app->up[number];
        if (stanza->is_request ? !is_covered(app, number, ticket) : stanza->ticket > ticket)
            break;
        if (stanza->state != UP_PENDING)
            continue;
        stanza->state = UP_DELIVERED;
        sim_look(sim, 3);
        if (!stanza->is_accepted)
            sim_break(sim, "INV-3", "stanza u%u is reported delivered, which it is not", number);
    }
    resolve(app);
}

/* The number in the bytes of a stanza of ours; 0 for one the client made. */
static uint32_t number_in(sim_world *sim, bosh_slice xml)
{
    const char *text = arena_copy(&sim->arena, xml.data, xml.size);
    const char *mark = strstr(text, "='u");
    return mark ? (uint32_t)strtoul(mark + 3, NULL, 10) : 0;
}

void app_sent(sim_world *sim, const world_request *request)
{
    const world_node *payload = world_node_child(request->document.root, NULL, WORLD_NS_CLIENT);
    for (; payload; payload = world_node_sibling(payload, NULL, WORLD_NS_CLIENT)) {
        const world_node *ask = world_node_child(payload, "ask", "sim:ask");
        const char *id = world_node_attribute(ask ? ask : payload, ask ? "n" : "id");
        uint32_t number = id && *id == 'u' ? (uint32_t)strtoul(id + 1, NULL, 10) : 0;
        if (number == 0 || number > sim->app.up_count)
            continue;
        sim->app.up[number].session = sim->app.session;
        sim->app.up[number].rid = request->rid;
    }
}

/* A rid that was answered, and all before it too: what was in it is not unknown. */
static int is_rid_settled(const up_stanza *stanza)
{
    const cm_session *session = stanza->session;
    if (!session || stanza->rid - session->first_rid >= session->got_prefix)
        return 0;
    const cm_answer *answer = session->got[stanza->rid - session->first_rid];
    return !answer->is_terminate && !answer->is_forgotten && !session->is_doubtful;
}

static void on_lost(sim_world *sim, const bosh_event *event)
{
    sim_app *app = &sim->app;
    up_state state = event->type == BOSH_EVENT_UNKNOWN ? UP_UNKNOWN : UP_UNSENT;
    uint32_t number = number_in(sim, event->xml);
    if (number == 0)
        return;
    up_stanza *stanza = &app->up[number];
    if (number > app->up_count || (stanza->ticket && stanza->ticket != event->ticket)) {
        sim_break(sim, "INV-3", "ticket %llu does not belong to stanza u%u",
                  (unsigned long long)event->ticket, number);
        return;
    }
    if (stanza->state != UP_PENDING)
        sim_break(sim, "INV-3", "stanza u%u has two outcomes", number);
    if (state == UP_UNSENT && stanza->is_accepted)
        sim_break(sim, "INV-3", "stanza u%u is reported unsent but was accepted", number);
    if (state == UP_UNKNOWN && is_rid_settled(stanza) && !sim->alloc.failures)
        sim_break(sim, "INV-3", "stanza u%u is reported unknown, its request was answered", number);
    stanza->state = state;
    sim_look(sim, 3);
    sim_reach(sim, state == UP_UNKNOWN ? MARK_UNKNOWN : MARK_UNSENT);
    resolve(app);
}

/* ------------------------------------------------------------------------------- the session */

static cm_session *session_of_jid(sim_world *sim)
{
    const char *resource = strchr(bosh_client_jid(sim->client), '/');
    uint32_t index = resource ? (uint32_t)strtoul(resource + 2, NULL, 10) : 0;
    cm_session *session = sim->cm.newest;
    while (session && session->index != index)
        session = session->older;
    if (!session)
        sim_break(sim, "INV-2", "online without the address the server gave");
    return session;
}

/* May the client give the session up? */
static int is_loss_justified(const sim_world *sim)
{
    const sim_app *app = &sim->app;
    uint64_t silence_ms = sim_client_now(sim) - app->answered_ms;
    if (sim->alloc.failures)
        return 1;
    if (!app->session)
        return sim->troubles != app->login_troubles || sim->knobs.quirks & QUIRK_BAD_SIGNATURE;
    return !app->session->is_alive || app->session->is_stuck ||
           silence_ms >= knobs_patience_ms(&sim->knobs) ||
           (app->jumped_ms && app->jumped_ms >= app->answered_ms);
}

static void on_session_over(sim_world *sim, const bosh_event *event)
{
    sim_app *app = &sim->app;
    sim_look(sim, 19);
    sim_look(sim, 4);
    if (app->session)
        sim_reach(sim, app->session->is_alive ? MARK_LOST_SILENTLY : MARK_LOST_TOLD);
    if (app->session && app->down_seen != app->session->got_down && !sim->alloc.failures &&
        !app->session->is_doubtful)
        sim_break(sim, "INV-19", "over after stanza d%u, answers up to d%u were complete",
                  app->down_seen, app->session->got_down);
    if (!app->is_closing && !is_loss_justified(sim))
        sim_break(sim, "INV-4", "session given up with %s though the manager still has it",
                  bosh_error_name(event->error));
    app->sessions_lost += app->session != NULL;
    app->session = NULL;
    app->down_seen = 0;
    app->login_troubles = sim->troubles;
}

static void connect_again(sim_world *sim, void *unused, uint64_t number)
{
    (void)unused;
    if (sim_postpone(sim, connect_again, NULL, number) || sim->app.is_closing)
        return;
    world_validator_connect(sim->validator);
    sim->net.broken_creations = 0;
    sim->app.login_troubles = sim->troubles;
    sim->app.back_ms = 0;
    int error = bosh_client_connect(sim->client);
    if (error == BOSH_ERR_MEMORY && sim->alloc.failures)
        sim_plan(sim, 1000, connect_again, NULL, 0);
    else if (error != BOSH_OK)
        sim_break(sim, "INV-4", "no new connect after the end");
    sim->app.answered_ms = sim_client_now(sim);
    sim->is_pump_wanted = 1;
}

/* INV-24: a client that comes back keeps the pace it has told. */
static void note_reconnect(sim_world *sim, const bosh_event *event)
{
    const bosh_detail *detail = bosh_client_detail(sim->client);
    uint32_t least_ms = RECONNECT_MS_MIN;
    if (detail->condition == BOSH_CONDITION_POLICY_VIOLATION) /* OVR-5 */
        least_ms = 1000 * knobs_polling_s(&sim->knobs);
    if (event->delay_ms < least_ms)
        sim_break(sim, "INV-24", "comes back after %u ms", (unsigned)event->delay_ms);
    sim->app.back_told_ms = sim_client_now(sim);
    sim->app.back_ms = sim_client_now(sim) + event->delay_ms;
}

void app_creating(sim_world *sim)
{
    sim_app *app = &sim->app;
    if (sim->counts.sessions)
        sim_reach(sim, MARK_CREATED_AGAIN);
    sim_look(sim, 24);
    if (sim_client_now(sim) < app->back_ms && app->nudged_ms < app->back_told_ms)
        sim_break(sim, "INV-24", "a session is asked for %llu ms too early",
                  (unsigned long long)(app->back_ms - sim_client_now(sim)));
    app->back_ms = 0;
}

static void on_online(sim_world *sim, bosh_state before)
{
    sim_app *app = &sim->app;
    int is_another = before != BOSH_STATE_RECOVERING || !app->session;
    if (is_another)
        app->session = session_of_jid(sim);
    if (is_another && sim->counts.sessions > 1)
        sim_reach(sim, MARK_RECONNECTED);
    else if (!is_another)
        sim_reach(sim, MARK_RECOVERED);
}

static void on_state(sim_world *sim, const bosh_event *event)
{
    sim_app *app = &sim->app;
    bosh_state before = app->state;
    if (app->is_moving) /* the old client ends, the session does not */
        return;
    app->state = event->state;
    if (sim->knobs.quirks & QUIRK_BAD_SIGNATURE)
        sim_look(sim, 21);
    if (sim->knobs.quirks & QUIRK_BAD_SIGNATURE &&
        (app->state == BOSH_STATE_BINDING || app->state == BOSH_STATE_ONLINE))
        sim_break(sim, "INV-21", "authenticated by a server that cannot prove itself");
    if (app->state == BOSH_STATE_ONLINE)
        on_online(sim, before);
    if (app->state == BOSH_STATE_RECONNECT_WAIT) {
        sim->net.broken_creations = 0;
        note_reconnect(sim, event);
    }
    if (app->state != BOSH_STATE_RECONNECT_WAIT && app->state != BOSH_STATE_ENDED)
        return;
    on_session_over(sim, event);
    if (app->state != BOSH_STATE_ENDED)
        return;
    world_validator_ended(sim->validator);
    app->is_over = app->is_closing;
    if (sim->knobs.quirks & QUIRK_BAD_SIGNATURE) { /* seen through: the story goes on without it */
        sim_reach(sim, MARK_IMPOSTOR);
        sim->knobs.quirks &= ~(unsigned)QUIRK_BAD_SIGNATURE;
    }
    if (!app->is_over)
        sim_plan(sim, 1000, connect_again, NULL, 0);
}

void app_event(sim_world *sim, const bosh_event *event)
{
    sim_trace(sim, "      event %d state %s error %s ticket %llu delay %u", (int)event->type,
              bosh_state_text(event->state), bosh_error_name(event->error),
              (unsigned long long)event->ticket, (unsigned)event->delay_ms);
    sim_record_number(sim, (uint64_t)event->type << 32 | (uint64_t)event->state);
    sim_record_number(sim, event->ticket);
    sim_record_number(sim, event->delay_ms);
    if (event->type == BOSH_EVENT_STATE)
        on_state(sim, event);
    else if (event->type == BOSH_EVENT_DELIVERED)
        on_delivered(sim, event->ticket);
    else if (event->type == BOSH_EVENT_UNKNOWN || event->type == BOSH_EVENT_UNSENT)
        on_lost(sim, event);
}

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    (void)client;
    app_event(user, event);
}

void app_answered(sim_world *sim)
{
    sim->app.answered_ms = sim_client_now(sim);
}

/* INV-5: what has been delivered depends on which answers are complete, not on their order. */
void app_check_deliveries(sim_world *sim, const cm_session *session)
{
    const sim_app *app = &sim->app;
    if (session != app->session || app->is_moving || app->state == BOSH_STATE_CLOSING ||
        sim->alloc.failures || session->is_doubtful)
        return;
    sim_look(sim, 5);
    if (app->down_seen != session->got_down)
        sim_break(sim, "INV-5", "stanzas up to d%u are delivered, answers up to d%u are complete",
                  app->down_seen, session->got_down);
}

void app_check_cut(sim_world *sim, size_t size, uint32_t down_seen)
{
    sim_look(sim, 28);
    if (size < CUT_PLACES)
        sim->counts.cut_at[size] = 1;
    if (sim->app.down_seen > down_seen)
        sim_break(sim, "INV-28", "stanza d%u is delivered from an answer cut behind %zu bytes",
                  sim->app.down_seen, size);
}

/* --------------------------------------------------------------------------- what we receive */

/* `text` NULL: it has none to be compared. */
void app_received(sim_world *sim, uint32_t number, uint32_t index, const char *text)
{
    sim_app *app = &sim->app;
    cm_session *session = app->session;
    sim_look(sim, 2);
    sim_trace(sim, "      delivered d%u", number);
    sim_record_number(sim, number);
    sim->counts.down++;
    if (!session || index != session->index)
        sim_break(sim, "INV-19", "stanza d%u is delivered outside of its session", number);
    else if (number != cm_next_down(session, app->down_seen))
        sim_break(sim, "INV-2", "stanza d%u is delivered after d%u", number, app->down_seen);
    else if (number > session->got_down)
        sim_break(sim, "INV-5", "stanza d%u is delivered before its answer's turn", number);
    else if (text && strcmp(text, xmpp_text(sim, number, 0)) != 0)
        sim_break(sim, "INV-2", "the text of stanza d%u was changed on the way", number);
    app->down_seen = number;
}

static int on_stanza(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    sim_world *sim = user;
    const char *id = bosh_stanza_attribute(stanza, "id");
    const char *type = bosh_stanza_attribute(stanza, "type");
    const char *text = bosh_stanza_child_text(stanza, "body", WORLD_NS_CLIENT);
    int is_iq = bosh_stanza_is(stanza, "iq", WORLD_NS_CLIENT);
    (void)client;
    if (is_iq && (!type || strcmp(type, "get") != 0))
        return 1;
    char *rest = NULL;
    uint32_t number = id && *id == 'd' ? (uint32_t)strtoul(id + 1, &rest, 10) : 0;
    uint32_t index = number ? (uint32_t)strtoul(rest + 1, NULL, 10) : 0;
    app_received(sim, number, index, is_iq ? NULL : text ? text : "");
    if (!is_iq && sim_chance(sim, 250))
        app_say(sim);
    return 1;
}

static int on_known_query(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    bosh_writer *answer = bosh_client_iq_result(client, stanza);
    bosh_writer_element(answer, "q", "sim:known", NULL);
    int error = bosh_client_send(client, answer, NULL);
    int is_allowed = error == BOSH_ERR_STATE || error == BOSH_ERR_MEMORY;
    if (error != BOSH_OK && !is_allowed)
        sim_break(user, "INV-20", "the answer cannot be sent: %s", bosh_error_name(error));
    return 1;
}

/* --------------------------------------------------------------------------------- the client */

/* INV-27: what a log may never hold. */
static void look_for_secrets(sim_world *sim, const char *data, size_t size)
{
    const char *text = arena_copy(&sim->arena, data, size);
    const cm_session *session = sim->cm.newest;
    sim_look(sim, 27);
    if (strstr(text, "AGFsaWNlAHNlJmNyZXQ=") || strstr(text, "se&cret") ||
        (session && (strstr(text, session->sid) || strstr(text, session->sid_xml))))
        sim_break(sim, "INV-27", "a secret in the log: %s", text);
}

void app_log(sim_world *sim, const char *line)
{
    sim_trace(sim, "      log %s", line);
    look_for_secrets(sim, line, strlen(line));
}

static void on_log(bosh_log_level level, const char *line, void *user)
{
    (void)level;
    app_log(user, line);
}

static void on_wire_trace(int outgoing, const char *xml, size_t size, void *user)
{
    (void)outgoing;
    look_for_secrets(user, xml, size);
}

static bosh_config client_config(sim_world *sim)
{
    bosh_config config;
    bosh_config_init(&config);
    config.url = "https://sim.example/http-bind";
    config.jid = XMPP_USER "@" XMPP_DOMAIN;
    config.password = XMPP_PASSWORD;
    config.on_event = on_event;
    config.user = sim;
    config.allocator = world_alloc_allocator(&sim->alloc);
    config.entropy = world_seed_entropy;
    config.entropy_user = &sim->entropy;
    config.reconnect = sim->knobs.reconnect;
    config.schedule = sim->knobs.schedule;
    config.wait_s = (uint16_t)sim->knobs.client_wait_s;
    config.body_bytes_max = sim->knobs.client_body_bytes_max;
    if (sim->knobs.client_queue_bytes_max)
        config.queue_bytes_max = sim->knobs.client_queue_bytes_max;
    config.scram_rounds_min = 1;
    if (sim->knobs.is_traced_by_client) {
        config.log = on_log;
        config.trace = on_wire_trace;
    }
    return config;
}

int app_make_client(sim_world *sim)
{
    bosh_config config = client_config(sim);
    bosh_transport transport = net_transport;
    bosh_match known = {.ns = "sim:known", .name = "iq", .type = "get"};
    transport.user = sim;
    sim->clients++;
    if (bosh_client_new(&config, &transport, &sim->client) == BOSH_OK &&
        bosh_handler_add(sim->client, NULL, on_stanza, sim) > 0 &&
        bosh_handler_add(sim->client, &known, on_known_query, sim) > 0)
        return 1;
    sim_break(sim, "INV-4", "no client");
    return 0;
}

void app_start(sim_world *sim)
{
    if (app_make_client(sim))
        connect_again(sim, NULL, 0);
}

/* ------------------------------------------------------------------------------------ the end */

int app_is_settled(const sim_world *sim)
{
    const sim_app *app = &sim->app;
    if (app->is_over)
        return 1;
    if (app->state != BOSH_STATE_ONLINE || !app->session || app->is_moving)
        return 0;
    for (uint32_t number = app->up_resolved + 1; number <= app->up_count; number++)
        if (app->up[number].state == UP_PENDING &&
            !(app->up[number].is_request && app->up[number].is_accepted))
            return 0;
    return cm_next_down(app->session, app->down_seen) > app->session->down_made &&
           (sim->alloc.failures || !xmpp_unanswered(app->session));
}

void app_check_end(sim_world *sim)
{
    sim_app *app = &sim->app;
    for (uint32_t number = 1; number <= app->up_count; number++) {
        up_stanza *stanza = &app->up[number];
        sim->counts.up += stanza->is_accepted;
        if (stanza->is_request && stanza->answers != 1 && !sim->knobs.is_abandoned)
            sim_break(sim, "INV-20", "request u%u was answered %u times", number, stanza->answers);
        if (stanza->state != UP_PENDING || sim->knobs.is_abandoned ||
            (stanza->is_request && stanza->is_accepted))
            continue;
        sim_break(sim, "INV-3", "stanza u%u has no outcome", number);
    }
}
