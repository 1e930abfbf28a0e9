/* SPDX-License-Identifier: MIT
 * A connection manager reduced to its answers: enough to log anybody in with PLAIN. */
#ifndef BENCH_ANSWERS_H
#define BENCH_ANSWERS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BENCH_ANSWER_MAX 2048

/* The answer to a login request, into `answer` (BENCH_ANSWER_MAX bytes): its size. 0 for all other
 * requests, which a connection manager holds until it has something to say. `request` is
 * NUL-terminated. */
size_t bench_answer(const char *request, char *answer);
/* The value of an attribute, looked for from `from` on; into `value`, "" when there is none. */
void bench_attribute(const char *from, const char *name, char *value, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
