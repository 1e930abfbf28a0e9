// SPDX-License-Identifier: MIT
// The open conversation: its head, its messages, the place to write.

import { soon } from '../topics.js';
import { availability } from '../xmpp/presence.js';
import { avatar } from './avatar.js';
import { composerView } from './composer.js';
import { byId, h, setText } from './dom.js';
import { icon } from './icons.js';
import { logView } from './log.js';
import { joinRoom } from './questions.js';
import { plural, presences, typingText } from './words.js';

/**
 * @param {import('../xmpp/client.js').Client} client
 * @param {{toggleDetails: () => void, closeTalk: () => void}} actions
 */
export function talkView(client, actions) {
  const { model, session } = client;
  const place = byId('talk');
  const face = h('span.face', null);
  const title = h('h1', null);
  const subtitle = h('p.subtitle', null);
  const back = h(
    'button.icon.back',
    { 'aria-label': 'Back to the list', onclick: actions.closeTalk },
    icon('back'),
  );
  const about = h(
    'button.about',
    { 'aria-controls': 'details', onclick: actions.toggleDetails },
    face,
    title,
    subtitle,
  );
  const people = h('button.icon', {
    id: 'details-toggle',
    'aria-controls': 'details',
    'aria-expanded': 'false',
    onclick: actions.toggleDetails,
  });
  const head = h('header.bar', null, back, about, people);
  const log = logView(client);
  const composer = composerView(client);
  const outside = h('div.outside', { hidden: true });
  const welcome = h(
    'div.welcome',
    null,
    icon('talk'),
    h('p', null, 'Pick a conversation, or start a new one.'),
  );
  const body = h('div.body', null, head, log.element, outside, composer.element);
  place.append(welcome, body);

  function draw() {
    const chat = model.chats.get(model.open);
    place.classList.toggle('is-open', !!chat);
    body.hidden = !chat;
    welcome.hidden = !!chat;
    if (!chat) return;
    const name = model.nameOf(chat.jid);
    const contact = model.contacts.get(chat.jid);
    const { show } = availability(contact);
    face.replaceChildren(
      avatar(chat.jid, name, {
        isRoom: !!chat.room,
        show: chat.room || !contact ? undefined : show,
      }),
    );
    setText(title, name);
    const typing = typingText(chat.typing, (who) => (chat.room ? who : name));
    setText(subtitle, typing || subtitleOf(chat));
    subtitle.classList.toggle('is-typing', typing !== '');
    people.replaceChildren(icon(chat.room ? 'people' : 'info'));
    people.setAttribute('aria-label', chat.room ? 'People in this room' : `About ${name}`);
    about.setAttribute('aria-label', `${name}, ${subtitle.textContent}. Details`);
    drawOutside(chat);
  }

  /** @param {import('../model.js').Chat} chat */
  function subtitleOf({ jid, room }) {
    if (room) {
      if (room.state !== 'in') return room.state === 'joining' ? 'Entering…' : 'Not in the room';
      return [plural(room.occupants.size, 'person', 'people'), room.subject]
        .filter(Boolean)
        .join(' · ');
    }
    const contact = model.contacts.get(jid);
    if (!contact) return jid;
    const { show, status } = availability(contact);
    if (contact.isAsked && !contact.resources.size) return 'Waiting for an answer to your request';
    return [presences[show], status].filter(Boolean).join(' · ');
  }

  /** We are not in the room. @param {import('../model.js').Chat} chat */
  function drawOutside({ jid, room }) {
    const isOut = !!room && room.state === 'out' && session.isOnline;
    outside.hidden = !isOut;
    if (!isOut) return;
    outside.replaceChildren(
      h('span', null, room.error || 'You are not in this room.'),
      h('button.primary', { onclick: () => joinRoom(client, jid) }, 'Join'),
    );
  }

  const later = soon(draw);
  model.on('list chat messages', later);
  model.on('open reset', draw); // at once: the focus goes there
  session.on('state', later);
  draw();
}
