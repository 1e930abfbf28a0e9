// SPDX-License-Identifier: MIT
// Strophe's Request: one XMLHttpRequest with a body. Only programs that replace `_newXHR` send
// through it (carrier.js).

import { Builder } from './builder.js';
import { failure } from './log.js';
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
 * A transport over what `_newXHR` makes, loaded for the first request that takes it.
 * @param {import('../transports.js').RequestOptions} options read at each request
 * @returns {import('../transports.js').Transport}
 */
export function requestTransport(options) {
  /** @type {Promise<import('../transports.js').Transport> | undefined} */
  let loading;
  const load = () =>
    (loading ??= import('./carrier.js').then(
      ({ makeCarrier }) => makeCarrier(options, Request, xmlHtmlNode),
      (error) => {
        loading = undefined;
        throw error;
      },
    ));
  return {
    submit: async (request) => (await load()).submit(request),
    cancel: (id) =>
      void load().then(
        (transport) => transport.cancel(id),
        () => {},
      ),
  };
}
