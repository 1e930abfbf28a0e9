// SPDX-License-Identifier: MIT
// Strophe's Request: one XMLHttpRequest with a body. Only programs that replace `_newXHR` send
// through it.

import { TransportError } from '../transports.js';
import { Builder } from './builder.js';
import { failure } from './outbox.js';
import { getParserError, xmlHtmlNode } from './xml.js';

let count = 0;

export class Request {
  /**
   * @param {Element} elem the body
   * @param {(request: Request) => void} func called at each change of readyState
   * @param {number} rid
   * @param {number} [sends] how often it was sent before
   */
  constructor(elem, func, rid, sends = 0) {
    this.id = ++count;
    this.xmlData = elem;
    this.data = Builder.serialize(elem);
    this.origFunc = this.func = func;
    this.rid = rid;
    this.date = NaN;
    this.sends = sends;
    this.abort = false;
    /** @type {Date | null} */
    this.dead = null;
    this.age = () => (Date.now() - this.date || 0) / 1000;
    this.timeDead = () => (this.dead ? (Date.now() - this.dead.valueOf()) / 1000 : 0);
    /** @type {XMLHttpRequest} */
    this.xhr = this._newXHR();
  }

  /** To be replaced by programs with another way to make requests. */
  _newXHR() {
    if (typeof XMLHttpRequest === 'undefined')
      throw failure('there is no XMLHttpRequest: replace Strophe.Request.prototype._newXHR');
    const xhr = new XMLHttpRequest();
    xhr.overrideMimeType?.('text/xml; charset=utf-8');
    xhr.onreadystatechange = this.func.bind(null, this);
    return xhr;
  }

  /** @returns {Element | null} the answer's body */
  getResponse() {
    const { responseXML, responseText } = this.xhr;
    const parsed = responseXML ?? (responseText ? xmlHtmlNode(responseText) : null);
    if (!parsed?.documentElement) return null;
    if (getParserError(parsed) !== null) throw failure('the answer is not XML', 'bad-format');
    return parsed.documentElement;
  }
}

const { _newXHR: own } = Request.prototype;

/** Does the program want to make requests itself? */
export const isReplaced = () => Request.prototype._newXHR !== own;

/**
 * A transport over what `_newXHR` makes.
 * @param {import('../transports.js').RequestOptions} options read at each request
 * @returns {import('../transports.js').Transport}
 */
export function requestTransport(options) {
  /** @type {Map<number, Request>} */
  const running = new Map();
  return {
    submit: ({ id, url, contentType, body }) =>
      new Promise((resolve, reject) => {
        const text = new TextDecoder().decode(body);
        const { documentElement: element } = xmlHtmlNode(text);
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
