// SPDX-License-Identifier: MIT
// What of a Keeper only sessions need that outlive their page: owning, storing, going on; and
// logins by saved keys. In pages this is a file of its own, loaded where one is wanted: it imports
// nothing that there may be only one of.

import { Moves } from '../moves.js';
import { arrayBufToBase64, base64ToArrayBuf } from './bytes.js';
import { claim } from './owner.js';
import { useKeys } from './scram-keys.js';

/** @typedef {import('./session.js').Keeper} Keeper */
/** @typedef {import('./store.js').SavedSession} SavedSession */
/** @typedef {import('./store.js').State} State */
/**
 * What it has in common with the rest of the library.
 *
 * @typedef {object} Shared
 * @property {typeof import('./log.js').log} log
 * @property {typeof import('./session.js').refused} refused
 * @property {typeof import('./store.js').saveSession} saveSession
 * @property {typeof import('./xml.js').toElement} toElement
 */
/** @type {Shared} */
let shared;

/** How many requests the engine may have under way. */
const SLOTS = 3;

/**
 * Has the engine's client go on with what was under way.
 *
 * @param {any} client @param {State} state @returns {boolean} false: that is lost
 */
function importState({ session }, { blob, time }) {
  try {
    session.import(new Uint8Array(base64ToArrayBuf(blob)), Math.max(0, Date.now() - time));
    return true;
  } catch (error) {
    shared.log.error(`what was under way before is lost: ${error}`);
    return false;
  }
}

/** Methods of keepers. */
const methods = {
  useKeys,

  /** @this {Keeper} @param {string} sid */
  own(sid) {
    this.release();
    this.isEvicted = false;
    const { isTaken, release } = claim(sid);
    this.release = release;
    return isTaken;
  },

  /** @this {Keeper} @param {any} client of the engine */
  equip(client) {
    client.session = new Moves(client);
  },

  /**
   * The journal of the engine.
   * @this {Keeper} @param {Uint8Array | null} bytes null: the session is over
   */
  keep(bytes) {
    // There is nothing to come back to for those who leave.
    if (!bytes || this.conn.disconnecting) this.forget();
    else this.stored = shared.saveSession(this.describe(bytes));
  },

  /** @this {Keeper} @param {Uint8Array} bytes @returns {SavedSession} */
  describe(bytes) {
    const { jid, _proto: proto } = this.conn;
    const { sid, rid } = proto._client.session;
    const blob = arrayBufToBase64(/** @type {ArrayBuffer} */ (bytes.buffer));
    const more = { account: proto._account, time: Date.now(), unsent: this.unsent(), blob };
    return { jid, rid, sid, libbosh: { sid, rid, ...more } };
  },

  /**
   * @this {Keeper}
   * @param {SavedSession} saved
   * @param {number} [wait] @param {number} [hold] @param {number} [wind]
   */
  goOn(saved, wait, hold, wind) {
    const { conn } = this;
    const { sid, rid, libbosh: state } = saved;
    const isWhole = typeof state?.account === 'string' && Number.isFinite(state.time);
    if (state && !isWhole) shared.log.error('the stored session is damaged: no account, no time');
    const unsent = state?.unsent.splice(0) ?? [];
    conn._data = [...unsent.map((xml) => shared.toElement(xml)), ...conn._data];
    conn._proto._attach(sid, rid, wait, hold, wind, isWhole ? state : undefined);
  },

  /**
   * The engine is there.
   * @this {Keeper} @param {any} client @param {State} [state] what was under way
   */
  start(client, state) {
    const { conn } = this;
    const { _proto: proto } = conn;
    const { sid, rid, wait: waitS } = proto;
    const { session } = client;
    if (conn.options.keepalive && !conn.restored) this.own(/** @type {string} */ (sid));
    if (state && importState(client, state)) {
      proto._nextAnswer -= SLOTS;
      while (session.isAnswered(proto._nextAnswer) && proto._nextAnswer < rid) proto._nextAnswer++;
    } else session.attach(conn.jid, sid, rid, { waitS, requests: 2 });
    this.claimed = null;
  },

  /** @this {Keeper} @returns {Uint8Array} */
  export() {
    const { conn } = this;
    let session;
    try {
      session = this.describe(conn._proto._client.session.export());
    } catch (error) {
      throw shared.refused(`the session cannot be exported: ${error}`, error);
    }
    conn._data = [];
    conn._doDisconnect('exported');
    return new TextEncoder().encode(JSON.stringify(session));
  },
};

/** @param {Shared} parts */
export function makeSaved(parts) {
  shared = parts;
  return methods;
}
