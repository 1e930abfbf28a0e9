/* SPDX-License-Identifier: MIT
 * Connecting, closing, and what follows the end of a session: reports, and perhaps a new one. */
#include "client/client.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

#define HOPS_MAX 3       /* ERR-8 */
#define VIOLATIONS_MAX 3 /* section 2: policy-violation */
#define BACKOFF_MAX_S 60u
#define SETTLED_MS 30000u /* online for so long: the next back-off begins anew */
#define FAREWELL_MS 2000u
#define POLL_MARGIN_MS 100u

/* ------------------------------------------------------------------------------------ beginning */

/* Requests go there from now on. */
static void go_to(bosh_client *client, const char *url)
{
    client->session.options.url = url;
    client->stream.options.credentials.is_plain_allowed =
        client->config.allow_plain_over_http || bosh_sasl_is_url_private(url);
}

static void begin_anew(bosh_client *client)
{
    bosh_session_reset(&client->session);
    bosh_stream_reset(&client->stream);
    bosh_client_set_detail(client, BOSH_OK, 0);
}

/* What the configuration means for the floors. The parts of the address are there already. */
void bosh_lifecycle_set_options(bosh_client *client)
{
    const bosh_config *config = &client->config;
    bosh_session_options *session = &client->session.options;
    bosh_stream_options *stream = &client->stream.options;
    session->allocator = stream->allocator = &config->allocator;
    session->entropy = stream->entropy = config->entropy;
    session->entropy_user = stream->entropy_user = config->entropy_user;
    session->transport = stream->transport = &client->transport;
    session->language = stream->language = config->language;

    session->tells_answers = config->on_body != NULL;
    session->content_type = config->content_type;
    session->route = config->route;
    session->creation_attributes = BOSH_STREAM_CREATION_ATTRIBUTES;
    session->wait_s = config->wait_s;
    session->body_bytes_max = config->body_bytes_max;
    session->limits.bytes_max = config->response_bytes_max;
    session->limits.depth_max = config->depth_max;
    session->limits.attributes_max = config->attributes_max;
    session->limits.keep_source = BOSH_HAS_SOURCE;
    if (BOSH_HAS_TRACE && config->trace) {
        session->trace = bosh_trace_answer;
        session->trace_user = client;
    }
    if (BOSH_HAS_PARTS && config->parts && config->parts_as_parsed) {
        session->sink = &bosh_parts_sink;
        session->sink_user = client;
    }

    stream->credentials.authzid = config->authzid;
    stream->credentials.keys = &client->keys;
    stream->credentials.allowed = config->mechanisms;
    stream->credentials.rounds_min = config->scram_rounds_min;
    stream->credentials.rounds_max = config->scram_rounds_max;
    stream->rounds_per_run = config->scram_rounds_per_pump;
    stream->ask_credentials = config->ask_credentials;
    if (BOSH_HAS_EXTRAS) {
        stream->schedule = config->schedule;
        stream->legacy_session = config->legacy_session;
    }
    if (BOSH_HAS_STEERING) {
        stream->stops_before_login = config->stop_before_login;
        stream->stops_before_bind = config->stop_before_bind;
    }
    go_to(client, config->url);
    begin_anew(client);
}

void bosh_lifecycle_keep_prefixes(bosh_client *client)
{
    client->session.options.limits.keep_prefixes = 1;
}

static void warn(bosh_client *client, int warning, const char *what)
{
    bosh_log(client, BOSH_LOG_WARNING, what, NULL);
    bosh_client_tell(client, BOSH_EVENT_WARNING, warning, 0);
}

/* SEC-1; SEC-7 for a session that goes on */
static void warn_if_readable(bosh_client *client)
{
    if (!bosh_sasl_is_url_private(client->session.options.url))
        warn(client, BOSH_ERR_PLAIN_NEEDS_HTTPS, "the connection is not encrypted");
}

/* A new session and stream; ERR_ENTROPY. Without an unpredictable salt, floods of colliding names
 * would be cheap for the server. */
