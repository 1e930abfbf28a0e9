// SPDX-License-Identifier: MIT
// Login and chat in Firefox.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findProgram } from '../servers/child.mjs';
import { startFirefox } from './firefox.mjs';
import { setStage, withNative } from './harness.mjs';

let skip = false;
try {
    findProgram('firefox-esr');
} catch {
    skip = 'no Firefox: tools/setup --for wasm';
}
let stage;
before(async () => {
    if (!skip) stage = await setStage({ server: 'prosody', start: startFirefox });
});
after(() => stage?.close());

describe('Firefox', { skip, concurrency: true, timeout: 120_000 }, () => {
    for (const mechanism of ['SASLSHA1', 'SASLPlain'])
        test(`logs in by ${mechanism} and leaves`, async () => {
            const [alice] = stage.pair();
            const page = await stage.pageOf(alice, { connection: { mechanisms: [mechanism] } });
            await page.do('disconnect');
            await page.status('DISCONNECTED');
            assert.deepEqual(page.statuses,
                ['CONNECTING', 'CONNECTED', 'DISCONNECTING', 'DISCONNECTED']);
        });

    test('chats with a native client', withNative, async () => {
        const [alice, bob] = stage.pair();
        const [page, native] = await Promise.all([stage.pageOf(alice), stage.native(bob)]);
        assert.match(await page.page.evaluate(() => navigator.userAgent), /Firefox/);
        const text = 'Grüße & <3 \u{1F98A}';
        await page.send(native.jid, text);
        assert.equal((await native.message(text)).from, page.jid);
        native.say(`send ${page.jid} ${text}`);
        assert.equal((await page.message(text)).from, native.jid);
        await native.close();
    });
});
