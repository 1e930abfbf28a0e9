// SPDX-License-Identifier: MIT
// All that the page knows: plain data that views draw and xmpp/ keeps up to date. It survives a
// reload together with the session (see storage.js).

import { Topics } from './topics.js';

/**
 * @typedef {object} Contact
 * @property {string} jid
 * @property {string} name '' when the user gave none
 * @property {string} subscription none, to, from, both
 * @property {boolean} isAsked we wait for the other's consent
 * @property {Map<string, {show: string, status: string, priority: number}>} resources online
 *
 * @typedef {object} Message
 * @property {string} id given by who sent it
 * @property {string} [archiveId] given by the archive
 * @property {'text' | 'notice'} kind a notice is the page's own: "bob left"
 * @property {string} from bare address; in a room the nickname
 * @property {boolean} isMine
 * @property {string} body
 * @property {number} at when, in ms
 * @property {boolean} [isMention] it names us
 * @property {'waiting' | 'sending' | 'sent' | 'delivered' | 'unsure' | 'failed'} [state] of ours
 * @property {string} [error] why it failed
 *
 * @typedef {object} Occupant
 * @property {string} nick
 * @property {string} role moderator, participant, visitor
 * @property {string} affiliation owner, admin, member, none
 * @property {string} show
 * @property {string} jid '' where the room hides it
 *
 * @typedef {object} Room
 * @property {string} nick ours
 * @property {'out' | 'joining' | 'in'} state
 * @property {string} subject
 * @property {string} error why we are out
 * @property {Map<string, Occupant>} occupants
 *
 * @typedef {object} Chat
 * @property {string} jid
 * @property {string} name
 * @property {Room | null} room
 * @property {Message[]} messages by time
 * @property {number} unread
 * @property {number} mentions of us among them
 * @property {string} draft
 * @property {number} opened when the user opened it, for its place in the list
 * @property {Map<string, number>} typing who, until when
 * @property {{oldest: string, isComplete: boolean, isThere?: boolean}} archive how far up it was
 *   read; isThere: does the room keep one?
 */

export class Model extends Topics {
  /** '' when signed out. */
  account = '';
  /** What others see of us; show '' is available, 'offline' is not to be seen. */
  self = { show: '', status: '' };
  /** @type {Map<string, Contact>} */
  contacts = new Map();
  /** Who asks to see our presence, with the text that came with it. @type {Map<string, string>} */
  requests = new Map();
  /** Rooms that we are invited to. @type {Map<string, {from: string, reason: string}>} */
  invitations = new Map();
  /** @type {Map<string, Chat>} */
  chats = new Map();
  /** The address of the chat that is shown. */
  open = '';
  /** Does the server keep one for us? */
  hasArchive = false;
  /** The newest id of our archive that we know. */
  archiveEnd = '';
  /**
   * When the newest message that was seen was sent; under '' when this account was first used here.
   * @type {Map<string, number>}
   */
  readUntil = new Map();
  /** Does the user look at the page? */
  isLooking = true;

  /** What goes with the session. */
  static saved = [
    'account',
    'self',
    'contacts',
    'requests',
    'invitations',
    'chats',
    'open',
    'archiveEnd',
    'readUntil',
    'hasArchive',
  ];

  /** Forgets everything, or begins with what was saved. @param {Record<string, any>} [data] */
  reset(data = new Model()) {
    for (const name of Model.saved)
      if (name in data) /** @type {any} */ (this)[name] = /** @type {any} */ (data)[name];
    this.tell('reset');
  }

  /** What to call somebody. @param {string} jid */
  nameOf(jid) {
    const local = jid.split('/')[0].split('@');
    return this.contacts.get(jid)?.name || this.chats.get(jid)?.name || (local[1] ? local[0] : jid);
  }

