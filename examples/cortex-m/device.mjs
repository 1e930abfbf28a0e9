// SPDX-License-Identifier: MIT
// Starts the firmware on an emulated board, which reaches this computer as 10.0.2.2. As a program
// (examples/cortex-m/run) it starts a Prosody, too, and prints what the device says.

import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startRig } from '../../tests/servers/rig.mjs';

/** What QEMU calls a board, its Ethernet, and the end of its flash. */
const machines = {
    lm3s6965evb: { machine: 'lm3s6965evb', ethernet: 'stellaris', flashEnd: 256 * 1024 },
    mps2: { machine: 'mps2-an385', ethernet: 'lan9118', flashEnd: 4 * 1024 * 1024 },
};
export const users = { device: 'devicepw', alice: 'alicepw', bob: 'bobpw' };
/** Its address. */
export const jid = 'device@localhost/board';

/**
 * Writes the authorities' certificates as the last page of flash has them (sections.ld).
 * @param {string[]} pems @param {string} directory @returns {string} its file
 */
function makePage(pems, directory) {
    const file = join(directory, 'authorities.der');
    writeFileSync(file,
        Buffer.concat(pems.map((pem) => new X509Certificate(readFileSync(pem)).raw)));
    return file;
}

/**
 * @param {object} options
 * @param {keyof typeof machines} options.board
 * @param {string} options.firmware
 * @param {string} options.url of the server, on 127.0.0.1
 * @param {string} options.directory for the monitor's socket
 * @param {string | string[]} [options.ca] with TLS: files of authorities' certificates
 * @param {string} [options.owner] who is told the readings and may command
 * @param {number} [options.readings] after so many it leaves; 0: it stays
 * @param {string[]} [options.more] arguments for QEMU
 * @param {(text: string) => void} [options.onText] what the device prints
 */
export function startDevice({ board, firmware, url, directory, ca = [],
    owner = 'alice@localhost', readings = 0, more = [], onText = () => {} }) {
    const { machine, ethernet, flashEnd } = machines[board];
    const settings = ['device', url.replace('127.0.0.1', '10.0.2.2'), jid, users.device,
        owner, String(readings)];
    const own = mkdtempSync(join(directory, 'device-'));
    const monitor = join(own, 'monitor');
    const pems = [ca].flat().filter(Boolean);
    const page = pems.length ? ['-device', `loader,file=${makePage(pems, own)},` +
        `addr=${flashEnd - 4096},force-raw=on`] : [];
    const child = spawn('qemu-system-arm', ['-M', machine, '-nic', `user,model=${ethernet},id=net`,
        '-display', 'none', '-serial', 'stdio', '-monitor', `unix:${monitor},server=on,wait=off`,
        '-semihosting-config', ['enable=on,target=native', ...settings.map((one) => `arg=${one}`)]
            .join(','), ...page, ...more, '-kernel', firmware],
    { stdio: ['ignore', 'pipe', 'pipe'] });
    const device = { child, out: '', said: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => {
        device.out += text;
        onText(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text) => (device.said += text));
    const kill = () => child.kill();
    process.once('exit', kill);
    device.ended = new Promise((resolve) => child.on('close', (code) => {
        process.off('exit', kill);
        resolve(code);
    }));
    /** Pulls the plug, or puts it in. @param {boolean} isUp */
    device.setLink = (isUp) => new Promise((resolve, reject) => {
        const socket = connect(monitor, () => {
            socket.end(`set_link net ${isUp ? 'on' : 'off'}\n`);
        });
        socket.on('error', reject).on('close', resolve).resume();
    });
    return device;
}

/** Logs in again and again, each time from reset to exit. @returns how many failed */
async function logIn(times, options) {
    let failed = 0;
    for (let time = 1; time <= times; time++) {
        const device = startDevice({ ...options, readings: 1 });
        const code = await device.ended;
        const isRight = code === 0 && /I am device@localhost/.test(device.out);
        if (isRight) continue;
        failed++;
        console.log(`login ${time} failed with exit code ${code}:\n${device.out}${device.said}`);
    }
    console.log(`${times - failed} of ${times} logins passed`);
    return failed;
}

const greeting = (url, chat, password) => `\
The device obeys alice. Talk to it from another terminal ("status", "led on"):

    ${chat} --url ${url} --jid alice@localhost --password-file ${password}
    /chat device@localhost/board

Ctrl-C stops everything. The device says:`;

async function main() {
    const { values } = parseArgs({ options: {
        board: { type: 'string', default: 'lm3s6965evb' },
        firmware: { type: 'string' },
        chat: { type: 'string' },
        tls: { type: 'boolean', default: false },
        logins: { type: 'string', default: '0' },
    } });
    const { board, firmware, tls } = values;
    const rig = await startRig({ server: 'prosody', proxy: tls ? 'nginx' : 'none', tls, users });
    const options = { board, firmware, url: tls ? rig.secureUrl : rig.url,
        ca: rig.ca, directory: rig.directory };
    if (Number(values.logins)) {
        process.exitCode = (await logIn(Number(values.logins), options)) ? 1 : 0;
    } else {
        const password = join(rig.directory, 'alice-password');
        writeFileSync(password, `${users.alice}\n`, { mode: 0o600 });
        console.log(greeting(rig.url, values.chat, password));
        const device = startDevice({ ...options, onText: (text) => process.stdout.write(text) });
        const code = await device.ended;
        if (code) console.error(device.said);
        process.exitCode = code ?? 0;
    }
    await rig.stop();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
