// SPDX-License-Identifier: MIT
// The entry for workers: the same as index.js, with a DOM, and all JavaScript in one file, for
// Service Workers have no import().

import { hasPage, useDom } from './dom.js';
import { lightDom } from './dom/light.js';
import { makeSaved } from './strophe/saved.js';
import { useSaved } from './strophe/session.js';

export * from './index.js';

if (!hasPage()) useDom(lightDom);
useSaved(makeSaved);
