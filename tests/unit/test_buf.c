/* SPDX-License-Identifier: MIT
 * base/buf: growth, the ceiling, sticky errors, escaping, Base64. */
#include "base/buf.h"
#include "base/mem.h"
#include "tests/check.h"

#include <stdlib.h>

static void *no_allocate(size_t size, void *user)
{
    (void)size, (void)user;
    return NULL;
}

static void *no_reallocate(void *block, size_t size, void *user)
{
    (void)block, (void)size, (void)user;
    return NULL;
}

static void plain_release(void *block, void *user)
{
    (void)user;
    free(block);
}

static bosh_buf buf;

static void begin(size_t size_max)
{
    bosh_buf_init(&buf, bosh_mem_allocator(NULL), size_max, BOSH_ERR_STANZA_TOO_LARGE);
}

static void test_append_and_grow(void)
{
    begin(100000);
    for (int i = 0; i < 1000; i++)
        CHECK_INT(bosh_buf_append(&buf, "0123456789", 10), 0);
    CHECK_INT(buf.size, 10000);
    CHECK_INT(strlen(buf.data), 10000);
    CHECK(memcmp(buf.data + 9990, "0123456789", 11) == 0);
    bosh_buf_free(&buf);
    CHECK(buf.data == NULL);
    static const char large[1000] = "more than doubling gives";
    CHECK_INT(bosh_buf_append(&buf, large, sizeof(large)), 0);
    CHECK(buf.capacity > sizeof(large));
    CHECK(memcmp(buf.data, large, sizeof(large)) == 0);
    bosh_buf_free(&buf);
}

static void test_ceiling(void)
{
    begin(10);
    CHECK_INT(bosh_buf_append(&buf, "0123456789", 10), 0);
    CHECK_INT(bosh_buf_append(&buf, "", 0), 0);
    CHECK_INT(bosh_buf_append(&buf, "x", 1), BOSH_ERR_STANZA_TOO_LARGE);
    CHECK_STR(buf.data, "0123456789");
    CHECK_INT(bosh_buf_append(&buf, "", 0), BOSH_ERR_STANZA_TOO_LARGE); /* sticky */
    bosh_buf_clear(&buf);
    CHECK_INT(bosh_buf_append_text(&buf, "ab"), 0);
    CHECK_STR(buf.data, "ab");
    CHECK_INT(bosh_buf_reserve(&buf, SIZE_MAX), BOSH_ERR_STANZA_TOO_LARGE);
    bosh_buf_free(&buf);
}

static void test_no_memory(void)
{
    const bosh_allocator none = {no_allocate, no_reallocate, plain_release, NULL};
    bosh_buf_init(&buf, &none, 10, BOSH_ERR_STANZA_TOO_LARGE);
    CHECK_INT(bosh_buf_append(&buf, "a", 1), BOSH_ERR_MEMORY);
    CHECK_INT(bosh_buf_append_base64(&buf, "a", 1), BOSH_ERR_MEMORY);
    CHECK_INT(buf.size, 0);
    bosh_buf_free_secret(&buf);
}

static void test_numbers(void)
{
    begin(100);
    bosh_buf_write(&buf, "%u %u %u", UINT64_C(0), UINT64_C(4503599627370496), UINT64_MAX);
    CHECK_STR(buf.data, "0 4503599627370496 18446744073709551615");
    bosh_buf_free(&buf);
}

/* BODY-5, RID-4, BODY-8 */
static void test_templates(void)
{
    begin(100);
    CHECK_INT(bosh_buf_write(&buf, "<body rid='%u'[ sid='%a'][ to='%a'] wait='0'",
                             UINT64_C(9007199254740991), "a'b<&>\"c", (char *)NULL),
              0);
    CHECK_STR(buf.data, "<body rid='9007199254740991' sid='a&apos;b&lt;&amp;&gt;\"c' wait='0'");
    bosh_buf_clear(&buf);
    CHECK_INT(bosh_buf_write(&buf, "[%s][>%s<]%t", "'", (char *)NULL, "'&"), 0);
    CHECK_STR(buf.data, "''&amp;");
    bosh_buf_clear(&buf);
    CHECK_INT(bosh_buf_write(&buf, "a[b%s]", (char *)NULL), 0);
    CHECK_STR(buf.data, "a");
    CHECK_INT(bosh_buf_write(&buf, "[%a][%a]", "a\x01", (char *)NULL), BOSH_ERR_CHARACTER);
    bosh_buf_free(&buf);
}

static const char *escaped(const char *text, int in_attribute)
{
    bosh_buf_clear(&buf);
    bosh_buf_append_escaped(&buf, text, strlen(text), in_attribute);
    return buf.error ? bosh_error_name(buf.error) : buf.data;
}

static void test_escaping(void)
{
    begin(200);
    CHECK_STR(escaped("a<b>c&d'e\"f", 0), "a&lt;b&gt;c&amp;d'e\"f");
    CHECK_STR(escaped("a<b>c&d'e\"f", 1), "a&lt;b&gt;c&amp;d&apos;e\"f");
    CHECK_STR(escaped("\t\n\r", 0), "\t\n&#13;");
    CHECK_STR(escaped("\t\n\r", 1), "&#9;&#10;&#13;");
    CHECK_STR(escaped("&&", 0), "&amp;&amp;");
    CHECK_STR(escaped("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80", 1),
              "gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80");
    CHECK_STR(escaped("bell \a", 0), "BOSH_ERR_CHARACTER");
    CHECK_STR(escaped("\xEF\xBF\xBF", 0), "BOSH_ERR_CHARACTER");
    CHECK_STR(escaped("\xC3", 0), "BOSH_ERR_UTF8");
    bosh_buf_clear(&buf);
    CHECK_INT(bosh_buf_append_escaped(&buf, "a\0b", 3, 0), BOSH_ERR_CHARACTER);
    CHECK_INT(bosh_buf_append_text(&buf, "more"), BOSH_ERR_CHARACTER);
    bosh_buf_clear(&buf);
    CHECK_INT(bosh_buf_append_escaped(&buf, NULL, 0, 0), 0);
    bosh_buf_free(&buf);
}

static const char *base64(const char *text)
{
    bosh_buf_clear(&buf);
    bosh_buf_append_base64(&buf, text, strlen(text));
    return buf.error ? bosh_error_name(buf.error) : buf.data;
}

static void test_base64(void)
{
    begin(8); /* the vectors of RFC 4648 section 10 */
    CHECK_STR(base64("f"), "Zg==");
    CHECK_STR(base64("fo"), "Zm8=");
    CHECK_STR(base64("foo"), "Zm9v");
    CHECK_STR(base64("foobar"), "Zm9vYmFy");
    CHECK_STR(base64("\xFB\xFF\xBF"), "+/+/");
    CHECK_STR(base64("foobarb"), "BOSH_ERR_STANZA_TOO_LARGE");
    bosh_buf_clear(&buf);
    CHECK_INT(bosh_buf_append_base64(&buf, "x", SIZE_MAX), BOSH_ERR_STANZA_TOO_LARGE);
    bosh_buf_free(&buf);
}

static const check_test tests[] = {
    {"append_and_grow", test_append_and_grow},
    {"ceiling", test_ceiling},
    {"no_memory", test_no_memory},
    {"numbers", test_numbers},
    {"templates", test_templates},
    {"escaping", test_escaping},
    {"base64", test_base64},
};
CHECK_MAIN(tests)
