/* SPDX-License-Identifier: MIT
 * Growable bytes with a ceiling and a sticky error. */
#include "base/buf.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdarg.h>
#include <string.h>

#define FIRST_CAPACITY 256

void bosh_buf_init(bosh_buf *buf, const bosh_allocator *allocator, size_t size_max,
                   int error_at_max)
{
    memset(buf, 0, sizeof(*buf));
    buf->allocator = allocator;
    buf->size_max = size_max < SIZE_MAX / 2 ? size_max : SIZE_MAX / 2;
    buf->error_at_max = error_at_max;
}

void bosh_buf_free(bosh_buf *buf)
{
    bosh_mem_free(buf->allocator, buf->data);
    buf->data = NULL;
    buf->size = 0;
    buf->capacity = 0;
}

void bosh_buf_free_secret(bosh_buf *buf)
{
    bosh_mem_wipe(buf->data, buf->capacity);
    bosh_buf_free(buf);
}

void bosh_buf_clear(bosh_buf *buf)
{
    buf->size = 0;
    buf->error = 0;
    if (buf->data)
        buf->data[0] = 0;
}

void bosh_buf_fail(bosh_buf *buf, int error)
{
    if (!buf->error)
        buf->error = error;
}

int bosh_buf_reserve(bosh_buf *buf, size_t size)
{
    if (buf->error)
        return buf->error;
    if (size > buf->size_max - buf->size)
        return buf->error = buf->error_at_max;
    size_t needed = buf->size + size + 1;
    if (needed <= buf->capacity)
        return 0;
    size_t capacity = buf->capacity ? 2 * buf->capacity : FIRST_CAPACITY;
    if (capacity < needed)
        capacity = needed;
    char *data = bosh_mem_resize(buf->allocator, buf->data, capacity);
    if (!data)
        return buf->error = BOSH_ERR_MEMORY;
    buf->data = data;
    buf->capacity = capacity;
    buf->data[buf->size] = 0;
    return 0;
}

int bosh_buf_append(bosh_buf *buf, const void *data, size_t size)
{
    if (bosh_buf_reserve(buf, size) != 0)
        return buf->error;
    if (size)
        memcpy(buf->data + buf->size, data, size);
    buf->size += size;
    buf->data[buf->size] = 0;
    return 0;
}

int bosh_buf_append_text(bosh_buf *buf, const char *text)
{
    return bosh_buf_append(buf, text, strlen(text));
}

/* The last digit of a number, which loses it. Without a 64-bit division, which small processors do
 * not have. */
static unsigned take_digit(uint64_t *number)
{
    uint32_t high = (uint32_t)(*number >> 32), low = (uint32_t)*number;
    uint32_t middle = high % 10 << 16 | low >> 16;
    uint32_t last = middle % 10 << 16 | (low & 0xFFFF);
    *number = (uint64_t)(high / 10) << 32 | middle / 10 << 16 | last / 10;
    return last % 10;
}

static void append_number(bosh_buf *buf, uint64_t number)
{
    char digits[20];
    size_t begin = sizeof(digits);
    do
        digits[--begin] = (char)('0' + take_digit(&number));
    while (number);
    bosh_buf_append(buf, digits + begin, sizeof(digits) - begin);
}

/* What stands for a character that cannot stand for itself; NULL when it can. White space in an
 * attribute, and CR anywhere, would be changed by the reader's normalisation. */
static const char *escape_of(char c, int in_attribute)
{
    static const struct {
        char character, escape[7];
    } escapes[] = {{'&', "&amp;"},   {'<', "&lt;"},  {'>', "&gt;"},  {'\r', "&#13;"},
                   {'\'', "&apos;"}, {'\t', "&#9;"}, {'\n', "&#10;"}};
    for (size_t i = 0; i < (in_attribute ? 7u : 4u); i++)
        if (escapes[i].character == c)
            return escapes[i].escape;
    return NULL;
}

int bosh_buf_append_escaped(bosh_buf *buf, const char *text, size_t size, int in_attribute)
{
    bosh_buf_fail(buf, bosh_text_check(text, size));
    size_t plain = 0; /* start of what is not copied yet */
    for (size_t i = 0; i < size && !buf->error; i++) {
        const char *escape = text[i] > '>' ? NULL : escape_of(text[i], in_attribute);
        if (!escape)
            continue;
        bosh_buf_append(buf, text + plain, i - plain);
        bosh_buf_append_text(buf, escape);
        plain = i + 1;
    }
    if (size == 0)
        return buf->error;
    return bosh_buf_append(buf, text + plain, size - plain);
}

int bosh_buf_append_base64(bosh_buf *buf, const void *data, size_t size)
{
    const uint8_t *in = data;
    size_t encoded = (size + 2) / 3 * 4;
    if (bosh_buf_reserve(buf, encoded < size ? size : encoded) != 0)
        return buf->error;
    uint32_t bits = 0;
    for (size_t o = 0; o < encoded; o++) {
        size_t i = o - o / 4; /* no byte for the fourth letter: it is what the three left over */
        if (o % 4 != 3)
            bits = bits << 8 | (i < size ? in[i] : 0u);
        char letter = bosh_text_base64[bits >> (2 * o + 2) % 8 & 63];
        buf->data[buf->size++] = i > size ? '=' : letter;
    }
    buf->data[buf->size] = 0;
    return 0;
}

int bosh_buf_write(bosh_buf *buf, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    size_t optional = 0; /* where what may be left out begins */
    while (!buf->error) {
        size_t plain = strcspn(format, "%[]");
        bosh_buf_append(buf, format, plain);
        format += plain;
        char sign = *format++;
        if (!sign)
            break;
        if (sign == '[')
            optional = buf->size;
        if (sign != '%')
            continue;
        char kind = *format++;
        if (kind == 'u') {
            append_number(buf, va_arg(values, uint64_t));
            continue;
        }
        const char *text = va_arg(values, const char *);
        if (!text) {
            buf->size = optional;
            format = strchr(format, ']');
        } else if (kind == 's') {
            bosh_buf_append_text(buf, text);
        } else {
            bosh_buf_append_escaped(buf, text, strlen(text), kind == 'a');
        }
    }
    va_end(values);
    return buf->error;
}
