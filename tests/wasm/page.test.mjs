// SPDX-License-Identifier: MIT
// The engine in a real page: Chromium, a strict Content-Security-Policy, Emscripten's fetch, and a
// Prosody behind the same origin.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request as forward } from 'node:http';
import { extname, join } from 'node:path';
import { test } from 'node:test';
import { privateDirectory, removeDirectory } from '../servers/child.mjs';
import { startRig } from '../servers/rig.mjs';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript',
    '.wasm': 'application/wasm' };
const POLICY = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'`;

const PAGE = '<!doctype html><title>libbosh</title><script type="module" src="/page.js"></script>';
/** Runs in the page; what it finds out is posted to /result. */
const SCRIPT = `
import { loadEngine } from '/engine-web.js';
const result = {};
try {
    const engine = await loadEngine();
    const client = engine.client({ url: new URL('/http-bind', location.href).href,
        jid: 'alice@localhost', password: 'alicepw', mechanisms: 'SCRAM-SHA-1' });
    const jid = await client.connect();
    const echo = new Promise((resolve) => client.handle({ name: 'message' }, resolve));
    client.send('<message to="' + jid + '"><body>\\u{1F600}</body></message>');
    result.echo = (await echo).child('body').text;
    await client.close();
    result.state = client.state;
    const other = engine.client({ url: location.origin + '/missing', jid: 'alice@localhost',
        password: 'alicepw', reconnect: 'never' });
    result.missing = await other.connect().catch((error) => error.code + error.detail.httpStatus);
    const hanging = engine.client({ url: location.origin + '/hang', jid: 'alice@localhost',
        password: 'alicepw' });
    hanging.connect();
    await fetch('/hanging');
    hanging.free();
    result.aborted = await (await fetch('/aborted')).text();
} catch (error) {
    result.error = String(error?.stack ?? error);
}
await fetch('/result', { method: 'POST', body: JSON.stringify(result) });
`;

/** A web server with the package, the page, and Prosody behind /http-bind. */
function site(rig, onResult) {
    const hang = {};
    hang.arrived = new Promise((resolve) => { hang.arrive = resolve; });
    hang.closed = new Promise((resolve) => { hang.close = resolve; });
    return createServer(async (request, response) => {
        response.setHeader('Content-Security-Policy', POLICY);
        const path = new URL(request.url, 'http://x').pathname;
        const send = (type, body) => response.setHeader('Content-Type', TYPES[type]).end(body);
        if (path === '/') return send('.html', PAGE);
        if (path === '/page.js') return send('.js', SCRIPT);
        if (path === '/http-bind')
            return request.pipe(forward(rig.url, { method: 'POST', headers: request.headers },
                (answer) => answer.pipe(response.writeHead(answer.statusCode, answer.headers))));
        if (path === '/hang') {
            response.on('close', hang.close);
            return hang.arrive();
        }
        if (path === '/hanging') return response.end(await hang.arrived);
        if (path === '/aborted') return response.end((await hang.closed, 'yes'));
        if (path === '/result') {
            const chunks = await request.toArray();
            response.end();
            return onResult(JSON.parse(Buffer.concat(chunks).toString()));
        }
        try {
            return send(extname(path), readFileSync(join(process.env.BOSH_PACKAGE, path)));
        } catch {
            return response.writeHead(404).end();
        }
    });
}

const hasChromium = spawnSync('chromium', ['--version']).status === 0;

test('login, message, errors and abort in a page', { skip: !hasChromium && 'no chromium' },
    async (t) => {
        const rig = await startRig({ server: 'prosody' });
        const profile = privateDirectory('chromium');
        let chromium;
        const result = await new Promise((resolve, reject) => {
            const server = site(rig, resolve).listen(0, '127.0.0.1', () => {
                chromium = spawn('chromium', ['--headless=new', '--no-sandbox', '--disable-gpu',
                    '--no-first-run', `--user-data-dir=${profile}`,
                    `http://127.0.0.1:${server.address().port}/`],
                { stdio: 'ignore', detached: true });
                chromium.on('exit', () => reject(new Error('chromium ended')));
            });
            t.after(async () => {
                chromium.removeAllListeners('exit');
                process.kill(-chromium.pid, 'SIGKILL'); // with all that still writes
                await once(chromium, 'exit');
                server.closeAllConnections();
                server.close();
                await rig.stop();
                removeDirectory(profile);
            });
        });
        assert.deepEqual(result, { echo: '\u{1F600}', state: 'ended',
            missing: 'BOSH_ERR_HTTP_STATUS404', aborted: 'yes' });
    });
