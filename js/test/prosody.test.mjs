// SPDX-License-Identifier: MIT
// Two users on a real Prosody. Skipped where Prosody is not installed.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startRig } from '../../tests/servers/rig.mjs';
import { api, isInstalled, recorded, until, withEngine } from './package.mjs';

const { Strophe, $iq, $msg, $pres } = api;

const withProsody = {
  skip: withEngine.skip || (!isInstalled('prosody') && 'no prosody'),
  timeout: 60_000,
};
let rig;

before(async () => {
  if (!withProsody.skip) rig = await startRig({ server: 'prosody' });
});
after(() => rig?.stop());

/** @param {string} name @param {object} [options] */
async function user(name, options) {
  const made = recorded(rig.url, options);
  made.connect(`${name}@localhost`, `${name}pw`);
  await made.reached('CONNECTED');
  return made;
}

for (const Mechanism of [Strophe.SASLSHA1, Strophe.SASLPlain])
  test(`${Mechanism.name}: a conversation, roster, leaving`, withProsody, async () => {
    const [alice, bob] = await Promise.all(
      ['alice', 'bob'].map((name) => user(name, { mechanisms: [Mechanism] })),
    );
    const { connection: a } = alice;
    const { connection: b } = bob;
    assert.match(a.jid, /^alice@localhost\/.+/);
    assert.ok(a.do_bind && a.features.querySelector('bind'));

    const text = 'Grüße <&> "\u{1F44D}"';
    b.addHandler(
      (stanza) => {
        const body = stanza.querySelector('body').textContent;
        b.send(
          $msg({ to: stanza.getAttribute('from'), type: 'chat' })
            .c('body')
            .t(`${body}!`),
        );
        return true;
      },
      ...[null, 'message', 'chat'],
    );
    const answers = [];
    a.addHandler(
      (stanza) => answers.push(stanza.querySelector('body').textContent),
      null,
      'message',
    );
    let roster = null;
    a.sendIQ($iq({ type: 'get' }).c('query', { xmlns: Strophe.NS.ROSTER }), (iq) => (roster = iq));
    a.send($pres());
    b.send($pres());
    await until(() => roster);
    assert.equal(roster.firstElementChild.namespaceURI, Strophe.NS.ROSTER);
    for (let i = 0; i < 20; i++)
      a.send($msg({ to: b.jid, type: 'chat' }).c('body').t(`${i} ${text}`));
    await until(() => answers.length === 20);
    assert.deepEqual(
      answers,
      Array.from({ length: 20 }, (_, i) => `${i} ${text}!`),
    );
    a.disconnect();
    b.disconnect();
    await Promise.all([alice.reached('DISCONNECTED'), bob.reached('DISCONNECTED')]);
    assert.equal(alice.statuses.length, 4);
  });

test('attach goes on with a session, messages in between are kept', withProsody, async () => {
  const [alice, bob] = await Promise.all([user('alice'), user('bob')]);
  const { jid, _proto: proto } = bob.connection;
  let isThere = false;
  bob.connection.addHandler(() => (isThere = true), ...[null, 'presence', null, null, jid]);
  bob.connection.send($pres());
  await until(() => isThere);
  await new Promise((resolve) => setTimeout(resolve, 200)); // the next poll leaves
  const ids = [jid, proto.sid, proto.rid];
  proto._drop(); // the page is gone
  alice.connection.send($msg({ to: jid, type: 'chat' }).c('body').t('while you were away'));
  const later = recorded(rig.url);
  const heard = [];
  later.connection.addHandler(
    (stanza) => heard.push(stanza.querySelector('body')?.textContent),
    ...[null, 'message'],
  );
  later.connection.attach(...ids, later.callback);
  await until(() => heard.includes('while you were away'));
  later.connection.disconnect();
  alice.connection.disconnect();
  await Promise.all([later.reached('DISCONNECTED'), alice.reached('DISCONNECTED')]);
});

test('the keys of a login by SCRAM log in again, without the password', withProsody, async () => {
  const first = await user('alice', { mechanisms: [Strophe.SASLSHA1] });
  const { scram_keys: keys } = first.connection;
  assert.deepEqual(Object.keys(keys).sort(), ['ck', 'iter', 'name', 'salt', 'sk']);
  assert.equal(keys.name, 'SHA-1');
  first.connection.disconnect();
  await first.reached('DISCONNECTED');

  const { connection, connect, reached } = recorded(rig.url);
  connect('alice@localhost', JSON.parse(JSON.stringify(keys)));
  await reached('CONNECTED');
  assert.deepEqual(connection.scram_keys, keys);
  connection.disconnect();
  await reached('DISCONNECTED');

  const wrong = recorded(rig.url);
  wrong.connect('alice@localhost', { ...keys, ck: keys.sk });
  await wrong.reached('AUTHFAIL');
  wrong.connection.disconnect();
  const foreign = recorded(rig.url);
  foreign.connect('alice@localhost', { ...keys, salt: 'AAAA' });
  await foreign.reached('AUTHFAIL');
  foreign.connection.disconnect();
});

test('a wrong password', withProsody, async () => {
  const { connection, statuses, connect, reached } = recorded(rig.url);
  connect('alice@localhost', 'wrong');
  await reached('AUTHFAIL');
  assert.deepEqual(statuses[1], ['AUTHFAIL', null, 'failure']);
  connection.disconnect();
});

test('the server stops and comes back', withProsody, async () => {
  const { connection, statuses, reached, connect } = await user('alice');
  await rig.server.restart();
  connection.send($msg({ to: 'bob@localhost' }));
  await reached('DISCONNECTED');
  assert.deepEqual(
    statuses
      .slice(2)
      .map(([name]) => name)
      .at(-1),
    'DISCONNECTED',
  );
  statuses.length = 0;
  connect();
  await reached('CONNECTED');
  connection.disconnect();
  await reached('DISCONNECTED');
});
