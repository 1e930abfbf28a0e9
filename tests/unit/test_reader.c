/* SPDX-License-Identifier: MIT
 * xml/reader: every named error, the same result for any split, memory that is bounded, freed and
 * ours. */
#include "xml/reader.h"
#include "base/mem.h"
#include "tests/check.h"
#include "xml/stanza.h"

#include <bosh/arena.h>
#include <expat.h>
#include <stdlib.h>

/* An allocator that counts, and that can be told to fail. */
static struct {
    int live, calls;
    int fail_at; /* the call that fails; -1: none */
    size_t bytes;
} counted;

static int fails(size_t size)
{
    counted.bytes += size;
    return counted.calls++ == counted.fail_at;
}

static void *count_allocate(size_t size, void *user)
{
    (void)user;
    if (fails(size))
        return NULL;
    counted.live++;
    return malloc(size);
}

static void *count_reallocate(void *block, size_t size, void *user)
{
    (void)user;
    if (fails(size))
        return NULL;
    counted.live += block == NULL;
    return realloc(block, size);
}

static void count_release(void *block, void *user)
{
    (void)user;
    counted.live -= block != NULL;
    free(block);
}

static const bosh_allocator counting = {count_allocate, count_reallocate, count_release, NULL};

static bosh_reader_limits limits = {100000, 64, 64, 1, 0, 12345};

/* Parse in pieces of `piece` bytes; the error, and the document when there is none. */
static int parse_split(const char *xml, size_t size, size_t piece, bosh_document *out)
{
    bosh_reader *reader;
    int error = bosh_reader_new(&counting, &limits, &reader);
    memset(out, 0, sizeof(*out));
    if (error)
        return error;
    for (size_t i = 0; i < size; i += piece)
        bosh_reader_feed(reader, xml + i, size - i < piece ? size - i : piece);
    error = bosh_reader_finish(reader, out);
    bosh_reader_free(reader);
    return error;
}

/* The name of the error that `xml` gives; checks that any split gives the same, with and without
 * its source. */
static const char *error_n(const char *xml, size_t size)
{
    counted.fail_at = -1;
    int first = 0;
    for (size_t piece = size ? size : 1; piece > 0; piece--) {
        for (limits.keep_source = 2; limits.keep_source--;) {
            bosh_document document;
            int error = parse_split(xml, size, piece, &document);
            bosh_document_free(&document, &counting);
            if (piece >= size && limits.keep_source)
                first = error;
            CHECK_INT(error, first);
        }
        limits.keep_source = 1;
    }
    CHECK_INT(counted.live, 0);
    return bosh_error_name(first);
}

static const char *error_of(const char *xml)
{
    return error_n(xml, strlen(xml));
}

static void test_well_formed(void)
{
    CHECK_STR(error_of("<a/>"), "BOSH_OK");
    CHECK_STR(error_of(" \n<a/>\n"), "BOSH_OK");
    CHECK_STR(error_of("<?xml version='1.0' encoding='UTF-8'?><a/>"), "BOSH_OK");
    CHECK_STR(error_of("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xC3\xA4</a>"), "BOSH_OK");
    CHECK_STR(error_of("\xEF\xBB\xBF<a/>"), "BOSH_OK");
    CHECK_STR(error_of("<!-- c --><a><!-- d --><?pi x?></a><!-- e -->"), "BOSH_OK");
    CHECK_STR(error_of("<a>&amp;&lt;&gt;&apos;&quot;&#65;&#x1F600;</a>"), "BOSH_OK");
    CHECK_STR(error_of("<a x='1' y=\"2\"/>"), "BOSH_OK");
}

static void test_syntax(void)
{
    CHECK_STR(error_of("hello"), "BOSH_ERR_RESPONSE_SYNTAX");
    CHECK_STR(error_of("{\"json\": 1}"), "BOSH_ERR_RESPONSE_SYNTAX");
    CHECK_STR(error_of("<a></b>"), "BOSH_ERR_RESPONSE_SYNTAX");
    CHECK_STR(error_of("<a/><b/>"), "BOSH_ERR_RESPONSE_SYNTAX");
    CHECK_STR(error_of("<a/>text"), "BOSH_ERR_RESPONSE_SYNTAX");
    CHECK_STR(error_of("<a/>i\xF4"), "BOSH_ERR_RESPONSE_SYNTAX");
    CHECK_STR(error_of("<a/>http:"), "BOSH_ERR_RESPONSE_SYNTAX");
    CHECK_STR(error_of("<a b='1' b='2'/>"), "BOSH_ERR_RESPONSE_SYNTAX");
    CHECK_STR(error_of("<a b=1/>"), "BOSH_ERR_RESPONSE_SYNTAX");
    CHECK_STR(error_of("<p:a/>"), "BOSH_ERR_RESPONSE_SYNTAX");
    CHECK_STR(error_of("<a>]]></a>"), "BOSH_ERR_RESPONSE_SYNTAX");
    CHECK_STR(error_of(" <?xml version='1.0'?><a/>"), "BOSH_ERR_RESPONSE_SYNTAX");
    CHECK_STR(error_of("<a><!DOCTYPE a></a>"), "BOSH_ERR_RESPONSE_SYNTAX");
}

