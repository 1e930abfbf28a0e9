/* SPDX-License-Identifier: MIT
 * The built-in parser's start tags: attributes and namespaces. A tag is scanned whole before
 * anything of it goes to the tree. */
#include "xml/scan.h"

#include "base/build.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

#define XML_NAMESPACE "http://www.w3.org/XML/1998/namespace"
#define XMLNS_NAMESPACE "http://www.w3.org/2000/xmlns/"
#define FEW 16 /* so many attributes are compared each with each */

static int is_same(bosh_slice a, bosh_slice b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static bosh_slice slice_of(const char *text)
{
    return (bosh_slice){text, strlen(text)};
}

static bosh_slice prefix_of(const bosh_scan_attribute *attribute)
{
    return (bosh_slice){attribute->name.data, attribute->prefix_size};
}

static bosh_slice local_of(const bosh_scan_attribute *attribute)
{
    size_t skip = attribute->prefix_size ? attribute->prefix_size + 1 : 0;
    return (bosh_slice){attribute->name.data + skip, attribute->name.size - skip};
}

/* Twice as many records in memory of their own; NULL after an error. */
static void *grow(bosh_parser *parser, void *records, const void *own, uint32_t *capacity,
                  size_t size)
{
    const bosh_allocator *allocator = parser->tree->allocator;
    void *grown = bosh_mem_new(allocator, 2 * (size_t)*capacity, size);
    if (!grown) {
        bosh_tree_fail(parser->tree, BOSH_ERR_MEMORY);
        return NULL;
    }
    memcpy(grown, records, *capacity * size);
    if (records != own)
        bosh_mem_free(allocator, records);
    *capacity *= 2;
    return grown;
}

/* ---- scanning ---- */

static bosh_scan_attribute *add_attribute(bosh_parser *parser, bosh_slice name, size_t prefix_size)
{
    if (parser->attribute_count == parser->attribute_capacity) {
        void *grown = grow(parser, parser->attributes, parser->own_attributes,
                           &parser->attribute_capacity, sizeof(*parser->attributes));
        if (!grown)
            return NULL;
        parser->attributes = grown;
    }
    bosh_scan_attribute *attribute = &parser->attributes[parser->attribute_count++];
    attribute->name = name;
    attribute->prefix_size = (uint32_t)prefix_size;
    attribute->is_plain = 1;
    attribute->is_declaration =
        is_same(prefix_size ? prefix_of(attribute) : name, slice_of("xmlns"));
    parser->declaration_count += attribute->is_declaration;
    if (parser->binding_count + parser->declaration_count > BOSH_PARSER_DECLARATIONS_MAX ||
        parser->attribute_count - parser->declaration_count > parser->tree->limits.attributes_max)
        bosh_tree_fail(parser->tree, BOSH_ERR_RESPONSE_ATTRIBUTES);
    return parser->tree->error ? NULL : attribute;
}

/* Up to the closing quote. */
static const char *scan_value(bosh_parser *parser, const char *p, char quote, uint8_t *is_plain)
{
    uint32_t code_point;
    while (p) {
        while (bosh_scan_is(*p, SCAN_VALUE))
            p++;
        if (*p == quote)
            return p;
        if (*p & 0x80) {
            p = bosh_scan_wide(parser, p, &code_point);
            continue;
        }
        if (*p == '"' || *p == '\'') {
            p++;
            continue;
        }
        *is_plain = 0;
        if (*p == '&')
            p = bosh_scan_reference(parser, p, &code_point);
        else
            p = bosh_scan_is(*p, SCAN_SPACE) ? p + 1 : bosh_scan_stuck(parser, p);
    }
    return NULL;
}

static const char *scan_attribute(bosh_parser *parser, const char *p)
{
    const char *colon, *name = p;
    p = bosh_scan_name(parser, p, &colon);
    if (!p)
        return NULL;
    bosh_slice whole = {name, (size_t)(p - name)};
    p = bosh_scan_space(p);
    if (*p != '=')
        return bosh_scan_stuck(parser, p);
    p = bosh_scan_space(p + 1);
    char quote = *p;
    if (quote != '"' && quote != '\'')
        return bosh_scan_stuck(parser, p);
    bosh_scan_attribute *attribute =
        add_attribute(parser, whole, colon ? (size_t)(colon - name) : 0);
    if (!attribute)
        return NULL;
    attribute->value.data = p + 1;
    p = scan_value(parser, p + 1, quote, &attribute->is_plain);
    if (!p)
        return NULL;
    attribute->value.size = (size_t)(p - attribute->value.data);
    return p + 1;
}

static const char *scan_attributes(bosh_parser *parser, const char *p)
{
    parser->attribute_count = parser->declaration_count = 0;
    while (p) {
        const char *behind = bosh_scan_space(p);
        if (*behind == '/' || *behind == '>')
            return behind;
        p = behind == p ? bosh_scan_stuck(parser, p) : scan_attribute(parser, behind);
    }
    return NULL;
}

/* ---- values that do not stand in the source as they mean ---- */

/* White space becomes a space, a reference what it stands for: never longer than it was. It was
 * scanned before, so nothing is wrong with it. The size. */
static size_t decode(bosh_parser *parser, bosh_slice value, char *out)
{
    const char *p = value.data, *end = p + value.size;
    const char *begin = out;
    uint32_t code_point;
    while (p < end) {
        if (*p == '&') {
            p = bosh_scan_reference(parser, p, &code_point);
            out += bosh_text_encode(code_point, out);
        } else if (bosh_scan_is(*p, SCAN_SPACE)) {
            p += p[0] == '\r' && p[1] == '\n' ? 2 : 1;
            *out++ = ' ';
        } else {
            *out++ = *p++;
        }
    }
    return (size_t)(out - begin);
}

/* So that value_of can decode a value of this size. Moves what is decoded already. */
static void make_room(bosh_parser *parser, const bosh_scan_attribute *attribute)
{
    if (!attribute->is_plain)
        bosh_tree_fail(parser->tree, bosh_buf_reserve(&parser->decoded, attribute->value.size));
}

/* The value as it is meant; until the next one, or as long as `decoded` covers it. */
static bosh_slice value_of(bosh_parser *parser, const bosh_scan_attribute *attribute)
{
    if (attribute->is_plain)
        return attribute->value;
    char *out = parser->decoded.data + parser->decoded.size;
    return (bosh_slice){out, decode(parser, attribute->value, out)};
}

/* ---- namespaces ---- */

static bosh_slice uri_of(const bosh_parser *parser, const bosh_scan_binding *binding)
{
    const char *base = binding->is_decoded ? parser->decoded.data : parser->source;
    return (bosh_slice){base + binding->uri, binding->uri_size};
}

/* Namespaces in XML, sections 2.2 and 3: what may be bound to what. */
static int may_bind(bosh_slice prefix, bosh_slice uri)
{
    if (is_same(prefix, slice_of("xmlns")) || is_same(uri, slice_of(XMLNS_NAMESPACE)))
        return 0;
    if (is_same(prefix, slice_of("xml")) != is_same(uri, slice_of(XML_NAMESPACE)))
        return 0;
    /* As expat: no newline, which separates it from the name in some places. */
    return (uri.size || !prefix.size) && !memchr(uri.data, '\n', uri.size);
}

static void bind(bosh_parser *parser, bosh_scan_attribute *attribute)
{
    bosh_tree *tree = parser->tree;
    if (parser->binding_count == parser->binding_capacity) {
        void *grown = grow(parser, parser->bindings, parser->own_bindings,
                           &parser->binding_capacity, sizeof(*parser->bindings));
        if (!grown)
            return;
        parser->bindings = grown;
    }
    make_room(parser, attribute);
    if (tree->error)
        return;
    bosh_slice prefix = {attribute->name.data, 0}, uri = value_of(parser, attribute);
    if (attribute->prefix_size)
        prefix = local_of(attribute);
    if (!may_bind(prefix, uri)) {
        bosh_tree_fail(tree, BOSH_ERR_RESPONSE_SYNTAX);
        return;
    }
    bosh_scan_binding *binding = &parser->bindings[parser->binding_count++];
    binding->prefix = (uint32_t)(prefix.data - parser->source);
    binding->prefix_size = (uint32_t)prefix.size;
    binding->uri = (uint32_t)(uri.data - parser->source);
    binding->uri_size = (uint32_t)uri.size;
    binding->depth = tree->depth;
    binding->is_decoded = !attribute->is_plain;
    if (binding->is_decoded) {
        binding->uri = (uint32_t)parser->decoded.size;
        parser->decoded.size += uri.size;
    }
    attribute->ns = slice_of(XMLNS_NAMESPACE);
}

/* The namespace of a prefix; of no prefix the default one. */
static bosh_slice find_namespace(bosh_parser *parser, bosh_slice prefix)
{
    for (uint32_t i = parser->binding_count; i-- > 0;) {
        const bosh_scan_binding *binding = &parser->bindings[i];
        bosh_slice bound = {parser->source + binding->prefix, binding->prefix_size};
        if (is_same(bound, prefix))
            return uri_of(parser, binding);
    }
    if (is_same(prefix, slice_of("xml")))
        return slice_of(XML_NAMESPACE);
    if (prefix.size)
        bosh_tree_fail(parser->tree, BOSH_ERR_RESPONSE_SYNTAX);
    return slice_of("");
}

void bosh_tag_forget(bosh_parser *parser)
{
    for (; parser->binding_count; parser->binding_count--) {
        const bosh_scan_binding *last = &parser->bindings[parser->binding_count - 1];
        if (last->depth != parser->tree->depth)
            break;
        if (last->is_decoded)
            parser->decoded.size = last->uri;
    }
}

/* ---- no attribute twice ---- */

static int compare(bosh_slice a, bosh_slice b)
{
    if (a.size != b.size)
        return a.size < b.size ? -1 : 1;
    return memcmp(a.data, b.data, a.size);
}

static int compare_names(const bosh_scan_attribute *a, const bosh_scan_attribute *b)
{
    int order = compare(local_of(a), local_of(b));
    return order ? order : compare(a->ns, b->ns);
}

static int compare_places(const bosh_scan_attribute *a, const bosh_scan_attribute *b)
{
    return a->name.data < b->name.data ? -1 : 1;
}

/* Shell's, with Knuth's gaps: never more than n to the power of 1.5 steps. */
static void sort(bosh_scan_attribute *attributes, uint32_t count,
                 int (*order)(const bosh_scan_attribute *, const bosh_scan_attribute *))
{
    uint32_t gap = 1;
    while (gap < count / 3)
        gap = 3 * gap + 1;
    for (; gap; gap /= 3) {
        for (uint32_t i = gap; i < count; i++) {
            bosh_scan_attribute moving = attributes[i];
            uint32_t to = i;
            for (; to >= gap && order(&moving, &attributes[to - gap]) < 0; to -= gap)
                attributes[to] = attributes[to - gap];
            attributes[to] = moving;
        }
    }
}

static int is_any_twice(bosh_scan_attribute *attributes, uint32_t count)
{
    int found = 0;
    if (count <= FEW || !BOSH_HAS_EXTRAS) {
        for (uint32_t i = 1; i < count; i++)
            for (uint32_t j = 0; j < i; j++)
                found |= compare_names(&attributes[i], &attributes[j]) == 0;
        return found;
    }
    sort(attributes, count, compare_names);
    for (uint32_t i = 1; i < count; i++)
        found |= compare_names(&attributes[i], &attributes[i - 1]) == 0;
    sort(attributes, count, compare_places);
    return found;
}

/* ---- the tag as a whole ---- */

static void resolve(bosh_parser *parser)
{
    static const bosh_slice none = {"", 0};
    bosh_scan_attribute *attributes = parser->attributes;
    for (uint32_t i = 0; i < parser->attribute_count && !parser->tree->error; i++)
        if (attributes[i].is_declaration)
            bind(parser, &attributes[i]);
    for (uint32_t i = 0; i < parser->attribute_count; i++)
        make_room(parser, &attributes[i]);
    for (uint32_t i = 0; i < parser->attribute_count; i++)
        if (!attributes[i].is_declaration)
            attributes[i].ns = attributes[i].prefix_size
                                   ? find_namespace(parser, prefix_of(&attributes[i]))
                                   : none;
    if (!parser->tree->error && is_any_twice(attributes, parser->attribute_count))
        bosh_tree_fail(parser->tree, BOSH_ERR_RESPONSE_SYNTAX);
}

static void add_to_tree(bosh_parser *parser, const char *begin, const char *end,
                        const bosh_tree_name *name)
{
    bosh_tree *tree = parser->tree;
    uint32_t index = 0, declarations = parser->declaration_count;
    if (!bosh_tree_start(tree, name, parser->attribute_count - declarations, declarations,
                         (size_t)(begin - parser->source)))
        return;
    bosh_tree_open_element(tree)->source_end = (uint32_t)(end - parser->source); /* of its tag */
    for (uint32_t i = 0; i < parser->attribute_count; i++) {
        const bosh_scan_attribute *attribute = &parser->attributes[i];
        if (attribute->is_declaration)
            continue;
        bosh_tree_name full = {attribute->ns, prefix_of(attribute), local_of(attribute)};
        bosh_tree_attribute(tree, index++, &full, value_of(parser, attribute));
    }
    const bosh_scan_binding *binding = parser->bindings + parser->binding_count - declarations;
    for (uint32_t i = 0; BOSH_HAS_SOURCE && i < declarations; i++, binding++)
        bosh_tree_declaration(tree, i,
                              (bosh_slice){parser->source + binding->prefix, binding->prefix_size},
                              uri_of(parser, binding));
    bosh_tree_open(tree);
}

const char *bosh_tag_read(bosh_parser *parser, const char *p)
{
    const char *colon, *begin = p, *name_begin = p + 1;
    p = bosh_scan_name(parser, name_begin, &colon);
    const char *name_end = p;
    p = p ? scan_attributes(parser, p) : NULL;
    if (!p)
        return NULL;
    int is_empty = *p == '/';
    p += is_empty;
    if (*p != '>')
        return bosh_scan_stuck(parser, p);

    size_t prefix_size = colon ? (size_t)(colon - name_begin) : 0;
    const char *local = colon ? colon + 1 : name_begin;
    bosh_tree_name name = {
        {NULL, 0}, {name_begin, prefix_size}, {local, (size_t)(name_end - local)}};
    resolve(parser);
    name.ns = find_namespace(parser, name.prefix);
    if (!parser->tree->error)
        add_to_tree(parser, begin, p + 1, &name);
    if (is_empty && !parser->tree->error) {
        bosh_tree_end(parser->tree, (size_t)(p + 1 - parser->source));
        bosh_tag_forget(parser);
    }
    return p + 1;
}
