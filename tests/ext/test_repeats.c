/* SPDX-License-Identifier: MIT
 * Messages that come twice are known by sender, type and id. */
#include "stage.h"
#include "tests/check.h"

#include <bosh/ext/repeats.h>

static stage on;
static bosh_repeats repeats;
static char heard[BOSH_REPEATS_MAX * 4];

static int on_message(bosh_client *client, const bosh_stanza *message, void *user)
{
    size_t used = strlen(heard);
    (void)client;
    (void)user;
    snprintf(heard + used, sizeof(heard) - used, "%d", bosh_repeats_is(&repeats, message));
    return 1;
}

/* What is said of messages that come together: a digit each. */
static const char *hear(const char *messages)
{
    heard[0] = '\0';
    stage_receive(&on, messages);
    return heard;
}

#define MESSAGE(attributes) "<message xmlns='jabber:client' " attributes "/>"

static void open_stage(void)
{
    static const bosh_match match = {.name = "message"};
    memset(&repeats, 0, sizeof(repeats));
    stage_open(&on);
    bosh_handler_add(on.client, &match, on_message, NULL);
    stage_login(&on);
}

static void close_stage(void)
{
    stage_close(&on);
    CHECK_INT(stage_done(&on), 0);
}

static void test_copies(void)
{
    open_stage();
    CHECK_STR(hear(MESSAGE("from='bob@localhost/a' id='1'") MESSAGE("from='bob@localhost/a' id='2'")
                       MESSAGE("from='bob@localhost/a' id='1'")),
              "001");
    CHECK_STR(hear(MESSAGE("from='bob@localhost/a' id='2'")), "1");
    close_stage();
}

static void test_others(void)
{
    open_stage();
    CHECK_STR(hear(MESSAGE("from='bob@localhost/a' id='1'") MESSAGE("from='bob@localhost/b' id='1'")
                       MESSAGE("from='bob@localhost/a' id='1' type='error'")
                           MESSAGE("from='bob@localhost/a1'") MESSAGE("id='1'")),
              "00000");
    CHECK_STR(hear(MESSAGE("from='bob@localhost/a'") MESSAGE("from='bob@localhost/a'")
                       MESSAGE("id=''") MESSAGE("id=''")),
              "0000");
    close_stage();
}

static void test_room(void)
{
    char message[100];
    open_stage();
    CHECK_STR(hear(MESSAGE("id='first'") MESSAGE("id='second'")), "00");
    for (int i = 0; i < BOSH_REPEATS_MAX - 1; i++) {
        snprintf(message, sizeof(message), MESSAGE("from='carol@localhost' id='%d'"), i);
        CHECK_STR(hear(message), "0");
    }
    CHECK_STR(hear(MESSAGE("id='second'") MESSAGE("id='first'")), "10");
    close_stage();
}

static const check_test tests[] = {
    {"copies", test_copies},
    {"others", test_others},
    {"room", test_room},
};

CHECK_MAIN(tests)
