// SPDX-License-Identifier: MIT
// Entry for pages and workers: the engine is fetched from beside this file.

import createModule from './libbosh.mjs';
import { Engine, fetchBinary } from './engine.js';

export { BoshError, Client, Element } from './engine.js';
export { fetchTransport } from './transports.js';

/**
 * Loads the engine. Each call makes an engine of its own; one serves any number of clients.
 *
 * @param {{wasmUrl?: string | URL}} [options] where the file is, if not beside this one
 * @returns {Promise<Engine>}
 */
export async function loadEngine({ wasmUrl } = {}) {
    const url = wasmUrl ?? new URL('./libbosh.wasm', import.meta.url);
    return Engine.create(createModule, await fetchBinary(url));
}
