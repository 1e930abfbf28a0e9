// SPDX-License-Identifier: MIT
// What happened, by time: in a file, in lines of progress, and as figures at the end.

import { appendFileSync } from 'node:fs';

const PROGRESS_MS = 15000;

const figures = (counts) => Object.entries(counts).map(([what, count]) => `${count} ${what}`)
    .join(', ');

export class Story {
    #lines = [];
    #faults = {};
    #startMs = Date.now();
    #timer;
    /** Numbers for which the same holds, not written yet. @type {string[]} */
    #numbers = [];
    #same = '';
    #since = '';

    /** @param {string} file */
    constructor(file) {
        this.file = file;
    }

    #clock() {
        return ((Date.now() - this.#startMs) / 1000).toFixed(2).padStart(8);
    }

    /** @param {string} who @param {string} what */
    tell(who, what) {
        this.#flush();
        this.#write(`${this.#clock()} ${who.padEnd(8)}${what}`);
    }

    /** The same of many numbers: they share a line. @param {string} who @param {string} what */
    count(who, what, number) {
        const same = `${who.padEnd(8)}${what}`;
        if (same !== this.#same) this.#flush();
        this.#same = same;
        if (!this.#numbers.length) this.#since = this.#clock();
        this.#numbers.push(number);
    }

    #flush() {
        if (this.#numbers.length)
            this.#write(`${this.#since} ${this.#same} ${this.#numbers.join(' ')}`);
        this.#numbers = [];
    }

    #write(line) {
        this.#lines.push(line);
        if (this.#lines.length > 2000) this.#lines.splice(0, 1000);
        appendFileSync(this.file, `${line}\n`);
    }

    /** A fault begins. */
    fault(track, name) {
        this.#faults[name] = (this.#faults[name] ?? 0) + 1;
        this.tell(track, name);
    }

    /** @param {object[]} parties @param {number} minutes */
    begin(parties, minutes) {
        this.tell('all', 'begun');
        this.#timer = setInterval(() => {
            const each = parties.map(({ name, books, peer }) =>
                `${name} ${books.sent.length} sent, ${peer.books.received.length} there, ` +
                `${books.session} sessions lost`);
            each.push(`${Object.values(this.#faults).reduce((sum, one) => sum + one, 0)} faults`);
            console.log(`${this.#clock()} s of ${minutes * 60}: ${each.join('; ')}`);
        }, PROGRESS_MS);
    }

    end() {
        clearInterval(this.#timer);
    }

    /** Prints the figures. */
    async sum({ parties = [], links = [] }, verdicts) {
        console.log(`faults: ${figures(this.#faults)}`);
        parties.forEach(({ name, books, losses, retries }, i) => {
            const { lost, gone } = verdicts[i];
            console.log(`${name}: ${books.sent.length} messages: ${figures(books.fates)}; ` +
                `${lost} not there and reported, ${gone} gone with the other's session, ` +
                `${books.returned.size} sent back by the server`);
            console.log(`${name}: ${retries} requests repeated, sessions lost: ` +
                `${figures(losses) || 'none'}`);
        });
        for (const link of links) {
            const counts = await link.counts().catch(() => ({}));
            for (const [way, { event, ...count }] of Object.entries(counts)) {
                delete count.way;
                console.log(`${link.name}'s packets ${way}: ${figures(count)}`);
            }
        }
    }

    /** The end of it. @param {number} count lines */
    last(count) {
        this.#flush();
        return this.#lines.slice(-count).join('\n');
    }
}
