// SPDX-License-Identifier: MIT
// A colour and initials for everybody: the same in every client that follows XEP-0392's way from an
// address to an angle.

import { b64_sha1 } from '../xmpp/strophe.js';
import { h } from './dom.js';
import { icon } from './icons.js';

/** @type {Map<string, number>} */
const angles = new Map();

/** @param {string} text */
function angleOf(text) {
  let angle = angles.get(text);
  if (angle === undefined) {
    // The first 16 bits of the hash, the lower byte first (XEP-0392, section 5.1).
    const hash = atob(b64_sha1(text));
    angle = ((hash.charCodeAt(0) + 256 * hash.charCodeAt(1)) / 65536) * 360;
    angles.set(text, angle);
  }
  return angle;
}

/** @param {HTMLElement} element @param {string} text */
export const colour = (element, text) => {
  element.style.setProperty('--hue', angleOf(text).toFixed(1));
  return element;
};

/** One or two letters. @param {string} name */
export function initials(name) {
  const words = name.split(/[\s._-]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const letters = [words[0], words.length > 1 ? words.at(-1) : ''].map(
    (word) => [...(word ?? '')][0],
  );
  return letters.join('').toUpperCase() || '#';
}

/**
 * @param {string} id what the colour is made from: an address, or a nickname
 * @param {string} name
 * @param {{isRoom?: boolean, show?: string}} [more] show: with a dot that tells the presence
 */
export function avatar(id, name, { isRoom = false, show } = {}) {
  const picture = h(
    'span.avatar',
    { 'aria-hidden': 'true' },
    isRoom ? icon('people') : initials(name),
  );
  if (show !== undefined) picture.append(h('span.dot', { 'data-show': show || 'online' }));
  return colour(picture, id);
}
