/* SPDX-License-Identifier: MIT
 * Any bytes as an HTTP/1.1 answer: the same result for every split. The first byte is the size of
 * the pieces. */
#include "answer.h"
#include "tests/fuzz/same.h"

typedef struct result {
    bosh_http1_answer answer;
    uint64_t hash; /* of the content */
    size_t content_size, used;
} result;

static void take(result *r, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        r->hash = (r->hash ^ data[i]) * 1099511628211u;
    r->content_size += size;
}

static result read_in_pieces(const uint8_t *data, size_t size, size_t piece)
{
    result r;
    memset(&r, 0, sizeof(r));
    bosh_answer_begin(&r.answer);
    while (r.used < size && r.answer.state < ANSWER_COMPLETE) {
        size_t rest = size - r.used < piece ? size - r.used : piece;
        size_t lines = bosh_answer_lines(&r.answer, (const char *)data + r.used, rest);
        size_t content = bosh_answer_content(&r.answer, rest - lines);
        DEMAND(lines + content > 0 && lines + content <= rest);
        take(&r, data + r.used + lines, content);
        if (content)
            bosh_answer_skip(&r.answer, content);
        r.used += lines + content;
    }
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t piece = data[0] ? data[0] : 1;
    result whole = read_in_pieces(data + 1, size - 1, SIZE_MAX);
    result split = read_in_pieces(data + 1, size - 1, piece);
    DEMAND(whole.answer.state == split.answer.state && whole.used == split.used);
    DEMAND(whole.hash == split.hash && whole.content_size == split.content_size);
    DEMAND(whole.answer.status == split.answer.status);
    DEMAND(whole.answer.is_last == split.answer.is_last);
    DEMAND(whole.answer.state != ANSWER_COMPLETE || whole.answer.status >= 200);
    return 0;
}
