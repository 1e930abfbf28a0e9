/* SPDX-License-Identifier: MIT
 * From the bytes of an answer, in any split, to a document: they are collected here, a parser
 * (xml/parser.h) reads them, and the tree (xml/tree.h) keeps to the limits. */
#include "xml/reader.h"

#include "base/buf.h"
#include "base/mem.h"
#include "xml/parser.h"
#include "xml/stanza.h"
#include "xml/tree.h"

#include <string.h>

#define FIRST_SOURCE 768u  /* an answer with one ordinary message fits */
#define EARLY_BYTES 16384u /* so much is parsed as it comes in */
#define SLICE_BYTES 256u   /* so much at a time where the source is not kept */
#define SPARE_MIN 32768u   /* documents shorter than this leave nothing behind */

struct bosh_reader {
    bosh_tree tree;
    bosh_parser *parser;   /* behind this struct */
    uint8_t is_collecting; /* the rest is parsed at the end, in one piece */
    bosh_buf source;
};

int bosh_reader_new(const bosh_allocator *allocator, const bosh_reader_limits *limits,
                    bosh_reader **out)
{
    *out = NULL;
    bosh_reader *reader = bosh_mem_new(allocator, 1, sizeof(*reader) + bosh_parser_size);
    if (!reader)
        return BOSH_ERR_MEMORY;
    bosh_tree_init(&reader->tree, allocator, limits);
    if (limits->bytes_max > BOSH_TREE_BLOCK_MAX)
        reader->tree.limits.bytes_max = BOSH_TREE_BLOCK_MAX;
    bosh_buf_init(&reader->source, allocator, SIZE_MAX, BOSH_ERR_MEMORY);
    reader->parser = (bosh_parser *)(void *)(reader + 1);
    int error = bosh_parser_init(reader->parser, &reader->tree, limits->hash_salt);
    if (error)
        bosh_mem_free(allocator, reader);
    else
        *out = reader;
    return error;
}

static void drop(bosh_reader *reader)
{
    size_t size = bosh_parser_drop(reader->parser, reader->source.data, reader->source.size);
    reader->tree.dropped += reader->source.size - size;
    reader->source.size = size;
}

void bosh_reader_divert(bosh_reader *reader, const bosh_reader_sink *sink, void *user)
{
    reader->tree.sink = sink;
    reader->tree.sink_user = user;
    reader->tree.limits.keep_source = 0;
}

/* The beginning of an answer is parsed at once, so that what is none, or a trap, is refused early.
 * The rest of a long one is collected: in pieces, parsers scan what is left over again and again.
 * Where the source is not kept, memory is short: then all is parsed as it comes. */
int bosh_reader_feed(bosh_reader *reader, const void *data, size_t size)
{
    bosh_tree *tree = &reader->tree;
    bosh_buf *source = &reader->source;
    const char *text = data;
    if (size > tree->limits.bytes_max - source->size - tree->dropped)
        bosh_tree_fail(tree, BOSH_ERR_RESPONSE_TOO_LARGE);
    if (!source->data)
        bosh_buf_reserve(source, FIRST_SOURCE);
    while (size && !tree->error) {
        size_t slice = size, most = size;
        if (!bosh_tree_keeps_source(tree))
            most = SLICE_BYTES;
        else if (!reader->is_collecting)
            most = EARLY_BYTES - source->size;
        if (slice > most)
            slice = most;
        bosh_tree_fail(tree, bosh_buf_append(source, text, slice));
        if (!tree->error && !reader->is_collecting)
            bosh_parser_parse(reader->parser, source->data, source->size, 0);
        if (bosh_tree_keeps_source(tree))
            reader->is_collecting = source->size >= EARLY_BYTES;
        else if (!tree->error)
            drop(reader);
        text += slice;
        size -= slice;
    }
    return tree->error;
}

int bosh_reader_finish(bosh_reader *reader, bosh_document *out)
{
    bosh_tree *tree = &reader->tree;
    bosh_buf *source = &reader->source;
    memset(out, 0, sizeof(*out));
    if (!tree->error)
        bosh_parser_parse(reader->parser, source->data ? source->data : "", source->size, 1);
    if (tree->error)
        return tree->error;
    if (!BOSH_HAS_SOURCE || !tree->limits.keep_source)
        bosh_buf_free(source);

    /* Growing by doubling wastes less than half of the block: not worth a move. */
    bosh_block_header header = {source->data, source->size, source->capacity, tree->block_capacity};
    memcpy(tree->block, &header, sizeof(header));
    out->root = (bosh_stanza *)(void *)(tree->block + tree->root);
    out->block = tree->block;
    out->source = source->data;
    out->source_size = source->size;
    tree->block = NULL;
    source->data = NULL;
    bosh_tree_fail(tree, BOSH_ERR_STATE); /* nothing may follow */
    return 0;
}

void bosh_reader_free(bosh_reader *reader)
{
    if (!reader)
        return;
    const bosh_allocator *allocator = reader->tree.allocator;
    bosh_parser_deinit(reader->parser);
    bosh_mem_free(allocator, reader->tree.block);
    bosh_buf_free(&reader->source);
    bosh_mem_free(allocator, reader);
}

int bosh_reader_parse(const bosh_allocator *allocator, const bosh_reader_limits *limits,
                      const void *data, size_t size, bosh_document *out)
{
    bosh_reader *reader;
    memset(out, 0, sizeof(*out));
    int error = bosh_reader_new(allocator, limits, &reader);
    if (error)
        return error;
    bosh_reader_feed(reader, data, size);
    error = bosh_reader_finish(reader, out);
    bosh_reader_free(reader);
    return error;
}

void bosh_document_free(bosh_document *document, const bosh_allocator *allocator)
{
    bosh_mem_free(allocator, document->block);
    bosh_mem_free(allocator, document->source);
    memset(document, 0, sizeof(*document));
}

void bosh_document_recycle(bosh_document *document, bosh_reader_spare *spare,
                           const bosh_allocator *allocator)
{
    bosh_block_header header;
    if (!BOSH_HAS_SOURCE || document->source_size < SPARE_MIN) {
        bosh_document_free(document, allocator);
        return;
    }
    memcpy(&header, document->block, sizeof(header));
    bosh_reader_spare_free(spare, allocator);
    spare->block = document->block;
    spare->block_capacity = header.block_capacity;
    spare->source = document->source;
    spare->source_capacity = header.source_capacity;
    memset(document, 0, sizeof(*document));
}

void bosh_reader_reuse(bosh_reader *reader, bosh_reader_spare *spare)
{
    reader->tree.block = spare->block;
    reader->tree.block_capacity = spare->block_capacity;
    reader->source.data = spare->source;
    reader->source.capacity = spare->source_capacity;
    memset(spare, 0, sizeof(*spare));
}

void bosh_reader_spare_free(bosh_reader_spare *spare, const bosh_allocator *allocator)
{
    bosh_mem_free(allocator, spare->block);
    bosh_mem_free(allocator, spare->source);
    memset(spare, 0, sizeof(*spare));
}