int bosh_lifecycle_reset(bosh_client *client)
{
    begin_anew(client);
    uint32_t *salt = &client->session.options.limits.hash_salt;
    return client->config.entropy(salt, sizeof(*salt), client->config.entropy_user)
               ? BOSH_ERR_ENTROPY
               : BOSH_OK;
}

static void begin(bosh_client *client)
{
    client->is_exported = 0;
    client->is_server_checked = 0;
    int error = bosh_lifecycle_reset(client);
    client->state = BOSH_STATE_CONNECTING;
    if (!error)
        error = bosh_session_open(&client->session, client->now_ms);
    if (error)
        bosh_session_end(&client->session, error);
    bosh_log(client, BOSH_LOG_INFO, "connecting", NULL);
    bosh_client_tell(client, BOSH_EVENT_STATE, BOSH_OK, 0);
    /* Now, so that the second connection is there when even the shortest login wants it (S1). */
    if (BOSH_HAS_EXTRAS && client->config.schedule != BOSH_SCHEDULE_S0 && client->transport.warm &&
        !error)
        client->transport.warm(client->transport.user, client->session.options.url);
    warn_if_readable(client);
}

int bosh_client_connect(bosh_client *client)
{
    if (!client || (client->state != BOSH_STATE_IDLE && client->state != BOSH_STATE_ENDED))
        return BOSH_ERR_STATE;
    client->state = BOSH_STATE_CONNECTING; /* sending is possible from here on */
    client->is_connect_wanted = 1;
    client->unsent_from = 0;
    client->was_online = client->reconnects = client->violations = client->hops = 0;
    bosh_client_wake(client);
    return BOSH_OK;
}

int bosh_client_set_password(bosh_client *client, const char *password)
{
    char *copy = password ? bosh_mem_string(&client->config.allocator, password) : NULL;
    if (password && !copy)
        return BOSH_ERR_MEMORY;
    bosh_mem_free_secret(&client->config.allocator, client->password);
    client->password = copy;
    client->stream.options.credentials.password = copy;
    client->has_password_answer = 1;
    bosh_client_wake(client);
    return BOSH_OK;
}

void bosh_client_network_changed(bosh_client *client)
{
    client->is_nudge_wanted = 1;
    bosh_client_wake(client);
}

void bosh_client_clock_jumped(bosh_client *client, uint64_t gap_ms)
{
    client->is_nudge_wanted = 1;
    client->gap_ms = gap_ms > UINT64_MAX - client->gap_ms ? UINT64_MAX : client->gap_ms + gap_ms;
    bosh_client_wake(client);
}

/* --------------------------------------------------------------------------------------- ending */

void bosh_lifecycle_end(bosh_client *client, int error)
{
    bosh_session_end(&client->session, error);
}

/* TERM-1: what is queued goes first, then the terminate. */
static void close_now(bosh_client *client)
{
    bosh_session *session = &client->session;
    bosh_time now_ms = client->now_ms;
    bosh_item *last = client->last_item;
    client->last_item = NULL;
    client->is_close_wanted = 0;
    client->is_connect_wanted = 0;
    bosh_client_set_state(client, BOSH_STATE_CLOSING, BOSH_OK, 0);
    if (client->stream.state == BOSH_STREAM_ONLINE && session->state == BOSH_SESSION_OPEN)
        bosh_item_append_list(&session->queue, &client->outbox);
    bosh_session_close(session, last, now_ms, now_ms + client->config.close_timeout_ms);
    if (session->state == BOSH_SESSION_IDLE || session->is_end_told) {
        session->is_end_told = 0; /* between two sessions: say the end once more */
        bosh_session_end(session, BOSH_OK);
    }
}

int bosh_lifecycle_farewell(bosh_client *client, bosh_time now_ms,
                            void (*give)(const bosh_transport_request *request, void *user),
                            void *user)
{
    bosh_session *session = &client->session;
    if (client->stream.state != BOSH_STREAM_ONLINE)
        return BOSH_ERR_STATE;
    if (session->state == BOSH_SESSION_OPEN) {
        bosh_client_close(client, NULL);
        if (client->is_close_wanted)
            close_now(client);
        int error = bosh_window_terminate_now(session, now_ms);
        if (error)
            return error;
    }
    for (const bosh_slot *slot = session->lowest; slot; slot = slot->next)
        if (slot->state != BOSH_SLOT_ANSWERED)
            give(&slot->request, user);
    return BOSH_OK;
}

