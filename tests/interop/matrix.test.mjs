// SPDX-License-Identifier: MIT
// What every user does, on one server through one HTTP proxy (or none), over http and over https.

import assert from 'node:assert/strict';
import { startRig } from '../servers/rig.mjs';
import { Driver } from './driver.mjs';
import { announce, logIn, logInBoth } from './pair.mjs';
import { chosen, runTests, test } from './suite.mjs';

let rig;
const scram = { prosody: ['SCRAM-SHA-1'],
    ejabberd: ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'SCRAM-SHA-1'] }[chosen.server];

async function converse(alice, bob, text) {
    alice.say(`send bob@localhost ${text}`);
    await bob.message(text);
    bob.say(`send ${alice.jid} ${text} back`);
    await alice.message(`${text} back`);
}

async function ends(options, ...errors) {
    const driver = new Driver({ ...options,
        more: ['--ca', rig.ca, '--reconnect', 'never', ...(options.more ?? [])] });
    const { error, ...detail } = await driver.state('ended');
    assert.ok(errors.includes(error), `ended with ${error}: ${JSON.stringify(detail)}`);
    await driver.close();
    return detail;
}

for (const scheme of ['http', 'https']) {
    const url = () => (scheme === 'http' ? rig.url : rig.secureUrl);

    for (const mechanism of [...scram, 'PLAIN'])
        test(`${scheme}: logs in by ${mechanism}`, async () => {
            const alice = await logIn(rig, 'alice',
                { url: url(), more: ['--mechanisms', mechanism] });
            assert.match(alice.jid, /^alice@localhost\/./);
            await alice.close();
        });

    test(`${scheme}: messages both ways`, async () => {
        const [alice, bob] = await logInBoth(rig, { url: url() });
        await converse(alice, bob, 'hello');
        await converse(alice, bob, 'grüße & <tags> "quoted" \u{1f642} ]]>');
        await converse(alice, bob, 'x'.repeat(20000));
        const { ticket } = await alice.until('delivered', ({ event }) => event === 'delivered');
        assert.ok(ticket >= 1);
        await Promise.all([alice.close(), bob.close()]);
    });

    test(`${scheme}: a wrong password`, async () => {
        for (const mechanism of [scram[0], 'PLAIN']) {
            const detail = await ends({ url: url(), jid: 'alice@localhost', password: 'wrong',
                more: ['--mechanisms', mechanism] }, 'BOSH_ERR_AUTH');
            assert.equal(detail.stanza, 'not-authorized');
        }
    });

    test(`${scheme}: an unknown host`, async () => {
        const { condition } = await ends({ url: url(), jid: 'alice@elsewhere.invalid',
            password: 'x' }, 'BOSH_ERR_CONDITION');
        return condition;
    });

    test(`${scheme}: the server sees the end`, async () => {
        const [alice, bob] = await logInBoth(rig, { url: url() });
        // Directed presence: the server tells bob when alice's session has ended.
        alice.say(`xml <presence to='${bob.jid}'/>`);
        await bob.until('presence', ({ event, from }) =>
            event === 'presence' && from === alice.jid);
        await alice.close();
        // Much less than the 60 s after which it would end by itself.
        await bob.until('unavailable', ({ event, from, type }) =>
            event === 'presence' && from === alice.jid && type === 'unavailable', { ms: 5000 });
        await bob.close();
    });

    // A stop says goodbye to its clients, a crash does not.
    const signal = scheme === 'http' ? 'SIGTERM' : 'SIGKILL';
    test(`${scheme}: the server is stopped (${signal}) and started again`, async () => {
        const [alice, bob] = await logInBoth(rig, { url: url() });
        await converse(alice, bob, 'before');
        const marks = [alice, bob].map((driver) => driver.events.length);
        await rig.server.stop(signal);
        alice.say('send bob@localhost meanwhile');
        await alice.until('trouble', ({ event, state }) =>
            event === 'retry' || (event === 'state' && state !== 'online'), { after: marks[0] });
        await rig.server.start();
        // The old session may be said to be online once more, until the server denies it.
        const isNew = ({ event, state }) => event === 'state' && state === 'connecting';
        for (const [i, driver] of [alice, bob].entries()) {
            await driver.until('a new login', isNew, { after: marks[i], ms: 40000 });
            const after = driver.events.findIndex((one, at) => at >= marks[i] && isNew(one));
            driver.jid = (await driver.online({ after, ms: 40000 })).jid;
            await announce(driver);
        }
        await converse(alice, bob, 'after');
        // It was sent while nobody could take it: said to be unknown, or delivered; never silent.
        const { ticket } = await alice.until('sent', ({ event }) => event === 'sent',
            { after: marks[0] });
        await alice.until('an outcome', (event) => ['delivered', 'unknown'].includes(event.event) &&
            event.ticket >= ticket, { after: marks[0] });
        await Promise.all([alice.close(), bob.close()]);
    });
}

await runTests({
    setup: async () => {
        rig = await startRig({ ...chosen, tls: true });
    },
    cleanup: () => rig.stop(),
});
