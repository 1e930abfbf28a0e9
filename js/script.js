// SPDX-License-Identifier: MIT
// The entry for script tags: the same as single.js. Plugins that come by script tags look for
// b64_sha1 as well (caps does).

import { b64_sha1 } from './single.js';

Object.assign(globalThis, { b64_sha1 });
