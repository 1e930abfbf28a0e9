// SPDX-License-Identifier: MIT
// Group chat (XEP-0045): rooms, who is in them, what is said there, invitations.

import { infoOf } from './disco.js';
import { MAM } from './mam.js';
import { archiveIdIn } from './messages.js';
import { StanzaError, ask, attribute, bare, child, delayOf, resource, textOf } from './stanza.js';
import { $iq, $msg, $pres, Strophe } from './strophe.js';

const { MUC } = Strophe.NS;
const USER = `${MUC}#user`;
const OWNER = `${MUC}#owner`;
const INVITE = 'jabber:x:conference';
/** Messages of before that a room is asked for at the first visit. */
const HISTORY = 50;

/** @type {Record<string, string>} */
const refusals = {
  'not-authorized': 'This room wants a password.',
  forbidden: 'You have been banned from this room.',
  'item-not-found': 'This room does not exist.',
  'not-allowed': 'This room does not exist, and you may not open one.',
  'not-acceptable': 'This room wants the nickname that is reserved for you.',
  'registration-required': 'This room is for members only.',
  conflict: 'Somebody in this room has that nickname already.',
  'service-unavailable': 'This room is full, or there is no such service.',
  'remote-server-not-found': 'There is no such server.',
  'jid-malformed': 'That is no address of a room, or no nickname.',
};

/** @type {Record<string, string>} why somebody was made to leave, by status code */
const endings = {
  301: 'was banned',
  307: 'was removed by a moderator',
  321: 'is no member any more',
  322: 'is no member of the room',
  332: 'was disconnected because the service shuts down',
};

/** @typedef {import('../model.js').Chat} Chat */
/** @typedef {{resolve: () => void, reject: (error: Error) => void}} Waiting */

export class Rooms {
  /** Who waits for the answer of a room. @type {Map<string, Waiting>} */
  #waiting = new Map();
  /** In memory only. @type {Map<string, string>} */
  #passwords = new Map();

  /**
   * @param {any} connection @param {import('../model.js').Model} model
   * @param {import('./presence.js').Presence} presence
   */
  constructor(connection, model, presence) {
    this.connection = connection;
    this.model = model;
    this.presence = presence;
  }

  listen() {
    const came = (/** @type {Element} */ presence) => this.#came(presence);
    this.connection.addHandler(came, null, 'presence');
  }

  /* ------------------------------------------------------------------------ coming and going */

  /**
   * @param {string} jid @param {string} nick @param {string} [password]
   * @returns {Promise<void>} rejected with the reason
   */
  join(jid, nick, password) {
    const chat = this.model.chat(jid);
    if (password) this.#passwords.set(jid, password);
    const subject = chat.room?.subject ?? '';
    chat.room = { nick, state: 'joining', subject, error: '', occupants: new Map() };
    this.model.invitations.delete(jid);
    this.model.tell('chat', chat);
    return this.#ask(jid, () => this.#enter(chat, nick));
  }

