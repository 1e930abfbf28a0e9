/* SPDX-License-Identifier: MIT
 * From reset to main, and the millisecond clock: the same on every Cortex-M. */
#include "start.h"

#include <stdint.h>
#include <string.h>

int main(void);

extern uint32_t data_begin[], data_end[], data_source[], bss_begin[], bss_end[];
extern uint32_t stack_limit[], stack_top[];

#define SYSTICK_CONTROL (*(volatile uint32_t *)0xE000E010)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xE000E014)

static volatile uint32_t now_ms;

/* What the stack has not reached keeps its paint. */
#define PAINT 0xA5A5A5A5u

static void paint_stack(void)
{
    const uint32_t *here = __builtin_frame_address(0);
    for (uint32_t *at = stack_limit; at + 16 < here; at++)
        *at = PAINT;
}

size_t board_stack_used(void)
{
    const uint32_t *at = stack_limit;
    while (at < stack_top && *at == PAINT)
        at++;
    return (size_t)((const char *)stack_top - (const char *)at);
}

static void on_reset(void)
{
    paint_stack();
    memcpy(data_begin, data_source, (size_t)((char *)data_end - (char *)data_begin));
    memset(bss_begin, 0, (size_t)((char *)bss_end - (char *)bss_begin));
    main();
    for (;;)
        ;
}

static void on_fault(void)
{
    board_print("fault\n");
    host_exit(3);
}

static void on_tick(void)
{
    now_ms++;
}

/* A packet has come: it is enough that this wakes the processor. */
static void on_packet(void)
{
    start_mask_packets();
}

typedef void (*vector)(void);
#define PACKETS                                                                                    \
    on_packet, on_packet, on_packet, on_packet, on_packet, on_packet, on_packet, on_packet

__attribute__((section(".vectors"), used)) static const vector vectors[16 + 64] = {
    (vector)(uintptr_t)stack_top, on_reset, on_fault, on_fault, on_fault, on_fault, on_fault,
    on_fault, on_fault, on_fault, on_fault, on_fault, on_fault, on_fault, on_fault, on_tick,
    /* The Ethernet interrupt is the only one that is ever switched on. */
    PACKETS, PACKETS, PACKETS, PACKETS, PACKETS, PACKETS, PACKETS, PACKETS};

/* The C library has no heap: malloc, which expat mentions, has nothing to give. */
void *_sbrk(ptrdiff_t size);

void *_sbrk(ptrdiff_t size)
{
    (void)size;
    return (void *)-1;
}

void start_clock(uint32_t ticks_per_ms)
{
    SYSTICK_RELOAD = ticks_per_ms - 1;
    SYSTICK_CONTROL = 7;
}

uint32_t board_now_ms(void)
{
    return now_ms;
}

void board_sleep(void)
{
    __asm__ volatile("wfi");
}
