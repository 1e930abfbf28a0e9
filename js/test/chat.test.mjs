// SPDX-License-Identifier: MIT
// What a connection does while it lives: sending, handlers, hooks, timers, the stored session.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { startManager } from '../../tests/servers/cm.mjs';
import { api, recorded, said, until, withEngine } from './package.mjs';

const { Strophe, $iq, $msg, $pres } = api;
const message = (id, inside = '') =>
  `<message xmlns='jabber:client' from='bob@localhost/r' type='chat' id='${id}'>` +
  `${inside}</message>`;
let cm, connection, statuses, reached;

/** Logs in. @param {object} [options] @param {(connection: any) => void} [prepare] */
async function online(options, prepare = () => {}) {
  const made = recorded(cm.url, options);
  ({ connection, statuses, reached } = made);
  prepare(connection);
  made.connect();
  await reached('CONNECTED');
}
const leave = async () => {
  if (!connection?.connected) return;
  connection.disconnect();
  await reached('DISCONNECTED');
};

before(async () => (cm = await startManager()));
beforeEach(() => (said.length = 0));
afterEach(async () => {
  cm.script = cm.onStanzas = null;
  await leave();
  cm.requests.length = cm.received.length = 0;
});
after(() => cm.stop());

test(
  'stanzas of one turn share a request, in order; they leave without waiting',
  withEngine,
  async () => {
    await online();
    connection.send($pres());
    connection.send([$msg({ id: '1' }), $msg({ id: '2' }).tree()]);
    connection.send(null);
    await until(() => cm.received.length);
    assert.equal(cm.received.length, 1);
    assert.match(cm.received[0], /^<presence.*id="1".*id="2"/);
  },
);

test('flush sends at once, before the turn is over', withEngine, async () => {
  let posts = 0;
  const transport = {
    cancel() {},
    async submit({ body }) {
      posts++;
      const response = await fetch(cm.url, { method: 'POST', body });
      return { status: response.status, body: new Uint8Array(await response.arrayBuffer()) };
    },
  };
  await online({ transport });
  await until(() => posts === 5);
  await new Promise((resolve) => setTimeout(resolve, 1500)); // the order guard (HOLD-4)
  connection.send($msg({ id: 'now' }));
  assert.equal(posts, 5);
  connection.flush();
  assert.equal(posts, 6);
});

test('the reply of an async handler rides on the next poll', withEngine, async () => {
  await online();
  await until(() => cm.requests.length === 5);
  await new Promise((resolve) => setTimeout(resolve, 1500)); // the order guard (HOLD-4)
  connection.addHandler(
    async () => {
      await null;
      await Promise.resolve();
      connection.send($msg({ id: 'late' }));
      return true;
    },
    null,
    'message',
  );
  cm.session.push(message('1'));
  await until(() => cm.received.length);
  assert.equal(cm.requests.length, 6);
  assert.match(cm.requests[5].xml, /id="late"/);
});

test('what is no stanza is refused, the rest of the queue is sent', withEngine, async () => {
  await online();
  for (const wrong of ['text', 7, {}])
    assert.throws(() => connection.send(wrong), { name: 'StropheError' });
  assert.throws(() => connection.send(undefined), /Cannot queue/);
  assert.throws(() => connection.send($msg().c('body').t('a\x01b')), /not sent/);
  assert.throws(() => connection.send(Strophe.xmlElement('foreign')), /not sent/);
  await assert.rejects(connection.sendTracked($msg().c('body').t('\ufffe')), /not sent/);
  connection.send($msg({ id: 'good' }));
  await until(() => cm.received.join().includes('good'));
});

test('a stanza sent before the login waits for it', withEngine, async () => {
  await online({}, (one) => {
    one.send($msg({ id: 'wrong' }).c('body').t('a\x01b'));
    one.send($msg({ id: 'early' }));
  });
  await until(() => cm.received.join().includes('early'));
  assert.equal(cm.received.join().includes('wrong'), false);
  assert.match(said.join(), /not sent/);
});

