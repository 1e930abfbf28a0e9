// SPDX-License-Identifier: MIT
// The library. Every module takes it from here, so that its address is written once.

export { Strophe, $iq, $msg, $pres, b64_sha1 } from '/libbosh/index.js';
