// SPDX-License-Identifier: MIT
// The transport of programs that replace `Strophe.Request.prototype._newXHR`. In pages this is a
// file of its own, which they load.

import { TransportError } from '../transports.js';

/** @typedef {import('./request.js').Request} Request */

/**
 * @param {import('../transports.js').RequestOptions} options read at each request
 * @param {typeof import('./request.js').Request} Request
 * @param {typeof import('./xml.js').xmlHtmlNode} parse
 * @returns {import('../transports.js').Transport}
 */
export function makeCarrier(options, Request, parse) {
  /** @type {Map<number, Request>} */
  const running = new Map();
  return {
    submit: ({ id, url, contentType, body }) =>
      new Promise((resolve, reject) => {
        const text = new TextDecoder().decode(body);
        const { documentElement: element } = parse(text);
        const rid = Number(element.getAttribute('rid'));
        const request = new Request(element, changed, rid);
        const { xhr } = request;
        running.set(id, request);
        request.date = Date.now();
        xhr.open('POST', url, true);
        xhr.withCredentials = options.credentials === 'include';
        const headers = { 'Content-Type': contentType, ...options.headers };
        for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader?.(name, value);
        xhr.send(text);

        function changed() {
          if (xhr.readyState !== 4 || !running.delete(id)) return;
          if (!xhr.status) return reject(new TransportError('reset', 'the request failed'));
          const { status, responseText: answer } = xhr;
          resolve({ status, body: answer, headers: xhr.getAllResponseHeaders?.() });
        }
      }),

    cancel(id) {
      const request = running.get(id);
      running.delete(id);
      if (request) request.abort = true;
      request?.xhr.abort();
    },
  };
}
