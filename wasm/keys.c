/* SPDX-License-Identifier: MIT
 * The keys of SCRAM, for JavaScript: bosh_scram_keys as it lies in memory, which client.js reads
 * and writes. */
#include "web.h"

#include "client/client.h"

#include <emscripten.h>
#include <stddef.h>

_Static_assert(sizeof(size_t) != 4 ||
                   (sizeof(bosh_scram_keys) == 216 && offsetof(bosh_scram_keys, rounds) == 16 &&
                    offsetof(bosh_scram_keys, salt) == 20 &&
                    offsetof(bosh_scram_keys, salt_size) == 84 &&
                    offsetof(bosh_scram_keys, client_key) == 88 &&
                    offsetof(bosh_scram_keys, server_key) == 152),
               "client.js knows this layout");

/* Keys of an earlier login, for the next one. */
EMSCRIPTEN_KEEPALIVE int bosh_web_set_scram_keys(bosh_web *web, const bosh_scram_keys *keys)
{
    if (keys->salt_size > sizeof(keys->salt))
        return BOSH_ERR_ARGUMENT;
    web->client->keys = *keys;
    web->client->keys.mechanism[sizeof(keys->mechanism) - 1] = '\0';
    return BOSH_OK;
}

/* Those of the last login by SCRAM; ERR_STATE when there was none. */
EMSCRIPTEN_KEEPALIVE int bosh_web_scram_keys(const bosh_web *web, bosh_scram_keys *keys)
{
    return bosh_client_scram_keys(web->client, keys);
}
