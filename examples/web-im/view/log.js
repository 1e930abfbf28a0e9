// SPDX-License-Identifier: MIT
// The messages of the open conversation. Only a stretch of them stands on the page, so that long
// conversations stay fast; scrolling up makes it longer, and then reads on in the archive.

import { soon } from '../topics.js';
import { announce, h } from './dom.js';
import { icon } from './icons.js';
import { messageItem, separators } from './message.js';

/** Messages on the page to begin with, and with each step upwards. */
const STEP = 80;
/** With so many the oldest leave, as long as nobody looks at them. */
const MOST = 300;
/** Nearer to an end than this is at that end. */
const NEAR_PX = 80;
const TOP_PX = 500;

/** @typedef {import('../model.js').Message} Message */
/** @typedef {import('../model.js').Chat} Chat */

/** @param {import('../xmpp/client.js').Client} client */
export function logView(client) {
  const { model, history } = client;
  const items = h('ol', null);
  const top = h('p.top', { 'aria-live': 'off' });
  const scroller = h(
    'div.scroller',
    { tabindex: 0, role: 'region', 'aria-label': 'Messages' },
    top,
    items,
  );
  const count = h('span.badge', { hidden: true });
  const down = h(
    'button.icon.down',
    { 'aria-label': 'To the newest message', hidden: true, onclick: toEnd },
    icon('down'),
    count,
  );
  const element = h('div.log', null, scroller, down);

  /** @type {Chat | undefined} */
  let chat;
  /** How many of its messages, from the end, are on the page. */
  let shown = 0;
  /** New ones below what is seen. */
  let missed = 0;
  /** Where the line "new" is: before the first message after that time. */
  let newSince = Infinity;
  /** @type {Map<Message, HTMLElement>} */
  const nodes = new Map();
  /** At the end, not on the page yet. @type {Message[]} */
  const waiting = [];
  const appendLater = soon(append);

  const distance = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  const isAtEnd = () => distance() < NEAR_PX;

  function toEnd() {
    scroller.scrollTop = scroller.scrollHeight;
    atEnd();
  }

  function atEnd() {
    missed = 0;
    drawDown();
    if (chat && model.isLooking) model.markRead(chat);
  }

  function drawDown() {
    down.hidden = isAtEnd();
    count.hidden = missed === 0;
    count.textContent = String(missed);
  }

  /** Another conversation. */
  function open() {
    chat = model.chats.get(model.open);
    shown = STEP;
    missed = 0;
    newSince = chat?.unread
      ? (model.readUntil.get(chat.jid) ?? model.readUntil.get('') ?? 0)
      : Infinity;
    if (chat) model.markRead(chat);
    drawAll();
    toEnd();
    fill();
  }

  function drawAll() {
    nodes.clear();
    waiting.length = 0;
    const messages = chat?.messages.slice(-shown) ?? [];
    items.replaceChildren(...messages.flatMap((message, i) => draw(message, messages[i - 1])));
    drawTop();
  }

  /** @param {Message} message @param {Message | undefined} before @returns {HTMLElement[]} */
  function draw(message, before) {
    const node = messageItem(client, /** @type {Chat} */ (chat), message, before);
    nodes.set(message, node);
    const isFirstNew =
      message.at > newSince && !message.isMine && (!before || before.at <= newSince);
    return [...separators(message, before, isFirstNew), node];
  }

  function drawTop() {
    const isShort = chat && chat.messages.length <= shown;
    const isLoading = chat && history.isLoading(chat);
    scroller.setAttribute('aria-busy', String(!!isLoading));
    if (isLoading) return top.replaceChildren(h('span.spinner', null), 'Reading older messages…');
    if (!chat || !isShort || history.hasOlder(chat)) return top.replaceChildren();
    const who = model.nameOf(chat.jid);
    top.replaceChildren(chat.messages.length ? 'This is where it begins.' : `Say hello to ${who}.`);
  }

  /** The same messages stay in the same place. @param {() => void} change */
  function keepingPlace(change) {
    const below = scroller.scrollHeight - scroller.scrollTop;
    change();
    scroller.scrollTop = scroller.scrollHeight - below;
  }

  /** Is there anything above, and room for it? */
  function fill() {
    if (!chat || scroller.scrollTop > TOP_PX) return;
    if (shown < chat.messages.length) {
      shown += STEP;
      keepingPlace(drawAll);
    } else if (history.hasOlder(chat) && !history.isLoading(chat) && client.session.isOnline) {
      const { jid } = chat;
      history.loadOlder(chat).then(
        () => chat?.jid === jid && fill(),
        (error) => console.warn(`older messages could not be read: ${error.message}`),
      );
    }
  }

  /** @param {Chat} changed @param {Message[] | null} fresh at the end; null: somewhere */
  function added(changed, fresh) {
    if (!chat || changed !== chat) return;
    if (fresh) {
      waiting.push(...fresh);
      return appendLater();
    }
    shown = Math.max(shown, Math.min(chat.messages.length, items.childElementCount + STEP));
    keepingPlace(drawAll);
  }

  /** All that has come in this turn, at once: each look at a height costs. */
  function append() {
    const fresh = waiting.splice(0);
    if (!chat || !fresh.length) return;
    const wasAtEnd = isAtEnd();
    const isFollowed = wasAtEnd || fresh.some(({ isMine }) => isMine);
    speak(fresh);
    if (isFollowed && nodes.size + fresh.length > MOST) {
      shown = STEP;
      drawAll();
      return toEnd();
    }
    shown += fresh.length;
    const { messages } = chat;
    for (let i = messages.length - fresh.length; i < messages.length; i++)
      items.append(...draw(messages[i], messages[i - 1]));
    if (isFollowed) return toEnd();
    missed += fresh.length;
    drawDown();
  }

  /** @param {Message[]} fresh */
  function speak(fresh) {
    for (const { isMine, kind, from, body } of fresh.slice(-3)) {
      if (isMine) continue;
      const who = chat?.room ? from : model.nameOf(from);
      announce(kind === 'notice' ? body : `${who}: ${body}`);
    }
  }

  /** @param {Chat} changed @param {Message} message */
  function changed(changed, message) {
    const node = nodes.get(message);
    if (!chat || changed !== chat || !node) return;
    const index = chat.messages.indexOf(message);
    const wasAtEnd = isAtEnd();
    const now = messageItem(client, chat, message, chat.messages[index - 1]);
    nodes.set(message, now);
    node.replaceWith(now);
    if (wasAtEnd) toEnd();
  }

  scroller.addEventListener(
    'scroll',
    () => {
      fill();
      if (isAtEnd() && missed) atEnd();
      drawDown();
    },
    { passive: true },
  );
  // A keyboard that opens on a phone must not hide the newest message.
  let wasAtEnd = true;
  scroller.addEventListener('scrollend', () => (wasAtEnd = isAtEnd()));
  new ResizeObserver(() => wasAtEnd && toEnd()).observe(scroller);

  model.on('open reset', open);
  model.on('joined', fill);
  model.on('messages', added);
  model.on('message', changed);
  model.on('chat', (which) => which === chat && drawTop());
  client.session.on('state', () => (drawTop(), fill()));
  return { element };
}
