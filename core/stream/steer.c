/* SPDX-License-Identifier: MIT
 * A login that the program has in hand (SASL-14). */
#include "stream/steer.h"
#include "stream/login.h"
#include "base/text.h"

#include <string.h>

static void turn_over(bosh_stream *stream, int is_programs_turn)
{
    stream->is_programs_turn = (uint8_t)is_programs_turn;
    stream->step_begin_ms = BOSH_NEVER;
}

void bosh_steer_stop(bosh_stream *stream, bosh_stream_stop stop)
{
    stream->stop = stop;
    stream->is_aborting = 0;
    if (stop == BOSH_STOP_LOGIN)
        stream->state = BOSH_STREAM_FEATURES;
    turn_over(stream, 1);
}

void bosh_steer_receive(bosh_stream *stream, const bosh_stanza *element)
{
    int is_asked = !stream->is_programs_turn;
    turn_over(stream, 1);
    if (stream->stop == BOSH_STOP_SASL && bosh_stanza_is(element, "success", BOSH_NS_SASL)) {
        bosh_steer_stop(stream, BOSH_STOP_SUCCESS);
    } else if (stream->stop == BOSH_STOP_SASL && bosh_stanza_is(element, "failure", BOSH_NS_SASL)) {
        bosh_steer_stop(stream, BOSH_STOP_LOGIN); /* SASL-7: another try in this session */
    } else if (stream->stop == BOSH_STOP_BIND && is_asked &&
               bosh_text_equal(bosh_stanza_attribute(element, "type"), "result") &&
               bosh_stanza_child(element, "bind", BOSH_NS_BIND)) {
        bosh_stream_bound(stream, element);
        if (stream->jid)
            stream->stop = BOSH_STOP_NONE;
    }
}

int bosh_steer_give_up(bosh_stream *stream)
{
    if (!stream->is_aborting)
        return 0;
    bosh_steer_stop(stream, BOSH_STOP_LOGIN);
    stream->is_stop_due = 1;
    return 1;
}

static int is_named(const bosh_writer *element, const char *start)
{
    size_t size = strlen(start);
    return element->kind == BOSH_KIND_SASL && element->buf.size > size &&
           memcmp(element->buf.data, start, size) == 0 && strchr(" />", element->buf.data[size]);
}

/* SASL-2 holds for what the program sends, too. */
static int is_secret_shown(const bosh_stream *stream, const bosh_writer *auth)
{
    const char *attribute = strstr(auth->buf.data, "mechanism");
    if (!attribute || stream->options.credentials.is_plain_allowed)
        return 0;
    const char *quote = attribute + strcspn(attribute, "'\"");
    return *quote && bosh_sasl_is_readable(quote + 1, strcspn(quote + 1, "'\""));
}

/* May this be sent now, and where is the login then? */
static int place_after(const bosh_stream *stream, const bosh_writer *element)
{
    int is_before = stream->stop == BOSH_STOP_LOGIN || stream->stop == BOSH_STOP_BIND;
    if (element->kind == BOSH_KIND_IQ)
        return is_before ? (int)stream->stop : BOSH_ERR_STATE;
    if (is_named(element, "<auth") && is_secret_shown(stream, element))
        return BOSH_ERR_PLAIN_NEEDS_HTTPS;
    if (is_named(element, "<auth"))
        return stream->stop == BOSH_STOP_LOGIN ? (int)BOSH_STOP_SASL : BOSH_ERR_STATE;
    if (!is_named(element, "<response") && !is_named(element, "<abort"))
        return BOSH_ERR_STANZA_KIND;
    return stream->stop == BOSH_STOP_SASL && !stream->is_aborting ? (int)BOSH_STOP_SASL
                                                                  : BOSH_ERR_STATE;
}

int bosh_steer_send(bosh_stream *stream, bosh_session *session, const bosh_writer *element)
{
    int place = place_after(stream, element);
    if (place < 0)
        return place;
    unsigned flags = element->kind == BOSH_KIND_IQ ? BOSH_ITEM_ALONE : BOSH_ITEM_SASL;
    bosh_item *item = bosh_item_new(stream->options.allocator, element->buf.data, element->buf.size,
                                    NULL, 0, flags, 0);
    if (!item)
        return BOSH_ERR_MEMORY;
    bosh_session_queue(session, item);
    stream->stop = (bosh_stream_stop)place;
    stream->is_aborting = (uint8_t)is_named(element, "<abort");
    if (place == BOSH_STOP_SASL)
        stream->state = BOSH_STREAM_AUTHENTICATING;
    turn_over(stream, 0);
    return BOSH_OK;
}

int bosh_steer_continue(bosh_stream *stream)
{
    bosh_stream_stop stop = stream->stop;
    if (stop == BOSH_STOP_NONE || stop == BOSH_STOP_SASL)
        return BOSH_ERR_STATE;
    stream->stop = BOSH_STOP_NONE;
    turn_over(stream, 0);
    if (stop == BOSH_STOP_LOGIN)
        stream->is_auth_due = 1;
    else if (stop == BOSH_STOP_SUCCESS)
        bosh_stream_authenticated(stream);
    else
        stream->is_bind_due = 1;
    return BOSH_OK;
}
