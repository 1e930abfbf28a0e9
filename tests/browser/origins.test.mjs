// SPDX-License-Identifier: MIT
// Where the page comes from: plain http under a foreign name, a strict Content-Security-Policy, and
// another origin than the server's.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setStage } from './harness.mjs';

let stage, port;
before(async () => {
    stage = await setStage({ server: 'prosody' });
    ({ port } = new URL(stage.rig.url));
});
after(() => stage.close());

/** Sends a message to itself. */
async function talk(page, text) {
    await page.send(page.jid, text);
    assert.equal((await page.message(text)).from, page.jid);
}

/** The requests that this path has got so far, as Nginx wrote them down. */
const logged = (path) => readFileSync(join(stage.rig.directory, 'nginx', 'access.log'), 'utf8')
    .split('\n').filter((line) => line.includes(` ${path} `))
    .map((line) => /"([A-Z]+) /.exec(line)[1]);

describe('origins', { concurrency: true, timeout: 60_000 }, () => {
    test('plain http under a foreign name: SCRAM without a secure context', async () => {
        const [alice] = stage.pair();
        const page = await stage.page({ origin: `http://chat.example:${port}` });
        assert.deepEqual(await page.page.evaluate(() => [isSecureContext, crypto.subtle]),
            [false, undefined]);
        await page.logIn(alice, { mechanisms: ['SASLSHA1'] });
        await talk(page, 'Hi');
    });

    test('plain http under a foreign name: PLAIN is refused, unless it is allowed', async () => {
        const [alice] = stage.pair();
        const page = await stage.page({ origin: `http://chat.example:${port}` });
        await page.do('connect', `${alice}@localhost`, 'secret', { mechanisms: ['SASLPlain'] });
        await page.status('DISCONNECTED');
        assert.deepEqual(page.statuses, ['CONNECTING', 'CONNFAIL plain-needs-https',
            'DISCONNECTED plain-needs-https']);
        await page.logIn(alice, { mechanisms: ['SASLPlain'], allowPlainOverHttp: true });
    });

    test("without 'wasm-unsafe-eval' the log names the cure", async () => {
        const page = await stage.page({ path: '/no-wasm.html' });
        await page.do('connect', 'alice@localhost', 'secret');
        await page.status('DISCONNECTED');
        assert.deepEqual(page.statuses, ['CONNECTING', 'CONNFAIL engine-unavailable',
            'DISCONNECTED engine-unavailable']);
        await page.logged(/Content-Security-Policy.*'wasm-unsafe-eval'/);
    });

    // 'text/plain' is one of the types that need no permission.
    for (const contentType of [undefined, 'text/plain'])
        test(`another origin, ${contentType ? 'without' : 'with'} preflight`, async () => {
            const [alice] = stage.pair();
            // A query of its own, to be found in the proxy's log.
            const path = `/xmpp-httpbind?${contentType ? 'simple' : 'asked'}`;
            const page = await stage.page();
            await page.logIn(alice, { contentType, service: `http://xmpp.example:${port}${path}` });
            await talk(page, 'Hi');
            const methods = logged(path);
            assert(methods.filter((method) => method === 'POST').length >= 4);
            assert.equal(methods.includes('OPTIONS'), !contentType);
        });
});
