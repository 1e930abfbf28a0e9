// SPDX-License-Identifier: MIT
// A day with one kind of connection manager, for any client: it logs in, chats, idles, loses
// answers, requests and connections, is asked things, and leaves. What a server of that kind makes
// impossible is told apart by its profile; all else has to go well.

import assert from 'node:assert/strict';
import { sleep } from './child.mjs';
import { attribute, profiles, startManager } from './cm.mjs';

const CHAT = 2000;
const TURNS = 50;

/**
 * @typedef {import('../interop/events.mjs').Events & { send(xml: string): void,
 *     close(): Promise<void> }} Party one client: its events are those of bosh-driver,
 *     `send` takes a stanza
 * @typedef {(name: string, url: string) => Party} Join makes one, which connects, and does so again
 *     whenever it fails
 */

class Side {
    /** Ids of what was sent. @type {string[]} */
    sent = [];

    /** @param {string} name @param {Party} party */
    constructor(name, party) {
        Object.assign(this, { name, party, other: null });
    }

    /** Says the next message. */
    say() {
        const id = `${this.name}-${this.sent.length}`;
        this.sent.push(id);
        this.party.send(`<message type='chat' id='${id}' to='${this.other}@localhost/r1'>` +
            `<body>${id}: &lt;text&gt; of some length</body></message>`);
        return id;
    }

    /** Ids of what came. */
    get heard() {
        return this.party.events.filter(({ event }) => event === 'message').map(({ id }) => id);
    }

    /** Waits for a message. @param {string} id */
    hears(id, ms = 60000) {
        return this.party.until(`message ${id}`, ({ event, id: its }) =>
            event === 'message' && its === id, { ms });
    }

}

/** Ids of the messages that reached the server, as often as they were carried out. */
export const carriedOut = (manager) =>
    manager.received.flatMap((xml) => [...xml.matchAll(/<message\b[^>]*>/g)])
        .map(([tag]) => attribute(tag, 'id'));

const sessionOf = (manager, name) =>
    [...manager.sessions.values()].findLast(({ user }) => user === name);

/** Waits until something is so. @param {() => any} isSo */
async function until(what, isSo, ms = 60000) {
    for (const end = Date.now() + ms; !isSo(); await sleep(5))
        if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
}

/** Everything came once and in order, and nobody's session was lost. */
function checkWhole(alice, bob) {
    assert.deepEqual(bob.heard, alice.sent);
    assert.deepEqual(alice.heard, bob.sent);
    for (const { party } of [alice, bob])
        assert.deepEqual(party.events.filter(({ event, state }) => event === 'unknown' ||
            event === 'unsent' || state === 'waiting to reconnect'), []);
}

/** A repeated request has the same bytes. */
function checkCopies(manager) {
    const bodies = new Map();
    for (const { xml } of manager.requests) {
        const key = `${attribute(xml, 'sid')} ${attribute(xml, 'rid')}`;
        assert.equal(bodies.get(key) ?? xml, xml, `RTX-1: ${key}`);
        bodies.set(key, xml);
    }
}

async function chat(alice, bob) {
    for (let turn = 0; turn < TURNS; turn++) {
        const last = [alice, bob].map((side) => {
            for (let i = 1; i < CHAT / TURNS; i++) side.say();
            return side.say();
        });
        await Promise.all([bob.hears(last[0]), alice.hears(last[1])]);
    }
}

/** Polls that run into their time limit follow each other. */
async function idle(manager) {
    let timeouts = 0;
    manager.loses = (kind) => void (timeouts += kind === 'timeout');
    await until('four polls', () => timeouts >= 4);
    manager.loses = null;
    for (const session of manager.sessions.values()) assert.ok(session.waiting <= 1);
}

/** Does this kind of server have, or make, an answer to a request that is repeated after that? */
const isMended = (profile, kind) => (profile.replay.forgotten[kind] ?? 'hold') === 'hold';

