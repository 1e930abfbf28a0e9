#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// An HTTP/1.1 proxy for tests: it writes down every exchange and breaks connections where it is
// told to. It stands between a client and a server; each connection of the client has one of its
// own to the server. As a program see --help, as a module startProxy.

import { createServer, connect } from 'node:net';
import { createWriteStream, realpathSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { HttpReader } from './http.mjs';

/**
 * @typedef {object} Exchange one request and what became of it; times in microseconds
 * @property {number} n 1, 2, 3 ... in the order in which the requests were complete
 * @property {number} connection
 * @property {boolean} pipelined sent while the request before it on this connection was unanswered
 * @property {{startUs: number, endUs: number, bytes: number, method: string, path: string,
 *     headers: object, body: string}} request
 * @property {{startUs: number, endUs: number, bytes: number, status: number, headers: object,
 *     body: string} | null} response as the server gave it; endUs: handed to the client
 * @property {string} end 'answered', 'cut', 'client left', 'server left'; '' while it is open
 * @property {Fault | null} fault
 * @property {number} endUs when it ended, however
 *
 * @typedef {object} Fault what to do to an exchange
 * @property {'before' | 'request' | 'waiting' | 'after' | 'response'} [cut]
 *     before: the server never sees the request;
 *     request: the server gets its first `bytes` bytes;
 *     waiting: the server has it, the connection breaks `ms` later, or with the answer if that is
 *         sooner;
 *     after: the answer is taken from the server and dropped;
 *     response: the client gets the first `bytes` bytes of the answer
 * @property {number} [bytes]
 * @property {number} [ms]
 * @property {boolean} [reset] break with RST instead of FIN
 * @property {{status?: number, body?: string | Buffer, headers?: object, raw?: string | Buffer,
 *     close?: boolean}} [answer] given instead of the server's, which never sees the request; `raw`
 *     has a head of its own; `close` ends the connection behind it
 */

const nowUs = () => Number(process.hrtime.bigint() / 1000n);

/** Numbers in [0, 1) that repeat for a seed (mulberry32). @param {number} seed */
export function seeded(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = Math.imul(state ^ (state >>> 15), 1 | state);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

/**
 * A `fault` for startProxy that cuts a share of all requests, in a way that repeats for a seed.
 * @param {{seed: number, share: number, kinds: string[], max?: number}} options
 */
export function randomCuts({ seed, share, kinds, max = Infinity }) {
    const random = seeded(seed);
    let made = 0;
    return (exchange) => {
        if (made >= max || random() >= share) return null;
        made++;
        const cut = kinds[Math.floor(random() * kinds.length)];
        return { cut, ms: Math.floor(random() * 20), reset: random() < 0.5,
            bytes: 1 + Math.floor(random() * (exchange.request.bytes - 1)) };
    };
}

/** A connection of a client and the one to the server that belongs to it. */
class Pair {
    constructor(proxy, client, id) {
        Object.assign(this, { proxy, client, id, waiting: [], current: null, closing: false });
        this.requests = new HttpReader('request');
        this.responses = new HttpReader('response');
        this.startUs = 0;
        this.server = connect(proxy.to, proxy.host);
        for (const socket of [client, this.server]) {
            socket.setNoDelay(true);
            // 'close' follows and does the work.
            socket.on('error', () => {});
        }
        client.on('data', (bytes) => this.#fromClient(bytes));
        client.on('close', () => this.#end('client left'));
        this.server.on('data', (bytes) => this.#fromServer(bytes));
        this.server.on('close', () => this.#serverClosed());
    }

    #fromClient(bytes) {
        if (this.requests.pendingBytes === 0) this.startUs = nowUs();
        this.requests.push(bytes);
        for (let message; (message = this.requests.next()); this.startUs = nowUs()) {
            const [method, path] = message.first.split(' ');
            const exchange = {
                n: 0, connection: this.id, pipelined: this.current !== null,
                request: { startUs: this.startUs, endUs: nowUs(), bytes: message.raw.length, method,
                    path, headers: message.headers, body: message.body.toString() },
                response: null, end: '', fault: null, endUs: 0,
            };
            this.proxy.add(exchange);
            this.waiting.push({ exchange, raw: message.raw });
        }
        this.#forward();
    }

    #forward() {
        if (this.current || this.waiting.length === 0) return;
        const { exchange, raw } = this.waiting.shift();
        this.current = exchange;
        this.responseStartUs = 0;
        exchange.fault = this.proxy.fault(exchange) ?? null;
        const { cut, bytes = 0, ms = 0, answer } = exchange.fault ?? {};
        if (answer) {
            this.#answer(exchange, answer);
        } else if (cut === 'before') {
            this.cut();
        } else if (cut === 'request') {
            // Let the bytes go out before the connection breaks.
            this.server.write(raw.subarray(0, bytes), () => this.cut());
        } else {
            this.server.write(raw, () => {
                if (cut !== 'waiting') return;
                setTimeout(() => this.current === exchange && this.cut(), ms);
            });
        }
    }

    #answer(exchange, { status = 200, body = '', headers = {}, raw, close }) {
        const bytes = Buffer.from(body);
        const lines = Object.entries({ 'Content-Type': 'text/html', 'Content-Length': bytes.length,
            ...headers }).map(([name, value]) => `${name}: ${value}\r\n`).join('');
        const all = Buffer.from(raw ??
            Buffer.concat([Buffer.from(`HTTP/1.1 ${status} Test\r\n${lines}\r\n`), bytes]));
        exchange.response = { startUs: nowUs(), endUs: nowUs(), bytes: all.length, status, headers,
            body: bytes.toString() };
        if (close) this.client.end(all);
        else this.client.write(all);
        this.#finish('answered');
    }

    #fromServer(bytes) {
        this.responseStartUs ||= nowUs();
        this.responses.push(bytes);
        this.#takeResponse(false);
    }

    #takeResponse(closed) {
        const message = this.responses.next(closed);
        if (!message || !this.current) return;
        const status = Number(message.first.split(' ')[1]);
        if (status < 200) return this.#takeResponse(closed);
        const exchange = this.current;
        const body = message.headers['content-encoding'] === 'gzip' ? gunzipSync(message.body)
            : message.body;
        exchange.response = { startUs: this.responseStartUs, endUs: 0, bytes: message.raw.length,
            status, headers: message.headers, body: body.toString() };
        const deliver = () => {
            if (this.current !== exchange || this.closing) return;
            const { cut, bytes = 0 } = exchange.fault ?? {};
            if (cut === 'after' || cut === 'waiting') return this.cut();
            if (cut === 'response')
                return void this.client.write(message.raw.subarray(0, bytes), () => this.cut());
            exchange.response.endUs = nowUs();
            this.client.write(message.raw);
            if (closed || this.server.destroyed) this.client.end();
            this.#finish('answered');
        };
        if (this.proxy.delayMs) setTimeout(deliver, this.proxy.delayMs);
        else deliver();
    }

    #serverClosed() {
        this.#takeResponse(true);
        if (this.current && !this.current.response) this.#end('server left');
        else if (!this.current) this.client.end();
    }

    /** Breaks both connections now. */
    cut() {
        const reset = this.current?.fault?.reset;
        this.#finish('cut');
        this.#end('cut', reset);
    }

    #finish(end) {
        const exchange = this.current;
        if (!exchange) return;
        this.current = null;
        exchange.end = end;
        exchange.endUs = nowUs();
        this.proxy.ended(exchange);
        if (!this.closing) this.#forward();
    }

    #end(why, reset = false) {
        if (this.closing) return;
        this.closing = true;
        for (const { exchange } of this.waiting.splice(0)) {
            exchange.end = why;
            exchange.endUs = nowUs();
            this.proxy.ended(exchange);
        }
        this.#finish(why);
        if (reset) this.client.resetAndDestroy();
        else this.client.destroy();
        this.server.destroy();
        this.proxy.pairs.delete(this);
    }
}

