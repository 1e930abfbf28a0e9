/* SPDX-License-Identifier: MIT
 * The rules of XML 1.0 and of namespaces in it, one document each; the parser that the library is
 * built with here, the other one by tests/xml. */
#include "xml/reader.h"
#include "base/mem.h"
#include "tests/check.h"

#include <stdlib.h>

static const bosh_reader_limits limits = {1 << 24, 64, UINT16_MAX, 0, 0, 1};

static int parse(const char *xml, size_t size, bosh_document *out)
{
    return bosh_reader_parse(bosh_mem_allocator(NULL), &limits, xml, size, out);
}

static const char *error_of(const char *xml)
{
    bosh_document document;
    int error = parse(xml, strlen(xml), &document);
    bosh_document_free(&document, bosh_mem_allocator(NULL));
    return bosh_error_name(error);
}

#define GOOD(xml) CHECK_STR(error_of(xml), "BOSH_OK")
#define BAD(xml) CHECK_STR(error_of(xml), "BOSH_ERR_RESPONSE_SYNTAX")

static void test_names(void)
{
    GOOD("<_/>");
    GOOD("<a1.-_/>");
    GOOD("<\xC3\xA4\xC2\xB7\xCC\x80\xE4\xB8\x80/>"); /* a letter, an extender, a mark, a sign */
    BAD("<1/>");
    BAD("<-/>");
    BAD("<a$/>");
    BAD("< a/>");
    BAD("<a></a1>");
    BAD("<a1></a>");
    BAD("<a></A>");
    GOOD("<a ></a\n>");
    BAD("<a></ a>");
    BAD("<a></a b='1'>");
    BAD("<a></a/>");
    BAD("<a/ >");
    BAD("</a>");
    CHECK_NEEDS("extras");
    BAD("<\xC2\xB7/>");
    BAD("<a\xE2\x82\xAC/>");    /* the euro sign is no letter */
    BAD("<\xF0\x9F\x98\x80/>"); /* nor is a face */
    BAD("<\xE2\x82\xAC></\xE2\x82\xAC>");
}

static void test_attributes(void)
{
    GOOD("<a b = '1' c\n=\t\"2\" />");
    GOOD("<a b='\"' c=\"'\" d=']]>' e='>'/>");
    BAD("<a b='<'/>");
    BAD("<a b/>");
    BAD("<a b=/>");
    BAD("<a b=''c=''/>");
    BAD("<a b='1' b='1'/>");
    BAD("<a 1='1'/>");
    BAD("<a b='&'/>");
    BAD("<a b='&amp'/>");
    CHECK_STR(error_of("<a b='&b;'/>"), "BOSH_ERR_RESPONSE_ENTITY");
    CHECK_STR(error_of("<a b='&#xFFFF;'/>"), "BOSH_ERR_RESPONSE_CHARACTER");
}

static void test_references(void)
{
    GOOD("<a>&lt;&gt;&amp;&quot;&apos;&#9;&#xA;&#x10FFFF;&#xFFFD;&#0065;</a>");
    BAD("<a>&#;</a>");
    BAD("<a>&#x;</a>");
    BAD("<a>&#1a;</a>");
    BAD("<a>&#X41;</a>");
    BAD("<a>& </a>");
    BAD("<a>&lt</a>");
    BAD("<a>&p:q;</a>");
    CHECK_STR(error_of("<a>&LT;</a>"), "BOSH_ERR_RESPONSE_ENTITY");
    CHECK_STR(error_of("<a>&ltt;</a>"), "BOSH_ERR_RESPONSE_ENTITY");
    CHECK_STR(error_of("<a>&#8;</a>"), "BOSH_ERR_RESPONSE_CHARACTER");
    CHECK_STR(error_of("<a>&#x110000;</a>"), "BOSH_ERR_RESPONSE_CHARACTER");
    CHECK_STR(error_of("<a>&#4294967361;</a>"), "BOSH_ERR_RESPONSE_CHARACTER"); /* 2^32 + 65 */
    CHECK_STR(error_of("<a>&#xDFFF;</a>"), "BOSH_ERR_RESPONSE_CHARACTER");
}

