/* SPDX-License-Identifier: MIT
 * Bytes from a terminal to keys. */
#ifndef CHAT_KEYS_H
#define CHAT_KEYS_H

#include <stddef.h>
#include <stdint.h>

typedef enum key_name {
    KEY_NONE,
    KEY_TEXT,    /* `character` was typed */
    KEY_PASTED,  /* `character` was pasted: a newline in it sends nothing */
    KEY_CONTROL, /* Ctrl with the letter `character`: 'a' ... 'z' */
    KEY_ALT,     /* Alt with `character` */
    KEY_ENTER,
    KEY_TAB,
    KEY_BACK_TAB,
    KEY_BACKSPACE,
    KEY_WORD_BACKSPACE,
    KEY_DELETE,
    KEY_LEFT,
    KEY_RIGHT,
    KEY_WORD_LEFT,
    KEY_WORD_RIGHT,
    KEY_UP,
    KEY_DOWN,
    KEY_CHAT_UP, /* Alt or Ctrl with an arrow */
    KEY_CHAT_DOWN,
    KEY_HOME,
    KEY_END,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_ESCAPE
} key_name;

typedef struct key {
    key_name name;
    uint32_t character;
} key;

/* Bytes that are no whole key yet wait here. */
typedef struct keys {
    unsigned char bytes[256];
    size_t size;
    int is_pasting;
} keys;

/* Take in bytes; returns how many there was room for. */
size_t keys_feed(keys *input, const void *bytes, size_t size);
/* The next whole key, KEY_NONE when there is none. `is_over`: nothing followed for a while, so that
 * an escape character is the Escape key and not the beginning of a sequence. */
key keys_next(keys *input, int is_over);
/* 1 when bytes wait for the rest of a key. */
int keys_waiting(const keys *input);

#endif
