// SPDX-License-Identifier: MIT
// The JavaScript side of the engine, on a scripted server: what arrives, and what handlers may do.

import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { BoshError, Engine, createModule, fetchBinary, loadEngine, next } from './load.mjs';
import { ScriptedServer } from './scripted.mjs';

/** A client that is online for the time of test `t`, and its server. */
async function online(t, engine = undefined, more = {}) {
    engine ??= await loadEngine('fetch');
    const server = new ScriptedServer();
    const client = engine.client({ url: 'http://127.0.0.1/http-bind', jid: 'a@localhost',
        password: 'p', transport: server.transport, ...more });
    t.after(() => client.free());
    assert.equal(await client.connect(), 'a@localhost/r');
    return { engine, server, client };
}

/** Resolves with the first `count` stanzas. */
const stanzas = (client, count, match = {}) => new Promise((resolve) => {
    const list = [];
    client.handle(match, (stanza) => {
        list.push(stanza);
        if (list.length === count) resolve(list);
        return list.length < count;
    });
});

/** An element as plain data. */
const plain = (element) => ({
    name: `{${element.namespace}}${element.name}`,
    attributes: Object.fromEntries(element.attributes.map(({ namespace, name, value }) =>
        [namespace ? `{${namespace}}${name}` : name, value])),
    nodes: element.nodes.map((node) => (typeof node === 'string' ? node : plain(node))),
});

test('everything in a body arrives as it was sent', async (t) => {
    const { server, client } = await online(t);
    const arrived = stanzas(client, 3);
    server.deliver(`<message xmlns='jabber:client' from='b@localhost' xml:lang='de'>` +
        `<body>\uFEFFÄ \u{1F600} &lt;&amp;<b xmlns='urn:b'/>tail</body>` +
        `<p:x xmlns:p='urn:x' p:y='1' y='2 &apos;'><p:deep><deeper/></p:deep></p:x></message>` +
        `<presence xmlns='jabber:client'/>` +
        `<message xmlns='jabber:client'><body></body>last</message>`);
    const [first, second, third] = await arrived;
    assert.deepEqual(plain(first), {
        name: '{jabber:client}message',
        attributes: { from: 'b@localhost', '{http://www.w3.org/XML/1998/namespace}lang': 'de' },
        nodes: [
            { name: '{jabber:client}body', attributes: {}, nodes: ['\uFEFFÄ \u{1F600} <&',
                { name: '{urn:b}b', attributes: {}, nodes: [] }, 'tail'] },
            { name: '{urn:x}x', attributes: { '{urn:x}y': '1', y: `2 '` }, nodes: [
                { name: '{urn:x}deep', attributes: {}, nodes: [
                    { name: '{jabber:client}deeper', attributes: {}, nodes: [] }] }] }],
    });
    assert.deepEqual(plain(second), { name: '{jabber:client}presence', attributes: {}, nodes: [] });
    assert.equal(third.text, 'last');
    assert.equal(third.child('body').text, '');
    assert.equal(first.attribute('y'), null);
    assert.equal(first.child('x', 'urn:x').attribute('y', 'urn:x'), '1');
    assert.equal(first.child('x', 'urn:other'), null);
});

// The module for AddressSanitizer has the core's letters, those of the fourth.
const isPages = !process.env.BOSH_MODULE;
if (isPages) test('names have letters of the fifth edition of XML 1.0', async (t) => {
    const { server, client } = await online(t);
    const arrived = stanzas(client, 1);
    const names = ['\u0218', '\u{1F600}', '\u3007\u0300\u00B7\u203F'];
    server.deliver(`<message xmlns='jabber:client'>${names.map((one) => `<${one}/>`).join('')}` +
        '</message>');
    const [{ nodes }] = await arrived;
    assert.deepEqual(nodes.map(({ name }) => name), names);
});

test('a body that begins with U+FEFF', async (t) => {
    const { server, client } = await online(t);
    const arrived = stanzas(client, 1);
    server.deliver(`<message xmlns='jabber:client'><body>\uFEFFx</body><to>y</to></message>`);
    const [{ nodes: [body, to] }] = await arrived;
    assert.equal(body.text, '\uFEFFx');
    assert.equal(to.text, 'y');
});

