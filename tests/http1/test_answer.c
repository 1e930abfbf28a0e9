/* SPDX-License-Identifier: MIT
 * http1/answer: answers as servers write them, and as they must not, in every split. */
#include "answer.h"
#include "tests/check.h"

typedef struct result {
    bosh_http1_answer answer;
    char content[256];
    size_t content_size, used;
} result;

/* Read `text` in pieces; what follows a complete answer is left. */
static result read_in_pieces(const char *text, size_t piece)
{
    result r;
    size_t size = strlen(text);
    memset(&r, 0, sizeof(r));
    bosh_answer_begin(&r.answer);
    while (r.used < size && r.answer.state < ANSWER_COMPLETE) {
        size_t rest = size - r.used < piece ? size - r.used : piece;
        size_t lines = bosh_answer_lines(&r.answer, text + r.used, rest);
        size_t content = bosh_answer_content(&r.answer, rest - lines);
        memcpy(r.content + r.content_size, text + r.used + lines, content);
        r.content_size += content;
        if (content)
            bosh_answer_skip(&r.answer, content);
        r.used += lines + content;
    }
    return r;
}

/* The same whichever way it is split. */
static result read_all(const char *text)
{
    result whole = read_in_pieces(text, SIZE_MAX);
    for (size_t piece = 1; piece < strlen(text); piece++) {
        result split = read_in_pieces(text, piece);
        CHECK_INT(split.answer.state, whole.answer.state);
        CHECK_STR(split.content, whole.content);
        CHECK_INT(split.used, whole.used);
        CHECK_INT(split.answer.is_last, whole.answer.is_last);
    }
    return whole;
}

static void check_read(const char *text, int status, const char *content, int is_last)
{
    result r = read_all(text);
    CHECK_INT(r.answer.state, ANSWER_COMPLETE);
    CHECK_INT(r.answer.status, status);
    CHECK_STR(r.content, content);
    CHECK_INT(r.answer.is_last, is_last);
    CHECK_INT(r.used, strlen(text));
}

static void check_broken(const char *text)
{
    result r = read_all(text);
    if (r.answer.state != ANSWER_BROKEN)
        printf("%s\n", text);
    CHECK_INT(r.answer.state, ANSWER_BROKEN);
}

static void content_is_counted(void)
{
    check_read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", 0);
    check_read("HTTP/1.1 404 Not Found\r\ncontent-length:0\r\n\r\n", 404, "", 0);
    check_read("HTTP/1.1 200\nCONTENT-LENGTH:\t 2 \n\nhi", 200, "hi", 0);
    check_read("\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 200, "x",
               0);
}

static void chunks_are_put_together(void)
{
    check_read("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
               "5\r\nhello\r\n6 ; name=value\r\n world\r\n00\r\nTrailer: x\r\n\r\n",
               200, "hello world", 0);
    check_read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, "", 0);
}

static void content_may_end_with_the_stream(void)
{
    result r = read_all("HTTP/1.0 200 OK\r\nServer: old\r\n\r\nhello");
    CHECK_INT(r.answer.state, ANSWER_UNTIL_CLOSE);
    CHECK_STR(r.content, "hello");
    CHECK_INT(r.answer.is_last, 1);
}

static void some_statuses_have_no_content(void)
{
    check_read("HTTP/1.1 204 No Content\r\n\r\n", 204, "", 0);
    check_read("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", 304, "", 0);
    check_read("HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"
               "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
               200, "hi", 0);
}

static void the_last_answer_says_so(void)
{
    check_read("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 200, "", 1);
    check_read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", 1);
    check_read("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n", 200, "",
               0);
}

static void retry_after_is_read_in_seconds(void)
{
    CHECK_INT(read_all("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n")
                  .answer.retry_after_s,
              120);
    CHECK_INT(read_all("HTTP/1.1 503 Busy\r\nRetry-After: Fri, 31 Dec 2027 23:59:59 GMT\r\n"
                       "Content-Length: 0\r\n\r\n")
                  .answer.retry_after_s,
              0);
}

static void what_is_no_answer_is_broken(void)
{
    check_broken("<html>\r\n");
    check_broken("HTTP/2 200\r\n");
    check_broken("HTTP/1.1 20\r\n");
    check_broken("HTTP/1.1 2000\r\n");
    check_broken("HTTP/1.1 099 X\r\n");
    check_broken("HTTP/1.1 101 Switching Protocols\r\n");
    check_broken("\r\n\r\n\r\n\r\n\r\n");
    check_broken("SSH-2.0-OpenSSH_9.2\r\n");
}

static void lengths_are_never_guessed(void)
{
    check_broken("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n");
    check_broken("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n");
    check_broken("HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n");
    check_broken("HTTP/1.1 200 OK\r\nContent-Length:\r\n");
    check_broken("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n");
    check_broken("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n");
    check_broken("HTTP/1.1 200 OK\r\nContent-Length:"
                 "                                                                5\r\n");
    check_broken("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n");
    check_broken("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
    check_broken("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n");
    check_broken("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n");
    check_broken("HTTP/1.1 200 OK\r\nContent-Length : 5\r\n");
    check_broken("HTTP/1.1 200 OK\r\nX: y\r\n Content-Length: 5\r\n");
    check_broken("HTTP/1.1 200 OK\r\nno colon\r\n");
    check_broken("HTTP/1.1 200 OK\r\n: nameless\r\n");
    result r = read_all("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "1\r\nx\r\n0\r\n\r\n");
    CHECK_STR(r.content, "x");
    CHECK_INT(r.answer.is_last, 1); /* another may have read it differently */
}

static void heads_have_a_limit(void)
{
    static char text[20000] = "HTTP/1.1 200 OK\r\n";
    size_t at = strlen(text);
    memset(text + at, 'x', 9000);
    text[at + 1] = ':';
    CHECK_INT(read_in_pieces(text, 1000).answer.state, ANSWER_BROKEN);
    for (text[at] = 0; at < 2000; at += 6)
        strcpy(text + at, "a: b\r\n");
    CHECK_INT(read_in_pieces(text, 1000).answer.state, ANSWER_BROKEN);
}

static const check_test tests[] = {
    {"content_is_counted", content_is_counted},
    {"chunks_are_put_together", chunks_are_put_together},
    {"content_may_end_with_the_stream", content_may_end_with_the_stream},
    {"some_statuses_have_no_content", some_statuses_have_no_content},
    {"the_last_answer_says_so", the_last_answer_says_so},
    {"retry_after_is_read_in_seconds", retry_after_is_read_in_seconds},
    {"what_is_no_answer_is_broken", what_is_no_answer_is_broken},
    {"lengths_are_never_guessed", lengths_are_never_guessed},
    {"heads_have_a_limit", heads_have_a_limit},
};
CHECK_MAIN(tests)