/**
 * Starts a proxy on a free port of 127.0.0.1.
 *
 * @param {object} options
 * @param {number} options.to the server's port
 * @param {string} [options.host] the server's address
 * @param {number} [options.port] own port
 * @param {(exchange: Exchange) => Fault | null} [options.fault] asked for each complete request
 * @param {number} [options.delayMs] how much later the client gets each answer
 * @param {string} [options.record] file for the exchanges, one JSON object a line
 */
export async function startProxy({ to, host = '127.0.0.1', port = 0, fault = () => null,
    delayMs = 0, record }) {
    const file = record ? createWriteStream(record) : null;
    let connections = 0;
    const proxy = {
        to, host, fault, delayMs, pairs: new Set(),
        /** @type {Exchange[]} every exchange so far, finished or not */
        exchanges: [],
        port: 0,
        add(exchange) {
            this.exchanges.push(exchange);
            exchange.n = this.exchanges.length;
        },
        ended(exchange) {
            file?.write(`${JSON.stringify(exchange)}\n`);
        },
        /** How many exchanges were cut, by fault or by cutAll. */
        get cuts() {
            return this.exchanges.filter((exchange) => exchange.end === 'cut').length;
        },
        /** How many exchanges are going on. */
        get open() {
            return this.exchanges.filter((exchange) => exchange.end === '').length;
        },
        /** The proxy's address for a path. */
        url(path) {
            return `http://127.0.0.1:${this.port}${path}`;
        },
        /** Breaks all connections now. */
        cutAll() {
            for (const pair of [...this.pairs]) pair.cut();
        },
        async stop() {
            server.close();
            this.cutAll();
            if (file) await new Promise((resolve) => file.end(resolve));
        },
    };
    const server = createServer((client) => {
        proxy.pairs.add(new Pair(proxy, client, ++connections));
    });
    await new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', resolve);
    });
    proxy.port = server.address().port;
    return proxy;
}

