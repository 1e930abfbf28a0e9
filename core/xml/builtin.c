/* SPDX-License-Identifier: MIT
 * The built-in parser: the document from token to token. One that is not whole yet is left, and
 * read from its beginning the next time. */
#include "xml/scan.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

#define CUT_MIN 64 /* shorter text is not worth telling in pieces */

const size_t bosh_parser_size = sizeof(bosh_parser);

int bosh_parser_init(bosh_parser *parser, bosh_tree *tree, uint32_t hash_salt)
{
    (void)hash_salt; /* there is no table to flood */
    parser->tree = tree;
    parser->attributes = parser->own_attributes;
    parser->attribute_capacity = BOSH_SCAN_OWN_ATTRIBUTES;
    parser->bindings = parser->own_bindings;
    parser->binding_capacity = BOSH_SCAN_OWN_BINDINGS;
    bosh_buf_init(&parser->decoded, tree->allocator, UINT32_MAX / 2, BOSH_ERR_MEMORY);
    return 0;
}

void bosh_parser_deinit(bosh_parser *parser)
{
    if (parser->attributes != parser->own_attributes)
        bosh_mem_free(parser->tree->allocator, parser->attributes);
    if (parser->bindings != parser->own_bindings)
        bosh_mem_free(parser->tree->allocator, parser->bindings);
    bosh_buf_free(&parser->decoded);
}

/* Step over characters up to `mark`. */
static const char *find_mark(bosh_parser *parser, const char *p, const char *mark)
{
    uint32_t code_point;
    for (;;) {
        while (bosh_scan_is(*p, SCAN_CHAR) && *p != *mark)
            p++;
        if (*p & 0x80)
            p = bosh_scan_wide(parser, p, &code_point);
        else if (*p != *mark)
            return bosh_scan_stuck(parser, p);
        else if (strncmp(p, mark, strlen(mark)) == 0)
            return p;
        else
            p++;
        if (!p)
            return NULL;
    }
}

static const char *read_comment(bosh_parser *parser, const char *p)
{
    p = bosh_scan_word(parser, p, "<!--");
    p = p ? find_mark(parser, p, "--") : NULL;
    return p ? bosh_scan_word(parser, p, "-->") : NULL;
}

/* A pseudo-attribute of the XML declaration and the space before it; `p` where there is none. */
static const char *skip_pseudo(const char *p, const char *name, bosh_slice *value)
{
    size_t size = strlen(name);
    const char *q = bosh_scan_space(p);
    if (q == p || strncmp(q, name, size) != 0)
        return p;
    q = bosh_scan_space(q + size);
    if (*q != '=')
        return p;
    q = bosh_scan_space(q + 1);
    char quote = *q;
    if (quote != '"' && quote != '\'')
        return p;
    value->data = ++q;
    while (bosh_scan_is(*q, SCAN_NAME))
        q++;
    value->size = (size_t)(q - value->data);
    return *q == quote ? q + 1 : p;
}

/* Is this, up to "?>", what follows "<?xml"? Which encoding it names does not matter. */
static int is_xml_declaration(const char *p)
{
    bosh_slice value;
    const char *q = skip_pseudo(p, "version", &value);
    if (q == p)
        return 0;
    p = skip_pseudo(q, "encoding", &value);
    if (p != q && (!bosh_scan_is(*value.data, SCAN_START) || *value.data == '_'))
        return 0;
    q = skip_pseudo(p, "standalone", &value);
    if (p != q && !(value.size == 3 && memcmp(value.data, "yes", 3) == 0) &&
        !(value.size == 2 && memcmp(value.data, "no", 2) == 0))
        return 0;
    return strncmp(bosh_scan_space(q), "?>", 2) == 0;
}

static int is_at_start(const bosh_parser *parser, const char *p)
{
    return p == parser->source ||
           (p == parser->source + 3 && memcmp(parser->source, "\xEF\xBB\xBF", 3) == 0);
}

