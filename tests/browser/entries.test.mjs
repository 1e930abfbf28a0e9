// SPDX-License-Identifier: MIT
// The library other than as a module of a page: by script tag, in a worker, and in a Service
// Worker, which is started anew for each event.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setStage } from './harness.mjs';

const ping = fileURLToPath(
    new URL('../../js/node_modules/strophejs-plugin-ping', import.meta.url));

let stage;
before(async () => {
    stage = await setStage({ server: 'prosody', site: { ping } });
});
after(() => stage.close());

describe('entries', { concurrency: true, timeout: 90_000 }, () => {
    test('a script tag, and the ping plugin of npm by another', async () => {
        const [alice] = stage.pair();
        const page = await stage.pageOf(alice, { path: '/script.html' });
        assert.equal(await page.do('ping', 'localhost'), 'result');
        assert.equal(await page.do('ping', 'nobody@localhost/nowhere'), 'error');
    });

    test('a whole session in a worker', async () => {
        const [alice, bob] = stage.pair();
        const page = await stage.pageOf(alice, { path: '/worker.html' });
        const other = await stage.pageOf(bob);
        assert.equal(await page.page.evaluate(() => 'Strophe' in globalThis), false);
        await page.send(other.jid, 'from a worker \u{1F477}');
        await other.message('from a worker \u{1F477}');
        await other.send(page.jid, 'to a worker');
        assert.equal((await page.message('to a worker')).from, other.jid);
        const posts = page.requests.filter((request) => request.method() === 'POST');
        assert.deepEqual(new Set(posts.map((request) => request.resourceType())), new Set(['xhr']));
        await page.do('disconnect');
        await page.status('DISCONNECTED');
        assert.deepEqual(page.statuses,
            ['CONNECTING', 'CONNECTED', 'DISCONNECTING', 'DISCONNECTED']);
    });

    test('a Service Worker hands its session from one event to the next', async () => {
        const [alice, bob] = stage.pair();
        const page = await stage.page({ path: '/service-worker.html' });
        const other = await stage.pageOf(bob);
        const workers = await page.page.context().newCDPSession(page.page);
        await workers.send('ServiceWorker.enable');
        const runs = new Set();
        for (const [i, expected] of ['CONNECTED', 'ATTACHED', 'ATTACHED'].entries()) {
            const after = other.events.length;
            const answer = page.do('ask', { to: other.jid, text: `event ${i}`, isLast: i === 2,
                ...i === 0 && { jid: `${alice}@localhost`, password: 'secret' } });
            const { from } = await other.message(`event ${i}`, { after });
            await other.send(from, `reply ${i}`);
            const { error, body, statuses, run } = await answer;
            assert.equal(error, undefined);
            assert.equal(body, `reply ${i}`);
            assert(statuses.includes(expected), statuses.join());
            runs.add(run);
            await workers.send('ServiceWorker.stopAllWorkers');
        }
        assert.equal(runs.size, 3, 'the worker was not started anew');
        assert.deepEqual(other.bodies, ['event 0', 'event 1', 'event 2']);
    });
});
