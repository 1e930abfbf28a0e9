// SPDX-License-Identifier: MIT
// The entry for workers: the same as index.js, with a DOM.

import { hasPage, useDom } from './dom.js';
import { lightDom } from './dom/light.js';

export * from './index.js';

if (!hasPage()) useDom(lightDom);
