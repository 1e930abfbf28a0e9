// SPDX-License-Identifier: MIT
// Making, reading and escaping XML, by the names and rules of Strophe.

import { dom } from '../dom.js';
import { ElementType } from './constants.js';
import { log } from './log.js';

/** @type {Document | null} */
let generator = null;

/** The document that all Elements are made in. It belongs to no window: nothing in it is run. */
export function xmlGenerator() {
  generator ??= dom().createDocument('jabber:client', 'strophe');
  return generator;
}

/** @param {string} text */
export function xmlTextNode(text) {
  return xmlGenerator().createTextNode(text);
}

/** Parses. See getParserError. @param {string} text */
export function xmlHtmlNode(text) {
  return dom().parse(text);
}

/** Why `document` is not what was parsed; null when it is. @param {Document} document */
export function getParserError(document) {
  const root = document.documentElement;
  if (root?.nodeName === 'parsererror') return root.textContent;
  // WebKit and Chromium put the complaint inside of what they could read.
  const inside = document.getElementsByTagNameNS('http://www.w3.org/1999/xhtml', 'parsererror')[0];
  return inside?.textContent ?? null;
}

/** @param {Document | Element} node @returns {Element | null} */
export function getFirstElementChild(node) {
  return Array.from(node.childNodes).find(isElement) ?? null;
}

/** @param {Node} node @returns {node is Element} */
function isElement(node) {
  return node.nodeType === ElementType.NORMAL;
}

/** @param {string} text @returns {Element} */
function parseElement(text) {
  const document = xmlHtmlNode(text);
  const parserError = getParserError(document);
  if (parserError !== null) throw new Error(`Parser Error: ${parserError}`);
  return /** @type {Element} */ (getFirstElementChild(document));
}

/** @param {Element} element @param {boolean} [throwIfInvalidNS] */
function checkNamespace(element, throwIfInvalidNS) {
  const { namespaceURI } = element;
  if (!['message', 'iq', 'presence'].includes(element.nodeName.toLowerCase())) return;
  if (namespaceURI === 'jabber:client' || namespaceURI === 'jabber:server') return;
  const message = `Invalid namespaceURI ${namespaceURI}`;
  if (throwIfInvalidNS) throw new Error(message);
  log.error(message);
}

/** @param {string} text @param {boolean} [throwIfInvalidNS] for stanzas in a foreign namespace */
export function toElement(text, throwIfInvalidNS) {
  const element = parseElement(text);
  checkNamespace(element, throwIfInvalidNS);
  return element;
}

/**
 * The same without the whitespace between elements.
 * @param {string} text
 * @param {boolean} [throwIfInvalidNS]
 */
export function toStanza(text, throwIfInvalidNS) {
  const element = stripWhitespace(parseElement(text));
  checkNamespace(element, throwIfInvalidNS);
  return element;
}

/**
 * Removes text nodes that are only whitespace, but not inside of a `body`, nor where the whitespace
 * is all there is.
 * @param {Element} stanza
 */
export function stripWhitespace(stanza) {
  const nodes = Array.from(stanza.childNodes);
  if (nodes.length === 1 && nodes[0].nodeType === ElementType.TEXT) return stanza;
  for (const node of nodes) {
    if (node.nodeName.toLowerCase() === 'body') continue;
    if (isElement(node)) stripWhitespace(node);
    else if (node.nodeType === ElementType.TEXT && !/\S/.test(node.nodeValue ?? ''))
      stanza.removeChild(node);
  }
  return stanza;
}

/** @param {any} value */
const isTextOrNumber = (value) => typeof value === 'string' || typeof value === 'number';

/**
 * @param {string} name
 * @param {Record<string, any> | any[][] | string | number | null} [attrs] or the text
 * @param {string | number | null} [text] '' and 0 add nothing
 * @returns {Element | null} as always in Strophe, its namespace is only an attribute
 */
export function xmlElement(name, attrs, text) {
  if (!name) return null;
  const element = xmlGenerator().createElement(name);
  if (text && isTextOrNumber(text)) element.appendChild(xmlTextNode(String(text)));
  else if (isTextOrNumber(attrs)) element.appendChild(xmlTextNode(String(attrs)));
  if (!attrs || typeof attrs !== 'object') return element;
  const pairs = Array.isArray(attrs) ? attrs.filter(Array.isArray) : Object.entries(attrs);
  for (const [key, value] of pairs)
    if (key && value != null) element.setAttribute(key, String(value));
  return element;
}

/** A deep copy of elements and texts; other nodes are left out. @param {Node} node */
export function copyElement(node) {
  if (node.nodeType === ElementType.TEXT) return xmlTextNode(node.nodeValue ?? '');
  if (!isElement(node)) return undefined;
  const copy = /** @type {Element} */ (xmlElement(node.tagName));
  for (const { nodeName, value } of Array.from(node.attributes)) copy.setAttribute(nodeName, value);
  for (const child of Array.from(node.childNodes)) {
    /** @type {Element | Text | undefined} */
    const inside = copyElement(child);
    if (inside) copy.appendChild(inside);
  }
  return copy;
}

/** @type {Record<string, string>} */
const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&apos;', '"': '&quot;' };

/** @param {string} text */
export function xmlescape(text) {
  return text.replace(/[&<>'"]/g, (one) => entities[one]);
}

/** @param {string} text */
export function xmlunescape(text) {
  // The ampersand first, as always in Strophe: "&amp;lt;" becomes "<".
  return text
    .replace(/&amp;/g, '&')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&apos;/g, "'")
    .replace(/&quot;/g, '"');
}

/**
 * Calls `fn` for each child element (of that name).
 * @param {Element} element @param {string | null} name @param {(child: Element) => void} fn
 */
export function forEachChild(element, name, fn) {
  const { childNodes } = element;
  for (let i = 0; i < childNodes.length; i++) {
    const child = childNodes[i];
    if (isElement(child) && (!name || isTagEqual(child, name))) fn(child);
  }
}

/** @param {Element} element @param {string} name */
export function isTagEqual(element, name) {
  return element.tagName === name;
}

/** @param {Element} element */
export function getNamespace(element) {
  return element.getAttribute('xmlns') || element.namespaceURI;
}

/**
 * The text directly inside, XML-escaped, as always in Strophe.
 * @param {Node | null | undefined} node
 */
export function getText(node) {
  if (!node) return null;
  let text = node.nodeType === ElementType.TEXT ? (node.nodeValue ?? '') : '';
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (child.nodeType === ElementType.TEXT) text += child.nodeValue;
  return xmlescape(text);
}

/** @typedef {string | {value: string, domain?: string, path?: string, expires?: string}} Cookie */

/** @param {Record<string, Cookie>} [cookies] */
export function addCookies(cookies = {}) {
  for (const [name, cookie] of Object.entries(cookies)) {
    if (typeof document === 'undefined') {
      log.error("addCookies: not adding any cookies, since there's no document object");
      return;
    }
    const { value, ...rest } = typeof cookie === 'object' ? cookie : { value: cookie };
    const places = Object.entries(rest).filter(([, where]) => where);
    const text = places.map(([key, where]) => `;${key}=${where}`).join('');
    document.cookie = `${name}=${encodeURIComponent(decodeURIComponent(value))}${text}`;
  }
}
