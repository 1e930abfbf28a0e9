// SPDX-License-Identifier: MIT
// The engine from the copy of its file that is part of the JavaScript (embedded.js, which the build
// makes). Requests go through Emscripten's fetch, or the global one where there is no
// XMLHttpRequest.

import createModule from './libbosh.js';
import { Engine } from './engine.js';
import { Client } from './program.js';
import { fetchTransport } from './transports.js';

export { Client };
export { BoshError } from './errors.js';
export { Element } from './received.js';
export { fetchTransport } from './transports.js';

/** The module's file. @returns {Promise<Uint8Array>} */
export async function embeddedBinary() {
  const { default: base64 } = await import('./embedded.js');
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/**
 * Loads the engine. Each call makes an engine of its own; one serves any number of clients.
 *
 * @param {import('./engine.js').Platform} [platform]
 * @returns {Promise<Engine>}
 */
export async function loadEngine(platform = {}) {
  const transport = typeof XMLHttpRequest === 'undefined' ? fetchTransport : undefined;
  return Engine.create(createModule, await embeddedBinary(), { transport, Client, ...platform });
}
