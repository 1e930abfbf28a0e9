/* SPDX-License-Identifier: MIT
 * Old messages from an archive (XEP-0313). */
#include "ext.h"

#include <bosh/ext/mam.h>
#include <string.h>

#define NS_MAM "urn:xmpp:mam:2"
#define NS_RSM "http://jabber.org/protocol/rsm"
#define NS_FORWARD "urn:xmpp:forward:0"

typedef struct question {
    struct question *next;
    bosh_mam *mam;
    char *archive; /* NULL: the own account's */
    char id[24];
    bosh_mam_message_fn on_message;
    bosh_mam_done_fn on_done;
    void *user;
} question;

struct bosh_mam {
    bosh_client *client;
    bosh_allocator allocator;
    question *questions;
    uint64_t last_id;
};

static void question_free(const bosh_allocator *allocator, question *asked)
{
    if (!asked)
        return;
    bosh_ext_free(allocator, asked->archive);
    bosh_ext_free(allocator, asked);
}

/* The question this result answers, or NULL: the id alone proves nothing, anybody can guess it. */
static const question *find(bosh_mam *mam, const bosh_stanza *message, const char *id)
{
    const question *asked = mam->questions;
    while (asked && (!id || strcmp(asked->id, id) != 0))
        asked = asked->next;
    if (!asked)
        return NULL;
    if (!asked->archive)
        return bosh_ext_is_own_account(mam->client, message) ? asked : NULL;
    const char *from = bosh_stanza_attribute(message, "from");
    return from && bosh_jid_same(from, asked->archive) ? asked : NULL;
}

static int on_result(bosh_client *client, const bosh_stanza *message, void *user)
{
    bosh_mam *mam = user;
    const bosh_stanza *result = bosh_stanza_child(message, "result", NS_MAM);
    const question *asked = find(mam, message, bosh_stanza_attribute(result, "queryid"));
    const bosh_stanza *forwarded = bosh_stanza_child(result, "forwarded", NS_FORWARD);
    const char *id = bosh_stanza_attribute(result, "id");
    const char *stamp = bosh_ext_delay_stamp(forwarded);
    bosh_mam_message found = {.id = id ? id : "", .stamp = stamp ? stamp : ""};
    (void)client;
    found.message = bosh_stanza_child(forwarded, "message", "jabber:client");
    if (asked && asked->on_message && found.message)
        asked->on_message(mam, &found, asked->user);
    return 1;
}

static void on_done(bosh_client *client, int error, const bosh_stanza *answer, void *user)
{
    question *asked = user;
    bosh_mam *mam = asked->mam;
    question **link = &mam->questions;
    (void)client;
    while (*link != asked)
        link = &(*link)->next;
    *link = asked->next;
    const bosh_stanza *fin = error ? NULL : bosh_stanza_child(answer, "fin", NS_MAM);
    const char *complete = bosh_stanza_attribute(fin, "complete");
    int is_complete = complete && (strcmp(complete, "true") == 0 || strcmp(complete, "1") == 0);
    if (asked->on_done)
        asked->on_done(mam, error, is_complete, asked->user);
    question_free(&mam->allocator, asked);
}

int bosh_mam_new(bosh_client *client, const bosh_allocator *allocator, bosh_mam **out)
{
    bosh_allocator memory = bosh_ext_allocator(allocator);
    bosh_mam *mam = bosh_ext_new(&memory, sizeof(*mam));
    *out = NULL;
    if (!mam)
        return BOSH_ERR_MEMORY;
    *mam = (bosh_mam){.client = client, .allocator = memory};
    bosh_match match = {.ns = NS_MAM, .name = "message"};
    int id = bosh_handler_add(client, &match, on_result, mam);
    if (id < 0) {
        bosh_ext_free(&memory, mam);
        return id;
    }
    *out = mam;
    return BOSH_OK;
}

void bosh_mam_free(bosh_mam *mam)
{
    if (!mam)
        return;
    bosh_allocator memory = mam->allocator;
    while (mam->questions) {
        question *asked = mam->questions;
        mam->questions = asked->next;
        question_free(&memory, asked);
    }
    bosh_ext_free(&memory, mam);
}

static void write_field(bosh_writer *writer, const char *name, const char *value)
{
    if (!value)
        return;
    bosh_writer_start(writer, "field", NULL);
    bosh_writer_attribute(writer, "var", name);
    bosh_writer_element(writer, "value", NULL, value);
    bosh_writer_end(writer);
}

static void write_query(bosh_writer *writer, const char *id, const bosh_mam_query *query)
{
    char max[24];
    bosh_writer_start(writer, "query", NS_MAM);
    bosh_writer_attribute(writer, "queryid", id);
    bosh_writer_start(writer, "x", "jabber:x:data");
    bosh_writer_attribute(writer, "type", "submit");
    bosh_writer_start(writer, "field", NULL);
    bosh_writer_attribute(writer, "var", "FORM_TYPE");
    bosh_writer_attribute(writer, "type", "hidden");
    bosh_writer_element(writer, "value", NULL, NS_MAM);
    bosh_writer_end(writer);
    write_field(writer, "with", query->with);
    write_field(writer, "start", query->start);
    write_field(writer, "end", query->end);
    bosh_writer_end(writer);
    bosh_writer_start(writer, "set", NS_RSM);
    if (query->max)
        bosh_writer_element(writer, "max", NULL, bosh_ext_decimal(max, query->max));
    if (query->before)
        bosh_writer_element(writer, "before", NULL, query->before);
    if (query->after)
        bosh_writer_element(writer, "after", NULL, query->after);
    bosh_writer_end(writer);
}

int bosh_mam_ask(bosh_mam *mam, const bosh_mam_query *query, bosh_mam_message_fn on_message,
                 bosh_mam_done_fn done, void *user)
{
    question *asked = bosh_ext_new(&mam->allocator, sizeof(*asked));
    if (!asked)
        return BOSH_ERR_MEMORY;
    asked->mam = mam;
    asked->on_message = on_message;
    asked->on_done = done;
    asked->user = user;
    bosh_ext_decimal(asked->id, ++mam->last_id);
    if (query->archive && !(asked->archive = bosh_ext_string(&mam->allocator, query->archive))) {
        question_free(&mam->allocator, asked);
        return BOSH_ERR_MEMORY;
    }
    bosh_writer *iq = bosh_client_iq(mam->client, "set", query->archive);
    write_query(iq, asked->id, query);
    int error = bosh_client_request(mam->client, iq, 0, on_done, asked);
    if (error) {
        question_free(&mam->allocator, asked);
        return error;
    }
    asked->next = mam->questions;
    mam->questions = asked;
    return BOSH_OK;
}
