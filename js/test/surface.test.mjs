// SPDX-License-Identifier: MIT
// Every name of Strophe.js 5 is here too, or is left out on purpose and the documentation says so.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { api } from './package.mjs';
import { surface } from './surface.mjs';

const read = (file) => readFileSync(new URL(file, import.meta.url), 'utf8');
const recorded = JSON.parse(read('strophe-5.json')).surface;
const said = read('../../docs/strophe-compatibility.md');
const ours = new Set(surface(api));

/** Whole classes, which throw by name (docs: "Never there"). */
const absent = /^Strophe\.(\w*Websocket|Component\w*|StreamManagement|\w+StorageBackend)#/;

test('no name of Strophe.js is missing unnoticed', () => {
  const missing = recorded.filter((name) => !ours.has(name) && !absent.test(name));
  const isSaid = (name) => said.includes(`\`${name}\``) || said.includes(`\`${name}()\``);
  const unsaid = missing.filter((name) => !isSaid(name.replace(/^.*[#.]/, '')));
  assert.deepEqual(unsaid, []);
});

test('what is said to be left out is', () => {
  const [, list] = /<!-- left out -->([^]*?)<!-- -->/.exec(said);
  const names = Array.from(list.matchAll(/`(\w+)`/g), ([, name]) => name);
  assert.ok(names.length > 0);
  const there = [...ours].map((name) => name.replace(/^.*[#.]/, ''));
  assert.deepEqual(
    names.filter((name) => there.includes(name)),
    [],
  );
});

test('private parts that there is nothing behind throw by name', () => {
  const connection = new api.Strophe.Connection('http://127.0.0.1/');
  assert.throws(() => connection._establishSession(), /Connection\._establishSession is not part/);
  assert.throws(() => connection._proto._restartRequest(), /Bosh\._restartRequest is not part/);
  assert.throws(() => api.Strophe.Connection.addProtocol('smoke', class {}), /smoke/);
});
