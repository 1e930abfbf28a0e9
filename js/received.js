// SPDX-License-Identifier: MIT
// Received bodies and the elements in them, as the engine's flat index gives them (wasm/flat.h).

/** Kinds of records, and how many numbers an element, an attribute and a text are. */
export const ELEMENT = 1;
export const ELEMENT_SIZE = 4;
export const ATTRIBUTE_SIZE = 3;
export const TEXT_SIZE = 3;
const XMLNS = 'http://www.w3.org/2000/xmlns/';

/** @typedef {[string, string, string]} Name namespace, local name, name with prefix */

/** A received body: copied out of the module, so it stays valid. */
export class Body {
  /**
   * @param {Int32Array} records see flat.h
   * @param {string} arena
   * @param {string} wide
   * @param {Name[]} names by number
   */
  constructor(records, arena, wide, names) {
    this.records = records;
    this.arena = arena;
    this.wide = wide;
    this.names = names;
    /** For element.js. @type {import('./element.js').Mold[]} */
    this.molds = [];
  }

  /** The text whose begin and end are at this place. @param {number} at */
  text(at) {
    const begin = this.records[at];
    const end = this.records[at + 1];
    return begin < 0 ? this.wide.slice(~begin, ~end) : this.arena.slice(begin, end);
  }
}

/**
 * @param {Body} body
 * @param {number} at where an element begins
 * @returns {number} its first child
 */
export function inside({ records }, at) {
  return at + ELEMENT_SIZE + ATTRIBUTE_SIZE * records[at + 2];
}

/** A received element, read only. */
export class Element {
  #body;
  #place;

  /**
   * @param {Body} body
   * @param {number} place
   */
  constructor(body, place) {
    this.#body = body;
    this.#place = place;
  }

  /** For those who read the index itself: where the element is in its body. */
  get body() {
    return this.#body;
  }

  get place() {
    return this.#place;
  }

  get namespace() {
    return this.#body.names[this.#body.records[this.#place + 1]][0];
  }

  get name() {
    return this.#body.names[this.#body.records[this.#place + 1]][1];
  }

  /** @returns {Array<{namespace: string, name: string, value: string}>} */
  get attributes() {
    const { records, names } = this.#body;
    return Array.from({ length: records[this.#place + 2] }, (_, i) => {
      const at = this.#place + ELEMENT_SIZE + ATTRIBUTE_SIZE * i;
      const [namespace, name] = names[records[at]];
      return { namespace, name, value: this.#body.text(at + 1) };
    }).filter(({ namespace }) => namespace !== XMLNS);
  }

  /**
   * @param {string} name
   * @param {string} [namespace]
   * @returns {string | null}
   */
  attribute(name, namespace = '') {
    const { records, names } = this.#body;
    const end = inside(this.#body, this.#place);
    for (let at = this.#place + ELEMENT_SIZE; at < end; at += ATTRIBUTE_SIZE) {
      const known = names[records[at]];
      if (known[1] === name && known[0] === namespace) return this.#body.text(at + 1);
    }
    return null;
  }

  /** Elements and texts inside, in order. @returns {Array<Element | string>} */
  get nodes() {
    const { records } = this.#body;
    const nodes = [];
    const end = records[this.#place + 3];
    for (let at = inside(this.#body, this.#place); at < end;) {
      if (records[at] === ELEMENT) {
        nodes.push(new Element(this.#body, at));
        at = records[at + 3];
      } else {
        nodes.push(this.#body.text(at + 1));
        at += TEXT_SIZE;
      }
    }
    return nodes;
  }

  /**
   * The first child element of this name and namespace; null for either means any.
   *
   * @param {string | null} name
   * @param {string | null} [namespace]
   * @returns {Element | null}
   */
  child(name, namespace = null) {
    return /** @type {Element | null} */ (
      this.nodes.find(
        (node) =>
          node instanceof Element &&
          (name === null || node.name === name) &&
          (namespace === null || node.namespace === namespace),
      ) ?? null
    );
  }

  /** The text directly inside. */
  get text() {
    return this.nodes.filter((node) => typeof node === 'string').join('');
  }
}
