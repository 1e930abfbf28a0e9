/* SPDX-License-Identifier: MIT
 * expat as the parser. The only file that knows it. */
#include "xml/parser.h"

#include "base/build.h"
#include "base/mem.h"
#include "base/text.h"

#include <expat.h>
#include <string.h>

#define SEPARATOR '\n' /* between namespace, name and prefix; cannot stand in any of them */

/* A declaration is told before its element. */
typedef struct declaration {
    const XML_Char *prefix, *uri; /* NULL: none */
} declaration;

struct bosh_parser {
    bosh_tree *tree;
    XML_Parser expat;
    size_t parsed;        /* bytes of the source that expat has */
    uint8_t has_begun;    /* and some that are not there any more */
    uint32_t declared;    /* in force */
    declaration *pending; /* of the next element; only with keep_prefixes */
    uint32_t pending_count;
};

const size_t bosh_parser_size = sizeof(bosh_parser);

/* expat's memory functions know no user pointer: this is set during each call of expat only. */
#ifdef BOSH_FREESTANDING
static const bosh_allocator *expat_allocator;
#else
static _Thread_local const bosh_allocator *expat_allocator;
#endif

static void *expat_allocate(size_t size)
{
    return expat_allocator->allocate(size, expat_allocator->user);
}

static void *expat_reallocate(void *block, size_t size)
{
    return expat_allocator->reallocate(block, size, expat_allocator->user);
}

static void expat_release(void *block)
{
    bosh_mem_free(expat_allocator, block);
}

static void fail(bosh_parser *parser, int error)
{
    bosh_tree_fail(parser->tree, error);
    XML_StopParser(parser->expat, XML_FALSE);
}

static bosh_slice slice_of(const XML_Char *text)
{
    return (bosh_slice){text ? text : "", text ? strlen(text) : 0};
}

/* The parts of expat's "[namespace SEPARATOR] name [SEPARATOR prefix]". */
static bosh_tree_name split_name(const XML_Char *text)
{
    bosh_tree_name name = {{"", 0}, {"", 0}, {"", 0}};
    const char *separator = strchr(text, SEPARATOR);
    if (separator) {
        name.ns = (bosh_slice){text, (size_t)(separator - text)};
        text = separator + 1;
        separator = strchr(text, SEPARATOR);
    }
    name.local = slice_of(text);
    if (separator) {
        name.local.size = (size_t)(separator - text);
        name.prefix = slice_of(separator + 1);
    }
    return name;
}

static void XMLCALL on_declaration(void *user, const XML_Char *prefix, const XML_Char *uri)
{
    bosh_parser *parser = user;
    bosh_tree *tree = parser->tree;
    if (tree->error)
        return;
    if (++parser->declared > BOSH_PARSER_DECLARATIONS_MAX) {
        fail(parser, BOSH_ERR_RESPONSE_ATTRIBUTES);
        return;
    }
    if (!BOSH_HAS_SOURCE || !tree->limits.keep_prefixes)
        return;
    if (!parser->pending)
        parser->pending =
            bosh_mem_new(tree->allocator, BOSH_PARSER_DECLARATIONS_MAX, sizeof(declaration));
    if (parser->pending)
        parser->pending[parser->pending_count++] = (declaration){prefix, uri};
    else
        fail(parser, BOSH_ERR_MEMORY);
}

static void XMLCALL on_declaration_end(void *user, const XML_Char *prefix)
{
    bosh_parser *parser = user;
    (void)prefix;
    parser->declared--;
}

/* Where the event begins in the source, of which expat still counts what was dropped. */
static size_t position(const bosh_parser *parser)
{
    return (size_t)XML_GetCurrentByteIndex(parser->expat) - parser->tree->dropped;
}

