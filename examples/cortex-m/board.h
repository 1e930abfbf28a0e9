/* SPDX-License-Identifier: MIT
 * What the program wants of a board. One file per board implements it: lm3s6965evb.c, mps2.c. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

void board_start(void);

/* Milliseconds since the start; they wrap after 49 days. */
uint32_t board_now_ms(void);
/* Microseconds since the start that were not slept. */
uint32_t board_worked_us(void);
/* Sleep until a frame arrives, at most so long. */
void board_sleep(uint32_t limit_ms);
/* Bytes of the stack that were ever in use. */
size_t board_stack_used(void);
void board_print(const char *text);
void board_set_led(int is_on);

/* A frame that has arrived, or 0. `room` is at least 1518 bytes. */
size_t board_receive(uint8_t *frame, size_t room);
void board_transmit(const uint8_t *frame, size_t size);

/* What an emulated board gets from its host by the debugger's calls (host.c). A real one has its
 * own source of entropy, and its settings in flash. */
int host_entropy(void *buffer, size_t size);
/* Seconds since 1970. */
uint32_t host_time_s(void);
/* The command line: "device URL JID PASSWORD OWNER [READINGS]". */
void host_command_line(char *text, size_t size);
_Noreturn void host_exit(int code);

#endif
