/* SPDX-License-Identifier: MIT
 * stream/jid: splitting and comparing addresses. */
#include "stream/jid.h"
#include "tests/check.h"

/* "local|domain|resource" of an address, or the name of the error. */
static const char *split(const char *jid)
{
    static char text[3 * 1100];
    bosh_slice part[3];
    int error = bosh_jid_split(jid, &part[0], &part[1], &part[2]);
    if (error)
        return bosh_error_name(error);
    char *end = text;
    for (int i = 0; i < 3; i++)
        end += sprintf(end, "%s%.*s", i ? "|" : "", part[i].data ? (int)part[i].size : 1,
                       part[i].data ? part[i].data : "-");
    return text;
}

static void test_split(void)
{
    CHECK_STR(split("example.org"), "-|example.org|-");
    CHECK_STR(split("bob@example.org"), "bob|example.org|-");
    CHECK_STR(split("bob@example.org/phone"), "bob|example.org|phone");
    CHECK_STR(split("example.org/phone"), "-|example.org|phone");
    CHECK_STR(split("a@b/c@d/e f"), "a|b|c@d/e f");
    CHECK_STR(split("[::1]"), "-|[::1]|-");
    CHECK_STR(split("b\xC3\xBC@ex\xC3\xA4mple.org"), "b\xC3\xBC|ex\xC3\xA4mple.org|-");
}

static void test_split_refuses(void)
{
    static const char *const bad[] = {"",       "@b",    "a@",      "a@/r",   "/r",
                                      "a@b/",   "a@b@c", "a b@c",   "a@b c",  "a\"@b",
                                      "a&b@c",  "a'b@c", "a:b@c",   "a<b@c",  "a@b>",
                                      "a@\xFF", "a\n@b", "a@b\x01", "a@b/\t", "a@b/\x7F"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK_STR(split(bad[i]), "BOSH_ERR_JID");
    CHECK_STR(split(NULL), "BOSH_ERR_JID");
}

static void test_split_lengths(void)
{
    static char jid[1100];
    memset(jid, 'a', 1023);
    memcpy(jid + 1023, "@b", 3);
    CHECK_STR(split(jid) + 1023, "|b|-");
    memset(jid, 'a', 1024);
    memcpy(jid + 1024, "@b", 3);
    CHECK_STR(split(jid), "BOSH_ERR_JID");
}

/* IQ-3 */
static void test_same_bare(void)
{
    CHECK(bosh_jid_same_bare("Alice@Localhost", "alice@localhost"));
    CHECK(bosh_jid_same_bare("alice@localhost/a", "alice@localhost/b"));
    CHECK(bosh_jid_same_bare("alice@localhost/a", "ALICE@localhost"));
    CHECK(bosh_jid_same_bare("localhost", "LOCALHOST/x"));
    CHECK(bosh_jid_same_bare(NULL, NULL));
    CHECK(!bosh_jid_same_bare("alice@localhost", "localhost"));
    CHECK(!bosh_jid_same_bare("alice@localhost", "alice@localhosts"));
    CHECK(!bosh_jid_same_bare("alice@localhost", NULL));
    CHECK(!bosh_jid_same_bare(NULL, "alice@localhost"));
    CHECK(!bosh_jid_same_bare("\xC3\x84@b", "\xC3\xA4@b")); /* ASCII only */
    CHECK(!bosh_jid_same_bare("a[@b", "a{@b"));
}

static void test_same(void)
{
    CHECK(bosh_jid_same("Alice@Localhost/a", "alice@localhost/a"));
    CHECK(bosh_jid_same("alice@localhost", "alice@LOCALHOST"));
    CHECK(bosh_jid_same(NULL, NULL));
    CHECK(!bosh_jid_same("alice@localhost/a", "alice@localhost/A"));
    CHECK(!bosh_jid_same("alice@localhost/a", "alice@localhost"));
    CHECK(!bosh_jid_same("alice@localhost", NULL));
}

static const check_test tests[] = {
    {"split", test_split},
    {"split_refuses", test_split_refuses},
    {"split_lengths", test_split_lengths},
    {"same_bare", test_same_bare},
    {"same", test_same},
};
CHECK_MAIN(tests)
