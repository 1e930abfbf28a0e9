// SPDX-License-Identifier: MIT
// What a device pays: flash and memory of the firmware in examples/cortex-m, by part and by option,
// what it uses of its heap and stack in a session with a real Prosody, and how much it works.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { jid, startDevice, users } from '../../examples/cortex-m/device.mjs';
import { sleep, until } from '../../tests/servers/child.mjs';
import { startRig } from '../../tests/servers/rig.mjs';
import { speak } from '../../tests/servers/speak.mjs';
import { atMost, noGoal } from '../goals.mjs';
import { summary } from '../measure.mjs';
import { floors, readMap } from './map.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const board = 'lm3s6965evb';
const whole = ['cortex-m'], small = ['cortex-m-small', '-DBOSH_WITH_TEXTS=OFF'];

/**
 * @typedef {object} Variant
 * @property {string[]} options the preset, and what it is built with
 * @property {boolean} [isSecure] the firmware with TLS
 * @property {{flash: number, ram: number, message?: number} | null} goal bytes; message: of heap,
 *   while one of 4 KB comes in
 */
/** Names of rows and what they stand for. @type {Record<string, Variant>} */
const variants = {
    all: { options: whole, goal: null },
    small: { options: small, goal: { flash: 66_000, ram: 34_000 } },
    'small-expat': { options: [...small, '-DBOSH_XML=expat'],
        goal: { flash: 106_000, ram: 44_000, message: 16 * 1024 } },
    'small-tls': { options: small, isSecure: true, goal: null },
};

const targetOf = (name) => `device${variants[name].isSecure ? '-tls' : ''}-${board}`;

/**
 * Builds the firmware. @returns {{firmware: string, map: string}}
 * @param {string} name
 * @param {{memory?: number, lto?: 'all' | 'core'}} [how] memory: what it has, 0: what it is meant
 *   to have; lto: what the linker optimises as one
 */
function build(name, { memory = 0, lto = 'all' } = {}) {
    const [preset, ...options] = variants[name].options;
    const folder = join(root, 'build/device', name);
    const run = (...args) => execFileSync('cmake', args, { cwd: root, stdio: 'pipe' });
    run('--preset', preset, '-B', folder, '-DBOSH_BUILD_TESTS=OFF', ...options,
        `-DBOSH_DEVICE_MEMORY=${memory || ''}`, `-DBOSH_DEVICE_LTO=${lto}`);
    run('--build', folder, '--target', targetOf(name), '--parallel', '2');
    return { firmware: join(folder, 'examples/cortex-m', `${targetOf(name)}.elf`),
        map: join(folder, `${targetOf(name)}.map`) };
}

const row = (name, unit, value, goal = noGoal) => ({ name, unit, better: 'less',
    own: summary([value]), peer: null, theirs: null, goal });
const bytes = (name, value, goal) => row(`size_device.${name}`, 'bytes', value, goal);

/** The sum of some parts. @param {ReturnType<typeof readMap>} parts */
const sum = (parts, member, ...names) =>
    names.reduce((total, name) => total + (parts.get(name)?.[member] ?? 0), 0);

/** The parts are those of a build with core alone optimised as one, so that they can be told. */
function sizes(name) {
    const { goal } = variants[name];
    const whole = readMap(build(name).map), parts = readMap(build(name, { lto: 'core' }).map);
    const all = [...whole.keys()], stack = 4096;
    const withoutParser = [...floors, 'core', 'mbedTLS'];
    return [
        bytes(`${name}.core`, sum(parts, 'flash', 'parser', ...withoutParser)),
        bytes(`${name}.core_without_parser`, sum(parts, 'flash', ...withoutParser),
            name === 'small' ? atMost(24 * 1024) : noGoal),
        ...[...floors, 'parser', 'expat', 'mbedTLS', 'TLS', 'http1', 'lwIP', 'libc']
            .filter((part) => parts.has(part))
            .map((part) => bytes(`${name}.${part}`, sum(parts, 'flash', part),
                part === 'http1' ? atMost(4096) : noGoal)),
        bytes(`${name}.core_memory`, sum(parts, 'ram', 'parser', ...withoutParser), atMost(4)),
        bytes(`${name}.firmware_flash`, sum(whole, 'flash', ...all),
            goal ? atMost(goal.flash) : noGoal),
        bytes(`${name}.firmware_memory`, sum(whole, 'ram', ...all) + stack,
            goal ? atMost(goal.ram) : noGoal),
    ];
}

