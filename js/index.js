// SPDX-License-Identifier: MIT
// The entry for pages: the engine is fetched from beside it.

import { useEngine, useMore } from './strophe/bosh.js';

export * from './shared.js';

useEngine(async (options) => (await import('./engine-page.js')).loadEngine(options));
useMore(async (options) => (await import('./engine-page.js')).fetchMore(options));
