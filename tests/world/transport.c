/* SPDX-License-Identifier: MIT
 * Keeps copies of what is submitted, and looks at the client's bytes again when an attempt ends:
 * they must still be there and unchanged. */
#include "world/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *grow(void *block, size_t size)
{
    block = realloc(block, size);
    if (!block)
        abort();
    return block;
}

static void copy_entity(world_attempt *attempt, const bosh_transport_request *request)
{
    attempt->entity = grow(NULL, request->size + 1);
    for (size_t i = 0; i < request->slice_count; i++) {
        const bosh_slice *slice = &request->slices[i];
        if (attempt->size + slice->size > request->size)
            break;
        memcpy(attempt->entity + attempt->size, slice->data, slice->size);
        attempt->size += slice->size;
    }
    attempt->entity[attempt->size] = 0;
}

static int submit(void *user, uint32_t id, const bosh_transport_request *request)
{
    world_transport *t = user;
    if (t->validator)
        world_validator_submit(t->validator, t->now_ms, id, request, NULL);
    int error = ++t->submits == t->refused_at ? BOSH_ERR_CONNECT : t->submit_error;
    if (error) {
        if (t->validator)
            world_validator_refused(t->validator, id);
        return error;
    }
    world_attempt *attempt = grow(NULL, sizeof(*attempt));
    memset(attempt, 0, sizeof(*attempt));
    attempt->id = id;
    attempt->submitted_ms = t->now_ms;
    attempt->time_limit_ms = request->time_limit_ms;
    attempt->request = request;
    copy_entity(attempt, request);
    t->attempts = grow(t->attempts, (t->count + 1) * sizeof(world_attempt *));
    t->attempts[t->count++] = attempt;
    return BOSH_OK;
}

/* The attempt is over; the bytes were promised to last until now. */
static void close_attempt(world_attempt *attempt, world_attempt_state state)
{
    const char *at = attempt->entity;
    for (size_t i = 0; i < attempt->request->slice_count; i++) {
        const bosh_slice *slice = &attempt->request->slices[i];
        if (memcmp(at, slice->data, slice->size) != 0) {
            fprintf(stderr, "the bytes of attempt %u changed under the transport\n",
                    (unsigned)attempt->id);
            abort();
        }
        at += slice->size;
    }
    attempt->state = state;
    attempt->request = NULL;
}

static void cancel(void *user, uint32_t id)
{
    world_transport *t = user;
    if (t->validator)
        world_validator_cancel(t->validator, id);
    for (size_t i = 0; i < t->count; i++) {
        if (t->attempts[i]->id == id && t->attempts[i]->state == WORLD_ATTEMPT_OPEN)
            close_attempt(t->attempts[i], WORLD_ATTEMPT_CANCELLED);
    }
}

static unsigned capabilities(void *user)
{
    return ((world_transport *)user)->capabilities;
}

static void warm(void *user, const char *url)
{
    (void)url;
    ((world_transport *)user)->warms++;
}

static void wanted(void *user)
{
    ((world_transport *)user)->is_wanted = 1;
}

static void released(void *user)
{
    ((world_transport *)user)->is_released = 1;
}

void world_transport_init(world_transport *t)
{
    memset(t, 0, sizeof(*t));
    t->transport.user = t;
    t->transport.submit = submit;
    t->transport.cancel = cancel;
    t->transport.capabilities = capabilities;
    t->transport.warm = warm;
    t->transport.wanted = wanted;
    t->transport.released = released;
    t->capabilities = BOSH_TRANSPORT_PARALLEL;
}

void world_transport_deinit(world_transport *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->attempts[i]->entity);
        free(t->attempts[i]);
    }
    free(t->attempts);
    t->attempts = NULL;
    t->count = 0;
}

/* From a block of exactly this size, so that a sanitizer sees a read beyond it. */
static int feed(world_transport *t, uint32_t id, const char *bytes, size_t size)
{
    char *exact = grow(NULL, size ? size : 1);
    int result = BOSH_NOT_NOW;
    memcpy(exact, bytes, size);
    for (int tries = 0; result == BOSH_NOT_NOW && tries < 1000; tries++) {
        if (tries > 0)
            world_transport_pump(t);
        result = bosh_transport_bytes(t->client, id, exact, size);
    }
    free(exact);
    return result;
}

void world_transport_answer(world_transport *t, world_attempt *attempt, int http_status,
                            uint32_t retry_after_s, const char *entity, size_t size)
{
    if (attempt->state != WORLD_ATTEMPT_OPEN)
        return;
    size_t step = t->split == WORLD_BYTES ? 1 : t->split == WORLD_HALVES ? (size + 1) / 2 : size;
    int result = 0;
    for (size_t at = 0; at < size && result == 0; at += step)
        result = feed(t, attempt->id, entity + at, size - at < step ? size - at : step);
    if (attempt->state != WORLD_ATTEMPT_OPEN)
        return;
    if (t->validator && result == 0)
        world_validator_done(t->validator, t->now_ms, attempt->id, entity, size);
    else if (t->validator)
        world_validator_failed(t->validator, attempt->id);
    close_attempt(attempt, WORLD_ATTEMPT_FINISHED);
    bosh_transport_done(t->client, attempt->id, http_status, retry_after_s, t->now_ms);
}

void world_transport_fail(world_transport *t, world_attempt *attempt, int error, unsigned flags)
{
    if (attempt->state != WORLD_ATTEMPT_OPEN)
        return;
    if (t->validator)
        world_validator_failed(t->validator, attempt->id);
    close_attempt(attempt, WORLD_ATTEMPT_FINISHED);
    bosh_transport_failed(t->client, attempt->id, error, flags, t->now_ms);
}

void world_transport_uploaded(world_transport *t, world_attempt *attempt)
{
    if (attempt->state != WORLD_ATTEMPT_OPEN)
        return;
    if (t->validator)
        world_validator_uploaded(t->validator, t->now_ms, attempt->id);
    bosh_transport_uploaded(t->client, attempt->id, t->now_ms);
}

void world_transport_pump(world_transport *t)
{
    t->is_wanted = 0;
    bosh_client_pump(t->client, t->now_ms);
    if (t->validator && !t->is_released)
        world_validator_turn(t->validator, bosh_client_state(t->client));
}
