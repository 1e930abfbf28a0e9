/* SPDX-License-Identifier: MIT
 * The network as libbosh wants it: byte streams over lwIP. */
#ifndef NETWORK_H
#define NETWORK_H

#include <bosh/http1.h>

/* Address 10.0.2.15, as QEMU's own network wants it. */
void network_start(void);

/* For bosh_http1_init. */
extern const bosh_http1_streams network_streams;

/* Take in what has arrived, and tell `http1` the news of its streams. Returns 1 when there were
 * any: then the client is to be pumped. */
int network_poll(bosh_http1 *http1);

/* When network_poll has to be called again at the latest, in milliseconds. */
uint32_t network_delay_ms(void);

/* The clock of 32 bits as one that does not wrap. */
bosh_time network_now(void *user);

#endif
