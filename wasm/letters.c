/* SPDX-License-Identifier: MIT
 * In the place of core/xml/letters.c: XML 1.0 from its fifth edition on, which is the one of RFC
 * 6120 and of the DOM of pages. Its table is a twentieth. */
#include "xml/scan.h"

/* Ranges of what may begin names, each as its first and its last character. */
static const uint16_t letters[] = {
    0xc0,   0xd6,   0xd8,   0xf6,   0xf8,   0x2ff,  0x370,  0x37d,  0x37f,  0x1fff, 0x200c,
    0x200d, 0x2070, 0x218f, 0x2c00, 0x2fef, 0x3001, 0xd7ff, 0xf900, 0xfdcf, 0xfdf0, 0xfffd,
};

int bosh_letters_may_begin(uint32_t code_point)
{
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i += 2)
        if (code_point >= letters[i] && code_point <= letters[i + 1])
            return 1;
    return code_point > 0xffff && code_point < 0xf0000;
}

int bosh_letters_may_follow(uint32_t code_point)
{
    return code_point == 0xb7 || (code_point >= 0x300 && code_point <= 0x36f) ||
           code_point == 0x203f || code_point == 0x2040;
}