test('pause holds what is sent, resume lets it go', withEngine, async () => {
  await online();
  connection.pause();
  connection.send($msg({ id: 'held' }));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(cm.received.length, 0);
  connection.resume();
  await until(() => cm.received.join().includes('held'));
});

test('sendTracked tells when the server has it, and when it may not', withEngine, async () => {
  await online();
  let isTold = false;
  const sure = connection.sendTracked($msg({ id: 'sure' })).then(() => (isTold = true));
  await until(() => cm.received.join().includes('sure'));
  assert.equal(isTold, false, 'not before the server has answered');
  cm.session.release();
  await sure;
  cm.script = () => true;
  const lost = connection.sendTracked($msg({ id: 'lost' }));
  await until(() => cm.requests.at(-1).xml.includes('lost'));
  connection.reset();
  await assert.rejects(lost, /reset/);
});

test('a broken answer loses nothing and doubles nothing', withEngine, async () => {
  await online();
  const seen = [];
  connection.addHandler((stanza) => seen.push(stanza.getAttribute('id')), null, 'message');
  const frozen = new Set();
  cm.script = (xml, response) => {
    const isNew = !frozen.has(xml);
    frozen.add(xml);
    // The first time the request is lost on its way.
    if (isNew && xml.includes('<message')) return (response.destroy(), true);
    return false;
  };
  for (let i = 0; i < 5; i++) connection.send($msg({ id: `m${i}` }));
  await until(() => cm.received.join().includes('m4'));
  cm.script = null;
  assert.equal(cm.received.join().match(/<message/g).length, 5);
  cm.session.push(message('a') + message('b'));
  await until(() => seen.length === 2);
  assert.deepEqual(seen, ['a', 'b']);
  assert.equal(statuses.length, 2, 'nobody noticed');
});

test('handlers: order, removal, exceptions', withEngine, async () => {
  await online();
  const calls = [];
  const note = (name, result) => (stanza) => {
    calls.push(name + stanza.getAttribute('id'));
    if (result === 'throw') throw new Error('from a handler');
    return result;
  };
  connection.addHandler(note('stays', true), null, 'message');
  connection.addHandler(note('once', false), null, 'message');
  connection.addHandler(note('throws', 'throw'), null, 'message');
  connection.addHandler(
    async (stanza) => void calls.push(`async${stanza.getAttribute('id')}`),
    null,
    'message',
  );
  const gone = connection.addHandler(note('never', true), null, 'message');
  connection.deleteHandler(gone);
  cm.session.push(message(1) + message(2));
  await until(() => calls.includes('async2'));
  assert.deepEqual(calls, ['stays1', 'once1', 'throws1', 'async1', 'stays2', 'async2']);
  assert.equal(connection.handlers.length, 2);
});

test(
  'handlers added by a handler see the next answer, deleted ones still this one',
  withEngine,
  async () => {
    await online();
    const calls = [];
    const second = connection.addHandler(() => calls.push('second'), null, 'message');
    connection.addHandler(
      () => {
        calls.push('first');
        connection.deleteHandler(second);
        connection.addHandler(() => calls.push('third'), null, 'message');
        return false;
      },
      ...[null, 'message'],
    );
    cm.session.push(message(1) + message(2));
    await until(() => calls.length >= 3);
    assert.deepEqual(calls, ['second', 'first', 'second']);
    cm.session.push(message(3));
    await until(() => calls.length >= 4);
    assert.equal(calls.at(-1), 'third');
  },
);

