/* SPDX-License-Identifier: MIT
 * xml/stanza: the getters, and copies that keep their meaning. */
#include "xml/stanza.h"
#include "base/mem.h"
#include "tests/check.h"
#include "xml/reader.h"

static bosh_document document;

static const bosh_stanza *parse(const char *xml)
{
    static const bosh_reader_limits limits = {100000, 64, 64, 1, 0, 1};
    bosh_document_free(&document, bosh_mem_allocator(NULL));
    CHECK_INT(bosh_reader_parse(bosh_mem_allocator(NULL), &limits, xml, strlen(xml), &document), 0);
    return document.root;
}

static void end(void)
{
    bosh_document_free(&document, bosh_mem_allocator(NULL));
}

static void test_names(void)
{
    const bosh_stanza *root = parse("<a xmlns='n'><p:b xmlns:p='m'/><c xmlns=''/></a>");
    CHECK_STR(bosh_stanza_name(root), "a");
    CHECK_STR(bosh_stanza_namespace(root), "n");
    CHECK(bosh_stanza_is(root, "a", "n"));
    CHECK(bosh_stanza_is(root, "a", NULL));
    CHECK(bosh_stanza_is(root, NULL, "n"));
    CHECK(bosh_stanza_is(root, NULL, NULL));
    CHECK(!bosh_stanza_is(root, "b", NULL));
    CHECK(!bosh_stanza_is(root, NULL, "m"));
    CHECK(!bosh_stanza_is(root, NULL, ""));
    CHECK_STR(bosh_stanza_namespace(bosh_stanza_child(root, "b", NULL)), "m");
    CHECK(bosh_stanza_is(bosh_stanza_child(root, "c", ""), "c", ""));
    end();
}

static void test_null(void)
{
    const char *ns, *name, *value;
    CHECK(bosh_stanza_name(NULL) == NULL);
    CHECK(bosh_stanza_namespace(NULL) == NULL);
    CHECK(!bosh_stanza_is(NULL, NULL, NULL));
    CHECK(bosh_stanza_attribute(NULL, "a") == NULL);
    CHECK(!bosh_stanza_attribute_at(NULL, 0, &ns, &name, &value));
    CHECK(bosh_stanza_child(NULL, NULL, NULL) == NULL);
    CHECK(bosh_stanza_next(NULL, NULL, NULL) == NULL);
    CHECK(bosh_stanza_text(NULL) == NULL);
    CHECK(bosh_stanza_child_text(NULL, NULL, NULL) == NULL);
    CHECK(bosh_stanza_first_node(NULL) == NULL);
    CHECK(bosh_stanza_next_node(NULL) == NULL);
    CHECK(bosh_stanza_language(NULL) == NULL);
    CHECK(bosh_stanza_source(NULL).data == NULL);
    CHECK(bosh_stanza_error_condition(NULL) == NULL);
    bosh_stanza_free(NULL, NULL);
}

static void test_attributes(void)
{
    const bosh_stanza *root =
        parse("<a xmlns='n' xmlns:p='m' x='1' p:x='2' xml:lang='de' y='a&#10;b'/>");
    const char *ns, *name, *value;
    CHECK_STR(bosh_stanza_attribute(root, "x"), "1");
    CHECK_STR(bosh_stanza_attribute(root, "y"), "a\nb");
    CHECK(bosh_stanza_attribute(root, "lang") == NULL);
    CHECK(bosh_stanza_attribute(root, "xmlns") == NULL);
    CHECK(bosh_stanza_attribute(root, NULL) == NULL);
    CHECK_STR(bosh_stanza_attribute_ns(root, "m", "x"), "2");
    CHECK_STR(bosh_stanza_attribute_ns(root, NULL, "x"), "1");
    CHECK_STR(bosh_stanza_attribute_ns(root, "http://www.w3.org/XML/1998/namespace", "lang"), "de");
    CHECK(bosh_stanza_attribute_at(root, 1, &ns, &name, &value));
    CHECK_STR(ns, "m");
    CHECK_STR(name, "x");
    CHECK_STR(value, "2");
    CHECK(bosh_stanza_attribute_at(root, 3, &ns, &name, &value));
    CHECK_STR(ns, "");
    CHECK(!bosh_stanza_attribute_at(root, 4, &ns, &name, &value));
    end();
}

static void test_children_and_text(void)
{
    const bosh_stanza *root = parse("<a>one<b>two</b>three<c/><b x='2'/></a>");
    CHECK_STR(bosh_stanza_text(root), "one");
    CHECK_STR(bosh_stanza_child_text(root, "b", ""), "two");
    CHECK_STR(bosh_stanza_child_text(root, "c", NULL), "");
    CHECK(bosh_stanza_child_text(root, "d", NULL) == NULL);
    const bosh_stanza *b = bosh_stanza_child(root, "b", NULL);
    CHECK_STR(bosh_stanza_name(bosh_stanza_next(b, NULL, NULL)), "c");
    CHECK_STR(bosh_stanza_attribute(bosh_stanza_next(b, "b", ""), "x"), "2");
    CHECK(bosh_stanza_next(bosh_stanza_next(b, "b", ""), NULL, NULL) == NULL);
    const bosh_stanza *text = bosh_stanza_next_node(b);
    CHECK(bosh_stanza_name(text) == NULL);
    CHECK(bosh_stanza_namespace(text) == NULL);
    CHECK_STR(bosh_stanza_text(text), "three");
    CHECK(!bosh_stanza_is(text, NULL, NULL));
    CHECK_STR(bosh_stanza_text(parse("<a><b/>late</a>")), "late");
    end();
}

