// SPDX-License-Identifier: MIT
// The session kept in sessionStorage (option keepalive), under the key and in the shape of Strophe,
// so that either library can go on with what the other left. Storage that is full or forbidden is
// logged, never thrown: a chat must not stop for it.

import { getBareJidFromJid, getDomainFromJid, getNodeFromJid } from './jid.js';
import { log } from './log.js';

const KEY = 'strophe-bosh-session';

/** @typedef {{jid: string, sid: string, rid: number}} SavedSession rid: the next to be used */

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

/** @param {SavedSession} session */
export function saveSession({ jid, sid, rid }) {
  try {
    storage()?.setItem(KEY, JSON.stringify({ jid, rid, sid }));
  } catch (error) {
    log.error(`the session could not be stored, a reload will lose it: ${error}`);
  }
}

export function forgetSession() {
  try {
    storage()?.removeItem(KEY);
  } catch (error) {
    log.error(`the stored session could not be removed: ${error}`);
  }
}

/** @param {any} session @returns {session is SavedSession} */
function isSession(session) {
  return Boolean(session && session.jid && session.sid && Number.isSafeInteger(session.rid));
}

/**
 * The stored session, if there is one of that account. A domain alone asks for an anonymous one.
 * @param {string | null} [jid] of any account when missing
 * @returns {SavedSession | null}
 */
export function loadSession(jid) {
  let session;
  try {
    session = JSON.parse(storage()?.getItem(KEY) ?? 'null');
  } catch (error) {
    log.error(`the stored session is damaged: ${error}`);
  }
  if (!isSession(session)) return null;
  if (jid == null || getBareJidFromJid(session.jid) === getBareJidFromJid(jid)) return session;
  const isAnonymous = getNodeFromJid(jid) === null && getDomainFromJid(session.jid) === jid;
  return isAnonymous ? session : null;
}
