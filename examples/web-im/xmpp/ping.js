// SPDX-License-Identifier: MIT
// Asking the server for a sign of life (XEP-0199). Over BOSH a server may keep the request that
// brought a message until it has something to tell; the next request makes it answer the one
// before. So a small question brings the news that a message has arrived within a second or two.

import { ask } from './stanza.js';
import { $iq } from './strophe.js';

const PATIENCE_MS = 1200;

/** @param {any} connection @param {string} to */
export const ping = (connection, to) =>
  ask(connection, $iq({ type: 'get', to }).c('ping', { xmlns: 'urn:xmpp:ping' }));

export class Nudge {
  #timer = 0;

  /** @param {any} connection */
  constructor(connection) {
    this.connection = connection;
  }

  /**
   * Makes the server tell soon whether it has what was sent.
   * @template T @param {Promise<T>} sent @param {string} to our account
   * @returns {Promise<T>}
   */
  hurry(sent, to) {
    let isOpen = true;
    const close = () => (isOpen = false);
    sent.then(close, close);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (isOpen && this.connection.connected) ping(this.connection, to).catch(() => {});
    }, PATIENCE_MS);
    return sent;
  }
}
