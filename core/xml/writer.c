/* SPDX-License-Identifier: MIT
 * Elements to bytes. Whatever is asked of a writer, what it holds at the end is one well-formed
 * element, or it holds an error. */
#include "xml/writer.h"

#include "base/build.h"
#include "base/mem.h"
#include "base/text.h"
#include "xml/reader.h"
#include "xml/stanza.h"

#include <string.h>

#define CLIENT_NAMESPACE "jabber:client"
#define SASL_NAMESPACE "urn:ietf:params:xml:ns:xmpp-sasl"
#define XML_NAMESPACE "http://www.w3.org/XML/1998/namespace"

void bosh_writer_init(bosh_writer *writer, const bosh_allocator *allocator, size_t size_max)
{
    memset(writer, 0, sizeof(*writer));
    /* Spans are 32 bits wide. */
    bosh_buf_init(&writer->buf, allocator, size_max < UINT32_MAX ? size_max : UINT32_MAX,
                  BOSH_ERR_STANZA_TOO_LARGE);
}

void bosh_writer_deinit(bosh_writer *writer)
{
    bosh_buf_free(&writer->buf);
}

void bosh_writer_reset(bosh_writer *writer)
{
    bosh_buf_clear(&writer->buf);
    writer->depth = 0;
    writer->in_tag = writer->is_root_done = 0;
    writer->kind = BOSH_KIND_OTHER;
    writer->id.size = writer->to.size = writer->type.size = 0;
}

int bosh_writer_error(const bosh_writer *writer)
{
    return writer->buf.error;
}

static void refuse(bosh_writer *writer, int error)
{
    bosh_buf_fail(&writer->buf, error);
}

static void append(bosh_writer *writer, const char *text)
{
    bosh_buf_append_text(&writer->buf, text);
}

static bosh_stanza_kind kind_of(const char *ns, const char *name)
{
    if (BOSH_HAS_STEERING && strcmp(ns, SASL_NAMESPACE) == 0)
        return BOSH_KIND_SASL;
    if (strcmp(ns, CLIENT_NAMESPACE) != 0)
        return BOSH_KIND_OTHER;
    if (strcmp(name, "message") == 0)
        return BOSH_KIND_MESSAGE;
    if (strcmp(name, "presence") == 0)
        return BOSH_KIND_PRESENCE;
    return strcmp(name, "iq") == 0 ? BOSH_KIND_IQ : BOSH_KIND_OTHER;
}

static void close_tag(bosh_writer *writer)
{
    if (writer->in_tag)
        append(writer, ">");
    writer->in_tag = 0;
}

/* Those in the Namespaces specification may not become the default namespace. */
static int is_declarable(const char *ns)
{
    return strcmp(ns, XML_NAMESPACE) != 0 && strcmp(ns, "http://www.w3.org/2000/xmlns/") != 0 &&
           !strchr(ns, '\n');
}

void bosh_writer_start(bosh_writer *writer, const char *name, const char *ns)
{
    if (writer->depth == 0 && !ns)
        ns = CLIENT_NAMESPACE; /* XMPP-3 */
    int error = writer->depth == BOSH_WRITER_DEPTH_MAX ? BOSH_ERR_STANZA_TOO_LARGE : 0;
    /* A second root, or a name with a prefix that nothing declares. */
    if (writer->is_root_done || bosh_text_is_name(name) != 1 || (ns && !is_declarable(ns)))
        error = BOSH_ERR_NAME;
    refuse(writer, error);
    if (bosh_writer_error(writer))
        return;
    if (writer->depth == 0)
        writer->kind = kind_of(ns, name);
    close_tag(writer);
    writer->open[writer->depth++] = (uint32_t)writer->buf.size + 1;
    bosh_buf_write(&writer->buf, "<%s[ xmlns='%a']", name, ns);
    writer->in_tag = 1;
}

/* Is what stands at the buffer's end, " name='", in the tag being written a second time? An escaped
 * value holds no quote, so that it is found nowhere else. */
