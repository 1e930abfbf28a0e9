// SPDX-License-Identifier: MIT
// Pages that use the package: by every bundler without any configuration, and by none. Each is
// loaded in Chromium, logs in, and talks to itself.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { startBrowser } from '../browser/browser.mjs';
import { freePort } from '../servers/child.mjs';
import { chat, consumer, expected, jsTools, plugins, startEcho, tools } from './consumer.mjs';

const skip = spawnSync('chromium', ['--version']).status !== 0 && 'no chromium';
const options = { skip, timeout: 60_000 };

/** Chunks of bundlers, whatever their names: the embedded engine begins like this in base64. */
const EMBEDDED = 'AGFzbQEAAQ';
/** What is added to the address of a page that is to keep its session. */
const KEEPALIVE = '&keepalive=';
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

let echo, browser, context;
before(async () => {
    if (skip) return;
    [echo, browser] = await Promise.all([startEcho(), startBrowser()]);
    context = await browser.alone();
});
after(async () => {
    if (skip) return;
    await browser.stop();
    await echo.stop();
});

/** Serves a folder. @returns {Promise<{origin: string, stop: () => void}>} */
async function serve(folder) {
    const server = createServer((request, response) => {
        const { pathname } = new URL(request.url, 'http://x');
        try {
            const file = join(folder, pathname === '/' ? 'index.html' : pathname);
            const content = readFileSync(file);
            response.setHeader('Content-Type', TYPES[extname(file)] ?? 'text/plain').end(content);
        } catch {
            response.writeHead(404).end();
        }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
        origin: `http://127.0.0.1:${server.address().port}`,
        stop: () => { server.closeAllConnections(); server.close(); },
    };
}

/**
 * Opens the page and waits for what it finds out.
 * @returns {Promise<{result: any, engine: string[]}>} and how the engine came
 */
async function visit(origin, more = '') {
    const page = await context.newPage();
    const engine = [];
    const looking = [];
    page.on('response', (response) => {
        if (!/(js|wasm)(\?|$)/.test(response.url())) return;
        looking.push(response.body().then((body) => {
            if (body.subarray(0, 4).equals(Buffer.from('\0asm'))) engine.push('wasm');
            if (body.includes(EMBEDDED)) engine.push('embedded');
            const [, file] = /\/(steering|saved|carrier)\.js$/.exec(response.url()) ?? [];
            if (file) engine.push(file);
        }, () => {}));
    });
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${origin}/?service=${encodeURIComponent(echo.url)}${more}`);
    const found = await page.waitForFunction(() => globalThis.result, null, { timeout: 30_000 })
        .catch((error) => { throw new Error(`${error.message}\n${errors.join('\n')}`); });
    const result = await found.jsonValue();
    await Promise.all(looking);
    await page.close();
    return { result, engine };
}

const html = (...tags) => `<!doctype html><meta charset="utf-8"><title>t</title>${tags.join('')}`;
const script = (src, type = '') => `<script ${type && `type="${type}"`} src="${src}"></script>`;
const begin = (api) => `
    const query = new URLSearchParams(location.search);
    chat(${api}, query.get('service'), (result) => {
        globalThis.result = result;
    }, { keepalive: query.has('keepalive') });`;
const main = `import { Strophe, $msg, $pres } from 'libbosh';
    ${chat}${begin('{ Strophe, $msg, $pres }')}`;

/** Loads a consumer. @returns as visit, what came in the order of names */
async function open(folder, more) {
    const { origin, stop } = await serve(folder);
    try {
        const { result, engine } = await visit(origin, more);
        return { result, engine: engine.sort() };
    } finally {
        stop();
    }
}

/** Loads a consumer and checks that it can chat. @returns how the engine came */
async function check(folder, more) {
    const { result, engine } = await open(folder, more);
    assert.deepEqual(result, expected);
    return engine;
}

test('a module script', options, async () => {
    const module = 'node_modules/libbosh/dist/index.js';
    const folder = consumer({ 'index.html': html(script('main.js', 'module')),
        'main.js': main.replace("'libbosh'", `'./${module}'`) });
    assert.deepEqual(await check(folder), ['wasm']);
    assert.deepEqual(await check(folder, KEEPALIVE), ['saved', 'wasm', 'wasm']);
});

test('a program that looks on at the login', options, async () => {
    const entry = './node_modules/libbosh/dist/index.js';
    const folder = consumer({ 'index.html': html(script('main.js', 'module')),
        'main.js': `${main.replace("'libbosh'", `'${entry}'`)}
            const { prototype } = Strophe.Connection, { _sasl_success_cb: own } = prototype;
            prototype._sasl_success_cb = function (...all) { return own.apply(this, all); };` });
    assert.deepEqual(await check(folder), ['steering', 'wasm', 'wasm']);
});

test('a program that makes its requests itself', options, async () => {
    const entry = './node_modules/libbosh/dist/index.js';
    const folder = consumer({ 'index.html': html(script('main.js', 'module')),
        'main.js': `${main.replace("'libbosh'", `'${entry}'`)}
            const { prototype } = Strophe.Request, { _newXHR: own } = prototype;
            prototype._newXHR = function () { return own.call(this); };` });
    assert.deepEqual(await check(folder), ['carrier', 'wasm']);
});

test('the second file of the engine is missing', options, async () => {
    const module = 'node_modules/libbosh/dist/index.js';
    const folder = consumer({ 'index.html': html(script('main.js', 'module')),
        'main.js': main.replace("'libbosh'", `'./${module}'`) });
    rmSync(join(folder, 'node_modules/libbosh/dist/libbosh-more.wasm'));
    await check(folder);
    const { result } = await open(folder, KEEPALIVE);
    assert.deepEqual(result.statuses, ['CONNECTING', 'CONNFAIL engine-unavailable',
        'DISCONNECTED engine-unavailable']);
});

test('a page that hands its session over says so before', options, async () => {
    const folder = consumer({ 'index.html': html(script('main.js', 'module')), 'main.js': `
        import { Strophe, $msg } from './node_modules/libbosh/dist/index.js';
        Strophe.setLogLevel(Strophe.LogLevel.FATAL);
        const service = new URLSearchParams(location.search).get('service');
        const { CONNECTED, ATTACHED } = Strophe.Status;
        const make = (options) =>
            new Strophe.Connection(service, { contentType: 'text/plain', ...options });
        const exported = (options) => new Promise((resolve) => {
            const connection = make(options);
            connection.connect('alice@localhost', 'alicepw', (status) => {
                try {
                    if (status === CONNECTED) resolve(connection.exportSession());
                } catch (error) {
                    resolve(error.message);
                }
            });
        });
        const refused = await exported({});
        const bytes = await exported({ exportable: true });
        const next = make();
        next.addHandler((message) => {
            globalThis.result = { refused, heard: message.textContent };
        }, null, 'message');
        next.importSession(bytes, (status) => {
            const message = $msg({ to: 'bob@localhost', type: 'chat' }).c('body').t('Hi');
            if (status === ATTACHED) next.send(message);
        });` });
    const { result, engine } = await open(folder);
    assert.match(result.refused, /option exportable/);
    assert.equal(result.heard, 'Hi');
    assert.deepEqual(engine, ['saved', 'wasm', 'wasm']);
});

test('a login by the keys of an earlier one', options, async () => {
    const folder = consumer({ 'index.html': html(script('main.js', 'module')), 'main.js': `
        import { Strophe } from './node_modules/libbosh/dist/index.js';
        const service = new URLSearchParams(location.search).get('service');
        const connection = new Strophe.Connection(service, { contentType: 'text/plain' });
        const keys = { name: 'SHA-1', iter: 4096, salt: 'c2FsdA==', ck: 'AA==', sk: 'AA==' };
        connection.connect('alice@localhost', keys, (status) => {
            if (status !== Strophe.Status.CONNECTING) globalThis.result = status;
        });` });
    const { result, engine } = await open(folder);
    assert.equal(result, 4); // AUTHFAIL: this server has PLAIN only, which takes no keys
    assert.deepEqual(engine, ['saved', 'wasm', 'wasm']);
});

test('a module script, one file', options, async () => {
    const folder = consumer({ 'index.html': html(script('main.js', 'module')),
        'main.js': main.replace("'libbosh'", "'./node_modules/libbosh/dist/single.js'") });
    assert.deepEqual(await check(folder), ['embedded']);
});

test('a script tag, with plugins by script tags', options, async () => {
    const folder = consumer({
        'index.html': html(script('node_modules/libbosh/dist/libbosh.umd.js'),
            script('node_modules/strophejs-plugin-disco/lib/strophe.disco.js'),
            script('node_modules/strophejs-plugin-caps/lib/strophe.caps.js'),
            script('node_modules/strophejs-plugin-ping/strophe.ping.js'), script('main.js')),
        'main.js': `${chat}
            const { caps, ping } = new Strophe.Connection('/');
            if (!/^.{27}=$/.test(caps.generateVer()) || !ping) throw new Error('no plugins');
            ${begin('window')}`,
    }, { packages: ['disco', 'caps', 'ping'].map((name) => `strophejs-plugin-${name}`) });
    assert.deepEqual(await check(folder), ['embedded']);
});

const inWorker = (how, worker) => async () => {
    const folder = consumer({ 'index.html': html(script('main.js')), 'worker.js': worker,
        'main.js': `const worker = new Worker('worker.js' + location.search, { type: '${how}' });
            worker.onmessage = ({ data }) => { globalThis.result = data; };` });
    await check(folder);
};
const answer = (api) => begin(api).replace('globalThis.result = result', 'postMessage(result)');
test('a module worker', options, inWorker('module', `
    import * as api from './node_modules/libbosh/dist/worker.js';
    ${chat}${answer('api')}`));
test('a classic worker', options, inWorker('classic', `
    importScripts('node_modules/libbosh/dist/libbosh.umd.js');
    ${chat}${answer('self')}`));

/** How each tool makes dist/ of src/. */
const builders = {
    async webpack(folder, alias) {
        const compiler = tools('webpack')({ context: folder, mode: 'production',
            output: { path: join(folder, 'dist') }, // where `npx webpack` in it would write
            ...(alias && { resolve: { alias } }) });
        const stats = await new Promise((resolve, reject) => compiler.run(
            (error, done) => (error ? reject(error) : resolve(done))));
        assert.equal(stats.toString({ all: false, errors: true }), '');
        await new Promise((resolve) => compiler.close(resolve));
    },
    esbuild: (folder, alias) => jsTools('esbuild').build({ absWorkingDir: folder, alias,
        entryPoints: ['src/index.js'], bundle: true, outfile: 'dist/main.js', logLevel: 'error' }),
    'esbuild, ES modules': (folder, alias) => jsTools('esbuild').build({ absWorkingDir: folder,
        alias, entryPoints: { main: 'src/index.js' }, bundle: true, format: 'esm',
        splitting: true, outdir: 'dist', logLevel: 'error' }),
    async rollup(folder) {
        const bundle = await tools('rollup').rollup({ input: join(folder, 'src/index.js'),
            plugins: [tools('@rollup/plugin-node-resolve').nodeResolve()] });
        await bundle.write({ dir: join(folder, 'dist'), entryFileNames: 'main.js' });
        await bundle.close();
    },
};
const isModule = (tool) => tool === 'rollup' || tool.includes('modules');

for (const tool of Object.keys(builders))
    test(tool, options, async () => {
        const folder = consumer({ 'src/index.js': main,
            'index.html': html(script('dist/main.js', isModule(tool) ? 'module' : '')) });
        await builders[tool](folder);
        // What does not copy the files bundles the embedded engine.
        const [one, both] = tool === 'webpack' ? [['wasm'], ['wasm', 'wasm']]
            : [['embedded'], ['embedded']];
        assert.deepEqual(await check(folder), one);
        assert.deepEqual(await check(folder, KEEPALIVE), both);
    });

test('webpack, with the file that webpack 4 takes', options, async () => {
    const file = '../node_modules/libbosh/dist/index.cjs';
    const folder = consumer({ 'src/index.js': main.replace("'libbosh'", `'${file}'`),
        'index.html': html(script('dist/main.js')) });
    await builders.webpack(folder);
    assert.deepEqual(await check(folder), ['embedded']);
});

/** The Vite of this major version. */
const vite = (major) => import(tools.resolve(`vite${major}/package.json`)
    .replace('package.json', 'dist/node/index.js'));

for (const major of [5, 6, 7, 8]) {
    const files = { 'index.html': html(script('/src/index.js', 'module')), 'src/index.js': main };

    test(`Vite ${major}, build`, options, async () => {
        const folder = consumer(files);
        await (await vite(major)).build({ root: folder, logLevel: 'silent' });
        assert.deepEqual(await check(join(folder, 'dist')), ['wasm']);
        const [, ...more] = await check(join(folder, 'dist'), KEEPALIVE);
        assert.deepEqual(more, ['wasm']);
    });

    test(`Vite ${major}, dev`, options, async () => {
        const port = await freePort();
        const server = await (await vite(major)).createServer({ root: consumer(files),
            logLevel: 'silent', server: { port, host: '127.0.0.1', strictPort: true } });
        await server.listen();
        try {
            for (const more of ['', KEEPALIVE]) {
                const { result } = await visit(`http://127.0.0.1:${port}`, more);
                assert.deepEqual(result, expected);
            }
        } finally {
            await server.close();
        }
    });
}

/** A program written for Strophe.js, with plugins. */
const forStrophe = `
    import { Strophe, $msg, $pres } from 'strophe.js';
    ${plugins.map((name) => `import '${name}';`).join('\n')}
    const { muc, roster, disco, mam, caps } = new Strophe.Connection('/');
    if (!muc || !roster || !disco || !mam || !caps.generateVer()) throw new Error('no plugins');
    ${chat}${begin('{ Strophe, $msg, $pres }')}`;
const alias = { 'strophe.js': 'libbosh' };

for (const tool of ['webpack', 'esbuild'])
    test(`${tool}, strophe.js as an alias`, options, async () => {
        const folder = consumer({ 'src/index.js': forStrophe,
            'index.html': html(script('dist/main.js')) }, { packages: plugins });
        await builders[tool](folder, alias);
        await check(folder);
    });

for (const major of [5, 6, 7, 8])
    test(`Vite ${major}, strophe.js as an alias`, options, async () => {
        const folder = consumer({ 'index.html': html(script('/src/index.js', 'module')),
            'src/index.js': forStrophe }, { packages: plugins });
        await (await vite(major)).build({ root: folder, logLevel: 'silent', resolve: { alias } });
        await check(join(folder, 'dist'));
    });
