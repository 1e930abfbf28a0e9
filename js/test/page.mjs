// SPDX-License-Identifier: MIT
// The page of page.test.mjs: runs everything and reports.

import * as api from '/index.js';
import { cases } from './cases.mjs';

const { Strophe, $msg } = api;
Strophe.setLogLevel(Strophe.LogLevel.FATAL);

function session() {
  return new Promise((resolve) => {
    const statuses = [];
    let stanza = null;
    const connection = new Strophe.Connection('/xmpp-httpbind');
    /** The answer that brought it. */
    let raw = '';
    connection.rawInput = (text) => {
      if (text.includes('<message')) raw = text;
    };
    connection.addHandler(
      (element) => {
        // Time for a picture to be asked for, if one is.
        setTimeout(() => {
          const parsed = new DOMParser().parseFromString(raw, 'text/xml').querySelector('message');
          stanza = {
            isElement: element instanceof Element,
            isEqual: element.isEqualNode(parsed),
            isInert: element.ownerDocument.defaultView === null,
            hacked: 'hacked' in globalThis,
            text: element.querySelector('body').textContent,
          };
          connection.disconnect();
        }, 300);
        return true;
      },
      ...[null, 'message'],
    );
    connection.connect('alice@localhost', 'alicepw', (status) => {
      statuses.push(status);
      if (status === Strophe.Status.CONNECTED) connection.send($msg({ id: 'ready' }));
      if (status === Strophe.Status.DISCONNECTED) resolve({ session: statuses, stanza });
    });
  });
}

let report;
try {
  const answers = Object.fromEntries(cases.map(({ name, run }) => [name, run(api) ?? null]));
  report = { answers, ...(await session()) };
} catch (error) {
  report = { failure: String(error?.stack ?? error) };
}
await fetch('/result', { method: 'POST', body: JSON.stringify(report) });
