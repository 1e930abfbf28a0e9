/* SPDX-License-Identifier: MIT
 * Text that needs no allocation: UTF-8, numbers, Base64, comparison. */
#ifndef BOSH_BASE_TEXT_H
#define BOSH_BASE_TEXT_H

#include <bosh/bosh.h>

/* 0, ERR_UTF8 (also for surrogates and overlong forms), or ERR_CHARACTER for a code point that XML
 * 1.0 cannot carry (BODY-8). */
int bosh_text_check(const char *text, size_t size);
/* Length of the valid UTF-8 sequence at `text`, 0 when there is none; *code_point set. */
size_t bosh_text_decode(const char *text, size_t size, uint32_t *code_point);
/* The other way: writes at most 4 bytes of UTF-8, returns how many. */
size_t bosh_text_encode(uint32_t code_point, char *out);
/* ASCII digits only, at most `max`; 1 and *number, or 0 when it is anything else (RSP-18). */
int bosh_text_number(const char *text, uint32_t max, uint32_t *number);
/* The letters of Base64. */
extern const char bosh_text_base64[65];
/* Strict RFC 4648 section 4. Writes at most `capacity` bytes; the size, or ERR_ARGUMENT. */
int bosh_text_base64_decode(const char *text, size_t size, uint8_t *out, size_t capacity);
/* A name that our writer accepts: letter or '_' first, then letters, digits, '.', '-', '_', at most
 * one ':' inside. ASCII only: which other letters may stand in a name differs between the editions
 * of XML 1.0, and with it between servers. 2 for one with a ':', 1 for one without, else 0. */
int bosh_text_is_name(const char *text);
int bosh_text_equal(const char *a, const char *b); /* NULL equals only NULL */
/* `text` begins with `prefix`, ASCII case folded; `prefix` is in lower case. */
int bosh_text_begins_with(const char *text, const char *prefix);
/* Is `word` one of the space-separated words of `list`? */
int bosh_text_has_word(const char *list, const char *word);
/* SASL-10: user names and passwords. ASCII without controls passes unchanged, so does what neither
 * NFKC nor SASLprep would change among the common scripts; the rest is ERR_SASLPREP. */
int bosh_text_check_password(const char *text);

#endif
