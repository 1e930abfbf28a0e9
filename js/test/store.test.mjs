// SPDX-License-Identifier: MIT
// The stored session: Strophe's key and shape, and storage that does not work.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { Strophe } from '../node.js';
import { canStore, forgetSession, loadSession, saveSession } from '../strophe/store.js';

Strophe.setLogLevel(Strophe.LogLevel.FATAL);

/** A sessionStorage. @param {object} [broken] methods that replace its own */
function provide(broken = {}) {
  const items = new Map();
  const value = {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, text) => items.set(key, text),
    removeItem: (key) => items.delete(key),
    ...broken,
  };
  Object.defineProperty(globalThis, 'sessionStorage', {
    value,
    configurable: true,
    writable: true,
  });
  return items;
}

afterEach(() => delete globalThis.sessionStorage);

const session = { jid: 'a@b/c', rid: 7, sid: 's' };
const fails = () => {
  throw new Error('QuotaExceededError');
};

test('saved, loaded, forgotten', () => {
  const items = provide();
  saveSession(session);
  assert.equal(items.get('strophe-bosh-session'), '{"jid":"a@b/c","rid":7,"sid":"s"}');
  for (const jid of [undefined, null, 'a@b', 'a@b/other', 'b'])
    assert.deepEqual(loadSession(jid), session);
  for (const jid of ['x@b', 'c']) assert.equal(loadSession(jid), null);
  forgetSession();
  assert.equal(loadSession(), null);
});

test('what is stored may be anything', () => {
  const items = provide();
  for (const text of ['', '{', 'null', '7', '{"jid":"a@b"}', '{"jid":"a@b","sid":"s","rid":"7"}']) {
    items.set('strophe-bosh-session', text);
    assert.equal(loadSession(), null, text);
  }
});

test('storage that is full, or not there, throws nothing', () => {
  assert.equal(canStore(), false);
  saveSession(session);
  forgetSession();
  assert.equal(loadSession(), null);
  provide({ setItem: fails, removeItem: fails });
  assert.equal(canStore(), false);
  saveSession(session);
  forgetSession();
  provide();
  assert.equal(canStore(), true);
});