/** About 4 KB each, as they come from its owner. */
const large = {
    message: `<message to='${jid}' type='chat' xmlns='jabber:client'><body>` +
        `${'lorem ipsum '.repeat(340)}</body></message>`,
    roster: `<message to='${jid}' type='headline' xmlns='jabber:client'>` +
        `<query xmlns='jabber:iq:roster'>${Array.from({ length: 39 }, (_, at) =>
            `<item jid='person${at}@example.org' name='Some Person ${at}' subscription='both'>` +
            `<group>Friends</group></item>`).join('')}</query></message>`,
};
const question = `<message to='${jid}' type='chat' xmlns='jabber:client'><body>status</body>` +
    '</message>';

/**
 * Runs a firmware against a real Prosody until it has told of itself so often, as it does after ten
 * readings each and when asked. @returns {Promise<string>} what it said
 */
async function runDevice(name, firmware, tells, settings = {}, stanzas = []) {
    const { isSecure } = variants[name];
    const rig = await startRig({ server: 'prosody', proxy: isSecure ? 'nginx' : 'none',
        tls: isSecure, users });
    const device = startDevice({ board, directory: rig.directory, ca: rig.ca, firmware,
        url: isSecure ? rig.secureUrl : rig.url, ...settings });
    try {
        if (stanzas.length) {
            await until(() => device.out.includes('I am '), () => device.out);
            await sleep(2000); // its second connection is there
            await speak({ url: rig.serverUrl, user: 'alice', password: users.alice, stanzas });
        }
        await until(() => device.out.split(', stack ').length > tells,
            () => `what the device tells of itself: ${device.out}`, 120_000);
        if (device.out.includes('recovering'))
            throw new Error(`the device had trouble: ${device.out}`);
        return device.out;
    } finally {
        device.child.kill();
        await rig.stop();
    }
}

/** The number that follows a word, each time. @returns {number[]} */
const numbersAfter = (word, text) =>
    [...text.matchAll(new RegExp(`${word} (\\d+)`, 'g'))].map(([, digits]) => Number(digits));

async function use(name, firmware) {
    const told = await runDevice(name, firmware, 1);
    const [[idle], [peak], [stack]] =
        ['memory', 'of at most', 'stack'].map((word) => numbersAfter(word, told));
    const peaks = [];
    for (const [what, stanza] of Object.entries(large)) {
        const out = await runDevice(name, firmware, 1, {}, [stanza, question]);
        const limit = variants[name].goal?.[what];
        peaks.push(bytes(`${name}.heap_peak_4k_${what}`, numbersAfter('of at most', out)[0],
            limit ? atMost(limit) : noGoal));
    }
    return [bytes(`${name}.heap_idle`, idle), bytes(`${name}.heap_peak`, peak), ...peaks,
        bytes(`${name}.stack`, stack, variants[name].isSecure ? noGoal : atMost(1500))];
}

/** As QEMU counts them: an instruction takes a nanosecond, sleep none of them. */
async function work(name, firmware, settings = {}) {
    const told = await runDevice(name, firmware, 2, { ...settings, more: ['-icount', 'shift=0'] });
    const [login, after10, after20] = numbersAfter('worked', told).map((us) => us * 1000);
    return { login, reading: (after20 - after10) / 10 };
}

async function instructions() {
    const plain = build('small').firmware, secure = build('small-tls').firmware;
    const sends = await work('small', plain);
    // It writes to itself: each reading is received, too.
    const sendsAndReceives = await work('small', plain, { owner: jid });
    const securely = await work('small-tls', secure);
    const count = (name, value) => row(`instructions_device.${name}`, 'instructions', value);
    return [count('login', sends.login), count('login_tls', securely.login),
        count('message_sent', sends.reading),
        count('message_received', sendsAndReceives.reading - sends.reading),
        count('message_sent_tls', securely.reading)];
}

/** As in ../rows.mjs; isDevice: it needs the toolchain of tools/setup --for embedded. */
export const deviceBenchmarks = [
    ...Object.keys(variants).map((name) => ({ name: `size_device.${name}`, isDevice: true,
        run: async () => {
            const rows = sizes(name);
            return [...rows, ...(await use(name, build(name, { memory: 40_960 }).firmware))];
        } })),
    { name: 'instructions_device', isDevice: true, run: instructions },
];
