// SPDX-License-Identifier: MIT
// A session that outlives its page: cut at every moment, nothing is lost and nothing comes twice.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startManager } from '../../tests/servers/cm.mjs';
import { api, load, said, until, withEngine } from './package.mjs';
import { Tab, closeAll } from './tab.mjs';

const { $msg } = api;
const { claim } = await load('strophe/owner.js');
const { useEngine } = await load('strophe/bosh.js');
const loadEngine = async () => (await load('engine-node.js')).loadEngine();
const push = (...ids) =>
  cm.session.push(
    ids.map((id) => `<message xmlns='jabber:client' from='b@localhost/r' id='${id}'/>`).join(''),
  );
/** Ids of the stanzas that the server has had. */
const had = () =>
  [...cm.received.join().matchAll(/<message[^>]*id="([^"]*)"/g)].map(([, id]) => id);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let cm, tab;
/** @type {any[]} */
let pages = [];

before(async () => (cm = await startManager()));
after(() => cm.stop());
afterEach(() => {
  for (const page of pages) page.crash();
  pages = [];
  closeAll();
  cm.script = cm.onStanzas = null;
  cm.requests.length = cm.received.length = said.length = 0;
});

/** A page that is not used yet. @param {object} [options] */
function open(options) {
  const page = tab.page(cm.url, options && { keepalive: true, ...options });
  pages.push(page);
  return page;
}

/** The first page, logged in. @param {object} [options] @param {Tab} [in_] */
async function login(options, in_ = new Tab()) {
  tab = in_;
  const page = open(options);
  page.connect();
  await page.reached('CONNECTED');
  await until(() => cm.session.waiting); // the first poll
  await pause(60); // the order guard behind a fresh poll
  return page;
}

/** The page after that. @param {object} [options] */
function restored(options) {
  const page = open(options);
  page.connection.restore('alice@localhost', page.callback);
  assert.deepEqual(page.statuses, [['ATTACHED', null]]);
  return page;
}

/** The session is alive, and nothing unexpected has come or gone. @param {any} page */
async function alive(page, expected = [], sent = []) {
  await pause(60); // the server has noticed that the page before is gone
  push('last');
  page.connection.send($msg({ id: 'last' }));
  await until(() => page.seen.includes('last') && had().includes('last'));
  assert.deepEqual(page.seen, [...expected, 'last']);
  assert.deepEqual(had(), [...sent, 'last']);
  assert.deepEqual(page.statuses, [['ATTACHED', null]]);
}

/** The next request with this in it is not answered, and the page is none the wiser. */
function swallow(text, isProcessed) {
  return new Promise((resolve) => {
    cm.script = (xml) => {
      if (!xml.includes(text)) return false;
      cm.script = null;
      // Its connection breaks at once.
      if (isProcessed)
        cm.session.receive(xml, { end() {}, once: (_type, fn) => queueMicrotask(fn) });
      resolve(undefined);
      return true;
    };
  });
}

test('reload of an idle page: what came meanwhile is there', withEngine, async () => {
  const first = await login();
  push('a');
  await until(() => first.seen.length);
  first.leave();
  push('b');
  const second = restored();
  await alive(second, ['b']);
  assert.equal(second.connection.jid, 'alice@localhost/r1');
  assert.ok(second.connection.restored);
});

test('nothing is delivered before the handlers of the new page are there', withEngine, async () => {
  const first = await login();
  first.leave();
  push('a');
  const { connection } = open();
  const heard = [];
  connection.restore(null, (status) => {
    if (status === api.Strophe.Status.ATTACHED)
      connection.addHandler((stanza) => heard.push(stanza.getAttribute('id')), null, 'message');
  });
  connection.addHandler((stanza) => heard.push(`${stanza.getAttribute('id')}!`), null, 'message');
  await until(() => heard.length);
  assert.deepEqual(heard, ['a', 'a!']);
});

