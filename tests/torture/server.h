/* SPDX-License-Identifier: MIT
 * The server of the torture. */
#ifndef TORTURE_SERVER_H
#define TORTURE_SERVER_H

#include "torture/host.h"

/* Take in what the open requests bring and answer one that is due; 1 when there was one. */
int server_serve(torture_host *host);
/* Take in what is under way, without answering. */
void server_arrive(torture_host *host);
/* Answer the open request with the end of the session. */
void server_lose(torture_host *host);
void server_deinit(torture_host *host);

#endif
