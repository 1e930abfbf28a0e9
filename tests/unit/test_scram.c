/* SPDX-License-Identifier: MIT
 * stream/scram: the published exchanges, key reuse, and every way in which a server may lie. */
#include "stream/scram.h"
#include "base/mem.h"
#include "base/text.h"
#include "tests/check.h"

static bosh_scram *scram;
static bosh_buf out;
static struct {
    bosh_mechanism mechanism;
    const char *offer;
    const char *nonce; /* in Base64 */
} options;
static bosh_credentials credentials;

#define NONCE "fyko+d2lbbFgONRv9qkxdawL"
#define SALT "QSXCR+Q6sek8bf92"
#define FIRST "r=" NONCE "3rfcNHYJY1ZVvWVs7j,s=" SALT ",i=4096"
#define SIGNATURE "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="

/* RFC 5802 section 5; docs/protocol.md section 10. */
static void use_example(void)
{
    memset(&options, 0, sizeof(options));
    memset(&credentials, 0, sizeof(credentials));
    options.mechanism = BOSH_MECHANISM_SCRAM_SHA_1;
    options.nonce = NONCE;
    credentials.user = "user";
    credentials.password = "pencil";
    credentials.rounds_min = 4096;
    credentials.rounds_max = 10000000;
}

static void end(void)
{
    bosh_scram_free(scram);
    scram = NULL;
    bosh_buf_free(&out);
}

/* A new exchange up to our first message. */
static const char *first(void)
{
    uint8_t bytes[24];
    int size = bosh_text_base64_decode(options.nonce, strlen(options.nonce), bytes, sizeof(bytes));
    end();
    bosh_buf_init(&out, bosh_mem_allocator(NULL), 10000, BOSH_ERR_INTERNAL);
    scram = bosh_scram_new(bosh_mem_allocator(NULL), options.mechanism, &credentials, options.offer,
                           (bosh_slice){(const char *)bytes, (size_t)size});
    CHECK(scram != NULL);
    CHECK_INT(bosh_scram_first(scram, &out), 0);
    return out.data;
}

static int challenge(const char *text)
{
    return bosh_scram_challenge(scram, text, strlen(text));
}

static int verify(const char *text)
{
    return bosh_scram_verify(scram, text, strlen(text));
}

static const char * final(void)
{
    while (bosh_scram_run(scram, 1000) == 0)
        ;
    bosh_buf_clear(&out);
    CHECK_INT(bosh_scram_final(scram, &out), 0);
    return out.data ? out.data : "";
}