for (const isProcessed of [false, true])
  test(
    `a request under way ${isProcessed ? 'after' : 'before'} the server has processed it`,
    withEngine,
    async () => {
      const first = await login();
      const gone = swallow('"x"', isProcessed);
      first.connection.send($msg({ id: 'x' }));
      await gone;
      const { xml } = cm.requests.at(-1);
      first.leave();
      const second = restored();
      await until(() => cm.requests.filter((one) => one.xml === xml).length === 2);
      await alive(second, [], ['x']);
    },
  );

test('an answer that came as the page was going', withEngine, async () => {
  tab = new Tab();
  let isGoing = false;
  const transport = {
    cancel() {},
    async submit({ body }) {
      const answer = await (await fetch(cm.url, { method: 'POST', body })).text();
      if (isGoing) await new Promise(() => {});
      return { status: 200, body: answer };
    },
  };
  const first = await login({ transport }, tab);
  isGoing = true;
  push('a', 'b');
  await pause(30);
  first.leave();
  await alive(restored(), ['a', 'b']);
  assert.deepEqual(first.seen, []);
});

test('an answer that came before the one to an earlier request', withEngine, async () => {
  let isHeldBack = false;
  const transport = {
    cancel() {},
    async submit({ body }) {
      const isLate = isHeldBack;
      const answer = await (await fetch(cm.url, { method: 'POST', body })).text();
      if (isHeldBack && !isLate) await new Promise(() => {});
      return { status: 200, body: answer };
    },
  };
  const first = await login({ transport });
  isHeldBack = true;
  first.connection.send($msg({ id: 'x' }));
  await until(() => had().length);
  push('a');
  // It is there, though its turn has not come.
  await until(() =>
    first.connection._proto._requests.every(({ data }) => !data.includes('id="x"')),
  );
  first.leave();
  const { rid } = tab.stored;
  const second = open();
  const valid = [];
  second.connection.nextValidRid = (next) => valid.push(next);
  second.connection.restore(null, second.callback);
  await alive(second, ['a'], ['x']);
  assert.deepEqual(valid.slice(0, 3), [rid - 1, rid, rid + 1]);
});

for (const isCrash of [false, true])
  test(
    `${isCrash ? 'crash' : 'reload'} between a delivery and the request behind it`,
    withEngine,
    async () => {
      const first = await login();
      await new Promise((resolve) => {
        first.connection.addHandler(
          () => {
            // After all handlers, and before the task in which the next poll leaves.
            queueMicrotask(() => resolve(isCrash ? first.crash() : first.leave()));
          },
          null,
          'message',
        );
        push('a');
      });
      assert.deepEqual(first.seen, ['a']);
      // Nobody can know whether it was handled before a crash; otherwise it is not told again.
      await alive(restored(), isCrash ? ['a?'] : []);
    },
  );

test('stanzas that are queued, and those that are paused', withEngine, async () => {
  const first = await login();
  const gone = swallow('"1"', true);
  first.connection.send($msg({ id: '1' }));
  await gone;
  for (const id of ['2', '3']) first.connection.send($msg({ id }));
  first.connection.pause();
  first.connection.send($msg({ id: '4' }));
  const fate = first.connection.sendTracked($msg({ id: '5' }));
  fate.catch(() => {});
  first.leave();
  await alive(restored(), [], ['1', '2', '3', '4', '5']);
});

test('sent right before the page goes, and as it goes', withEngine, async () => {
  const first = await login();
  first.connection.send($msg({ id: 'before' }));
  first.tell('pagehide');
  first.connection.send($msg({ id: 'late' })); // by a listener that is called later
  globalThis.document.hidden = true;
  first.tell('visibilitychange');
  first.crash();
  await alive(restored(), [], ['before', 'late']);
});

test('a page that was hidden and lives on keeps a journal again', withEngine, async () => {
  const first = await login();
  globalThis.document.hidden = true;
  first.tell('visibilitychange');
  await new Promise((resolve) => {
    first.connection.addHandler(() => queueMicrotask(resolve), null, 'message');
    push('a');
  });
  first.crash(); // what was stored as the page was hidden says that "a" was not delivered
  await alive(restored(), ['a?']);
});

