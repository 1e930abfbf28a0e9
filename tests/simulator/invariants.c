/* SPDX-License-Identifier: MIT
 * Lists, and what is said about them at the end of a run. */
#include "simulator/invariants.h"
#include "simulator/sim.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *text, *rules;
} invariants[INVARIANT_COUNT + 1] = {
#define INVARIANT_X(number, text, rules) [number] = {text, rules},
    INVARIANT_MAP(INVARIANT_X)
#undef INVARIANT_X
};

static const char *const marks[MARK_COUNT] = {
#define MARK_X(name, text) text,
    MARK_MAP(MARK_X)
#undef MARK_X
};

void sim_look(sim_world *sim, int invariant)
{
    sim->counts.looks[invariant]++;
}

void sim_reach(sim_world *sim, sim_mark mark)
{
    sim->counts.marks[mark]++;
}

static int has_word(const char *words, const char *word)
{
    size_t size = strlen(word);
    for (; *words; words += strcspn(words, " "), words += *words == ' ')
        if (strncmp(words, word, size) == 0 && (words[size] == ' ' || words[size] == '\0'))
            return 1;
    return 0;
}

int invariant_of_rule(const char *rule)
{
    for (int i = 1; i <= INVARIANT_COUNT; i++) {
        char name[16];
        snprintf(name, sizeof(name), "INV-%d", i);
        if (strcmp(rule, name) == 0 || has_word(invariants[i].rules, rule))
            return i;
    }
    return 0;
}

int invariants_report(const sim_counts *total)
{
    int missing = 0;
    size_t cuts = 0;
    for (int i = 1; i <= INVARIANT_COUNT; i++)
        printf("  %8" PRIu64 " INV-%d: %s\n", total->looks[i], i, invariants[i].text);
    for (int i = 0; i < MARK_COUNT; i++) {
        printf("  %8" PRIu64 " mark: %s\n", total->marks[i], marks[i]);
        missing += total->marks[i] == 0;
    }
    for (size_t i = 0; i < CUT_PLACES; i++)
        cuts += total->cut_at[i];
    printf("  %8zu of the first %d bytes of answers were cut at\n", cuts, CUT_PLACES);
    return missing;
}
