/* SPDX-License-Identifier: MIT
 * The verb `call`: functions of bosh.h. */
#include "play.h"
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EMPTY "<body xmlns='http://jabber.org/protocol/httpbind'/>"

static void connect(play *p)
{
    p->result = stage_client(&p->stage);
    p->is_result_due = 1;
    if (p->result != BOSH_OK)
        return;
    world_validator_connect(p->stage.validator);
    p->result = bosh_client_connect(p->stage.client);
}

static void write_tree(bosh_writer *writer, const world_node *node)
{
    bosh_writer_start(writer, node->name, world_node_attribute(node, "xmlns"));
    for (size_t i = 0; i < node->attribute_count; i++) {
        if (strcmp(node->attributes[i].name, "xmlns") != 0)
            bosh_writer_attribute(writer, node->attributes[i].name, node->attributes[i].value);
    }
    for (const world_node *child = node->first; child; child = child->next) {
        if (child->name)
            write_tree(writer, child);
        else
            bosh_writer_text(writer, child->text);
    }
    bosh_writer_end(writer);
}

/* call send_login <auth .../> */
static void send_login(play *p, const char *text)
{
    world_document element;
    size_t size;
    char *xml = play_expand(p, text, &size);
    if (!xml)
        return;
    if (play_parse(p, xml, &element)) {
        bosh_writer *writer = bosh_client_writer(p->stage.client);
        write_tree(writer, element.root);
        p->result = bosh_client_send_login(p->stage.client, writer);
        p->is_result_due = 1;
    }
    world_document_deinit(&element);
    free(xml);
}

/* call set_login bob@example.org/x SCRAM-SHA-1 PLAIN; "-" changes nothing. */
static void set_login(play *p, const char *text)
{
    char jid[80];
    play_word(&text, jid, sizeof(jid));
    p->result = bosh_client_set_login(p->stage.client, strcmp(jid, "-") == 0 ? NULL : jid,
                                      text[0] ? text : NULL);
    p->is_result_due = 1;
}

static void continue_login(play *p)
{
    p->result = bosh_client_continue_login(p->stage.client);
    p->is_result_due = 1;
}

/* call close [STANZA] */
static void close(play *p, const char *text)
{
    world_document stanza;
    if (!text[0]) {
        bosh_client_close(p->stage.client, NULL);
        return;
    }
    if (play_parse(p, text, &stanza)) {
        bosh_writer *writer = bosh_client_writer(p->stage.client);
        write_tree(writer, stanza.root);
        bosh_client_close(p->stage.client, writer);
    }
    world_document_deinit(&stanza);
}

static void on_answer(bosh_client *client, int error, const bosh_stanza *stanza, void *user)
{
    stage *s = user;
    stage_entry *entry = stage_add_entry(s, STAGE_ANSWER);
    (void)client;
    entry->error = error;
    entry->element = stanza ? match_copy_stanza(stanza) : NULL;
}

/* call iq get bob@example.org <ping xmlns='urn:xmpp:ping'/>; "-" asks the own account. */
static void request(play *p, const char *text)
{
    char type[8], to[80];
    world_document payload;
    play_word(&text, type, sizeof(type));
    play_word(&text, to, sizeof(to));
    if (play_parse(p, text, &payload)) {
        bosh_writer *writer =
            bosh_client_iq(p->stage.client, type, strcmp(to, "-") == 0 ? NULL : to);
        write_tree(writer, payload.root);
        p->result = bosh_client_request(p->stage.client, writer, 0, on_answer, &p->stage);
        p->is_result_due = 1;
    }
    world_document_deinit(&payload);
}

static int on_question(bosh_client *client, const bosh_stanza *question, void *user)
{
    bosh_writer *writer = bosh_client_iq_result(client, question);
    (void)user;
    bosh_client_send(client, writer, NULL);
    return 1;
}

/* call handler NS: take iqs of this namespace and answer each with an empty result. */
static void add_handler(play *p, const char *text)
{
    bosh_match match = {0};
    match.ns = text;
    match.name = "iq";
    p->result = bosh_handler_add(p->stage.client, &match, on_question, NULL);
    p->is_result_due = 1;
}

