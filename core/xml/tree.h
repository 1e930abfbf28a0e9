/* SPDX-License-Identifier: MIT
 * What a parser reads becomes one flat tree (xml/stanza.h) within limits (SEC-5). The block grows
 * in document order, so that its memory is a constant factor of the bytes read. */
#ifndef BOSH_XML_TREE_H
#define BOSH_XML_TREE_H

#include "base/build.h"
#include "xml/reader.h"
#include "xml/stanza.h"

#define BOSH_TREE_BLOCK_MAX (UINT32_MAX / 2)

/* An expanded name, and the prefix it was written with; empty: none. */
typedef struct bosh_tree_name {
    bosh_slice ns, prefix, local;
} bosh_tree_name;

/* Namespaces used last are not stored again. */
typedef struct bosh_tree_namespace {
    uint32_t offset, size;
} bosh_tree_namespace;

typedef struct bosh_tree {
    const bosh_allocator *allocator;
    bosh_reader_limits limits;
    int error; /* sticky */
    uint32_t depth;
    char *block;
    uint32_t block_size, block_capacity;
    uint32_t root;          /* 0: no element began yet */
    uint32_t open;          /* the innermost open element; 0: none */
    uint32_t text_run;      /* the last node, while more text belongs to it; 0: none */
    size_t source_size;     /* read so far: up to the open tag */
    size_t namespace_bytes; /* stored so far */
    bosh_tree_namespace known[BOSH_BLOCK_NAMESPACES]; /* most recent first */
    size_t dropped;               /* bytes of the source that are not there any more */
    const bosh_reader_sink *sink; /* NULL: none */
    void *sink_user;
    uint32_t taken; /* the payload whose content goes there; 0: none */
} bosh_tree;

/* Is the source kept? In the page's module it always is, in a build without it never: what then can
 * never happen is no code there. */
static inline int bosh_tree_keeps_source(const bosh_tree *tree)
{
#if defined(__EMSCRIPTEN__) && !BOSH_HAS_PARTS
    (void)tree;
    return 1;
#else
    return BOSH_HAS_SOURCE && tree->limits.keep_source;
#endif
}

void bosh_tree_init(bosh_tree *tree, const bosh_allocator *allocator,
                    const bosh_reader_limits *limits);
/* The first error counts. */
void bosh_tree_fail(bosh_tree *tree, int error);
bosh_stanza *bosh_tree_open_element(const bosh_tree *tree);

/* An element begins, and with it its attributes: each has to be given right behind it, then each
 * declaration of a namespace (stored if limits.keep_prefixes). 0 after an error. */
int bosh_tree_start(bosh_tree *tree, const bosh_tree_name *name, uint32_t attributes,
                    uint32_t declarations, size_t source_begin);
void bosh_tree_attribute(bosh_tree *tree, uint32_t index, const bosh_tree_name *name,
                         bosh_slice value);
void bosh_tree_declaration(bosh_tree *tree, uint32_t index, bosh_slice prefix, bosh_slice uri);
/* The element's tag is complete. */
void bosh_tree_open(bosh_tree *tree);
void bosh_tree_end(bosh_tree *tree, size_t source_end);
/* Text in pieces: as long as no tag comes between them they are one run. */
void bosh_tree_text(bosh_tree *tree, const char *text, size_t size);

#endif
