/* SPDX-License-Identifier: MIT
 * The built-in parser's own: its state, and how it steps over characters, names and references.
 *
 * Everything so far stands in one piece of memory with a NUL behind it, which is in no class of
 * characters: loops run without looking for the end. A scanner gives the place behind what it was
 * asked for, or NULL where it cannot go on: then either an error is set, or the rest is not here
 * yet and the token will be scanned again from its beginning. */
#ifndef BOSH_XML_SCAN_H
#define BOSH_XML_SCAN_H

#include "base/buf.h"
#include "xml/parser.h"

#define BOSH_SCAN_OWN_ATTRIBUTES 8
#define BOSH_SCAN_OWN_BINDINGS 8

/* An attribute of the tag being read; the pointers lead into the source. */
typedef struct bosh_scan_attribute {
    bosh_slice name, value; /* as they stand there */
    bosh_slice ns;
    uint32_t prefix_size; /* 0: none */
    uint8_t is_plain;     /* the value stands there as it means */
    uint8_t is_declaration;
} bosh_scan_attribute;

/* A declaration in force. Places in the source, which may move between two calls; a namespace that
 * does not stand there as it means is in `decoded`. */
typedef struct bosh_scan_binding {
    uint32_t prefix, prefix_size; /* the default namespace: size 0 */
    uint32_t uri, uri_size;
    uint32_t depth; /* of its element */
    uint8_t is_decoded;
} bosh_scan_binding;

struct bosh_parser {
    bosh_tree *tree;
    const char *source, *end;
    size_t at;   /* what lies before it is in the tree */
    size_t seen; /* looked through for the end of a tag */
    bosh_scan_attribute *attributes;
    bosh_scan_binding *bindings;
    uint32_t attribute_count, attribute_capacity, declaration_count;
    uint32_t binding_count, binding_capacity;
    bosh_buf decoded; /* namespaces that do not stand in the source as they mean */
    bosh_scan_attribute own_attributes[BOSH_SCAN_OWN_ATTRIBUTES]; /* enough for most */
    bosh_scan_binding own_bindings[BOSH_SCAN_OWN_BINDINGS];
};

/* Classes of ASCII characters. */
enum {
    SCAN_START = 1, /* begins a name */
    SCAN_NAME = 2,
    SCAN_SPACE = 4,
    SCAN_CHAR = 8,   /* may be in a document at all */
    SCAN_TEXT = 16,  /* stands for itself between tags */
    SCAN_VALUE = 32, /* stands for itself in the value of an attribute */
};
extern const uint8_t bosh_scan_classes[256];

/* A macro, since it has to be inline where everything else is compiled for size. */
#define bosh_scan_is(c, class) ((bosh_scan_classes[(unsigned char)(c)] & (class)) != 0)

static inline const char *bosh_scan_space(const char *p)
{
    while (bosh_scan_is(*p, SCAN_SPACE))
        p++;
    return p;
}

/* What is at `p` may not stand there, whatever follows, unless it is the end of what we have.
 * Always NULL. */
const char *bosh_scan_stuck(bosh_parser *parser, const char *p);
/* One character beyond ASCII. */
const char *bosh_scan_wide(bosh_parser *parser, const char *p, uint32_t *code_point);
/* A name; one colon may stand inside, unless `colon` is NULL. *colon: where, or NULL. */
const char *bosh_scan_name(bosh_parser *parser, const char *p, const char **colon);
const char *bosh_scan_word(bosh_parser *parser, const char *p, const char *word);
/* "&...;": ERR_RESPONSE_ENTITY and ERR_RESPONSE_CHARACTER are set at once. */
const char *bosh_scan_reference(bosh_parser *parser, const char *p, uint32_t *code_point);

/* A start tag or an empty element, and in the tree with it (tag.c). */
const char *bosh_tag_read(bosh_parser *parser, const char *p);
/* Declarations of the element that has just ended are not in force any more. */
void bosh_tag_forget(bosh_parser *parser);

/* Letters beyond ASCII as XML 1.0 had them up to its fourth edition, and expat has (letters.c). */
int bosh_letters_may_begin(uint32_t code_point);
int bosh_letters_may_follow(uint32_t code_point);

#endif
