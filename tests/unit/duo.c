/* SPDX-License-Identifier: MIT
 * Driving a stream by hand. */
#include "tests/unit/duo.h"

#include <stdio.h>
#include <string.h>

void duo_init(duo *d)
{
    memset(d, 0, sizeof(*d));
    solo_init(&d->below);
    d->options = (bosh_stream_options){
        .allocator = &d->below.allocator,
        .entropy = world_seed_entropy,
        .entropy_user = &d->below.seed,
        .transport = &d->below.transport,
        .language = "en",
        .credentials = {.user = "alice",
                        .domain = "example.org",
                        .password = "pencil",
                        .keys = &d->keys,
                        .is_plain_allowed = 1,
                        .rounds_min = 1,
                        .rounds_max = 10000},
        .rounds_per_run = 5000,
    };
}

void duo_begin(duo *d)
{
    solo_open(&d->below, SOLO_USUAL);
    d->stream.options = d->options;
    bosh_stream_reset(&d->stream);
}

size_t duo_deinit(duo *d)
{
    bosh_stream_reset(&d->stream);
    return solo_deinit(&d->below);
}

int duo_hear(duo *d, const char *xml)
{
    static const bosh_reader_limits limits = {100000, 64, 64, 1, 0, 0};
    bosh_document document = {NULL, NULL, NULL, 0};
    int is_stanza = -1;
    if (bosh_reader_parse(&d->below.allocator, &limits, xml, strlen(xml), &document) == BOSH_OK)
        is_stanza = bosh_stream_receive(&d->stream, document.root);
    bosh_document_free(&document, &d->below.allocator);
    return is_stanza;
}

int duo_hear_result(duo *d, const char *payload)
{
    char xml[1000];
    snprintf(xml, sizeof(xml), "<iq xmlns='jabber:client' type='result' id='%s'>%s</iq>", d->id,
             payload);
    return duo_hear(d, xml);
}

int duo_hear_error(duo *d, const char *condition)
{
    char xml[1000];
    snprintf(xml, sizeof(xml),
             "<iq xmlns='jabber:client' type='error' id='%s'><error type='cancel'>"
             "<%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
             d->id, condition);
    return duo_hear(d, xml);
}

static void note_id(duo *d, const char *element)
{
    const char *id = strstr(element, " id='");
    if (id)
        snprintf(d->id, sizeof(d->id), "%.*s", (int)strcspn(id + 5, "'"), id + 5);
}

const char *duo_send(duo *d, uint64_t ms)
{
    size_t used = 0;
    d->below.now_ms += ms;
    d->sent[0] = '\0';
    bosh_stream_run(&d->stream, &d->below.session, d->below.now_ms);
    for (bosh_item *item; (item = bosh_item_pop(&d->below.session.queue));) {
        char *begin = d->sent + used;
        if (item->flags & BOSH_ITEM_PAIR)
            used += (size_t)snprintf(d->sent + used, sizeof(d->sent) - used, "+");
        if (item->attributes_size)
            used += (size_t)snprintf(d->sent + used, sizeof(d->sent) - used, "[%.*s]",
                                     (int)item->attributes_size, bosh_item_attributes(item));
        used += (size_t)snprintf(d->sent + used, sizeof(d->sent) - used, "%.*s", (int)item->size,
                                 item->bytes);
        note_id(d, begin);
        bosh_item_free(&d->below.allocator, item);
    }
    return d->sent;
}

void duo_login(duo *d)
{
    duo_hear(d, OFFER(MECHANISM("PLAIN")));
    duo_send(d, 10);
    duo_hear(d, SUCCESS);
    duo_send(d, 10);
    duo_hear(d, FEATURES(BIND));
    duo_send(d, 10);
    duo_hear_result(d, "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                       "<jid>alice@example.org/here</jid></bind>");
}
