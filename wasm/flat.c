/* SPDX-License-Identifier: MIT
 * From the block of a received body to the arrays of flat.h: one pass in document order. It reads
 * the block itself instead of going through the getters of bosh.h, once per payload instead of once
 * per field. */
#include "flat.h"

#include "xml/stanza.h"

#include <stdlib.h>
#include <string.h>

/* A server that invents names must not fill the memory: beyond this many all are forgotten before
 * the next body. */
#define NAMES_MAX 4096u

#define XMLNS_NAMESPACE "http://www.w3.org/2000/xmlns/"

static void *more(bosh_flat_array *array, uint32_t size)
{
    if (size >= array->room - array->size) {
        uint32_t room = array->room ? 2 * array->room : 4096;
        while (room - array->size <= size)
            room *= 2;
        array->data = realloc(array->data, room);
        if (!array->data)
            abort();
        array->room = room;
    }
    array->size += size;
    return (char *)array->data + array->size - size;
}

static int32_t *records_of(const bosh_flat *flat)
{
    return flat->records.data;
}

static uint32_t place_of_end(const bosh_flat *flat)
{
    return flat->records.size / (uint32_t)sizeof(int32_t);
}

/* A text of ASCII goes to one arena, any other to the one beside it, whose positions are told with
 * all bits turned: so names, addresses and ids stay strings of bytes in JavaScript. */
static void put_text(bosh_flat *flat, const char *text, int32_t *begin)
{
    uint32_t size = 0, units = 0;
    while (text[size] && !(text[size] & 0x80))
        size++;
    if (!text[size]) {
        memcpy(more(&flat->arena, size), text, size);
        begin[1] = (int32_t)flat->arena.size;
        begin[0] = (int32_t)(flat->arena.size - size);
        return;
    }
    size += (uint32_t)strlen(text + size);
    unsigned char *to = more(&flat->wide, size);
    for (uint32_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        to[i] = byte;
        units += (uint32_t)((byte & 0xC0) != 0x80) + (byte >= 0xF0);
    }
    begin[0] = ~(int32_t)flat->units;
    flat->units += units;
    begin[1] = ~(int32_t)flat->units;
}

/* The value of an attribute: where it stands already, if the last with `number` was the same. */
static void put_value(bosh_flat *flat, int32_t number, const char *value, int32_t *begin)
{
    bosh_flat_name *name = (bosh_flat_name *)flat->known.data + number;
    uint32_t size = name->value_end - name->value;
    if (size && name->value_end <= flat->arena.size &&
        strncmp(value, (const char *)flat->arena.data + name->value, size) == 0 && !value[size]) {
        begin[0] = (int32_t)name->value;
        begin[1] = (int32_t)name->value_end;
        return;
    }
    put_text(flat, value, begin);
    if (begin[0] >= 0) {
        name->value = (uint32_t)begin[0];
        name->value_end = (uint32_t)begin[1];
    }
}

static uint32_t hash_of(const char *ns, const char *local)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *ns; ns++)
        hash = (hash ^ (unsigned char)*ns) * 16777619u;
    for (; *local; local++)
        hash = (hash ^ (unsigned char)*local) * 16777619u;
    return hash;
}

static int is_name(const char *name, const char *ns, const char *local)
{
    for (; *ns; ns++, name++)
        if (*ns != *name)
            return 0;
    return *name == '\n' && strcmp(name + 1, local) == 0;
}

static uint32_t known_count(const bosh_flat *flat)
{
    return flat->known.size / (uint32_t)sizeof(bosh_flat_name);
}

static void grow_table(bosh_flat *flat)
{
    const bosh_flat_name *known = flat->known.data;
    free(flat->table);
    flat->table_size = flat->table_size ? 2 * flat->table_size : 256;
    flat->table = calloc(flat->table_size, sizeof(*flat->table));
    if (!flat->table)
        abort();
    for (uint32_t number = 0; number < known_count(flat); number++) {
        uint32_t slot = known[number].hash & (flat->table_size - 1);
        while (flat->table[slot])
            slot = (slot + 1) & (flat->table_size - 1);
        flat->table[slot] = number + 1;
    }
}

static void add_name(bosh_flat *flat, const char *ns, const char *local, uint32_t hash)
{
    size_t ns_size = strlen(ns), local_size = strlen(local);
    bosh_flat_name *name = more(&flat->known, sizeof(*name));
    *name = (bosh_flat_name){.hash = hash, .at = flat->names.size};
    char *text = more(&flat->names, (uint32_t)(ns_size + local_size + 2));
    memcpy(text, ns, ns_size);
    text[ns_size] = '\n';
    memcpy(text + ns_size + 1, local, local_size + 1);
}

static int32_t find_number(bosh_flat *flat, const char *ns, const char *local)
{
    if (2 * known_count(flat) >= flat->table_size)
        grow_table(flat);
    const bosh_flat_name *known = flat->known.data;
    const char *names = flat->names.data;
    uint32_t hash = hash_of(ns, local), slot = hash & (flat->table_size - 1);
    while (flat->table[slot]) {
        const bosh_flat_name *name = known + flat->table[slot] - 1;
        if (name->hash == hash && is_name(names + name->at, ns, local))
            return (int32_t)flat->table[slot] - 1;
        slot = (slot + 1) & (flat->table_size - 1);
    }
    add_name(flat, ns, local, hash);
    flat->table[slot] = known_count(flat);
    return (int32_t)known_count(flat) - 1;
}

/* The number of a name; a new one gets the next. What follows a name is mostly what followed it the
 * last time. */
