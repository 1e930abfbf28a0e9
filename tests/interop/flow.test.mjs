// SPDX-License-Identifier: MIT
// A session on the wire: one request while idle, and thousands of messages once and in order.

import assert from 'node:assert/strict';
import { sleep } from '../servers/child.mjs';
import { startRig } from '../servers/rig.mjs';
import { mostOpen, violations } from './facts.mjs';
import { announce, logIn } from './pair.mjs';
import { startProxy } from './proxy.mjs';
import { chosen, runTests, test } from './suite.mjs';

let rig;
const nowUs = () => Number(process.hrtime.bigint() / 1000n);

async function logInRecorded(name, more = []) {
    const proxy = await startProxy({ to: rig.serverPort });
    const driver = await logIn(rig, name, { url: proxy.url('/http-bind'), more });
    await announce(driver);
    return { driver, proxy };
}

test('one request while idle, never more', async () => {
    const { driver, proxy } = await logInRecorded('alice', ['--wait', '1']);
    await sleep(1000);
    const fromUs = nowUs();
    await sleep(8000);
    const toUs = nowUs();
    const polls = proxy.exchanges.filter(({ request }) => request.startUs > fromUs);
    assert.equal(mostOpen(proxy.exchanges, fromUs, toUs), 1);
    assert.ok(polls.length >= 5 && polls.length <= 9, `${polls.length} polls in 8 s with wait=1`);
    await driver.close();
    assert.deepEqual(violations(proxy.exchanges), []);
    await proxy.stop();
    return `${polls.length} polls in 8 s`;
});

test('2,000 messages each way at full speed, all once and in order', async () => {
    const count = 2000;
    const [a, b] = await Promise.all([logInRecorded('alice'), logInRecorded('bob')]);
    const texts = (name) => Array.from({ length: count }, (_, i) => `${name} ${i}`);
    const started = Date.now();
    for (const [from, to, name] of [[a, b, 'a'], [b, a, 'b']])
        from.driver.say(texts(name).map((text) => `send ${to.driver.jid} ${text}`).join('\n'));
    await Promise.all([b.driver.message(`a ${count - 1}`, { ms: 100000 }),
        a.driver.message(`b ${count - 1}`, { ms: 100000 })]);
    const ms = Date.now() - started;
    // Room for one that comes twice to show up.
    await sleep(500);
    assert.deepEqual(b.driver.bodies, texts('a'));
    assert.deepEqual(a.driver.bodies, texts('b'));
    for (const { driver, proxy } of [a, b]) {
        // The last request waits as a long poll; the end of the session answers it.
        await driver.close();
        const { ticket } = driver.events.findLast(({ event }) => event === 'delivered');
        assert.ok(ticket >= count, `delivered only up to ${ticket}`);
        assert.deepEqual(violations(proxy.exchanges), []);
        await proxy.stop();
    }
    return `${Math.round(2000 * count / ms)} messages/s`;
});

await runTests({
    setup: async () => {
        rig = await startRig({ server: chosen.server });
    },
    cleanup: () => rig.stop(),
});
