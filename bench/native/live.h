/* SPDX-License-Identifier: MIT
 * Clients over libcurl, as a desktop program would have them. */
#ifndef BENCH_LIVE_H
#define BENCH_LIVE_H

#include <bosh/curl.h>

/* A configuration with defaults, for PLAIN over http where nothing better is offered. */
void live_config(bosh_config *config, const char *url, const char *jid, const char *password);
/* A client of `curl` that has begun to log in. Ends the program when it cannot. */
bosh_client *live_client(bosh_curl *curl, const bosh_config *config);
/* Drive `curl` until the client is ONLINE. */
void live_wait_online(bosh_curl *curl, bosh_client *client);
/* Drive `curl` until this time of bench_now_ns. */
void live_run_until(bosh_curl *curl, int64_t until_ns);

#endif
