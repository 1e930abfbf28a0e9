// SPDX-License-Identifier: MIT
// The transport of Node by itself, and what a client makes of a connection that died while idle.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { makeBadCertificates, makeCertificates } from '../../tests/servers/certificates.mjs';
import { freePort, privateDirectory } from '../../tests/servers/child.mjs';
import { folder, load, until, withEngine } from './package.mjs';

const { httpTransport } = await load('transport-node.js');
const { TransportError } = await load('transports.js');

let server, url;
/** What the server does with the next request. */
let behave;
/** Connections of clients, in their order, and how many requests each has had. */
let sockets;

before(async () => {
  server = http.createServer((request, response) => {
    sockets.set(request.socket, (sockets.get(request.socket) ?? 0) + 1);
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => behave(response, request, Buffer.concat(chunks).toString()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${server.address().port}/http-bind`;
  sockets = new Map();
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const request = (id, more = {}) => ({
  id,
  url,
  contentType: 'text/xml; charset=utf-8',
  body: new TextEncoder().encode('<body/>'),
  timeLimitMs: 60_000,
  responseBytesMax: 1000,
  ...more,
});

/** The error of a request that fails. */
async function failure(promise) {
  const error = await promise.then(assert.fail, (reason) => reason);
  assert.ok(error instanceof TransportError, String(error));
  return { kind: error.kind, isStale: error.isStale };
}

test('a request and its answer; connections stay open', async () => {
  sockets.clear();
  let seen;
  behave = (response, { method, headers, rawHeaders }, body) => {
    seen = { method, type: headers['content-type'], length: headers['content-length'], body };
    seen.names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
    response.writeHead(200, { 'Retry-After': 5, 'Set-Cookie': ['a=1', 'b=2'] }).end('<body ä/>');
  };
  const transport = httpTransport({ headers: { 'X-Mine': 'yes' } });
  const { status, body, headers } = await transport.submit(request(1));
  assert.equal(status, 200);
  assert.equal(body.toString(), '<body ä/>');
  assert.match(headers, /^retry-after: 5\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n/);
  const { names, ...rest } = seen;
  const type = 'text/xml; charset=utf-8';
  assert.deepEqual(rest, { method: 'POST', type, length: '7', body: '<body/>' });
  assert.deepEqual(
    names.filter((name) => name !== 'content-type').sort(),
    ['connection', 'content-length', 'host', 'x-mine'],
    'nothing of our own',
  );
  for (let id = 2; id < 5; id++) await transport.submit(request(id));
  assert.deepEqual([...sockets.values()], [4]);
});

test('a redirect is an answer', async () => {
  behave = (response) => response.writeHead(307, { Location: '/elsewhere' }).end();
  assert.equal((await httpTransport().submit(request(1))).status, 307);
});

test('what goes wrong, by its kind', async () => {
  const { submit } = httpTransport();
  const kind = async (more) => (await failure(submit(request(1, more)))).kind;
  assert.equal(await kind({ url: `http://127.0.0.1:${await freePort()}/` }), 'connect');
  for (const bad of ['http://[/', 'ftp://127.0.0.1/', 'no-url'])
    assert.equal(await kind({ url: bad }), 'url', bad);
  assert.equal(await kind({ url: 'http://nobody.invalid/' }), 'dns');
  behave = (response) => response.socket.resetAndDestroy();
  assert.equal(await kind(), 'reset');
  behave = (response) => {
    response.writeHead(200, { 'Content-Length': 1000 });
    response.write('<body ', () => response.destroy());
  };
  assert.equal(await kind(), 'reset');
  behave = (response) => response.write('x'.repeat(1001));
  assert.equal(await kind(), 'too-large');
  behave = () => {};
  assert.equal(await kind({ timeLimitMs: 50 }), 'timeout');
  behave = (response) => response.write('<body ');
  assert.equal(await kind({ timeLimitMs: 50 }), 'timeout');
  assert.equal(await kind({ url: url.replace('http', 'https') }), 'tls');
});

test('a request that is given up takes idle connections along', async () => {
  for (const how of ['cancel', 'time-out']) {
    sockets.clear();
    const { submit, cancel } = httpTransport();
    const waiting = [];
    behave = (response) => {
      if (waiting.push(response) === 2) for (const one of waiting) one.end('<body/>');
    };
    await Promise.all([submit(request(1)), submit(request(2))]);
    behave = () => how === 'cancel' && cancel(3);
    const timeLimitMs = how === 'cancel' ? 60_000 : 50;
    await failure(submit(request(3, { timeLimitMs })));
    behave = (response) => response.end('<body/>');
    await submit(request(4));
    assert.deepEqual([...sockets.values()].sort(), [1, 1, 2], `${how}: the last on a new one`);
  }
});

test('an answer that is none', async (t) => {
  const nonsense = createServer((socket) => socket.end('220 mail.example.org ESMTP\r\n'));
  t.after(() => nonsense.close());
  await once(nonsense.listen(0, '127.0.0.1'), 'listening');
  const at = `http://127.0.0.1:${nonsense.address().port}/`;
  const { kind } = await failure(httpTransport().submit(request(1, { url: at })));
  assert.equal(kind, 'reset');
});

test('certificates that nobody should accept', async (t) => {
  const directory = privateDirectory('transport');
  const { ca, cert, key } = makeCertificates(directory);
  const certificates = { good: { cert, key }, ...makeBadCertificates(directory) };
  const urls = await Promise.all(
    Object.values(certificates).map(async (files) => {
      const options = { cert: readFileSync(files.cert), key: readFileSync(files.key) };
      const secure = https.createServer(options, (_, response) => response.end('<body/>'));
      t.after(() => secure.close().closeAllConnections());
      await once(secure.listen(0, '127.0.0.1'), 'listening');
      return `https://127.0.0.1:${secure.address().port}/`;
    }),
  );
  const transport = pathToFileURL(join(folder, 'transport-node.js'));
  const program = `
    import { httpTransport } from ${JSON.stringify(transport)};
    const ends = process.argv.slice(1).map((url, id) => httpTransport()
      .submit({ id, url, contentType: 'text/xml', body: new Uint8Array(), timeLimitMs: 60000,
        responseBytesMax: 1000 })
      .then(({ status }) => status, ({ kind }) => kind));
    console.log((await Promise.all(ends)).join());
    process.exit();`;
  // Node reads what else it trusts when it starts.
  for (const [env, expected] of [
    [{ NODE_EXTRA_CA_CERTS: ca }, '200,certificate,certificate,certificate'],
    [{}, 'certificate,certificate,certificate,certificate'],
  ]) {
    const parameters = ['--input-type=module', '-e', program, ...urls];
    const { stdout } = await promisify(execFile)(process.execPath, parameters, { env });
    assert.equal(stdout.trim(), expected);
  }
});

test('a request given up is broken off', async () => {
  const transport = httpTransport();
  const closed = new Promise((resolve) => {
    behave = (response) => {
      response.on('close', resolve);
      transport.cancel(7);
    };
  });
  await failure(transport.submit(request(7)));
  await closed;
  transport.cancel(7);
});

test('a second connection, opened in time', async () => {
  sockets.clear();
  const methods = [];
  const held = [];
  behave = (response, { method }) => {
    methods.push(method);
    if (method === 'OPTIONS') response.end();
    else held.push(response);
  };
  const transport = httpTransport();
  assert.equal(transport.isWarm(), false);
  const first = transport.submit(request(1));
  transport.warm(url);
  await until(() => methods.length === 2 && held.length === 1);
  assert.equal(transport.isWarm(), false, 'one of the two carries a request');
  held.pop().end();
  await first;
  assert.equal(transport.isWarm(), true, 'at once');
  await until(() => transport.isWarm());
  const both = [transport.submit(request(2)), transport.submit(request(3))];
  await until(() => held.length === 2);
  assert.equal(sockets.size, 2);
  for (const response of held) response.end();
  await Promise.all(both);
  for (const socket of sockets.keys()) socket.destroy();
  await until(() => !transport.isWarm());
  transport.warm('http://[/');
});

test('a connection that dies while it is idle is stale', async () => {
  behave = (response) => response.end('<body/>');
  const { submit } = httpTransport();
  await submit(request(1));
  behave = (response) => response.socket.destroy();
  assert.deepEqual(await failure(submit(request(2))), { kind: 'reset', isStale: true });
  assert.deepEqual(await failure(submit(request(3))), { kind: 'reset', isStale: false }, 'new');
  behave = (response) => response.end('<body/>');
  await submit(request(4));
  behave = (response) => {
    response.writeHead(200, { 'Content-Length': 1000 });
    response.write('<body ', () => response.socket.destroy());
  };
  assert.deepEqual(await failure(submit(request(5))), { kind: 'reset', isStale: false }, 'begun');
});

test('a client repeats what was stale at once', withEngine, async () => {
  const delays = [];
  for (const isStale of [false, true]) {
    const engine = await (await load('engine-node.js')).loadEngine();
    const submit = async () => {
      throw Object.assign(new TransportError('reset', 'broken'), { isStale });
    };
    const transport = { submit, cancel() {} };
    const client = engine.client({ url, jid: 'a@localhost', password: 'p', transport });
    const told = new Promise((resolve) => client.on('retry', resolve));
    client.connect();
    delays.push((await told).delayMs);
    client.free();
  }
  assert.ok(delays[0] >= 50, `${delays[0]}`);
  assert.equal(delays[1], 0);
});

test('idle connections keep no program alive', async () => {
  behave = (response) => response.end('<body/>');
  server.keepAliveTimeout = 120_000;
  const program = `
    import { httpTransport } from ${JSON.stringify(join(folder, 'transport-node.js'))};
    const request = ${JSON.stringify(request(1, { body: '<body/>' }))};
    const { status } = await httpTransport().submit(request);
    console.log(status);`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', program],
    { timeout: 20_000 },
  );
  assert.equal(stdout, '200\n');
});
