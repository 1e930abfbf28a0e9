/* SPDX-License-Identifier: MIT
 * base/text: UTF-8, numbers, Base64, names, words, passwords. */
#include "base/build.h"
#include "base/text.h"
#include "tests/check.h"

static int check(const char *text)
{
    return bosh_text_check(text, strlen(text));
}

static void test_check(void)
{
    CHECK_INT(check("plain \t\r\n text \x7F"), 0);
    CHECK_INT(check("\xC2\x80 \xE2\x82\xAC \xED\x9F\xBF \xEE\x80\x80 \xF4\x8F\xBF\xBF"), 0);
    CHECK_INT(check("\xF0\x9F\xBF\xBE"), 0); /* U+1FFFE: XML allows it */
    CHECK_INT(check("\x01"), BOSH_ERR_CHARACTER);
    CHECK_INT(check("\x1F"), BOSH_ERR_CHARACTER);
    CHECK_INT(bosh_text_check("a\0b", 3), BOSH_ERR_CHARACTER);
    CHECK_INT(check("\xEF\xBF\xBE"), BOSH_ERR_CHARACTER);
    CHECK_INT(check("\xEF\xBF\xBF"), BOSH_ERR_CHARACTER);
    CHECK_INT(check("\x80"), BOSH_ERR_UTF8);         /* continuation alone */
    CHECK_INT(check("\xC0\x80"), BOSH_ERR_UTF8);     /* overlong */
    CHECK_INT(check("\xE0\x9F\xBF"), BOSH_ERR_UTF8); /* overlong */
    CHECK_INT(check("\xF0\x8F\xBF\xBF"), BOSH_ERR_UTF8);
    CHECK_INT(check("\xED\xA0\x80"), BOSH_ERR_UTF8); /* surrogate */
    CHECK_INT(check("\xF4\x90\x80\x80"), BOSH_ERR_UTF8);
    CHECK_INT(check("\xF5\x80\x80\x80"), BOSH_ERR_UTF8);
    CHECK_INT(check("\xFF"), BOSH_ERR_UTF8);
    CHECK_INT(check("\xE2\x82"), BOSH_ERR_UTF8); /* cut */
    CHECK_INT(check("\xE2\x82\x41"), BOSH_ERR_UTF8);
}

static void test_decode(void)
{
    uint32_t code_point = 7;
    CHECK_INT(bosh_text_decode("\xE2\x82\xAC!", 4, &code_point), 3);
    CHECK_INT(code_point, 0x20AC);
    CHECK_INT(bosh_text_decode("\xF0\x9F\x98\x80", 4, &code_point), 4);
    CHECK_INT(code_point, 0x1F600);
    CHECK_INT(bosh_text_decode("A", 1, &code_point), 1);
    CHECK_INT(code_point, 'A');
    CHECK_INT(bosh_text_decode("", 0, &code_point), 0);
    CHECK_INT(bosh_text_decode("\xE2\x82\xAC", 2, &code_point), 0);
}

static void test_number(void)
{
    uint32_t number = 7;
    CHECK(bosh_text_number("0", 9, &number));
    CHECK_INT(number, 0);
    CHECK(bosh_text_number("0009", 9, &number));
    CHECK_INT(number, 9);
    CHECK(bosh_text_number("4294967295", UINT32_MAX, &number));
    CHECK(number == UINT32_MAX);
    number = 7;
    CHECK(!bosh_text_number("4294967296", UINT32_MAX, &number));
    CHECK(!bosh_text_number("18446744073709551617", UINT32_MAX, &number));
    CHECK(!bosh_text_number("10", 9, &number));
    CHECK(!bosh_text_number("", 9, &number));
    CHECK(!bosh_text_number(NULL, 9, &number));
    CHECK(!bosh_text_number("-1", 9, &number));
    CHECK(!bosh_text_number("+1", 9, &number));
    CHECK(!bosh_text_number(" 1", 9, &number));
    CHECK(!bosh_text_number("1 ", 9, &number));
    CHECK(!bosh_text_number("0x1", 9, &number));
    CHECK_INT(number, 7);
}

static int decode(const char *text, const char *expected)
{
    uint8_t out[8];
    int size = bosh_text_base64_decode(text, strlen(text), out, sizeof(out));
    return size == (int)strlen(expected) && memcmp(out, expected, (size_t)size) == 0;
}

