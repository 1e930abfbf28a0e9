// SPDX-License-Identifier: MIT
// What is kept. In this tab (sessionStorage, gone with it): the model, because messages belong to
// the session. In this browser (localStorage): the last address, rooms, what was read, the theme.
// Never the password. A browser that stores nothing is no reason to stop.

import { Model } from './model.js';

const MODEL = 'web-im';
/** Messages of each chat that survive a reload; older ones are in the archive. */
const KEPT = 60;

/** @param {() => Storage} place @param {string} key @param {string | null} text null: forget */
function write(place, key, text) {
  try {
    if (text === null) place().removeItem(key);
    else place().setItem(key, text);
  } catch (error) {
    console.warn(`${key} could not be stored: ${error}`);
  }
}

/** @param {() => Storage} place @param {string} key @returns {any} */
function read(place, key) {
  try {
    return JSON.parse(place().getItem(key) ?? 'null', revive);
  } catch {
    return null;
  }
}

const tab = () => sessionStorage;
const browser = () => localStorage;

/** Maps and sets as JSON. @param {string} _key @param {any} value */
function pack(_key, value) {
  if (value instanceof Map) return { $map: [...value] };
  if (value instanceof Set) return { $set: [...value] };
  return value;
}

/** @param {string} _key @param {any} value */
function revive(_key, value) {
  if (value?.$map) return new Map(value.$map);
  if (value?.$set) return new Set(value.$set);
  return value;
}

/** @param {Model} model @param {boolean} isLeaving nothing more can happen in this page */
export function saveModel(model, isLeaving) {
  const shortened = [...model.chats].map(([jid, chat]) => {
    const messages = chat.messages.slice(-KEPT);
    const isCut = messages.length < chat.messages.length;
    // Reading on in the archive begins above the oldest message that is kept.
    const oldest = messages.find((one) => one.archiveId)?.archiveId;
    const archive = isCut && oldest ? { oldest, isComplete: false } : chat.archive;
    return [jid, { ...chat, messages, archive }];
  });
  const data = Object.fromEntries(
    Model.saved.map((name) => [name, /** @type {any} */ (model)[name]]),
  );
  write(
    tab,
    MODEL,
    JSON.stringify({ ...data, isComplete: isLeaving, chats: { $map: shortened } }, pack),
  );
}

/** @returns {Record<string, any> | null} */
export const loadModel = () => read(tab, MODEL);

export const forgetModel = () => write(tab, MODEL, null);

/** @param {string} name @param {string} [account] settings are kept for each account */
const keyOf = (name, account) => `${MODEL}:${name}${account ? `:${account}` : ''}`;

/** @param {string} name @param {string} [account] */
export const setting = (name, account) => read(browser, keyOf(name, account));

/** @param {string} name @param {any} value @param {string} [account] */
export const keepSetting = (name, value, account) =>
  write(browser, keyOf(name, account), value === null ? null : JSON.stringify(value, pack));
