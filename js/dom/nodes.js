// SPDX-License-Identifier: MIT
// A light DOM for places without one (Node, workers): XML only, the members that XMPP programs use,
// by the names and rules of the DOM standard. Lists are arrays with the methods of NodeList.

import { Attr, NamedNodeMap, NodeList, findNamed, findNamedNS } from './lists.js';
import { checkName, domError, localPart, splitName } from './names.js';
import { select, matches } from './select.js';
import { parseInto } from './parse.js';
import { serializeNode } from './serialize.js';

export const XML_NS = 'http://www.w3.org/XML/1998/namespace';
export const XMLNS_NS = 'http://www.w3.org/2000/xmlns/';

/** Of most elements, as long as nothing is added. @type {any[]} */
const NONE = [];

export class Node {
  static ELEMENT_NODE = 1;
  static TEXT_NODE = 3;
  static CDATA_SECTION_NODE = 4;
  static PROCESSING_INSTRUCTION_NODE = 7;
  static COMMENT_NODE = 8;
  static DOCUMENT_NODE = 9;
  static DOCUMENT_FRAGMENT_NODE = 11;

  /** @param {Document | null} ownerDocument @param {number} nodeType @param {string} nodeName */
  constructor(ownerDocument, nodeType, nodeName) {
    this.ownerDocument = ownerDocument;
    this.nodeType = nodeType;
    this.nodeName = nodeName;
    /** @type {Node | null} */
    this.parentNode = null;
  }

  /** @returns {NodeList<Node>} */
  get childNodes() {
    return new NodeList();
  }
  get nodeValue() {
    return /** @type {string | null} */ (null);
  }
  set nodeValue(_value) {}
  /** @returns {Element | null} */
  get parentElement() {
    return this.parentNode instanceof Element ? this.parentNode : null;
  }
  /** @returns {Node | null} */
  get firstChild() {
    return /** @type {Node | null} */ (null);
  }
  /** @returns {Node | null} */
  get lastChild() {
    return /** @type {Node | null} */ (null);
  }
  /** @returns {Node | null} */
  get nextSibling() {
    return sibling(this, 1);
  }
  /** @returns {Node | null} */
  get previousSibling() {
    return sibling(this, -1);
  }
  get textContent() {
    return this.nodeValue;
  }
  set textContent(value) {
    this.nodeValue = value;
  }
  get isConnected() {
    return this.getRootNode().nodeType === Node.DOCUMENT_NODE;
  }
  hasChildNodes() {
    return this.firstChild !== null;
  }
  getRootNode() {
    /** @type {Node} */
    let node = this;
    while (node.parentNode) node = node.parentNode;
    return node;
  }

  /** @param {Node | null} other */
  contains(other) {
    for (let node = other; node; node = node.parentNode) if (node === this) return true;
    return false;
  }

  /** @param {Node | null} other */
  isSameNode(other) {
    return this === other;
  }

  /** @param {Node | null} other @returns {boolean} */
  isEqualNode(other) {
    if (!other || this.nodeType !== other.nodeType || this.nodeValue !== other.nodeValue)
      return false;
    if (!this.hasEqualName(other) || this.childNodes.length !== other.childNodes.length)
      return false;
    return this.childNodes.every((child, i) => child.isEqualNode(other.childNodes[i]));
  }

  /** Itself without what is inside. @param {Document} _owner @returns {Node} */
  emptyCopy(_owner) {
    throw new Error('what node is this?');
  }

  /** @param {Node} other */
  hasEqualName(other) {
    return this.nodeName === other.nodeName;
  }

  /** @param {boolean} [isDeep] @returns {any} */
  cloneNode(isDeep = false) {
    return copy(this, /** @type {Document} */ (this.ownerDocument), isDeep);
  }
  remove() {
    /** @type {ParentNode | null} */ (this.parentNode)?.removeChild(this);
  }
}