/* Carry out what the program asked for since the last pump. */
void bosh_lifecycle_carry_out(bosh_client *client)
{
    bosh_time now_ms = client->now_ms;
    if (bosh_client_is_quiet(client))
        return;
    if (BOSH_HAS_MOVING && client->rebase_ms) {
        bosh_session_rebase(&client->session, client->rebase_ms, now_ms);
        client->rebase_ms = 0;
        client->online_since_ms = now_ms;
        bosh_client_set_state(client,
                              client->session.state == BOSH_SESSION_TERMINATING ? BOSH_STATE_CLOSING
                                                                                : BOSH_STATE_ONLINE,
                              BOSH_OK, 0);
        warn_if_readable(client);
    }
    if (client->is_close_wanted) {
        close_now(client);
        return;
    }
    if (BOSH_HAS_STEERING && client->has_password_answer) {
        client->has_password_answer = 0;
        bosh_stream_credentials_changed(&client->stream);
    }
    int is_nudged = client->is_nudge_wanted;
    if (is_nudged) {
        bosh_session_nudge(&client->session, now_ms, client->gap_ms);
        client->is_nudge_wanted = 0;
        client->gap_ms = 0;
    }
    int is_due = BOSH_HAS_RECONNECT && client->state == BOSH_STATE_RECONNECT_WAIT &&
                 (is_nudged || client->reconnect_at_ms <= now_ms);
    if (client->is_connect_wanted || is_due) {
        client->is_connect_wanted = 0;
        begin(client);
    }
}

/* RSP-12: the server's name may come with any answer. */
void bosh_lifecycle_check_server(bosh_client *client)
{
    const char *server = bosh_client_server(client);
    if (client->is_server_checked || !*server || client->state != BOSH_STATE_ONLINE)
        return;
    client->is_server_checked = 1;
    if (!bosh_jid_same(server, client->session.options.to))
        warn(client, BOSH_ERR_JID, "the server calls itself something else");
}

void bosh_lifecycle_stream_changed(bosh_client *client)
{
    bosh_time now_ms = client->now_ms;
    bosh_stream *stream = &client->stream;
    switch (stream->state) {
    case BOSH_STREAM_RESTARTING:
    case BOSH_STREAM_BINDING:
        bosh_client_set_state(client, BOSH_STATE_BINDING, BOSH_OK, 0);
        break;
    case BOSH_STREAM_ONLINE:
        client->was_online = 1;
        client->online_since_ms = now_ms;
        bosh_client_set_state(client, BOSH_STATE_ONLINE, BOSH_OK, 0);
        break;
    case BOSH_STREAM_FAILED:
        if (stream->error == BOSH_ERR_STREAM) {
            bosh_session_end(&client->session, stream->error);
        } else { /* leave politely, then give the reason */
            client->session.close_error = stream->error;
            bosh_session_close(&client->session, NULL, now_ms, now_ms + FAREWELL_MS);
        }
        break;
    default:
        break;
    }
}

/* --------------------------------------------------------------------------------------- policy */

