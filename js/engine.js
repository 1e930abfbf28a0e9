// SPDX-License-Identifier: MIT
// The engine for JavaScript: the only file that touches the memory of the WebAssembly module.
//
// Rules of this file: no view of that memory outlives a call into the module, since any call may
// grow it; what arrives is copied out before any code of the program runs; nothing thrown by the
// program passes through the module.

import { Body, Element } from './received.js';

/** @typedef {import('./transports.js').Transport} Transport */

const STATES = ['idle', 'connecting', 'authenticating', 'binding', 'online', 'recovering',
    'closing', 'reconnect-wait', 'ended'];
const EVENTS = ['state', 'delivered', 'unknown', 'unsent', 'retry', 'drained', 'credentials',
    'warning'];
const LEVELS = ['error', 'warning', 'info', 'debug'];
/** Settings with names in JavaScript: their numbers in C. */
const CHOICES = {
    reconnect: { 'after-online': 0, always: 1, never: 2 },
    schedule: { auto: 0, s0: 1, s1: 2 },
};
/** Kinds of TransportError: their errors in C. */
const TRANSPORT_ERRORS = { url: -6, dns: -40, connect: -41, tls: -42, certificate: -43, reset: -44,
    timeout: -45, proxy: -46, 'too-large': -70 };
const ERR_STATE = -2;
const ERR_MEMORY = -3;
const ERR_ABORTED = -8;
const ERR_INTERNAL = -10;
const ERR_CHARACTER = -22;

const utf8 = new TextEncoder();
// With ignoreBOM: a U+FEFF is text like any other, and positions count it.
const text = new TextDecoder('utf-8', { ignoreBOM: true });

/** Run `task` after the promises that wait, but without the delay of timers. */
const soon = globalThis.setImmediate ?? (() => {
    const tasks = [];
    const channel = new MessageChannel();
    channel.port1.onmessage = () => tasks.shift()();
    return (task) => {
        tasks.push(task);
        channel.port2.postMessage(0);
    };
})();

/** An error of the engine. */
export class BoshError extends Error {
    /**
     * @param {string} code "BOSH_ERR_AUTH"; names.h lists them all
     * @param {string} message
     * @param {{httpStatus?: number, condition?: string, stanzaCondition?: string, text?: string,
     *     uri?: string}} [detail] what it was about
     */
    constructor(code, message, detail = {}) {
        super(detail.text ? `${message} (${detail.text})` : message);
        this.name = 'BoshError';
        this.code = code;
        this.detail = detail;
    }
}

/**
 * Fetches the module's file.
 *
 * @param {string | URL} url
 * @returns {Promise<Uint8Array>}
 */
export async function fetchBinary(url) {
    const response = await fetch(url);
    const binary = new Uint8Array(await response.arrayBuffer());
    const isWasm = binary[0] === 0 && String.fromCharCode(...binary.subarray(1, 4)) === 'asm';
    if (!response.ok || !isWasm)
        throw new Error(`${url} is not the WebAssembly module of libbosh (HTTP ${response.status}, ` +
            `${response.headers.get('Content-Type')}); copy it there or give its place as wasmUrl`);
    return binary;
}

/** One instance of the module. */
export class Engine {
    #module;
    #transport;
    /** @type {Map<number, Client>} by the address that C knows them by */
    #clients = new Map();

    constructor(module, transport) {
        this.#module = module;
        this.#transport = transport;
    }

