/* SPDX-License-Identifier: MIT
 * Bytes to elements: expat behind limits. The tree is built in one growing block, in document
 * order, so that its memory is a constant factor of the bytes read. */
#include "xml/reader.h"

#include "base/mem.h"
#include "base/text.h"
#include "xml/stanza.h"

#include <expat.h>
#include <string.h>

#define ROOT ((uint32_t)sizeof(bosh_block_header)) /* where the root node stands */
#define FIRST_BLOCK 2048u                          /* an answer with one ordinary message fits */
#define FIRST_SOURCE 1024u
#define BLOCK_MAX (UINT32_MAX / 2)
#define EARLY_BYTES 16384u /* so much is parsed as it comes in */
#define WHOLE_BYTES 1024u  /* and this little even if it ends in half a token */
#define SPARE_MIN 32768u   /* documents shorter than this leave nothing behind */
#define SEPARATOR '\n'     /* between namespace and name; cannot stand in either */

/* Namespaces used last are not stored again; most recent first. */
typedef struct known_namespace {
    uint32_t offset, size;
} known_namespace;

struct bosh_reader {
    const bosh_allocator *allocator;
    bosh_reader_limits limits;
    XML_Parser parser;
    int error;
    uint32_t depth;
    size_t size;           /* bytes fed */
    size_t parsed;         /* of them by expat */
    uint8_t is_collecting; /* the rest goes to expat at the end, in one piece */
    char *block;
    uint32_t block_size, block_capacity;
    uint32_t open;     /* the innermost open element; 0: none */
    uint32_t text_run; /* the last node, while more text belongs to it; 0: none */
    known_namespace known[BOSH_BLOCK_NAMESPACES];
    uint64_t namespace_bytes;
    char *source;
    size_t source_capacity;
};

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

static void fail(bosh_reader *reader, int error)
{
    if (!reader->error)
        reader->error = error;
    XML_StopParser(reader->parser, XML_FALSE);
}

static bosh_stanza *node_at(const bosh_reader *reader, uint32_t offset)
{
    return (bosh_stanza *)(void *)(reader->block + offset);
}

/* Room for `size` more bytes of the block; 0 after an error. */
static int reserve(bosh_reader *reader, size_t size)
{
    if (reader->error)
        return 0;
    if (size > BLOCK_MAX - reader->block_size) {
        fail(reader, BOSH_ERR_RESPONSE_TOO_LARGE);
        return 0;
    }
    uint32_t needed = reader->block_size + (uint32_t)size;
    if (needed <= reader->block_capacity)
        return 1;
    uint32_t capacity = reader->block_capacity ? 2 * reader->block_capacity : FIRST_BLOCK;
    if (capacity < needed)
        capacity = needed;
    char *block = bosh_mem_resize(reader->allocator, reader->block, capacity);
    if (!block) {
        fail(reader, BOSH_ERR_MEMORY);
        return 0;
    }
    reader->block = block;
    reader->block_capacity = capacity;
    return 1;
}

/* `count` zeroed records, aligned; their offset, or 0 after an error. */
static uint32_t add_records(bosh_reader *reader, size_t count, size_t size)
{
    const uint32_t mask = (uint32_t)sizeof(uint32_t) - 1;
    if (!reserve(reader, count * size + mask))
        return 0;
    uint32_t offset = (reader->block_size + mask) & ~mask;
    memset(reader->block + reader->block_size, 0, offset - reader->block_size + count * size);
    reader->block_size = offset + (uint32_t)(count * size);
    return offset;
}

static uint32_t add_string(bosh_reader *reader, const char *text, size_t size)
{
    if (size >= BLOCK_MAX || !reserve(reader, size + 1))
        return 0;
    uint32_t offset = reader->block_size;
    memcpy(reader->block + offset, text, size);
    reader->block[offset + size] = 0;
    reader->block_size += (uint32_t)size + 1;
    return offset;
}

/* A node behind the last child of the open element; its offset, or 0 after an error. */
static uint32_t add_node(bosh_reader *reader)
{
    uint32_t offset = add_records(reader, 1, sizeof(bosh_stanza));
    if (!offset)
        return 0;
    bosh_stanza *node = node_at(reader, offset);
    node->self = offset;
    node->parent = reader->open;
    if (reader->open) {
        bosh_stanza *parent = node_at(reader, reader->open);
        if (parent->end)
            node_at(reader, parent->end)->next = offset;
        else
            parent->first_child = offset;
        parent->end = offset;
    }
    return offset;
}

