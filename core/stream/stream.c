/* SPDX-License-Identifier: MIT
 * The XMPP stream: what arrives, and the order of the login. login.c writes its elements. */
#include "stream/stream.h"
#include "stream/login.h"
#include "stream/steer.h"
#include "base/mem.h"
#include "base/text.h"
#include "xml/stanza.h"

#include <stddef.h>
#include <string.h>

#define NS_STREAMS "http://etherx.jabber.org/streams"
#define NS_STREAM_ERRORS "urn:ietf:params:xml:ns:xmpp-streams"
#define NS_TLS "urn:ietf:params:xml:ns:xmpp-tls"
#define NS_SESSION "urn:ietf:params:xml:ns:xmpp-session"
#define NS_STANZA_ERRORS "urn:ietf:params:xml:ns:xmpp-stanzas"
#define OFFER_BYTES_MAX 8192u
#define STEP_GRACE_MS 15000u
#define ABORT_LIMIT_MS 2000u /* SASL-8 */
#define PAIR_LIMIT_MS 10000u /* section 4.2: then the bind goes again */
#define AGAIN_MIN_MS 1000u   /* RTX-9, where `wait` is 0 */

void bosh_stream_set_state(bosh_stream *stream, bosh_stream_state state)
{
    stream->state = state;
    stream->step_begin_ms = BOSH_NEVER;
}

void bosh_stream_fail(bosh_stream *stream, int error, const char *condition, const char *text)
{
    const bosh_allocator *allocator = stream->options.allocator;
    if (stream->state == BOSH_STREAM_FAILED)
        return;
    stream->error = error;
    bosh_mem_free(allocator, stream->condition);
    stream->condition = bosh_mem_string(allocator, condition);
    if (text || !stream->text) { /* the obsolete form brings it apart */
        bosh_mem_free(allocator, stream->text);
        stream->text = bosh_mem_string(allocator, text);
    }
    stream->stop = BOSH_STOP_NONE;
    bosh_stream_set_state(stream, BOSH_STREAM_FAILED);
}

static void fail(bosh_stream *stream, int error)
{
    bosh_stream_fail(stream, error, NULL, NULL);
}

void bosh_stream_reset(bosh_stream *stream)
{
    const bosh_allocator *allocator = stream->options.allocator;
    bosh_sasl_free(stream->sasl);
    bosh_buf_free(&stream->offer);
    bosh_mem_free(allocator, stream->jid);
    bosh_mem_free(allocator, stream->condition);
    bosh_mem_free(allocator, stream->text);
    memset(stream, 0, offsetof(bosh_stream, options)); /* FEATURES, and nothing else is told */
    bosh_buf_init(&stream->offer, allocator, OFFER_BYTES_MAX, BOSH_ERR_SASL);
    stream->step_begin_ms = BOSH_NEVER;
    stream->options.credentials.refused = 0;
}

int bosh_stream_resume(bosh_stream *stream, const char *jid)
{
    stream->jid = bosh_mem_string(stream->options.allocator, jid);
    if (!stream->jid)
        return BOSH_ERR_MEMORY;
    bosh_stream_set_state(stream, BOSH_STREAM_ONLINE);
    stream->told = BOSH_STREAM_ONLINE;
    return BOSH_OK;
}

/* ----------------------------------------------------------------------------------- receiving */

/* Did the bind leave with the restart (S1)? */
static int is_pair(const bosh_stream *stream)
{
    return BOSH_HAS_EXTRAS && stream->is_pair;
}

static int stops_before_login(const bosh_stream *stream)
{
    return BOSH_HAS_STEERING && stream->options.stops_before_login;
}

static void begin_bind(bosh_stream *stream)
{
    bosh_stream_set_state(stream, BOSH_STREAM_BINDING);
    if (BOSH_HAS_STEERING && stream->options.stops_before_bind)
        bosh_steer_stop(stream, BOSH_STOP_BIND);
    else
        stream->is_bind_due = 1;
}