test('elements stay valid when the memory of the module has grown and moved', async (t) => {
    const { engine, server, client } = await online(t);
    const before = engine.memoryBytes;
    let texts;
    const done = new Promise((resolve, reject) => {
        let count = 0;
        let first;
        client.on('error', reject);
        client.handle({ name: 'message' }, (stanza) => {
            first ??= stanza;
            if (count++ === 0)
                for (let i = 0; i < 40; i++)
                    client.send(`<message><body>${'x'.repeat(20000)}</body></message>`);
            if (count < 1000) return;
            texts = [first.child('body').text, stanza.child('body').text];
            resolve();
        });
    });
    server.deliver(Array.from({ length: 1000 }, (_, i) =>
        `<message xmlns='jabber:client'><body>text ${i}</body></message>`).join(''));
    await done;
    // Under AddressSanitizer there is room for all this from the start.
    if (!process.env.BOSH_MODULE) assert.ok(engine.memoryBytes > before, `${before}`);
    assert.deepEqual(texts, ['text 0', 'text 999']);
});

test('a handler may send, close and free in the middle of a body', async (t) => {
    for (const act of ['close', 'free']) {
        const { server, client } = await online(t);
        let count = 0;
        const done = new Promise((resolve) => {
            client.handle({}, () => {
                if (++count > 3) return;
                client.send(`<message><body>${count}</body></message>`);
                if (count < 3) return;
                client[act]();
                resolve();
            });
        });
        const ended = next(client, 'state', ({ state }) => state === 'ended');
        server.deliver(`<presence xmlns='jabber:client'/>`.repeat(10));
        await done;
        await ended;
        assert.ok(act === 'close' ? count === 10 : count === 3, `${act} ${count}`);
        client.free();
        assert.throws(() => client.send('<presence/>'), { code: 'BOSH_ERR_STATE' });
    }
});

test('a client may be freed within anything it tells', async (t) => {
    const engine = await loadEngine('fetch');
    for (const act of ['export', 'save', 'free']) {
        let save = () => {};
        const { server, client } = await online(t, engine, { save: () => save() });
        while (!server.isHolding) await new Promise(setImmediate);
        save = () => client.free();
        client.on('cancelled', () => client.free());
        if (act === 'free') client.free();
        else client.session[act]();
        assert.equal(client.state, 'ended', act);
        assert.throws(() => client.send('<presence/>'), { code: 'BOSH_ERR_STATE' });
        assert.equal(client.scramKeys, null);
    }
    await online(t, engine); // it has not failed
});

test('calls with what cannot be are refused', async (t) => {
    const { client, engine } = await online(t);
    assert.throws(() => client.look(), { code: 'BOSH_ERR_STATE' });
    for (const wishes of ['4', '0\0message\0', '\x01', '0\0\0\0\0\0\x01\x004\0'])
        assert.throws(() => client.wish(wishes), { code: 'BOSH_ERR_ARGUMENT' });
    const idle = engine.client({ url: 'http://127.0.0.1/', jid: 'a@localhost' });
    t.after(() => idle.free());
    for (const rid of [NaN, -1, 0, 2 ** 53, Infinity])
        assert.throws(() => idle.session.attach('a@localhost/r', 's', rid),
            { code: 'BOSH_ERR_ARGUMENT' });
    assert.equal(client.session.isAnswered(NaN), true);
});

test('handlers: match, order, removal, and what they throw', async (t) => {
    const { server, client } = await online(t);
    const seen = [];
    const errors = [];
    client.on('error', (error) => errors.push(error.message));
    client.handle({ type: 'chat' }, () => { seen.push('chat'); });
    client.handle({ namespace: 'urn:x' }, () => {
        seen.push('x once');
        return false;
    });
    client.handle({ name: 'message' }, () => {
        seen.push('broken');
        throw new Error('broken handler');
    });
    const off = client.handle({ id: '7' }, () => { seen.push('7'); });
    const last = stanzas(client, 1, { id: 'last' });
    const message = (more, inside = '') =>
        `<message xmlns='jabber:client' ${more}>${inside}</message>`;
    server.deliver(message(`type='chat' id='7'`) + message('', `<x xmlns='urn:x'/>`) +
        message('', `<x xmlns='urn:x'/>`) + message(`id='last'`));
    await last;
    off();
    const after = stanzas(client, 1, { id: '7' });
    server.deliver(message(`id='7'`));
    await after;
    assert.deepEqual(seen, ['chat', 'broken', '7', 'x once', 'broken', 'broken', 'broken',
        'broken']);
    assert.equal(errors.length, 5);
    assert.equal(errors[0], 'broken handler');
});

