/* SPDX-License-Identifier: MIT
 * The byte streams of a firmware: those of network.c as they are (plain.c), or TLS on top of them
 * (tls.c). Which of the two files is linked decides. */
#ifndef STREAMS_H
#define STREAMS_H

#include <bosh/http1.h>

/* For bosh_http1_init. */
extern const bosh_http1_streams device_streams;

/* `memory` is for what TLS needs. Returns 0 or a bosh_error. */
int streams_start(bosh_allocator memory);

/* Take in what has arrived, and tell `http1` the news of its streams. Returns 1 when there were
 * any: then the client is to be pumped. */
int streams_poll(bosh_http1 *http1);

#endif
