/* SPDX-License-Identifier: MIT
 * The MPS2 boards with a LAN9118 Ethernet chip (mps2-an385: Cortex-M3). Written for their emulation
 * by QEMU. */
#include "start.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define UART_DATA REGISTER(0x40004000)
#define UART_STATE REGISTER(0x40004004)
#define UART_CONTROL REGISTER(0x40004008)
#define UART_DIVIDER REGISTER(0x40004010)
#define UART_FULL (1u << 0)
#define NVIC_ENABLE0 REGISTER(0xE000E100)
#define ETHERNET_IRQ 13

/* The LAN9118, chapter 5 of its data sheet. */
#define LAN 0x40200000u
#define LAN_RX_DATA REGISTER(LAN + 0x00)
#define LAN_TX_DATA REGISTER(LAN + 0x20)
#define LAN_RX_STATUS REGISTER(LAN + 0x40)
#define LAN_IRQ_CONFIG REGISTER(LAN + 0x54)
#define LAN_INTERRUPTS REGISTER(LAN + 0x58)
#define LAN_ENABLED REGISTER(LAN + 0x5C)
#define LAN_FIFO_LEVELS REGISTER(LAN + 0x68)
#define LAN_TX_CONFIG REGISTER(LAN + 0x70)
#define LAN_HARDWARE_CONFIG REGISTER(LAN + 0x74)
#define LAN_RX_LEVEL REGISTER(LAN + 0x7C)
#define LAN_MAC_COMMAND REGISTER(LAN + 0xA4)
#define LAN_MAC_DATA REGISTER(LAN + 0xA8)
#define MAC_BUSY (1u << 31)
#define RX_STATUS_INTERRUPT (1u << 3)
#define CHECKSUM_BYTES 4u

static void write_mac(uint32_t index, uint32_t value)
{
    LAN_MAC_DATA = value;
    LAN_MAC_COMMAND = MAC_BUSY | index;
    while (LAN_MAC_COMMAND & MAC_BUSY)
        ;
}

void board_start(void)
{
    UART_DIVIDER = 16;
    UART_CONTROL = 1;
    start_clock(25000);
    LAN_HARDWARE_CONFIG = 0x00050000;        /* 5 KB of its memory for sending */
    LAN_IRQ_CONFIG = 1u << 8 | 1u << 4 | 1u; /* driven, active when high */
    write_mac(2, 0x5634);                    /* the address, high half first */
    write_mac(3, 0x12005452);
    write_mac(1, 1u << 20 | 1u << 3 | 1u << 2); /* full duplex, send, receive */
    LAN_TX_CONFIG = 1u << 1;
    LAN_FIFO_LEVELS = 0; /* an interrupt for the first frame */
    LAN_INTERRUPTS = ~0u;
    LAN_ENABLED = RX_STATUS_INTERRUPT;
    NVIC_ENABLE0 = 1u << ETHERNET_IRQ;
}

void start_mask_packets(void)
{
    LAN_ENABLED = 0;
    LAN_INTERRUPTS = RX_STATUS_INTERRUPT;
}

void board_print(const char *text)
{
    for (; *text; text++) {
        while (UART_STATE & UART_FULL)
            ;
        UART_DATA = (uint8_t)*text;
    }
}

void board_set_led(int is_on)
{
    REGISTER(0x40028000) = is_on ? 1 : 0;
    board_print(is_on ? "[LED on]\n" : "[LED off]\n");
}

size_t board_receive(uint8_t *frame, size_t room)
{
    if ((LAN_RX_LEVEL >> 16 & 0xFF) == 0) {
        LAN_ENABLED = RX_STATUS_INTERRUPT;
        return 0;
    }
    size_t total = LAN_RX_STATUS >> 16 & 0x3FFF, size = total - CHECKSUM_BYTES;
    uint32_t word = 0;
    for (size_t i = 0; i < (total + 3) / 4 * 4; i++) {
        if (i % 4 == 0)
            word = LAN_RX_DATA;
        if (i < room)
            frame[i] = (uint8_t)(word >> 8 * (i % 4));
    }
    return size <= room ? size : 0;
}

void board_transmit(const uint8_t *frame, size_t size)
{
    LAN_TX_DATA = (uint32_t)size | 1u << 13 | 1u << 12; /* first and last piece of the frame */
    LAN_TX_DATA = (uint32_t)size;
    for (size_t i = 0; i < size; i += 4) {
        uint32_t word = 0;
        for (size_t k = 0; k < 4 && i + k < size; k++)
            word |= (uint32_t)frame[i + k] << 8 * k;
        LAN_TX_DATA = word;
    }
}
