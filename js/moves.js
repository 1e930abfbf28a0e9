// SPDX-License-Identifier: MIT
// The session of a client as something that outlives it: `client.session`.

/** @typedef {import('./engine.js').Engine} Engine */
/**
 * The journal: has kept the bytes, for Moves.import after a crash, when it returns; null: the
 * session is over. Called before each new request, and by Moves.save. What it throws ends the
 * client. The bytes are as secret as a password.
 *
 * @typedef {(bytes: Uint8Array | null) => void} Save
 */

/** Of imports.h. */
const BYTES_SAVED = 0;

export class Moves {
  #engine;
  #call;
  #save;
  /** What the call under way gives. @type {Uint8Array[]} */
  #given = [];

  /**
   * @param {Engine} engine
   * @param {(name: string, ...values: number[]) => any} call of the client
   * @param {Save | undefined} save
   */
  constructor(engine, call, save) {
    this.#engine = engine;
    this.#call = call;
    this.#save = save;
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
    this.#engine.lendStrings([jid, sid], (...at) =>
      this.#call('attach', ...at, rid, waitS, requests),
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
    this.#engine.lend(bytes, (at, size) => this.#call('import', at, size, elapsedMs));
  }

  /** The session, for another client to import. Online only; ends this. @returns {Uint8Array} */
  export() {
    return this.#take('export')[0];
  }

  /** Calls the journal with the exact state: what was delivered does not come again from that. */
  save() {
    this.#call('save');
  }

  /**
   * Closes for a page that is gone before any answer comes: the requests to be handed to
   * sendBeacon, in this order, the terminating one as the last.
   *
   * @returns {Uint8Array[]}
   */
  farewell() {
    return this.#take('farewell');
  }

  /** @param {string} name of a call that gives bytes */
  #take(name) {
    this.#given = [];
    this.#call(name);
    return this.#given;
  }

  /** Where requests go now. */
  get url() {
    return this.#engine.string(this.#call('url'));
  }

  /** '' while there is no session. */
  get sid() {
    return this.#engine.string(this.#call('sid'));
  }

  /** The next request id. @returns {number} */
  get rid() {
    return this.#call('rid');
  }

  /** Has this request been answered? @param {number} rid */
  isAnswered(rid) {
    return this.#call('is_answered', rid) === 1;
  }

  /** May the stanza that is delivered now have been delivered before a crash? */
  get isReplay() {
    return this.#call('is_replay') === 1;
  }

  /**
   * For Engine alone.
   *
   * @param {number} kind
   * @param {Uint8Array | null} bytes
   */
  given(kind, bytes) {
    if (kind === BYTES_SAVED) this.#save?.(bytes);
    else if (bytes) this.#given.push(bytes);
  }
}
