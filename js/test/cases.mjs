// SPDX-License-Identifier: MIT
// Calls of the API whose results are those of Strophe.js 5: each gets the API and returns something
// that JSON can hold. `differs` says why ours is deliberately another, `ours` what it is
// (docs/strophe-compatibility.md). record.mjs writes down what Strophe.js itself answers.

/** The result, or that it threw. @param {() => any} call */
export function outcome(call) {
  try {
    const result = call();
    return result === undefined ? '(undefined)' : result;
  } catch (error) {
    return `(threw ${error.name === 'Error' || error.name === 'TypeError' ? error.name : 'Error'})`;
  }
}

const ns = 'xmlns="jabber:client"';
const names = (object) => Object.keys(object);

/** An element as data: what DOM members say of it. */
function look(node) {
  if (node === null || node === undefined) return String(node);
  if (node.nodeType !== 1) return [node.nodeType, node.nodeValue ?? null];
  return {
    tag: node.tagName,
    ns: node.namespaceURI ?? null,
    attributes: Array.from(node.attributes).map((one) => [one.nodeName, one.value]),
    children: Array.from(node.childNodes).map(look),
  };
}

const jids = [
  'a@b/c',
  'a@b',
  'b',
  'b/c',
  'a@b/',
  'h/r@x',
  'a@b@c/d',
  '',
  null,
  undefined,
  'a/b/c@d',
];
const texts = ['', 'plain', `<a b="c" d='e'>&amp;</a>`, '&amp;lt; &lt; &gt;&apos;&quot;', 'ü€👍'];
const nodes = ['', ' d artagnan ', `\\"&'/:<>@`, '\\20', '\\5c20', '\\2f\\40\\5c', 'a\\b', 7, null];

