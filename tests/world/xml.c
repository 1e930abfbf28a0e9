/* SPDX-License-Identifier: MIT
 * A tree from expat's plain events. Where there are prefixes, a second parser with namespace
 * processing reads the same bytes, so that namespace errors count as errors too. */
#include "world/xml.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_XML "http://www.w3.org/XML/1998/namespace"

static void *reserve(void *block, size_t size)
{
    block = realloc(block, size);
    if (!block)
        abort();
    return block;
}

static char *copy(const char *text, size_t size)
{
    char *out = reserve(NULL, size + 1);
    memcpy(out, text, size);
    out[size] = 0;
    return out;
}

static world_node *append(world_node *parent)
{
    world_node *node = reserve(NULL, sizeof(*node));
    memset(node, 0, sizeof(*node));
    node->parent = parent;
    if (parent && parent->last)
        parent->last->next = node;
    else if (parent)
        parent->first = node;
    if (parent)
        parent->last = node;
    return node;
}

world_node *world_node_element(world_node *parent, const char *name, size_t size)
{
    world_node *node = append(parent);
    node->name = copy(name, size);
    return node;
}

void world_node_text_add(world_node *parent, const char *text, size_t size)
{
    world_node *last = parent->last;
    if (!last || last->name) {
        append(parent)->text = copy(text, size);
        return;
    }
    size_t old = strlen(last->text);
    last->text = reserve(last->text, old + size + 1);
    memcpy(last->text + old, text, size);
    last->text[old + size] = 0;
}

void world_node_attribute_add(world_node *element, const char *name, const char *value)
{
    size_t count = element->attribute_count + 1;
    element->attributes = reserve(element->attributes, count * sizeof(*element->attributes));
    element->attributes[count - 1].name = copy(name, strlen(name));
    element->attributes[count - 1].value = copy(value, strlen(value));
    element->attribute_count = count;
}

static void free_one(world_node *node)
{
    for (size_t i = 0; i < node->attribute_count; i++) {
        free(node->attributes[i].name);
        free(node->attributes[i].value);
    }
    free(node->attributes);
    free(node->name);
    free(node->text);
    free(node);
}

/* Without recursion: always take the first leaf. */
void world_node_free(world_node *node)
{
    world_node *top = node ? node->parent : NULL;
    while (node && node != top) {
        while (node->first)
            node = node->first;
        world_node *parent = node->parent;
        if (parent && parent != top)
            parent->first = node->next;
        free_one(node);
        node = parent;
    }
}

typedef struct building {
    XML_Parser parser;
    world_document *document;
    world_node *at;
    size_t depth;
    int has_prefixes; /* or a namespace that may not be bound: there can be namespace errors */
} building;

static void look_for_prefixes(building *b, const char *name, const char *value)
{
    if (strncmp(name, "xml:", 4) != 0 && strchr(name, ':'))
        b->has_prefixes = 1;
    if (value && strcmp(name, "xmlns") == 0 && strstr(value, "www.w3.org"))
        b->has_prefixes = 1;
}

static void XMLCALL on_start(void *user, const char *name, const char **attributes)
{
    building *b = user;
    world_node *node = world_node_element(b->at, name, strlen(name));
    look_for_prefixes(b, name, NULL);
    for (size_t i = 0; attributes[i]; i += 2) {
        world_node_attribute_add(node, attributes[i], attributes[i + 1]);
        look_for_prefixes(b, attributes[i], attributes[i + 1]);
    }
    if (!b->at)
        b->document->root = node;
    b->at = node;
    if (++b->depth > b->document->depth)
        b->document->depth = b->depth;
    if (node->attribute_count > b->document->attributes_max)
        b->document->attributes_max = node->attribute_count;
}

static void XMLCALL on_end(void *user, const char *name)
{
    building *b = user;
    (void)name;
    b->at = b->at->parent;
    b->depth--;
}

static void XMLCALL on_text(void *user, const char *text, int size)
{
    building *b = user;
    if (b->at)
        world_node_text_add(b->at, text, (size_t)size);
}

static void XMLCALL on_comment(void *user, const char *text)
{
    (void)text;
    ((building *)user)->document->seen |= WORLD_SEEN_COMMENT;
}

static void XMLCALL on_instruction(void *user, const char *target, const char *data)
{
    (void)target;
    (void)data;
    ((building *)user)->document->seen |= WORLD_SEEN_INSTRUCTION;
}

