/* SPDX-License-Identifier: MIT
 * stream/sasl: which mechanism is chosen, where passwords may go, what is said. */
#include "stream/sasl.h"
#include "base/mem.h"
#include "base/text.h"
#include "tests/check.h"
#include "xml/reader.h"

static bosh_document document;
static bosh_credentials credentials;
static bosh_sasl *sasl;
static bosh_buf out, offer;

static const uint8_t nonce[BOSH_SASL_NONCE_SIZE] = "0123456789abcdefghijklm";
#define NONCE "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG0A"

/* Features that offer `mechanisms`, separated by spaces, and channel-binding types likewise. */
static const bosh_stanza *features(const char *mechanisms, const char *types)
{
    static const bosh_reader_limits limits = {100000, 64, 64, 0, 0, 1};
    static char xml[20000];
    char *end = xml + sprintf(xml, "<features xmlns='http://etherx.jabber.org/streams'>"
                                   "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>");
    for (; *mechanisms; mechanisms += strcspn(mechanisms, " "), mechanisms += *mechanisms == ' ')
        end +=
            sprintf(end, "<mechanism>%.*s</mechanism>", (int)strcspn(mechanisms, " "), mechanisms);
    end += sprintf(end, "</mechanisms>");
    if (types) {
        end += sprintf(end, "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>");
        for (; *types; types += strcspn(types, " "), types += *types == ' ')
            end += sprintf(end, "<channel-binding type='%.*s'/>", (int)strcspn(types, " "), types);
        end += sprintf(end, "</sasl-channel-binding>");
    }
    end += sprintf(end, "</features>");
    bosh_document_free(&document, bosh_mem_allocator(NULL));
    CHECK_INT(
        bosh_reader_parse(bosh_mem_allocator(NULL), &limits, xml, (size_t)(end - xml), &document),
        0);
    return document.root;
}

static void use_password(void)
{
    memset(&credentials, 0, sizeof(credentials));
    credentials.user = "user";
    credentials.domain = "example.org";
    credentials.password = "pencil";
    credentials.is_plain_allowed = 1;
    credentials.rounds_min = 4096;
    credentials.rounds_max = 10000000;
}

static int read_offer(const char *mechanisms, const char *types)
{
    bosh_buf_free(&offer);
    bosh_buf_init(&offer, bosh_mem_allocator(NULL), 8192, BOSH_ERR_SASL);
    return bosh_sasl_read_offer(features(mechanisms, types), &offer);
}

/* The name of what is chosen, or of the error. */
static const char *choice(const char *mechanisms)
{
    CHECK_INT(read_offer(mechanisms, NULL), 0);
    int chosen = bosh_sasl_choose(offer.data, &credentials);
    return chosen < 0 ? bosh_error_name(chosen) : bosh_mechanism_name((bosh_mechanism)chosen);
}

static void end(void)
{
    bosh_sasl_free(sasl);
    sasl = NULL;
    bosh_buf_free(&out);
    bosh_buf_free(&offer);
    bosh_document_free(&document, bosh_mem_allocator(NULL));
}