/* The features before the login: what can we log in with? */
static int receive_first_features(bosh_stream *stream, const bosh_stanza *features)
{
    if (bosh_stanza_child(features, "mechanisms", BOSH_NS_SASL)) {
        bosh_buf_clear(&stream->offer);
        int error = bosh_sasl_read_offer(features, &stream->offer);
        if (error)
            return error;
    } else if (bosh_stanza_child(features, "bind", BOSH_NS_BIND)) { /* XMPP-13 */
        begin_bind(stream);
        return BOSH_OK;
    } else if (!stops_before_login(stream)) { /* else the program may know a way */
        const bosh_stanza *starttls = bosh_stanza_child(features, "starttls", NS_TLS);
        return bosh_stanza_child(starttls, "required", NS_TLS) ? BOSH_ERR_STARTTLS_REQUIRED
                                                               : BOSH_ERR_NO_MECHANISM;
    }
    if (stops_before_login(stream))
        bosh_steer_stop(stream, BOSH_STOP_LOGIN);
    else
        stream->is_auth_due = 1;
    return BOSH_OK;
}

/* The features after the restart. Ones that come with the success, or still offer a login, are from
 * before it (XMPP-8, SASL-12). */
static void receive_bound_features(bosh_stream *stream, const bosh_stanza *features)
{
    if (stream->is_success || bosh_stanza_child(features, "mechanisms", BOSH_NS_SASL))
        return;
    const bosh_stanza *session =
        BOSH_HAS_EXTRAS ? bosh_stanza_child(features, "session", NS_SESSION) : NULL;
    stream->has_features = 1;
    stream->has_session = session && !bosh_stanza_child(session, "optional", NULL);
    if (stream->state == BOSH_STREAM_RESTARTING && !is_pair(stream))
        begin_bind(stream);
    else if (stream->state == BOSH_STREAM_RESTARTING)
        bosh_stream_set_state(stream, BOSH_STREAM_BINDING);
}

static int receive_features(bosh_stream *stream, const bosh_stanza *features)
{
    if (stream->state == BOSH_STREAM_FEATURES)
        return receive_first_features(stream, features);
    if (stream->state == BOSH_STREAM_RESTARTING || stream->state == BOSH_STREAM_BINDING)
        receive_bound_features(stream, features);
    return BOSH_OK;
}

/* ERR-7: stream:error with its condition, or the obsolete form, the condition alone. */
static void receive_stream_error(bosh_stream *stream, const bosh_stanza *error)
{
    const bosh_stanza *condition = error, *text = NULL;
    if (bosh_stanza_is(error, "text", NS_STREAM_ERRORS)) {
        bosh_mem_free(stream->options.allocator, stream->text);
        stream->text = bosh_mem_string(stream->options.allocator, bosh_stanza_text(error));
        return;
    }
    if (bosh_stanza_is(error, "error", NS_STREAMS)) {
        condition = bosh_stanza_child(error, NULL, NS_STREAM_ERRORS);
        if (bosh_stanza_is(condition, "text", NULL))
            condition = bosh_stanza_next(condition, NULL, NS_STREAM_ERRORS);
        text = bosh_stanza_child(error, "text", NS_STREAM_ERRORS);
    }
    const char *name = bosh_stanza_name(condition);
    bosh_stream_fail(stream, BOSH_ERR_STREAM, name ? name : "undefined-condition",
                     bosh_stanza_text(text));
}

static void receive_bind_error(bosh_stream *stream, const bosh_stanza *iq)
{
    const char *condition = bosh_stanza_error_condition(iq);
    const bosh_stanza *error = bosh_stanza_child(iq, "error", NULL);
    if (is_pair(stream) && stream->bind_tries == 1) {
        stream->is_bind_due = 1; /* the server met it before the restart: once more, alone */
    } else if (bosh_text_equal(condition, "conflict") && stream->options.resource &&
               !stream->is_bind_plain) { /* BIND-4 */
        stream->is_bind_plain = 1;
        stream->is_bind_due = 1;
    } else {
        bosh_stream_fail(stream, BOSH_ERR_BIND, condition,
                         bosh_stanza_child_text(error, "text", NS_STANZA_ERRORS));
    }
}

