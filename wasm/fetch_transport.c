/* SPDX-License-Identifier: MIT
 * The transport of every client: JavaScript is offered each request, and what it does not carry
 * itself goes through emscripten_fetch, which is XMLHttpRequest: for pages and workers.
 *
 * What it does wrong is put right here and in imports.js: it throws on a bad URL; it reports a
 * time-out like a broken connection, so the age tells; and closing a fetch under way does not abort
 * it but leaves events that write into freed memory, so the XMLHttpRequest is silenced and
 * aborted first. */
#include "imports.h"

#include <emscripten/fetch.h>
#include <stdlib.h>
#include <string.h>

#define DONE 4 /* readyState */

typedef struct bosh_fetch {
    struct bosh_fetch *next;
    bosh_web *web;
    emscripten_fetch_t *fetch;
    uint32_t id;
    bosh_time started_ms;
    uint32_t time_limit_ms;
    size_t response_bytes_max;
    int is_answering; /* the status line has come */
    int is_stillborn;
} bosh_fetch;

static void unlink_fetch(bosh_fetch *attempt)
{
    bosh_fetch **at = &attempt->web->fetches;
    while (*at != attempt)
        at = &(*at)->next;
    *at = attempt->next;
}

/* Before or after its end, also from within its callbacks. */
static void free_fetch(bosh_fetch *attempt)
{
    emscripten_fetch_t *fetch = attempt->fetch;
    if (fetch->readyState != DONE) {
        bosh_import_abort(fetch->id);
        fetch->readyState = DONE; /* a close that finds anything else calls back once more */
    }
    emscripten_fetch_close(fetch);
    free(attempt);
}

/* JavaScript looks at the answer and gives it to the client, which may be gone afterwards. */
static void finish(bosh_fetch *attempt, int error)
{
    emscripten_fetch_t *fetch = attempt->fetch;
    unlink_fetch(attempt);
    if (!bosh_import_came(attempt->web, attempt->id, error, fetch->id, fetch->status, fetch->data,
                          (size_t)fetch->numBytes))
        free_fetch(attempt);
}

static void on_success(emscripten_fetch_t *fetch)
{
    finish(fetch->userData, BOSH_OK);
}

/* Also for answers that are no 2xx. */
static void on_error(emscripten_fetch_t *fetch)
{
    bosh_fetch *attempt = fetch->userData;
    bosh_time age_ms = bosh_web_now() - attempt->started_ms;
    if (!attempt->fetch) { /* still within submit: there is no such URL */
        attempt->is_stillborn = 1;
        return;
    }
    if (fetch->status != 0 && fetch->readyState == DONE)
        finish(attempt, BOSH_OK);
    else if (attempt->time_limit_ms && age_ms >= attempt->time_limit_ms)
        finish(attempt, BOSH_ERR_TIMEOUT);
    else
        finish(attempt, attempt->is_answering ? BOSH_ERR_RESET : BOSH_ERR_CONNECT);
}

/* There is at least one call of this before the whole answer is put into our memory. */
static void on_progress(emscripten_fetch_t *fetch)
{
    bosh_fetch *attempt = fetch->userData;
    attempt->is_answering = 1;
    if (fetch->dataOffset > attempt->response_bytes_max)
        finish(attempt, BOSH_ERR_RESPONSE_TOO_LARGE);
}

static char *join(const bosh_transport_request *request)
{
    char *entity = malloc(request->size ? request->size : 1), *to = entity;
    for (size_t i = 0; entity && i < request->slice_count; i++) {
        memcpy(to, request->slices[i].data, request->slices[i].size);
        to += request->slices[i].size;
    }
    return entity;
}

static int fetch(bosh_web *web, uint32_t id, const bosh_transport_request *request)
{
    bosh_fetch *attempt = calloc(1, sizeof(*attempt));
    char *entity = join(request);
    const char *const headers[] = {"Content-Type", request->content_type, NULL};
    emscripten_fetch_attr_t options;
    emscripten_fetch_attr_init(&options);
    strcpy(options.requestMethod, "POST");
    options.attributes = EMSCRIPTEN_FETCH_LOAD_TO_MEMORY | EMSCRIPTEN_FETCH_REPLACE;
    options.requestHeaders = headers;
    options.requestData = entity;
    options.requestDataSize = request->size;
    options.timeoutMSecs = request->time_limit_ms;
    options.onsuccess = on_success;
    options.onerror = on_error;
    options.onprogress = on_progress;
    options.userData = attempt;
    if (attempt && entity) {
        *attempt = (bosh_fetch){.next = web->fetches,
                                .web = web,
                                .id = id,
                                .started_ms = bosh_web_now(),
                                .time_limit_ms = request->time_limit_ms,
                                .response_bytes_max = request->response_bytes_max};
        attempt->fetch = emscripten_fetch(&options, request->url);
    }
    free(entity); /* it has been copied */
    if (!attempt || !attempt->fetch) {
        free(attempt);
        return BOSH_ERR_MEMORY;
    }
    web->fetches = attempt;
    if (attempt->is_stillborn) {
        unlink_fetch(attempt);
        free_fetch(attempt);
        return BOSH_ERR_URL;
    }
    return BOSH_OK;
}

static int submit(void *user, uint32_t id, const bosh_transport_request *request)
{
    bosh_web *web = user;
    if (!bosh_import_submit(web, id, request->url, request->content_type, request->slices,
                            request->slice_count, request->size, request->time_limit_ms,
                            request->response_bytes_max))
        return BOSH_OK;
    return fetch(web, id, request);
}

static void cancel(void *user, uint32_t id)
{
    bosh_web *web = user;
    bosh_fetch *attempt = web->fetches;
    while (attempt && attempt->id != id)
        attempt = attempt->next;
    if (attempt) {
        unlink_fetch(attempt);
        free_fetch(attempt);
    }
    bosh_import_cancel(web, id);
}

static unsigned capabilities(void *user)
{
    const bosh_web *web = user;
    /* It matters to the login only, and this is asked before each request. */
    int is_online = web->client && bosh_client_state(web->client) == BOSH_STATE_ONLINE;
    return BOSH_TRANSPORT_PARALLEL |
           (!is_online && bosh_import_is_warm(user) ? BOSH_TRANSPORT_WARM : 0u);
}

static void warm(void *user, const char *url)
{
    bosh_import_warm(user, url);
}

bosh_transport bosh_web_transport(bosh_web *web)
{
    return (bosh_transport){.user = web,
                            .submit = submit,
                            .cancel = cancel,
                            .capabilities = capabilities,
                            .warm = warm,
                            .wanted = bosh_web_wanted,
                            .released = bosh_web_released};
}