/* SASL-1 */
static void test_choice(void)
{
    CHECK_NEEDS("SCRAM-SHA-512");
    CHECK_NEEDS("EXTERNAL");
    use_password();
    CHECK_STR(choice("PLAIN SCRAM-SHA-1 SCRAM-SHA-512 SCRAM-SHA-256"), "SCRAM-SHA-512");
    CHECK_STR(choice("PLAIN SCRAM-SHA-1 SCRAM-SHA-256"), "SCRAM-SHA-256");
    CHECK_STR(choice("PLAIN SCRAM-SHA-1"), "SCRAM-SHA-1");
    CHECK_STR(choice("DIGEST-MD5 PLAIN"), "PLAIN");
    CHECK_STR(choice("SCRAM-SHA-1-PLUS"), "BOSH_ERR_NO_MECHANISM");
    CHECK_STR(choice("EXTERNAL ANONYMOUS"), "BOSH_ERR_NO_MECHANISM"); /* only when named */
    CHECK_STR(choice(""), "BOSH_ERR_NO_MECHANISM");
    CHECK_INT(bosh_sasl_choose(NULL, &credentials), BOSH_ERR_NO_MECHANISM);
    credentials.allowed = "EXTERNAL PLAIN SCRAM-SHA-1";
    CHECK_STR(choice("SCRAM-SHA-1 PLAIN EXTERNAL"), "EXTERNAL");
    CHECK_STR(choice("SCRAM-SHA-1 PLAIN"), "PLAIN");
    CHECK_STR(choice("SCRAM-SHA-512"), "BOSH_ERR_NO_MECHANISM");
    credentials.allowed = "NONSENSE  SCRAM-SHA-1 ";
    CHECK_STR(choice("NONSENSE SCRAM-SHA-1"), "SCRAM-SHA-1");
    credentials.allowed = NULL;
    credentials.user = NULL;
    CHECK_STR(choice("PLAIN ANONYMOUS"), "ANONYMOUS");
    CHECK_STR(choice("PLAIN"), "BOSH_ERR_NO_MECHANISM");
    credentials.allowed = "PLAIN SCRAM-SHA-1";
    CHECK_STR(choice("PLAIN SCRAM-SHA-1"), "BOSH_ERR_NO_MECHANISM");
    end();
}

/* SASL-2 */
static void test_plain_needs_a_private_url(void)
{
    use_password();
    credentials.is_plain_allowed = 0;
    CHECK_STR(choice("PLAIN"), "BOSH_ERR_PLAIN_NEEDS_HTTPS");
    CHECK_STR(choice("PLAIN SCRAM-SHA-1"), "SCRAM-SHA-1");
    credentials.password = NULL;
    CHECK_STR(choice("PLAIN"), "BOSH_ERR_PLAIN_NEEDS_HTTPS");
    CHECK_STR(choice("PLAIN SCRAM-SHA-1"), "BOSH_ERR_CREDENTIALS");
    use_password();
    credentials.was_scram_used = 1;
    CHECK_STR(choice("PLAIN"), "BOSH_ERR_NO_MECHANISM");
    CHECK_STR(choice("PLAIN SCRAM-SHA-1"), "SCRAM-SHA-1");
    end();
}

static void test_refused_mechanisms_are_skipped(void)
{
    use_password();
    credentials.refused = 1 << BOSH_MECHANISM_SCRAM_SHA_512;
    CHECK_STR(choice("SCRAM-SHA-512 SCRAM-SHA-1"), "SCRAM-SHA-1");
    CHECK_STR(choice("SCRAM-SHA-512"), "BOSH_ERR_NO_MECHANISM");
    end();
}

static void test_choice_without_password(void)
{
    CHECK_NEEDS("SCRAM-SHA-512");
    bosh_scram_keys keys = {.mechanism = "SCRAM-SHA-256"};
    use_password();
    credentials.password = NULL;
    CHECK_STR(choice("PLAIN"), "BOSH_ERR_CREDENTIALS");
    CHECK_STR(choice("SCRAM-SHA-1"), "BOSH_ERR_CREDENTIALS");
    credentials.keys = &keys;
    CHECK_STR(choice("SCRAM-SHA-512 SCRAM-SHA-256 PLAIN"), "SCRAM-SHA-256");
    CHECK_STR(choice("SCRAM-SHA-512"), "BOSH_ERR_CREDENTIALS");
    end();
}

static void test_private_urls(void)
{
    static const char *const good[] = {"https://example.org/http-bind",
                                       "HTTPS://x",
                                       "http://localhost/",
                                       "http://LocalHost:5280/x",
                                       "http://localhost",
                                       "http://127.0.0.1/b",
                                       "http://127.1.2.3:80",
                                       "http://[::1]/",
                                       "http://[::1]:5280/http-bind",
                                       "http://localhost?x"};
    static const char *const bad[] = {"http://example.org/",
                                      "http://localhost.example.org/",
                                      "http://127.0.0.1.example.org/",
                                      "http://localhost@example.org/",
                                      "http://127.0.0.1:80@example.org/",
                                      "http://128.0.0.1/",
                                      "http://127.0.0/",
                                      "http://127.0.0.256/",
                                      "http://127.0.0.1.1/",
                                      "http://127.0.0.1x/",
                                      "http://[::1].example.org/",
                                      "http://[::2]/",
                                      "http://localhost\\@example.org/",
                                      "http:///",
                                      "http://",
                                      "ftp://localhost/",
                                      "",
                                      "localhost",
                                      "http://[::1",
                                      "http://127.0.0.00001/"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!bosh_sasl_is_url_private(good[i]))
            CHECK_STR(good[i], "private");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (bosh_sasl_is_url_private(bad[i]))
            CHECK_STR(bad[i], "not private");
}

