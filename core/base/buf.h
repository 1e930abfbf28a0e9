/* SPDX-License-Identifier: MIT
 * Growable bytes with a ceiling and a sticky error. */
#ifndef BOSH_BASE_BUF_H
#define BOSH_BASE_BUF_H

#include <bosh/bosh.h>

typedef struct bosh_buf {
    const bosh_allocator *allocator;
    char *data; /* NUL-terminated whenever it is not NULL */
    size_t size;
    size_t capacity;
    size_t size_max; /* appending beyond is `error_at_max` */
    int error;       /* sticky; appends do nothing once it is set */
    int error_at_max;
} bosh_buf;

void bosh_buf_init(bosh_buf *buf, const bosh_allocator *allocator, size_t size_max,
                   int error_at_max);
void bosh_buf_free(bosh_buf *buf);
/* Free after overwriting the content (SEC-10). */
void bosh_buf_free_secret(bosh_buf *buf);
/* Forget content and error, keep the block. */
void bosh_buf_clear(bosh_buf *buf);
/* The first error counts; 0 is none. */
void bosh_buf_fail(bosh_buf *buf, int error);
/* Make room for `size` more bytes. Returns buf->error. */
int bosh_buf_reserve(bosh_buf *buf, size_t size);
int bosh_buf_append(bosh_buf *buf, const void *data, size_t size);
int bosh_buf_append_text(bosh_buf *buf, const char *text);
/* Escaped for XML text or an attribute in single quotes. ERR_CHARACTER or ERR_UTF8 (sticky) where
 * XML 1.0 cannot carry it (BODY-8). */
int bosh_buf_append_escaped(bosh_buf *buf, const char *text, size_t size, int in_attribute);
int bosh_buf_append_base64(bosh_buf *buf, const void *data, size_t size);
/* Append what the format says; behind '%' a value stands for
 *   s  text as it is
 *   a  text escaped for an attribute, t  escaped for XML text
 *   u  a number in plain decimal (RID-4): a uint64_t
 * What stands between '[' and ']' is left out when the text in it is NULL. */
int bosh_buf_write(bosh_buf *buf, const char *format, ...);

#endif