static int is_repeated(const bosh_writer *writer, size_t size)
{
    const char *end = writer->buf.data + writer->buf.size - size;
    const char *at = writer->buf.data + writer->open[writer->depth - 1];
    for (; at < end; at++)
        if (*at == ' ' && memcmp(at, end, size) == 0)
            return 1;
    return 0;
}

/* Does the root keep track of this attribute? */
static bosh_span *root_span(bosh_writer *writer, const char *name, size_t size)
{
    if (size == 2 && memcmp(name, "id", 2) == 0)
        return &writer->id;
    if (size == 2 && memcmp(name, "to", 2) == 0)
        return &writer->to;
    return size == 4 && memcmp(name, "type", 4) == 0 ? &writer->type : NULL;
}

void bosh_writer_attribute(bosh_writer *writer, const char *name, const char *value)
{
    if (!value)
        return;
    /* Namespaces are declared by bosh_writer_start; "xml" is the one prefix always there. */
    int parts = bosh_text_is_name(name);
    int is_allowed =
        parts == 2 ? strncmp(name, "xml:", 4) == 0 : parts == 1 && strcmp(name, "xmlns") != 0;
    if (!is_allowed || !writer->in_tag)
        refuse(writer, BOSH_ERR_NAME);
    size_t name_begin = writer->buf.size;
    if (bosh_buf_write(&writer->buf, " %s='", name))
        return;
    size_t begin = writer->buf.size;
    if (is_repeated(writer, begin - name_begin))
        refuse(writer, BOSH_ERR_NAME);
    bosh_buf_write(&writer->buf, "%a'", value);
    bosh_span *span =
        BOSH_HAS_REQUESTS && writer->depth == 1 ? root_span(writer, name, strlen(name)) : NULL;
    if (span)
        *span = (bosh_span){(uint32_t)begin, (uint32_t)(writer->buf.size - 1 - begin)};
}

void bosh_writer_text(bosh_writer *writer, const char *text)
{
    if (text)
        bosh_writer_text_n(writer, text, strlen(text));
}

void bosh_writer_text_n(bosh_writer *writer, const char *text, size_t size)
{
    if (!text || size == 0)
        return;
    if (writer->depth == 0)
        refuse(writer, BOSH_ERR_NAME);
    close_tag(writer);
    bosh_buf_append_escaped(&writer->buf, text, size, 0);
}

void bosh_writer_end(bosh_writer *writer)
{
    if (writer->depth == 0)
        refuse(writer, BOSH_ERR_NAME);
    if (bosh_writer_error(writer))
        return;
    writer->depth--;
    writer->is_root_done = writer->depth == 0;
    if (writer->in_tag) {
        append(writer, "/>");
        writer->in_tag = 0;
        return;
    }
    size_t begin = writer->open[writer->depth];
    size_t size = strcspn(writer->buf.data + begin, " />");
    append(writer, "</");
    if (bosh_buf_reserve(&writer->buf, size) == 0) /* now the name stays where it is */
        bosh_buf_append(&writer->buf, writer->buf.data + begin, size);
    append(writer, ">");
}

void bosh_writer_element(bosh_writer *writer, const char *name, const char *ns, const char *text)
{
    bosh_writer_start(writer, name, ns);
    bosh_writer_text(writer, text);
    bosh_writer_end(writer);
}

/* The prefix of the attribute at `index` is one of its own, but for xml:lang and the like. */
static void write_prefixed(bosh_writer *writer, size_t index, const char *ns, const char *name,
                           const char *value)
{
    uint64_t n = index;
    if (!bosh_text_is_name(name))
        refuse(writer, BOSH_ERR_NAME);
    else if (strcmp(ns, XML_NAMESPACE) == 0)
        bosh_buf_write(&writer->buf, " xml:%s='%a'", name, value);
    else
        bosh_buf_write(&writer->buf, " xmlns:n%u='%a' n%u:%s='%a'", n, ns, n, name, value);
}