static int begin(bosh_mechanism mechanism, const char *mechanisms, const char *types)
{
    end();
    bosh_buf_init(&out, bosh_mem_allocator(NULL), 10000, BOSH_ERR_INTERNAL);
    int error = read_offer(mechanisms, types);
    return error ? error
                 : bosh_sasl_new(bosh_mem_allocator(NULL), mechanism, offer.data, &credentials,
                                 nonce, &sasl);
}

static int is_initial(const char *expected, size_t size)
{
    bosh_buf_clear(&out);
    CHECK_INT(bosh_sasl_start(sasl, &out), 0);
    return out.size == size && (size == 0 || memcmp(out.data, expected, size) == 0);
}

/* SASL-9 */
static void test_initial_responses(void)
{
    use_password();
    CHECK_INT(begin(BOSH_MECHANISM_PLAIN, "PLAIN", NULL), 0);
    CHECK(is_initial("\0user\0pencil", 12));
    CHECK_INT(begin(BOSH_MECHANISM_SCRAM_SHA_1, "SCRAM-SHA-1", NULL), 0);
    CHECK(is_initial("n,,n=user,r=" NONCE, 44));
    credentials.authzid = "boss@example.org";
    CHECK_INT(begin(BOSH_MECHANISM_PLAIN, "PLAIN", NULL), 0);
    CHECK(is_initial("boss@example.org\0user\0pencil", 28));
    CHECK_INT(begin(BOSH_MECHANISM_SCRAM_SHA_1, "SCRAM-SHA-1", NULL), 0);
    CHECK(is_initial("n,a=boss@example.org,n=user,r=" NONCE, 62));
    end();
}

/* SASL-11 */
static void test_initial_responses_without_user(void)
{
    CHECK_NEEDS("EXTERNAL");
    use_password();
    CHECK_INT(begin(BOSH_MECHANISM_EXTERNAL, "EXTERNAL", NULL), 0);
    CHECK(is_initial("", 0));
    CHECK_INT(begin(BOSH_MECHANISM_ANONYMOUS, "ANONYMOUS", NULL), 0);
    CHECK(is_initial("", 0));
    credentials.authzid = "boss@example.org";
    CHECK_INT(begin(BOSH_MECHANISM_EXTERNAL, "EXTERNAL", NULL), 0);
    CHECK(is_initial("boss@example.org", 16));
    end();
}

/* SASL-10 */
static void test_unprepared_credentials(void)
{
    use_password();
    credentials.password = "tab\t";
    CHECK_INT(begin(BOSH_MECHANISM_PLAIN, "PLAIN", NULL), BOSH_ERR_SASLPREP);
    CHECK_INT(begin(BOSH_MECHANISM_SCRAM_SHA_256, "PLAIN", NULL), BOSH_ERR_SASLPREP);
    use_password();
    credentials.user = "\xC2\xAA";
    CHECK_INT(begin(BOSH_MECHANISM_SCRAM_SHA_256, "PLAIN", NULL), BOSH_ERR_SASLPREP);
    use_password();
    credentials.authzid = "\xFF";
    CHECK_INT(begin(BOSH_MECHANISM_EXTERNAL, "EXTERNAL", NULL), BOSH_ERR_SASLPREP);
    use_password();
    credentials.password = NULL;
    CHECK_INT(begin(BOSH_MECHANISM_PLAIN, "PLAIN", NULL), BOSH_ERR_CREDENTIALS);
    CHECK(sasl == NULL);
    end();
}

