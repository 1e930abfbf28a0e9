/* SPDX-License-Identifier: MIT
 * See hash_words.c. */
#ifndef BOSH_WASM_HASH_WORDS_H
#define BOSH_WASM_HASH_WORDS_H

#include <stdint.h>

extern uint64_t bosh_hash_round_words[80], bosh_hash_first_words[16];

/* Before a hash: computes them the first time. */
void bosh_hash_words_make(void);

#endif
