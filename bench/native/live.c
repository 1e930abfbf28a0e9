/* SPDX-License-Identifier: MIT
 * See live.h. */
#include "live.h"
#include "sample.h"

void live_config(bosh_config *config, const char *url, const char *jid, const char *password)
{
    bosh_config_init(config);
    config->url = url;
    config->jid = jid;
    config->password = password;
    config->allow_plain_over_http = 1;
}

bosh_client *live_client(bosh_curl *curl, const bosh_config *config)
{
    bosh_client *client = NULL;
    if (bosh_curl_client_new(curl, config, &client) || bosh_client_connect(client))
        bench_die("no client");
    return client;
}

void live_wait_online(bosh_curl *curl, bosh_client *client)
{
    int64_t limit_ns = bench_now_ns() + 10000000000;
    while (bosh_client_state(client) != BOSH_STATE_ONLINE) {
        if (bosh_client_state(client) == BOSH_STATE_ENDED)
            bench_die(bosh_error_text(bosh_client_detail(client)->error));
        if (bench_now_ns() > limit_ns)
            bench_die("the login takes too long");
        bosh_curl_turn(curl, 100);
    }
}

void live_run_until(bosh_curl *curl, int64_t until_ns)
{
    int64_t left_ns;
    while ((left_ns = until_ns - bench_now_ns()) > 0)
        bosh_curl_turn(curl, (int)(left_ns / 1000000) + 1);
}
