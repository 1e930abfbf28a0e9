/* SPDX-License-Identifier: MIT
 * An echo bot with libstrophe's stanzas, over BOSH:  bot URL JID PASSWORD */
#include <bosh/curl.h>
#include <bosh/strophe.h>
#include <stdio.h>
#include <string.h>

static int on_ping(bosh_strophe *conn, xmpp_stanza_t *stanza, void *userdata)
{
    xmpp_stanza_t *reply = xmpp_stanza_reply(stanza);
    (void)userdata;
    xmpp_stanza_set_type(reply, "result");
    bosh_strophe_send(conn, reply);
    xmpp_stanza_release(reply);
    return 1;
}

static int on_message(bosh_strophe *conn, xmpp_stanza_t *stanza, void *userdata)
{
    const char *type = xmpp_stanza_get_type(stanza);
    char *text = xmpp_message_get_body(stanza);
    (void)userdata;
    if (text && type && strcmp(type, "chat") == 0) {
        xmpp_stanza_t *reply = xmpp_stanza_reply(stanza);
        xmpp_message_set_body(reply, text);
        bosh_strophe_send(conn, reply);
        xmpp_stanza_release(reply);
        if (strcmp(text, "quit") == 0)
            bosh_strophe_disconnect(conn);
    }
    xmpp_free(bosh_strophe_get_context(conn), text);
    return 1;
}

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    if (event->type == BOSH_EVENT_STATE && event->state == BOSH_STATE_ONLINE) {
        bosh_client_send_presence(client, NULL, NULL);
        printf("online as %s\n", bosh_client_jid(client));
    } else if (event->type == BOSH_EVENT_STATE && event->state == BOSH_STATE_ENDED) {
        printf("offline: %s\n", bosh_error_text(event->error));
    }
    (void)user;
}

int main(int argc, char **argv)
{
    bosh_config config;
    if (argc != 4) {
        fprintf(stderr, "usage: bot URL JID PASSWORD\n");
        return 2;
    }
    xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
    bosh_curl *curl = NULL;
    bosh_client *client = NULL;
    bosh_strophe *conn = NULL;
    bosh_config_init(&config);
    config.url = argv[1];
    config.jid = argv[2];
    config.password = argv[3];
    config.on_event = on_event;
    int error = bosh_curl_new(NULL, &curl);
    if (!error && !(error = bosh_curl_client_new(curl, &config, &client)) &&
        !(error = bosh_strophe_new(client, ctx, &conn))) {
        bosh_strophe_handler_add(conn, on_ping, "urn:xmpp:ping", "iq", "get", NULL);
        bosh_strophe_handler_add(conn, on_message, NULL, "message", NULL, NULL);
        if (!(error = bosh_client_connect(client)))
            error = bosh_curl_run(curl);
    }
    if (error)
        fprintf(stderr, "bot: %s\n", bosh_error_text(error));
    bosh_client_free(client);
    bosh_strophe_free(conn);
    bosh_curl_free(curl);
    xmpp_ctx_free(ctx);
    return error != 0;
}
