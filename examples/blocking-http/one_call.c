/* SPDX-License-Identifier: MIT
 * See one_call.h. */
#include "one_call.h"

/* A request is only noted: submit must not block. */
static int submit(void *user, uint32_t id, const bosh_transport_request *request)
{
    one_call *call = user;
    if (call->id)
        return BOSH_ERR_STATE;
    call->id = id;
    call->request = request;
    return BOSH_OK;
}

static void cancel(void *user, uint32_t id)
{
    one_call *call = user;
    if (call->id == id)
        call->id = 0;
}

/* Without BOSH_TRANSPORT_PARALLEL the client keeps to one request (POLL-6). */
static unsigned capabilities(void *user)
{
    (void)user;
    return 0;
}

int one_call_client_new(one_call *call, const bosh_config *config, bosh_client **out)
{
    const bosh_transport transport = {
        .user = call, .submit = submit, .cancel = cancel, .capabilities = capabilities};
    int error = bosh_client_new(config, &transport, out);
    call->client = *out;
    call->id = 0;
    return error;
}

int one_call_bytes(one_call *call, const void *data, size_t size)
{
    if (!call->refusal && size > call->request->response_bytes_max - call->received)
        call->refusal = BOSH_ERR_RESPONSE_TOO_LARGE;
    if (!call->refusal && bosh_transport_bytes(call->client, call->id, data, size) < 0)
        call->refusal = BOSH_ERR_RESET; /* the client knows better why */
    if (!call->refusal)
        call->received += size;
    return call->refusal;
}

int one_call_turn(one_call *call)
{
    one_call_result result = {0};
    bosh_client_pump(call->client, call->now_ms());
    if (call->id == 0)
        return 0;
    call->received = 0;
    call->refusal = BOSH_OK;
    call->post(call, call->request, &result);
    uint32_t id = call->id;
    call->id = 0;
    if (call->refusal)
        bosh_transport_failed(call->client, id, call->refusal, BOSH_FAILED_MAYBE_SENT,
                              call->now_ms());
    else if (result.status)
        bosh_transport_done(call->client, id, result.status, result.retry_after_s, call->now_ms());
    else
        bosh_transport_failed(call->client, id, result.error, result.flags, call->now_ms());
    return 1;
}
