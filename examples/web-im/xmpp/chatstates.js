// SPDX-License-Identifier: MIT
// "Bob is typing" (XEP-0085).

import { $msg } from './strophe.js';

export const CHATSTATES = 'http://jabber.org/protocol/chatstates';
/** Without a key for so long it is a pause. */
const PAUSE_MS = 5000;
/** Whoever is silent for so long has gone without a word. */
const FORGET_MS = 30_000;

export class ChatStates {
  /** What we told last, and when it has to be taken back. */
  #composing = '';
  #timer = 0;

  /** @param {any} connection @param {import('../model.js').Model} model */
  constructor(connection, model) {
    this.connection = connection;
    this.model = model;
  }

  /** The user types. @param {import('../model.js').Chat} chat @param {boolean} isEmpty */
  typed(chat, isEmpty) {
    if (this.#composing && this.#composing !== chat.jid) this.pause();
    clearTimeout(this.#timer);
    if (isEmpty) return this.pause();
    // Only who sees our presence, and is there.
    if (!chat.room && this.#composing !== chat.jid && this.#isWelcome(chat)) {
      this.#composing = chat.jid;
      this.#send('composing');
    }
    this.#timer = setTimeout(() => this.pause(), PAUSE_MS);
  }

  pause() {
    if (this.#composing) this.#send('paused');
    this.sent();
  }

  /** The message itself says that we are done. */
  sent() {
    clearTimeout(this.#timer);
    this.#composing = '';
  }

  /** @param {import('../model.js').Chat} chat */
  #isWelcome({ jid }) {
    const contact = this.model.contacts.get(jid);
    return ['from', 'both'].includes(contact?.subscription ?? '') && !!contact?.resources.size;
  }

  /** @param {string} state */
  #send(state) {
    const message = $msg({ to: this.#composing, type: 'chat' })
      .c(state, { xmlns: CHATSTATES })
      .up();
    this.connection.send(message.c('no-store', { xmlns: 'urn:xmpp:hints' }));
  }

  /**
   * @param {import('../model.js').Chat} chat @param {string} who
   * @param {Element} message
   */
  came(chat, who, message) {
    const state = [...message.children].find((one) => one.namespaceURI === CHATSTATES)?.localName;
    const wasTyping = chat.typing.delete(who);
    if (state === 'composing') {
      const until = Date.now() + FORGET_MS;
      chat.typing.set(who, until);
      setTimeout(() => {
        if (chat.typing.get(who) !== until) return;
        chat.typing.delete(who);
        this.model.tell('chat', chat);
      }, FORGET_MS);
    }
    if (wasTyping !== (state === 'composing')) this.model.tell('chat', chat);
  }
}
