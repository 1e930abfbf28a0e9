// SPDX-License-Identifier: MIT
// The entry for pages: Strophe's API. Like Strophe it sets seven globals, for plugins that look for
// them.

import { $build, $iq, $msg, $pres, Builder, Stanza, stx } from './strophe/builder.js';
import { b64_sha1 } from './strophe/sha1.js';
import { Strophe } from './strophe/strophe.js';
import { toStanza } from './strophe/xml.js';

Object.assign(globalThis, { Strophe, $build, $iq, $msg, $pres, stx, toStanza });

export { Strophe, $build, $iq, $msg, $pres, stx, toStanza, Builder, Stanza, b64_sha1 };
