// SPDX-License-Identifier: MIT
// A client in a process of its own that takes commands and tells events, one a line: bosh-driver,
// and whatever else speaks its language (README.md).

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Events } from './events.mjs';

const running = new Set();

/** Ends all that still run. */
export function killPrograms() {
    for (const child of running) child.kill('SIGKILL');
}
process.on('exit', killPrograms);

/** The command line of a program that takes bosh-driver's options. */
export function driverCommand({ program, url, jid, password, more = [] }) {
    return [...program, '--url', url, '--jid', jid,
        ...(password === undefined ? [] : ['--password', password]), ...more];
}

export class Program extends Events {
    #errors = '';
    #log;

    /**
     * @param {string} name for messages
     * @param {string[]} command program and arguments
     * @param {{log?: string}} [options] log: file for standard error, which is kept here without
     */
    constructor(name, [program, ...args], { log } = {}) {
        super();
        this.name = name;
        this.#log = log;
        const errors = log ? openSync(log, 'a') : 'pipe';
        this.child = spawn(program, args, { stdio: ['pipe', 'pipe', errors] });
        if (typeof errors === 'number') closeSync(errors);
        running.add(this.child);
        // Writing to a program that has ended is reported by 'exit' already.
        this.child.stdin.on('error', () => {});
        this.child.stderr?.on('data', (bytes) => (this.#errors += bytes));
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

    /** What went to standard error: the log, and a sanitizer's report. */
    get errors() {
        return this.#log ? readFileSync(this.#log, 'utf8') : this.#errors;
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
    async close(options) {
        this.say('close');
        const { code } = await this.until('exit', (event) => event.event === 'exit', options);
        if (code !== 0)
            throw new Error(`${this.name} ended with ${code}\n${this.remarks}`);
    }
}
