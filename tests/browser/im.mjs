// SPDX-License-Identifier: MIT
// The web chat of examples/web-im as a user sees it: by roles, names and texts.

import { fileURLToPath } from 'node:url';
import { policy } from '../servers/policy.mjs';

const password = 'secret';

/** A browser, a proxy that serves the chat, a server. @param {object} options as of setStage */
export async function setChatStage(options) {
    const { setStage } = await import('./harness.mjs'); // examples/demo has a stage of its own
    return setStage({ policy, ...options,
        site: { '': fileURLToPath(new URL('../../examples/web-im', import.meta.url)) } });
}

/** @type {Set<User>} who has a page, or had one that was closed */
const everybody = new Set();

/** One user with the page open. */
export class User {
    /** What should not be in the console of a page: errors, and breaches of the policy. */
    complaints = [];
    /** Bodies that were sent to the server. */
    sent = [];

    /**
     * @param {object} stage @param {string} name
     * @param {object} [options] of Playwright's context
     */
    static async open(stage, name, options) {
        const context = await stage.browser.alone({ locale: 'en-GB',
            viewport: { width: 1280, height: 800 }, ...options });
        return new User(stage, name, context).#load();
    }

    /** What each of them saw. @returns {Promise<string[]>} */
    static report() {
        return Promise.all(Array.from(everybody, (user) => user.#saw()));
    }

    /** Closes all that were opened. */
    static async closeAll() {
        const contexts = new Set(Array.from(everybody, ({ context }) => context));
        await Promise.all(Array.from(contexts, (context) => context.close()));
        everybody.clear();
    }

    constructor(stage, name, context) {
        Object.assign(this, { stage, name, context });
        this.jid = `${name}@localhost`;
        everybody.add(this);
    }

    /** The texts of the page, the messages with their ticks, what was sent last. */
    async #saw() {
        const texts = await this.page.locator('body').innerText({ timeout: 2000 })
            .catch(() => 'the page is closed');
        const ticks = this.page.isClosed() ? [] : await this.page.locator('li.message')
            .evaluateAll((all) => all.map(({ dataset }) => dataset.state ?? ''));
        return [`${this.jid}: ${texts.replace(/\s+/g, ' ')}`, `ticks: ${ticks.join(', ')}`,
            ...this.complaints, ...this.sent.slice(-6)].join('\n');
    }

    async #load() {
        const page = this.page = await this.context.newPage();
        page.setDefaultTimeout(60_000); // busy machines are slow, a test that hangs is stopped
        page.on('pageerror', (error) => this.complaints.push(String(error.stack)));
        page.on('console', (message) => {
            if (message.type() === 'error') this.complaints.push(message.text());
        });
        page.on('request', (request) => {
            if (request.method() === 'POST') this.sent.push(request.postData() ?? '');
        });
        await page.addInitScript(() => addEventListener('securitypolicyviolation', (event) =>
            console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)));
        await page.goto(`${new URL(this.stage.rig.url).origin}/`);
        return this;
    }

    /** A second tab of the same browser, or after the first was closed. */
    async anotherTab() {
        return new User(this.stage, this.name, this.context).#load();
    }

    button(name, options) {
        return this.page.getByRole('button', { name, ...options });
    }

    field(name) {
        return this.page.getByRole('textbox', { name });
    }

    /** The place to write. */
    get editor() {
        return this.page.locator('.composer textarea');
    }

    /** Messages with that text. */
    message(text) {
        return this.page.locator('li.message').filter({ hasText: text });
    }

    /** Rows of the list. */
    row(name) {
        return this.page.locator('.row').filter({ hasText: name });
    }

    /** Waits for something on the page that can be seen. */
    see(text) {
        return this.page.getByText(text).first().waitFor();
    }

    async signIn(secret = password) {
        await this.field('Address').fill(this.jid);
        await this.field('Password').fill(secret);
        await this.button('Sign in').click();
    }

    async signedIn(secret) {
        await this.signIn(secret);
        await this.page.locator('#app').waitFor();
        return this;
    }

    async choose(item) {
        await this.button('New conversation').click();
        await this.page.getByRole('menuitem', { name: item }).click();
    }

    async add(user, name = '') {
        await this.choose('Add a contact');
        await this.field('Address').fill(user.jid);
        await this.field('Name').fill(name);
        await this.button('Add', { exact: true }).click();
        await this.page.locator('dialog').waitFor({ state: 'detached' });
    }

    async join(room, nick) {
        await this.choose('Join a room');
        await this.field('Address').fill(room);
        await this.field('nickname').fill(nick);
        await this.button('Join', { exact: true }).click();
    }

    async joined(room, nick) {
        await this.join(room, nick);
        await this.page.locator('dialog').waitFor({ state: 'detached' });
    }

    async say(text) {
        await this.editor.fill(text);
        await this.editor.press('Enter');
    }

    /** Waits for the tick of a message. @param {string} text @param {string} state */
    tick(text, state) {
        return this.page.locator(`li.message[data-state=${state}]`).filter({ hasText: text })
            .waitFor();
    }

    /** Sends stanzas from another device, which is no web chat. @param {string[]} stanzas */
    raw(stanzas) {
        return this.page.evaluate(async ({ jid, secret, list }) => {
            const { Strophe } = await import('/libbosh/index.js');
            const connection = new Strophe.Connection('/xmpp-httpbind');
            await new Promise((resolve) => connection.connect(jid, secret, (status) => {
                if (status === Strophe.Status.DISCONNECTED) resolve();
                if (status !== Strophe.Status.CONNECTED) return;
                connection.send(list.map((stanza) => globalThis.toStanza(stanza)));
                connection.disconnect();
            }));
        }, { jid: this.jid, secret: password, list: stanzas });
    }

    /** Waits until something is so. @param {() => any} isSo runs in the page */
    until(isSo, value) {
        return this.page.waitForFunction(isSo, value);
    }

    /** The texts of the messages on the page. */
    texts() {
        return this.page.locator('li.message .text').allTextContents();
    }
}

/** Two who are each other's contacts, with the conversation open. */
export async function friends(stage, options) {
    const names = stage.pair();
    const users = await Promise.all(names.map((name) => User.open(stage, name, options)));
    await Promise.all(users.map((user) => user.signedIn()));
    const [alice, bob] = users;
    await alice.add(bob);
    await bob.button(`Accept: ${alice.jid}`).click();
    // Both see each other now.
    for (const { page } of users)
        await page.locator('.about .subtitle', { hasText: 'Available' }).waitFor();
    return users;
}
