// SPDX-License-Identifier: MIT
// The entry for Node: the same as worker.js, with the engine read from the file beside it.

import { useEngine } from './strophe/bosh.js';

export * from './worker.js';

useEngine(async () => (await import('./engine-node.js')).loadEngine());
