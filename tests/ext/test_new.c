/* SPDX-License-Identifier: MIT
 * Making extensions: without memory there is none, and nothing is left behind. */
#include "stage.h"
#include "tests/check.h"

#include <bosh/ext/chatstates.h>
#include <bosh/ext/disco.h>
#include <bosh/ext/mam.h>
#include <bosh/ext/muc.h>
#include <bosh/ext/presence.h>
#include <bosh/ext/receipts.h>
#include <bosh/ext/roster.h>

static stage on;

/* The extensions under test; each makes one, and frees it after the client. */
typedef int (*make_fn)(void **out);
typedef void (*free_fn)(void *made);

#define EXTENSION(name, ...)                                                                       \
    static int make_##name(void **out)                                                             \
    {                                                                                              \
        bosh_##name *made = NULL;                                                                  \
        int error = bosh_##name##_new(on.client, &on.allocator, __VA_ARGS__);                      \
        CHECK((made == NULL) == (error != BOSH_OK));                                               \
        *out = made;                                                                               \
        return error;                                                                              \
    }                                                                                              \
    static void free_##name(void *made)                                                            \
    {                                                                                              \
        bosh_##name##_free(made);                                                                  \
    }

static const bosh_receipts_callbacks no_callbacks;

EXTENSION(chatstates, NULL, NULL, &made)
EXTENSION(mam, &made)
EXTENSION(muc, NULL, NULL, &made)
EXTENSION(presence, NULL, NULL, &made)
EXTENSION(receipts, &no_callbacks, NULL, &made)
EXTENSION(roster, NULL, NULL, &made)

static int make_disco(void **out)
{
    static const bosh_disco self = {"client", "bot", NULL, NULL};
    *out = NULL;
    return bosh_disco_answer(on.client, &self);
}

static void free_disco(void *made)
{
    CHECK(made == NULL);
}

static void with_failures(make_fn make, free_fn release)
{
    for (uint64_t fail_at = 1;; fail_at++) {
        void *made;
        stage_open(&on);
        world_alloc *failing[] = {&on.alloc, &on.client_alloc};
        for (size_t i = 0; i < 2; i++)
            failing[i]->fail_at = failing[i]->calls + fail_at;
        int error = make(&made);
        int has_failed = on.alloc.failures + on.client_alloc.failures > 0;
        CHECK_INT(error, has_failed ? BOSH_ERR_MEMORY : BOSH_OK);
        on.alloc.fail_at = on.client_alloc.fail_at = 0;
        stage_login(&on); // handlers that were left behind would be called
        stage_receive(&on, "<presence xmlns='jabber:client' from='a@b/c'/>"
                           "<message xmlns='jabber:client' from='a@b/c'>"
                           "<x xmlns='urn:xmpp:mam:2'/><y xmlns='urn:xmpp:receipts'/>"
                           "<z xmlns='http://jabber.org/protocol/chatstates'/></message>"
                           "<iq xmlns='jabber:client' type='get' id='1' from='a@b/c'>"
                           "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
        stage_close(&on);
        release(made);
        CHECK_INT(stage_done(&on), 0);
        if (!has_failed)
            break;
    }
}

#define TEST(name)                                                                                 \
    static void test_##name(void)                                                                  \
    {                                                                                              \
        with_failures(make_##name, free_##name);                                                   \
    }

TEST(chatstates)
TEST(disco)
TEST(mam)
TEST(muc)
TEST(presence)
TEST(receipts)
TEST(roster)

static const check_test tests[] = {
    {"chatstates", test_chatstates},
    {"disco", test_disco},
    {"mam", test_mam},
    {"muc", test_muc},
    {"presence", test_presence},
    {"receipts", test_receipts},
    {"roster", test_roster},
};

CHECK_MAIN(tests)
