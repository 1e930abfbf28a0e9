// SPDX-License-Identifier: MIT
// Starts the firmware on an emulated board, which reaches this computer as 10.0.2.2. As a program
// (examples/cortex-m/run) it starts a Prosody, too, and prints what the device says.

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startRig } from '../../tests/servers/rig.mjs';

const machines = {
    lm3s6965evb: ['-M', 'lm3s6965evb', '-nic', 'user,model=stellaris,id=net'],
    mps2: ['-M', 'mps2-an385', '-nic', 'user,model=lan9118,id=net'],
};
export const users = { device: 'devicepw', alice: 'alicepw', bob: 'bobpw' };

/**
 * @param {object} options
 * @param {keyof typeof machines} options.board
 * @param {string} options.firmware
 * @param {string} options.url of the server, on 127.0.0.1
 * @param {string} options.directory for the monitor's socket
 * @param {(text: string) => void} [options.onText] what the device prints
 */
export function startDevice({ board, firmware, url, directory, onText = () => {} }) {
    const settings = ['device', url.replace('127.0.0.1', '10.0.2.2'), 'device@localhost/board',
        users.device, 'alice@localhost'];
    const monitor = join(directory, 'monitor');
    const child = spawn('qemu-system-arm', [...machines[board], '-display', 'none',
        '-serial', 'stdio', '-monitor', `unix:${monitor},server=on,wait=off`,
        '-semihosting-config', ['enable=on,target=native', ...settings.map((one) => `arg=${one}`)]
            .join(','), '-kernel', firmware], { stdio: ['ignore', 'pipe', 'pipe'] });
    const device = { child, out: '', said: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => {
        device.out += text;
        onText(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text) => (device.said += text));
    device.ended = new Promise((resolve) => child.on('close', resolve));
    /** Pulls the plug, or puts it in. @param {boolean} isUp */
    device.setLink = (isUp) => new Promise((resolve, reject) => {
        const socket = connect(monitor, () => {
            socket.end(`set_link net ${isUp ? 'on' : 'off'}\n`);
        });
        socket.on('error', reject).on('close', resolve).resume();
    });
    return device;
}

async function main() {
    const { values } = parseArgs({ options: {
        board: { type: 'string', default: 'lm3s6965evb' },
        firmware: { type: 'string' },
        chat: { type: 'string' },
    } });
    const rig = await startRig({ server: 'prosody', users });
    const password = join(rig.directory, 'alice-password');
    writeFileSync(password, `${users.alice}\n`, { mode: 0o600 });
    console.log(`The device obeys alice. Talk to it from another terminal ("status", "led on"):

    ${values.chat} --url ${rig.url} --jid alice@localhost --password-file ${password}
    /chat device@localhost/board

Ctrl-C stops everything. The device says:`);
    const device = startDevice({ board: values.board, firmware: values.firmware, url: rig.url,
        directory: rig.directory, onText: (text) => process.stdout.write(text) });
    const stop = async () => {
        device.child.kill();
        await rig.stop();
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    const code = await device.ended;
    if (code) console.error(device.said);
    await rig.stop();
    process.exitCode = code ?? 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
