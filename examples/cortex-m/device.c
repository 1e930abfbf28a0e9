/* SPDX-License-Identifier: MIT
 * The device: it is online, says what its sensor reads, and does what its owner tells it. */
#include "board.h"
#include "network.h"
#include "streams.h"

#include <bosh/arena.h>
#include <string.h>

#define READING_PERIOD_MS 1000

static uint64_t memory[DEVICE_MEMORY / 8]; /* from CMake: keeping the source needs more */
static bosh_arena arena;
static bosh_http1 http1;
static char settings[256];
static const char *owner;
static uint32_t readings;
static uint32_t last_reading; /* after so many the device leaves; 0: never */
static uint32_t failures;     /* sessions that ended in a row, without being online in between */
static int is_led_on, is_leaving, is_over;

/* ------------------------------------------------------------------------------- what is said */

/* Text with numbers, without the 10 KB of printf. */
typedef struct line {
    char text[120];
    size_t size;
} line;

static void put(line *l, const char *text)
{
    for (; *text && l->size < sizeof(l->text) - 1; text++)
        l->text[l->size++] = *text;
    l->text[l->size] = 0;
}

static void put_number(line *l, uint32_t number)
{
    char digits[11], *at = digits + 10;
    *at = 0;
    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    put(l, at);
}

static void say(const char *a, const char *b)
{
    board_print(a);
    board_print(b);
    board_print("\n");
}

static void put_status(line *l)
{
    put(l, "up ");
    put_number(l, board_now_ms() / 1000);
    put(l, " s, ");
    put_number(l, readings);
    put(l, " readings, led ");
    put(l, is_led_on ? "on" : "off");
    put(l, ", memory ");
    put_number(l, (uint32_t)bosh_arena_used(&arena));
    put(l, " of at most ");
    put_number(l, (uint32_t)bosh_arena_high_water(&arena));
    put(l, ", stack ");
    put_number(l, (uint32_t)board_stack_used());
    put(l, ", worked ");
    put_number(l, board_worked_us());
    put(l, " us");
}

static void leave(bosh_client *client)
{
    is_leaving = 1;
    bosh_client_close(client, NULL);
}

/* A sensor that QEMU has not: it gets warmer and colder. */
static uint32_t temperature_tenths(void)
{
    uint32_t step = readings % 40;
    return 210 + (step < 20 ? step : 40 - step);
}

static int publish(bosh_client *client, void *user)
{
    line l = {.size = 0};
    (void)user;
    uint32_t tenths = temperature_tenths();
    if (++readings % 10 == 0) {
        line status = {.size = 0};
        put_status(&status);
        say(status.text, "");
    }
    put(&l, "temperature ");
    put_number(&l, tenths / 10);
    put(&l, ".");
    put_number(&l, tenths % 10);
    bosh_writer *message = bosh_client_writer(client);
    bosh_writer_start(message, "message", NULL);
    bosh_writer_attribute(message, "to", owner);
    bosh_writer_attribute(message, "type", "headline"); /* not stored while the owner is away */
    bosh_writer_element(message, "body", NULL, l.text);
    bosh_client_send(client, message, NULL);
    if (last_reading && readings >= last_reading && bosh_client_state(client) == BOSH_STATE_ONLINE)
        leave(client);
    return 1;
}

/* -------------------------------------------------------------------------------- what is heard */

/* Returns 1 when it was the last one. */
static int obey(const char *command, line *l)
{
    if (strcmp(command, "status") == 0) {
        put_status(l);
        say(l->text, "");
    } else if (strcmp(command, "led on") == 0 || strcmp(command, "led off") == 0) {
        is_led_on = command[5] == 'n';
        board_set_led(is_led_on);
        put(l, is_led_on ? "the led is on" : "the led is off");
    } else if (strcmp(command, "quit") == 0) {
        put(l, "good-bye");
        return 1;
    } else {
        put(l, "I know: status, led on, led off, quit");
    }
    return 0;
}

static int on_message(bosh_client *client, const bosh_stanza *message, void *user)
{
    const char *command = bosh_stanza_child_text(message, "body", NULL);
    const char *from = bosh_stanza_attribute(message, "from");
    line l = {.size = 0};
    (void)user;
    if (!command || !bosh_jid_same_bare(from, owner))
        return 1; /* it obeys nobody else */
    say("command: ", command);
    int is_last = obey(command, &l);
    bosh_client_send_message(client, from, l.text, NULL);
    if (is_last)
        leave(client);
    return 1;
}

static void say_state(const bosh_event *event)
{
    line l = {.size = 0};
    put(&l, bosh_state_text(event->state));
    if (event->error) {
        put(&l, ": ");
        put(&l, bosh_error_text(event->error));
    }
    say(l.text, "");
}

static void greet(bosh_client *client)
{
    line l = {.size = 0};
    put(&l, "I am ");
    put(&l, bosh_client_jid(client));
    put(&l, ", worked ");
    put_number(&l, board_worked_us());
    put(&l, " us");
    say(l.text, "");
    bosh_client_send_presence(client, NULL, "measuring");
}

