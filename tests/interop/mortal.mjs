// SPDX-License-Identifier: MIT
// A user whose program is killed now and then, and started again with the same journal. It keeps
// books: what it said, what came of it, what it heard.

import assert from 'node:assert/strict';
import { sleep } from '../servers/child.mjs';
import { Driver } from './driver.mjs';

export class Mortal {
    /** Each process that it had. @type {Driver[]} */
    lives = [];
    /** What was said, in order: `{ id, ticket }`. */
    said = [];
    /** Ids of messages that came, and whether they were flagged: `{ id, replayed }`. */
    heard = [];
    /** Ids that were reported as unknown, or could not be known by their tickets. */
    doubtful = new Set();
    #next = 1;
    #isOpen = true;

    /**
     * @param {object} options
     * @param {string} options.url
     * @param {string} options.to whom it talks to
     * @param {string} [options.journal] file
     * @param {number} [options.dieAt] the step at which its first process is killed
     */
    constructor(options) {
        Object.assign(this, options);
        this.#begin(options.dieAt ? ['--die-at', `${options.dieAt}`] : []);
    }

    get #life() {
        return this.lives.at(-1);
    }

    #begin(more) {
        const journal = this.journal ? ['--journal', this.journal] : [];
        const life = new Driver({ url: this.url, jid: 'alice@localhost', password: 'alicepw',
            more: ['--reconnect', 'always', ...journal, ...more] });
        this.lives.push(life);
        const add = life.add.bind(life);
        life.add = (event) => {
            if (event.event === 'message' && event.type !== 'error') this.heard.push(event);
            if (event.event === 'unknown' || event.event === 'unsent')
                this.doubtful.add(/id='([^']*)'/.exec(event.xml)[1]);
            add(event);
        };
    }

    /** Did a session end other than by its own wish? */
    get hasLost() {
        return this.lives.some(({ events }) =>
            events.some(({ state }) => state === 'waiting to reconnect'));
    }

    get isDead() {
        return this.#life.events.at(-1)?.event === 'exit';
    }

    #tell(id) {
        this.said.push({ id, ticket: this.#next++ });
        this.#life.send(id === 'presence' ? `<presence id='presence'/>`
            : `<message type='chat' to='${this.to}' id='${id}'><body>${id}</body></message>`);
    }

    /** Says the next message. */
    say() {
        this.#tell(`u${this.said.length}`);
    }

    /** Says that it is there. */
    announce() {
        this.#tell('presence');
    }

    /** Starts anew after its death; says again what died with it. */
    async #revive() {
        const dead = this.#life;
        const code = await dead.ended;
        assert.equal(code, 'SIGKILL', dead.errors.slice(-3000));
        this.#begin([]);
        await this.#life.until('a session', ({ event, state }) =>
            event === 'resumed' || state === 'online', { ms: 60000 });
        if (this.#life.events.some(({ event }) => event === 'resumed')) return this.#catchUp();
        // A process that keeps no journal, or died before there was one, knows nothing.
        const delivered = dead.events.findLast(({ event }) => event === 'delivered')?.ticket ?? 0;
        for (const { id, ticket } of this.said)
            if (ticket > delivered) this.doubtful.add(id);
        for (const one of this.said) one.ticket = 0;
        this.#next = 1;
        if (this.said.some(({ id }) => id === 'presence')) this.announce();
    }

    /** The ticket of the next stanza tells which of those before were in the journal. */
    async #catchUp() {
        this.#next = Infinity;
        this.#tell(`u${this.said.length}`);
        const { ticket } = await this.#life.until('a ticket', ({ event }) => event === 'sent');
        const mark = this.said.pop();
        const gone = this.said.filter((one) => one.ticket >= ticket);
        this.said = [...this.said.filter((one) => one.ticket < ticket), { ...mark, ticket }];
        this.#next = ticket + 1;
        for (const { id } of gone) this.#tell(id);
    }

    /** Waits until something is so, whatever happens to its process. @param {() => any} isSo */
    async until(what, isSo, ms = 60000) {
        for (const end = Date.now() + ms; !isSo(); await sleep(5)) {
            if (this.isDead && this.#isOpen) await this.#revive();
            if (Date.now() > end)
                throw new Error(`not within ${ms} ms: ${what}\n${this.lives.flatMap((life) =>
                    life.events.slice(-8)).map((event) => JSON.stringify(event)).join('\n')}`);
        }
    }

    /** Waits until it is online. */
    online() {
        return this.until('online', () =>
            this.#life.events.some(({ state }) => state === 'online'));
    }

    /** Leaves, however often it has to be told. */
    async close() {
        this.#life.say('close');
        if (await this.#life.ended === 'SIGKILL') {
            this.#begin([]);
            this.#life.say('close');
        }
        this.#isOpen = false;
        assert.equal(await this.#life.ended, 0, this.#life.errors.slice(-3000));
    }
}
