/* SPDX-License-Identifier: MIT
 * The smallest test runner that is pleasant: a table of named functions and a CHECK that says what
 * it saw. `program NAME...` runs the tests of those names, `program --list` lists them. */
#ifndef BOSH_TESTS_CHECK_H
#define BOSH_TESTS_CHECK_H

#include <stdio.h>
#include <string.h>

typedef struct check_test {
    const char *name;
    void (*run)(void);
} check_test;

static int check_failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("%s:%d: CHECK(%s) failed\n", __FILE__, __LINE__, #condition);                   \
            check_failures++;                                                                      \
        }                                                                                          \
    } while (0)

#define CHECK_INT(actual, expected)                                                                \
    do {                                                                                           \
        long long check_a = (long long)(actual), check_e = (long long)(expected);                  \
        if (check_a != check_e) {                                                                  \
            printf("%s:%d: %s is %lld, expected %lld\n", __FILE__, __LINE__, #actual, check_a,     \
                   check_e);                                                                       \
            check_failures++;                                                                      \
        }                                                                                          \
    } while (0)

#define CHECK_STR(actual, expected)                                                                \
    do {                                                                                           \
        const char *check_a = (actual), *check_e = (expected);                                     \
        if (!check_a || !check_e ? check_a != check_e : strcmp(check_a, check_e) != 0) {           \
            printf("%s:%d: %s is \"%s\", expected \"%s\"\n", __FILE__, __LINE__, #actual,          \
                   check_a ? check_a : "(null)", check_e ? check_e : "(null)");                    \
            check_failures++;                                                                      \
        }                                                                                          \
    } while (0)

/* Ends a test of what this build has not (bosh_has_feature). */
#define CHECK_NEEDS(feature)                                                                       \
    do {                                                                                           \
        if (!bosh_has_feature(feature)) {                                                          \
            printf("needs %s\n", feature);                                                         \
            return;                                                                                \
        }                                                                                          \
    } while (0)

static inline int check_main(int argc, char **argv, const check_test *tests, size_t count)
{
    int failed = 0, ran = 0;
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < count; i++)
            puts(tests[i].name);
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        int wanted = argc < 2;
        for (int a = 1; a < argc; a++)
            wanted |= strcmp(argv[a], tests[i].name) == 0;
        if (!wanted)
            continue;
        check_failures = 0;
        tests[i].run();
        ran++;
        failed += check_failures != 0;
        printf("%s %s\n", check_failures ? "FAILED" : "ok    ", tests[i].name);
    }
    printf("%d passed, %d failed\n", ran - failed, failed);
    return failed || ran == 0;
}

#define CHECK_MAIN(tests)                                                                          \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        return check_main(argc, argv, tests, sizeof(tests) / sizeof((tests)[0]));                  \
    }

#endif
