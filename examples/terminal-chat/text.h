/* SPDX-License-Identifier: MIT
 * UTF-8 text on a terminal: characters, columns, and what strangers may not send to it. */
#ifndef CHAT_TEXT_H
#define CHAT_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define TEXT_REPLACEMENT 0xFFFD

/* Memory or the end of the program. */
void *must(void *block);
char *text_copy(const char *text);
/* printf into memory of its own. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
char *
text_format(const char *format, ...);

/* The character at *text, which moves behind it; what is no UTF-8 gives U+FFFD. 0 at the end. */
uint32_t text_next(const char **text);
/* Write `character` as UTF-8 into `out`; returns its bytes. */
size_t text_encode(uint32_t character, char out[4]);
/* The character itself, or U+FFFD for one that could move the cursor, start an escape sequence or
 * reverse the direction of what follows. */
uint32_t text_safe(uint32_t character);
/* Columns a safe character takes: 0, 1 or 2. */
int text_columns_of(uint32_t character);
int text_columns(const char *text);
/* A copy with every character made safe; newlines become spaces. */
char *text_clean(const char *text);

/* How many bytes of `text` go on one line of `columns`: up to a newline, else to the last space
 * that fits, else as many characters as fit, but at least one. */
size_t text_wrap(const char *text, int columns);
/* Bytes to skip before the next line: the newline or spaces it was wrapped at. */
size_t text_skip(const char *text);

/* The boundary of the character before and after the byte `at`; marks that combine stay with it. */
size_t text_before(const char *text, size_t at);
size_t text_after(const char *text, size_t at);

#endif
