/* SPDX-License-Identifier: MIT
 * What wasm/fetch_transport.c takes of Emscripten's header of that name. */
#ifndef BOSH_TESTS_FUZZ_EMSCRIPTEN_FETCH_H
#define BOSH_TESTS_FUZZ_EMSCRIPTEN_FETCH_H

#include <stddef.h>
#include <stdint.h>

#define EMSCRIPTEN_FETCH_LOAD_TO_MEMORY 1
#define EMSCRIPTEN_FETCH_REPLACE 16

struct emscripten_fetch_t;

typedef struct emscripten_fetch_attr_t {
    char requestMethod[32];
    void *userData;
    void (*onsuccess)(struct emscripten_fetch_t *fetch);
    void (*onerror)(struct emscripten_fetch_t *fetch);
    void (*onprogress)(struct emscripten_fetch_t *fetch);
    uint32_t attributes;
    uint32_t timeoutMSecs;
    const char *const *requestHeaders;
    const char *requestData;
    size_t requestDataSize;
} emscripten_fetch_attr_t;

typedef struct emscripten_fetch_t {
    unsigned id;
    void *userData;
    const char *data;
    uint64_t numBytes, dataOffset;
    unsigned short readyState, status;
    emscripten_fetch_attr_t __attributes;
} emscripten_fetch_t;

void emscripten_fetch_attr_init(emscripten_fetch_attr_t *attributes);
emscripten_fetch_t *emscripten_fetch(emscripten_fetch_attr_t *attributes, const char *url);
int emscripten_fetch_close(emscripten_fetch_t *fetch);

#endif