test('what is sent in one turn shares one body, and tickets tell of it', async (t) => {
    const { server, client } = await online(t);
    const delivered = next(client, 'delivered');
    assert.deepEqual([1, 2, 3].map((i) => client.send(`<message id='${i}'/>`)), [1, 2, 3]);
    while (!server.received.length) await new Promise(setImmediate);
    assert.equal(server.received[0].match(/<message /g).length, 3);
    server.deliver(`<presence xmlns='jabber:client'/>`);
    assert.equal((await delivered).ticket, 3);
    assert.throws(() => client.send('<message>'), { code: 'BOSH_ERR_STANZA_SYNTAX' });
    assert.throws(() => client.send('<query/>'), { code: 'BOSH_ERR_STANZA_KIND' });
});

test('a server that invents names does not fill the memory', async (t) => {
    const { engine, server, client } = await online(t);
    let number = 0;
    const round = async () => {
        const names = Array.from({ length: 1000 }, () => `<n${number++} xmlns='urn:n:${number}'/>`);
        const arrived = stanzas(client, 1);
        server.deliver(`<message xmlns='jabber:client'>${names.join('')}</message>`);
        const [stanza] = await arrived;
        assert.equal(stanza.name, 'message');
        assert.equal(stanza.nodes[999].name, `n${number - 1}`);
        assert.equal(stanza.nodes[999].namespace, `urn:n:${number}`);
    };
    for (let i = 0; i < 10; i++) await round();
    const bytes = engine.memoryBytes;
    for (let i = 0; i < 30; i++) await round();
    assert.equal(engine.memoryBytes, bytes);
});

test('entropy is drawn in blocks', async (t) => {
    let draws = 0;
    const counting = { getRandomValues(view) {
        draws++;
        return webcrypto.getRandomValues(view);
    } };
    const engine = await loadEngine('fetch', { crypto: counting });
    const { server, client } = await online(t, engine);
    for (let i = 0; i < 50; i++) {
        const arrived = stanzas(client, 1);
        server.deliver(`<presence xmlns='jabber:client'/>`);
        await arrived;
    }
    assert.ok(draws >= 1 && draws <= 2, `${draws} draws`);
});

test('without entropy nothing predictable is used', async (t) => {
    const broken = { getRandomValues() {
        throw new Error('no entropy');
    } };
    const engine = await loadEngine('fetch', { crypto: broken });
    await assert.rejects(online(t, engine), { code: 'BOSH_ERR_ENTROPY' });
});

test('no password stays in the memory of the module', async (t) => {
    let module;
    const engine = await loadEngine('fetch', {}, async (options) =>
        (module = await createModule(options)));
    const holds = (text) => Buffer.from(module.HEAPU8.buffer).includes(text);
    const secret = 'open-sesame-4711';
    const { client } = await online(t, engine, { password: secret });
    assert.ok(holds(secret)); // for the next login
    client.setPassword('another-secret-1');
    client.free();
    await new Promise(setImmediate);
    for (const text of [secret, 'another-secret-1', btoa(`\0a\0${secret}`).slice(4, -4)])
        assert.ok(!holds(text), text);
});

