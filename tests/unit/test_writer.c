/* SPDX-License-Identifier: MIT
 * xml/writer: what it writes, what it refuses, and XML text taken in. */
#include "xml/writer.h"
#include "base/mem.h"
#include "tests/check.h"
#include "world/alloc.h"
#include "xml/reader.h"

static bosh_writer w;

static bosh_writer *begin(void)
{
    bosh_writer_deinit(&w);
    bosh_writer_init(&w, bosh_mem_allocator(NULL), 2000);
    return &w;
}

/* What was written, or the name of the error. */
static const char *written(void)
{
    int error = bosh_writer_finish(&w);
    return error ? bosh_error_name(error) : w.buf.data;
}

static void test_message(void)
{
    begin();
    bosh_writer_start(&w, "message", NULL);
    bosh_writer_attribute(&w, "to", "bob@example.org");
    bosh_writer_attribute(&w, "from", NULL);
    bosh_writer_attribute(&w, "xml:lang", "en");
    bosh_writer_element(&w, "body", NULL, "Hello & welcome");
    bosh_writer_element(&w, "active", "http://jabber.org/protocol/chatstates", NULL);
    CHECK_STR(written(), "<message xmlns='jabber:client' to='bob@example.org' xml:lang='en'>"
                         "<body>Hello &amp; welcome</body>"
                         "<active xmlns='http://jabber.org/protocol/chatstates'/></message>");
    CHECK_STR(written(), w.buf.data); /* finishing twice is harmless */
    CHECK_INT(w.kind, BOSH_KIND_MESSAGE);
}

static void test_open_elements_are_closed(void)
{
    begin();
    bosh_writer_start(&w, "iq", NULL);
    bosh_writer_start(&w, "query", "q");
    bosh_writer_start(&w, "a", NULL);
    bosh_writer_text(&w, "x");
    CHECK_STR(written(), "<iq xmlns='jabber:client'><query xmlns='q'><a>x</a></query></iq>");
    CHECK_INT(w.kind, BOSH_KIND_IQ);
}

static void test_kinds(void)
{
    bosh_writer_start(begin(), "presence", "jabber:client");
    CHECK_INT(w.kind, BOSH_KIND_PRESENCE);
    bosh_writer_start(begin(), "presence", "urn:x");
    CHECK_INT(w.kind, BOSH_KIND_OTHER);
    bosh_writer_start(begin(), "auth", NULL);
    CHECK_INT(w.kind, BOSH_KIND_OTHER);
    bosh_writer_start(begin(), "x", "");
    bosh_writer_start(&w, "message", "jabber:client");
    CHECK_INT(w.kind, BOSH_KIND_OTHER);
    CHECK_STR(written(), "<x xmlns=''><message xmlns='jabber:client'/></x>");
}

static void test_spans(void)
{
    CHECK_NEEDS("requests");
    begin();
    bosh_writer_start(&w, "message", NULL);
    bosh_writer_attribute(&w, "to", "bob@example.org");
    bosh_writer_attribute(&w, "id", "a\"");
    bosh_writer_attribute(&w, "xml:lang", "en");
    CHECK_INT(bosh_writer_finish(&w), 0);
    CHECK(bosh_writer_span_equals(&w, w.to, "bob@example.org"));
    CHECK(bosh_writer_span_equals(&w, w.id, "a\""));
    begin();
    bosh_writer_start(&w, "iq", NULL);
    bosh_writer_attribute(&w, "to", "o'neil@example.org/<&>");
    bosh_writer_attribute(&w, "id", "1");
    bosh_writer_attribute(&w, "type", "get");
    bosh_writer_start(&w, "item", NULL);
    bosh_writer_attribute(&w, "id", "inner");
    CHECK_INT(bosh_writer_finish(&w), 0);
    CHECK(bosh_writer_span_equals(&w, w.to, "o'neil@example.org/<&>"));
    CHECK(!bosh_writer_span_equals(&w, w.to, "o'neil@example.org/<&>x"));
    CHECK(!bosh_writer_span_equals(&w, w.to, "o'neil@example.org/<&"));
    CHECK(!bosh_writer_span_equals(&w, w.to, ""));
    CHECK(bosh_writer_span_equals(&w, w.id, "1"));
    CHECK(bosh_writer_span_equals(&w, w.type, "get"));
    char *copy = bosh_writer_span_copy(&w, w.to);
    CHECK_STR(copy, "o'neil@example.org/<&>");
    bosh_mem_free(bosh_mem_allocator(NULL), copy);
    bosh_writer_start(begin(), "iq", NULL);
    CHECK_INT(w.id.size, 0);
    CHECK(bosh_writer_span_equals(&w, w.id, ""));
}

