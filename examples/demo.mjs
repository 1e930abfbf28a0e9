// SPDX-License-Identifier: MIT
// The running part of examples/demo: the servers and the page, and with --check a conversation of
// that page in Chromium with a bosh-chat that reads lines from us instead of a keyboard.

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { startRig } from '../tests/servers/rig.mjs';
import { policy } from '../tests/servers/policy.mjs';

const { values } = parseArgs({ options: {
    server: { type: 'string' }, proxy: { type: 'string' }, chat: { type: 'string' },
    package: { type: 'string' },
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

/**
 * Alice in the page, Bob in a terminal.
 * @param {object} rig @param {any} browser @param {URL} url @param {Chat} bob
 */
async function converse(rig, browser, url, bob) {
    const { User } = await import('../tests/browser/im.mjs');
    const alice = await User.open({ browser, rig: { ...rig, url: url.href } }, 'alice');
    await Promise.all([alice.signedIn(rig.users.alice), bob.sees('online as bob@')]);
    const over = await alice.page.evaluate(() =>
        performance.getEntriesByType('navigation')[0].toJSON().nextHopProtocol);
    console.log(`alice  │ signed in at ${url.origin}/ (${over})`);
    // What both say is unlike what they said before, which is still in the history.
    const hear = async (text) => {
        bob.type(text);
        if (!(await alice.message(text).count())) await alice.row('bob').click();
        await alice.message(text).waitFor();
        console.log(`alice  │ sees: ${text}`);
    };
    const say = async (text) => {
        await alice.say(text);
        await bob.sees(`alice: ${text}`);
    };
    bob.type('/open alice@localhost');
    await hear(`Hello Alice! Can you read me by ${over}?`);
    await say(`Loud and clear. What is between us but ${over}?`);
    await hear(`Only libbosh, ${values.proxy} and ${values.server}, by ${over}.`);
    await say(`Even <markup> & "quotes" & Umläute by ${over}?`);
    await hear(`As you see \u{1f642} ${over}`);
    bob.child.stdin.end();
    const code = await bob.ended;
    if (code !== 0) throw new Error(`bosh-chat ended with ${code}`);
    if (alice.complaints.length) throw new Error(`the page: ${alice.complaints.join('; ')}`);
    await User.closeAll();
}

async function check(rig) {
    const { startBrowser } = await import('../tests/browser/browser.mjs');
    const browser = await startBrowser('--ignore-certificate-errors');
    try {
        for (const url of [rig.url, rig.secureUrl]) {
            const bob = new Chat(rig, 'bob');
            await converse(rig, browser, new URL(url), bob).finally(() => bob.child.kill());
        }
    } finally {
        await browser.stop();
    }
}

const rig = await startRig({ server: values.server, proxy: values.proxy, tls: true, policy,
    site: { '': fileURLToPath(new URL('web-im', import.meta.url)),
        libbosh: resolve(values.package) } });
console.log(`${values.server} behind ${values.proxy}, /xmpp-httpbind included\n`);
if (values.check) {
    let failure = null;
    await check(rig).catch((error) => (failure = error));
    await rig.stop();
    console.log(failure ? `\nFAILED: ${failure.message}` : '\nok: every message arrived');
    process.exit(failure ? 1 : 0);
}

const at = (url) => `${new URL(url).origin.replace('127.0.0.1', 'localhost')}/`;
const accounts = Object.entries(rig.users).map(([name, password]) =>
    `${name}@${rig.domain} (password ${password})`);
console.log(`The web page:   ${at(rig.url)}
over HTTPS:     ${at(rig.secureUrl)}   (HTTP/2; the browser will not know its certificate)
Sign in as ${accounts.join(' or ')}. In a terminal the same goes like this:
`);
for (const name of Object.keys(rig.users)) console.log(`    ${chatCommand(rig, name).join(' ')}\n`);
console.log(`There are rooms, too, at conference.${rig.domain}: tea@conference.${rig.domain}

Ctrl-C stops everything.`);
setInterval(() => {
    for (const service of [rig.server, rig.proxy])
        if (!service.running) {
            console.error(`${service.name} died\n${service.lastLines()}`);
            process.exit(1);
        }
}, 500);
