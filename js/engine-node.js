// SPDX-License-Identifier: MIT
// Entry for Node: the engine is read from the file beside this one, requests go through fetch.

import { readFile } from 'node:fs/promises';
import { webcrypto } from 'node:crypto';
import createModule from './libbosh.js';
import { Engine } from './engine.js';
import { fetchTransport } from './transports.js';

export { Client } from './client.js';
export { BoshError } from './errors.js';
export { Element } from './received.js';
export { fetchTransport } from './transports.js';

/**
 * Loads the engine. Each call makes an engine of its own; one serves any number of clients.
 *
 * @returns {Promise<Engine>}
 */
export async function loadEngine() {
  const binary = await readFile(new URL('./libbosh.wasm', import.meta.url));
  return Engine.create(createModule, binary, { crypto: webcrypto, transport: fetchTransport });
}