  /** @param {Chat} chat @param {string} nick */
  #enter({ jid, messages }, nick) {
    const last = messages.findLast((one) => one.kind === 'text')?.at;
    const history = last ? { since: new Date(last).toISOString() } : { maxstanzas: HISTORY };
    const password = this.#passwords.get(jid);
    const presence = this.presence.stanza(`${jid}/${nick}`).c('x', { xmlns: MUC });
    presence.c('history', history).up();
    if (password) presence.c('password').t(password);
    this.connection.send(presence);
  }

  /** All rooms again, in a new session. */
  rejoin() {
    for (const { jid, room } of this.model.chats.values())
      if (room) this.join(jid, room.nick).catch(() => {}); // the room shows why
  }

  /** @param {string} jid @param {string} nick @returns {Promise<void>} */
  rename(jid, nick) {
    return this.#ask(jid, () => this.connection.send(this.presence.stanza(`${jid}/${nick}`)));
  }

  /** @param {Chat} chat */
  leave({ jid, room }) {
    if (room?.state !== 'out')
      this.connection.send($pres({ to: `${jid}/${room?.nick}`, type: 'unavailable' }));
    this.model.forgetChat(jid);
  }

  /** We are seen differently now. */
  update() {
    for (const { jid, room } of this.model.chats.values())
      if (room?.state === 'in') this.connection.send(this.presence.stanza(`${jid}/${room.nick}`));
  }

  /** The session is gone, and with it our places. */
  clear() {
    for (const { room } of this.model.chats.values()) {
      if (!room) continue;
      room.state = 'out';
      room.occupants.clear();
    }
    for (const jid of this.#waiting.keys()) this.#answer(jid, new Error('the connection was lost'));
  }

  /** @param {string} jid @param {() => void} send @returns {Promise<void>} */
  #ask(jid, send) {
    this.#answer(jid, new Error('asked again'));
    return new Promise((resolve, reject) => {
      this.#waiting.set(jid, { resolve, reject });
      send();
    });
  }

  /** @param {string} jid @param {Error} [error] */
  #answer(jid, error) {
    const waiting = this.#waiting.get(jid);
    this.#waiting.delete(jid);
    if (error) waiting?.reject(error);
    else waiting?.resolve();
  }

  /* ------------------------------------------------------------------------------- presences */

  /** @param {Element} presence */
  #came(presence) {
    const from = attribute(presence, 'from');
    const chat = this.model.chats.get(bare(from));
    if (!chat?.room) return true;
    const type = attribute(presence, 'type');
    if (type === 'error') this.#refused(chat, presence);
    else if (!resource(from))
      return true; // the room's own, which some services send
    else if (type === 'unavailable') this.#left(chat, resource(from), presence);
    else if (!type) this.#entered(chat, resource(from), presence);
    this.model.tell('chat', chat);
    return true;
  }

  /** @param {Chat} chat @param {Element} presence */
  #refused(chat, presence) {
    const error = new StanzaError(presence);
    const reason = refusals[error.condition] ?? error.message;
    // Who is in and asked for another nickname stays under the old one.
    if (chat.room?.state === 'joining') Object.assign(chat.room, { state: 'out', error: reason });
    this.#answer(chat.jid, new Error(reason));
  }

  /** @param {Chat} chat @param {string} nick @param {Element} presence */
  #entered(chat, nick, presence) {
    const { codes, item } = userInfo(presence);
    const room = /** @type {import('../model.js').Room} */ (chat.room);
    room.occupants.set(nick, {
      nick,
      role: attribute(item, 'role'),
      affiliation: attribute(item, 'affiliation'),
      show: textOf(presence, 'show'),
      jid: bare(attribute(item, 'jid')),
    });
    if (!codes.includes('110') && !(nick === room.nick && room.state === 'joining')) return;
    room.nick = nick;
    // Nobody else can come in before a new room is open.
    const opened = codes.includes('201') ? this.#open(chat.jid) : Promise.resolve();
    if (room.state !== 'in') {
      room.state = 'in';
      room.error = '';
      this.#settle(chat);
    }
    opened.then(() => this.#answer(chat.jid));
  }

  /** @param {Chat} chat @param {string} nick @param {Element} presence */
  #left(chat, nick, presence) {
    const { codes, item, x } = userInfo(presence);
    const room = /** @type {import('../model.js').Room} */ (chat.room);
    room.occupants.delete(nick);
    const isSelf = codes.includes('110') || nick === room.nick;
    if (codes.includes('303')) {
      const name = attribute(item, 'nick');
      if (isSelf) room.nick = name;
      return this.model.notice(chat, `${nick} is now ${name}`);
    }
    const code = codes.find((one) => one in endings);
    const reason = textOf(item, 'reason');
    const text = code && `${isSelf ? 'You' : nick} ${endings[code]}${reason && `: ${reason}`}`;
    if (text) this.model.notice(chat, isSelf ? text.replace(/^You (was|is)/, you) : text);
    if (!isSelf) return;
    const isDestroyed = child(x, 'destroy') !== null;
    room.state = 'out';
    room.occupants.clear();
    room.error = isDestroyed
      ? 'This room was closed.'
      : text
        ? 'You are not in this room any more.'
        : '';
  }

  /** A room that we have just made opens with the usual settings. @param {string} to */
  #open(to) {
    const iq = $iq({ type: 'set', to }).c('query', { xmlns: OWNER });
    const form = iq.c('x', { xmlns: 'jabber:x:data', type: 'submit' });
    return ask(this.connection, form).catch((error) =>
      console.warn(`the new room ${to} could not be opened: ${error.message}`),
    );
  }

  /**
   * Asks for its name, and whether it has an archive; the answer comes behind what was said before.
   * @param {Chat} chat
   */
  async #settle(chat) {
    const { name, features } = await infoOf(this.connection, chat.jid);
    chat.archive.isThere = features.has(MAM);
    chat.name = name || chat.name;
    this.model.tell('chat', chat);
    this.model.tell('joined', chat);
  }

  /* -------------------------------------------------------------------------------- messages */

  /** @param {Element} message */
  said(message) {
    const jid = bare(attribute(message, 'from'));
    const chat = this.model.chats.get(jid);
    if (!chat?.room) return;
    const delay = delayOf(message);
    const nick = resource(attribute(message, 'from'));
    if (child(message, 'subject') && !child(message, 'body'))
      return this.#subject(chat, nick, textOf(message, 'subject'), delay !== null);
    const said = this.read(message, delay ?? Date.now(), jid, archiveIdIn(message, jid));
    if (!said?.body) return;
    chat.typing.delete(nick);
    this.model.count(chat, this.model.add(chat, [said]));
  }

  /**
   * @param {Element} message @param {number} at @param {string} jid of the room
   * @param {string} archiveId
   * @returns {import('../model.js').Message}
   */
  read(message, at, jid, archiveId) {
    const nick = resource(attribute(message, 'from'));
    const own = this.model.chats.get(jid)?.room?.nick ?? '';
    const body = textOf(message, 'body');
    const isMine = nick === own;
    return {
      id: attribute(message, 'id'),
      archiveId: archiveId || undefined,
      kind: 'text',
      from: nick,
      isMine,
      body,
      at,
      isMention: !isMine && mentions(body, own),
      state: isMine ? 'sent' : undefined,
    };
  }

  /** @param {Chat} chat @param {string} nick @param {string} subject @param {boolean} isOld */
  #subject(chat, nick, subject, isOld) {
    const room = /** @type {import('../model.js').Room} */ (chat.room);
    if (room.subject === subject) return;
    room.subject = subject;
    if (nick && !isOld) this.model.notice(chat, `${nick} changed the subject to “${subject}”`);
    this.model.tell('chat', chat);
  }

  /** @param {string} to @param {string} subject */
  setSubject(to, subject) {
    this.connection.send($msg({ to, type: 'groupchat' }).c('subject').t(subject));
  }

  /* ----------------------------------------------------------------------------- invitations */

  /** @param {string} room @param {string} to */
  invite(room, to) {
    this.connection.send($msg({ to: room }).c('x', { xmlns: USER }).c('invite', { to }));
  }

  /** Is it an invitation, through the room or directly (XEP-0249)? @param {Element} message */
  invited(message) {
    const sender = attribute(message, 'from');
    const mediated = child(child(message, 'x', USER), 'invite');
    const direct = child(message, 'x', INVITE);
    if (!mediated && !direct) return false;
    const jid = bare(mediated ? sender : attribute(direct, 'jid'));
    if (this.model.chats.get(jid)?.room?.state === 'in') return true;
    const from = bare(mediated ? attribute(mediated, 'from') : sender);
    const reason = mediated ? textOf(mediated, 'reason') : attribute(direct, 'reason');
    const password = textOf(child(message, 'x', USER), 'password') || attribute(direct, 'password');
    if (password) this.#passwords.set(jid, password);
    this.model.invitations.set(jid, { from, reason });
    this.model.tell('list');
    return true;
  }
}

/** @param {Element} presence */
function userInfo(presence) {
  const x = child(presence, 'x', USER);
  const statuses = [...(x?.children ?? [])].filter((one) => one.localName === 'status');
  return { x, item: child(x, 'item'), codes: statuses.map((one) => attribute(one, 'code')) };
}

/** @param {string} words */
const you = (words) => words.replace('was', 'were').replace('is', 'are');

/** Does it name us, as a word of its own? @param {string} body @param {string} nick */
export function mentions(body, nick) {
  if (!nick) return false;
  const word = nick.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}_])${word}(?![\\p{L}\\p{N}_])`, 'iu').test(body);
}