/* BIND-2 */
void bosh_stream_bound(bosh_stream *stream, const bosh_stanza *iq)
{
    const bosh_stanza *bind = bosh_stanza_child(iq, "bind", BOSH_NS_BIND);
    const char *jid = bosh_stanza_child_text(bind, "jid", BOSH_NS_BIND);
    if (!jid || !*jid || stream->jid)
        return;
    stream->jid = bosh_mem_string(stream->options.allocator, jid);
    if (!stream->jid)
        fail(stream, BOSH_ERR_MEMORY);
    else if (BOSH_HAS_EXTRAS && stream->options.legacy_session && stream->has_session)
        stream->is_session_due = 1;
    else
        bosh_stream_set_state(stream, BOSH_STREAM_ONLINE);
}

/* An answer to the bind, whichever try it belongs to, or to the session request behind it; 1 when
 * it was one. */
static int receive_iq(bosh_stream *stream, const bosh_stanza *iq)
{
    const char *id = bosh_stanza_attribute(iq, "id"), *type = bosh_stanza_attribute(iq, "type");
    size_t size = strlen(stream->bind_id);
    int is_result = bosh_text_equal(type, "result"), is_error = bosh_text_equal(type, "error");
    if (!stream->bind_tries || stream->state == BOSH_STREAM_ONLINE || !id ||
        (!is_result && !is_error) || strncmp(id, stream->bind_id, size) != 0)
        return 0;
    if (BOSH_HAS_EXTRAS && strcmp(id + size, BOSH_SESSION_ID_SUFFIX) == 0 && stream->jid)
        bosh_stream_set_state(
            stream, BOSH_STREAM_ONLINE); /* an error too: servers that dropped it say so */
    else if (id[size] == '\0' && is_error)
        receive_bind_error(stream, iq);
    else if (id[size] == '\0')
        bosh_stream_bound(stream, iq);
    return 1;
}

bosh_stream_taker bosh_stream_receive(bosh_stream *stream, const bosh_stanza *element)
{
    const char *ns = bosh_stanza_namespace(element);
    int error = BOSH_OK;
    if (bosh_stanza_is(element, "error", NS_STREAMS) || bosh_text_equal(ns, NS_STREAM_ERRORS)) {
        receive_stream_error(stream, element);
        return BOSH_STREAM_OWN;
    } else if (stream->state == BOSH_STREAM_FAILED) {
        return BOSH_STREAM_OWN; /* nothing revives it */
    } else if (bosh_steer_place(stream)) {
        bosh_steer_receive(stream, element);
        return BOSH_STREAM_PROGRAM;
    } else if (bosh_stanza_is(element, "features", NS_STREAMS)) { /* XMPP-4 */
        error = receive_features(stream, element);
    } else if (bosh_text_equal(ns, BOSH_NS_SASL)) {
        error = bosh_login_receive(stream, element);
    } else if (!(bosh_stanza_is(element, "iq", BOSH_NS_CLIENT) && receive_iq(stream, element)) &&
               stream->state == BOSH_STREAM_ONLINE) {
        return BOSH_STREAM_STANZA;
    }
    if (error)
        fail(stream, error);
    return bosh_steer_place(stream) ? BOSH_STREAM_PROGRAM : BOSH_STREAM_OWN;
}

void bosh_stream_authenticated(bosh_stream *stream)
{
    stream->is_success = 1;
    stream->has_features = 0; /* SASL-12 */
    bosh_buf_free(&stream->offer);
    bosh_stream_set_state(stream, BOSH_STREAM_RESTARTING);
}