static void test_language(void)
{
    const bosh_stanza *root = parse("<a xml:lang='en'><b><c/></b><d xml:lang='fr'/></a>");
    const bosh_stanza *c = bosh_stanza_child(bosh_stanza_child(root, "b", NULL), "c", NULL);
    CHECK_STR(bosh_stanza_language(c), "en");
    CHECK_STR(bosh_stanza_language(bosh_stanza_child(root, "d", NULL)), "fr");
    CHECK(bosh_stanza_language(parse("<a/>")) == NULL);
    end();
}

#define STANZAS " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"

/* STZ-4 */
static void test_error_condition(void)
{
    CHECK_NEEDS("extras");
    CHECK_STR(bosh_stanza_error_condition(parse(
                  "<iq xmlns='jabber:client' type='error'><query xmlns='q'/><error type='cancel'>"
                  "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no</text>"
                  "<item-not-found" STANZAS "<app xmlns='x'/></error></iq>")),
              "item-not-found");
    CHECK_STR(bosh_stanza_error_condition(
                  parse("<iq type='error'><error><brand-new" STANZAS "</error></iq>")),
              "undefined-condition");
    CHECK_STR(bosh_stanza_error_condition(parse("<iq type='error'><error><gone/></error></iq>")),
              "undefined-condition");
    CHECK_STR(bosh_stanza_error_condition(parse("<iq type='error'/>")), "undefined-condition");
    CHECK(bosh_stanza_error_condition(
              parse("<iq type='result'><error><gone" STANZAS "</error></iq>")) == NULL);
    CHECK(bosh_stanza_error_condition(parse("<iq/>")) == NULL);
    static const char *const conditions[] = {"bad-request",
                                             "conflict",
                                             "feature-not-implemented",
                                             "forbidden",
                                             "gone",
                                             "internal-server-error",
                                             "item-not-found",
                                             "jid-malformed",
                                             "not-acceptable",
                                             "not-allowed",
                                             "not-authorized",
                                             "policy-violation",
                                             "recipient-unavailable",
                                             "redirect",
                                             "registration-required",
                                             "remote-server-not-found",
                                             "remote-server-timeout",
                                             "resource-constraint",
                                             "service-unavailable",
                                             "subscription-required",
                                             "undefined-condition",
                                             "unexpected-request"};
    CHECK_INT(sizeof(conditions) / sizeof(conditions[0]), 22);
    for (size_t i = 0; i < 22; i++) {
        char xml[200];
        sprintf(xml, "<iq type='error'><error><%s" STANZAS "</error></iq>", conditions[i]);
        CHECK_STR(bosh_stanza_error_condition(parse(xml)), conditions[i]);
    }
    end();
}

/* The copy stands alone: the original is gone when it is looked at. */
static bosh_stanza *copy_of(const bosh_stanza *element)
{
    bosh_stanza *copy = NULL;
    CHECK_INT(bosh_stanza_copy(element, NULL, &copy), 0);
    memset(document.block, 0xEE, sizeof(bosh_block_header));
    end();
    return copy;
}

static const char nested[] =
    "<body xmlns='http://jabber.org/protocol/httpbind' xmlns:p='urn:p' xml:lang='en'>"
    "<p:before/><message xmlns='jabber:client' to='bob'><body>text</body>"
    "<x xmlns='urn:x' p:q='v'><y/>tail</x></message><p:after/></body>";

static void test_copy(void)
{
    bosh_stanza *copy = copy_of(bosh_stanza_child(parse(nested), "message", NULL));
    CHECK(bosh_stanza_is(copy, "message", "jabber:client"));
    CHECK_STR(bosh_stanza_attribute(copy, "to"), "bob");
    CHECK_STR(bosh_stanza_child_text(copy, "body", "jabber:client"), "text");
    const bosh_stanza *x = bosh_stanza_child(copy, "x", "urn:x");
    CHECK_STR(bosh_stanza_attribute_ns(x, "urn:p", "q"), "v"); /* stored before the subtree */
    CHECK(bosh_stanza_is(bosh_stanza_child(x, "y", NULL), "y", "urn:x"));
    CHECK_STR(bosh_stanza_text(x), "tail");
    CHECK(bosh_stanza_next(copy, NULL, NULL) == NULL);
    CHECK_STR(bosh_stanza_language(copy), "en");
    CHECK_STR(bosh_stanza_language(x), "en");
    CHECK(bosh_stanza_source(copy).data == NULL);
    bosh_stanza_free(copy, NULL);
}

