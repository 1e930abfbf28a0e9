// SPDX-License-Identifier: MIT
// Names in the light DOM: their parts, and which are refused.

/** What DOM methods throw. @param {string} name @param {string} message */
export function domError(name, message) {
  const error = new Error(message);
  error.name = name;
  return error;
}

/**
 * Prefix and local part of a qualified name.
 * @param {string} name
 * @returns {[string | null, string]}
 */
export function splitName(name) {
  const colon = name.indexOf(':');
  return colon < 0 ? [null, name] : [name.slice(0, colon), name.slice(colon + 1)];
}

/** @param {string | null} ns @param {string} name */
export const localPart = (ns, name) => (ns === null ? name : name.slice(name.indexOf(':') + 1));

/** Names that were looked at already: there are few, and they come again and again. */
const goodNames = new Set();

/** @param {any} name */
export function checkName(name) {
  if (goodNames.has(name)) return;
  if (!/^[\p{L}_:][\p{L}\p{M}\p{N}_:.\-·]*$/u.test(String(name)))
    throw domError('InvalidCharacterError', `"${name}" is no XML name`);
  if (goodNames.size > 1000) goodNames.clear();
  goodNames.add(name);
}
