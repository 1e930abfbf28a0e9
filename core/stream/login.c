/* SPDX-License-Identifier: MIT
 * The elements of the login (SASL-3..7, XMPP-6, BIND-1). */
#include "stream/login.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

#define BOSH_NS_SESSION "urn:ietf:params:xml:ns:xmpp-session"
#define SASL_BYTES_MAX 65536u
#define CHALLENGE_BYTES_MAX 4096u

/* Queue an element of the login; `element` is wiped with the item once it is answered. */
static void queue(bosh_stream *stream, bosh_session *session, bosh_buf *element,
                  const char *attributes, unsigned flags)
{
    bosh_item *item = NULL;
    if (!element->error)
        item = bosh_item_new(stream->options.allocator, element->data, element->size, attributes,
                             attributes ? strlen(attributes) : 0, flags, 0);
    if (item)
        bosh_session_queue(session, item);
    else
        bosh_stream_fail(stream, element->error ? element->error : BOSH_ERR_MEMORY, NULL, NULL);
}

/* <name xmlns='...sasl' mechanism='...'>Base64</name>; an empty `data` is written as `if_empty`. */
static void queue_sasl(bosh_stream *stream, bosh_session *session, const char *name,
                       const char *mechanism, const bosh_buf *data, const char *if_empty)
{
    bosh_buf element;
    bosh_buf_init(&element, stream->options.allocator, SASL_BYTES_MAX, BOSH_ERR_SASL);
    bosh_buf_write(&element, "<%s xmlns='" BOSH_NS_SASL "'[ mechanism='%a']>", name, mechanism);
    if (data->size)
        bosh_buf_append_base64(&element, data->data, data->size);
    else
        bosh_buf_append_text(&element, if_empty);
    bosh_buf_write(&element, "</%s>", name);
    if (data->error)
        bosh_stream_fail(stream, data->error, NULL, NULL);
    else
        queue(stream, session, &element, NULL, BOSH_ITEM_SASL);
    bosh_buf_free_secret(&element);
}

/* The mechanism to try next; those the server has already refused are left out. */
static int choose(bosh_stream *stream)
{
    bosh_credentials credentials = stream->options.credentials;
    credentials.refused = stream->tried;
    return bosh_sasl_choose(stream->offer.data, &credentials);
}

void bosh_login_begin(bosh_stream *stream, bosh_session *session)
{
    uint8_t nonce[BOSH_SASL_NONCE_SIZE];
    bosh_buf initial;
    int choice = choose(stream);
    if (choice == BOSH_ERR_CREDENTIALS && stream->options.ask_credentials) {
        bosh_stream_ask(stream, BOSH_OK);
        return;
    }
    if (choice < 0) {
        bosh_stream_fail(stream, choice, NULL, NULL);
        return;
    }
    if (stream->options.entropy(nonce, sizeof(nonce), stream->options.entropy_user)) {
        bosh_stream_fail(stream, BOSH_ERR_ENTROPY, NULL, NULL);
        return;
    }
    stream->mechanism = (bosh_mechanism)choice;
    bosh_sasl_free(stream->sasl);
    stream->sasl = NULL;
    int error = bosh_sasl_new(stream->options.allocator, stream->mechanism, stream->offer.data,
                              &stream->options.credentials, nonce, &stream->sasl);
    bosh_buf_init(&initial, stream->options.allocator, SASL_BYTES_MAX, BOSH_ERR_SASL);
    if (!error)
        error = bosh_sasl_start(stream->sasl, &initial);
    if (error)
        bosh_stream_fail(stream, error, NULL, NULL);
    else
        queue_sasl(stream, session, "auth", bosh_mechanism_name(stream->mechanism), &initial, "=");
    bosh_buf_free_secret(&initial);
}

void bosh_login_respond(bosh_stream *stream, bosh_session *session)
{
    bosh_buf response;
    stream->is_response_due = 0;
    bosh_buf_init(&response, stream->options.allocator, SASL_BYTES_MAX, BOSH_ERR_SASL);
    int error = bosh_sasl_response(stream->sasl, &response);
    if (error)
        bosh_stream_fail(stream, error, NULL, NULL);
    else
        queue_sasl(stream, session, "response", NULL, &response, "");
    bosh_buf_free_secret(&response);
}