/* Store a namespace that is not among the known ones. A document that goes through more of them
 * than we remember makes us store some again: bounded by a multiple of the bytes read so far. */
static uint32_t add_namespace(bosh_reader *reader, const char *uri, size_t size)
{
    reader->namespace_bytes += size;
    if (reader->namespace_bytes > 8 * (uint64_t)XML_GetCurrentByteIndex(reader->parser) + 4096) {
        fail(reader, BOSH_ERR_RESPONSE_TOO_LARGE);
        return 0;
    }
    uint32_t offset = add_string(reader, uri, size);
    if (offset) {
        memmove(reader->known + 1, reader->known, sizeof(reader->known) - sizeof(reader->known[0]));
        reader->known[0] = (known_namespace){offset, (uint32_t)size};
    }
    return offset;
}

/* Split expat's "namespace SEPARATOR name". *local points to the name; the namespace's offset. */
static uint32_t split_name(bosh_reader *reader, const char *name, const char **local)
{
    const char *separator = strchr(name, SEPARATOR);
    *local = separator ? separator + 1 : name;
    if (!separator)
        return 0;
    size_t size = (size_t)(separator - name);
    for (size_t i = 0; i < BOSH_BLOCK_NAMESPACES && reader->known[i].offset; i++) {
        known_namespace known = reader->known[i];
        if (known.size != size || memcmp(name, reader->block + known.offset, size) != 0)
            continue;
        if (i)
            memmove(reader->known + 1, reader->known, i * sizeof(reader->known[0]));
        reader->known[0] = known;
        return known.offset;
    }
    return add_namespace(reader, name, size);
}

static uint32_t add_attributes(bosh_reader *reader, const XML_Char **pairs, uint32_t count)
{
    uint32_t first = count ? add_records(reader, count, sizeof(bosh_attribute)) : 0;
    for (uint32_t i = 0; i < count && !reader->error; i++) {
        const char *local, *value = pairs[2 * i + 1];
        bosh_attribute attribute;
        attribute.ns = split_name(reader, pairs[2 * i], &local);
        attribute.name = add_string(reader, local, strlen(local));
        attribute.value = add_string(reader, value, strlen(value));
        memcpy(reader->block + first + i * sizeof(attribute), &attribute, sizeof(attribute));
    }
    return first;
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    bosh_reader *reader = user;
    uint32_t count = 0;
    const char *local;
    if (reader->error)
        return;
    if (reader->depth >= reader->limits.depth_max) {
        fail(reader, BOSH_ERR_RESPONSE_DEPTH);
        return;
    }
    while (attributes[2 * count])
        count++;
    if (count > reader->limits.attributes_max) {
        fail(reader, BOSH_ERR_RESPONSE_ATTRIBUTES);
        return;
    }
    uint32_t offset = add_node(reader);
    uint32_t ns = offset ? split_name(reader, name, &local) : 0;
    uint32_t name_offset = reader->error ? 0 : add_string(reader, local, strlen(local));
    uint32_t first = reader->error ? 0 : add_attributes(reader, attributes, count);
    if (reader->error)
        return;
    bosh_stanza *node = node_at(reader, offset);
    node->ns = ns;
    node->name = name_offset;
    node->attribute = first;
    node->attribute_count = count;
    node->source_begin = (uint32_t)XML_GetCurrentByteIndex(reader->parser);
    reader->open = offset;
    reader->text_run = 0;
    reader->depth++;
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
    bosh_reader *reader = user;
    (void)name;
    if (reader->error)
        return;
    bosh_stanza *node = node_at(reader, reader->open);
    node->end = reader->block_size;
    node->source_end = (uint32_t)(XML_GetCurrentByteIndex(reader->parser) +
                                  XML_GetCurrentByteCount(reader->parser));
    reader->open = node->parent;
    reader->text_run = 0;
    reader->depth--;
}

/* expat reports text in pieces; as long as no tag comes between them they are one run. */
static void XMLCALL on_text(void *user, const XML_Char *text, int length)
{
    bosh_reader *reader = user;
    size_t size = (size_t)length;
    if (reader->error)
        return;
    if (!reader->text_run) {
        uint32_t offset = add_node(reader);
        uint32_t string = offset ? add_string(reader, "", 0) : 0;
        if (!string)
            return;
        node_at(reader, offset)->text = string;
        reader->text_run = offset;
    }
    if (!reserve(reader, size))
        return;
    memcpy(reader->block + reader->block_size - 1, text, size);
    reader->block_size += (uint32_t)size;
    reader->block[reader->block_size - 1] = 0;
    node_at(reader, reader->text_run)->end = reader->block_size;
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_internal_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_internal_subset;
    fail(user, BOSH_ERR_RESPONSE_DOCTYPE);
}

