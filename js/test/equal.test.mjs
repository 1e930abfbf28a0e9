// SPDX-License-Identifier: MIT
// Received stanzas as Elements: equal to what a parser makes of the same bytes, here with the light
// DOM, in page.test.mjs with a browser's.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { PAYLOADS, body, compare, generate, payloads, scripted } from './equal.mjs';
import { api, load, withEngine } from './package.mjs';

const { Strophe } = api;
const corpus = new URL('../../tests/fuzz/corpus/reader/', import.meta.url);

const ways = {
  grown: {},
  'made by methods': { grow: undefined },
  copied: { grow: undefined, isCopying: true },
};
for (const [way, changes] of Object.entries(ways))
  test(`Elements equal those of a parser, ${way}`, withEngine, async () => {
    const { loadEngine } = await load('engine-node.js');
    const { Stanza } = await load('element.js');
    const { dom, useDom } = await load('dom.js');
    const usual = dom();
    useDom({ ...usual, ...changes });
    const texts = readdirSync(corpus).map((name) =>
      readFileSync(new URL(name, corpus)).subarray(1).toString(),
    );
    const answers = generate(100, 1);
    const expected = PAYLOADS * answers.length;
    const more = payloads(texts, answers.length);
    const { equal, different } = await compare(await loadEngine(), Stanza, Strophe.xmlHtmlNode, [
      ...answers,
      ...more,
    ]);
    useDom(usual);
    assert.deepEqual(different.slice(0, 3), []);
    assert.equal(equal, expected + more.length);
  });

test('what a program does to an Element is not in the next one', withEngine, async () => {
  const { Stanza } = await load('element.js');
  const { loadEngine } = await load('engine-node.js');
  const { dom, useDom } = await load('dom.js');
  const usual = dom();
  useDom({ ...usual, isCopying: true });
  const one = (/** @type {number} */ i) =>
    `<message id='${i % 4}' xmlns='jabber:client'><body>${i % 3}</body><x xmlns='u'/></message>`;
  const client = (await loadEngine()).client({
    url: 'https://localhost/',
    jid: 'a@localhost',
    password: 'p',
    transport: scripted([body(Array.from({ length: 20 }, (_, i) => one(i)).join(''))]),
  });
  /** @type {string[]} */
  const seen = [];
  const all = new Promise((resolve) =>
    client.handle({ name: 'message' }, (/** @type {any} */ received) => {
      const { element } = new Stanza(received.body, received.place);
      seen.push(element.outerHTML);
      element.setAttribute('id', 'mine');
      element.parentNode.setAttribute('n', 'mine');
      element.replaceChildren();
      if (seen.length === 20) resolve(undefined);
    }),
  );
  await client.connect();
  await all;
  client.free();
  useDom(usual);
  assert.deepEqual(
    seen,
    seen.map((_, i) => one(i).replaceAll("'", '"')),
  );
});

test('the engine alone: prefixes and declarations do not show', withEngine, async () => {
  const { loadEngine } = await load('engine-node.js');
  const client = (await loadEngine()).client({
    url: 'https://localhost/',
    jid: 'a@localhost',
    password: 'p',
    transport: scripted([
      body(
        `<m:message xmlns:m='jabber:client' xml:lang='de' m:id='1' id='2'>` +
          `<x xmlns='u' y='3'/></m:message>`,
      ),
    ]),
  });
  const received = new Promise((resolve) => client.handle({ name: 'message' }, resolve));
  await client.connect();
  const { name, namespace, attributes, nodes } = await received;
  client.free();
  assert.deepEqual([name, namespace], ['message', 'jabber:client']);
  assert.deepEqual(attributes, [
    { namespace: 'http://www.w3.org/XML/1998/namespace', name: 'lang', value: 'de' },
    { namespace: 'jabber:client', name: 'id', value: '1' },
    { namespace: '', name: 'id', value: '2' },
  ]);
  assert.deepEqual(nodes[0].attributes, [{ namespace: '', name: 'y', value: '3' }]);
});
