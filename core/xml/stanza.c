/* SPDX-License-Identifier: MIT
 * Looking at received elements, and copying them. */
#include "xml/stanza.h"

#include "base/build.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

#define XML_NAMESPACE "http://www.w3.org/XML/1998/namespace"
#define XMPP_STANZAS "urn:ietf:params:xml:ns:xmpp-stanzas"

static const bosh_attribute *attributes_of(const bosh_stanza *node)
{
    return (const bosh_attribute *)(const void *)(bosh_block_of(node) + node->attribute);
}

const char *bosh_stanza_name(const bosh_stanza *element)
{
    return element && element->name ? bosh_block_string(element, element->name) : NULL;
}

const char *bosh_stanza_qualified(const char *name)
{
    if (name[-1] != ':')
        return name;
    do
        name--;
    while (name[-1]);
    return name;
}

const char *bosh_stanza_namespace(const bosh_stanza *element)
{
    return element && element->name ? bosh_block_string(element, element->ns) : NULL;
}

int bosh_stanza_is(const bosh_stanza *element, const char *name, const char *ns)
{
    if (!element || !element->name)
        return 0;
    return (!name || strcmp(name, bosh_block_string(element, element->name)) == 0) &&
           (!ns || strcmp(ns, bosh_block_string(element, element->ns)) == 0);
}

const char *bosh_stanza_attribute(const bosh_stanza *element, const char *name)
{
    return bosh_stanza_attribute_ns(element, "", name);
}

const char *bosh_stanza_attribute_ns(const bosh_stanza *element, const char *ns, const char *name)
{
    if (!element || !name)
        return NULL;
    const bosh_attribute *attribute = attributes_of(element);
    for (uint32_t i = 0; i < element->attribute_count; i++)
        if (strcmp(name, bosh_block_string(element, attribute[i].name)) == 0 &&
            strcmp(ns ? ns : "", bosh_block_string(element, attribute[i].ns)) == 0)
            return bosh_block_string(element, attribute[i].value);
    return NULL;
}

int bosh_stanza_attribute_at(const bosh_stanza *element, size_t index, const char **ns,
                             const char **name, const char **value)
{
    if (!element || index >= element->attribute_count)
        return 0;
    const bosh_attribute *attribute = attributes_of(element) + index;
    *ns = bosh_block_string(element, attribute->ns);
    *name = bosh_block_string(element, attribute->name);
    *value = bosh_block_string(element, attribute->value);
    return 1;
}

static const bosh_stanza *first_match(const bosh_stanza *node, const char *name, const char *ns)
{
    while (node && !bosh_stanza_is(node, name, ns))
        node = bosh_block_node(node, node->next);
    return node;
}

const bosh_stanza *bosh_stanza_child(const bosh_stanza *element, const char *name, const char *ns)
{
    return first_match(bosh_stanza_first_node(element), name, ns);
}

const bosh_stanza *bosh_stanza_next(const bosh_stanza *element, const char *name, const char *ns)
{
    return first_match(bosh_stanza_next_node(element), name, ns);
}

const char *bosh_stanza_text(const bosh_stanza *element)
{
    const bosh_stanza *node = element;
    if (node && node->name) {
        node = bosh_stanza_first_node(element);
        while (node && node->name)
            node = bosh_block_node(node, node->next);
        if (!node)
            return "";
    }
    return node ? bosh_block_string(node, node->text) : NULL;
}

const char *bosh_stanza_child_text(const bosh_stanza *element, const char *name, const char *ns)
{
    return bosh_stanza_text(bosh_stanza_child(element, name, ns));
}

const bosh_stanza *bosh_stanza_first_node(const bosh_stanza *element)
{
    return element ? bosh_block_node(element, element->first_child) : NULL;
}

const bosh_stanza *bosh_stanza_next_node(const bosh_stanza *node)
{
    return node ? bosh_block_node(node, node->next) : NULL;
}

const char *bosh_stanza_language(const bosh_stanza *element)
{
    const char *language = NULL;
    while (element && !language) {
        language = bosh_stanza_attribute_ns(element, XML_NAMESPACE, "lang");
        element = bosh_block_node(element, element->parent);
    }
    return language;
}

