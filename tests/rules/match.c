/* SPDX-License-Identifier: MIT
 * Comparing trees by the written names of things: a literal prefix is part of several rules. */
#include "match.h"

#include <stdio.h>
#include <string.h>

#define NS_XML "http://www.w3.org/XML/1998/namespace"

static int match_attribute(const world_attribute *wanted, const world_node *element, char *why,
                           size_t why_size)
{
    const char *value = world_node_attribute(element, wanted->name);
    if (strcmp(wanted->value, "!") == 0 && !value)
        return 1;
    if (value && (strcmp(wanted->value, "*") == 0 || strcmp(wanted->value, value) == 0))
        return 1;
    snprintf(why, why_size, "%s of <%s> is %s%s%s, expected '%s'", wanted->name, element->name,
             value ? "'" : "", value ? value : "absent", value ? "'" : "", wanted->value);
    return 0;
}

static int is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == 0;
}

static int match_text(const world_node *pattern, const world_node *element, char *why,
                      size_t why_size)
{
    const char *wanted = world_node_text(pattern), *text = world_node_text(element);
    if (is_blank(wanted) || strcmp(wanted, "...") == 0 || strcmp(wanted, text) == 0 ||
        (strcmp(wanted, "!") == 0 && !element->first))
        return 1;
    snprintf(why, why_size, "the text of <%s> is '%.200s', expected '%.200s'", element->name, text,
             wanted);
    return 0;
}

static int match_children(const world_node *pattern, const world_node *element, int is_complete,
                          char *why, size_t why_size)
{
    const world_node *wanted = world_node_child(pattern, NULL, NULL);
    const world_node *child = world_node_child(element, NULL, NULL);
    is_complete = is_complete && strcmp(world_node_text(pattern), "...") != 0;
    for (; wanted; wanted = world_node_sibling(wanted, NULL, NULL)) {
        snprintf(why, why_size, "<%s> has no <%s> here", element->name, wanted->name);
        while (child && !match_element(wanted, child, 0, why, why_size)) {
            if (is_complete)
                return 0;
            child = world_node_sibling(child, NULL, NULL);
        }
        if (!child)
            return 0;
        child = world_node_sibling(child, NULL, NULL);
    }
    if (!is_complete || !child)
        return 1;
    snprintf(why, why_size, "<%s> has an unexpected <%s>", element->name, child->name);
    return 0;
}

int match_element(const world_node *pattern, const world_node *element, int is_complete, char *why,
                  size_t why_size)
{
    if (strcmp(pattern->name, element->name) != 0) {
        snprintf(why, why_size, "<%s> instead of <%s>", element->name, pattern->name);
        return 0;
    }
    for (size_t i = 0; i < pattern->attribute_count; i++) {
        if (!match_attribute(&pattern->attributes[i], element, why, why_size))
            return 0;
    }
    return match_text(pattern, element, why, why_size) &&
           match_children(pattern, element, is_complete, why, why_size);
}

static world_node *copy_one(world_node *parent, const bosh_stanza *element)
{
    const char *name = bosh_stanza_name(element);
    const char *ns, *attribute, *value;
    world_node *node = world_node_element(parent, name, strlen(name));
    world_node_attribute_add(node, "xmlns", bosh_stanza_namespace(element));
    for (size_t i = 0; bosh_stanza_attribute_at(element, i, &ns, &attribute, &value); i++) {
        char written[200];
        snprintf(written, sizeof(written), "%s%s",
                 strcmp(ns, NS_XML) == 0 ? "xml:"
                 : ns[0]                 ? "other:"
                                         : "",
                 attribute);
        world_node_attribute_add(node, written, value);
    }
    return node;
}

static void copy_children(world_node *node, const bosh_stanza *element)
{
    const bosh_stanza *child = bosh_stanza_first_node(element);
    for (; child; child = bosh_stanza_next_node(child)) {
        const char *text = bosh_stanza_text(child);
        if (bosh_stanza_name(child))
            copy_children(copy_one(node, child), child);
        else
            world_node_text_add(node, text, strlen(text));
    }
}

world_node *match_copy_stanza(const bosh_stanza *element)
{
    world_node *node = copy_one(NULL, element);
    copy_children(node, element);
    return node;
}
