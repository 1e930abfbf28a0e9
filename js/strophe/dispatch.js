// SPDX-License-Identifier: MIT
// The handlers of a connection: lists that programs may look at and replace, timers, and finding
// who wants a stanza.

import { Stanza } from '../element.js';
import { Handler, TimedHandler, runHandlers } from './handlers.js';
import { handleError } from './log.js';

/** @typedef {import('./handlers.js').HandlerOptions} HandlerOptions */
/** @typedef {import('../received.js').Element} Received */

export class Dispatcher {
  constructor() {
    this.authenticated = false;
    this.connected = false;
    /** Gets each iq get and set that nobody else wanted. @type {Handler} */
    this.iqFallbackHandler = new Handler(null, null, null, ['get', 'set']);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._idleTimeout = undefined;
    this._emptyHandlers();
  }

  _emptyHandlers() {
    /** @type {TimedHandler[]} */
    this.timedHandlers = [];
    /** @type {Handler[]} */
    this.handlers = [];
    /** @type {TimedHandler[]} */
    this.removeTimeds = [];
    /** @type {Handler[]} */
    this.removeHandlers = [];
    /** @type {TimedHandler[]} */
    this.addTimeds = [];
    /** @type {Handler[]} */
    this.addHandlers = [];
  }

  /**
   * @param {(stanza: Element) => any} handler stays as long as it returns something true
   * @param {string | null} [ns]
   * @param {string | null} [name]
   * @param {string | string[] | null} [type]
   * @param {string | null} [id] @param {string | null} [from] @param {HandlerOptions} [options]
   */
  addHandler(handler, ns, name, type, id, from, options) {
    const made = new Handler(handler, ns, name, type, id, from, options);
    this.addHandlers.push(made);
    return made;
  }

  /** @param {Handler} handler */
  deleteHandler(handler) {
    this.removeHandlers.push(handler);
    const index = this.addHandlers.indexOf(handler);
    if (index >= 0) this.addHandlers.splice(index, 1);
  }

  /**
   * The same before the login is over.
   * @param {(stanza: Element) => any} handler @param {string | null} ns @param {string | null} name
   * @param {string | null} type @param {string | null} id
   */
  _addSysHandler(handler, ns, name, type, id) {
    const made = this.addHandler(handler, ns, name, type, id);
    made.user = false;
    return made;
  }

  /**
   * @param {number} period ms
   * @param {() => any} handler stays as long as it returns something true
   */
  addTimedHandler(period, handler) {
    const made = new TimedHandler(period, handler);
    this.addTimeds.push(made);
    this._scheduleIdle();
    return made;
  }

  /** @param {TimedHandler} handler */
  deleteTimedHandler(handler) {
    this.removeTimeds.push(handler);
  }

  /** @param {number} period @param {() => any} handler */
  _addSysTimedHandler(period, handler) {
    const made = this.addTimedHandler(period, handler);
    made.user = false;
    return made;
  }

  /** Wakes up when the next timed handler is due. */
  _scheduleIdle() {
    clearTimeout(this._idleTimeout);
    const timers = [...this.timedHandlers, ...this.addTimeds];
    if (!this.connected || !timers.length) return;
    const due = Math.min(...timers.map((one) => one.lastCalled + one.period));
    this._idleTimeout = setTimeout(() => this._onIdle(), Math.max(0, due - Date.now()));
  }

  /** Runs the timed handlers that are due. */
  _onIdle() {
    this.timedHandlers.push(...this.addTimeds.splice(0));
    const gone = new Set(this.removeTimeds.splice(0));
    this.timedHandlers = this.timedHandlers.filter((one) => !gone.has(one));
    const now = Date.now();
    for (const one of [...this.timedHandlers]) {
      const isDue = one.lastCalled + one.period <= now && (this.authenticated || !one.user);
      if (isDue && !this._runTimed(one))
        this.timedHandlers = this.timedHandlers.filter((other) => other !== one);
    }
    this._scheduleIdle();
  }

  /** @param {TimedHandler} timed */
  _runTimed(timed) {
    try {
      return timed.run();
    } catch (error) {
      handleError(error);
      return false;
    }
  }

  /** @param {Received} received */
  _receive(received) {
    const stanza = new Stanza(received);
    const matches = (/** @type {Handler} */ handler) => isMatch(handler, stanza);
    if (runHandlers(this, matches, () => stanza.element) || !matches(this.iqFallbackHandler))
      return;
    this.iqFallbackHandler.run(stanza.element);
  }

  /** @param {Element} stanza */
  _receiveElement(stanza) {
    const matches = (/** @type {Handler} */ handler) => handler.isMatch(stanza);
    if (runHandlers(this, matches, () => stanza) || !matches(this.iqFallbackHandler)) return;
    this.iqFallbackHandler.run(stanza);
  }
}

const { isMatch: ownIsMatch, namespaceMatch, getNamespace } = Handler.prototype;

/**
 * Without making an Element, unless the handler has an own way to match.
 * @param {Handler} handler @param {Stanza} stanza
 */
function isMatch(handler, stanza) {
  if (
    handler.isMatch !== ownIsMatch ||
    handler.namespaceMatch !== namespaceMatch ||
    handler.getNamespace !== getNamespace
  )
    return handler.isMatch(stanza.element);
  const { ns, name, type, id, from, options } = handler;
  if (name && stanza.name !== name) return false;
  if (type && !handler.hasType(stanza.attribute('type'))) return false;
  if (id && stanza.attribute('id') !== id) return false;
  if (from && !handler.hasFrom(stanza.attribute('from'))) return false;
  if (!ns) return true;
  if (!options.ignoreNamespaceFragment) return stanza.namespaces.includes(ns);
  return stanza.namespaces.some((one) => one.split('#')[0] === ns);
}
