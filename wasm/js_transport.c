/* SPDX-License-Identifier: MIT
 * A transport over an object in JavaScript; its answers come in through bosh_web_answer and
 * bosh_web_failed. */
#include "imports.h"

static int submit(void *user, uint32_t id, const bosh_transport_request *request)
{
    return bosh_import_submit(user, id, request->url, request->content_type, request->slices,
                              request->slice_count, request->size, request->time_limit_ms,
                              request->response_bytes_max);
}

static void cancel(void *user, uint32_t id)
{
    bosh_import_cancel(user, id);
}

static unsigned capabilities(void *user)
{
    return BOSH_TRANSPORT_PARALLEL | (bosh_import_is_warm(user) ? BOSH_TRANSPORT_WARM : 0u);
}

static void warm(void *user, const char *url)
{
    bosh_import_warm(user, url);
}

bosh_transport bosh_js_transport(bosh_web *web)
{
    return (bosh_transport){.user = web,
                            .submit = submit,
                            .cancel = cancel,
                            .capabilities = capabilities,
                            .warm = warm,
                            .wanted = bosh_web_wanted,
                            .released = bosh_web_released};
}
