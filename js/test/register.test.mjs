// SPDX-License-Identifier: MIT
// A plugin that registers accounts, on a real Prosody. Skipped where Prosody is not installed.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startRig } from '../../tests/servers/rig.mjs';
import { api, isInstalled, recorded, until, withEngine } from './package.mjs';
import { addRegistration } from './register.mjs';

const { Strophe, $iq } = api;

const withProsody = {
  skip: withEngine.skip || (!isInstalled('prosody') && 'no prosody'),
  timeout: 60_000,
};
let rig;

before(async () => {
  addRegistration(Strophe, $iq);
  if (!withProsody.skip) rig = await startRig({ server: 'prosody', registration: true });
});
after(() => rig?.stop());

/** Registers; every status as its number. */
async function register(username, password) {
  const connection = new Strophe.Connection(rig.url);
  const told = [];
  connection.register.connect('localhost', (status) => told.push(status));
  await until(() => told.includes(Strophe.Status.REGISTER));
  assert.ok('username' in connection.register.fields && 'password' in connection.register.fields);
  Object.assign(connection.register.fields, { username, password });
  connection.register.submit();
  await until(() => told.length === 3);
  return { connection, told };
}

test('a new account: registered, and logged in within the same session', withProsody, async () => {
  const { connection, told } = await register('carol', 'secret of carol');
  const { sid } = connection._proto;
  connection.register.login();
  await until(() => told.includes(Strophe.Status.CONNECTED));
  const { CONNECTING, REGISTER, REGISTERED, CONNECTED, DISCONNECTED } = Strophe.Status;
  assert.deepEqual(told, [CONNECTING, REGISTER, REGISTERED, CONNECTED]);
  assert.match(connection.jid, /^carol@localhost\/.+/);
  assert.equal(connection._proto.sid, sid);
  connection.disconnect();
  await until(() => told.includes(DISCONNECTED));

  const later = recorded(rig.url);
  later.connect('carol@localhost', 'secret of carol');
  await later.reached('CONNECTED');
  later.connection.disconnect();
  await later.reached('DISCONNECTED');
});

test('an account that exists; the program leaves', withProsody, async () => {
  const { connection, told } = await register('alice', 'x');
  assert.equal(told[2], Strophe.Status.CONFLICT);
  connection.disconnect();
  await until(() => told.includes(Strophe.Status.DISCONNECTED));
});

test('the resource is bound late; mechanisms of ours in JavaScript', withProsody, async () => {
  class Plain extends Strophe.SASLPlain {}
  class Sha1 extends Strophe.SASLSHA1 {}
  for (const Mechanism of [Plain, Sha1]) {
    const made = recorded(rig.url, { explicitResourceBinding: true, mechanisms: [Mechanism] });
    made.connect();
    await made.reached('BINDREQUIRED');
    made.connection.jid = 'alice@localhost/late';
    made.connection.bind();
    await made.reached('CONNECTED');
    assert.equal(made.connection.jid, 'alice@localhost/late');
    made.connection.disconnect();
    await made.reached('DISCONNECTED');
  }
});
