// SPDX-License-Identifier: MIT
// Programs for Node that use the package: ES modules, CommonJS, and Jest with jsdom.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { dirname, join } from 'node:path';
import { chat, consumer, packAgain, expected, node, npm, plugins, startEcho, tarball, tools }
    from './consumer.mjs';

let echo;
before(async () => {
    echo = await startEcho();
});
after(() => echo.stop());

const report = '(result) => console.log(JSON.stringify(result))';

test('an ES module', async () => {
    const folder = consumer({ 'main.js': `
        import { Strophe, $msg, $pres } from 'libbosh';
        ${chat} chat({ Strophe, $msg, $pres }, '${echo.url}', ${report});` });
    assert.deepEqual(JSON.parse(await node(folder, 'main.js')), expected);
});

test('CommonJS', async () => {
    const folder = consumer({ 'main.js': `
        ${chat} chat(require('libbosh'), '${echo.url}', ${report});` }, { type: 'commonjs' });
    assert.deepEqual(JSON.parse(await node(folder, 'main.js')), expected);
});

test('one file, in Node too', async () => {
    const folder = consumer({ 'main.js': `
        import * as api from 'libbosh/single';
        ${chat} chat(api, '${echo.url}', ${report});` });
    assert.deepEqual(JSON.parse(await node(folder, 'main.js')), expected);
});

test('plugins that require strophe.js, by an alias of npm', async () => {
    // npm 9, which is Debian's, does not take a file as an override.
    const isOld = Number.parseInt((await npm('.', '--version')).stdout, 10) < 10;
    const folder = consumer({
        'package.json': JSON.stringify({
            type: 'module',
            dependencies: {
                'strophe.js': `file:${tarball()}`,
                ...Object.fromEntries(plugins.map((name) => [name, `file:./${name}.tgz`])),
            },
            ...(!isOld && { overrides: { 'strophe.js': '$strophe.js' } }),
        }),
        'main.js': `
            import { Strophe, $msg, $pres } from 'strophe.js';
            ${plugins.map((name) => `import '${name}';`).join('\n')}
            ${chat}
            const { muc, roster, disco, mam, caps } = new Strophe.Connection('http://x/');
            const ver = caps.generateVer();
            const plugins = [muc, roster, disco, mam].map((one) => typeof one);
            chat({ Strophe, $msg, $pres }, '${echo.url}',
                (result) => console.log(JSON.stringify({ ...result, plugins, ver })));`,
    });
    for (const name of plugins) packAgain(name, folder);
    await npm(folder, 'install', ...(isOld ? ['--legacy-peer-deps'] : []));
    const { ver, ...result } = JSON.parse(await node(folder, 'main.js'));
    assert.deepEqual(result,
        { ...expected, plugins: ['object', 'object', 'object', 'object'] });
    assert.match(ver, /^[A-Za-z0-9+/]{27}=$/);
});

test('Jest with jsdom', async () => {
    const folder = consumer({ 'chat.test.js': `
        /** @jest-environment ${tools.resolve('jest-environment-jsdom')} */
        ${chat}
        test('chat', async () => {
            const api = require('libbosh');
            expect(globalThis.$msg({ to: 'a' }).tree()).toBeInstanceOf(Element);
            const result = await new Promise((done) => chat(api, '${echo.url}', done));
            expect(result).toEqual(${JSON.stringify(expected)});
        });` }, { type: 'commonjs' });
    const jest = join(dirname(tools.resolve('jest/package.json')), 'bin/jest.js');
    await node(folder, jest, '--rootDir', folder, '--cacheDirectory', join(folder, 'cache'));
});
