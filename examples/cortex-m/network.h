/* SPDX-License-Identifier: MIT
 * Byte streams over lwIP, in the shape of bosh/http1.h. */
#ifndef NETWORK_H
#define NETWORK_H

#include <bosh/http1.h>

/* Address 10.0.2.15, as QEMU's own network wants it. */
void network_start(void);

/* As bosh_http1_streams has them. Nothing here is secure. */
int network_open(void *user, unsigned stream, bosh_slice host, uint16_t port, int is_secure);
size_t network_write(void *user, unsigned stream, const void *data, size_t size, int is_more);
void network_close(void *user, unsigned stream);

/* Who is told the news of the streams, in the shape of bosh_http1_opened and its sisters. */
typedef struct network_news {
    void (*opened)(bosh_http1 *http1, unsigned stream);
    void (*writable)(bosh_http1 *http1, unsigned stream);
    size_t (*received)(bosh_http1 *http1, unsigned stream, const void *data, size_t size);
    void (*closed)(bosh_http1 *http1, unsigned stream, int error);
} network_news;

/* Take in what has arrived and tell the news; 1 when there were any. */
int network_poll(bosh_http1 *http1, const network_news *tell);

/* When network_poll has to be called again at the latest, in milliseconds. */
uint32_t network_delay_ms(void);

/* The clock of 32 bits as one that does not wrap. */
bosh_time network_now(void *user);

#endif
