// SPDX-License-Identifier: MIT
// What programs may do to a connection: replace its lists, its transport, its class, at any moment.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startManager } from '../../tests/servers/cm.mjs';
import { api, recorded, until, withEngine } from './package.mjs';

const { Strophe, $msg } = api;
const message = (id) => `<message xmlns='jabber:client' from='bob@localhost/r' id='${id}'/>`;
let cm;

before(async () => (cm = await startManager()));
after(() => cm.stop());
afterEach(() => (cm.received.length = 0));

/** @param {object} [options] */
async function online(options) {
  const made = recorded(cm.url, options);
  made.connect();
  await made.reached('CONNECTED');
  return made;
}

/** @param {{connection: any, reached: (name: string) => Promise<any>}} made */
async function leave({ connection, reached }) {
  connection.disconnect();
  await reached('DISCONNECTED');
}

test('the lists of handlers may be replaced, saved and restored', withEngine, async () => {
  const made = await online();
  const { connection } = made;
  const seen = [];
  const watch = (name) => (stanza) => seen.push(`${name} ${stanza.getAttribute('id')}`);
  connection.addHandler(watch('a'), null, 'message');
  cm.session.push(message(1));
  await until(() => seen.length === 1);

  const saved = connection.handlers;
  connection.handlers = [new Strophe.Handler(watch('b'), null, 'message')];
  cm.session.push(message(2));
  await until(() => seen.length === 2);

  connection.handlers = saved;
  connection.handlers.push(new Strophe.Handler(watch('c'), null, 'message'));
  connection.addHandlers = [new Strophe.Handler(watch('d'), null, 'message')];
  cm.session.push(message(3));
  await until(() => seen.length === 5);
  assert.deepEqual(seen, ['a 1', 'b 2', 'a 3', 'c 3', 'd 3']);

  // What a handler looks for may change, too.
  connection.handlers[0].name = 'presence';
  connection.removeHandlers = [connection.handlers[1]];
  cm.session.push(message(4));
  await until(() => seen.length === 6);
  assert.equal(seen[5], 'd 4');
  await leave(made);
});

test('a thousand stanzas, and in the first all kinds of things', withEngine, async () => {
  const bytes = 'x'.repeat(20_000);
  const acts = {
    'send much, so that the memory grows': (connection) => {
      for (let i = 0; i < 60; i++)
        connection.send(
          $msg({ id: `m${i}` })
            .c('body')
            .t(bytes),
        );
    },
    flush: (connection) => connection.flush(),
    'a body of the program': (connection) =>
      connection._dataRecv(Strophe.toElement(`<body>${message('own')}</body>`)),
    'pause and resume': (connection) => (connection.pause(), connection.resume()),
  };
  for (const [name, act] of Object.entries(acts)) {
    const made = await online();
    const ids = [];
    made.connection.addHandler((stanza) => {
      const id = stanza.getAttribute('id');
      if (id === 'own') return true;
      if (ids.push(id) === 1) act(made.connection);
      return true;
    });
    cm.session.push(Array.from({ length: 1000 }, (_, i) => message(i)).join(''));
    await until(() => ids.length === 1000);
    assert.deepEqual(
      ids,
      Array.from({ length: 1000 }, (_, i) => String(i)),
      name,
    );
    if (name.startsWith('send')) await until(() => cm.received.join().includes('m59'));
    await leave(made);
  }
});

test('connect anew within a handler', withEngine, async () => {
  const { connection, reached, callback, statuses } = await online();
  let seen = 0;
  connection.addHandler(() => {
    if (++seen > 1) return;
    connection.reset();
    statuses.length = 0;
    connection.connect('alice@localhost', 'alicepw', callback);
  });
  cm.session.push(message(1).repeat(1000));
  await until(() => seen);
  await reached('CONNECTED');
  assert.equal(seen, 1);
  await leave({ connection, reached });
});

test(
  'the transport may be replaced while disconnected; service, then setProtocol',
  withEngine,
  async () => {
    const { connection, connect, reached, statuses } = recorded('http://127.0.0.1:1/');
    connection._proto = new Strophe.Bosh(connection);
    connection.service = cm.url;
    connection.setProtocol();
    assert.ok(connection._proto instanceof Strophe.Bosh);
    connect();
    await reached('CONNECTED');
    await leave({ connection, reached });

    statuses.length = 0;
    const proto = (connection._proto = new Strophe.Bosh(connection));
    connect();
    await reached('CONNECTED');
    assert.equal(proto.sid, cm.session.sid);
    await leave({ connection, reached });
  },
);

test('setProtocol while connected ends what was', withEngine, async () => {
  const { connection } = await online();
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { session } = cm;
  const { length } = cm.requests;
  connection.setProtocol();
  session.push(message(1));
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(cm.requests.length, length, 'no poll follows');
  connection.reset();
});

test('a subclass of Connection, with everything replaced', withEngine, async () => {
  const calls = [];
  class Mine extends Strophe.Connection {
    async connect(...args) {
      calls.push('connect');
      await null;
      return super.connect(...args);
    }
    disconnect(reason) {
      calls.push('disconnect');
      super.disconnect(reason);
    }
    _changeConnectStatus(status, condition, element) {
      calls.push(status);
      super._changeConnectStatus(status, condition, element);
    }
    _doDisconnect(condition) {
      calls.push('_doDisconnect');
      super._doDisconnect(condition);
    }
    nextValidRid(rid) {
      this.validRid = rid;
    }
  }
  const connection = new Mine(cm.url);
  const reached = (wanted) =>
    new Promise((resolve) => {
      connection.connect_callback = (status) => status === wanted && resolve();
    });
  await connection.connect('alice@localhost', 'alicepw', null);
  await reached(Strophe.Status.CONNECTED);
  assert.ok(connection.validRid > 0);
  connection.disconnect();
  await reached(Strophe.Status.DISCONNECTED);
  assert.deepEqual(calls, ['connect', 1, 5, 'disconnect', 7, '_doDisconnect', 6]);
});

test('numbers that programs set', () => {
  const before_ = [Strophe.TIMEOUT, Strophe.SECONDARY_TIMEOUT];
  assert.deepEqual(before_, [1.1, 0.1]);
  Strophe.TIMEOUT = 2;
  Strophe.Bosh.setSecondaryTimeoutMultiplier(3);
  assert.equal(Strophe.Bosh.getTimeoutMultplier(), 2);
  assert.equal(Strophe.SECONDARY_TIMEOUT, 3);
  [Strophe.TIMEOUT, Strophe.SECONDARY_TIMEOUT] = before_;
});
