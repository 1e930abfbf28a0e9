// SPDX-License-Identifier: MIT
// XML text to nodes of the light DOM: XML 1.0 with namespaces, strict. A DOCTYPE is an error, since
// XMPP forbids it (RFC 6120 section 11.1), so there are no entities beyond the five.

import { localPart } from './names.js';

const XML_NS = 'http://www.w3.org/XML/1998/namespace';
const XMLNS_NS = 'http://www.w3.org/2000/xmlns/';
const start =
  ':A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF' +
  '\\u200C-\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD' +
  '\\u{10000}-\\u{EFFFF}';
const name = `[${start}][${start}\\-.0-9\\u00B7\\u0300-\\u036F\\u203F-\\u2040]*`;

const TEXT = /[^<]+/y;
const START_TAG = new RegExp(`<(${name})`, 'uy');
const ATTRIBUTE = new RegExp(`\\s+(${name})\\s*=\\s*("[^"<]*"|'[^'<]*')`, 'uy');
const START_TAG_END = /\s*(\/?)>/y;
const END_TAG = new RegExp(`</(${name})\\s*>`, 'uy');
const CDATA = /<!\[CDATA\[([^]*?)\]\]>/y;
const COMMENT = /<!--((?:[^-]|-[^-])*)-->/y;
const INSTRUCTION = new RegExp(`<\\?(${name})(?:\\s+([^]*?))?\\?>`, 'uy');
const DECLARATION = /^\uFEFF?(<\?xml\s+version\s*=\s*["']1\.\d["'][^?]*\?>)?/;
// With the flag u, a surrogate is one that stands alone.
const FORBIDDEN = /[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF\uD800-\uDFFF]/u;
const REFERENCE = /&(?:#(\d+)|#x([0-9a-fA-F]+)|(lt|gt|amp|apos|quot));|&/g;
/** @type {Record<string, string>} */
const predefined = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' };

/** @param {string} text @returns {string} */
function expand(text) {
  if (!text.includes('&')) return text;
  return text.replace(REFERENCE, (_all, decimal, hex, entity) => {
    if (entity) return predefined[entity];
    const code = decimal ? parseInt(decimal, 10) : parseInt(hex, 16);
    if (!(code <= 0x10ffff)) throw new SyntaxError('an entity that XMPP does not know');
    const character = String.fromCodePoint(code);
    if (FORBIDDEN.test(character)) throw new SyntaxError(`character ${code} is not allowed in XML`);
    return character;
  });
}

/** One go through a text. */
class Parser {
  /**
   * @param {any} root
   * @param {string} text
   * @param {(prefix: string | null) => string | null} lookUp
   */
  constructor(root, text, lookUp) {
    this.text = text.replace(/\r\n?/g, '\n');
    this.at = 0;
    this.root = this.parent = root;
    this.document = root.ownerDocument ?? root;
    this.lookUp = lookUp;
    /**
     * What each prefix (null: none) stands for, innermost last.
     * @type {Map<string | null, string[]>}
     */
    this.bound = new Map();
    /** The prefixes that each open element has declared. @type {(string | null)[][]} */
    this.scopes = [];
  }

  /** @param {RegExp} pattern sticky */
  take(pattern) {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match) this.at = pattern.lastIndex;
    return match;
  }

  /** @param {string | null} prefix @returns {string | null} */
  namespace(prefix) {
    const namespace = this.bound.get(prefix)?.at(-1);
    if (namespace !== undefined) return namespace || null;
    return prefix === 'xml' ? XML_NS : this.lookUp(prefix);
  }

  /** @param {string | null} prefix @param {string} namespace */
  bind(prefix, namespace) {
    const stack = this.bound.get(prefix) ?? [];
    stack.push(namespace);
    this.bound.set(prefix, stack);
    return prefix;
  }

  unbind() {
    for (const prefix of this.scopes.pop() ?? []) this.bound.get(prefix)?.pop();
  }

  /** @param {string} qualified @param {boolean} isAttribute */
  namespaceOf(qualified, isAttribute) {
    const colon = qualified.indexOf(':');
    if (colon < 0) return isAttribute ? null : this.namespace(null);
    const prefix = qualified.slice(0, colon);
    const local = qualified.slice(colon + 1);
    const ns = prefix && local && !local.includes(':') ? this.namespace(prefix) : null;
    if (ns === null) throw new SyntaxError(`the prefix of ${qualified} is not declared`);
    return ns;
  }

  run() {
    const declaration = DECLARATION.exec(this.text);
    if (this.root === this.document && declaration) this.at = declaration[0].length;
    if (FORBIDDEN.test(this.text)) throw new SyntaxError('a character that XML does not allow');
    while (this.at < this.text.length) this.step();
    if (this.parent !== this.root)
      throw new SyntaxError(`the element ${this.parent.tagName} is not closed`);
  }

  step() {
    let match;
    if ((match = this.take(TEXT))) this.addText(match[0]);
    else if ((match = this.take(START_TAG))) this.open(match[1]);
    else if ((match = this.take(END_TAG))) this.close(match[1]);
    else if ((match = this.take(CDATA))) this.addSection(match[1]);
    else if ((match = this.take(COMMENT))) this.add(this.document.createComment(match[1]));
    else if ((match = this.take(INSTRUCTION)) && match[1].toLowerCase() !== 'xml')
      this.add(this.document.createProcessingInstruction(match[1], match[2] ?? ''));
    else throw new SyntaxError(`not well-formed at "${this.text.slice(this.at, this.at + 20)}"`);
  }

  /** @param {any} node */
  add(node) {
    node.parentNode = this.parent;
    this.parent._add(node);
  }

  /** @param {string} raw */
  addText(raw) {
    if (this.parent === this.document) {
      if (/[^ \t\n]/.test(raw)) throw new SyntaxError('text outside of the root element');
      return;
    }
    if (raw.includes(']]>')) throw new SyntaxError('"]]>" in text');
    this.add(this.document.createTextNode(expand(raw)));
  }

  /** @param {string} text */
  addSection(text) {
    if (this.parent === this.document) throw new SyntaxError('text outside of the root element');
    this.add(this.document.createCDATASection(text));
  }

  /** @param {string} tagName */
  open(tagName) {
    if (this.parent === this.document && this.document.documentElement)
      throw new SyntaxError('a second root element');
    /** @type {[string, string][]} */
    const attributes = [];
    /** @type {(string | null)[]} */
    const scope = [];
    this.scopes.push(scope);
    for (let match; (match = this.take(ATTRIBUTE));) {
      const value = expand(match[2].slice(1, -1).replace(/[\t\n]/g, ' '));
      attributes.push([match[1], value]);
      if (match[1] === 'xmlns') scope.push(this.bind(null, value));
      else if (match[1].startsWith('xmlns:'))
        scope.push(this.bind(this.declared(match[1], value), value));
    }
    const end = this.take(START_TAG_END);
    if (!end) throw new SyntaxError(`not well-formed in the start of ${tagName}`);
    const element = this.document.createElementNS(this.namespaceOf(tagName, false), tagName);
    for (const [qualified, value] of attributes) this.setAttribute(element, qualified, value);
    this.add(element);
    if (end[1]) this.unbind();
    else this.parent = element;
  }

  /** @param {string} qualified @param {string} value */
  declared(qualified, value) {
    const prefix = qualified.slice(6);
    if (!prefix || !value || prefix === 'xmlns' || (prefix === 'xml') !== (value === XML_NS))
      throw new SyntaxError(`${qualified} cannot be declared so`);
    return prefix;
  }

  /** @param {any} element @param {string} qualified @param {string} value */
  setAttribute(element, qualified, value) {
    const isDeclaration = qualified === 'xmlns' || qualified.startsWith('xmlns:');
    const ns = isDeclaration ? XMLNS_NS : this.namespaceOf(qualified, true);
    if (element.hasAttributeNS(ns, localPart(ns, qualified)))
      throw new SyntaxError(`the attribute ${qualified} stands twice`);
    element.setAttributeNS(ns, qualified, value);
  }

  /** @param {string} tagName */
  close(tagName) {
    if (this.parent === this.root || this.parent.tagName !== tagName)
      throw new SyntaxError(`</${tagName}> closes nothing`);
    this.parent = this.parent.parentNode;
    this.unbind();
  }
}

/**
 * Appends what `xml` holds to `root`; throws a SyntaxError where it is not well-formed.
 * @param {any} root a Document, or a DocumentFragment for a piece
 * @param {string} xml
 * @param {(prefix: string | null) => string | null} [lookUp] namespaces of the place it comes to
 */
export function parseInto(root, xml, lookUp = () => null) {
  const parser = new Parser(root, String(xml), lookUp);
  parser.run();
  if (root === parser.document && !root.documentElement) throw new SyntaxError('no element');
}
