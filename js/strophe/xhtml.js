// SPDX-License-Identifier: MIT
// Markup in messages (XEP-0071): only what is on the lists of constants.js gets through.

import { dom } from '../dom.js';
import { ElementType, XHTML } from './constants.js';
import { log } from './log.js';
import { getParserError, xmlElement, xmlGenerator, xmlTextNode } from './xml.js';

/** @param {string} tag */
export function validTag(tag) {
  return XHTML.tags.includes(tag);
}

/** @param {string} tag @param {string} attribute */
export function validAttribute(tag, attribute) {
  return Object.hasOwn(XHTML.attributes, tag) && XHTML.attributes[tag].includes(attribute);
}

/** @param {string} property */
export function validCSS(property) {
  return XHTML.css.includes(property);
}

/** @param {string} style */
function filterStyle(style) {
  return style
    .split(';')
    .map((declaration) => declaration.split(':').map((part) => part.trim()))
    .filter(([property, value]) => validCSS(property.toLowerCase()) && value)
    .map(([property, value]) => `${property.toLowerCase()}: ${value}`)
    .join('; ');
}

/**
 * An address that runs a script where it is clicked or shown.
 * @param {string} attribute
 * @param {string} value
 */
function isScript(attribute, value) {
  // Browsers skip these characters in front of and inside of a scheme.
  const address = value.replace(/[\0-\x20]/g, '').toLowerCase();
  return (
    /^(javascript|vbscript):/.test(address) || (attribute === 'href' && /^data:/.test(address))
  );
}

/** @param {Node} from @param {Node} to */
function copyChildren(from, to) {
  for (const child of Array.from(from.childNodes)) {
    const copy = createHtml(child);
    if (copy) to.appendChild(copy);
  }
  return to;
}

/** @param {Element} element */
function fromElement(element) {
  const tag = element.nodeName.toLowerCase();
  // What is inside of an element that is not allowed may be allowed.
  if (!validTag(tag)) return copyChildren(element, xmlGenerator().createDocumentFragment());
  const copy = /** @type {Element} */ (xmlElement(tag));
  for (const attribute of XHTML.attributes[tag]) {
    const value = element.getAttribute(attribute) ?? '';
    const filtered = attribute === 'style' ? filterStyle(value) : value;
    if (filtered && !isScript(attribute, filtered)) copy.setAttribute(attribute, filtered);
  }
  return copyChildren(element, copy);
}

/**
 * The part of `node` that XHTML-IM allows, as XML.
 * @param {Node} node
 * @returns {Node | undefined} nothing for comments and the like
 */
export function createHtml(node) {
  switch (node.nodeType) {
    case ElementType.NORMAL:
      return fromElement(/** @type {Element} */ (node));
    case ElementType.FRAGMENT:
      return copyChildren(node, xmlGenerator().createDocumentFragment());
    case ElementType.TEXT:
      return xmlTextNode(node.nodeValue ?? '');
    default:
      return undefined;
  }
}

/** Markup as nodes; none when it is not well-formed. @param {string} markup @returns {Node[]} */
export function parseHtml(markup) {
  const parsed = dom().parse(`<body>${markup}</body>`);
  const problem = getParserError(parsed);
  if (problem === null)
    return Array.from(
      /** @type {Node} */ (createHtml(/** @type {Element} */ (parsed.documentElement))).childNodes,
    );
  log.error(`markup left out, it is not well-formed: ${problem}`);
  return [];
}
