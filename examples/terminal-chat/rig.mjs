// SPDX-License-Identifier: MIT
// What the tests of bosh-chat share: a Prosody, the program, a terminal to look at.

import assert from 'node:assert';
import { spawn, execFileSync } from 'node:child_process';
import { writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startRig } from '../../tests/servers/rig.mjs';
import { until } from '../../tests/servers/child.mjs';

const program = process.env.BOSH_CHAT;
const users = { alice: 'alicepw', bob: 'bobpw', carol: 'carolpw' };

/** Starts a server and writes the password files. @param {object} [options] as of startRig */
export async function startChatRig(options = {}) {
    assert(program, 'BOSH_CHAT must be the path of bosh-chat');
    const rig = await startRig({ server: 'prosody', users, ...options });
    const folder = join(rig.directory, 'chat');
    mkdirSync(folder);
    for (const [name, password] of Object.entries(users))
        writeFileSync(join(folder, name), `${password}\n`, { mode: 0o600 });
    writeFileSync(join(folder, 'wrong'), 'wrong\n', { mode: 0o600 });
    return { ...rig, folder };
}

/** The arguments to log in as `user`. */
export function login(rig, user, passwordOf = user, url = rig.url) {
    return ['--url', url, '--jid', `${user}@localhost`, '--password-file',
        join(rig.folder, passwordOf)];
}

/**
 * Runs bosh-chat without a terminal.
 * @param {string[]} args
 * @returns an object with the process, what it has printed so far, `until(pattern)` and `ended`
 */
export function runChat(args, input = null) {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const chat = { child, out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => (chat.out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (chat.err += text));
    if (input !== null) child.stdin.end(input);
    chat.ended = new Promise((resolve) => child.on('close', (code) => resolve(code)));
    chat.until = (pattern) => until(() => pattern.test(chat.out),
        () => `${pattern} in\n${chat.out}${chat.err}`);
    return chat;
}

/** Terminals of a tmux server of our own. */
export class Terminals {
    #socket = `bosh-chat-${process.pid}`;

    #tmux(...args) {
        return execFileSync('tmux', ['-L', this.#socket, '-f', '/dev/null', ...args],
            { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    }

    /** Opens a terminal in which bosh-chat runs; it shows the exit status at the end. */
    open(name, args, { columns = 100, rows = 24 } = {}) {
        const quoted = [program, ...args].map((word) => `'${word}'`).join(' ');
        this.#tmux('new-session', '-d', '-s', name, '-x', columns, '-y', rows,
            `env LANG=C.UTF-8 TERM=screen ${quoted}; echo "exit status $?"; exec sleep 1000`);
    }

    /** Types text. */
    type(name, text) {
        this.#tmux('send-keys', '-t', name, '-l', '--', text);
    }

    /** Presses keys by tmux's names ("Enter", "C-c", "M-b"). */
    press(name, ...keys) {
        this.#tmux('send-keys', '-t', name, ...keys);
    }

    /** Types a line. */
    enter(name, text) {
        this.type(name, text);
        this.press(name, 'Enter');
    }

    resize(name, columns, rows) {
        this.#tmux('resize-window', '-t', name, '-x', columns, '-y', rows);
    }

    /** What is on the screen. */
    screen(name) {
        return this.#tmux('capture-pane', '-p', '-t', name);
    }

    /** Waits until the screen shows a pattern. */
    async sees(name, pattern) {
        await until(() => pattern.test(this.screen(name)),
            () => `${pattern} on the screen of ${name}:\n${this.screen(name)}`);
    }

    close() {
        try {
            this.#tmux('kill-server');
        } catch { /* nothing was opened */ }
    }
}
