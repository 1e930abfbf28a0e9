/* SPDX-License-Identifier: MIT
 * What wasm/ takes of Emscripten's header, for a build without it: page.c plays the browser. */
#ifndef BOSH_TESTS_FUZZ_EMSCRIPTEN_H
#define BOSH_TESTS_FUZZ_EMSCRIPTEN_H

#define EMSCRIPTEN_KEEPALIVE

double emscripten_get_now(void);

#endif
