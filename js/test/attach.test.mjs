// SPDX-License-Identifier: MIT
// Sessions that were made elsewhere, and sessions that survive a reload.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { startManager } from '../../tests/servers/cm.mjs';
import { api, recorded, until, withEngine } from './package.mjs';

const { $msg } = api;
let cm, items;

before(async () => (cm = await startManager()));
after(() => cm.stop());
beforeEach(() => {
  items = new Map();
  globalThis.sessionStorage = /** @type {any} */ ({
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  });
});
afterEach(() => {
  delete globalThis.sessionStorage;
  cm.requests.length = cm.received.length = 0;
});

/** A page that logs in and is then gone, without a word. */
async function page() {
  const made = recorded(cm.url, { keepalive: true });
  made.connect();
  await made.reached('CONNECTED');
  const { _proto: proto, jid } = made.connection;
  await until(() => cm.requests.at(-1).xml.includes(`rid='${proto.rid - 1}'`));
  const ids = [jid, proto.sid, proto.rid];
  return { ...made, ids, vanish: () => (made.connection._keeper.release(), proto._drop()) };
}

const message = `<message xmlns='jabber:client' from='bob@localhost/r' id='m'/>`;

test('attach: ATTACHED at once, then the session goes on', withEngine, async () => {
  const { ids, vanish } = await page();
  vanish();
  const { connection, statuses, callback, reached } = recorded(cm.url);
  const seen = [];
  connection.addHandler((stanza) => seen.push(stanza.getAttribute('id')), null, 'message');
  connection.attach(...ids, callback);
  assert.deepEqual(statuses, [['ATTACHED', null]]);
  assert.ok(connection.authenticated && connection.connected);
  connection.send($msg({ id: 'hello' }));
  await until(() => cm.received.join().includes('hello'));
  assert.match(cm.requests.at(-1).xml, new RegExp(`rid='${ids[2]}' sid='${ids[1]}'`));
  cm.session.push(message);
  await until(() => seen.length);
  connection.disconnect();
  await reached('DISCONNECTED');
  assert.deepEqual(statuses.slice(1), [
    ['DISCONNECTING', undefined],
    ['DISCONNECTED', undefined],
  ]);
});

test('attach to a session that is not there', withEngine, async () => {
  const { connection, statuses, callback, reached } = recorded(cm.url);
  connection.attach('alice@localhost/r1', 'gone', 1234, callback);
  await reached('DISCONNECTED');
  assert.deepEqual(statuses, [
    ['ATTACHED', null],
    ['CONNFAIL', 'item-not-found'],
    ['DISCONNECTED', 'item-not-found'],
  ]);
});

test('restore: after a reload the session goes on', withEngine, async () => {
  const { vanish } = await page();
  vanish();
  const { connection, statuses, callback, reached } = recorded(cm.url, { keepalive: true });
  connection.restore('alice@localhost', callback);
  assert.deepEqual(statuses, [['ATTACHED', null]]);
  assert.equal(connection.restored, true);
  assert.equal(connection.jid, 'alice@localhost/r1');
  connection.send($msg({ id: 'again' }));
  await until(() => cm.received.join().includes('again'));
  assert.ok(items.has('strophe-bosh-session'));
  connection.disconnect();
  await reached('DISCONNECTED');
  assert.equal(items.has('strophe-bosh-session'), false);
  assert.throws(() => connection.restore(), { message: '_restore: no restoreable session.' });
});

test('restore: not of another account', withEngine, async () => {
  const { connection, reached } = await page();
  assert.throws(() => recorded(cm.url).connection.restore('bob@localhost'), {
    name: 'StropheSessionError',
  });
  connection.disconnect();
  await reached('DISCONNECTED');
});

test('restore: a copy of a tab leaves the session to its original', withEngine, async () => {
  const original = await page();
  const copy = recorded(cm.url, { keepalive: true });
  const requests = cm.requests.length;
  copy.connection.restore(null, copy.callback);
  await copy.reached('DISCONNECTED');
  assert.deepEqual(copy.statuses, [
    ['ATTACHED', null],
    ['CONNFAIL', 'conflict'],
    ['DISCONNECTED', 'conflict'],
  ]);
  assert.equal(cm.requests.length, requests);
  assert.equal(original.statuses.length, 2);
  original.connection.disconnect();
  await original.reached('DISCONNECTED');
});

test('restore, given up at once', withEngine, async () => {
  const { vanish } = await page();
  vanish();
  const { connection, statuses, callback } = recorded(cm.url, { keepalive: true });
  const requests = cm.requests.length;
  connection.restore(null, callback);
  connection.disconnect('no');
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(
    statuses.map(([name]) => name),
    ['ATTACHED', 'DISCONNECTING', 'DISCONNECTED'],
  );
  assert.equal(cm.requests.length, requests);
});
