// SPDX-License-Identifier: MIT
// Does Prosody still lose what overtaken.mjs says? When this fails, that file can go.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { privateDirectory, until } from '../servers/child.mjs';
import { startRig } from '../servers/rig.mjs';
import { countOvertaken } from './overtaken.mjs';

const directory = privateDirectory('overtaken');
const serverLog = join(directory, 'prosody.log');
const clientLog = join(directory, 'client.log');
let rig;

before(async () => {
    rig = await startRig({ server: 'prosody', mechanisms: 'plain', offline: false,
        more: { prosody: `log = { debug = "${serverLog}" }` } });
});
after(() => rig.stop());

/** @param {RegExp} pattern */
const count = (pattern) => (readFileSync(serverLog, 'utf8').match(pattern) ?? []).length;

/** Waits until the server has said it so often. */
const logged = (pattern, times = 1) => until(() => count(pattern) >= times, () => pattern);

/** On a connection of its own. @returns {{answer: Promise<string>, cut: () => void}} */
function post(body) {
    const request = http.request(rig.serverUrl, { method: 'POST', agent: new http.Agent(),
        headers: { 'Content-Type': 'text/xml', 'Content-Length': Buffer.byteLength(body) } });
    const answer = new Promise((resolve) => {
        request.on('response', async (response) =>
            resolve(Buffer.concat(await response.toArray()).toString()));
        request.on('error', () => resolve('broken'));
    });
    request.end(body);
    return { answer, cut: () => request.destroy() };
}

/** A session by hand; gives what makes the body of its next request. */
async function session(name, firstRid) {
    let rid = firstRid;
    let sid = '';
    const body = (payload, attributes = '') =>
        `<body xmlns='http://jabber.org/protocol/httpbind' rid='${rid++}' ${sid} ${attributes} ` +
        `xmlns:xmpp='urn:xmpp:xbosh'>${payload}</body>`;
    const created = await post(body('', "to='localhost' wait='10' hold='1' ver='1.6' " +
        "xmpp:version='1.0'")).answer;
    [sid] = /sid='[^']+'/.exec(created);
    const secret = Buffer.from(`\0${name}\0${rig.users[name]}`).toString('base64');
    await post(body("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
        `${secret}</auth>`)).answer;
    await post(body('', "xmpp:restart='true' to='localhost'")).answer;
    await post(body("<iq xmlns='jabber:client' type='set' id='b'><bind " +
        "xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>net</resource></bind></iq>")).answer;
    await post(body("<presence xmlns='jabber:client'/>")).answer;
    return body;
}

const message = (to, text) => `<message xmlns='jabber:client' type='chat' ` +
    `to='${to}@localhost/net'><body>${text}</body></message>`;

test('a request that was overtaken and whose connection broke swallows stanzas', async () => {
    const alice = await session('alice', 1000);
    const bob = await session('bob', 2000);
    const first = alice('');
    const second = alice(message('bob', 'early'));
    writeFileSync(clientLog, `> ${second}\n> ${second}\n> ${first}\n`);

    const overtaking = post(second);
    await logged(/deferring this request/g);
    const destroyed = count(/Request destroyed/g);
    overtaking.cut();
    await logged(/Request destroyed/g, destroyed + 1);
    assert.match(await post(first).answer, /<\/body>/, 'Prosody has both now');
    const said = post(bob(['one', 'two', 'three'].map((text) => message('alice', text)).join('')));
    post(bob('')); // so that the one before is answered
    await said.answer;
    const repeated = await post(second).answer;
    assert.match(repeated, /three/);
    assert.doesNotMatch(repeated, /one|two/);
    assert.equal(countOvertaken(serverLog, clientLog), 1);
});
