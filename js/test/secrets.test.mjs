// SPDX-License-Identifier: MIT
// What an attacker may not get: secrets out of logs, markup through the API, answers of strangers.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { profiles, startManager } from '../../tests/servers/cm.mjs';
import { api, recorded, said, until, withEngine } from './package.mjs';

const { Strophe, $build, $iq, $msg, $pres, stx, toStanza } = api;
let cm;
before(async () => (cm = await startManager()));
after(() => cm.stop());
afterEach(() => {
  cm.profile = profiles.prosody;
  cm.requests.length = cm.received.length = 0;
});

async function online(pass = 'alicepw', resource = '') {
  const made = recorded(cm.url);
  made.connect(`alice@localhost${resource}`, pass);
  await made.reached('CONNECTED');
  return made;
}

async function leave({ connection, reached }) {
  connection.disconnect();
  await reached('DISCONNECTED');
}

test('no password, no session id and no key in what is logged', withEngine, async () => {
  said.length = 0;
  for (const mechanism of ['PLAIN', 'SCRAM-SHA-256']) {
    cm.profile = { ...profiles.prosody, mechanisms: [mechanism] };
    const made = await online();
    made.connection.send($msg({ to: 'bob@localhost' }).c('body').t('hello'));
    const secrets = ['alicepw', ...cm.sessions.keys()].flatMap((one) => [one, btoa(one)]);
    if (mechanism !== 'PLAIN') secrets.push(made.connection.scram_keys.ck);
    assert.ok(secrets.length >= 4);
    await leave(made);
    const wrong = recorded(cm.url);
    wrong.connect('alice@localhost', 'not-the-password');
    await wrong.reached('AUTHFAIL');
    await leave(wrong);
    const text = said.join('\n');
    assert.match(text, /online|CONNECT|connect/i); // something was said at all
    for (const secret of [...secrets, 'not-the-password', btoa('\0alice\0alicepw')])
      assert.ok(!text.includes(secret), `${secret} in ${text}`);
  }
});

/** Is there an element or an attribute that no program has asked for? */
const isEvil = (element) =>
  element.tagName === 'evil' ||
  element.hasAttribute('evil') ||
  Array.from(element.childNodes).some((node) => node.nodeType === 1 && isEvil(node));

test('texts that want to be markup stay texts, or are refused', withEngine, async () => {
  const texts = [
    '<evil/>',
    `a'/><evil/>`,
    'a" evil="1',
    `a' evil='1`,
    ']]></body><evil/>',
    '<!--<evil/>',
    '&lt;evil/&gt;&#60;evil/>',
  ];
  const made = await online();
  const { connection } = made;
  let sent = 0;
  for (const text of texts) {
    const makers = [
      () => $msg({ to: text, [text]: '1' }),
      () => $msg({ to: text }).c('body').t(text),
      () => $build('message', { id: text, xmlns: 'jabber:client' }).c('x', { xmlns: text }, text),
      () => $build(text, {}),
      () => $pres({ type: 'unavailable' }).c(text),
      () => $iq({ type: 'get', id: text }).c('query', { xmlns: text }).attrs({ node: text }),
      () => stx`<message to="${text}"><body>${text}</body></message>`,
      () => toStanza(`<message><body>${Strophe.xmlescape(text)}</body></message>`),
      () => $msg().cnode(Strophe.xmlElement('body', { a: text }, text)),
    ];
    for (const make of makers) {
      try {
        connection.send(make());
        sent++;
      } catch (error) {
        assert.ok(error instanceof Error);
      }
    }
    connection.flush();
  }
  assert.ok(sent >= 5 * texts.length, `${sent} were sent`);
  connection.send($msg({ id: 'last' }));
  await until(() => cm.received.join('').includes('"last"'));
  await leave(made);
  const all = toStanza(`<all>${cm.received.join('')}</all>`);
  assert.ok(all.childNodes.length >= sent);
  assert.ok(!isEvil(all), cm.received.join('\n'));
});

test('an answer counts from the address that was asked', withEngine, async () => {
  const made = await online('alicepw', '/here');
  const { connection } = made;
  const answers = [];
  const ask = (id, to) =>
    connection.sendIQ(
      $iq({ type: 'get', id, ...(to && { to }) }).c('query', { xmlns: 'q' }),
      (iq) => answers.push(`${id} ${iq.getAttribute('from')}`),
    );
  const answer = (id, from) =>
    cm.session.push(
      `<iq xmlns='jabber:client' type='result' id='${id}'${from ? ` from='${from}'` : ''}/>`,
    );
  ask('1', 'Bob@localhost/x');
  ask('2');
  ask('3', 'localhost');
  ask('4', 'alice@localhost');
  await until(() => cm.received.join('').includes('"4"'));
  for (const id of ['1', '2', '3', '4'])
    for (const from of ['mallory@localhost', 'bob@localhost/X', 'bob@localhost', 'localhost.evil'])
      answer(id, from);
  answer('1', '');
  answer('1', 'localhost');
  answer('1', 'bob@LOCALHOST/x');
  answer('2', '');
  answer('3', 'alice@localhost/here');
  answer('4', 'Alice@localhost');
  await until(() => answers.length === 4);
  assert.deepEqual(answers, [
    '1 bob@LOCALHOST/x',
    '2 null',
    '3 alice@localhost/here',
    '4 Alice@localhost',
  ]);
  await leave(made);
});