/* Is it worth asking this server again, some time later? (section 2 of docs/protocol.md) */
static int is_passing(const bosh_client *client, int error, bosh_condition condition,
                      const char *stanza_condition)
{
    if (error == BOSH_ERR_STREAM) /* BIND-7 among them: conflict */
        return !bosh_text_has_word("conflict not-authorized host-unknown policy-violation "
                                   "invalid-namespace unsupported-version",
                                   stanza_condition);
    if (error == BOSH_ERR_AUTH)
        return bosh_text_equal(stanza_condition, "temporary-auth-failure");
    if (error == BOSH_ERR_BIND)
        return bosh_text_equal(stanza_condition, "resource-constraint");
    switch (error) {
    case BOSH_ERR_CONDITION:
        return condition != BOSH_CONDITION_HOST_GONE && condition != BOSH_CONDITION_HOST_UNKNOWN &&
               condition != BOSH_CONDITION_IMPROPER_ADDRESSING &&
               condition != BOSH_CONDITION_SEE_OTHER_URI &&
               (condition != BOSH_CONDITION_BAD_REQUEST || client->reconnects == 0) &&
               client->violations < VIOLATIONS_MAX;
    case BOSH_ERR_HTTP_STATUS:
    case BOSH_ERR_SESSION_LOST:
    case BOSH_ERR_SESSION_REFUSED:
    case BOSH_ERR_TERMINATED:
    case BOSH_ERR_RID_EXHAUSTED:
    case BOSH_ERR_CREATION:
    case BOSH_ERR_STEP_TIMEOUT:
    case BOSH_ERR_MEMORY:
        return 1;
    default: /* the network, and foreign answers (a captive portal) */
        return (error <= BOSH_ERR_DNS && error > BOSH_ERR_HTTP_STATUS &&
                error != BOSH_ERR_CERTIFICATE) ||
               (error <= BOSH_ERR_RESPONSE_FOREIGN && error > BOSH_ERR_CREATION);
    }
}

/* 1, 2, 4 ... 60 s, give or take 30 %. */
static uint32_t backoff_ms(bosh_client *client, bosh_condition condition)
{
    uint32_t step = client->reconnects, dice = 0;
    if (condition == BOSH_CONDITION_SYSTEM_SHUTDOWN)
        step += 3;
    uint32_t base_s = step < 6 ? 1u << step : BACKOFF_MAX_S;
    if (client->config.entropy(&dice, sizeof(dice), client->config.entropy_user))
        dice = 0;
    uint32_t least_ms = condition == BOSH_CONDITION_POLICY_VIOLATION /* OVR-5 */
                            ? client->session.polling_s * 1000u + POLL_MARGIN_MS
                            : 0;
    uint32_t delay_ms = base_s * 700u + dice % (base_s * 600u);
    return delay_ms > least_ms ? delay_ms : least_ms;
}

static bosh_slice host_of(const char *url)
{
    const char *begin = strstr(url, "://");
    begin = begin ? begin + 3 : url;
    return (bosh_slice){begin, strcspn(begin, *begin == '[' ? "]/?#" : ":/?#")};
}

/* ERR-8: https, on the configured host or one below it. A backslash is a slash for browsers. */
static int is_near(const bosh_client *client, const char *uri)
{
    bosh_slice here = host_of(client->config.url), there = host_of(uri);
    if (strncmp(uri, "https://", 8) != 0 || uri[strcspn(uri, "@\\ \t\r\n")])
        return 0;
    return there.size >= here.size &&
           strncmp(there.data + there.size - here.size, here.data, here.size) == 0 &&
           (there.size == here.size || there.data[there.size - here.size - 1] == '.');
}

int bosh_lifecycle_use_url(bosh_client *client, bosh_slice url)
{
    char *copy = bosh_mem_string_n(&client->config.allocator, url.data, url.size);
    if (!copy)
        return BOSH_ERR_MEMORY;
    if (strcmp(copy, client->config.url) != 0 && !is_near(client, copy)) {
        bosh_mem_free(&client->config.allocator, copy);
        return BOSH_ERR_BLOB_FOREIGN;
    }
    go_to(client, copy);
    bosh_mem_free(&client->config.allocator, client->moved_url);
    client->moved_url = copy;
    return BOSH_OK;
}

/* see-other-uri, but not for ever (ERR-8). */
static int follow(bosh_client *client, const char *uri)
{
    if (!uri || client->hops >= HOPS_MAX ||
        bosh_lifecycle_use_url(client, (bosh_slice){uri, strlen(uri)}) != BOSH_OK)
        return 0;
    client->hops++;
    return 1;
}