test('options that are wrong', async () => {
    const engine = await loadEngine('fetch');
    const make = (options) => () => engine.client({ url: 'http://127.0.0.1/', jid: 'a@localhost',
        ...options });
    assert.ok(engine instanceof Engine);
    assert.throws(make({ url: 'ftp://x/' }), { code: 'BOSH_ERR_URL' });
    assert.throws(make({ jid: 'a@@b' }), { code: 'BOSH_ERR_JID' });
    assert.throws(make({ noSuchOption: 1 }), { code: 'BOSH_ERR_ARGUMENT' });
    for (const waitS of [-1, 65536, Infinity, 'soon'])
        assert.throws(make({ waitS }), { code: 'BOSH_ERR_ARGUMENT' });
    make({ waitS: 65535, askCredentials: false, iqTimeoutMs: 1000.5 })().free();
    assert.throws(make({ schedule: 's7' }), TypeError);
    assert.throws(make({ password: 'a\0b' }), TypeError);
    assert.throws(make({ 'jid\0x': '' }), TypeError);
});

test('a transport that throws, rejects, or answers nonsense', async () => {
    const engine = await loadEngine('fetch');
    const answers = [() => { throw new Error('thrown'); }, () => Promise.reject(new Error('no')),
        () => Promise.resolve({}), () => undefined];
    for (const submit of answers) {
        const client = engine.client({ url: 'http://127.0.0.1/', jid: 'a@localhost', password: 'p',
            transport: { submit, cancel() {} } });
        const told = next(client, 'retry');
        client.connect();
        assert.equal((await told).error.code, 'BOSH_ERR_RESET');
        client.free();
    }
});

test('a trap ends the clients of the engine, and only them', async (t) => {
    let isBroken = false;
    const engine = await loadEngine('fetch', {}, async (options) => {
        const module = await createModule(options);
        let pump = module._bosh_web_pump; // replaces itself when it is called first
        const broken = () => { throw new WebAssembly.RuntimeError('unreachable'); };
        Object.defineProperty(module, '_bosh_web_pump', {
            get: () => (isBroken ? broken : pump),
            set: (real) => { pump = real; },
        });
        return module;
    });
    const { server, client } = await online(t, engine);
    const other = await online(t);
    const ended = next(client, 'state');
    const request = client.request(`<iq type='get' id='1'><query xmlns='urn:x'/></iq>`);
    isBroken = true;
    server.deliver(`<presence xmlns='jabber:client'/>`);
    const { state, error } = await ended;
    assert.equal(state, 'ended');
    assert.ok(error instanceof BoshError);
    assert.equal(error.code, 'BOSH_ERR_INTERNAL');
    await assert.rejects(request, { code: 'BOSH_ERR_INTERNAL' });
    assert.throws(() => client.send('<presence/>'), { code: 'BOSH_ERR_STATE' });
    assert.equal(other.client.state, 'online');
});

test('the file of the module is fetched, and what is none is named', async (t) => {
    const wasm = readFileSync(join(process.env.BOSH_PACKAGE, 'libbosh.wasm'));
    const server = createServer((request, response) => {
        if (request.url === '/libbosh.wasm') response.end(wasm);
        else response.setHeader('Content-Type', 'text/html').end('<html></html>');
    });
    server.listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const url = `http://127.0.0.1:${server.address().port}`;
    assert.deepEqual(Buffer.from(await fetchBinary(`${url}/libbosh.wasm`)), wasm);
    await assert.rejects(fetchBinary(`${url}/other.wasm`),
        /\/other\.wasm is not .*HTTP 200, text\/html.*wasmUrl/);
});

test('what C exports and what JavaScript calls are the same', () => {
    const read = (file) => readFileSync(join(process.env.BOSH_PACKAGE, file), 'utf8');
    const names = (text, pattern) =>
        [...new Set([...text.matchAll(pattern)].map(([, name]) => name))].sort();
    const module = new WebAssembly.Module(readFileSync(join(process.env.BOSH_PACKAGE,
        'libbosh.wasm')));
    const exported = WebAssembly.Module.exports(module).filter(({ name, kind }) =>
        kind === 'function' && !/^_|^.{1,2}$/.test(name));
    assert.deepEqual(exported.map(({ name }) => name).sort(),
        names(['engine.js', 'client.js', 'moves.js', 'program.js',
            'strophe/steering.js'].map(read).join('\n'),
            /(?:call|take)\(\s*'(\w+)'/g));
});
