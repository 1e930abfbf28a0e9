// SPDX-License-Identifier: MIT
// What bench/run runs after the build: measures the chosen figures, prints the table, writes JSON.

import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { environment } from './environment.mjs';
import { Build, benchmarks } from './rows.mjs';

const { values: options, positionals: wanted } = parseArgs({ allowPositionals: true, options: {
    build: { type: 'string', default: 'build/bench' }, json: { type: 'string' },
    package: { type: 'string', default: 'build/wasm/wasm/package' },
    list: { type: 'boolean', default: false }, check: { type: 'boolean', default: false },
} });

const chosen = benchmarks.filter(({ name }) =>
    wanted.length === 0 || wanted.some((word) => name.startsWith(word)));
const isNative = ({ isWeb, isDevice }) => !isWeb && !isDevice;
const strangers = wanted.filter((word) => !benchmarks.some(({ name }) => name.startsWith(word)));
if (strangers.length) {
    console.error(`bench/run: no figure begins with ${strangers.join(', ')}; see --list`);
    process.exit(2);
}
if (options.list) for (const { name } of chosen) console.log(name);
if (options.check) {
    if (chosen.some(isNative)) console.log('native');
    if (chosen.some(({ isWeb }) => isWeb)) console.log('web');
    if (chosen.some(({ isDevice }) => isDevice)) console.log('device');
}
if (options.list || options.check) process.exit(0);

/** Three digits that mean something. */
function short(number) {
    const digits = number === 0 ? 1 : Math.floor(Math.log10(Math.abs(number))) + 1;
    return Number.isInteger(number) || digits > 3 ? String(Math.round(number))
        : number.toFixed(Math.min(3, 3 - digits));
}

const spread = (figure) => (figure ? `${short(figure.low)}-${short(figure.high)}` : '');

/** @param {import('./goals.mjs').Row} row the members of the JSON file, in its order */
function judged({ name, unit, better, own, peer, theirs, goal }) {
    const ratio = theirs ? own.value / theirs.value : null;
    const isMet = goal.judge(own.value, theirs?.value ?? null);
    const verdict = isMet === null ? 'not measured' : isMet ? 'met' : 'missed';
    return { name, value: own.value, unit, better, peer: theirs ? peer : null,
        peer_value: theirs?.value ?? null, ratio, goal: goal.text,
        verdict: goal.text ? verdict : '' };
}

function cells(row) {
    const { name, value, unit, peer, peer_value: theirs, ratio, goal, verdict } = judged(row);
    return [name, short(value), spread(row.own), unit, peer ?? '',
        theirs === null ? '' : short(theirs), spread(row.theirs),
        ratio === null ? '' : short(ratio), ratio === null ? '' : short(1 / ratio), goal, verdict];
}

function table(rows) {
    const lines = [['name', 'value', 'spread', 'unit', 'peer', 'value', 'spread', 'ratio',
        'inverse', 'goal', 'verdict'], ...rows.map(cells)];
    const widths = lines[0].map((_, column) =>
        Math.max(...lines.map((line) => line[column].length)));
    return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column]))
        .join('  ').trimEnd()).join('\n');
}

console.log(environment());
const build = new Build(options.build, resolve(options.package));
const rows = [];
let failed = 0;
for (const { name, run } of chosen) {
    console.error(`measuring ${name} ...`);
    try {
        rows.push(...await run(build));
    } catch (error) {
        failed++;
        console.error(`${name} could not be measured: ${error.message}`);
    }
}
console.log(`\n${table(rows)}`);
for (const { name, note } of rows) if (note) console.log(`${name}: ${note}`);
if (chosen.some(isNative) && !build.gloox('dispatch'))
    console.log('gloox was not found, so nothing is compared with it');
if (options.json) writeFileSync(options.json, `${JSON.stringify(rows.map(judged), null, 2)}\n`);
process.exit(failed ? 1 : 0);
