/* SPDX-License-Identifier: MIT
 * The terminal as rows: raw mode, size, and drawing only what has changed. */
#ifndef CHAT_TERMINAL_H
#define CHAT_TERMINAL_H

#include <stddef.h>
#include <stdint.h>
#include <termios.h>

/* How text looks. Colours are left out when NO_COLOR is set. */
typedef enum style {
    STYLE_PLAIN,
    STYLE_BOLD,
    STYLE_DIM,
    STYLE_REVERSED,
    STYLE_RED,
    STYLE_GREEN,
    STYLE_YELLOW,
    STYLE_BLUE,
    STYLE_MAGENTA,
    STYLE_CYAN,
    STYLE_BAR,      /* the status line */
    STYLE_BAR_GOOD, /* on it: all is well */
    STYLE_BAR_WAIT, /* on it: something is being done about it */
    STYLE_BAR_BAD   /* on it: something is wrong */
} style;

/* One row being made. */
typedef struct row {
    char *bytes;
    size_t size, capacity;
    int column, columns; /* where the next character goes; how many there are */
    style style;
    int use_colour;
} row;

typedef struct terminal {
    int columns, rows;
    int use_colour;
    struct termios before;
    row *drawn; /* what each row shows now */
    row fresh;  /* the one being made */
} terminal;

/* Switch to raw mode and a screen of our own. 0, or -1 when this is no terminal for that. */
int terminal_open(terminal *screen);
/* Give the terminal back as it was. */
void terminal_close(terminal *screen);
/* Stop the program as Ctrl-Z does, and come back. */
void terminal_suspend(terminal *screen);
/* Ask for the size again and draw everything anew. */
void terminal_resized(terminal *screen);
void terminal_redraw(terminal *screen);

/* Start a row, fill it, draw it where it belongs. */
row *terminal_row(terminal *screen);
void terminal_draw(terminal *screen, int at, row *made);
/* Put the cursor there, and send everything out. */
void terminal_finish(terminal *screen, int at, int column);

void row_style(row *made, style wanted);
/* Add text, made safe, as far as it fits. */
void row_text(row *made, const char *text);
void row_text_n(row *made, const char *text, size_t size);
/* Go to a column with spaces; what stands behind it already stays. */
void row_pad(row *made, int column);

#endif
