// SPDX-License-Identifier: MIT
// Received stanzas, read straight from the index of their body (wasm/flat.h), and as DOM Elements.
// An Element is made only when somebody wants to see it, in the document of xmlGenerator: that
// belongs to no window, so nothing in it is ever fetched or run.

import { dom } from './dom.js';
import { xmlGenerator } from './strophe/xml.js';

/** @typedef {import('./received.js').Body} Body */
/** @typedef {import('./received.js').Name} Name */

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
 * The last element of a name, to be copied: the next one mostly has attributes of the same names,
 * and often the same values.
 * @typedef {object} Shell
 * @property {Element} element
 * @property {number[]} names of its attributes
 * @property {string[]} values
 */

/** @param {Element} element @param {Name} name @param {string} value */
function setAttribute(element, [namespace, , name], value) {
  if (namespace) element.setAttributeNS(namespace, name, value);
  else element.setAttribute(name, value);
}

/**
 * @param {Body} body @param {number} place
 * @param {(name: number, value: string) => void} [see] is shown each attribute
 */
function make(body, place, see) {
  const { records, names } = body;
  const [namespace, , name] = names[records[place + 1]];
  const element = xmlGenerator().createElementNS(namespace || null, name);
  for (let at = place + ELEMENT_SIZE, end = inside(body, place); at < end; at += ATTRIBUTE_SIZE) {
    const value = body.text(at + 1);
    setAttribute(element, names[records[at]], value);
    see?.(records[at], value);
  }
  return element;
}

/** @param {Body} body @param {number} place @returns {Shell} */
function makeShell(body, place) {
  /** @type {number[]} */
  const names = [];
  /** @type {string[]} */
  const values = [];
  const element = make(body, place, (name, value) => {
    names.push(name);
    values.push(value);
  });
  return { element, names, values };
}

/** @param {Shell | null} shell @param {Body} body @param {number} place */
function fits(shell, { records }, place) {
  if (shell?.names.length !== records[place + 2]) return false;
  return shell.names.every(
    (name, i) => name === records[place + ELEMENT_SIZE + ATTRIBUTE_SIZE * i],
  );
}

/**
 * An element with its attributes, without what is inside.
 * @param {Body} body @param {number} place
 */
function open(body, place) {
  if (!dom().isCopying) return make(body, place);
  const { records, names } = body;
  const name = names[records[place + 1]];
  if (!fits(name[3], body, place)) name[3] = makeShell(body, place);
  const { element: original, values, names: attributes } = /** @type {Shell} */ (name[3]);
  const element = /** @type {Element} */ (original.cloneNode(false));
  for (let i = 0, at = place + ELEMENT_SIZE; i < attributes.length; i++, at += ATTRIBUTE_SIZE) {
    const value = body.text(at + 1);
    if (value !== values[i]) setAttribute(element, names[attributes[i]], value);
  }
  return element;
}

/**
 * @param {Body} body @param {number} place
 * @param {(child: Node, place: number) => void} [see] is shown what is directly inside
 * @returns {Element}
 */
function build(body, place, see) {
  const { records } = body;
  const element = open(body, place);
  for (let at = inside(body, place), end = records[place + 3]; at < end;) {
    const isElement = records[at] === ELEMENT;
    const child = isElement ? build(body, at) : xmlGenerator().createTextNode(body.text(at + 1));
    element.appendChild(child);
    see?.(child, at);
    at = isElement ? records[at + 3] : at + TEXT_SIZE;
  }
  return element;
}

/** A whole answer as an Element, because somebody wants to see it. */
export class Answer {
  /** @type {Map<number, Node>} */
  #inside = new Map();

  /** @param {Body} body with the wrapper at place 0 */
  constructor(body) {
    this.body = body;
    this.element = build(body, 0, (child, place) => this.#inside.set(place, child));
  }

  /** What is there directly inside. @param {Body} body @param {number} place */
  find(body, place) {
    return body === this.body ? /** @type {Element} */ (this.#inside.get(place)) : null;
  }
}

/** A received stanza: an Element from when it is asked for. */
export class Stanza {
  /** @param {Body} body @param {number} place @param {Answer | null} shown what hooks have seen */
  constructor(body, place, shown) {
    this.body = body;
    this.place = place;
    this._element = shown?.find(body, place) ?? null;
  }

  /**
   * What a parser would have made of it, the same for all handlers and hooks. Around it is the
   * wrapper with its attributes, but the stanza's siblings only where a hook has seen them.
   */
  get element() {
    if (this._element) return this._element;
    const { body, place } = this;
    const wrapper = place ? open(body, 0) : xmlGenerator().createElementNS(HTTPBIND, 'body');
    this._element = wrapper.appendChild(build(body, place));
    return this._element;
  }
}
