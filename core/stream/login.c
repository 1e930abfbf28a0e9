/* SPDX-License-Identifier: MIT
 * The elements of the login (SASL-3..7, XMPP-6, BIND-1). */
#include "stream/login.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

#define BOSH_NS_SESSION "urn:ietf:params:xml:ns:xmpp-session"
#define ELEMENT_BYTES_MAX 65536u
#define CHALLENGE_BYTES_MAX 4096u

static void begin(const bosh_stream *stream, bosh_buf *element)
{
    bosh_buf_init(element, stream->options.allocator, ELEMENT_BYTES_MAX, BOSH_ERR_SASL);
}

/* Queue an element of the login, which is wiped here, and with the item once it is answered. */
static int queue(bosh_stream *stream, bosh_session *session, bosh_buf *element,
                 const char *attributes, unsigned flags)
{
    int error = element->error;
    if (!error) {
        bosh_item *item = bosh_item_new(stream->options.allocator, element->data, element->size,
                                        attributes, attributes ? strlen(attributes) : 0, flags, 0);
        if (item)
            bosh_session_queue(session, item);
        else
            error = BOSH_ERR_MEMORY;
    }
    bosh_buf_free_secret(element);
    return error;
}

/* <name xmlns='...sasl' mechanism='...'>Base64</name>; empty `data` is written as `if_empty`. It is
 * wiped. */
static int queue_sasl(bosh_stream *stream, bosh_session *session, const char *name,
                      const char *mechanism, bosh_buf *data, const char *if_empty)
{
    bosh_buf element;
    begin(stream, &element);
    element.error = data->error;
    bosh_buf_write(&element, "<%s xmlns='" BOSH_NS_SASL "'[ mechanism='%a']>", name, mechanism);
    if (data->size)
        bosh_buf_append_base64(&element, data->data, data->size);
    else
        bosh_buf_append_text(&element, if_empty);
    bosh_buf_write(&element, "</%s>", name);
    bosh_buf_free_secret(data);
    return queue(stream, session, &element, NULL, BOSH_ITEM_SASL);
}

static int choose(const bosh_stream *stream)
{
    return bosh_sasl_choose(stream->offer.data, &stream->options.credentials);
}

int bosh_login_begin(bosh_stream *stream, bosh_session *session)
{
    uint8_t nonce[BOSH_SASL_NONCE_SIZE];
    bosh_buf initial;
    int choice = choose(stream);
    stream->is_auth_due = 0;
    if (choice == BOSH_ERR_CREDENTIALS && BOSH_HAS_STEERING && stream->options.ask_credentials) {
        bosh_stream_ask(stream, BOSH_OK);
        return BOSH_OK;
    }
    if (choice < 0)
        return choice;
    if (stream->options.entropy(nonce, sizeof(nonce), stream->options.entropy_user))
        return BOSH_ERR_ENTROPY;
    bosh_stream_set_state(stream, BOSH_STREAM_AUTHENTICATING);
    stream->mechanism = (bosh_mechanism)choice;
    bosh_sasl_free(stream->sasl);
    begin(stream, &initial);
    int error = bosh_sasl_new(stream->options.allocator, stream->mechanism, stream->offer.data,
                              &stream->options.credentials, nonce, &stream->sasl);
    initial.error = error ? error : bosh_sasl_start(stream->sasl, &initial);
    return queue_sasl(stream, session, "auth", bosh_mechanism_name(stream->mechanism), &initial,
                      "=");
}

int bosh_login_respond(bosh_stream *stream, bosh_session *session)
{
    bosh_buf response;
    begin(stream, &response);
    response.error = bosh_sasl_response(stream->sasl, &response);
    return queue_sasl(stream, session, "response", NULL, &response, "");
}

/* ----------------------------------------------------------------------------------- receiving */

static int receive_challenge(bosh_stream *stream, const char *data, size_t size)
{
    int error = bosh_sasl_challenge(stream->sasl, data, size);
    stream->is_deriving = !error;
    stream->step_begin_ms = BOSH_NEVER; /* the next step */
    return error;
}

