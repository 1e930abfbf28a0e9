// SPDX-License-Identifier: MIT
// Received stanzas, read straight from the index of their body (wasm/flat.h), and as DOM Elements.
// An Element is made only when somebody wants to see it, in the document of xmlGenerator: that
// belongs to no window, so nothing in it is ever fetched or run.

import { xmlGenerator } from './strophe/xml.js';

/** @typedef {import('./received.js').Body} Body */

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

/**
 * An element with its attributes, without what is inside.
 * @param {Body} body @param {number} place
 */
function open(body, place) {
  const { records, names } = body;
  const [namespace, , name] = names[records[place + 1]];
  const element = xmlGenerator().createElementNS(namespace || null, name);
  for (let at = place + ELEMENT_SIZE; at < inside(body, place); at += ATTRIBUTE_SIZE) {
    const [attributeNamespace, , attribute] = names[records[at]];
    if (attributeNamespace)
      element.setAttributeNS(attributeNamespace, attribute, body.text(at + 1));
    else element.setAttribute(attribute, body.text(at + 1));
  }
  return element;
}

/** @param {Body} body @param {number} place @returns {Element} */
function build(body, place) {
  const { records } = body;
  const element = open(body, place);
  for (let at = inside(body, place), end = records[place + 3]; at < end;) {
    const isElement = records[at] === ELEMENT;
    element.appendChild(
      isElement ? build(body, at) : xmlGenerator().createTextNode(body.text(at + 1)),
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

  /**
   * What a parser would have made of it, the same for all handlers. Around it is the wrapper with
   * its attributes, but without the stanza's siblings.
   */
  get element() {
    if (this._element) return this._element;
    const { body, place } = this;
    body.wrapper ??= place ? open(body, 0) : xmlGenerator().createElementNS(HTTPBIND, 'body');
    const element = build(body, place);
    body.wrapper.cloneNode(false).appendChild(element);
    return (this._element = element);
  }
}
