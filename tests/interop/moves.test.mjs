// SPDX-License-Identifier: MIT
// Sessions that outlive their process: killed at any step, with and without a journal; handed over;
// and wanted by two at once.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { privateDirectory, removeDirectory, until } from '../servers/child.mjs';
import { profiles, simple, startManager } from '../servers/cm.mjs';
import { carriedOut } from '../servers/play.mjs';
import { startRig } from '../servers/rig.mjs';
import { Driver } from './driver.mjs';
import { Mortal } from './mortal.mjs';
import { logIn, announce } from './pair.mjs';
import { startProxy } from './proxy.mjs';
import { chosen, runTests, test } from './suite.mjs';

const isScripted = chosen.server === 'scripted';
let folder;
let [setup, cleanup] = [async () => {}, async () => {}];
let journals = 0;
const newJournal = () => join(folder, `${++journals}.session`);

/** The other end, played by the scripted manager. */
async function playOther(profile = simple) {
    const manager = await startManager({ profile, users: { alice: 'alicepw', bob: 'bobpw' } });
    const said = [];
    return {
        url: manager.url, to: 'bob@localhost/r1', said, runsTwice: profile.runsTwice,
        get heard() {
            return carriedOut(manager);
        },
        say() {
            const id = `d${said.length}`;
            said.push(id);
            manager.session?.push(`<message xmlns='jabber:client' from='bob@localhost/r1' ` +
                `to='alice@localhost/r1' id='${id}'><body>${id}</body></message>`);
        },
        drop: () => manager.session?.drop(),
        isEmpty: () => manager.sessions.size === 0,
        stop: () => manager.stop(),
    };
}

/** The other end, a client of a real server. */
async function joinOther(rig) {
    const proxy = await startProxy({ to: rig.serverPort });
    const bob = await logIn(rig, 'bob');
    await announce(bob);
    const said = [];
    return {
        url: proxy.url(new URL(rig.url).pathname), to: bob.jid, said, needsPresence: true,
        get heard() {
            return bob.events.filter(({ event, type }) => event === 'message' && type !== 'error')
                .map(({ id }) => id);
        },
        say() {
            // Nothing that an earlier life left behind is taken for this one's.
            const id = `${bob.jid.split('/')[1]}-d${said.length}`;
            said.push(id);
            bob.send(`<message type='chat' to='alice@localhost' id='${id}'><body>${id}</body>` +
                '</message>');
        },
        drop: () => proxy.cutAll(),
        isEmpty: () => true,
        async stop() {
            await bob.close();
            await proxy.stop();
        },
    };
}

const count = (list, id) => list.filter((one) => one === id).length;

/** Nothing is missing or double without having been told. */
function audit(alice, other) {
    for (const { id } of alice.said) {
        if (id === 'presence') continue;
        const copies = count(other.heard, id);
        const isFine = copies === 1 || alice.doubtful.has(id) && copies === 0 ||
            other.runsTwice && copies === 2;
        assert.ok(isFine, `${id} arrived ${copies} times`);
    }
    const seen = new Set();
    for (const { id, replayed } of alice.heard) {
        assert.ok(replayed || !seen.has(id), `${id} came twice without a flag`);
        seen.add(id);
    }
    if (!alice.hasLost && alice.journal)
        for (const id of other.said) assert.ok(seen.has(id), `${id} never came`);
}

/** A short life, in which the process is killed at one step. @returns was it? */
async function live(other, dieAt, journal) {
    const alice = new Mortal({ url: other.url, to: other.to, journal, dieAt });
    // The remains of a write that was killed are in nobody's way.
    if (journal) writeFileSync(`${journal}.new`, 'rubbish');
    await alice.online();
    if (other.needsPresence) alice.announce();
    const isQuiet = () => alice.said.every(({ id }) => id === 'presence' ||
            other.heard.includes(id) || alice.doubtful.has(id)) &&
        (alice.hasLost || !journal ||
            other.said.every((id) => alice.heard.some((one) => one.id === id)));
    const settle = () => alice.until('all is said and heard', isQuiet);
    for (let i = 0; i < 3; i++) alice.say();
    await settle();
    for (let i = 0; i < 2; i++) other.say();
    alice.say();
    await settle();
    other.drop();
    alice.say();
    other.say();
    await settle();
    await alice.close();
    audit(alice, other);
    await alice.until('the end of the session', () => alice.lives.length > 1 || other.isEmpty());
    if (journal) assert.ok(!existsSync(journal), 'the journal outlives the session');
    return { wasKilled: alice.lives.length > 1, hasLost: alice.hasLost,
        isResumed: alice.lives.at(-1).events.some(({ event }) => event === 'resumed') };
}

