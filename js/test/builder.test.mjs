// SPDX-License-Identifier: MIT
// Builders where there is no Strophe to compare with: it hangs, or its DOM has bugs of its own.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { $msg, Builder, Stanza, Strophe, b64_sha1, stx } from '../node.js';

Strophe.setLogLevel(Strophe.LogLevel.FATAL);

test('h keeps what is inside of tags that are not allowed', () => {
  const one = $msg().c('body').h('<p>a<b>c</b></p><script>d</script>');
  assert.equal(one.node.outerHTML ?? '', '<body><p>ac</p>d</body>');
});

test('c with a bad name throws and changes nothing', () => {
  const one = $msg();
  assert.throws(() => one.c('no name'), { name: 'InvalidCharacterError' });
  assert.equal(one.toString(), '<message xmlns="jabber:client"/>');
});

test('builders and stanzas can be subclassed, with another tree', () => {
  class Mine extends Builder {
    buildTree() {
      return Strophe.xmlElement('mine');
    }
  }
  assert.equal(new Mine('x').c('y').root().t('z').toString(), '<mine><y/>z</mine>');
  assert.ok(stx`<a/>` instanceof Stanza && stx`<a/>` instanceof Builder);
  assert.throws(() => Builder('x'), TypeError);
});

test('an element of one tree is copied into another', () => {
  const inner = Strophe.toElement('<x xmlns="u"><y/></x>');
  const outer = $msg().cnode(inner);
  outer.node.setAttribute('changed', '1');
  assert.equal(inner.hasAttribute('changed'), false);
  assert.equal(outer.node.namespaceURI, 'u');
});

test('the namespaces of the seven globals are ours', () => {
  for (const name of ['Strophe', '$build', '$iq', '$msg', '$pres', 'stx', 'toStanza'])
    assert.ok(globalThis[name], name);
  assert.equal(globalThis.Strophe, Strophe);
});

test('b64_sha1', () => {
  for (const text of ['', 'abc', 'a'.repeat(55), 'a'.repeat(56), 'a'.repeat(1000), 'ü👍']) {
    const expected = createHash('sha1').update(text).digest('base64');
    assert.equal(b64_sha1(text), expected);
  }
});

test('a replaced Strophe.log hears the library', () => {
  const { log } = Strophe;
  const heard = [];
  Strophe.log = (level, message) => heard.push([level, message]);
  try {
    Strophe.toElement('<message/>');
    Strophe.warn('mine');
  } finally {
    Strophe.log = log;
  }
  assert.deepEqual(heard, [
    [Strophe.LogLevel.ERROR, 'Invalid namespaceURI null'],
    [Strophe.LogLevel.WARN, 'mine'],
  ]);
  assert.throws(() => Strophe.setLogLevel(5), /Invalid log level/);
});
