/* SPDX-License-Identifier: MIT
 * Building the flat tree. References are offsets, so the block may move when it grows. */
#include "xml/tree.h"

#include "base/build.h"
#include "base/mem.h"

#include <string.h>

#define FIRST_BLOCK 2048u /* an answer with one ordinary message fits */
#define SHORT_BLOCK 512u  /* where memory is short: one without stanzas */
#define CLIENT_NAMESPACE "jabber:client"

void bosh_tree_init(bosh_tree *tree, const bosh_allocator *allocator,
                    const bosh_reader_limits *limits)
{
    memset(tree, 0, sizeof(*tree));
    tree->allocator = allocator;
    tree->limits = *limits;
    tree->block_size = sizeof(bosh_block_header);
}

void bosh_tree_fail(bosh_tree *tree, int error)
{
    if (!tree->error)
        tree->error = error;
}

static bosh_stanza *node_at(const bosh_tree *tree, uint32_t offset)
{
    return (bosh_stanza *)(void *)(tree->block + offset);
}

bosh_stanza *bosh_tree_open_element(const bosh_tree *tree)
{
    return tree->open ? node_at(tree, tree->open) : NULL;
}

/* Where the source is not kept, memory is short: steps are small, since an arena can mostly make
 * them in place. */
static uint32_t next_capacity(const bosh_tree *tree)
{
    uint32_t capacity = tree->block_capacity;
    if (bosh_tree_keeps_source(tree))
        return capacity ? 2 * capacity : FIRST_BLOCK;
    return capacity ? capacity + capacity / 16 : SHORT_BLOCK;
}

/* 0 after an error. */
static int grow(bosh_tree *tree, size_t size)
{
    if (size > BOSH_TREE_BLOCK_MAX - tree->block_size)
        bosh_tree_fail(tree, BOSH_ERR_RESPONSE_TOO_LARGE);
    if (tree->error)
        return 0;
    uint32_t needed = tree->block_size + (uint32_t)size;
    uint32_t capacity = next_capacity(tree);
    if (capacity < needed)
        capacity = needed;
    char *block = bosh_mem_resize(tree->allocator, tree->block, capacity);
    if (!block) {
        bosh_tree_fail(tree, BOSH_ERR_MEMORY);
        return 0;
    }
    tree->block = block;
    tree->block_capacity = capacity;
    return 1;
}

/* Room for `size` more bytes of the block; 0 after an error. */
static int reserve(bosh_tree *tree, size_t size)
{
    int is_there = tree->block_capacity && size <= tree->block_capacity - tree->block_size;
    return is_there ? !tree->error : grow(tree, size);
}

/* Aligned room for records, which the caller fills; its offset, or 0 after an error. */
static uint32_t add_records(bosh_tree *tree, size_t size)
{
    const uint32_t mask = (uint32_t)sizeof(uint32_t) - 1;
    if (!reserve(tree, size + mask))
        return 0;
    while (tree->block_size & mask)
        tree->block[tree->block_size++] = 0;
    uint32_t offset = tree->block_size;
    tree->block_size += (uint32_t)size;
    return offset;
}

static uint32_t add_string(bosh_tree *tree, const char *text, size_t size)
{
    if (size >= BOSH_TREE_BLOCK_MAX || !reserve(tree, size + 1))
        return 0;
    uint32_t offset = tree->block_size;
    memcpy(tree->block + offset, text, size);
    tree->block[offset + size] = 0;
    tree->block_size += (uint32_t)size + 1;
    return offset;
}

/* The string written last goes on. */
static void append(bosh_tree *tree, const char *text, size_t size)
{
    if (!reserve(tree, size))
        return;
    memcpy(tree->block + tree->block_size - 1, text, size);
    tree->block_size += (uint32_t)size;
    tree->block[tree->block_size - 1] = 0;
}

/* A node behind the last child of the open element; its offset, or 0 after an error. */
static uint32_t add_node(bosh_tree *tree)
{
    uint32_t offset = add_records(tree, sizeof(bosh_stanza));
    if (!offset)
        return 0;
    bosh_stanza *node = node_at(tree, offset);
    *node = (bosh_stanza){.self = offset, .parent = tree->open};
    if (tree->open) {
        bosh_stanza *parent = node_at(tree, tree->open);
        if (parent->end)
            node_at(tree, parent->end)->next = offset;
        else
            parent->first_child = offset;
        parent->end = offset;
    }
    return offset;
}

/* Store a namespace that is not among the known ones. A document that goes through more of them
 * than we remember makes us store some again: bounded by a multiple of the bytes read so far. */
static void store_namespace(bosh_tree *tree, bosh_tree_namespace *known, bosh_slice uri)
{
    tree->namespace_bytes += uri.size;
    if (tree->namespace_bytes / 8 > tree->source_size + 512)
        bosh_tree_fail(tree, BOSH_ERR_RESPONSE_TOO_LARGE);
    known->offset = add_string(tree, uri.data, uri.size);
    known->size = known->offset ? (uint32_t)uri.size : 0;
}

/* Where a namespace is stored; 0: none, or an error. */
static uint32_t add_namespace(bosh_tree *tree, bosh_slice uri)
{
    bosh_tree_namespace *known = tree->known;
    size_t i = 0;
    if (!uri.size)
        return 0;
    while (known[i].size != uri.size ||
           memcmp(uri.data, tree->block + known[i].offset, uri.size) != 0) {
        if (i == BOSH_BLOCK_NAMESPACES - 1 || !known[i].size) {
            store_namespace(tree, &known[i], uri); /* in place of the one used longest ago */
            break;
        }
        i++;
    }
    bosh_tree_namespace found = known[i];
    memmove(known + 1, known, i * sizeof(*known));
    known[0] = found;
    return found.offset;
}