static void test_truncated(void)
{
    CHECK_STR(error_of(""), "BOSH_ERR_RESPONSE_TRUNCATED");
    CHECK_STR(error_of("  "), "BOSH_ERR_RESPONSE_TRUNCATED");
    const char *whole = "<a b='c'>x<![CDATA[y]]>&amp;<!-- c -->\xC3\xA4<d/></a>";
    for (size_t size = 0; size < strlen(whole); size++)
        CHECK_STR(error_n(whole, size), "BOSH_ERR_RESPONSE_TRUNCATED");
    CHECK_STR(error_of(whole), "BOSH_OK");
    CHECK_STR(error_of("<a/><!-- "), "BOSH_ERR_RESPONSE_TRUNCATED");
}

static void test_doctype(void)
{
    CHECK_STR(error_of("<!DOCTYPE html><html/>"), "BOSH_ERR_RESPONSE_DOCTYPE");
    CHECK_STR(error_of("<!doctype html><html/>"), "BOSH_ERR_RESPONSE_DOCTYPE");
    CHECK_STR(error_of("<!DOCTYPE a SYSTEM 'http://127.0.0.1/x'><a/>"),
              "BOSH_ERR_RESPONSE_DOCTYPE");
    CHECK_STR(error_of("<!DOCTYPE a [<!ENTITY x 'lol'><!ENTITY y '&x;&x;'>]><a>&y;</a>"),
              "BOSH_ERR_RESPONSE_DOCTYPE");
}

static void test_entities(void)
{
    CHECK_STR(error_of("<a>&nbsp;</a>"), "BOSH_ERR_RESPONSE_ENTITY");
    CHECK_STR(error_of("<a b='&x;'/>"), "BOSH_ERR_RESPONSE_ENTITY");
}

static void test_characters(void)
{
    CHECK_STR(error_n("<a>\0</a>", 8), "BOSH_ERR_RESPONSE_CHARACTER");
    CHECK_STR(error_n("\0<a/>", 5), "BOSH_ERR_RESPONSE_CHARACTER");
    CHECK_STR(error_n("<\0a\0/\0>\0", 8), "BOSH_ERR_RESPONSE_CHARACTER");
    CHECK_STR(error_n(">\0", 2), "BOSH_ERR_RESPONSE_SYNTAX"); /* the first mistake counts */
    CHECK_STR(error_of("<a>\x01</a>"), "BOSH_ERR_RESPONSE_CHARACTER");
    CHECK_STR(error_of("<a b='\x1F'/>"), "BOSH_ERR_RESPONSE_CHARACTER");
    CHECK_STR(error_of("<a>&#0;</a>"), "BOSH_ERR_RESPONSE_CHARACTER");
    CHECK_STR(error_of("<a>&#xD800;</a>"), "BOSH_ERR_RESPONSE_CHARACTER");
    CHECK_STR(error_of("<a>\xEF\xBF\xBF</a>"), "BOSH_ERR_RESPONSE_CHARACTER");
}

static void test_utf8(void)
{
    CHECK_STR(error_of("<a>\xFF</a>"), "BOSH_ERR_RESPONSE_UTF8");
    CHECK_STR(error_of("<a>\xC3(</a>"), "BOSH_ERR_RESPONSE_UTF8");
    CHECK_STR(error_of("<a>\xED\xA0\x80</a>"), "BOSH_ERR_RESPONSE_UTF8");
    CHECK_STR(error_of("<a b='\xC0\x80'/>"), "BOSH_ERR_RESPONSE_UTF8");
    CHECK_STR(error_of("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE4</a>"),
              "BOSH_ERR_RESPONSE_UTF8");
    CHECK_STR(error_n("\xFF\xFE<\0a\0/\0>\0", 10), "BOSH_ERR_RESPONSE_UTF8");
}

