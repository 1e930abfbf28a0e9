// SPDX-License-Identifier: MIT
// The light DOM.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lightDom } from '../dom/light.js';
import { XMLSerializer } from '../dom/serialize.js';

const XML = 'http://www.w3.org/XML/1998/namespace';
const parse = (xml) => lightDom.parse(xml);
const root = (xml) => parse(xml).documentElement;
const again = (node) => new XMLSerializer().serializeToString(node);

test('names and namespaces', () => {
  const a = root(
    '<a xmlns="u" xmlns:p="v" p:x="1" x="2" xml:lang="de">' +
      '<p:b/><c xmlns=""/><p:d xmlns:p="w"/></a>',
  );
  assert.deepEqual([a.namespaceURI, a.prefix, a.localName, a.tagName], ['u', null, 'a', 'a']);
  assert.deepEqual([a.getAttribute('p:x'), a.getAttribute('x')], ['1', '2']);
  assert.deepEqual([a.getAttributeNS('v', 'x'), a.getAttributeNS(null, 'x')], ['1', '2']);
  assert.equal(a.getAttributeNS(XML, 'lang'), 'de');
  assert.deepEqual(
    a.children.map((child) => [child.namespaceURI, child.prefix, child.localName, child.tagName]),
    [
      ['v', 'p', 'b', 'p:b'],
      [null, null, 'c', 'c'],
      ['w', 'p', 'd', 'p:d'],
    ],
  );
  assert.equal(a.lookupNamespaceURI('p'), 'v');
  assert.equal(a.lookupNamespaceURI(null), 'u');
});

test('references and line ends', () => {
  const a = root('<a b="1\t2&#9;3">&lt;&#65;&#x1F44D;\r\n&quot;\r</a>');
  assert.equal(a.textContent, '<A👍\n"\n');
  assert.equal(a.getAttribute('b'), '1 2\t3');
});

