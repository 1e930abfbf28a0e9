/* SPDX-License-Identifier: MIT
 * lwIP for two TCP connections in little memory; it is driven by the main loop. */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_UDP 0
#define LWIP_DNS 0
#define LWIP_DHCP 0
#define LWIP_RAW 0
#define LWIP_STATS 0
#define IP_REASSEMBLY 0 /* TCP cuts its segments to fit: nothing comes or goes in fragments */
#define IP_FRAG 0
#define IP_OPTIONS_ALLOWED 0
#define LWIP_SINGLE_NETIF 1
#define ETHARP_SUPPORT_STATIC_ENTRIES 0
#define LWIP_ARP 1
#define ARP_QUEUEING 1 /* both connections are opened at once: neither may lose its first packet */

#define MEM_ALIGNMENT 4
#define MEM_SIZE 4096
#define MEMP_NUM_PBUF 8
#define MEMP_NUM_TCP_PCB 6
#define MEMP_NUM_TCP_PCB_LISTEN 1
#define MEMP_NUM_TCP_SEG 12
#define MEMP_NUM_ARP_QUEUE 4
#define PBUF_POOL_SIZE 8

#define TCP_MSS 536
#define TCP_WND (4 * TCP_MSS)
#define TCP_SND_BUF (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define TCP_QUEUE_OOSEQ 0

#define LWIP_NETIF_STATUS_CALLBACK 0
#define LWIP_NOASSERT 1

#endif
