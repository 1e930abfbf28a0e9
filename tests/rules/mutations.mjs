#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Proves that the rule tests can fail: puts one fault at a time into a copy of the engine and runs
// the tests of the rules it breaks.

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mutants } from './mutants.mjs';

const help = `usage: mutations.mjs [--check] [RULE ...]

Puts each fault of mutants.mjs (or those of these rules) into a copy of the engine, builds it and
runs the tests of the rules that the fault breaks; they must fail. Ends with 0 when every fault was
noticed and, without arguments, every rule that has a test has a fault. --check only looks whether
each fault still fits the engine (a test does, rule.mutants).`;

const wanted = process.argv.slice(2);
const isCheck = wanted[0] === '--check' && wanted.length === 1;
if (isCheck) wanted.shift();
if (wanted.some((word) => !/^[A-Z0-9]+-\d+$/.test(word))) {
    console.log(help);
    process.exit(wanted[0] === '--help' ? 0 : 2);
}

const top = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'bosh-mutants-'));
const build = join(folder, 'build');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(1));

function prepare() {
    const parts = ['CMakeLists.txt', 'CMakePresets.json', 'cmake', 'core', 'http1',
        'tests/world', 'tests/rules', 'tests/check.h'];
    for (const part of parts) cpSync(join(top, part), join(folder, part), { recursive: true });
    writeFileSync(join(folder, 'tests/CMakeLists.txt'),
        'add_subdirectory(rules)\nadd_subdirectory(world)\n');
    mkdirSync(join(folder, 'js'));
    writeFileSync(join(folder, 'js/CMakeLists.txt'), '');
    const options = ['-DCMAKE_BUILD_TYPE=Debug', '-DBOSH_WERROR=OFF', '-DBOSH_WITH_CURL=OFF',
        '-DBOSH_BUILD_EXAMPLES=OFF'];
    execFileSync('cmake', ['-G', 'Ninja', '-S', folder, '-B', build, ...options],
        { stdio: 'ignore' });
}

const make = () =>
    spawnSync('cmake', ['--build', build, '--target', 'rules'], { encoding: 'utf8' });

/** Does the test of this rule fail? A crash or an endless loop counts. */
function fails(rule) {
    const run = spawnSync(join(build, 'tests/rules/rules'), [rule],
        { stdio: 'ignore', timeout: 20000 });
    return run.status !== 0;
}

/** What became of a fault: '' when all its rules noticed it. */
function judge(rules, path, from, to) {
    const original = readFileSync(path, 'utf8');
    if (original.split(from).length !== 2)
        return `the text to change stands there ${original.split(from).length - 1} times`;
    if (isCheck) return '';
    writeFileSync(path, original.replace(from, () => to));
    try {
        const made = make();
        if (made.status !== 0) return `does not build: ${/error: .*/.exec(made.stdout)?.[0]}`;
        const blind = rules.filter((rule) => !fails(rule));
        return blind.length ? `NOT NOTICED by ${blind.join(', ')}` : '';
    } finally {
        writeFileSync(path, original);
    }
}

/** The rules that have a test, as the program lists them; of a check, as the table says. */
function tested() {
    if (isCheck) {
        const table = readFileSync(join(top, 'tests/rules/rules.tsv'), 'utf8').split('\n');
        return table.map((line) => line.split('\t')).filter(([, , status, place]) =>
            status === 'tested' && place.startsWith('tests/rules/')).map(([id]) => id);
    }
    prepare();
    if (make().status !== 0) throw new Error('the engine does not build');
    return execFileSync(join(build, 'tests/rules/rules'), ['--list'], { encoding: 'utf8' })
        .trim().split('\n');
}

let missed = 0;
const unharmed = new Set(tested());
for (const [names, file, from, to] of mutants) {
    const rules = names.split(' ');
    rules.forEach((rule) => unharmed.delete(rule));
    if (wanted.length && !rules.some((rule) => wanted.includes(rule))) continue;
    const problem = judge(rules, join(isCheck ? top : folder, 'core', file), from, to);
    missed += problem !== '';
    if (problem || !isCheck)
        console.log(`${problem ? 'FAILED' : 'ok    '} ${names}: ${file} ${problem}`);
}
for (const rule of wanted.length ? [] : unharmed) {
    missed++;
    console.log(`FAILED ${rule}: no fault for it`);
}
console.log(missed ? `${missed} failed` : isCheck ? 'every fault fits' : 'every fault was noticed');
process.exit(missed ? 1 : 0);
