// SPDX-License-Identifier: MIT
// Handlers: what they want to see, and the lists they stand in. New handlers and deletions take
// effect with the next answer of the server, as in Strophe.

import { getBareJidFromJid } from './jid.js';
import { handleError } from './log.js';
import { getNamespace, isTagEqual } from './xml.js';

/** @typedef {{matchBareFromJid?: boolean, ignoreNamespaceFragment?: boolean}} HandlerOptions */

export class Handler {
  /**
   * @param {((stanza: Element) => any) | null} handler stays as long as it returns something true
   * @param {string | null} [ns] of the stanza or of anything inside
   * @param {string | null} [name]
   * @param {string | string[] | null} [type]
   * @param {string | null} [id]
   * @param {string | null} [from]
   * @param {HandlerOptions} [options]
   */
  constructor(handler, ns, name, type, id, from, options) {
    this.handler = handler;
    this.ns = ns;
    this.name = name;
    this.type = type;
    this.id = id;
    this.options = options || { matchBareFromJid: false, ignoreNamespaceFragment: false };
    this.from = this.options.matchBareFromJid ? getBareJidFromJid(from) : from;
    /** Does it wait for the login to be over? */
    this.user = true;
  }

  /** @param {Element} element */
  getNamespace(element) {
    const ns = getNamespace(element);
    return ns && this.options.ignoreNamespaceFragment ? ns.split('#')[0] : ns;
  }

  /** @param {Element} element @returns {boolean} */
  namespaceMatch(element) {
    if (!this.ns || this.getNamespace(element) === this.ns) return true;
    return Array.from(element.children ?? []).some((child) => this.namespaceMatch(child));
  }

  /** @param {Element} element */
  isMatch(element) {
    if (this.name && !isTagEqual(element, this.name)) return false;
    if (this.id && element.getAttribute('id') !== this.id) return false;
    return (
      this.hasType(element.getAttribute('type')) &&
      this.hasFrom(element.getAttribute('from')) &&
      this.namespaceMatch(element)
    );
  }

  /** @param {string | null} type */
  hasType(type) {
    if (!this.type) return true;
    return Array.isArray(this.type) ? this.type.includes(type ?? '') : type === this.type;
  }

  /** @param {string | null} from */
  hasFrom(from) {
    if (!this.from) return true;
    return (this.options.matchBareFromJid ? getBareJidFromJid(from) : from) === this.from;
  }

  /** @param {Element} element */
  run(element) {
    try {
      return /** @type {Function} */ (this.handler)(element);
    } catch (error) {
      handleError(error);
      throw error;
    }
  }

  toString() {
    return `{Handler: ${this.handler}(${this.name},${this.id},${this.ns})}`;
  }
}

export class TimedHandler {
  /**
   * @param {number} period milliseconds
   * @param {() => any} handler stays as long as it returns something true
   */
  constructor(period, handler) {
    this.period = period;
    this.handler = handler;
    this.lastCalled = Date.now();
    this.user = true;
  }

  run() {
    this.lastCalled = Date.now();
    return this.handler();
  }

  reset() {
    this.lastCalled = Date.now();
  }

  toString() {
    return `{TimedHandler: ${this.handler}(${this.period})}`;
  }
}

/**
 * What was added and deleted since the last answer comes into effect. The lists are members of the
 * connection because programs save and restore them.
 * @param {{handlers: Handler[], addHandlers: Handler[], removeHandlers: Handler[]}} lists
 */
export function settleHandlers(lists) {
  const { removeHandlers, addHandlers } = lists;
  if (removeHandlers.length) {
    const gone = new Set(removeHandlers.splice(0));
    lists.handlers = lists.handlers.filter((handler) => !gone.has(handler));
  }
  if (addHandlers.length) lists.handlers.push(...addHandlers.splice(0));
}