static int32_t number_of(bosh_flat *flat, const char *ns, const char *local)
{
    const bosh_flat_name *known = flat->known.data;
    uint32_t number = known_count(flat) ? known[flat->name].follower : 0;
    if (!known_count(flat) ||
        !is_name((const char *)flat->names.data + known[number].at, ns, local)) {
        number = (uint32_t)find_number(flat, ns, local);
        ((bosh_flat_name *)flat->known.data)[flat->name].follower = number;
    }
    flat->name = number;
    return (int32_t)number;
}

static void forget_names(bosh_flat *flat)
{
    free(flat->table);
    flat->table = NULL;
    flat->table_size = 0;
    flat->known.size = flat->names.size = flat->names_told = flat->name = 0;
}

static const char *name_at(const bosh_stanza *node, uint32_t offset)
{
    return bosh_stanza_qualified(bosh_block_string(node, offset));
}

/* While an element is open, its `end` is the place of the element around it. */
static uint32_t open_element(bosh_flat *flat, const bosh_stanza *element, uint32_t around)
{
    const bosh_attribute *attribute =
        (const void *)((const char *)element - element->self + element->attribute);
    uint32_t place = place_of_end(flat), attributes = element->attribute_count;
    uint32_t count = attributes + element->declaration_count;
    more(&flat->records, (4 + 3 * count) * (uint32_t)sizeof(int32_t));
    int32_t *record = records_of(flat) + place;
    record[0] = BOSH_FLAT_ELEMENT;
    record[1] =
        number_of(flat, bosh_block_string(element, element->ns), name_at(element, element->name));
    record[2] = (int32_t)count;
    record[3] = (int32_t)around;
    record += 4;
    int32_t owner = record[-3]; /* each element has its own last declaration */
    for (uint32_t i = 0; i < count; i++, attribute++, record += 3) {
        const char *ns = XMLNS_NAMESPACE, *name = "xmlns";
        if (i < attributes) {
            ns = bosh_block_string(element, attribute->ns);
            name = name_at(element, attribute->name);
        } else if (attribute->name) {
            name = bosh_block_string(element, attribute->name);
        }
        record[0] = number_of(flat, ns, name);
        put_value(flat, i < attributes ? record[0] : owner,
                  bosh_block_string(element, attribute->value), record + 1);
    }
    return place;
}

static uint32_t close_element(bosh_flat *flat, uint32_t place)
{
    int32_t *record = records_of(flat) + place;
    uint32_t around = (uint32_t)record[3];
    record[3] = (int32_t)place_of_end(flat);
    return around;
}

static void put_run(bosh_flat *flat, const bosh_stanza *run)
{
    int32_t *record = more(&flat->records, 3 * sizeof(int32_t));
    record[0] = BOSH_FLAT_TEXT;
    put_text(flat, bosh_block_string(run, run->text), record + 1);
}

/* A node and all that is in it. */
static void put(bosh_flat *flat, const bosh_stanza *root)
{
    uint32_t open = 0;
    for (const bosh_stanza *node = root; node;) {
        if (node->name)
            open = open_element(flat, node, open);
        else
            put_run(flat, node);
        if (node->first_child) {
            node = bosh_block_node(node, node->first_child);
            continue;
        }
        if (node->name)
            open = close_element(flat, open);
        while (node != root && !node->next) {
            node = bosh_block_node(node, node->parent);
            open = close_element(flat, open);
        }
        node = node == root ? NULL : bosh_block_node(node, node->next);
    }
}

/* `payload` and its next siblings, as many as are expected to be asked for, within `body`, which is
 * NULL for a payload that stands alone. */
static void flatten(bosh_flat *flat, const bosh_stanza *body, const bosh_stanza *payload,
                    uint32_t count, uint32_t answer)
{
    flat->records.size = flat->arena.size = flat->wide.size = flat->units = 0;
    if (known_count(flat) > NAMES_MAX)
        forget_names(flat);
    if (body)
        open_element(flat, body, 0);
    flat->last = payload;
    flat->last_place = place_of_end(flat);
    flat->run = count;
    for (; payload && count > 0; payload = bosh_block_node(payload, payload->next), count--)
        put(flat, payload);
    if (body)
        close_element(flat, 0);
    flat->behind = payload;
    flat->body = body;
    flat->answer = answer;
}

void bosh_flat_body(bosh_flat *flat, const bosh_stanza *body, uint32_t answer)
{
    flatten(flat, body, bosh_block_node(body, body->first_child), UINT32_MAX, answer);
}

/* Payloads are asked for in order, so the way from the last one is short. */
static uint32_t place_of(bosh_flat *flat, const bosh_stanza *payload)
{
    const int32_t *records = records_of(flat);
    while (flat->last != payload) {
        const int32_t *record = records + flat->last_place;
        flat->last_place = flat->last->name ? (uint32_t)record[3] : flat->last_place + 3;
        flat->last = bosh_block_node(flat->last, flat->last->next);
    }
    return flat->last_place;
}

uint32_t bosh_flat_find(bosh_flat *flat, const bosh_stanza *payload, uint32_t answer, int *is_new)
{
    const bosh_stanza *body = bosh_block_node(payload, payload->parent);
    int is_here = body && flat->body == body && flat->answer == answer;
    int is_ahead = is_here && flat->last && flat->last->self <= payload->self;
    *is_new = !is_ahead || (flat->behind && flat->behind->self <= payload->self);
    if (*is_new) {
        /* All of a body in a few goes when all is wanted, one by one when little is. */
        uint32_t run = is_here && flat->behind == payload ? 2 * flat->run : 1;
        flatten(flat, body, payload, run, answer);
    }
    return place_of(flat, payload);
}

void bosh_flat_free(bosh_flat *flat)
{
    free(flat->records.data);
    free(flat->arena.data);
    free(flat->wide.data);
    free(flat->names.data);
    free(flat->known.data);
    free(flat->table);
    memset(flat, 0, sizeof(*flat));
}
