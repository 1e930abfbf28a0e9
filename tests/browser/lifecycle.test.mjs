// SPDX-License-Identifier: MIT
// What a browser does with a page nobody looks at: it throttles the timers of a hidden tab, and
// freezes a page that was left, to bring it back as it was.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sleep } from '../servers/child.mjs';
import { setStage } from './harness.mjs';

const inactivityS = 5;
let stage;
before(async () => {
    stage = await setStage({ server: 'prosody', inactivityS });
});
after(() => stage.close());

/** How long five timers of 100 ms in a row take in the page, in ms. */
const fiveTimers = (page) => page.evaluate(() => new Promise((resolve) => {
    const started = performance.now();
    let left = 5;
    const next = () => left-- ? setTimeout(next, 100) : resolve(performance.now() - started);
    next();
}));

describe('a page nobody looks at', { timeout: 120_000 }, () => {
    test('a hidden tab with throttled timers keeps its session', async () => {
        const [alice, bob] = stage.pair();
        const context = stage.browser.tabs;
        const hidden = await stage.pageOf(alice, { context, connection: { wait: 2 } });
        const visible = await stage.pageOf(bob, { context });
        assert.equal(await hidden.page.evaluate(() => document.visibilityState), 'hidden');
        const throttledMs = await fiveTimers(hidden.page);
        assert(throttledMs > 2500, `timers are not throttled: ${throttledMs} ms`);
        const polls = hidden.requests.length;
        const until = Date.now() + 2000 * inactivityS;
        for (let i = 0; Date.now() < until; i++) {
            await visible.send(hidden.jid, `to ${i}`);
            await hidden.message(`to ${i}`);
            await hidden.send(visible.jid, `from ${i}`);
            await visible.message(`from ${i}`);
            // Longer than the server waits: some polls end with nothing in them.
            await sleep(3000);
        }
        assert(hidden.requests.length - polls > 8);
        assert.deepEqual(hidden.statuses, ['CONNECTING', 'CONNECTED']);
        assert.deepEqual(hidden.events.filter(({ event }) => event === 'log'), []);
        await Promise.all([hidden.page.close(), visible.page.close()]);
    });

    test('a page that was left goes on when it comes back', async () => {
        const [alice, bob] = stage.pair();
        const context = stage.browser.tabs;
        const page = await stage.pageOf(alice, { context, connection: { keepalive: true } });
        const other = await stage.pageOf(bob);
        await page.page.goto(new URL('/elsewhere.html', page.page.url()).href);
        await other.send(page.jid, 'while away');
        const after = page.events.length;
        await page.page.goBack({ waitUntil: 'commit' });
        const { persisted } = await page.until('pageshow', ({ event }) => event === 'pageshow',
            { after });
        assert(persisted, 'the page was not kept in the back/forward cache');
        await page.message('while away');
        await page.send(other.jid, 'back again');
        await other.message('back again');
        assert.deepEqual(page.statuses, ['CONNECTING', 'CONNECTED']);
        assert.deepEqual(page.bodies, ['while away']);
        await page.page.close();
    });
});