bosh_slice bosh_stanza_source(const bosh_stanza *element)
{
    bosh_slice source = {NULL, 0};
    if (!element || !element->name)
        return source;
    const bosh_block_header *header = (const void *)bosh_block_of(element);
    if (header->source) {
        source.data = header->source + element->source_begin;
        source.size = element->source_end - element->source_begin;
    }
    return source;
}

const char *bosh_stanza_error_condition(const bosh_stanza *stanza)
{
    static const char conditions[] =
        "bad-request conflict feature-not-implemented forbidden gone internal-server-error "
        "item-not-found jid-malformed not-acceptable not-allowed not-authorized policy-violation "
        "recipient-unavailable redirect registration-required remote-server-not-found "
        "remote-server-timeout resource-constraint service-unavailable subscription-required "
        "undefined-condition unexpected-request";
    if (!bosh_text_equal(bosh_stanza_attribute(stanza, "type"), "error"))
        return NULL;
    /* The child may be in any of jabber:client, httpbind or none (BODY-10). */
    const bosh_stanza *error = bosh_stanza_child(stanza, "error", bosh_stanza_namespace(stanza));
    const bosh_stanza *child = bosh_stanza_child(error, NULL, XMPP_STANZAS);
    while (child && !(BOSH_HAS_EXTRAS ? bosh_text_has_word(conditions, bosh_stanza_name(child))
                                      : !bosh_stanza_is(child, "text", NULL)))
        child = bosh_stanza_next(child, NULL, XMPP_STANZAS);
    return child ? bosh_stanza_name(child) : "undefined-condition";
}

/* ---- copying ----
 *
 * A subtree is one range of the block. Its references are relocated; the namespaces stored outside
 * of it, and an inherited xml:lang, go behind it. It is walked twice: to measure, to write. */

typedef struct copy_job {
    const bosh_stanza *root; /* of the original */
    char *block;             /* NULL while measuring */
    uint32_t shift;          /* new offset = old offset - shift, within the subtree */
    size_t size;
    struct {
        uint32_t from, to;
    } known[BOSH_BLOCK_NAMESPACES]; /* most recent first */
} copy_job;

static uint32_t copy_string(copy_job *copying, const char *text)
{
    size_t size = strlen(text) + 1, offset = copying->size;
    if (copying->block)
        memcpy(copying->block + offset, text, size);
    copying->size += size;
    return (uint32_t)offset;
}

static uint32_t relocated(const copy_job *copying, uint32_t offset)
{
    return offset ? offset - copying->shift : 0;
}

/* The new offset of a namespace, which may stand outside of the subtree. It is forgotten in the
 * same order as in the reader, so no more is stored again than was there. */
static uint32_t copy_namespace(copy_job *copying, uint32_t from)
{
    size_t i = 0;
    if (from == 0 || (from >= copying->root->self && from < copying->root->end))
        return relocated(copying, from);
    while (i < BOSH_BLOCK_NAMESPACES - 1 && copying->known[i].from &&
           copying->known[i].from != from)
        i++;
    uint32_t to = copying->known[i].from == from
                      ? copying->known[i].to
                      : copy_string(copying, bosh_block_string(copying->root, from));
    memmove(copying->known + 1, copying->known, i * sizeof(copying->known[0]));
    copying->known[0].from = from;
    copying->known[0].to = to;
    return to;
}

static uint32_t records_of(const bosh_stanza *node)
{
    return (uint32_t)node->attribute_count + node->declaration_count;
}