static void XMLCALL on_start(void *user, const XML_Char *text, const XML_Char **pairs)
{
    bosh_parser *parser = user;
    bosh_tree *tree = parser->tree;
    if (tree->error)
        return;
    uint32_t count = 0;
    while (pairs[2 * count])
        count++;
    bosh_tree_name name = split_name(text);
    bosh_tree_start(tree, &name, count, parser->pending_count, position(parser));
    for (uint32_t i = 0; i < count && !tree->error; i++) {
        name = split_name(pairs[2 * i]);
        bosh_tree_attribute(tree, i, &name, slice_of(pairs[2 * i + 1]));
    }
    for (uint32_t i = 0; i < parser->pending_count && !tree->error; i++)
        bosh_tree_declaration(tree, i, slice_of(parser->pending[i].prefix),
                              slice_of(parser->pending[i].uri));
    parser->pending_count = 0;
    bosh_tree_open(tree);
    if (tree->error)
        XML_StopParser(parser->expat, XML_FALSE);
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
    bosh_parser *parser = user;
    (void)name;
    if (!parser->tree->error)
        bosh_tree_end(parser->tree,
                      position(parser) + (size_t)XML_GetCurrentByteCount(parser->expat));
}

static void XMLCALL on_text(void *user, const XML_Char *text, int length)
{
    bosh_parser *parser = user;
    if (parser->tree->error)
        return;
    bosh_tree_text(parser->tree, text, (size_t)length);
    if (parser->tree->error)
        XML_StopParser(parser->expat, XML_FALSE);
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_internal_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_internal_subset;
    fail(user, BOSH_ERR_RESPONSE_DOCTYPE);
}

int bosh_parser_init(bosh_parser *parser, bosh_tree *tree, uint32_t hash_salt)
{
    static const XML_Memory_Handling_Suite memory = {expat_allocate, expat_reallocate,
                                                     expat_release};
    static const XML_Char separator[] = {SEPARATOR, 0};
    const bosh_allocator *outer = expat_allocator;
    expat_allocator = tree->allocator;
    XML_Parser expat = XML_ParserCreate_MM("UTF-8", &memory, separator);
    expat_allocator = outer;
    if (!expat)
        return BOSH_ERR_MEMORY;
    parser->tree = tree;
    parser->expat = expat;
    XML_SetHashSalt(expat, hash_salt ? hash_salt : 1);
    XML_SetUserData(expat, parser);
    XML_SetReturnNSTriplet(expat, tree->limits.keep_prefixes);
    XML_SetNamespaceDeclHandler(expat, on_declaration, on_declaration_end);
    XML_SetElementHandler(expat, on_start, on_end);
    XML_SetCharacterDataHandler(expat, on_text);
    XML_SetStartDoctypeDeclHandler(expat, on_doctype);
    return 0;
}

void bosh_parser_deinit(bosh_parser *parser)
{
    const bosh_allocator *outer = expat_allocator;
    expat_allocator = parser->tree->allocator;
    XML_ParserFree(parser->expat);
    expat_allocator = outer;
    bosh_mem_free(parser->tree->allocator, parser->pending);
}

/* What expat stumbled over: the rest of its input from there. */
static bosh_slice stumbling_block(const bosh_parser *parser)
{
    int offset = 0, size = 0;
    bosh_slice rest = {NULL, 0};
    const char *context = XML_GetInputContext(parser->expat, &offset, &size);
    if (context && offset < size) {
        rest.data = context + offset;
        rest.size = (size_t)(size - offset);
    }
    return rest;
}

static int error_of_token(const bosh_parser *parser)
{
    bosh_slice rest = stumbling_block(parser);
    uint32_t code_point;
    size_t length = bosh_text_decode(rest.data, rest.size, &code_point);
    if (rest.size && length == 0)
        return BOSH_ERR_RESPONSE_UTF8;
    return bosh_text_check(rest.data, length) ? BOSH_ERR_RESPONSE_CHARACTER
                                              : BOSH_ERR_RESPONSE_SYNTAX;
}

/* The entity ends in the middle of something. Behind the root that is only worth waiting for when
 * it is markup. */