static void test_base64(void)
{
    uint8_t out[8];
    static const char *const bad[] = {"Zg",     "Zg=",  "Z===", "====", "Zg==Zg==", "Zm 9v",
                                      "Zm9v\n", "Zh==", "Zm9=", "Zm-_", "Zm=v",     "="};
    CHECK(decode("", ""));
    CHECK(decode("Zg==", "f"));
    CHECK(decode("Zm8=", "fo"));
    CHECK(decode("Zm9v", "foo"));
    CHECK(decode("Zm9vYmFy", "foobar"));
    CHECK(decode("+/+/", "\xFB\xFF\xBF"));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (bosh_text_base64_decode(bad[i], strlen(bad[i]), out, 8) != BOSH_ERR_ARGUMENT)
            CHECK_STR(bad[i], "refused");
    CHECK_INT(bosh_text_base64_decode("Zm9vYmFyZm9v", 12, out, 8), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_text_base64_decode("Zm9vYmFyZm8=", 12, out, 8), 8);
}

static void test_names(void)
{
    static const char *const good[] = {"a", "_x", "message", "a-b.c_9", "xml:lang", "A1"};
    static const char *const bad[] = {"",    "1a",    "-a",       ".a",  ":a",
                                      "a:",  "a:b:c", "a:1",      "a b", "a>b",
                                      "a'b", "a\tb",  "\xC3\xA4", "a/b", "a=b"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!bosh_text_is_name(good[i]))
            CHECK_STR(good[i], "a name");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (bosh_text_is_name(bad[i]))
            CHECK_STR(bad[i], "no name");
    CHECK(!bosh_text_is_name(NULL));
}

static void test_equal(void)
{
    CHECK(bosh_text_equal("a", "a"));
    CHECK(bosh_text_equal(NULL, NULL));
    CHECK(!bosh_text_equal("a", "b"));
    CHECK(!bosh_text_equal("", NULL));
    CHECK(!bosh_text_equal(NULL, ""));
}

static void test_words(void)
{
    CHECK(bosh_text_has_word("SCRAM-SHA-1 PLAIN", "PLAIN"));
    CHECK(bosh_text_has_word("  SCRAM-SHA-1  ", "SCRAM-SHA-1"));
    CHECK(!bosh_text_has_word("SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"));
    CHECK(!bosh_text_has_word("XPLAIN", "PLAIN"));
    CHECK(!bosh_text_has_word("PLAIN", ""));
    CHECK(!bosh_text_has_word("", "PLAIN"));
    CHECK(!bosh_text_has_word(NULL, "PLAIN"));
}

/* SASL-10: what both profiles leave as it is passes, what they would change or forbid does not. A
 * build without extras refuses all beyond ASCII. */
static void test_passwords(void)
{
    static const char *const plain[] = {"", "pencil", "p&<>'\" ~"};
    static const char *const good[] = {
        "Stra\xC3\x9F\x65",         "\xD0\xBF\xD0\xB0\xD1\x80\xD0\xBE\xD0\xBB\xD1\x8C",
        "\xE5\xAF\x86\xE7\xA0\x81", "\xED\x95\x9C",
        "\xD7\x90\xD7\x91",         "\xD7\x90 1 \xD7\x91"};
    static const char *const bad[] = {"tab\t",
                                      "del\x7F",
                                      "nbsp\xC2\xA0",
                                      "soft\xC2\xADhyphen",
                                      "ordinal\xC2\xAA",
                                      "\xE2\x85\xA8",
                                      "combining e\xCC\x81",
                                      "\xEF\xBC\xA1",
                                      "\xF0\x9F\x98\x80",
                                      "bad\xFF",
                                      "\xD7\x90"
                                      "1",
                                      "1\xD7\x90",
                                      "\xD7\x90"
                                      "a\xD7\x90"};
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        if (bosh_text_check_password(plain[i]) != 0)
            CHECK_STR(plain[i], "accepted");
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (bosh_text_check_password(good[i]) != (BOSH_HAS_EXTRAS ? 0 : BOSH_ERR_SASLPREP))
            CHECK_STR(good[i], BOSH_HAS_EXTRAS ? "accepted" : "refused");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (bosh_text_check_password(bad[i]) != BOSH_ERR_SASLPREP)
            CHECK_STR(bad[i], "refused");
}

static const check_test tests[] = {
    {"check", test_check},   {"decode", test_decode},       {"number", test_number},
    {"base64", test_base64}, {"names", test_names},         {"equal", test_equal},
    {"words", test_words},   {"passwords", test_passwords},
};
CHECK_MAIN(tests)
