// SPDX-License-Identifier: MIT
// Received elements as DOM Elements. They are made only for stanzas that somebody wants to see, in a
// document of xmlGenerator: it belongs to no window, so nothing in them is ever fetched or run.

import { xmlGenerator } from './strophe/xml.js';

/** @typedef {import('./received.js').Element} Received */

const XML = 'http://www.w3.org/XML/1998/namespace';
const XMLNS = 'http://www.w3.org/2000/xmlns/';
const HTTPBIND = 'http://jabber.org/protocol/httpbind';

/** @param {Element} to @param {{namespace: string, name: string, value: string}} attribute @param {number} number */
function addAttribute(to, { namespace, name, value }, number) {
  if (!namespace) to.setAttribute(name, value);
  else if (namespace === XML) to.setAttributeNS(XML, `xml:${name}`, value);
  else {
    // The engine does not tell the prefix of the source; any will do.
    to.setAttributeNS(XMLNS, `xmlns:ns${number}`, namespace);
    to.setAttributeNS(namespace, `ns${number}:${name}`, value);
  }
}

/** @param {Received} received @param {string} namespace of the element around it */
function startElement(received, namespace) {
  const element = xmlGenerator().createElementNS(received.namespace || null, received.name);
  // Programs look at this attribute; it stands where the namespace changes.
  if (received.namespace !== namespace) element.setAttributeNS(XMLNS, 'xmlns', received.namespace);
  received.attributes.forEach((attribute, i) => addAttribute(element, attribute, i));
  return element;
}

/**
 * @param {Received} received
 * @param {string} [namespace] of the element around it
 * @returns {Element}
 */
export function toElement(received, namespace = HTTPBIND) {
  const element = startElement(received, namespace);
  for (const node of received.nodes)
    element.appendChild(
      typeof node === 'string'
        ? xmlGenerator().createTextNode(node)
        : toElement(node, received.namespace),
    );
  return element;
}

/** The same within a wrapper as parent, as it stood in the answer. @param {Received} stanza */
export function toPayload(stanza) {
  const wrapper = xmlGenerator().createElementNS(HTTPBIND, 'body');
  wrapper.setAttributeNS(XMLNS, 'xmlns', HTTPBIND);
  return /** @type {Element} */ (wrapper.appendChild(toElement(stanza)));
}

/**
 * Is the namespace the element's or that of anything inside?
 * @param {Received} received
 * @param {string} ns
 * @param {boolean} isFragmentIgnored compare without the "#..." of the element's
 * @returns {boolean}
 */
export function hasNamespace(received, ns, isFragmentIgnored) {
  const own = isFragmentIgnored ? received.namespace.split('#')[0] : received.namespace;
  if (own === ns) return true;
  return received.nodes.some(
    (node) => typeof node !== 'string' && hasNamespace(node, ns, isFragmentIgnored),
  );
}
