// SPDX-License-Identifier: MIT
// The keys of a login by SCRAM, and how they lie in the memory of the engine (wasm/keys.c).

/**
 * @typedef {object} ScramKeys
 * @property {string} mechanism "SCRAM-SHA-256"
 * @property {number} rounds
 * @property {Uint8Array} salt
 * @property {Uint8Array} clientKey
 * @property {Uint8Array} serverKey
 */

/** Of bosh_scram_keys in memory. */
export const KEYS_SIZE = 216;
/** @type {Record<string, number>} */
const KEY_SIZES = { 'SCRAM-SHA-1': 20, 'SCRAM-SHA-256': 32, 'SCRAM-SHA-384': 48 };

/** @param {ScramKeys} keys */
export function packKeys({ mechanism, rounds, salt, clientKey, serverKey }) {
  const record = new Uint8Array(KEYS_SIZE);
  const view = new DataView(record.buffer);
  record.set(new TextEncoder().encode(mechanism).subarray(0, 15));
  view.setUint32(16, rounds, true);
  record.set(salt.subarray(0, 64), 20);
  view.setUint32(84, salt.length, true);
  record.set(clientKey.subarray(0, 64), 88);
  record.set(serverKey.subarray(0, 64), 152);
  return record;
}

/** @param {Uint8Array} record @returns {ScramKeys} */
export function unpackKeys(record) {
  const view = new DataView(record.buffer);
  const mechanism = new TextDecoder().decode(record.subarray(0, record.indexOf(0)));
  const size = KEY_SIZES[mechanism] ?? 64;
  return {
    mechanism,
    rounds: view.getUint32(16, true),
    salt: record.slice(20, 20 + view.getUint32(84, true)),
    clientKey: record.slice(88, 88 + size),
    serverKey: record.slice(152, 152 + size),
  };
}