test('what is not XML gives a parsererror', () => {
  const bad = [
    ...[
      '',
      ' ',
      'x',
      '<a>',
      '</a>',
      '<a></b>',
      '<a/><b/>',
      '<a/>x',
      '<a b/>',
      '<a b=c/>',
      '<a b="1"b="2"/>',
    ],
    ...[
      '<a b="1" b="2"/>',
      '<a b="<"/>',
      '<a>&no;</a>',
      '<a>&</a>',
      '<a>&#0;</a>',
      '<a>&#x110000;</a>',
    ],
    ...[
      '<a>\x01</a>',
      '<a>\ud800</a>',
      '<a>]]></a>',
      '<a><!-- -- --></a>',
      '<p:a/>',
      '<a p:b=""/>',
      '<1/>',
    ],
    ...[
      '<a xmlns:p=""/>',
      '<a xmlns:xmlns="u"/>',
      '<a xmlns:xml="u"/>',
      '<a><?xml version="1.0"?></a>',
    ],
    ...['<!DOCTYPE a><a/>', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', '<a:b:c xmlns:a="u"/>'],
    ...[
      '<a xmlns:p="u" xmlns:q="u" p:x="" q:x=""/>',
      '<a><![CDATA[x]></a>',
      '< a/>',
      '<a/ >',
      '<a\u00d7/>',
    ],
  ];
  for (const xml of bad) assert.equal(root(xml).tagName, 'parsererror', xml);
});

test('deep nesting does not exhaust the stack of the parser', () => {
  const depth = 200000;
  assert.equal(root('<a>'.repeat(depth) + '</a>'.repeat(depth)).tagName, 'a');
});

test('what is written is read again the same', () => {
  const texts = [
    '<a xmlns="u" b="&lt;&quot;&#10;"><c xmlns="">x&amp;y</c>' +
      '<p:d xmlns:p="v"/><!--e--><?f g?><![CDATA[<]]></a>',
    '<p:a xmlns:p="u" xmlns="w"><b/><p:b/></p:a>',
  ];
  for (const xml of texts) {
    assert.equal(again(parse(xml)), xml);
    assert.ok(parse(again(parse(xml))).isEqualNode(parse(xml)));
  }
});

test('a namespace that nobody declared is declared when written', () => {
  const made = lightDom.createDocument('u', 'a');
  made.documentElement
    .appendChild(made.createElementNS('v', 'p:b'))
    .appendChild(made.createElementNS('w', 'c'));
  assert.equal(again(made), '<a xmlns="u"><p:b xmlns:p="v"><c xmlns="w"/></p:b></a>');
});

test('isEqualNode', () => {
  const a = root('<a x="1" y="2">t<b/></a>');
  assert.ok(a.isEqualNode(root('<a y="2" x="1">t<b/></a>')));
  for (const other of [
    '<a x="1">t<b/></a>',
    '<a x="1" y="3">t<b/></a>',
    '<a x="1" y="2"><b/></a>',
    '<a x="1" y="2" xmlns="u">t<b/></a>',
    '<a x="1" y="2">t<c/></a>',
  ])
    assert.equal(a.isEqualNode(root(other)), false, other);
});

test('moving, copying and removing nodes', () => {
  const made = root('<a><b/><c/></a>');
  const [b, c] = made.children;
  made.insertBefore(c, b);
  assert.equal(again(made), '<a><c/><b/></a>');
  made.replaceChild(made.ownerDocument.createTextNode('<'), c);
  assert.equal(again(made), '<a>&lt;<b/></a>');
  assert.deepEqual([c.parentNode, b.parentElement, b.previousSibling.nodeValue], [null, made, '<']);
  const copy = made.cloneNode(true);
  b.remove();
  assert.equal(again(copy), '<a>&lt;<b/></a>');
  assert.throws(() => c.appendChild(c), { name: 'HierarchyRequestError' });
  assert.throws(() => made.removeChild(c), { name: 'NotFoundError' });
  made.textContent = 'x';
  made.innerHTML = `<q/>${made.innerHTML}`;
  assert.equal(again(made), '<a><q/>x</a>');
  assert.throws(() => (made.innerHTML = '<q>'), { name: 'SyntaxError' });
  assert.equal(again(made), '<a><q/>x</a>');
});

test('nodes of another DOM can be imported', () => {
  const text = { nodeType: 3, nodeValue: 't' };
  const foreign = {
    nodeType: 1,
    tagName: 'p:a',
    namespaceURI: 'u',
    attributes: [{ name: 'b', value: 'c', namespaceURI: null }],
    childNodes: [text],
  };
  const imported = lightDom.createDocument('x', 'x').importNode(foreign, true);
  assert.equal(again(imported), '<p:a b="c" xmlns:p="u">t</p:a>');
});

test('selectors', () => {
  const a = root(
    '<a><b id="1" class="x y"><c/></b><b z="one two"/><p:d xmlns:p="u" n="v-w"/><c/></a>',
  );
  const count = (selector) => a.querySelectorAll(selector).length;
  const expected = {
    b: 2,
    '*': 5,
    'b c': 1,
    'a > c': 1,
    'b + b': 1,
    'b ~ c': 1,
    '.y': 1,
    '[id="1"]': 1,
    '[z~=two]': 1,
    "[n|='v']": 1,
    '[z^=one]': 1,
    '[z$=two]': 1,
    '[z*="e t"]': 1,
    'b, c': 4,
    d: 1,
    '*|d': 1,
    'b:not([z])': 1,
    'b:first-child': 1,
    'c:last-child': 2,
    'b[id][class]': 1,
  };
  for (const [selector, number] of Object.entries(expected))
    assert.equal(count(selector), number, selector);
  assert.equal(a.querySelector('c').parentNode.id, '1');
  assert.equal(a.querySelector('none'), null);
  assert.equal(a.querySelector('c').closest('b').id, '1');
  assert.ok(a.querySelector('b').matches('a > b.x'));
  for (const wrong of ['', '>', 'a >', '!', ':hover', 'a,,b'])
    assert.throws(() => count(wrong), { name: 'SyntaxError' }, wrong);
});

test('getElementsByTagName takes qualified names, the other local ones', () => {
  const a = root('<a xmlns:p="u"><p:b/><b/></a>');
  assert.equal(a.getElementsByTagName('p:b').length, 1);
  assert.equal(a.getElementsByTagName('b').length, 1);
  assert.equal(a.getElementsByTagNameNS('u', 'b').length, 1);
  assert.equal(a.getElementsByTagNameNS('*', 'b').length, 2);
  assert.equal(a.getElementsByTagName('*').item(1).tagName, 'b');
});
