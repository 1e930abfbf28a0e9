// SPDX-License-Identifier: MIT
// Whoever carries the requests, programs see the same of them.

import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { join } from 'node:path';
import { startManager } from '../../tests/servers/cm.mjs';
import { XMLHttpRequest } from '../../tests/wasm/xhr.mjs';
import { api, folder, load, recorded, until, withEngine } from './package.mjs';

const { Strophe, $msg } = api;
const { Request } = Strophe;
const { _newXHR: own } = Request.prototype;
const { useEngine } = await load('strophe/bosh.js');
const engineOf = async (platform) => {
  const { default: createModule } = await load('libbosh.js');
  const { Engine } = await load('engine.js');
  const binary = readFileSync(join(folder, 'libbosh.wasm'));
  const { Client } = await load('program.js');
  return Engine.create(createModule, binary, { Client, crypto: webcrypto, ...platform });
};
let cm;

before(async () => (cm = await startManager()));
after(() => cm.stop());
afterEach(() => {
  Request.prototype._newXHR = own;
  delete globalThis.XMLHttpRequest;
  cm.script = null;
  cm.requests.length = 0;
});

/** What a page has: Emscripten's fetch makes XMLHttpRequests. */
const inPage = () => {
  globalThis.XMLHttpRequest = XMLHttpRequest;
  XMLHttpRequest.all.length = 0;
  useEngine(() => engineOf({}));
};
const inNode = async () => {
  const { httpTransport } = await load('transport-node.js');
  useEngine(() => engineOf({ transport: httpTransport }), httpTransport);
};
const byFetch = async () => {
  const { fetchTransport } = await load('transports.js');
  useEngine(() => engineOf({ transport: fetchTransport }));
};
/** An XMLHttpRequest that answers with text, like those that programs bring. */
class TextRequest extends XMLHttpRequest {
  get responseText() {
    return new TextDecoder().decode(this.response);
  }
}
const replaced = () => {
  Request.prototype._newXHR = function () {
    const xhr = new TextRequest();
    xhr.onreadystatechange = this.func.bind(null, this);
    return xhr;
  };
};
const ofProgram = (made) => ({
  cancel() {},
  async submit({ url, body }) {
    made.push(url);
    const response = await fetch(url, { method: 'POST', body });
    return { status: response.status, body: await response.text(), headers: 'x-made: yes' };
  },
});

/** How each is chosen, and who has made how many requests. */
const cases = {
  'Emscripten in a page': async () => (inPage(), { made: () => XMLHttpRequest.all.length }),
  'node:http in Node': async () => (await inNode(), {}),
  'node:http in Node, with customHeaders': async () => {
    await inNode();
    const options = { customHeaders: { 'x-mine': 'yes' } };
    return { options, made: () => cm.requests.filter((one) => one.headers['x-mine']).length };
  },
  'fetch in Node': async () => (await byFetch(), {}),
  'fetch in a page, for customHeaders': async () => {
    inPage();
    const options = { customHeaders: { 'x-mine': 'yes' } };
    return { options, made: () => cm.requests.filter((one) => one.headers['x-mine']).length };
  },
  'fetch in a page, for sync': async () => (inPage(), { options: { sync: true } }),
  'what _newXHR makes': async () => {
    inPage();
    replaced();
    const { all } = XMLHttpRequest;
    return { made: () => all.filter((one) => one instanceof TextRequest).length };
  },
  'an object of the program': async () => {
    const urls = [];
    return { options: { transport: ofProgram(urls) }, made: () => urls.length };
  },
};

