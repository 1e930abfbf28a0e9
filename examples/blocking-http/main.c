/* SPDX-License-Identifier: MIT
 * A chat partner on a device whose HTTP client blocks: it repeats what it is told, and leaves on
 * "quit".
 *     blocking-http URL JID PASSWORD
 *
 * On ESP-IDF: app_main in a task of its own, the clock is esp_timer_get_time() / 1000, entropy
 * esp_fill_random, a pause vTaskDelay. */
#include "esp.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static bosh_time clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (bosh_time)now.tv_sec * 1000 + (bosh_time)now.tv_nsec / 1000000;
}

static int entropy(void *buffer, size_t size, void *user)
{
    (void)user;
    return getentropy(buffer, size);
}

static void pause_until(bosh_time deadline_ms)
{
    bosh_time now_ms = clock_ms(), left_ms = deadline_ms > now_ms ? deadline_ms - now_ms : 0;
    left_ms = left_ms > 1000 ? 1000 : left_ms;
    nanosleep(&(struct timespec){(time_t)left_ms / 1000, (long)(left_ms % 1000) * 1000000}, NULL);
}

static int on_message(bosh_client *client, const bosh_stanza *message, void *user)
{
    const char *text = bosh_stanza_child_text(message, "body", NULL);
    char answer[1024];
    (void)user;
    if (!text)
        return 1;
    int is_last = strcmp(text, "quit") == 0;
    snprintf(answer, sizeof(answer), is_last ? "good-bye" : "you said: %s", text);
    bosh_client_send_message(client, bosh_stanza_attribute(message, "from"), answer, NULL);
    if (is_last)
        bosh_client_close(client, NULL);
    return 1;
}

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    (void)user;
    if (event->type != BOSH_EVENT_STATE)
        return;
    printf("%s%s%s\n", bosh_state_text(event->state), event->error ? ": " : "",
           event->error ? bosh_error_text(event->error) : "");
    fflush(stdout);
    if (event->state == BOSH_STATE_ONLINE)
        bosh_client_send_presence(client, NULL, NULL);
}

int main(int argc, char **argv)
{
    static const bosh_match chat = {.name = "message", .type = "chat"};
    one_call call = {.post = esp_post, .now_ms = clock_ms};
    bosh_client *client = NULL;
    bosh_config config;

    if (argc != 4)
        return puts("usage: blocking-http URL JID PASSWORD"), 2;
    bosh_config_init(&config);
    config.url = argv[1];
    config.jid = argv[2];
    config.password = argv[3];
    config.on_event = on_event;
    config.allocator = *bosh_system_allocator();
    config.entropy = entropy;
    config.body_bytes_max = ESP_BODY_MAX;

    int error = one_call_client_new(&call, &config, &client);
    if (!error && (error = bosh_handler_add(client, &chat, on_message, NULL)) >= 0 &&
        !(error = bosh_client_connect(client))) {
        while (bosh_client_state(client) != BOSH_STATE_ENDED)
            if (!one_call_turn(&call))
                pause_until(bosh_client_deadline(client));
        error = bosh_client_detail(client)->error;
    }
    if (error)
        puts(bosh_error_text(error));
    bosh_client_free(client);
    esp_close();
    return error != 0;
}
