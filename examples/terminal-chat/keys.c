/* SPDX-License-Identifier: MIT
 * Bytes from a terminal to keys. */
#include "keys.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

#define ESCAPE 0x1B

size_t keys_feed(keys *input, const void *bytes, size_t size)
{
    size_t room = sizeof(input->bytes) - input->size;
    size = size < room ? size : room;
    memcpy(input->bytes + input->size, bytes, size);
    input->size += size;
    return size;
}

int keys_waiting(const keys *input)
{
    return input->size > 0;
}

static void drop(keys *input, size_t size)
{
    input->size -= size;
    memmove(input->bytes, input->bytes + size, input->size);
}

static key plain_key(key_name name)
{
    return (key){name, 0};
}

/* ESC [ parameters final, as xterm, the Linux console and rxvt send it. */
static key_name sequence_key(const char *parameters, char final, int *paste)
{
    static const struct {
        char final;
        int number; /* of ESC [ number ~ */
        key_name name, with_modifier;
    } known[] = {{'A', 0, KEY_UP, KEY_CHAT_UP},        {'B', 0, KEY_DOWN, KEY_CHAT_DOWN},
                 {'C', 0, KEY_RIGHT, KEY_WORD_RIGHT},  {'D', 0, KEY_LEFT, KEY_WORD_LEFT},
                 {'H', 0, KEY_HOME, KEY_HOME},         {'F', 0, KEY_END, KEY_END},
                 {'Z', 0, KEY_BACK_TAB, KEY_BACK_TAB}, {'~', 1, KEY_HOME, KEY_HOME},
                 {'~', 3, KEY_DELETE, KEY_DELETE},     {'~', 4, KEY_END, KEY_END},
                 {'~', 5, KEY_PAGE_UP, KEY_CHAT_UP},   {'~', 6, KEY_PAGE_DOWN, KEY_CHAT_DOWN},
                 {'~', 7, KEY_HOME, KEY_HOME},         {'~', 8, KEY_END, KEY_END}};
    int number = atoi(parameters), has_modifier = strchr(parameters, ';') != NULL;
    *paste = final == '~' && number == 200 ? 1 : final == '~' && number == 201 ? 0 : -1;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].final == final && (final != '~' || known[i].number == number))
            return has_modifier ? known[i].with_modifier : known[i].name;
    return KEY_NONE;
}

/* A sequence at the beginning of the bytes. Returns its size, 0 when it is not whole yet. */
static size_t take_sequence(keys *input, key *out)
{
    char parameters[16];
    size_t at = 2, length = 0;
    while (at < input->size && input->bytes[at] < 0x40) {
        if (length + 1 < sizeof(parameters))
            parameters[length++] = (char)input->bytes[at];
        at++;
    }
    if (at == input->size)
        return 0;
    parameters[length] = '\0';
    int paste;
    *out = plain_key(sequence_key(parameters, (char)input->bytes[at], &paste));
    if (paste >= 0)
        input->is_pasting = paste;
    return at + 1;
}

/* Alt and a character: ESC and the character. */
static size_t take_alt(keys *input, key *out)
{
    unsigned char second = input->bytes[1];
    if (second == 0x7F || second == 0x08)
        *out = plain_key(KEY_WORD_BACKSPACE);
    else if (second == 'b')
        *out = plain_key(KEY_WORD_LEFT);
    else if (second == 'f')
        *out = plain_key(KEY_WORD_RIGHT);
    else if (second == '\r' || second == '\n')
        *out = (key){KEY_PASTED, '\n'};
    else
        *out = (key){KEY_ALT, second};
    return 2;
}

static size_t take_escape(keys *input, int is_over, key *out)
{
    if (input->size == 1) {
        *out = plain_key(KEY_ESCAPE);
        return is_over ? 1 : 0;
    }
    if (input->bytes[1] != '[' && input->bytes[1] != 'O')
        return take_alt(input, out);
    size_t size = take_sequence(input, out);
    if (size || !is_over)
        return size;
    *out = plain_key(KEY_ESCAPE); // half a sequence, and the rest never came
    return input->size;
}

static size_t take_control(const keys *input, key *out)
{
    unsigned char byte = input->bytes[0];
    if (byte == '\r')
        *out = plain_key(KEY_ENTER);
    else if (byte == '\t')
        *out = plain_key(KEY_TAB);
    else if (byte == 0x7F || byte == 0x08)
        *out = plain_key(KEY_BACKSPACE);
    else
        *out = (key){KEY_CONTROL, (uint32_t)(byte + 'a' - 1)};
    if (input->is_pasting)
        *out = (key){KEY_PASTED, byte == '\r' || byte == '\n' ? '\n' : ' '};
    return 1;
}

static size_t take_character(const keys *input, int is_over, key *out)
{
    char bytes[5] = {0};
    size_t size = input->size < 4 ? input->size : 4;
    memcpy(bytes, input->bytes, size);
    const char *end = bytes;
    uint32_t character = text_next(&end);
    size_t used = (size_t)(end - bytes);
    if (character == TEXT_REPLACEMENT && used == 1 && size < 4 && !is_over &&
        input->bytes[0] >= 0xC2 && input->bytes[0] <= 0xF4)
        return 0; // the rest of it is on its way
    *out = (key){input->is_pasting ? KEY_PASTED : KEY_TEXT, character};
    return used;
}

key keys_next(keys *input, int is_over)
{
    while (input->size) {
        key out = {KEY_NONE, 0};
        unsigned char first = input->bytes[0];
        size_t used = first == ESCAPE                 ? take_escape(input, is_over, &out)
                      : first < 0x20 || first == 0x7F ? take_control(input, &out)
                                                      : take_character(input, is_over, &out);
        if (!used)
            break;
        drop(input, used);
        if (out.name != KEY_NONE)
            return out;
    }
    return plain_key(KEY_NONE);
}
