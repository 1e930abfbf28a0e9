/* SPDX-License-Identifier: MIT
 * lwIP below, streams.h above. lwIP's callbacks only take notes; network_poll tells them, when no
 * function of lwIP is on the stack any more. */
#include "network.h"
#include "board.h"

#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/ip4_addr.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

#include <string.h>

typedef struct stream {
    struct tcp_pcb *pcb;                       /* NULL: closed */
    struct pbuf *waiting;                      /* received, not yet taken */
    uint8_t is_opened, is_writable, is_closed; /* news */
    int8_t error;
} stream;

static stream streams[2];
static struct netif ethernet;
static uint8_t frame[1518]; /* the one that comes, or goes: never both at once */

uint32_t network_random(void)
{
    uint32_t number = 0;
    host_entropy(&number, sizeof(number)); /* only for port numbers */
    return number;
}

bosh_time network_now(void *user)
{
    static bosh_time last_ms;
    (void)user;
    last_ms = bosh_time_widen(last_ms, board_now_ms());
    return last_ms;
}

/* ----------------------------------------------------------------------------- what lwIP tells */

static err_t on_connected(void *argument, struct tcp_pcb *pcb, err_t error)
{
    stream *s = argument;
    (void)pcb, (void)error;
    s->is_opened = 1;
    return ERR_OK;
}

static err_t on_sent(void *argument, struct tcp_pcb *pcb, u16_t size)
{
    stream *s = argument;
    (void)pcb, (void)size;
    s->is_writable = 1;
    return ERR_OK;
}

static err_t on_received(void *argument, struct tcp_pcb *pcb, struct pbuf *bytes, err_t error)
{
    stream *s = argument;
    (void)pcb, (void)error;
    if (!bytes)
        s->is_closed = 1;
    else if (s->waiting)
        pbuf_cat(s->waiting, bytes);
    else
        s->waiting = bytes;
    return ERR_OK;
}

/* The connection is gone already. */
static void on_error(void *argument, err_t error)
{
    stream *s = argument;
    s->pcb = NULL;
    s->is_closed = 1;
    s->error = (int8_t)(error == ERR_MEM ? BOSH_ERR_MEMORY : BOSH_ERR_RESET);
}

/* ----------------------------------------------------------------------- what libbosh asks for */

void network_close(void *user, unsigned number)
{
    stream *s = &streams[number];
    (void)user;
    if (s->pcb) {
        tcp_arg(s->pcb, NULL);
        tcp_recv(s->pcb, NULL);
        tcp_sent(s->pcb, NULL);
        tcp_err(s->pcb, NULL);
        if (tcp_close(s->pcb) != ERR_OK)
            tcp_abort(s->pcb);
    }
    if (s->waiting)
        pbuf_free(s->waiting);
    memset(s, 0, sizeof(*s));
}

/* This example knows one name only: that of the computer which runs the emulator. */
static int find_address(bosh_slice host, ip_addr_t *address)
{
    char text[16] = {0};
    if (host.size >= sizeof(text))
        return 0;
    memcpy(text, host.data, host.size);
    if (strcmp(text, "localhost") == 0)
        *address = *netif_ip_gw4(&ethernet);
    else if (!ipaddr_aton(text, address))
        return 0;
    return 1;
}

int network_open(void *user, unsigned number, bosh_slice host, uint16_t port, int is_secure)
{
    stream *s = &streams[number];
    ip_addr_t address;
    (void)user;
    if (is_secure)
        return BOSH_ERR_TLS;
    if (!find_address(host, &address))
        return BOSH_ERR_DNS;
    s->pcb = tcp_new();
    if (!s->pcb)
        return BOSH_ERR_MEMORY;
    tcp_arg(s->pcb, s);
    tcp_recv(s->pcb, on_received);
    tcp_sent(s->pcb, on_sent);
    tcp_err(s->pcb, on_error);
    if (tcp_connect(s->pcb, &address, port, on_connected) == ERR_OK)
        return BOSH_OK;
    network_close(NULL, number);
    return BOSH_ERR_CONNECT;
}

