// SPDX-License-Identifier: MIT
// Who is there, and how we are seen (RFC 6121, section 4).

import { attribute, bare, resource, textOf } from './stanza.js';
import { $pres } from './strophe.js';
import { capabilities } from './disco.js';

export class Presence {
  /** @param {any} connection @param {import('../model.js').Model} model */
  constructor(connection, model) {
    this.connection = connection;
    this.model = model;
  }

  listen() {
    this.connection.addHandler(
      (/** @type {Element} */ presence) => this.#came(presence),
      ...[null, 'presence'],
    );
  }

  /** Tells everybody how we are. */
  send() {
    this.connection.send(this.stanza());
  }

  /** Rooms are told the same; whoever goes into one is there. @param {string} [to] */
  stanza(to) {
    const { show, status } = this.model.self;
    const isOffline = show === 'offline';
    if (isOffline && !to) return $pres({ type: 'unavailable' });
    const presence = $pres({ to });
    if (show && !isOffline) presence.c('show').t(show).up();
    if (status) presence.c('status').t(status).up();
    return presence.cnode(capabilities()).up();
  }

  /** @param {Element} presence */
  #came(presence) {
    const from = attribute(presence, 'from');
    const contact = this.model.contacts.get(bare(from));
    const type = attribute(presence, 'type');
    if (!contact || (type && type !== 'unavailable')) return true;
    if (type) contact.resources.delete(resource(from));
    else {
      contact.resources.set(resource(from), {
        show: textOf(presence, 'show'),
        status: textOf(presence, 'status').trim(),
        priority: Number(textOf(presence, 'priority')) || 0,
      });
    }
    this.model.tell('list');
    return true;
  }

  /** All are gone with the session. */
  clear() {
    for (const contact of this.model.contacts.values()) contact.resources.clear();
    this.model.tell('list');
  }
}

/** The most reachable first. */
const order = ['chat', '', 'dnd', 'away', 'xa'];

/**
 * How somebody is seen, taking all devices together.
 * @param {import('../model.js').Contact | undefined} contact
 * @returns {{show: string, status: string}} show 'offline' when on none
 */
export function availability(contact) {
  const online = [...(contact?.resources.values() ?? [])];
  online.sort((a, b) => order.indexOf(a.show) - order.indexOf(b.show) || b.priority - a.priority);
  const [best] = online;
  return best ? { show: best.show, status: best.status } : { show: 'offline', status: '' };
}