/** Every seventh request is lost, and every fifth of those answers that are kept. */
async function loseBoth(manager, alice, bob) {
    const { profile } = manager;
    let answers = 0;
    let requests = 0;
    let lost = 0;
    manager.loses = (kind) => isMended(profile, kind) && ++answers % 5 === 0 && ++lost > 0;
    manager.script = (xml, response) => {
        if (/type=['"]terminate/.test(xml) || ++requests % 7 || ++lost === 0) return false;
        response.destroy();
        return true;
    };
    while (lost < 30) {
        alice.say();
        bob.say();
        await Promise.all([bob.hears(alice.sent.at(-1)), alice.hears(bob.sent.at(-1))]);
    }
    manager.loses = manager.script = null;
    return lost;
}

/**
 * The connection of a held request breaks. It is repeated, and old Openfires carry out again what
 * is in it: the copies have one id.
 */
async function dropHeld(manager, alice, bob) {
    const before = carriedOut(manager).length;
    const session = sessionOf(manager, 'alice');
    const id = alice.say();
    await bob.hears(id);
    // Only that request is open, and the client knows: it can be told from the one before it.
    await until('one held request', () => session.waiting === 1);
    const retries = () => alice.party.events.filter(({ event }) => event === 'retry').length;
    const known = retries();
    session.drop();
    await until('the break', () => retries() > known);
    alice.say();
    await bob.hears(alice.sent.at(-1));
    const copies = carriedOut(manager).slice(before).filter((one) => one === id).length;
    assert.equal(copies, manager.profile.runsTwice ? 2 : 1);
    const heard = bob.party.events.filter((event) => event.id === id && event.event === 'message');
    assert.deepEqual(heard.map(({ repeated }) => repeated), copies === 2 ? [false, true] : [false]);
    bob.party.events = bob.party.events.filter(({ repeated }) => !repeated);
}

/** An answer that is never repeated is lost: the session is gone, and that is told. */
async function loseForGood(manager, kind, alice, bob) {
    const { sid } = sessionOf(manager, 'alice');
    let isLost = false;
    manager.loses = (its, session) =>
        session.sid === sid && its === kind && !isLost && (isLost = true);
    const after = alice.party.events.length;
    const loss = alice.party.until('the loss', ({ state }) => state === 'waiting to reconnect',
        { after, ms: 60000 });
    const said = [];
    // Beside a poll, which is released for it; unless it has just run out of time.
    for (; !isLost && kind === 'released'; await sleep(100))
        if (sessionOf(manager, 'alice').waiting === 1) said.push(alice.say());
    await loss;
    manager.loses = null;
    await alice.party.until('online again', ({ state }) => state === 'online', { after });
    alice.say();
    await bob.hears(alice.sent.at(-1));
    for (const id of said) {
        const isTold = alice.party.events.some(({ event, xml }) =>
            event === 'unknown' && xml.includes(`'${id}'`));
        const count = bob.heard.filter((one) => one === id).length;
        assert.ok(count === 1 || (count === 0 && isTold), `${id} came ${count} times`);
    }
}

/** The server forgets a session, as when it is started anew. */
async function forget(manager, alice, bob) {
    const after = alice.party.events.length;
    const session = sessionOf(manager, 'alice');
    manager.sessions.delete(session.sid);
    session.release();
    const { condition, http } = await alice.party.until('the loss', ({ state }) =>
        state === 'waiting to reconnect', { after });
    assert.equal(condition, 'item-not-found');
    assert.equal(http, manager.profile.isBare ? 404 : 0);
    await alice.party.until('online again', ({ state }) => state === 'online', { after });
    alice.say();
    await bob.hears(alice.sent.at(-1));
}

async function join(manager, joinAs) {
    const [alice, bob] = ['alice', 'bob'].map((name) => new Side(name, joinAs(name, manager.url)));
    [alice.other, bob.other] = ['bob', 'alice'];
    const online = ({ party }) => party.until('online', ({ state }) => state === 'online',
        { ms: 60000 });
    await Promise.all([alice, bob].map(online));
    return [alice, bob];
}

/** Nobody is left, and nothing hangs. */
async function leave(manager, sides) {
    await Promise.all(sides.map(({ party }) => party.close()));
    await until('the end of the sessions', () => manager.sessions.size === 0);
    checkCopies(manager);
    await manager.stop();
}

/** A manager whose waits are short, for a test with many of them. */
const start = (name) => startManager({
    profile: { ...profiles[name], asksVersionMs: profiles[name].asksVersionMs && 50,
        creation: { ...profiles[name].creation, wait: 1 } },
    users: { alice: 'alicepw', bob: 'bobpw' } });

/** What goes well with every server. @param {string} name @param {Join} joinAs */
export async function playWhole(name, joinAs) {
    const manager = await start(name);
    const sides = await join(manager, joinAs);
    await chat(...sides);
    await idle(manager);
    const lost = await loseBoth(manager, ...sides);
    await dropHeld(manager, ...sides);
    checkWhole(...sides);
    if (manager.profile.asksVersionMs)
        assert.ok(manager.received.some((xml) => xml.includes(`'version-1'`)), 'who are you?');
    await leave(manager, sides);
    return `${manager.requests.length} requests, ${lost} losses`;
}

/** What no client can mend is told, and the next session goes on. */
export async function playLosses(name, joinAs) {
    const manager = await start(name);
    const { forgotten } = manager.profile.replay;
    const losses = ['released', 'timeout'].filter((kind) => !isMended(manager.profile, kind))
        .map((kind) => (...sides) => loseForGood(manager, kind, ...sides));
    let restarts = 'restart' in forgotten ? 1 : 0;
    // New clients for each: they wait longer with each session that they lose.
    for (const lose of [...losses, forget.bind(null, manager)]) {
        manager.loses = (kind) => kind === 'restart' && restarts-- > 0;
        const sides = await join(manager, joinAs);
        await lose(...sides);
        await Promise.all(sides.map(({ party }) => party.close()));
    }
    const sides = await join(manager, joinAs);
    const [{ party }] = sides;
    sessionOf(manager, 'alice').endStream('conflict');
    const { error, stanza } = await party.until('the end', ({ state }) => state === 'ended');
    assert.deepEqual([error, stanza], ['BOSH_ERR_STREAM', 'conflict']);
    await leave(manager, sides);
}
