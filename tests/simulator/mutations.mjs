#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Proves that the simulator bites: puts one deliberate fault at a time into the engine and runs
// seeds until one breaks an invariant.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const help = `usage: mutations.mjs [--seeds N] [--list | --check | --markdown] [NUMBER ...]

Compiles the simulator once, then the engine's changed file and the program anew for each deliberate
fault of mutants.txt (or those of these numbers), and runs seeds 1..N (3000). Prints which invariant
noticed, and at which seed. Ends with 0 when every fault was caught. --check only looks whether each
still fits the engine, --markdown prints the table of docs/testing.md.`;

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const mutations = read(readFileSync(join(here, 'mutants.txt'), 'utf8'));
const options = { seeds: 3000, isCheck: false, isMarkdown: false, wanted: [] };
for (let i = 2; i < process.argv.length; i++) {
    const word = process.argv[i];
    if (word === '--seeds') {
        options.seeds = Number(process.argv[++i]);
    } else if (word === '--list') {
        mutations.forEach(({ title, number }) => console.log(`${number}\t${title}`));
        process.exit(0);
    } else if (word === '--check') {
        options.isCheck = true;
    } else if (word === '--markdown') {
        options.isMarkdown = true;
    } else if (/^\d+$/.test(word)) {
        options.wanted.push(Number(word));
    } else {
        console.log(help);
        process.exit(word === '--help' ? 0 : 2);
    }
}

/** The faults in mutants.txt: [{ number, title, changes: [{ file, from, to }] }]. */
function read(text) {
    const found = [];
    let change;
    for (const line of text.split('\n')) {
        const side = { '-': 'from', '+': 'to' }[line[0]];
        if (line.startsWith('== ')) {
            found.push({ number: found.length + 1, title: line.slice(3), changes: [] });
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

/** The files of core/ that a fault changes, with their new text: Map of name to text. */
function changed({ title, changes }) {
    const texts = new Map();
    for (const { file, from, to } of changes) {
        const text = texts.get(file) ?? readFileSync(join(root, 'core', file), 'utf8');
        if (text.split(from).length !== 2)
            throw new Error(`${title}: ${file} does not hold its text exactly once`);
        texts.set(file, text.replace(from, () => to));
    }
    return texts;
}

if (options.isCheck) {
    const wrong = mutations.flatMap((mutation) => {
        try {
            changed(mutation);
            return [];
        } catch (error) {
            return [error.message];
        }
    });
    for (const line of wrong.length ? wrong : ['every fault fits']) console.log(line);
    process.exit(wrong.length ? 1 : 0);
}

const folder = mkdtempSync(join(tmpdir(), 'bosh-mutations-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

/** Do something with each, as many at once as there are processors; the results in order. */
async function each(list, work) {
    const results = [];
    let next = 0;
    const worker = async () => {
        while (next < list.length) {
            const at = next++;
            results[at] = await work(list[at]);
        }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, worker));
    return results;
}

const compile = (source, object) => run('cc', ['-std=c11', '-O1', '-w', '-c', source, '-o', object,
    ...['core/include', 'core', 'tests'].map((part) => `-I${join(root, part)}`)]);

/** What the simulator is made of: [{ name, path }], with expat and mbedTLS. */
function sources() {
    const others = ['hash_builtin.c', 'builtin.c', 'tag.c', 'scan.c', 'letters.c', 'main.c'];
    const parts = ['base', 'xml', 'session', 'stream', 'client'].map((name) => `core/${name}`);
    return [...parts, 'tests/world', 'tests/simulator'].flatMap((part) =>
        readdirSync(join(root, part))
            .filter((name) => name.endsWith('.c') && !name.startsWith('test_'))
            .filter((name) => part === 'tests/simulator' || !others.includes(name))
            .map((name) => ({ name: `${basename(part)}/${name}`, path: join(root, part, name) })));
}

/** Builds a simulator with this fault; the path of the program. */
async function build(mutation, objects) {
    const own = mkdtempSync(join(folder, 'mutant-'));
    const linked = new Map(objects);
    for (const [file, text] of changed(mutation)) {
        const source = join(own, basename(file));
        writeFileSync(source, text);
        linked.set(file, `${source}.o`);
        await compile(source, `${source}.o`);
    }
    const program = join(own, 'simulator');
    await run('cc', [...linked.values(), '-lexpat', '-lmbedcrypto', '-o', program]);
    return program;
}

/** What the simulator says: "INV-1 at seed 7", "" when it noticed nothing, or how it failed. */
async function judge(mutation, objects, seeds) {
    try {
        const program = await build(mutation, objects);
        await run(program, ['--seeds', `1..${seeds}`], { timeout: 300000 });
        return '';
    } catch (error) {
        const broken = /^seed (\d+) breaks (\S+):/m.exec(error.stdout ?? '');
        if (broken)
            return `${broken[2]} at seed ${broken[1]}`;
        if (error.cmd && !error.cmd.startsWith('cc '))
            return `a crash (${error.signal ?? error.code})`;
        console.log(error.message); // it does not fit, or does not compile
        return '';
    }
}

mkdirSync(join(folder, 'objects'));
const objects = await each(sources(), async ({ name, path }) => {
    const object = join(folder, 'objects', `${name.replace('/', '-')}.o`);
    await compile(path, object);
    return [name, object];
});
const calm = await judge({ title: 'none', changes: [] }, objects, 200);
if (calm) {
    console.log(`the engine itself breaks ${calm}; mutants would prove nothing`);
    process.exit(1);
}
const wanted = mutations.filter(({ number }) =>
    !options.wanted.length || options.wanted.includes(number));
const verdicts = await each(wanted, async (mutation) => {
    const verdict = await judge(mutation, objects, options.seeds);
    const number = String(mutation.number).padStart(2);
    if (!options.isMarkdown)
        console.log(`${number}  ${mutation.title.padEnd(64)} ${verdict || 'NOT NOTICED'}`);
    return verdict;
});
if (options.isMarkdown)
    wanted.forEach(({ title }, i) => console.log(`| ${title} | ${verdicts[i] || 'nothing'} |`));
const survived = verdicts.filter((verdict) => !verdict).length;
console.log(survived ? `${survived} not noticed` : `all ${verdicts.length} noticed`);
process.exit(survived ? 1 : 0);
