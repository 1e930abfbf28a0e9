/* SPDX-License-Identifier: MIT
 * A second reader beside the library's, with the parser that the library was not built with: its
 * files are compiled again under these names (-include). */
#ifndef BOSH_TESTS_XML_TWIN_NAMES_H
#define BOSH_TESTS_XML_TWIN_NAMES_H

#define bosh_reader_new twin_reader_new
#define bosh_reader_reuse twin_reader_reuse
#define bosh_reader_divert twin_reader_divert
#define bosh_reader_feed twin_reader_feed
#define bosh_reader_finish twin_reader_finish
#define bosh_reader_free twin_reader_free
#define bosh_reader_parse twin_reader_parse
#define bosh_reader_spare_free twin_reader_spare_free
#define bosh_document_free twin_document_free
#define bosh_document_recycle twin_document_recycle
#define bosh_tree_init twin_tree_init
#define bosh_tree_fail twin_tree_fail
#define bosh_tree_open_element twin_tree_open_element
#define bosh_tree_start twin_tree_start
#define bosh_tree_attribute twin_tree_attribute
#define bosh_tree_declaration twin_tree_declaration
#define bosh_tree_open twin_tree_open
#define bosh_tree_end twin_tree_end
#define bosh_tree_text twin_tree_text
#define bosh_parser_size twin_parser_size
#define bosh_parser_init twin_parser_init
#define bosh_parser_deinit twin_parser_deinit
#define bosh_parser_parse twin_parser_parse
#define bosh_parser_drop twin_parser_drop

#endif
