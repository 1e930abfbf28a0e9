/* SPDX-License-Identifier: MIT
 * The terminal as rows: raw mode, size, and drawing only what has changed. */
#include "terminal.h"

#include "text.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Alternate screen, bracketed paste. */
#define ENTER "\033[?1049h\033[?2004h"
#define LEAVE "\033[?2004l\033[?1049l"

static int enter_raw_mode(terminal *screen)
{
    struct termios raw;
    if (tcgetattr(STDIN_FILENO, &screen->before) != 0)
        return -1;
    raw = screen->before;
    raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
    raw.c_oflag &= ~(tcflag_t)OPOST;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    return tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
}

static void forget_drawn(terminal *screen)
{
    for (int i = 0; i < screen->rows && screen->drawn; i++)
        free(screen->drawn[i].bytes);
    free(screen->drawn);
    screen->drawn = NULL;
}

static void read_size(terminal *screen)
{
    struct winsize size = {0};
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    screen->columns = size.ws_col ? size.ws_col : 80;
    screen->rows = size.ws_row ? size.ws_row : 24;
    screen->drawn = must(calloc((size_t)screen->rows, sizeof(*screen->drawn)));
}

int terminal_open(terminal *screen)
{
    const char *kind = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    *screen = (terminal){.use_colour = !no_colour || !*no_colour};
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || !kind || strcmp(kind, "dumb") == 0 ||
        enter_raw_mode(screen) != 0)
        return -1;
    read_size(screen);
    fputs(ENTER, stdout);
    return 0;
}

void terminal_close(terminal *screen)
{
    fputs("\033[0m" LEAVE, stdout);
    fflush(stdout);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &screen->before);
    forget_drawn(screen);
    free(screen->fresh.bytes);
}

void terminal_suspend(terminal *screen)
{
    fputs("\033[0m" LEAVE, stdout);
    fflush(stdout);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &screen->before);
    raise(SIGSTOP);
    enter_raw_mode(screen);
    fputs(ENTER, stdout);
    terminal_resized(screen);
}

void terminal_resized(terminal *screen)
{
    forget_drawn(screen);
    read_size(screen);
    fputs("\033[0m\033[2J", stdout);
}

void terminal_redraw(terminal *screen)
{
    terminal_resized(screen);
}

/* ---------------------------------------------------------------------------------------- rows */

static void append(row *made, const char *bytes, size_t size)
{
    if (made->size + size + 1 > made->capacity) {
        made->capacity = (made->size + size + 1) * 2;
        made->bytes = must(realloc(made->bytes, made->capacity));
    }
    memcpy(made->bytes + made->size, bytes, size);
    made->size += size;
    made->bytes[made->size] = '\0';
}

row *terminal_row(terminal *screen)
{
    row *made = &screen->fresh;
    made->size = 0;
    made->column = 0;
    made->columns = screen->columns;
    made->use_colour = screen->use_colour;
    made->style = STYLE_PLAIN;
    append(made, "", 0);
    return made;
}

void row_style(row *made, style wanted)
{
    static const char *const codes[][2] = {[STYLE_PLAIN] = {"0", "0"},
                                           [STYLE_BOLD] = {"0;1", "0;1"},
                                           [STYLE_DIM] = {"0;2", "0;2"},
                                           [STYLE_REVERSED] = {"0;7", "0;7"},
                                           [STYLE_RED] = {"0", "0;31"},
                                           [STYLE_GREEN] = {"0", "0;32"},
                                           [STYLE_YELLOW] = {"0", "0;33"},
                                           [STYLE_BLUE] = {"0", "0;34"},
                                           [STYLE_MAGENTA] = {"0", "0;35"},
                                           [STYLE_CYAN] = {"0", "0;36"},
                                           [STYLE_BAR] = {"0;7", "0;37;44"},
                                           [STYLE_BAR_GOOD] = {"0;7", "0;1;32;44"},
                                           [STYLE_BAR_WAIT] = {"0;7", "0;1;33;44"},
                                           [STYLE_BAR_BAD] = {"0;7", "0;1;37;41"}};
    if (made->style == wanted)
        return;
    made->style = wanted;
    append(made, "\033[", 2);
    append(made, codes[wanted][made->use_colour], strlen(codes[wanted][made->use_colour]));
    append(made, "m", 1);
}

void row_text_n(row *made, const char *text, size_t size)
{
    const char *end = text + size;
    while (text < end) {
        char bytes[4];
        uint32_t character = text_safe(text_next(&text));
        int columns = text_columns_of(character);
        if (!character || made->column + columns > made->columns)
            return;
        append(made, bytes, text_encode(character, bytes));
        made->column += columns;
    }
}

void row_text(row *made, const char *text)
{
    row_text_n(made, text, strlen(text));
}

void row_pad(row *made, int column)
{
    if (column > made->columns)
        column = made->columns;
    for (; made->column < column; made->column++)
        append(made, " ", 1);
}

void terminal_draw(terminal *screen, int at, row *made)
{
    if (at < 0 || at >= screen->rows)
        return;
    row_style(made, STYLE_PLAIN);
    row *shown = &screen->drawn[at];
    if (shown->bytes && strcmp(shown->bytes, made->bytes) == 0)
        return;
    // Erase after writing would take the last character of a full row with it.
    printf("\033[%d;1H%s%s", at + 1, made->bytes, made->column < made->columns ? "\033[K" : "");
    shown->size = 0;
    append(shown, made->bytes, made->size);
}

void terminal_finish(terminal *screen, int at, int column)
{
    (void)screen;
    printf("\033[%d;%dH", at + 1, column + 1);
    fflush(stdout);
}
