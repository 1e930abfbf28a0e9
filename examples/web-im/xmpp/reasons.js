// SPDX-License-Identifier: MIT
// Why a login failed or a session ended, in words that help.

/** @type {Record<string, string>} */
const texts = {
  auth: 'The address or the password is wrong.',
  timeout: 'The server cannot be reached.',
  expired: 'Your session has ended. Please sign in again.',
  tab: 'This conversation goes on in another tab. Sign in here to open a second one.',
  conflict: 'You have signed in elsewhere with the same name for the device.',
  'plain-needs-https':
    'This server wants the password in readable form, which is only safe over https. Open this ' +
    'page by an address that begins with https://.',
  'starttls-required': 'The server insists on an encrypted connection. Open this page over https.',
  'no-auth-mech': 'The server offers no way of signing in that this page knows.',
  'internal-server-error': 'The server has a problem. Is the part after the @ right?',
  'host-unknown': 'This server does not serve that address. Is the part after the @ right?',
  'improper-addressing': 'This server does not serve that address. Is the part after the @ right?',
  'remote-connection-failed': 'The web server cannot reach the chat server.',
  'system-shutdown': 'The server is being restarted.',
  'item-not-found': 'The server has forgotten the session.',
  'policy-violation': 'The server has ended the session because of its rules.',
  'bad-format': 'What answers there is not a chat server.',
  'bad-jid': 'That is not an address; it should look like name@example.org.',
  'engine-unavailable': 'The page could not load its engine. Reloading it may help.',
  'engine-error': 'The page has lost its way. Reloading it may help.',
  'certificate-refused': 'The certificate of the server is not to be trusted.',
};

/** What trying again does not change. */
const hopeless = [
  ...['auth', 'conflict', 'plain-needs-https', 'starttls-required', 'no-auth-mech'],
  ...['host-unknown', 'bad-jid', 'certificate-refused'],
];

/** @param {string} reason a condition, as the connection's callback gets it */
export function explain(reason) {
  if (Object.hasOwn(texts, reason)) return texts[reason];
  const status = Number(/^http-(\d+)$/.exec(reason)?.[1]);
  if (status === 404) return 'There is no chat service at this address of the web server (404).';
  if (status === 502 || status === 504) return texts['remote-connection-failed'];
  if (status) return `The web server refused the connection (${status}).`;
  return reason === 'unknown' ? texts.timeout : `The connection failed: ${reason}.`;
}

/** @param {string} reason */
export const isHopeless = (reason) => hopeless.includes(reason);
