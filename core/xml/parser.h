/* SPDX-License-Identifier: MIT
 * What stands between the bytes and the tree. There are two, and a build has one of them:
 * expat.c, and builtin.c with tag.c and scan.c (BOSH_XML in core/CMakeLists.txt).
 *
 * Both read XML 1.0 in UTF-8 with namespaces, whatever encoding the XML declaration names. A
 * DOCTYPE is an error at once; comments and processing instructions are checked and skipped
 * (BODY-11). */
#ifndef BOSH_XML_PARSER_H
#define BOSH_XML_PARSER_H

#include "xml/tree.h"

/* So many namespace declarations may be in force at a time, or ERR_RESPONSE_ATTRIBUTES. */
#define BOSH_PARSER_DECLARATIONS_MAX 256

/* More than this is looked at only when a tag may have ended, so that one that trickles in is not
 * scanned again with each byte. */
#define BOSH_PARSER_WHOLE_BYTES 1024u

typedef struct bosh_parser bosh_parser;

extern const size_t bosh_parser_size; /* of the struct: the reader brings its memory */

/* 0 or ERR_MEMORY. The struct is zeroed. */
int bosh_parser_init(bosh_parser *parser, bosh_tree *tree, uint32_t hash_salt);
void bosh_parser_deinit(bosh_parser *parser);
/* `source` is everything so far, and has a NUL behind it. What is new of it goes to the tree, where
 * errors are found, too; while more is to come, the parser may leave some for the next time. */
void bosh_parser_parse(bosh_parser *parser, const char *source, size_t size, int is_final);
/* Between two calls, where no source is kept: moves together what is still needed; its size. */
size_t bosh_parser_drop(bosh_parser *parser, char *source, size_t size);

#endif
