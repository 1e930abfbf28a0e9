/* SPDX-License-Identifier: MIT
 * Between start.c and the file of a board. */
#ifndef START_H
#define START_H

#include "board.h"

/* One interrupt per millisecond from now on. */
void start_clock(uint32_t ticks_per_ms);
/* Called on a packet's interrupt: silence it until board_receive has found nothing more. */
void start_mask_packets(void);

#endif
