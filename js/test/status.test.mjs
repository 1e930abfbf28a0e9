// SPDX-License-Identifier: MIT
// What the connection callback is told, in every way a session can begin and end.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { simple, startManager } from '../../tests/servers/cm.mjs';
import { api, recorded, said, until, withEngine } from './package.mjs';

const { Strophe, $msg } = api;
const offer = (mechanisms) => ({ ...simple, mechanisms });
const httpbind = 'http://jabber.org/protocol/httpbind';
let cm;

before(async () => (cm = await startManager()));
after(() => cm.stop());
afterEach(() => {
  cm.script = null;
  cm.profile = simple;
  cm.requests.length = cm.received.length = 0;
});

test('login and logout', withEngine, async () => {
  const { connection, statuses, connect, reached } = recorded(cm.url);
  connect();
  assert.deepEqual(statuses, [['CONNECTING', null]], 'told synchronously');
  await reached('CONNECTED');
  assert.equal(connection.jid, 'alice@localhost/r1');
  assert.ok(connection.authenticated && connection.connected && connection.do_bind);
  assert.equal(connection.features.tagName, 'stream:features');
  assert.equal(connection._proto.sid, cm.session.sid);
  connection.send($msg({ to: 'bob@localhost' }).c('body').t('last words'));
  connection.disconnect('bye');
  await reached('DISCONNECTED');
  assert.deepEqual(statuses, [
    ['CONNECTING', null],
    ['CONNECTED', null],
    ['DISCONNECTING', 'bye'],
    ['DISCONNECTED', undefined],
  ]);
  assert.match(cm.received.join(), /last words/, 'nothing is lost by leaving');
  assert.match(cm.received.join(), /type=['"]unavailable/);
  assert.ok(!connection.connected && !connection.authenticated);
});

test('a wrong password; the program decides what comes next', withEngine, async () => {
  const { connection, statuses, connect, reached } = recorded(cm.url);
  connect('alice@localhost', 'wrong');
  await reached('AUTHFAIL');
  assert.deepEqual(statuses[1], ['AUTHFAIL', null, 'failure']);
  assert.ok(connection.connected);
  connection.disconnect('oh');
  assert.deepEqual(statuses.slice(2), [
    ['DISCONNECTING', 'oh'],
    ['DISCONNECTED', undefined],
  ]);
  statuses.length = 0;
  connect();
  await reached('CONNECTED');
  connection.disconnect();
  await reached('DISCONNECTED');
});

test('a resource that is taken is replaced by one of the server', withEngine, async () => {
  const { connection, statuses, connect, reached } = recorded(cm.url);
  connect('alice@localhost/taken');
  await reached('CONNECTED');
  assert.deepEqual(statuses[1], ['CONNECTED', null]);
  assert.equal(connection.jid, 'alice@localhost/r1');
  connection.disconnect();
  await reached('DISCONNECTED');
});

test('a resource that is refused', withEngine, async () => {
  const { connection, statuses, connect, reached } = recorded(cm.url);
  connect('alice@localhost/refused');
  await reached('AUTHFAIL');
  assert.deepEqual(statuses[1], ['AUTHFAIL', null, 'iq']);
  connection.disconnect();
  assert.equal(statuses.at(-1)[0], 'DISCONNECTED');
});

test('no mechanism in common', withEngine, async () => {
  cm.profile = offer(['DIGEST-MD5']);
  const { statuses, connect, reached } = recorded(cm.url);
  connect();
  await reached('DISCONNECTED');
  assert.deepEqual(statuses.slice(1), [
    ['CONNFAIL', 'no-auth-mech'],
    ['DISCONNECTED', 'no-auth-mech'],
  ]);
});

test('only the mechanisms that the program allows', withEngine, async () => {
  const { statuses, connect, reached } = recorded(cm.url, { mechanisms: [Strophe.SASLSHA1] });
  connect();
  await reached('DISCONNECTED');
  assert.deepEqual(statuses[1], ['CONNFAIL', 'no-auth-mech']);
});

test('the server ends the session', withEngine, async () => {
  const cases = [
    ['host-gone', '', 'host-gone', 'host-gone'],
    ['', '', 'unknown', null],
    [
      'remote-stream-error',
      `<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>`,
      ...['conflict', 'conflict'],
    ],
  ];
  for (const [condition, inside, connfail, disconnected] of cases) {
    const { statuses, connect, reached } = recorded(cm.url);
    connect();
    await reached('CONNECTED');
    cm.session.terminate(condition, inside);
    await reached('DISCONNECTED');
    assert.deepEqual(statuses.slice(2), [
      ['CONNFAIL', connfail],
      ['DISCONNECTED', disconnected],
    ]);
  }
});

test('what is no connection manager', withEngine, async () => {
  const cases = [
    [404, 'Not found', 'http-404'],
    [403, '', 'http-403'],
    [200, '<html><body>Welcome</body></html>', 'bad-format'],
    [200, 'hello', 'bad-format'],
    [200, '', 'bad-format'],
    [200, `<!DOCTYPE html><html></html>`, 'bad-format'],
    [200, 'x'.repeat(20_000_000), 'bad-format'],
    [200, `<body xmlns='${httpbind}'>${'<a/>'.repeat(5_000_000)}</body>`, 'bad-format'],
    ...[401, 302, 307, 204, 304, 500, 503].map((status) => [status, '', `http-${status}`]),
  ];
  const check = async ([status, text, condition]) => {
    const wrong = await startManager();
    const headers = status < 400 ? { Location: '/elsewhere' } : {};
    wrong.script = (_xml, response) => (response.writeHead(status, headers).end(text), true);
    const seen = [];
    const { connection, statuses, connect, reached } = recorded(wrong.url);
    connection.addProtocolErrorHandler('HTTP', status, (code) => seen.push(code));
    connect();
    await reached('DISCONNECTED');
    const expected = [
      ['CONNFAIL', condition],
      ['DISCONNECTED', condition],
    ];
    assert.deepEqual(statuses.slice(1), expected, `${status} ${text}`);
    assert.equal(seen.length > 0, status !== 200);
    await wrong.stop();
  };
  await Promise.all(cases.map(check));
});

test('a wrong address: the log names it, and what it answers', withEngine, async (t) => {
  const wrong = await startManager();
  t.after(() => wrong.stop());
  wrong.script = (_xml, response) => (response.writeHead(404).end(), true);
  const { log } = Strophe;
  t.after(() => (Strophe.log = log));
  const warnings = [];
  Strophe.log = (level, line) => level >= Strophe.LogLevel.WARN && warnings.push(line);
  const { connect, reached } = recorded(wrong.url);
  connect();
  await reached('DISCONNECTED');
  const [again, ended] = warnings;
  assert.ok(again.startsWith(`${wrong.url} is asked again in `) && again.endsWith(' (HTTP 404)'));
  assert.match(ended, /^the session ended: .* \(HTTP 404\)$/);
});

test('nobody there', withEngine, async () => {
  const gone = await startManager();
  await gone.stop();
  const { statuses, connect, reached } = recorded(gone.url);
  connect();
  await reached('DISCONNECTED');
  assert.deepEqual(statuses.slice(1), [
    ['CONNTIMEOUT', null],
    ['DISCONNECTED', undefined],
  ]);
});

test('a server that does not answer the farewell', withEngine, async () => {
  const { connection, statuses, connect, reached } = recorded(cm.url);
  connect('alice@localhost', 'alicepw', 10, 1, undefined, undefined, 300);
  await reached('CONNECTED');
  cm.script = () => true;
  connection.disconnect();
  await reached('DISCONNECTED');
  assert.deepEqual(statuses.slice(2), [
    ['DISCONNECTING', undefined],
    ['CONNTIMEOUT', null],
    ['DISCONNECTED', undefined],
  ]);
});

test('disconnect before anything has come', withEngine, async () => {
  const { connection, statuses, connect } = recorded(cm.url);
  connect();
  connection.disconnect('why');
  assert.deepEqual(statuses.slice(1), [
    ['DISCONNECTING', 'why'],
    ['DISCONNECTED', undefined],
  ]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(statuses.length, 3);
  assert.equal(cm.requests.length, 0);
});

test('what cannot be is said by connect', () => {
  for (const service of ['ws://localhost/x', 'wss://localhost/x'])
    assert.throws(() => recorded(service).connect(), /BOSH only/);
  assert.throws(() => recorded('http://x', { protocol: 'wss' }).connect(), /BOSH only/);
  assert.throws(() => recorded('http://x', { protocol: 'smoke' }).connect(), /smoke/);
  assert.throws(() => recorded('http://x').connect('a@b', { name: 'SHA-1' }), /SCRAM keys/);
  const { connection } = recorded('http://x');
  for (const ids of [
    [],
    ['a@b/c'],
    ['a@b/c', 's'],
    ['a@b/c', '', 1],
    ['a@b/c', 's', 'x'],
    [1, 's', 1],
  ])
    assert.throws(() => connection.attach(...ids), { name: 'StropheSessionError' });
  assert.throws(() => connection.restore(), { name: 'StropheSessionError', message: /"restore"/ });
  assert.throws(() => new Strophe.Connection(), TypeError);
  for (const jid of [null, 7, '', {}])
    assert.throws(() => recorded('http://x').connect(jid), TypeError);
  for (const name of ['Websocket', 'StreamManagement', 'Component']) {
    assert.throws(() => new Strophe[name](), new RegExp(`${name} is not part of libbosh`));
    assert.equal(connection._proto instanceof Strophe[name], false);
  }
});

test('an address that nobody can have', withEngine, async () => {
  const { statuses, connect, reached } = recorded(cm.url);
  connect('a b@local host');
  await reached('DISCONNECTED');
  assert.deepEqual(statuses[1], ['CONNFAIL', 'bad-jid']);
});

test('an address that no request can be sent to', withEngine, async () => {
  const { statuses, connect, reached } = recorded('/relative');
  connect();
  await reached('DISCONNECTED');
  assert.deepEqual(statuses[1], ['CONNFAIL', 'bad-service']);
});

test('PLAIN does not go over a foreign http://', withEngine, async () => {
  // The transport takes the request to the test's server, whatever the address.
  const transport = {
    cancel() {},
    async submit({ body }) {
      const response = await fetch(cm.url, { method: 'POST', body });
      return { status: response.status, body: await response.text() };
    },
  };
  const { statuses, connect, reached } = recorded('http://chat.example/x', { transport });
  connect();
  await reached('DISCONNECTED');
  assert.deepEqual(statuses[1], ['CONNFAIL', 'plain-needs-https']);
  assert.match(said.join('\n'), /set allowPlainOverHttp/);
  assert.equal(
    cm.requests.some(({ xml }) => xml.includes('<auth')),
    false,
  );

  said.length = 0;
  const open = recorded('http://chat.example/x', { transport, allowPlainOverHttp: true });
  open.connect();
  await open.reached('CONNECTED');
  assert.ok(said.includes('the connection is not encrypted'), said.join('\n'));
  open.connection.disconnect();
  await open.reached('DISCONNECTED');
});

test('callbacks and plugins that throw', withEngine, async () => {
  const seen = [];
  Strophe.addConnectionPlugin('thrower', {
    init(connection) {
      this.connection = connection;
    },
    statusChanged(status) {
      seen.push(status);
      throw new Error('from the plugin');
    },
  });
  const connection = new Strophe.Connection(cm.url);
  assert.equal(connection.thrower.connection, connection);
  connection.connect('alice@localhost', 'alicepw', (status) => {
    if (status === Strophe.Status.CONNECTED) connection.disconnect();
    throw new Error('from the callback');
  });
  await until(() => seen.includes(Strophe.Status.DISCONNECTED));
  assert.deepEqual(seen, [1, 5, 7, 6]);
});
