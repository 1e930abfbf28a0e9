/* SPDX-License-Identifier: MIT
 * The verb `option`: a field of bosh_config, or something about the world. */
#include "play.h"

#include <stdlib.h>
#include <string.h>

static int set_text(bosh_config *config, const char *name, const char *value)
{
    struct {
        const char *name;
        const char **field;
    } fields[] = {{"url", &config->url},
                  {"jid", &config->jid},
                  {"password", &config->password},
                  {"authzid", &config->authzid},
                  {"mechanisms", &config->mechanisms},
                  {"language", &config->language},
                  {"route", &config->route},
                  {"content_type", &config->content_type}};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcmp(fields[i].name, name) == 0) {
            *fields[i].field = strcmp(value, "none") == 0 ? NULL : value;
            return 1;
        }
    }
    return 0;
}

static int set_number(bosh_config *config, const char *name, const char *value)
{
    unsigned long number = strtoul(value, NULL, 10);
    if (strcmp(name, "wait_s") == 0)
        config->wait_s = (uint16_t)number;
    else if (strcmp(name, "depth_max") == 0)
        config->depth_max = (uint16_t)number;
    else if (strcmp(name, "attributes_max") == 0)
        config->attributes_max = (uint16_t)number;
    else if (strcmp(name, "allow_plain_over_http") == 0)
        config->allow_plain_over_http = (uint8_t)number;
    else if (strcmp(name, "ask_credentials") == 0)
        config->ask_credentials = (uint8_t)number;
    else if (strcmp(name, "answers_requests") == 0)
        config->answers_requests = (uint8_t)number;
    else if (strcmp(name, "stop_before_login") == 0)
        config->stop_before_login = (uint8_t)number;
    else if (strcmp(name, "stop_before_bind") == 0)
        config->stop_before_bind = (uint8_t)number;
    else if (strcmp(name, "legacy_session") == 0)
        config->legacy_session = (uint8_t)number;
    else if (strcmp(name, "scram_rounds_min") == 0)
        config->scram_rounds_min = (uint32_t)number;
    else if (strcmp(name, "scram_rounds_max") == 0)
        config->scram_rounds_max = (uint32_t)number;
    else if (strcmp(name, "body_bytes_max") == 0)
        config->body_bytes_max = number;
    else if (strcmp(name, "response_bytes_max") == 0)
        config->response_bytes_max = number;
    else if (strcmp(name, "queue_bytes_max") == 0)
        config->queue_bytes_max = number;
    else if (strcmp(name, "iq_timeout_ms") == 0)
        config->iq_timeout_ms = (uint32_t)number;
    else if (strcmp(name, "close_timeout_ms") == 0)
        config->close_timeout_ms = (uint32_t)number;
    else
        return 0;
    return 1;
}

static int set_choice(bosh_config *config, const char *name, const char *value)
{
    if (strcmp(name, "schedule") == 0 && strcmp(value, "S0") == 0)
        config->schedule = BOSH_SCHEDULE_S0;
    else if (strcmp(name, "schedule") == 0 && strcmp(value, "S1") == 0)
        config->schedule = BOSH_SCHEDULE_S1;
    else if (strcmp(name, "reconnect") == 0 && strcmp(value, "always") == 0)
        config->reconnect = BOSH_RECONNECT_ALWAYS;
    else if (strcmp(name, "reconnect") == 0 && strcmp(value, "after_online") == 0)
        config->reconnect = BOSH_RECONNECT_AFTER_ONLINE;
    else if (strcmp(name, "reconnect") == 0 && strcmp(value, "never") == 0)
        config->reconnect = BOSH_RECONNECT_NEVER;
    else
        return 0;
    return 1;
}

/* option transport parallel warm uploaded pause: what the transport can do; "none" for nothing. */
static int set_transport(play *p, const char *text)
{
    char word[20];
    p->stage.net.capabilities = 0;
    while (text[0]) {
        play_word(&text, word, sizeof(word));
        if (strcmp(word, "parallel") == 0)
            p->stage.net.capabilities |= BOSH_TRANSPORT_PARALLEL;
        else if (strcmp(word, "warm") == 0)
            p->stage.net.capabilities |= BOSH_TRANSPORT_WARM;
        else if (strcmp(word, "uploaded") == 0)
            p->stage.net.capabilities |= BOSH_TRANSPORT_UPLOADED;
        else if (strcmp(word, "pause") == 0)
            p->stage.net.capabilities |= BOSH_TRANSPORT_PAUSE;
        else if (strcmp(word, "none") != 0)
            return 0;
    }
    return 1;
}

/* Things that may change while the client lives. */
static int set_world(play *p, const char *name, const char *value)
{
    if (strcmp(name, "transport") == 0)
        return set_transport(p, value);
    if (strcmp(name, "rtt_ms") == 0)
        p->stage.rtt_ms = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "entropy") == 0)
        p->stage.seed.is_broken = strcmp(value, "broken") == 0;
    else if (strcmp(name, "submit") == 0)
        p->stage.net.submit_error = strcmp(value, "refused") == 0 ? BOSH_ERR_CONNECT : 0;
    else
        return 0;
    return 1;
}

void play_option(play *p, const char *text)
{
    char name[40];
    bosh_config *config = &p->stage.config;
    play_word(&text, name, sizeof(name));
    if (set_world(p, name, text))
        return;
    if (p->stage.client)
        play_fail(p, "options come before the client");
    else if (!set_text(config, name, text) && !set_number(config, name, text) &&
             !set_choice(config, name, text))
        play_fail(p, "\"%s\" is no option", name);
}
