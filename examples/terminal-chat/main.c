/* SPDX-License-Identifier: MIT
 * bosh-chat: the loop of the interactive program. */
#include "app.h"
#include "loop.h"
#include "script.h"
#include "text.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ESCAPE_WAIT_MS 40

/* Move through the open chat by about a page. */
static void scroll(app *me, int direction)
{
    chat *open = me->chats.open;
    size_t page = me->screen->rows > 4 ? (size_t)me->screen->rows - 4 : 1, before = open->scroll;
    me->must_draw = 1;
    if (direction < 0) {
        open->scroll -= open->scroll < page ? open->scroll : page;
        return;
    }
    open->scroll += page;
    screen_draw(me); // which keeps it within what there is
    if (open->scroll < before + page)
        history_fetch(me, open);
}

/* Keys that are for the program and not for the line. Returns 1 for those. */
static int program_key(app *me, const key *pressed)
{
    uint32_t letter = pressed->name == KEY_CONTROL ? pressed->character : 0;
    if (letter == 'c' || (letter == 'd' && me->editor.size == 0)) {
        session_quit(me);
    } else if (letter == 'l') {
        terminal_redraw(me->screen);
        me->must_draw = 1;
    } else if (letter == 'z') {
        terminal_suspend(me->screen);
        me->must_draw = 1;
    } else if (letter == 'n' || pressed->name == KEY_CHAT_DOWN) {
        view_step(me, 1);
    } else if (letter == 'p' || pressed->name == KEY_CHAT_UP) {
        view_step(me, -1);
    } else if (pressed->name == KEY_PAGE_UP || pressed->name == KEY_PAGE_DOWN) {
        scroll(me, pressed->name == KEY_PAGE_UP ? 1 : -1);
    } else {
        return 0;
    }
    return 1;
}

static void on_key(app *me, const key *pressed)
{
    if (program_key(me, pressed))
        return;
    if (pressed->name == KEY_ENTER) {
        char *entered = editor_take(&me->editor);
        me->chats.open->scroll = 0;
        if (!commands_run(me, entered))
            editor_set(&me->editor, entered);
        free(entered);
    } else if (pressed->name == KEY_TAB || pressed->name == KEY_BACK_TAB) {
        editor_complete(&me->editor, pressed->name == KEY_TAB ? 1 : -1, commands_complete, me);
    } else if (editor_key(&me->editor, pressed)) {
        contacts_tell_typing(me);
    }
    me->must_draw = 1;
}

static void take_keys(app *me, keys *input, int is_over)
{
    for (key pressed; (pressed = keys_next(input, is_over)).name != KEY_NONE;)
        on_key(me, &pressed);
}

static void read_keys(app *me, keys *input)
{
    char bytes[128];
    ssize_t size = read(STDIN_FILENO, bytes, sizeof(bytes));
    if (size == 0) // the terminal is gone
        session_quit(me);
    for (size_t used = 0; size > 0 && used < (size_t)size;) {
        used += keys_feed(input, bytes + used, (size_t)size - used);
        take_keys(me, input, 0);
    }
}

static int run_screen(app *me)
{
    terminal screen;
    keys input = {.size = 0};
    if (terminal_open(&screen) != 0)
        return -1;
    me->screen = &screen;
    view_info(me, NULL, "welcome. /help tells what can be done here");
    session_connect(me);
    while (!me->must_leave) {
        if (me->must_draw)
            screen_draw(me);
        int is_counting = me->state == BOSH_STATE_RECONNECT_WAIT;
        int waiting = keys_waiting(&input);
        int seen = loop_turn(me->account.curl, 1,
                             waiting       ? ESCAPE_WAIT_MS
                             : is_counting ? 1000
                                           : -1);
        me->must_draw |= is_counting;
        if (seen & LOOP_RESIZED) {
            terminal_resized(&screen);
            me->must_draw = 1;
        }
        if (seen & LOOP_INTERRUPTED)
            session_quit(me);
        if (seen & LOOP_INPUT)
            read_keys(me, &input);
        else if (waiting)
            take_keys(me, &input, 1);
    }
    terminal_close(&screen);
    me->screen = NULL;
    return 0;
}

/* ------------------------------------------------------------------------------------- lines */

/* Run the whole lines in `waiting`; what is left of it stays. */
static void take_lines(app *me, char *waiting)
{
    for (char *end; (end = strchr(waiting, '\n')); memmove(waiting, end + 1, strlen(end + 1) + 1)) {
        *end = '\0';
        commands_run(me, waiting);
    }
}

/* Returns 0 at the end of the input. */
static int read_lines(app *me, char *waiting, size_t capacity)
{
    size_t filled = strlen(waiting);
    ssize_t size = read(STDIN_FILENO, waiting + filled, capacity - filled - 1);
    if (size <= 0) {
        commands_run(me, waiting); // a last line without an end
        waiting[0] = '\0';
        return 0;
    }
    waiting[filled + (size_t)size] = '\0';
    take_lines(me, waiting);
    if (strlen(waiting) == capacity - 1) {
        view_error(me, NULL, "that line is too long");
        waiting[0] = '\0';
    }
    return 1;
}

static void run_lines(app *me)
{
    char waiting[8192] = "";
    int has_input = 1;
    session_connect(me);
    while (!me->must_leave) {
        // A script's lines wait until they can have an effect.
        int with_input = has_input && (me->state == BOSH_STATE_ONLINE || isatty(STDIN_FILENO));
        int seen = loop_turn(me->account.curl, with_input, -1);
        if (seen & LOOP_INTERRUPTED)
            session_quit(me);
        if (seen & LOOP_INPUT)
            has_input = read_lines(me, waiting, sizeof(waiting));
        if (!has_input && !me->is_quitting && session_is_settled(me))
            session_quit(me);
    }
}

/* --------------------------------------------------------------------------------------- main */

static int run_chat(const options *chosen, const char *password)
{
    app me = {.options = chosen};
    chats_init(&me.chats);
    editor_init(&me.editor);
    int error = session_open(&me, password);
    if (error) {
        me.exit_status = account_exit_status(error);
    } else {
        loop_init();
        if (chosen->is_plain || run_screen(&me) != 0)
            run_lines(&me);
        if (me.exit_status)
            fprintf(stderr, "bosh-chat: %s\n", me.trouble ? me.trouble : "ended");
        if (session_report(&me) && !me.exit_status)
            me.exit_status = EXIT_UNDELIVERED;
    }
    session_free(&me);
    chats_deinit(&me.chats);
    editor_deinit(&me.editor);
    return me.exit_status;
}

int main(int argc, char **argv)
{
    options chosen;
    setlocale(LC_ALL, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8"); // for the columns of characters
    int status = options_parse(&chosen, argc, argv);
    if (status >= 0)
        return status;
    char *password = options_password(&chosen);
    if (!password)
        return EXIT_USAGE;
    int is_script = chosen.send_to || chosen.is_echo;
    status = is_script ? script_run(&chosen, password) : run_chat(&chosen, password);
    options_wipe(password);
    return status;
}
