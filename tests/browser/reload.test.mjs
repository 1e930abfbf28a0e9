// SPDX-License-Identifier: MIT
// Reloads in the middle of a conversation, against the server that BOSH_SERVER names.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sleep } from '../servers/child.mjs';
import { setStage, withNative } from './harness.mjs';

const { BOSH_SERVER: server = 'prosody' } = process.env;
const count = 120;
const reloads = 8;
const numbered = (word) => Array.from({ length: count }, (_, i) => `${word} ${i}`);
let stage;
before(async () => {
    stage = await setStage({ server });
});
after(() => stage.close());

test('reloads with messages in flight: none lost, none doubled, all in order',
    { ...withNative, timeout: 90_000 }, async () => {
        const [alice, bob] = stage.pair();
        const [page, native] = await Promise.all([
            stage.pageOf(alice, { path: '/history.html' }), stage.native(bob)]);
        await page.do('begin', native.jid, count);
        let left = numbered('native');
        for (let i = 0; i < reloads; i++) {
            const part = left.splice(0, count / reloads);
            for (const text of part) native.say(`send ${page.jid} ${text}`);
            // Somewhere in the middle of all that.
            await sleep(10 + 20 * i);
            const after = page.events.length;
            await page.page.reload();
            await page.status('ATTACHED', { after });
        }
        await native.message(`page ${count - 1}`);
        assert.deepEqual(native.bodies, numbered('page'));
        const received = () => page.page.evaluate(() =>
            JSON.parse(sessionStorage.getItem('received') ?? '[]'));
        while ((await received()).at(-1) !== `native ${count - 1}`) await sleep(100);
        assert.deepEqual(await received(), numbered('native'));
        assert.deepEqual(page.statuses,
            ['CONNECTING', 'CONNECTED', ...Array(reloads).fill('ATTACHED')]);
        await native.close();
    });
