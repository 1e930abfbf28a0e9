// SPDX-License-Identifier: MIT
// In a real browser: the same answers as in Node, and a session in which received stanzas are
// harmless Elements. Skipped where there is no Chromium.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { findProgram, privateDirectory, removeDirectory } from '../../tests/servers/child.mjs';
import { startManager } from '../../tests/servers/cm.mjs';
import { cases } from './cases.mjs';
import { folder, isInstalled, withEngine } from './package.mjs';

const skip = withEngine.skip || (!isInstalled('chromium') && 'no chromium');
const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};
const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const recorded = JSON.parse(readFileSync(new URL('strophe-5.json', import.meta.url), 'utf8'));
/** What asks for the picture in a hostile stanza. */
const hostile = '/hostile.png';
let cm, server, child, directory, result;
/** Every path that the browser has asked for. @type {string[]} */
const asked = [];

/** A file of examples/web-minimal. @param {string} file */
function minimal(file) {
  const text = readFileSync(new URL(`../../examples/web-minimal/${file}`, import.meta.url));
  return [types[extname(file)], text];
}

/** The documents of the fuzzers of core/xml; their first bytes are none of theirs. */
function corpus() {
  const place = new URL('../../tests/fuzz/corpus/reader/', import.meta.url);
  return readdirSync(place).map((name) =>
    readFileSync(new URL(name, place)).subarray(1).toString(),
  );
}

/** @param {string} path */
function read(path) {
  if (path === '/')
    return ['text/html', '<!DOCTYPE html><script type=module src=/test/page.mjs></script>'];
  if (path === '/corpus') return ['application/json', JSON.stringify(corpus())];
  if (path.startsWith('/minimal/')) return minimal(path.slice(9) || 'index.html');
  const place = path.startsWith('/test/')
    ? new URL(`.${path.slice(5)}`, import.meta.url)
    : join(folder, path.replace(/^\/libbosh\//, '/'));
  return [types[extname(path)], readFileSync(place)];
}

before(async () => {
  if (skip) return;
  cm = await startManager();
  /** @type {(value: any) => void} */
  let told = () => {};
  result = new Promise((resolve) => (told = resolve));
  server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    asked.push(request.url);
    if (request.url === '/result') {
      response.end();
      return told(JSON.parse(body));
    }
    if (request.method === 'OPTIONS') return response.end();
    if (request.url === '/xmpp-httpbind') {
      const answer = await fetch(cm.url, { method: 'POST', body }).catch(() => null);
      return response.end(answer ? await answer.text() : undefined);
    }
    try {
      const [type, text] = read(request.url);
      response
        .writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': policy })
        .end(text);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cm.onStanzas = (xml, session) => {
    // What the smallest page sends comes back.
    if (xml.includes('to="echo@localhost"')) session.push(xml.replace('to=', 'from='));
    if (!xml.includes('ready')) return;
    session.push(
      `<message xmlns='jabber:client' from='bob@localhost/r' id='7' xml:lang='de'>` +
        `<body>a &lt;b&gt; \u{1F44D}</body>` +
        `<html xmlns='http://jabber.org/protocol/xhtml-im'>` +
        `<body xmlns='http://www.w3.org/1999/xhtml'>` +
        `<img src='${hostile}' onerror='globalThis.hacked = 1'/>` +
        `<script>globalThis.hacked = 1</script></body></html></message>`,
    );
  };
  directory = privateDirectory('chromium');
  child = spawn(
    findProgram('chromium'),
    [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-extensions'],
      ...[`--user-data-dir=${directory}`, '--remote-debugging-port=0'],
      `http://127.0.0.1:${server.address().port}/`,
    ],
    // A group of its own: all of its processes have to go, or one still writes to its folder.
    { stdio: 'ignore', detached: true },
  );
});

after(async () => {
  if (skip) return;
  process.kill(-child.pid, 'SIGKILL');
  await once(child, 'exit');
  server.closeAllConnections();
  server.close();
  await cm.stop();
  removeDirectory(directory);
});

test('a login that the program steers', { skip, timeout: 60_000 }, async () => {
  const { steered } = await result;
  assert.deepEqual(steered, { statuses: [1, 11, 5, 7, 6], jid: 'alice@localhost/late' });
});

test('the same answers as in Node', { skip, timeout: 60_000 }, async () => {
  const { answers, failure } = await result;
  assert.equal(failure, undefined);
  for (const { name, differs, ours } of cases)
    assert.deepEqual(answers[name], differs ? ours : recorded[name], name);
});

test(
  'a session; what arrives is an Element that does nothing',
  { skip, timeout: 60_000 },
  async () => {
    const { session, stanza } = await result;
    assert.deepEqual(session, [1, 5, 7, 6]);
    assert.deepEqual(stanza, {
      isElement: true,
      isEqual: true,
      isInert: true,
      hacked: false,
      text: 'a <b> \u{1F44D}',
    });
    assert.equal(asked.includes(hostile), false);
  },
);

test('the smallest chat page of the examples', { skip, timeout: 60_000 }, async () => {
  const { minimal: seen } = await result;
  assert.deepEqual(seen, ['me: Hi <there>', 'echo@localhost: Hi <there>']);
});

test('Elements equal those of DOMParser', { skip, timeout: 60_000 }, async () => {
  const { equality } = await result;
  assert.deepEqual(equality, { missing: 0, different: [] });
});
