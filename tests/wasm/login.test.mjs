// SPDX-License-Identifier: MIT
// Whole sessions with a real Prosody.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startRig } from '../servers/rig.mjs';
import { loadEngine, next } from './load.mjs';

let rig, engine;
before(async () => {
    rig = await startRig({ server: 'prosody' });
    engine = await loadEngine();
});
after(() => rig.stop());

const client = (name, more = {}) => engine.client({ url: rig.url, jid: `${name}@localhost`,
    password: `${name}pw`, ...more });

for (const mechanism of ['SCRAM-SHA-1', 'PLAIN'])
    test(`${mechanism}: login, message both ways, terminate`, async () => {
        const alice = client('alice', { mechanisms: mechanism });
        const bob = client('bob', { mechanisms: mechanism });
        const [from, to] = await Promise.all([alice.connect(), bob.connect()]);
        assert.match(from, /^alice@localhost\/.+/);
        assert.equal(alice.state, 'online');
        alice.send('<presence/>');
        bob.send('<presence/>');

        const question = 'Ähm <&> \u{1F600}?';
        bob.handle({ name: 'message', namespace: 'urn:example:ask' }, (stanza) => {
            bob.send(`<message to='${stanza.attribute('from')}'><body>${
                escape(stanza.child('body').text)} yes</body></message>`);
        });
        const answer = new Promise((resolve) => {
            alice.handle({ name: 'message', from: to }, resolve);
        });
        const delivered = next(alice, 'delivered', ({ ticket }) => ticket === 2);
        assert.equal(alice.send(`<message to='${to}'><body>${escape(question)}</body>` +
            `<ask xmlns='urn:example:ask'/></message>`), 2);
        assert.equal((await answer).child('body').text, `${question} yes`);
        await delivered;

        await Promise.all([alice.close(), bob.close()]);
        assert.equal(alice.state, 'ended');
        alice.free();
        bob.free();
    });

test('a wrong password', async () => {
    const alice = client('alice', { password: 'wrong' });
    await assert.rejects(alice.connect(), (error) => {
        assert.equal(error.code, 'BOSH_ERR_AUTH');
        assert.equal(error.detail.stanzaCondition, 'not-authorized');
        return true;
    });
    alice.free();
});

test('a request and its answer', async () => {
    const alice = client('alice');
    await alice.connect();
    const result = await alice.request(
        `<iq type='get' id='r1'><query xmlns='jabber:iq:roster'/></iq>`);
    assert.equal(result.attribute('type'), 'result');
    assert.equal(result.child('query', 'jabber:iq:roster').name, 'query');
    await assert.rejects(alice.request(
        `<iq type='get' id='r2' to='localhost'><query xmlns='urn:example:none'/></iq>`),
    (error) => {
        assert.equal(error.code, 'BOSH_ERR_IQ_ERROR');
        assert.equal(error.stanza.child('error').nodes[0].name, 'service-unavailable');
        return true;
    });
    await alice.close();
    alice.free();
});

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
