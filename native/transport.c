/* SPDX-License-Identifier: MIT
 *
 * Ports: the bosh_transport of each client, and the pumping of clients. */
#include "door.h"

#include <stdlib.h>
#include <string.h>

/* A warm-up counts for less than the 25 seconds after which libcurl discards an idle connection. */
#define WARM_FOR_MS 20000
/* How soon a client that waits for its own handler to return is pumped again. */
#define NESTED_PAUSE_MS 20

void bosh_port_want(struct port *port)
{
    bosh_curl *curl = port->curl;
    if (!port->client || !list_is_empty(&port->wanted))
        return;
    list_append(&curl->wanted, &port->wanted);
    curl->wanted_count++;
    bosh_loop_arm(curl);
}

static void unwant(struct port *port)
{
    if (list_is_empty(&port->wanted))
        return;
    list_remove(&port->wanted);
    port->curl->wanted_count--;
}

static void set_active(struct port *port, int active)
{
    port->curl->active_count += (size_t)active;
    port->curl->active_count -= (size_t)port->active;
    port->active = active;
}

static void free_port(struct port *port)
{
    free(port->failure);
    free(port);
}

void bosh_port_note_failure(struct port *port, const char *words)
{
    free(port->failure);
    port->failure = words ? strdup(words) : NULL;
}

const char *bosh_curl_failure(const bosh_curl *curl, const bosh_client *client)
{
    if (!curl || !client)
        return "";
    for (struct link *at = curl->ports.next; at != &curl->ports; at = at->next) {
        const struct port *port = LIST_OF(at, struct port, all);
        if (port->client == client)
            return port->failure ? port->failure : "";
    }
    return "";
}

void bosh_port_pump(struct port *port)
{
    unwant(port);
    port->depth++;
    bosh_client_pump(port->client, bosh_curl_now_ms());
    port->depth--;
    if (!port->client) {
        if (port->depth == 0)
            free_port(port);
        return;
    }
    bosh_time deadline = bosh_client_deadline(port->client);
    if (port->depth > 0) {
        /* One of its handlers drives this loop: what is due has to wait for that handler, and must
         * not keep the loop spinning. */
        bosh_time soonest = bosh_curl_now_ms() + NESTED_PAUSE_MS;
        deadline = deadline < soonest ? soonest : deadline;
    }
    bosh_deadlines_set(&port->curl->port_deadlines, &port->due, deadline);
    bosh_state state = bosh_client_state(port->client);
    set_active(port, state != BOSH_STATE_IDLE && state != BOSH_STATE_ENDED);
}

void bosh_port_release(struct port *port)
{
    while (!list_is_empty(&port->attempts))
        bosh_attempt_cancel(LIST_OF(port->attempts.next, struct attempt, of_port));
    unwant(port);
    bosh_deadlines_set(&port->curl->port_deadlines, &port->due, BOSH_NEVER);
    set_active(port, 0);
    list_remove(&port->all);
    port->curl->port_count--;
    port->lane->port_count--;
    port->client = NULL;
    if (port->depth == 0)
        free_port(port);
}

void bosh_port_each(bosh_curl *curl, void (*fn)(bosh_client *client, uint64_t argument),
                    uint64_t argument)
{
    struct link told;
    list_init(&told);
    while (!list_is_empty(&curl->ports)) {
        struct port *port = LIST_OF(curl->ports.next, struct port, all);
        list_remove(&port->all);
        list_append(&told, &port->all);
        fn(port->client, argument);
    }
    while (!list_is_empty(&told)) {
        struct link *link = told.next;
        list_remove(link);
        list_append(&curl->ports, link);
    }
}

static int port_submit(void *user, uint32_t id, const bosh_transport_request *request)
{
    struct port *port = user;
    int error = bosh_origin_find(port->lane, request->url, &port->origin);
    return error ? error : bosh_attempt_start(port, id, request);
}

static void port_cancel(void *user, uint32_t id)
{
    struct port *port = user;
    for (struct link *at = port->attempts.next; at != &port->attempts; at = at->next) {
        struct attempt *attempt = LIST_OF(at, struct attempt, of_port);
        if (attempt->id == id) {
            bosh_attempt_cancel(attempt);
            return;
        }
    }
}

static unsigned port_capabilities(void *user)
{
    const struct port *port = user;
    const struct origin *origin = port->origin;
    unsigned capabilities = BOSH_TRANSPORT_PARALLEL | BOSH_TRANSPORT_UPLOADED;
    if (!origin)
        return capabilities;
    if (origin->http_version == CURL_HTTP_VERSION_2_0 && origin->open > 0)
        return capabilities | BOSH_TRANSPORT_WARM;
    size_t own = 0;
    for (struct link *at = port->attempts.next; at != &port->attempts; at = at->next)
        own++;
    bosh_time now_ms = bosh_curl_now_ms();
    if (port->warmed_ms && now_ms - port->warmed_ms < WARM_FOR_MS && port->answered_ms &&
        now_ms - port->answered_ms < WARM_FOR_MS && origin->open + own >= origin->in_use + 2)
        capabilities |= BOSH_TRANSPORT_WARM;
    return capabilities;
}

static void port_warm(void *user, const char *url)
{
    struct port *port = user;
    if (bosh_origin_find(port->lane, url, &port->origin) ||
        (port_capabilities(port) & BOSH_TRANSPORT_WARM))
        return;
    bosh_attempt_warm(port, url);
}

static void port_wanted(void *user)
{
    bosh_port_want(user);
}

static void port_released(void *user)
{
    bosh_port_release(user);
}

static struct port *port_new(bosh_curl *curl)
{
    struct lane *lane = bosh_lane_find(curl);
    if (!lane || bosh_deadlines_reserve(&curl->port_deadlines, curl->port_count + 1))
        return NULL;
    struct port *port = calloc(1, sizeof *port);
    if (!port)
        return NULL;
    port->curl = curl;
    port->lane = lane;
    port->due.at_ms = BOSH_NEVER;
    list_init(&port->wanted);
    list_init(&port->attempts);
    list_append(&curl->ports, &port->all);
    curl->port_count++;
    lane->port_count++;
    return port;
}

int bosh_curl_client_new(bosh_curl *curl, const bosh_config *config, bosh_client **out)
{
    bosh_config filled;
    if (!out)
        return BOSH_ERR_ARGUMENT;
    *out = NULL;
    if (!curl || !config || config->struct_size < sizeof config->struct_size)
        return BOSH_ERR_ARGUMENT;
    bosh_config_init(&filled);
    memcpy(&filled, config,
           config->struct_size < sizeof filled ? config->struct_size : sizeof filled);
    filled.struct_size = sizeof filled;
    if (!filled.allocator.allocate)
        filled.allocator = *bosh_system_allocator();
    if (!filled.entropy)
        filled.entropy = bosh_platform_entropy;
    struct port *port = port_new(curl);
    if (!port)
        return BOSH_ERR_MEMORY;
    bosh_transport transport = {port,      port_submit, port_cancel,  port_capabilities,
                                port_warm, port_wanted, port_released};
    int error = bosh_client_new(&filled, &transport, out);
    if (error)
        bosh_port_release(port);
    else
        port->client = *out;
    return error;
}
