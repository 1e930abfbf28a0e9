// SPDX-License-Identifier: MIT
// What others can do, and what we can (XEP-0030, XEP-0115). Clients that see our features send
// receipts and typing notices without being asked.

import { ask, attribute, child } from './stanza.js';
import { $iq, Strophe, b64_sha1 } from './strophe.js';

const { NS } = Strophe;
const NODE = 'libbosh-web-im';
const CATEGORY = 'client/web//web-im';
const FEATURES = [
  ...[NS.DISCO_INFO, NS.MUC, 'http://jabber.org/protocol/caps'],
  ...['http://jabber.org/protocol/chatstates', 'jabber:x:conference', 'urn:xmpp:ping'],
  ...['urn:xmpp:receipts', 'urn:xmpp:sid:0'],
].sort();

/** Names the set of our features (XEP-0115, section 5.1). */
const VERSION = b64_sha1(`${CATEGORY}<${FEATURES.join('<')}<`);

/** Goes into each presence. */
export function capabilities() {
  const attributes = { xmlns: 'http://jabber.org/protocol/caps', hash: 'sha-1', node: NODE };
  return /** @type {Element} */ (Strophe.xmlElement('c', { ...attributes, ver: VERSION }));
}

/** Answers questions about us, and pings. @param {any} connection */
export function answerQuestions(connection) {
  const answer = (/** @type {Element} */ iq) =>
    $iq({ type: 'result', to: iq.getAttribute('from'), id: iq.getAttribute('id') });
  const tellFeatures = (/** @type {Element} */ iq) => {
    const node = child(iq, 'query', NS.DISCO_INFO)?.getAttribute('node');
    const [category, type, , name] = CATEGORY.split('/');
    const result = answer(iq).c('query', { xmlns: NS.DISCO_INFO, node });
    result.c('identity', { category, type, name }).up();
    for (const feature of FEATURES) result.c('feature', { var: feature }).up();
    connection.send(result);
    return true;
  };
  connection.addHandler(tellFeatures, NS.DISCO_INFO, 'iq', 'get');
  const pong = (/** @type {Element} */ iq) => (connection.send(answer(iq)), true);
  connection.addHandler(pong, 'urn:xmpp:ping', 'iq', 'get');
}

/**
 * @param {any} connection @param {string} jid
 * @returns {Promise<{features: Set<string>, name: string}>} empty when there is no answer
 */
export async function infoOf(connection, jid) {
  const iq = $iq({ type: 'get', to: jid }).c('query', { xmlns: NS.DISCO_INFO });
  const answer = await ask(connection, iq).catch(() => null);
  const parts = [...(child(answer, 'query', NS.DISCO_INFO)?.children ?? [])];
  const identity = parts.find((one) => one.localName === 'identity');
  return {
    features: new Set(parts.map((one) => attribute(one, 'var')).filter(Boolean)),
    name: attribute(identity, 'name'),
  };
}
