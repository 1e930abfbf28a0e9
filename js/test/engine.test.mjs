// SPDX-License-Identifier: MIT
// An engine that cannot be loaded, and one that fails.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startManager } from '../../tests/servers/cm.mjs';
import { api, load, recorded, said, withEngine } from './package.mjs';

let cm, useEngine;
before(async () => {
  cm = await startManager();
  ({ useEngine } = await load('strophe/bosh.js'));
});
after(() => cm.stop());

test('an engine that cannot be loaded; the next connect tries again', withEngine, async () => {
  const { loadEngine } = await load('engine-node.js');
  let tries = 0;
  useEngine(() => {
    if (++tries === 1) return Promise.reject(new Error('blocked'));
    return loadEngine();
  });
  const { connection, statuses, connect, reached } = recorded(cm.url);
  connect();
  await reached('DISCONNECTED');
  assert.deepEqual(statuses, [
    ['CONNECTING', null],
    ['CONNFAIL', 'engine-unavailable'],
    ['DISCONNECTED', 'engine-unavailable'],
  ]);
  assert.match(said.join(), /wasm-unsafe-eval.*blocked/);
  statuses.length = 0;
  connect();
  await reached('CONNECTED');
  connection.disconnect();
  await reached('DISCONNECTED');
});

test('calls made before the engine is there are applied in order', withEngine, async () => {
  const { loadEngine } = await load('engine-node.js');
  /** @type {(value?: any) => void} */
  let release = () => {};
  const gate = new Promise((resolve) => (release = resolve));
  useEngine(() => gate.then(() => loadEngine()));
  const given_up = recorded(cm.url);
  given_up.connect();
  given_up.connection.disconnect();
  const { connection, connect, reached } = recorded(cm.url);
  connect();
  for (const id of ['1', '2', '3']) connection.send(api.$msg({ id }));
  cm.received.length = 0;
  release();
  await reached('CONNECTED');
  connection.disconnect();
  await reached('DISCONNECTED');
  assert.match(cm.received.join(), /id="1".*id="2".*id="3"/);
  assert.equal(given_up.statuses.length, 3);
});

test('an engine that fails ends its sessions; the next gets a new one', withEngine, async () => {
  const { loadEngine } = await load('engine-node.js');
  const engines = [];
  useEngine(async () => engines[engines.push(await loadEngine()) - 1]);
  const { statuses, connect, reached, connection } = recorded(cm.url);
  connect();
  await reached('CONNECTED');
  // No client lives at this address: the module traps.
  assert.throws(() => engines[0].call('pump', 0xfffffff0), /failed/);
  await reached('DISCONNECTED');
  assert.deepEqual(statuses.slice(2), [
    ['CONNFAIL', 'engine-error'],
    ['DISCONNECTED', 'engine-error'],
  ]);
  statuses.length = 0;
  connect();
  await reached('CONNECTED');
  assert.equal(engines.length, 2);
  connection.disconnect();
  await reached('DISCONNECTED');
});

test('an engine that fails at once is told once', withEngine, async () => {
  const { loadEngine } = await load('engine-node.js');
  useEngine(async () => {
    const engine = await loadEngine();
    const { client: make } = engine;
    engine.client = (options) => {
      const client = make.call(engine, options);
      client.connect = () => engine.call('pump', 0xfffffff0);
      return client;
    };
    return engine;
  });
  const { statuses, connect, reached } = recorded(cm.url);
  connect();
  await reached('DISCONNECTED');
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(statuses.slice(1), [
    ['CONNFAIL', 'engine-error'],
    ['DISCONNECTED', 'engine-error'],
  ]);
});

test('in a page the engine is loaded at once, silently', withEngine, async (t) => {
  const { loadEngine } = await load('engine-node.js');
  const wrong = [];
  const note = (error) => wrong.push(error);
  process.on('unhandledRejection', note);
  t.after(() => {
    process.off('unhandledRejection', note);
    delete globalThis.location;
    useEngine(() => loadEngine());
  });
  const asked = [];
  let isBroken = false;
  const loader = (options) => {
    asked.push(options.wasmUrl);
    return isBroken ? Promise.reject(new Error('blocked')) : loadEngine();
  };
  useEngine(loader);
  assert.deepEqual(asked, [], 'on a server there may be nobody who connects');

  const session = async (options, ...expected) => {
    const { connection, statuses, connect, reached } = recorded(cm.url, options);
    connect();
    await Promise.race([reached('CONNECTED'), reached('DISCONNECTED')]);
    assert.deepEqual(statuses.at(-1), expected);
    connection.disconnect();
    await reached('DISCONNECTED');
  };
  globalThis.location = new URL(cm.url);
  useEngine(loader);
  assert.deepEqual(asked.splice(0), [undefined]);
  await session({}, 'CONNECTED', null);
  await session({}, 'CONNECTED', null);
  assert.deepEqual(asked.splice(0), []);
  await session({ wasmUrl: '/elsewhere.wasm' }, 'CONNECTED', null);
  assert.deepEqual(asked.splice(0), ['/elsewhere.wasm'], 'taken at its word');

  said.length = 0;
  isBroken = true;
  useEngine(loader);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(said, []);
  await session({}, 'DISCONNECTED', 'engine-unavailable');
  assert.match(said.join(), /blocked/);
  assert.equal(asked.splice(0).length, 2);
  isBroken = false;
  await session({}, 'CONNECTED', null);
  assert.equal(asked.splice(0).length, 1);

  isBroken = true;
  useEngine(loader);
  isBroken = false;
  await session({}, 'CONNECTED', null);
  assert.equal(asked.splice(0).length, 2, 'connect tries again');
  assert.deepEqual(wrong, []);
});
