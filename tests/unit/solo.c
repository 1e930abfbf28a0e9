/* SPDX-License-Identifier: MIT
 * Driving a session by hand. */
#include "tests/unit/solo.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int submit(void *user, uint32_t id, const bosh_transport_request *request)
{
    (void)user, (void)id, (void)request;
    return BOSH_ERR_INTERNAL; /* the floor above submits, never the session */
}

static void cancel(void *user, uint32_t id)
{
    (void)id;
    ((solo *)user)->cancels++;
}

static unsigned capabilities(void *user)
{
    return ((solo *)user)->capabilities;
}

void solo_init(solo *s)
{
    memset(s, 0, sizeof(*s));
    world_alloc_init(&s->alloc);
    s->allocator = world_alloc_allocator(&s->alloc);
    s->seed.state = 3;
    s->capabilities = BOSH_TRANSPORT_PARALLEL;
    s->now_ms = 1000000;
    s->transport = (bosh_transport){s, submit, cancel, capabilities, NULL, NULL, NULL};
    s->options = (bosh_session_options){
        .allocator = &s->allocator,
        .entropy = world_seed_entropy,
        .entropy_user = &s->seed,
        .transport = &s->transport,
        .url = "https://example.org/bosh",
        .content_type = "text/xml",
        .to = "example.org",
        .language = "en",
        .wait_s = 50,
        .body_bytes_max = 2000,
        .limits = {.bytes_max = 10000, .depth_max = 20, .attributes_max = 20, .keep_source = 1},
    };
}

size_t solo_deinit(solo *s)
{
    bosh_session_reset(&s->session);
    size_t leaks = world_alloc_leaks(&s->alloc);
    world_alloc_deinit(&s->alloc);
    return leaks;
}

void solo_create(solo *s)
{
    s->session.options = s->options;
    s->session.last_attempt = 0;
    bosh_session_reset(&s->session);
    if (bosh_session_open(&s->session, s->now_ms) == BOSH_OK)
        solo_send(s);
}

void solo_open(solo *s, const char *attributes)
{
    char all[300];
    solo_create(s);
    snprintf(all, sizeof(all), "sid='S' ver='1.11' %s", attributes);
    solo_answer(s, 1, all, "");
    bosh_session_want_poll(&s->session, 1);
    solo_told(s);
}

void solo_queue(solo *s, const char *payload, unsigned flags, bosh_ticket ticket)
{
    bosh_session_queue(&s->session, bosh_item_new(&s->allocator, payload, strlen(payload), NULL, 0,
                                                  flags, ticket));
}

unsigned solo_send(solo *s)
{
    const bosh_slot *slot;
    unsigned count = 0;
    s->session.now_ms = s->now_ms;
    while ((slot = bosh_session_next(&s->session))) {
        const bosh_transport_request *request = &slot->request;
        size_t size = 0;
        s->is_new = slot->attempts == 1;
        bosh_session_submitted(&s->session, slot->attempt);
        for (size_t i = 0; i < request->slice_count; i++) {
            memcpy(s->entity + size, request->slices[i].data, request->slices[i].size);
            size += request->slices[i].size;
        }
        s->entity[size] = '\0';
        count++;
    }
    return count;
}

void solo_answer_status(solo *s, uint32_t attempt, int http_status, const char *entity)
{
    if (*entity)
        bosh_session_bytes(&s->session, attempt, entity, strlen(entity));
    bosh_session_answered(&s->session, attempt, http_status, 0, s->now_ms);
}

void solo_answer(solo *s, uint32_t attempt, const char *attributes, const char *payloads)
{
    char entity[4000];
    snprintf(entity, sizeof(entity), "<body xmlns='" BOSH_NS_BODY "' %s>%s</body>", attributes,
             payloads);
    solo_answer_status(s, attempt, 200, entity);
}

void solo_fail(solo *s, uint32_t attempt, int error, unsigned flags)
{
    bosh_session_failed(&s->session, attempt, error, flags, s->now_ms);
}

void solo_advance(solo *s, uint64_t ms)
{
    s->now_ms += ms;
    bosh_session_run(&s->session, s->now_ms);
}

static void note(solo *s, const char *format, ...)
{
    va_list arguments;
    size_t used = strlen(s->told);
    if (used)
        used += (size_t)snprintf(s->told + used, sizeof(s->told) - used, ", ");
    va_start(arguments, format);
    vsnprintf(s->told + used, sizeof(s->told) - used, format, arguments);
    va_end(arguments);
}

const char *solo_told(solo *s)
{
    bosh_session_event event;
    s->told[0] = '\0';
    while (bosh_session_poll(&s->session, &event)) {
        const char *error = bosh_error_name(event.error) + strlen("BOSH_");
        const char *id = bosh_stanza_attribute(event.element, "id");
        switch (event.type) {
        case BOSH_SESSION_EVENT_OPENED:
            note(s, "opened");
            break;
        case BOSH_SESSION_EVENT_ACCEPTED:
            note(s, "accepted %u", (unsigned)event.ticket);
            break;
        case BOSH_SESSION_EVENT_ANSWER:
            note(s, "answer");
            break;
        case BOSH_SESSION_EVENT_PAYLOAD:
            note(s, "%s%s%s", bosh_stanza_name(event.element), id ? " " : "", id ? id : "");
            break;
        case BOSH_SESSION_EVENT_RETRY:
            note(s, "retry %s", error);
            break;
        case BOSH_SESSION_EVENT_ENDED:
            note(s, "ended %s", error);
            break;
        }
    }
    return s->told;
}
