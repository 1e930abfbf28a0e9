// SPDX-License-Identifier: MIT
// Plugins of others, unchanged, as npm has them, used on a real Prosody. Skipped where they are not
// installed (`npm ci` in js/).

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startRig } from '../../tests/servers/rig.mjs';
import { api, isInstalled, recorded, until, withEngine } from './package.mjs';

const { $msg, $pres } = api;
const place = (file) => new URL(`../node_modules/strophejs-plugin-${file}`, import.meta.url);
const files = ['muc', 'roster', 'disco', 'rsm', 'mam', 'caps'].map(
  (name) => `${name}/lib/strophe.${name}.js`,
);
const missing = [...files, 'ping/strophe.ping.js'].filter((file) => !existsSync(place(file)));
const skip =
  withEngine.skip ||
  (missing.length > 0 && `not installed: ${missing.join(', ')}`) ||
  (!isInstalled('prosody') && 'no prosody');
const options = { skip, timeout: 60_000 };
let rig, alice, bob;

before(async () => {
  if (skip) return;
  // As CommonJS modules that require strophe.js, and the last one as a script of a page.
  for (const file of files) {
    const run = new Function('exports', 'module', 'require', readFileSync(place(file), 'utf8'));
    run({}, { exports: {} }, () => api);
  }
  new Function('define', readFileSync(place('ping/strophe.ping.js'), 'utf8'))();
  rig = await startRig({ server: 'prosody' });
  [alice, bob] = ['alice', 'bob'].map(() => recorded(rig.url));
  alice.connect('alice@localhost', 'alicepw');
  bob.connect('bob@localhost', 'bobpw');
  await Promise.all([alice.reached('CONNECTED'), bob.reached('CONNECTED')]);
  for (const { connection } of [alice, bob]) connection.send($pres());
});
after(async () => {
  if (skip) return;
  alice.connection.disconnect();
  bob.connection.disconnect();
  await Promise.all([alice.reached('DISCONNECTED'), bob.reached('DISCONNECTED')]);
  await rig.stop();
});

test('muc: two in a room', options, async () => {
  const { muc } = alice.connection;
  const room = 'room@conference.localhost';
  const heard = [];
  let isIn = false;
  const listen = (message) => heard.push(message.querySelector('body')?.textContent ?? '');
  const watch = (presence) =>
    (isIn ||= presence.querySelector('status[code="110"]') !== null) || true;
  muc.join(room, 'Alice', listen, watch);
  await until(() => isIn);
  let isOpen = false;
  muc.createInstantRoom(room, () => (isOpen = true));
  await until(() => isOpen);
  // The plugin keeps its rooms in one object for all connections: Bob does without it.
  const { connection } = bob;
  connection.send($pres({ to: `${room}/Bob` }).c('x', { xmlns: 'http://jabber.org/protocol/muc' }));
  await until(() => 'Bob' in muc.rooms[room].roster);
  connection.send($msg({ to: room, type: 'groupchat' }).c('body').t('Hello Alice'));
  muc.groupchat(room, 'Hello Bob', '<p>Hello <em>Bob</em></p>');
  await until(() => heard.includes('Hello Alice') && heard.includes('Hello Bob'));
});

test('roster: read, add', options, async () => {
  const { roster } = alice.connection;
  let items = null;
  roster.get((list) => (items = list));
  await until(() => items);
  let isAdded = false;
  roster.add('bob@localhost', 'Bob', [], () => (isAdded = true));
  await until(() => isAdded && roster.findItem('bob@localhost'));
  assert.equal(roster.findItem('bob@localhost').name, 'Bob');
});

test('disco: asked, and asking', options, async () => {
  bob.connection.disco.addFeature('urn:example:feature');
  let answer = null;
  alice.connection.disco.info(
    bob.connection.jid,
    null,
    (iq) => (answer = iq),
    (iq) => (answer = iq),
  );
  await until(() => answer);
  assert.equal(answer.getAttribute('type'), 'result');
  assert.ok(answer.querySelector('feature[var="urn:example:feature"]'));
});

test('mam and rsm: the history', options, async () => {
  alice.connection.send($msg({ to: 'bob@localhost', type: 'chat' }).c('body').t('for the archive'));
  const found = [];
  let isComplete = false;
  await until(() => {
    if (!isComplete && !found.length) return askOnce();
    return isComplete && found.length;
  });
  assert.ok(found.some((text) => text === 'for the archive'));

  function askOnce() {
    alice.connection.mam.query('alice@localhost', {
      with: 'bob@localhost',
      max: 10,
      onMessage: (message) => found.push(message.querySelector('body').textContent),
      onComplete: () => (isComplete = true),
    });
    return false;
  }
});

test('ping', options, async () => {
  let isAnswered = false;
  alice.connection.ping.ping('localhost', () => (isAnswered = true));
  await until(() => isAnswered);
});

test('caps: the hash of the features', options, () => {
  assert.match(alice.connection.caps.generateVer(), /^[A-Za-z0-9+/]{27}=$/);
});
