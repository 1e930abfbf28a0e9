// SPDX-License-Identifier: MIT
// Everything in one file, with a DOM for where there is none: the entry for script tags, for
// CommonJS, and wherever a second file is a nuisance.

import { hasPage, useDom } from './dom.js';
import { lightDom } from './dom/light.js';
import { useEngine } from './strophe/bosh.js';

export * from './shared.js';

if (!hasPage()) useDom(lightDom);
useEngine(async (options) => (await import('./engine-embedded.js')).loadEngine(options));
