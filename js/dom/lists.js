// SPDX-License-Identifier: MIT
// Lists of the light DOM, and what stands in one of them: attributes.

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

/** @extends {NodeList<Attr>} */
export class NamedNodeMap extends NodeList {
  /** @param {string} name */
  getNamedItem(name) {
    for (const attribute of this) if (attribute.name === name) return attribute;
    return null;
  }

  /** @param {string | null} ns @param {string} local */
  getNamedItemNS(ns, local) {
    for (const one of this) if (one.localName === local && one.namespaceURI === ns) return one;
    return null;
  }
}

/**
 * Prefix and local part of a qualified name.
 * @param {string} name
 * @returns {[string | null, string]}
 */
export function splitName(name) {
  const colon = name.indexOf(':');
  return colon < 0 ? [null, name] : [name.slice(0, colon), name.slice(colon + 1)];
}

export class Attr {
  /** @param {any} owner @param {string | null} ns @param {string} name @param {string} value */
  constructor(owner, ns, name, value) {
    this.ownerElement = owner;
    this.namespaceURI = ns;
    this.name = this.nodeName = name;
    const [prefix, localName] = ns === null ? [null, name] : splitName(name);
    this.prefix = prefix;
    this.localName = localName;
    this.value = value;
  }
  get nodeValue() {
    return this.value;
  }
  get textContent() {
    return this.value;
  }
}