static void test_one_step_mechanisms(void)
{
    bosh_scram_keys keys;
    use_password();
    CHECK_INT(begin(BOSH_MECHANISM_PLAIN, "PLAIN", NULL), 0);
    CHECK_INT(bosh_sasl_challenge(sasl, "x", 1), BOSH_ERR_SASL); /* SASL-4 */
    CHECK_INT(bosh_sasl_run(sasl, 1), BOSH_ERR_STATE);
    CHECK_INT(bosh_sasl_response(sasl, &out), BOSH_ERR_STATE);
    CHECK_INT(bosh_sasl_success(sasl, NULL, 0), 0);
    bosh_sasl_get_keys(sasl, &keys);
    CHECK_STR(keys.mechanism, "");
    end();
    bosh_sasl_free(NULL);
}

static int challenge(const char *text)
{
    return bosh_sasl_challenge(sasl, text, strlen(text));
}

/* SASL-13, the example of RFC 7628 section 4.1 without host and port; ',' and '=' as in SCR-1. */
static void test_tokens(void)
{
    CHECK_NEEDS("OAUTHBEARER");
    static const char bearer[] = "n,a=user@example.org,\1auth=Bearer vF9dft4qmTc2\1\1";
    use_password();
    credentials.password = "vF9dft4qmTc2";
    CHECK_INT(begin(BOSH_MECHANISM_OAUTHBEARER, "OAUTHBEARER", NULL), 0);
    CHECK(is_initial(bearer, sizeof(bearer) - 1));
    CHECK_INT(bosh_sasl_success(sasl, NULL, 0), 0);
    CHECK_INT(begin(BOSH_MECHANISM_X_OAUTH2, "X-OAUTH2", NULL), 0);
    CHECK(is_initial("\0user@example.org\0vF9dft4qmTc2", 30));
    CHECK_INT(challenge("{}"), BOSH_ERR_SASL);
    credentials.authzid = "a=b,c@example.org";
    CHECK_INT(begin(BOSH_MECHANISM_OAUTHBEARER, "OAUTHBEARER", NULL), 0);
    CHECK(is_initial("n,a=a=3Db=2Cc@example.org,\1auth=Bearer vF9dft4qmTc2\1\1", 53));
    CHECK_INT(begin(BOSH_MECHANISM_X_OAUTH2, "X-OAUTH2", NULL), 0);
    CHECK(is_initial("\0a=b,c@example.org\0vF9dft4qmTc2", 31));
    credentials.authzid = credentials.user = NULL;
    CHECK_INT(begin(BOSH_MECHANISM_OAUTHBEARER, "OAUTHBEARER", NULL), 0);
    CHECK(is_initial("n,,\1auth=Bearer vF9dft4qmTc2\1\1", 30));
    end();
}

static void test_token_too_long(void)
{
    CHECK_NEEDS("OAUTHBEARER");
    static char token[20000];
    use_password();
    memset(token, 'x', sizeof(token) - 1);
    credentials.password = token;
    CHECK_INT(begin(BOSH_MECHANISM_OAUTHBEARER, "OAUTHBEARER", NULL), BOSH_ERR_SASLPREP);
    CHECK_INT(begin(BOSH_MECHANISM_X_OAUTH2, "X-OAUTH2", NULL), BOSH_ERR_SASLPREP);
    credentials.authzid = token;
    CHECK_INT(begin(BOSH_MECHANISM_X_OAUTH2, "X-OAUTH2", NULL), BOSH_ERR_SASLPREP);
    end();
}

