/* SPDX-License-Identifier: MIT
 * rules ID...: run the tests of these rules; without one, of all. --list names all rules that have
 * tests. Each transcript is played three times: answers arrive whole, byte by byte, in halves.
 * --starve ID...: instead with each allocation and each submit failing once. */
#include "play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const rule_test rules_engine[], rules_limits[], rules_secret[];
static const rule_test *const tables[] = {rules_engine, rules_limits, rules_secret};

/* The transcripts, from CMake: a device has no folders to look into. */
static const char *const files[] = {RULES_FILES};
static const size_t file_count = sizeof(files) / sizeof(files[0]);

static int is_starving;

/* On a failure in a quiet round the transcript is played again aloud. */
static void on_transcript(const script *transcript, void *user)
{
    static const char *const splits[] = {"whole", "byte by byte", "in halves"};
    (void)user;
    for (int split = WORLD_WHOLE; split <= WORLD_HALVES; split++) {
        if (split == WORLD_WHOLE)
            printf("  %s\n", transcript->path);
        if (play_run(transcript, (world_split)split, split == WORLD_WHOLE))
            continue;
        if (split != WORLD_WHOLE) {
            printf("  with answers %s:\n", splits[split]);
            play_run(transcript, (world_split)split, 1);
        }
        return;
    }
}

static void on_starving(const script *transcript, void *user)
{
    (void)user;
    play_starved(transcript);
}

/* How many tests the rule has. */
static int run_rule(const char *id)
{
    int count = 0;
    printf("%s\n", id);
    for (size_t i = 0; i < file_count; i++) {
        int transcripts =
            script_read(files[i], id, is_starving ? on_starving : on_transcript, NULL);
        stage_failures += transcripts < 0;
        count += transcripts > 0 ? transcripts : 0;
    }
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        for (const rule_test *test = tables[i]; test->id; test++) {
            if (strcmp(test->id, id) != 0)
                continue;
            if (!is_starving)
                test->run();
            count++;
        }
    }
    if (count == 0) {
        printf("%s has no test\n", id);
        stage_failures++;
    }
    return count;
}

static void run_and_count(const char *id, int *passed, int *failed)
{
    int failures = stage_failures;
    stage_failed[0] = 0;
    run_rule(id);
    *passed += stage_failures == failures;
    *failed += stage_failures != failures;
    if (stage_failures == failures)
        printf("ok     %s\n", id);
    else
        printf("FAILED %s\n%sthe rule, its code, its tests: node tests/rules/where.mjs %s\n", id,
               stage_failed, id);
}

/* The ids of all headings and tables, each once. */
static void each_id(void (*fn)(const char *id, int *passed, int *failed), int *passed, int *failed)
{
    char line[400], id[40], last[40] = "";
    for (size_t i = 0; i < file_count; i++) {
        FILE *file = fopen(files[i], "r");
        while (file && fgets(line, sizeof(line), file)) {
            if (sscanf(line, "## %39[A-Z0-9-]", id) == 1 && strcmp(id, last) != 0)
                fn(strcpy(last, id), passed, failed);
        }
        if (file)
            fclose(file);
    }
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        for (const rule_test *test = tables[i]; test->id; test++)
            fn(test->id, passed, failed);
    }
}

static void print_id(const char *id, int *passed, int *failed)
{
    (void)passed;
    (void)failed;
    puts(id);
}

int main(int argc, char **argv)
{
    int passed = 0, failed = 0;
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        each_id(print_id, NULL, NULL);
        return 0;
    }
    is_starving = argc >= 2 && strcmp(argv[1], "--starve") == 0;
    for (int i = 1 + is_starving; i < argc; i++)
        run_and_count(argv[i], &passed, &failed);
    if (argc < 2 + is_starving)
        each_id(run_and_count, &passed, &failed);
    if (argc != 2 + is_starving)
        printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
