/* SPDX-License-Identifier: MIT
 * What lwIP asks of the compiler and the board. */
#ifndef ARCH_CC_H
#define ARCH_CC_H

#include <stdint.h>

uint32_t board_now_ms(void);
uint32_t network_random(void);

#define LWIP_NO_CTYPE_H 1
#define LWIP_NO_UNISTD_H 1
#define LWIP_PLATFORM_DIAG(x)
#define LWIP_PLATFORM_ASSERT(x)
#define LWIP_RAND() network_random()
#define sys_now board_now_ms

#endif
