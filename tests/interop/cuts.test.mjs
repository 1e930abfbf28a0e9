// SPDX-License-Identifier: MIT
// Connections that break before or after the server processed a request: no stanza is lost, none
// comes twice, and the session lives on.

import assert from 'node:assert/strict';
import { sleep } from '../servers/child.mjs';
import { startRig } from '../servers/rig.mjs';
import { violations } from './facts.mjs';
import { announce, logIn } from './pair.mjs';
import { randomCuts, startProxy } from './proxy.mjs';
import { afterEach, chosen, runTests, test } from './suite.mjs';

const cutsWanted = 200;
// When the connection of a held request breaks after the next one came in, Prosody has no answer to
// repeat and refuses the resend (item-not-found): no client can go on from there. So the connection
// breaks before the next request can leave. ejabberd always has an answer.
const waitMs = { prosody: 0, ejabberd: 20 }[chosen.server];
let rig;
afterEach(() => rig.stop());

// A server of its own for each case: what one case left undelivered must not reach the next.
function testOnFreshServer(name, run) {
    test(name, async () => {
        rig = await startRig({ server: chosen.server });
        return run();
    });
}

async function logInThrough(proxy, name) {
    const driver = await logIn(rig, name, { url: proxy.url('/http-bind') });
    await announce(driver);
    return { driver, proxy, sent: [] };
}

function say(from, to, name) {
    const text = `${name} ${from.sent.length}`;
    from.sent.push(text);
    from.driver.say(`send ${to.driver.jid} ${text}`);
}

async function converseUnderCuts(kinds, seed) {
    const sides = await Promise.all(['alice', 'bob'].map(async (name) =>
        logInThrough(await startProxy({ to: rig.serverPort }), name)));
    const [alice, bob] = sides;
    const marks = sides.map(({ driver }) => driver.events.length);
    sides.forEach(({ proxy }, i) => {
        proxy.fault = randomCuts({ seed: seed + i, share: 0.3, kinds, waitMs });
    });
    const cuts = () => alice.proxy.cuts + bob.proxy.cuts;
    for (const deadline = Date.now() + 90000; cuts() < cutsWanted; await sleep(25)) {
        assert.ok(Date.now() < deadline, `only ${cuts()} cuts so far`);
        say(alice, bob, 'a');
        say(bob, alice, 'b');
    }
    for (const { proxy } of sides) proxy.fault = () => null;
    say(alice, bob, 'a');
    say(bob, alice, 'b');
    await bob.driver.message(alice.sent.at(-1));
    await alice.driver.message(bob.sent.at(-1));
    await sleep(300);
    assert.deepEqual(bob.driver.bodies, alice.sent);
    assert.deepEqual(alice.driver.bodies, bob.sent);
    const made = cuts();
    for (const [i, { driver, proxy }] of sides.entries()) {
        await driver.close();
        const lost = driver.events.slice(marks[i]).filter(({ event, state }) =>
            event === 'unknown' || event === 'unsent' || state === 'waiting to reconnect');
        assert.deepEqual(lost, []);
        assert.deepEqual(violations(proxy.exchanges), []);
        await proxy.stop();
    }
    return `${made} cuts, ${alice.sent.length + bob.sent.length} messages`;
}

for (const [name, seed, ...kinds] of [
    ['200 cuts before the server processed the request', 1, 'before'],
    ['200 cuts after the server processed the request', 3, 'after'],
    ['200 cuts anywhere', 5, 'before', 'request', 'waiting', 'after', 'response'],
]) testOnFreshServer(name, () => converseUnderCuts(kinds, seed));

testOnFreshServer('logs in through cuts', async () => {
    let cuts = 0;
    for (let seed = 100; seed < 120; seed++) {
        const proxy = await startProxy({ to: rig.serverPort,
            fault: randomCuts({ seed, share: 0.25, kinds: ['before', 'after'], max: 4 }) });
        const driver = await logIn(rig, 'alice', { url: proxy.url('/http-bind'),
            more: ['--reconnect', 'always'] });
        await driver.close();
        assert.deepEqual(violations(proxy.exchanges), []);
        cuts += proxy.cuts;
        await proxy.stop();
    }
    return `20 logins, ${cuts} cuts`;
});

await runTests();