test(
  'handlers that match in their own way, criteria changed, lists replaced',
  withEngine,
  async () => {
    await online();
    const seen = [];
    const note = (name) => (stanza) => {
      seen.push(`${name} ${stanza.getAttribute('id')}`);
      return true;
    };
    class Even extends Strophe.Handler {
      isMatch(stanza) {
        return stanza.getAttribute('id') % 2 === 0;
      }
    }
    connection.addHandlers.push(new Even(note('even')));
    const changing = connection.addHandler(note('changing'), null, 'presence');
    cm.session.push(message('1') + message('2'));
    await until(() => seen.length === 1);
    assert.deepEqual(seen.splice(0), ['even 2']);
    // Told anew with the next answer, though the list is the same.
    changing.name = 'message';
    cm.session.push(message('3'));
    await until(() => seen.length === 1);
    assert.deepEqual(seen.splice(0), ['changing 3']);
    // A list that a handler puts in the place of the present one counts from the next stanza on.
    const instead = new Strophe.Handler(note('instead'), null, 'message');
    connection.addHandler(
      () => {
        connection.handlers = [instead];
        return true;
      },
      null,
      'message',
      null,
      '4',
    );
    cm.session.push(message('4') + message('5'));
    await until(() => seen.length === 3);
    assert.deepEqual(seen, ['even 4', 'changing 4', 'instead 5']);
  },
);

test('all criteria of a handler; one Element for all', withEngine, async () => {
  await online();
  const hits = [];
  const elements = new Set();
  const watch = (name, ...criteria) =>
    connection.addHandler((stanza) => (elements.add(stanza), hits.push(name)), ...criteria);
  watch('ns', 'urn:deep');
  watch('own ns', 'jabber:client');
  watch('fragment', 'urn:f', null, null, null, null, { ignoreNamespaceFragment: true });
  watch('types', null, null, ['x', 'chat']);
  watch('id', null, null, null, '7');
  watch('from', null, null, null, null, 'bob@localhost/r');
  watch('bare', null, null, null, null, 'bob@localhost/other', { matchBareFromJid: true });
  watch('not: ns', 'urn:none');
  watch('not: name', null, 'presence');
  watch('not: type', null, null, 'error');
  watch('not: from', null, null, null, null, 'bob@localhost');
  const own = watch('own isMatch');
  own.isMatch = (stanza) => stanza.querySelector('y') !== null;
  cm.session.push(message(7, `<x xmlns='urn:f#g'><y xmlns='urn:deep'/></x>`));
  await until(() => hits.length);
  assert.deepEqual(hits, [
    'ns',
    'own ns',
    'fragment',
    'types',
    'id',
    'from',
    'bare',
    'own isMatch',
  ]);
  assert.equal(elements.size, 1);
  assert.equal([...elements][0].parentNode.tagName, 'body');
});

test('an Element is the one that a parser would have made', withEngine, async () => {
  await online();
  const xml = message(
    'e',
    `<body>a &lt;b&gt; \u{1F44D}<i/>c</body><x xmlns='u' y='&amp;"'><z xmlns=''/></x>`,
  ).replace('<message', '<message xml:lang="de"');
  /** @type {any} */
  let element;
  connection.addHandler((stanza) => void (element = stanza), null, 'message');
  cm.session.push(xml);
  await until(() => element);
  assert.ok(element.isEqualNode(Strophe.xmlHtmlNode(xml).documentElement), element.outerHTML);
});

test('sendIQ: result, error, no answer', withEngine, async () => {
  await online();
  cm.onStanzas = (xml, session) => {
    const [, id, what] = /id="([^"]*)".*<(ok|bad|silent)/.exec(xml);
    if (what === 'silent') return;
    const type = what === 'ok' ? 'result' : 'error';
    session.push(`<iq xmlns='jabber:client' type='${type}' id='${id}' from='alice@localhost'/>`);
  };
  const outcomes = [];
  const ask = (what, ...rest) =>
    connection.sendIQ(
      $iq({ type: 'get' }).c(what, { xmlns: 'u' }),
      (stanza) => outcomes.push([what, stanza.getAttribute('type')]),
      (stanza) => outcomes.push([what, stanza?.getAttribute('type') ?? null]),
      ...rest,
    );
  assert.match(ask('ok', 5000), /^[0-9a-f-]{36}:sendIQ$/);
  await until(() => outcomes.length === 1);
  ask('bad');
  await until(() => outcomes.length === 2);
  ask('silent', 30);
  await until(() => outcomes.length === 3);
  assert.deepEqual(outcomes, [
    ['ok', 'result'],
    ['bad', 'error'],
    ['silent', null],
  ]);
  assert.equal(
    connection.addHandlers.length + connection.handlers.length - connection.removeHandlers.length,
    0,
  );
});