static void copy_node(copy_job *copying, const bosh_stanza *node)
{
    char *block = copying->block;
    uint32_t ns = copy_namespace(copying, node->ns);
    for (uint32_t i = 0; i < records_of(node); i++) {
        int is_declaration = i >= node->attribute_count;
        const bosh_attribute *from = attributes_of(node) + i;
        bosh_attribute to;
        to.ns = copy_namespace(copying, from->ns);
        to.name = relocated(copying, from->name);
        to.value =
            is_declaration ? copy_namespace(copying, from->value) : relocated(copying, from->value);
        if (block)
            memcpy(block + relocated(copying, node->attribute) + i * sizeof(to), &to, sizeof(to));
    }
    if (!block)
        return;
    bosh_stanza copy = *node;
    copy.self = relocated(copying, node->self);
    copy.parent = node == copying->root ? 0 : relocated(copying, node->parent);
    copy.next = node == copying->root ? 0 : relocated(copying, node->next);
    copy.first_child = relocated(copying, node->first_child);
    copy.end = relocated(copying, node->end);
    copy.name = relocated(copying, node->name);
    copy.ns = ns;
    copy.text = relocated(copying, node->text);
    copy.attribute = relocated(copying, node->attribute);
    memcpy(block + copy.self, &copy, sizeof(copy));
}

/* Give the copied root an xml:lang attribute: its records move behind everything else. */
static void copy_language(copy_job *copying, const char *language)
{
    size_t mask = sizeof(uint32_t) - 1;
    copying->size = (copying->size + mask) & ~mask;
    size_t records = copying->size, count = copying->root->attribute_count;
    copying->size += (records_of(copying->root) + 1) * sizeof(bosh_attribute);
    bosh_attribute added;
    added.ns = copy_string(copying, XML_NAMESPACE);
    added.name = copy_string(copying, "xml:lang") + 4; /* bosh_stanza_qualified */
    added.value = copy_string(copying, language);
    if (!copying->block)
        return;
    bosh_stanza *root = (void *)(copying->block + sizeof(bosh_block_header));
    bosh_attribute *to = (void *)(copying->block + records);
    const bosh_attribute *from = attributes_of(root);
    memcpy(to, from, count * sizeof(added));
    to[count] = added;
    memcpy(to + count + 1, from + count, root->declaration_count * sizeof(added));
    root->attribute = (uint32_t)records;
    root->attribute_count++;
}

static void copy_subtree(copy_job *copying)
{
    const bosh_stanza *root = copying->root;
    size_t size = root->end - root->self;
    memset(copying->known, 0, sizeof(copying->known));
    copying->size = sizeof(bosh_block_header) + size;
    if (copying->block)
        memcpy(copying->block + sizeof(bosh_block_header), root, size);
    for (const bosh_stanza *node = root; node; node = bosh_block_successor(node, root))
        copy_node(copying, node);
    const char *language = bosh_stanza_language(root);
    if (language && root->name && !bosh_stanza_attribute_ns(root, XML_NAMESPACE, "lang"))
        copy_language(copying, language);
}

int bosh_stanza_copy(const bosh_stanza *element, const bosh_allocator *allocator, bosh_stanza **out)
{
    copy_job copying = {0};
    *out = NULL;
    allocator = bosh_mem_allocator(allocator);
    if (!element || !allocator)
        return BOSH_ERR_ARGUMENT;
    copying.root = element;
    copying.shift = element->self - (uint32_t)sizeof(bosh_block_header);
    copy_subtree(&copying);
    if (copying.size > UINT32_MAX)
        return BOSH_ERR_MEMORY;
    copying.block = bosh_mem_new(allocator, copying.size, 1);
    if (!copying.block)
        return BOSH_ERR_MEMORY;
    copy_subtree(&copying);
    *out = (void *)(copying.block + sizeof(bosh_block_header));
    (*out)->end =
        (uint32_t)copying.size; /* what went behind it belongs to it, for further copies */
    return 0;
}

void bosh_stanza_free(bosh_stanza *copy, const bosh_allocator *allocator)
{
    if (copy)
        bosh_mem_free(bosh_mem_allocator(allocator), (char *)copy - copy->self);
}

void bosh_stanza_adopt(bosh_stanza *element)
{
    const char *from_ns = bosh_block_string(element, element->ns);
    for (const bosh_stanza *node = element; node; node = bosh_block_successor(node, element))
        if (node->name && strcmp(bosh_block_string(node, node->ns), from_ns) == 0)
            ((bosh_stanza *)(uintptr_t)node)->ns = BOSH_BLOCK_CLIENT_NAMESPACE;
}
