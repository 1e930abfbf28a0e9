// SPDX-License-Identifier: MIT
// What the page asks the user.

import { keepSetting, setting } from '../storage.js';
import { bare } from '../xmpp/stanza.js';
import { Strophe } from '../xmpp/strophe.js';
import { ask } from './dialog.js';
import { focusEditor } from './dom.js';

/** @typedef {import('../xmpp/client.js').Client} Client */
/** @typedef {import('../model.js').Chat} Chat */

/** Like name@place. @param {string} text @param {string} what */
function checked(text, what) {
  const jid = bare(text.trim());
  if (!/^[^\s@/"&'<>:]+@[^\s@/]+$/.test(jid)) throw new Error(`${what} looks like ${example}.`);
  return jid;
}
const example = 'name@example.org';

/** @param {Client} client */
export const addContact = (client) =>
  ask({
    title: 'Add a contact',
    fields: [
      { name: 'jid', label: 'Address', placeholder: example },
      { name: 'name', label: 'Name', isOptional: true },
    ],
    action: 'Add',
    done: focusEditor,
    run: async ({ jid, name }) => {
      const address = checked(jid, 'An address');
      if (address === client.model.account) throw new Error('That is your own address.');
      online(client);
      await client.roster.add(address, name.trim());
      client.model.show(address);
    },
  });

/** @param {Client} client @param {string} [jid] */
export function joinRoom(client, jid = '') {
  const { model, rooms } = client;
  const own = Strophe.getNodeFromJid(model.account) ?? '';
  ask({
    title: 'Join a room',
    text: 'If there is no such room yet, you open it.',
    fields: [
      {
        name: 'jid',
        label: 'Address of the room',
        value: jid,
        placeholder: `room@conference.${Strophe.getDomainFromJid(model.account)}`,
      },
      { name: 'nick', label: 'Your nickname there', value: setting('nick') ?? own },
      { name: 'password', label: 'Password', type: 'password', isOptional: true },
    ],
    action: 'Join',
    done: focusEditor,
    run: async ({ jid: room, nick, password }) => {
      const address = checked(room, 'The address of a room');
      online(client);
      const isNew = !model.chats.has(address);
      try {
        await rooms.join(address, nick.trim(), password);
      } catch (error) {
        if (isNew) model.forgetChat(address);
        throw error;
      }
      keepSetting('nick', nick.trim());
      model.show(address);
    },
  });
}

/** @param {Client} client @param {string} jid */
export const renameContact = (client, jid) =>
  ask({
    title: 'Rename',
    text: jid,
    fields: [
      {
        name: 'name',
        label: 'Name',
        value: client.model.contacts.get(jid)?.name,
        isOptional: true,
      },
    ],
    action: 'Rename',
    run: ({ name }) => (online(client), client.roster.rename(jid, name.trim())),
  });

/** @param {Client} client @param {string} jid */
export const removeContact = (client, jid) =>
  ask({
    title: `Remove ${client.model.nameOf(jid)}?`,
    text: 'You will no longer see when the other is here. The archive keeps what you have said.',
    action: 'Remove',
    isDangerous: true,
    run: async () => {
      online(client);
      await client.roster.remove(jid);
      client.model.forgetChat(jid);
    },
  });

/** @param {Client} client @param {Chat} chat */
export const changeNick = (client, chat) =>
  ask({
    title: 'Your nickname in this room',
    fields: [{ name: 'nick', label: 'Nickname', value: chat.room?.nick }],
    action: 'Change',
    run: ({ nick }) => (online(client), client.rooms.rename(chat.jid, nick.trim())),
  });

/** @param {Client} client @param {Chat} chat */
export const changeSubject = (client, chat) =>
  ask({
    title: 'Subject of the room',
    fields: [{ name: 'subject', label: 'Subject', value: chat.room?.subject, isOptional: true }],
    action: 'Change',
    run: ({ subject }) => (online(client), client.rooms.setSubject(chat.jid, subject.trim())),
  });

/** @param {Client} client @param {Chat} chat */
export const invite = (client, chat) =>
  ask({
    title: 'Invite somebody',
    fields: [{ name: 'jid', label: 'Address', placeholder: example }],
    action: 'Invite',
    run: ({ jid }) => (online(client), client.rooms.invite(chat.jid, checked(jid, 'An address'))),
  });

/** @param {Client} client @param {Chat} chat */
export const leaveRoom = (client, chat) =>
  ask({
    title: `Leave ${client.model.nameOf(chat.jid)}?`,
    action: 'Leave',
    isDangerous: true,
    run: () => client.rooms.leave(chat),
  });

/** @param {Client} client */
function online({ session }) {
  if (!session.isOnline) throw new Error('There is no connection at the moment.');
}