/** @param {Node} node @param {number} step @returns {Node | null} */
function sibling(node, step) {
  const siblings = /** @type {ParentNode | null} */ (node.parentNode)?._list;
  return siblings?.[siblings.indexOf(node) + step] ?? null;
}

/** @param {Node} node @param {Document} owner @param {boolean} isDeep */
function copy(node, owner, isDeep) {
  const clone = node instanceof Document ? new Document() : node.emptyCopy(owner);
  if (isDeep && clone instanceof ParentNode)
    for (const child of node.childNodes) {
      const inside = copy(child, clone instanceof Document ? clone : owner, true);
      inside.parentNode = clone;
      clone._add(inside);
    }
  return clone;
}

/** Text, CDATA sections, comments and processing instructions. */
export class CharacterData extends Node {
  /** @param {Document | null} owner @param {number} type @param {string} name @param {any} data */
  constructor(owner, type, name, data) {
    super(owner, type, name);
    this.data = String(data);
  }
  get nodeValue() {
    return this.data;
  }
  set nodeValue(value) {
    this.data = String(value ?? '');
  }
  get length() {
    return this.data.length;
  }
  /** @param {Document} owner @returns {Node} */
  emptyCopy(owner) {
    return new CharacterData(owner, this.nodeType, this.nodeName, this.data);
  }
}

/** What can have children: documents, elements, fragments. */
export class ParentNode extends Node {
  /** @param {Document | null} owner @param {number} type @param {string} name */
  constructor(owner, type, name) {
    super(owner, type, name);
    /** An array until somebody asks for childNodes. @type {Node[]} */
    this._list = NONE;
  }

  /** @returns {NodeList<Node>} */
  get childNodes() {
    if (!(this._list instanceof NodeList)) this._list = NodeList.from(this._list);
    return /** @type {NodeList<Node>} */ (this._list);
  }
  /** @returns {Node | null} */
  get firstChild() {
    return this._list.length ? this._list[0] : null;
  }
  /** @returns {Node | null} */
  get lastChild() {
    return this._list.at(-1) ?? null;
  }
  /** @returns {NodeList<Element>} */
  get children() {
    return /** @type {any} */ (NodeList.from(this._list.filter(isElement)));
  }
  /** @returns {Element | null} */
  get firstElementChild() {
    return /** @type {Element | null} */ (this._list.find(isElement) ?? null);
  }
  /** @returns {Element | null} */
  get lastElementChild() {
    return this.children.at(-1) ?? null;
  }
  get childElementCount() {
    return this.children.length;
  }
  get textContent() {
    let text = '';
    for (const child of this._list)
      if (child.nodeType < Node.PROCESSING_INSTRUCTION_NODE) text += child.textContent;
    return text;
  }
  set textContent(text) {
    this.replaceChildren();
    if (text) this.append(text);
  }

  /** @template {Node} T @param {T} child @returns {T} */
  appendChild(child) {
    // Building a tree: neither of them has a parent, so neither can be inside of the other.
    const isFresh = child instanceof CharacterData || child instanceof Element;
    const isApart = !child?.parentNode && (!this.parentNode || !child?.hasChildNodes());
    const isOwn =
      child?.ownerDocument === this.ownerDocument && /** @type {Node} */ (child) !== this;
    if (!isFresh || !isApart || !isOwn) return this.insertBefore(child, null);
    this._add(child);
    child.parentNode = this;
    return child;
  }

  /** @param {Node} child that has no parent */
  _add(child) {
    if (this._list === NONE) this._list = [child];
    else this._list.push(child);
  }

