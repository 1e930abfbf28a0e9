// SPDX-License-Identifier: MIT
// device.mjs LIBRARY: what the core promises devices, looked up in its objects for Cortex-M:
// nothing from outside but memory and strings (so no floating point and no 64-bit division), no
// writable data, no recursion.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const library = process.argv[2];
const run = (tool, ...options) => execFileSync(`arm-none-eabi-${tool}`, [...options, library],
    { encoding: 'utf8', maxBuffer: 1 << 28 });
const problems = [];

const allowed = readFileSync(new URL('symbols.txt', import.meta.url), 'utf8').split('\n');
for (const [, name] of run('nm', '-u').matchAll(/ U (\S+)/g))
    if (!name.startsWith('bosh_') && !name.startsWith('XML_') && !allowed.includes(name))
        problems.push(`${name} is needed`);

/** The one pointer in xml/expat.c. */
const dataMax = / U XML_/.test(run('nm', '-u')) ? 4 : 0;
const [, , data, bss] = run('size', '-t').match(/(\d+)\s+(\d+)\s+(\d+)\s+\d+\s+\S+\s+\(TOTALS\)/);
if (Number(data) + Number(bss) > dataMax) problems.push(`${data} + ${bss} bytes of writable data`);

/** Who calls whom; functions of a file are "file function". @type {Map<string, Set<string>>} */
const calls = new Map();
let file = '', caller = '';
for (const line of run('objdump', '-dr').split('\n')) {
    file = line.match(/^(\S+):\s+file format/)?.[1] ?? file;
    const begun = line.match(/^[0-9a-f]+ <([^>]+)>:/)?.[1];
    if (begun) calls.set((caller = `${file} ${begun}`), new Set());
    const called = line.match(/R_ARM_THM_(?:CALL|JUMP24|JUMP19)\s+([^\s+]+)/)?.[1];
    if (called) calls.get(caller)?.add(called);
}
const global = new Map([...calls.keys()].map((key) => [key.split(' ')[1], key]));

/** The way back to where it came from, or null. @returns {string[] | null} */
function circle(from, path = [], seen = new Set()) {
    for (const name of calls.get(path.at(-1) ?? from) ?? []) {
        const own = `${(path.at(-1) ?? from).split(' ')[0]} ${name}`;
        const to = calls.has(own) ? own : global.get(name);
        if (to === from) return [...path, to];
        if (!to || seen.has(to)) continue;
        seen.add(to);
        const found = circle(from, [...path, to], seen);
        if (found) return found;
    }
    return null;
}
for (const from of calls.keys()) {
    const way = circle(from);
    if (way) problems.push(`${from} calls itself by way of ${way.join(', ')}`);
}

problems.forEach((problem) => console.log(problem));
console.log(`${calls.size} functions, ${problems.length} wrong`);
process.exit(problems.length ? 1 : 0);