test('reload upon reload, faster than the engine', withEngine, async () => {
  const first = await login();
  first.connection.send($msg({ id: 'x' }));
  first.leave();
  push('a');
  for (const ms of [0, 20, 40]) {
    const page = restored();
    if (!ms) page.connection.send($msg({ id: 'y' }));
    assert.equal(tab.stored, null, 'claimed');
    await pause(ms);
    page.leave();
    assert.ok(tab.stored);
  }
  const last = restored();
  push('last');
  last.connection.send($msg({ id: 'last' }));
  await until(() => last.seen.includes('last') && had().includes('last'));
  // A page in between may have been quick enough.
  assert.deepEqual(
    pages.flatMap(({ seen }) => seen),
    ['a', 'last'],
  );
  assert.deepEqual(had(), ['x', 'y', 'last']);
});

test('a crash brings back what may have been handled, and says so', withEngine, async () => {
  const first = await login();
  push('a');
  await until(() => first.seen.length);
  await pause(30); // the next poll has left: "a" is known to be handled
  first.crash();
  push('b');
  await alive(restored(), ['b?']);
});

test('storage that is full', withEngine, async () => {
  const set = (key, value) => {
    if (value.length > 200) throw new Error('QuotaExceededError');
    tab.items.set(key, value);
  };
  const first = await login(undefined, new Tab({ setItem: set }));
  assert.deepEqual(Object.keys(tab.stored), ['jid', 'rid', 'sid'], 'the ids fit in');
  assert.match(said.join(), /could not be stored.*Quota/);
  first.leave();
  await until(() => !cm.session.waiting);
  await alive(restored());
});

test('storage that takes nothing', withEngine, async () => {
  const refuse = () => {
    throw new Error('QuotaExceededError');
  };
  const page = await login(undefined, new Tab({ setItem: refuse }));
  push('a');
  page.connection.send($msg({ id: 'x' }));
  await until(() => page.seen.length && had().length);
  page.tell('pagehide');
  assert.equal(tab.stored, null);
  assert.throws(() => page.connection.restore(), { name: 'StropheSessionError' });
});

const damages = {
  'a byte changed': (one) => {
    const { blob } = one.libbosh;
    one.libbosh.blob = `${blob.slice(0, 99)}${blob[99] === 'A' ? 'B' : 'A'}${blob.slice(100)}`;
  },
  'cut short': (one) => void (one.libbosh.blob = one.libbosh.blob.slice(0, 40)),
  'no base64': (one) => void (one.libbosh.blob = '\u0000'),
  'of another account': (one) => void (one.libbosh.account = 'bob@localhost'),
  'of another moment': (one) => void (one.libbosh.rid -= 1),
  'not all there': (one) => void delete one.libbosh.unsent,
  'of Strophe.js': (one) => void delete one.libbosh,
};
for (const [what, damage] of Object.entries(damages))
  test(`stored requests ${what}: the session goes on by its ids`, withEngine, async () => {
    const first = await login();
    first.leave();
    await until(() => !cm.session.waiting);
    const { stored } = tab;
    damage(stored);
    tab.stored = stored;
    const requests = cm.requests.length;
    const second = restored();
    await until(() => cm.requests.length > requests);
    assert.match(cm.requests[requests].xml, new RegExp(` rid='${stored.rid}' `));
    await alive(second);
    if (!['of another moment', 'of Strophe.js'].includes(what))
      assert.match(said.join(), /damaged|under way before is lost/);
  });

test('two pages of one tab: the first has it', withEngine, async () => {
  const first = await login();
  first.leave();
  const second = restored();
  assert.throws(() => open().connection.restore(), {
    message: '_restore: no restoreable session.',
  });
  await alive(second);
});