test(
  'an iq that nobody wants is refused, to its sender; a taken one is not',
  withEngine,
  async () => {
    await online();
    cm.session.push(
      `<iq xmlns='jabber:client' type='get' id='q1' from='bob@localhost/r'><a xmlns='u'/></iq>`,
    );
    await until(() => cm.received.length);
    assert.match(
      cm.received[0],
      /^<iq id="q1" to="bob@localhost\/r" type="error" .*service-unavailable/,
    );
    let taken = 0;
    connection.addHandler(() => ++taken, null, 'iq', 'get');
    cm.session.push(
      `<iq xmlns='jabber:client' type='get' id='q2' from='bob@localhost/r'><a xmlns='u'/></iq>`,
    );
    await until(() => taken);
    connection.send($msg({ id: 'after' }));
    await until(() => cm.received.join().includes('after'));
    assert.equal(cm.received.join().includes('q2'), false);
  },
);

test('timed handlers', withEngine, async () => {
  let times = 0;
  await online({}, (one) => one.addTimedHandler(20, () => ++times < 3));
  const never = connection.addTimedHandler(20, () => assert.fail('it was deleted'));
  connection.deleteTimedHandler(never);
  await until(() => times === 3);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(times, 3);
});

test('a request that the engine gives up is no error', withEngine, async () => {
  const seen = [];
  await online({}, (one) => one.addProtocolErrorHandler('HTTP', 0, (status) => seen.push(status)));
  await until(() => connection._proto._requests.length === 1);
  const [{ rid }] = connection._proto._requests;
  connection._proto._client.networkChanged();
  // The open request is replaced by another with the same id.
  await until(() => cm.requests.filter(({ xml }) => xml.includes(`rid='${rid}'`)).length === 2);
  assert.deepEqual(seen, []);
  assert.equal(connection._proto.errors, 0);
});

test('what programs read of the transport', withEngine, async () => {
  await online();
  const { _proto: proto } = connection;
  assert.match(proto.lastResponseHeaders, /^content-type: text\/xml/m);
  await until(() => proto._requests.length === 1);
  assert.equal(proto._requests[0].rid, proto.rid - 1);
  assert.match(proto._requests[0].data, /^<body /);
  assert.deepEqual([proto.hold, proto.wait, proto.window, proto.inactivity], [1, 50, 2, 60]);
  const body = proto._buildBody().attrs({ type: 'terminate' });
  assert.equal(body.node.getAttribute('sid'), proto.sid);
  await leave();
  assert.deepEqual([proto.sid, proto._requests.length], [null, 0]);
});

test('hooks see each request and answer, in the order of the session', withEngine, async () => {
  const log = [];
  await online({}, (one) => {
    one.xmlInput = (body) => log.push(['xmlInput', body.tagName]);
    one.rawInput = (text) => log.push(['rawInput', text.slice(0, 5)]);
    one.xmlOutput = (body) => log.push(['xmlOutput', body.tagName]);
    one.rawOutput = (text) => log.push(['rawOutput', text.slice(0, 5)]);
    one.nextValidRid = (rid) => log.push(['nextValidRid', rid]);
  });
  assert.deepEqual(
    log.slice(0, 5).map(([name]) => name),
    ['xmlOutput', 'rawOutput', 'nextValidRid', 'xmlInput', 'rawInput'],
  );
  const rids = log.filter(([name]) => name === 'nextValidRid').map(([, rid]) => rid);
  assert.deepEqual(
    rids,
    rids.map((_, i) => rids[0] + i),
  );
  assert.equal(connection._proto.rid > rids.at(-1) - 1, true);
  connection._proto.strip = true;
  log.length = 0;
  connection.send($msg());
  await until(() => log.some(([name, tag]) => name === 'xmlOutput' && tag === 'message'));
});

