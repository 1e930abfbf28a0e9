/* SPDX-License-Identifier: MIT
 * Both parsers build their tree through the same floor, so equal documents are equal byte for byte:
 * names, prefixes, declarations, order, and the places in the source. */
#include "tests/xml/both.h"

#include "base/mem.h"
#include "xml/reader.h"
#include "xml/stanza.h"

#include <stdio.h>
#include <string.h>

int twin_reader_new(const bosh_allocator *allocator, const bosh_reader_limits *limits,
                    bosh_reader **out);
int twin_reader_feed(bosh_reader *reader, const void *data, size_t size);
int twin_reader_finish(bosh_reader *reader, bosh_document *out);
void twin_reader_free(bosh_reader *reader);

static const bosh_reader_limits kept = {1 << 16, 16, 40, 1, 1, 7};
static const bosh_reader_limits unkept = {1 << 16, 16, 40, 0, 1, 7};

typedef struct parsed {
    int error;
    bosh_document document;
} parsed;

#define PARSE(family)                                                                              \
    do {                                                                                           \
        bosh_reader *reader;                                                                       \
        out.error = family##_reader_new(bosh_mem_allocator(NULL), limits, &reader);                \
        for (size_t i = 0; i < size; i += piece)                                                   \
            family##_reader_feed(reader, data + i, size - i < piece ? size - i : piece);           \
        out.error = family##_reader_finish(reader, &out.document);                                 \
        family##_reader_free(reader);                                                              \
    } while (0)

static parsed parse_expat(const uint8_t *data, size_t size, size_t piece,
                          const bosh_reader_limits *limits)
{
    parsed out;
#if BOSH_XML_IS_EXPAT
    PARSE(bosh);
#else
    PARSE(twin);
#endif
    return out;
}

static parsed parse_builtin(const uint8_t *data, size_t size, size_t piece,
                            const bosh_reader_limits *limits)
{
    parsed out;
#if BOSH_XML_IS_EXPAT
    PARSE(twin);
#else
    PARSE(bosh);
#endif
    return out;
}

static int is_same_document(const bosh_document *a, const bosh_document *b)
{
    uint32_t begin = a->root->self, end = a->root->end;
    return b->root->self == begin && b->root->end == end &&
           memcmp((const char *)a->block + begin, (const char *)b->block + begin, end - begin) == 0;
}

static const bosh_stanza *next_of(const bosh_stanza *node)
{
    const bosh_stanza *next = bosh_stanza_first_node(node);
    while (!next && node) {
        next = bosh_stanza_next_node(node);
        node = bosh_block_node(node, node->parent);
    }
    return next;
}

/* Where no source is kept its places mean nothing. */
static void forget_places(const bosh_document *document)
{
    for (const bosh_stanza *node = document->root; node; node = next_of(node)) {
        bosh_stanza *changed = (bosh_stanza *)(uintptr_t)node;
        changed->source_begin = changed->source_end = 0;
    }
}

/* The first mistake in a document, among those that answers are not treated differently for. */
static int is_mistake(int error)
{
    return error == BOSH_ERR_RESPONSE_SYNTAX || error == BOSH_ERR_RESPONSE_UTF8 ||
           error == BOSH_ERR_RESPONSE_CHARACTER || error == BOSH_ERR_RESPONSE_ENTITY;
}

/* Where the errors differ, the built-in parser is the earlier one to say so. It knows a DOCTYPE by
 * its first letter, and counts attributes as they come; expat looks at whole tags only. */
static int may_differ(int expat, int builtin)
{
    if (is_mistake(expat) || expat == BOSH_ERR_RESPONSE_TRUNCATED)
        return is_mistake(builtin) || builtin == BOSH_ERR_RESPONSE_DOCTYPE ||
               builtin == BOSH_ERR_RESPONSE_ATTRIBUTES;
    return 0;
}

static const char *say(const char *what, int a, int b)
{
    static char text[200];
    snprintf(text, sizeof(text), "%s: %s and %s", what, bosh_error_name(a), bosh_error_name(b));
    return text;
}

/* Read in pieces without keeping the source: the same as `whole`, whose places are forgotten. */
static const char *compare_unkept(const parsed *whole, parsed pieces, const char *what)
{
    const char *problem = NULL;
    /* A misplaced character that came in halves is named by the half there was. */
    if (whole->error != pieces.error && !(is_mistake(whole->error) && is_mistake(pieces.error)))
        problem = say(what, whole->error, pieces.error);
    if (!problem && !whole->error) {
        forget_places(&whole->document);
        forget_places(&pieces.document);
        if (!is_same_document(&whole->document, &pieces.document))
            problem = what;
    }
    bosh_document_free(&pieces.document, bosh_mem_allocator(NULL));
    return problem;
}

const char *both_compare(const uint8_t *data, size_t size, size_t piece)
{
    parsed expat = parse_expat(data, size, size + 1, &kept);
    parsed builtin = parse_builtin(data, size, size + 1, &kept);
    parsed pieces = parse_builtin(data, size, piece, &kept);
    const char *problem = NULL;
    if (expat.error != builtin.error && !may_differ(expat.error, builtin.error))
        problem = say("expat and the built-in parser differ", expat.error, builtin.error);
    else if (builtin.error != pieces.error)
        problem = say("in pieces it differs", builtin.error, pieces.error);
    else if (!expat.error && !is_same_document(&expat.document, &builtin.document))
        problem = "the trees differ";
    else if (!expat.error && !is_same_document(&builtin.document, &pieces.document))
        problem = "in pieces the tree differs";
    if (!problem)
        problem = compare_unkept(&builtin, parse_builtin(data, size, piece, &unkept),
                                 "without its source the built-in parser differs");
    if (!problem)
        problem = compare_unkept(&expat, parse_expat(data, size, piece, &unkept),
                                 "without its source expat differs");
    bosh_document_free(&expat.document, bosh_mem_allocator(NULL));
    bosh_document_free(&builtin.document, bosh_mem_allocator(NULL));
    bosh_document_free(&pieces.document, bosh_mem_allocator(NULL));
    return problem;
}
