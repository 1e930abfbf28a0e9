// SPDX-License-Identifier: MIT
// Bytes as Strophe passes them around: ArrayBuffers, and "binary" strings with a character a byte.

/** UTF-8 as a binary string, ready for btoa. @param {string} text */
export function utf16to8(text) {
  return binaryString(new TextEncoder().encode(text));
}

/** @param {Uint8Array} bytes */
function binaryString(bytes) {
  let binary = '';
  // In pieces that fit on the stack.
  for (let at = 0; at < bytes.length; at += 8192)
    binary += String.fromCharCode.apply(null, /** @type {any} */ (bytes.subarray(at, at + 8192)));
  return binary;
}

/** @param {ArrayBuffer} x @param {ArrayBuffer} y as long as `x` @returns {ArrayBuffer} */
export function xorArrayBuffers(x, y) {
  const other = new Uint8Array(y);
  return new Uint8Array(x).map((byte, i) => byte ^ other[i]).buffer;
}

/** @param {ArrayBuffer} buffer */
export function arrayBufToBase64(buffer) {
  return btoa(binaryString(new Uint8Array(buffer)));
}

/** @param {string} base64 @returns {ArrayBuffer} */
export function base64ToArrayBuf(base64) {
  return Uint8Array.from(atob(base64), (one) => one.charCodeAt(0)).buffer;
}

/** UTF-8. @param {string} text @returns {ArrayBuffer} */
export function stringToArrayBuf(text) {
  return new TextEncoder().encode(text).slice().buffer;
}