/* Also the XML declaration, which looks like one but stands at the very beginning only. */
static const char *read_instruction(bosh_parser *parser, const char *p)
{
    const char *target = p + 2, *name_end = bosh_scan_name(parser, target, NULL);
    if (!name_end)
        return NULL;
    if (*name_end != '?' && !bosh_scan_is(*name_end, SCAN_SPACE))
        return bosh_scan_stuck(parser, name_end);
    int is_reserved = name_end - target == 3 && bosh_text_begins_with(target, "xml");
    if (is_reserved && (!is_at_start(parser, p) || memcmp(target, "xml", 3) != 0))
        return bosh_scan_stuck(parser, target);
    const char *end = *name_end == '?' ? name_end : find_mark(parser, name_end, "?>");
    end = end ? bosh_scan_word(parser, end, "?>") : NULL;
    if (end && is_reserved && !is_xml_declaration(name_end))
        return bosh_scan_stuck(parser, target);
    return end;
}

/* Before and behind the root. */
static const char *read_outside(bosh_parser *parser, const char *p)
{
    int is_before = !parser->tree->root;
    if (bosh_scan_is(*p, SCAN_SPACE))
        return bosh_scan_space(p);
    if (*p == '\xEF' && p == parser->source)
        return bosh_scan_word(parser, p, "\xEF\xBB\xBF");
    if (*p != '<')
        return bosh_scan_stuck(parser, p);
    if (p[1] == '?')
        return read_instruction(parser, p);
    if (p[1] == '!') {
        if (is_before && p + 2 < parser->end && p[2] != '-')
            bosh_tree_fail(parser->tree, BOSH_ERR_RESPONSE_DOCTYPE);
        return read_comment(parser, p);
    }
    return is_before ? bosh_tag_read(parser, p) : bosh_scan_stuck(parser, p + 1);
}

/* Line ends are told as "\n" however they are written. */
static void add_lines(bosh_tree *tree, const char *text, const char *end)
{
    const char *line_end;
    while ((line_end = memchr(text, '\r', (size_t)(end - text)))) {
        bosh_tree_text(tree, text, (size_t)(line_end - text));
        bosh_tree_text(tree, "\n", 1);
        text = line_end + 1;
        text += text < end && *text == '\n';
    }
    bosh_tree_text(tree, text, (size_t)(end - text));
}

static const char *read_cdata(bosh_parser *parser, const char *p)
{
    p = bosh_scan_word(parser, p, "<![CDATA[");
    const char *end = p ? find_mark(parser, p, "]]>") : NULL;
    if (!end)
        return NULL;
    add_lines(parser->tree, p, end);
    return end + 3;
}

/* Text up to `p`, which goes on in what is not here yet. Where the source is not kept it is told so
 * far, but for what may be half of a line end, or the beginning of "]]>". */
static const char *cut_text(bosh_parser *parser, const char *begin, const char *p)
{
    const char *end = p - 2;
    if (bosh_tree_keeps_source(parser->tree) || parser->tree->error || p - begin < CUT_MIN)
        return NULL;
    while (end > begin && ((*end & 0xC0) == 0x80 || end[-1] == '\r'))
        end--;
    add_lines(parser->tree, begin, end);
    return end > begin ? end : NULL;
}

static const char *read_text(bosh_parser *parser, const char *p)
{
    const char *begin = p, *next;
    uint32_t code_point;
    for (;;) {
        while (bosh_scan_is(*p, SCAN_TEXT))
            p++;
        if (*p == '<' || *p == '&') {
            add_lines(parser->tree, begin, p);
            return p;
        }
        if (*p & 0x80)
            next = bosh_scan_wide(parser, p, &code_point);
        else if (*p == '\r' || (*p == ']' && strncmp(p, "]]>", 3) != 0))
            next = p + 1;
        else
            next = bosh_scan_stuck(parser, *p == ']' ? p + 2 : p);
        if (!next)
            return cut_text(parser, begin, p);
        p = next;
    }
}

