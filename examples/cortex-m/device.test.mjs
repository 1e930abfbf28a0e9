// SPDX-License-Identifier: MIT
// The firmware on an emulated board against a real Prosody; its owner is bosh-chat.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { existsSync } from 'node:fs';
import { startRig } from '../../tests/servers/rig.mjs';
import { sleep } from '../../tests/servers/child.mjs';
import { login, runChat, startChatRig, until } from '../terminal-chat/rig.mjs';
import { startDevice, users } from './device.mjs';

const { BOSH_BOARD: board, BOSH_FIRMWARE: firmware, BOSH_CHAT: chat } = process.env;
const skip = !existsSync(chat) && `no bosh-chat at ${chat}: build preset asan first`;
const options = { skip, timeout: 60_000 };

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
    for (const start = Date.now(); Date.now() - start < 40_000; await sleep(500)) {
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
    assert.match(device.out, /\[LED on\]/);
    await ask('status', /led on/);
    const asked = runChat([...login(rig, 'bob'), '--send', 'device@localhost/board', 'led off',
        '--await', '1']);
    await asked.ended;
    assert.doesNotMatch(device.out, /LED off/);
});

test('publishes what its sensor reads', options, async () => {
    const owner = runChat([...login(rig, 'alice'), '--echo']);
    await owner.until(/temperature \d\d\.\d[^]*temperature \d\d\.\d/);
    owner.child.kill('SIGTERM');
    await owner.ended;
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
