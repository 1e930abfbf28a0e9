// SPDX-License-Identifier: MIT
// SHA-1 at once, without a promise: what Strophe exported up to 1.5 and the caps plugin asks for.

import { utf16to8 } from './bytes.js';

/** @param {number} word @param {number} bits */
const rotate = (word, bits) => (word << bits) | (word >>> (32 - bits));

/** The message as big-endian words, padded. @param {string} binary */
function padded(binary) {
  const words = new Int32Array((((binary.length + 8) >> 6) + 1) * 16);
  for (let i = 0; i < binary.length; i++)
    words[i >> 2] |= binary.charCodeAt(i) << (24 - 8 * (i & 3));
  words[binary.length >> 2] |= 0x80 << (24 - 8 * (binary.length & 3));
  words[words.length - 2] = Math.floor(binary.length / 0x20000000);
  words[words.length - 1] = binary.length << 3;
  return words;
}

/** @param {number} round @param {number} b @param {number} c @param {number} d */
function mix(round, b, c, d) {
  if (round < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (round < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

/** Base64 of the SHA-1 of a text's UTF-8. @param {string} text */
export function b64_sha1(text) {
  const words = padded(utf16to8(text));
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  const w = new Int32Array(80);
  for (let block = 0; block < words.length; block += 16) {
    let [a, b, c, d, e] = state;
    for (let i = 0; i < 80; i++) {
      w[i] = i < 16 ? words[block + i] : rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
      const next = (rotate(a, 5) + e + w[i] + mix(i, b, c, d)) | 0;
      [a, b, c, d, e] = [next, a, rotate(b, 30), c, d];
    }
    [a, b, c, d, e].forEach((word, i) => (state[i] = (state[i] + word) | 0));
  }
  return btoa(
    state
      .map((word) => String.fromCharCode(...[24, 16, 8, 0].map((n) => (word >>> n) & 255)))
      .join(''),
  );
}
