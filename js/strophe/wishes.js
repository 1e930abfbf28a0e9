// SPDX-License-Identifier: MIT
// What handlers want, in the words of the engine (wasm/match.h), which then matches for them.

import { Handler } from './handlers.js';

const ours = Handler.prototype;
/** Methods of Handler that matching consists of. */
const METHODS = /** @type {const} */ ([
  'isMatch',
  'namespaceMatch',
  'getNamespace',
  'hasType',
  'hasFrom',
]);
const [BARE, FRAGMENT, TYPES, UNTYPED] = [1, 2, 4, 8];
const ANYTHING = '0\0\0\0\0\0\x01\0';

/** @param {unknown} value */
const isWord = (value) => typeof value === 'string' && !/[\0\x01]/.test(value);

/**
 * All that a handler wants; null when only JavaScript can tell.
 * @param {Handler} handler
 */
function wishOf(handler) {
  const { name, ns, id, from, type, options } = handler;
  if (METHODS.some((method) => handler[method] !== ours[method])) return null;
  const words = [name || '', ns || '', id || '', from || ''];
  const types = type ? (Array.isArray(type) ? type : [type]) : [];
  if (![...words, ...types].every(isWord)) return null;
  const { matchBareFromJid, ignoreNamespaceFragment } = options;
  if (ignoreNamespaceFragment && words[1].includes('#')) return null;
  if (matchBareFromJid && words[3].includes('/')) return null;
  const flags =
    (matchBareFromJid ? BARE : 0) +
    (ignoreNamespaceFragment ? FRAGMENT : 0) +
    (type ? TYPES : 0) +
    (Array.isArray(type) ? UNTYPED : 0);
  const flag = String.fromCharCode(48 + flags);
  return [flag, ...words, ...types, '\x01', ''].join('\0');
}

/** The wishes of a list of handlers, as it was when this was made. */
export class Wishes {
  /** @param {Handler[]} handlers @param {Handler} fallback has the number behind theirs */
  constructor(handlers, fallback) {
    this.handlers = handlers;
    this.count = handlers.length;
    this.all = [...handlers, fallback];
    /** Those that are asked for every payload. @type {Set<Handler>} */
    this.odd = new Set();
    this.text = '';
    for (const one of this.all) {
      const wish = wishOf(one);
      if (wish === null) this.odd.add(one);
      this.text += wish ?? ANYTHING;
    }
  }
}
