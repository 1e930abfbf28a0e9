#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Proves that the simulator bites: puts one deliberate fault at a time into a copy of the engine
// and runs seeds until one breaks an invariant.
import { execFileSync, spawnSync } from 'node:child_process';
import {
    cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const help = `usage: mutations.mjs [--seeds N] [--list | --check] [NUMBER ...]

Puts each deliberate fault of mutants.txt (or those of these numbers) into a copy of the engine,
builds the simulator and runs seeds 1..N (4000). Prints which invariant noticed, and at which seed.
Ends with 0 when every fault was caught. --check only looks whether each still fits the engine.`;

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const mutations = read(readFileSync(join(here, 'mutants.txt'), 'utf8'));
let seeds = 4000;
let isCheck = false;
const wanted = [];
for (let i = 2; i < process.argv.length; i++) {
    const word = process.argv[i];
    if (word === '--seeds') {
        seeds = Number(process.argv[++i]);
    } else if (word === '--list') {
        mutations.forEach((mutation, index) => console.log(`${index + 1}\t${mutation.title}`));
        process.exit(0);
    } else if (word === '--check') {
        isCheck = true;
    } else if (/^\d+$/.test(word)) {
        wanted.push(Number(word));
    } else {
        console.log(help);
        process.exit(word === '--help' ? 0 : 2);
    }
}

/** The faults in mutants.txt: [{ title, changes: [{ file, from, to }] }]. */
function read(text) {
    const found = [];
    let change;
    for (const line of text.split('\n')) {
        const side = { '-': 'from', '+': 'to' }[line[0]];
        if (line.startsWith('== ')) {
            found.push({ title: line.slice(3), changes: [] });
        } else if (side) {
            const before = change[side] === undefined ? '' : `${change[side]}\n`;
            change[side] = before + line.slice(1);
        } else if (line && line[0] !== '#') {
            change = { file: line };
            found.at(-1).changes.push(change);
        }
    }
    return found;
}

/** A copy of the sources, configured for a release build of the simulator. */
function copyOf(folder) {
    const stays = ['build', '.git', 'node_modules'];
    for (const part of readdirSync(root).filter((name) => !stays.includes(name)))
        cpSync(join(root, part), join(folder, part), { recursive: true });
    writeFileSync(join(folder, 'tests/CMakeLists.txt'),
        'add_subdirectory(world)\nadd_subdirectory(simulator)\n');
    execFileSync('cmake', ['--preset', 'release', '-B', 'build', '-DBOSH_WITH_CURL=OFF',
        '-DBOSH_BUILD_EXAMPLES=OFF', '-DBOSH_WERROR=OFF'], { cwd: folder, stdio: 'ignore' });
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
    const build = spawnSync('cmake', ['--build', 'build', '--target', 'simulator'],
        { cwd: folder, encoding: 'utf8' });
    if (build.status !== 0) {
        const lines = build.stdout.split('\n');
        throw new Error(lines.find((line) => line.includes('error')) ?? 'does not build');
    }
    const run = spawnSync('build/tests/simulator/simulator', ['--seeds', `1..${seeds}`],
        { cwd: folder, encoding: 'utf8', timeout: 600000 });
    const broken = /^seed (\d+) breaks (\S+):/m.exec(run.stdout ?? '');
    if (broken)
        return `${broken[2]} at seed ${broken[1]}`;
    return run.status === 0 ? '' : `crash (${run.signal ?? run.status})`;
}

/** A file of the engine. */
function textOf(file) {
    return readFileSync(join(root, 'core', file), 'utf8');
}

/** The changes whose text is not where they look for it. */
function misfits() {
    return mutations.flatMap(({ title, changes }) => changes
        .filter(({ file, from }) => textOf(file).split(from).length !== 2)
        .map(({ file }) => `${title}: ${file} does not hold its text exactly once`));
}

if (isCheck) {
    const wrong = misfits();
    wrong.forEach((line) => console.log(line));
    process.exit(wrong.length ? 1 : 0);
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
    const title = mutation.title.padEnd(64);
    console.log(`${String(number).padStart(2)}  ${title} ${verdict || 'NOT NOTICED'}`);
});
console.log(survived ? `${survived} not noticed` : 'all noticed');
process.exit(survived ? 1 : 0);