/* SASL-13: the challenge tells why, and is answered once. */
static void test_refused_token(void)
{
    CHECK_NEEDS("OAUTHBEARER");
    use_password();
    CHECK_INT(begin(BOSH_MECHANISM_OAUTHBEARER, "OAUTHBEARER", NULL), 0);
    CHECK(bosh_sasl_refusal(sasl) == NULL);
    CHECK_INT(bosh_sasl_run(sasl, 1), BOSH_ERR_STATE);
    CHECK_INT(bosh_sasl_response(sasl, &out), BOSH_ERR_STATE);
    CHECK_INT(challenge("\xFF"), BOSH_ERR_SASL);
    CHECK_INT(challenge("{\"status\":\"invalid_token\"}"), 0);
    CHECK_STR(bosh_sasl_refusal(sasl), "{\"status\":\"invalid_token\"}");
    CHECK_INT(bosh_sasl_run(sasl, 1), 1);
    bosh_buf_clear(&out);
    CHECK_INT(bosh_sasl_response(sasl, &out), 0);
    CHECK_STR(out.data, "\1");
    CHECK_INT(challenge("{}"), BOSH_ERR_SASL);
    CHECK_INT(bosh_sasl_success(sasl, NULL, 0), BOSH_ERR_SASL);
    end();
}

/* SASL-13, SASL-2 */
static void test_tokens_are_chosen_by_name_only(void)
{
    CHECK_NEEDS("OAUTHBEARER");
    use_password();
    CHECK_STR(choice("X-OAUTH2 OAUTHBEARER"), "BOSH_ERR_NO_MECHANISM");
    credentials.allowed = "OAUTHBEARER X-OAUTH2";
    CHECK_STR(choice("X-OAUTH2 OAUTHBEARER PLAIN"), "OAUTHBEARER");
    CHECK_STR(choice("X-OAUTH2 PLAIN"), "X-OAUTH2");
    credentials.user = NULL;
    CHECK_STR(choice("X-OAUTH2 PLAIN"), "X-OAUTH2");
    credentials.is_plain_allowed = 0;
    CHECK_STR(choice("X-OAUTH2"), "BOSH_ERR_PLAIN_NEEDS_HTTPS");
    credentials.is_plain_allowed = 1;
    credentials.was_scram_used = 1;
    CHECK_STR(choice("OAUTHBEARER"), "BOSH_ERR_NO_MECHANISM");
    end();
}

/* A whole SCRAM login. The proof and the signature were computed with Python's hashlib and hmac. */
static void test_scram_login(void)
{
    bosh_scram_keys keys;
    static const char signature[] = "v=mRF8wYBxfJhS4wD3bWYYCkJ5Jix6BBlnAyf/VxCvWGw=";
    use_password();
    CHECK_INT(begin(BOSH_MECHANISM_SCRAM_SHA_256, "PLAIN SCRAM-SHA-256", NULL), 0);
    CHECK_INT(bosh_sasl_start(sasl, &out), 0);
    CHECK_INT(challenge("r=" NONCE "server,s=c2FsdA==,i=4096"), 0);
    while (bosh_sasl_run(sasl, 1000) == 0)
        ;
    bosh_buf_clear(&out);
    CHECK_INT(bosh_sasl_response(sasl, &out), 0);
    CHECK_STR(out.data, "c=biws,r=" NONCE "server,p=WO/E+nSdN9djf9uqMQpEMwtEJwKogC1zGygZIw1kQUE=");
    CHECK_INT(bosh_sasl_success(sasl, NULL, 0), BOSH_ERR_SCRAM_SIGNATURE); /* SASL-6, INV-21 */
    CHECK_INT(bosh_sasl_success(sasl, "v=AAAA", 6), BOSH_ERR_SCRAM_SIGNATURE);
    CHECK_INT(bosh_sasl_success(sasl, signature, strlen(signature)), 0);
    bosh_sasl_get_keys(sasl, &keys);
    CHECK_STR(keys.mechanism, "SCRAM-SHA-256");
    end();
}

static void test_success_without_challenge(void)
{
    use_password();
    CHECK_INT(begin(BOSH_MECHANISM_SCRAM_SHA_256, "SCRAM-SHA-256", NULL), 0);
    CHECK_INT(bosh_sasl_start(sasl, &out), 0);
    CHECK_INT(bosh_sasl_success(sasl, NULL, 0), BOSH_ERR_SCRAM_SIGNATURE);
    end();
}

