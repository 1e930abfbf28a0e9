// SPDX-License-Identifier: MIT
// The scripted connection manager itself: what it does as each server, seen over plain HTTP by a
// client that breaks rules on purpose.

import assert from 'node:assert/strict';
import { attribute, profiles, startManager } from '../servers/cm.mjs';
import { runTests, test } from './suite.mjs';

const BIND = `<iq xmlns='jabber:client' type='set' id='b'>` +
    `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>`;
const message = (id) => `<message xmlns='jabber:client' to='bob@localhost' id='${id}'/>`;

/** What is the same for all Openfires, and what is expected of each server. */
const openfire = { get: 404, unknown: 404, bad: 400, ack: true, inactivity: 30, lost: true,
    beyond: 'ends', streamError: undefined };
const expected = {
    prosody: { get: 200, unknown: 200, bad: 200, ack: false, inactivity: 60, copies: 1,
        twoPolls: undefined, lost: false, beyond: 'lives', needsRestart: false, left: 'terminate',
        streamError: 'terminate' },
    ejabberd: { get: 200, unknown: 200, bad: 200, ack: false, inactivity: 30, copies: 1,
        twoPolls: undefined, lost: false, beyond: 'ends', needsRestart: true, left: 'terminate',
        streamError: 'terminate' },
    'openfire-3.9': { ...openfire, copies: 2, twoPolls: 'policy-violation', left: undefined },
    'openfire-4.1': { ...openfire, copies: 2, twoPolls: 'policy-violation', left: undefined },
    'openfire-4.7': { ...openfire, copies: 1, twoPolls: undefined, left: 'terminate' },
    'openfire-5.1': { ...openfire, copies: 1, twoPolls: undefined, left: 'terminate' },
};

class Raw {
    rid = 1000;

    constructor(manager) {
        this.manager = manager;
    }

    async post(body) {
        const response = await fetch(this.manager.url, { method: 'POST', body });
        return { status: response.status, text: await response.text() };
    }

    /** A request of the session. @param {string} [inside] @param {object} [more] */
    send(inside = '', { rid = ++this.rid, more = '' } = {}) {
        return this.post(`<body xmlns='http://jabber.org/protocol/httpbind' rid='${rid}' ` +
            `sid='${this.sid}'${more}>${inside}</body>`);
    }

    async create() {
        const { text } = await this.post(`<body xmlns='http://jabber.org/protocol/httpbind' ` +
            `rid='${this.rid}' wait='60' hold='1' to='localhost' ver='1.11'/>`);
        this.sid = attribute(text, 'sid');
        return text;
    }