/* ----------------------------------------------------------------------------------------- time */

static int is_s1_possible(const bosh_stream *stream, const bosh_session *session)
{
    const bosh_transport *transport = stream->options.transport;
    unsigned can = transport->capabilities(transport->user);
    if (!BOSH_HAS_EXTRAS || !(can & BOSH_TRANSPORT_PARALLEL) || session->requests < 2 ||
        stream->options.legacy_session || stream->options.stops_before_bind)
        /* which have to see the features first */
        return 0;
    return stream->options.schedule == BOSH_SCHEDULE_S1 ||
           (stream->options.schedule == BOSH_SCHEDULE_AUTO && (can & BOSH_TRANSPORT_WARM));
}

/* Derive keys for a while, then respond. */
static int derive(bosh_stream *stream, bosh_session *session)
{
    int done = bosh_sasl_run(stream->sasl, stream->options.rounds_per_run);
    if (done <= 0)
        return done;
    stream->is_deriving = 0;
    return bosh_login_respond(stream, session);
}

static int restart(bosh_stream *stream, bosh_session *session)
{
    stream->is_success = 0;
    stream->is_pair = (uint8_t)is_s1_possible(stream, session);
    int error = bosh_login_restart(stream, session);
    if (!error && is_pair(stream))
        error = bosh_login_bind(stream, session, BOSH_ITEM_ALONE | BOSH_ITEM_PAIR);
    return error;
}

/* Send what is due in this state. */
static int send_due(bosh_stream *stream, bosh_session *session)
{
    switch (stream->state) {
    case BOSH_STREAM_FEATURES:
    case BOSH_STREAM_CREDENTIALS:
        return stream->is_auth_due ? bosh_login_begin(stream, session) : BOSH_OK;
    case BOSH_STREAM_AUTHENTICATING:
        return stream->is_deriving ? derive(stream, session) : BOSH_OK;
    case BOSH_STREAM_RESTARTING:
        return stream->is_success ? restart(stream, session) : BOSH_OK;
    case BOSH_STREAM_BINDING:
        if (stream->is_bind_due)
            return bosh_login_bind(stream, session, BOSH_ITEM_ALONE);
        return BOSH_HAS_EXTRAS && stream->is_session_due ? bosh_login_session(stream, session)
                                                         : BOSH_OK;
    default:
        return BOSH_OK;
    }
}

/* RTX-9: the answer to a repeated restart may come without the features; one more restart helps. */
static int may_restart_again(const bosh_stream *stream, const bosh_session *session)
{
    return stream->state == BOSH_STREAM_RESTARTING && !stream->has_features &&
           session->restart_attempts > 1 && stream->restarts == 1;
}

static uint32_t step_ms(const bosh_stream *stream, const bosh_session *session)
{
    uint32_t wait_ms = session->wait_s * 1000u;
    if (BOSH_HAS_STEERING && stream->is_aborting)
        return ABORT_LIMIT_MS;
    if (is_pair(stream) && stream->has_features && stream->bind_tries == 1)
        return PAIR_LIMIT_MS;
    if (bosh_window_is_polling(session)) /* a step may take two polls */
        wait_ms += session->polling_s * 2000u;
    if (may_restart_again(stream, session))
        return wait_ms > AGAIN_MIN_MS ? wait_ms : AGAIN_MIN_MS;
    return wait_ms + STEP_GRACE_MS;
}

/* A step that is not answered in time: once more where that can help, else the end. */
static int step_over(bosh_stream *stream, bosh_session *session)
{
    stream->step_begin_ms = BOSH_NEVER;
    if (BOSH_HAS_STEERING && bosh_steer_give_up(stream))
        return BOSH_OK;
    if (may_restart_again(stream, session) && !stream->is_restart_due)
        stream->is_restart_due = 1;
    else if (stream->state == BOSH_STREAM_BINDING && stream->bind_tries == 1)
        return bosh_login_bind(stream, session, BOSH_ITEM_ALONE);
    else
        return BOSH_ERR_STEP_TIMEOUT;
    return BOSH_OK;
}

