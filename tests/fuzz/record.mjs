#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// What a real server says, as inputs of the fuzz targets: two clients log in and do what people do,
// through Nginx, and the answers are written to build/fuzz/recorded/TARGET. tests/fuzz/seed then
// keeps what teaches the targets something. Options as of the interop tests; --driver is needed.

import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { HttpReader } from '../interop/http.mjs';
import { announce, logIn } from '../interop/pair.mjs';
import { chosen } from '../interop/suite.mjs';
import { startRig } from '../servers/rig.mjs';

const recorded = join(dirname(fileURLToPath(import.meta.url)), '../../build/fuzz/recorded');

/** Between a client and the server; `answers` has what the server said, in order. */
async function startRelay(to) {
    /** @type {{raw: Buffer, body: string}[]} */
    const answers = [];
    const sockets = new Set();
    const server = createServer((client) => {
        const upstream = connect(to, '127.0.0.1');
        const reader = new HttpReader('response');
        for (const socket of [client, upstream]) {
            sockets.add(socket);
            socket.on('error', () => {});
        }
        client.pipe(upstream);
        upstream.pipe(client);
        upstream.on('data', (bytes) => {
            reader.push(bytes);
            for (let message; (message = reader.next());) {
                const isZipped = message.headers['content-encoding'] === 'gzip';
                answers.push({ raw: message.raw,
                    body: String(isZipped ? gunzipSync(message.body) : message.body) });
            }
        });
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${server.address().port}/xmpp-httpbind`;
    const stop = () => {
        server.close();
        for (const socket of sockets) socket.destroy();
    };
    return { answers, url, stop };
}

const iq = (type, id, to, payload) =>
    `xml <iq type='${type}' id='${id}'${to && ` to='${to}'`}>${payload}</iq>`;
const settled = () => new Promise((resolve) => setTimeout(resolve, 1500));

/** What one of two people does. The server answers, sometimes with an error. */
function* doings(own, other) {
    const room = `tea-${chosen.server}@conference.localhost`;
    yield iq('get', 'r1', '', `<query xmlns='jabber:iq:roster'/>`);
    yield iq('set', 'r2', '', `<query xmlns='jabber:iq:roster'><item jid='${other}' ` +
        `name='A &amp; "B"'><group>Friends</group></item></query>`);
    yield `xml <presence to='${other}' type='subscribe'/>`;
    yield `xml <presence to='${other}' type='subscribed'/>`;
    yield iq('get', 'd1', 'localhost', `<query xmlns='http://jabber.org/protocol/disco#info'/>`);
    yield iq('get', 'd2', 'localhost', `<query xmlns='http://jabber.org/protocol/disco#items'/>`);
    yield iq('set', 'c1', '', `<enable xmlns='urn:xmpp:carbons:2'/>`);
    yield iq('set', 'p1', '', `<prefs xmlns='urn:xmpp:mam:2' default='always'/>`);
    yield iq('get', 'p2', 'localhost', `<ping xmlns='urn:xmpp:ping'/>`);
    yield iq('get', 'u1', 'localhost', `<query xmlns='urn:no:such'/>`);
    yield `send ${other} Grüße, 1 < 2 && "3" > '2' €𝄞`;
    yield `xml <message to='${other}' type='chat' id='s1' xml:lang='de'><body>a</body>` +
        `<active xmlns='http://jabber.org/protocol/chatstates'/>` +
        `<request xmlns='urn:xmpp:receipts'/></message>`;
    yield `send nobody@localhost is anybody there`;
    yield `xml <presence><show>away</show><status>tea</status></presence>`;
    yield `xml <presence to='${room}/${own}'>` +
        `<x xmlns='http://jabber.org/protocol/muc'/></presence>`;
    yield `xml <message to='${room}' type='groupchat' id='g1'><body>hello</body></message>`;
    yield `xml <message to='${room}' type='groupchat'><subject>tea</subject></message>`;
    yield iq('get', 'm0', room, `<query xmlns='http://jabber.org/protocol/disco#info'/>`);
    yield iq('set', 'm1', '', `<query xmlns='urn:xmpp:mam:2' queryid='q'>` +
        `<set xmlns='http://jabber.org/protocol/rsm'><max>5</max></set></query>`);
    yield `xml <presence to='${room}/${own}' type='unavailable'/>`;
}

/** An answer as a line of text; `escape` for fuzz_exports. */
const lineOf = ({ body }, escape = false) => {
    const line = body.replaceAll('\n', '&#10;');
    return escape ? `a${line.replaceAll('\\', '\\\\').replaceAll('|', '\\p')}` : line;
};

function write(target, name, content) {
    const folder = join(recorded, target);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${chosen.server}-${name}`), content);
}

/** A conversation in pieces, each behind a login that suits the target. */
function writeTalk(name, answers) {
    for (let from = 0; from < answers.length; from += 4) {
        const some = answers.slice(from, from + 4);
        const title = `${name}-${from}`;
        write('client', title, ['0l\nl\nl\nl', ...some.map((one) => lineOf(one)), ''].join('\n'));
        const wishes = String.raw`w0\0message\0\0\0\0\1\0004\0presence\0\0\0\0unavailable\0\1\0`;
        write('exports', title, ['4', 'h', wishes, 'o\nl\nl\nl\nl', 's<presence/>',
            ...some.map((one) => lineOf(one, true)), 'c', ''].join('\n'));
    }
}

function writeAll(name, all, loginSteps) {
    const piece = Buffer.from([7]);
    all.slice(0, 6).forEach(({ raw }, i) =>
        write('http1', `${name}-${i}`, Buffer.concat([piece, raw])));
    const answers = all.filter(({ body }) => body); // not those to OPTIONS
    answers.forEach(({ body }, i) =>
        write('reader', `${name}-${i}`, Buffer.concat([piece, Buffer.from(body)])));
    const inside = (one) => /^<body[^>]*>([^]*)<\/body>/.exec(lineOf(one))?.[1] ?? '';
    write('sasl', name, answers.slice(0, 3).map((one) => `${inside(one)}\n`).join(''));
    write('client', `${name}-login`, `@${answers.slice(0, loginSteps).map((one) =>
        `${lineOf(one)}\n`).join('')}`);
    writeTalk(name, answers.slice(loginSteps + 1));
}

const rig = await startRig({ server: chosen.server, proxy: 'nginx' });
try {
    const port = Number(new URL(rig.url).port);
    for (const [mechanism, loginSteps] of [['SCRAM-SHA-1', 4], ['PLAIN', 3]]) {
        const relays = [await startRelay(port), await startRelay(port)];
        const names = ['alice', 'bob'];
        const drivers = [];
        for (const [i, name] of names.entries())
            drivers.push(await logIn(rig, name, { url: relays[i].url,
                more: ['--mechanisms', mechanism, '--plain-over-http'] }));
        await Promise.all(drivers.map(announce));
        for (const [i, driver] of drivers.entries())
            for (const line of doings(names[i], `${names[1 - i]}@localhost`)) driver.say(line);
        await settled();
        for (const driver of drivers) await driver.close();
        relays.forEach(({ answers, stop }, i) => {
            writeAll(`${names[i]}-${mechanism.toLowerCase()}`, answers, loginSteps);
            stop();
        });
        console.log(`${mechanism}: ${relays.map(({ answers }) => answers.length)} answers`);
    }
} finally {
    await rig.stop();
}
