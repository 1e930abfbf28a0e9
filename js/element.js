// SPDX-License-Identifier: MIT
// Received stanzas, read straight from the index of their body (wasm/flat.h), and as DOM Elements.
// An Element is made only when somebody wants to see it, in the document of xmlGenerator: that
// belongs to no window, so nothing in it is ever fetched or run.

import { dom } from './dom.js';
import { ATTRIBUTE_SIZE, ELEMENT, ELEMENT_SIZE, TEXT_SIZE, inside } from './received.js';
import { xmlGenerator } from './strophe/xml.js';

/** @typedef {import('./received.js').Body} Body */
/** @typedef {import('./received.js').Name} Name */

const HTTPBIND = 'http://jabber.org/protocol/httpbind';

/** @param {Element} element @param {Name} name @param {string} value */
function setAttribute(element, [namespace, , name], value) {
  if (namespace) element.setAttributeNS(namespace, name, value);
  else element.setAttribute(name, value);
}

/**
 * An element with its attributes, without what is inside.
 * @param {Body} body @param {number} place
 */
function open(body, place) {
  const { records, names } = body;
  const [namespace, , name] = names[records[place + 1]];
  const element = xmlGenerator().createElementNS(namespace || null, name);
  for (let at = place + ELEMENT_SIZE, end = inside(body, place); at < end; at += ATTRIBUTE_SIZE)
    setAttribute(element, names[records[at]], body.text(at + 1));
  return element;
}

/**
 * With what is inside it.
 * @param {Body} body
 * @param {number} place
 * @param {(body: Body, place: number) => Element} make elements inside
 * @param {(place: number, child: Node) => void} [see] each that was made
 */
function fill(body, place, make, see) {
  const { records } = body;
  const element = open(body, place);
  for (let at = inside(body, place), end = records[place + 3]; at < end;) {
    const isElement = records[at] === ELEMENT;
    const child = isElement ? make(body, at) : xmlGenerator().createTextNode(body.text(at + 1));
    element.appendChild(child);
    see?.(at, child);
    at = isElement ? records[at + 3] : at + TEXT_SIZE;
  }
  return element;
}

/** @param {Body} body @param {number} place @returns {Element} */
const build = (body, place) =>
  dom().grow?.(xmlGenerator(), body, place) ?? fill(body, place, build);

/** In its wrapper. @param {Body} body @param {number} place */
function buildPayload(body, place) {
  const wrapper = place ? open(body, 0) : xmlGenerator().createElementNS(HTTPBIND, 'body');
  return wrapper.appendChild(build(body, place));
}

/* ---------------------------------------------------------------------------------- copying */

/** How many kinds of payloads are remembered. */
const MOLDS = 8;

/**
 * A payload of which more are cast that differ only in values and texts.
 * @typedef {object} Mold
 * @property {number} place
 * @property {Node | null} wrapper around the payload, from the second one on; nobody else has it
 */

/**
 * Where the element at `b` has other values and texts than the one at `a`, as places in that, the
 * last one first; null when it has other names or another structure.
 * @param {Int32Array} records @param {number} a @param {number} b
 */
function differences(records, a, b) {
  const shift = b - a;
  const end = records[a + 3];
  if (end + shift !== records[b + 3]) return null;
  /** @type {number[]} */
  const places = [];
  for (let at = a, attributes = 0; at < end;) {
    if (records[at] !== records[at + shift]) return null;
    const areSame =
      records[at + 1] === records[at + shift + 1] && records[at + 2] === records[at + shift + 2];
    if (attributes-- > 0 || records[at] !== ELEMENT) {
      if (!areSame) places.push(at + 1);
      at += TEXT_SIZE; // that of an attribute, too
    } else {
      if (!areSame || records[at + 3] + shift !== records[at + shift + 3]) return null;
      attributes = records[at + 2];
      at += ELEMENT_SIZE;
    }
  }
  return places.reverse();
}

/**
 * Makes a copy of the element at `place` that of the one `shift` behind it. Nodes that are the same
 * are not even looked at, which would cost an object for each.
 * @param {Body} body @param {number} place @param {number} shift @param {any} element
 * @param {number[]} places what differs; taken off as it is done
 */
function recast(body, place, shift, element, places) {
  const { records, names } = body;
  const end = records[place + 3];
  let at = inside(body, place);
  let one = places[places.length - 1];
  for (; one < at; one = places[places.length - 1]) {
    setAttribute(element, names[records[one - 1]], body.text(one + shift));
    places.pop();
  }
  for (let child = null, skipped = 0; one < end; skipped++) {
    const isElement = records[at] === ELEMENT;
    const next = isElement ? records[at + 3] : at + TEXT_SIZE;
    if (one < next) {
      if (next === end) child = element.lastChild;
      else child ??= element.firstChild;
      if (next !== end) for (; skipped; skipped--) child = child.nextSibling;
      if (isElement) recast(body, at, shift, child, places);
      else {
        child.data = body.text(one + shift);
        places.pop();
      }
      one = places[places.length - 1];
    }
    at = next;
  }
}

/**
 * A payload in its wrapper. Most are like one before, of which a browser makes a copy in a fraction
 * of the time.
 * @param {Body} body @param {number} place
 * @returns {Element}
 */
function payload(body, place) {
  if (!place || !dom().isCopying) return buildPayload(body, place);
  const { records, molds } = body;
  for (const mold of molds) {
    const places = differences(records, mold.place, place);
    if (!places) continue;
    mold.wrapper ??= buildPayload(body, mold.place).parentNode;
    const element = /** @type {any} */ (mold.wrapper).cloneNode(true).firstChild;
    recast(body, mold.place, place - mold.place, element, places);
    return element;
  }
  molds.unshift({ place, wrapper: null });
  molds.splice(MOLDS);
  return buildPayload(body, place);
}

/** A whole answer as an Element, because somebody wants to see it. */
export class Answer {
  /** @type {Map<number, Node>} */
  #inside = new Map();

  /** @param {Body} body with the wrapper at place 0 */
  constructor(body) {
    this.body = body;
    this.element = fill(body, 0, payload, (place, child) => this.#inside.set(place, child));
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
    this._element ??= payload(this.body, this.place);
    return this._element;
  }
}
