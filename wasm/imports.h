/* SPDX-License-Identifier: MIT
 * What C calls in JavaScript: imports.js hands each to a hook that js/engine.js has set. A hook
 * never throws. */
#ifndef BOSH_WASM_IMPORTS_H
#define BOSH_WASM_IMPORTS_H

#include "web.h"

/* Fill with unpredictable bytes; 0, or anything else when there are none. */
int bosh_import_entropy(void *buffer, size_t size);
/* An event; the detail is asked with bosh_web_detail. `place` of its element, -1: none. */
void bosh_import_event(bosh_web *web, int type, int state, int error, double ticket,
                       double delay_ms, const char *xml, size_t size, int place);
/* The turn of an answer: what it brings comes next. During the call bosh_web_show shows it. */
void bosh_import_turn(bosh_web *web);
/* Payloads of a body, before the first call for one of them. `names`: those that are new;
 * is_first_name: and the older ones are no more. */
void bosh_import_body(bosh_web *web, const void *records, size_t count, const void *arena,
                      size_t arena_size, const void *wide, size_t wide_size, const void *names,
                      size_t names_size, int is_first_name);
/* The payload at `place` goes to handler `key`; 1 when the handler stays. */
int bosh_import_stanza(bosh_web *web, int key, int place);
/* The payload at `place` fits these `count` wishes (match.h). */
void bosh_import_payload(bosh_web *web, int place, const void *numbers, size_t count);
/* The answer to request `key`; `place` -1: none. */
void bosh_import_answer(bosh_web *web, int key, int error, int place);
/* A line of the log. */
void bosh_import_log(bosh_web *web, int level, const char *line);
/* What is to be kept; 0, or anything else when it was not. Size 0: the session is over. */
enum { BOSH_BYTES_SAVED, BOSH_BYTES_EXPORTED, BOSH_BYTES_LAST };
int bosh_import_bytes(bosh_web *web, int kind, const bosh_slice *slices, size_t count, size_t size);
/* Pump soon. */
void bosh_import_wanted(bosh_web *web);

/* A request leaves. 0: JavaScript carries it, through a transport of its own. */
int bosh_import_submit(bosh_web *web, uint32_t id, const char *url, const char *content_type,
                       const bosh_slice *slices, size_t count, size_t size, uint32_t time_limit_ms,
                       size_t response_bytes_max);
/* An attempt is abandoned, whoever carries it. */
void bosh_import_cancel(bosh_web *web, uint32_t id);
/* An attempt of emscripten_fetch is over: JavaScript gives the answer to the client. 1 when the
 * module has failed meanwhile, so that nothing may be touched any more. */
int bosh_import_came(bosh_web *web, uint32_t id, int error, uint32_t fetch_id, int status,
                     const char *data, size_t size);
/* Open a second connection, by a harmless request. */
void bosh_import_warm(bosh_web *web, const char *url);
/* Does a second request start without opening a connection? (BOSH_TRANSPORT_WARM) */
int bosh_import_is_warm(bosh_web *web);

/* For fetch_transport.c: silence the XMLHttpRequest of a fetch for good and abort it. No event
 * touches the fetch any more, and the server sees the connection go. */
void bosh_import_abort(uint32_t fetch_id);

#endif