/** Lives, each killed one step later, until one is over before that. */
async function dieEverywhere(makeOther, { hasJournal = true, first = 1, stride = 1 } = {}) {
    const sums = { killed: 0, resumed: 0, lost: 0 };
    for (let dieAt = first; ; dieAt += stride) {
        const other = await makeOther();
        let what;
        try {
            what = await live(other, dieAt, hasJournal ? newJournal() : undefined);
        } catch (error) {
            error.message = `killed at step ${dieAt}: ${error.message}`;
            throw error;
        }
        await other.stop();
        if (!what.wasKilled) break;
        sums.killed++;
        sums.resumed += what.isResumed;
        sums.lost += what.hasLost;
    }
    assert.ok(sums.killed > 0);
    if (hasJournal) assert.ok(sums.resumed > 0);
    return `killed at ${sums.killed} steps, ${sums.resumed} resumed, ${sums.lost} sessions lost`;
}

const arrives = (other, id) => until(() => count(other.heard, id) > 0, () => id);

/** Alice, online, with a message on its way each way. */
async function begin(other, ...more) {
    const driver = new Driver({ url: other.url, jid: 'alice@localhost', password: 'alicepw',
        more });
    await driver.online();
    driver.send(`<message to='${other.to}' id='u0'><body>u0</body></message>`);
    await arrives(other, 'u0');
    other.say();
    await driver.until('d0', ({ id }) => id === 'd0');
    return driver;
}

/** Two want the session that is in the journal: one has it. */
async function claimTwice(other, journal) {
    const both = [0, 1].map(() => new Driver({ url: other.url, jid: 'alice@localhost',
        password: 'alicepw', more: ['--journal', journal] }));
    const outcomes = await Promise.all(both.map((driver) =>
        driver.until('an outcome', ({ event, error }) => event === 'resumed' ||
            (event === 'failed' && error === 'BOSH_ERR_STATE'))));
    assert.deepEqual(outcomes.map(({ event }) => event).sort(), ['failed', 'resumed']);
    const winner = both[outcomes.findIndex(({ event }) => event === 'resumed')];
    other.say();
    await winner.until('d1', ({ id }) => id === 'd1');
    winner.send(`<message to='${other.to}' id='u1'><body>u1</body></message>`);
    await arrives(other, 'u1');
    await winner.close();
    assert.deepEqual(['u0', 'u1'].map((id) => count(other.heard, id)), [1, 1]);
    assert.ok(!existsSync(journal));
}

if (isScripted) {
    test('killed at every step', () => dieEverywhere(playOther));
    for (const name of ['ejabberd', 'openfire-4.1', 'openfire-4.7'])
        test(`${name}: killed at every seventh step`, () =>
            dieEverywhere(() => playOther(profiles[name]), { first: 3, stride: 7 }));
    test('without a journal: what is not known to have arrived is told', () =>
        dieEverywhere(playOther, { hasJournal: false, first: 5, stride: 11 }));

    test('of two that want the session of a process that was killed, one has it', async () => {
        const other = await playOther();
        const journal = newJournal();
        const driver = await begin(other, '--journal', journal);
        assert.equal(statSync(journal).mode & 0o777, 0o600);
        driver.child.kill('SIGKILL');
        await driver.ended;
        await claimTwice(other, journal);
        await other.stop();
    });

    test('of two that want a session that is handed over, one has it', async () => {
        const other = await playOther();
        const journal = newJournal();
        const driver = await begin(other);
        driver.say(`export ${journal}`);
        assert.equal(await driver.ended, 0, driver.errors);
        const { error } = driver.events.findLast(({ state }) => state === 'ended');
        assert.equal(error, 'BOSH_ERR_EXPORTED');
        assert.equal(statSync(journal).mode & 0o777, 0o600);
        await claimTwice(other, journal);
        await other.stop();
    });

    test('a journal that is damaged or of another account is refused by name', async () => {
        const other = await playOther();
        const journal = newJournal();
        const refuse = async (name, error) => {
            const driver = new Driver({ url: other.url, jid: `${name}@localhost`, password: 'p',
                more: ['--journal', journal] });
            assert.equal((await driver.until('failed', ({ event }) => event === 'failed')).error,
                error);
            await driver.ended;
        };
        writeFileSync(journal, 'no session at all');
        await refuse('alice', 'BOSH_ERR_BLOB_DAMAGED');
        const alice = await begin(other);
        alice.say(`export ${journal}`);
        await alice.ended;
        await refuse('bob', 'BOSH_ERR_BLOB_FOREIGN');
        await claimTwice(other, journal); // it is still good
        await other.stop();
    });
} else {
    let rig;
    const makeOther = () => joinOther(rig);
    test('killed at every tenth step', () => dieEverywhere(makeOther, { first: 25, stride: 10 }));
    test('without a journal: what is not known to have arrived is told', () =>
        dieEverywhere(makeOther, { hasJournal: false, first: 35, stride: 20 }));
    setup = async () => {
        rig = await startRig({ server: chosen.server });
    };
    cleanup = () => rig.stop();
}

await runTests({
    setup: async () => {
        folder = privateDirectory('moves');
        await setup();
    },
    cleanup: async () => {
        await cleanup();
        assert.deepEqual(readdirSync(folder).filter((name) => name.endsWith('.session')), []);
        removeDirectory(folder);
    },
});
