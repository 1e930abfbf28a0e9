/* SPDX-License-Identifier: MIT
 * UTF-8 text on a terminal: characters, columns, and what strangers may not send to it. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

void *must(void *block)
{
    if (block)
        return block;
    fputs("bosh-chat: out of memory\n", stderr);
    abort();
}

char *text_copy(const char *text)
{
    return must(strdup(text ? text : ""));
}

char *text_format(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int size = vsnprintf(NULL, 0, format, list);
    va_end(list);
    char *text = must(malloc((size_t)size + 1));
    va_start(list, format);
    vsnprintf(text, (size_t)size + 1, format, list);
    va_end(list);
    return text;
}

/* How many bytes the character beginning with `first` has; 0 for a byte that begins none. */
static size_t sequence_size(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF)
        return 3;
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

uint32_t text_next(const char **text)
{
    static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const char *at = *text;
    size_t size = sequence_size((unsigned char)*at);
    if (!*at)
        return 0;
    (*text)++;
    if (!size)
        return TEXT_REPLACEMENT;
    uint32_t character = (unsigned char)*at & first_bits[size];
    for (size_t i = 1; i < size; i++) {
        if (((unsigned char)at[i] & 0xC0) != 0x80)
            return TEXT_REPLACEMENT;
        character = character << 6 | ((unsigned char)at[i] & 0x3F);
    }
    if (character < smallest[size] || character > 0x10FFFF ||
        (character >= 0xD800 && character <= 0xDFFF))
        return TEXT_REPLACEMENT;
    *text = at + size;
    return character;
}

size_t text_encode(uint32_t character, char out[4])
{
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    size_t size = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (character & 0x3F));
        character >>= 6;
    }
    static const unsigned char marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(marks[size] | character);
    return size;
}

uint32_t text_safe(uint32_t character)
{
    if (character == '\t' || character == '\n')
        return ' ';
    int is_control = character < 0x20 || (character >= 0x7F && character < 0xA0);
    int is_separator = character == 0x2028 || character == 0x2029;
    int turns_direction = (character >= 0x202A && character <= 0x202E) ||
                          (character >= 0x2066 && character <= 0x2069) || character == 0x061C ||
                          character == 0x200E || character == 0x200F;
    return is_control || is_separator || turns_direction ? TEXT_REPLACEMENT : character;
}

int text_columns_of(uint32_t character)
{
    int columns = wcwidth((wchar_t)character);
    return columns < 0 ? 1 : columns; // unknown to the C library: most are letters
}

int text_columns(const char *text)
{
    int columns = 0;
    for (uint32_t character; (character = text_next(&text));)
        columns += text_columns_of(text_safe(character));
    return columns;
}

char *text_clean(const char *text)
{
    char *clean = must(malloc(strlen(text) * 3 + 1)), *end = clean; // U+FFFD has three bytes
    for (uint32_t character; (character = text_next(&text));)
        end += text_encode(text_safe(character), end);
    *end = '\0';
    return clean;
}

size_t text_wrap(const char *text, int columns)
{
    const char *at = text;
    size_t last_space = 0;
    int used = 0;
    while (*at && *at != '\n') {
        const char *next = at;
        used += text_columns_of(text_safe(text_next(&next)));
        if (*at == ' ' && at > text)
            last_space = (size_t)(at - text);
        if (used > columns && at > text)
            return last_space ? last_space : (size_t)(at - text);
        at = next;
    }
    return (size_t)(at - text);
}

size_t text_skip(const char *text)
{
    if (*text == '\n')
        return 1;
    return strspn(text, " ");
}

size_t text_before(const char *text, size_t at)
{
    while (at > 0) {
        do
            at--;
        while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80);
        const char *here = text + at;
        if (text_columns_of(text_safe(text_next(&here))) > 0)
            break;
    }
    return at;
}

size_t text_after(const char *text, size_t at)
{
    const char *next = text + at;
    if (!text_next(&next))
        return at;
    for (const char *mark = next; *mark; next = mark)
        if (text_columns_of(text_safe(text_next(&mark))) > 0)
            break;
    return (size_t)(next - text);
}
