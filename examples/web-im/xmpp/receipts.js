// SPDX-License-Identifier: MIT
// "It has arrived on the other's device" (XEP-0184).

import { attribute, child } from './stanza.js';
import { $msg } from './strophe.js';

export const RECEIPTS = 'urn:xmpp:receipts';

/** @param {any} message a builder; asks for a receipt */
export const askForReceipt = (message) => message.c('request', { xmlns: RECEIPTS }).up();

/** The id of the message that has arrived, or ''. @param {Element} message */
export const receiptIn = (message) => attribute(child(message, 'received', RECEIPTS), 'id');

/** @param {any} connection @param {Element} message that asks for one */
export function answerReceipt(connection, message) {
  const id = attribute(message, 'id');
  if (!id || !child(message, 'request', RECEIPTS)) return;
  const answer = $msg({ to: attribute(message, 'from'), type: attribute(message, 'type') || null });
  answer.c('received', { xmlns: RECEIPTS, id }).up();
  connection.send(answer.c('store', { xmlns: 'urn:xmpp:hints' }));
}
