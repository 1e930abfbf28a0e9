// SPDX-License-Identifier: MIT
// The page: who draws what, what is kept, and which keys do what everywhere.

import { service, title } from './config.js';
import { forgetModel, keepSetting, loadModel, saveModel, setting } from './storage.js';
import { soon } from './topics.js';
import { bannerView } from './view/banner.js';
import { detailsView } from './view/details.js';
import { byId } from './view/dom.js';
import { placeIcons } from './view/icons.js';
import { listView } from './view/list.js';
import { meView, setTheme } from './view/me.js';
import { menuOf } from './view/menu.js';
import { notifier } from './view/notify.js';
import { addContact, joinRoom } from './view/questions.js';
import { signInView } from './view/sign-in.js';
import { talkView } from './view/talk.js';
import { Client } from './xmpp/client.js';

const SAVE_MS = 2000;

const client = new Client(service);
const { model, session } = client;

/* ------------------------------------------------------------------------------------ views */

setTheme(setting('theme') ?? '');
placeIcons();
const actions = {
  addContact: () => addContact(client),
  joinRoom: () => joinRoom(client),
  toggleDetails: () => details.toggle(),
  closeTalk: () => {
    model.show('');
    list.focus();
  },
};
menuOf(byId('add'), () => [
  { label: 'Add a contact', icon: 'person', run: actions.addContact },
  { label: 'Join a room', icon: 'people', run: actions.joinRoom },
]);
const drawSignIn = signInView(client);
bannerView(session);
meView(client);
const list = listView(client, actions);
talkView(client, actions);
notifier(model);
const details = detailsView(client);

const app = byId('app');
session.on('state', ({ name }) => {
  app.hidden = name === 'out' || name === 'signing-in';
  if (name === 'out') drawTitle();
});
// On a phone there is place for one: the list, or the conversation.
model.on('open reset', () => app.classList.toggle('is-talking', model.open !== ''));

const drawTitle = soon(() => {
  const count = app.hidden ? 0 : model.unread;
  document.title = count ? `(${count}) ${title}` : title;
});
model.on('chat list reset', drawTitle);

/* ------------------------------------------------------------------------------- being here */

function look() {
  model.isLooking = document.visibilityState === 'visible' && document.hasFocus();
  const chat = model.isLooking && model.chats.get(model.open);
  if (chat) model.markRead(chat);
}
for (const type of ['focus', 'blur']) addEventListener(type, look);
document.addEventListener('visibilitychange', look);

addEventListener('keydown', (event) => {
  if (event.key === 'k' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    byId('filter').focus();
  }
  // Dialogs and menus close by themselves.
  if (event.key !== 'Escape' || event.defaultPrevented || isCovered()) return;
  if (!details.close() && model.open) actions.closeTalk();
});
const isCovered = () => document.querySelector('dialog[open], :popover-open') !== null;

/* ------------------------------------------------------------------------------ what is kept */

session.on('account', (account) => {
  model.self = setting('presence', account) ?? model.self;
  model.readUntil = setting('read', account) ?? new Map([['', Date.now()]]);
  for (const { jid, nick } of setting('rooms', account) ?? [])
    model.chat(jid, {
      room: { nick, state: 'out', subject: '', error: '', occupants: new Map() },
    });
});
model.on('self', () => keepSetting('presence', model.self, model.account));
model.on('read', () => keepSetting('read', model.readUntil, model.account));

let knownRooms = '';
const keepRooms = soon(() => {
  const rooms = [...model.chats.values()].flatMap(({ jid, room }) =>
    room ? [{ jid, nick: room.nick }] : [],
  );
  if (!model.account || JSON.stringify(rooms) === knownRooms) return;
  knownRooms = JSON.stringify(rooms);
  keepSetting('rooms', rooms, model.account);
});
model.on('chat list', keepRooms);

let saveTimer = 0;
/** @param {boolean} isLeaving */
function save(isLeaving) {
  clearTimeout(saveTimer);
  saveTimer = 0;
  if (model.account) saveModel(model, isLeaving);
}
model.on('list chat messages message open draft', () => {
  saveTimer ||= setTimeout(save, SAVE_MS, false);
});
addEventListener('pagehide', () => save(true));
model.on('reset', () => !model.account && forgetModel());

const saved = loadModel();
if (saved) {
  model.reset(saved);
  client.isComplete = saved.isComplete;
  client.messages.forgetPromises();
}
if (!session.resume()) {
  if (saved) client.forgetOthers();
  drawSignIn(session.state);
}
