/* SPDX-License-Identifier: MIT
 * The same bytes through both parsers: the same tree, or both refuse. */
#ifndef BOSH_TESTS_XML_BOTH_H
#define BOSH_TESTS_XML_BOTH_H

#include <stddef.h>
#include <stdint.h>

/* NULL, or what is wrong: they differ, or one of them differs from itself when it is fed `piece`
 * bytes at a time. `data` may end in the middle of anything. */
const char *both_compare(const uint8_t *data, size_t size, size_t piece);

#endif