/* BODY-8 and what would not be well-formed. */
static void test_refused(void)
{
    begin();
    CHECK_STR(written(), "BOSH_ERR_NAME"); /* nothing */
    bosh_writer_start(begin(), "a b", NULL);
    CHECK_STR(written(), "BOSH_ERR_NAME");
    bosh_writer_start(begin(), "p:a", NULL);
    CHECK_STR(written(), "BOSH_ERR_NAME");
    bosh_writer_start(begin(), "a", "http://www.w3.org/XML/1998/namespace");
    CHECK_STR(written(), "BOSH_ERR_NAME");
    bosh_writer_element(begin(), "a", NULL, NULL);
    bosh_writer_element(&w, "b", NULL, NULL); /* a second root */
    CHECK_STR(written(), "BOSH_ERR_NAME");
    bosh_writer_text(begin(), "outside");
    CHECK_STR(written(), "BOSH_ERR_NAME");
    bosh_writer_end(begin());
    CHECK_STR(written(), "BOSH_ERR_NAME");
    bosh_writer_attribute(begin(), "a", "b");
    CHECK_STR(written(), "BOSH_ERR_NAME");

    static const char *const attributes[] = {"a", "xmlns", "xmlns:a", "p:a", "a=", ""};
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        bosh_writer_start(begin(), "x", NULL);
        bosh_writer_attribute(&w, "a", "1");
        bosh_writer_attribute(&w, attributes[i], "2");
        CHECK_STR(written(), "BOSH_ERR_NAME");
    }
    bosh_writer_start(begin(), "x", NULL);
    bosh_writer_text(&w, "t");
    bosh_writer_attribute(&w, "a", "late");
    CHECK_STR(written(), "BOSH_ERR_NAME");
    bosh_writer_element(begin(), "a", NULL, "\x01");
    CHECK_STR(written(), "BOSH_ERR_CHARACTER");
    bosh_writer_element(begin(), "a", NULL, "\xFF");
    CHECK_STR(written(), "BOSH_ERR_UTF8");
    CHECK_INT(bosh_writer_error(&w), BOSH_ERR_UTF8);
    bosh_writer_start(begin(), "a", NULL);
    bosh_writer_text_n(&w, "a\0b", 3);
    CHECK_STR(written(), "BOSH_ERR_CHARACTER");
    bosh_writer_reset(&w);
    bosh_writer_element(&w, "a", NULL, NULL);
    CHECK_STR(written(), "<a xmlns='jabber:client'/>");
}

static void test_attribute_like_text_in_values(void)
{
    bosh_writer_start(begin(), "x", NULL);
    bosh_writer_attribute(&w, "a", "1 b='2'");
    bosh_writer_attribute(&w, "b", "3");
    CHECK_STR(written(), "<x xmlns='jabber:client' a='1 b=&apos;2&apos;' b='3'/>");
}

static void test_limits(void)
{
    begin();
    for (int i = 0; i < BOSH_WRITER_DEPTH_MAX; i++)
        bosh_writer_start(&w, "a", NULL);
    CHECK_INT(bosh_writer_error(&w), 0);
    bosh_writer_start(&w, "a", NULL);
    CHECK_STR(written(), "BOSH_ERR_STANZA_TOO_LARGE");
    bosh_writer_start(begin(), "a", NULL);
    for (int i = 0; i < 300; i++)
        bosh_writer_element(&w, "bbb", NULL, "cc");
    CHECK_STR(written(), "BOSH_ERR_STANZA_TOO_LARGE");
}

static const bosh_reader_limits limits = {100000, 64, 64, 0, 0, 1};

/* Parse, write, and compare. */
static void check_copy(const char *xml, const char *expected)
{
    bosh_document document;
    CHECK_INT(bosh_reader_parse(bosh_mem_allocator(NULL), &limits, xml, strlen(xml), &document), 0);
    begin();
    bosh_writer_stanza(&w, document.root);
    CHECK_STR(written(), expected);
    bosh_document_free(&document, bosh_mem_allocator(NULL));
}

