/* SPDX-License-Identifier: MIT
 * A firmware without TLS: lwIP's streams are libbosh's. */
#include "network.h"
#include "streams.h"

const bosh_http1_streams device_streams = {
    .open = network_open, .write = network_write, .close = network_close, .now = network_now};

int streams_start(bosh_allocator memory)
{
    (void)memory;
    return BOSH_OK;
}

int streams_poll(bosh_http1 *http1)
{
    static const network_news news = {bosh_http1_opened, bosh_http1_writable, bosh_http1_received,
                                      bosh_http1_closed};
    return network_poll(http1, &news);
}