static void XMLCALL on_declaration(void *user, const char *version, const char *encoding, int alone)
{
    (void)version;
    (void)encoding;
    (void)alone;
    ((building *)user)->document->seen |= WORLD_SEEN_DECLARATION;
}

/* Both parsers live as long as the program: to make one costs more than to read a body. The line
 * feed comes before local names; a namespace with that in it is refused, as the library does. */
static XML_Parser parser_of(XML_Parser *kept, int with_namespaces)
{
    if (!*kept)
        *kept = with_namespaces ? XML_ParserCreateNS("UTF-8", '\n') : XML_ParserCreate("UTF-8");
    else
        XML_ParserReset(*kept, "UTF-8");
    if (!*kept)
        abort();
    XML_SetHashSalt(*kept, 1); /* else expat asks the system for a random one each time */
    return *kept;
}

static int parse_with(XML_Parser parser, world_document *document, const char *data, size_t size)
{
    int is_good = size < 0x7fffffff && XML_Parse(parser, data, (int)size, 1) == XML_STATUS_OK;
    if (!is_good)
        snprintf(document->error, sizeof(document->error), "%s at byte %ld",
                 XML_ErrorString(XML_GetErrorCode(parser)), (long)XML_GetCurrentByteIndex(parser));
    return is_good;
}

static void XMLCALL on_doctype(void *user, const char *name, const char *system_id,
                               const char *public_id, int has_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_subset;
    building *b = user;
    b->document->seen |= WORLD_SEEN_DOCTYPE;
    XML_StopParser(b->parser, XML_FALSE); /* never expand anything */
}

static int parse_tree(world_document *document, const char *data, size_t size, int *has_prefixes)
{
    static XML_Parser kept;
    memset(document, 0, sizeof(*document));
    XML_Parser parser = parser_of(&kept, 0);
    building b = {.parser = parser, .document = document};
    XML_SetUserData(parser, &b);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetCommentHandler(parser, on_comment);
    XML_SetProcessingInstructionHandler(parser, on_instruction);
    XML_SetXmlDeclHandler(parser, on_declaration);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    int is_good = parse_with(parser, document, data, size);
    *has_prefixes = b.has_prefixes;
    return is_good;
}

int world_document_parse_plain(world_document *document, const char *data, size_t size)
{
    int has_prefixes;
    return parse_tree(document, data, size, &has_prefixes);
}

int world_document_parse(world_document *document, const char *data, size_t size)
{
    static XML_Parser kept;
    int has_prefixes;
    return parse_tree(document, data, size, &has_prefixes) &&
           (!has_prefixes || parse_with(parser_of(&kept, 1), document, data, size));
}

void world_document_deinit(world_document *document)
{
    world_node_free(document->root);
    document->root = NULL;
}

const char *world_node_attribute(const world_node *element, const char *name)
{
    for (size_t i = 0; element && i < element->attribute_count; i++) {
        if (strcmp(element->attributes[i].name, name) == 0)
            return element->attributes[i].value;
    }
    return NULL;
}

const char *world_node_ns(const world_node *element)
{
    const char *colon = strchr(element->name, ':');
    char declaration[80] = "xmlns";
    if (colon)
        snprintf(declaration, sizeof(declaration), "xmlns:%.*s", (int)(colon - element->name),
                 element->name);
    if (strcmp(declaration, "xmlns:xml") == 0)
        return NS_XML;
    for (; element; element = element->parent) {
        const char *ns = world_node_attribute(element, declaration);
        if (ns)
            return ns;
    }
    return "";
}

const char *world_node_local(const world_node *element)
{
    const char *colon = strchr(element->name, ':');
    return colon ? colon + 1 : element->name;
}

int world_node_is(const world_node *element, const char *local, const char *ns)
{
    return element && element->name && (!local || strcmp(world_node_local(element), local) == 0) &&
           (!ns || strcmp(world_node_ns(element), ns) == 0);
}

static const world_node *first_that_is(const world_node *node, const char *local, const char *ns)
{
    while (node && !world_node_is(node, local, ns))
        node = node->next;
    return node;
}

const world_node *world_node_child(const world_node *element, const char *local, const char *ns)
{
    return element ? first_that_is(element->first, local, ns) : NULL;
}

const world_node *world_node_sibling(const world_node *element, const char *local, const char *ns)
{
    return element ? first_that_is(element->next, local, ns) : NULL;
}

const char *world_node_text(const world_node *element)
{
    const world_node *node = element ? element->first : NULL;
    while (node && node->name)
        node = node->next;
    return node ? node->text : "";
}