const usage = `usage: tests/interop/proxy.mjs --to PORT [options]

An HTTP proxy on 127.0.0.1 that records exchanges and breaks connections.

  --port PORT       where to listen (a free port)
  --record FILE     write the exchanges to FILE, one JSON object a line
  --delay MS        hold back each answer
  --cut KIND:N,...  cut request number N; KIND is before, waiting, after,
                    request/BYTES or response/BYTES
  --random SHARE    cut this share of all requests (0.1), with --seed N`;

async function main() {
    const { values } = parseArgs({ options: {
        to: { type: 'string' }, port: { type: 'string', default: '0' }, record: { type: 'string' },
        delay: { type: 'string', default: '0' }, cut: { type: 'string', default: '' },
        random: { type: 'string' }, seed: { type: 'string', default: '1' },
        help: { type: 'boolean', short: 'h', default: false },
    } });
    if (values.help || !values.to) {
        console.log(usage);
        process.exit(values.help ? 0 : 2);
    }
    const planned = new Map(values.cut.split(',').filter(Boolean).map((word) => {
        const [, cut, bytes, n] = /^(\w+)(?:\/(\d+))?:(\d+)$/.exec(word) ?? [];
        if (!n) throw new Error(`not a cut: ${word}`);
        return [Number(n), { cut, bytes: Number(bytes ?? 0) }];
    }));
    const random = values.random === undefined ? () => null
        : randomCuts({ seed: Number(values.seed), share: Number(values.random),
            kinds: ['before', 'request', 'waiting', 'after', 'response'] });
    const proxy = await startProxy({ to: Number(values.to), port: Number(values.port),
        record: values.record, delayMs: Number(values.delay),
        fault: (exchange) => planned.get(exchange.n) ?? random(exchange) });
    console.log(`listening on 127.0.0.1:${proxy.port}`);
    for (const signal of ['SIGINT', 'SIGTERM'])
        process.once(signal, () => proxy.stop().then(() => process.exit(0)));
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
    await main().catch((error) => {
        console.error(`proxy: ${error.message}`);
        process.exit(1);
    });
