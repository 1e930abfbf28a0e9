// SPDX-License-Identifier: MIT
// Login and chat in a page, through the proxy and against the server that BOSH_PROXY and
// BOSH_SERVER name.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setStage, withNative } from './harness.mjs';

const { BOSH_SERVER: server = 'prosody', BOSH_PROXY: proxy = 'nginx' } = process.env;
let stage;
before(async () => {
    stage = await setStage({ server, proxy, tls: true });
});
after(() => stage.close());

describe(`${server} behind ${proxy}`, { concurrency: true, timeout: 60_000 }, () => {
    for (const [mechanism, mark] of [['SASLSHA1', 'SCRAM-SHA-1'], ['SASLPlain', 'PLAIN']])
        test(`logs in by ${mark}`, async () => {
            const [alice] = stage.pair();
            const page = await stage.pageOf(alice, { connection: { mechanisms: [mechanism] } });
            assert.match(page.jid, new RegExp(`^${alice}@localhost/.`));
            const bodies = page.requests.map((request) => request.postData() ?? '');
            assert(bodies.some((body) => body.includes(`mechanism='${mark}'`)), bodies.join('\n'));
            await page.do('disconnect');
            await page.status('DISCONNECTED');
            assert.deepEqual(page.statuses,
                ['CONNECTING', 'CONNECTED', 'DISCONNECTING', 'DISCONNECTED']);
        });

    test('a wrong password is refused', async () => {
        const [alice] = stage.pair();
        const page = await stage.page();
        await page.do('connect', `${alice}@localhost`, 'wrong');
        await page.status('AUTHFAIL');
    });

    test('chats with a native client', withNative, async () => {
        const [alice, bob] = stage.pair();
        const [page, native] = await Promise.all([stage.pageOf(alice), stage.native(bob)]);
        const text = 'Grüße & <3 \u{1F44D}';
        await page.send(native.jid, text);
        assert.equal((await native.message(text)).from, page.jid);
        native.say(`send ${page.jid} ${text}`);
        assert.equal((await page.message(text)).from, native.jid);
        await native.close();
    });

    test('the reply of an async handler rides on the next poll', async () => {
        const [alice, bob] = await Promise.all(stage.pair().map((name) => stage.pageOf(name)));
        await alice.page.evaluate(() => {
            const { api: { $msg }, connection } = globalThis.client;
            let rid;
            globalThis.reply = new Promise((resolve) => {
                connection.rawOutput = (text) => text.includes('Later') && resolve({ rid, text });
            });
            connection.addHandler(async (message) => {
                ({ rid } = connection._proto); // of the next request
                for (let i = 0; i < 10; i++) await null;
                connection.send($msg({ to: message.getAttribute('from') }).c('body').t('Later'));
            }, null, 'message', 'chat');
        });
        await bob.send(alice.jid, 'Hi');
        const { rid, text } = await alice.page.evaluate(() => globalThis.reply);
        assert(text.includes(` rid='${rid}'`), `${rid}: ${text}`);
    });

    test('meets others in a room', async () => {
        const names = stage.pair();
        const room = `${names[0]}-room@conference.localhost`;
        const enter = (page, nick) => page.do('xml', `<presence xmlns="jabber:client" ` +
            `to="${room}/${nick}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`);
        const seen = (nick) => ({ event, from }) =>
            event === 'presence' && from === `${room}/${nick}`;
        const [alice, bob] = await Promise.all(names.map((name) => stage.pageOf(name)));
        await enter(alice, 'Alice');
        await alice.until('herself', seen('Alice'));
        // A new room opens when its owner has taken the settings as they are.
        await alice.do('ask', `<iq xmlns="jabber:client" type="set" id="open" to="${room}">` +
            '<query xmlns="http://jabber.org/protocol/muc#owner">' +
            '<x xmlns="jabber:x:data" type="submit"/></query></iq>');
        await enter(bob, 'Bob');
        await Promise.all([alice.until('Bob', seen('Bob')), bob.until('himself', seen('Bob'))]);
        await bob.send(room, 'Hello, all', 'groupchat');
        for (const page of [alice, bob])
            assert.equal((await page.message('Hello, all')).from, `${room}/Bob`);
    });

    // CORS-4
    test('sends no cookie of its own and no header of its own', async () => {
        const [alice] = stage.pair();
        const page = await stage.pageOf(alice);
        await page.send(page.jid, 'one more request');
        await page.message('one more request');
        // 'content-type' is the only one that we choose; Chromium adds the others to any request.
        const usual = ['content-type', 'content-length', 'host', 'connection', 'user-agent',
            'referer', 'origin', 'accept', 'accept-encoding', 'accept-language', 'cache-control',
            'pragma', 'priority'];
        const posts = page.answered.filter((request) => request.method() === 'POST');
        assert(posts.length >= 4);
        for (const request of posts) {
            assert.equal(request.resourceType(), 'xhr', "not by Emscripten's fetch");
            const names = Object.keys(await request.allHeaders());
            assert(names.includes('content-type'));
            assert.deepEqual(names.filter((name) =>
                !usual.includes(name) && !name.startsWith('sec-')), []);
        }
        assert.deepEqual(await page.page.context().cookies(), []);
    });

    test('works over https with HTTP/2', async () => {
        const [alice] = stage.pair();
        const page = await stage.pageOf(alice,
            { origin: new URL(stage.rig.secureUrl).origin });
        await page.send(page.jid, 'Hi');
        await page.message('Hi');
        const protocol = await page.page.evaluate(() =>
            performance.getEntriesByName(`${location.origin}/xmpp-httpbind`)[0].nextHopProtocol);
        assert.equal(protocol, 'h2');
    });
});
