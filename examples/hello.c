/* SPDX-License-Identifier: MIT
 * Log in, say hello, leave:  hello URL JID PASSWORD TO */
#include <bosh/curl.h>
#include <stdio.h>

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    if (event->type == BOSH_EVENT_STATE && event->state == BOSH_STATE_ONLINE) {
        bosh_client_send_message(client, user, "Hello from libbosh", NULL);
        bosh_client_close(client, NULL); // still sends what is queued
    }
}

int main(int argc, char **argv)
{
    bosh_curl *curl = NULL;
    bosh_client *client = NULL;
    bosh_config config;

    if (argc != 5)
        return puts("usage: hello URL JID PASSWORD TO"), 2;
    bosh_config_init(&config);
    config.url = argv[1];
    config.jid = argv[2];
    config.password = argv[3];
    config.user = argv[4];
    config.on_event = on_event;

    int error = bosh_curl_new(NULL, &curl);
    if (!error && !(error = bosh_curl_client_new(curl, &config, &client)) &&
        !(error = bosh_client_connect(client)) && !(error = bosh_curl_run(curl)))
        error = bosh_client_detail(client)->error;
    puts(error ? bosh_error_text(error) : "sent");
    bosh_client_free(client);
    bosh_curl_free(curl);
    return error != 0;
}