int bosh_reader_new(const bosh_allocator *allocator, const bosh_reader_limits *limits,
                    bosh_reader **out)
{
    static const XML_Memory_Handling_Suite memory = {expat_allocate, expat_reallocate,
                                                     expat_release};
    static const XML_Char separator[] = {SEPARATOR, 0};
    *out = NULL;
    bosh_reader *reader = bosh_mem_new(allocator, 1, sizeof(*reader));
    if (!reader)
        return BOSH_ERR_MEMORY;
    reader->allocator = allocator;
    reader->limits = *limits;
    if (reader->limits.bytes_max > BLOCK_MAX)
        reader->limits.bytes_max = BLOCK_MAX;
    reader->block_size = ROOT;

    const bosh_allocator *outer = expat_allocator;
    expat_allocator = allocator;
    reader->parser = XML_ParserCreate_MM("UTF-8", &memory, separator);
    expat_allocator = outer;
    if (!reader->parser) {
        bosh_mem_free(allocator, reader);
        return BOSH_ERR_MEMORY;
    }
    XML_SetHashSalt(reader->parser, limits->hash_salt ? limits->hash_salt : 1);
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
    *out = reader;
    return 0;
}

/* What expat stumbled over: the rest of its input from there. */
static bosh_slice stumbling_block(const bosh_reader *reader)
{
    int offset = 0, size = 0;
    bosh_slice rest = {NULL, 0};
    const char *context = XML_GetInputContext(reader->parser, &offset, &size);
    if (context && offset < size) {
        rest.data = context + offset;
        rest.size = (size_t)(size - offset);
    }
    return rest;
}

static int error_of_token(const bosh_reader *reader)
{
    bosh_slice rest = stumbling_block(reader);
    uint32_t code_point;
    size_t length = bosh_text_decode(rest.data, rest.size, &code_point);
    if (rest.size && length == 0)
        return BOSH_ERR_RESPONSE_UTF8;
    return bosh_text_check(rest.data, length) ? BOSH_ERR_RESPONSE_CHARACTER
                                              : BOSH_ERR_RESPONSE_SYNTAX;
}

/* The entity ends in the middle of something. Behind the root that is only worth waiting for when
 * it is markup. */
static int error_of_end(const bosh_reader *reader)
{
    bosh_slice rest = stumbling_block(reader);
    int is_root_complete = reader->block && !reader->open;
    return is_root_complete && rest.size && rest.data[0] != '<' ? BOSH_ERR_RESPONSE_SYNTAX
                                                                : BOSH_ERR_RESPONSE_TRUNCATED;
}

/* <!doctype html> as web pages write it is wrong for expat already as a declaration. */
static int error_of_declaration(const bosh_reader *reader)
{
    bosh_slice rest = stumbling_block(reader);
    return !reader->block && rest.size > 1 && memcmp(rest.data, "<!", 2) == 0
               ? BOSH_ERR_RESPONSE_DOCTYPE
               : BOSH_ERR_RESPONSE_SYNTAX;
}

static int error_of_parser(const bosh_reader *reader)
{
    switch (XML_GetErrorCode(reader->parser)) {
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
        return error_of_end(reader);
    case XML_ERROR_INVALID_TOKEN:
        return error_of_token(reader);
    case XML_ERROR_SYNTAX:
        return error_of_declaration(reader);
    default:
        return BOSH_ERR_RESPONSE_SYNTAX;
    }
}

/* Give expat the bytes up to `end`. */
static void parse(bosh_reader *reader, size_t end, int is_final)
{
    const bosh_allocator *outer = expat_allocator;
    const char *data = reader->source ? reader->source + reader->parsed : "";
    size_t size = end - reader->parsed;
    reader->parsed = end;
    expat_allocator = reader->allocator;
    enum XML_Status status = XML_Parse(reader->parser, data, (int)size, is_final);
    expat_allocator = outer;
    if (status != XML_STATUS_OK && !reader->error)
        reader->error = error_of_parser(reader);
}