static void test_comments_and_instructions(void)
{
    GOOD("<!----><a><!-- - -></a> --></a><!-- -->");
    BAD("<a><!-- -- --></a>");
    BAD("<a><!-- ---></a>");
    BAD("<a><!- x --></a>");
    BAD("<a><!x></a>");
    GOOD("<?p?><a><?p ?\?></a><?p q?>");
    BAD("<a><?\?></a>");
    BAD("<a><? p?></a>");
    BAD("<a><?p?q?></a>");
    BAD("<a><?p:q?></a>");
    BAD("<a><?xml version='1.0'?></a>");
    BAD("<?xMl?><a/>");
    GOOD("<?xmlx?><a/>");
    CHECK_STR(error_of("<!-- \x02 --><a/>"), "BOSH_ERR_RESPONSE_CHARACTER");
    CHECK_STR(error_of("<?p \xC0\x80?><a/>"), "BOSH_ERR_RESPONSE_UTF8");
}

static void test_xml_declaration(void)
{
    GOOD("<?xml version='1.0'?><a/>");
    GOOD("<?xml version=\"1.1\" ?><a/>");
    GOOD("<?xml version = '1.0' encoding='UTF-8' standalone='yes'?><a/>");
    GOOD("\xEF\xBB\xBF<?xml version='1.0' standalone='no'?><a/>");
    BAD("<?xml?><a/>");
    BAD("<?xml ?><a/>");
    BAD("<?xml encoding='UTF-8'?><a/>");
    BAD("<?xml version='1.0' encoding=''?><a/>");
    BAD("<?xml version='1.0' encoding='_'?><a/>");
    BAD("<?xml version='1.0' standalone='maybe'?><a/>");
    BAD("<?xml version='1.0' standalone='no' encoding='UTF-8'?><a/>");
    BAD("<?xml version='1.0'encoding='UTF-8'?><a/>");
    BAD("<?xml version='1.0\"?><a/>");
    BAD("<?xml version='1.0' x?><a/>");
    BAD("<!-- --><?xml version='1.0'?><a/>");
}

static void test_text(void)
{
    GOOD("<a>]] > ]> ]]&gt; \xF0\x9F\x98\x80\x7F\xC2\x80</a>");
    BAD("<a>]]></a>");
    BAD("<a>]]]></a>");
    GOOD("<a><![CDATA[]]>]]<![CDATA[>]]]]><![CDATA[> ]>&<]]></a>");
    BAD("<a><![CDATA [x]]></a>");
    BAD("<a><![cdata[x]]></a>");
    CHECK_STR(error_of("<![CDATA[x]]><a/>"), "BOSH_ERR_RESPONSE_DOCTYPE");
    CHECK_STR(error_of("<a><![CDATA[\x1F]]></a>"), "BOSH_ERR_RESPONSE_CHARACTER");
    CHECK_STR(error_of("<a>\xEF\xBF\xBE</a>"), "BOSH_ERR_RESPONSE_CHARACTER");
    CHECK_STR(error_of("<a>\xF4\x90\x80\x80</a>"), "BOSH_ERR_RESPONSE_UTF8");
    CHECK_STR(error_of("<a>\xE0\x9F\xBF</a>"), "BOSH_ERR_RESPONSE_UTF8");
}

static void test_namespaces(void)
{
    GOOD("<p:a xmlns:p='u' p:b='1' b='2'><a xmlns='u' b='1'/></p:a>");
    GOOD("<a xmlns=''><b xmlns='u'><c xmlns=''/></b></a>");
    GOOD("<a xml:lang='x' xmlns:xml='http://www.w3.org/XML/1998/namespace'/>");
    BAD("<p:a/>");
    BAD("<a p:b='1'/>");
    BAD("<a><b xmlns:p='u'/><p:c/></a>");
    BAD("<xmlns:a/>");
    BAD("<a xmlns:p=''/>");
    BAD("<a xmlns:xmlns='u'/>");
    BAD("<a xmlns:xml='u'/>");
    BAD("<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>");
    BAD("<a xmlns='http://www.w3.org/2000/xmlns/'/>");
    BAD("<a xmlns:p='u' xmlns:p='v'/>");
    BAD("<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>");
    BAD("<a xmlns='u&#10;v'/>");
    BAD("<:a/>");
    BAD("<a:/>");
    BAD("<p:1 xmlns:p='u'/>");
    BAD("<p:q:a xmlns:p='u'/>");
    BAD("<a p:='1' xmlns:p='u'/>");
}

