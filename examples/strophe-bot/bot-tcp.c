/* SPDX-License-Identifier: MIT
 * An echo bot on libstrophe, over TCP:  bot-tcp JID PASSWORD */
#include <stdio.h>
#include <string.h>
#include <strophe.h>

static int on_ping(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *userdata)
{
    xmpp_stanza_t *reply = xmpp_stanza_reply(stanza);
    (void)userdata;
    xmpp_stanza_set_type(reply, "result");
    xmpp_send(conn, reply);
    xmpp_stanza_release(reply);
    return 1;
}

static int on_message(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *userdata)
{
    const char *type = xmpp_stanza_get_type(stanza);
    char *text = xmpp_message_get_body(stanza);
    (void)userdata;
    if (text && type && strcmp(type, "chat") == 0) {
        xmpp_stanza_t *reply = xmpp_stanza_reply(stanza);
        xmpp_message_set_body(reply, text);
        xmpp_send(conn, reply);
        xmpp_stanza_release(reply);
        if (strcmp(text, "quit") == 0)
            xmpp_disconnect(conn);
    }
    xmpp_free(xmpp_conn_get_context(conn), text);
    return 1;
}

static void on_connection(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                          xmpp_stream_error_t *stream_error, void *userdata)
{
    xmpp_ctx_t *ctx = xmpp_conn_get_context(conn);
    (void)stream_error;
    (void)userdata;
    if (event == XMPP_CONN_CONNECT) {
        xmpp_stanza_t *presence = xmpp_presence_new(ctx);
        xmpp_send(conn, presence);
        xmpp_stanza_release(presence);
        printf("online as %s\n", xmpp_conn_get_bound_jid(conn));
    } else {
        printf("offline: error %d\n", error);
        xmpp_stop(ctx);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: bot-tcp JID PASSWORD\n");
        return 2;
    }
    xmpp_initialize();
    xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
    xmpp_conn_t *conn = xmpp_conn_new(ctx);
    xmpp_conn_set_jid(conn, argv[1]);
    xmpp_conn_set_pass(conn, argv[2]);
    xmpp_handler_add(conn, on_ping, "urn:xmpp:ping", "iq", "get", NULL);
    xmpp_handler_add(conn, on_message, NULL, "message", NULL, NULL);
    if (xmpp_connect_client(conn, NULL, 0, on_connection, NULL) == XMPP_EOK)
        xmpp_run(ctx);
    xmpp_conn_release(conn);
    xmpp_ctx_free(ctx);
    xmpp_shutdown();
    return 0;
}