static void test_sha1(void)
{
    use_example();
    CHECK_STR(first(), "n,,n=user,r=" NONCE);
    CHECK_INT(challenge(FIRST), 0);
    CHECK_INT(bosh_scram_run(scram, 4094), 0);
    CHECK_INT(bosh_scram_run(scram, 1), 1);
    CHECK_STR(final(), "c=biws,r=" NONCE "3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
    CHECK_INT(verify(SIGNATURE), 0);
    end();
}

static void check_sha2(bosh_mechanism mechanism, const char *proof, const char *signature)
{
    use_example();
    options.mechanism = mechanism;
    options.nonce = "rOprNGfwEbeRWgbNEkqO";
    CHECK_STR(first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    CHECK_INT(challenge("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                        "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"),
              0);
    const char *text = final();
    const char *begin = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    CHECK(strncmp(text, begin, strlen(begin)) == 0);
    CHECK_STR(text + strlen(begin), proof);
    CHECK_INT(verify(signature), 0);
    end();
}

static void test_sha256(void)
{
    check_sha2(BOSH_MECHANISM_SCRAM_SHA_256, ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
               "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

/* Computed with Python's hashlib and hmac. */
static void test_sha384(void)
{
    CHECK_NEEDS("SCRAM-SHA-384");
    check_sha2(BOSH_MECHANISM_SCRAM_SHA_384,
               ",p=38QOLqcXFnyvjFUdM4HfSjz5ppcQ02OwnS5CmEK4PniDQJkN2DCKR1oAI+y+NRKq",
               "v=v1W3CC5HNLFnGJ2Zbpb5jeIDxX1hpghXPjWlFWLvikI2N0FYuk/W6bRRifnIXxTe");
}

static void test_sha512(void)
{
    CHECK_NEEDS("SCRAM-SHA-512");
    check_sha2(BOSH_MECHANISM_SCRAM_SHA_512,
               ",p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTx"
               "wnYPJQ==",
               "v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2r"
               "R7N7Zw==");
}

static void test_names_are_escaped(void)
{
    use_example();
    credentials.user = "a,b=c";
    credentials.authzid = "x,y";
    CHECK_STR(first(), "n,a=x=2Cy,n=a=2Cb=3Dc,r=" NONCE);
    CHECK_INT(challenge(FIRST), 0);
    CHECK(strncmp(final(), "c=bixhPXg9MkN5LA==,r=", 21) == 0);
    end();
}

/* SCR-3, SCR-4: each lie has its own name. */
static void test_bad_challenges(void)
{
    static const struct {
        const char *text;
        int error;
    } cases[] = {
        {"", BOSH_ERR_SASL},
        {"r=", BOSH_ERR_SCRAM_NONCE},
        {"r=" NONCE ",s=" SALT ",i=4096", BOSH_ERR_SCRAM_NONCE}, /* not continued */
        {"r=fyko+d2lbbFgONRv9qkxdawX3rfc,s=" SALT ",i=4096", BOSH_ERR_SCRAM_NONCE},
        {"r=3rfcNHYJY1ZVvWVs7j,s=" SALT ",i=4096", BOSH_ERR_SCRAM_NONCE},
        {"r=" NONCE " x,s=" SALT ",i=4096", BOSH_ERR_SCRAM_NONCE},
        {"m=x,r=" NONCE "x,s=" SALT ",i=4096", BOSH_ERR_SASL},
        {"e=other-error", BOSH_ERR_SASL},
        {"s=" SALT ",i=4096", BOSH_ERR_SASL},
        {"r=" NONCE "x", BOSH_ERR_SCRAM_SALT},
        {"r=" NONCE "x,", BOSH_ERR_SASL},
        {"r=" NONCE "x,i=4096", BOSH_ERR_SCRAM_SALT},
        {"r=" NONCE "x,s=,i=4096", BOSH_ERR_SCRAM_SALT},
        {"r=" NONCE "x,s=%%%%,i=4096", BOSH_ERR_SCRAM_SALT},
        {"r=" NONCE "x,s=QSXCR+Q6sek8bf9,i=4096", BOSH_ERR_SCRAM_SALT},
        {"r=" NONCE "x,s="
         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
         "AAA=,i=4096",
         BOSH_ERR_SCRAM_SALT}, /* 65 bytes */
        {"r=" NONCE "x,s=" SALT, BOSH_ERR_SASL},
        {"r=" NONCE "x,s=" SALT ",i=", BOSH_ERR_SCRAM_ROUNDS},
        {"r=" NONCE "x,s=" SALT ",i=1", BOSH_ERR_SCRAM_ROUNDS},
        {"r=" NONCE "x,s=" SALT ",i=4095", BOSH_ERR_SCRAM_ROUNDS},
        {"r=" NONCE "x,s=" SALT ",i=10000001", BOSH_ERR_SCRAM_ROUNDS},
        {"r=" NONCE "x,s=" SALT ",i=1000000000", BOSH_ERR_SCRAM_ROUNDS},
        {"r=" NONCE "x,s=" SALT ",i=4294971392", BOSH_ERR_SCRAM_ROUNDS}, /* 4096 + 2^32 */
        {"r=" NONCE "x,s=" SALT ",i=18446744073709555712", BOSH_ERR_SCRAM_ROUNDS},
        {"r=" NONCE "x,s=" SALT ",i=-4096", BOSH_ERR_SCRAM_ROUNDS},
        {"r=" NONCE "x,s=" SALT ",i=4096x", BOSH_ERR_SCRAM_ROUNDS},
        {"r=" NONCE "x,s=" SALT ",i=4096,", BOSH_ERR_SASL},
        {"r=" NONCE "x,s=" SALT ",i=4096,nonsense", BOSH_ERR_SASL},
        {"r=" NONCE "x,s=" SALT ",i=4096,m=x", BOSH_ERR_SASL},
        {"r=" NONCE "x,s=" SALT ",i=4096,x=1,m=x", BOSH_ERR_SASL},
        {"r=" NONCE "x,s=" SALT ",i=4096,x=\xFF", BOSH_ERR_SASL},
        {"r=" NONCE "x,s=" SALT ",i=4096,x=1", 0},
        {"r=" NONCE "x,s=" SALT ",i=4096,d=whatever,h=any", 0}, /* no list known: not checked */
    };
    use_example();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        first();
        int error = challenge(cases[i].text);
        if (error != cases[i].error)
            CHECK_STR(cases[i].text, bosh_error_name(error));
    }
    end();
}

static void test_endless_challenge(void)
{
    static char text[10000];
    const char *beginning = "r=" NONCE "x,s=" SALT ",i=4096,y=";
    use_example();
    first();
    memset(text, 'x', sizeof(text));
    memcpy(text, beginning, strlen(beginning));
    CHECK_INT(bosh_scram_challenge(scram, text, sizeof(text)), BOSH_ERR_SASL);
    end();
}

static void test_wrong_order(void)
{
    use_example();
    first();
    CHECK_INT(bosh_scram_first(scram, &out), BOSH_ERR_STATE);
    CHECK_INT(bosh_scram_final(scram, &out), BOSH_ERR_STATE);
    CHECK_INT(bosh_scram_run(scram, 1), BOSH_ERR_STATE);
    CHECK_INT(verify(SIGNATURE), BOSH_ERR_SCRAM_SIGNATURE); /* success out of the blue */
    CHECK_INT(challenge(FIRST), 0);
    CHECK_INT(challenge(FIRST), BOSH_ERR_SASL);
    CHECK_INT(verify(SIGNATURE), BOSH_ERR_SCRAM_SIGNATURE); /* before we proved anything */
    CHECK_INT(bosh_scram_final(scram, &out), BOSH_ERR_STATE);
    end();
}

static void to_final(void)
{
    use_example();
    first();
    CHECK_INT(challenge(FIRST), 0);
    final();
}

/* SCR-6 */
static void test_bad_signatures(void)
{
    static const char *const bad[] = {"",
                                      "v=",
                                      "v",
                                      "x=1",
                                      "rmF9pqV8S7suAoZWja4dJRkFsKQ=",
                                      "v=rmF9pqV8S7suAoZWja4dJRkFsKU=",
                                      "v=rmF9pqV8S7suAoZWja4dJRkFsKQ",
                                      "v=rmF9",
                                      "v=****",
                                      "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="};
    bosh_scram_keys keys;
    to_final();
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK_INT(verify(bad[i]), BOSH_ERR_SCRAM_SIGNATURE);
    CHECK_INT(verify("e=invalid-proof"), BOSH_ERR_AUTH);
    bosh_scram_get_keys(scram, &keys);
    CHECK_STR(keys.mechanism, "");
    CHECK_INT(verify(SIGNATURE ",x=extension"), 0);
    CHECK_INT(verify(""), 0); /* proven once is enough */
    CHECK_INT(verify("v=****"), BOSH_ERR_SCRAM_SIGNATURE);
    CHECK_INT(verify(""), BOSH_ERR_SCRAM_SIGNATURE);
    end();
}

static void test_signature_as_challenge(void)
{
    to_final();
    CHECK_INT(challenge("v=rmF9pqV8S7suAoZWja4dJRkFsKU="), BOSH_ERR_SCRAM_SIGNATURE);
    CHECK_INT(challenge(FIRST), BOSH_ERR_SCRAM_SIGNATURE);
    CHECK_INT(challenge(SIGNATURE), 0);
    CHECK_INT(bosh_scram_run(scram, 1), 1);
    CHECK_STR(final(), "");
    CHECK_INT(verify(""), 0);
    CHECK_INT(challenge(SIGNATURE), BOSH_ERR_SASL);
    end();
}

/* Keys of one login make the next, without password and without derivation. */
static void test_keys(void)
{
    bosh_scram_keys keys;
    to_final();
    CHECK_INT(verify(SIGNATURE), 0);
    bosh_scram_get_keys(scram, &keys);
    CHECK_STR(keys.mechanism, "SCRAM-SHA-1");
    CHECK_INT(keys.rounds, 4096);
    CHECK_INT(keys.salt_size, 12);

    credentials.password = NULL;
    credentials.keys = &keys;
    first();
    CHECK_INT(challenge(FIRST), 0);
    CHECK_INT(bosh_scram_run(scram, 0), 1);
    CHECK_STR(strstr(final(), ",p="), ",p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
    CHECK_INT(verify(SIGNATURE), 0);

    static const char *const others[] = {"r=" NONCE "x,s=" SALT ",i=4097",
                                         "r=" NONCE "x,s=QSXCR+Q6sek8bf93,i=4096",
                                         "r=" NONCE "x,s=QSXCR+Q6sek8,i=4096"};
    for (size_t i = 0; i < 3; i++) {
        first();
        CHECK_INT(challenge(others[i]), BOSH_ERR_CREDENTIALS);
    }
    strcpy(keys.mechanism, "SCRAM-SHA-256");
    first();
    CHECK_INT(challenge(FIRST), BOSH_ERR_CREDENTIALS);
    credentials.password = "pencil"; /* helps where keys do not fit */
    first();
    CHECK_INT(challenge(FIRST), 0);
    CHECK_INT(bosh_scram_run(scram, 0), 0);
    CHECK_STR(strstr(final(), ",p="), ",p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
    end();
}

/* CB-4; both hashes from docs/protocol.md section 10. */
static void test_downgrade(void)
{
    use_example();
    options.offer = "SCRAM-SHA-1\x1ESCRAM-SHA-1-PLUS\x1Ftls-exporter\x1Etls-server-end-point";
    first();
    CHECK_INT(challenge(FIRST ",h=G6k/rBLDqgOhRRaCuuatSDFkJ08="), 0);
    first();
    CHECK_INT(challenge(FIRST ",h=G6k/rBLDqgOhRRaCuuatSDFkJ09="), BOSH_ERR_SCRAM_DOWNGRADE);
    first();
    CHECK_INT(challenge(FIRST ",x=y,h="), BOSH_ERR_SCRAM_DOWNGRADE);
    options.offer = "SCRAM-SHA-1";
    first();
    CHECK_INT(challenge(FIRST ",h=G6k/rBLDqgOhRRaCuuatSDFkJ08="), BOSH_ERR_SCRAM_DOWNGRADE);
    first();
    CHECK_INT(challenge(FIRST ",d=G6k/rBLDqgOhRRaCuuatSDFkJ08="), 0); /* the older draft */
    options.mechanism = BOSH_MECHANISM_SCRAM_SHA_256;
    options.offer = "SCRAM-SHA-1\x1ESCRAM-SHA-256";
    first();
    CHECK_INT(challenge(FIRST ",h=0/NIECGLXv63MqTb7NyUI9Tqxi40YVZyx61umRrH924="), 0);
    end();
}

static void test_endless_name(void)
{
    static char name[9000];
    use_example();
    memset(name, ',', sizeof(name) - 1);
    credentials.authzid = name;
    scram = bosh_scram_new(bosh_mem_allocator(NULL), options.mechanism, &credentials, NULL,
                           (bosh_slice){NONCE, 24});
    CHECK_INT(bosh_scram_first(scram, &out), BOSH_ERR_SASL);
    end();
    bosh_scram_free(NULL);
}

/* Attributes have letters for names. */
static void test_attributes_without_letters(void)
{
    use_example();
    first();
    CHECK_INT(challenge("1=" NONCE "3,s=" SALT ",i=4096"), BOSH_ERR_SASL);
    first();
    CHECK_INT(challenge("r=" NONCE "3,[=" SALT ",i=4096"), BOSH_ERR_SCRAM_SALT);
    first();
    CHECK_INT(challenge(FIRST ",{=x"), BOSH_ERR_SASL);
    first();
    CHECK_INT(challenge("r"), BOSH_ERR_SASL);
    end();
}

static const check_test tests[] = {
    {"sha1", test_sha1},
    {"sha256", test_sha256},
    {"sha384", test_sha384},
    {"sha512", test_sha512},
    {"names_are_escaped", test_names_are_escaped},
    {"bad_challenges", test_bad_challenges},
    {"endless_challenge", test_endless_challenge},
    {"wrong_order", test_wrong_order},
    {"bad_signatures", test_bad_signatures},
    {"signature_as_challenge", test_signature_as_challenge},
    {"keys", test_keys},
    {"downgrade", test_downgrade},
    {"endless_name", test_endless_name},
    {"attributes_without_letters", test_attributes_without_letters},
};
CHECK_MAIN(tests)
