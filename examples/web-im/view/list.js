// SPDX-License-Identifier: MIT
// The column of conversations and contacts. Rows are kept and only changed, so that focus and
// selection survive.

import { soon } from '../topics.js';
import { availability } from '../xmpp/presence.js';
import { avatar } from './avatar.js';
import { byId, focusEditor, h } from './dom.js';
import { icon } from './icons.js';
import { requestRow } from './requests.js';
import { presences, shortTime, typingText } from './words.js';

/** @typedef {import('../model.js').Chat} Chat */

/**
 * @param {import('../xmpp/client.js').Client} client
 * @param {{addContact: () => void, joinRoom: () => void}} actions
 */
export function listView(client, actions) {
  const { model } = client;
  const list = byId('list');
  const filter = byId('filter');
  /** @type {Map<string, {row: HTMLElement, state: string}>} */
  const rows = new Map();
  const sections = ['Requests', 'Conversations', 'Contacts'].map((title) => {
    const items = h('ul', null);
    return {
      items,
      section: h('section', { 'aria-label': title, hidden: true }, h('h2', null, title), items),
    };
  });
  const empty = h('div.empty', { hidden: true });
  list.append(...sections.map(({ section }) => section), empty);

  /** @param {string} jid */
  function matches(jid) {
    const wanted = filter.value.trim().toLowerCase();
    return !wanted || jid.includes(wanted) || model.nameOf(jid).toLowerCase().includes(wanted);
  }

  function draw() {
    const chats = [...model.chats.values()]
      .filter((chat) => (chat.messages.length || chat.room || chat.opened) && matches(chat.jid))
      .sort((a, b) => lastOf(b) - lastOf(a) || (a.jid < b.jid ? -1 : 1))
      .map(({ jid }) => jid);
    const contacts = [...model.contacts.keys()].filter(
      (jid) => !chats.includes(jid) && matches(jid),
    );
    const isOffline = (/** @type {string} */ jid) =>
      availability(model.contacts.get(jid)).show === 'offline';
    contacts.sort(
      (a, b) =>
        Number(isOffline(a)) - Number(isOffline(b)) ||
        model.nameOf(a).localeCompare(model.nameOf(b), undefined, { numeric: true }),
    );
    const [requests, talks, people] = sections;
    fill(requests, [...model.requests.keys(), ...model.invitations.keys()], (jid) =>
      requestRow(client, jid),
    );
    fill(talks, chats, chatRow);
    fill(people, contacts, chatRow);
    drawEmpty();
    tabStop();
  }

  /**
   * @param {{section: HTMLElement, items: HTMLElement}} place @param {string[]} jids
   * @param {(jid: string) => HTMLElement} make
   */
  function fill({ section, items }, jids, make) {
    const focused = document.activeElement;
    section.hidden = jids.length === 0;
    jids.forEach((jid, i) => {
      const item = make(jid);
      if (items.children[i] !== item) items.insertBefore(item, items.children[i] ?? null);
    });
    while (items.children.length > jids.length) items.lastChild?.remove();
    if (focused !== document.activeElement && items.contains(focused))
      /** @type {HTMLElement} */ (focused).focus({ preventScroll: true });
  }

  function drawEmpty() {
    const isFiltered = filter.value.trim() !== '';
    const hasNone = sections.every(({ section }) => section.hidden);
    empty.hidden = !hasNone;
    if (!hasNone) return;
    if (isFiltered) return empty.replaceChildren(h('p', null, 'Nobody here by that name.'));
    empty.replaceChildren(
      icon('talk'),
      h('p', null, 'Nobody here yet.'),
      h('button.primary', { onclick: actions.addContact }, 'Add a contact'),
      h('button', { onclick: actions.joinRoom }, 'Join a room'),
    );
  }

  /** @param {string} jid */
  function chatRow(jid) {
    const facts = factsOf(jid);
    const state = JSON.stringify(facts);
    const known = rows.get(jid);
    if (known?.state === state) return known.row;
    const row = known?.row ?? h('li', null);
    const hadFocus = row.contains(document.activeElement);
    row.replaceChildren(button(jid, facts));
    if (hadFocus) row.querySelector('button')?.focus({ preventScroll: true });
    rows.set(jid, { row, state });
    return row;
  }

  /** All that a row shows. @param {string} jid */
  function factsOf(jid) {
    const chat = model.chats.get(jid);
    const room = chat?.room;
    const contact = model.contacts.get(jid);
    const { show, status } = availability(contact);
    const last = chat?.messages.at(-1);
    const typing = chat && typingText(chat.typing, () => '').trim();
    const draft = model.open !== jid && chat?.draft;
    const isAsked = contact && contact.subscription !== 'both' && contact.isAsked;
    const hint = isAsked ? 'Waiting for an answer' : status || (contact ? presences[show] : '');
    return {
      name: model.nameOf(jid),
      isRoom: !!room,
      show: room || !contact ? undefined : show,
      line: typing ? 'typing…' : draft ? `Draft: ${draft}` : previewOf(chat, last) || hint,
      kind: typing ? 'typing' : draft ? 'draft' : '',
      time: last ? shortTime(last.at) : '',
      unread: chat?.unread ?? 0,
      mentions: chat?.mentions ?? 0,
      problem: room?.error || (last?.isMine && last.state === 'failed' ? 'not sent' : ''),
      isOpen: model.open === jid,
    };
  }

  /** @param {string} jid @param {ReturnType<typeof factsOf>} facts */
  function button(
    jid,
    { name, isRoom, show, line, kind, time, unread, mentions, problem, isOpen },
  ) {
    const loud = isRoom ? mentions : unread;
    const spoken = [
      name,
      isRoom ? 'room' : show !== undefined && presences[show].toLowerCase(),
      unread > 0 && `${unread} unread`,
      mentions > 0 && 'you are mentioned',
      problem || (line === presences[show ?? ''] ? '' : line),
    ];
    const attributes = {
      'aria-label': spoken.filter(Boolean).join(', '),
      'aria-current': isOpen && 'true',
      'data-jid': jid,
      tabindex: -1,
      title: jid,
      onclick: () => open(jid),
    };
    return h(
      'button.row',
      attributes,
      avatar(jid, name, { isRoom, show }),
      h('span.name', null, name),
      h('span.time', null, time),
      h('span.line', { 'data-kind': problem ? 'problem' : kind }, problem || line),
      unread > 0 &&
        h(
          loud ? 'span.badge' : 'span.badge.quiet',
          null,
          mentions ? `@${mentions}` : unread > 99 ? '99+' : unread,
        ),
    );
  }

  /** @param {Chat | undefined} chat @param {import('../model.js').Message | undefined} last */
  function previewOf(chat, last) {
    if (!last) return chat?.room?.subject ?? '';
    const text = last.body.replace(/\s+/g, ' ').slice(0, 120);
    if (last.kind === 'notice') return text;
    if (last.isMine) return `You: ${text}`;
    return chat?.room ? `${last.from}: ${text}` : text;
  }

  /** @param {string} jid */
  function open(jid) {
    if (filter.value) filter.value = '';
    model.show(jid);
    focusEditor();
  }

  /** @returns {HTMLElement[]} */
  const buttons = () => [...list.querySelectorAll('button.row')];

  /** One row is reached by Tab, the others by the arrows. */
  function tabStop() {
    const all = buttons();
    const current =
      all.find((one) => one === document.activeElement) ??
      all.find((one) => one.ariaCurrent) ??
      all[0];
    for (const one of all) one.tabIndex = one === current ? 0 : -1;
  }

  /** @param {KeyboardEvent} event */
  function move(event) {
    const all = buttons();
    const index = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const target = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      Home: 0,
      End: all.length - 1,
    }[event.key];
    if (target === undefined || (index < 0 && event.target !== filter)) return;
    if (event.target === filter && event.key !== 'ArrowDown') return;
    event.preventDefault();
    if (target < 0) return filter.focus();
    all[Math.min(target, all.length - 1)]?.focus();
    tabStop();
  }

  list.addEventListener('keydown', move);
  filter.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    move(event);
    if (event.key === 'Enter') buttons()[0]?.click();
    if (event.key !== 'Escape' || !filter.value) return;
    event.stopPropagation();
    filter.value = '';
    draw();
  });
  filter.addEventListener('input', draw);

  const later = soon(draw);
  model.on('list chat messages message open read reset', later);
  later();
  return { focus: () => list.querySelector('button[tabindex="0"]')?.focus() };
}

/** When something happened there last. @param {Chat} chat */
const lastOf = (chat) =>
  Math.max(chat.messages.at(-1)?.at ?? 0, chat.messages.length ? 0 : chat.opened);