/* After how many ms to come back, -1: not at all. */
static int32_t reconnect_in(bosh_client *client, int error)
{
    const bosh_detail *detail = &client->detail;
    if (!BOSH_HAS_RECONNECT || client->state == BOSH_STATE_CLOSING || client->is_close_wanted ||
        bosh_client_is_exported(client))
        return -1;
    int is_never = client->config.reconnect == BOSH_RECONNECT_NEVER;
    if (BOSH_HAS_EXTRAS && detail->condition == BOSH_CONDITION_SEE_OTHER_URI &&
        !(is_never && client->was_online) && follow(client, client->session.end_uri))
        return 0;
    if (is_never ||
        (client->config.reconnect == BOSH_RECONNECT_AFTER_ONLINE && !client->was_online))
        return -1;
    if (detail->condition == BOSH_CONDITION_POLICY_VIOLATION)
        client->violations++;
    if (!is_passing(client, error, detail->condition, detail->stanza_condition))
        return -1;
    if (client->online_since_ms && client->now_ms - client->online_since_ms >= SETTLED_MS)
        client->reconnects = 0;
    client->online_since_ms = 0;
    uint32_t delay_ms = backoff_ms(client, detail->condition);
    client->reconnects += client->reconnects < UINT8_MAX;
    return (int32_t)delay_ms;
}

/* -------------------------------------------------------------------------------------- reports */

static void report(bosh_client *client, bosh_event_type type, bosh_item_list *list)
{
    for (bosh_item *item; (item = bosh_item_pop(list));) {
        bosh_event event = {.type = type, .ticket = item->ticket, .xml = {item->bytes, item->size}};
        if (item->ticket)
            bosh_client_emit(client, &event);
        bosh_item_free(&client->config.allocator, item);
    }
}

/* The cause: a stream or login error says more than the way the session ended after it. */
static int note_cause(bosh_client *client)
{
    const bosh_session *session = &client->session;
    const bosh_stream *stream = &client->stream;
    bosh_detail *detail = &client->detail;
    int error = session->end_error;
    const char *text = session->end_text;
    const char *condition = NULL;
    if (stream->state == BOSH_STREAM_FAILED) {
        error = stream->error;
        text = stream->text;
        condition = stream->condition;
    }
    if (client->state == BOSH_STATE_CLOSING)
        error = BOSH_OK;
    bosh_client_set_detail(client, error, session->end_http_status);
    detail->condition = session->end_condition;
    if (condition)
        detail->stanza_condition = condition;
    if (text)
        detail->text = text;
    if (session->end_uri)
        detail->uri = session->end_uri;
    return error;
}

/* The session is over and everything it received is delivered (INV-19). Each stanza is accounted
 * for once: delivered before, unknown here, unsent here or kept for the next session (SM-5). */
void bosh_lifecycle_ended(bosh_client *client)
{
    bosh_session *session = &client->session;
    bosh_item_list unsent = {NULL, NULL, 0};
    bosh_item_drop_own(&client->config.allocator, &session->queue);
    bosh_item_drop_own(&client->config.allocator, &client->outbox);
    bosh_item_prepend_list(&client->outbox, &session->queue);
    int error = note_cause(client);
    bosh_move_forget(client);
    int32_t delay_ms = reconnect_in(client, error);
    client->reconnect_at_ms = client->now_ms + (uint32_t)delay_ms;
    client->is_ending = delay_ms < 0;
    report(client, BOSH_EVENT_UNKNOWN, &session->unknown);
    bosh_iq_disconnected(client, 0);
    if (delay_ms >= 0 && !client->is_close_wanted) {
        bosh_client_set_state(client, BOSH_STATE_RECONNECT_WAIT, error, (uint32_t)delay_ms);
        return;
    }
    bosh_ticket sent;
    client->is_ending = 1;
    bosh_iq_disconnected(client, 1);
    bosh_client_tickets(client, NULL, &sent);
    client->unsent_from = sent < client->last_ticket ? sent + 1 : 0;
    bosh_item_append_list(&unsent, &client->outbox);
    report(client, BOSH_EVENT_UNSENT, &unsent);
    client->is_ending = client->is_close_wanted = 0;
    bosh_client_set_state(client, BOSH_STATE_ENDED, error, 0);
}