static int connect_again(bosh_client *client, void *user)
{
    (void)user;
    bosh_client_connect(client);
    return 0;
}

/* In 1, 2, 4 ... 64 s, and up to half as much later: devices whose server restarts must not come
 * all at once. With BOSH_WITH_RECONNECT the library does this. */
static void plan_return(bosh_client *client)
{
    line l = {.size = 0};
    uint32_t base_ms = 1000u << (failures < 6 ? failures : 6), dice = 0;
    failures++;
    host_entropy(&dice, sizeof(dice));
    uint32_t pause_ms = base_ms + dice % (base_ms / 2);
    if (bosh_timer_add(client, pause_ms, connect_again, NULL) < 0)
        is_over = 1;
    put(&l, "again in ");
    put_number(&l, pause_ms);
    say(l.text, " ms");
}

/* Waiting does not mend it. On `conflict` somebody else took the address: two that both come back
 * throw each other out for ever (BIND-7). */
static int is_final(int error, const bosh_detail *detail)
{
    switch (error) {
    case BOSH_OK:
    case BOSH_ERR_URL:
    case BOSH_ERR_UNSUPPORTED:
    case BOSH_ERR_CERTIFICATE:
    case BOSH_ERR_NO_MECHANISM:
    case BOSH_ERR_CREDENTIALS:
    case BOSH_ERR_AUTH:
        return 1;
    default:
        return strcmp(detail->stanza_condition, "conflict") == 0;
    }
}

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    (void)user;
    if (event->type != BOSH_EVENT_STATE)
        return;
    say_state(event);
    if (event->state == BOSH_STATE_ONLINE) {
        failures = 0;
        greet(client);
    } else if (event->state == BOSH_STATE_ENDED && is_final(event->error, event->detail)) {
        is_over = 1;
    } else if (event->state == BOSH_STATE_ENDED) {
        plan_return(client);
    }
}

static int entropy(void *buffer, size_t size, void *user)
{
    (void)user;
    return host_entropy(buffer, size);
}

/* ------------------------------------------------------------------------------------- at start */

/* Cut the next word off the settings; "" at the end. */
static const char *next_word(char **rest)
{
    char *word = *rest;
    char *blank = strchr(word, ' ');
    *rest = blank ? blank + 1 : word + strlen(word);
    if (blank)
        *blank = 0;
    return word;
}

static uint32_t read_number(const char *digits)
{
    uint32_t number = 0;
    for (; *digits >= '0' && *digits <= '9'; digits++)
        number = number * 10 + (uint32_t)(*digits - '0');
    return number;
}

static int make_client(bosh_client **client)
{
    bosh_config config;
    char *rest = settings;
    host_command_line(settings, sizeof(settings));
    next_word(&rest); /* the program */
    bosh_config_init(&config);
    config.url = next_word(&rest);
    config.jid = next_word(&rest);
    config.password = next_word(&rest);
    owner = next_word(&rest);
    last_reading = read_number(next_word(&rest));
    config.mechanisms = "SCRAM-SHA-256 SCRAM-SHA-1";
    config.on_event = on_event;
    config.entropy = entropy;
    config.allocator = bosh_arena_allocator(&arena);
    /* As much as there is room for. */
    config.body_bytes_max = 2048;
    config.queue_bytes_max = 2048;
    config.response_bytes_max = 6144;
    config.scram_rounds_per_pump = 50;
    return bosh_http1_client_new(&http1, &config, client);
}

/* Until the client or lwIP has something to do, or a frame arrives. */
static void sleep_until(bosh_time deadline_ms)
{
    bosh_time now_ms = network_now(NULL);
    bosh_time left_ms = deadline_ms > now_ms ? deadline_ms - now_ms : 0;
    uint32_t limit_ms = network_delay_ms();
    board_sleep(left_ms < limit_ms ? (uint32_t)left_ms : limit_ms);
}

int main(void)
{
    static const bosh_match chat = {.name = "message", .type = "chat"};
    bosh_client *client;
    board_start();
    network_start();
    bosh_arena_init(&arena, memory, sizeof(memory));
    bosh_http1_init(&http1, &device_streams, 2);
    int error = streams_start(bosh_arena_allocator(&arena));
    if (!error)
        error = make_client(&client);
    if (error || bosh_handler_add(client, &chat, on_message, NULL) < 0 ||
        bosh_timer_add(client, READING_PERIOD_MS, publish, NULL) < 0 ||
        bosh_client_connect(client) < 0) {
        say("no client: ", bosh_error_text(error));
        host_exit(1);
    }
    while (!is_over) {
        int news = streams_poll(&http1);
        if (news || bosh_client_deadline(client) <= network_now(NULL))
            bosh_client_pump(client, network_now(NULL));
        else
            sleep_until(bosh_client_deadline(client));
    }
    bosh_client_free(client);
    host_exit(is_leaving ? 0 : 1);
}