static void test_received_elements(void)
{
    check_copy(
        "<message xmlns='jabber:client' id=\"a&quot;\">x<b>&lt;<c/>d</b>y<e><f/></e></message>",
        "<message xmlns='jabber:client' id='a\"'>x<b>&lt;<c/>d</b>y<e><f/></e></message>");
    check_copy("<a><b xmlns='m'><c/></b><d/></a>", "<a xmlns=''><b xmlns='m'><c/></b><d/></a>");
    check_copy("<a xmlns='n'><b xmlns=''/></a>", "<a xmlns='n'><b xmlns=''/></a>");
    check_copy("<a xmlns='n' xmlns:p='m' q='0' p:q='1' xml:lang='en'/>",
               "<a xmlns='n' q='0' xmlns:n1='m' n1:q='1' xml:lang='en'/>");
    check_copy("<a xmlns='n'>&#13;\n&#9;</a>", "<a xmlns='n'>&#13;\n\t</a>");
    check_copy("<gr\xC3\xBC\xC3\x9F"
               "e/>",
               "BOSH_ERR_NAME");
}

static void test_received_part(void)
{
    const char *xml = "<iq xmlns='jabber:client'><q xmlns='q'><a/>t</q><other/></iq>";
    bosh_document document;
    CHECK_INT(bosh_reader_parse(bosh_mem_allocator(NULL), &limits, xml, strlen(xml), &document), 0);
    bosh_writer_start(begin(), "message", NULL);
    bosh_writer_stanza(&w, bosh_stanza_child(document.root, "q", NULL));
    bosh_writer_stanza(&w, NULL);
    CHECK_STR(written(), "<message xmlns='jabber:client'><q xmlns='q'><a/>t</q></message>");
    bosh_document_free(&document, bosh_mem_allocator(NULL));
}

static const char *parsed_n(const char *xml, size_t size)
{
    begin();
    int error = bosh_writer_parse(&w, xml, size);
    CHECK_INT(error, bosh_writer_finish(&w));
    return written();
}

static const char *parsed(const char *xml)
{
    return parsed_n(xml, strlen(xml));
}

static void test_parse(void)
{
    CHECK_STR(parsed("<presence/>"), "<presence xmlns='jabber:client'/>");
    CHECK_INT(w.kind, BOSH_KIND_PRESENCE);
    CHECK_STR(parsed(" \n<message to='a'>x</message>\n"),
              "<message xmlns='jabber:client' to='a'>x</message>");
    CHECK_STR(parsed("<iq\n\tid = \"7\" xmlns=\"jabber:client\" type='get'><q xmlns='q'/></iq >"),
              "<iq\n\tid = \"7\" xmlns=\"jabber:client\" type='get'><q xmlns='q'/></iq >");
    CHECK_INT(w.kind, BOSH_KIND_IQ);
    CHECK(bosh_writer_span_equals(&w, w.id, "7"));
    CHECK(bosh_writer_span_equals(&w, w.type, "get"));
    CHECK_INT(w.to.size, 0);
    CHECK_STR(parsed("<message><![CDATA[<!-- x -->]]></message>"),
              "<message xmlns='jabber:client'><![CDATA[<!-- x -->]]></message>");
    CHECK_STR(parsed("<x xmlns='urn:x'/>"), "<x xmlns='urn:x'/>");
    CHECK_INT(w.kind, BOSH_KIND_OTHER);
    CHECK_STR(parsed("<message to='a&amp;b&#x1F600;&#65;\tc\r\nd&apos;'/>"), w.buf.data);
    char *to = bosh_writer_span_copy(&w, w.to);
    CHECK_STR(to, "a&b\xF0\x9F\x98\x80"
                  "A c d'");
    CHECK(bosh_writer_span_equals(&w, w.to, to));
    bosh_mem_free(bosh_mem_allocator(NULL), to);
}

