// SPDX-License-Identifier: MIT
// Signing in, staying connected, coming back. The engine repeats requests that fail by itself; what
// is left to a page is to show it, and to log in anew when the server has dropped the session.

import { Topics } from '../topics.js';
import { explain, isHopeless } from './reasons.js';
import { Strophe } from './strophe.js';

const { Status } = Strophe;
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 60_000;
/** A request that fails now and then is nothing to tell of. */
const SHOWN_AFTER_MS = 1200;
/** Of HTTP; 0: no answer at all. */
const FAILURES = [0, 408, 429, 500, 502, 503, 504];

/**
 * @typedef {object} State
 * @property {'out' | 'signing-in' | 'online' | 'recovering' | 'waiting' | 'connecting'} name
 *   recovering: the session lives, requests are repeated; waiting: for the next login
 * @property {string} [reason] why
 * @property {number} [until] when the next login begins
 */

/**
 * Topics: "state" (State), "begin" (isNew: false after a reload) when stanzas may be sent, "lost"
 * when the session is gone.
 */
export class Session extends Topics {
  /** @type {State} */
  state = { name: 'out' };
  #jid = '';
  /**
   * In memory only. Not the keys that the connection offers after a login (scram_keys): a server
   * may choose another salt each time.
   * @type {string | null}
   */
  #password = null;
  #isWanted = false;
  #isUp = false;
  #attempts = 0;
  #timer = 0;
  #recoveryTimer = 0;
  #reason = '';

  /** @param {string} service */
  constructor(service) {
    super();
    this.connection = new Strophe.Connection(service, { keepalive: true });
    for (const status of FAILURES)
      this.connection.addProtocolErrorHandler('HTTP', status, () => this.#requestFailed());
    this.connection.nextValidRid = () => this.#requestAnswered();
    addEventListener('online', () => this.state.name === 'waiting' && this.retry());
    addEventListener('offline', () => this.#requestFailed());
  }

  get isOnline() {
    return this.#isUp;
  }

  /** @param {string} jid @param {string} password */
  signIn(jid, password) {
    this.#jid = jid;
    this.#password = password;
    this.#isWanted = true;
    this.#attempts = 0;
    this.#tell({ name: 'signing-in' });
    this.#connect();
  }

  /** Goes on with the session of before the reload. @returns {boolean} is there one? */
  resume() {
    try {
      this.connection.restore(null, this.#callback());
    } catch {
      return false;
    }
    return true;
  }

  signOut() {
    this.#isWanted = false;
    this.#password = null;
    clearTimeout(this.#timer);
    const wasUp = this.#isUp;
    this.#isUp = false;
    this.#tell({ name: 'out' });
    if (wasUp) this.connection.disconnect('signed out');
    else this.connection.reset();
  }

  /** Now, not when the time has come. */
  retry() {
    clearTimeout(this.#timer);
    this.#tell({ name: 'connecting', reason: this.state.reason });
    this.#connect();
  }

  #connect() {
    this.#reason = '';
    try {
      this.connection.connect(this.#jid, this.#password, this.#callback());
    } catch (error) {
      this.#giveUp(/** @type {Error} */ (error).message);
    }
  }

  /** Deaf as soon as there is another one. */
  #callback() {
    const callback = (/** @type {number} */ status, /** @type {any} */ condition) => {
      if (this.connection.connect_callback === callback) this.#changed(status, condition);
    };
    return callback;
  }

  /** @param {number} status @param {string | null} condition */
  #changed(status, condition) {
    switch (status) {
      case Status.CONNECTED:
      case Status.ATTACHED:
        return this.#begin(status === Status.CONNECTED);
      case Status.AUTHFAIL:
        this.connection.reset();
        this.#isUp = false;
        return this.#giveUp(explain('auth'));
      case Status.CONNTIMEOUT:
        this.#reason = 'timeout';
        break;
      case Status.CONNFAIL:
        this.#reason = condition || 'unknown';
        break;
      case Status.DISCONNECTED:
        this.#ended(this.#reason || condition || 'unknown');
    }
  }

  /** @param {boolean} isNew */
  #begin(isNew) {
    this.#jid = isNew ? this.#jid : this.connection.jid;
    this.#isWanted = this.#isUp = true;
    this.#attempts = 0;
    // Before anything is sent: handlers added now see the very next answer.
    this.tell('begin', isNew);
    this.#tell({ name: 'online' });
  }

  /** @param {string} reason */
  #ended(reason) {
    clearTimeout(this.#recoveryTimer);
    const wasUp = this.#isUp;
    this.#isUp = false;
    if (wasUp) this.tell('lost');
    if (!this.#isWanted) return;
    const isFirstLogin = this.state.name === 'signing-in';
    // After a reload there is nothing to log in with.
    if (!this.#password) return this.#giveUp(explain(reason === 'conflict' ? 'tab' : 'expired'));
    if (isFirstLogin || isHopeless(reason)) return this.#giveUp(explain(reason));
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#attempts++);
    // A server that restarts must not get all of its users back in the same second.
    const delay = longest * (0.7 + 0.6 * Math.random());
    this.#timer = setTimeout(() => this.retry(), delay);
    this.#tell({ name: 'waiting', reason: explain(reason), until: Date.now() + delay });
  }

  /** @param {string} reason */
  #giveUp(reason) {
    this.#isWanted = false;
    this.#password = null;
    this.#tell({ name: 'out', reason });
  }

  #requestFailed() {
    if (!this.#isUp || this.#recoveryTimer || this.state.name !== 'online') return;
    const isOffline = !navigator.onLine;
    this.#recoveryTimer = setTimeout(
      () => this.#tell({ name: 'recovering' }),
      isOffline ? 0 : SHOWN_AFTER_MS,
    );
  }

  #requestAnswered() {
    clearTimeout(this.#recoveryTimer);
    this.#recoveryTimer = 0;
    if (this.state.name === 'recovering') this.#tell({ name: 'online' });
  }

  /** @param {State} state */
  #tell(state) {
    this.#recoveryTimer = 0;
    this.state = state;
    this.tell('state', state);
  }
}