static void test_depth(void)
{
    static char deep[300000];
    char *end = deep;
    for (int i = 0; i < 100000; i++, end += 3)
        memcpy(end, "<a>", 3);
    bosh_document document;
    limits.bytes_max = sizeof(deep);
    counted.bytes = 0;
    CHECK_INT(parse_split(deep, sizeof(deep), sizeof(deep), &document), BOSH_ERR_RESPONSE_DEPTH);
    CHECK(counted.bytes < 200000);
    limits.bytes_max = 100000;
    CHECK_INT(counted.live, 0);
    limits.depth_max = 2;
    CHECK_STR(error_of("<a><b/></a>"), "BOSH_OK");
    CHECK_STR(error_of("<a><b><c/></b></a>"), "BOSH_ERR_RESPONSE_DEPTH");
    limits.depth_max = 64;
}

static void test_attribute_count(void)
{
    limits.attributes_max = 2;
    CHECK_STR(error_of("<a b='1' c='2' xmlns='x' xmlns:p='y'/>"), "BOSH_OK");
    CHECK_STR(error_of("<a b='1' c='2' d='3'/>"), "BOSH_ERR_RESPONSE_ATTRIBUTES");
    limits.attributes_max = 64;
}

static void test_bytes_max(void)
{
    limits.bytes_max = 6;
    CHECK_STR(error_of("<abc/>"), "BOSH_OK");
    CHECK_STR(error_of("<abcd/>"), "BOSH_ERR_RESPONSE_TOO_LARGE");
    limits.bytes_max = 100000;
}

/* Ten namespaces in turn defeat the memory for the last eight, and each is stored again. */
static void test_namespaces_do_not_multiply(void)
{
    static char xml[100000];
    char *end = xml + sprintf(xml, "<a");
    for (int i = 0; i < 10; i++)
        end += sprintf(end, " xmlns:p%d='%d%0900d'", i, i, 0);
    end += sprintf(end, ">");
    for (int i = 0; i < 5000; i++)
        end += sprintf(end, "<p%d:b/>", i % 10);
    end += sprintf(end, "</a>");
    for (limits.keep_source = 2; limits.keep_source--;) {
        bosh_document document;
        counted.bytes = 0;
        CHECK_INT(parse_split(xml, (size_t)(end - xml), 5000, &document),
                  BOSH_ERR_RESPONSE_TOO_LARGE);
        CHECK(counted.bytes < 40 * (size_t)(end - xml));
        CHECK_INT(counted.live, 0);
    }
    limits.keep_source = 1;
}

/* A tag that never ends, byte by byte, must not cost its square. */
static void test_trickling_tag(void)
{
    bosh_reader *reader;
    int error = 0, fed = 0;
    limits.bytes_max = 60000;
    CHECK_INT(bosh_reader_new(&counting, &limits, &reader), 0);
    bosh_reader_feed(reader, "<a b='", 6);
    for (; !error && fed < 70000; fed++)
        error = bosh_reader_feed(reader, "x", 1);
    CHECK_INT(error, BOSH_ERR_RESPONSE_TOO_LARGE);
    CHECK_INT(fed, 60000 - 6 + 1);
    bosh_reader_free(reader);
    limits.bytes_max = 100000;
}

static void test_errors_are_sticky(void)
{
    bosh_reader *reader;
    bosh_document document;
    CHECK_INT(bosh_reader_new(&counting, &limits, &reader), 0);
    CHECK_INT(bosh_reader_feed(reader, "<a>&x;", 6), BOSH_ERR_RESPONSE_ENTITY);
    CHECK_INT(bosh_reader_feed(reader, "</a>", 4), BOSH_ERR_RESPONSE_ENTITY);
    CHECK_INT(bosh_reader_finish(reader, &document), BOSH_ERR_RESPONSE_ENTITY);
    CHECK(document.root == NULL && document.block == NULL);
    bosh_reader_free(reader);
    bosh_reader_free(NULL);
}

/* Text of 16 KB in 32 KB of memory. */
static int parse_in_arena(const char *xml, size_t size, bosh_document *out)
{
    static uint64_t block[32 * 1024 / 8];
    bosh_arena arena;
    bosh_reader *reader;
    bosh_arena_init(&arena, block, sizeof(block));
    bosh_allocator memory = bosh_arena_allocator(&arena);
    int error = bosh_reader_new(&memory, &limits, &reader);
    for (size_t i = 0; i < size && !error; i += 500)
        error = bosh_reader_feed(reader, xml + i, size - i < 500 ? size - i : 500);
    if (!error)
        error = bosh_reader_finish(reader, out);
    bosh_reader_free(reader);
    return error;
}