/* Every refusal has its name, and nothing BODY-3 forbids gets through. */
static void test_parse_refuses(void)
{
    CHECK_STR(parsed(""), "BOSH_ERR_STANZA_SYNTAX");
    CHECK_STR(parsed("hello"), "BOSH_ERR_STANZA_SYNTAX");
    CHECK_STR(parsed("<message>"), "BOSH_ERR_STANZA_SYNTAX");
    CHECK_STR(parsed("<message/><message/>"), "BOSH_ERR_STANZA_SYNTAX");
    CHECK_STR(parsed("<?xml version='1.0'?><message/>"), "BOSH_ERR_STANZA_SYNTAX");
    CHECK_STR(parsed("<message><!-- c --></message>"), "BOSH_ERR_STANZA_SYNTAX");
    CHECK_STR(parsed("<message/><!-- c -->"), "BOSH_ERR_STANZA_SYNTAX");
    CHECK_STR(parsed("<message><?pi?></message>"), "BOSH_ERR_STANZA_SYNTAX");
    CHECK_STR(parsed("<message><![CDATA[a]]><!-- c --></message>"), "BOSH_ERR_STANZA_SYNTAX");
    CHECK_STR(parsed("<!DOCTYPE message><message/>"), "BOSH_ERR_STANZA_SYNTAX");
    CHECK_STR(parsed("<message>&nbsp;</message>"), "BOSH_ERR_STANZA_SYNTAX");
    CHECK_STR(parsed("\xEF\xBB\xBF<message/>"), "BOSH_ERR_STANZA_SYNTAX");
    CHECK_STR(parsed("<message p:a='1'/>"), "BOSH_ERR_STANZA_SYNTAX");
    CHECK_STR(parsed("<c:message xmlns:c='jabber:client'/>"), "BOSH_ERR_STANZA_KIND");
    CHECK_STR(parsed("<message xmlns=''/>"), "BOSH_ERR_STANZA_KIND");
    CHECK_STR(parsed("<message>\x02</message>"), "BOSH_ERR_CHARACTER");
    CHECK_STR(parsed_n("<message>\0</message>", 20), "BOSH_ERR_CHARACTER");
    CHECK_STR(parsed("<message>\xFE</message>"), "BOSH_ERR_UTF8");
    static char large[3000];
    memset(large, ' ', sizeof(large));
    memcpy(large, "<message>", 9);
    memcpy(large + 2990, "</message>", 10);
    CHECK_STR(parsed_n(large, 3000), "BOSH_ERR_STANZA_TOO_LARGE");
    memcpy(large + 1985, "</message>", 10); /* fits, but not with the namespace added */
    CHECK_STR(parsed_n(large, 1995), "BOSH_ERR_STANZA_TOO_LARGE");
    bosh_writer_deinit(&w);
    bosh_writer_init(&w, bosh_mem_allocator(NULL), 2000);
}

/* Each allocation on the way fails once. */
static void test_parse_without_memory(void)
{
    static const char *const xml[] = {"<iq id='7' xmlns='jabber:client'/>", "<iq id='7'/>"};
    for (size_t i = 0; i < 2; i++) {
        world_alloc alloc;
        world_alloc_init(&alloc);
        bosh_allocator allocator = world_alloc_allocator(&alloc);
        int error = BOSH_ERR_MEMORY;
        for (uint64_t at = 1; error == BOSH_ERR_MEMORY; at++) {
            bosh_writer writer;
            bosh_writer_init(&writer, &allocator, 2000);
            alloc.fail_at = alloc.calls + at;
            error = bosh_writer_parse(&writer, xml[i], strlen(xml[i]));
            CHECK(error == BOSH_ERR_MEMORY || alloc.calls < alloc.fail_at);
            bosh_writer_deinit(&writer);
        }
        CHECK_INT(error, BOSH_OK);
        CHECK_INT(alloc.blocks, 0);
        world_alloc_deinit(&alloc);
    }
}

static const check_test tests[] = {
    {"message", test_message},
    {"open_elements_are_closed", test_open_elements_are_closed},
    {"kinds", test_kinds},
    {"spans", test_spans},
    {"refused", test_refused},
    {"attribute_like_text_in_values", test_attribute_like_text_in_values},
    {"limits", test_limits},
    {"received_elements", test_received_elements},
    {"received_part", test_received_part},
    {"parse", test_parse},
    {"parse_refuses", test_parse_refuses},
    {"parse_without_memory", test_parse_without_memory},
};
CHECK_MAIN(tests)