/* Does the login wait for a password? */
static int is_asking(const bosh_stream *stream)
{
    return BOSH_HAS_STEERING && stream->state == BOSH_STREAM_CREDENTIALS;
}

/* Is the login waiting for the server? */
static int is_answer_due(const bosh_stream *stream)
{
    return stream->state != BOSH_STREAM_ONLINE && stream->state != BOSH_STREAM_FAILED &&
           !is_asking(stream) && !(bosh_steer_place(stream) && stream->is_programs_turn);
}

/* When the step that is under way has to be answered. */
static void measure_step(bosh_stream *stream, const bosh_session *session, bosh_time now_ms)
{
    /* While a request is being repeated it is not the server's answer that is missing: the session
     * knows when to give up (RTX-7). */
    int is_restart_answered = session->restart_attempts != 0;
    if (stream->step_begin_ms == BOSH_NEVER || bosh_session_is_recovering(session) ||
        is_restart_answered != stream->is_restart_answered)
        stream->step_begin_ms = now_ms;
    stream->is_restart_answered = (uint8_t)is_restart_answered;
    stream->step_limit_ms = stream->step_begin_ms + step_ms(stream, session);
}

void bosh_stream_run(bosh_stream *stream, bosh_session *session, bosh_time now_ms)
{
    if (session->state != BOSH_SESSION_OPEN || stream->state == BOSH_STREAM_FAILED)
        return;
    int error = send_due(stream, session);
    if (!error && is_answer_due(stream)) {
        measure_step(stream, session, now_ms);
        if (stream->step_limit_ms <= now_ms)
            error = step_over(stream, session);
        /* Not queued before it can leave: the features may still come with the answer before it. */
        if (!error && stream->is_restart_due && may_restart_again(stream, session) &&
            bosh_window_open_at(session) <= now_ms) {
            stream->is_restart_due = 0;
            error = bosh_login_restart(stream, session);
        }
    }
    if (error)
        fail(stream, error);
}

bosh_time bosh_stream_deadline(const bosh_stream *stream)
{
    if (stream->state == BOSH_STREAM_AUTHENTICATING && stream->is_deriving)
        return 0;
    if (!is_answer_due(stream) || stream->step_begin_ms == BOSH_NEVER)
        return BOSH_NEVER;
    return stream->step_limit_ms;
}

int bosh_stream_is_waiting(const bosh_stream *stream)
{
    if (is_asking(stream) || stream->state == BOSH_STREAM_FAILED)
        return 0;
    if (bosh_steer_place(stream))
        return !stream->is_programs_turn;
    return !stream->is_deriving && !stream->is_auth_due;
}

void bosh_stream_credentials_changed(bosh_stream *stream)
{
    if (!is_asking(stream))
        return;
    if (stream->options.credentials.password)
        stream->is_auth_due = 1;
    else
        fail(stream, BOSH_ERR_CREDENTIALS);
}

void bosh_stream_ask(bosh_stream *stream, int error)
{
    stream->error = error;
    stream->told = BOSH_STREAM_FEATURES; /* each time */
    bosh_stream_set_state(stream, BOSH_STREAM_CREDENTIALS);
}

bosh_stream_event bosh_stream_poll(bosh_stream *stream)
{
    if (BOSH_HAS_STEERING && stream->is_stop_due) {
        stream->is_stop_due = 0;
        return BOSH_STREAM_EVENT_STOP;
    }
    if (stream->state == stream->told)
        return BOSH_STREAM_EVENT_NONE;
    stream->told = stream->state;
    return is_asking(stream) ? BOSH_STREAM_EVENT_CREDENTIALS : BOSH_STREAM_EVENT_STATE;
}