static void test_unkept_source_takes_no_memory(void)
{
    static const char tags[] = "<a x='>' y=\"'/>\"><b>", piece[] = "\r\n]]\xC3\xA4-";
    enum { BEGIN = sizeof(tags) - 1, PIECE = sizeof(piece) - 1, COUNT = 2300 };
    static char xml[BEGIN + COUNT * PIECE + 9];
    memcpy(xml, tags, BEGIN);
    for (size_t i = 0; i < COUNT; i++)
        memcpy(xml + BEGIN + i * PIECE, piece, PIECE);
    memcpy(xml + BEGIN + COUNT * PIECE, "</b></a>", 8);
    bosh_document document;
    if (bosh_has_feature("source"))
        CHECK_INT(parse_in_arena(xml, sizeof(xml) - 1, &document), BOSH_ERR_MEMORY);
    limits.keep_source = 0;
    int error = parse_in_arena(xml, sizeof(xml) - 1, &document);
    limits.keep_source = 1;
    CHECK_INT(error, BOSH_OK);
    const char *text = bosh_stanza_child_text(document.root, "b", NULL);
    for (size_t i = 0; i < COUNT; i++)
        CHECK(memcmp(text + i * (PIECE - 1), "\n]]\xC3\xA4-", PIECE - 1) == 0);
    CHECK_INT(strlen(text), COUNT * (PIECE - 1));
}

static void test_text_runs_merge(void)
{
    bosh_document document;
    const char *xml = "<a>one &amp; <!-- c -->two<![CDATA[ <3> ]]>&#x41;<b/>four\r\n</a>";
    for (size_t piece = strlen(xml); piece > 0; piece--) {
        CHECK_INT(parse_split(xml, strlen(xml), piece, &document), 0);
        const bosh_stanza *node = bosh_stanza_first_node(document.root);
        CHECK_STR(bosh_stanza_text(node), "one & two <3> A");
        node = bosh_stanza_next_node(node);
        CHECK_STR(bosh_stanza_name(node), "b");
        node = bosh_stanza_next_node(node);
        CHECK_STR(bosh_stanza_text(node), "four\n");
        CHECK(bosh_stanza_next_node(node) == NULL);
        bosh_document_free(&document, &counting);
    }
}

static const char message[] =
    "<body xmlns='http://jabber.org/protocol/httpbind' ack='4503599627370500'>"
    "<message xmlns='jabber:client' from='alice@example.org/desktop' to='bob@example.org/phone' "
    "type='chat' id='1a2b3c4d'><body>Shall we meet at the usual place, or would you rather try the "
    "new one by the river? They say that it is quiet there at this time of the day.</body>"
    "<active xmlns='http://jabber.org/protocol/chatstates'/>"
    "<request xmlns='urn:xmpp:receipts'/>"
    "<origin-id xmlns='urn:xmpp:sid:0' id='1a2b3c4d'/>"
    "<stanza-id xmlns='urn:xmpp:sid:0' id='1612345678901234' by='bob@example.org'/>"
    "</message></body>";

static void *bare_allocate(size_t size)
{
    return count_allocate(size, NULL);
}

static void *bare_reallocate(void *block, size_t size)
{
    return count_reallocate(block, size, NULL);
}

static void bare_release(void *block)
{
    count_release(block, NULL);
}

static void XMLCALL ignore_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    (void)user, (void)name, (void)attributes;
}

static void XMLCALL ignore_end(void *user, const XML_Char *name)
{
    (void)user, (void)name;
}

/* Allocations of expat alone for the same bytes. */
static int bare_allocations(void)
{
    const XML_Memory_Handling_Suite memory = {bare_allocate, bare_reallocate, bare_release};
    counted.calls = 0;
    XML_Parser parser = XML_ParserCreate_MM("UTF-8", &memory, "\n");
    XML_SetElementHandler(parser, ignore_start, ignore_end);
    CHECK(XML_Parse(parser, message, sizeof(message) - 1, 1) == XML_STATUS_OK);
    XML_ParserFree(parser);
    return counted.calls;
}

/* An answer with one message costs three allocations of ours: reader, block, source. expat's are
 * its own, the built-in parser needs none. Without a source to keep, the block grows in steps. */
static void test_allocations(void)
{
    bosh_document document;
    counted.fail_at = -1;
    counted.calls = 0;
    CHECK_INT(parse_split(message, sizeof(message) - 1, sizeof(message), &document), 0);
    int calls = counted.calls;
    CHECK_INT(counted.live, bosh_has_feature("source") ? 2 : 1); /* the block, and the source */
    bosh_document_free(&document, &counting);
    CHECK_INT(counted.live, 0);
    if (bosh_has_feature("source"))
        CHECK(calls == 3 || calls == 3 + bare_allocations());
}

