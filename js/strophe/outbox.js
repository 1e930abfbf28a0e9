// SPDX-License-Identifier: MIT
// Sending: what waits for the engine, what waits for an answer, and what became of it.

import { Builder } from './builder.js';
import { Dispatcher } from './dispatch.js';
import { getBareJidFromJid, getDomainFromJid } from './jid.js';
import { failure, log } from './log.js';
import { toElement } from './xml.js';

/** @typedef {import('./handlers.js').TimedHandler} TimedHandler */
/** @typedef {Element | Builder} Sendable */
/** @typedef {{resolve: (value?: any) => void, reject: (error: Error) => void}} Waiting */

/**
 * `fate` tells a program whether it may send the stanza again without sending it twice.
 * @param {string} reason @param {'unknown' | 'unsent'} fate
 */
const lost = (reason, fate) =>
  Object.assign(failure(`${reason}, the fate of the stanza: ${fate}`), { fate });

/** Of an address all but the resource is the same in capitals. @param {string} jid */
const folded = (jid) => jid.replace(/^[^/]*/, (bare) => bare.toLowerCase());

/**
 * IQ-3: an answer counts only from the address asked; anybody can write an id. The own account and
 * its server may answer without `from`, or as either, or as the full address.
 * @param {string | null} from @param {string | null} to @param {string} jid our own
 */
function isFromAsked(from, to, jid) {
  const own = folded(jid);
  const bare = /** @type {string} */ (getBareJidFromJid(own));
  const ours = [bare, getDomainFromJid(own)];
  const asked = to ? folded(to) : bare;
  if (!from) return ours.includes(asked);
  const answers = ours.includes(asked) ? [...ours, own] : [asked];
  return answers.includes(folded(from));
}

/** @param {Sendable} stanza */
const treeOf = (stanza) => (stanza instanceof Builder ? stanza.tree() : stanza);

export class Outbox extends Dispatcher {
  constructor() {
    super();
    this.paused = false;
    /** Not yet with the engine. @type {Element[]} */
    this._data = [];
    /** Our own address. */
    this.jid = '';
    /** By ticket. @type {Map<number, Waiting>} */
    this._tracked = new Map();
    /** Not yet with the engine either. @type {WeakMap<Element, Waiting>} */
    this._waiting = new WeakMap();
  }

  /**
   * @param {Sendable | Sendable[] | null} stanza leaves at the end of this turn of the event loop
   */
  send(stanza) {
    if (stanza === null) return;
    for (const one of Array.isArray(stanza) ? stanza : [stanza]) this._queueData(treeOf(one));
    this._drain(true);
  }

  /**
   * Sends; the promise tells whether the server has it.
   * @param {Sendable} stanza
   * @returns {Promise<void>}
   */
  sendTracked(stanza) {
    const element = treeOf(stanza);
    return new Promise((resolve, reject) => {
      this._waiting.set(element, { resolve, reject });
      this.send(element);
    });
  }

  /** @param {Element} element */
  _queueData(element) {
    if (!element?.tagName || !element.childNodes) throw failure('Cannot queue non-DOMElement.');
    this._data.push(element);
  }

  /** Is it part of the login? @param {Element} _element of what is sent @returns {boolean} */
  _isLogin(_element) {
    return false;
  }

  /** Gives the engine what is queued. @param {boolean} [isSending] may it throw? */
  _drain(isSending = false) {
    const client = this._proto._client;
    while (client && !this.paused && this._data.length) {
      const element = this._data[0];
      const waiting = this._waiting.get(element);
      const isLogin = this._isLogin(element);
      try {
        const xml = /** @type {string} */ (Builder.serialize(element));
        if (isLogin) client.sendLogin(xml);
        const ticket = isLogin ? 0 : client.send(xml);
        if (waiting) this._tracked.set(ticket, waiting);
      } catch (error) {
        const { code, message } = /** @type {any} */ (error);
        // More room is announced; a session that is ending leaves it to the next.
        const isLater = code === 'BOSH_ERR_QUEUE_FULL' || code === 'BOSH_ERR_STATE';
        if (isLater && !isLogin) return;
        this._data.shift();
        const refused = failure(`not sent, ${message}: <${element.tagName}/>`, undefined, error);
        if (!waiting && isSending) throw refused;
        if (waiting) waiting.reject(refused);
        else log.error(refused.message);
        continue;
      }
      this._data.shift();
    }
  }

  /** Sends now what waits for the end of the turn. */
  flush() {
    this._drain();
    this._proto._client?.pump();
  }

  /**
   * @param {Sendable} stanza @param {((stanza: Element) => void) | null} [callback]
   * @param {((stanza: Element | null) => void) | null} [errback] null: no answer in time
   * @param {number} [timeout] ms
   */
  sendPresence(stanza, callback, errback, timeout) {
    return this._sendWithAnswer(treeOf(stanza), 'presence', null, callback, errback, timeout);
  }

  /**
   * @param {Sendable} stanza @param {((stanza: Element) => void) | null} [callback]
   * @param {((stanza: Element | null) => void) | null} [errback] null: no answer in time
   * @param {number} [timeout] ms
   * @returns {string} its id
   */
  sendIQ(stanza, callback, errback, timeout) {
    return this._sendWithAnswer(
      treeOf(stanza),
      'iq',
      ['error', 'result'],
      callback,
      errback,
      timeout,
    );
  }

  /**
   * @param {Element} element @param {'iq' | 'presence'} name @param {string[] | null} types
   * @param {Function | null | undefined} callback
   * @param {Function | null | undefined} errback
   * @param {number | undefined} timeout
   */
  _sendWithAnswer(element, name, types, callback, errback, timeout) {
    const id =
      element.getAttribute('id') || this.getUniqueId(name === 'iq' ? 'sendIQ' : 'sendPresence');
    element.setAttribute('id', id);
    if (typeof callback === 'function' || typeof errback === 'function') {
      /** @type {TimedHandler | null} */
      let timer = null;
      const to = element.getAttribute('to');
      const answered = (/** @type {Element} */ answer) => {
        if (types && !isFromAsked(answer.getAttribute('from'), to, this.jid)) return true;
        if (timer) this.deleteTimedHandler(timer);
        if (answer.getAttribute('type') === 'error') errback?.(answer);
        else callback?.(answer);
        return false;
      };
      const handler = this.addHandler(answered, null, name, types, id);
      if (timeout)
        timer = this.addTimedHandler(timeout, () => {
          this.deleteHandler(handler);
          errback?.(null);
          return false;
        });
    }
    this.send(element);
    return id;
  }

  /** @param {number} ticket all up to this one have arrived */
  _delivered(ticket) {
    for (const [one, { resolve }] of this._tracked)
      if (one <= ticket && this._tracked.delete(one)) resolve();
  }

  /** @param {number} ticket @param {string} xml @param {'unknown' | 'unsent'} fate */
  _undelivered(ticket, xml, fate) {
    const waiting = this._tracked.get(ticket);
    this._tracked.delete(ticket);
    if (waiting) waiting.reject(lost('the session ended', fate));
    else if (fate === 'unsent') this._data.push(toElement(xml));
    else log.warn('the session ended while a stanza was under way: it may not have arrived');
  }

  /** @param {string} reason */
  _rejectTracked(reason) {
    for (const { reject } of this._tracked.values()) reject(lost(reason, 'unknown'));
    this._tracked.clear();
  }

  /** @param {string | number} [suffix] */
  getUniqueId(suffix) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    return typeof suffix === 'string' || typeof suffix === 'number' ? `${uuid}:${suffix}` : uuid;
  }
}
