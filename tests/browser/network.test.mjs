// SPDX-License-Identifier: MIT
// The network goes and comes back, the proxy and the server are started again.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sleep } from '../servers/child.mjs';
import { setStage } from './harness.mjs';

let stage;
before(async () => {
    stage = await setStage({ server: 'prosody' });
});
after(() => stage.close());

/** Two pages that are online and have talked: nothing of the login is under way any more. */
async function pair() {
    const pages = await Promise.all(stage.pair().map((name) => stage.pageOf(name)));
    await converse(...pages, 'before');
    return pages;
}

/** Each sends the other a text. */
async function converse(alice, bob, word) {
    await Promise.all([alice.send(bob.jid, `${word} from alice`),
        bob.send(alice.jid, `${word} from bob`)]);
    await Promise.all([alice.message(`${word} from bob`), bob.message(`${word} from alice`)]);
}

/** It was online all the time, and nothing came twice. */
function assertUndisturbed(...pages) {
    for (const { statuses, bodies } of pages) {
        assert.deepEqual(statuses, ['CONNECTING', 'CONNECTED']);
        assert.equal(new Set(bodies).size, bodies.length);
    }
}

describe('the network', { timeout: 120_000 }, () => {
    test('offline and online again: nothing is lost, nothing doubled', async () => {
        const [alice, bob] = await pair();
        const context = alice.page.context();
        await context.setOffline(true);
        assert.equal(await alice.page.evaluate(() => navigator.onLine), false);
        await converseLater(alice, bob, () => context.setOffline(false));
        await converse(alice, bob, 'after');
        assertUndisturbed(alice, bob);
        await context.close();
    });

    test('Nginx reads its configuration again', async () => {
        const [alice, bob] = await pair();
        process.kill(stage.rig.proxy.pid, 'SIGHUP');
        const log = join(stage.rig.directory, 'nginx', 'error.log');
        while (!readFileSync(log, 'utf8').includes('reconfiguring')) await sleep(20);
        for (const word of ['one', 'two', 'three']) await converse(alice, bob, word);
        assertUndisturbed(alice, bob);
    });

    test('Nginx is stopped and started again', async () => {
        const [alice, bob] = await pair();
        await stage.rig.proxy.stop();
        await converseLater(alice, bob, () => stage.rig.proxy.start());
        assertUndisturbed(alice, bob);
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

/** Each sends while the network is broken, then it is mended. */
async function converseLater(alice, bob, mend) {
    const words = converse(alice, bob, 'meanwhile');
    await alice.until('a failed request', ({ event, text = '', message = '' }) =>
        (event === 'console' && /ERR_/.test(text)) || (event === 'log' && /failed/.test(message)));
    await mend();
    await words;
}
