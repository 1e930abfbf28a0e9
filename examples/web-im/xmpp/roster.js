// SPDX-License-Identifier: MIT
// The contact list (RFC 6121): who is on it, and who may see whom.

import { ask, attribute, bare, child, textOf } from './stanza.js';
import { $iq, $pres, Strophe } from './strophe.js';

const { NS } = Strophe;

export class Roster {
  /** @param {any} connection @param {import('../model.js').Model} model */
  constructor(connection, model) {
    this.connection = connection;
    this.model = model;
  }

  /** To be called once for each session, before anything is sent. */
  listen() {
    this.connection.addHandler(
      (/** @type {Element} */ iq) => this.#pushed(iq),
      NS.ROSTER,
      'iq',
      'set',
    );
    const types = ['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed'];
    this.connection.addHandler(
      (/** @type {Element} */ presence) => this.#asked(presence),
      ...[null, 'presence', types],
    );
  }

  async load() {
    const answer = await ask(
      this.connection,
      $iq({ type: 'get' }).c('query', { xmlns: NS.ROSTER }),
    );
    const before = this.model.contacts;
    this.model.contacts = new Map();
    for (const item of child(answer, 'query', NS.ROSTER)?.children ?? []) {
      const contact = readItem(item);
      contact.resources = before.get(contact.jid)?.resources ?? contact.resources;
      this.model.contacts.set(contact.jid, contact);
    }
    this.model.tell('list');
  }

  /** @param {Element} iq a change that the server tells of */
  #pushed(iq) {
    const from = attribute(iq, 'from');
    // Only our own account may change the list (RFC 6121, 2.1.6).
    if (from && bare(from) !== this.model.account) return true;
    const item = child(child(iq, 'query', NS.ROSTER), 'item');
    if (item) this.#change(item);
    this.connection.send($iq({ type: 'result', id: attribute(iq, 'id'), to: from || null }));
    return true;
  }

  /** @param {Element} item */
  #change(item) {
    const { contacts, requests } = this.model;
    const contact = readItem(item);
    if (attribute(item, 'subscription') === 'remove') contacts.delete(contact.jid);
    else {
      contact.resources = contacts.get(contact.jid)?.resources ?? contact.resources;
      contacts.set(contact.jid, contact);
    }
    if (this.#seesUs(contact.jid)) requests.delete(contact.jid);
    this.model.tell('list');
  }

  /** @param {string} jid */
  #seesUs(jid) {
    return ['from', 'both'].includes(this.model.contacts.get(jid)?.subscription ?? '');
  }

  /** @param {Element} presence */
  #asked(presence) {
    const jid = bare(attribute(presence, 'from'));
    // The other answers mean nothing here: the changes that they cause are pushed.
    if (attribute(presence, 'type') !== 'subscribe') return true;
    const contact = this.model.contacts.get(jid);
    // Whom we have added ourselves may see us, too.
    const isWelcome = contact?.isAsked || ['to', 'both'].includes(contact?.subscription ?? '');
    if (isWelcome || this.#seesUs(jid)) this.#send(jid, 'subscribed');
    else {
      this.model.requests.set(jid, textOf(presence, 'status'));
      this.model.tell('list');
    }
    return true;
  }

  /** @param {string} jid @param {string} name */
  async add(jid, name) {
    await this.rename(jid, name);
    this.#send(jid, 'subscribe');
    if (this.model.requests.has(jid)) this.accept(jid);
  }

  /** Also puts somebody on the list. @param {string} jid @param {string} name */
  rename(jid, name) {
    const iq = $iq({ type: 'set' }).c('query', { xmlns: NS.ROSTER });
    return ask(this.connection, iq.c('item', { jid, name: name || null }));
  }

  /** Neither sees the other any more. @param {string} jid */
  remove(jid) {
    const iq = $iq({ type: 'set' }).c('query', { xmlns: NS.ROSTER });
    return ask(this.connection, iq.c('item', { jid, subscription: 'remove' }));
  }

  /** Lets somebody see us, and asks for the same. @param {string} jid */
  accept(jid) {
    this.#send(jid, 'subscribed');
    const contact = this.model.contacts.get(jid);
    if (!['to', 'both'].includes(contact?.subscription ?? '') && !contact?.isAsked)
      this.#send(jid, 'subscribe');
    this.#settle(jid);
  }

  /** @param {string} jid */
  deny(jid) {
    this.#send(jid, 'unsubscribed');
    this.#settle(jid);
  }

  /** @param {string} jid */
  #settle(jid) {
    this.model.requests.delete(jid);
    this.model.tell('list');
  }

  /** @param {string} to @param {string} type */
  #send(to, type) {
    this.connection.send($pres({ to, type }));
  }
}

/** @param {Element} item @returns {import('../model.js').Contact} */
const readItem = (item) => ({
  jid: bare(attribute(item, 'jid')),
  name: attribute(item, 'name'),
  subscription: attribute(item, 'subscription') || 'none',
  isAsked: attribute(item, 'ask') === 'subscribe',
  resources: new Map(),
});
