/* SPDX-License-Identifier: MIT
 * bosh-chat without a user: --send and --echo. */
#ifndef CHAT_SCRIPT_H
#define CHAT_SCRIPT_H

#include "options.h"

/* Do it; returns what to exit with. */
int script_run(const options *chosen, const char *password);

#endif
