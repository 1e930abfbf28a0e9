// SPDX-License-Identifier: MIT
// The entry for pages: Strophe's API. Like Strophe it sets seven globals, for plugins that look for
// them.

import { useEngine } from './strophe/bosh.js';
import { $build, $iq, $msg, $pres, Builder, Stanza, stx } from './strophe/builder.js';
import { Strophe } from './strophe/strophe.js';
import { toStanza } from './strophe/xml.js';

Object.assign(globalThis, { Strophe, $build, $iq, $msg, $pres, stx, toStanza });
useEngine(async () => (await import('./engine-web.js')).loadEngine());

export { Strophe, $build, $iq, $msg, $pres, stx, toStanza, Builder, Stanza };
export * from './strophe/absent.js';
export { b64_sha1 } from './strophe/sha1.js';
