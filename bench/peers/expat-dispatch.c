/* SPDX-License-Identifier: MIT
 * The limit of dispatch.native: expat with namespaces and handlers that do nothing reads the same
 * bytes. Nobody who uses expat can be faster.
 *
 *     bench-expat-dispatch FILE      prints {"per_second": N, "messages": N} */
#include "../native/sample.h"

#include <expat.h>
#include <stdio.h>

enum { WARM_UP = 3, ROUNDS = 15 };

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    (void)user, (void)name, (void)attributes;
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
    (void)user, (void)name;
}

static void XMLCALL on_text(void *user, const XML_Char *text, int size)
{
    (void)user, (void)text, (void)size;
}

static void parse(XML_Parser parser, const char *body, size_t size)
{
    XML_ParserReset(parser, NULL);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    if (XML_Parse(parser, body, (int)size, 1) != XML_STATUS_OK)
        bench_die("expat refuses the body");
}

int main(int argc, char **argv)
{
    double per_second[ROUNDS];
    size_t size;
    if (argc != 2)
        bench_die("usage: bench-expat-dispatch FILE");
    char *body = bench_read_file(argv[1], &size);
    size_t messages = bench_count_messages(body);
    XML_Parser parser = XML_ParserCreateNS(NULL, '\n');
    for (int i = -WARM_UP; i < ROUNDS; i++) {
        int64_t start = bench_cpu_ns();
        parse(parser, body, size);
        if (i >= 0)
            per_second[i] = (double)messages / ((double)(bench_cpu_ns() - start) / 1e9);
    }
    printf("{\"per_second\": %.0f, \"messages\": %zu}\n", bench_median(per_second, ROUNDS),
           messages);
    return 0;
}
