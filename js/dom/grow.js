// SPDX-License-Identifier: MIT
// Received elements as nodes of the light DOM. The index of their body (wasm/flat.h) is well-formed
// and tells how much is inside, so nothing has to be checked, looked for or made larger.

import { ATTRIBUTE_SIZE, ELEMENT, ELEMENT_SIZE, TEXT_SIZE, inside } from '../received.js';
import { Attr } from './lists.js';
import { CharacterData, Element, Node } from './nodes.js';

/** @typedef {import('../received.js').Body} Body */

/** @param {Body} body @param {number} at @returns {number} where the node behind it is */
const behind = ({ records }, at) => (records[at] === ELEMENT ? records[at + 3] : at + TEXT_SIZE);

/**
 * @param {any} owner the document
 * @param {Body} body
 * @param {number} place
 * @returns {any} the element at `place`, with all that is inside
 */
export function grow(owner, body, place) {
  const { records, names } = body;
  const [namespace, , name] = names[records[place + 1]];
  const element = new Element(owner, namespace || null, name);
  const attributes = records[place + 2];
  if (attributes) element._attributes = new Array(attributes);
  for (let i = 0, at = place + ELEMENT_SIZE; i < attributes; i++, at += ATTRIBUTE_SIZE) {
    const [ns, , qualified] = names[records[at]];
    element._attributes[i] = new Attr(element, ns || null, qualified, body.text(at + 1));
  }

  const end = records[place + 3];
  let children = 0;
  for (let at = inside(body, place); at < end; at = behind(body, at)) children++;
  if (children) element._list = new Array(children);
  for (let i = 0, at = inside(body, place); i < children; i++, at = behind(body, at)) {
    const child =
      records[at] === ELEMENT
        ? grow(owner, body, at)
        : new CharacterData(owner, Node.TEXT_NODE, '#text', body.text(at + 1));
    child.parentNode = element;
    element._list[i] = child;
  }
  return element;
}
