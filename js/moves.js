// SPDX-License-Identifier: MIT
// The session of a client as something that outlives it: `client.session`.

/**
 * The journal: has kept the bytes, for Moves.import after a crash, when it returns; null: the
 * session is over. Called before each new request, and by Moves.save. What it throws ends the
 * client. The bytes are as secret as a password.
 *
 * @typedef {(bytes: Uint8Array | null) => void} Save
 */

export class Moves {
  #client;

  /** @param {import('./client.js').Client} client */
  constructor(client) {
    this.#client = client;
  }

  /**
   * Goes on with a session that was made elsewhere and of which only this is known, instead of
   * connect.
   *
   * @param {string} jid the full address that is bound there
   * @param {string} sid
   * @param {number} rid the next to be used
   * @param {{waitS?: number, requests?: number}} [limits] what the server has granted
   */
  attach(jid, sid, rid, { waitS = 60, requests = 2 } = {}) {
    this.#client.engine.lendStrings([jid, sid], (...at) =>
      this.#client.call('attach', ...at, rid, waitS, requests),
    );
  }

  /**
   * Goes on with a session whose bytes were exported or saved, instead of connect. The client has
   * to have the same `url` and `jid`.
   *
   * @param {Uint8Array} bytes
   * @param {number} elapsedMs how old they are
   */
  import(bytes, elapsedMs) {
    this.#client.engine.lend(bytes, (at, size) => this.#client.call('import', at, size, elapsedMs));
  }

  /** The session, for another client to import. Online only; ends this. @returns {Uint8Array} */
  export() {
    return this.#client.take('export')[0];
  }

  /** Calls the journal with the exact state: what was delivered does not come again from that. */
  save() {
    this.#client.call('save');
  }

  /**
   * Closes for a page that is gone before any answer comes: the requests to be handed to
   * sendBeacon, in this order, the terminating one as the last.
   *
   * @returns {Uint8Array[]}
   */
  farewell() {
    return this.#client.take('farewell');
  }

  /** Where requests go now. */
  get url() {
    return this.#client.url;
  }

  /** '' while there is no session. */
  get sid() {
    return this.#client.engine.string(this.#client.call('sid'));
  }

  /** The next request id. @returns {number} */
  get rid() {
    return this.#client.call('rid');
  }

  /** Has this request been answered? @param {number} rid */
  isAnswered(rid) {
    return this.#client.call('is_answered', rid) === 1;
  }

  /** May the stanza that is delivered now have been delivered before a crash? */
  get isReplay() {
    return this.#client.call('is_replay') === 1;
  }
}
