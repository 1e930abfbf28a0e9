// SPDX-License-Identifier: MIT
// Every public function, given what it was not made for: it answers, or throws an error that says
// something. It never breaks the engine, nor does a promise fail that nobody waits for.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startManager } from '../../tests/servers/cm.mjs';
import { api, recorded, until, withEngine } from './package.mjs';

const { Strophe, $msg } = api;
const values = {
  undefined,
  null: null,
  true: true,
  zero: 0,
  'minus one': -1,
  NaN,
  Infinity,
  bigint: 10n,
  symbol: Symbol('x'),
  'empty text': '',
  text: 'a',
  NUL: 'a\0b',
  'half a character': '\uD800',
  'a tag': '<a',
  markup: "<message xmlns='jabber:client'/>",
  address: 'a@b/c',
  object: {},
  'bare object': Object.create(null),
  list: [],
  'list of null': [null],
  function: () => {},
  date: new Date(NaN),
  'text object': Object('a'),
  Element: Strophe.xmlElement('x'),
  Text: Strophe.xmlTextNode('x'),
  Document: Strophe.xmlHtmlNode('<x/>'),
  Builder: $msg(),
  connection: new Strophe.Connection('http://127.0.0.1/'),
};

/** What nobody has waited for. @type {any[]} */
const unhandled = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));
process.on('uncaughtException', (error) => unhandled.push(error));

/** Calls it with each value, and with each pair of values. */
function tryAll(name, call, { pairs = true } = {}) {
  const all = Object.entries(values);
  const tries = [[], ...all.map((one) => [one])];
  if (pairs) for (const one of all) tries.push(...all.map((other) => [one, other]));
  for (const entries of tries) {
    const told = `${name}(${entries.map(([one]) => one).join(', ')})`;
    try {
      const result = call(...entries.map(([, value]) => value));
      if (typeof result?.then === 'function') result.then(null, (error) => check(error, told));
    } catch (error) {
      check(error, told);
    }
  }
}

const shown = (value) => `${typeof value} ${typeof value === 'object' ? '' : String(value)}`;

/** @param {any} error @param {string} told */
function check(error, told) {
  assert.ok(error instanceof Error, `${told} threw ${String(error)}`);
  assert.ok(error.message.length > 8, `${told} says only "${error.message}"`);
  const { name, code } = error;
  assert.doesNotMatch(error.message, /call stack/, told);
  assert.ok(code !== 'BOSH_ERR_INTERNAL', `${told} broke the engine: ${error.message}`);
  assert.doesNotMatch(name, /RuntimeError|SyntaxError|ReferenceError/, `${told}: ${error}`);
}

const isClass = (value) => /^class/.test(Function.prototype.toString.call(value));
const publicFunctions = (object) =>
  Object.entries(object).filter(([name, one]) => typeof one === 'function' && name[0] !== '_');

test('the functions of Strophe', () => {
  const { setLogLevel, addConnectionPlugin } = Strophe;
  // These change what all the others do.
  const risky = ['setLogLevel', 'log', 'addNamespace', 'addConnectionPlugin'];
  for (const [name, call] of publicFunctions(Strophe).filter(([one]) => !risky.includes(one)))
    if (isClass(call)) tryAll(`new ${name}`, (...args) => new call(...args), { pairs: false });
    else tryAll(name, call);
  for (const [name, call] of Object.entries({ setLogLevel }))
    tryAll(name, call.bind(Strophe), { pairs: false });
  Strophe.setLogLevel(0);
  assert.throws(() => addConnectionPlugin('x', 7), TypeError);
  for (const name of ['$build', '$iq', '$msg', '$pres', 'stx', 'toStanza']) tryAll(name, api[name]);
});

test('the members of builders', () => {
  for (const name of ['c', 'cnode', 't', 'h', 'attrs', 'up', 'root', 'tree', 'toString'])
    tryAll(name, (...args) =>
      $msg()
        .c('x')
        [name](...args),
    );
});