for (const [name, prepare] of Object.entries(cases))
  test(name, withEngine, async () => {
    const { options, made = () => cm.requests.length } = await prepare();
    const { connection, statuses, connect, reached } = recorded(cm.url, options);
    const seen = { xmlInput: [], xmlOutput: [], rawInput: [], rawOutput: [] };
    for (const hook of Object.keys(seen)) connection[hook] = (one) => seen[hook].push(one);
    const errors = [];
    connection.addProtocolErrorHandler('HTTP', 500, (status) => errors.push(status));
    connect();
    await reached('CONNECTED');
    const { _proto: proto } = connection;
    assert.equal(proto.sid, cm.session.sid);
    assert.match(proto.lastResponseHeaders, /^(content-type|x-made): /im);
    await until(() => proto._requests.length === 1, 5000);
    assert.equal(proto.rid, proto._requests[0].rid + 1);

    let failures = 1;
    cm.script = (_xml, response) => failures-- > 0 && (response.writeHead(500).end(), true);
    connection.send($msg({ id: 'x' }));
    await until(() => cm.received.join().includes('id="x"'));
    assert.deepEqual(errors, [500]);

    connection.disconnect();
    await reached('DISCONNECTED');
    assert.deepEqual(
      statuses.map(([one]) => one),
      ['CONNECTING', 'CONNECTED', 'DISCONNECTING', 'DISCONNECTED'],
    );
    assert.equal(made(), cm.requests.length, 'who has carried them');
    const [input, output] = [seen.rawInput.join(), seen.rawOutput.join()];
    assert.match(input, / sid=.*<success.*type='terminate'/s);
    assert.match(output, / ver=.*<auth.*id="x".*type='terminate'/s);
    assert.equal(seen.xmlInput.length, seen.rawInput.length);
    assert.equal(seen.xmlOutput.at(-1).getAttribute('type'), 'terminate');
    await until(() => proto._requests.length === 0);
    cm.received.length = 0;
  });

test('the connection that is open is for the first request', withEngine, async (t) => {
  inPage();
  const { fetch } = globalThis;
  t.after(() => (globalThis.fetch = fetch));
  /** Requests of the page when the second connection is opened. */
  let before = -1;
  globalThis.fetch = async (url, options) => {
    assert.equal(options.method, 'OPTIONS');
    before = XMLHttpRequest.all.length;
    return new globalThis.Response();
  };
  const { connection, connect, reached } = recorded(cm.url);
  connect();
  await reached('CONNECTED');
  assert.ok(before > 0, `${before} requests went before it`);
  connection.disconnect();
  await reached('DISCONNECTED');
});

test('sync may be set at any time, for the requests that follow', withEngine, async (t) => {
  inPage();
  const { fetch } = globalThis;
  t.after(() => (globalThis.fetch = fetch));
  const kept = [];
  globalThis.fetch = (url, options) => {
    if (options.keepalive) kept.push(new TextDecoder().decode(options.body));
    return fetch(url, options);
  };
  const { connection, connect, reached } = recorded(cm.url);
  connect();
  await reached('CONNECTED');
  assert.equal(kept.length, 0);
  await new Promise((resolve) => setTimeout(resolve, 150)); // the order guard (HOLD-4)
  connection.options.sync = true;
  connection.send($msg({ id: 'last' }));
  connection.disconnect();
  assert.match(kept.join(), /id="last".*type='terminate'|type='terminate'.*id="last"/s, 'at once');
  await reached('DISCONNECTED');
});

test('a hook may end everything, whoever carries the requests', withEngine, async () => {
  for (const page of [true, false])
    for (const act of ['disconnect', 'reset']) {
      if (page) inPage();
      else await inNode();
      const { connection, connect, reached } = recorded(cm.url);
      connect();
      await reached('CONNECTED');
      connection.rawInput = () => {
        connection.rawInput = () => {};
        connection[act]();
      };
      cm.session.push(`<message xmlns='jabber:client'/>`);
      await until(() => !connection.connected);
    }
});

test('an engine that fails while Emscripten has requests under way', withEngine, async (t) => {
  const wrong = [];
  const note = (error) => wrong.push(error);
  process.on('uncaughtException', note);
  t.after(() => process.off('uncaughtException', note));
  inPage();
  let engine;
  useEngine(async () => (engine = await engineOf({})));
  const { connection, statuses, connect, reached } = recorded(cm.url);
  connect();
  await reached('CONNECTED');
  await until(() => connection._proto._requests.length);
  const { session } = cm;
  assert.throws(() => engine.call('pump', 0xfffffff0), /failed/);
  await reached('DISCONNECTED');
  assert.deepEqual(statuses.at(-2), ['CONNFAIL', 'engine-error']);
  session.push(`<message xmlns='jabber:client'/>`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(wrong.map(String), []);
  statuses.length = 0;
  connect();
  await reached('CONNECTED');
  connection.disconnect();
  await reached('DISCONNECTED');
});
