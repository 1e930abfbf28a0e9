// SPDX-License-Identifier: MIT
// A session that outlives its page: stored, claimed, handed on, or ended as the page goes. Most of
// it is in saved.js, which pages load when they use it.
//
// The engine writes a journal before each request (`keep`); that may tell of stanzas as not
// delivered that were. When the page is hidden or left, the exact state is stored (`saveNow`), so
// that only after a crash a stanza can come twice, and then it is flagged (connection.isReplay).

import { Builder } from './builder.js';
import { ErrorCondition } from './constants.js';
import { failure, log } from './log.js';
import {
  canStore,
  decodeSession,
  forgetSession,
  loadSession,
  saveSession,
  storedText,
} from './store.js';
import { toElement } from './xml.js';

/** @typedef {import('./connection.js').Connection} Connection */
/** @typedef {import('./connection.js').ConnectCallback} ConnectCallback */
/** @typedef {import('./store.js').SavedSession} SavedSession */
/** @typedef {ReturnType<typeof import('./saved.js').makeSaved>} Saved */

const PAGE_EVENTS = ['online', 'pagehide', 'pageshow', 'visibilitychange'];
/** What browsers take of all beacons together (TERM-10). */
const BEACON_BYTES_MAX = 65536;

/** @param {string} message @param {unknown} [cause] */
export const refused = (message, cause) => failure(message, 'StropheSessionError', cause);

/** Is what only saved sessions need there? */
export const hasSaved = () => 'own' in Keeper.prototype;

/** @param {typeof import('./saved.js').makeSaved} makeSaved */
export function useSaved(makeSaved) {
  Object.assign(Keeper.prototype, makeSaved({ log, refused, saveSession, toElement }));
}

/** What saved sessions need. */
export async function loadSaved() {
  if (!hasSaved()) useSaved((await import('./saved.js')).makeSaved);
}

const Base = /** @type {new () => Saved} */ (/** @type {unknown} */ (Object));

export class Keeper extends Base {
  /** @param {Connection} connection */
  constructor(connection) {
    super();
    this.conn = connection;
    /** Taken from the storage, and not with the engine yet. @type {SavedSession | null} */
    this.claimed = null;
    /** What it has stored last. @type {string | null} */
    this.stored = null;
    this.isWatching = false;
    /** Is what is stored another page's? */
    this.isEvicted = false;
    this.release = () => {};
    this.onPage = (/** @type {Event} */ event) => this.pageChanged(event);
  }

  unsent() {
    return this.conn._data.map((one) => /** @type {string} */ (Builder.serialize(one)));
  }

  forget() {
    this.stored = null;
    if (!this.isEvicted) forgetSession();
  }

  /** The state as it is at this moment. */
  saveNow() {
    const { conn, claimed } = this;
    if (claimed) return this.putBack(claimed);
    if (!conn.options.keepalive || !conn.authenticated || conn.disconnecting) return;
    try {
      conn._proto._client?.session?.save();
    } catch (error) {
      log.debug(`there is no session to be stored: ${error}`);
    }
  }

  /** Nobody has used it. @param {SavedSession} session */
  putBack({ libbosh, ...ids }) {
    const unsent = [...(libbosh?.unsent ?? []), ...this.unsent()];
    this.stored = saveSession({ ...ids, libbosh: libbosh && { ...libbosh, unsent } });
  }

  /* ------------------------------------------------------------------------------- going on */

  /**
   * @param {string | null | undefined} jid @param {ConnectCallback} [callback]
   * @param {number} [wait] @param {number} [hold] @param {number} [wind]
   */
  restore(jid, callback, wait, hold, wind) {
    if (!canStore()) throw refused('The "restore" method can only be used with a BOSH connection.');
    const saved = loadSession(jid);
    if (!saved) throw refused('_restore: no restoreable session.');
    const { conn } = this;
    const tell = this.begin(saved, callback, async (attempt) => {
      const isTaken = await this.own(saved.sid)();
      if (conn._proto._attempt !== attempt) return;
      // It is alive in another tab, of which this one is a copy.
      if (isTaken) this.lose();
      else this.goOn(saved, wait, hold, wind);
    });
    forgetSession();
    this.claimed = saved;
    tell();
  }

  /** @param {Uint8Array} bytes @param {ConnectCallback} [callback] */
  import(bytes, callback) {
    const saved = decodeSession(new TextDecoder().decode(bytes));
    if (!saved) throw refused('importSession needs the bytes of exportSession');
    this.begin(saved, callback, () => {
      if (this.conn.options.keepalive) this.own(saved.sid);
      this.goOn(saved);
    })();
  }

  /**
   * @param {SavedSession} saved @param {ConnectCallback | undefined} callback
   * @param {(attempt: object) => unknown} goOn when all is loaded, unless it was given up before
   * @returns {() => void} tells that it has begun
   */
  begin({ jid, sid, rid }, callback, goOn) {
    const { conn } = this;
    const { _proto: proto } = conn;
    const tell = conn._prepareAttach(jid, sid, rid, callback);
    conn.restored = true;
    const attempt = (proto._attempt = {});
    proto._load().catch(() => {}); // it begins now; _attach tells what went wrong
    loadSaved()
      .then(() => proto._attempt === attempt && goOn(attempt))
      .catch((error) => proto._cannotLoad(attempt, error));
    return tell;
  }

  /** Another page has the session: nothing of this one may touch it. */
  lose() {
    this.claimed = null;
    this.isEvicted = true;
    this.conn._fail(ErrorCondition.CONFLICT);
  }

  /* --------------------------------------------------------------------------------- the page */

  /** @param {boolean} isWatching */
  watch(isWatching) {
    if (typeof globalThis.addEventListener !== 'function' || isWatching === this.isWatching) return;
    this.isWatching = isWatching;
    const change = isWatching ? 'addEventListener' : 'removeEventListener';
    for (const type of PAGE_EVENTS) globalThis[change](type, this.onPage);
  }

  /** @param {any} event */
  pageChanged({ type, persisted }) {
    // Pages that are hidden may be ended without another word.
    if (type === 'visibilitychange') return globalThis.document?.hidden && this.saveNow();
    if (type === 'pagehide') return this.leave(persisted);
    if (type === 'pageshow') {
      if (!persisted) return;
      if (this.stored !== null && storedText() !== this.stored) return this.lose();
      if (this.conn._proto.sid && hasSaved()) this.own(this.conn._proto.sid);
    }
    this.conn._proto._client?.networkChanged();
  }

  /** @param {boolean} isFrozen the page may come back */
  leave(isFrozen) {
    const { options, disconnecting } = this.conn;
    this.release(); // a page that is frozen cannot answer
    if (!isFrozen && (options.terminateOnUnload || disconnecting) && this.terminate())
      return this.conn.reset();
    this.saveNow();
  }

  /** The last requests leave without the page. @returns {boolean} */
  terminate() {
    const { conn } = this;
    const { _client: client } = conn._proto;
    const { navigator, Blob } = globalThis;
    if (!client || !navigator?.sendBeacon) return false;
    try {
      conn.paused = false;
      conn._drain();
      /** @type {Uint8Array<ArrayBuffer>[]} */
      const bodies = client.take('farewell');
      const size = bodies.reduce((sum, { length }) => sum + length, 0);
      if (size > BEACON_BYTES_MAX || conn._data.length) throw failure('too much is under way');
      const { url } = client;
      return bodies.every((body) =>
        navigator.sendBeacon(url, new Blob([body], { type: 'text/plain;charset=utf-8' })),
      );
    } catch (error) {
      log.warn(`the session could not be terminated as the page was left: ${error}`);
      return false;
    }
  }
}
