// SPDX-License-Identifier: MIT
// TypeScript programs that use the package compile: a strict one, one that was written for
// @types/strophe.js, and one for strophe.js with an alias.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { BOSH_PACKAGE, consumer, jsTools, node } from './consumer.mjs';

const tsc = join(dirname(jsTools.resolve('typescript/package.json')), 'bin/tsc');
const types = dirname(jsTools.resolve('@types/strophe.js/package.json'));

const strict = {
    strict: true, noEmit: true, target: 'es2022', lib: ['es2023', 'dom'], types: [],
    exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noImplicitOverride: true,
};

/** Compiles files by name. @returns what tsc says */
async function compile(files, compilerOptions, options = {}) {
    const folder = consumer({ ...files, 'tsconfig.json': JSON.stringify(
        { compilerOptions: { ...strict, ...compilerOptions }, include: ['*.ts', '*.cts'] }) },
    options);
    symlinkSync(types, join(folder, 'node_modules/at-types'));
    return node(folder, tsc, '-p', '.').catch((error) => error.message);
}

const program = (name) => `
import { Strophe, $build, $iq, $msg, $pres, Builder, Stanza, stx, toStanza, b64_sha1 }
    from '${name}';
import type { ConnectCallback, ConnectionOptions } from '${name}';

declare global {
    namespace Strophe {
        interface Connection { muc: { join(room: string, nick: string): void } }
    }
}
const options: ConnectionOptions = { keepalive: true, mechanisms: [Strophe.SASLPlain] };
const told: ConnectCallback = (status, condition, element) => {
    if (status === Strophe.Status.CONNECTED) connection.muc.join('room@example.org', 'nick');
    const text: string | null | undefined = condition ?? element?.getAttribute('type');
    console.log(text);
};
class Own extends Strophe.Connection {
    override rawInput(text: string): void {
        console.log(text);
    }
}
const connection: Strophe.Connection = new Own('/xmpp-httpbind', options);
connection.connect('alice@example.org', 'secret', told);
const handler: Strophe.Handler = connection.addHandler((stanza: Element) => {
    const body: string | null = Strophe.getText(stanza.querySelector('body'));
    return body !== '';
}, null, 'message', ['chat', 'normal']);
connection.deleteHandler(handler);
const builder: Builder = $msg({ to: 'bob@example.org' }).c('body').t('Hi').up();
connection.send(builder);
connection.send([$pres(), $build('presence')]);
connection.sendIQ($iq({ type: 'get' }), (iq) => iq.getAttribute('id'), () => {}, 1000);
const stanza: Stanza = stx\`<presence xmlns="jabber:client" id="\${1}"/>\`;
connection.send(stanza.tree());
connection.send(toStanza('<presence xmlns="jabber:client"/>'));
class Mechanism extends Strophe.SASLMechanism {
    constructor() {
        super('X-OWN', true, 10);
    }
    override onChallenge(connection: Strophe.Connection): string {
        return b64_sha1(connection.jid);
    }
}
connection.registerSASLMechanism(Mechanism);
Strophe.addConnectionPlugin('muc', {
    connection: null as Strophe.Connection | null,
    init(connection: Strophe.Connection) {
        this.connection = connection;
        this.rooms = {};
    },
});
Strophe.log = (level: Strophe.LogLevel, message: string) => console.log(level, message);
const namespace: string | undefined = Strophe.NS['DISCO_INFO'];
const status: Strophe.Status = Strophe.Status.AUTHFAIL;
console.log(namespace, status);
`;

