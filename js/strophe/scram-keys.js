// SPDX-License-Identifier: MIT
// The keys of a login by SCRAM, as Strophe has them and as the engine has them.

import { packKeys } from '../keys.js';
import { arrayBufToBase64, base64ToArrayBuf } from './bytes.js';

/**
 * @typedef {{name: string, iter: number, salt: string, ck: string, sk: string}} ScramKeys all in
 *   base64
 */

/**
 * Strophe's form of the engine's keys.
 * @param {import('../client.js').ScramKeys | null} keys
 * @returns {ScramKeys | null}
 */
export function fromEngineKeys(keys) {
  if (!keys) return null;
  const base64 = (/** @type {Uint8Array} */ bytes) => arrayBufToBase64(bytes.slice().buffer);
  return {
    name: keys.mechanism.replace('SCRAM-', ''),
    iter: keys.rounds,
    salt: base64(keys.salt),
    ck: base64(keys.clientKey),
    sk: base64(keys.serverKey),
  };
}

/**
 * The engine's client logs in by keys instead of a password.
 * @param {any} client @param {ScramKeys} keys
 */
export function useKeys(client, { name, iter, salt, ck, sk }) {
  const bytes = (/** @type {string} */ base64) => new Uint8Array(base64ToArrayBuf(base64));
  const record = packKeys({
    mechanism: `SCRAM-${name}`,
    rounds: iter,
    salt: bytes(salt),
    clientKey: bytes(ck),
    serverKey: bytes(sk),
  });
  client.engine.lend(record, (/** @type {number} */ at) => client.call('set_scram_keys', at));
}

/** @param {any} pass @returns {pass is ScramKeys} */
export function isScramKeys(pass) {
  const texts = ['name', 'salt', 'ck', 'sk'];
  return Number.isInteger(pass?.iter) && texts.every((field) => typeof pass[field] === 'string');
}