static int receive_success(bosh_stream *stream, const char *data, size_t size)
{
    int error = bosh_sasl_success(stream->sasl, data, size); /* SASL-6, INV-21 */
    if (error)
        return error;
    if (stream->mechanism < BOSH_MECHANISM_PLAIN) {
        bosh_sasl_get_keys(stream->sasl, stream->options.credentials.keys);
        stream->options.credentials.was_scram_used = 1;
    }
    bosh_sasl_free(stream->sasl);
    stream->sasl = NULL;
    bosh_stream_authenticated(stream);
    return BOSH_OK;
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
    stream->is_deriving = 0;
    if (is_mechanism) {
        stream->options.credentials.refused |= (uint16_t)(1u << stream->mechanism);
        if (choose(stream) > 0) {
            stream->is_auth_due = 1;
            stream->state = BOSH_STREAM_FEATURES;
            return;
        }
    }
    if (bosh_text_equal(name, "not-authorized") && BOSH_HAS_STEERING &&
        stream->options.ask_credentials)
        bosh_stream_ask(stream, BOSH_ERR_AUTH);
    else
        bosh_stream_fail(stream, BOSH_ERR_AUTH, name ? name : "not-authorized",
                         text ? text : bosh_sasl_refusal(stream->sasl));
}

/* What is in a SASL element. */
static void decode(const char *text, bosh_buf *data)
{
    bosh_buf_append_text(data, strcmp(text, "=") == 0 ? "" : text);
    int size = bosh_text_base64_decode(data->data, data->size, (uint8_t *)data->data, data->size);
    if (size < 0)
        data->error = BOSH_ERR_SASL;
    else
        data->size = (size_t)size;
}

int bosh_login_receive(bosh_stream *stream, const bosh_stanza *element)
{
    bosh_buf data;
    if (stream->state == BOSH_STREAM_ONLINE)
        return BOSH_OK;
    if (stream->state != BOSH_STREAM_AUTHENTICATING || !stream->sasl) /* SASL-4 */
        return BOSH_ERR_SASL;
    if (bosh_stanza_is(element, "failure", NULL)) {
        receive_failure(stream, element);
        return BOSH_OK;
    }
    bosh_buf_init(&data, stream->options.allocator, CHALLENGE_BYTES_MAX, BOSH_ERR_SASL);
    decode(bosh_stanza_text(element), &data);
    int error = data.error;
    if (!error && bosh_stanza_is(element, "success", NULL))
        error = receive_success(stream, data.data, data.size);
    else if (!error && bosh_stanza_is(element, "challenge", NULL) && !stream->is_deriving)
        error = receive_challenge(stream, data.data, data.size);
    else if (!error)
        error = BOSH_ERR_SASL;
    bosh_buf_free_secret(&data);
    return error;
}

/* ----------------------------------------------------------------------------- restart and bind */

/* XMPP-6, XMPP-7: an empty body whose attributes ask for the restart. */
int bosh_login_restart(bosh_stream *stream, bosh_session *session)
{
    const bosh_stream_options *options = &stream->options;
    const bosh_credentials *login = &options->credentials;
    bosh_buf attributes, nothing;
    begin(stream, &attributes);
    begin(stream, &nothing);
    bosh_buf_write(&attributes, "[ to='%a'][ xml:lang='%a']", login->domain, options->language);
    if (BOSH_HAS_EXTRAS && stream->mechanism == BOSH_MECHANISM_EXTERNAL && login->user)
        bosh_buf_write(&attributes, " from='%a@%a'", login->user, login->domain);
    bosh_buf_append_text(&attributes, " xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh'");
    stream->restarts++;
    session->restart_attempts = 0;
    nothing.error = attributes.error;
    int error = queue(stream, session, &nothing, attributes.data, BOSH_ITEM_ALONE);
    bosh_buf_free(&attributes);
    return error;
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

int bosh_login_bind(bosh_stream *stream, bosh_session *session, unsigned flags)
{
    const char *resource = stream->is_bind_plain ? NULL : stream->options.resource;
    bosh_buf iq;
    begin(stream, &iq);
    stream->is_bind_due = 0;
    stream->bind_tries++;
    if (!stream->bind_id[0])
        iq.error = bosh_stream_draw_id(stream, stream->bind_id);
    bosh_buf_write(
        &iq, "<iq xmlns='" BOSH_NS_CLIENT "' type='set' id='%a'><bind xmlns='" BOSH_NS_BIND "'",
        stream->bind_id);
    bosh_buf_write(&iq, resource ? "><resource>%t</resource></bind></iq>" : "/></iq>", resource);
    return queue(stream, session, &iq, NULL, flags);
}

int bosh_login_session(bosh_stream *stream, bosh_session *session)
{
    bosh_buf iq;
    begin(stream, &iq);
    stream->is_session_due = 0;
    bosh_buf_write(&iq,
                   "<iq xmlns='" BOSH_NS_CLIENT "' type='set' id='%a" BOSH_SESSION_ID_SUFFIX
                   "'><session xmlns='" BOSH_NS_SESSION "'/></iq>",
                   stream->bind_id);
    return queue(stream, session, &iq, NULL, BOSH_ITEM_ALONE);
}