/** Those that take a connection somewhere else are called on one of its own. */
const alone = [
  'connect',
  'attach',
  'restore',
  'disconnect',
  'reset',
  'pause',
  'importSession',
  'exportSession',
  'setProtocol',
  'registerSASLMechanisms',
  'registerSASLMechanism',
  'authenticate',
  'bind',
];
const isNone = (name) => name === 'constructor' || name === 'connect_callback';
const methodsOf = (connection) => {
  const names = new Set();
  for (let at = connection; at !== Object.prototype; at = Object.getPrototypeOf(at))
    for (const name of Object.getOwnPropertyNames(at))
      if (/^[a-z]\w*$/.test(name) && !isNone(name) && typeof connection[name] === 'function')
        names.add(name);
  return [...names];
};

test('the methods of a connection that is not connected', () => {
  const connection = new Strophe.Connection('http://127.0.0.1/');
  for (const name of methodsOf(connection).filter((one) => !alone.includes(one)))
    tryAll(name, (...args) => connection[name](...args));
  for (const name of alone)
    tryAll(name, (...args) => {
      const another = new Strophe.Connection('http://127.0.0.1:1/');
      try {
        return another[name](...args);
      } finally {
        another.reset();
      }
    });
  tryAll('new Connection', (...args) => new Strophe.Connection(...args));
});

let cm;
before(async () => (cm = await startManager()));
after(() => cm.stop());

test('the methods of a connection that is online, which goes on', withEngine, async () => {
  const { connection, statuses, connect, reached } = recorded(cm.url);
  connect();
  await reached('CONNECTED');
  for (const name of methodsOf(connection).filter((one) => !alone.includes(one)))
    tryAll(name, (...args) => connection[name](...args), { pairs: name !== 'flush' });
  await new Promise((resolve) => setTimeout(resolve, 200));
  cm.received.length = 0;
  connection.resume();
  connection.send($msg({ id: 'after all' }));
  await until(() => cm.received.join().includes('after all'));
  assert.equal(statuses.length, 2);
  connection.connect_callback = null;
  connection.disconnect();
  await until(() => !connection.connected);
});

const final = ['CONNECTED', 'AUTHFAIL', 'DISCONNECTED'];
const usual = ['alice@localhost', 'alicepw', 10, 1, undefined, undefined, 300];

test(
  'whatever connect is given, it throws or ends in a status',
  { ...withEngine, timeout: 60_000 },
  async () => {
    const tries = usual.flatMap((_, i) => Object.values(values).map((value) => [i, value]));
    const attempt = async ([i, value]) => {
      const { connection, statuses, callback } = recorded(cm.url);
      const args = [...usual];
      args[i] = value;
      const [jid, pass, ...more] = args;
      const told = `connect with ${shown(value)} at ${i}`;
      try {
        connection.connect(jid, pass, callback, ...more);
      } catch (error) {
        return check(error, told);
      }
      await until(() => final.includes(statuses.at(-1)[0]), 30_000).catch(() => assert.fail(told));
      connection.reset();
    };
    for (let at = 0; at < tries.length; at += 100)
      await Promise.all(tries.slice(at, at + 100).map(attempt));
  },
);

test(
  'whatever the options are, connect throws or ends in a status',
  { ...withEngine, timeout: 60_000 },
  async () => {
    const names = [
      'cookies',
      'mechanisms',
      'keepalive',
      'customHeaders',
      'withCredentials',
      'sync',
      'contentType',
      'transport',
      'allowPlainOverHttp',
      'explicitResourceBinding',
      'protocol',
      'terminateOnUnload',
      'worker',
      'enableStreamManagement',
    ];
    const tries = names.flatMap((name) => Object.values(values).map((value) => [name, value]));
    const attempt = async ([name, value]) => {
      const told = `option ${name}: ${shown(value)}`;
      try {
        const { connection, statuses, connect } = recorded(cm.url, { [name]: value });
        connect();
        const ends = [...final, 'BINDREQUIRED'];
        await until(() => ends.includes(statuses.at(-1)[0]), 30_000).catch(() => assert.fail(told));
        connection.reset();
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        check(error, told);
      }
    };
    for (let at = 0; at < tries.length; at += 100)
      await Promise.all(tries.slice(at, at + 100).map(attempt));
  },
);

test('nothing was left to nobody', async () => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(unhandled.map(String), []);
});
