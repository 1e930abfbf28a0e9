/* SPDX-License-Identifier: MIT
 * Runs seeds and says what they met; see --help. */
#include "simulator/sim.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REPEAT_EVERY 16 /* seeds that run twice, for INV-26 */

static const char help[] =
    "usage: tests/sim [--seeds FROM..TO] [--file FILE] [--replay SEED] [--trace] [--hours H]\n"
    "\n"
    "  --seeds FROM..TO  run these seeds (1..2000)\n"
    "  --file FILE       run the seeds in FILE, one a line, # starts a comment\n"
    "  --replay SEED     run one seed\n"
    "  --trace           print all that happens\n"
    "  --hours H         run seeds from FROM on for so many hours\n"
    "  --record FILE     add a seed that breaks an invariant to FILE (tests/sim: tests/seeds.txt)\n"
    "  --marks           fail when a mark was not reached\n"
    "\n"
    "A seed is a world: a connection manager, a network with faults, a client that talks through "
    "it\n"
    "and the invariants of docs/protocol.md section 6 watched all the time. The first seed that\n"
    "breaks one is printed, with the command that replays it, and ends the run with status 1.\n";

typedef struct sim_options {
    uint64_t from, to;
    const char *file, *record;
    double hours;
    int is_traced, is_replay, are_marks_needed;
} sim_options;

/* A run that is interrupted tells what it has found so far. */
static volatile sig_atomic_t is_interrupted;

static void on_signal(int number)
{
    (void)number;
    is_interrupted = 1;
}

static void add_counts(sim_counts *total, const sim_counts *one)
{
    total->seeds++;
    total->sessions += one->sessions;
    total->requests += one->requests;
    total->up += one->up;
    total->down += one->down;
    total->virtual_ms += one->virtual_ms;
    for (int i = 0; i < FAULT_COUNT; i++)
        total->faults[i] += one->faults[i];
    for (int i = 0; i <= INVARIANT_COUNT; i++)
        total->looks[i] += one->looks[i];
    for (int i = 0; i < MARK_COUNT; i++)
        total->marks[i] += one->marks[i];
    for (size_t i = 0; i < CUT_PLACES; i++)
        total->cut_at[i] |= one->cut_at[i];
}

/* Known from here on: it will run with every ctest -L sim. */
static void record(const sim_world *sim, const char *path)
{
    FILE *file = fopen(path, "a");
    if (!file) {
        fprintf(stderr, "cannot write %s\n", path);
        return;
    }
    fprintf(file, "%" PRIu64 " # %s: %s\n", sim->seed, sim->invariant, sim->reason);
    fclose(file);
}

/* 0 when the seed is fine. */
static int run_one(sim_world *sim, uint64_t seed, const sim_options *options, sim_counts *total)
{
    sim_run(sim, seed, options->is_traced);
    if (!sim_is_broken(sim) && (seed % REPEAT_EVERY == 0 || options->is_replay))
        sim_run_again(sim);
    add_counts(total, &sim->counts);
    if (!sim_is_broken(sim))
        return 0;
    if (options->record && !options->is_replay)
        record(sim, options->record);
    printf("seed %" PRIu64 " breaks %s: %s\n  replay: tests/sim --replay %" PRIu64 " --trace\n",
           seed, sim->invariant, sim->reason, seed);
    return 1;
}

static double processor_s(void)
{
    double spent_s = (double)clock() / CLOCKS_PER_SEC;
    return spent_s > 0 ? spent_s : 1;
}

static int run_range(sim_world *sim, const sim_options *options, sim_counts *total)
{
    time_t started = time(NULL), told = started;
    for (uint64_t seed = options->from;; seed++) {
        time_t now = time(NULL);
        int is_over = options->hours > 0 ? difftime(now, started) >= options->hours * 3600
                                         : seed > options->to;
        if (is_over || is_interrupted)
            return 0;
        if (run_one(sim, seed, options, total))
            return 1;
        if (now - told < 10)
            continue;
        told = now;
        printf("  seed %" PRIu64 ", %.0f seeds/s\n", seed, (double)total->seeds / processor_s());
        fflush(stdout);
    }
}

static int run_file(sim_world *sim, const sim_options *options, sim_counts *total)
{
    char line[200];
    int failed = 0;
    FILE *file = fopen(options->file, "r");
    if (!file) {
        fprintf(stderr, "cannot read %s\n", options->file);
        return 1;
    }
    while (!failed && fgets(line, sizeof(line), file))
        if (line[0] >= '0' && line[0] <= '9')
            failed = run_one(sim, strtoull(line, NULL, 10), options, total);
    fclose(file);
    return failed;
}

/* The marks that were not reached are counted. */
static int report(const sim_counts *total)
{
    printf("%s%" PRIu64 " seeds in %.1f s of the processor (%.0f a second), %.0f hours of virtual "
           "time\n",
           is_interrupted ? "interrupted: " : "", total->seeds, processor_s(),
           (double)total->seeds / processor_s(), (double)total->virtual_ms / 3600000);
    uint64_t faults = 0;
    for (int i = 1; i < FAULT_COUNT; i++)
        faults += total->faults[i];
    printf("%" PRIu64 " stanzas sent and %" PRIu64 " received in %" PRIu64 " requests and %" PRIu64
           " sessions, %" PRIu64 " faults\n",
           total->up, total->down, total->requests, total->sessions, faults);
    for (int i = 1; i < FAULT_COUNT; i++)
        printf("  %8" PRIu64 " fault: %s\n", total->faults[i], fault_text((sim_fault)i));
    return invariants_report(total);
}

static int parse(int argc, char **argv, sim_options *options)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        char *rest = NULL;
        if (strcmp(argv[i], "--trace") == 0) {
            options->is_traced = 1;
            continue;
        }
        if (strcmp(argv[i], "--marks") == 0) {
            options->are_marks_needed = 1;
            continue;
        }
        if (!value)
            return -1;
        if (strcmp(argv[i], "--seeds") == 0) {
            options->from = strtoull(value, &rest, 10);
            options->to =
                strncmp(rest, "..", 2) == 0 ? strtoull(rest + 2, NULL, 10) : options->from;
        } else if (strcmp(argv[i], "--replay") == 0) {
            options->from = options->to = strtoull(value, NULL, 10);
            options->is_replay = 1;
        } else if (strcmp(argv[i], "--file") == 0) {
            options->file = value;
        } else if (strcmp(argv[i], "--record") == 0) {
            options->record = value;
        } else if (strcmp(argv[i], "--hours") == 0) {
            options->hours = strtod(value, NULL);
        } else {
            return -1;
        }
        i++;
    }
    return 0;
}

int main(int argc, char **argv)
{
    sim_options options = {.from = 1, .to = 2000};
    sim_counts total = {0};
    if (parse(argc, argv, &options) != 0) {
        int is_asked = argc > 1 && strcmp(argv[1], "--help") == 0;
        fputs(help, is_asked ? stdout : stderr);
        return is_asked ? 0 : 2;
    }
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    sim_world *sim = calloc(1, sizeof(*sim));
    if (!sim)
        return 2;
    int failed = options.file ? run_file(sim, &options, &total) : run_range(sim, &options, &total);
    int missing = report(&total);
    if (options.are_marks_needed && !failed && missing) {
        printf("%d marks were not reached: these seeds prove less than they should\n", missing);
        failed = 1;
    }
    sim_free(sim);
    free(sim);
    return failed ? failed : is_interrupted ? 130 : 0;
}
