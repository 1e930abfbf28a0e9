// SPDX-License-Identifier: MIT
// The handlers of a connection: lists that programs may look at and replace, timers, and finding
// who wants a stanza.

import { Stanza } from '../element.js';
import { FormerConnection } from './former.js';
import { Handler, TimedHandler, settleHandlers } from './handlers.js';
import { handleError, log } from './log.js';
import { Wishes } from './wishes.js';

/** @typedef {import('./handlers.js').HandlerOptions} HandlerOptions */
/** @typedef {import('../element.js').Answer} Answer */
/** @typedef {import('../received.js').Body} Body */

export class Dispatcher extends FormerConnection {
  constructor() {
    super();
    this.authenticated = false;
    this.connected = false;
    /** Gets each iq get and set that nobody else wanted. @type {Handler} */
    this.iqFallbackHandler = new Handler(null, null, null, ['get', 'set']);
    /** The transport. @type {any} */
    this._proto = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._idleTimeout = undefined;
    this._emptyHandlers();
    /** The answer that handlers are being given, where it had to be shown. @type {Answer | null} */
    this._shown = null;
    this._wishes = new Wishes(this.handlers, this.iqFallbackHandler);
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

  /**
   * Before the payloads of an answer: what was added and deleted comes into effect, and the engine
   * is told what the handlers want.
   */
  _settleHandlers() {
    settleHandlers(this);
    this._tellWishes();
  }

  _tellWishes() {
    this._wishes = new Wishes(this.handlers, this.iqFallbackHandler);
    this._proto._client?.wish(this._wishes.text);
  }

  /**
   * A payload that some handlers want.
   * @param {Body} body @param {number} place @param {number[]} numbers of their wishes
   */
  _dispatch(body, place, numbers) {
    const { _wishes: wishes, handlers: present } = this;
    const stanza = new Stanza(body, place, this._shown);
    const isMatch = (/** @type {Handler} */ one) =>
      !wishes.odd.has(one) || one.isMatch(stanza.element);
    let wanted = numbers.map((number) => wishes.all[number]);
    const fallback = numbers.at(-1) === wishes.count ? /** @type {Handler} */ (wanted.pop()) : null;
    if (present !== wishes.handlers) wanted = wanted.filter((one) => present.includes(one));
    if (this._run(wanted, fallback, isMatch, stanza)) this._tellWishes();
  }

  /** @param {Element} element */
  _receiveElement(element) {
    const isMatch = (/** @type {Handler} */ handler) => handler.isMatch(element);
    this._run([...this.handlers], this.iqFallbackHandler, isMatch, { element });
  }

  /**
   * Gives a stanza to those that match, or else to the fallback. A handler that throws is removed,
   * the others run.
   * @param {Handler[]} candidates @param {Handler | null} fallback
   * @param {(handler: Handler) => boolean} isMatch
   * @param {{element: Element}} stanza
   * @returns {boolean} has the program changed the list meanwhile?
   */
  _run(candidates, fallback, isMatch, stanza) {
    const { handlers: before } = this;
    const { length } = before;
    /** @type {Handler[]} */
    const done = [];
    let isTaken = false;
    for (const handler of candidates) {
      try {
        if ((handler.user && !this.authenticated) || !isMatch(handler)) continue;
        isTaken = true;
        if (handler.run(stanza.element)) continue;
      } catch (error) {
        const { message } = /** @type {Error} */ (error);
        log.warn(`Removing Strophe handlers due to uncaught exception: ${message}`);
      }
      done.push(handler);
    }
    if (!isTaken && fallback && isMatch(fallback)) fallback.run(stanza.element);
    const isChanged = this.handlers !== before || before.length !== length;
    if (done.length) this.handlers = this.handlers.filter((one) => !done.includes(one));
    return isChanged;
  }
}
