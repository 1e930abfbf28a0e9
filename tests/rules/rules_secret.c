/* SPDX-License-Identifier: MIT
 * Rules about what must not be seen, kept or guessed. */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const rule_test rules_secret[];

static int breaks_after(void *buffer, size_t size, void *user)
{
    int *calls_left = user;
    memset(buffer, 0x5a, size);
    return (*calls_left)-- > 0 ? 0 : -1;
}

/* Connect with a source that breaks after so many calls; 1 when the creation request left. */
static int connects_after(int calls)
{
    stage s;
    int calls_left = calls;
    stage_init(&s, WORLD_WHOLE);
    s.config.entropy = breaks_after;
    s.config.entropy_user = &calls_left;
    EXPECT_INT(stage_client(&s), BOSH_OK);
    world_validator_connect(s.validator);
    if (bosh_client_connect(s.client) == BOSH_OK)
        stage_settle(&s);
    int has_left = s.net.count != 0;
    if (!has_left && bosh_client_state(s.client) != BOSH_STATE_IDLE) {
        EXPECT_INT(bosh_client_state(s.client), BOSH_STATE_ENDED);
        EXPECT_INT(bosh_client_detail(s.client)->error, BOSH_ERR_ENTROPY);
    }
    EXPECT(!has_left || calls_left >= 0);
    stage_deinit(&s);
    return has_left;
}

/* Without entropy there is no session; nothing predictable takes its place. */
static void entropy_is_required(void)
{
    stage s;
    int calls = 0;
    EXPECT(!connects_after(0));
    while (calls < 20 && !connects_after(calls))
        calls++;
    EXPECT(calls >= 1 && calls < 20);
    stage_init(&s, WORLD_WHOLE);
    s.config.entropy = NULL;
    EXPECT_INT(stage_client(&s), BOSH_ERR_ARGUMENT);
    stage_deinit(&s);
}

/* stage_deinit looks for secrets in log and trace; here is that both were there to look at. */
static void logs_hide_secrets(void)
{
    stage s;
    if (!bosh_has_feature("trace"))
        return;
    stage_init(&s, WORLD_WHOLE);
    EXPECT(stage_login(&s, ""));
    bosh_client_send_message(s.client, "bob@example.org", "hello", NULL);
    stage_settle(&s);
    EXPECT(s.trace != NULL);
    if (s.trace) {
        EXPECT(strstr(s.trace, "sid='***'") != NULL);
        EXPECT(strstr(s.trace, "mechanism='PLAIN'>***</auth>") != NULL);
        EXPECT(strstr(s.trace, "hello") != NULL);
        EXPECT(strstr(s.trace, "online") != NULL);
    }
    stage_deinit(&s);
}

/* The session leaves the client on request only, and the client is then done with it. */
static void export_hands_the_session_over(void)
{
    stage s;
    void *blob = NULL;
    size_t size = 0;
    if (!bosh_has_feature("export"))
        return;
    stage_init(&s, WORLD_WHOLE);
    EXPECT_INT(stage_client(&s), BOSH_OK);
    EXPECT_INT(bosh_client_export(s.client, &blob, &size), BOSH_ERR_STATE);
    EXPECT(stage_login(&s, ""));
    size_t requests = s.net.count;
    EXPECT_INT(bosh_client_export(s.client, &blob, &size), BOSH_OK);
    stage_settle(&s);
    EXPECT_INT(bosh_client_state(s.client), BOSH_STATE_ENDED);
    EXPECT_INT(bosh_client_detail(s.client)->error, BOSH_ERR_EXPORTED);
    EXPECT_INT(bosh_client_export(s.client, &blob, &size), BOSH_ERR_STATE);
    stage_advance(&s, s.net.now_ms + 200000);
    EXPECT_INT(s.net.count, requests);
    s.config.allocator.release(blob, s.config.allocator.user);
    stage_deinit(&s);
}

/* What held a secret is overwritten before it is given back. */
static void released_memory_holds_no_secret(void)
{
    static const char *const texts[] = {"pencil", "cGVuY2ls" /* at the end of the login data */};
    stage s;
    stage_init(&s, WORLD_WHOLE);
    s.alloc.secrets[0] = texts[0];
    s.alloc.secrets[1] = texts[1];
    EXPECT(stage_login(&s, ""));
    stage_answer(&s, stage_open_attempt(&s), "<body/>");
    bosh_client_close(s.client, NULL);
    stage_advance(&s, s.net.now_ms + 5000);
    bosh_client_free(s.client);
    s.client = NULL;
    EXPECT_INT(s.alloc.secrets_released, 0);
    stage_deinit(&s);
}

/* There are keys to keep only after SCRAM. */
static void keys_need_scram(void)
{
    stage s;
    bosh_scram_keys keys;
    stage_init(&s, WORLD_WHOLE);
    EXPECT(stage_login(&s, ""));
    EXPECT_INT(bosh_client_scram_keys(s.client, &keys), BOSH_ERR_STATE);
    stage_deinit(&s);
}

/* clang-format off */
const rule_test rules_secret[] = {
    {"SEC-4", entropy_is_required},
    {"SEC-6", logs_hide_secrets},
    {"SEC-7", export_hands_the_session_over},
    {"SEC-10", released_memory_holds_no_secret},
    {"SCR-4", keys_need_scram},
    {NULL, NULL},
};
