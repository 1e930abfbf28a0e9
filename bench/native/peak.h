/* SPDX-License-Identifier: MIT
 * The most heap that was ever in use. A program that links peak.c has a malloc that counts, for
 * itself and for every library in it. */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

size_t bench_peak_now(void); /* in use */
size_t bench_peak(void);     /* the most since the last bench_peak_restart */
void bench_peak_restart(void);

#ifdef __cplusplus
}
#endif
#endif
