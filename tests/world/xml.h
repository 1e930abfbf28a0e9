/* SPDX-License-Identifier: MIT
 * A strict reader for what goes over the wire, independent of the library's own: names stay as they
 * are written, and what BODY-3 and BODY-4 forbid is noted. */
#ifndef BOSH_WORLD_XML_H
#define BOSH_WORLD_XML_H

#include <stddef.h>

typedef struct world_attribute {
    char *name; /* as written: "xmpp:restart", "xmlns" */
    char *value;
} world_attribute;

typedef struct world_node world_node;
struct world_node {
    char *name; /* as written; NULL for a text run */
    char *text; /* of a text run, else NULL */
    world_attribute *attributes;
    size_t attribute_count;
    world_node *parent, *first, *last, *next;
};

enum {
    WORLD_SEEN_COMMENT = 1 << 0,
    WORLD_SEEN_INSTRUCTION = 1 << 1,
    WORLD_SEEN_DOCTYPE = 1 << 2,
    WORLD_SEEN_DECLARATION = 1 << 3
};

typedef struct world_document {
    world_node *root;
    unsigned seen; /* WORLD_SEEN_... */
    size_t depth;  /* the deepest element; 1 for a lone root */
    size_t attributes_max;
    char error[120]; /* "" when well-formed, also in namespaces */
} world_document;

/* 1 when well-formed; else 0 and `error` says what and where. Deinit in both cases. */
int world_document_parse(world_document *document, const char *data, size_t size);
/* The same without namespaces: for patterns and pieces of a document. */
int world_document_parse_plain(world_document *document, const char *data, size_t size);
void world_document_deinit(world_document *document);

/* Making a tree by hand; text is copied. */
world_node *world_node_element(world_node *parent, const char *name, size_t size);
void world_node_text_add(world_node *parent, const char *text, size_t size);
void world_node_attribute_add(world_node *element, const char *name, const char *value);
void world_node_free(world_node *node);

/* The value of an attribute by its written name, or NULL. */
const char *world_node_attribute(const world_node *element, const char *name);
/* The namespace that applies to the element's name; "" for none. */
const char *world_node_ns(const world_node *element);
/* The name without its prefix. */
const char *world_node_local(const world_node *element);
int world_node_is(const world_node *element, const char *local, const char *ns);
/* First child element, next sibling element; of this name and namespace where given. */
const world_node *world_node_child(const world_node *element, const char *local, const char *ns);
const world_node *world_node_sibling(const world_node *element, const char *local, const char *ns);
/* The first text run, "" when there is none. */
const char *world_node_text(const world_node *element);

#endif