  /** @template {Node} T @param {T} child @param {Node | null} before @returns {T} */
  insertBefore(child, before) {
    if (!(child instanceof Node)) throw new TypeError('parameter 1 is not of type Node');
    const isOnly = this instanceof Document && isElement(child) && this.documentElement;
    if (child.contains(this) || child instanceof Document || isOnly)
      throw domError('HierarchyRequestError', 'the node cannot be inserted here');
    if (child instanceof DocumentFragment) {
      for (const one of [...child.childNodes]) this.insertBefore(one, before);
      return child;
    }
    child.remove();
    const index = before ? this._list.indexOf(before) : this._list.length;
    if (index < 0) throw domError('NotFoundError', 'the node before which to insert is no child');
    this.childNodes.splice(index, 0, child);
    child.parentNode = this;
    adopt(child, this instanceof Document ? this : this.ownerDocument);
    return child;
  }

  /** @template {Node} T @param {T} child @returns {T} */
  removeChild(child) {
    const index = this._list.indexOf(child);
    if (index < 0) throw domError('NotFoundError', 'the node to be removed is no child');
    this._list.splice(index, 1);
    child.parentNode = null;
    return child;
  }

  /** @template {Node} T @param {Node} child @param {T} old @returns {T} */
  replaceChild(child, old) {
    this.insertBefore(child, old);
    return this.removeChild(old);
  }

  /** @param {...(Node | string)} nodes */
  append(...nodes) {
    const owner = this instanceof Document ? this : /** @type {Document} */ (this.ownerDocument);
    for (const node of nodes)
      this.appendChild(node instanceof Node ? node : owner.createTextNode(node));
  }

  /** @param {...(Node | string)} nodes */
  replaceChildren(...nodes) {
    for (const child of [...this._list]) this.removeChild(child);
    this.append(...nodes);
  }

  /** @param {string} selectors @returns {Element | null} */
  querySelector(selectors) {
    return select(this, selectors, 1)[0] ?? null;
  }

  /** @param {string} selectors @returns {NodeList<Element>} */
  querySelectorAll(selectors) {
    return /** @type {any} */ (NodeList.from(select(this, selectors, Infinity)));
  }

  /** @param {string} name */
  getElementsByTagName(name) {
    return descendants(this, (one) => name === '*' || one.tagName === name);
  }

  /** @param {string | null} ns @param {string} local */
  getElementsByTagNameNS(ns, local) {
    const uri = ns || null;
    const isNs = (/** @type {Element} */ one) => ns === '*' || one.namespaceURI === uri;
    return descendants(this, (one) => isNs(one) && (local === '*' || one.localName === local));
  }
}

/** @param {Node} node */
function isElement(node) {
  return node.nodeType === Node.ELEMENT_NODE;
}

/** @param {Node} node @param {Document | null} owner */
function adopt(node, owner) {
  if (node.ownerDocument === owner) return;
  node.ownerDocument = owner;
  if (node instanceof ParentNode) for (const child of node._list) adopt(child, owner);
}

/** @param {ParentNode} root @param {(one: Element) => boolean} isWanted */
function descendants(root, isWanted) {
  /** @type {NodeList<Element>} */
  const found = new NodeList();
  const visit = (/** @type {ParentNode} */ node) => {
    for (const child of node._list)
      if (child instanceof Element) {
        if (isWanted(child)) found.push(child);
        visit(child);
      }
  };
  visit(root);
  return found;
}

export class DocumentFragment extends ParentNode {
  /** @param {Document} owner */
  constructor(owner) {
    super(owner, Node.DOCUMENT_FRAGMENT_NODE, '#document-fragment');
  }
  /** @param {Document} owner @returns {Node} */
  emptyCopy(owner) {
    return new DocumentFragment(owner);
  }
}

export class Element extends ParentNode {
  /** @param {Document} owner @param {string | null} ns @param {string} name */
  constructor(owner, ns, name) {
    super(owner, Node.ELEMENT_NODE, name);
    this.namespaceURI = ns;
    /** An array until somebody asks for attributes. @type {Attr[]} */
    this._attributes = NONE;
  }

  get tagName() {
    return this.nodeName;
  }
  get localName() {
    return localPart(this.namespaceURI, this.nodeName);
  }
  get prefix() {
    return this.namespaceURI === null ? null : splitName(this.nodeName)[0];
  }

