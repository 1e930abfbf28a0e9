// SPDX-License-Identifier: MIT
// The text of a message as nodes: links can be clicked, our name stands out, quotes are set apart.

import { mentions } from '../xmpp/muc.js';
import { h } from './dom.js';

const LINK = /https?:\/\/[^\s<>"“”]+/gi;
/** Belongs to the sentence, not to the link. */
const TAIL = /[.,;:!?'…*_]+$/;
/** With what joins and colours them. */
const EMOJI =
  /^(?:[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u200d\ufe0f]\s?){1,9}$/u;

/** @param {string} link */
function withoutTail(link) {
  let text = link.replace(TAIL, '');
  // "(see http://example.org/)" ends before the bracket, ".../wiki/Word_(x)" behind it.
  while (text.endsWith(')') && count(text, ')') > count(text, '(')) text = text.slice(0, -1);
  return text.replace(TAIL, '');
}

/** @param {string} text @param {string} character */
const count = (text, character) => text.split(character).length - 1;

/** @param {string} url @returns {Node | string} */
function linkTo(url) {
  if (!URL.canParse(url)) return url;
  return h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, url);
}

/** @param {string} text @param {string} nick @returns {(Node | string)[]} */
function markName(text, nick) {
  if (!nick || !mentions(text, nick)) return [text];
  const word = nick.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const parts = text.split(new RegExp(`(?<![\\p{L}\\p{N}_])(${word})(?![\\p{L}\\p{N}_])`, 'iu'));
  return parts.map((part, i) => (i % 2 ? h('mark', null, part) : part));
}

/** @param {string} text @param {string} nick @returns {(Node | string)[]} */
function inline(text, nick) {
  const nodes = [];
  let end = 0;
  for (const { index, 0: found } of text.matchAll(LINK)) {
    const url = withoutTail(found);
    nodes.push(...markName(text.slice(end, index), nick), linkTo(url));
    end = index + url.length;
  }
  return [...nodes, ...markName(text.slice(end), nick)];
}

/**
 * @param {string} text @param {string} [nick] ours, to be marked
 * @returns {(Node | string)[]}
 */
export function textNodes(text, nick = '') {
  const nodes = [];
  // Runs of lines that begin with ">" are quotes (XEP-0393).
  for (const part of text.trimEnd().split(/((?:^>.*(?:\n|$))+)/m)) {
    if (part.startsWith('>')) {
      const quoted = part.trimEnd().replace(/^> ?/gm, '');
      nodes.push(h('blockquote', null, inline(quoted, nick)));
    } else if (part) {
      nodes.push(...inline(part, nick));
    }
  }
  return nodes;
}

/** Nothing but a few emoji? @param {string} text */
export const isEmoji = (text) => text.length < 40 && EMOJI.test(text.trim());
