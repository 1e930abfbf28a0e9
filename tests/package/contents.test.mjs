// SPDX-License-Identifier: MIT
// What is in the package.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BOSH_PACKAGE, consumer, node, tools } from './consumer.mjs';
import { unpack } from '../../js/unpack.js';

const folder = consumer({});
const root = join(folder, 'node_modules/libbosh');
const dist = join(root, 'dist');
const read = (file) => readFileSync(join(dist, file), 'utf8');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const scripts = readdirSync(dist).filter((file) => /\.c?js$/.test(file));
const globals = ['$build', '$iq', '$msg', '$pres', 'Strophe', 'stx', 'toStanza'];

/** What a program prints, as JSON. */
const evaluate = async (text, ...flags) => JSON.parse(await node(folder, ...flags, '-e', text));
const evaluateModule = (text) => evaluate(text, '--input-type=module');

test('every file that package.json names is there', () => {
    const named = [];
    const collect = (value) => (typeof value === 'string' ? named.push(value)
        : Object.values(value).forEach(collect));
    const { main, module, browser, types, unpkg, jsdelivr, exports } = manifest;
    collect({ main, module, browser, types, unpkg, jsdelivr, exports });
    assert.ok(named.length > 30);
    assert.deepEqual(named.filter((file) => !file.includes('*') && !existsSync(join(root, file))),
        []);
});

test('nothing but what is to be used', () => {
    assert.deepEqual(readdirSync(root).sort(), ['LICENSE', 'README.md', 'dist', 'docs',
        'package.json']);
    assert.equal(manifest.dependencies, undefined);
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const links = Array.from(readme.matchAll(/\]\(([^):]+)\)/g), ([, file]) => file);
    assert.ok(links.length > 1);
    assert.deepEqual(links.filter((file) => !existsSync(join(root, file))), []);
});

test('the deep imports that programs use', async () => {
    const names = ['esm.js', 'node.esm.js', 'cjs', 'common.js', 'umd.js', 'umd.min.js', 'umd.cjs',
        'js', 'min.js'].map((name) => `libbosh/dist/strophe.${name}`);
    const same = await evaluateModule(`
        import { createRequire } from 'node:module';
        import { Strophe } from 'libbosh';
        const require = createRequire(import.meta.url);
        const found = {};
        for (const name of ${JSON.stringify(names)}) {
            const own = /esm/.test(name) ? await import(name) : require(name);
            found[name] = own.Strophe === Strophe && typeof own.$msg === 'function';
        }
        console.log(JSON.stringify(found));`);
    assert.deepEqual(same, Object.fromEntries(names.map((name) => [name, true])));
});

test('all entries meet the same Strophe, in any order', async () => {
    const entries = ['index.js', 'worker.js', 'single.js', 'node.js', 'index.cjs', 'node.cjs'];
    for (const order of [entries, [...entries].reverse()]) {
        const same = await evaluateModule(`
            const found = [];
            for (const name of ${JSON.stringify(order)})
                found.push((await import('libbosh/dist/' + name)).Strophe);
            console.log(found.every((one) => one === found[0] && one === Strophe));`);
        assert.equal(same, true);
    }
});

for (const entry of ['index.js', 'worker.js', 'single.js', 'node.js', 'index.cjs', 'node.cjs'])
    test(`importing ${entry} on a server touches Strophe's seven globals alone`, async () => {
        const { touched, fetches } = await evaluateModule(`
            const names = () => Object.getOwnPropertyNames(globalThis);
            let fetches = 0;
            globalThis.fetch = async () => fetches++;
            for (const name of names()) globalThis[name]; // some are made when they are looked at
            const before = new Map(names().map(
                (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
            await import('libbosh/dist/${entry}');
            const isSame = (a, b) => a && Object.keys(b).every((key) => Object.is(a[key], b[key]));
            const touched = names().filter((name) =>
                !isSame(before.get(name), Object.getOwnPropertyDescriptor(globalThis, name)));
            console.log(JSON.stringify({ touched, fetches }));`);
        assert.deepEqual(touched.sort(), globals);
        assert.equal(fetches, 0);
    });