/* ----------------------------------------------------------------------------------- receiving */

static void receive_challenge(bosh_stream *stream, const char *data, size_t size)
{
    int error = bosh_sasl_challenge(stream->sasl, data, size);
    if (error) {
        bosh_stream_fail(stream, error, NULL, NULL);
        return;
    }
    stream->is_deriving = 1;
    stream->step_begin_ms = BOSH_NEVER; /* the next step */
}

static void receive_success(bosh_stream *stream, const char *data, size_t size)
{
    int error = bosh_sasl_success(stream->sasl, data, size); /* SASL-6, INV-21 */
    if (error) {
        bosh_stream_fail(stream, error, NULL, NULL);
        return;
    }
    if (stream->mechanism < BOSH_MECHANISM_PLAIN) {
        bosh_sasl_get_keys(stream->sasl, stream->options.credentials.keys);
        stream->options.credentials.was_scram_used = 1;
    }
    bosh_sasl_free(stream->sasl);
    stream->sasl = NULL;
    bosh_stream_authenticated(stream);
}

/* SASL-7. A mechanism the server will not have gives way to the next one; a refused password is
 * asked for again where the program wants that. */
static void receive_failure(bosh_stream *stream, const bosh_stanza *failure)
{
    const bosh_stanza *condition = bosh_stanza_child(failure, NULL, BOSH_NS_SASL);
    if (bosh_stanza_is(condition, "text", NULL))
        condition = bosh_stanza_next(condition, NULL, BOSH_NS_SASL);
    const char *name = bosh_stanza_name(condition);
    const char *text = bosh_stanza_child_text(failure, "text", BOSH_NS_SASL);
    int is_mechanism =
        bosh_text_equal(name, "invalid-mechanism") || bosh_text_equal(name, "mechanism-too-weak");
    stream->is_deriving = stream->is_response_due = 0;
    if (is_mechanism) {
        stream->tried |= (uint16_t)(1u << stream->mechanism);
        if (choose(stream) > 0) {
            stream->is_auth_due = 1;
            stream->state = BOSH_STREAM_FEATURES;
            return;
        }
    }
    if (bosh_text_equal(name, "not-authorized") && stream->options.ask_credentials)
        bosh_stream_ask(stream, BOSH_ERR_AUTH);
    else
        bosh_stream_fail(stream, BOSH_ERR_AUTH, name ? name : "not-authorized",
                         text ? text : bosh_sasl_refusal(stream->sasl));
}

/* What is in a SASL element, decoded; -1: nothing. */
static int decode(const char *text, bosh_buf *data)
{
    if (!*text)
        return -1;
    if (strcmp(text, "=") == 0)
        return 0;
    bosh_buf_append_text(data, text);
    if (data->error)
        return -1;
    int size = bosh_text_base64_decode(data->data, data->size, (uint8_t *)data->data, data->size);
    if (size < 0)
        data->error = BOSH_ERR_SASL;
    return size;
}

void bosh_login_receive(bosh_stream *stream, const bosh_stanza *element)
{
    bosh_buf data;
    if (stream->state != BOSH_STREAM_AUTHENTICATING || !stream->sasl) { /* SASL-4 */
        if (stream->state != BOSH_STREAM_ONLINE)
            bosh_stream_fail(stream, BOSH_ERR_SASL, NULL, NULL);
        return;
    }
    if (bosh_stanza_is(element, "failure", NULL)) {
        receive_failure(stream, element);
        return;
    }
    bosh_buf_init(&data, stream->options.allocator, CHALLENGE_BYTES_MAX, BOSH_ERR_SASL);
    int size = decode(bosh_stanza_text(element), &data);
    if (data.error)
        bosh_stream_fail(stream, data.error, NULL, NULL);
    else if (bosh_stanza_is(element, "challenge", NULL) && !stream->is_deriving)
        receive_challenge(stream, data.data, size < 0 ? 0 : (size_t)size);
    else if (bosh_stanza_is(element, "success", NULL))
        receive_success(stream,
                        size < 0    ? NULL
                        : data.data ? data.data
                                    : "",
                        size < 0 ? 0 : (size_t)size);
    else
        bosh_stream_fail(stream, BOSH_ERR_SASL, NULL, NULL);
    bosh_buf_free_secret(&data);
}

