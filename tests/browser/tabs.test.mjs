// SPDX-License-Identifier: MIT
// Several tabs of one window, of which only the newest is visible.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ChatPage, setStage } from './harness.mjs';

let stage;
before(async () => {
    stage = await setStage({ server: 'prosody', tls: true });
});
after(() => stage.close());

/** Sends to each page and waits until all have it. Returns how long the slowest took, in ms. */
async function greet(sender, pages, text) {
    const started = Date.now();
    const arrived = pages.map(async (page) => {
        await page.message(text);
        return Date.now() - started;
    });
    for (const page of pages) await sender.send(page.jid, text);
    return Math.max(...await Promise.all(arrived));
}

describe('tabs', { timeout: 120_000 }, () => {
    test('two tabs of one account have a session each', async () => {
        const [alice, bob] = stage.pair();
        const options = { context: stage.browser.tabs, connection: { keepalive: true } };
        const pages = [await stage.pageOf(alice, options), await stage.pageOf(alice, options)];
        const sender = await stage.pageOf(bob);
        assert.notEqual(pages[0].jid, pages[1].jid);
        await greet(sender, pages, 'to each');
        for (const page of pages)
            assert.equal(page.bodies.filter((body) => body === 'to each').length, 1);
        await pages[1].page.close();
        await greet(sender, [pages[0]], 'still here');
        await pages[0].page.close();
    });

    test('a duplicated tab leaves the session to its original', async () => {
        const [alice, bob] = stage.pair();
        const context = stage.browser.tabs;
        const original = await stage.pageOf(alice, { context, connection: { keepalive: true } });
        // As with "Duplicate" in the menu, the new tab gets a copy of sessionStorage.
        const opened = context.waitForEvent('page');
        await original.page.evaluate(() => void window.open(''));
        const copy = new ChatPage(await opened);
        await copy.page.goto(original.page.url());
        await copy.ready();
        const stored = (page) => page.evaluate(() =>
            JSON.parse(sessionStorage['strophe-bosh-session']).sid);
        assert.equal(await stored(copy.page), await stored(original.page));
        await copy.do('restore');
        await copy.status('DISCONNECTED');
        assert.deepEqual(copy.statuses, ['ATTACHED', 'CONNFAIL conflict', 'DISCONNECTED conflict']);
        assert.deepEqual(copy.requests, []);
        await greet(await stage.pageOf(bob), [original], 'still yours');
        await original.send(original.jid, 'and it can send');
        await original.message('and it can send');
        assert.deepEqual(original.statuses, ['CONNECTING', 'CONNECTED']);
        await Promise.all([original.page.close(), copy.page.close()]);
    });

    test('eight tabs over HTTP/2 each have a message within a second', async () => {
        const [alice, bob] = stage.pair();
        const { origin } = new URL(stage.rig.secureUrl);
        const context = await stage.browser.alone();
        const sender = await stage.pageOf(bob, { context, origin });
        const pages = [];
        for (let i = 0; i < 8; i++) pages.push(await stage.pageOf(alice, { context, origin }));
        // Over HTTP/1.1 it would be the better part of a minute. A busy machine gets more tries.
        let ms = Infinity;
        for (let i = 0; i < 5 && ms >= 1000; i++) ms = await greet(sender, pages, `round ${i}`);
        assert(ms < 1000, `${ms} ms`);
        for (const { events } of [sender, ...pages])
            assert.deepEqual(events.filter(({ event }) => event === 'log'), []);
        await context.close();
    });

    test('eight tabs over HTTP/1.1: the log names the limit of connections', async () => {
        const [alice] = stage.pair();
        const context = await stage.browser.alone();
        const pages = [];
        for (let i = 0; i < 8; i++) pages.push(await stage.page({ context }));
        // They have to wait for each other's polls, which are short here.
        await Promise.all(pages.map((page) => page.logIn(alice, { wait: 2 })));
        const { message } = await Promise.any(pages.map((page) => page.logged(/connections/)));
        assert.match(message, /6 connections .* HTTP\/1\.1.* HTTP\/2/);
        await context.close();
    });
});
