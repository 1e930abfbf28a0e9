/* SPDX-License-Identifier: MIT
 * Documents of the fuzzers' corpus, changed at random in a way that is the same each time, through
 * both parsers; and every character in every place.
 *
 *     xml_differential COUNT FILE...     a FILE's first byte is not part of the document */
#include "tests/xml/both.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 200, BYTES_MAX = 4096, CHANGES_MAX = 4, SHOWN_MAX = 10 };

typedef struct text {
    size_t size;
    uint8_t bytes[BYTES_MAX];
} text;

static text corpus[FILES_MAX];
static size_t corpus_count;

/* What tends to matter. */
static const char *const tokens[] = {
    "<",
    ">",
    "/>",
    "</",
    "<a",
    "</a>",
    "<p:a",
    "='",
    "'",
    "\"",
    "=",
    " ",
    "\t",
    "\r\n",
    "\r",
    "\n",
    ":",
    "p:",
    "xml:",
    "xmlns",
    " xmlns='",
    " xmlns=''",
    " xmlns='u'",
    " xmlns:p='u'",
    " xmlns:q='u'",
    " xmlns:xml='http://www.w3.org/XML/1998/namespace'",
    "http://www.w3.org/XML/1998/namespace",
    "http://www.w3.org/2000/xmlns/",
    " xmlns:xmlns='u'",
    " xmlns:p=''",
    " p:b='1'",
    " q:b='2'",
    " b='1'",
    " xml:lang='e'",
    " b='",
    "&amp;",
    "&lt;",
    "&gt;",
    "&quot;",
    "&apos;",
    "&#x41;",
    "&#10;",
    "&#13;",
    "&#x1F600;",
    "&#xD800;",
    "&#xFFFE;",
    "&#0;",
    "&#;",
    "&#x;",
    "&nbsp;",
    "&",
    ";",
    "#",
    "]]>",
    "]]",
    "]",
    "<![CDATA[",
    "<![CDATA[]]>",
    "<!--",
    "-->",
    "--",
    "-",
    "<!-- x -->",
    "<?",
    "?>",
    "?",
    "<?pi ?>",
    "<?xml version='1.0'?>",
    "<?xml version='1.0' encoding='utf-8' standalone='yes'?>",
    "<?XML ?>",
    "<!DOCTYPE a>",
    "<!",
    "\xEF\xBB\xBF",
    "\xEF\xBF\xBF",
    "\xEF\xBF\xBE",
    "\xEF\xBF\xBD",
    "\xED\xA0\x80",
    "\xC3\xA4",
    "\xC0\x80",
    "\xC3",
    "\xE2\x82\xAC",
    "\xE2\x82",
    "\xF0\x9F\x98\x80",
    "\xF0\x9F",
    "\xF4\x90\x80\x80",
    "\xFF",
    "\x80",
    "\xD8\xA7",
    "\xCC\x80",
    "\xC2\xB7",
    "\xE4\xB8\x80",
    "\x7F",
    "\x01",
};

static uint64_t seed = 20261126;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % limit;
}

/* `size` bytes at `at` are replaced. */
static void splice(text *to, size_t at, size_t size, const void *bytes, size_t count)
{
    uint8_t copy[BYTES_MAX];
    if (to->size - size + count > BYTES_MAX)
        return;
    memcpy(copy, bytes, count);
    memmove(to->bytes + at + count, to->bytes + at + size, to->size - at - size);
    memcpy(to->bytes + at, copy, count);
    to->size += count - size;
}

static void change(text *document)
{
    size_t at = random_below((uint32_t)document->size + 1), left = document->size - at;
    size_t few = left ? random_below((uint32_t)(left < 12 ? left : 12) + 1) : 0;
    const char *token = tokens[random_below(sizeof(tokens) / sizeof(tokens[0]))];
    const text *other = &corpus[random_below((uint32_t)corpus_count)];
    uint8_t byte = (uint8_t)random_below(256);
    switch (random_below(9)) {
    case 0:
        splice(document, at, left ? 1 : 0, &byte, 1);
        break;
    case 1:
        splice(document, at, few, "", 0);
        break;
    case 2:
        splice(document, at, few, token, strlen(token));
        break;
    case 3: /* the same again */
        splice(document, at, 0, document->bytes + at, few);
        break;
    case 4:
        if (random_below(4) == 0)
            document->size = at;
        break;
    case 5:
        if (other->size) {
            size_t from = random_below((uint32_t)other->size);
            size_t size = random_below((uint32_t)(other->size - from) + 1);
            splice(document, at, 0, other->bytes + from, size < 80 ? size : 80);
        }
        break;
    default: /* where it is most often still a document */
        splice(document, at, 0, token, strlen(token));
    }
}

static int read_file(const char *path, text *out)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return 0;
    fgetc(file);
    out->size = fread(out->bytes, 1, sizeof(out->bytes), file);
    fclose(file);
    return 1;
}

static void show(const text *document)
{
    for (size_t i = 0; i < document->size; i++) {
        uint8_t c = document->bytes[i];
        printf(c >= 0x20 && c < 0x7F && c != '\\' ? "%c" : "\\x%02X", c);
    }
    printf("\n");
}

/* Every character as the first and as the second one of a name, in text and in a value. */
static int check_characters(void)
{
    static const char *const places[] = {"<%s/>", "<a%s/>", "<a>%s</a>", "<a b='%s'/>"};
    char utf8[5], xml[32];
    int problems = 0;
    for (uint32_t c = 1; c < 0x20000; c++) {
        utf8[bosh_text_encode(c, utf8)] = 0; /* surrogates, too: they are refused */
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
            int size = snprintf(xml, sizeof(xml), places[i], utf8);
            const char *problem = both_compare((const uint8_t *)xml, (size_t)size, 1);
            if (problem && problems++ < SHOWN_MAX)
                printf("U+%04X in %s: %s\n", (unsigned)c, places[i], problem);
        }
    }
    return problems;
}

int main(int argc, char **argv)
{
    int problems = check_characters();
    if (argc < 3 || argc > FILES_MAX + 2) {
        fprintf(stderr, "usage: xml_differential COUNT FILE...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++, corpus_count++)
        if (!read_file(argv[i], &corpus[corpus_count])) {
            perror(argv[i]);
            return 2;
        }
    long count = atol(argv[1]);
    for (long i = 0; i < count && problems < SHOWN_MAX; i++) {
        text document = corpus[(size_t)i % corpus_count];
        for (uint32_t changes = random_below(CHANGES_MAX + 1); changes; changes--)
            change(&document);
        const char *problem =
            both_compare(document.bytes, document.size, 1 + random_below(1 + random_below(40)));
        if (!problem)
            continue;
        problems++;
        printf("document %ld: %s\n    ", i, problem);
        show(&document);
    }
    printf("%ld documents, %d problems\n", count, problems);
    return problems != 0;
}
