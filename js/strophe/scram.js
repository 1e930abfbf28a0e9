// SPDX-License-Identifier: MIT
// SCRAM (RFC 5802) with WebCrypto, for programs that subclass the SCRAM mechanisms; loaded when it
// is first used. The login of a connection does not come here: the engine has its own, which works
// without WebCrypto.

import { arrayBufToBase64, base64ToArrayBuf, stringToArrayBuf, xorArrayBuffers } from './bytes.js';

/** @typedef {import('./connection.js').Connection} Connection */
/** @typedef {import('./scram-keys.js').ScramKeys} ScramKeys */

const ROUNDS_MIN = 4096;
const ROUNDS_MAX = 10_000_000;

/**
 * @param {string} challenge
 * @returns {{nonce: string, salt: ArrayBuffer, iter: number} | string} or what is wrong
 */
function readChallenge(challenge) {
  const fields = Object.fromEntries(
    challenge.split(',').map((field) => [field[0], field.slice(field.indexOf('=') + 1)]),
  );
  const iter = Number(fields.i);
  if ('m' in fields) return 'it demands an extension';
  if (!(iter >= ROUNDS_MIN && iter <= ROUNDS_MAX)) return 'its iteration count is out of bounds';
  if (!fields.s || !/^[A-Za-z0-9+/]+={0,2}$/.test(fields.s)) return 'its salt is not base64';
  return { nonce: fields.r ?? '', salt: base64ToArrayBuf(fields.s), iter };
}

/** @param {ArrayBuffer} key @param {string} hash @param {string} text */
async function hmac(key, hash, text) {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash }, false, [
    'sign',
  ]);
  return crypto.subtle.sign('HMAC', imported, stringToArrayBuf(text));
}

/**
 * @param {string} password
 * @param {ArrayBuffer} salt
 * @param {number} iterations
 * @param {string} hash
 * @param {number} bits
 */
async function deriveKeys(password, salt, iterations, hash, bits) {
  const raw = stringToArrayBuf(password.normalize('NFKC'));
  const secret = await crypto.subtle.importKey('raw', raw, 'PBKDF2', false, ['deriveBits']);
  const salted = await crypto.subtle.deriveBits(
    { name: 'PBKDF2', salt, iterations, hash },
    secret,
    bits,
  );
  return { ck: await hmac(salted, hash, 'Client Key'), sk: await hmac(salted, hash, 'Server Key') };
}

/**
 * @param {Connection} connection
 * @param {{salt: ArrayBuffer, iter: number}} data
 * @param {string} hash
 * @param {number} bits
 */
async function keysFor({ pass }, { salt, iter }, hash, bits) {
  if (typeof pass === 'string' || pass instanceof String)
    return deriveKeys(String(pass), salt, iter, hash, bits);
  const known = /** @type {ScramKeys | null} */ (pass);
  if (known?.name !== hash || known.iter !== iter || known.salt !== arrayBufToBase64(salt))
    return null;
  return { ck: base64ToArrayBuf(known.ck), sk: base64ToArrayBuf(known.sk) };
}

/**
 * The answer to the server's challenge.
 * @param {Connection} connection
 * @param {string} challenge
 * @param {string} hash
 * @param {number} bits
 * @param {(reason: string) => false} fail
 * @returns {Promise<string | false>}
 */
export async function scramResponse(connection, challenge, hash, bits, fail) {
  const { cnonce, 'client-first-message-bare': first } = connection._sasl_data;
  const data = readChallenge(challenge);
  if (typeof data === 'string') return fail(`the challenge is refused, ${data}`);
  if (!data.nonce.startsWith(cnonce) || data.nonce === cnonce)
    return fail('the challenge is refused, its nonce does not continue ours');
  if (!globalThis.crypto?.subtle)
    return fail('there is no WebCrypto here (a page over plain http://)');
  const keys = await keysFor(connection, data, hash, bits);
  if (!keys) return fail('the stored keys are for another salt or iteration count');

  const bare = `c=biws,r=${data.nonce}`;
  const message = `${first},${challenge},${bare}`;
  const stored = await crypto.subtle.digest(hash, keys.ck);
  const proof = xorArrayBuffers(keys.ck, await hmac(stored, hash, message));
  connection._sasl_data['server-signature'] = arrayBufToBase64(await hmac(keys.sk, hash, message));
  connection._sasl_data.keys = {
    name: hash,
    iter: data.iter,
    salt: arrayBufToBase64(data.salt),
    ck: arrayBufToBase64(keys.ck),
    sk: arrayBufToBase64(keys.sk),
  };
  return `${bare},p=${arrayBufToBase64(proof)}`;
}