test('sideEffects names what sets globals', () => {
    const pattern = manifest.sideEffects.map((name) => name.slice(2).replace('*', '.*'));
    for (const file of scripts.filter((name) => !/^(embedded|engine)/.test(name)))
        assert.ok(pattern.some((one) => new RegExp(`^${one}$`).test(`dist/${file}`)), file);
});

test('bundlers find the engine where they look for it', () => {
    for (const file of ['index.js', 'worker.js', 'engine.js'])
        for (const part of ['libbosh', 'libbosh-more'])
            assert.ok(read(file).includes(`new URL("./${part}.wasm",import.meta.url)`), file);
    for (const file of scripts.filter((name) => !/^(index|worker|engine)\.js$/.test(name)))
        assert.ok(!read(file).includes('import.meta'), file);
});

test('webpack 4, which does not know "exports", understands the file that it takes', () => {
    const file = join(root, manifest.browser);
    for (const name of [file, join(file, '../embedded.cjs')])
        tools('acorn').parse(readFileSync(name, 'utf8'), { ecmaVersion: 2018 });
});

test('pages do not load a DOM', () => {
    const sources = (file) => JSON.parse(read(`${file}.map`)).sources;
    const light = (file) => sources(file).some((name) => name.includes('/dom/'));
    assert.deepEqual([light('index.js'), light('worker.js')], [false, true]);
});

test('source maps have their sources', () => {
    for (const file of scripts.filter((name) => !name.startsWith('embedded'))) {
        assert.ok(read(file).trimEnd().endsWith(`//# sourceMappingURL=${file}.map`), file);
        const { sources, sourcesContent } = JSON.parse(read(`${file}.map`));
        sources.forEach((name, i) => assert.ok(
            sourcesContent[i] || name.endsWith('embedded.js'), `${file}: ${name}`));
    }
});

const parts = { libbosh: 'bosh_web_pump', 'libbosh-more': 'bosh_web_attach' };
for (const [part, name] of Object.entries(parts))
    test(`the names of functions are in a file of their own: ${part}`, () => {
        const plain = unpack(readFileSync(join(dist, `${part}.wasm`)));
        const file = readFileSync(join(dist, `${part}.debug.wasm`));
        const [release, debug] = [plain, file].map((wasm) => new WebAssembly.Module(wasm));
        assert.equal(WebAssembly.Module.customSections(release, 'name').length, 0);
        const [names] = WebAssembly.Module.customSections(debug, 'name');
        assert.ok(Buffer.from(names).includes(name));
        assert.ok(file.subarray(0, plain.length).equals(plain), 'the code is not the same');
        assert.equal(unpack(file), file, 'a module that is not packed stays as it is');
    });

test('what C exports is what JavaScript calls', () => {
    const exportsOf = (part) => WebAssembly.Module.exports(
        new WebAssembly.Module(unpack(readFileSync(join(dist, `${part}.wasm`)))));
    // One or two letters, an underscore: what Emscripten and C's library have of their own; and the
    // stack, which the second part shares.
    const exported = Object.keys(parts).flatMap(exportsOf).map(({ name }) => name)
        .filter((name) => !/^_|^.{1,2}$|^%/.test(name));
    assert.ok(exported.length > 30);
    const source = readdirSync(BOSH_PACKAGE)
        .filter((name) => name.endsWith('.js') && name !== 'libbosh.js')
        .map((name) => readFileSync(join(BOSH_PACKAGE, name), 'utf8')).join('');
    assert.deepEqual(exported.filter((name) => !source.includes(`'${name}'`)), []);
    const called = Array.from(source.matchAll(/\bcall\('(\w+)'/g), ([, name]) => name);
    assert.deepEqual(called.filter((name) => !exported.includes(name)), []);
});
