// SPDX-License-Identifier: MIT
// Everything in one file, with a DOM for where there is none: the entry for script tags, for
// CommonJS, and wherever a second file is a nuisance.

import { hasPage, useDom } from './dom.js';
import { lightDom } from './dom/light.js';
import { useEngine } from './strophe/bosh.js';
import { makeSaved } from './strophe/saved.js';
import { useSaved } from './strophe/session.js';

export * from './shared.js';

if (!hasPage()) useDom(lightDom);
useSaved(makeSaved);
useEngine(async (options) => (await import('./engine-embedded.js')).loadEngine(options));