  /** @returns {NamedNodeMap} */
  get attributes() {
    if (!(this._attributes instanceof NamedNodeMap))
      this._attributes = /** @type {any} */ (NamedNodeMap.from(this._attributes));
    return /** @type {any} */ (this._attributes);
  }

  /** @param {string | null} ns @param {string} name @param {string} value */
  _addAttribute(ns, name, value) {
    const attribute = new Attr(this, ns, name, value);
    if (this._attributes === NONE) this._attributes = [attribute];
    else this._attributes.push(attribute);
  }

  /** @param {Document} owner @returns {Node} */
  emptyCopy(owner) {
    const clone = new Element(owner, this.namespaceURI, this.tagName);
    for (const { namespaceURI, name, value } of this._attributes)
      clone._addAttribute(namespaceURI, name, value);
    return clone;
  }

  /** @param {any} other */
  hasEqualName(other) {
    if (this.localName !== other.localName || this.prefix !== other.prefix) return false;
    if (this.namespaceURI !== other.namespaceURI) return false;
    if (this._attributes.length !== other.attributes.length) return false;
    return this._attributes.every(
      (one) =>
        other.attributes.getNamedItemNS(one.namespaceURI, one.localName)?.value === one.value,
    );
  }

  /** @param {string} name @returns {string | null} */
  getAttribute(name) {
    return findNamed(this._attributes, name)?.value ?? null;
  }
  /** @param {string | null} ns @param {string} local */
  getAttributeNS(ns, local) {
    return findNamedNS(this._attributes, ns || null, local)?.value ?? null;
  }
  /** @param {string} name */
  getAttributeNode(name) {
    return findNamed(this._attributes, name);
  }
  getAttributeNames() {
    return this._attributes.map((attribute) => attribute.name);
  }
  /** @param {string} name */
  hasAttribute(name) {
    return this.getAttribute(name) !== null;
  }
  /** @param {string | null} ns @param {string} local */
  hasAttributeNS(ns, local) {
    return this.getAttributeNS(ns, local) !== null;
  }
  hasAttributes() {
    return this._attributes.length > 0;
  }

  /** @param {string} name @param {any} value */
  setAttribute(name, value) {
    checkName(name);
    const old = findNamed(this._attributes, name);
    if (old) old.value = String(value);
    else this._addAttribute(null, name, String(value));
  }

  /** @param {string | null} ns @param {string} name @param {any} value */
  setAttributeNS(ns, name, value) {
    checkName(name);
    const uri = ns || null;
    const old = findNamedNS(this._attributes, uri, localPart(uri, name));
    if (old) old.value = String(value);
    else this._addAttribute(uri, name, String(value));
  }

  /** @param {string} name */
  removeAttribute(name) {
    const index = this._attributes.findIndex((attribute) => attribute.name === name);
    if (index >= 0) this._attributes.splice(index, 1);
  }
  /** @param {string | null} ns @param {string} local */
  removeAttributeNS(ns, local) {
    const attribute = findNamedNS(this._attributes, ns || null, local);
    if (attribute) this.removeAttribute(attribute.name);
  }

  get id() {
    return this.getAttribute('id') ?? '';
  }
  /** @returns {Element | null} */
  get nextElementSibling() {
    return elementSibling(this, 1);
  }
  /** @returns {Element | null} */
  get previousElementSibling() {
    return elementSibling(this, -1);
  }
  get outerHTML() {
    return serializeNode(this);
  }
  get innerHTML() {
    return this._list.map((child) => serializeNode(child)).join('');
  }
  set innerHTML(xml) {
    const fragment = new DocumentFragment(/** @type {Document} */ (this.ownerDocument));
    parseInto(fragment, xml, (prefix) => this.lookupNamespaceURI(prefix));
    this.replaceChildren(fragment);
  }

