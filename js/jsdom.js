// SPDX-License-Identifier: MIT
// What jsdom, and so Jest, lacks of a browser. The build puts it into the CommonJS file, in place
// of the globals.

/** UTF-8 that is known to be valid. */
class Decoder {
  /** @param {Uint8Array} bytes */
  decode(bytes) {
    let text = '';
    for (let at = 0; at < bytes.length; at += 8192)
      text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return decodeURIComponent(escape(text));
  }
}

class Encoder {
  /** @param {string} text */
  encode(text) {
    const wellFormed = text.replace(/\p{Surrogate}/gu, '\ufffd');
    const bytes = unescape(encodeURIComponent(wellFormed));
    return Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
  }
}

class Channel {
  port1 = { onmessage: () => {} };
  port2 = { postMessage: () => setTimeout(() => this.port1.onmessage()) };
}

/** As much of fetch as transports.js uses. @param {string} url @param {RequestInit} options */
const fetchByXhr = (url, { method = 'GET', body, headers = {}, credentials, signal } = {}) =>
  new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open(method, url);
    xhr.responseType = 'arraybuffer';
    xhr.withCredentials = credentials === 'include';
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    signal?.addEventListener('abort', () => xhr.abort());
    xhr.onerror = xhr.onabort = () => reject(new TypeError(`no answer from ${url}`));
    xhr.onload = () => {
      const lines = xhr.getAllResponseHeaders().trim().split('\r\n');
      let isRead = false;
      const read = async () => {
        const done = isRead;
        isRead = true;
        return { done, value: new Uint8Array(xhr.response) };
      };
      resolve({
        type: 'basic',
        status: xhr.status,
        headers: Object.assign(
          lines.map((line) => line.split(': ')),
          { get: (/** @type {string} */ name) => xhr.getResponseHeader(name) },
        ),
        body: { getReader: () => ({ read }) },
        arrayBuffer: async () => xhr.response,
      });
    };
    xhr.send(/** @type {any} */ (body));
  });

const has = /** @type {any} */ (globalThis);
const OurDecoder = has.TextDecoder ?? Decoder;
const OurEncoder = has.TextEncoder ?? Encoder;
const OurChannel = has.MessageChannel ?? Channel;
const ourFetch = has.fetch ? (.../** @type {any} */ args) => has.fetch(...args) : fetchByXhr;
export {
  OurDecoder as TextDecoder,
  OurEncoder as TextEncoder,
  OurChannel as MessageChannel,
  ourFetch as fetch,
};
