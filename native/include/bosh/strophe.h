/* SPDX-License-Identifier: MIT
 *
 * libstrophe's stanzas and handlers on a libbosh client: a program written for libstrophe moves to
 * BOSH by changing its connection calls (examples/strophe-bot shows the difference).
 *
 *     xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
 *     bosh_strophe_new(client, ctx, &strophe);
 *     bosh_strophe_handler_add(strophe, on_message, NULL, "message", NULL, strophe);
 *     bosh_client_connect(client);
 *
 *     libstrophe                          here
 *     xmpp_conn_t *conn                   bosh_strophe *strophe
 *     xmpp_conn_new                       bosh_curl_client_new, bosh_strophe_new
 *     xmpp_connect_client                 bosh_client_connect
 *     the connection handler              on_event of bosh_config
 *     xmpp_send(conn, stanza)             bosh_strophe_send(strophe, stanza)
 *     xmpp_handler_add(conn, ...)         bosh_strophe_handler_add(strophe, ...)
 *     xmpp_disconnect(conn)               bosh_strophe_disconnect(strophe)
 *     xmpp_run(ctx), xmpp_stop(ctx)       bosh_curl_run(curl), bosh_curl_stop(curl)
 *
 * Works with libstrophe 0.12 and later, of which only contexts and stanzas are used: connections,
 * parser, serializer, random numbers and SASL are libbosh's own. xmpp_initialize is not needed.
 *
 * Stanzas
 *  - xml:lang is the attribute "xml:lang", both ways. A stanza to send may also have it as "lang",
 *    the way xmpp_stanza_new_from_string leaves it, on elements in jabber:client.
 *  - Attributes in other namespaces are left out: a libstrophe stanza has no place for them.
 *  - A stanza deeper than BOSH_STROPHE_DEPTH_MAX, or with an element of more children than
 *    BOSH_STROPHE_CHILDREN_MAX, is not converted (libstrophe works through trees by recursion, and
 *    through siblings one by one); handlers do not see it.
 */
#ifndef BOSH_STROPHE_H
#define BOSH_STROPHE_H

#include <bosh/bosh.h>
#include <strophe.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BOSH_STROPHE_DEPTH_MAX 256
#define BOSH_STROPHE_CHILDREN_MAX 10000

typedef struct bosh_strophe bosh_strophe;

/* The stanza is released when the handler returns; xmpp_stanza_clone keeps it. Return 1 to stay, 0
 * to be removed. */
typedef int (*bosh_strophe_handler)(bosh_strophe *strophe, xmpp_stanza_t *stanza, void *userdata);
typedef int (*bosh_strophe_timed_handler)(bosh_strophe *strophe, void *userdata);

/* Make an adapter. `ctx` belongs to the caller and must outlive it, and every stanza made with it.
 * Free it after bosh_client_free was called, not from inside a handler. ERR_MEMORY. */
BOSH_API int bosh_strophe_new(bosh_client *client, xmpp_ctx_t *ctx, bosh_strophe **out);
/* NULL is ignored. */
BOSH_API void bosh_strophe_free(bosh_strophe *strophe);

BOSH_API xmpp_ctx_t *bosh_strophe_get_context(const bosh_strophe *strophe);
/* The full address once bound, "" before (xmpp_conn_get_bound_jid). */
BOSH_API const char *bosh_strophe_get_jid(const bosh_strophe *strophe);
BOSH_API bosh_client *bosh_strophe_get_client(const bosh_strophe *strophe);

/* Send a stanza, which stays the caller's to release. Errors as bosh_client_send; ERR_NAME also
 * when it is nested too deeply. */
BOSH_API int bosh_strophe_send(bosh_strophe *strophe, xmpp_stanza_t *stanza);
/* The same with the delivery ticket of bosh_client_send. */
BOSH_API int bosh_strophe_send_ticket(bosh_strophe *strophe, xmpp_stanza_t *stanza,
                                      bosh_ticket *ticket);
/* Leave politely: bosh_client_close. */
BOSH_API void bosh_strophe_disconnect(bosh_strophe *strophe);

/* Handlers as in libstrophe; NULL matches anything. Adding the same handler with the same userdata
 * again does nothing; deleting removes all of that function. ERR_MEMORY.
 *
 * They are called in the order they were added, id handlers too. A handler for iq get or set that
 * names a namespace owes the answer; without one the client answers service-unavailable by itself
 * (bosh_handler_add in bosh.h). */
BOSH_API int bosh_strophe_handler_add(bosh_strophe *strophe, bosh_strophe_handler handler,
                                      const char *ns, const char *name, const char *type,
                                      void *userdata);
BOSH_API void bosh_strophe_handler_delete(bosh_strophe *strophe, bosh_strophe_handler handler);

BOSH_API int bosh_strophe_id_handler_add(bosh_strophe *strophe, bosh_strophe_handler handler,
                                         const char *id, void *userdata);
BOSH_API void bosh_strophe_id_handler_delete(bosh_strophe *strophe, bosh_strophe_handler handler,
                                             const char *id);

/* Called every `period_ms`. */
BOSH_API int bosh_strophe_timed_handler_add(bosh_strophe *strophe,
                                            bosh_strophe_timed_handler handler,
                                            unsigned long period_ms, void *userdata);
BOSH_API void bosh_strophe_timed_handler_delete(bosh_strophe *strophe,
                                                bosh_strophe_timed_handler handler);

/* The conversions alone. A received element to a stanza of `ctx`, released by the caller:
 * ERR_RESPONSE_DEPTH, ERR_RESPONSE_TOO_LARGE (children), ERR_MEMORY. */
BOSH_API int bosh_strophe_from_stanza(xmpp_ctx_t *ctx, const bosh_stanza *element,
                                      xmpp_stanza_t **out);
/* A libstrophe stanza into a writer; what the writer refuses it remembers. ERR_NAME (too deep),
 * ERR_MEMORY. */
BOSH_API int bosh_strophe_write(bosh_writer *writer, xmpp_stanza_t *stanza);

#ifdef __cplusplus
}
#endif
#endif
