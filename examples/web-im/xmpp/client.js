// SPDX-License-Identifier: MIT
// The parts put together, and what happens when a session begins and ends.

import { Model } from '../model.js';
import { enableCarbons } from './carbons.js';
import { ChatStates } from './chatstates.js';
import { answerQuestions } from './disco.js';
import { History } from './history.js';
import { Messages } from './messages.js';
import { Presence } from './presence.js';
import { Roster } from './roster.js';
import { Rooms } from './muc.js';
import { Session } from './session.js';
import { bare } from './stanza.js';

export class Client {
  /** @param {string} service */
  constructor(service) {
    const session = (this.session = new Session(service));
    const model = (this.model = new Model());
    const { connection } = session;
    this.connection = connection;
    this.roster = new Roster(connection, model);
    this.presence = new Presence(connection, model);
    this.rooms = new Rooms(connection, model, this.presence);
    this.chatStates = new ChatStates(connection, model);
    this.messages = new Messages(session, model, this.chatStates, this.rooms);
    this.history = new History(connection, model, this.messages);
    /** Does the model hold all that came before this session was gone on with? */
    this.isComplete = false;
    session.on('begin', (isNew) => this.#begin(isNew));
    session.on('lost', () => this.forgetOthers());
    // What it has not said again since then never came.
    model.on('joined', (chat) => this.messages.repeatUnsure(chat));
  }

  /** @param {boolean} isNew */
  #begin(isNew) {
    const { connection, model } = this;
    const account = bare(connection.jid);
    const isKnown = model.account === account;
    if (!isKnown) {
      model.reset();
      model.account = account;
      this.session.tell('account', account);
    }
    for (const part of [this.roster, this.presence, this.rooms, this.messages]) part.listen();
    answerQuestions(connection);
    this.#setUp(isNew || !isKnown).catch((error) => {
      // The session may end at any moment; what begins then sets up again.
      if (this.session.isOnline) console.error(error);
    });
  }

  /** @param {boolean} isNew */
  async #setUp(isNew) {
    const { messages, model } = this;
    if (isNew) {
      // Carbons are a wish: not every server has them.
      enableCarbons(this.connection).catch(() => {});
      await this.roster.load(); // before the presences of those who are on it
      this.presence.send();
      if (model.self.show !== 'offline') this.rooms.rejoin();
    }
    // A reload loses nothing: then there is nothing to catch up with.
    const isBehind = isNew || !this.isComplete || messages.hasUnsure;
    const isCertain = isBehind && (await this.history.catchUp());
    this.isComplete = true;
    for (const chat of model.chats.values())
      if (isCertain && !chat.room) messages.repeatUnsure(chat);
    messages.flushAll();
    model.tell('list');
  }

  /** The session is gone: nobody is known to be there any more. */
  forgetOthers() {
    this.presence.clear();
    this.rooms.clear();
    for (const chat of this.model.chats.values()) chat.typing.clear();
    this.chatStates.sent();
    this.model.tell('list');
  }

  /** @param {string} show @param {string} status */
  setPresence(show, status) {
    const { model, presence, rooms } = this;
    const wasOffline = model.self.show === 'offline';
    model.self = { show, status };
    if (this.session.isOnline) {
      presence.send();
      // Leaving takes us out of the rooms, too.
      if (show === 'offline') rooms.clear();
      else if (wasOffline) rooms.rejoin();
      else rooms.update();
    }
    model.tell('self');
  }

  signOut() {
    this.session.signOut();
    this.model.reset();
  }
}
