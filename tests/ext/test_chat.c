/* SPDX-License-Identifier: MIT
 * The parts of bosh-chat that need neither network nor terminal. */
#include "chats.h"
#include "editor.h"
#include "text.h"
#include "tests/check.h"

#include <locale.h>
#include <stdlib.h>

/* ---------------------------------------------------------------------------------------- text */

static void check_clean(const char *text, const char *expected)
{
    char *clean = text_clean(text);
    CHECK_STR(clean, expected);
    free(clean);
}

#define BAD "\xef\xbf\xbd" /* U+FFFD */

/* Nothing a stranger sends may start an escape sequence or turn the writing direction. */
static void test_clean(void)
{
    check_clean("plain \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
                "plain \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    check_clean("a\x1b[31mb", "a" BAD "[31mb");
    check_clean("a\x07\x08\x7f", "a" BAD BAD BAD);
    check_clean("\xc2\x9b"
                "31m",
                BAD "31m"); // CSI as one character
    check_clean("\xe2\x80\xae"
                "abc",
                BAD "abc"); // right-to-left override
    check_clean("\xe2\x81\xa6"
                "abc\xe2\x80\xa8",
                BAD "abc" BAD);
    check_clean("a\tb\nc", "a b c");
    check_clean("\xc3", BAD);
    check_clean("\xc0\xaf", BAD BAD); // overlong
    check_clean("\xe0\x80\xaf", BAD BAD BAD);
    check_clean("\xed\xa0\x80", BAD BAD BAD); // a surrogate
    check_clean("\xf4\x90\x80\x80", BAD BAD BAD BAD);
    check_clean("\xff"
                "a\x80",
                BAD "a" BAD);
    for (uint32_t byte = 1; byte < 0x20; byte++)
        CHECK(text_safe(byte) >= ' ');
    for (uint32_t character = 0x7F; character < 0xA0; character++)
        CHECK_INT(text_safe(character), TEXT_REPLACEMENT);
}

static void test_columns(void)
{
    CHECK_INT(text_columns("abc"), 3);
    CHECK_INT(text_columns("\xe6\xbc\xa2\xe5\xad\x97"), 4); // two wide characters
    CHECK_INT(text_columns("e\xcc\x81"), 1);                // with a combining accent
    CHECK_INT(text_before("e\xcc\x81x", 3), 0);
    CHECK_INT(text_after("e\xcc\x81x", 0), 3);
    CHECK_INT(text_before("\xe2\x82\xac", 3), 0);
    CHECK_INT(text_before("", 0), 0);
    CHECK_INT(text_after("", 0), 0);
}

static void test_wrap(void)
{
    const char *text = "one two three";
    CHECK_INT(text_wrap(text, 20), 13);
    CHECK_INT(text_wrap(text, 9), 7);
    CHECK_INT(text_wrap(text, 7), 7);
    CHECK_INT(text_wrap(text, 6), 3);
    CHECK_INT(text_skip(text + 3), 1);
    CHECK_INT(text_wrap("abcdefgh", 3), 3);
    CHECK_INT(text_wrap("a\nb", 10), 1);
    CHECK_INT(text_skip("\n\nb"), 1);           // an empty line stays one
    CHECK_INT(text_wrap("\xe6\xbc\xa2", 1), 3); // at least one character
    CHECK_INT(text_wrap("", 5), 0);
}

/* -------------------------------------------------------------------------------------- editor */

static editor line_typed;
static keys input;

/* Bytes as a terminal sends them, into the editor. */
static void type(const char *bytes)
{
    keys_feed(&input, bytes, strlen(bytes));
    for (key pressed; (pressed = keys_next(&input, 1)).name != KEY_NONE;)
        editor_key(&line_typed, &pressed);
}

static void fresh_editor(void)
{
    editor_deinit(&line_typed);
    editor_init(&line_typed);
    input = (keys){.size = 0};
}

static void check_line(const char *text, size_t cursor)
{
    CHECK_STR(line_typed.text, text);
    CHECK_INT(line_typed.cursor, cursor);
}

static void test_editing(void)
{
    fresh_editor();
    type("hello w\xc3\xb6rld");
    check_line("hello w\xc3\xb6rld", 12);
    type("\033[D\033[D\033[D\033[D\x7f"); // left four times, backspace
    check_line("hello \xc3\xb6rld", 6);
    type("W\033[H>\033[F<"); // Home, End
    check_line(">hello W\xc3\xb6rld<", 14);
    type("\033b\033[3~"); // Alt-B, Delete
    check_line(">hello \xc3\xb6rld<", 7);
    type("\x17"); // Ctrl-W
    check_line("\xc3\xb6rld<", 0);
    type("\x05\x15"); // Ctrl-E, Ctrl-U
    check_line("", 0);
    type("\x19\x19"); // Ctrl-Y
    check_line("\xc3\xb6rld<\xc3\xb6rld<", 12);
    type("\x01\x0b"); // Ctrl-A, Ctrl-K
    check_line("", 0);
    type("a b\033[1;5D|\033[1;5C\033[1;5C|"); // Ctrl with arrows
    check_line("a |b|", 5);
}

static void test_paste(void)
{
    fresh_editor();
    type("\033[200~one\rtwo\x03\033[201~!");
    check_line("one\ntwo !", 9);
}

static void test_history(void)
{
    fresh_editor();
    for (int i = 0; i < EDITOR_HISTORY_MAX + 5; i++) {
        char text[16];
        snprintf(text, sizeof(text), "line %d", i);
        type(text);
        free(editor_take(&line_typed));
    }
    type("unfinished\033[A\033[A");
    check_line("line 203", 8);
    type("\033[B\033[B\033[B");
    check_line("unfinished", 10);
    for (int i = 0; i < 300; i++)
        type("\033[A");
    check_line("line 5", 6);
}

static char *complete(const char *typed, size_t start, const char *word, int turn, void *user)
{
    static const char *const words[] = {"apple ", "apricot ", "banana "};
    (void)typed;
    (void)start;
    (void)user;
    for (size_t i = 0; i < 3; i++)
        if (strncmp(words[i], word, strlen(word)) == 0 && turn-- == 0)
            return text_copy(words[i]);
    return NULL;
}

static void test_completion(void)
{
    fresh_editor();
    type("eat ap");
    editor_complete(&line_typed, 1, complete, NULL);
    check_line("eat apple ", 10);
    editor_complete(&line_typed, 1, complete, NULL);
    check_line("eat apricot ", 12);
    editor_complete(&line_typed, 1, complete, NULL); // past the last: what was typed
    check_line("eat ap", 6);
    editor_complete(&line_typed, 1, complete, NULL);
    type("pie");
    check_line("eat apple pie", 13);
    editor_complete(&line_typed, 1, complete, NULL); // no such word
    check_line("eat apple pie", 13);
}

static void check_key(const char *bytes, int is_over, key_name name, uint32_t character)
{
    keys fed = {.size = 0};
    keys_feed(&fed, bytes, strlen(bytes));
    key pressed = keys_next(&fed, is_over);
    CHECK_INT(pressed.name, name);
    CHECK_INT(pressed.character, character);
    CHECK_INT(keys_waiting(&fed), name == KEY_NONE && !is_over && *bytes != 0);
}

static void test_keys(void)
{
    check_key("\033[5~", 0, KEY_PAGE_UP, 0);
    check_key("\033OA", 0, KEY_UP, 0);
    check_key("\033[1;3A", 0, KEY_CHAT_UP, 0);
    check_key("\033", 0, KEY_NONE, 0); // a sequence may follow
    check_key("\033", 1, KEY_ESCAPE, 0);
    check_key("\033[1;", 0, KEY_NONE, 0);
    check_key("\033[1;", 1, KEY_ESCAPE, 0);
    check_key("\xe2\x82", 0, KEY_NONE, 0); // half a character
    check_key("\xe2\x82\xac", 0, KEY_TEXT, 0x20AC);
    check_key("\xff", 0, KEY_TEXT, TEXT_REPLACEMENT);
    check_key("\x03", 0, KEY_CONTROL, 'c');
    check_key("\r", 0, KEY_ENTER, 0);
    check_key("\033\r", 0, KEY_PASTED, '\n');
    check_key("\033[9999999999999999999999999z", 1, KEY_NONE, 0);
}

/* --------------------------------------------------------------------------------------- chats */

static chat_list list;

static line *say(chat *in, time_t when, const char *text, const char *id)
{
    return chat_add(in, &(line){.kind = LINE_IN, .time = when, .text = text, .id = id});
}

static void test_chats(void)
{
    chats_init(&list);
    chat *bob = chats_get(&list, CHAT_PERSON, "bob@localhost/phone");
    chat *tea = chats_get(&list, CHAT_ROOM, "tea@rooms.localhost");
    chat *al = chats_get(&list, CHAT_PERSON, "al@localhost");
    CHECK_STR(bob->jid, "bob@localhost");
    CHECK_STR(bob->title, "bob");
    CHECK(chats_get(&list, CHAT_PERSON, "BOB@localhost") == bob);
    CHECK(chats_find(&list, "b") == NULL);
    CHECK(list.chats[1] == al && list.chats[2] == bob && list.chats[3] == tea);
    chats_rename(&list, al, "Zoe");
    CHECK(list.chats[1] == bob && list.chats[2] == al);
    CHECK(chats_guess(&list, "zo") == al && chats_guess(&list, "te") == tea);
    CHECK(chats_guess(&list, "q") == NULL && chats_guess(&list, "") == NULL);
    list.open = bob;
    chats_remove(&list, bob);
    CHECK(list.open == list.chats[0] && list.count == 3);
    chats_deinit(&list);
}

static void test_lines(void)
{
    chats_init(&list);
    chat *bob = chats_get(&list, CHAT_PERSON, "bob@localhost");
    say(bob, 100, "new", "m2");
    bob->new_from = 0;
    say(bob, 50, "old", "m1"); // history comes late
    CHECK_STR(bob->lines[0].text, "old");
    CHECK_INT(bob->new_from, 1);
    CHECK_STR(chat_find(bob, "m1", NULL)->text, "old");
    CHECK(chat_find(bob, "m9", "a1") == NULL && chat_find(bob, NULL, NULL) == NULL);
    for (int i = 0; i < CHAT_LINES_MAX + 10; i++)
        say(bob, 200 + i, "x", NULL);
    CHECK_INT(bob->count, CHAT_LINES_MAX);
    CHECK(chat_find(bob, "m2", NULL) == NULL);
    chats_deinit(&list);
}

static const check_test tests[] = {
    {"clean", test_clean},     {"columns", test_columns},       {"wrap", test_wrap},
    {"editing", test_editing}, {"paste", test_paste},           {"history", test_history},
    {"keys", test_keys},       {"completion", test_completion}, {"chats", test_chats},
    {"lines", test_lines},
};

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    editor_init(&line_typed);
    int failed = check_main(argc, argv, tests, sizeof(tests) / sizeof(tests[0]));
    editor_deinit(&line_typed);
    return failed;
}
