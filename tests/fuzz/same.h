/* SPDX-License-Identifier: MIT
 * For fuzz targets: stop at a broken promise, and compare element trees. */
#ifndef BOSH_TESTS_FUZZ_SAME_H
#define BOSH_TESTS_FUZZ_SAME_H

#include <bosh/bosh.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEMAND(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fflush(stdout);                                                                        \
            fprintf(stderr, "%s:%d: DEMAND(%s) failed\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static inline void demand_same_text(const char *a, const char *b)
{
    DEMAND((a == NULL) == (b == NULL));
    DEMAND(!a || strcmp(a, b) == 0);
}

static inline void demand_same_node(const bosh_stanza *a, const bosh_stanza *b)
{
    const char *ns, *name, *value;
    demand_same_text(bosh_stanza_name(a), bosh_stanza_name(b));
    demand_same_text(bosh_stanza_namespace(a), bosh_stanza_namespace(b));
    demand_same_text(bosh_stanza_text(a), bosh_stanza_text(b));
    demand_same_text(bosh_stanza_language(a), bosh_stanza_language(b));
    for (size_t i = 0; bosh_stanza_attribute_at(a, i, &ns, &name, &value); i++)
        demand_same_text(bosh_stanza_attribute_ns(b, ns, name), value);
}

/* The trees below `a` and `b` are the same. Depth is bounded by the reader's limit. */
static inline void demand_same_tree(const bosh_stanza *a, const bosh_stanza *b)
{
    demand_same_node(a, b);
    const bosh_stanza *left = bosh_stanza_first_node(a), *right = bosh_stanza_first_node(b);
    for (; left && right; left = bosh_stanza_next_node(left), right = bosh_stanza_next_node(right))
        demand_same_tree(left, right);
    DEMAND(!left && !right);
}

#endif
