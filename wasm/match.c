/* SPDX-License-Identifier: MIT
 * Matching by the rules of Strophe's Handler.isMatch. */
#include "match.h"

#include "xml/stanza.h"

#include <stdlib.h>
#include <string.h>

#define LAST_WORD '\1'

/* ------------------------------------------------------------------------------------ the table */

static const char *next_word(const char *word)
{
    return word + strlen(word) + 1;
}

/* From `word` on; where the next one begins. NULL: it ends in the middle. */
static const char *read_wish(bosh_wish *wish, const char *word, const char *end)
{
    const char **fields[] = {&wish->name, &wish->ns, &wish->id, &wish->from, &wish->types};
    wish->flags = (unsigned)(*word - '0');
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && word < end; i++)
        *fields[i] = word = next_word(word);
    while (word < end && *word != LAST_WORD)
        word = next_word(word);
    return word < end ? next_word(word) : NULL;
}

static size_t count_wishes(const char *text, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += text[i] == LAST_WORD;
    return count;
}

int bosh_wishes_set(bosh_wishes *wishes, const char *text, size_t size)
{
    size_t count = count_wishes(text, size);
    bosh_wishes_free(wishes);
    wishes->text = malloc(size + 1);
    wishes->wishes = calloc(count + 1, sizeof(*wishes->wishes));
    wishes->found = calloc(count + 1, sizeof(*wishes->found));
    if (!wishes->text || !wishes->wishes || !wishes->found) {
        bosh_wishes_free(wishes);
        return BOSH_ERR_MEMORY;
    }
    memcpy(wishes->text, text, size);
    wishes->text[size] = '\0';
    const char *word = wishes->text, *end = word + size;
    while (word && word < end)
        word = read_wish(&wishes->wishes[wishes->count++], word, end);
    if (word)
        return BOSH_OK;
    bosh_wishes_free(wishes);
    return BOSH_ERR_ARGUMENT;
}

void bosh_wishes_free(bosh_wishes *wishes)
{
    free(wishes->text);
    free(wishes->wishes);
    free(wishes->found);
    free(wishes->namespaces);
    memset(wishes, 0, sizeof(*wishes));
}

/* ----------------------------------------------------------------------------------- namespaces */

/* Most elements share a namespace with one just before, and a block keeps each only once. */
static int is_known(const bosh_wishes *wishes, const char *ns)
{
    size_t i = wishes->namespace_count;
    size_t oldest = i > 4 ? i - 4 : 0;
    while (i > oldest)
        if (wishes->namespaces[--i] == ns)
            return 1;
    return 0;
}

static void collect_namespaces(bosh_wishes *wishes, const bosh_stanza *payload)
{
    for (const bosh_stanza *node = payload; node; node = bosh_block_successor(node, payload)) {
        const char *ns = bosh_stanza_namespace(node);
        if (!node->name || is_known(wishes, ns))
            continue;
        if (wishes->namespace_count == wishes->namespace_room) {
            wishes->namespace_room = 2 * wishes->namespace_room + 16;
            wishes->namespaces =
                realloc(wishes->namespaces, wishes->namespace_room * sizeof(*wishes->namespaces));
            if (!wishes->namespaces)
                abort();
        }
        wishes->namespaces[wishes->namespace_count++] = ns;
    }
}

/* Is `text` the same up to its first `stop`? '\0': as a whole. */
static int is_same(const char *wanted, const char *text, char stop)
{
    while (*wanted && *wanted == *text)
        wanted++, text++;
    return !*wanted && (!*text || *text == stop);
}

static int has_namespace(bosh_wishes *wishes, const bosh_wish *wish, const bosh_stanza *payload)
{
    char stop = wish->flags & BOSH_WISH_FRAGMENT ? '#' : '\0';
    if (!*wish->ns)
        return 1;
    if (!wishes->namespace_count)
        collect_namespaces(wishes, payload);
    for (size_t i = 0; i < wishes->namespace_count; i++)
        if (is_same(wish->ns, wishes->namespaces[i], stop))
            return 1;
    return 0;
}

/* ------------------------------------------------------------------------------------- matching */

static int has_type(const bosh_wish *wish, const bosh_stanza *payload)
{
    if (!(wish->flags & BOSH_WISH_TYPES))
        return 1;
    const char *type = bosh_stanza_attribute(payload, "type");
    if (!type && wish->flags & BOSH_WISH_UNTYPED)
        type = "";
    for (const char *word = wish->types; type && *word != LAST_WORD; word = next_word(word))
        if (strcmp(word, type) == 0)
            return 1;
    return 0;
}

static int has(const char *wanted, const bosh_stanza *payload, const char *name, char stop)
{
    const char *text = *wanted ? bosh_stanza_attribute(payload, name) : NULL;
    return !*wanted || (text && is_same(wanted, text, stop));
}

size_t bosh_wishes_find(bosh_wishes *wishes, const bosh_stanza *payload)
{
    const char *name = bosh_stanza_name(payload);
    size_t found = 0;
    wishes->namespace_count = 0;
    for (size_t i = 0; i < wishes->count; i++) {
        const bosh_wish *wish = &wishes->wishes[i];
        char stop = wish->flags & BOSH_WISH_BARE ? '/' : '\0';
        if ((!*wish->name || strcmp(wish->name, name) == 0) && has_type(wish, payload) &&
            has(wish->id, payload, "id", '\0') && has(wish->from, payload, "from", stop) &&
            has_namespace(wishes, wish, payload))
            wishes->found[found++] = (int32_t)i;
    }
    return found;
}
