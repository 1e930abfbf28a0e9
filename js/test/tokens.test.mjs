// SPDX-License-Identifier: MIT
// X-OAUTH2 on a real ejabberd, with a token that it has issued. Skipped where ejabberd, or its
// library for tokens (erlang-p1-oauth2), is not installed.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { startRig } from '../../tests/servers/rig.mjs';
import { api, isInstalled, recorded, withEngine } from './package.mjs';

const { Strophe } = api;
/** Does Erlang find this module? @param {string} name */
function hasModule(name) {
  const question = `halt(case code:which(${name}) of non_existing -> 1; _ -> 0 end).`;
  return spawnSync('erl', ['-noshell', '-eval', question]).status === 0;
}

const withEjabberd = {
  skip:
    withEngine.skip ||
    (!isInstalled('ejabberdctl') && 'no ejabberd') ||
    (!hasModule('oauth2') && 'no erlang-p1-oauth2'),
  timeout: 60_000,
};
let rig;

before(async () => {
  if (!withEjabberd.skip) rig = await startRig({ server: 'ejabberd', mechanisms: 'token' });
});
after(() => rig?.stop());

test('a token instead of the password, in C and in JavaScript', withEjabberd, async () => {
  class Mine extends Strophe.SASLXOAuth2 {}
  for (const mechanisms of [undefined, [Mine]]) {
    const { connection, connect, reached } = recorded(rig.url, { mechanisms });
    connect('alice@localhost', rig.token());
    await reached('CONNECTED');
    assert.match(connection.jid, /^alice@localhost\/.+/);
    assert.equal(connection._sasl_mechanism.mechname, 'X-OAUTH2');
    connection.disconnect();
    await reached('DISCONNECTED');
  }
});

test('a token that is none, and one of somebody else', withEjabberd, async () => {
  for (const [jid, token] of [
    ['alice@localhost', 'none'],
    ['bob@localhost', rig.token()],
  ]) {
    const { connection, statuses, connect, reached } = recorded(rig.url);
    connect(jid, token);
    await reached('AUTHFAIL');
    assert.deepEqual(statuses[1], ['AUTHFAIL', null, 'failure']);
    connection.disconnect();
    await reached('DISCONNECTED');
  }
});