static void write_start(bosh_writer *writer, const bosh_stanza *element, const bosh_stanza *parent)
{
    const char *ns = bosh_stanza_namespace(element), *name, *value;
    int is_inherited = bosh_text_equal(ns, bosh_stanza_namespace(parent));
    bosh_writer_start(writer, bosh_stanza_name(element), is_inherited ? NULL : ns);
    for (size_t i = 0; bosh_stanza_attribute_at(element, i, &ns, &name, &value); i++) {
        if (bosh_writer_error(writer))
            return;
        if (*ns)
            write_prefixed(writer, i, ns, name, value);
        else
            bosh_writer_attribute(writer, name, value);
    }
}

static const bosh_stanza *parent_of(const bosh_stanza *node)
{
    return (const void *)((const char *)node - node->self + node->parent);
}

void bosh_writer_stanza(bosh_writer *writer, const bosh_stanza *element)
{
    const bosh_stanza *node = element;
    while (node && !bosh_writer_error(writer)) {
        const bosh_stanza *child = bosh_stanza_first_node(node);
        if (bosh_stanza_name(node))
            write_start(writer, node, node == element ? NULL : parent_of(node));
        else
            bosh_writer_text(writer, bosh_stanza_text(node));
        if (child) {
            node = child;
            continue;
        }
        /* Leave this node and all that end with it, up to one that has a next sibling. */
        if (bosh_stanza_name(node))
            bosh_writer_end(writer);
        while (node != element && !node->next) {
            node = parent_of(node);
            bosh_writer_end(writer);
        }
        node = node == element ? NULL : bosh_stanza_next_node(node);
    }
}

int bosh_writer_finish(bosh_writer *writer)
{
    while (writer->depth && !bosh_writer_error(writer))
        bosh_writer_end(writer);
    if (!writer->is_root_done)
        refuse(writer, BOSH_ERR_NAME);
    return bosh_writer_error(writer);
}

/* ---- taking in XML text ---- */

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int error_of_reader(int error)
{
    switch (error) {
    case BOSH_ERR_MEMORY:
        return BOSH_ERR_MEMORY;
    case BOSH_ERR_RESPONSE_UTF8:
        return BOSH_ERR_UTF8;
    case BOSH_ERR_RESPONSE_CHARACTER:
        return BOSH_ERR_CHARACTER;
    case BOSH_ERR_RESPONSE_TOO_LARGE:
        return BOSH_ERR_STANZA_TOO_LARGE;
    default:
        return BOSH_ERR_STANZA_SYNTAX;
    }
}

/* BODY-3: no comment, processing instruction or XML declaration. The text is known to be
 * well-formed, so that '<' starts markup everywhere but in a CDATA section. */
static int has_forbidden_markup(const char *xml, size_t size)
{
    const char *end = xml + size;
    while (xml && (xml = memchr(xml, '<', (size_t)(end - xml))) != NULL) {
        if (xml[1] == '?' || (xml[1] == '!' && xml[2] != '['))
            return 1;
        if (xml[1] == '!')
            while (memcmp(xml, "]]>", 3) != 0)
                xml++;
        else
            xml++;
    }
    return 0;
}

/* Note where the interesting attributes stand in the root's tag, which begins behind its name in
 * writer->buf. Returns 1 when it has an xmlns. */
static int find_spans(bosh_writer *writer, size_t at)
{
    const char *xml = writer->buf.data;
    int has_xmlns = 0;
    for (;;) {
        while (is_space(xml[at]))
            at++;
        if (xml[at] == '>' || xml[at] == '/')
            return has_xmlns;
        size_t name = at;
        while (!is_space(xml[at]) && xml[at] != '=')
            at++;
        size_t name_size = at - name;
        while (xml[at] != '\'' && xml[at] != '"')
            at++;
        char quote = xml[at++];
        size_t begin = at;
        while (xml[at] != quote)
            at++;
        bosh_span *span = root_span(writer, xml + name, name_size);
        if (span) {
            span->begin = (uint32_t)begin;
            span->size = (uint32_t)(at - begin);
        }
        has_xmlns |= name_size == 5 && memcmp(xml + name, "xmlns", 5) == 0;
        at++;
    }
}