/** In the global scope, as the declarations of DefinitelyTyped have it. */
const forAtTypes = `
class Chat {
    private connection: Strophe.Connection;
    private handler: Strophe.Handler | undefined;
    private timed: Strophe.TimedHandler;
    private states: Record<number, string> = {
        [Strophe.Status.CONNECTED]: 'connected',
        [Strophe.Status.CONNFAIL]: 'failed',
    };

    constructor(service: string) {
        const options: Strophe.ConnectionOptions = { keepalive: true, withCredentials: true };
        this.connection = new Strophe.Connection(service, options);
        this.connection.connect('alice@example.org', 'secret', this.told, 60, 1);
        this.timed = this.connection.addTimedHandler(1000, () => true);
    }
    told = (status: Strophe.Status, condition: string, elem: Element): void => {
        Strophe.info(this.states[status] ?? condition + elem.tagName);
        if (status !== Strophe.Status.CONNECTED) return;
        this.handler = this.connection.addHandler(this.received, '', 'message', 'chat', '', '');
        this.connection.send($pres().tree());
        this.connection.addProtocolErrorHandler('HTTP', 500, (code: number) => code);
    };
    received = (stanza: Element): boolean => {
        Strophe.forEachChild(stanza, 'body', (child: Element) => Strophe.getText(child));
        const from: string = stanza.getAttribute('from') ?? '';
        const reply: Strophe.Builder = $msg({ to: Strophe.getBareJidFromJid(from) ?? '' })
            .c('body').t('Hi').up().c('active', { xmlns: 'urn:x' });
        this.connection.send(reply);
        const id: string = this.connection.sendIQ($iq({ type: 'get' }).c('ping'),
            (result: Element) => Strophe.serialize(result), () => null, 5000);
        return id !== '';
    };
    leave(): void {
        if (this.handler) this.connection.deleteHandler(this.handler);
        this.connection.deleteTimedHandler(this.timed);
        this.connection.disconnect('bye');
    }
    resume(): void {
        this.connection.restore('alice@example.org', this.told);
        this.connection.attach('alice@example.org/x', 'sid', '1234', this.told, 60, 1, 5);
    }
}
Strophe.addNamespace('X', 'urn:x');
Strophe.addConnectionPlugin('x', { init: (connection: Strophe.Connection) => connection });
console.log(new Chat('/http-bind'), Strophe.NS.ROSTER, Strophe.LogLevel.WARN, $build('a'));
`;

for (const [module, moduleResolution] of [['nodenext', 'nodenext'], ['esnext', 'bundler']])
    test(`a strict program, ${moduleResolution}`, async () => {
        assert.equal(await compile({ 'main.ts': program('libbosh') },
            { module, moduleResolution }), '');
    });

test('a strict program in CommonJS', async () => {
    assert.equal(await compile({ 'main.cts': program('libbosh') },
        { module: 'nodenext', moduleResolution: 'nodenext' }), '');
});

test('it would not compile with a mistake in it', async () => {
    const said = await compile({ 'main.ts': `${program('libbosh')}\nconnection.conect();` },
        { module: 'nodenext', moduleResolution: 'nodenext' });
    assert.match(said, /'conect' does not exist/);
});

test('a program written for @types/strophe.js', async () => {
    const files = { 'main.ts': forAtTypes };
    // It is one.
    assert.equal(await compile(files, { types: ['./node_modules/at-types'] }), '');
    assert.equal(await compile(files, { module: 'esnext', moduleResolution: 'bundler',
        types: ['libbosh'] }), '');
});

test('strophe.js as an alias in paths', async () => {
    assert.equal(await compile({ 'main.ts': program('strophe.js') },
        { module: 'esnext', moduleResolution: 'bundler',
            paths: { 'strophe.js': ['./node_modules/libbosh/dist/index.d.ts'] } }), '');
});

test('strophe.js as an alias of npm', async () => {
    assert.equal(await compile({ 'main.ts': program('strophe.js') },
        { module: 'nodenext', moduleResolution: 'nodenext' }, { as: 'strophe.js' }), '');
});

test('the declarations are for TypeScript before 5.7, too', () => {
    const types = join(BOSH_PACKAGE, 'dist/types');
    const files = readdirSync(types, { recursive: true }).filter((name) => name.endsWith('.d.ts'));
    assert(files.length > 40);
    for (const file of files)
        assert.doesNotMatch(readFileSync(join(types, file), 'utf8'), /Array<ArrayBuffer/, file);
});

test('the engine alone', async () => {
    assert.equal(await compile({ 'main.ts': `
        import { loadEngine, fetchTransport, type Client } from 'libbosh/engine';
        const engine = await loadEngine({ wasmUrl: '/libbosh.wasm' });
        const client: Client = engine.client({ url: '/b', transport: fetchTransport() });
        client.close();` }, { module: 'nodenext', moduleResolution: 'nodenext' }), '');
});
