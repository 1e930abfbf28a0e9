// SPDX-License-Identifier: MIT
// All that the package exports.

export { $build, $iq, $msg, $pres, Builder, Stanza, stx } from './strophe/builder.js';
export * from './strophe/absent.js';
export { Request } from './strophe/request.js';
export { b64_sha1 } from './strophe/sha1.js';
export { Strophe } from './strophe/strophe.js';
export { toStanza } from './strophe/xml.js';