/* ----------------------------------------------------------------------------- restart and bind */

/* XMPP-6, XMPP-7: an empty body whose attributes ask for the restart. */
void bosh_login_restart(bosh_stream *stream, bosh_session *session)
{
    const bosh_stream_options *options = &stream->options;
    const bosh_credentials *login = &options->credentials;
    bosh_buf attributes, nothing;
    bosh_buf_init(&attributes, options->allocator, SASL_BYTES_MAX, BOSH_ERR_MEMORY);
    bosh_buf_init(&nothing, options->allocator, 0, BOSH_ERR_MEMORY);
    bosh_buf_write(&attributes, "[ to='%a'][ xml:lang='%a']", login->domain, options->language);
    if (stream->mechanism == BOSH_MECHANISM_EXTERNAL && login->user)
        bosh_buf_write(&attributes, " from='%a@%a'", login->user, login->domain);
    bosh_buf_append_text(&attributes, " xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh'");
    stream->restarts++;
    session->restart_attempts = 0;
    nothing.error = attributes.error;
    queue(stream, session, &nothing, attributes.data, BOSH_ITEM_ALONE);
    bosh_buf_free(&attributes);
    bosh_buf_free(&nothing);
}

int bosh_stream_draw_id(const bosh_stream *stream, char id[BOSH_ID_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    uint8_t bytes[BOSH_ID_SIZE / 2];
    if (stream->options.entropy(bytes, sizeof(bytes), stream->options.entropy_user))
        return BOSH_ERR_ENTROPY;
    for (size_t i = 0; i < BOSH_ID_SIZE - 1; i++)
        id[i] = hex[bytes[i / 2] >> (i % 2 ? 0 : 4) & 15];
    id[BOSH_ID_SIZE - 1] = '\0';
    return BOSH_OK;
}

void bosh_login_bind(bosh_stream *stream, bosh_session *session, unsigned flags)
{
    const char *resource = stream->is_bind_plain ? NULL : stream->options.resource;
    bosh_buf iq;
    stream->is_bind_due = 0;
    int error = stream->bind_id[0] ? BOSH_OK : bosh_stream_draw_id(stream, stream->bind_id);
    if (error) {
        bosh_stream_fail(stream, error, NULL, NULL);
        return;
    }
    stream->bind_tries++;
    bosh_buf_init(&iq, stream->options.allocator, SASL_BYTES_MAX, BOSH_ERR_MEMORY);
    bosh_buf_write(
        &iq, "<iq xmlns='" BOSH_NS_CLIENT "' type='set' id='%a'><bind xmlns='" BOSH_NS_BIND "'",
        stream->bind_id);
    bosh_buf_write(&iq, resource ? "><resource>%t</resource></bind></iq>" : "/></iq>", resource);
    queue(stream, session, &iq, NULL, flags);
    bosh_buf_free(&iq);
}

void bosh_login_session(bosh_stream *stream, bosh_session *session)
{
    bosh_buf iq;
    stream->is_session_due = 0;
    bosh_buf_init(&iq, stream->options.allocator, SASL_BYTES_MAX, BOSH_ERR_MEMORY);
    bosh_buf_write(&iq,
                   "<iq xmlns='" BOSH_NS_CLIENT "' type='set' id='%a" BOSH_SESSION_ID_SUFFIX
                   "'><session xmlns='" BOSH_NS_SESSION "'/></iq>",
                   stream->bind_id);
    queue(stream, session, &iq, NULL, BOSH_ITEM_ALONE);
    bosh_buf_free(&iq);
}
