// SPDX-License-Identifier: MIT
// The server of the rows for JavaScript, a process of its own: it hands out the page and the
// libraries, and it is a connection manager of few words for sessions that are attached to. Each
// request is stamped when it is complete.
//
// usage: node server.mjs PACKAGE STROPHE (folders); tells its port to the process that forked it.

import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { manyMessages } from '../corpus.mjs';
import { now } from './clock.mjs';
import { answerOf, serverOf } from './http.mjs';

const [packageFolder, stropheFolder] = process.argv.slice(2);
const folders = { libbosh: packageFolder, strophe: stropheFolder,
    bench: fileURLToPath(new URL('.', import.meta.url)) };
const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript',
    '.wasm': 'application/wasm' };
const page = '<!doctype html><meta charset="utf-8"><title>bench</title>';

/** An answer with this inside of its body. */
const bodyOf = (inside) => answerOf(
    `<body xmlns='http://jabber.org/protocol/httpbind'>${inside}</body>`,
    { 'Content-Type': 'text/xml; charset=utf-8' });
const nothing = bodyOf('');
const message = bodyOf(`<message xmlns='jabber:client' from='bob@localhost/x' type='chat' id='m'>`
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

    /** @param {import('./http.mjs').Request} request */
    receive({ body, atMs, socket }) {
        const id = /<message[^>]*\sid=["']([^"']*)/.exec(body)?.[1] ?? '';
        this.requests.push({ atMs, bytes: Buffer.byteLength(body), id });
        if (this.#answeredMs) this.#gapsMs.push(atMs - this.#answeredMs);
        this.#answeredMs = 0;
        this.#answer(nothing);
        this.#held = socket;
        this.#timer = setTimeout(() => this.#answer(nothing), this.holdMs);
        this.#next();
    }

    #answer(bytes) {
        this.#held?.write(bytes);
        this.#held = null;
        clearTimeout(this.#timer);
    }

    /** How long after each of `count` answers the next poll came, milliseconds. */
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

/** @param {string} name as it is in the address */
async function fileOf(name) {
    const [folder, ...rest] = name.split('/');
    const file = normalize(rest.join('/'));
    if (!folders[folder] || file.startsWith('..')) throw new Error(`no ${name}`);
    return answerOf(await readFile(join(folders[folder], file)), {
        'Content-Type': types[extname(file)] ?? 'application/octet-stream',
        'Cache-Control': 'max-age=3600',
    });
}

const server = serverOf(async (request) => {
    const { method, socket } = request;
    const { pathname, searchParams } = new URL(request.target, 'http://x');
    const [first, name, more] = pathname.slice(1).split('/');
    const json = async (value) => answerOf(JSON.stringify(await value),
        { 'Content-Type': 'application/json' });
    if (first === 'session') {
        if (method !== 'POST') return void socket.write(answerOf(''));
        const holdMs = Number(searchParams.get('hold') ?? 60_000);
        if (!sessions.has(name)) sessions.set(name, new Session(holdMs));
        return sessions.get(name).receive(request);
    }
    const answers = {
        '': () => answerOf(page, { 'Content-Type': 'text/html' }),
        corpus: () => answerOf(manyMessages({ attentionEvery: Number(name) || undefined })),
        now: () => json(now()),
        requests: async () => json((await begun(name)).requests),
        polls: async () => json((await begun(name)).measurePolls(Number(more))),
    };
    const answer = answers[first] ?? (() => fileOf(pathname.slice(1)));
    try {
        socket.write(await answer());
    } catch {
        socket.write(answerOf('', {}, '404 Not Found'));
    }
});
server.listen(0, '127.0.0.1', () => process.send?.(server.address().port));
process.on('disconnect', () => process.exit());
