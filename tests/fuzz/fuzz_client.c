/* SPDX-License-Identifier: MIT
 * A server that answers anything at any time, to a whole client in virtual time. The first byte is
 * a choice of settings, the rest are lines: what happens, one after the other (see `step`). The
 * validator watches every request; whatever happens, each ticket is accounted for exactly once, the
 * client comes to rest and can be closed, and nothing leaks. */
#include "tests/fuzz/same.h"
#include "tests/unit/scene.h"

#define TICKETS_MAX 4096 /* questions have some, too */
#define STEP_MS_MAX 200000

static scene s;
static bosh_ticket last_said;
static uint8_t is_said[TICKETS_MAX], is_reported[TICKETS_MAX];

static void on_event(scene *self, const bosh_event *event)
{
    (void)self;
    DEMAND(event->ticket < TICKETS_MAX);
    if (event->type == BOSH_EVENT_DELIVERED) {
        for (bosh_ticket ticket = 1; ticket <= event->ticket; ticket++)
            is_reported[ticket] = 1;
    } else if (event->type == BOSH_EVENT_UNKNOWN || event->type == BOSH_EVENT_UNSENT) {
        DEMAND(!is_reported[event->ticket]);
        is_reported[event->ticket] = 1;
    }
}

static void open_scene(uint8_t choice)
{
    scene_init(&s);
    s.on_event = on_event;
    s.net.split = (world_split)((choice & 3) % 3);
    s.net.capabilities = choice & 4 ? 0 : BOSH_TRANSPORT_PARALLEL;
    s.config.reconnect = choice & 8 ? BOSH_RECONNECT_ALWAYS : BOSH_RECONNECT_NEVER;
    s.config.schedule = choice & 16 ? BOSH_SCHEDULE_S1 : BOSH_SCHEDULE_S0;
    s.config.legacy_session = choice & 32 ? 1 : 0;
    s.config.scram_rounds_min = 1;
    s.config.scram_rounds_max = 500;
    s.config.response_bytes_max = 3000;
    s.config.depth_max = 8;
    s.config.attributes_max = 8;
    last_said = 0;
    memset(is_said, 0, sizeof(is_said));
    memset(is_reported, 0, sizeof(is_reported));
    scene_open(&s);
}

/* The oldest request that is open gets this answer. */
static void answer(int status, const char *entity, size_t size)
{
    world_attempt *attempt = scene_oldest(&s);
    if (attempt)
        world_transport_answer(&s.net, attempt, status, 0, entity, size);
}

/* "<attributes>|<payloads>", in the wrapper that they belong in */
static void answer_in_wrapper(char *line)
{
    char entity[5000];
    char *bar = strchr(line, '|');
    if (bar)
        *bar = 0;
    int size = snprintf(entity, sizeof(entity),
                        "<body xmlns='http://jabber.org/protocol/httpbind' %s>%s</body>", line,
                        bar ? bar + 1 : "");
    DEMAND(size > 0);
    answer(200, entity, (size_t)size < sizeof(entity) ? (size_t)size : sizeof(entity) - 1);
}

static void connect(void)
{
    bosh_state state = bosh_client_state(s.client);
    if (state != BOSH_STATE_IDLE && state != BOSH_STATE_ENDED)
        return;
    world_validator_connect(s.validator);
    DEMAND(bosh_client_connect(s.client) == 0);
}

static void say(void)
{
    bosh_ticket ticket = scene_say(&s, "m");
    DEMAND(ticket < TICKETS_MAX);
    is_said[ticket] = 1;
    if (ticket > last_said)
        last_said = ticket;
}

static void step(char *line, size_t size)
{
    uint64_t number = strtoul(line + 1, NULL, 10);
    world_attempt *oldest = scene_oldest(&s);
    switch (line[0]) {
    case '<': /* exactly this as the answer */
        answer(200, line, size);
        break;
    case '=': /* this in a wrapper */
        answer_in_wrapper(line + 1);
        break;
    case '#': /* "#404 text" */
        answer((int)(number % 1000), line, size);
        break;
    case '!':
        if (oldest)
            world_transport_fail(&s.net, oldest, BOSH_ERR_RESET, (unsigned)(number & 1));
        break;
    case 'l': /* what a good server says to a login */
        scene_answer_login(&s);
        break;
    case 't':
        scene_advance(&s, number % STEP_MS_MAX);
        break;
    case 'm':
        say();
        break;
    case 'q':
        scene_ask(&s, number ? "bob@example.org" : NULL, 0);
        break;
    case 'c':
        bosh_client_close(s.client, NULL);
        break;
    case 'n':
        bosh_client_network_changed(s.client);
        break;
    case 'o':
        connect();
        break;
    default:
        break;
    }
    scene_turn(&s);
}

static void close_scene(void)
{
    if (bosh_client_state(s.client) != BOSH_STATE_IDLE) {
        bosh_client_close(s.client, NULL);
        scene_advance(&s, STEP_MS_MAX);
        DEMAND(bosh_client_state(s.client) == BOSH_STATE_ENDED);
        for (bosh_ticket ticket = 1; ticket <= last_said; ticket++)
            DEMAND(is_reported[ticket] || !is_said[ticket]);
    }
    DEMAND(scene_deinit(&s) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    open_scene(data[0]);
    connect();
    scene_turn(&s);
    char *text = malloc(size);
    DEMAND(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    for (char *line = text, *end = text + size - 1; line < end;) {
        char *next = memchr(line, '\n', (size_t)(end - line));
        next = next ? next : end;
        *next = 0;
        if (next > line)
            step(line, (size_t)(next - line));
        DEMAND(!s.problems);
        line = next + 1;
    }
    free(text);
    close_scene();
    return 0;
}
