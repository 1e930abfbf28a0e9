// SPDX-License-Identifier: MIT
// Lists of the light DOM, and what stands in one of them: attributes.

import { localPart, splitName } from './names.js';

/** @template T @extends {Array<T>} */
export class NodeList extends Array {
  static get [Symbol.species]() {
    return Array;
  }

  /** @param {number} index @returns {T | null} */
  item(index) {
    return this[index] ?? null;
  }
}

/**
 * @param {Attr[]} attributes @param {string} name
 * @returns {Attr | null}
 */
export function findNamed(attributes, name) {
  for (const attribute of attributes) if (attribute.name === name) return attribute;
  return null;
}

/**
 * @param {Attr[]} attributes @param {string | null} ns @param {string} local
 * @returns {Attr | null}
 */
export function findNamedNS(attributes, ns, local) {
  for (const one of attributes) if (one.localName === local && one.namespaceURI === ns) return one;
  return null;
}

/** @extends {NodeList<Attr>} */
export class NamedNodeMap extends NodeList {
  /** @param {string} name */
  getNamedItem(name) {
    return findNamed(this, name);
  }

  /** @param {string | null} ns @param {string} local */
  getNamedItemNS(ns, local) {
    return findNamedNS(this, ns, local);
  }
}

export class Attr {
  /** @param {any} owner @param {string | null} ns @param {string} name @param {string} value */
  constructor(owner, ns, name, value) {
    this.ownerElement = owner;
    this.namespaceURI = ns;
    this.name = name;
    this.value = value;
  }
  get nodeName() {
    return this.name;
  }
  get localName() {
    return localPart(this.namespaceURI, this.name);
  }
  get prefix() {
    return this.namespaceURI === null ? null : splitName(this.name)[0];
  }
  get nodeValue() {
    return this.value;
  }
  get textContent() {
    return this.value;
  }
}
