/* SPDX-License-Identifier: MIT
 * A reader with keep_prefixes: names as they were written, declarations of namespaces, and both in
 * copies. */
#include "xml/reader.h"
#include "base/mem.h"
#include "tests/check.h"
#include "xml/stanza.h"

static const char *const xml =
    "<b:body xmlns:b='http://jabber.org/protocol/httpbind' xmlns:stream='urn:s' x='1' b:y='2' "
    "xml:lang='de'><stream:features><m xmlns='urn:m'>t<n xmlns='' o='3'/></m></stream:features>"
    "<stream:features/></b:body>";

static bosh_document parse(const char *text, uint8_t keep_prefixes)
{
    const bosh_reader_limits limits = {100000, 64, 64, 1, keep_prefixes, 1};
    bosh_document document;
    CHECK_INT(bosh_reader_parse(bosh_mem_allocator(NULL), &limits, text, strlen(text), &document),
              0);
    return document;
}

static const char *text_at(const bosh_stanza *node, uint32_t offset)
{
    return offset ? (const char *)node - node->self + offset : NULL;
}

static const bosh_attribute *record(const bosh_stanza *node, size_t index)
{
    return (const bosh_attribute *)(const void *)text_at(node, node->attribute) + index;
}

static const char *qualified(const bosh_stanza *node)
{
    return bosh_stanza_qualified(bosh_stanza_name(node));
}

static const char *qualified_attribute(const bosh_stanza *node, size_t index)
{
    return bosh_stanza_qualified(text_at(node, record(node, index)->name));
}

/* Declaration `index` of `node` is of `name` (NULL: the default one) as `ns`. */
static void check_declaration(const bosh_stanza *node, size_t index, const char *name,
                              const char *ns)
{
    CHECK(index < node->declaration_count);
    const bosh_attribute *declaration = record(node, node->attribute_count + index);
    CHECK_STR(text_at(node, declaration->name), name);
    CHECK_STR(text_at(node, declaration->value), ns);
    CHECK_INT(declaration->ns, 0);
}

static void test_names(void)
{
    bosh_document document = parse(xml, 1);
    const bosh_stanza *root = document.root, *features = bosh_stanza_first_node(root);
    CHECK_STR(qualified(root), "b:body");
    CHECK_STR(bosh_stanza_name(root), "body");
    CHECK_STR(qualified_attribute(root, 0), "x");
    CHECK_STR(qualified_attribute(root, 1), "b:y");
    CHECK_STR(qualified_attribute(root, 2), "xml:lang");
    CHECK_STR(qualified(features), "stream:features");
    CHECK_STR(bosh_stanza_namespace(features), "urn:s");
    CHECK_STR(qualified(bosh_stanza_first_node(features)), "m");
    CHECK_STR(bosh_stanza_attribute(root, "x"), "1");
    bosh_document_free(&document, bosh_mem_allocator(NULL));
}

static void test_declarations(void)
{
    const char *ns, *name, *value;
    bosh_document document = parse(xml, 1);
    const bosh_stanza *root = document.root, *features = bosh_stanza_first_node(root);
    const bosh_stanza *m = bosh_stanza_first_node(features);
    CHECK_INT(root->attribute_count, 3);
    CHECK(!bosh_stanza_attribute_at(root, 3, &ns, &name, &value));
    CHECK_INT(root->declaration_count, 2);
    check_declaration(root, 0, "xmlns:b", "http://jabber.org/protocol/httpbind");
    check_declaration(root, 1, "xmlns:stream", "urn:s");
    CHECK_INT(features->declaration_count, 0);
    check_declaration(m, 0, NULL, "urn:m");
    check_declaration(bosh_stanza_child(m, "n", ""), 0, NULL, NULL);
    bosh_document_free(&document, bosh_mem_allocator(NULL));
}

static void test_copies(void)
{
    bosh_stanza *copy, *again;
    bosh_document document = parse(xml, 1);
    const bosh_stanza *features = bosh_stanza_first_node(document.root);
    CHECK_INT(bosh_stanza_copy(bosh_stanza_first_node(features), NULL, &copy), 0);
    CHECK_INT(bosh_stanza_copy(copy, NULL, &again), 0);
    bosh_stanza_free(copy, NULL);
    CHECK_STR(qualified(again), "m");
    CHECK_STR(qualified_attribute(again, 0), "xml:lang"); /* inherited */
    CHECK_STR(bosh_stanza_language(again), "de");
    check_declaration(again, 0, NULL, "urn:m");
    check_declaration(bosh_stanza_child(again, "n", ""), 0, NULL, NULL);
    bosh_stanza_free(again, NULL);

    CHECK_INT(bosh_stanza_copy(features, NULL, &copy), 0);
    bosh_document_free(&document, bosh_mem_allocator(NULL));
    CHECK_STR(qualified(copy), "stream:features");
    CHECK_STR(bosh_stanza_namespace(copy), "urn:s");
    check_declaration(bosh_stanza_first_node(copy), 0, NULL, "urn:m");
    bosh_stanza_free(copy, NULL);
}

/* The namespace of a declaration is stored outside of the subtree, and goes with a copy. */
static void test_copy_with_namespace_from_outside(void)
{
    bosh_stanza *copy;
    bosh_document document = parse("<a xmlns='urn:x'><b><c xmlns:p='urn:x'/></b></a>", 1);
    CHECK_INT(bosh_stanza_copy(bosh_stanza_first_node(document.root), NULL, &copy), 0);
    bosh_document_free(&document, bosh_mem_allocator(NULL));
    check_declaration(bosh_stanza_first_node(copy), 0, "xmlns:p", "urn:x");
    bosh_stanza_free(copy, NULL);
}

static void test_nothing_unless_asked_for(void)
{
    bosh_document with = parse(xml, 1), without = parse(xml, 0);
    CHECK_INT(without.root->declaration_count, 0);
    CHECK(without.root->end < with.root->end);
    CHECK_STR(bosh_stanza_attribute_ns(without.root, "http://jabber.org/protocol/httpbind", "y"),
              "2");
    bosh_document_free(&with, bosh_mem_allocator(NULL));
    bosh_document_free(&without, bosh_mem_allocator(NULL));
}

static const check_test tests[] = {
    {"names", test_names},
    {"declarations", test_declarations},
    {"copies", test_copies},
    {"copy_with_namespace_from_outside", test_copy_with_namespace_from_outside},
    {"nothing_unless_asked_for", test_nothing_unless_asked_for},
};
CHECK_MAIN(tests)
