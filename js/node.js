// SPDX-License-Identifier: MIT
// The entry for Node: the same as worker.js, with the engine read from the file beside it.

import { webcrypto } from 'node:crypto';
import { useEngine } from './strophe/bosh.js';

export * from './worker.js';

// Node 18 has it, but not where every other place has it.
if (!globalThis.crypto) Object.defineProperty(globalThis, 'crypto', { value: webcrypto });

useEngine(async () => (await import('./engine-node.js')).loadEngine());
