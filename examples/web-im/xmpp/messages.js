// SPDX-License-Identifier: MIT
// Messages: where each belongs, and what becomes of ours.

import { openCarbon } from './carbons.js';
import { CHATSTATES } from './chatstates.js';
import { MAM } from './mam.js';
import { Nudge } from './ping.js';
import { answerReceipt, askForReceipt, receiptIn } from './receipts.js';
import { StanzaError, attribute, bare, child, delayOf, textOf } from './stanza.js';
import { $msg } from './strophe.js';

const SID = 'urn:xmpp:sid:0';
/** What XML cannot carry, pasted from somewhere. */
// eslint-disable-next-line no-control-regex
const UNSENDABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** @typedef {import('../model.js').Chat} Chat */
/** @typedef {import('../model.js').Message} Message */

export class Messages {
  /**
   * @param {import('./session.js').Session} session @param {import('../model.js').Model} model
   * @param {import('./chatstates.js').ChatStates} chatStates
   * @param {import('./muc.js').Rooms} rooms
   */
  constructor(session, model, chatStates, rooms) {
    this.session = session;
    this.connection = session.connection;
    this.model = model;
    this.chatStates = chatStates;
    this.rooms = rooms;
    this.nudge = new Nudge(this.connection);
  }

  listen() {
    this.connection.addHandler(
      (/** @type {Element} */ stanza) => this.#came(stanza),
      null,
      'message',
    );
  }

  /* ------------------------------------------------------------------------------ receiving */

