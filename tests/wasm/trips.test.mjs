// SPDX-License-Identifier: MIT
// Round trips of a login: the longest chain of requests each of which waited for an answer.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startRig } from '../servers/rig.mjs';
import { fetchTransport, httpTransport, loadEngine } from './load.mjs';

const ofPlatform = process.env.BOSH_TRANSPORT === 'http' ? httpTransport : fetchTransport;
let rig, engine;
before(async () => {
    rig = await startRig({ server: 'prosody' });
    engine = await loadEngine('fetch');
});
after(() => rig.stop());

/** A transport that holds each answer back, so that what leaves before it did not wait for it. */
function counting(transport) {
    let answered = 0;
    const trips = new Set();
    return {
        ...transport,
        trips,
        async submit(request) {
            trips.add(answered);
            const answer = await transport.submit(request);
            await new Promise((resolve) => setTimeout(resolve, 50));
            answered++;
            return answer;
        },
    };
}

const LOGINS = [['PLAIN', 'auto', 3], ['SCRAM-SHA-1', 'auto', 4], ['PLAIN', 's0', 4],
    ['SCRAM-SHA-1', 's0', 5]];
for (const [mechanism, schedule, expected] of LOGINS)
    test(`${mechanism}, schedule ${schedule}: ${expected} round trips`, async () => {
        const transport = counting(ofPlatform());
        const alice = engine.client({ url: rig.url, jid: 'alice@localhost', password: 'alicepw',
            mechanisms: mechanism, schedule, transport });
        let trips;
        alice.on('state', ({ state }) => {
            if (state === 'online') trips = transport.trips.size;
        });
        await alice.connect();
        assert.equal(trips, expected);
        await alice.close();
        alice.free();
    });
