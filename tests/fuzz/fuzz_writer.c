/* SPDX-License-Identifier: MIT
 * Whatever is asked of a writer: it ends as one well-formed element without comments, processing
 * instructions or DTD (BODY-3), or it refuses. The first byte says whether the rest is XML text or
 * calls, one per line: a letter and its arguments separated by '|'. */
#include "base/mem.h"
#include "tests/fuzz/same.h"
#include "xml/reader.h"
#include "xml/writer.h"

#include <expat.h>

#define SASL_NAMESPACE "urn:ietf:params:xml:ns:xmpp-sasl"

static bosh_writer writer;

static void XMLCALL on_comment(void *user, const XML_Char *text)
{
    (void)user, (void)text;
    DEMAND(!"a comment is sent");
}

static void XMLCALL on_instruction(void *user, const XML_Char *target, const XML_Char *text)
{
    (void)user, (void)target, (void)text;
    DEMAND(!"a processing instruction is sent");
}

static void XMLCALL on_declaration(void *user, const XML_Char *version, const XML_Char *encoding,
                                   int standalone)
{
    (void)user, (void)version, (void)encoding, (void)standalone;
    DEMAND(!"an XML declaration is sent");
}

/* Judged by expat itself, in the place the element will have: inside of a wrapper. */
static void check_with_expat(void)
{
    static const char before[] = "<body xmlns='http://jabber.org/protocol/httpbind'>";
    static const char after[] = "</body>";
    XML_Parser parser = XML_ParserCreateNS(NULL, '\n');
    XML_SetCommentHandler(parser, on_comment);
    XML_SetProcessingInstructionHandler(parser, on_instruction);
    XML_SetXmlDeclHandler(parser, on_declaration);
    DEMAND(XML_Parse(parser, before, sizeof(before) - 1, 0) == XML_STATUS_OK);
    DEMAND(XML_Parse(parser, writer.buf.data, (int)writer.buf.size, 0) == XML_STATUS_OK);
    DEMAND(XML_Parse(parser, after, sizeof(after) - 1, 1) == XML_STATUS_OK);
    XML_ParserFree(parser);
}

static void check_span(const bosh_stanza *root, const char *name, bosh_span span)
{
    const char *value = bosh_stanza_attribute(root, name);
    char *copy = bosh_writer_span_copy(&writer, span);
    demand_same_text(copy, value ? value : "");
    DEMAND(bosh_writer_span_equals(&writer, span, copy));
    bosh_mem_free(writer.buf.allocator, copy);
}

static void check_result(void)
{
    static const bosh_reader_limits limits = {1 << 16, BOSH_WRITER_DEPTH_MAX, UINT16_MAX, 0, 0, 7};
    bosh_document document;
    check_with_expat();
    DEMAND(bosh_reader_parse(writer.buf.allocator, &limits, writer.buf.data, writer.buf.size,
                             &document) == 0);
    DEMAND(writer.buf.data[0] == '<' && writer.buf.data[writer.buf.size - 1] == '>');
    check_span(document.root, "id", writer.id);
    check_span(document.root, "to", writer.to);
    check_span(document.root, "type", writer.type);
    int is_stanza = bosh_stanza_is(document.root, "message", "jabber:client") ||
                    bosh_stanza_is(document.root, "presence", "jabber:client") ||
                    bosh_stanza_is(document.root, "iq", "jabber:client");
    int is_sasl = strcmp(bosh_stanza_namespace(document.root), SASL_NAMESPACE) == 0;
    DEMAND(is_sasl == (writer.kind == BOSH_KIND_SASL));
    DEMAND(is_stanza == (writer.kind != BOSH_KIND_OTHER && writer.kind != BOSH_KIND_SASL));
    bosh_document_free(&document, writer.buf.allocator);
}

/* One call from "x<first>|<second>|<third>". */
static void call(char *line, size_t size)
{
    const char *first = size > 1 ? line + 1 : NULL, *second = NULL, *third = NULL;
    char *bar = size > 1 ? memchr(line + 1, '|', size - 1) : NULL;
    if (bar) {
        *bar = 0;
        second = bar + 1;
        bar = strchr(bar + 1, '|');
        if (bar) {
            *bar = 0;
            third = bar + 1;
        }
    }
    switch (line[0]) {
    case '<':
        bosh_writer_start(&writer, first ? first : "a", second);
        break;
    case '@':
        bosh_writer_attribute(&writer, first ? first : "a", second);
        break;
    case 't':
        bosh_writer_text_n(&writer, first, first ? size - 1 : 0);
        break;
    case '>':
        bosh_writer_end(&writer);
        break;
    default:
        bosh_writer_element(&writer, first ? first : "a", second, third);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    bosh_writer_init(&writer, bosh_mem_allocator(NULL), 3000);
    char *text = bosh_mem_string_n(bosh_mem_allocator(NULL), (const char *)data + 1, size - 1);
    char *end = text + size - 1;
    if (data[0] == 'x') {
        bosh_writer_parse(&writer, text, size - 1);
    } else {
        for (char *line = text; line < end;) {
            char *next = memchr(line, '\n', (size_t)(end - line));
            next = next ? next : end;
            *next = 0;
            if (next > line)
                call(line, (size_t)(next - line));
            line = next + 1;
        }
    }
    if (bosh_writer_finish(&writer) == 0)
        check_result();
    bosh_mem_free(bosh_mem_allocator(NULL), text);
    bosh_writer_deinit(&writer);
    return 0;
}
