// SPDX-License-Identifier: MIT
// Child processes that never outlive us, private directories, and ports nobody else is using.

import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import { chmodSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync }
    from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const children = new Set();
const directories = new Set();
const busyPorts = new Set();
let hooked = false;
// A process just ended may still have been writing there: then the directory is not empty at once.
const removal = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 };

/** Waits. @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits for a condition. @param {() => boolean} condition @param {() => string} what */
export async function until(condition, what, limitMs = 40_000) {
    for (const start = Date.now(); !condition(); await sleep(30))
        assert(Date.now() - start < limitMs, `waited in vain for ${what()}`);
}

// The last chance to tidy up has to be synchronous; what a SIGKILL of this process would leave
// behind is ended by setpriv's --pdeathsig below.
function hookExit() {
    if (hooked) return;
    hooked = true;
    process.on('exit', () => {
        for (const child of children) crash(child);
        if (process.env.BOSH_KEEP_RIG) return;
        for (const directory of directories) rmSync(directory, removal);
    });
    for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]])
        process.once(signal, () => {
            console.error(`\nstopped by ${signal}`);
            process.exit(code);
        });
}

// Each server leads a process group of its own: this reaches its workers too.
function crash(child) {
    try {
        process.kill(-child.pid, 'SIGKILL');
    } catch { /* it ended by itself just now */ }
}

/**
 * A directory that is removed when this process ends (kept with BOSH_KEEP_RIG=1, to look inside).
 * @param {string} name part of its name
 * @returns {string}
 */
export function privateDirectory(name) {
    hookExit();
    const directory = mkdtempSync(join(tmpdir(), `bosh-${name}-`));
    // Apache's and Nginx's workers read it as another user when we are root.
    chmodSync(directory, 0o755);
    directories.add(directory);
    return directory;
}

/** Removes a directory made by privateDirectory. @param {string} directory */
export function removeDirectory(directory) {
    if (!directories.has(directory) || process.env.BOSH_KEEP_RIG) return;
    try {
        rmSync(directory, removal);
        directories.delete(directory);
    } catch (error) {
        if (error.code !== 'ENOTEMPTY') throw error; // once more when this process ends
    }
}

/**
 * A port on 127.0.0.1 that is free now. It is taken from below the range in which the kernel picks
 * the ports of outgoing connections, so that it is still free for a server that restarts.
 * @returns {Promise<number>}
 */
export async function freePort() {
    for (let tries = 0; tries < 1000; tries++) {
        const port = 10240 + Math.floor(Math.random() * 20000);
        if (busyPorts.has(port) || !(await canListen(port))) continue;
        busyPorts.add(port);
        return port;
    }
    throw new Error('no free port found');
}

function canListen(port) {
    return new Promise((resolve) => {
        const server = createServer();
        server.once('error', () => resolve(false));
        server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
}

/** Full path of a program, also from /usr/sbin, which is not in everybody's PATH.
 * @param {string} program */
export function findProgram(program) {
    for (const folder of [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'])
        if (folder && existsSync(join(folder, program))) return join(folder, program);
    throw new Error(`${program} is not installed; run tools/setup --for test`);
}

/** Runs a program to its end and returns what it printed.
 * @param {string} program @param {string[]} args @param {object} [options] */
export function run(program, args, options = {}) {
    return execFileSync(findProgram(program), args,
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
}

/** One server process: started, stopped and started again with the same command line. */
export class Service {
    #child = null;

    /**
     * @param {object} options
     * @param {string} options.name for messages
     * @param {string[]} options.command program and arguments
     * @param {Record<string, string>} [options.env] added to the environment
     * @param {string} options.directory working directory; its output goes to output.log there
     * @param {string[]} [options.logs] more files to show when it does not start
     * @param {() => Promise<boolean>} options.isReady asked until it says true
     * @param {() => void} [options.beforeStart]
     */
    constructor({ name, command, env = {}, directory, logs = [], isReady,
        beforeStart = () => {} }) {
        Object.assign(this, { name, command, env, directory, isReady, beforeStart });
        this.logs = [join(directory, 'output.log'), ...logs];
    }

    get pid() {
        return this.#child?.pid ?? 0;
    }

    get running() {
        return this.#child !== null;
    }

    /** Starts it and waits until it answers. */
    async start({ timeoutMs = 30000 } = {}) {
        if (this.running) throw new Error(`${this.name} runs already`);
        hookExit();
        this.beforeStart();
        const [program, ...args] = this.command;
        const output = openSync(this.logs[0], 'a');
        const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', findProgram(program), ...args],
            { detached: true, cwd: this.directory, env: { ...process.env, ...this.env },
              stdio: ['ignore', output, output] });
        closeSync(output);
        this.#child = child;
        children.add(child);
        let ended = null;
        child.once('error', (error) => (ended = error.message));
        child.once('exit', (code, signal) => {
            ended = `it ended with ${signal ?? code}`;
            children.delete(child);
            if (this.#child === child) this.#child = null;
        });
        for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(20)) {
            if (ended) break;
            if (await this.isReady()) return this;
        }
        await this.stop('SIGKILL');
        throw new Error(`${this.name} did not start: ${ended ?? 'no answer'}\n${this.lastLines()}`);
    }

    /** Stops it and waits for its end: SIGTERM politely, SIGKILL as a crash would. */
    async stop(signal = 'SIGTERM', { timeoutMs = 10000 } = {}) {
        const child = this.#child;
        if (!child) return;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        if (signal === 'SIGKILL') crash(child);
        else child.kill(signal);
        const timer = setTimeout(() => crash(child), timeoutMs);
        await ended;
        clearTimeout(timer);
    }

    /** Stops it and starts it again, with the same ports and data. */
    async restart(signal = 'SIGTERM') {
        await this.stop(signal);
        await this.start();
    }

    /** The ends of its logs. */
    lastLines(count = 15) {
        return this.logs.filter(existsSync).map((file) => {
            const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
            return [`--- ${file}`, ...lines.slice(-count)].join('\n');
        }).join('\n');
    }
}

/** Can a TCP connection be opened? @param {number} port @returns {Promise<boolean>} */
export function accepts(port) {
    return new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1');
        socket.once('connect', () => { socket.destroy(); resolve(true); });
        socket.once('error', () => resolve(false));
    });
}