test('copies of a tab restore at the same time: one has it', withEngine, async () => {
  const first = await login();
  first.leave();
  const requests = cm.requests.length;
  const copies = [];
  for (let i = 0; i < 4; i++) {
    tab = tab.duplicate();
    tab.stored ??= first.left;
    first.left ??= tab.stored;
    tab.stored = first.left;
    copies.push(restored());
    if (i) await pause(8);
  }
  await pause(200);
  const [winner, ...more] = copies.filter(({ statuses }) => statuses.length === 1);
  assert.equal(more.length, 0);
  for (const { statuses } of copies.filter((one) => one !== winner))
    assert.deepEqual(statuses.slice(1), [
      ['CONNFAIL', 'conflict'],
      ['DISCONNECTED', 'conflict'],
    ]);
  assert.ok(cm.requests.length > requests);
  await alive(winner);
});

test('of pages that ask each other at the same moment one has it', withEngine, async () => {
  const claims = Array.from({ length: 5 }, () => claim('sid'));
  const taken = await Promise.all(claims.map(({ isTaken }) => isTaken()));
  assert.equal(taken.filter((one) => !one).length, 1);
  const late = claim('sid');
  assert.equal(await late.isTaken(), true);
  const other = claim('other');
  assert.equal(await other.isTaken(), false);
  for (const { release } of [...claims, late, other]) release();
});

test('the back/forward cache: the page comes back and goes on at once', withEngine, async () => {
  const page = await login();
  page.tell('pagehide', { persisted: true });
  const requests = cm.requests.length;
  page.tell('pageshow', { persisted: true });
  await until(() => cm.requests.length > requests);
  assert.equal(cm.requests[requests].xml, cm.requests[requests - 1].xml, 'the poll again');
  push('a');
  await until(() => page.seen.includes('a'));
  assert.equal(page.statuses.length, 2);
});

test('the first pageshow of a page means nothing', withEngine, async () => {
  const page = await login();
  const requests = cm.requests.length;
  page.tell('pageshow');
  await pause(50);
  assert.equal(cm.requests.length, requests);
});

test('back to a page whose session another one has taken', withEngine, async () => {
  let isFrozen = false;
  const transport = {
    cancel() {},
    async submit({ body }) {
      const answer = await (await fetch(cm.url, { method: 'POST', body })).text();
      if (isFrozen) await new Promise(() => {});
      return { status: 200, body: answer };
    },
  };
  const first = await login({ transport });
  first.tell('pagehide', { persisted: true });
  isFrozen = true;
  const second = restored();
  await until(() => tab.stored);
  await pause(100);
  const requests = cm.requests.length;
  first.tell('pageshow', { persisted: true });
  assert.deepEqual(first.statuses.slice(2), [
    ['CONNFAIL', 'conflict'],
    ['DISCONNECTED', 'conflict'],
  ]);
  await pause(50);
  assert.equal(cm.requests.length, requests, 'without a word to the server');
  assert.ok(tab.stored, 'what the other has stored stays');
  await alive(second);
});

/** What a server makes of beacons (TERM-10). */
async function deliverBeacons() {
  const arrived = [];
  for (const { url, blob } of tab.beacons) {
    assert.equal(url, cm.url);
    assert.equal(blob.type, 'text/plain;charset=utf-8');
    arrived.push(fetch(url, { method: 'POST', body: await blob.text() }));
  }
  await Promise.all(arrived);
}

test('terminateOnUnload: a beacon takes along what is queued', withEngine, async () => {
  const page = await login({ terminateOnUnload: true });
  const { sid } = page.connection._proto;
  const gone = swallow('"1"', false);
  page.connection.send($msg({ id: '1' }));
  await gone;
  page.connection.send($msg({ id: '2' }).c('body').t('Ä'));
  page.leave();
  assert.equal(tab.stored, null);
  await deliverBeacons();
  assert.deepEqual(had(), ['1', '2']);
  assert.match(cm.received.join(), /Ä.*unavailable/);
  assert.equal(cm.sessions.has(sid), false);
});

test('terminateOnUnload: not when the page may come back', withEngine, async () => {
  const page = await login({ terminateOnUnload: true });
  page.tell('pagehide', { persisted: true });
  assert.deepEqual(tab.beacons, []);
  assert.ok(tab.stored);
});

