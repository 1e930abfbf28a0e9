/* SPDX-License-Identifier: MIT
 * Text that needs no allocation: UTF-8, numbers, Base64, comparison, password preparation. */
#include "base/text.h"

#include "base/build.h"

#include <string.h>

size_t bosh_text_decode(const char *text, size_t size, uint32_t *code_point)
{
    if (size == 0)
        return 0;
    const unsigned char *byte = (const unsigned char *)text;
    if (byte[0] < 0x80) {
        *code_point = byte[0];
        return 1;
    }
    size_t length = byte[0] < 0xC2 ? 0 : byte[0] < 0xE0 ? 2 : byte[0] < 0xF0 ? 3 : 4;
    if (length == 0 || byte[0] > 0xF4 || length > size)
        return 0;
    uint32_t value = byte[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((byte[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (byte[i] & 0x3F);
    }
    if (value >> (5 * length - 4) == 0 /* fewer bytes would do */ || value > 0x10FFFF ||
        (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *code_point = value;
    return length;
}

size_t bosh_text_encode(uint32_t code_point, char *out)
{
    size_t length = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, code_point >>= 6)
        out[i] = (char)(0x80 | (code_point & 0x3F));
    static const uint8_t lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(lead[length] | code_point);
    return length;
}

int bosh_text_check(const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c < 0x80) {
            i++;
            continue;
        }
        uint32_t code_point;
        size_t length = bosh_text_decode(text + i, size - i, &code_point);
        if (length == 0)
            return BOSH_ERR_UTF8;
        if ((code_point < 0x20 && c != '\t' && c != '\n' && c != '\r') || code_point == 0xFFFE ||
            code_point == 0xFFFF)
            return BOSH_ERR_CHARACTER;
        i += length;
    }
    return 0;
}

int bosh_text_number(const char *text, uint32_t max, uint32_t *number)
{
    uint64_t value = 0;
    if (!text || !*text)
        return 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return 0;
        value = value * 10 + (unsigned)(*text - '0');
        if (value > max)
            return 0;
    }
    *number = (uint32_t)value;
    return 1;
}

const char bosh_text_base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int bosh_text_base64_decode(const char *text, size_t size, uint8_t *out, size_t capacity)
{
    if (size % 4 != 0 || size / 4 > INT32_MAX / 3)
        return BOSH_ERR_ARGUMENT;
    size_t padding = 0;
    while (padding < 2 && padding < size && text[size - 1 - padding] == '=')
        padding++;
    size_t decoded = size / 4 * 3 - padding;
    if (decoded > capacity)
        return BOSH_ERR_ARGUMENT;

    uint32_t bits = 0;
    for (size_t i = 0; i < size - padding; i++) {
        const char *letter = memchr(bosh_text_base64, text[i], 64);
        if (!letter)
            return BOSH_ERR_ARGUMENT;
        bits = bits << 6 | (uint32_t)(letter - bosh_text_base64);
        if (i % 4 != 0)
            *out++ = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    /* What does not fill a byte must be zero, so that each text has one decoding only. */
    if (bits & ((1u << 2 * padding) - 1))
        return BOSH_ERR_ARGUMENT;
    return (int)decoded;
}

int bosh_text_is_name(const char *text)
{
    int parts = 1, is_first = 1; /* what follows a prefix starts like a name */
    for (; text && *text; text++) {
        char c = *text, letter = (char)(c | 0x20);
        int is_letter = (letter >= 'a' && letter <= 'z') || c == '_';
        int is_digit = (c >= '0' && c <= '9') || c == '.' || c == '-';
        if (c == ':' && !is_first)
            parts++;
        else if (!is_letter && (is_first || !is_digit))
            return 0;
        is_first = c == ':';
    }
    return is_first || parts > 2 ? 0 : parts;
}

int bosh_text_equal(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    return strcmp(a, b) == 0;
}

int bosh_text_has_word(const char *list, const char *word)
{
    if (!list || !word || !*word)
        return 0;
    size_t size = strlen(word);
    while (*list) {
        list += strspn(list, " ");
        size_t length = strcspn(list, " ");
        if (length == size && memcmp(list, word, size) == 0)
            return 1;
        list += length;
    }
    return 0;
}

/* Letters and signs, ordered, that are assigned in Unicode 3.2, not prohibited by RFC 4013, not
 * combining, and their own NFKC form; from the scripts people have on their keyboards. */
static const struct {
    uint16_t first, last;
} unchanged[] = {
    /* Latin */
    {0x00A1, 0x00A7},
    {0x00A9, 0x00A9},
    {0x00AB, 0x00AC},
    {0x00AE, 0x00AE},
    {0x00B0, 0x00B1},
    {0x00B6, 0x00B7},
    {0x00BB, 0x00BB},
    {0x00BF, 0x0131},
    {0x0134, 0x013E},
    {0x0141, 0x0148},
    {0x014A, 0x017E},
    {0x0180, 0x01C3},
    {0x01CD, 0x01F0},
    {0x01F4, 0x0220},
    {0x0222, 0x0233},
    /* Greek, Cyrillic */
    {0x0386, 0x0386},
    {0x0388, 0x038A},
    {0x038C, 0x038C},
    {0x038E, 0x03A1},
    {0x03A3, 0x03CE},
    {0x0400, 0x0481},
    {0x048A, 0x04CE},
    {0x04D0, 0x04F5},
    {0x04F8, 0x04F9},
    {0x0500, 0x050F},
    /* Hebrew, Arabic */
    {0x05D0, 0x05EA},
    {0x0621, 0x063A},
    {0x0641, 0x064A},
    /* Vietnamese and other Latin; dashes, quotes, currency */
    {0x1E00, 0x1E99},
    {0x1EA0, 0x1EF9},
    {0x2010, 0x2010},
    {0x2012, 0x2016},
    {0x2018, 0x2023},
    {0x20A9, 0x20B1},
    /* Kana, Han, Hangul */
    {0x3041, 0x3096},
    {0x30A1, 0x30FA},
    {0x4E00, 0x9FA5},
    {0xAC00, 0xD7A3},
};

enum { NEUTRAL, LEFT_TO_RIGHT = 1, RIGHT_TO_LEFT = 2, FORBIDDEN = 4 };

static unsigned direction_of(uint32_t code_point)
{
    if (code_point < 0x80) {
        uint32_t letter = code_point | 0x20;
        if (code_point < 0x20 || code_point == 0x7F)
            return FORBIDDEN;
        return letter >= 'a' && letter <= 'z' ? LEFT_TO_RIGHT : NEUTRAL;
    }
    for (size_t i = 0; BOSH_HAS_EXTRAS && i < sizeof(unchanged) / sizeof(unchanged[0]); i++)
        if (code_point >= unchanged[i].first && code_point <= unchanged[i].last)
            return code_point >= 0x05D0 && code_point <= 0x064A ? RIGHT_TO_LEFT : LEFT_TO_RIGHT;
    return FORBIDDEN;
}

int bosh_text_check_password(const char *text)
{
    unsigned first = NEUTRAL, last = NEUTRAL, all = NEUTRAL;
    size_t size = strlen(text);
    for (size_t i = 0; i < size;) {
        uint32_t code_point;
        size_t length = bosh_text_decode(text + i, size - i, &code_point);
        last = length ? direction_of(code_point) : FORBIDDEN;
        if (last == FORBIDDEN)
            return BOSH_ERR_SASLPREP;
        if (i == 0)
            first = last;
        all |= last;
        i += length;
    }
    /* RFC 3454 section 6: right-to-left text is pure, and its letters stand at both ends. */
    if ((all & RIGHT_TO_LEFT) && ((all & LEFT_TO_RIGHT) || !(first & last & RIGHT_TO_LEFT)))
        return BOSH_ERR_SASLPREP;
    return 0;
}

int bosh_text_begins_with(const char *text, const char *prefix)
{
    for (; *prefix; text++, prefix++) {
        char c = *text >= 'A' && *text <= 'Z' ? (char)(*text | 0x20) : *text;
        if (c != *prefix)
            return 0;
    }
    return 1;
}
