/* SPDX-License-Identifier: MIT
 * Any bytes as an answer: the same result for every split and from both parsers, copies equal to
 * their originals, and what is written again reads the same. The first byte is the size of the
 * pieces. */
#include "base/mem.h"
#include "tests/fuzz/same.h"
#include "tests/xml/both.h"
#include "xml/reader.h"
#include "xml/writer.h"

static const bosh_reader_limits limits = {1 << 16, 16, 16, 1, 0, 7};

static int parse_split(const uint8_t *data, size_t size, size_t piece, bosh_document *out)
{
    bosh_reader *reader;
    DEMAND(bosh_reader_new(bosh_mem_allocator(NULL), &limits, &reader) == 0);
    for (size_t i = 0; i < size; i += piece)
        bosh_reader_feed(reader, data + i, size - i < piece ? size - i : piece);
    int error = bosh_reader_finish(reader, out);
    bosh_reader_free(reader);
    return error;
}

/* The reader may name a misplaced character by the bytes of it that it has. */
static int kind_of(int error)
{
    return error == BOSH_ERR_RESPONSE_UTF8 || error == BOSH_ERR_RESPONSE_CHARACTER
               ? BOSH_ERR_RESPONSE_SYNTAX
               : error;
}

static void check_copies(const bosh_stanza *root)
{
    bosh_stanza *copy, *again;
    for (const bosh_stanza *node = root; node; node = bosh_stanza_first_node(node)) {
        DEMAND(bosh_stanza_copy(node, NULL, &copy) == 0);
        DEMAND(bosh_stanza_copy(copy, NULL, &again) == 0);
        DEMAND(bosh_stanza_next_node(copy) == NULL);
        if (bosh_stanza_name(node))
            demand_same_tree(node, copy);
        bosh_stanza_free(copy, NULL);
        if (bosh_stanza_name(node))
            demand_same_tree(node, again);
        bosh_stanza_free(again, NULL);
    }
}

static void check_rewritten(const bosh_stanza *root)
{
    bosh_writer writer;
    bosh_document document;
    bosh_writer_init(&writer, bosh_mem_allocator(NULL), 1 << 20);
    bosh_writer_stanza(&writer, root);
    int error = bosh_writer_finish(&writer);
    DEMAND(error == 0 || error == BOSH_ERR_NAME); /* a name beyond ASCII */
    if (!error) {
        bosh_reader_limits wide = limits;
        wide.bytes_max = 1 << 20;
        DEMAND(bosh_reader_parse(bosh_mem_allocator(NULL), &wide, writer.buf.data, writer.buf.size,
                                 &document) == 0);
        demand_same_tree(root, document.root);
        bosh_document_free(&document, bosh_mem_allocator(NULL));
    }
    bosh_writer_deinit(&writer);
}

static void check_sources(const bosh_document *document)
{
    for (const bosh_stanza *node = document->root; node;
         node = bosh_stanza_child(node, NULL, NULL)) {
        bosh_slice source = bosh_stanza_source(node);
        DEMAND(source.data >= document->source && source.size >= 4);
        DEMAND(source.data + source.size <= document->source + document->source_size);
        DEMAND(source.data[0] == '<' && source.data[source.size - 1] == '>');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bosh_document whole, pieces;
    if (size == 0)
        return 0;
    size_t piece = data[0] ? data[0] : 1;
    data++, size--;
    const char *problem = both_compare(data, size, piece);
    if (problem)
        puts(problem);
    DEMAND(!problem);
    int error = parse_split(data, size, size + 1, &whole);
    DEMAND(kind_of(parse_split(data, size, piece, &pieces)) == kind_of(error));
    DEMAND((whole.root != NULL) == (error == 0));
    if (!error) {
        demand_same_tree(whole.root, pieces.root);
        check_copies(whole.root);
        check_rewritten(whole.root);
        check_sources(&whole);
        bosh_stanza_error_condition(whole.root);
    }
    bosh_document_free(&whole, bosh_mem_allocator(NULL));
    bosh_document_free(&pieces, bosh_mem_allocator(NULL));
    return 0;
}
