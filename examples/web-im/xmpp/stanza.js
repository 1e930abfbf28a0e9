// SPDX-License-Identifier: MIT
// Reading stanzas, and asking questions (iq) that are answered by a promise.

import { Strophe } from './strophe.js';

/** How long an answer may take. */
const PATIENCE_MS = 30_000;

/**
 * The child of that name and namespace. Not querySelector: it would also find what is quoted deep
 * inside, such as the message in a carbon copy.
 * @param {Element | null | undefined} element @param {string} name
 * @param {string} [namespace] that of the element when missing
 */
export function child(element, name, namespace = element?.namespaceURI ?? '') {
  for (const one of element?.children ?? [])
    if (one.localName === name && one.namespaceURI === namespace) return one;
  return null;
}

/** @param {Element | null | undefined} element @param {string} name @param {string} [namespace] */
export const textOf = (element, name, namespace) =>
  child(element, name, namespace)?.textContent ?? '';

/** @param {Element | null | undefined} element @param {string} name */
export const attribute = (element, name) => element?.getAttribute(name) ?? '';

/** The account without resource, in the form that can be compared. @param {string} jid */
export const bare = (jid) => (Strophe.getBareJidFromJid(jid) ?? '').toLowerCase();

/** @param {string} jid */
export const resource = (jid) => Strophe.getResourceFromJid(jid) ?? '';

/** When it was sent (XEP-0203), or null. @param {Element | null} element */
export function delayOf(element) {
  const at = Date.parse(attribute(child(element, 'delay', Strophe.NS.DELAY), 'stamp'));
  return Number.isNaN(at) ? null : at;
}

/** A refusal of the other side. */
export class StanzaError extends Error {
  /** @param {Element | null} stanza null: no answer came in time */
  constructor(stanza) {
    const error = child(stanza, 'error');
    const reasons = [...(error?.children ?? [])];
    const condition = reasons.find(
      (one) => one.namespaceURI === Strophe.NS.STANZAS && one.localName !== 'text',
    );
    const text = textOf(error, 'text', Strophe.NS.STANZAS);
    super(text || condition?.localName.replaceAll('-', ' ') || 'no answer');
    this.name = 'StanzaError';
    this.condition = condition?.localName ?? (stanza ? 'undefined-condition' : 'remote-timeout');
    this.isPermanent = attribute(error, 'type') === 'cancel';
  }
}

/**
 * @param {any} connection @param {any} iq
 * @returns {Promise<Element>} rejected with a StanzaError
 */
export function ask(connection, iq) {
  return new Promise((resolve, reject) => {
    const refuse = (/** @type {Element | null} */ stanza) => reject(new StanzaError(stanza));
    connection.sendIQ(iq, resolve, refuse, PATIENCE_MS);
  });
}
