/* SPDX-License-Identifier: MIT
 * Bytes to elements: a parser behind limits (SEC-5, BODY-11). Which one the build has, and what it
 * may do, is in xml/parser.h.
 *
 *   new -> feed, feed, ... -> finish -> a bosh_document that outlives the reader
 *
 * A DOCTYPE stops the parser at once, comments and processing instructions are skipped. Errors are
 * sticky and named: ERR_RESPONSE_SYNTAX, _TRUNCATED, _DOCTYPE, _ENTITY, _DEPTH, _ATTRIBUTES,
 * _TOO_LARGE, _CHARACTER (NUL and control bytes), _UTF8, ERR_MEMORY. */
#ifndef BOSH_XML_READER_H
#define BOSH_XML_READER_H

#include <bosh/bosh.h>

typedef struct bosh_reader bosh_reader;

typedef struct bosh_reader_limits {
    size_t bytes_max;
    uint16_t depth_max;
    uint16_t attributes_max;
    uint8_t keep_source;   /* bosh_stanza_source works */
    uint8_t keep_prefixes; /* and declarations of namespaces: see xml/stanza.h */
    uint32_t hash_salt;    /* unpredictable: keeps expat's tables from being flooded */
} bosh_reader_limits;

/* Takes payloads (children of the root) as they are parsed. Nothing of the reader may be called
 * from within. */
typedef struct bosh_reader_sink {
    int (*begin)(void *user, const bosh_stanza *payload);  /* its tag; 1: what is in it goes here */
    void (*start)(void *user, const bosh_stanza *element); /* its tag */
    void (*text)(void *user, const char *text, size_t size);
    void (*end)(void *user); /* of the innermost that began, of the payload, too */
} bosh_reader_sink;

/* One parsed entity. All its elements live in one block. */
typedef struct bosh_document {
    bosh_stanza *root; /* NULL: empty */
    void *block;
    char *source;
    size_t source_size;
} bosh_document;

/* Memory of a long document that is done with, for the next one: they come in a row, and getting
 * that much from the system anew each time costs as much as reading it. */
typedef struct bosh_reader_spare {
    char *block, *source;
    uint32_t block_capacity;
    size_t source_capacity;
} bosh_reader_spare;

int bosh_reader_new(const bosh_allocator *allocator, const bosh_reader_limits *limits,
                    bosh_reader **out);
/* Let a new reader use the spare memory. */
void bosh_reader_reuse(bosh_reader *reader, bosh_reader_spare *spare);
/* Payloads go to `sink` if it wants them, and stand in the document without what was in them; the
 * source is not kept. */
void bosh_reader_divert(bosh_reader *reader, const bosh_reader_sink *sink, void *user);
/* 0 or the sticky error. Any split gives the same result, but for this: a character beyond ASCII
 * where none may stand is judged by those of its bytes that are there. */
int bosh_reader_feed(bosh_reader *reader, const void *data, size_t size);
/* The entity is complete: hand over the document, or say what is wrong. An entity of no bytes is
 * ERR_RESPONSE_TRUNCATED. */
int bosh_reader_finish(bosh_reader *reader, bosh_document *out);
void bosh_reader_free(bosh_reader *reader); /* NULL is ignored */

/* feed + finish in one call. */
int bosh_reader_parse(const bosh_allocator *allocator, const bosh_reader_limits *limits,
                      const void *data, size_t size, bosh_document *out);
void bosh_document_free(bosh_document *document, const bosh_allocator *allocator);
/* The same, but the memory of a long document is kept in `spare`. */
void bosh_document_recycle(bosh_document *document, bosh_reader_spare *spare,
                           const bosh_allocator *allocator);
void bosh_reader_spare_free(bosh_reader_spare *spare, const bosh_allocator *allocator);

#endif
