/* SPDX-License-Identifier: MIT
 * See answer.h. */
#include "answer.h"

#include <string.h>

#define LINE_BYTES_MAX 8192u
#define LINES_MAX 128u
#define LENGTH_MAX (UINT32_MAX / 16)

static void set_state(bosh_http1_answer *answer, answer_state state)
{
    answer->state = (uint8_t)state;
    answer->line_size = 0;
}

void bosh_answer_begin(bosh_http1_answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    set_state(answer, ANSWER_STATUS);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Is `text`, blanks around it apart, this word in small letters? */
static int is_word(const char *text, const char *word)
{
    while (*text == ' ' || *text == '\t')
        text++;
    while (*word && lower(*text) == *word)
        text++, word++;
    while (*text == ' ' || *text == '\t')
        text++;
    return !*word && !*text;
}

/* What follows "name:" when the line begins so, else NULL. */
static const char *value_of(const bosh_http1_answer *answer, const char *name)
{
    const char *line = answer->line;
    while (*name && lower(*line) == *name)
        line++, name++;
    return !*name && *line == ':' ? line + 1 : NULL;
}

static int digit_of(char c)
{
    c = lower(c);
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* Digits of `base`, blanks around them, and nothing else but what begins with ';' in a chunk.
 * Returns 1, or 0 when that is no number or one too large. */
static int read_number(const char *text, unsigned base, uint32_t *number)
{
    unsigned count = 0;
    *number = 0;
    while (*text == ' ' || *text == '\t')
        text++;
    for (; digit_of(*text) < (int)base; text++, count++) {
        if (*number > LENGTH_MAX / base)
            return 0;
        *number = *number * base + (uint32_t)digit_of(*text);
    }
    while (*text == ' ' || *text == '\t')
        text++;
    return count > 0 && (!*text || (base == 16 && *text == ';'));
}

static void read_status(bosh_http1_answer *answer)
{
    const char *line = answer->line;
    uint32_t status;
    if (answer->line_size == 0) { /* an empty line before an answer is ignored, RFC 9112 2.2 */
        if (++answer->line_count > 4)
            set_state(answer, ANSWER_BROKEN);
        return;
    }
    char digits[4] = {0};
    if (answer->line_size >= 12)
        memcpy(digits, line + 9, 3);
    if (memcmp(line, "HTTP/1.", 7) != 0 || digit_of(line[7]) > 9 || line[8] != ' ' ||
        (line[12] != ' ' && line[12] != 0) || !read_number(digits, 10, &status) || status < 100 ||
        status == 101) {
        set_state(answer, ANSWER_BROKEN);
        return;
    }
    int is_old = line[7] == '0';
    bosh_answer_begin(answer);
    answer->status = (uint16_t)status;
    answer->is_last = (uint8_t)is_old;
    set_state(answer, ANSWER_HEADERS);
}

/* After the empty line: how does the content end? (RFC 9112 6.3) */
static void end_headers(bosh_http1_answer *answer)
{
    if (answer->status < 200) {
        bosh_answer_begin(answer);
    } else if (answer->status == 204 || answer->status == 304) {
        set_state(answer, ANSWER_COMPLETE);
    } else if (answer->is_chunked) {
        answer->is_last |= answer->is_sized; /* a proxy on the way may see it otherwise */
        set_state(answer, ANSWER_CHUNK_SIZE);
    } else if (answer->is_sized) {
        set_state(answer, answer->left ? ANSWER_CONTENT : ANSWER_COMPLETE);
    } else {
        answer->is_last = 1;
        set_state(answer, ANSWER_UNTIL_CLOSE);
    }
}

/* Blanks in front of the colon, or of a line that continues the one before, are known ways to hide
 * a length. */
static int is_header(const bosh_http1_answer *answer)
{
    const char *at = answer->line;
    while (*at > ' ' && *at != ':')
        at++;
    return at > answer->line && (*at == ':' || at == answer->line + sizeof(answer->line) - 1);
}

static void read_header(bosh_http1_answer *answer)
{
    const char *value;
    uint32_t number = 0;
    int is_whole = answer->line_size < sizeof(answer->line), is_right = 1;
    if (answer->line_size == 0) {
        end_headers(answer);
        return;
    }
    if ((value = value_of(answer, "content-length"))) {
        is_right = is_whole && read_number(value, 10, &number) &&
                   (!answer->is_sized || answer->left == number);
        answer->is_sized = 1;
        answer->left = number;
    } else if ((value = value_of(answer, "transfer-encoding"))) {
        is_right = is_whole && !answer->is_chunked && is_word(value, "chunked");
        answer->is_chunked = 1;
    } else if ((value = value_of(answer, "connection"))) {
        answer->is_last = !is_word(value, "keep-alive");
    } else if ((value = value_of(answer, "retry-after"))) {
        if (is_whole && read_number(value, 10, &number))
            answer->retry_after_s = number;
    }
    if (!is_header(answer) || ++answer->line_count > LINES_MAX)
        is_right = 0;
    if (!is_right)
        set_state(answer, ANSWER_BROKEN);
}

static void read_chunk_size(bosh_http1_answer *answer)
{
    if (!read_number(answer->line, 16, &answer->left))
        set_state(answer, ANSWER_BROKEN);
    else
        set_state(answer, answer->left ? ANSWER_CHUNK : ANSWER_TRAILERS);
}

static void read_line(bosh_http1_answer *answer)
{
    switch ((answer_state)answer->state) {
    case ANSWER_STATUS:
        read_status(answer);
        break;
    case ANSWER_HEADERS:
        read_header(answer);
        break;
    case ANSWER_CHUNK_SIZE:
        read_chunk_size(answer);
        break;
    case ANSWER_CHUNK_END:
        set_state(answer, answer->line_size == 0 ? ANSWER_CHUNK_SIZE : ANSWER_BROKEN);
        break;
    case ANSWER_TRAILERS:
        if (answer->line_size == 0)
            set_state(answer, ANSWER_COMPLETE);
        else if (++answer->line_count > LINES_MAX)
            set_state(answer, ANSWER_BROKEN);
        break;
    case ANSWER_CONTENT:
    case ANSWER_CHUNK:
    case ANSWER_UNTIL_CLOSE:
    case ANSWER_COMPLETE:
    case ANSWER_BROKEN:
        break;
    }
    answer->line_size = 0;
}

static int is_reading_lines(const bosh_http1_answer *answer)
{
    switch ((answer_state)answer->state) {
    case ANSWER_STATUS:
    case ANSWER_HEADERS:
    case ANSWER_CHUNK_SIZE:
    case ANSWER_CHUNK_END:
    case ANSWER_TRAILERS:
        return 1;
    default:
        return 0;
    }
}

size_t bosh_answer_lines(bosh_http1_answer *answer, const char *data, size_t size)
{
    size_t used = 0;
    while (used < size && is_reading_lines(answer)) {
        char c = data[used++];
        if (c == '\n') {
            size_t end = answer->line_size;
            if (end >= sizeof(answer->line))
                end = sizeof(answer->line) - 1;
            else if (end && answer->line[end - 1] == '\r')
                answer->line_size = (uint16_t)--end;
            answer->line[end] = 0;
            read_line(answer);
        } else if (c == 0 || answer->line_size == LINE_BYTES_MAX) {
            set_state(answer, ANSWER_BROKEN);
        } else {
            if (answer->line_size < sizeof(answer->line))
                answer->line[answer->line_size] = c;
            answer->line_size++;
        }
    }
    return used;
}

size_t bosh_answer_content(const bosh_http1_answer *answer, size_t size)
{
    if (answer->state == ANSWER_UNTIL_CLOSE)
        return size;
    if (answer->state != ANSWER_CONTENT && answer->state != ANSWER_CHUNK)
        return 0;
    return size < answer->left ? size : answer->left;
}

void bosh_answer_skip(bosh_http1_answer *answer, size_t size)
{
    if (answer->state == ANSWER_UNTIL_CLOSE)
        return;
    answer->left -= (uint32_t)size;
    if (answer->left == 0)
        set_state(answer, answer->state == ANSWER_CHUNK ? ANSWER_CHUNK_END : ANSWER_COMPLETE);
}
