// SPDX-License-Identifier: MIT
// The constants of Strophe's API. None is frozen: programs add their own statuses and namespaces.

/** @type {Record<string, string>} */
export const NS = {
  AUTH: 'jabber:iq:auth',
  BIND: 'urn:ietf:params:xml:ns:xmpp-bind',
  BOSH: 'urn:xmpp:xbosh',
  CLIENT: 'jabber:client',
  COMPONENT: 'jabber:component:accept',
  DISCO_INFO: 'http://jabber.org/protocol/disco#info',
  DISCO_ITEMS: 'http://jabber.org/protocol/disco#items',
  DELAY: 'urn:xmpp:delay',
  FRAMING: 'urn:ietf:params:xml:ns:xmpp-framing',
  HTTPBIND: 'http://jabber.org/protocol/httpbind',
  MUC: 'http://jabber.org/protocol/muc',
  PROFILE: 'jabber:iq:profile',
  ROSTER: 'jabber:iq:roster',
  SASL: 'urn:ietf:params:xml:ns:xmpp-sasl',
  SERVER: 'jabber:server',
  SESSION: 'urn:ietf:params:xml:ns:xmpp-session',
  SM: 'urn:xmpp:sm:3',
  STANZAS: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  STREAM: 'http://etherx.jabber.org/streams',
  VERSION: 'jabber:iq:version',
  XHTML: 'http://www.w3.org/1999/xhtml',
  XHTML_IM: 'http://jabber.org/protocol/xhtml-im',
};

/** What the connection callback is told. Programs take `Object.keys(Status)[n]`: keep the order. */
export const Status = {
  ERROR: 0,
  CONNECTING: 1,
  CONNFAIL: 2,
  AUTHENTICATING: 3,
  AUTHFAIL: 4,
  CONNECTED: 5,
  DISCONNECTED: 6,
  DISCONNECTING: 7,
  ATTACHED: 8,
  REDIRECT: 9,
  CONNTIMEOUT: 10,
  BINDREQUIRED: 11,
  ATTACHFAIL: 12,
  RECONNECTING: 13,
};

export const ErrorCondition = {
  BAD_FORMAT: 'bad-format',
  CONFLICT: 'conflict',
  MISSING_JID_NODE: 'x-strophe-bad-non-anon-jid',
  NO_AUTH_MECH: 'no-auth-mech',
  UNKNOWN_REASON: 'unknown',
};

export const LogLevel = { DEBUG: 0, INFO: 1, WARN: 2, ERROR: 3, FATAL: 4 };

/** Values of Node.nodeType. */
export const ElementType = { NORMAL: 1, TEXT: 3, CDATA: 4, FRAGMENT: 11 };

/** What XEP-0071 lets into a message: all names in lower case. */
export const XHTML = {
  tags: 'a blockquote br cite em img li ol p span strong ul body'.split(' '),
  /** @type {Record<string, string[]>} */
  attributes: {
    a: ['href'],
    blockquote: ['style'],
    br: [],
    cite: ['style'],
    em: [],
    img: ['src', 'alt', 'style', 'height', 'width'],
    li: ['style'],
    ol: ['style'],
    p: ['style'],
    span: ['style'],
    strong: [],
    ul: ['style'],
    body: [],
  },
  css: [
    ...['background-color', 'color', 'font-family', 'font-size', 'font-style', 'font-weight'],
    ...['margin-left', 'margin-right', 'text-align', 'text-decoration'],
  ],
};
