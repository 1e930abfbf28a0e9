/* SPDX-License-Identifier: MIT
 * A client that is logged in over a scripted transport. */
#include "stage.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_stage_event(bosh_client *client, const bosh_event *event, void *user)
{
    stage *on = user;
    if (on->on_event)
        on->on_event(client, event, on->user);
}

void stage_open(stage *made)
{
    bosh_config config;
    *made = (stage){.seed = {.state = 7}};
    world_alloc_init(&made->alloc);
    world_alloc_init(&made->client_alloc);
    made->allocator = world_alloc_allocator(&made->alloc);
    world_transport_init(&made->transport);
    made->transport.capabilities = BOSH_TRANSPORT_PARALLEL;
    bosh_config_init(&config);
    config.url = "https://localhost/bosh";
    config.jid = STAGE_JID;
    config.password = "secret";
    config.mechanisms = "PLAIN";
    config.schedule = BOSH_SCHEDULE_S0;
    config.on_event = on_stage_event;
    config.user = made;
    config.allocator = world_alloc_allocator(&made->client_alloc);
    config.entropy = world_seed_entropy;
    config.entropy_user = &made->seed;
    if (bosh_client_new(&config, &made->transport.transport, &made->client) != BOSH_OK)
        abort();
    made->transport.client = made->client;
}

/* The open attempt that was submitted first; NULL when there is none. */
static world_attempt *oldest_open(stage *on)
{
    for (size_t i = 0; i < on->transport.count; i++)
        if (on->transport.attempts[i]->state == WORLD_ATTEMPT_OPEN)
            return on->transport.attempts[i];
    return NULL;
}

static size_t open_count(stage *on)
{
    size_t count = 0;
    for (size_t i = 0; i < on->transport.count; i++)
        count += on->transport.attempts[i]->state == WORLD_ATTEMPT_OPEN;
    return count;
}

static void answer(stage *on, const char *attributes, const char *payloads)
{
    world_transport_pump(&on->transport);
    world_attempt *asked = oldest_open(on);
    if (!asked) {
        printf("stage: no request is open\n");
        abort();
    }
    size_t size = strlen(payloads) + strlen(attributes) + 300;
    char *body = malloc(size);
    snprintf(body, size,
             "<body xmlns='http://jabber.org/protocol/httpbind' "
             "xmlns:stream='http://etherx.jabber.org/streams' %s>%s</body>",
             attributes, payloads);
    world_transport_answer(&on->transport, asked, 200, 0, body, strlen(body));
    free(body);
    on->transport.now_ms += 10;
    world_transport_pump(&on->transport);
}

void stage_login(stage *on)
{
    if (bosh_client_state(on->client) != BOSH_STATE_RECONNECT_WAIT)
        bosh_client_connect(on->client);
    answer(on,
           "sid='s1' wait='50' hold='1' requests='2' ver='1.11' inactivity='60' polling='5' "
           "from='localhost' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'",
           "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
           "<mechanism>PLAIN</mechanism></mechanisms></stream:features>");
    answer(on, "", "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    answer(on, "",
           "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>");
    stage_sent(on);
    stage_result(on, stage_id(on), NULL,
                 "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>" STAGE_JID "</jid></bind>");
    if (bosh_client_state(on->client) != BOSH_STATE_ONLINE) {
        printf("stage: login ended in state %s\n", bosh_state_text(bosh_client_state(on->client)));
        abort();
    }
}

void stage_receive(stage *on, const char *payloads)
{
    answer(on, "", payloads);
    stage_settle(on);
}

void stage_settle(stage *on)
{
    world_transport_pump(&on->transport);
    on->transport.now_ms += 200; // past every order guard (HOLD-4)
    world_transport_pump(&on->transport);
    while (open_count(on) > 1)
        answer(on, "", "");
}

void stage_wait(stage *on, uint64_t ms)
{
    world_transport_pump(&on->transport);
    bosh_time until = on->transport.now_ms + ms;
    while (on->transport.now_ms < until) {
        bosh_time next = bosh_client_deadline(on->client);
        on->transport.now_ms = next > on->transport.now_ms && next < until ? next : until;
        world_transport_pump(&on->transport);
        stage_settle(on);
    }
}

void stage_lose(stage *on)
{
    answer(on, "type='terminate' condition='remote-connection-failed'", "");
    while (bosh_client_state(on->client) == BOSH_STATE_RECONNECT_WAIT && !oldest_open(on)) {
        on->transport.now_ms = bosh_client_deadline(on->client);
        world_transport_pump(&on->transport);
    }
}

const char *stage_sent(stage *on)
{
    size_t size = 1;
    stage_settle(on);
    for (size_t i = on->seen; i < on->transport.count; i++)
        size += on->transport.attempts[i]->size;
    free(on->sent);
    on->sent = calloc(1, size);
    for (; on->seen < on->transport.count; on->seen++)
        strcat(on->sent, on->transport.attempts[on->seen]->entity);
    return on->sent;
}

const char *stage_id(stage *on)
{
    const char *found = NULL;
    for (const char *at = on->sent; (at = strstr(at, " id='")); at++)
        found = at + 5;
    if (!found) {
        printf("stage: nothing with an id was sent: %s\n", on->sent);
        abort();
    }
    snprintf(on->id, sizeof(on->id), "%.*s", (int)strcspn(found, "'"), found);
    return on->id;
}

void stage_result(stage *on, const char *id, const char *from, const char *payload)
{
    size_t size = strlen(payload) + 300;
    char *iq = malloc(size);
    snprintf(iq, size, "<iq xmlns='jabber:client' type='result' id='%s'%s%s%s>%s</iq>", id,
             from ? " from='" : "", from ? from : "", from ? "'" : "", payload);
    answer(on, "", iq);
    free(iq);
}

void stage_close(stage *on)
{
    bosh_client_free(on->client);
    on->client = NULL;
}

size_t stage_done(stage *on)
{
    size_t leaks = world_alloc_leaks(&on->alloc) + world_alloc_leaks(&on->client_alloc);
    world_alloc_deinit(&on->alloc);
    world_alloc_deinit(&on->client_alloc);
    world_transport_deinit(&on->transport);
    free(on->sent);
    return leaks;
}