/* call move S: hand the session to a new client, S seconds later. */
static void move(play *p, const char *text)
{
    stage *s = &p->stage;
    void *blob;
    size_t size;
    uint64_t elapsed_ms = (uint64_t)(strtod(text, NULL) * 1000.0 + 0.5);
    p->is_result_due = 1;
    p->result = bosh_client_export(s->client, &blob, &size);
    if (p->result != BOSH_OK)
        return;
    bosh_client_free(s->client);
    s->client = NULL;
    s->net.now_ms += elapsed_ms;
    p->result = stage_client(s);
    world_validator_handover(s->validator);
    if (p->result == BOSH_OK)
        p->result = bosh_client_import(s->client, blob, size, elapsed_ms);
    s->config.allocator.release(blob, s->config.allocator.user);
}

/* call attach: what is open is answered empty and the client dies; a new one is given the ids of
 * its session, and nothing else. */
static void attach(play *p)
{
    stage *s = &p->stage;
    char jid[100], sid[100];
    snprintf(jid, sizeof(jid), "%s", bosh_client_jid(s->client));
    snprintf(sid, sizeof(sid), "%s", s->client->session.sid);
    uint64_t failures = s->alloc.failures;
    bosh_attachment made = BOSH_ATTACHMENT(jid, sid, s->client->session.next_rid);
    for (world_attempt *open; (open = stage_open_attempt(s));)
        world_transport_answer(&s->net, open, 200, 0, EMPTY, sizeof(EMPTY) - 1);
    p->is_result_due = 1;
    p->result = s->alloc.failures > failures ? BOSH_ERR_MEMORY : BOSH_OK;
    if (p->result != BOSH_OK)
        return; /* for want of memory the answer was not read, and will be asked for again */
    bosh_client_free(s->client);
    s->client = NULL;
    p->result = stage_client(s);
    world_validator_handover(s->validator);
    if (p->result == BOSH_OK)
        p->result = bosh_client_attach(s->client, &made);
}

/* call uploaded a: the transport reports the upload of an attempt. */
static void upload(play *p, const char *text)
{
    const play_label *label = play_find_label(p, text);
    if (!label) {
        play_fail(p, "no request has the label \"%s\"", text);
        return;
    }
    world_transport_uploaded(&p->stage.net, label->attempts[label->count - 1]);
    world_transport_pump(&p->stage.net);
}

/* call clock_jumped S: the host slept, and its monotonic clock did not notice. */
static void jump(play *p, const char *text)
{
    bosh_client_clock_jumped(p->stage.client, (uint64_t)(strtod(text, NULL) * 1000.0 + 0.5));
}

void play_call(play *p, const char *text)
{
    char name[24];
    play_word(&text, name, sizeof(name));
    if (strcmp(name, "connect") == 0)
        connect(p);
    else if (!p->stage.client)
        play_fail(p, "there is no client yet");
    else if (strcmp(name, "close") == 0)
        close(p, text);
    else if (strcmp(name, "iq") == 0)
        request(p, text);
    else if (strcmp(name, "handler") == 0)
        add_handler(p, text);
    else if (strcmp(name, "move") == 0)
        move(p, text);
    else if (strcmp(name, "attach") == 0)
        attach(p);
    else if (strcmp(name, "uploaded") == 0)
        upload(p, text);
    else if (strcmp(name, "clock_jumped") == 0)
        jump(p, text);
    else if (strcmp(name, "network_changed") == 0)
        bosh_client_network_changed(p->stage.client);
    else if (strcmp(name, "send_login") == 0)
        send_login(p, text);
    else if (strcmp(name, "continue_login") == 0)
        continue_login(p);
    else if (strcmp(name, "set_login") == 0)
        set_login(p, text);
    else if (strcmp(name, "password") == 0)
        p->result = bosh_client_set_password(p->stage.client, text);
    else
        play_fail(p, "\"%s\" cannot be called", name);
}