static void test_values(void)
{
    bosh_document document;
    const char *xml = "<a b='1\t2\r\n3\n4\r5&#10;6&#13;&lt;&#x1F600;\"' xmlns='u&amp;v'>"
                      "x\r\ny\rz\n&#13;<![CDATA[\r\n&amp;]]></a>";
    CHECK_INT(parse(xml, strlen(xml), &document), 0);
    CHECK_STR(bosh_stanza_attribute(document.root, "b"), "1 2 3 4 5\n6\r<\xF0\x9F\x98\x80\"");
    CHECK_STR(bosh_stanza_namespace(document.root), "u&v");
    CHECK_STR(bosh_stanza_text(document.root), "x\ny\nz\n\r\n&amp;");
    bosh_document_free(&document, bosh_mem_allocator(NULL));
}

/* Namespaces that do not stand in the source as they mean, in and out of force. */
static void test_decoded_namespaces(void)
{
    bosh_document document;
    const char *xml =
        "<p:a xmlns:p='&#x75;'><b xmlns='&lt;&lt;' xmlns:q='&gt;' c='&amp;&amp;&amp;'>"
        "<q:d q:e='&quot;'/></b><b xmlns='&apos;'/><p:f/></p:a>";
    CHECK_INT(parse(xml, strlen(xml), &document), 0);
    const bosh_stanza *b = bosh_stanza_child(document.root, "b", "<<");
    CHECK_STR(bosh_stanza_attribute(b, "c"), "&&&");
    CHECK_STR(bosh_stanza_attribute_ns(bosh_stanza_child(b, "d", ">"), ">", "e"), "\"");
    CHECK(bosh_stanza_child(document.root, "b", "'") != NULL);
    CHECK(bosh_stanza_child(document.root, "f", "u") != NULL);
    bosh_document_free(&document, bosh_mem_allocator(NULL));
}

/* Twenty thousand attributes: all there, in order; the same name twice is still found. */
static void test_many_attributes(void)
{
    enum { COUNT = 20000 };
    bosh_document document;
    const char *ns, *name, *value;
    char *xml = malloc(COUNT * 16 + 100), expected[16];
    size_t size = (size_t)sprintf(xml, "<a");
    for (int i = 0; i < COUNT; i++)
        size += (size_t)sprintf(xml + size, " x%d='%d'", (i * 7919) % COUNT, i);
    size_t end = size;
    size += (size_t)sprintf(xml + size, "/>");
    CHECK_INT(parse(xml, size, &document), 0);
    for (int i = 0; i < COUNT; i += 1234) {
        sprintf(expected, "x%d", (i * 7919) % COUNT);
        CHECK(bosh_stanza_attribute_at(document.root, (size_t)i, &ns, &name, &value));
        CHECK_STR(name, expected);
    }
    bosh_document_free(&document, bosh_mem_allocator(NULL));
    size = end + (size_t)sprintf(xml + end, " x77=''/>");
    CHECK_INT(parse(xml, size, &document), BOSH_ERR_RESPONSE_SYNTAX);
    free(xml);
}

/* So many declarations are in force at a time, and no more. */
static void test_many_declarations(void)
{
    char *xml = malloc(20000);
    for (int extra = 0; extra < 2; extra++) {
        size_t size = (size_t)sprintf(xml, "<a>");
        for (int round = 0; round < 2; round++) { /* the second time as many, the first are gone */
            size += (size_t)sprintf(xml + size, "<b");
            for (int i = 0; i < 255; i++)
                size += (size_t)sprintf(xml + size, " xmlns:p%d='u%d'", i, i);
            size += (size_t)sprintf(xml + size, "><p254:c xmlns='%s'/></b>", "v");
        }
        if (extra)
            size += (size_t)sprintf(xml + size, "<d");
        for (int i = 0; extra && i < 257; i++)
            size += (size_t)sprintf(xml + size, " xmlns:p%d='u%d'", i, i);
        if (extra)
            size += (size_t)sprintf(xml + size, "/>");
        sprintf(xml + size, "</a>");
        CHECK_STR(error_of(xml), extra ? "BOSH_ERR_RESPONSE_ATTRIBUTES" : "BOSH_OK");
    }
    free(xml);
}

static const check_test tests[] = {
    {"names", test_names},
    {"attributes", test_attributes},
    {"references", test_references},
    {"comments_and_instructions", test_comments_and_instructions},
    {"xml_declaration", test_xml_declaration},
    {"text", test_text},
    {"namespaces", test_namespaces},
    {"values", test_values},
    {"decoded_namespaces", test_decoded_namespaces},
    {"many_attributes", test_many_attributes},
    {"many_declarations", test_many_declarations},
};
CHECK_MAIN(tests)
