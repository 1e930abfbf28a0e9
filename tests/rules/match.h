/* SPDX-License-Identifier: MIT
 * Does an element look like a pattern? What the pattern does not name is free. */
#ifndef BOSH_RULES_MATCH_H
#define BOSH_RULES_MATCH_H

#include "world/xml.h"
#include <bosh/bosh.h>

/* Attributes of the pattern must be there with that value; the value '*' stands for any, '!' for an
 * absent attribute. Child elements of the pattern must be there in that order, others may stand
 * between them. Text of the pattern must be the text. With `is_complete` the root may have no other
 * children than the pattern's, unless the pattern holds the text "...". An element of the pattern
 * that holds the text "!" has neither children nor text.
 * 1 on a match; else 0 and `why` says what is different. */
int match_element(const world_node *pattern, const world_node *element, int is_complete, char *why,
                  size_t why_size);
/* A received element as a tree; xmlns is written at each element. */
world_node *match_copy_stanza(const bosh_stanza *element);

#endif