  /**
   * @param {string} jid @param {Partial<Chat>} [more]
   * @returns {Chat}
   */
  chat(jid, more = {}) {
    let chat = this.chats.get(jid);
    if (chat) return chat;
    chat = {
      jid,
      name: '',
      room: null,
      messages: [],
      unread: 0,
      mentions: 0,
      draft: '',
      opened: 0,
      typing: new Map(),
      archive: { oldest: '', isComplete: false },
      ...more,
    };
    this.chats.set(jid, chat);
    this.tell('chat', chat);
    return chat;
  }

  /** @param {string} jid */
  forgetChat(jid) {
    this.chats.delete(jid);
    if (this.open === jid) this.show('');
    this.tell('list');
  }

  /** Opens a chat; '' closes. @param {string} jid */
  show(jid) {
    this.open = jid;
    if (jid) this.chat(jid).opened ||= Date.now();
    this.tell('open');
  }

  /** @param {Chat} chat */
  markRead(chat) {
    const last = chat.messages.at(-1)?.at ?? 0;
    const isNew = last > (this.readUntil.get(chat.jid) ?? 0);
    if (isNew) this.readUntil.set(chat.jid, last);
    if (isNew || chat.unread) this.tell('read', chat);
    chat.unread = chat.mentions = 0;
    this.tell('chat', chat);
  }

  /** @param {Chat} chat @param {Message[]} messages that have just come */
  count(chat, messages) {
    const seen = this.readUntil.get(chat.jid) ?? this.readUntil.get('') ?? 0;
    for (const message of messages) {
      if (message.isMine || message.at <= seen) continue;
      chat.unread++;
      if (message.isMention) chat.mentions++;
      if (message.isMention || !chat.room) this.tell('unread', chat, message);
    }
    // Whoever has answered, here or elsewhere, has read what was before.
    const isAnswered = messages.at(-1)?.isMine;
    if (isAnswered || (this.isLooking && this.open === chat.jid)) this.markRead(chat);
    else this.tell('chat', chat);
  }

  /** One that we have already? @param {Chat} chat @param {Message} message */
  find(chat, message) {
    return chat.messages.findLast(
      (one) =>
        (message.archiveId && one.archiveId === message.archiveId) ||
        (message.id && one.id === message.id && one.from === message.from),
    );
  }

  /**
   * Puts messages in their places; those that are known only learn what is new of them. An archive
   * may count in whole seconds, so the order in which it tells matters, too.
   * @param {Chat} chat @param {Message[]} messages
   * @param {boolean} [isOlder] read upwards: before those of the same time
   * @returns {Message[]} the new ones
   */
  add(chat, messages, isOlder = false) {
    const fresh = messages.filter((message) => {
      const known = this.find(chat, message);
      if (!known) return true;
      known.archiveId ??= message.archiveId;
      if (isOpen(known)) this.change(chat, known, { state: 'sent', error: undefined });
      return false;
    });
    const last = chat.messages.at(-1)?.at ?? 0;
    const isLater = !isOlder && fresh.every(({ at }) => at >= last);
    if (isOlder) chat.messages.unshift(...fresh);
    else chat.messages.push(...fresh);
    if (!isLater) chat.messages.sort((a, b) => a.at - b.at);
    this.tell('messages', chat, isLater ? fresh : null);
    return fresh;
  }

  /** @param {Chat} chat @param {Message} message @param {Partial<Message>} change */
  change(chat, message, change) {
    Object.assign(message, change);
    this.tell('message', chat, message);
  }

  /** @param {Chat} chat @param {string} body */
  notice(chat, body) {
    /** @type {Message} */
    const message = { id: '', kind: 'notice', from: '', isMine: false, body, at: Date.now() };
    chat.messages.push(message);
    this.tell('messages', chat, [message]);
  }

  /** All unread messages that deserve a number. */
  get unread() {
    let sum = 0;
    for (const chat of this.chats.values()) sum += chat.room ? chat.mentions : chat.unread;
    return sum;
  }
}

/** Is it open what became of it? @param {Message} message */
export const isOpen = ({ state }) =>
  state === 'sending' || state === 'unsure' || state === 'failed';
