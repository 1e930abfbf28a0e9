// SPDX-License-Identifier: MIT
// More about the person or the room that is open.

import { soon } from '../topics.js';
import { availability } from '../xmpp/presence.js';
import { avatar } from './avatar.js';
import { byId, h, toast } from './dom.js';
import { icon } from './icons.js';
import {
  changeNick,
  changeSubject,
  invite,
  leaveRoom,
  removeContact,
  renameContact,
} from './questions.js';
import { plural, presences } from './words.js';

/** @typedef {import('../model.js').Chat} Chat */
/** @typedef {import('../model.js').Occupant} Occupant */

/** Copies a text; also where the page is in no secure context. @param {Node} node */
function copy(node) {
  getSelection()?.selectAllChildren(node);
  toast(document.execCommand('copy') ? 'Address copied.' : 'Press Ctrl+C to copy the address.');
}

/** @param {import('../xmpp/client.js').Client} client */
export function detailsView(client) {
  const { model } = client;
  const place = byId('details');
  let isWanted = false;

  /** @param {string} name @param {string} label @param {() => void} run */
  const action = (name, label, run) => h('button.action', { onclick: run }, icon(name), label);

  function draw() {
    const chat = model.chats.get(model.open);
    place.hidden = !isWanted || !chat;
    byId('details-toggle')?.setAttribute('aria-expanded', String(!place.hidden));
    if (!chat || place.hidden) return;
    const focus = focusedLabel();
    const close = h(
      'button.icon',
      { 'aria-label': 'Close details', onclick: toggle },
      icon('close'),
    );
    const head = h('header.bar', null, h('h2', null, chat.room ? 'Room' : 'Contact'), close);
    const content = chat.room ? roomDetails(chat, chat.room) : contactDetails(chat);
    const scrolled = place.querySelector('.scroller')?.scrollTop ?? 0;
    const scroller = h('div.scroller', null, portrait(chat), content);
    place.replaceChildren(head, scroller);
    scroller.scrollTop = scrolled;
    [...place.querySelectorAll('button')].find((one) => labelOf(one) === focus)?.focus();
  }

  /** @param {Element} one */
  const labelOf = (one) => one.getAttribute('aria-label') ?? one.textContent;
  const focusedLabel = () =>
    document.activeElement && place.contains(document.activeElement)
      ? labelOf(document.activeElement)
      : null;

  /** @param {Chat} chat */
  function portrait({ jid, room }) {
    const name = model.nameOf(jid);
    const contact = model.contacts.get(jid);
    const show = contact && !room ? availability(contact).show : undefined;
    const address = h('span', null, jid);
    return h(
      'div.portrait',
      null,
      avatar(jid, name, { isRoom: !!room, show }),
      h('h3', null, name),
      h(
        'button.link',
        { onclick: () => copy(address), 'aria-label': `Copy the address ${jid}` },
        address,
        icon('copy'),
      ),
    );
  }

  /** @param {string} jid @param {string} name */
  const ask = (jid, name) =>
    client.roster.add(jid, name).then(
      () => toast('Asked.'),
      (error) => toast(error.message),
    );

  /** @param {Chat} chat */
  function contactDetails(chat) {
    const { jid } = chat;
    const contact = model.contacts.get(jid);
    const close = action('close', 'Close the conversation', () => model.forgetChat(jid));
    if (!contact) {
      const isSelf = jid === model.account || jid.includes('/');
      const add = () => ask(jid, '');
      return [!isSelf && action('plus', 'Add to contacts', add), close].filter(Boolean);
    }
    const devices = [...contact.resources].map(([name, { show, status }]) =>
      h(
        'li',
        null,
        h('span.dot', { 'data-show': show || 'online' }),
        h(
          'span',
          null,
          [presences[show], status].filter(Boolean).join(' · '),
          h('small', null, name),
        ),
      ),
    );
    return [
      h('p.fact', null, relation(contact)),
      devices.length > 0 && h('h4', null, plural(devices.length, 'device')),
      devices.length > 0 && h('ul.devices', null, devices),
      action('edit', 'Rename', () => renameContact(client, jid)),
      contact.subscription !== 'both' &&
        !contact.isAsked &&
        action('person', 'Ask again to be a contact', () => ask(jid, contact.name)),
      close,
      action('trash', 'Remove from contacts', () => removeContact(client, jid)),
    ].filter(Boolean);
  }

  /** @param {import('../model.js').Contact} contact */
  function relation({ subscription, isAsked }) {
    if (subscription === 'both') return 'You see when each other is here.';
    if (isAsked) return 'Has not answered your request yet.';
    if (subscription === 'to') return 'You see when they are here; they do not see you.';
    if (subscription === 'from') return 'They see when you are here; you do not see them.';
    return 'Neither sees when the other is here.';
  }

  /** @param {Chat} chat @param {import('../model.js').Room} room */
  function roomDetails(chat, room) {
    const groups = [
      ['Moderators', (/** @type {Occupant} */ one) => one.role === 'moderator'],
      ['Participants', (/** @type {Occupant} */ one) => one.role === 'participant'],
      [
        'Visitors',
        (/** @type {Occupant} */ one) => !['moderator', 'participant'].includes(one.role),
      ],
    ];
    const people = [...room.occupants.values()].sort((a, b) => a.nick.localeCompare(b.nick));
    return [
      room.subject && h('p.fact', null, room.subject),
      ...groups.map(([title, isIn]) => {
        const members = people.filter(/** @type {any} */ (isIn));
        return (
          members.length > 0 &&
          h(
            'section',
            null,
            h('h4', null, `${title} · ${members.length}`),
            h(
              'ul.people',
              null,
              members.map((one) => person(chat, room, one)),
            ),
          )
        );
      }),
      action('plus', 'Invite somebody', () => invite(client, chat)),
      action('edit', 'Change the subject', () => changeSubject(client, chat)),
      action('person', 'Change your nickname', () => changeNick(client, chat)),
      action('exit', 'Leave the room', () => leaveRoom(client, chat)),
    ].filter(Boolean);
  }

  /** @param {Chat} chat @param {import('../model.js').Room} room @param {Occupant} occupant */
  function person(chat, room, { nick, affiliation, show, jid }) {
    const isSelf = nick === room.nick;
    const mark = ['owner', 'admin', 'member'].includes(affiliation) ? affiliation : '';
    const content = [
      avatar(nick, nick, { show }),
      h('span.name', null, nick, isSelf && h('small', null, ' (you)')),
      mark && h('span.mark', null, mark),
    ];
    const talk = () => model.show(`${chat.jid}/${nick}`);
    return h(
      'li',
      null,
      isSelf
        ? h('span.person', { title: jid || null }, content)
        : h(
            'button.person',
            {
              title: jid || null,
              'aria-label': `${nick}${mark && `, ${mark}`}. Write privately`,
              onclick: talk,
            },
            content,
          ),
    );
  }

  function toggle() {
    isWanted = !isWanted;
    draw();
    if (!isWanted) byId('details-toggle')?.focus();
    else if (isNarrow()) place.querySelector('button')?.focus();
  }

  const isNarrow = () => matchMedia('(max-width: 1099px)').matches;
  const later = soon(draw);
  model.on('list chat', later);
  model.on('open reset', () => {
    // Where it covers the conversation it must not be in the way of the next one.
    if (isNarrow()) isWanted = false;
    later();
  });
  return {
    toggle,
    /** @returns {boolean} was it open? */
    close: () => {
      if (place.hidden) return false;
      toggle();
      return true;
    },
  };
}