static int error_of_end(const bosh_parser *parser)
{
    bosh_slice rest = stumbling_block(parser);
    int is_root_complete = parser->tree->root && !parser->tree->open;
    return is_root_complete && rest.size && rest.data[0] != '<' ? BOSH_ERR_RESPONSE_SYNTAX
                                                                : BOSH_ERR_RESPONSE_TRUNCATED;
}

/* <!doctype html> as web pages write it is wrong for expat already as a declaration. */
static int error_of_declaration(const bosh_parser *parser)
{
    bosh_slice rest = stumbling_block(parser);
    return !parser->tree->root && rest.size > 1 && memcmp(rest.data, "<!", 2) == 0
               ? BOSH_ERR_RESPONSE_DOCTYPE
               : BOSH_ERR_RESPONSE_SYNTAX;
}

static int error_of_parser(const bosh_parser *parser)
{
    switch (XML_GetErrorCode(parser->expat)) {
    case XML_ERROR_NO_MEMORY:
        return BOSH_ERR_MEMORY;
    case XML_ERROR_UNDEFINED_ENTITY:
        return BOSH_ERR_RESPONSE_ENTITY;
    case XML_ERROR_BAD_CHAR_REF:
        return BOSH_ERR_RESPONSE_CHARACTER;
    case XML_ERROR_NO_ELEMENTS:
    case XML_ERROR_UNCLOSED_TOKEN:
    case XML_ERROR_UNCLOSED_CDATA_SECTION:
    case XML_ERROR_PARTIAL_CHAR:
        return error_of_end(parser);
    case XML_ERROR_INVALID_TOKEN:
        return error_of_token(parser);
    case XML_ERROR_SYNTAX:
        return error_of_declaration(parser);
    default:
        return BOSH_ERR_RESPONSE_SYNTAX;
    }
}

/* Give expat the bytes up to `end`. */
static void parse(bosh_parser *parser, const char *source, size_t end, int is_final)
{
    const bosh_allocator *outer = expat_allocator;
    const char *data = source + parser->parsed;
    size_t size = end - parser->parsed;
    parser->parsed = end;
    expat_allocator = parser->tree->allocator;
    enum XML_Status status = XML_Parse(parser->expat, data, (int)size, is_final);
    expat_allocator = outer;
    if (status != XML_STATUS_OK && !parser->tree->error)
        bosh_tree_fail(parser->tree, error_of_parser(parser));
}

/* The encoding is UTF-8, whatever the XML declaration says, but expat would still believe the
 * first two bytes if they looked like UTF-16. How many of them it may see. */
static size_t size_of_start(const char *source, size_t size)
{
    for (size_t i = 0; i < 2 && i < size; i++)
        if (source[i] == 0 || (unsigned char)source[i] >= 0xFE)
            return i;
    return size;
}

/* Fed in pieces, expat counts lines and copies what is left over. Nothing is behind a '>'. */
void bosh_parser_parse(bosh_parser *parser, const char *source, size_t size, int is_final)
{
    size_t end = parser->has_begun ? size : size_of_start(source, size);
    if (end < size) {
        parse(parser, source, end, 0);
        bosh_tree_fail(parser->tree,
                       source[end] ? BOSH_ERR_RESPONSE_UTF8 : BOSH_ERR_RESPONSE_CHARACTER);
        return;
    }
    if (!is_final && bosh_tree_keeps_source(parser->tree) &&
        end - parser->parsed > BOSH_PARSER_WHOLE_BYTES)
        while (end > parser->parsed && source[end - 1] != '>')
            end--;
    if (is_final || end > parser->parsed)
        parse(parser, source, end, is_final);
}

size_t bosh_parser_drop(bosh_parser *parser, char *source, size_t size)
{
    if (parser->parsed < 2 && !parser->has_begun)
        return size;
    size_t left = size - parser->parsed;
    memmove(source, source + parser->parsed, left + 1);
    parser->parsed = 0;
    parser->has_begun = 1;
    return left;
}