for (const [what, prepare] of Object.entries({
  'too much for beacons': (page) => {
    for (let i = 0; i < 40; i++) page.connection.send($msg({ id: `${i}`, from: 'x'.repeat(2000) }));
  },
  'beacons are refused': (page) => {
    tab.takesBeacons = false;
    page.connection.send($msg({ id: '0' }));
  },
}))
  test(`terminateOnUnload, ${what}: the session is kept instead`, withEngine, async () => {
    const page = await login({ terminateOnUnload: true });
    prepare(page);
    const sent = page.connection._proto._client ? what.startsWith('too') : false;
    page.leave();
    assert.deepEqual(tab.beacons, []);
    assert.ok(tab.stored);
    const second = restored();
    await until(() => had().length >= (sent ? 40 : 1));
    if (!sent) await second.reached('DISCONNECTED');
  });

test('leaving the page while disconnecting: a beacon says good-bye', withEngine, async () => {
  const page = await login();
  const { sid } = page.connection._proto;
  page.connection.send($msg({ id: 'x' }));
  page.connection.disconnect();
  assert.equal(tab.stored, null, 'nothing to come back to');
  page.leave();
  await deliverBeacons();
  assert.deepEqual(had(), ['x']);
  assert.equal(cm.sessions.has(sid), false);
  assert.equal(tab.stored, null);
});

test('from disconnect on nothing is stored', withEngine, async () => {
  const page = await login();
  const gone = swallow('terminate');
  page.connection.disconnect();
  await gone;
  assert.equal(tab.stored, null);
});

test('without the option nothing is stored', withEngine, async () => {
  const page = await login({ keepalive: false });
  page.tell('pagehide', { persisted: true });
  page.tell('pageshow', { persisted: true });
  assert.deepEqual([...tab.items], []);
  assert.equal(page.statuses.length, 2);
});

test('reset and the end of the session forget what is stored', withEngine, async () => {
  const page = await login();
  assert.ok(tab.stored.libbosh.blob);
  page.connection.reset();
  assert.equal(tab.stored, null);
  const other = await login();
  cm.session.terminate('other-request');
  await other.reached('DISCONNECTED');
  assert.equal(tab.stored, null);
});

test('export and import: from one moment of a worker to the next', withEngine, async () => {
  const first = await login({ keepalive: false });
  const taken = new Promise((resolve) =>
    first.connection.addHandler(
      () => {
        first.connection.send($msg({ id: 'reply' }));
        resolve(first.connection.exportSession()); // "b" has not been delivered yet
      },
      null,
      'message',
    ),
  );
  push('a', 'b');
  const bytes = await taken;
  assert.ok(bytes instanceof Uint8Array);
  assert.deepEqual(first.statuses.slice(2), [['DISCONNECTED', 'exported']]);
  assert.throws(() => first.connection.exportSession(), { name: 'StropheSessionError' });
  push('c');
  const second = open({ keepalive: false });
  second.connection.importSession(bytes, second.callback);
  await alive(second, ['b', 'c'], ['reply']);
  assert.deepEqual([...tab.items], []);
});

test('an engine that cannot be loaded leaves the session where it was', withEngine, async () => {
  const first = await login();
  first.connection.send($msg({ id: 'x' }));
  first.leave();
  useEngine(() => Promise.reject(new Error('no network')));
  const second = restored();
  await second.reached('DISCONNECTED');
  assert.equal(second.statuses[1][1], 'engine-unavailable');
  useEngine(loadEngine);
  await alive(restored(), [], ['x']);
});

test('import of what is no session', withEngine, async () => {
  tab = new Tab();
  const { connection } = open();
  for (const bytes of [new Uint8Array(0), new Uint8Array([1, 2]), new TextEncoder().encode('{}')])
    assert.throws(() => connection.importSession(bytes), {
      name: 'StropheSessionError',
      message: 'importSession needs the bytes of exportSession',
    });
  assert.throws(() => connection.exportSession(), /there is no session/);
});
