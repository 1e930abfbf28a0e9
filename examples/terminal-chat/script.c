/* SPDX-License-Identifier: MIT
 * bosh-chat without a user: --send and --echo. */
#include "script.h"

#include "account.h"
#include "loop.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct script {
    const options *options;
    account account;
    bosh_ticket ticket; /* of the message sent, 0 before */
    int is_delivered;
    int is_answered;
    bosh_time give_up_ms; /* waiting for an answer; BOSH_NEVER: not waiting */
    int is_over;
    int exit_status;
} script;

static void fail(script *of, int status, const char *format, const char *detail)
{
    fputs("bosh-chat: ", stderr);
    fprintf(stderr, format, detail);
    fputc('\n', stderr);
    of->exit_status = status;
    of->give_up_ms = BOSH_NEVER;
    bosh_client_close(of->account.client, NULL);
}

static void on_online(script *of, bosh_client *client)
{
    if (of->options->is_echo || of->options->await_s)
        bosh_client_send_presence(client, NULL, NULL); // else nothing comes in
    if (of->options->is_echo) {
        char *jid = text_clean(bosh_client_jid(client));
        printf("online as %s\n", jid);
        fflush(stdout);
        free(jid);
    }
    if (!of->options->send_to || of->ticket)
        return;
    int error =
        bosh_client_send_message(client, of->options->send_to, of->options->send_text, &of->ticket);
    if (error)
        fail(of, EXIT_UNDELIVERED, "not sent: %s", bosh_error_text(error));
    else if (of->options->await_s)
        of->give_up_ms = bosh_curl_now_ms() + (bosh_time)of->options->await_s * 1000;
    else
        bosh_client_close(client, NULL); // still sends what is queued
}

static void on_ended(script *of, const bosh_event *event)
{
    of->is_over = 1;
    if (event->error && !of->exit_status) {
        char *reason = account_reason(&of->account, event->detail, event->error);
        fprintf(stderr, "bosh-chat: %s\n", reason);
        free(reason);
        of->exit_status = account_exit_status(event->error);
    }
    if (of->options->send_to && !of->is_delivered && !of->exit_status) {
        fprintf(stderr, "bosh-chat: the message was not delivered\n");
        of->exit_status = EXIT_UNDELIVERED;
    }
}

static void on_event(bosh_client *client, const bosh_event *event, void *user)
{
    script *of = user;
    if (event->type == BOSH_EVENT_DELIVERED && of->ticket && event->ticket >= of->ticket)
        of->is_delivered = 1;
    if (event->type != BOSH_EVENT_STATE)
        return;
    if (event->state == BOSH_STATE_ONLINE)
        on_online(of, client);
    else if (event->state == BOSH_STATE_ENDED)
        on_ended(of, event);
    else if (event->state == BOSH_STATE_RECONNECT_WAIT)
        fprintf(stderr, "bosh-chat: offline: %s\n", bosh_error_text(event->error));
}

static void echo(bosh_client *client, const bosh_stanza *message, const char *text)
{
    bosh_writer *writer = bosh_client_writer(client);
    bosh_writer_start(writer, "message", NULL);
    bosh_writer_attribute(writer, "to", bosh_stanza_attribute(message, "from"));
    bosh_writer_attribute(writer, "type", "chat");
    bosh_writer_attribute(writer, "xml:lang", bosh_stanza_language(message));
    bosh_writer_element(writer, "body", NULL, text);
    int error = bosh_client_send(client, writer, NULL);
    if (error)
        fprintf(stderr, "bosh-chat: not answered: %s\n", bosh_error_text(error));
}

static int on_message(bosh_client *client, const bosh_stanza *message, void *user)
{
    script *of = user;
    const char *from = bosh_stanza_attribute(message, "from");
    const char *type = bosh_stanza_attribute(message, "type");
    const char *text = bosh_stanza_child_text(message, "body", NULL);
    int is_error = type && strcmp(type, "error") == 0;
    int is_news = type && strcmp(type, "headline") == 0; // nobody waits for an answer to it
    int is_own = bosh_jid_same_bare(from, bosh_client_jid(client));
    if (!from || (type && strcmp(type, "groupchat") == 0))
        return 1;
    if (is_error && of->options->send_to && bosh_jid_same_bare(from, of->options->send_to))
        fail(of, EXIT_UNDELIVERED, "not delivered: %s", bosh_stanza_error_condition(message));
    if (is_error || !text)
        return 1;
    // What was stored for us earlier is no answer.
    int is_answer = of->options->send_to && !is_news &&
                    bosh_jid_same_bare(from, of->options->send_to) &&
                    !bosh_stanza_child(message, "delay", "urn:xmpp:delay");
    if (of->options->is_echo || is_answer) {
        char *clean_from = text_clean(from), *clean_text = text_clean(text);
        printf("%s: %s\n", clean_from, clean_text);
        fflush(stdout);
        free(clean_from);
        free(clean_text);
    }
    if (of->options->is_echo && !is_own && !is_news) // nor an echo of our own echo
        echo(client, message, text);
    if (is_answer && of->options->await_s && !of->is_answered) {
        of->is_answered = 1;
        of->give_up_ms = BOSH_NEVER;
        bosh_client_close(client, NULL);
    }
    return 1;
}

static void run(script *of)
{
    int was_asked = 0;
    while (!of->is_over) {
        int wait_ms = -1;
        if (of->give_up_ms != BOSH_NEVER) {
            bosh_time now = bosh_curl_now_ms();
            wait_ms = of->give_up_ms > now ? (int)(of->give_up_ms - now) : 0;
        }
        int seen = loop_turn(of->account.curl, 0, wait_ms);
        if (seen & LOOP_INTERRUPTED) {
            if (was_asked++) // twice: now
                return;
            bosh_client_close(of->account.client, NULL);
        }
        if (of->give_up_ms != BOSH_NEVER && bosh_curl_now_ms() >= of->give_up_ms)
            fail(of, EXIT_UNDELIVERED, "no answer from %s", of->options->send_to);
    }
}

int script_run(const options *chosen, const char *password)
{
    script of = {.options = chosen, .give_up_ms = BOSH_NEVER};
    bosh_match messages = {.name = "message"};
    int error = account_open(&of.account, chosen, password, on_event, &of);
    if (error)
        return account_exit_status(error);
    loop_init();
    if (bosh_handler_add(of.account.client, &messages, on_message, &of) < 0)
        error = BOSH_ERR_MEMORY;
    if (!error)
        error = bosh_client_connect(of.account.client);
    if (error) {
        fprintf(stderr, "bosh-chat: %s\n", bosh_error_text(error));
        of.exit_status = account_exit_status(error);
    } else {
        run(&of);
    }
    account_free(&of.account);
    return of.exit_status;
}
