// SPDX-License-Identifier: MIT
// Addresses: user@domain/resource as text, taken apart the way Strophe does. Nothing is prepared or
// compared here; that is the engine's work.

/** The part before the first "@"; null without one. @param {string} jid */
export function getNodeFromJid(jid) {
  const at = jid.indexOf('@');
  return at < 0 ? null : jid.slice(0, at);
}

/** @param {string} jid */
export function getDomainFromJid(jid) {
  const bare = /** @type {string} */ (getBareJidFromJid(jid));
  return bare.slice(bare.indexOf('@') + 1);
}

/** All behind the first "/"; null without one. @param {string | null | undefined} jid */
export function getResourceFromJid(jid) {
  const slash = jid ? jid.indexOf('/') : -1;
  return slash < 0 ? null : /** @type {string} */ (jid).slice(slash + 1);
}

/** @param {string | null | undefined} jid */
export function getBareJidFromJid(jid) {
  return jid ? jid.split('/', 1)[0] : null;
}

/**
 * XEP-0106: what an address must not contain before the "@" stands there as the number of its
 * character. Anything but a string comes back as it is. A backslash is always escaped, also where
 * XEP-0106 would leave it.
 * @param {any} node
 */
export function escapeNode(node) {
  if (typeof node !== 'string') return node;
  return node.trim().replace(/[\\ "&'/:<>@]/g, (one) => `\\${one.charCodeAt(0).toString(16)}`);
}

/** @param {any} node */
export function unescapeNode(node) {
  if (typeof node !== 'string') return node;
  const rest = /\\(20|22|26|27|2f|3a|3c|3e|40)/g;
  // The backslash last: what it brings to light is not unescaped again.
  return node
    .replace(rest, (_, code) => String.fromCharCode(parseInt(code, 16)))
    .replace(/\\5c/g, '\\');
}