    /**
     * @param {(module: object) => Promise<object>} createModule the default export of libbosh.mjs
     * @param {Uint8Array} wasmBinary
     * @param {{crypto?: {getRandomValues(view: Uint8Array): unknown},
     *     transport?: () => Transport}} [platform] what the platform has: a source of entropy, and
     *     the transport of clients that bring none (default: Emscripten's fetch)
     */
    static async create(createModule, wasmBinary, platform = {}) {
        const hooks = {};
        const module = await createModule({ wasmBinary, bosh: hooks });
        const engine = new Engine(module, platform.transport);
        const source = platform.crypto ?? globalThis.crypto;
        hooks.entropy = (at, size) => {
            try {
                source.getRandomValues(module.HEAPU8.subarray(at, at + size));
                return 0;
            } catch {
                return 1;
            }
        };
        for (const name of ['event', 'body', 'stanza', 'answer', 'log', 'wanted', 'arrived',
            'submit', 'cancel', 'is_warm'])
            hooks[name] = (web, ...rest) => engine.#clients.get(web)?.hooks[name](...rest) ?? 0;
        return engine;
    }

    /** "0.1.0" */
    get version() {
        return this.string(this.#module._bosh_version());
    }

    /** Bytes of memory that the module has. */
    get memoryBytes() {
        return this.#module.HEAPU8.length;
    }

    /**
     * A client, not yet connected.
     *
     * @param {object} options the settings of bosh_config by their names in camel case (`url`, `jid`,
     *     `password`, `waitS`, `allowPlainOverHttp` …), and
     * @param {Transport} [options.transport] who carries requests
     * @param {boolean} [options.log] raise 'log' events
     */
    client({ transport = this.#transport?.(), log = false, ...settings }) {
        const client = new Client(this, this.#module, settings, transport, log);
        this.#clients.set(client.web, client);
        return client;
    }

    /** For Client alone. */
    forget(web) {
        this.#clients.delete(web);
    }

    /** The text at an address of the module. */
    string(at) {
        const bytes = this.#module.HEAPU8;
        return text.decode(bytes.subarray(at, bytes.indexOf(0, at)));
    }

    /** @param {number} number of the error in C */
    error(number, detail) {
        return new BoshError(this.string(this.#module._bosh_error_name(number)),
            this.string(this.#module._bosh_error_text(number)), detail);
    }

    /**
     * Calls `fn` with the address and size of a copy of `bytes`, which is wiped afterwards.
     *
     * @template T
     * @param {Uint8Array} bytes
     * @param {(at: number, size: number) => T} fn
     * @returns {T}
     */
    lend(bytes, fn) {
        const at = this.#module._malloc(bytes.length || 1);
        if (!at) throw this.error(ERR_MEMORY);
        this.#module.HEAPU8.set(bytes, at);
        try {
            return fn(at, bytes.length);
        } finally {
            this.#module.HEAPU8.fill(0, at, at + bytes.length);
            this.#module._free(at);
        }
    }

    /** The same with NUL-terminated texts, one address for each. */
    lendStrings(strings, fn) {
        const parts = strings.map((string) => {
            if (string.includes('\0')) throw this.error(ERR_CHARACTER);
            return utf8.encode(`${string}\0`);
        });
        const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
        const offsets = [];
        let size = 0;
        for (const part of parts) {
            bytes.set(part, size);
            offsets.push(size);
            size += part.length;
        }
        return this.lend(bytes, (at) => fn(...offsets.map((offset) => at + offset)));
    }
}

/** @param {object} settings @returns {string} as bosh_web_new reads them */
function packed(settings) {
    let options = '';
    for (const [name, value] of Object.entries(settings)) {
        if (value === undefined || value === null) continue;
        const choices = CHOICES[name];
        const known = choices ? choices[value] : typeof value === 'boolean' ? Number(value) : value;
        if (known === undefined) throw new TypeError(`${name}: no such choice: ${value}`);
        if (String(known).includes('\0')) throw new TypeError(`${name} has a NUL in it`);
        options += `${name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}\0${known}\0`;
    }
    return `${options}\0`;
}

/**
 * A client. Events, for `on`: 'state' {state, error, delayMs}, 'delivered' {ticket}, 'unknown' and
 * 'unsent' {ticket, xml}, 'retry' {error, delayMs}, 'drained', 'credentials' {error}, 'warning'
 * {error}, 'log' {level, line}, and 'error' with what a handler of yours threw (without a listener
 * it goes to the console).
 */
export class Client {
    #engine;
    #module;
    #transport;
    #web;
    #state = 'idle';
    #timer;
    #isTaskWaiting = false;
    #keys = 0;
    #handlers = new Map();
    #requests = new Map();
    #listeners = new Map();
    #attempts = new Set();
    #names = [];
    #body;

    /** Use Engine.client. */
    constructor(engine, module, settings, transport, log) {
        this.#engine = engine;
        this.#module = module;
        this.#transport = transport;
        const result = engine.lend(new Uint8Array(4), (errorAt) =>
            engine.lend(utf8.encode(packed(settings)), (at) => {
                this.#web = module._bosh_web_new(at, transport ? 1 : 0, log ? 1 : 0, errorAt);
                return module.HEAP32[errorAt >> 2];
            }));
        if (result) throw engine.error(result);
    }

    /** For Engine alone. */
    get web() {
        return this.#web;
    }

    /** 'idle', 'connecting', 'authenticating', 'binding', 'online', 'recovering', 'closing',
     * 'reconnect-wait' or 'ended' */
    get state() {
        return this.#state;
    }

    /** The full address once online, '' before. */
    get jid() {
        return this.#web ? this.#engine.string(this.#module._bosh_web_jid(this.#web)) : '';
    }

    /**
     * @param {string} type
     * @param {(event: any) => void} fn
     * @returns {() => void} takes it back
     */
    on(type, fn) {
        if (!this.#listeners.has(type)) this.#listeners.set(type, new Set());
        this.#listeners.get(type).add(fn);
        return () => this.#listeners.get(type).delete(fn);
    }

    /**
     * Logs in.
     *
     * @returns {Promise<string>} the full address; rejects with a BoshError when the client ends
     *     before it is online
     */
    connect() {
        this.#check(this.#module._bosh_web_connect(this.#live()));
        return this.#until('online');
    }

    /** Leaves politely: what is queued is still sent. @returns {Promise<unknown>} at the end */
    close() {
        if (!this.#web || this.#state === 'ended') return Promise.resolve();
        this.#module._bosh_web_close(this.#web);
        return this.#until('ended');
    }

    /** Ends at once, without telling the server, and gives all memory back. */
    free() {
        if (!this.#web) return;
        const web = this.#web;
        clearTimeout(this.#timer);
        this.#web = 0;
        this.#module._bosh_web_free(web);
        this.#engine.forget(web);
        for (const id of this.#attempts) this.#cancel(id);
        this.#setState('ended', {});
    }

    /**
     * Sends a message, presence or iq.
     *
     * @param {string} xml
     * @returns {number} its ticket, as in the events 'delivered', 'unknown' and 'unsent'
     */
    send(xml) {
        const ticket = this.#engine.lend(utf8.encode(xml), (at, size) =>
            this.#module._bosh_web_send(this.#live(), at, size));
        this.#check(ticket);
        return ticket;
    }

    /**
     * Sends an iq get or set (with an id).
     *
     * @param {string} xml
     * @param {number} [timeoutMs]
     * @returns {Promise<Element>} the result; rejects with a BoshError, whose `stanza` is the error
     *     stanza where there is one
     */
    request(xml, timeoutMs = 0) {
        const key = ++this.#keys;
        return new Promise((resolve, reject) => {
            this.#requests.set(key, { resolve, reject });
            const error = this.#engine.lend(utf8.encode(xml), (at, size) =>
                this.#module._bosh_web_request(this.#live(), key, at, size, timeoutMs));
            if (!error) return;
            this.#requests.delete(key);
            reject(this.#engine.error(error));
        });
    }

    /**
     * Adds a handler for received stanzas. It stays until it returns false or is taken back.
     *
     * @param {{namespace?: string, name?: string, type?: string, id?: string, from?: string}} match
     * @param {(stanza: Element) => boolean | void} fn
     * @returns {() => void} takes it back
     */
    handle({ namespace = '', name = '', type = '', id = '', from = '' }, fn) {
        const key = ++this.#keys;
        const number = this.#engine.lendStrings([namespace, name, type, id, from], (...at) =>
            this.#module._bosh_web_handle(this.#live(), key, ...at));
        this.#check(number);
        this.#handlers.set(key, fn);
        return () => {
            if (this.#handlers.delete(key) && this.#web)
                this.#module._bosh_web_unhandle(this.#web, number);
        };
    }

    /** Answers the event 'credentials'. @param {string} password */
    setPassword(password) {
        this.#check(this.#engine.lendStrings([password], (at) =>
            this.#module._bosh_web_set_password(this.#live(), at)));
    }

    /** The network came back or changed: broken requests are repeated at once. */
    networkChanged() {
        this.#module._bosh_web_network_changed(this.#live());
    }

    #live() {
        if (!this.#web) throw this.#engine.error(ERR_STATE);
        return this.#web;
    }

    #check(result) {
        if (result < 0) throw this.#engine.error(result);
    }

    /** A promise that nobody has to wait for: the events tell the same. */
    #until(wanted) {
        const promise = new Promise((resolve, reject) => {
            const off = this.on('state', ({ state, error }) => {
                if (state !== wanted && state !== 'ended') return;
                off();
                if (state === wanted) resolve(this.jid);
                else reject(error ?? this.#engine.error(ERR_ABORTED));
            });
        });
        promise.catch(() => {});
        return promise;
    }

    #setState(state, more) {
        this.#state = state;
        this.#emit('state', { state, ...more });
    }

    #emit(type, event) {
        for (const fn of [...this.#listeners.get(type) ?? []]) this.#call(fn, event);
    }

    /** Code of the program, from within the module: nothing may be thrown through it. */
    #call(fn, argument) {
        try {
            return fn(argument);
        } catch (error) {
            if (this.#listeners.get('error')?.size && fn !== this.#errorFn)
                this.#tellError(error);
            else
                console.error(error);
            return undefined;
        }
    }

    #errorFn = null;

    #tellError(error) {
        for (const fn of [...this.#listeners.get('error')]) {
            this.#errorFn = fn;
            this.#call(fn, error);
        }
        this.#errorFn = null;
    }

    #pump() {
        if (!this.#web) return;
        this.#module._bosh_web_pump(this.#web);
        if (!this.#web) return;
        clearTimeout(this.#timer);
        const delayMs = this.#module._bosh_web_delay(this.#web);
        if (delayMs === 0) this.#pumpSoon();
        else if (delayMs > 0)
            this.#timer = setTimeout(() => this.#pump(), Math.min(delayMs, 2 ** 31 - 1));
    }

    #pumpSoon() {
        if (this.#isTaskWaiting) return;
        this.#isTaskWaiting = true;
        soon(() => {
            this.#isTaskWaiting = false;
            this.#pump();
        });
    }

    #errorWithDetail(number) {
        if (!number) return undefined;
        const [condition, stanzaCondition, words, uri] = [0, 1, 2, 3].map((which) =>
            this.#engine.string(this.#module._bosh_web_detail(this.#web, which)));
        const httpStatus = this.#module._bosh_web_http_status(this.#web);
        return this.#engine.error(number, { httpStatus, condition, stanzaCondition, text: words,
            uri });
    }

    #submit(id, url, contentType, slices, count, size, timeLimitMs, responseBytesMax) {
        const body = new Uint8Array(size);
        const { HEAPU8, HEAPU32 } = this.#module;
        for (let i = 0, at = 0; i < count; i++) {
            const [from, length] = HEAPU32.subarray((slices >> 2) + 2 * i, (slices >> 2) + 2 * i + 2);
            body.set(HEAPU8.subarray(from, from + length), at);
            at += length;
        }
        const request = { id, url: this.#engine.string(url),
            contentType: this.#engine.string(contentType), body, timeLimitMs, responseBytesMax };
        this.#attempts.add(id);
        // Within a promise, so that what submit throws is a failure like any other.
        new Promise((resolve) => { resolve(this.#transport.submit(request)); })
            .then(readAnswer)
            .then((answer) => this.#answered(id, answer), (error) => this.#failed(id, error));
        return 0;
    }

    #answered(id, { status, body, retryAfterS }) {
        if (!this.#attempts.delete(id) || !this.#web) return;
        this.#engine.lend(body, (at, size) =>
            this.#module._bosh_web_answer(this.#web, id, status, retryAfterS, at, size));
    }

    #failed(id, error) {
        if (!this.#attempts.delete(id) || !this.#web) return;
        const kind = error?.kind ?? (error?.name === 'TimeoutError' ? 'timeout' : 'reset');
        this.#emit('log', { level: 'info', line: `request ${id} failed: ${error?.message ?? error}` });
        if (this.#web)
            this.#module._bosh_web_failed(this.#web, id, TRANSPORT_ERRORS[kind] ?? ERR_INTERNAL);
    }

    #cancel(id) {
        if (!this.#attempts.delete(id)) return;
        this.#call(() => this.#transport.cancel(id));
    }

    #element(place) {
        return new Element(this.#body, place);
    }

    /** What C calls, see imports.h. */
    hooks = {
        event: (type, state, error, ticket, delayMs, xml, size) => {
            const name = EVENTS[type];
            const reason = this.#errorWithDetail(error);
            if (name === 'state') this.#setState(STATES[state], { error: reason, delayMs });
            else if (name === 'unknown' || name === 'unsent') {
                const bytes = this.#module.HEAPU8.subarray(xml, xml + size);
                this.#emit(name, { ticket, xml: text.decode(bytes) });
            } else this.#emit(name, { ticket, error: reason, delayMs });
        },
        body: (records, count, arena, arenaSize, names, namesSize, isFirstName) => {
            const { HEAP32, HEAPU8 } = this.#module;
            if (isFirstName) this.#names = [];
            const fresh = text.decode(HEAPU8.subarray(names, names + namesSize)).split('\0');
            for (const name of fresh.slice(0, -1)) {
                const middle = name.lastIndexOf('\n');
                this.#names.push([name.slice(0, middle), name.slice(middle + 1)]);
            }
            this.#body = new Body(HEAP32.slice(records >> 2, (records >> 2) + count),
                text.decode(HEAPU8.subarray(arena, arena + arenaSize)), this.#names);
        },
        stanza: (key, place) => {
            const fn = this.#handlers.get(key);
            if (fn && this.#call(fn, this.#element(place)) !== false) return 1;
            this.#handlers.delete(key);
            return 0;
        },
        answer: (key, error, place) => {
            const { resolve, reject } = this.#requests.get(key);
            this.#requests.delete(key);
            const stanza = place < 0 ? null : this.#element(place);
            if (error) reject(Object.assign(this.#engine.error(error), { stanza }));
            else resolve(stanza);
        },
        log: (level, line) => {
            this.#emit('log', { level: LEVELS[level], line: this.#engine.string(line) });
        },
        wanted: () => this.#pumpSoon(),
        arrived: () => this.#pump(),
        submit: (...request) => this.#submit(...request),
        cancel: (id) => this.#cancel(id),
        is_warm: () => Number(this.#call(() => this.#transport?.isWarm?.() ?? false) ?? false),
    };
}

/** What a transport of the user's returned, checked. */
function readAnswer(answer) {
    if (!Number.isInteger(answer?.status)) throw new TypeError('the answer has no status');
    const body = typeof answer.body === 'string' ? utf8.encode(answer.body)
        : new Uint8Array(answer.body ?? 0);
    return { status: answer.status, body, retryAfterS: Math.max(0, answer.retryAfterS | 0) };
}
