// SPDX-License-Identifier: MIT
// What a device pays: flash and memory of the firmware in examples/cortex-m, by part and by option,
// and what it uses of its heap and stack in a session with a real Prosody.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { startDevice, users } from '../../examples/cortex-m/device.mjs';
import { sleep } from '../../tests/servers/child.mjs';
import { startRig } from '../../tests/servers/rig.mjs';
import { atMost, noGoal } from '../goals.mjs';
import { summary } from '../measure.mjs';
import { readMap } from './map.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const board = 'lm3s6965evb';
const off = (...parts) => parts.map((part) => `-DBOSH_WITH_${part}=OFF`);
/** Names of rows and what the library is built with. @type {Record<string, string[]>} */
const variants = {
    all: [],
    small: off('TEXTS', 'SHA512', 'JOURNAL', 'TRACE'),
    'small-expat': [...off('TEXTS', 'SHA512', 'JOURNAL', 'TRACE'), '-DBOSH_XML=expat'],
};

/** Builds the firmware. @returns {string} its folder */
function build(variant) {
    const folder = join(root, 'build/device', variant);
    const run = (...args) => execFileSync('cmake', args, { cwd: root, stdio: 'pipe' });
    run('--preset', 'cortex-m', '-B', folder, '-DBOSH_BUILD_TESTS=OFF', ...variants[variant]);
    run('--build', folder, '--target', `device-${board}`, '--parallel', '2');
    return folder;
}

const row = (name, bytes, goal = noGoal) => ({ name: `size_device.${name}`, unit: 'bytes',
    better: 'less', own: summary([bytes]), peer: null, theirs: null, goal });

/** The sum of some parts. @param {ReturnType<typeof readMap>} parts */
const sum = (parts, member, ...names) =>
    names.reduce((total, name) => total + (parts.get(name)?.[member] ?? 0), 0);

function sizes(variant) {
    const parts = readMap(join(build(variant), `device-${board}.map`));
    const all = [...parts.keys()];
    const isSmall = variant === 'small';
    const stack = 4096;
    return [
        row(`${variant}.core`, sum(parts, 'flash', 'base', 'xml', 'session', 'stream', 'client',
            'mbedTLS'), isSmall ? atMost(24_000) : noGoal),
        ...['base', 'xml', 'session', 'stream', 'client', 'expat', 'mbedTLS', 'lwIP', 'libc']
            .filter((part) => parts.has(part))
            .map((part) => row(`${variant}.${part}`, sum(parts, 'flash', part))),
        row(`${variant}.http1`, sum(parts, 'flash', 'http1'), atMost(4096)),
        row(`${variant}.core_memory`, sum(parts, 'ram', 'base', 'xml', 'session', 'stream',
            'client'), atMost(4)),
        row(`${variant}.firmware_flash`, sum(parts, 'flash', ...all),
            atMost(variant === 'small-expat' ? 106_000 : 66_000)),
        row(`${variant}.firmware_memory`, sum(parts, 'ram', ...all) + stack,
            atMost(variant === 'small-expat' ? 44_000 : 34_000)),
    ];
}

/** What it uses in a session with a real Prosody: it tells after ten readings. */
async function use(variant) {
    const rig = await startRig({ server: 'prosody', users });
    const device = startDevice({ board, directory: rig.directory, url: rig.url,
        firmware: join(root, 'build/device', variant, `examples/cortex-m/device-${board}.elf`) });
    const told = /memory (\d+) of at most (\d+), stack (\d+)/;
    try {
        for (let tries = 0; !told.test(device.out); tries++) {
            if (tries > 300) throw new Error(`the device says nothing of itself: ${device.out}`);
            await sleep(100);
        }
        const [, idle, peak, stack] = /** @type {string[]} */ (device.out.match(told));
        return [row(`${variant}.heap_idle`, Number(idle)),
            row(`${variant}.heap_peak`, Number(peak)),
            row(`${variant}.stack`, Number(stack), atMost(1500))];
    } finally {
        device.child.kill();
        await rig.stop();
    }
}

/** As in ../rows.mjs; isDevice: it needs the toolchain of tools/setup --for embedded. */
export const deviceBenchmarks = Object.keys(variants).map((variant) => ({
    name: `size_device.${variant}`, isDevice: true,
    run: async () => [...sizes(variant), ...(await use(variant))] }));