static void test_every_allocation_may_fail(void)
{
    int failures = 0;
    for (int at = 0;; at++) {
        bosh_document document;
        counted.calls = 0;
        counted.fail_at = at;
        int error = parse_split(message, sizeof(message) - 1, 300, &document);
        if (error)
            CHECK_INT(error, BOSH_ERR_MEMORY);
        bosh_document_free(&document, &counting);
        CHECK_INT(counted.live, 0);
        failures += error != 0;
        if (counted.calls <= at)
            break;
    }
    CHECK(failures >= 3);
    counted.fail_at = -1;
}

static int is_text(bosh_slice slice, const char *text)
{
    return slice.size == strlen(text) && memcmp(slice.data, text, slice.size) == 0;
}

static void test_source(void)
{
    CHECK_NEEDS("source");
    static const char *const prefixes[] = {"", "\xEF\xBB\xBF", "<?xml version='1.0'?>\n"};
    for (size_t i = 0; i < 3; i++) {
        char xml[200];
        bosh_document document;
        sprintf(xml, "%s<a> <b x='&gt;'><c/></b>\xC3\xA4 <d >&amp;</d\n></a>", prefixes[i]);
        for (size_t piece = strlen(xml); piece > 0; piece--) {
            CHECK_INT(parse_split(xml, strlen(xml), piece, &document), 0);
            bosh_slice b = bosh_stanza_source(bosh_stanza_child(document.root, "b", NULL));
            bosh_slice c = bosh_stanza_source(
                bosh_stanza_child(bosh_stanza_child(document.root, "b", NULL), "c", NULL));
            bosh_slice d = bosh_stanza_source(bosh_stanza_child(document.root, "d", NULL));
            bosh_slice all = bosh_stanza_source(document.root);
            CHECK(is_text(b, "<b x='&gt;'><c/></b>"));
            CHECK(is_text(c, "<c/>"));
            CHECK(is_text(d, "<d >&amp;</d\n>"));
            CHECK_INT(all.size, strlen(xml) - strlen(prefixes[i]));
            CHECK(bosh_stanza_source(bosh_stanza_first_node(document.root)).data == NULL);
            bosh_document_free(&document, &counting);
        }
    }
    bosh_document document;
    limits.keep_source = 0;
    CHECK_INT(parse_split("<a/>", 4, 4, &document), 0);
    CHECK(bosh_stanza_source(document.root).data == NULL);
    CHECK(document.source == NULL);
    bosh_document_free(&document, &counting);
    limits.keep_source = 1;
}

static void test_large(void)
{
    size_t size = 0, capacity = 700000;
    char *xml = malloc(capacity);
    size += (size_t)sprintf(xml, "<body xmlns='http://jabber.org/protocol/httpbind'>");
    const char *one = strstr(message, "<message");
    size_t one_size = (size_t)(strstr(message, "</message>") - one) + 10;
    for (int i = 0; i < 1000; i++, size += one_size)
        memcpy(xml + size, one, one_size);
    size += (size_t)sprintf(xml + size, "</body>");
    bosh_document document;
    limits.bytes_max = capacity;
    CHECK_INT(bosh_reader_parse(&counting, &limits, xml, size, &document), 0);
    int count = 0;
    for (const bosh_stanza *m = bosh_stanza_child(document.root, "message", "jabber:client"); m;
         m = bosh_stanza_next(m, "message", "jabber:client"), count++)
        CHECK_STR(bosh_stanza_attribute(bosh_stanza_child(m, "stanza-id", NULL), "by"),
                  "bob@example.org");
    CHECK_INT(count, 1000);
    bosh_document_free(&document, &counting);
    CHECK_INT(counted.live, 0);
    limits.bytes_max = 100000;
    free(xml);
}

static const check_test tests[] = {
    {"well_formed", test_well_formed},
    {"syntax", test_syntax},
    {"truncated", test_truncated},
    {"doctype", test_doctype},
    {"entities", test_entities},
    {"characters", test_characters},
    {"utf8", test_utf8},
    {"depth", test_depth},
    {"attribute_count", test_attribute_count},
    {"bytes_max", test_bytes_max},
    {"namespaces_do_not_multiply", test_namespaces_do_not_multiply},
    {"trickling_tag", test_trickling_tag},
    {"errors_are_sticky", test_errors_are_sticky},
    {"unkept_source_takes_no_memory", test_unkept_source_takes_no_memory},
    {"text_runs_merge", test_text_runs_merge},
    {"allocations", test_allocations},
    {"every_allocation_may_fail", test_every_allocation_may_fail},
    {"source", test_source},
    {"large", test_large},
};
CHECK_MAIN(tests)
