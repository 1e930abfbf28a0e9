// SPDX-License-Identifier: MIT
// Making elements. Texts become text nodes: nothing that was received is ever read as markup.

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * @param {string} tag with classes: "div.row.is-open"
 * @param {Record<string, any> | null} [attributes] onclick and the like are listeners; false and
 *   null are left out
 * @param {...(Child | Child[] | Child[][])} children
 * @returns {any}
 */
export function h(tag, attributes, ...children) {
  const [name, ...classes] = tag.split('.');
  const element = document.createElement(name);
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value == null || value === false) continue;
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children.flat(2).filter(isThere).map(toNode));
  return element;
}

/** @param {Child} child @returns {child is Node | string | number} */
const isThere = (child) => child != null && child !== false && child !== '';

/** @param {Node | string | number} child */
const toNode = (child) => (child instanceof Node ? child : String(child));

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/** Changes a text only when it is another one: a selection in it survives.
 * @param {Node} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Where to write; but on a phone a keyboard would cover half of the page. */
export function focusEditor() {
  if (matchMedia('(pointer: coarse)').matches) return;
  /** @type {HTMLElement | null} */ (document.querySelector('.composer textarea'))?.focus();
}

/** Says something to those who listen instead of looking. @param {string} text */
export function announce(text) {
  const place = byId('announcer');
  place.append(h('p', null, text));
  while (place.childElementCount > 5) place.firstChild.remove();
}

let toastTimer = 0;

/** Shows something for a few seconds. @param {string} text */
export function toast(text) {
  const place = byId('toast');
  place.textContent = text;
  place.classList.add('is-shown');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => place.classList.remove('is-shown'), 3500);
}
