/* SPDX-License-Identifier: MIT
 *
 * libbosh in a GLib main loop (GTK programs and the like):
 *
 *     bosh_curl_new(NULL, &curl);
 *     GSource *source = bosh_glib_source_new(curl);
 *     g_source_attach(source, NULL);
 *     ... bosh_curl_client_new, bosh_client_connect, g_main_loop_run ...
 *     g_source_destroy(source);
 *     g_source_unref(source);
 *     bosh_curl_free(curl);
 *
 * The last three may also be called in a handler. Other threads send by bosh_curl_post.
 */
#ifndef BOSH_GLIB_H
#define BOSH_GLIB_H

#include <bosh/curl.h>
#include <glib.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Make a source that drives `curl`, which must have been made without hooks (NULL otherwise).
 *
 * Attach it to one context and call the clients from that context's thread. It needs no callback.
 * Nested main loops inside handlers work. Priority and name may be changed as usual. The caller
 * owns the reference; destroy the source before freeing `curl`. */
BOSH_API GSource *bosh_glib_source_new(bosh_curl *curl);

#ifdef __cplusplus
}
#endif
#endif
