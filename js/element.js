// SPDX-License-Identifier: MIT
// Received stanzas, read straight from the index of their body (wasm/flat.h), and as DOM Elements.
// An Element is made only when somebody wants to see it, in the document of xmlGenerator: that
// belongs to no window, so nothing in it is ever fetched or run.

import { xmlGenerator } from './strophe/xml.js';

/** @typedef {import('./received.js').Body} Body */

const XML = 'http://www.w3.org/XML/1998/namespace';
const XMLNS = 'http://www.w3.org/2000/xmlns/';
const HTTPBIND = 'http://jabber.org/protocol/httpbind';

/** Kinds of records, and how many numbers an element and an attribute are. */
const ELEMENT = 1;
const ELEMENT_SIZE = 4;
const ATTRIBUTE_SIZE = 3;
const TEXT_SIZE = 3;

/**
 * @param {Body} body
 * @param {number} at where an element begins
 * @returns {number} its first child
 */
function inside({ records }, at) {
  return at + ELEMENT_SIZE + ATTRIBUTE_SIZE * records[at + 2];
}

/** @param {Element} to @param {Body} body @param {number} at an attribute */
function addAttribute(to, body, at) {
  const [namespace, name] = body.names[body.records[at]];
  const value = body.text(at + 1);
  if (!namespace) to.setAttribute(name, value);
  else if (namespace === XML) to.setAttributeNS(XML, `xml:${name}`, value);
  else {
    // The engine does not tell the prefix of the source; any will do.
    const prefix = `ns${to.attributes.length}`;
    to.setAttributeNS(XMLNS, `xmlns:${prefix}`, namespace);
    to.setAttributeNS(namespace, `${prefix}:${name}`, value);
  }
}

/**
 * @param {Body} body
 * @param {number} place
 * @param {string} around namespace of the element around it
 * @returns {Element}
 */
function build(body, place, around) {
  const { records, names } = body;
  const [namespace, name] = names[records[place + 1]];
  const element = xmlGenerator().createElementNS(namespace || null, name);
  // Programs look at this attribute; it stands where the namespace changes.
  if (namespace !== around) element.setAttributeNS(XMLNS, 'xmlns', namespace);
  const first = inside(body, place);
  for (let at = place + ELEMENT_SIZE; at < first; at += ATTRIBUTE_SIZE)
    addAttribute(element, body, at);
  for (let at = first, end = records[place + 3]; at < end;) {
    const isElement = records[at] === ELEMENT;
    element.appendChild(
      isElement ? build(body, at, namespace) : xmlGenerator().createTextNode(body.text(at + 1)),
    );
    at = isElement ? records[at + 3] : at + TEXT_SIZE;
  }
  return element;
}

/** A received stanza: an Element from when it is asked for. */
export class Stanza {
  /** @param {Body} body @param {number} place */
  constructor(body, place) {
    this.body = body;
    this.place = place;
    /** @type {Element | null} */
    this._element = null;
  }

  /** The same for all handlers, within a wrapper as it stood in the answer. */
  get element() {
    if (this._element) return this._element;
    const wrapper = xmlGenerator().createElementNS(HTTPBIND, 'body');
    wrapper.setAttributeNS(XMLNS, 'xmlns', HTTPBIND);
    this._element = wrapper.appendChild(build(this.body, this.place, HTTPBIND));
    return this._element;
  }
}
