/* SPDX-License-Identifier: MIT
 * What every benchmark program needs: clocks, medians, files. C99 and C++. Whatever goes wrong ends
 * the program with a word on standard error: a benchmark has nothing to recover. */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

int64_t bench_now_ns(void); /* monotonic, the same in all processes of the machine */
int64_t bench_cpu_ns(void); /* processor time of this process */
/* Sorts `values`. */
double bench_median(double *values, size_t count);
/* Random pauses, the same in every run. 0 <= result < limit */
uint32_t bench_random(uint32_t limit);
/* A whole file with a NUL behind it; the caller's, malloc'ed. */
char *bench_read_file(const char *path, size_t *size);
/* How many <message>s are in a body. */
size_t bench_count_messages(const char *body);
/* Heap in use: what malloc has handed out and not got back, its own overhead included. */
size_t bench_heap_bytes(void);
__attribute__((noreturn)) void bench_die(const char *what);

/* A sum over what a handler saw, to compare what two libraries delivered. Starts at 0. */
uint64_t bench_digest(uint64_t digest, const char *text);

#ifdef __cplusplus
}
#endif
#endif
