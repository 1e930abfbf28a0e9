// SPDX-License-Identifier: MIT
// One message.

import { colour, avatar } from './avatar.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { isEmoji, textNodes } from './text.js';
import { dayName, dayOf, fullTime, timeOf } from './words.js';

/** What the same person says within this time belongs together. */
const GROUP_MS = 5 * 60_000;

/** @typedef {import('../model.js').Message} Message */
/** @typedef {import('../model.js').Chat} Chat */

/** @type {Record<string, [icon: string, words: string]>} */
const ticks = {
  waiting: ['clock', 'Waiting for the connection'],
  sending: ['clock', 'Being sent'],
  sent: ['check', 'The server has it'],
  delivered: ['checks', 'Delivered'],
  unsure: ['alert', 'It is not certain that this has arrived'],
  failed: ['alert', 'Not sent'],
};

/** @param {Message} message @param {Message | undefined} before */
const isContinued = (message, before) =>
  !!before &&
  before.kind === 'text' &&
  before.from === message.from &&
  message.at - before.at < GROUP_MS &&
  dayOf(before.at) === dayOf(message.at);

/**
 * What stands between a message and the one before.
 * @param {Message} message @param {Message | undefined} before @param {boolean} isFirstNew
 */
export function separators(message, before, isFirstNew) {
  const isNewDay = !before || dayOf(before.at) !== dayOf(message.at);
  return [
    isNewDay && h('li.day', null, h('span', null, dayName(message.at))),
    isFirstNew && h('li.new', null, h('span', null, 'New')),
  ].filter(Boolean);
}

/**
 * @param {import('../xmpp/client.js').Client} client @param {Chat} chat @param {Message} message
 * @param {Message | undefined} before
 */
export function messageItem(client, chat, message, before) {
  const { kind, isMine, isMention, body, from, state } = message;
  if (kind === 'notice') return h('li.notice', null, body);
  const isFirst = !isContinued(message, before);
  const name = chat.room ? from : client.model.nameOf(from);
  const isBig = isEmoji(body);
  const classes = [
    isMine && 'is-mine',
    isFirst && 'is-first',
    isMention && 'is-mention',
    isBig && 'is-big',
  ];
  const nick = chat.room && !isMine ? chat.room.nick : '';
  const bubble = h(
    'div.bubble',
    null,
    isFirst &&
      chat.room &&
      !isMine &&
      colour(h('span.name', { 'aria-hidden': 'true' }, name), from),
    h('span.unseen', null, isMine ? 'You: ' : `${name}: `),
    h('span.text', { dir: 'auto' }, textNodes(body, nick)),
    meta(message),
  );
  const isFaceShown = !!chat.room && !isMine;
  return h(
    `li.${['message', ...classes.filter(Boolean)].join('.')}`,
    { 'data-state': state },
    isFaceShown && (isFirst ? avatar(from, name) : h('span.avatar.is-none', null)),
    h('div.column', null, bubble, problem(client, chat, message)),
  );
}

/** @param {Message} message */
function meta({ at, isMine, state }) {
  const tick = isMine && state ? ticks[state] : null;
  return h(
    'span.meta',
    null,
    h('time', { datetime: new Date(at).toISOString(), title: fullTime(at) }, timeOf(at)),
    tick && h('span.tick', { title: tick[1], role: 'img', 'aria-label': tick[1] }, icon(tick[0])),
  );
}

/**
 * What to say of it, and do about it.
 * @param {import('../xmpp/client.js').Client} client @param {Chat} chat @param {Message} message
 */
function problem(client, chat, message) {
  const { state, error } = message;
  if (state !== 'failed' && state !== 'unsure') return null;
  const text =
    state === 'unsure'
      ? 'This may not have arrived.'
      : `Not sent. ${(error ?? '').replace(/\w$/, '$&.')}`;
  return h(
    'p.problem',
    null,
    text,
    ' ',
    h('button.link', { onclick: () => client.messages.sendAgain(chat, message) }, 'Send again'),
  );
}
