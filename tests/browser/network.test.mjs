// SPDX-License-Identifier: MIT
// The network goes and comes back, the proxy and the server are started again.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sleep } from '../servers/child.mjs';
import { setStage, withNative } from './harness.mjs';

let stage;
before(async () => {
    stage = await setStage({ server: 'prosody' });
});
after(() => stage.close());

/**
 * Two pages that are online. What alice has sent is answered, so that all she has under way is an
 * empty poll.
 */
async function pair() {
    const [alice, bob] = await Promise.all(stage.pair().map((name) => stage.pageOf(name)));
    await alice.send(bob.jid, 'Hello');
    await bob.message('Hello');
    await bob.send(alice.jid, 'Hi');
    await alice.message('Hi');
    return [alice, bob];
}

/** Each sends the other a text. */
async function converse(alice, bob, word) {
    await Promise.all([alice.send(bob.jid, `${word} from alice`),
        bob.send(alice.jid, `${word} from bob`)]);
    await Promise.all([alice.message(`${word} from bob`), bob.message(`${word} from alice`)]);
}

/** It was online all the time, and nothing came twice. */
function assertUndisturbed({ statuses, bodies }) {
    assert.deepEqual(statuses, ['CONNECTING', 'CONNECTED']);
    assert.equal(new Set(bodies).size, bodies.length);
}

/** Waits until a request has failed. */
const trouble = (page) => page.until('a failed request', ({ event, message }) =>
    event === 'log' && /is asked again/.test(message));

describe('the network', { timeout: 120_000 }, () => {
    test('offline and online again: nothing is lost, nothing doubled', async () => {
        const [alice, bob] = await pair();
        const context = alice.page.context();
        await context.setOffline(true);
        assert.equal(await alice.page.evaluate(() => navigator.onLine), false);
        const words = converse(alice, bob, 'meanwhile');
        await trouble(alice);
        await context.setOffline(false);
        await words;
        await converse(alice, bob, 'after');
        for (const page of [alice, bob]) assertUndisturbed(page);
        await context.close();
    });

    test('Nginx reads its configuration again', async () => {
        const [alice, bob] = await pair();
        process.kill(stage.rig.proxy.pid, 'SIGHUP');
        const log = join(stage.rig.directory, 'nginx', 'error.log');
        while (!readFileSync(log, 'utf8').includes('reconfiguring')) await sleep(20);
        for (const word of ['one', 'two', 'three']) await converse(alice, bob, word);
        for (const page of [alice, bob]) assertUndisturbed(page);
    });

    test('Nginx is stopped and started again', withNative, async () => {
        const [alice] = await pair();
        // Somebody whom it does not touch.
        const native = await stage.native(stage.pair()[1], { url: stage.rig.serverUrl });
        await stage.rig.proxy.stop();
        await trouble(alice);
        native.say(`send ${alice.jid} meanwhile`);
        await stage.rig.proxy.start();
        await alice.message('meanwhile');
        await alice.send(native.jid, 'after');
        await native.message('after');
        assertUndisturbed(alice);
        await native.close();
    });

    test('the server is started again: the page is told, and can log in anew', async () => {
        const [alice, bob] = await pair();
        await stage.rig.server.restart('SIGKILL');
        for (const page of [alice, bob]) {
            await page.status('DISCONNECTED');
            assert.deepEqual(page.statuses, ['CONNECTING', 'CONNECTED', 'CONNFAIL item-not-found',
                'DISCONNECTED item-not-found']);
            await page.logIn(page.name.replace(/@.*/, ''));
        }
        await converse(alice, bob, 'anew');
    });
});
