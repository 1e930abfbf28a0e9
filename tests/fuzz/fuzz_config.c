/* SPDX-License-Identifier: MIT
 * Any strings as a configuration. They are refused by name, or every request of the login that
 * follows is well-formed (the validator watches), and its URL and Content-Type are fit for the head
 * of an HTTP request. The first byte is a choice of settings, the rest are lines, one per string;
 * an empty one is NULL. */
#include "tests/fuzz/same.h"
#include "tests/unit/scene.h"

enum { URL, JID, PASSWORD, MECHANISMS, ROUTE, CONTENT_TYPE, LANGUAGE, AUTHZID, STRINGS };

static int is_of(int error, const int *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == error)
            return 1;
    return 0;
}

static char *lines(const uint8_t *data, size_t size, const char *strings[STRINGS])
{
    char *text = malloc(size + 1);
    DEMAND(text != NULL);
    memcpy(text, data, size);
    text[size] = 0;
    char *at = text;
    for (size_t i = 0; i < STRINGS; i++) {
        char *next = at ? strchr(at, '\n') : NULL;
        if (next)
            *next++ = 0;
        strings[i] = at && *at ? at : NULL;
        at = next;
    }
    return text;
}

/* Nothing that could end a line of an HTTP request, or its target. */
static void check_head(const scene *s, const world_attempt *attempt)
{
    DEMAND(attempt->size > 0);
    for (const char *c = s->config.url; *c; c++)
        DEMAND((unsigned char)*c > ' ' && *c != 127);
    for (const char *c = s->config.content_type; c && *c; c++)
        DEMAND((unsigned char)*c >= ' ' && *c != 127);
}

static void log_in(scene *s)
{
    static const int causes[] = {BOSH_OK,
                                 BOSH_ERR_CHARACTER,
                                 BOSH_ERR_UTF8,
                                 BOSH_ERR_JID,
                                 BOSH_ERR_CREDENTIALS,
                                 BOSH_ERR_NO_MECHANISM,
                                 BOSH_ERR_PLAIN_NEEDS_HTTPS,
                                 BOSH_ERR_STANZA_TOO_LARGE,
                                 BOSH_ERR_SASLPREP,
                                 BOSH_ERR_SASL,
                                 BOSH_ERR_SCRAM_SIGNATURE};
    world_validator_connect(s->validator);
    DEMAND(bosh_client_connect(s->client) == 0);
    scene_turn(s);
    for (int i = 0; i < 6; i++) {
        world_attempt *open = scene_oldest(s);
        if (open)
            check_head(s, open);
        scene_advance(s, 10);
        scene_answer_login(s);
    }
    bosh_state state = bosh_client_state(s->client);
    DEMAND(state == BOSH_STATE_ONLINE || state == BOSH_STATE_ENDED || state == BOSH_STATE_CLOSING ||
           state == BOSH_STATE_AUTHENTICATING);
    bosh_client_close(s->client, NULL);
    scene_advance(s, 200000);
    DEMAND(bosh_client_state(s->client) == BOSH_STATE_ENDED);
    int error = bosh_client_detail(s->client)->error;
    if (!is_of(error, causes, sizeof(causes) / sizeof(causes[0])))
        puts(bosh_error_name(error));
    DEMAND(is_of(error, causes, sizeof(causes) / sizeof(causes[0])));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int refusals[] = {BOSH_ERR_URL, BOSH_ERR_JID, BOSH_ERR_ARGUMENT,
                                   BOSH_ERR_CHARACTER, BOSH_ERR_UTF8};
    const char *strings[STRINGS];
    scene s;
    if (size == 0)
        return 0;
    char *text = lines(data + 1, size - 1, strings);
    scene_init(&s);
    s.offer = "SCRAM-SHA-1 PLAIN OAUTHBEARER X-OAUTH2 ANONYMOUS EXTERNAL";
    s.config.url = strings[URL];
    s.config.jid = strings[JID];
    s.config.password = strings[PASSWORD];
    s.config.mechanisms = strings[MECHANISMS];
    s.config.route = strings[ROUTE];
    s.config.content_type = strings[CONTENT_TYPE];
    s.config.language = strings[LANGUAGE];
    s.config.authzid = strings[AUTHZID];
    s.config.allow_plain_over_http = data[0] & 1;
    s.config.schedule = data[0] & 2 ? BOSH_SCHEDULE_S1 : BOSH_SCHEDULE_S0;
    int error = bosh_client_new(&s.config, &s.net.transport, &s.client);
    DEMAND(!error == (s.client != NULL));
    if (error) {
        DEMAND(is_of(error, refusals, sizeof(refusals) / sizeof(refusals[0])));
    } else {
        bosh_client_free(s.client);
        s.client = NULL;
        scene_open(&s);
        log_in(&s);
    }
    DEMAND(scene_deinit(&s) == 0);
    free(text);
    return 0;
}
