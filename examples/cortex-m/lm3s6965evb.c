/* SPDX-License-Identifier: MIT
 * The Stellaris LM3S6965 evaluation board: 256 KB of flash, 64 KB of memory, Ethernet on the chip.
 * Written for its emulation by QEMU. */
#include "start.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define UART_DATA REGISTER(0x4000C000)
#define UART_FLAGS REGISTER(0x4000C018)
#define UART_FULL (1u << 5)
#define NVIC_ENABLE1 REGISTER(0xE000E104)
#define ETHERNET_IRQ 42

/* The Ethernet controller, chapter 17 of its data sheet. */
#define MAC_STATUS REGISTER(0x40048000) /* write: acknowledge */
#define MAC_INTERRUPTS REGISTER(0x40048004)
#define MAC_RECEIVE REGISTER(0x40048008)
#define MAC_TRANSMIT REGISTER(0x4004800C)
#define MAC_DATA REGISTER(0x40048010)
#define MAC_ADDRESS0 REGISTER(0x40048014)
#define MAC_ADDRESS1 REGISTER(0x40048018)
#define MAC_PACKETS REGISTER(0x40048034)
#define MAC_REQUEST REGISTER(0x40048038)
#define RECEIVED (1u << 0)
#define LENGTH_BYTES 2u /* in front of a frame in the queue */
#define CHECKSUM_BYTES 4u

void board_start(void)
{
    start_clock(12500); /* the processor's clock after reset, as QEMU has it */
    MAC_ADDRESS0 = 0x12005452;
    MAC_ADDRESS1 = 0x5634;
    MAC_RECEIVE = 1 << 4;     /* empty the queue */
    MAC_RECEIVE = 1 | 1 << 3; /* receive, without frames whose checksum is wrong */
    MAC_TRANSMIT = 1 | 1 << 1 | 1 << 2 | 1 << 4; /* send, pad, add checksums, full duplex */
    MAC_INTERRUPTS = RECEIVED;
    NVIC_ENABLE1 = 1u << (ETHERNET_IRQ - 32);
}

void start_mask_packets(void)
{
    MAC_INTERRUPTS = 0;
    MAC_STATUS = RECEIVED;
}

void board_print(const char *text)
{
    for (; *text; text++) {
        while (UART_FLAGS & UART_FULL)
            ;
        UART_DATA = (uint8_t)*text;
    }
}

void board_set_led(int is_on)
{
    board_print(is_on ? "[LED on]\n" : "[LED off]\n"); /* QEMU shows none */
}

size_t board_receive(uint8_t *frame, size_t room)
{
    if ((MAC_PACKETS & 0x3F) == 0) {
        MAC_INTERRUPTS = RECEIVED;
        return 0;
    }
    uint32_t word = MAC_DATA;
    size_t total = word & 0xFFFF, size = total - LENGTH_BYTES - CHECKSUM_BYTES;
    for (size_t i = LENGTH_BYTES; i < total; i++) {
        if (i % 4 == 0)
            word = MAC_DATA;
        if (i - LENGTH_BYTES < room)
            frame[i - LENGTH_BYTES] = (uint8_t)(word >> 8 * (i % 4));
    }
    return size <= room ? size : 0;
}

void board_transmit(const uint8_t *frame, size_t size)
{
    const size_t header_size = 14;
    uint32_t word = (uint32_t)(size - header_size);
    while (MAC_REQUEST & 1)
        ;
    for (size_t i = LENGTH_BYTES; i < size + LENGTH_BYTES; i++) {
        if (i % 4 == 0) {
            MAC_DATA = word;
            word = 0;
        }
        word |= (uint32_t)frame[i - LENGTH_BYTES] << 8 * (i % 4);
    }
    MAC_DATA = word;
    MAC_REQUEST = 1;
}
