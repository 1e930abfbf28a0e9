// SPDX-License-Identifier: MIT
// Where Elements come from. In a page: its own DOM, but only documents that belong to no window, in
// which nothing is ever fetched or run. Elsewhere: what useDom was given (node.js brings dom/).

/** @typedef {import('./received.js').Body} Body */
/**
 * @typedef {object} Dom
 * @property {(ns: string, name: string) => Document} createDocument
 * @property {boolean} [isCopying] is it quicker to copy an element than to make one?
 * @property {(owner: Document, body: Body, place: number) => Element} [grow] an element with all
 *     that is inside, where that is quicker than through the methods of a document
 * @property {(xml: string) => Document} parse with a <parsererror> as root where `xml` is not XML
 */

/** @type {Dom} */
const page = {
  isCopying: true,
  createDocument: (ns, name) => document.implementation.createDocument(ns, name, null),
  parse: (xml) => new DOMParser().parseFromString(xml, 'text/xml'),
};

/** @type {Dom | null} */
let chosen = null;

/** @param {Dom} dom */
export function useDom(dom) {
  chosen = dom;
}

/** @returns {Dom} */
export function dom() {
  if (chosen) return chosen;
  if (typeof document === 'undefined')
    throw new Error('there is no DOM here: import "libbosh/node.js" instead of "libbosh"');
  return page;
}

/** Is there a DOM of a page? Then it is preferred to the light one. */
export const hasPage = () => typeof document !== 'undefined' && typeof DOMParser !== 'undefined';
