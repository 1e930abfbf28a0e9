// SPDX-License-Identifier: MIT
// The server of the rows for JavaScript, a process of its own: it hands out the page and the
// libraries, and it is a connection manager of few words for sessions that are attached to. Each
// request is stamped when it is complete.
//
// usage: node server.mjs PACKAGE STROPHE (folders); tells its port to the process that forked it.

import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { manyMessages } from '../corpus.mjs';
import { now } from './clock.mjs';

const [packageFolder, stropheFolder] = process.argv.slice(2);
const folders = { libbosh: packageFolder, strophe: stropheFolder,
    bench: fileURLToPath(new URL('.', import.meta.url)) };
const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript',
    '.wasm': 'application/wasm' };
const page = '<!doctype html><meta charset="utf-8"><title>bench</title>';

const body = (inside) =>
    `<body xmlns='http://jabber.org/protocol/httpbind'>${inside}</body>`;
const message = body(`<message xmlns='jabber:client' from='bob@localhost/x' type='chat' id='m'>`
    + `<body>Hi</body></message>`);

/** A session holds the last request, for `holdMs` at most. */
class Session {
    /** `{ atMs, bytes, id }` of each request; id: of the stanza in it, '' for a poll. */
    requests = [];
    #held = null;
    #timer;
    #answeredMs = 0;
    /** Answers still to be given for measurePolls, and what came of those given. */
    #wanted = 0;
    #gapsMs = [];
    #report;

    constructor(holdMs) {
        this.holdMs = holdMs;
    }

    receive(xml, bytes, response) {
        const atMs = now();
        const id = /<message[^>]*\sid=["']([^"']*)/.exec(xml)?.[1] ?? '';
        this.requests.push({ atMs, bytes, id });
        if (this.#answeredMs) this.#gapsMs.push(atMs - this.#answeredMs);
        this.#answeredMs = 0;
        this.#answer(body(''));
        this.#held = response;
        response.on('close', () => {
            if (this.#held === response) this.#held = null;
        });
        this.#timer = setTimeout(() => this.#answer(body('')), this.holdMs);
        this.#next();
    }

    #answer(text) {
        clearTimeout(this.#timer);
        this.#held?.end(text);
        this.#held = null;
    }

    /** How long after `count` answers the next poll came, milliseconds. */
    measurePolls(count) {
        this.#wanted = count;
        this.#gapsMs = [];
        this.#next();
        return new Promise((resolve) => (this.#report = resolve));
    }

    /** At random moments, when the session has been idle for a while. */
    #next() {
        if (!this.#report && !this.#wanted) return;
        if (!this.#wanted--) {
            this.#report(this.#gapsMs);
            this.#report = null;
            this.#wanted = 0;
            return;
        }
        setTimeout(() => {
            this.#answeredMs = now();
            this.#answer(message);
        }, 200 + 200 * Math.random());
    }
}

const sessions = new Map();

/** A session, as soon as its first request has come. @param {string} name */
async function begun(name) {
    while (!sessions.has(name)) await new Promise((resolve) => setTimeout(resolve, 20));
    return sessions.get(name);
}

const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://x');
    const [, first, ...rest] = pathname.split('/');
    const json = (value) => response.setHeader('Content-Type', 'application/json')
        .end(JSON.stringify(value));
    if (first === 'session') {
        const name = rest[0];
        const chunks = [];
        for await (const chunk of request) chunks.push(chunk);
        if (request.method !== 'POST') return void response.end();
        const holdMs = Number(searchParams.get('hold') ?? 60_000);
        if (!sessions.has(name)) sessions.set(name, new Session(holdMs));
        response.setHeader('Content-Type', 'text/xml; charset=utf-8');
        const bytes = Buffer.concat(chunks);
        return sessions.get(name).receive(bytes.toString(), bytes.length, response);
    }
    if (first === 'corpus')
        return void response.end(manyMessages({ attentionEvery: Number(rest[0]) || undefined }));
    if (first === 'now') return json(now());
    if (first === 'requests') return json((await begun(rest[0])).requests);
    if (first === 'polls')
        return json(await (await begun(rest[0])).measurePolls(Number(rest[1])));
    if (!first) return response.setHeader('Content-Type', 'text/html').end(page);
    const folder = folders[first];
    const file = normalize(rest.join('/'));
    if (!folder || file.startsWith('..')) return response.writeHead(404).end();
    response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
    response.setHeader('Cache-Control', 'max-age=3600');
    createReadStream(join(folder, file)).on('error', () => response.writeHead(404).end())
        .pipe(response);
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => process.send?.(server.address().port));
process.on('disconnect', () => process.exit());
