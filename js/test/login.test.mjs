// SPDX-License-Identifier: MIT
// A login that the program steers: methods and mechanisms of its own in the place of ours.

import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { simple, startManager } from '../../tests/servers/cm.mjs';
import { api, recorded, said, until, withEngine } from './package.mjs';

const { Strophe, $iq, $msg } = api;
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';
const base64 = (text) => Buffer.from(text).toString('base64');
const plainOf = (xml) => Buffer.from(/>([^<]*)</.exec(xml)?.[1] ?? '', 'base64').toString();
const challenge = (text) => `<challenge xmlns='${SASL}'>${base64(text)}</challenge>`;
const success = (text = '') => `<success xmlns='${SASL}'>${base64(text)}</success>`;
const failure = `<failure xmlns='${SASL}'><not-authorized/></failure>`;
const offer = (...mechanisms) => (cm.profile = { ...simple, mechanisms });
const names = (statuses) => statuses.map(([name]) => name).join(' ');
let cm;

before(async () => (cm = await startManager()));
after(() => cm.stop());
afterEach(() => {
  cm.script = cm.onLogin = cm.onStanzas = null;
  cm.profile = simple;
  cm.requests.length = cm.received.length = 0;
});

/** What the elements of SASL were that came. */
const heard = () =>
  cm.requests
    .map(({ xml }) =>
      /<(auth|response|abort)\b.*<\/body>|<(auth|response|abort)\b[^>]*\/>/.exec(xml),
    )
    .filter(Boolean)
    .map(
      ([xml]) => (/mechanism=['"]([^'"]*)/.exec(xml)?.[1] ?? xml.slice(1, 6)) + ' ' + plainOf(xml),
    );

async function leave({ connection, reached }) {
  connection.disconnect();
  await reached('DISCONNECTED');
}

/* ---------------------------------------------------------------------------------------- bind */

test('explicitResourceBinding: the program binds when it likes', withEngine, async () => {
  const made = recorded(cm.url, { explicitResourceBinding: true });
  const { connection, statuses, connect, reached } = made;
  connect();
  await reached('BINDREQUIRED');
  assert.deepEqual(statuses, [
    ['CONNECTING', null],
    ['BINDREQUIRED', null],
  ]);
  assert.equal(connection.features.tagName, 'stream:features');
  assert.ok(connection.do_bind && !connection.authenticated);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(!cm.requests.some(({ xml }) => /<iq/.test(xml)), 'nothing is bound by itself');
  connection.jid = 'alice@localhost/late';
  connection.bind();
  connection.bind();
  assert.match(said.at(-1), /bind was called/);
  await reached('CONNECTED');
  assert.deepEqual(statuses[2], ['CONNECTED', null]);
  assert.equal(connection.jid, 'alice@localhost/late');
  await leave(made);
});

test('explicitResourceBinding: another account cannot be bound', withEngine, async () => {
  const made = recorded(cm.url, { explicitResourceBinding: true });
  made.connect();
  await made.reached('BINDREQUIRED');
  made.connection.jid = made.connection.authcid = 'bob@localhost';
  assert.throws(() => made.connection.bind(), { code: 'BOSH_ERR_JID' });
  await leave(made);
});

test('a server that offers no bind', withEngine, async () => {
  cm.profile = { ...simple, features: '' };
  const made = recorded(cm.url, { explicitResourceBinding: true });
  made.connect();
  await made.reached('AUTHFAIL');
  assert.deepEqual(made.statuses[1], ['AUTHFAIL', null]);
  made.connection.bind();
  await leave(made);
});

test('a subclass whose bind and connect are async', withEngine, async () => {
  class Mine extends Strophe.Connection {
    async connect(...args) {
      await Promise.resolve();
      super.connect(...args);
    }
    async bind() {
      await new Promise((resolve) => setTimeout(resolve, 20));
      this.binds = (this.binds ?? 0) + 1;
      super.bind();
    }
  }
  for (const explicitResourceBinding of [true, false]) {
    const connection = new Mine(cm.url, { explicitResourceBinding });
    const statuses = [];
    await connection.connect('alice@localhost/x', 'alicepw', (status) => {
      statuses.push(status);
      if (status === Strophe.Status.BINDREQUIRED) connection.bind();
    });
    await until(() => statuses.includes(Strophe.Status.CONNECTED));
    assert.equal(connection.binds, 1);
    assert.equal(connection.jid, 'alice@localhost/x');
    connection.disconnect();
    await until(() => statuses.includes(Strophe.Status.DISCONNECTED));
  }
});

test('_onStreamFeaturesAfterSASL and _onSessionReady', withEngine, async () => {
  const made = recorded(cm.url);
  const { connection } = made;
  const steps = [];
  connection._onStreamFeaturesAfterSASL = async function (features) {
    steps.push(features.tagName);
    await Promise.resolve();
    Strophe.Connection.prototype._onStreamFeaturesAfterSASL.call(this, features);
  };
  connection._onSessionReady = () => steps.push(connection.jid, names(made.statuses));
  made.connect();
  await made.reached('CONNECTED');
  assert.deepEqual(steps, ['stream:features', 'alice@localhost/r1', 'CONNECTING']);
  await leave(made);
});

/* ---------------------------------------------------------------------------------- mechanisms */

/** Answers "2+3?" with 5, asynchronously. */
class Sums extends Strophe.SASLMechanism {
  constructor(name = 'X-SUMS', isClientFirst = true, priority = 99) {
    super(name, isClientFirst, priority);
    this.told = [];
  }
  onStart(connection) {
    super.onStart(connection);
    this.told.push('start');
  }
  clientChallenge(connection) {
    return Promise.resolve(connection.authcid);
  }
  async onChallenge(connection, text) {
    this.told.push(text);
    await Promise.resolve();
    return text ? String(text.split(/\D/).reduce((sum, one) => sum + Number(one), 0)) : '';
  }
  onSuccess() {
    this.told.push('success');
  }
  onFailure() {
    this.told.push('failure');
  }
}

test('a mechanism of the program, with promises', withEngine, async () => {
  offer('PLAIN', 'X-SUMS');
  const answers = [challenge('2+3'), challenge(''), success()];
  cm.onLogin = (xml, session) => ((session.user = 'alice'), answers.shift());
  const made = recorded(cm.url, { mechanisms: [Sums, Strophe.SASLPlain] });
  const seen = [];
  made.connection.xmlInput = (body) => seen.push(body.firstElementChild?.tagName);
  made.connect();
  await made.reached('CONNECTED');
  assert.deepEqual(heard(), ['X-SUMS alice', 'respo 5', 'respo ']);
  assert.equal(made.connection._sasl_mechanism.mechname, 'X-SUMS');
  assert.deepEqual(made.connection.mechanisms['X-SUMS'].told, ['start', '2+3', '', 'success']);
  assert.equal(names(made.statuses), 'CONNECTING CONNECTED');
  assert.deepEqual(seen, [
    ...['stream:features', 'challenge', 'challenge', 'success', 'stream:features', 'iq'],
  ]);
  await leave(made);
});

test('one that the server begins', withEngine, async () => {
  offer('X-LATE');
  class Late extends Sums {
    constructor() {
      super('X-LATE', false);
    }
  }
  const answers = [challenge('1+1'), success()];
  cm.onLogin = (xml, session) => ((session.user = 'alice'), answers.shift());
  const made = recorded(cm.url, { mechanisms: [Late] });
  made.connect();
  await made.reached('CONNECTED');
  assert.deepEqual(heard(), ['X-LATE ', 'respo 2']);
  await leave(made);
});

test(
  'ours win where their priority is higher, and where the server lacks it',
  withEngine,
  async () => {
    for (const [offered, priority] of [
      [['PLAIN'], 99],
      [['PLAIN', 'X-SUMS'], 10],
    ]) {
      offer(...offered);
      const made = recorded(cm.url, { mechanisms: [Sums, Strophe.SASLPlain] });
      made.connection.mechanisms['X-SUMS'].priority = priority;
      made.connect();
      await made.reached('CONNECTED');
      assert.deepEqual(heard(), ['PLAIN \0alice\0alicepw']);
      assert.equal(made.connection._sasl_mechanism.mechname, 'PLAIN');
      await leave(made);
      cm.requests.length = 0;
    }
  },
);

test('a refused login may be tried again in the same session', withEngine, async () => {
  offer('PLAIN', 'X-SUMS');
  cm.onLogin = (xml) => (xml.includes('X-SUMS') ? failure : null);
  const made = recorded(cm.url, { mechanisms: [Sums, Strophe.SASLPlain] });
  made.connect();
  await made.reached('AUTHFAIL');
  const { connection } = made;
  assert.deepEqual(made.statuses[1], ['AUTHFAIL', null, 'failure']);
  assert.deepEqual(connection.mechanisms['X-SUMS'].told, ['start', 'failure']);
  assert.ok(connection.connected);
  connection.authenticate([connection.mechanisms.PLAIN]);
  await made.reached('CONNECTED');
  assert.deepEqual(heard(), ['X-SUMS alice', 'PLAIN \0alice\0alicepw']);
  assert.equal(cm.requests.filter(({ xml }) => !/ sid=/.test(xml)).length, 1);
  await leave(made);
});

test('a mechanism that throws or rejects is a login that failed', withEngine, async () => {
  offer('X-SUMS');
  const bad = {
    onStart: () => assert.fail('at the start'),
    clientChallenge: () => Promise.reject(new Error('at first')),
    onChallenge: async () => assert.fail('at the challenge'),
  };
  cm.onLogin = (xml) => (xml.startsWith('<auth') ? challenge('1+1') : failure);
  for (const [step, fn] of Object.entries(bad)) {
    cm.requests.length = 0;
    const made = recorded(cm.url, { mechanisms: [Sums] });
    made.connection.mechanisms['X-SUMS'][step] = fn;
    made.connect();
    await made.reached('AUTHFAIL');
    assert.deepEqual(made.statuses[1], ['AUTHFAIL', null], step);
    if (step === 'onChallenge') await until(() => heard().includes('abort '));
    await leave(made);
    assert.equal(names(made.statuses), 'CONNECTING AUTHFAIL DISCONNECTING DISCONNECTED');
  }
});

test(
  'a mechanism that says false has failed; one that is late is ignored',
  withEngine,
  async () => {
    offer('X-SUMS');
    cm.onLogin = (xml) => (xml.startsWith('<auth') ? challenge('1+1') : failure);
    const made = recorded(cm.url, { mechanisms: [Sums] });
    made.connection.mechanisms['X-SUMS'].onChallenge = (connection) =>
      connection._sasl_failure_cb(null);
    made.connect();
    await made.reached('AUTHFAIL');
    await until(() => heard().includes('abort '));
    await leave(made);
    assert.equal(names(made.statuses), 'CONNECTING AUTHFAIL DISCONNECTING DISCONNECTED');

    const slow = recorded(cm.url, { mechanisms: [Sums] });
    let answer;
    slow.connection.mechanisms['X-SUMS'].onChallenge = () =>
      new Promise((resolve) => (answer = resolve));
    slow.connect();
    await until(() => answer);
    slow.connection.disconnect();
    answer('2');
    await slow.reached('DISCONNECTED');
    assert.ok(!heard().includes('respo 2'));
  },
);

test('a mechanism of ours that is subclassed or patched is used as it is', withEngine, async () => {
  class Other extends Strophe.SASLPlain {
    onChallenge() {
      return '\0alice\0alicepw';
    }
  }
  const subclassed = recorded(cm.url, { mechanisms: [Other] });
  subclassed.connect('alice@localhost', 'wrong');
  await subclassed.reached('CONNECTED');
  await leave(subclassed);

  const { onChallenge } = Strophe.SASLPlain.prototype;
  Strophe.SASLPlain.prototype.onChallenge = Other.prototype.onChallenge;
  try {
    const patched = recorded(cm.url, { mechanisms: [Strophe.SASLPlain] });
    patched.connect('alice@localhost', 'wrong');
    await patched.reached('CONNECTED');
    await leave(patched);
  } finally {
    Strophe.SASLPlain.prototype.onChallenge = onChallenge;
  }
});

test('no password travels readable by mistake', withEngine, async () => {
  class Mine extends Strophe.SASLPlain {}
  const transport = {
    cancel() {},
    submit: async ({ body }) => {
      const answer = await fetch(cm.url, { method: 'POST', body });
      return { status: answer.status, body: await answer.text() };
    },
  };
  const made = recorded('http://chat.example/http-bind', { mechanisms: [Mine], transport });
  made.connect();
  await made.reached('DISCONNECTED');
  assert.deepEqual(made.statuses[1], ['CONNFAIL', 'plain-needs-https']);
  assert.deepEqual(heard(), []);
  const options = { mechanisms: [Mine], transport, allowPlainOverHttp: true };
  const allowed = recorded('http://chat.example/http-bind', options);
  allowed.connect();
  await allowed.reached('CONNECTED');
  await leave(allowed);
});

/** A server's side of SCRAM, straight from RFC 5802. */
function scram(hash, size, ends = (signature) => `v=${signature.toString('base64')}`) {
  const salt = Buffer.from('salt and more salt');
  const salted = pbkdf2Sync('alicepw', salt, 4096, size, hash);
  const hmac = (key, text) => createHmac(hash, key).update(text).digest();
  let first, second;
  return (xml, session) => {
    session.user = 'alice';
    const text = plainOf(xml);
    if (xml.startsWith('<auth')) {
      first = text.slice(3);
      second = `r=${/r=([^,]*)/.exec(first)[1]}server,s=${salt.toString('base64')},i=4096`;
      return challenge(second);
    }
    const [bare, proof] = text.split(',p=');
    const message = `${first},${second},${bare}`;
    const key = hmac(salted, 'Client Key');
    const mask = hmac(createHash(hash).update(key).digest(), message);
    if (!Buffer.from(key.map((byte, i) => byte ^ mask[i])).equals(Buffer.from(proof, 'base64')))
      return failure;
    const signature = hmac(hmac(salted, 'Server Key'), message);
    return success(ends(signature));
  };
}

test('SCRAM in the engine, with each hash', withEngine, async () => {
  for (const [hash, size] of [
    ['sha1', 20],
    ['sha256', 32],
    ['sha384', 48],
    ['sha512', 64],
  ]) {
    offer(`SCRAM-${hash.toUpperCase().replace('SHA', 'SHA-')}`);
    cm.onLogin = scram(hash, size);
    const made = recorded(cm.url);
    made.connect();
    await made.reached('CONNECTED');
    await leave(made);
  }
});

test('SCRAM in JavaScript, for programs that look on', withEngine, async () => {
  offer('SCRAM-SHA-384');
  cm.onLogin = scram('sha384', 48);
  const made = recorded(cm.url, { mechanisms: [Strophe.SASLSHA384] });
  let elements = 0;
  made.connection._sasl_success_cb = function (element) {
    elements += element.tagName === 'success';
    return Strophe.Connection.prototype._sasl_success_cb.call(this, element);
  };
  made.connect();
  await made.reached('CONNECTED');
  assert.equal(elements, 1);
  const { scram_keys: keys } = made.connection;
  assert.equal(keys.name, 'SHA-384');
  await leave(made);

  cm.onLogin = scram('sha384', 48);
  const engines = recorded(cm.url, { mechanisms: [Strophe.SASLSHA384] });
  engines.connect();
  await engines.reached('CONNECTED');
  assert.deepEqual(engines.connection.scram_keys, keys, 'the same as the engine finds');
  await leave(engines);
});

test('SCRAM in JavaScript: a server that cannot prove itself', withEngine, async () => {
  const lies = [
    (signature) => `v=${signature.reverse().toString('base64')}`,
    () => 'v=',
    () => '',
    () => 'e=other-error',
  ];
  for (const lie of lies) {
    offer('SCRAM-SHA-256');
    class Mine extends Strophe.SASLSHA256 {}
    cm.onLogin = scram('sha256', 32, lie);
    const made = recorded(cm.url, { mechanisms: [Mine] });
    made.connect();
    await made.reached('AUTHFAIL');
    assert.deepEqual(made.statuses[1], ['AUTHFAIL', null]);
    assert.equal(made.connection.scram_keys, null);
    await leave(made);
  }
  // Success before the proof, too.
  offer('SCRAM-SHA-256');
  cm.onLogin = () => success('');
  const early = recorded(cm.url, { mechanisms: [class extends Strophe.SASLSHA256 {}] });
  early.connect();
  await early.reached('AUTHFAIL');
  await leave(early);
  assert.ok(!cm.requests.some(({ xml }) => /restart/.test(xml)));
});

test('OAUTHBEARER and X-OAUTH2: the token is the password', withEngine, async () => {
  for (const [Mechanism, expected] of [
    [Strophe.SASLOAuthBearer, 'n,a=alice@localhost,\x01auth=Bearer token\x01\x01'],
    [Strophe.SASLXOAuth2, '\0alice@localhost\0token'],
  ]) {
    const { mechname } = new Mechanism();
    offer(mechname);
    cm.requests.length = 0;
    cm.onLogin = (xml, session) => ((session.user = 'alice'), success());
    const made = recorded(cm.url);
    made.connect('alice@localhost', 'token');
    await made.reached('CONNECTED');
    assert.deepEqual(heard(), [`${mechname} ${expected}`]);
    await leave(made);
  }
  offer('OAUTHBEARER');
  cm.onLogin = (xml) => (xml.startsWith('<auth') ? challenge('{"status":"invalid"}') : failure);
  const refused = recorded(cm.url);
  refused.connect('alice@localhost', 'old');
  await refused.reached('AUTHFAIL');
  assert.deepEqual(refused.statuses[1], ['AUTHFAIL', null, 'failure']);
  assert.equal(heard().at(-1), 'respo \x01');
  await leave(refused);
});

/* ------------------------------------------------------------------------------- other methods */

test('authenticate: a program that asks somebody for the password first', withEngine, async () => {
  class Mine extends Strophe.Connection {
    async authenticate(matched) {
      this.offered = matched.map((one) => one.mechname);
      await new Promise((resolve) => setTimeout(resolve, 20));
      this.pass = 'alicepw';
      super.authenticate(matched);
    }
  }
  const connection = new Mine(cm.url);
  const statuses = [];
  connection.connect('alice@localhost', '', (status) => statuses.push(status));
  await until(() => statuses.includes(Strophe.Status.CONNECTED));
  assert.deepEqual(connection.offered, ['PLAIN']);
  assert.equal(cm.requests.filter(({ xml }) => xml.includes('<auth')).length, 1);
  connection.disconnect();
  await until(() => statuses.includes(Strophe.Status.DISCONNECTED));
});

test('do_authentication: nothing happens before authenticate is called', withEngine, async () => {
  const made = recorded(cm.url, { mechanisms: [Sums, Strophe.SASLPlain] });
  made.connection.do_authentication = false;
  made.connect();
  await until(() => made.connection._proto.sid);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(heard().length, 0);
  made.connection.authenticate();
  await made.reached('CONNECTED');
  assert.deepEqual(heard(), ['PLAIN \0alice\0alicepw'], 'what the server offers');
  await leave(made);
});

test('_connect_cb of connection and transport, _no_auth_received', withEngine, async () => {
  const made = recorded(cm.url);
  const { connection } = made;
  const { _proto: proto } = connection;
  const seen = [];
  const { _connect_cb: ours } = connection;
  connection._connect_cb = function (request, ...more) {
    seen.push(request.getAttribute('sid') === cm.session.sid);
    ours.call(this, request, ...more);
  };
  const { _connect_cb: below } = proto;
  proto._connect_cb = function (body) {
    seen.push(body.tagName);
    return below.call(this, body);
  };
  made.connect();
  await made.reached('CONNECTED');
  assert.deepEqual(seen, [true, 'body']);
  assert.equal(proto.window, 2);
  await leave(made);

  offer('X-UNKNOWN');
  const none = recorded(cm.url);
  none.connection._proto._no_auth_received = () => seen.push('no auth');
  none.connect();
  await until(() => seen.length === 3);
  await leave(none);
  assert.equal(names(none.statuses), 'CONNECTING DISCONNECTING DISCONNECTED');

  const failed = recorded(cm.url);
  failed.connection._connect_cb = () => assert.fail('no');
  failed.connect();
  await failed.reached('AUTHFAIL');
  await leave(failed);
});

test('system handlers see the stanzas of the login, others do not', withEngine, async () => {
  const made = recorded(cm.url);
  const { connection } = made;
  const seen = [];
  const note = (element) => seen.push(element.tagName) > 0;
  connection._addSysHandler(note, null, 'stream:features', null, null);
  connection._addSysHandler(note, null, 'success', null, null);
  connection._addSysHandler(note, Strophe.NS.BIND, 'iq', 'result', null);
  connection.addHandler(() => seen.push('user'), Strophe.NS.BIND);
  made.connect();
  await made.reached('CONNECTED');
  assert.deepEqual(seen, ['stream:features', 'success', 'stream:features', 'iq']);
  assert.equal(cm.requests.length, 4, 'and nothing of it costs a request');
  await leave(made);
});

/* -------------------------------------------------------------------------------- registration */

const REGISTER = 'jabber:iq:register';

test('an iq before the login; a message waits for its end', withEngine, async () => {
  cm.onStanzas = (xml, session) =>
    session.push(xml.replace("type='get'", "type='result'").replace('type="get"', "type='result'"));
  const made = recorded(cm.url);
  const { connection } = made;
  const { _connect_cb: ours } = connection;
  connection._connect_cb = function (...args) {
    connection._addSysHandler(() => void ours.apply(this, args), REGISTER, 'iq', 'result', 'r1');
    connection.send($msg({ to: 'bob@localhost' }).c('body').t('later'));
    connection.send($iq({ type: 'get', id: 'r1' }).c('query', { xmlns: REGISTER }));
  };
  made.connect();
  await made.reached('CONNECTED');
  await until(() => cm.received.length === 2);
  assert.match(cm.received[0], /register/);
  assert.match(cm.received[1], /later/);
  await leave(made);
});
