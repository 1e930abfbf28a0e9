/* SPDX-License-Identifier: MIT
 * Elements to bytes. The public part is in bosh.h; here is what the floors above need. */
#ifndef BOSH_XML_WRITER_H
#define BOSH_XML_WRITER_H

#include "base/buf.h"

#define BOSH_WRITER_DEPTH_MAX 64

typedef enum bosh_stanza_kind {
    BOSH_KIND_OTHER,
    BOSH_KIND_MESSAGE,
    BOSH_KIND_PRESENCE,
    BOSH_KIND_IQ,
    BOSH_KIND_SASL /* anything in its namespace */
} bosh_stanza_kind;

/* Where an attribute value of the root stands in the buffer, still escaped; size 0: absent. */
typedef struct bosh_span {
    uint32_t begin, size;
} bosh_span;

struct bosh_writer {
    bosh_buf buf; /* its error is the writer's, too */
    uint16_t depth;
    uint8_t in_tag; /* the start tag is not closed yet: attributes may follow */
    uint8_t is_root_done;
    bosh_stanza_kind kind;                /* of the root element */
    bosh_span id, to, type;               /* of the root element; for requests only */
    uint32_t open[BOSH_WRITER_DEPTH_MAX]; /* offsets of the names of open elements */
};

void bosh_writer_init(bosh_writer *writer, const bosh_allocator *allocator, size_t size_max);
void bosh_writer_deinit(bosh_writer *writer);
void bosh_writer_reset(bosh_writer *writer);
/* Close what is open. 0 or the first error; afterwards writer->buf holds one whole element. Calling
 * it again is harmless. ERR_NAME when nothing was written. */
int bosh_writer_finish(bosh_writer *writer);
/* Make the writer hold the element in `xml` (checked with the reader; ERR_STANZA_SYNTAX), with
 * xmlns='jabber:client' added where the root has no namespace, root facts filled in (XMPP-3). */
int bosh_writer_parse(bosh_writer *writer, const char *xml, size_t size);
/* Compare an escaped span of the root with plain text. */
int bosh_writer_span_equals(const bosh_writer *writer, bosh_span span, const char *text);
/* Unescaped copy of a span, NULL when there is no memory. */
char *bosh_writer_span_copy(const bosh_writer *writer, bosh_span span);

#endif