/* With keep_prefixes a name is stored as NUL [prefix ':'] local NUL: bosh_stanza_qualified. */
static uint32_t add_name(bosh_tree *tree, const bosh_tree_name *name)
{
    if (BOSH_HAS_SOURCE && tree->limits.keep_prefixes) {
        add_string(tree, "", 0);
        if (name->prefix.size) {
            add_string(tree, name->prefix.data, name->prefix.size);
            if (!tree->error)
                tree->block[tree->block_size - 1] = ':';
        }
    }
    return add_string(tree, name->local.data, name->local.size);
}

int bosh_tree_start(bosh_tree *tree, const bosh_tree_name *name, uint32_t attributes,
                    uint32_t declarations, size_t source_begin)
{
    if (tree->depth >= tree->limits.depth_max)
        bosh_tree_fail(tree, BOSH_ERR_RESPONSE_DEPTH);
    if (attributes > tree->limits.attributes_max || attributes == UINT16_MAX)
        bosh_tree_fail(tree, BOSH_ERR_RESPONSE_ATTRIBUTES);
    if (!BOSH_HAS_SOURCE || !tree->limits.keep_prefixes)
        declarations = 0;
    tree->source_size = tree->dropped + source_begin;
    uint32_t records = attributes + declarations;
    if (!tree->root)
        add_namespace(tree, (bosh_slice){CLIENT_NAMESPACE, sizeof(CLIENT_NAMESPACE) - 1});
    uint32_t offset = add_node(tree);
    uint32_t ns = add_namespace(tree, name->ns);
    uint32_t local = add_name(tree, name);
    uint32_t first = records ? add_records(tree, records * sizeof(bosh_attribute)) : 0;
    if (tree->error)
        return 0;
    bosh_stanza *node = node_at(tree, offset);
    node->ns = ns;
    node->name = local;
    node->attribute = first;
    node->attribute_count = (uint16_t)attributes;
    node->declaration_count = (uint16_t)declarations;
    node->source_begin = (uint32_t)source_begin;
    tree->root = tree->root ? tree->root : offset;
    tree->open = offset;
    tree->text_run = 0;
    tree->depth++;
    return 1;
}

static void set_record(bosh_tree *tree, uint32_t index, bosh_attribute record)
{
    if (!tree->error)
        ((bosh_attribute *)(void *)(tree->block + node_at(tree, tree->open)->attribute))[index] =
            record;
}

void bosh_tree_attribute(bosh_tree *tree, uint32_t index, const bosh_tree_name *name,
                         bosh_slice value)
{
    bosh_attribute record;
    record.ns = add_namespace(tree, name->ns);
    record.name = add_name(tree, name);
    record.value = add_string(tree, value.data, value.size);
    set_record(tree, index, record);
}

void bosh_tree_declaration(bosh_tree *tree, uint32_t index, bosh_slice prefix, bosh_slice uri)
{
    if (!BOSH_HAS_SOURCE || !tree->limits.keep_prefixes || tree->error)
        return;
    bosh_attribute record = {0};
    record.value = add_namespace(tree, uri);
    if (prefix.size) {
        record.name = add_string(tree, "xmlns:", 6);
        append(tree, prefix.data, prefix.size);
    }
    set_record(tree, node_at(tree, tree->open)->attribute_count + index, record);
}

void bosh_tree_open(bosh_tree *tree)
{
    if (!BOSH_HAS_PARTS || !tree->sink || tree->error)
        return;
    bosh_stanza *node = node_at(tree, tree->open);
    if (tree->taken) {
        tree->sink->start(tree->sink_user, node);
    } else if (tree->depth == 2) {
        memset(tree->block, 0, sizeof(bosh_block_header)); /* there is no source yet */
        node->text = tree->sink->begin(tree->sink_user, node) != 0;
        tree->taken = node->text ? tree->open : 0;
    }
}

/* An element in a taken payload ends, and with it all that is behind it in the block. */
static void forget(bosh_tree *tree, const bosh_stanza *node)
{
    size_t kept = 0;
    bosh_stanza *parent = node_at(tree, node->parent);
    parent->first_child = parent->end = 0;
    tree->block_size = node->self;
    for (size_t i = 0; i < BOSH_BLOCK_NAMESPACES; i++)
        if (tree->known[i].offset < tree->block_size)
            tree->known[kept++] = tree->known[i];
    memset(tree->known + kept, 0, sizeof(tree->known) - kept * sizeof(tree->known[0]));
}

void bosh_tree_end(bosh_tree *tree, size_t source_end)
{
    bosh_stanza *node = node_at(tree, tree->open);
    int is_taken = BOSH_HAS_PARTS && tree->taken;
    if (is_taken)
        tree->sink->end(tree->sink_user);
    node->end = tree->block_size;
    node->source_end = (uint32_t)source_end;
    tree->open = node->parent;
    tree->text_run = 0;
    tree->depth--;
    if (is_taken && tree->taken != node->self)
        forget(tree, node);
    else if (is_taken)
        tree->taken = 0;
}

void bosh_tree_text(bosh_tree *tree, const char *text, size_t size)
{
    if (!size)
        return;
    if (BOSH_HAS_PARTS && tree->taken) {
        tree->sink->text(tree->sink_user, text, size);
    } else if (tree->text_run) {
        append(tree, text, size);
    } else {
        uint32_t offset = add_node(tree), string = add_string(tree, text, size);
        if (!string)
            return;
        node_at(tree, offset)->text = string;
        tree->text_run = offset;
    }
    if (!tree->error && tree->text_run)
        node_at(tree, tree->text_run)->end = tree->block_size;
}
