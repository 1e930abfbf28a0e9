// SPDX-License-Identifier: MIT
// The running part of examples/demo: the servers, and with --check a conversation of two bosh-chat
// processes that read lines from us instead of a keyboard.

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startRig } from '../tests/servers/rig.mjs';

const { values } = parseArgs({ options: {
    server: { type: 'string' }, proxy: { type: 'string' }, chat: { type: 'string' },
    check: { type: 'boolean', default: false },
} });

/** The command line of bosh-chat for one user, whose password is put into a file. */
function chatCommand(rig, name) {
    const file = join(rig.directory, `${name}.password`);
    writeFileSync(file, `${rig.users[name]}\n`, { mode: 0o600 });
    return [resolve(values.chat), '--url', rig.url, '--jid', `${name}@${rig.domain}`,
        '--password-file', file];
}

/** One bosh-chat process; what it prints is shown and can be waited for. */
class Chat {
    #watchers = new Set();
    output = '';

    constructor(rig, name) {
        this.name = name;
        const [program, ...args] = chatCommand(rig, name);
        this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
        this.child.stdin.on('error', () => {}); // told by its end
        this.child.stdout.setEncoding('utf8').on('data', (text) => this.#print(text));
        this.ended = new Promise((settle) => {
            this.child.once('error', (error) => settle(error.message));
            this.child.once('close', (code, signal) => settle(signal ?? code));
        });
        this.ended.then(() => this.#watchers.forEach((look) => look()));
    }

    #print(text) {
        this.output += text;
        for (const line of text.trimEnd().split('\n'))
            console.log(`${this.name.padEnd(6)}│ ${line}`);
        this.#watchers.forEach((look) => look());
    }

    type(line) {
        this.child.stdin.write(`${line}\n`);
    }

    /** Waits until it has printed `text`. */
    sees(text) {
        return new Promise((seen, reject) => {
            const stop = (settle, value) => {
                clearTimeout(timer);
                this.#watchers.delete(look);
                settle(value);
            };
            const fail = (why) => stop(reject, new Error(`${this.name} ${why} "${text}"`));
            const timer = setTimeout(() => fail('waited 20 s for'), 20000);
            const look = () => {
                if (this.output.includes(text)) stop(seen);
                else if (this.child.exitCode !== null) fail('ended before');
            };
            this.#watchers.add(look);
            look();
        });
    }
}

async function converse(rig) {
    const alice = new Chat(rig, 'alice');
    const bob = new Chat(rig, 'bob');
    await Promise.all([alice.sees('online as alice@'), bob.sees('online as bob@')]);
    alice.type('/open bob@localhost');
    bob.type('/open alice@localhost');
    for (const [speaker, listener, text] of [
        [alice, bob, 'Hello Bob! Can you read me?'],
        [bob, alice, 'Loud and clear. What is between us?'],
        [alice, bob, `HTTP: libbosh, ${values.proxy}, ${values.server}.`],
        [bob, alice, 'Even <markup> & "quotes" & Umläute?'],
        [alice, bob, 'As you see \u{1f642}'],
    ]) {
        speaker.type(text);
        await listener.sees(`${speaker.name}: ${text}`);
    }
    for (const chat of [alice, bob]) {
        chat.child.stdin.end();
        const code = await chat.ended;
        if (code !== 0) throw new Error(`${chat.name} ended with ${code}`);
    }
}

const rig = await startRig({ server: values.server, proxy: values.proxy });
console.log(`${values.server} behind ${values.proxy} on ${rig.url}\n`);
if (values.check) {
    let failure = null;
    await converse(rig).catch((error) => (failure = error));
    await rig.stop();
    console.log(failure ? `\nFAILED: ${failure.message}` : '\nok: every message arrived');
    process.exit(failure ? 1 : 0);
}

console.log('Chat in two more terminals:\n');
for (const name of Object.keys(rig.users)) console.log(`    ${chatCommand(rig, name).join(' ')}\n`);
console.log(`Or one of them answers by itself with --echo. The XMPP server also has rooms at
conference.${rig.domain}: /join tea@conference.${rig.domain}

Ctrl-C stops everything.`);
setInterval(() => {
    for (const service of [rig.server, rig.proxy])
        if (!service.running) {
            console.error(`${service.name} died\n${service.lastLines()}`);
            process.exit(1);
        }
}, 500);
