/* SPDX-License-Identifier: MIT
 * The limit of receive_http.native: libcurl hands the same answers to expat, whose handlers do
 * nothing.
 *
 *     bench-curl-expat-receive FILE      prints {"per_second": N} */
#include "../native/sample.h"
#include "../native/server.h"

#include <curl/curl.h>
#include <expat.h>
#include <stdio.h>

enum { FLOODS = 9, BODIES = 20 }; /* the first flood warms up */

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

static size_t on_bytes(char *data, size_t one, size_t size, void *parser)
{
    (void)one;
    return XML_Parse(parser, data, (int)size, 0) == XML_STATUS_OK ? size : 0;
}

static void post(CURL *easy, XML_Parser parser, const char *request)
{
    XML_ParserReset(parser, NULL);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request);
    if (curl_easy_perform(easy) != CURLE_OK || XML_Parse(parser, "", 0, 1) != XML_STATUS_OK)
        bench_die("libcurl or expat fails");
}

int main(int argc, char **argv)
{
    static const char flood[] = "<body rid='1' sid='bench-1' "
                                "xmlns='http://jabber.org/protocol/httpbind'><message "
                                "to='flood@localhost' xmlns='jabber:client'/></body>";
    static const char poll[] =
        "<body rid='1' sid='bench-1' xmlns='http://jabber.org/protocol/httpbind'/>";
    double per_second[FLOODS];
    size_t size;

    if (argc != 2)
        bench_die("usage: bench-curl-expat-receive FILE");
    char *body = bench_read_file(argv[1], &size);
    size_t messages = BODIES * bench_count_messages(body);
    bench_server server = bench_server_start(body, size, BODIES);
    XML_Parser parser = XML_ParserCreateNS(NULL, '\n');
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, server.url);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, parser);
    for (int i = 0; i < FLOODS; i++) {
        int64_t start = bench_now_ns();
        for (int j = 0; j < BODIES; j++)
            post(easy, parser, j == 0 ? flood : poll);
        per_second[i] = (double)messages / ((double)(bench_now_ns() - start) / 1e9);
    }
    printf("{\"per_second\": %.0f}\n", bench_median(per_second + 1, FLOODS - 1));
    bench_server_stop(&server);
    return 0;
}
