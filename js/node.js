// SPDX-License-Identifier: MIT
// The entry for Node and workers: the same as index.js, with a DOM for where there is none.

import { hasPage, useDom } from './dom.js';
import { lightDom } from './dom/light.js';

if (!hasPage()) useDom(lightDom);

export * from './index.js';
