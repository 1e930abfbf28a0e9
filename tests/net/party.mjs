// SPDX-License-Identifier: MIT
// One of the two who write to each other: a program on its host, and its books.

import { Program } from '../interop/program.mjs';
import { Ledger } from './ledger.mjs';

const sessionEnds = ['waiting to reconnect', 'ended'];

export class Party extends Program {
    #asked = [];
    #isClosing = false;
    #isNew = true;
    /** Why sessions were lost: how often, by error. @type {Record<string, number>} */
    losses = {};
    retries = 0;
    /** Sessions that began or ended so far. */
    turns = 0;

    /**
     * @param {string} name
     * @param {string[]} command
     * @param {object} options
     * @param {string} options.log file for what the program says
     * @param {(line: string) => void} options.tell
     * @param {(what: string, number: number | string) => void} options.count
     */
    constructor(name, command, { log, tell, count }) {
        super(name, command, { log });
        this.books = new Ledger(name);
        this.tell = tell;
        this.count = count;
        this.jid = `${name}@localhost/net`;
    }

    /** @param {Party} peer */
    meet(peer) {
        this.peer = peer;
    }

    /** Sends the next number, with so many bytes behind it. @returns {number} */
    write(bytes) {
        const number = this.books.next();
        this.#ask(`xml <message xmlns='jabber:client' to='${this.peer.jid}' ` +
            `type='chat' id='${number}'><body>${'.'.repeat(bytes)}</body></message>`, number);
        return number;
    }

    #ask(command, number = -1) {
        this.#asked.push(number);
        this.say(command);
    }

    add(event) {
        this.#note(event);
        if (event.event !== 'message') super.add(event);
    }

    #note(event) {
        const { books } = this;
        if (event.event === 'sent' || event.event === 'refused') {
            const number = this.#asked.shift();
            if (number < 0) return;
            if (event.event === 'sent') books.took(number, event.ticket);
            else books.refused(number);
        } else if (event.event === 'delivered') books.delivered(event.ticket);
        else if (event.event === 'unknown' || event.event === 'unsent') {
            books.lost(event.ticket, event.event);
            this.count(event.event, / id='(\d+)'/.exec(event.xml)?.[1] ?? 'presence');
        } else if (event.event === 'message') this.#came(event);
        else if (event.event === 'state') this.#changed(event);
        else if (event.event === 'retry') {
            this.retries++;
            this.tell(`retry ${event.error} ${event.http || ''}`);
        } else if (event.event === 'exit') this.tell(`exit ${event.code}`);
    }

    #came({ type, id }) {
        const number = parseInt(id ?? '', 10);
        if (Number.isNaN(number)) return;
        if (type === 'error') this.books.returned.add(number);
        else this.books.came(number);
        this.count(type === 'error' ? 'got back' : 'got', number);
    }

    #changed({ state, error, condition, http }) {
        const reasons = [error, http, condition].filter((word) =>
            word && word !== 'BOSH_OK' && word !== '(none)');
        this.tell([`is ${state}`, ...reasons].join(' '));
        if (state === 'binding') this.#isNew = true;
        if (state === 'online' && this.#isNew) {
            this.#isNew = false;
            this.turns++;
            this.books.begins(this.peer.books);
            this.#ask('presence');
        }
        if (!sessionEnds.includes(state) || this.#isClosing) return;
        this.books.session++;
        this.turns++;
        const why = reasons.join(' ');
        this.losses[why] = (this.losses[why] ?? 0) + 1;
        if (state === 'ended') setTimeout(() => this.#isClosing || this.#ask('connect'), 1000);
    }

    async close(options) {
        this.#isClosing = true;
        await super.close(options);
    }
}