/* The beginning of an answer is parsed at once, so that what is none, or a trap, is refused early.
 * The rest of a long one is collected: fed in pieces, expat counts lines, copies what is left over,
 * and scans a long tag that trickles in again and again. Nothing is left over behind a '>'. */
static void parse_early(bosh_reader *reader)
{
    size_t end = reader->size;
    reader->is_collecting = end == EARLY_BYTES;
    if (end - reader->parsed > WHOLE_BYTES)
        while (end > reader->parsed && reader->source[end - 1] != '>')
            end--;
    if (end > reader->parsed)
        parse(reader, end, 0);
}

/* The encoding is UTF-8, whatever the XML declaration says, but expat would still believe the
 * first two bytes if they looked like UTF-16: *size is cut before such a byte. */
static int check_start(const bosh_reader *reader, const char *data, size_t *size)
{
    for (size_t i = 0; i < *size && reader->size + i < 2; i++) {
        if (data[i] != 0 && (unsigned char)data[i] < 0xFE)
            continue;
        *size = i;
        return data[i] ? BOSH_ERR_RESPONSE_UTF8 : BOSH_ERR_RESPONSE_CHARACTER;
    }
    return 0;
}

static int append(bosh_reader *reader, const char *data, size_t size)
{
    size_t needed = reader->size + size;
    if (needed > reader->source_capacity) {
        size_t capacity = reader->source_capacity ? 2 * reader->source_capacity : FIRST_SOURCE;
        if (capacity < needed)
            capacity = needed;
        char *source = bosh_mem_resize(reader->allocator, reader->source, capacity);
        if (!source)
            return BOSH_ERR_MEMORY;
        reader->source = source;
        reader->source_capacity = capacity;
    }
    memcpy(reader->source + reader->size, data, size);
    reader->size += size;
    return 0;
}

int bosh_reader_feed(bosh_reader *reader, const void *data, size_t size)
{
    if (!reader->error && size > reader->limits.bytes_max - reader->size)
        reader->error = BOSH_ERR_RESPONSE_TOO_LARGE;
    if (reader->error || !size)
        return reader->error;
    const char *text = data;
    int error = check_start(reader, text, &size);
    while (size && !reader->error) {
        size_t slice = size;
        if (!reader->is_collecting && slice > EARLY_BYTES - reader->size)
            slice = EARLY_BYTES - reader->size;
        reader->error = append(reader, text, slice);
        if (!reader->error && !reader->is_collecting)
            parse_early(reader);
        text += slice;
        size -= slice;
    }
    if (!reader->error)
        reader->error = error;
    return reader->error;
}

int bosh_reader_finish(bosh_reader *reader, bosh_document *out)
{
    memset(out, 0, sizeof(*out));
    if (!reader->error)
        parse(reader, reader->size, 1);
    if (reader->error)
        return reader->error;
    if (!reader->limits.keep_source) {
        bosh_mem_free(reader->allocator, reader->source);
        reader->source = NULL;
        reader->source_capacity = 0;
    }

    /* Growing by doubling wastes less than half of the block: not worth a move. */
    bosh_block_header header = {reader->source, reader->source ? reader->size : 0,
                                reader->source_capacity, reader->block_capacity};
    memcpy(reader->block, &header, sizeof(header));
    out->root = node_at(reader, ROOT);
    out->block = reader->block;
    out->source = reader->source;
    out->source_size = header.source_size;
    reader->block = NULL;
    reader->source = NULL;
    reader->error = BOSH_ERR_STATE; /* nothing may follow */
    return 0;
}

void bosh_reader_free(bosh_reader *reader)
{
    if (!reader)
        return;
    const bosh_allocator *outer = expat_allocator;
    expat_allocator = reader->allocator;
    XML_ParserFree(reader->parser);
    expat_allocator = outer;
    bosh_mem_free(reader->allocator, reader->block);
    bosh_mem_free(reader->allocator, reader->source);
    bosh_mem_free(reader->allocator, reader);
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
    if (document->source_size < SPARE_MIN) {
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
    reader->block = spare->block;
    reader->block_capacity = spare->block_capacity;
    reader->source = spare->source;
    reader->source_capacity = spare->source_capacity;
    memset(spare, 0, sizeof(*spare));
}

void bosh_reader_spare_free(bosh_reader_spare *spare, const bosh_allocator *allocator)
{
    bosh_mem_free(allocator, spare->block);
    bosh_mem_free(allocator, spare->source);
    memset(spare, 0, sizeof(*spare));
}