  /** @param {string} selectors */
  matches(selectors) {
    return matches(this, selectors);
  }
  /** @param {string} selectors @returns {Element | null} */
  closest(selectors) {
    /** @type {Node | null} */
    let node = this;
    while (node instanceof Element && !matches(node, selectors)) node = node.parentNode;
    return node instanceof Element ? node : null;
  }

  /** @param {string | null} prefix @returns {string | null} */
  lookupNamespaceURI(prefix) {
    if (prefix === 'xml') return XML_NS;
    const local = prefix || 'xmlns';
    /** @type {Node | null} */
    let node = this;
    for (; node instanceof Element; node = node.parentNode) {
      if (node.namespaceURI !== null && node.prefix === (prefix || null)) return node.namespaceURI;
      const declared = node.getAttributeNS(XMLNS_NS, local);
      if (declared !== null) return declared || null;
    }
    return null;
  }
}

/** @param {Element} element @param {number} step @returns {Element | null} */
function elementSibling(element, step) {
  const siblings =
    /** @type {ParentNode | null} */ (element.parentNode)?._list.filter(isElement) ?? [];
  const index = siblings.indexOf(element) + step;
  return /** @type {Element | null} */ (siblings[index] ?? null);
}

export class Document extends ParentNode {
  constructor() {
    super(null, Node.DOCUMENT_NODE, '#document');
    this.contentType = 'application/xml';
    this.implementation = implementation;
  }

  get textContent() {
    return /** @type {any} */ (null);
  }
  get documentElement() {
    return this.firstElementChild;
  }
  /** @param {string} name */
  createElement(name) {
    checkName(name);
    return new Element(this, null, name);
  }
  /** @param {string | null} ns @param {string} name */
  createElementNS(ns, name) {
    checkName(name);
    return new Element(this, ns || null, name);
  }
  /** @param {any} text */
  createTextNode(text) {
    return new CharacterData(this, Node.TEXT_NODE, '#text', text);
  }
  /** @param {any} text */
  createCDATASection(text) {
    return new CharacterData(this, Node.CDATA_SECTION_NODE, '#cdata-section', text);
  }
  /** @param {any} text */
  createComment(text) {
    return new CharacterData(this, Node.COMMENT_NODE, '#comment', text);
  }
  /** @param {string} target @param {any} data */
  createProcessingInstruction(target, data) {
    return new CharacterData(this, Node.PROCESSING_INSTRUCTION_NODE, target, data);
  }
  createDocumentFragment() {
    return new DocumentFragment(this);
  }
  /** @param {any} node @param {boolean} [isDeep] @returns {any} */
  importNode(node, isDeep = false) {
    return node instanceof Node ? copy(node, this, isDeep) : importForeign(this, node, isDeep);
  }
  /** @template {Node} T @param {T} node @returns {T} */
  adoptNode(node) {
    node.remove();
    adopt(node, this);
    return node;
  }
}

/**
 * A node of another DOM (jsdom, xmldom).
 * @param {Document} owner
 * @param {any} node
 * @param {boolean} isDeep
 */
function importForeign(owner, node, isDeep) {
  if (node?.nodeType !== Node.ELEMENT_NODE) return owner.createTextNode(node?.nodeValue ?? '');
  const element = new Element(owner, node.namespaceURI ?? null, node.tagName);
  for (const one of Array.from(node.attributes))
    element._addAttribute(one.namespaceURI ?? null, one.name, one.value);
  if (isDeep)
    for (const child of Array.from(node.childNodes))
      if (child.nodeType < Node.PROCESSING_INSTRUCTION_NODE)
        element.appendChild(importForeign(owner, child, true));
  return element;
}

export const implementation = {
  /** @param {string | null} ns @param {string | null} name */
  createDocument(ns, name) {
    const made = new Document();
    if (name) made.appendChild(made.createElementNS(ns, name));
    return made;
  },
};
