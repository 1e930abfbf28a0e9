// SPDX-License-Identifier: MIT
// Entry for pages and workers: the engine alone, without Strophe's API.

import { fetchMore, loadEngine as load } from './engine-page.js';
import { Client } from './program.js';

export { Client };
export { BoshError } from './errors.js';
export { Element } from './received.js';
export { fetchTransport } from './transports.js';

/**
 * Loads the engine. Each call makes an engine of its own; one serves any number of clients.
 *
 * @param {{wasmUrl?: string | URL}} [options] where the file is, if not beside this one
 */
export async function loadEngine(options = {}) {
  const more = fetchMore(options);
  return (await load(options, { Client })).extend(more);
}
