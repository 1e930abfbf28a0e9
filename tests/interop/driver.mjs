// SPDX-License-Identifier: MIT
// Runs bosh-driver, the C library's end of every interop test. README.md describes its lines.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Events } from './events.mjs';
import { afterEach, driverPath } from './suite.mjs';

const running = new Set();
function killAll() {
    for (const child of running) child.kill('SIGKILL');
}
process.on('exit', killAll);
// A failed case leaves clients behind, who would take the messages of the next one.
afterEach(killAll);

/** One client of the C library in a process of its own. */
export class Driver extends Events {
    /** What went to standard error: the log, and a sanitizer's report. */
    errors = '';

    /**
     * @param {object} options
     * @param {string} options.url
     * @param {string} options.jid
     * @param {string} [options.password]
     * @param {string[]} [options.more] further command line options
     */
    constructor({ url, jid, password, more = [] }) {
        super();
        if (!driverPath) throw new Error('say where bosh-driver is: --driver FILE');
        const args = ['--url', url, '--jid', jid, ...(password === undefined ? []
            : ['--password', password]), ...more];
        this.name = jid;
        this.child = spawn(driverPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
        running.add(this.child);
        // Writing to a program that has ended is reported by 'exit' already.
        this.child.stdin.on('error', () => {});
        this.child.stderr.on('data', (bytes) => (this.errors += bytes));
        createInterface({ input: this.child.stdout }).on('line', (line) => {
            this.add(JSON.parse(line));
        });
        /** Resolves with the exit code (or the signal) once the program has ended. */
        this.ended = new Promise((resolve) => {
            this.child.once('error', (error) => resolve(error.message));
            // 'close' comes when the output has been read too.
            this.child.once('close', (code, signal) => resolve(signal ?? code));
        });
        this.ended.then((code) => {
            running.delete(this.child);
            this.add({ event: 'exit', code });
        });
    }

    get remarks() {
        return this.errors.slice(-3000);
    }

    /** Gives it a command. @param {string} line */
    say(line) {
        this.child.stdin.write(`${line}\n`);
    }

    /** Sends a stanza. @param {string} xml */
    send(xml) {
        this.say(`xml ${xml}`);
    }

    /** Waits for a state. @param {string} state @param {object} [options] as of until */
    state(state, options) {
        return this.until(state, (event) =>
            event.event === 'state' && event.state === state, options);
    }

    /** Waits until it is online. */
    online(options) {
        return this.state('online', options);
    }

    /** Leaves politely; fails when the program did not end well (a leak, say). */
    async close() {
        this.say('close');
        const { code } = await this.until('exit', (event) => event.event === 'exit');
        if (code !== 0)
            throw new Error(`${this.name} ended with ${code}\n${this.errors.slice(-3000)}`);
    }
}
