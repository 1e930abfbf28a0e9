// SPDX-License-Identifier: MIT
// Copies of what our other devices send and receive (XEP-0280).

import { ask, attribute, bare, child } from './stanza.js';
import { $iq } from './strophe.js';

export const CARBONS = 'urn:xmpp:carbons:2';
const FORWARD = 'urn:xmpp:forward:0';

/** @param {any} connection */
export const enableCarbons = (connection) =>
  ask(connection, $iq({ type: 'set' }).c('enable', { xmlns: CARBONS }));

/** The message that is quoted in a copy or by an archive. @param {Element | null} element */
export const forwarded = (element) => child(element, 'forwarded', FORWARD);

/**
 * Takes a copy out of its envelope. Nobody but our own account may send one: otherwise everybody
 * could put words into everybody's mouth (XEP-0280, section 11).
 * @param {Element} stanza @param {string} account ours
 * @returns {{message: Element, envelope: Element | null} | null} null: forged
 */
export function openCarbon(stanza, account) {
  const copy = child(stanza, 'sent', CARBONS) ?? child(stanza, 'received', CARBONS);
  if (!copy) return { message: stanza, envelope: null };
  const from = attribute(stanza, 'from');
  if (from && (bare(from) !== account || from.includes('/'))) return null;
  const envelope = forwarded(copy);
  const message = child(envelope, 'message', 'jabber:client');
  return message && { message, envelope };
}