size_t network_write(void *user, unsigned number, const void *data, size_t size, int is_more)
{
    struct tcp_pcb *pcb = streams[number].pcb;
    uint8_t flags = TCP_WRITE_FLAG_COPY | (is_more ? TCP_WRITE_FLAG_MORE : 0);
    (void)user;
    if (!pcb)
        return 0;
    size_t taken = size < tcp_sndbuf(pcb) ? size : tcp_sndbuf(pcb);
    if (taken && tcp_write(pcb, data, (u16_t)taken, flags) != ERR_OK)
        taken = 0;
    if (!is_more || taken < size)
        tcp_output(pcb);
    return taken;
}

/* --------------------------------------------------------------------------------- in each turn */

/* Offer what was received; 1 when some of it was taken. */
static int offer(bosh_http1 *http1, const network_news *tell, unsigned number)
{
    stream *s = &streams[number];
    int news = 0;
    while (s->waiting) {
        size_t size = s->waiting->len;
        size_t used = tell->received(http1, number, s->waiting->payload, size);
        if (!s->waiting) /* closed meanwhile */
            return 1;
        news |= used > 0;
        s->waiting = pbuf_free_header(s->waiting, (u16_t)used);
        if (s->pcb)
            tcp_recved(s->pcb, (u16_t)used);
        if (used < size)
            break;
    }
    return news;
}

static int tell_news(bosh_http1 *http1, const network_news *tell, unsigned number)
{
    stream *s = &streams[number];
    int news = s->is_opened || s->is_writable;
    if (s->is_opened)
        tell->opened(http1, number);
    if (s->is_writable)
        tell->writable(http1, number);
    s->is_opened = s->is_writable = 0;
    news |= offer(http1, tell, number);
    if (s->is_closed && !s->waiting) {
        int error = s->error;
        network_close(NULL, number);
        tell->closed(http1, number, error);
        news = 1;
    }
    return news;
}

int network_poll(bosh_http1 *http1, const network_news *tell)
{
    size_t size;
    int news = 0;
    while ((size = board_receive(frame, sizeof(frame))) > 0) {
        struct pbuf *packet = pbuf_alloc(PBUF_RAW, (u16_t)size, PBUF_POOL);
        if (!packet)
            continue; /* TCP sends it again */
        pbuf_take(packet, frame, (u16_t)size);
        if (ethernet.input(packet, &ethernet) != ERR_OK)
            pbuf_free(packet);
    }
    sys_check_timeouts();
    for (unsigned number = 0; number < 2; number++)
        news |= tell_news(http1, tell, number);
    return news;
}

uint32_t network_delay_ms(void)
{
    return sys_timeouts_sleeptime();
}

/* ------------------------------------------------------------------------------------- at start */

static err_t transmit(struct netif *interface, struct pbuf *packet)
{
    (void)interface;
    if (packet->tot_len > sizeof(frame))
        return ERR_BUF;
    pbuf_copy_partial(packet, frame, packet->tot_len, 0);
    board_transmit(frame, packet->tot_len);
    return ERR_OK;
}

static err_t set_up(struct netif *interface)
{
    static const uint8_t address[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    interface->name[0] = 'e';
    interface->name[1] = 'n';
    interface->output = etharp_output;
    interface->linkoutput = transmit;
    interface->mtu = 1500;
    interface->hwaddr_len = sizeof(address);
    memcpy(interface->hwaddr, address, sizeof(address));
    interface->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

void network_start(void)
{
    ip4_addr_t address, mask, gateway;
    IP4_ADDR(&address, 10, 0, 2, 15);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 10, 0, 2, 2);
    lwip_init();
    netif_add(&ethernet, &address, &mask, &gateway, NULL, set_up, ethernet_input);
    netif_set_default(&ethernet);
    netif_set_up(&ethernet);
}
