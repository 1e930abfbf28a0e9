// SPDX-License-Identifier: MIT
// The entry for Node: with a DOM, and the engine embedded, so that it can be bundled and moved.

import { webcrypto } from 'node:crypto';
import { hasPage, useDom } from './dom.js';
import { lightDom } from './dom/light.js';
import { useEngine } from './strophe/bosh.js';
import { makeSaved } from './strophe/saved.js';
import { useSaved } from './strophe/session.js';
import { httpTransport } from './transport-node.js';

export * from './shared.js';

// Node 18 has it, but not where every other place has it.
if (!globalThis.crypto) Object.defineProperty(globalThis, 'crypto', { value: webcrypto });
if (!hasPage()) useDom(lightDom);
useSaved(makeSaved);
useEngine(async (options) => (await import('./engine-node.js')).loadEngine(options), httpTransport);
