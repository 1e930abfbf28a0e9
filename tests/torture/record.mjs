#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Writes down what a real server says in a conversation, for replay.c, which tells it again in
// virtual time: tests/torture/recordings/SERVER.txt. Options as of the interop tests, for example
//   node tests/torture/record.mjs --driver build/dev/tests/interop/bosh-driver --server ejabberd
//
// A line of a recording is one of
//   # ...
//   send XML          the client is given this stanza
//   close             it leaves
//   answer N M BODY   request N (from 0) is answered, when M requests have been made
// $bind stands for the id of the client's bind request.

import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { announce, logIn } from '../interop/pair.mjs';
import { ridOf } from '../interop/facts.mjs';
import { startProxy } from '../interop/proxy.mjs';
import { chosen, driverPath } from '../interop/suite.mjs';
import { run, sleep } from '../servers/child.mjs';
import { startRig } from '../servers/rig.mjs';

if (!driverPath) {
    console.log('usage: record.mjs --driver build/dev/tests/interop/bosh-driver '
        + '[--server prosody|ejabberd]');
    process.exit(2);
}
const file = join(dirname(fileURLToPath(import.meta.url)), 'recordings', `${chosen.server}.txt`);
const version = run('dpkg-query', ['-W', '-f', '${Version}', chosen.server]);
const lines = [`# ${chosen.server} ${version}, recorded by record.mjs`];

const rig = await startRig({ server: chosen.server });
const proxy = await startProxy({ to: rig.serverPort });
let firstRid;
let bindId = '\0';
let sid = '\0';
let said = '';

proxy.ended = ({ request, response, end }) => {
    if (request.method !== 'POST') return; // warms a connection
    const posts = proxy.exchanges.filter((one) => one.request.method === 'POST');
    if (end !== 'answered') throw new Error(`request ${request.body}: ${end}`);
    firstRid ??= ridOf({ request });
    bindId = /<iq[^>]* id=['"]([^'"]*)['"][^>]*><bind /.exec(posts.at(-1).request.body)?.[1] ??
        bindId;
    sid = /^<body[^>]* sid=['"]([^'"]*)/.exec(response.body)?.[1] ?? sid;
    said += response.body;
    const body = response.body.replaceAll('\n', '&#10;').replaceAll(bindId, '$bind')
        .replaceAll(sid, 'the-session');
    lines.push(`answer ${ridOf({ request }) - firstRid} ${posts.length} ${body}`);
};

/** Waits until the server has said this to alice. @param {string} text */
async function hear(text) {
    for (let i = 0; !said.includes(text); i++, await sleep(10))
        if (i > 2000) throw new Error(`the server does not say ${text}`);
}

const alice = await logIn(rig, 'alice', { url: proxy.url(new URL(rig.url).pathname),
    more: ['--mechanisms', 'PLAIN', '--wait', '2'] });
const bob = await logIn(rig, 'bob');
await announce(bob);

/** Alice sends these, in one turn; then the server answers. */
async function send(stanzas, ...answers) {
    for (const stanza of stanzas) lines.push(`send ${stanza}`);
    alice.say(stanzas.map((stanza) => `xml ${stanza}`).join('\n'));
    for (const answer of answers) await hear(answer);
}

const message = (id, text, more = '') => `<message xmlns='jabber:client' type='chat' ` +
    `to='bob@localhost' id='${id}'><body>${text}</body>${more}</message>`;
const iq = (type, id, to, payload) => `<iq xmlns='jabber:client' type='${type}' id='${id}'` +
    `${to && ` to='${to}'`}>${payload}</iq>`;
const room = 'tea@conference.localhost';

await send([`<presence xmlns='jabber:client'/>`], '<presence');
await send([iq('get', 'r1', '', `<query xmlns='jabber:iq:roster'/>`),
    iq('get', 'd1', 'localhost', `<query xmlns='http://jabber.org/protocol/disco#info'/>`),
    iq('set', 'c1', '', `<enable xmlns='urn:xmpp:carbons:2'/>`),
    iq('get', 'u1', 'localhost', `<query xmlns='urn:no:such'/>`)], 'r1', 'd1', 'c1', 'u1');
bob.say(['m1', 'm2'].map((id) => `xml <message to='${alice.jid}' type='chat' id='${id}'>` +
    `<body>Grüße, 1 &lt; 2 &amp;&amp; "3" > '2' €𝄞</body>` +
    `<active xmlns='http://jabber.org/protocol/chatstates'/></message>`).join('\n'));
await hear('m2');
await send([message('a1', 'one'), message('a2', 'two', `<request xmlns='urn:xmpp:receipts'/>`)]);
await bob.message('two');
bob.say(`xml <iq type='get' id='v1' to='${alice.jid}'><query xmlns='jabber:iq:version'/></iq>`);
await hear('v1');
await send([`<presence xmlns='jabber:client' to='${room}/alice'>` +
    `<x xmlns='http://jabber.org/protocol/muc'/></presence>`,
`<message xmlns='jabber:client' to='${room}' type='groupchat' id='g1'><body>hello</body>` +
    '</message>'], 'g1');
await sleep(5000); // polls that are answered after two seconds, empty
bob.say(`xml <message to='${alice.jid}' type='chat' id='m3'><body>still there?</body></message>`);
await hear('m3');
await send([message('a3', 'yes')]);
await bob.message('yes');
await sleep(200);
lines.push('close');
await alice.close();
await bob.close();
await proxy.stop();
await rig.stop();
writeFileSync(file, `${lines.join('\n')}\n`);
console.log(`${file}: ${lines.length} lines`);
