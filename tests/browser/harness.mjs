// SPDX-License-Identifier: MIT
// What every scenario needs: a BOSH server, a proxy that serves the library and a page beside
// /xmpp-httpbind, a browser, and pages and native clients that say what happens to them.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Events } from '../interop/events.mjs';
import { announce, logIn } from '../interop/pair.mjs';
import { startRig } from '../servers/rig.mjs';
import { startBrowser } from './browser.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const { BOSH_PACKAGE = at('../../build/wasm/wasm/package'), BOSH_DRIVER = '' } = process.env;

/** As strict as can be; *.example is for services of another origin. */
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; " +
    "connect-src 'self' http://*.example:*";

/** Options of a test that talks to a native client. */
export const withNative = {
    skip: !existsSync(BOSH_DRIVER) && 'no native client: build preset asan, or set BOSH_DRIVER',
};

const password = 'secret';
const pairs = 20;

/**
 * @param {object} options as of startRig; `proxy` is nginx unless told otherwise
 * @param {(...flags: string[]) => Promise<object>} [options.start] starts the browser
 * @param {string[]} [options.flags] more flags of the browser
 */
export async function setStage({ start = startBrowser, flags = [], ...options }) {
    const users = {};
    for (let i = 0; i < pairs; i++) users[`alice${i}`] = users[`bob${i}`] = password;
    const [rig, browser] = await Promise.all([
        startRig({ proxy: 'nginx', policy, users, ...options,
            site: { '': at('site'), libbosh: join(BOSH_PACKAGE, 'dist'), ...options.site } }),
        start(...flags),
    ]);
    return new Stage(rig, browser);
}

/** What the scenarios of a file share. */
class Stage {
    #pairs = 0;

    constructor(rig, browser) {
        Object.assign(this, { rig, browser });
    }

    /** The names of two accounts that no other scenario uses. */
    pair() {
        const i = this.#pairs++;
        if (i >= pairs) throw new Error('more scenarios than accounts');
        return [`alice${i}`, `bob${i}`];
    }

    /**
     * Opens the page.
     * @param {object} [options]
     * @param {object} [options.context] of Playwright; a new one when missing
     * @param {string} [options.path] of the page
     * @param {string} [options.origin] where it is, when not at the proxy's http address
     */
    async page({ context, path = '/', origin = new URL(this.rig.url).origin } = {}) {
        const page = await (context ?? await this.browser.alone()).newPage();
        const chat = new ChatPage(page);
        await page.goto(origin + path);
        await chat.ready();
        return chat;
    }

    /** A page that is logged in. */
    async pageOf(name, options = {}) {
        const chat = await this.page(options);
        await chat.logIn(name, options.connection);
        return chat;
    }

    /** A client of the C library that is logged in. */
    async native(name, options) {
        const driver = await logIn(this.rig, name, options);
        await announce(driver);
        return driver;
    }

    async close() {
        await this.browser.stop();
        await this.rig.stop();
    }
}

/** A page with site/client.js in it: what it tells, and what it is told to do. */
export class ChatPage extends Events {
    /** Its requests to the server, as Playwright has them. */
    requests = [];
    /** Those of them that were answered. */
    answered = [];
    #keys = new Set();

    constructor(page) {
        super();
        this.page = page;
        page.on('console', (message) => this.#told(message.type(), message.text()));
        page.on('pageerror', (error) => this.add({ event: 'console', text: String(error) }));
        page.on('crash', () => this.add({ event: 'exit', code: 'a crash' }));
        for (const [type, list] of [['request', this.requests], ['requestfinished', this.answered]])
            page.on(type, (request) => {
                if (request.url().endsWith('/xmpp-httpbind')) list.push(request);
            });
    }

    #told(type, text) {
        if (type !== 'info' || !text.startsWith('{')) return this.add({ event: 'console', text });
        const { key, ...event } = JSON.parse(text);
        if (!this.#keys.has(key)) this.add(event);
        this.#keys.add(key);
    }

    /** Waits until the page has loaded. @param {object} [options] as of until */
    ready(options) {
        return this.until('ready', ({ event }) => event === 'ready', options);
    }

    /** Calls a method of the page's client. */
    do(method, ...values) {
        return this.page.evaluate(([name, args]) => globalThis.client[name](...args),
            [method, values]);
    }

    /** @param {string} name of the account @param {object} [options] of the connection */
    async logIn(name, options = {}) {
        this.name = `${name}@localhost`;
        await this.do('connect', this.name, password, options);
        this.jid = (await this.status('CONNECTED')).jid;
    }

    /** Waits for a status. @param {string} wanted @param {object} [options] as of until */
    status(wanted, options) {
        return this.until(wanted, ({ event, status }) =>
            event === 'status' && status === wanted, options);
    }

    /** The statuses so far, with their conditions. */
    get statuses() {
        return this.events.filter(({ event }) => event === 'status')
            .map(({ status, condition }) => condition ? `${status} ${condition}` : status);
    }

    /** Waits for something in the log. @param {RegExp} pattern */
    logged(pattern, options) {
        return this.until(`${pattern} in the log`, ({ event, message }) =>
            event === 'log' && pattern.test(message), options);
    }

    send(to, text, type) {
        return this.do('send', to, text, type);
    }
}
