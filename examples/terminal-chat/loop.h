/* SPDX-License-Identifier: MIT
 * Waiting for the network, the keyboard and signals together. */
#ifndef CHAT_LOOP_H
#define CHAT_LOOP_H

#include <bosh/curl.h>

enum {
    LOOP_INPUT = 1,       /* standard input has something, or has ended */
    LOOP_INTERRUPTED = 2, /* the user or the system wants us to leave */
    LOOP_RESIZED = 4      /* the window has another size */
};

/* Catch signals from now on. */
void loop_init(void);
/* Wait, at most `timeout_ms` (-1: as long as it takes), then let the network do its work. Returns a
 * set of LOOP_... `with_input`: watch standard input too. */
int loop_turn(bosh_curl *curl, int with_input, int timeout_ms);

#endif
