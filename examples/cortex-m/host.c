/* SPDX-License-Identifier: MIT
 * Semihosting: an emulated board asks its host for entropy, its settings, and to end. */
#include "board.h"

#include <string.h>

enum {
    OPEN = 0x01,
    CLOSE = 0x02,
    READ = 0x06,
    TIME = 0x11,
    GET_COMMAND_LINE = 0x15,
    EXIT_EXTENDED = 0x20
};

static uintptr_t call(uintptr_t operation, const void *arguments)
{
    register uintptr_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = arguments;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

int host_entropy(void *buffer, size_t size)
{
    static const char name[] = "/dev/urandom";
    uintptr_t file = call(OPEN, (uintptr_t[]){(uintptr_t)name, 1, sizeof(name) - 1});
    if (file == UINTPTR_MAX)
        return -1;
    uintptr_t left = call(READ, (uintptr_t[]){file, (uintptr_t)buffer, size});
    call(CLOSE, (uintptr_t[]){file});
    return left == 0 ? 0 : -1;
}

uint32_t host_time_s(void)
{
    return (uint32_t)call(TIME, NULL);
}

void host_command_line(char *text, size_t size)
{
    uintptr_t arguments[] = {(uintptr_t)text, size};
    if (call(GET_COMMAND_LINE, arguments) != 0)
        text[0] = 0;
}

_Noreturn void host_exit(int code)
{
    const uintptr_t application_exit = 0x20026;
    for (;;)
        call(EXIT_EXTENDED, (uintptr_t[]){application_exit, (uintptr_t)code});
}
