// SPDX-License-Identifier: MIT
// The engine in pages and workers, fetched from beside this file. Some bundlers do not copy it
// there, or have their server answer something else; all of them keep the embedded copy, so that is
// the second choice. Requests go through Emscripten's fetch, or the global one in Service Workers,
// which have no XMLHttpRequest.

import createModule from './libbosh.js';
import { Engine, fetchBinary } from './engine.js';
import { embeddedBinary } from './engine-embedded.js';
import { fetchTransport } from './transports.js';

/**
 * Loads the engine. Each call makes an engine of its own; one serves any number of clients.
 *
 * @param {{wasmUrl?: string | URL}} [options] where the file is, if not beside this one
 * @param {import('./engine.js').Platform} [platform]
 * @returns {Promise<Engine>}
 */
export async function loadEngine({ wasmUrl } = {}, platform = {}) {
  const transport = typeof XMLHttpRequest === 'undefined' ? fetchTransport : undefined;
  return Engine.create(createModule, await binaryAt(wasmUrl), { transport, ...platform });
}

/** @type {Promise<Uint8Array> | undefined} */
let more;

/**
 * The part of the module that is for saved sessions, logins that programs steer, and
 * libbosh/engine.
 *
 * @param {{wasmUrl?: string | URL}} options where the other part is, if not beside this file
 */
export function fetchMore({ wasmUrl }) {
  // Bundlers for old pages leave no import.meta.url.
  more ??= (async () =>
    fetchBinary(
      wasmUrl
        ? new URL('libbosh-more.wasm', new URL(wasmUrl, globalThis.location?.href))
        : new URL('./libbosh-more.wasm', import.meta.url),
    ))();
  more.catch(() => (more = undefined));
  return more;
}

/** @param {string | URL} [wasmUrl] */
async function binaryAt(wasmUrl) {
  if (wasmUrl) return fetchBinary(wasmUrl);
  try {
    return await fetchBinary(new URL('./libbosh.wasm', import.meta.url));
  } catch (error) {
    return embeddedBinary().catch(() => {
      throw error;
    });
  }
}
