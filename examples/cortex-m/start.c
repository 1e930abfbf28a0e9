/* SPDX-License-Identifier: MIT
 * From reset to main, and the millisecond clock: the same on every Cortex-M. */
#include "start.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int main(void);

extern uint32_t data_begin[], data_end[], data_source[], bss_begin[], bss_end[];
extern uint32_t stack_limit[], stack_top[];

#define SYSTICK_CONTROL (*(volatile uint32_t *)0xE000E010)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xE000E014)
#define SYSTICK_LEFT (*(volatile uint32_t *)0xE000E018)

static volatile uint32_t now_ms;
static volatile uint8_t has_packet;
static uint32_t slept_us;

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

static void on_packet(void)
{
    has_packet = 1;
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

/* There is no heap: the allocator of malloc, which nobody asks for here, has nothing to give. */
void *malloc(size_t size)
{
    (void)size;
    return NULL;
}

void *realloc(void *block, size_t size)
{
    (void)block, (void)size;
    return NULL;
}

void free(void *block)
{
    (void)block;
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

static uint32_t now_us(void)
{
    uint32_t ms, left, ticks_per_ms = SYSTICK_RELOAD + 1;
    do {
        ms = now_ms;
        left = SYSTICK_LEFT;
    } while (ms != now_ms);
    return ms * 1000 + (ticks_per_ms - 1 - left) * 1000 / ticks_per_ms;
}

uint32_t board_worked_us(void)
{
    return now_us() - slept_us;
}

/* The tick that makes the clock wakes the processor, too, for some dozen instructions. */
void board_sleep(uint32_t limit_ms)
{
    uint32_t begin_ms = now_ms, begin_us = now_us();
    while (!has_packet && now_ms - begin_ms < limit_ms)
        __asm__ volatile("wfi");
    has_packet = 0;
    slept_us += now_us() - begin_us;
}
