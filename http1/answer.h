/* SPDX-License-Identifier: MIT
 * Reading an HTTP/1.1 answer (RFC 9112), byte by byte, without any memory but the record itself.
 *
 *     STATUS --> HEADERS --+--> CONTENT --------------+--> COMPLETE
 *        ^          |      +--> CHUNK_SIZE --> TRAILERS -+   ^
 *        +--- 1xx --+      |      |    ^                     |
 *                          |      v    |                     |
 *                          |    CHUNK -> CHUNK_END           |
 *                          +--> UNTIL_CLOSE -----------------+
 *                          +-- 204, 304, nothing to come ----+
 *
 * What breaks the rules leads to BROKEN. Where two lengths are given, or one that cannot be read,
 * nothing is guessed: the answer is broken. */
#ifndef HTTP1_ANSWER_H
#define HTTP1_ANSWER_H

#include <bosh/http1.h>

typedef enum answer_state {
    ANSWER_STATUS,
    ANSWER_HEADERS,
    ANSWER_CONTENT,
    ANSWER_CHUNK_SIZE,
    ANSWER_CHUNK,
    ANSWER_CHUNK_END,
    ANSWER_TRAILERS,
    ANSWER_UNTIL_CLOSE,
    ANSWER_COMPLETE,
    ANSWER_BROKEN
} answer_state;

void bosh_answer_begin(bosh_http1_answer *answer);

/* Read lines, up to content or the end; how many bytes that took. */
size_t bosh_answer_lines(bosh_http1_answer *answer, const char *data, size_t size);

/* How many of the next `size` bytes are content; 0: lines are next, or nothing. */
size_t bosh_answer_content(const bosh_http1_answer *answer, size_t size);

/* So many bytes of content have been read. */
void bosh_answer_skip(bosh_http1_answer *answer, size_t size);

#endif
