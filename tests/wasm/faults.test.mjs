// SPDX-License-Identifier: MIT
// What a transport has to tell about a bad network, with an HTTP server that misbehaves as it is
// told.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { freePort } from '../servers/child.mjs';
import { loadEngine, next } from './load.mjs';
import { XMLHttpRequest } from './xhr.mjs';

const isXhr = process.env.BOSH_TRANSPORT === 'xhr';
let server, engine, url;
/** What the server does with the next request. */
let behave;

before(async () => {
    server = createServer((request, response) => {
        if (request.method === 'OPTIONS') return response.end(); // warms a connection
        const chunks = [];
        request.on('data', (chunk) => chunks.push(chunk));
        return request.on('end', () =>
            behave(response, Buffer.concat(chunks).toString(), request));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${server.address().port}/http-bind`;
    engine = await loadEngine();
});
after(() => server.close());

/** The first error that a client with these options has to tell. */
async function failure(options = {}) {
    const client = engine.client({ url, jid: 'a@localhost', password: 'p', reconnect: 'never',
        ...options });
    const told = Promise.race([next(client, 'retry'),
        next(client, 'state', ({ error }) => error !== undefined)]);
    client.connect();
    const { error, delayMs } = await told;
    client.free();
    return { code: error.code, httpStatus: error.detail.httpStatus, delayMs };
}

test('the request that arrives', async () => {
    let seen;
    behave = (response, body, { method, headers }) => {
        seen = { body, method, headers };
        response.writeHead(404).end();
    };
    await failure({ jid: 'ä@localhost' });
    assert.equal(seen.method, 'POST');
    assert.equal(seen.headers['content-type'], 'text/xml; charset=utf-8');
    assert.equal(Number(seen.headers['content-length']), Buffer.byteLength(seen.body));
    assert.equal(seen.headers.cookie, undefined);
    assert.match(seen.body, /^<body [^>]*to='localhost'/);
});

test('an error status, with a page', async () => {
    behave = (response) => response.writeHead(404).end('<html><body>Not found</body></html>');
    const { code, httpStatus } = await failure();
    assert.equal(code, 'BOSH_ERR_HTTP_STATUS');
    assert.equal(httpStatus, 404);
});

test('Retry-After is obeyed', async () => {
    behave = (response) => response.writeHead(503, { 'Retry-After': '7' }).end();
    const { httpStatus, delayMs } = await failure();
    assert.equal(httpStatus, 503);
    assert.ok(delayMs >= 7000, `${delayMs}`);
});

test('nobody listens', async () => {
    const { code } = await failure({ url: `http://127.0.0.1:${await freePort()}/` });
    assert.equal(code, 'BOSH_ERR_CONNECT');
});

test('a connection that breaks within the answer', async () => {
    behave = (response) => {
        response.writeHead(200, { 'Content-Length': 1000 });
        response.write('<body ', () => response.destroy());
    };
    assert.equal((await failure()).code, 'BOSH_ERR_RESET');
});

test('a URL that is none', async () => {
    assert.equal((await failure({ url: 'http://[/' })).code, 'BOSH_ERR_URL');
});

test('an answer that is too long is not read to its end', async () => {
    let closed;
    behave = (response) => {
        closed = once(response, 'close');
        response.writeHead(200);
        for (let i = 0; i < 100; i++) response.write(`<body>${'x'.repeat(10000)}`);
    };
    assert.equal((await failure({ responseBytesMax: 50000 })).code,
        'BOSH_ERR_RESPONSE_TOO_LARGE');
    await closed;
});

test('a request given up is aborted, and nothing comes of it', async () => {
    const arrived = new Promise((resolve) => {
        behave = (response) => resolve(response);
    });
    const client = engine.client({ url, jid: 'a@localhost', password: 'p' });
    client.connect();
    const response = await arrived;
    const closed = once(response, 'close');
    client.free();
    assert.equal(client.state, 'ended');
    await closed;
    response.end(`<body xmlns='http://jabber.org/protocol/httpbind' sid='s' wait='5'/>`);
});

test('many requests given up within their answers', async () => {
    for (let i = 0; i < 50; i++) {
        const arrived = new Promise((resolve) => {
            behave = (response) => {
                response.writeHead(200, { 'Content-Length': 100 });
                response.write('<body ', () => resolve(response));
            };
        });
        const client = engine.client({ url, jid: 'a@localhost', password: 'p' });
        client.connect();
        const response = await arrived;
        client.free();
        response.end();
    }
});

test('a time-out is no broken connection', { skip: !isXhr && 'fetch has none' }, async (t) => {
    const arrived = new Promise((resolve) => {
        behave = (response) => resolve(response);
    });
    const told = failure();
    const response = await arrived;
    const { now } = performance;
    t.after(() => {
        performance.now = now;
        response.destroy();
    });
    const xhr = XMLHttpRequest.all.at(-1);
    performance.now = () => now.call(performance) + xhr.timeout;
    xhr.runOutOfTime();
    assert.equal((await told).code, 'BOSH_ERR_TIMEOUT');
});

test('the module is still whole', () => {
    assert.match(engine.version, /^\d+\.\d+\.\d+$/);
});
