// SPDX-License-Identifier: MIT
// Pages that come and go at any moment, on a real Prosody. Skipped where Prosody is not installed.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startRig } from '../../tests/servers/rig.mjs';
import { api, isInstalled, recorded, until, withEngine } from './package.mjs';
import { Tab, closeAll } from './tab.mjs';

const { $msg, $pres } = api;
const withProsody = {
  skip: withEngine.skip || (!isInstalled('prosody') && 'no prosody'),
  timeout: 90_000,
};
const count = 120;
const pages = 16;
const ids = Array.from({ length: count }, (_, i) => `m${i}`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let rig;

before(async () => {
  if (!withProsody.skip) rig = await startRig({ server: 'prosody' });
});
after(() => (closeAll(), rig?.stop()));

/** @param {any} made @param {string} name */
async function login(made, name) {
  made.connect(`${name}@localhost`, `${name}pw`);
  await made.reached('CONNECTED');
  made.connection.send($pres());
  return made;
}

test('reloads: nothing is lost, nothing comes twice', withProsody, async () => {
  const bob = await login(recorded(rig.url), 'bob');
  const heard = [];
  bob.connection.addHandler((stanza) => heard.push(stanza.getAttribute('id')), null, 'message');
  const tab = new Tab();
  let page = await login(tab.page(rig.url), 'alice');
  const { jid } = page.connection;
  const seen = [];
  for (let i = 0; i < count; i++) {
    bob.connection.send($msg({ to: jid, type: 'chat', id: ids[i] }));
    page.connection.send($msg({ to: bob.connection.jid, type: 'chat', id: ids[i] }));
    await pause(i % 4);
    if (i % Math.floor(count / pages)) continue;
    await pause(i);
    // Of two requests whose connections break Prosody may forget one, and the session (RTX-13).
    await until(() => page.connection._proto._requests.length < 2);
    page.leave();
    seen.push(...page.seen);
    page = tab.page(rig.url);
    page.connection.restore(null, page.callback);
    await until(() => tab.stored);
  }
  await until(() => seen.length + page.seen.length >= count && heard.length >= count, 20_000);
  assert.deepEqual([...seen, ...page.seen], ids);
  assert.deepEqual(heard, ids);
  assert.deepEqual(page.statuses, [['ATTACHED', null]]);
  for (const made of [bob, page]) {
    made.connection.disconnect();
    await made.reached('DISCONNECTED');
  }
});