  /** @param {Element} stanza */
  #came(stanza) {
    const opened = openCarbon(stanza, this.model.account);
    if (!opened || child(stanza, 'result', MAM)) return true;
    const { message, envelope } = opened;
    const type = attribute(message, 'type');
    if (type === 'error') this.#failed(message);
    else if (type === 'groupchat') this.rooms.said(message);
    else if (!this.rooms.invited(message)) this.#said(message, envelope);
    return true;
  }

  /** @param {Element} message @param {Element | null} envelope of a carbon */
  #said(message, envelope) {
    const { model } = this;
    const key = this.#keyOf(message);
    const delay = delayOf(envelope) ?? delayOf(message);
    const said = this.#read(message, delay ?? Date.now(), archiveIdIn(message, model.account));
    if (said.archiveId) model.archiveEnd = said.archiveId;
    this.#receipt(key, message);
    const known = model.chats.get(key);
    if (known && !said.isMine) this.chatStates.came(known, said.from, message);
    if (!said.body) return;
    const chat = model.chat(key);
    model.count(chat, model.add(chat, [said]));
    // A copy was answered by the device that got the message itself.
    if (!envelope && this.#seesUs(key)) answerReceipt(this.connection, message);
  }

  /**
   * A page of an archive.
   * @param {import('./mam.js').Page['results']} results @param {boolean} isNews count the unread
   * @param {string} [room] of which room
   * @returns {number} how many texts were new
   */
  archived(results, isNews, room = '') {
    /** @type {Map<string, Message[]>} */
    const byChat = new Map();
    for (const { id, message, at } of results) {
      const key = room || this.#keyOf(message);
      const said = room ? this.rooms.read(message, at, room, id) : this.#read(message, at, id);
      if (!byChat.has(key)) byChat.set(key, []);
      if (said?.body && attribute(message, 'type') !== 'error') byChat.get(key)?.push(said);
    }
    let count = 0;
    for (const [key, messages] of byChat) {
      if (!messages.length) continue;
      const chat = this.model.chat(key);
      const fresh = this.model.add(chat, messages, !isNews);
      if (isNews) this.model.count(chat, fresh);
      count += fresh.length;
    }
    // Receipts stand behind what they are about.
    for (const { message } of room ? [] : results) this.#receipt(this.#keyOf(message), message);
    return count;
  }

  /** Whose conversation is it? @param {Element} message */
  #keyOf(message) {
    const from = attribute(message, 'from');
    const isMine = !from || bare(from) === this.model.account;
    const other = (isMine ? attribute(message, 'to') : from) || this.model.account;
    // Privately to somebody in a room, who has no other address.
    return this.model.chats.get(bare(other))?.room ? other : bare(other);
  }

  /** @param {Element} message @param {number} at @param {string} archiveId @returns {Message} */
  #read(message, at, archiveId) {
    const from = bare(attribute(message, 'from')) || this.model.account;
    const origin = attribute(child(message, 'origin-id', SID), 'id');
    return {
      id: attribute(message, 'id') || origin,
      archiveId: archiveId || undefined,
      kind: 'text',
      from,
      isMine: from === this.model.account,
      body: textOf(message, 'body'),
      at,
      state: from === this.model.account ? 'sent' : undefined,
    };
  }

  /** @param {string} key @param {Element} message */
  #receipt(key, message) {
    const id = receiptIn(message);
    const chat = id && this.model.chats.get(key);
    const ours = chat && chat.messages.findLast((one) => one.isMine && one.id === id);
    if (ours) this.model.change(chat, ours, { state: 'delivered', error: undefined });
  }

  /** @param {Element} message that came back */
  #failed(message) {
    const from = attribute(message, 'from');
    const chat = this.model.chats.get(from) ?? this.model.chats.get(bare(from));
    const id = attribute(message, 'id');
    const ours = chat?.messages.findLast((one) => one.isMine && one.id === id);
    if (chat && ours)
      this.model.change(chat, ours, { state: 'failed', error: reasonOf(new StanzaError(message)) });
  }

  /** @param {string} jid */
  #seesUs(jid) {
    return ['from', 'both'].includes(this.model.contacts.get(jid)?.subscription ?? '');
  }

  /* -------------------------------------------------------------------------------- sending */

  /** @param {Chat} chat @param {string} text */
  send(chat, text) {
    /** @type {Message} */
    const message = {
      id: this.connection.getUniqueId(),
      kind: 'text',
      from: chat.room ? chat.room.nick : this.model.account,
      isMine: true,
      body: text.replace(UNSENDABLE, ''),
      // Not before what it answers, even where the other's clock is ahead.
      at: Math.max(Date.now(), chat.messages.at(-1)?.at ?? 0),
      state: 'waiting',
    };
    this.chatStates.sent();
    this.model.add(chat, [message]);
    this.model.count(chat, [message]);
    this.flush(chat);
  }

  /** @param {Chat} chat @param {Message} message that failed */
  sendAgain(chat, message) {
    this.model.change(chat, message, { state: 'waiting', error: undefined });
    this.flush(chat);
  }

  /** Sends what waits. @param {Chat} chat */
  flush(chat) {
    if (!this.session.isOnline || (chat.room && chat.room.state !== 'in')) return;
    for (const message of chat.messages) if (message.state === 'waiting') this.#send(chat, message);
  }

  flushAll() {
    for (const chat of this.model.chats.values()) this.flush(chat);
  }

  /** @param {Chat} chat @param {Message} message */
  #send(chat, message) {
    const { id, body } = message;
    const stanza = $msg({ to: chat.jid, type: chat.room ? 'groupchat' : 'chat', id });
    stanza.c('body').t(body).up().c('origin-id', { xmlns: SID, id }).up();
    if (!chat.room) askForReceipt(stanza).c('active', { xmlns: CHATSTATES });
    this.model.change(chat, message, { state: 'sending' });
    const change = (/** @type {Partial<Message>} */ news) => {
      if (message.state === 'sending') this.model.change(chat, message, news);
    };
    this.nudge.hurry(this.connection.sendTracked(stanza), this.model.account).then(
      () => change({ state: 'sent' }),
      ({ fate, message: error }) => {
        if (fate === 'unsent') change({ state: 'waiting' });
        else if (fate === 'unknown') change({ state: 'unsure' });
        else change({ state: 'failed', error });
      },
    );
  }

  /** After a reload nobody waits for what was being sent. */
  forgetPromises() {
    for (const chat of this.model.chats.values())
      for (const message of chat.messages)
        if (message.state === 'sending') message.state = 'unsure';
  }

  get hasUnsure() {
    return [...this.model.chats.values()].some(({ messages }) =>
      messages.some(({ state }) => state === 'unsure'),
    );
  }

  /** The archive has been read, and has not got them: send them again. @param {Chat} chat */
  repeatUnsure(chat) {
    for (const message of chat.messages)
      if (message.state === 'unsure') this.model.change(chat, message, { state: 'waiting' });
    this.flush(chat);
  }
}

/** The archive's own id of a message: only its owner may give it. @param {Element} message
 * @param {string} owner */
export function archiveIdIn(message, owner) {
  for (const one of message.children)
    if (one.localName === 'stanza-id' && one.namespaceURI === SID)
      if (bare(attribute(one, 'by')) === owner) return attribute(one, 'id');
  return '';
}

/** @type {Record<string, string>} */
const reasons = {
  'service-unavailable': 'There is nobody at this address, or they take no messages.',
  'item-not-found': 'There is nobody at this address.',
  'remote-server-not-found': 'The server of this address does not exist.',
  'remote-server-timeout': 'The server of this address does not answer.',
  'not-acceptable': 'They do not take this message.',
  forbidden: 'You may not write here.',
};

/** @param {StanzaError} error */
const reasonOf = ({ condition, message }) => reasons[condition] ?? message;
