/* SPDX-License-Identifier: MIT
 * The built-in parser's characters, names and references. */
#include "xml/scan.h"

#include "base/build.h"
#include "base/text.h"

#include <string.h>

/* The table in short: a control character or any beyond ASCII is in no class. */
#define S SCAN_SPACE | SCAN_CHAR
#define X SCAN_CHAR | SCAN_TEXT | SCAN_VALUE
#define D SCAN_NAME | X
#define L SCAN_START | D

/* clang-format off */
const uint8_t bosh_scan_classes[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, S | SCAN_TEXT, S | SCAN_TEXT, 0, 0, S, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    /*  */ S | X, /* ! */ X, /* " */ SCAN_CHAR | SCAN_TEXT, /* # */ X, /* $ */ X, /* % */ X,
    /* & */ SCAN_CHAR, /* ' */ SCAN_CHAR | SCAN_TEXT,
    /* ( */ X, /* ) */ X, /* * */ X, /* + */ X, /* , */ X, /* - */ D, /* . */ D, /* / */ X,
    D, D, D, D, D, D, D, D, D, D, /* : */ X, /* ; */ X, /* < */ SCAN_CHAR, /* = */ X, /* > */ X,
    /* ? */ X, /* @ */ X, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, /* [ */ X, /* \ */ X, /* ] */ SCAN_CHAR | SCAN_VALUE,
    /* ^ */ X, /* _ */ L, /* ` */ X, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, X, X, X, X, /* DEL */ X,
};
/* clang-format on */

const char *bosh_scan_stuck(bosh_parser *parser, const char *p)
{
    unsigned char c = (unsigned char)*p;
    if (p == parser->end)
        return NULL;
    if (c >= 0x80)
        bosh_tree_fail(parser->tree,
                       c < 0xC2 || c > 0xF4 ? BOSH_ERR_RESPONSE_UTF8 : BOSH_ERR_RESPONSE_SYNTAX);
    else
        bosh_tree_fail(parser->tree, bosh_scan_is(*p, SCAN_CHAR) ? BOSH_ERR_RESPONSE_SYNTAX
                                                                 : BOSH_ERR_RESPONSE_CHARACTER);
    return NULL;
}

const char *bosh_scan_wide(bosh_parser *parser, const char *p, uint32_t *code_point)
{
    unsigned char lead = (unsigned char)*p;
    size_t size = (size_t)(parser->end - p), length = bosh_text_decode(p, size, code_point);
    if (length && *code_point != 0xFFFE && *code_point != 0xFFFF)
        return p + length;
    if (length)
        bosh_tree_fail(parser->tree, BOSH_ERR_RESPONSE_CHARACTER);
    else if (lead < 0xC2 || lead > 0xF4 || size >= (lead < 0xE0 ? 2u : lead < 0xF0 ? 3u : 4u))
        bosh_tree_fail(parser->tree, BOSH_ERR_RESPONSE_UTF8);
    return NULL; /* else its first bytes are here, and the others not yet */
}

/* One letter of a name. */
static const char *scan_letter(bosh_parser *parser, const char *p, int is_first)
{
    uint32_t code_point;
    if (!(*p & 0x80))
        return bosh_scan_is(*p, is_first ? SCAN_START : SCAN_NAME) ? p + 1
                                                                   : bosh_scan_stuck(parser, p);
    const char *behind = bosh_scan_wide(parser, p, &code_point);
    if (BOSH_HAS_EXTRAS && behind && !bosh_letters_may_begin(code_point) &&
        (is_first || !bosh_letters_may_follow(code_point)))
        return bosh_scan_stuck(parser, p);
    return behind;
}

const char *bosh_scan_name(bosh_parser *parser, const char *p, const char **colon)
{
    if (colon)
        *colon = NULL;
    p = scan_letter(parser, p, 1);
    while (p) {
        while (bosh_scan_is(*p, SCAN_NAME))
            p++;
        if (*p & 0x80) {
            p = scan_letter(parser, p, 0);
        } else if (*p == ':' && colon && !*colon) {
            *colon = p;
            p = scan_letter(parser, p + 1, 1);
        } else {
            break;
        }
    }
    return p;
}

const char *bosh_scan_word(bosh_parser *parser, const char *p, const char *word)
{
    for (; *word; word++, p++)
        if (*p != *word)
            return bosh_scan_stuck(parser, p);
    return p;
}

/* The value of a digit, or 16. */
static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* What stands between "&#" and ";". */
static const char *scan_number(bosh_parser *parser, const char *p, uint32_t *code_point)
{
    unsigned digit, base = *p == 'x' ? 16 : 10;
    const char *digits = base == 16 ? ++p : p;
    for (*code_point = 0; (digit = digit_of(*p)) < base; p++)
        if (*code_point < 0x110000)
            *code_point = *code_point * base + digit;
    return p == digits || *p != ';' ? bosh_scan_stuck(parser, p) : p;
}

const char *bosh_scan_reference(bosh_parser *parser, const char *p, uint32_t *code_point)
{
    static const struct {
        char name[5], stands_for;
    } entities[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    char utf8[4];
    const char *name = p + 1;
    if (*name == '#') {
        p = scan_number(parser, p + 2, code_point);
        if (!p)
            return NULL;
        uint32_t c = *code_point;
        if (c >= 0x110000 || bosh_text_check(utf8, bosh_text_encode(c, utf8)))
            bosh_tree_fail(parser->tree, BOSH_ERR_RESPONSE_CHARACTER);
        return parser->tree->error ? NULL : p + 1;
    }
    p = bosh_scan_name(parser, name, NULL);
    if (!p || *p != ';')
        return p ? bosh_scan_stuck(parser, p) : NULL;
    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
        size_t size = strlen(entities[i].name);
        if (size == (size_t)(p - name) && memcmp(name, entities[i].name, size) == 0) {
            *code_point = (unsigned char)entities[i].stands_for;
            return p + 1;
        }
    }
    bosh_tree_fail(parser->tree, BOSH_ERR_RESPONSE_ENTITY);
    return NULL;
}
