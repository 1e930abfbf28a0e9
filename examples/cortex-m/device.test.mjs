// SPDX-License-Identifier: MIT
// The firmware on an emulated board against a real Prosody; its owner is bosh-chat.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { startRig } from '../../tests/servers/rig.mjs';
import { sleep, until } from '../../tests/servers/child.mjs';
import { login, runChat, startChatRig } from '../terminal-chat/rig.mjs';
import { startDevice, users } from './device.mjs';

const { BOSH_BOARD: board, BOSH_FIRMWARE: firmware, BOSH_CHAT: chat, BOSH_DRIVER: driver } =
    process.env;
const skip = !existsSync(chat) && `no bosh-chat at ${chat}: build preset asan first`;
const options = { skip, timeout: 120_000 };
const withDriver = { skip: skip || (!existsSync(driver) && `no bosh-driver at ${driver}`),
    timeout: 240_000 };

let rig, device;
before(async () => {
    if (skip) return;
    rig = await startChatRig({ users });
    device = startDevice({ board, firmware, url: rig.url, directory: rig.directory });
});
after(async () => {
    device?.child.kill();
    await rig?.stop();
});

const seen = (pattern) =>
    until(() => pattern.test(device.out), () => `${pattern} in\n${device.out}`);
let times = 0;
/** As often as it takes: the server may be away. @param {string} command @param {RegExp} answer */
async function ask(command, answer, user = 'alice') {
    for (const start = Date.now(); Date.now() - start < 100_000; await sleep(500)) {
        const asked = runChat([...login(rig, user), '--send', 'device@localhost/board', command,
            '--await', '2']);
        await asked.ended;
        times++;
        if (answer.test(asked.out)) return asked.out;
    }
    assert.fail(`no answer to ${command}; the device says\n${device.out}`);
}

test('logs in by SCRAM', options, () => seen(/I am device@localhost\/board/));

test('does what its owner says, and nobody else', options, async () => {
    await ask('status', /up \d+ s, \d+ readings, led off, memory \d+/);
    await ask('led on', /the led is on/);
    await seen(/\[LED on\]/);
    await ask('status', /led on/);
    const asked = runChat([...login(rig, 'bob'), '--send', 'device@localhost/board', 'led off',
        '--await', '1']);
    await asked.ended;
    assert.doesNotMatch(device.out, /LED off/);
});

test('takes a message of 4 KB', options, async () => {
    await ask('lorem ipsum '.repeat(340), /I know: status/);
    await ask('status', /led on/);
    assert.doesNotMatch(device.out, /recovering/);
});

test('publishes what its sensor reads', options, async () => {
    const owner = runChat([...login(rig, 'alice'), '--echo']);
    await owner.until(/temperature \d\d\.\d[^]*temperature \d\d\.\d/);
    owner.child.kill('SIGTERM');
    await owner.ended;
});

/** Lines of JSON from the program of tests/interop. */
function startDriver() {
    const child = spawn(driver, ['--url', rig.url, '--jid', 'alice@localhost/soak', '--password',
        users.alice], { stdio: ['pipe', 'pipe', 'inherit'] });
    const events = createInterface({ input: child.stdout });
    return { child, events };
}

test('carries thousands of messages in the memory it had', withDriver, async () => {
    const { child, events } = startDriver();
    const wanted = board === 'mps2' ? 1500 : 5000, at = [];
    let asked = 0, answered = 0;
    // More at a time would be more than the device has room for when it answers.
    const ask = () => asked++ < wanted && child.stdin.write(
        `send device@localhost/board ${asked % 7 ? 'led on' : 'status'}\n`);
    await new Promise((resolve, reject) => {
        child.on('exit', () => reject(new Error('bosh-driver ended')));
        events.on('line', (line) => {
            const { event, state, body } = JSON.parse(line);
            if (event === 'state' && state === 'online') for (let i = 0; i < 8; i++) ask();
            const told = event === 'message' &&
                /the led is on|memory (\d+) of at most/.exec(body ?? '');
            if (!told) return;
            if (told[1]) at.push(Number(told[1]));
            if (++answered === wanted) resolve();
            else ask();
        });
    });
    // What is in use also depends on what is just coming and going.
    const least = (from) => Math.min(...at.slice(from, from + 70));
    assert.equal(least(at.length - 70), least(70), 'the heap has grown');
    child.stdin.end();
    await new Promise((resolve) => child.on('close', resolve));
});

test('survives a cut link', options, async () => {
    await device.setLink(false);
    await sleep(3000);
    await device.setLink(true);
    await ask('status', /up \d+ s/);
});

test('survives a restart of the server', options, async () => {
    await rig.server.stop();
    await sleep(1000);
    await rig.server.start();
    await ask('status', /up \d+ s/);
});

test('leaves when told so', options, async () => {
    await ask('quit', /good-bye/);
    assert.equal(await device.ended, 0, device.out);
});
