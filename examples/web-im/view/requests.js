// SPDX-License-Identifier: MIT
// Somebody wants to be a contact, or invites us to a room.

import { avatar } from './avatar.js';
import { h, toast } from './dom.js';
import { joinRoom } from './questions.js';

/** @type {Map<string, HTMLElement>} */
const rows = new Map();

/** @param {import('../xmpp/client.js').Client} client @param {string} jid */
export function requestRow(client, jid) {
  const known = rows.get(jid);
  if (known) return known;
  const { model, roster } = client;
  const invitation = model.invitations.get(jid);
  const row = invitation ? invitationRow(client, jid, invitation) : contactRow();

  function contactRow() {
    const accept = () => {
      settle();
      roster.accept(jid);
      model.show(jid);
    };
    const deny = () => {
      settle();
      roster.deny(jid);
      toast(`${jid} will not see when you are here.`);
    };
    const text = model.requests.get(jid) || 'wants to be your contact';
    return item(jid, model.nameOf(jid), text, ['Accept', accept], ['Decline', deny]);
  }

  /** @param {import('../xmpp/client.js').Client} client @param {string} room
   * @param {{from: string, reason: string}} invitation */
  function invitationRow(client, room, { from, reason }) {
    const join = () => {
      settle();
      joinRoom(client, room);
    };
    const text = `${model.nameOf(from)} invites you${reason && `: ${reason}`}`;
    const forget = () => {
      settle();
      model.invitations.delete(room);
      model.tell('list');
    };
    return item(room, model.nameOf(room), text, ['Join', join], ['Decline', forget]);
  }

  const settle = () => rows.delete(jid);
  rows.set(jid, row);
  return row;
}

/**
 * @param {string} jid @param {string} name @param {string} text
 * @param {[string, () => void][]} choices
 */
function item(jid, name, text, ...choices) {
  const buttons = choices.map(([label, run], i) =>
    h(i ? 'button' : 'button.primary', { 'aria-label': `${label}: ${jid}`, onclick: run }, label),
  );
  return h(
    'li.request',
    { title: jid },
    avatar(jid, name),
    h('span.name', null, name),
    h('span.line', null, text),
    h('span.actions', null, buttons),
  );
}