/* CB-4: the offer as seen, in whatever order it came. */
static void test_downgrade(void)
{
    static const char good[] = "r=" NONCE "x,s=c2FsdA==,i=4096,h=G6k/rBLDqgOhRRaCuuatSDFkJ08=";
    bosh_mechanism sha1 = BOSH_MECHANISM_SCRAM_SHA_1;
    use_password();
    CHECK_INT(begin(sha1, "SCRAM-SHA-1-PLUS SCRAM-SHA-1", "tls-server-end-point tls-exporter"), 0);
    CHECK_INT(bosh_sasl_start(sasl, &out), 0);
    CHECK_INT(challenge(good), 0);
    CHECK_INT(begin(sha1, "SCRAM-SHA-1", "tls-server-end-point tls-exporter"), 0);
    CHECK_INT(bosh_sasl_start(sasl, &out), 0);
    CHECK_INT(challenge(good), BOSH_ERR_SCRAM_DOWNGRADE);
    CHECK_INT(begin(sha1, "SCRAM-SHA-1 SCRAM-SHA-1-PLUS", NULL), 0);
    CHECK_INT(bosh_sasl_start(sasl, &out), 0);
    CHECK_INT(challenge(good), BOSH_ERR_SCRAM_DOWNGRADE);
    end();
}

static void test_endless_offer(void)
{
    static char many[400];
    for (int i = 0; i < 65; i++)
        strcat(many, i ? " X" : "X");
    use_password();
    CHECK_INT(begin(BOSH_MECHANISM_SCRAM_SHA_1, many, NULL), BOSH_ERR_SASL);
    many[2 * 64 - 1] = 0;
    CHECK_INT(begin(BOSH_MECHANISM_SCRAM_SHA_1, many, NULL), 0);
    end();
}

static void test_names(void)
{
    CHECK_STR(bosh_mechanism_name(BOSH_MECHANISM_NONE), "");
    CHECK_STR(bosh_mechanism_name(BOSH_MECHANISM_PLAIN), "PLAIN");
    CHECK_STR(bosh_mechanism_name((bosh_mechanism)77), "");
}

/* SCR-7: an offer of a binding that does not say which one */
static void test_nameless_binding(void)
{
    static const bosh_reader_limits limits = {100000, 64, 64, 0, 0, 1};
    static const char xml[] = "<features><sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>"
                              "<channel-binding/></sasl-channel-binding></features>";
    end();
    CHECK_INT(bosh_reader_parse(bosh_mem_allocator(NULL), &limits, xml, sizeof(xml) - 1, &document),
              0);
    bosh_buf_init(&offer, bosh_mem_allocator(NULL), 8192, BOSH_ERR_SASL);
    CHECK_INT(bosh_sasl_read_offer(document.root, &offer), 0);
    CHECK(!offer.data || !strchr(offer.data, 'b'));
    end();
}

static void test_plain_without_password(void)
{
    use_password();
    credentials.password = NULL;
    CHECK_INT(begin(BOSH_MECHANISM_PLAIN, "PLAIN", NULL), BOSH_ERR_CREDENTIALS);
    end();
}

static const check_test tests[] = {
    {"choice", test_choice},
    {"plain_needs_a_private_url", test_plain_needs_a_private_url},
    {"refused_mechanisms_are_skipped", test_refused_mechanisms_are_skipped},
    {"choice_without_password", test_choice_without_password},
    {"private_urls", test_private_urls},
    {"initial_responses", test_initial_responses},
    {"initial_responses_without_user", test_initial_responses_without_user},
    {"unprepared_credentials", test_unprepared_credentials},
    {"one_step_mechanisms", test_one_step_mechanisms},
    {"tokens", test_tokens},
    {"token_too_long", test_token_too_long},
    {"refused_token", test_refused_token},
    {"tokens_are_chosen_by_name_only", test_tokens_are_chosen_by_name_only},
    {"scram_login", test_scram_login},
    {"success_without_challenge", test_success_without_challenge},
    {"downgrade", test_downgrade},
    {"endless_offer", test_endless_offer},
    {"names", test_names},
    {"nameless_binding", test_nameless_binding},
    {"plain_without_password", test_plain_without_password},
};
CHECK_MAIN(tests)