static void test_copy_of_a_part(void)
{
    bosh_stanza *leaf = NULL, *again = NULL;
    const bosh_stanza *message = bosh_stanza_child(parse(nested), "message", NULL);
    bosh_stanza *copy = copy_of(bosh_stanza_child(message, "x", NULL));
    CHECK_INT(bosh_stanza_copy(bosh_stanza_child(copy, "y", NULL), NULL, &leaf), 0);
    CHECK_INT(bosh_stanza_copy(copy, NULL, &again), 0);
    bosh_stanza_free(copy, NULL);
    CHECK(bosh_stanza_is(leaf, "y", "urn:x"));
    CHECK_STR(bosh_stanza_language(leaf), "en");
    CHECK(bosh_stanza_first_node(leaf) == NULL);
    CHECK_STR(bosh_stanza_attribute_ns(again, "urn:p", "q"), "v");
    CHECK_STR(bosh_stanza_language(again), "en");
    bosh_stanza_free(leaf, NULL);
    bosh_stanza_free(again, NULL);
}

/* In a copy, what was stored outside of the original stands behind everything else. */
static void test_copy_of_a_part_of_a_copy(void)
{
    bosh_stanza *leaf = NULL;
    const char *xml = "<a xmlns:p='urn:p'><p:first/><b><p:c><d/></p:c><p:e/></b></a>";
    bosh_stanza *copy = copy_of(bosh_stanza_child(parse(xml), "b", NULL));
    CHECK_INT(bosh_stanza_copy(bosh_stanza_child(copy, "c", "urn:p"), NULL, &leaf), 0);
    bosh_stanza_free(copy, NULL);
    CHECK(bosh_stanza_is(leaf, "c", "urn:p"));
    CHECK(bosh_stanza_is(bosh_stanza_child(leaf, "d", NULL), "d", ""));
    bosh_stanza_free(leaf, NULL);
}

static void test_copy_keeps_its_own_language(void)
{
    bosh_stanza *copy = NULL;
    const bosh_stanza *root = parse("<a xml:lang='en'><b xml:lang='fr' c='d'/><e/></a>");
    CHECK_INT(bosh_stanza_copy(bosh_stanza_child(root, "b", NULL), NULL, &copy), 0);
    CHECK_STR(bosh_stanza_language(copy), "fr");
    CHECK_INT(copy->attribute_count, 2);
    bosh_stanza_free(copy, NULL);
    CHECK_INT(bosh_stanza_copy(parse("<a><b/></a>"), NULL, &copy), 0);
    CHECK_INT(copy->attribute_count, 0);
    bosh_stanza_free(copy, NULL);
    end();
}

/* More namespaces in turn than are remembered. */
static void test_copy_with_many_namespaces(void)
{
    char xml[4000], *at = xml;
    bosh_stanza *copy = NULL;
    at += sprintf(at, "<a");
    for (int i = 0; i < 12; i++)
        at += sprintf(at, " xmlns:p%d='urn:n%d'", i, i);
    at += sprintf(at, "><first ");
    for (int i = 0; i < 12; i++)
        at += sprintf(at, " p%d:k='%d'", i, i);
    at += sprintf(at, "/><b>");
    for (int i = 0; i < 36; i++)
        at += sprintf(at, "<p%d:c/>", i % 12);
    sprintf(at, "</b></a>");
    const bosh_stanza *root = parse(xml);
    CHECK_INT(bosh_stanza_copy(bosh_stanza_child(root, "b", NULL), NULL, &copy), 0);
    end();
    const bosh_stanza *c = bosh_stanza_child(copy, NULL, NULL);
    for (int i = 0; i < 36; i++, c = bosh_stanza_next(c, NULL, NULL)) {
        char ns[20];
        sprintf(ns, "urn:n%d", i % 12);
        CHECK_STR(bosh_stanza_namespace(c), ns);
    }
    CHECK(c == NULL);
    bosh_stanza_free(copy, NULL);
}

static void *no_memory(size_t size, void *user)
{
    (void)size, (void)user;
    return NULL;
}

static void test_copy_without_memory(void)
{
    bosh_allocator none = *bosh_mem_allocator(NULL);
    bosh_stanza *copy = NULL;
    none.allocate = no_memory;
    CHECK_INT(bosh_stanza_copy(parse("<a/>"), &none, &copy), BOSH_ERR_MEMORY);
    CHECK(copy == NULL);
    CHECK_INT(bosh_stanza_copy(NULL, NULL, &copy), BOSH_ERR_ARGUMENT);
    end();
}

static const check_test tests[] = {
    {"names", test_names},
    {"null", test_null},
    {"attributes", test_attributes},
    {"children_and_text", test_children_and_text},
    {"language", test_language},
    {"error_condition", test_error_condition},
    {"copy", test_copy},
    {"copy_of_a_part", test_copy_of_a_part},
    {"copy_of_a_part_of_a_copy", test_copy_of_a_part_of_a_copy},
    {"copy_keeps_its_own_language", test_copy_keeps_its_own_language},
    {"copy_with_many_namespaces", test_copy_with_many_namespaces},
    {"copy_without_memory", test_copy_without_memory},
};
CHECK_MAIN(tests)