/** @type {Array<{name: string, run: (api: any) => any, differs?: string, ours?: any}>} */
export const cases = [
  { name: 'Status', run: ({ Strophe }) => Strophe.Status },
  { name: 'ErrorCondition', run: ({ Strophe }) => Strophe.ErrorCondition },
  { name: 'LogLevel', run: ({ Strophe }) => Strophe.LogLevel },
  { name: 'ElementType', run: ({ Strophe }) => Strophe.ElementType },
  { name: 'NS', run: ({ Strophe }) => ({ ...Strophe.NS }) },
  { name: 'XHTML', run: ({ Strophe }) => ({ ...Strophe.XHTML }) },
  {
    name: 'addNamespace',
    run: ({ Strophe }) => {
      Strophe.addNamespace('TEST', 'urn:test');
      return Strophe.NS.TEST;
    },
  },
  ...['getNodeFromJid', 'getDomainFromJid', 'getResourceFromJid', 'getBareJidFromJid'].map(
    (name) => ({
      name,
      run: ({ Strophe }) => jids.map((jid) => outcome(() => Strophe[name](jid))),
    }),
  ),
  ...['escapeNode', 'unescapeNode'].map((name) => ({
    name,
    run: ({ Strophe }) => nodes.map((node) => outcome(() => Strophe[name](node))),
  })),
  ...['xmlescape', 'xmlunescape'].map((name) => ({
    name,
    run: ({ Strophe }) => [...texts, null, 7].map((text) => outcome(() => Strophe[name](text))),
  })),
  {
    name: 'utf16to8 up to U+FFFF',
    run: ({ Strophe }) => ['', 'abc', 'ü', '€'].map((text) => Strophe.utf16to8(text)),
  },
  {
    name: 'utf16to8 beyond U+FFFF',
    run: ({ Strophe }) => Strophe.utf16to8('👍'),
    differs: 'Strophe makes CESU-8, which is not UTF-8: servers refuse such a password',
    ours: '\xf0\x9f\x91\x8d',
  },
  {
    name: 'buffers',
    run: ({ Strophe: S }) => [
      S.arrayBufToBase64(S.stringToArrayBuf('üa')),
      S.arrayBufToBase64(S.base64ToArrayBuf('AAEC/w==')),
      S.arrayBufToBase64(
        S.xorArrayBuffers(S.base64ToArrayBuf('AAEC'), S.base64ToArrayBuf('/////w==')),
      ),
    ],
  },
  {
    name: 'valid',
    run: ({ Strophe: S }) => [
      ...['a', 'A', 'script', 'body', 'constructor'].map((tag) => S.validTag(tag)),
      ...[
        ['a', 'href'],
        ['a', 'style'],
        ['img', 'src'],
        ['x', 'y'],
        ['em', 'style'],
      ].map(([tag, attribute]) => S.validAttribute(tag, attribute)),
      ...['color', 'position', 'Color'].map((property) => S.validCSS(property)),
    ],
  },
  {
    name: 'xmlElement',
    run: ({ Strophe }) =>
      [
        ['a'],
        ['a', { b: 'c', d: 7, e: null, f: undefined, g: false, h: '' }],
        ['a', [['b', 'c'], ['d'], 'x', ['e', null]]],
        ['a', 'text'],
        ['a', 7],
        ['a', '', 'text'],
        ['a', { b: 1 }, 'text'],
        ['a', { b: 1 }, ''],
        ['a', { b: 1 }, 0],
        ['a', 'text1', 'text2'],
        ['a', { b: 1 }, 3],
        [''],
      ].map((args) => look(Strophe.xmlElement(...args))),
  },
  {
    name: 'xmlElement with a bad name',
    run: ({ Strophe }) => outcome(() => look(Strophe.xmlElement('a b'))),
    differs: 'xmldom makes an element that no parser accepts; ours throws, as browsers do',
    ours: '(threw Error)',
  },
  { name: 'xmlTextNode', run: ({ Strophe }) => look(Strophe.xmlTextNode('<&>')) },
  {
    name: 'xmlGenerator',
    run: ({ Strophe }) => [
      look(Strophe.xmlGenerator().documentElement),
      Strophe.xmlGenerator() === Strophe.xmlGenerator(),
    ],
  },
  {
    name: 'toElement',
    run: ({ Strophe }) =>
      [
        `<message ${ns}><body>a</body></message>`,
        `<message ${ns}> <body> a </body> </message>`,
        '<a xmlns:p="urn:p" p:q="r"><p:b/></a>',
        '<?xml version="1.0"?><a b="1&lt;2"><![CDATA[x<y]]><!--no--></a>',
        '<a>&#65;&#x42;&amp;</a>',
      ].map((xml) => outcome(() => look(Strophe.toElement(xml)))),
  },
  {
    name: 'toElement of what is not XML',
    run: ({ Strophe }) =>
      [
        '<a>',
        '<a></b>',
        '',
        '<a b=c/>',
        '<a/><b/>',
        'text',
        '<p:a/>',
        '<a b="1" b="2"/>',
        '<a>&no;</a>',
      ].map((xml) => outcome(() => look(Strophe.toElement(xml)))),
    differs: 'xmldom repairs what browsers refuse; ours is as strict as browsers are',
    ours: Array(9).fill('(threw Error)'),
  },
  {
    name: 'toElement and namespaces',
    run: ({ Strophe }) =>
      [
        '<message/>',
        '<iq xmlns="x"/>',
        `<presence ${ns}/>`,
        '<message xmlns="jabber:server"/>',
        '<x/>',
      ].map((xml) => outcome(() => look(Strophe.toElement(xml, true)))),
  },
  {
    name: 'toStanza',
    run: ({ toStanza }) =>
      [
        `<message ${ns}>\n  <body> a </body>\n <x> <y/> </x> <z> </z></message>`,
        `<message ${ns}> <body> <b/> </body> </message>`,
      ].map((xml) => look(toStanza(xml, true))),
  },
  {
    name: 'getText',
    run: ({ Strophe: S }) => [
      S.getText(null),
      ...['<a>x</a>', '<a>x<b>y</b>z</a>', '<a/>', '<a>&lt;&amp;</a>'].map((xml) =>
        S.getText(S.toElement(xml)),
      ),
      S.getText(S.xmlTextNode('<')),
    ],
  },
  {
    name: 'forEachChild',
    run: ({ Strophe: S }) =>
      [null, 'b', 'B', 'p:c'].map((name) => {
        const seen = [];
        S.forEachChild(S.toElement('<a xmlns:p="u">x<b/><p:c/><b><b/></b></a>'), name, (one) =>
          seen.push(one.tagName),
        );
        return seen;
      }),
  },
  {
    name: 'getNamespace',
    run: ({ Strophe: S }) => {
      const root = S.toElement('<a xmlns="u"><b/><p:c xmlns:p="v"/></a>');
      return [root, ...Array.from(root.childNodes)].map((one) => S.getNamespace(one));
    },
  },
  {
    name: 'isTagEqual',
    run: ({ Strophe: S }) => ['a', 'A', 'b'].map((tag) => S.isTagEqual(S.toElement('<a/>'), tag)),
  },
  {
    name: 'copyElement',
    run: ({ Strophe: S }) => look(S.copyElement(S.toElement('<a b="c">x<d e="f">y</d></a>'))),
  },
  {
    name: 'createHtml',
    run: ({ Strophe: S }) =>
      [
        '<p style="color: red; position: fixed; Font-Weight:bold">a<em x="y">c</em></p>',
        '<a href="http://x" onclick="y">l</a>',
        '<img src="s" alt="" height="1" onerror="x"/>',
        '<div><ul><li>1</li></ul></div>',
        '<P>upper</P>',
      ].map((html) => {
        const made = S.createHtml(S.toElement(html));
        return made.nodeType === 11 ? Array.from(made.childNodes).map(look) : look(made);
      }),
  },
  {
    name: 'createHtml of tags that are not allowed',
    run: ({ Strophe: S }) => look(S.createHtml(S.toElement('<p>a<script>b</script></p>'))),
    differs: 'xmldom leaves a fragment in the tree; ours keeps the text, as browsers do',
    ours: {
      tag: 'p',
      ns: null,
      attributes: [],
      children: [
        [3, 'a'],
        [3, 'b'],
      ],
    },
  },
  {
    name: 'createHtml of scripts in addresses',
    run: ({ Strophe: S }) =>
      look(
        S.createHtml(
          S.toElement('<p><a href=" java&#10;Script:x">l</a><img src="data:image/png,"/></p>'),
        ),
      ),
    differs: 'Strophe lets scripts through; XEP-0071 says that they must not run',
    ours: {
      tag: 'p',
      ns: null,
      attributes: [],
      children: [
        { tag: 'a', ns: null, attributes: [], children: [[3, 'l']] },
        { tag: 'img', ns: null, attributes: [['src', 'data:image/png,']], children: [] },
      ],
    },
  },
  {
    name: 'serialize',
    run: ({ Strophe: S, $msg }) => [
      S.serialize(null),
      S.serialize($msg({ to: 'b', from: 'a', id: '1' })),
      ...[
        '<a z="1" b="2">x&lt;<c/></a>',
        '<a><![CDATA[x<y]]></a>',
        `<a b="'&quot;&amp;"/>`,
        '<a><!--no-->t</a>',
      ].map((xml) => S.serialize(S.toElement(xml))),
    ],
  },
  {
    name: 'the stanza builders',
    run: ({ $build, $msg, $iq, $pres }) =>
      [
        $build('x'),
        $msg(),
        $iq({ type: 'get' }),
        $pres({ xmlns: 'urn:other' }),
        $build('message', { to: 'b' }),
      ].map((one) => one.toString()),
  },
  {
    name: 'a builder changes the attributes it is given',
    run: ({ $msg }) => {
      const attributes = { to: 'b' };
      $msg(attributes);
      return attributes;
    },
  },
  {
    name: 'c',
    run: ({ $msg }) =>
      [
        $msg().c('body').t('a').c('b'),
        $msg().c('body', {}, 'a').c('b'),
        $msg().c('body', null, '').c('b'),
        $msg().c('body', 'text').c('b'),
        $msg().c('body', { a: 1, b: null }, 7).c('b'),
      ].map((one) => one.toString()),
  },
  {
    name: 'attrs, up, root, node',
    run: ({ $msg }) => {
      const one = $msg({ to: 'a', id: '1' }).attrs({ to: null, type: 'chat', n: 3 });
      one.c('a').c('b').up().c('c').root().c('d').up().up().up().c('e');
      return [one.toString(), one.node.tagName, one.nodeTree.tagName, one.tree() === one.nodeTree];
    },
  },
  {
    name: 'cnode',
    run: ({ Strophe: S, $msg }) => {
      const inside = S.toElement('<x xmlns="u"><y/></x>');
      const one = $msg().cnode(inside).c('z').up().up();
      one.cnode($msg({ id: '2' }).c('q')).t('t');
      return [one.toString(), S.serialize(inside)];
    },
  },
  {
    name: 'h',
    run: ({ $msg }) =>
      ['<p>a<em>c</em></p>', 'text <em>e</em>', '<p>unclosed', ''].map((html) =>
        $msg().c('body').h(html).up().c('z').toString(),
      ),
  },
  {
    name: 'Builder.fromString',
    run: ({ Builder }) => [
      Builder.fromString(`<message ${ns} to="x"><body>a</body></message>`).toString(),
      outcome(() => Builder.fromString('<message/>').toString()),
    ],
  },
  {
    name: 'up at the root of parsed text',
    run: ({ Builder }) =>
      outcome(() => Builder.fromString(`<message ${ns}/>`).up().c('a').toString()),
    differs: 'Strophe lands on the document and throws; ours stays at the root, as everywhere else',
    ours: '<message xmlns="jabber:client"><a/></message>',
  },
  {
    name: 'stx',
    run: ({ stx, $build, Stanza }) =>
      [
        stx` <message ${'<'} ${7} ${null} ${undefined}/> `,
        stx`<a>${['<', 'b']}</a>`,
        stx`<a>${$build('b', { c: 'd' })}${[$build('e'), '&']}</a>`,
        stx`<a>${Stanza.unsafeXML('<b/>')}</a>`,
        stx`<a>  <b/>  ${stx`<c/>`} </a>`,
        stx`<a b="${`"'`}"/>`,
        stx`${0}${false}${''}`,
      ].map((one) => one.toString()),
  },
  {
    name: 'stx tree',
    run: ({ stx }) => [
      look(stx`<message xmlns="jabber:client"> <body> x </body> </message>`.tree()),
      outcome(() => look(stx`<message/>`.tree())),
      outcome(() => look(stx`<a`.tree())),
    ],
  },
  {
    name: 'stx, changed later',
    run: ({ stx }) => {
      const one = stx`<a><b/></a>`;
      one.c('c');
      return one.toString();
    },
    differs: 'Strophe forgets the change in toString, though tree() has it',
    ours: '<a><b/><c/></a>',
  },
  {
    name: 'Handler.isMatch',
    run: ({ Strophe: S }) => {
      const stanza = S.toElement(
        `<message ${ns} from="a@b/c" type="chat" id="7">` +
          '<x xmlns="u#f"><y xmlns="deep"/></x></message>',
      );
      return [
        [],
        ['u#f'],
        ['u'],
        ['u', null, null, null, null, { ignoreNamespaceFragment: true }],
        ['deep'],
        ['none'],
        ['jabber:client'],
        [null, 'message'],
        [null, 'Message'],
        [null, null, 'chat'],
        [null, null, ['a', 'chat']],
        [null, null, ['a', '']],
        [null, null, 'error'],
        [null, null, null, '7'],
        [null, null, null, '8'],
        [null, null, null, null, 'a@b/c'],
        [null, null, null, null, 'a@b'],
        [null, null, null, null, 'a@b/d', { matchBareFromJid: true }],
        [null, null, null, null, 'x@b', { matchBareFromJid: true }],
      ].map((args) => new S.Handler(() => true, ...args).isMatch(stanza));
    },
  },
  {
    name: 'Handler without a type',
    run: ({ Strophe: S }) =>
      [[''], ['', 'x'], 'chat', ['chat'], null].map((type) =>
        new S.Handler(null, null, null, type).isMatch(S.toElement(`<message ${ns}/>`)),
      ),
  },
  {
    name: 'Handler fields',
    run: ({ Strophe: S }) => {
      const {
        ns: n,
        name,
        type,
        id,
        from,
        options,
        user,
      } = new S.Handler(null, 'n', 'm', 't', 'i', 'a@b/c', {
        matchBareFromJid: true,
      });
      return [n, name, type, id, from, options, user, new S.Handler(null).options];
    },
  },
  {
    name: 'SASL mechanisms',
    run: ({ Strophe: S }) =>
      names(S)
        .filter((name) => name.startsWith('SASL') && name !== 'SASLMechanism')
        .sort()
        .map((name) => {
          const one = new S[name]();
          return [
            name,
            one.mechname,
            one.isClientFirst,
            one.priority,
            one instanceof S.SASLMechanism,
          ];
        }),
  },
  {
    name: 'what mechanisms say',
    run: ({ Strophe: S }) => {
      const alice = { authcid: 'alice', authzid: 'alice@d', domain: 'd', pass: 'secret' };
      const other = { ...alice, authzid: 'bob@d' };
      const nobody = { authcid: null, authzid: 'd', domain: 'd', pass: null };
      return ['SASLPlain', 'SASLOAuthBearer', 'SASLXOAuth2', 'SASLExternal', 'SASLAnonymous'].map(
        (name) =>
          [alice, other, nobody].map((connection) => [
            new S[name]().test(connection),
            outcome(() => new S[name]().onChallenge(connection)),
          ]),
      );
    },
  },
  {
    name: 'SCRAM, the first message',
    run: ({ Strophe: S }) => {
      const connection = { authcid: 'user', _sasl_data: {} };
      return [
        new S.SASLSHA1().clientChallenge(connection, 'fyko+d2lbbFgONRv9qkxdawL'),
        connection._sasl_data,
      ];
    },
  },
  {
    name: 'SCRAM, a name with a comma',
    run: ({ Strophe: S }) =>
      new S.SASLSHA1().clientChallenge({ authcid: 'a,b=c', _sasl_data: {} }, 'n'),
    differs: 'RFC 5802 wants "," and "=" escaped',
    ours: 'n,,n=a=2Cb=3Dc,r=n',
  },
];