/* Fill an empty writer with text that is one well-formed element without white space around it. */
static int take_element(bosh_writer *writer, const bosh_stanza *root, const char *xml, size_t size)
{
    static const char declaration[] = " xmlns='" CLIENT_NAMESPACE "'";
    const char *ns = bosh_stanza_namespace(root);
    size_t name_end = 1 + strcspn(xml + 1, " \t\r\n/>");
    if (memchr(xml, ':', name_end))
        return BOSH_ERR_STANZA_KIND; /* servers are only used to the unprefixed form */
    if (*ns) {
        if (!bosh_buf_append(&writer->buf, xml, size))
            find_spans(writer, name_end);
        writer->kind = kind_of(ns, bosh_stanza_name(root));
    } else {
        bosh_buf_append(&writer->buf, xml, name_end);
        append(writer, declaration); /* XMPP-3 */
        bosh_buf_append(&writer->buf, xml + name_end, size - name_end);
        if (!writer->buf.error && find_spans(writer, name_end + sizeof(declaration) - 1))
            return BOSH_ERR_STANZA_KIND; /* xmlns='' was meant */
        writer->kind = kind_of(CLIENT_NAMESPACE, bosh_stanza_name(root));
    }
    writer->is_root_done = 1;
    return 0;
}

int bosh_writer_parse(bosh_writer *writer, const char *xml, size_t size)
{
    bosh_reader_limits limits = {0};
    bosh_document document;
    bosh_writer_reset(writer);
    while (size && is_space(xml[0]))
        xml++, size--;
    while (size && is_space(xml[size - 1]))
        size--;
    limits.bytes_max = writer->buf.size_max;
    limits.depth_max = BOSH_WRITER_DEPTH_MAX;
    limits.attributes_max = UINT16_MAX;
    int error = bosh_reader_parse(writer->buf.allocator, &limits, xml, size, &document);
    if (error) {
        error = error_of_reader(error);
    } else {
        /* A byte-order mark is no markup, but must not be sent either. */
        if (xml[0] != '<' || has_forbidden_markup(xml, size))
            error = BOSH_ERR_STANZA_SYNTAX;
        else
            error = take_element(writer, document.root, xml, size);
        bosh_document_free(&document, writer->buf.allocator);
    }
    if (error)
        refuse(writer, error);
    return bosh_writer_error(writer);
}

/* ---- reading attribute values back ---- */

/* Decode one character or reference at `text`; its bytes go to `out` (at most 4), their number to
 * *out_size. Returns how much of the text it was. The text is well-formed. */
static size_t unescape(const char *text, size_t size, char *out, size_t *out_size)
{
    static const struct {
        char name[6], value;
    } entities[] = {{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"apos;", '\''}, {"quot;", '"'}};
    *out_size = 1;
    out[0] = is_space(text[0]) ? ' ' : text[0];
    if (text[0] == '\r' && size > 1 && text[1] == '\n')
        return 2;
    if (text[0] != '&')
        return 1;
    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
        size_t length = strlen(entities[i].name);
        if (size > length && memcmp(text + 1, entities[i].name, length) == 0) {
            out[0] = entities[i].value;
            return length + 1;
        }
    }
    size_t at = 2; /* behind "&#" */
    uint32_t base = at < size && text[at] == 'x' ? 16 : 10, code_point = 0;
    for (at += base == 16; at < size && text[at] != ';'; at++) {
        char c = text[at];
        uint32_t digit = (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        code_point = code_point * base + digit;
    }
    *out_size = bosh_text_encode(code_point, out);
    return at + 1;
}

int bosh_writer_span_equals(const bosh_writer *writer, bosh_span span, const char *text)
{
    char piece[4];
    size_t size, at = 0;
    while (at < span.size) {
        at += unescape(writer->buf.data + span.begin + at, span.size - at, piece, &size);
        if (strncmp(text, piece, size) != 0)
            return 0;
        text += size;
    }
    return *text == 0;
}

char *bosh_writer_span_copy(const bosh_writer *writer, bosh_span span)
{
    char *copy = bosh_mem_new(writer->buf.allocator, (size_t)span.size + 1, 1);
    size_t size, at = 0, end = 0;
    while (copy && at < span.size) {
        /* What stands for a character is never shorter than the character. */
        at += unescape(writer->buf.data + span.begin + at, span.size - at, copy + end, &size);
        end += size;
    }
    return copy;
}