static const char *read_reference(bosh_parser *parser, const char *p)
{
    char utf8[4];
    uint32_t code_point;
    p = bosh_scan_reference(parser, p, &code_point);
    if (p)
        bosh_tree_text(parser->tree, utf8, bosh_text_encode(code_point, utf8));
    return p;
}

static int ends_name(char c)
{
    return bosh_scan_is(c, SCAN_SPACE) || c == '/' || c == '>';
}

/* It has to name its element as the start tag does. */
static const char *read_end_tag(bosh_parser *parser, const char *p)
{
    bosh_tree *tree = parser->tree;
    const char *name = parser->source + bosh_tree_open_element(tree)->source_begin + 1;
    for (p += 2; *p == *name && !ends_name(*p); p++)
        name++;
    if (!ends_name(*name))
        return bosh_scan_stuck(parser, p);
    p = bosh_scan_space(p);
    if (*p != '>')
        return bosh_scan_stuck(parser, p);
    bosh_tree_end(tree, (size_t)(p + 1 - parser->source));
    bosh_tag_forget(parser);
    return p + 1;
}

static const char *read_inside(bosh_parser *parser, const char *p)
{
    if (*p == '&')
        return read_reference(parser, p);
    if (*p != '<')
        return read_text(parser, p);
    switch (p[1]) {
    case '/':
        return read_end_tag(parser, p);
    case '?':
        return read_instruction(parser, p);
    case '!':
        return p[2] == '[' ? read_cdata(parser, p) : read_comment(parser, p);
    default:
        return bosh_tag_read(parser, p);
    }
}

/* May a token have ended in what is new? */
static int is_worth_reading(bosh_parser *parser, const char *source, size_t size)
{
    size_t seen = parser->seen;
    parser->seen = size;
    return size - parser->at <= BOSH_PARSER_WHOLE_BYTES || memchr(source + seen, '>', size - seen);
}

void bosh_parser_parse(bosh_parser *parser, const char *source, size_t size, int is_final)
{
    bosh_tree *tree = parser->tree;
    if (!is_final && !is_worth_reading(parser, source, size))
        return;
    parser->source = source;
    parser->end = source + size;
    const char *p = source + parser->at;
    while (p && p < parser->end && !tree->error) {
        parser->at = (size_t)(p - source);
        p = tree->open ? read_inside(parser, p) : read_outside(parser, p);
    }
    if (p)
        parser->at = size;
    if (is_final && (!p || tree->open || !tree->root))
        bosh_tree_fail(tree, BOSH_ERR_RESPONSE_TRUNCATED);
}

/* The tags of open elements stay: their names and namespaces are looked up there. They move
 * together, and what is not read yet behind them. */
size_t bosh_parser_drop(bosh_parser *parser, char *source, size_t size)
{
    bosh_tree *tree = parser->tree;
    uint32_t kept = 0, offset = tree->root;
    bosh_scan_binding *binding = parser->bindings, *last = binding + parser->binding_count;
    if (!tree->open)
        return size;
    for (uint32_t depth = 0; depth < tree->depth; depth++) {
        bosh_stanza *node = (bosh_stanza *)(void *)(tree->block + offset);
        offset = node->end; /* the last child so far, which is the open one */
        uint32_t tag = node->source_end - node->source_begin, shift = node->source_begin - kept;
        memmove(source + kept, source + node->source_begin, tag);
        for (; binding < last && binding->depth == depth; binding++) {
            binding->prefix -= shift;
            binding->uri -= binding->is_decoded ? 0 : shift;
        }
        node->source_begin = kept;
        node->source_end = kept += tag;
    }
    size_t gone = parser->at - kept;
    memmove(source + kept, source + parser->at, size + 1 - parser->at);
    parser->at = kept;
    parser->seen -= gone;
    return size - gone;
}
