// SPDX-License-Identifier: MIT
// The session kept in sessionStorage (option keepalive), under the key and in the shape of Strophe,
// so that either library can go on with what the other left; what only this one understands stands
// beside that. Storage that is full or forbidden is logged, never thrown: a chat must not stop for
// it.

import { getBareJidFromJid, getDomainFromJid, getNodeFromJid } from './jid.js';
import { log } from './log.js';

const KEY = 'strophe-bosh-session';

/**
 * @typedef {object} SavedSession as it is stored
 * @property {string} jid
 * @property {number} rid the next to be used
 * @property {string} sid
 * @property {State} [libbosh] without it the session goes on all the same, but what was under way
 *     is lost
 *
 * @typedef {object} State
 * @property {string} sid of the same moment
 * @property {number} rid
 * @property {string} account that the engine has logged in
 * @property {number} time of Date.now
 * @property {string[]} unsent what the engine has not been given yet
 * @property {string} blob its bytes, in base64
 */

/** @returns {Storage | null} */
function storage() {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null; // a page that may not store anything throws at the mere name
  }
}

/** Can a session be stored here? Tried once per call, like Strophe. */
export function canStore() {
  try {
    const place = storage();
    place?.setItem('_strophe_', '_strophe_');
    place?.removeItem('_strophe_');
    return place !== null;
  } catch {
    return false;
  }
}

/**
 * @param {string} text
 * @returns {SavedSession | null} null: it is none
 */
export function decodeSession(text) {
  /** @type {SavedSession | null} */
  let session = null;
  try {
    const { jid, sid, rid, libbosh } = JSON.parse(text) ?? {};
    if (!jid || !sid || !Number.isSafeInteger(rid)) return null;
    session = { jid, rid, sid };
    // Otherwise it is of another moment: somebody has changed the ids since.
    if (libbosh?.sid === sid && libbosh.rid === rid)
      session.libbosh = { ...libbosh, unsent: [...libbosh.unsent] };
  } catch (error) {
    log.error(`the stored session is damaged: ${error}`);
  }
  return session;
}

/** What is stored now. */
export function storedText() {
  return storage()?.getItem(KEY) ?? null;
}

/** @param {SavedSession} session @returns {string | null} what is stored now */
export function saveSession(session) {
  const place = storage();
  if (!place) return null;
  const text = JSON.stringify(session);
  try {
    place.setItem(KEY, text);
    return text;
  } catch (error) {
    log.error(`the session could not be stored, a reload may lose messages: ${error}`);
    // What is stored is out of date; the ids alone may still fit in.
    forgetSession();
    return session.libbosh ? saveSession({ ...session, libbosh: undefined }) : null;
  }
}

export function forgetSession() {
  try {
    storage()?.removeItem(KEY);
  } catch (error) {
    log.error(`the stored session could not be removed: ${error}`);
  }
}

/**
 * The stored session, if there is one of that account. A domain alone asks for an anonymous one.
 * @param {string | null} [jid] of any account when missing
 * @returns {SavedSession | null}
 */
export function loadSession(jid) {
  const session = decodeSession(storedText() ?? 'null');
  if (!session || jid == null) return session;
  if (getBareJidFromJid(session.jid) === getBareJidFromJid(jid)) return session;
  const isAnonymous = getNodeFromJid(jid) === null && getDomainFromJid(session.jid) === jid;
  return isAnonymous ? session : null;
}