    async login({ restarts = true } = {}) {
        const secret = Buffer.from('\0alice\0alicepw').toString('base64');
        await this.create();
        await this.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>` +
            `${secret}</auth>`);
        if (restarts)
            await this.send('', { more: ` xmlns:xmpp='urn:xmpp:xbosh' xmpp:restart='true'` });
        return this.send(BIND);
    }

    /** A request that is held; resolves, with its answer in a box, when the manager has it. */
    async hold(inside, options) {
        const { length } = this.manager.requests;
        const answer = this.send(inside, options);
        answer.catch(() => {}); // the manager stops before it has answered
        while (this.manager.requests.length === length) await new Promise(setImmediate);
        return { answer };
    }

    get isAlive() {
        return this.manager.sessions.has(this.sid);
    }
}

const condition = ({ text }) => attribute(text, 'condition');
const type = ({ text }) => attribute(text, 'type');

async function withSession(name, run, more = {}) {
    const manager = await startManager({ profile: { ...profiles[name], asksVersionMs: 0, ...more },
        users: { alice: 'alicepw', bob: 'bobpw' } });
    const raw = new Raw(manager);
    try {
        await run(raw, manager);
    } finally {
        await manager.stop();
    }
}

for (const [name, how] of Object.entries(expected)) {
    test(`${name}: outside of sessions`, () => withSession(name, async (raw, manager) => {
        assert.equal((await fetch(manager.url)).status, how.get);
        raw.sid = 'none';
        const unknown = await raw.send();
        assert.equal(unknown.status, how.unknown);
        assert.match(unknown.text, how.unknown === 404 ? /^<html>/ : /item-not-found/);
        assert.equal((await raw.post('no body')).status, how.bad);
        const creation = await raw.create();
        assert.equal(attribute(creation, 'inactivity'), `${how.inactivity}`);
        assert.equal(attribute(creation, 'ack'), how.ack ? `${raw.rid}` : undefined);
        assert.equal(attribute(creation, 'requests'), '2');
    }));

    test(`${name}: the login`, () => withSession(name, async (raw) => {
        const bound = await raw.login({ restarts: false });
        if (how.needsRestart) assert.equal(condition(bound), 'remote-stream-error');
        else assert.match(bound.text, /<jid>alice@localhost/);
    }));

    test(`${name}: an answer that is lost`, () => withSession(name, async (raw, manager) => {
        await raw.login();
        const poll = await raw.hold();
        manager.session.push(message('d1'));
        const answer = await poll.answer;
        assert.match(answer.text, /d1/);
        assert.deepEqual(await raw.send('', { rid: raw.rid }), answer, 'it is repeated');
        // One that was empty because another request came.
        await raw.hold();
        await raw.hold(message('u1'));
        const again = await raw.send('', { rid: raw.rid - 1 });
        assert.equal(condition(again), how.lost ? 'item-not-found' : undefined);
        assert.equal(raw.isAlive, !how.lost);
    }));

    test(`${name}: a held request comes again`, () => withSession(name, async (raw, manager) => {
        await raw.login();
        const first = await raw.hold(message('u1'));
        await raw.hold(message('u1'), { rid: raw.rid });
        assert.equal(type(await first.answer), undefined);
        assert.equal(manager.received.filter((xml) => xml.includes('u1')).length, how.copies);
    }));

    test(`${name}: too many requests`, () => withSession(name, async (raw, manager) => {
        await raw.login();
        await raw.hold();
        const beyond = await raw.send(message('u1'), { rid: raw.rid + 5 });
        assert.equal(condition(beyond), 'item-not-found');
        assert.equal(raw.isAlive, how.beyond === 'lives');
        assert.deepEqual(manager.received, []);
    }));

    test(`${name}: two polls`, () => withSession(name, async (raw) => {
        await raw.login();
        await raw.hold();
        const second = await raw.hold();
        if (!how.twoPolls) return assert.ok(raw.isAlive);
        assert.equal(condition(await second.answer), how.twoPolls);
        return assert.ok(!raw.isAlive);
    }));

    test(`${name}: the end`, () => withSession(name, async (raw, manager) => {
        await raw.login();
        const held = await raw.hold();
        const last = await raw.send('', { more: ` type='terminate'` });
        assert.equal(type(last), 'terminate');
        assert.equal(type(await held.answer), how.left);
        assert.ok(!raw.isAlive);
        await raw.login();
        const poll = await raw.hold();
        manager.session.endStream('conflict');
        const answer = await poll.answer;
        assert.equal(type(answer), how.streamError);
        assert.match(answer.text, /<stream:error><conflict/);
        assert.equal((await raw.send()).status, how.unknown);
    }));
}

test('ejabberd answers one result at a time, Prosody all, Openfire the first alone', async () => {
    for (const [name, sizes] of [['prosody', [3]], ['ejabberd', [1, 1, 1]],
        ['openfire-4.1', [1, 2]]])
        await withSession(name, async (raw, manager) => {
            await raw.login();
            manager.onStanzas = (_xml, session) => {
                for (const id of ['r1', 'r2', 'r3'])
                    session.result(`<iq xmlns='jabber:client' type='result' id='${id}'/>`);
            };
            const counts = [];
            for (let seen = 0; seen < 3; seen += counts.at(-1)) {
                const { text } = await raw.send(counts.length ? '' : message('u1'));
                counts.push(text.match(/<iq /g).length);
            }
            assert.deepEqual(counts, sizes);
        });
});

await runTests();
