/* SPDX-License-Identifier: MIT
 * The flat element tree: how a block is laid out. Public getters are in bosh.h.
 *
 * A block is one allocation: a header, then nodes and strings in document order. Every reference is
 * an offset from the block's start (0 = none), so a block can be moved and a subtree copied.
 *
 *   [header][node body][attributes][strings][node message][attributes][strings] ...
 */
#ifndef BOSH_XML_STANZA_H
#define BOSH_XML_STANZA_H

#include <bosh/bosh.h>

/* Where "jabber:client" stands in the block of each received document: right behind the header. */
#define BOSH_BLOCK_CLIENT_NAMESPACE ((uint32_t)sizeof(bosh_block_header))

/* A namespace is stored once as long as no more than this many others were used since. */
#define BOSH_BLOCK_NAMESPACES 8

typedef struct bosh_block_header {
    const char *source; /* NULL: not kept */
    size_t source_size, source_capacity;
    uint32_t block_capacity;
} bosh_block_header;

struct bosh_stanza {
    uint32_t self; /* offset of this node: finds the block */
    uint32_t parent;
    uint32_t next;        /* next sibling node */
    uint32_t first_child; /* element or text run */
    uint32_t end;         /* offset behind the subtree; while building: the last child so far */
    uint32_t name;        /* 0: a text run */
    uint32_t ns;
    uint32_t text;      /* text run: its string; payload: 1, what was in it was taken in parts */
    uint32_t attribute; /* first of attribute_count records, then those of the declarations */
    uint16_t attribute_count, declaration_count;
    uint32_t source_begin, source_end;
};

/* Also a declaration of a namespace, if the reader kept them: `name` is "xmlns:..." or 0 for the
 * default one, `value` the namespace or 0 for none. */
typedef struct bosh_attribute {
    uint32_t ns, name, value;
} bosh_attribute;

/* Inline: flattening a body goes through these for each field. */

static inline const char *bosh_block_of(const bosh_stanza *node)
{
    return (const char *)node - node->self;
}

/* "" for 0 */
static inline const char *bosh_block_string(const bosh_stanza *node, uint32_t offset)
{
    return offset ? bosh_block_of(node) + offset : "";
}

/* NULL for 0 */
static inline const bosh_stanza *bosh_block_node(const bosh_stanza *node, uint32_t offset)
{
    return offset ? (const bosh_stanza *)(const void *)(bosh_block_of(node) + offset) : NULL;
}

/* The node after this one in document order, within the subtree of `root`; NULL at its end. */
static inline const bosh_stanza *bosh_block_successor(const bosh_stanza *node,
                                                      const bosh_stanza *root)
{
    if (node->first_child)
        return bosh_block_node(node, node->first_child);
    while (node != root && !node->next)
        node = bosh_block_node(node, node->parent);
    return node == root ? NULL : bosh_block_node(node, node->next);
}

/* A name as it was written, with its prefix, in the block of a reader with keep_prefixes. */
const char *bosh_stanza_qualified(const char *name);

/* Elements in the namespace of `element`, which is part of a received document, are in
 * jabber:client from now on: those below it and itself (BODY-10). */
void bosh_stanza_adopt(bosh_stanza *element);

#endif
