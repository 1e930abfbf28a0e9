#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Proves that the simulator bites: puts one deliberate fault at a time into a copy of the engine and
// runs seeds until one breaks an invariant.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mutations } from './mutants.mjs';

const help = `usage: mutations.mjs [--seeds N] [--list] [NUMBER ...]

Puts each deliberate fault of mutants.mjs (or those of these numbers) into a copy of the engine,
builds the simulator and runs seeds 1..N (4000). Prints which invariant noticed, and at which seed.
Ends with 0 when every fault was caught.`;

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
let seeds = 4000;
const wanted = [];
for (let i = 2; i < process.argv.length; i++) {
    const word = process.argv[i];
    if (word === '--seeds') {
        seeds = Number(process.argv[++i]);
    } else if (word === '--list') {
        mutations.forEach((mutation, index) => console.log(`${index + 1}\t${mutation.title}`));
        process.exit(0);
    } else if (/^\d+$/.test(word)) {
        wanted.push(Number(word));
    } else {
        console.log(help);
        process.exit(word === '--help' ? 0 : 2);
    }
}

/** A copy of what the simulator needs, configured for a release build. */
function copyOf(folder) {
    for (const part of ['CMakeLists.txt', 'CMakePresets.json', 'cmake', 'core', 'tests/world', 'tests/simulator'])
        cpSync(join(root, part), join(folder, part), { recursive: true });
    writeFileSync(join(folder, 'tests/CMakeLists.txt'), 'add_subdirectory(world)\nadd_subdirectory(simulator)\n');
    execFileSync('cmake', ['--preset', 'release', '-B', 'build', '-DBOSH_WITH_CURL=OFF', '-DBOSH_BUILD_EXAMPLES=OFF',
        '-DBOSH_WERROR=OFF'], { cwd: folder, stdio: 'ignore' });
}

/** Replace text in one file; the text must be there exactly once. Returns how to undo it. */
function change(folder, { file, from, to }) {
    const path = join(folder, 'core', file);
    const before = readFileSync(path, 'utf8');
    if (before.split(from).length !== 2)
        throw new Error(`${file} does not hold this text exactly once: ${from}`);
    writeFileSync(path, before.replace(from, () => to));
    return () => writeFileSync(path, before);
}

/** What the simulator says to a mutant: "INV-1 at seed 7", or "" when it noticed nothing. */
function judge(folder) {
    const build = spawnSync('cmake', ['--build', 'build', '--target', 'simulator'], { cwd: folder, encoding: 'utf8' });
    if (build.status !== 0)
        throw new Error(build.stdout.split('\n').find((line) => line.includes('error')) ?? 'does not build');
    const run = spawnSync('build/tests/simulator/simulator', ['--seeds', `1..${seeds}`],
        { cwd: folder, encoding: 'utf8', timeout: 600000 });
    const broken = /^seed (\d+) breaks (\S+):/m.exec(run.stdout ?? '');
    if (broken)
        return `${broken[2]} at seed ${broken[1]}`;
    return run.status === 0 ? '' : `crash (${run.signal ?? run.status})`;
}

const folder = mkdtempSync(join(tmpdir(), 'bosh-mutations-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
copyOf(folder);
const calm = judge(folder);
if (calm) {
    console.log(`the engine itself breaks ${calm}; mutants would prove nothing`);
    process.exit(1);
}
let survived = 0;
mutations.forEach((mutation, index) => {
    const number = index + 1;
    if (wanted.length && !wanted.includes(number))
        return;
    let verdict;
    try {
        const undo = mutation.changes.map((one) => change(folder, one)).reverse();
        verdict = judge(folder);
        undo.forEach((step) => step());
    } catch (error) {
        verdict = '';
        console.log(error.message.split('\n')[0]);
    }
    survived += verdict === '' ? 1 : 0;
    console.log(`${String(number).padStart(2)}  ${mutation.title.padEnd(58)} ${verdict || 'NOT NOTICED'}`);
});
console.log(survived ? `${survived} not noticed` : 'all noticed');
process.exit(survived ? 1 : 0);
