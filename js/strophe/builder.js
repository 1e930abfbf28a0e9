// SPDX-License-Identifier: MIT
// Building stanzas: chained calls (`$msg({to}).c('body').t('Hi')`) and templates (stx`<message/>`).

import { ElementType, NS } from './constants.js';
import { parseHtml } from './xhtml.js';
import { toElement, toStanza, xmlElement, xmlGenerator, xmlTextNode, xmlescape } from './xml.js';

/** @typedef {Record<string, any>} Attributes null and undefined: not there */

export class Builder {
  /** @type {string} */
  _name;
  /** @type {Attributes | undefined} */
  _attrs;
  /** @type {Element | undefined} */
  _nodeTree;
  /** @type {Element | undefined} */
  _node;

  /**
   * @param {string} name
   * @param {Attributes} [attrs] for stanzas xmlns is added to this very object where it is missing
   */
  constructor(name, attrs) {
    if (name === 'presence' || name === 'message' || name === 'iq') {
      attrs ??= {};
      if (!attrs.xmlns) attrs.xmlns = NS.CLIENT;
    }
    this._name = name;
    this._attrs = attrs;
  }

  /** @param {string} text XML of one element */
  static fromString(text) {
    const builder = new Builder('');
    builder._nodeTree = toElement(text, true);
    return builder;
  }

  /**
   * XML with the attributes sorted by name, as always in Strophe.
   * @param {Element | Builder | null | undefined} node
   * @returns {string | null}
   */
  static serialize(node) {
    if (!node) return null;
    const element = node instanceof Builder ? node.tree() : node;
    const attributes = Array.from(element.attributes).map(({ nodeName, value }) => [
      nodeName,
      value,
    ]);
    attributes.sort(([a], [b]) => (a < b ? -1 : 1));
    const start = attributes.reduce(
      (text, [name, value]) => `${text} ${name}="${xmlescape(value)}"`,
      `<${element.nodeName}`,
    );
    if (!element.childNodes.length) return `${start}/>`;
    const inside = Array.from(element.childNodes, serializeChild).join('');
    return `${start}>${inside}</${element.nodeName}>`;
  }

  /** Makes the root; a subclass may replace it. @returns {Element | null} */
  buildTree() {
    return xmlElement(this._name, this._attrs);
  }

  /** The root. @returns {Element} */
  get nodeTree() {
    this._nodeTree ??= /** @type {Element} */ (this.buildTree());
    return this._nodeTree;
  }

  /** The element that is being added to. */
  get node() {
    this._node ??= this.tree();
    return this._node;
  }
  set node(element) {
    this._node = element;
  }

  tree() {
    return this.nodeTree;
  }

  toString() {
    return /** @type {string} */ (Builder.serialize(this.tree()));
  }

  /** Go on with the parent; at the root stay. */
  up() {
    this.node = this.node.parentElement ?? this.node;
    return this;
  }

  /** Go on with the root. */
  root() {
    this.node = this.tree();
    return this;
  }

  /** Set attributes; null and undefined remove. @param {Attributes} attributes */
  attrs(attributes) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value == null) this.node.removeAttribute(name);
      else this.node.setAttribute(name, String(value));
    }
    return this;
  }

  /**
   * Add a child and go on with it; with a `text` ('' too) stay where we are.
   * @param {string} name @param {Attributes | string} [attrs] @param {string | number} [text]
   */
  c(name, attrs, text) {
    const child = /** @type {Element} */ (xmlElement(name, attrs, text));
    this.node.appendChild(child);
    if (typeof text !== 'string' && typeof text !== 'number') this.node = child;
    return this;
  }

  /** Add a copy of an element and go on with it. @param {Element | Builder} node */
  cnode(node) {
    const element = node instanceof Builder ? node.tree() : node;
    this.node = this.node.appendChild(xmlGenerator().importNode(element, true));
    return this;
  }

  /** Add text. @param {string} text */
  t(text) {
    this.node.appendChild(xmlTextNode(text));
    return this;
  }

  /** Add markup, as far as XHTML-IM allows it. @param {string} html */
  h(html) {
    for (const node of parseHtml(html)) this.node.appendChild(node);
    return this;
  }
}

/** @param {ChildNode} child */
function serializeChild(child) {
  switch (child.nodeType) {
    case ElementType.NORMAL:
      return Builder.serialize(/** @type {Element} */ (child));
    case ElementType.TEXT:
      return xmlescape(child.nodeValue ?? '');
    case ElementType.CDATA:
      return `<![CDATA[${child.nodeValue}]]>`;
    default:
      return '';
  }
}

/** @param {string} name @param {Attributes} [attrs] */
export const $build = (name, attrs) => new Builder(name, attrs);
/** @param {Attributes} [attrs] */
export const $msg = (attrs) => new Builder('message', attrs);
/** @param {Attributes} [attrs] */
export const $iq = (attrs) => new Builder('iq', attrs);
/** @param {Attributes} [attrs] */
export const $pres = (attrs) => new Builder('presence', attrs);

class UnsafeXML extends String {}

/** @param {any} value */
function inserted(value) {
  const isXml = value instanceof UnsafeXML || value instanceof Builder;
  return isXml ? value.toString() : xmlescape(String(value ?? ''));
}

/** What stx makes. */
export class Stanza extends Builder {
  /** @param {ArrayLike<string>} strings @param {any[]} values */
  constructor(strings, values) {
    super('stanza');
    this._strings = strings;
    this._values = values;
    /** @type {string | undefined} the template filled in */
    this._string = undefined;
  }

  /** Text that stx inserts without escaping it. @param {string} text */
  static unsafeXML(text) {
    return new UnsafeXML(text);
  }

  /** @param {string} text @param {boolean} [throwIfInvalidNS] */
  static toElement(text, throwIfInvalidNS) {
    return toStanza(text, throwIfInvalidNS);
  }

  buildTree() {
    return toStanza(this._text(), true);
  }

  /** The template filled in, or the tree once there is one: it may have been changed. */
  toString() {
    return this._nodeTree ? super.toString() : this._text();
  }

  _text() {
    this._string ??= Array.from(this._strings, (string, i) => {
      const value = this._values[i];
      return string + (Array.isArray(value) ? value.map(inserted).join('') : inserted(value));
    })
      .join('')
      .trim();
    return this._string;
  }
}

/** @param {TemplateStringsArray} strings @param {...any} values */
export const stx = (strings, ...values) => new Stanza(strings, values);
