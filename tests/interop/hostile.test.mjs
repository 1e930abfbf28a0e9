// SPDX-License-Identifier: MIT
// Answers that are no BOSH answers, addresses that lead nowhere, stanzas that are none: each has an
// error of its own, nothing crashes, and nothing else is lost.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { freePort } from '../servers/child.mjs';
import { startRig } from '../servers/rig.mjs';
import { Driver } from './driver.mjs';
import { announce, logIn } from './pair.mjs';
import { startProxy } from './proxy.mjs';
import { runTests, test } from './suite.mjs';

let rig;

async function bobListens() {
    const bob = await logIn(rig, 'bob');
    await announce(bob);
    return bob;
}

const page = (title) => `<html><head><title>${title}</title></head><body>Sorry<hr></body></html>`;
const body = (inside) => `<body xmlns='http://jabber.org/protocol/httpbind'>${inside}</body>`;
const message = (inside) => body(`<message xmlns='jabber:client'>${inside}</message>`);
const deep = 100000;

// What arrives instead of an answer, and how it is called.
const answers = {
    'HTTP 404 with HTML': ['HTTP_STATUS', { status: 404, body: page('Not Found') }],
    'HTTP 502 with HTML': ['HTTP_STATUS', { status: 502, body: page('Bad Gateway') }],
    'HTTP 503 without a body': ['HTTP_STATUS', { status: 503 }],
    'a redirect': ['HTTP_REDIRECT', { status: 302, headers: { Location: 'http://127.0.0.1:1/' } }],
    'HTTP 401': ['HTTP_AUTH', { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="x"' } }],
    'a web page': ['RESPONSE_FOREIGN', { body: '<html><head/><body>Welcome</body></html>' }],
    'a web page with DOCTYPE': ['RESPONSE_DOCTYPE', { body: `<!DOCTYPE html>${page('Welcome')}` }],
    'entities that would grow': ['RESPONSE_DOCTYPE', { body: `<!DOCTYPE body [<!ENTITY a "${
        'a'.repeat(1000)}"><!ENTITY b "${'&a;'.repeat(1000)}">]>${body('&b;')}` }],
    'truncated XML': ['RESPONSE_TRUNCATED', { body: message('<body>half').slice(0, -20) }],
    'broken XML': ['RESPONSE_SYNTAX', { body: body('<message></massage>') }],
    'an unknown entity': ['RESPONSE_ENTITY', { body: message('<body>&nbsp;</body>') }],
    'deep nesting': ['RESPONSE_DEPTH', { body: body('<a>'.repeat(deep) + '</a>'.repeat(deep)) }],
    'an element with 10,000 attributes': ['RESPONSE_ATTRIBUTES', { body: body(`<a ${
        Array.from({ length: 10000 }, (_, i) => `a${i}=''`).join(' ')}/>`) }],
    '1 GB announced': ['RESPONSE_TOO_LARGE', { raw:
        `HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n${body('').slice(0, -7)}` }],
    '10 MB that arrive': ['RESPONSE_TOO_LARGE', { body: body(' '.repeat(10000000)) }],
    'a NUL byte': ['RESPONSE_CHARACTER', { body: message('<body>a\0b</body>') }],
    'invalid UTF-8': ['RESPONSE_UTF8',
        { body: Buffer.from(message('<body>\xff\xfe</body>'), 'latin1') }],
    'an answer cut short': ['RESET', { raw: `HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n<body`,
        close: true }],
    'no HTTP at all': ['RESET', { raw: 'SSH-2.0-OpenSSH_9.2\r\n', close: true }],
};

for (const [what, [error, answer]] of Object.entries(answers)) {
    test(`in a live session: ${what} is ${error}`, async () => {
        const proxy = await startProxy({ to: rig.serverPort });
        const bob = await bobListens();
        const alice = await logIn(rig, 'alice', { url: proxy.url('/http-bind') });
        const after = alice.events.length;
        // The next request carries the message: its answer is replaced, the server never sees it.
        let replaced = 0;
        proxy.fault = () => (replaced++ ? null : { answer });
        alice.say(`send ${bob.jid} despite ${what}`);
        const retry = await alice.until('retry', ({ event }) => event === 'retry', { after });
        assert.equal(retry.error, `BOSH_ERR_${error}`);
        if (answer.status) assert.equal(retry.http, answer.status);
        await bob.message(`despite ${what}`);
        await alice.close();
        assert.equal(bob.bodies.filter((text) => text === `despite ${what}`).length, 1);
        assert.ok(!alice.events.some((event) => event.event === 'unknown'));
        await proxy.stop();
    });

    test(`at the first request: ${what} is ${error}`, async () => {
        const proxy = await startProxy({ to: rig.serverPort, fault: () => ({ answer }) });
        const alice = new Driver({ url: proxy.url('/http-bind'), jid: 'alice@localhost',
            password: 'alicepw', more: ['--reconnect', 'never'] });
        const trouble = await alice.until('trouble', ({ event, state }) =>
            event === 'retry' || state === 'ended');
        assert.equal(trouble.error, `BOSH_ERR_${error}`);
        await alice.close();
        await proxy.stop();
    });
}

async function firstTrouble(url, more = []) {
    const alice = new Driver({ url, jid: 'alice@localhost', password: 'alicepw',
        more: ['--reconnect', 'never', ...more] });
    const { error } = await alice.until('trouble', ({ event, state }) =>
        event === 'retry' || event === 'failed' || state === 'ended');
    if (alice.events.every(({ event }) => event !== 'failed')) await alice.close();
    return error;
}

async function listen(onConnection) {
    const server = createServer(onConnection);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
}

test('addresses that lead nowhere', async () => {
    const closing = await listen((socket) => socket.destroy());
    const plain = await listen((socket) => socket.on('error', () => {}).end('no TLS here\r\n'));
    const secure = rig.secureUrl;
    for (const [url, error, more] of [
        ['ftp://127.0.0.1/http-bind', 'URL'], ['/http-bind', 'URL'], ['', 'URL'],
        [`http://127.0.0.1:${await freePort()}/http-bind`, 'CONNECT'],
        // No name part may be longer than 63 characters, so nobody is asked about this one.
        [`http://${'x'.repeat(64)}.invalid/http-bind`, 'DNS'],
        [`http://127.0.0.1:${closing.address().port}/http-bind`, 'RESET'],
        [`https://127.0.0.1:${plain.address().port}/http-bind`, 'TLS'],
        [secure, 'CERTIFICATE'],
        [rig.url.replace('http-bind', 'nothing-here'), 'HTTP_STATUS'],
    ]) assert.equal(await firstTrouble(url, more), `BOSH_ERR_${error}`, url);
    closing.close();
    plain.close();
});

test('stanzas that are none are refused by name', async () => {
    const bob = await bobListens();
    const alice = await logIn(rig, 'alice');
    for (const [xml, error] of [['<message', 'STANZA_SYNTAX'],
        ['<message></presence>', 'STANZA_SYNTAX'], ['<message/><message/>', 'STANZA_SYNTAX'],
        ['<message>&nbsp;</message>', 'STANZA_SYNTAX'],
        ['hello', 'STANZA_SYNTAX'], ['<stream/>', 'STANZA_KIND'],
        ["<message xmlns='urn:other'/>", 'STANZA_KIND']]) {
        const after = alice.events.length;
        alice.say(`xml ${xml}`);
        const answer = await alice.until('an answer', ({ event }) =>
            event === 'refused' || event === 'sent', { after });
        assert.equal(answer.error, `BOSH_ERR_${error}`, xml);
    }
    alice.say(`send ${bob.jid} still here`);
    await bob.message('still here');
    await alice.close();
});

await runTests({
    setup: async () => {
        rig = await startRig({ server: 'prosody', tls: true });
    },
    cleanup: () => rig.stop(),
});
