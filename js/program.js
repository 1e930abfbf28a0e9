// SPDX-License-Identifier: MIT
// What a client has for programs that use the engine without Strophe's API: promises, requests,
// handlers, and elements that are no DOM.

import { Client as Base } from './client.js';
import { packKeys } from './keys.js';
import { Moves } from './moves.js';
import { Element } from './received.js';

/** @typedef {import('./errors.js').BoshError} BoshError */
/** @typedef {import('./keys.js').ScramKeys} ScramKeys */
/** @typedef {import('./received.js').Body} Body */

const ERR_ABORTED = -8;

export class Client extends Base {
  session = new Moves(this);
  #keys = 0;
  /** @type {Map<number, (stanza: Element) => boolean | void>} */
  #handlers = new Map();
  /** @type {Map<number, {resolve(stanza: any): void, reject(error: BoshError): void}>} */
  #requests = new Map();

  /**
   * Logs in.
   *
   * @returns {Promise<string>} the full address; rejects with a BoshError when the client ends
   *     before it is online
   */
  connect() {
    super.connect();
    return this.#until('online');
  }

  /** Leaves politely: what is queued is still sent. @returns {Promise<unknown>} at the end */
  close() {
    if (this.state === 'ended') return Promise.resolve();
    super.close();
    return this.#until('ended');
  }

  /**
   * Sends an iq get or set (with an id).
   *
   * @param {string} xml
   * @param {number} [timeoutMs]
   * @returns {Promise<Element>} the result; rejects with a BoshError
   */
  request(xml, timeoutMs = 0) {
    const key = ++this.#keys;
    return new Promise((resolve, reject) => {
      this.engine.lendText(xml, (at, size) => this.call('request', key, at, size, timeoutMs));
      this.#requests.set(key, { resolve, reject });
    });
  }

  /**
   * Adds a handler for received stanzas. It stays until it returns false or is taken back.
   *
   * @param {{namespace?: string, name?: string, type?: string, id?: string, from?: string}} match
   *     namespace: of the stanza or one of its children
   * @param {(stanza: Element) => boolean | void} fn
   * @returns {() => void} takes it back
   */
  handle({ namespace = '', name = '', type = '', id = '', from = '' }, fn) {
    const key = ++this.#keys;
    const number = this.engine.lendStrings([namespace, name, type, id, from], (...at) =>
      this.call('handle', key, ...at),
    );
    this.#handlers.set(key, fn);
    return () => {
      if (this.#handlers.delete(key) && this.state !== 'ended') this.call('unhandle', number);
    };
  }

  /** Answers the event 'credentials'. @param {string} password */
  setPassword(password) {
    this.engine.lendStrings([password], (at) => this.call('set_password', at));
  }

  /**
   * Keys of an earlier login by SCRAM, instead of a password; before connect.
   *
   * @param {ScramKeys} keys
   */
  setScramKeys(keys) {
    this.engine.lend(packKeys(keys), (at) => this.call('set_scram_keys', at));
  }

  /** At a stop of the login: as if there had been none. */
  continueLogin() {
    this.call('continue_login');
  }

  /**
   * For the steps still to come, what is given.
   *
   * @param {{jid?: string, mechanisms?: string}} login
   */
  setLogin({ jid = '', mechanisms = '' }) {
    this.engine.lendStrings([jid, mechanisms], (...at) => this.call('set_login', ...at));
  }

  /**
   * A promise that nobody has to wait for: the events tell the same.
   *
   * @param {string} wanted
   * @returns {Promise<string>}
   */
  #until(wanted) {
    /** @type {Promise<string>} */
    const promise = new Promise((resolve, reject) => {
      const off = this.on('state', ({ state, error }) => {
        if (state !== wanted && state !== 'ended') return;
        off();
        if (state === wanted) resolve(this.jid);
        else reject(error ?? this.engine.error(ERR_ABORTED));
      });
    });
    promise.catch(() => {});
    return promise;
  }

  /* ------------------------------------------------------------------------ for Engine alone */

  /** @param {number} place */
  element(place) {
    return new Element(/** @type {Body} */ (this.body), place);
  }

  /** @param {BoshError} error @param {BoshError} [reason] */
  lost(error, reason) {
    super.lost(error, reason);
    for (const { reject } of this.#requests.values()) reject(error);
    this.#requests.clear();
    this.#handlers.clear();
  }

  /** Does the handler stay? @param {number} key @param {number} place */
  dispatch(key, place) {
    const fn = this.#handlers.get(key);
    if (fn && this.run(() => fn(this.element(place))) !== false) return true;
    this.#handlers.delete(key);
    return false;
  }

  /** @param {number} key @param {number} error in C @param {number} place */
  answered(key, error, place) {
    const waiting = this.#requests.get(key);
    this.#requests.delete(key);
    const stanza = place < 0 ? null : this.element(place);
    if (error) waiting?.reject(Object.assign(this.engine.error(error), { stanza }));
    else waiting?.resolve(stanza);
  }
}
