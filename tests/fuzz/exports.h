/* SPDX-License-Identifier: MIT
 * What wasm/ exports to JavaScript, for C. Their files are compiled with this in front, so that an
 * export that is missing or differs does not compile. */
#ifndef BOSH_TESTS_FUZZ_EXPORTS_H
#define BOSH_TESTS_FUZZ_EXPORTS_H

#include "wasm/imports.h"

/* exports.c */
bosh_web *bosh_web_new(const char *options, int is_logging, int is_saving, int *error);
void bosh_web_free(bosh_web *web);
int bosh_web_connect(bosh_web *web);
void bosh_web_close(bosh_web *web);
int bosh_web_set_password(bosh_web *web, const char *password);
int bosh_web_send_login(bosh_web *web, const char *xml, size_t size);
int bosh_web_continue_login(bosh_web *web);
int bosh_web_set_login(bosh_web *web, const char *jid, const char *mechanisms);
void bosh_web_network_changed(bosh_web *web);
void bosh_web_pump(bosh_web *web);
void bosh_web_deliver(bosh_web *web);
double bosh_web_delay(const bosh_web *web);
void bosh_web_answer(bosh_web *web, uint32_t id, int status, uint32_t retry_after_s,
                     const char *data, size_t size);
void bosh_web_failed(bosh_web *web, uint32_t id, int error, int is_stale);
const char *bosh_web_jid(const bosh_web *web);
int bosh_web_http_status(const bosh_web *web);
const char *bosh_web_detail(const bosh_web *web, int which);
double bosh_web_send(bosh_web *web, const char *xml, size_t size);
int bosh_web_show(bosh_web *web);
int bosh_web_wish(bosh_web *web, const char *text, size_t size);
int bosh_web_handle(bosh_web *web, int key, const char *ns, const char *name, const char *type,
                    const char *id, const char *from);
void bosh_web_unhandle(bosh_web *web, int id);
int bosh_web_request(bosh_web *web, int key, const char *xml, size_t size, uint32_t timeout_ms);

/* moves.c */
int bosh_web_attach(bosh_web *web, const char *jid, const char *sid, double rid, int wait_s,
                    int requests);
int bosh_web_import(bosh_web *web, const void *bytes, size_t size, double elapsed_ms);
int bosh_web_export(bosh_web *web);
int bosh_web_save(bosh_web *web);
int bosh_web_farewell(bosh_web *web);
const char *bosh_web_url(const bosh_web *web);
const char *bosh_web_sid(const bosh_web *web);
double bosh_web_rid(const bosh_web *web);
int bosh_web_is_answered(const bosh_web *web, double rid);
int bosh_web_is_replay(const bosh_web *web);

/* keys.c */
int bosh_web_set_scram_keys(bosh_web *web, const bosh_scram_keys *keys);
int bosh_web_scram_keys(const bosh_web *web, bosh_scram_keys *keys);

#endif
