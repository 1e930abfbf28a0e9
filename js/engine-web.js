// SPDX-License-Identifier: MIT
// Entry for pages and workers: the engine is fetched from beside this file. Requests go through
// Emscripten's fetch, or the global one in Service Workers, which have no XMLHttpRequest.

import createModule from './libbosh.js';
import { Engine, fetchBinary } from './engine.js';
import { fetchTransport } from './transports.js';

export { Client } from './client.js';
export { BoshError } from './errors.js';
export { Element } from './received.js';
export { fetchTransport } from './transports.js';

/**
 * Loads the engine. Each call makes an engine of its own; one serves any number of clients.
 *
 * @param {{wasmUrl?: string | URL}} [options] where the file is, if not beside this one
 * @returns {Promise<Engine>}
 */
export async function loadEngine({ wasmUrl } = {}) {
  const url = wasmUrl ?? new URL('./libbosh.wasm', import.meta.url);
  const transport = typeof XMLHttpRequest === 'undefined' ? fetchTransport : undefined;
  return Engine.create(createModule, await fetchBinary(url), { transport });
}
