// SPDX-License-Identifier: MIT
// A page with Strophe.js and a page with this library go on with what the other has stored.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startManager } from '../../tests/servers/cm.mjs';
import { XMLHttpRequest } from '../../tests/wasm/xhr.mjs';
import { api, until, withEngine } from './package.mjs';
import { Tab, closeAll } from './tab.mjs';

const strophe = await import('strophe.js').catch(() => null);
/** It needs the one that it has brought. */
const { document } = globalThis;
const options = {
  ...withEngine,
  skip: withEngine.skip || (!strophe && 'not installed: strophe.js'),
};

class XmlRequest extends XMLHttpRequest {
  get responseText() {
    return new TextDecoder().decode(this.response ?? undefined);
  }

  get responseXML() {
    return new DOMParser().parseFromString(this.responseText, 'text/xml');
  }
}

/** Goes on in a page with Strophe.js. @param {string} url */
function theirs(url) {
  globalThis.document = document;
  globalThis.XMLHttpRequest = XmlRequest;
  strophe.Strophe.setLogLevel(strophe.Strophe.LogLevel.FATAL);
  const connection = new strophe.Strophe.Connection(url, { keepalive: true });
  const seen = [];
  const statuses = [];
  connection.addHandler((stanza) => seen.push(stanza.getAttribute('id')), ...[null, 'message']);
  connection.restore('alice@localhost', (status) => statuses.push(status));
  const leave = () => {
    clearTimeout(connection._idleTimeout);
    connection._proto._abortAllRequests();
  };
  return { connection, seen, statuses, leave };
}

test('from here to Strophe.js and back', options, async (t) => {
  const cm = await startManager();
  t.after(() => (closeAll(), cm.stop()));
  const push = (id) => cm.session.push(`<message xmlns='jabber:client' id='${id}'/>`);
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const tab = new Tab();
  const first = tab.page(cm.url);
  first.connect();
  await first.reached('CONNECTED');
  await pause(100);
  first.leave();
  assert.ok(tab.stored.libbosh);

  const second = theirs(cm.url);
  await pause(50);
  push('a');
  second.connection.send(strophe.$msg({ id: 'from-strophe' }));
  await until(() => second.seen.length && cm.received.join().includes('from-strophe'));
  assert.deepEqual([second.seen, second.statuses], [['a'], [strophe.Strophe.Status.ATTACHED]]);
  await pause(200);
  second.leave();
  assert.deepEqual(Object.keys(tab.stored), ['jid', 'rid', 'sid']);

  const third = tab.page(cm.url);
  third.connection.restore('alice@localhost', third.callback);
  await pause(150);
  push('b');
  third.connection.send(api.$msg({ id: 'from-here' }));
  await until(() => third.seen.length && cm.received.join().includes('from-here'));
  assert.deepEqual([third.seen, third.statuses], [['b'], [['ATTACHED', null]]]);
  third.connection.disconnect();
  await third.reached('DISCONNECTED');
});
