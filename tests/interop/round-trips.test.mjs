// SPDX-License-Identifier: MIT
// How many times a login has to wait for the server: the chain of dependent requests up to the bind
// result is 3 long with PLAIN and 4 with SCRAM, in every one of 40 logins each.

import assert from 'node:assert/strict';
import { startRig } from '../servers/rig.mjs';
import { roundTrips, violations } from './facts.mjs';
import { logIn } from './pair.mjs';
import { startProxy } from './proxy.mjs';
import { chosen, runTests, test } from './suite.mjs';

const logins = 40;
// A server that has not served anyone yet is slow at its first steps.
const loginsBefore = 3;
// Far above the 5 ms between restart and bind, which do not wait for each other (S1).
const delayMs = 60;

let rig;

async function measure(mechanism) {
    const proxy = await startProxy({ to: rig.serverPort, delayMs });
    const alice = await logIn(rig, 'alice', { url: proxy.url('/http-bind'),
        more: ['--mechanisms', mechanism] });
    const count = roundTrips(proxy.exchanges);
    await alice.close();
    assert.deepEqual(violations(proxy.exchanges), []);
    await proxy.stop();
    return count;
}

for (const [mechanism, goal] of [['PLAIN', 3], ['SCRAM-SHA-1', 4]])
    test(`${mechanism}: ${goal} round trips in ${logins} logins`, async () => {
        const counts = [];
        for (let i = 0; i < loginsBefore; i++) await measure(mechanism);
        while (counts.length < logins) counts.push(await measure(mechanism));
        assert.deepEqual(counts, Array(logins).fill(goal));
    });

await runTests({
    setup: async () => {
        rig = await startRig({ server: chosen.server });
    },
    cleanup: () => rig.stop(),
});
