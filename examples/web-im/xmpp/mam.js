// SPDX-License-Identifier: MIT
// Asking an archive for a page of messages (XEP-0313, XEP-0059).

import { forwarded } from './carbons.js';
import { ask, attribute, bare, child, delayOf, textOf } from './stanza.js';
import { $iq } from './strophe.js';

export const MAM = 'urn:xmpp:mam:2';
const RSM = 'http://jabber.org/protocol/rsm';

/**
 * @typedef {object} Page
 * @property {{id: string, message: Element, at: number}[]} results by time
 * @property {string} first the id of the oldest
 * @property {string} last the id of the newest
 * @property {boolean} isComplete nothing is left in that direction
 *
 * @typedef {object} Query
 * @property {string} [to] the room whose archive is meant; ours when missing
 * @property {string} [with] with whom
 * @property {string} [before] only what is older than this id; '': the newest
 * @property {string} [after] only what is newer
 * @property {number} [max] length of the page
 */

/**
 * @param {any} connection @param {string} account ours @param {Query} query
 * @returns {Promise<Page>}
 */
export async function queryArchive(connection, account, { to, before, after, max = 50, ...query }) {
  const queryid = connection.getUniqueId();
  const iq = $iq({ type: 'set', to }).c('query', { xmlns: MAM, queryid });
  iq.c('x', { xmlns: 'jabber:x:data', type: 'submit' });
  iq.c('field', { var: 'FORM_TYPE', type: 'hidden' }).c('value').t(MAM).up().up();
  if (query.with) iq.c('field', { var: 'with' }).c('value').t(query.with).up().up();
  iq.up().c('set', { xmlns: RSM }).c('max', {}, max);
  if (before !== undefined) iq.c('before', {}, before);
  if (after) iq.c('after', {}, after);

  /** @type {Page['results']} */
  const results = [];
  const collect = (/** @type {Element} */ stanza) => {
    const from = attribute(stanza, 'from');
    const result = child(stanza, 'result', MAM);
    // Anybody can send something that looks like a result; only the archive we asked may.
    if (attribute(result, 'queryid') !== queryid || bare(from || account) !== (to ?? account))
      return true;
    const envelope = forwarded(result);
    const message = child(envelope, 'message', 'jabber:client');
    const at = delayOf(envelope);
    if (message && at !== null) results.push({ id: attribute(result, 'id'), message, at });
    return true;
  };
  const handler = connection.addHandler(collect, MAM, 'message');
  try {
    const fin = child(await ask(connection, iq), 'fin', MAM);
    const set = child(fin, 'set', RSM);
    return {
      results,
      first: textOf(set, 'first'),
      last: textOf(set, 'last'),
      isComplete: attribute(fin, 'complete') === 'true',
    };
  } finally {
    connection.deleteHandler(handler);
  }
}