test('a subclass overrides hooks; what they throw is logged', withEngine, async () => {
  class Mine extends Strophe.Connection {
    inputs = 0;
    xmlInput() {
      this.inputs++;
      throw new Error('from the hook');
    }
  }
  connection = new Mine(cm.url);
  await new Promise((resolve) =>
    connection.connect('alice@localhost', 'alicepw', (status) => {
      if (status === Strophe.Status.CONNECTED) resolve();
      if (status === Strophe.Status.DISCONNECTED) reached = async () => {};
    }),
  );
  assert.ok(connection.inputs >= 4);
  assert.ok(connection._proto instanceof Strophe.Bosh);
  assert.match(said.join(), /from the hook/);
  connection.disconnect();
  await until(() => !connection.connected);
});

test('_dataRecv gives a body to the handlers', withEngine, async () => {
  await online();
  const seen = [];
  connection.addHandler((stanza) => seen.push(stanza.getAttribute('id')), null, 'message');
  connection._dataRecv(Strophe.toElement(`<body>${message('x')}</body>`));
  assert.deepEqual(seen, ['x']);
});

test('everything may be called inside of a handler', withEngine, async () => {
  const calls = { disconnect: () => connection.disconnect(), reset: () => connection.reset() };
  for (const name of Object.keys(calls)) {
    await online();
    let seen = 0;
    connection.addHandler(() => {
      if (++seen === 1) calls[name]();
      return true;
    });
    cm.session.push(message(0).repeat(1000));
    await until(() => seen && !connection.connected);
  }
});

test('headers and cookies only when asked for', withEngine, async () => {
  await online({ customHeaders: { 'x-mine': 'yes' }, contentType: 'text/plain' });
  const [{ headers }] = cm.requests;
  assert.equal(headers['x-mine'], 'yes');
  assert.equal(headers['content-type'], 'text/plain');
  assert.equal(headers.cookie, undefined);
});

test(
  'keepalive: the ids of the session are stored, and forgotten at its end',
  withEngine,
  async (t) => {
    const items = new Map();
    globalThis.sessionStorage = {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => items.set(key, value),
      removeItem: (key) => items.delete(key),
    };
    t.after(() => delete globalThis.sessionStorage);
    await online({ keepalive: true });
    const stored = () => JSON.parse(items.get('strophe-bosh-session') ?? 'null');
    const { jid, sid, rid } = stored();
    assert.deepEqual([jid, sid], ['alice@localhost/r1', cm.session.sid]);
    connection.send($msg());
    await until(() => cm.received.length);
    assert.ok(stored().rid > rid && stored().rid <= connection._proto.rid);
    await leave();
    assert.equal(stored(), null);
  },
);

test(
  'the same connection can be used again; what could not be sent goes with the same account only',
  withEngine,
  async () => {
    await online();
    connection.pause();
    connection.send($msg({ id: 'leftover' }));
    connection._proto._abortAllRequests();
    connection._doDisconnect();
    connection.resume();
    await new Promise((resolve) =>
      connection.connect(
        'alice@localhost',
        'alicepw',
        (status) => status === Strophe.Status.CONNECTED && resolve(),
      ),
    );
    await until(() => cm.received.join().includes('leftover'));
    connection.pause();
    connection.send($msg({ id: 'secret' }));
    connection.reset();
    assert.equal(connection._data.length, 0);
  },
);
